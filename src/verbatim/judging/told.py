"""What the site tells of a proof, as data: who draws a page makes HTML of it, who judges compares the words."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from verbatim import wording
from verbatim.pages.page import REFERENCE
from verbatim.pages.references import Number
from verbatim.proof.ledger import ENVIRONMENT, mutants_path
from verbatim.proof.records import record_path
from verbatim.published.catalogue import Source
from verbatim.published.regions import Region

if TYPE_CHECKING:
    from verbatim.judging.evidence import Evidence

KINDS = ("record", "bench", "constant", "pin", "calc", "given", "holds")
GIVEN = re.compile(r'\{\{\s*given "([^"\n]{1,40})" as (假设|定义|名称)\s*\}\}')
# What Markdown, HTML and TeX would take for a sign of theirs
MARKUP = re.compile(r"[`*$#<>\[\]\\{}]|\([^()\s]*\.md[^()\s]*\)")
SENTENCE_END = re.compile(r"[。！？\n|]")
CODE = "`"  # around a piece of code


@dataclass(frozen=True)
class Fold:
    """A line that opens to more: words, and lines that open in their turn."""

    summary: str
    rows: tuple[str | Fold, ...]
    anchor: str = ""  # where links to it lead
    opened: bool = False

    @property
    def words(self) -> str:
        return self.summary + "".join(row.words if isinstance(row, Fold) else row for row in self.rows)


@dataclass(frozen=True)
class Part:
    title: str
    folds: tuple[Fold, ...]

    @property
    def words(self) -> str:
        return self.title + "".join(fold.words for fold in self.folds)


@dataclass(frozen=True)
class Report:
    """验证报告: its first line, what follows it, its parts."""

    result: str
    lines: tuple[str, ...]
    parts: tuple[Part, ...]

    @property
    def words(self) -> str:
        return self.result + "".join(self.lines) + "".join(part.words for part in self.parts)


@dataclass(frozen=True)
class Totals:
    """What the pages show, and how much of it is proven; `check` counts the same in the built site."""

    blocks: int
    verified: int
    numbers: dict[str, int]  # "record", "constant", "pin", "citation"

    @property
    def skipped(self) -> int:
        return 0  # there is no way to skip a block


def proof_of(source: Source, evidence: Evidence) -> Fold:
    """Return the quiet line of a source whose proof stands."""
    if source.region:
        return region_proof(source.region, evidence)
    if source.kind == "command":
        return Fold(wording.RUN_COMMAND.format(name=source.id), (wording.HOW_COMMANDS_RUN,))
    return output_proof(source, evidence)


def region_proof(region: Region, evidence: Evidence) -> Fold:
    ledger = evidence.standing.ledger.content
    entry = evidence.standing.ledger.entry(region) or {"tests": []}
    tests = entry["tests"]
    summary = wording.PROVEN_REGION.format(path=region.path, first=region.first, last=region.last, tests=len(tests))
    rows = [files_of_tests(tests)] if evidence.report_page else [*tests_by_file(tests)]
    mutants = entry.get("mutants", {"total": 0})
    if mutants["total"]:
        rows.append(wording.MUTANTS.format(**mutants))
    versions = wording.VERSION_SEPARATOR.join(f"{name} {version}" for name, version in ledger["pins"].items())
    machine = {key: ledger[ENVIRONMENT].get(key, "?") for key in ("python", "date")}
    return Fold(summary, (*rows, wording.ENVIRONMENT.format(versions=versions, **machine)))


def files_of_tests(tests: list[str]) -> str:
    """Return the files of tests as one row: each test is named once, on the page of the report."""
    files = dict.fromkeys(test.partition("::")[0] for test in tests)
    return wording.TESTS_IN_REPORT.format(files=wording.NAME_SEPARATOR.join(map(code, files)), report=code(wording.REPORT_NAME))


def tests_by_file(tests: list[str]) -> tuple[str, ...]:
    """Return one row per file: a region that many labs use has hundreds of tests. Two braces in a name would begin a reference."""
    names: dict[str, list[str]] = {}
    for test in tests:
        file, _, name = test.partition("::")
        names.setdefault(file, []).append(name.replace("{{", "{ {"))
    return tuple(wording.TESTS_OF_FILE.format(file=file, tests=wording.TEST_SEPARATOR.join(names[file])) for file in names)


def output_proof(source: Source, evidence: Evidence) -> Fold:
    name = source.id.split("/")[-1].removesuffix(".txt")
    if not record_path(evidence.project, name).is_file():
        return Fold(wording.UNRECORDED_OUTPUT.format(name=source.id), ())
    record = evidence.references.record(name)
    rows = (wording.MACHINE.format(**record["run"]), wording.RECORD_DIGEST.format(**record), wording.DURATIONS_MASKED)
    return Fold(wording.RECORDED_OUTPUT.format(**record["run"]), rows)


def badge_of(name: str, evidence: Evidence) -> Fold | None:
    """Return the badge of a page, what all of it rests on; None of a page that shows neither code nor numbers."""
    blocks, numbers = len(evidence.pages[name].includes), sum(number.kind != "holds" for number in evidence.resolved[name].numbers)
    parts = [wording.BADGE_BLOCKS.format(blocks=blocks)] if blocks else []
    parts += [wording.BADGE_NUMBERS.format(numbers=numbers)] if numbers else []
    if not parts:
        return None
    told = wording.BADGE_TOLD.format(parts=wording.VERSION_SEPARATOR.join(parts)) + (wording.BADGE_ASK if numbers else "")
    return Fold(wording.BADGE, (told + (wording.BADGE_REPORT if evidence.report_page else ""),))


def totals(evidence: Evidence) -> Totals:
    """Count what all pages show."""
    includes = [name for page in evidence.pages.values() for name in page.includes]
    known = [evidence.catalogue.sources[name] for name in includes if name in evidence.catalogue.sources]
    numbers = {kind: 0 for kind in KINDS} | {"citation": sum(page.citations for page in evidence.pages.values())}
    for number in all_numbers(evidence):
        numbers[number.kind] += 1
    return Totals(len(includes), sum(not evidence.stale_source(source) for source in known), numbers)


def all_numbers(evidence: Evidence) -> list[Number]:
    return [number for resolved in evidence.resolved.values() for number in resolved.numbers]


def report_of(evidence: Evidence) -> Report:
    """Return the report on all pages as they are now."""
    total = totals(evidence)
    result = wording.TOTAL_BLOCKS.format(blocks=total.blocks, verified=total.verified, skipped=total.skipped)
    lines = [wording.TOTAL_NUMBERS.format(**total.numbers), *mutants_told(evidence), wording.NOT_JUDGED, wording.HOW_TO_READ]
    parts = (
        Part(wording.BLOCKS_TITLE, tuple(blocks_told(evidence))),
        Part(wording.RECORDS_TITLE, tuple(records_told(evidence))),
        Part(wording.GIVEN_TITLE, tuple(given_told(evidence))),
    )
    return Report(result, tuple(lines), parts)


def mutants_told(evidence: Evidence) -> list[str]:
    """Return what became of the mutants of all regions, and how many regions wait; nothing in a project that never tried any."""
    if not mutants_path(evidence.project).is_file():
        return []
    entries = evidence.standing.ledger.content["regions"].values()
    tried = [entry["mutants"] for entry in entries if "mutants" in entry]
    total, killed = (sum(result[key] for result in tried) for key in ("total", "killed"))
    told = wording.TOTAL_MUTANTS.format(total=total, killed=killed) if total else ""
    left = wording.MUTANTS_LEFT.format(left=total - killed) if killed < total else ""
    waiting = wording.MUTANTS_WAITING.format(waiting=len(entries) - len(tried)) if len(tried) < len(entries) else ""
    return [told + left + waiting]


def blocks_told(evidence: Evidence) -> Iterator[Fold]:
    """Yield, for each file that pages show blocks of, in their order, a line that opens to these blocks, each once."""
    shown: dict[str, list[str]] = {}
    for page in evidence.pages.values():
        for name in page.includes:
            pages = shown.setdefault(name, [])
            pages += [] if page.name in pages else [page.name]
    files: dict[str, list[Fold]] = {}
    for name, pages in shown.items():
        files.setdefault(file_of(name), []).append(block_told(evidence, name, pages))
    for file, blocks in files.items():
        fallen = any(block.opened for block in blocks)
        state = wording.SOME_FALLEN if fallen else wording.STANDS
        yield Fold(wording.BLOCKS_OF_FILE.format(file=file, blocks=len(blocks), state=state), tuple(blocks), opened=fallen)


def file_of(name: str) -> str:
    """Return the file that a block is of, or the folder where each file is one block."""
    return name.partition(":")[0] if ":" in name else posixpath.dirname(name)


def block_told(evidence: Evidence, name: str, pages: list[str]) -> Fold:
    """Return the line of a block that these pages show; it is open where the proof has fallen."""
    source = evidence.catalogue.sources.get(name)
    shown = wording.SHOWN_ON.format(pages=wording.NAME_SEPARATOR.join(map(code, pages)))
    if source is None:
        return Fold(wording.ITEM.format(name=name, state=wording.NO_SUCH_SOURCE), (shown,), name, opened=True)
    reasons = evidence.stale_source(source)
    label = name.partition(":")[2] or posixpath.basename(name)
    summary = wording.ITEM.format(name=label, state=state_of(reasons))
    return Fold(summary, (shown, *evidence_told(source, evidence)), name, opened=bool(reasons))


def evidence_told(source: Source, evidence: Evidence) -> tuple[str, ...]:
    """Return what a block rests on: of a region its digest, and all its tests."""
    if not source.region:
        return (wording.COMMAND_EVIDENCE if source.kind == "command" else wording.OUTPUT_EVIDENCE,)
    tests = (evidence.standing.ledger.entry(source.region) or {"tests": []})["tests"]
    return (wording.COUNTED_TESTS.format(count=len(tests), digest=source.region.digest), *tests_by_file(tests))


def state_of(reasons: list[str]) -> str:
    return wording.FALLEN.format(reasons="; ".join(reasons)) if reasons else wording.STANDS


def records_told(evidence: Evidence) -> Iterator[Fold]:
    """Yield, for each record, a line that opens to how it was made."""
    for path in sorted((evidence.project.snippets / "records").glob("*.json")):
        record = evidence.references.record(path.stem)
        seeds = wording.SEED_SEPARATOR.join(map(str, record["seeds"]["recorded"])) or str(record["run"]["seed"])
        reasons = evidence.stale_record(path.stem)
        made = wording.RECORD_MADE.format(seeds=seeds, **record["run"])
        rows = (code(record["run"]["command"]), made, wording.RECORD_DIGEST.format(**record))
        yield Fold(wording.ITEM.format(name=path.stem, state=state_of(reasons)), rows, opened=bool(reasons))


def given_told(evidence: Evidence) -> Iterator[Fold]:
    """Yield, for each page, the numbers that its author states: each with its kind and its sentence."""
    for page in evidence.pages.values():
        rows = []
        for match in GIVEN.finditer(page.text):
            before = SENTENCE_END.split(plain_words(page.text[max(match.start() - 300, 0) : match.start()]))[-1]
            after = SENTENCE_END.split(plain_words(page.text[match.end() : match.end() + 300]))[0]
            sentence = f"{before}{match[1]}{after}".strip()
            rows.append(wording.GIVEN_ROW.format(number=match[1], kind=match[2], sentence=sentence))
        if rows:
            yield Fold(wording.GIVEN_ON_PAGE.format(page=page.name, count=len(rows)), tuple(rows))


def plain_words(text: str) -> str:
    """Return a piece of Markdown as words: what is given as itself, what is bound as a dot, no signs around formulas and code."""
    return MARKUP.sub("", REFERENCE.sub("…", GIVEN.sub(lambda match: match[1], text)))


def code(text: str) -> str:
    return f"{CODE}{text}{CODE}"

"""What the site tells of a proof, as data: who draws a page makes HTML of it, who judges compares the words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from verbatim import wording
from verbatim.pages.page import REFERENCE, Page
from verbatim.pages.references import Number
from verbatim.proof.ledger import ENVIRONMENT, mutants_path
from verbatim.proof.records import record_path
from verbatim.published.catalogue import Source
from verbatim.published.regions import Region

if TYPE_CHECKING:
    from verbatim.judging.evidence import Evidence

KINDS = ("record", "bench", "constant", "pin", "calc", "given", "holds")
REPORT = "[[verification-report]]"  # stands for the report on the page that shows it
GIVEN = re.compile(r'\{\{\s*given "([^"\n]{1,40})" as (假设|定义|名称)\s*\}\}')
# What Markdown, HTML and TeX would take for a sign of theirs
MARKUP = re.compile(r"[`*$#<>\[\]\\{}]|\([^()\s]*\.md[^()\s]*\)")
SENTENCE_END = re.compile(r"[。！？\n|]")
CODE = "`"  # around a piece of code


@dataclass(frozen=True)
class Fold:
    """A line that opens to more."""

    summary: str
    rows: tuple[str, ...]

    @property
    def words(self) -> str:
        return self.summary + "".join(self.rows)


@dataclass(frozen=True)
class Table:
    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str | Fold, ...], ...]

    @property
    def words(self) -> str:
        cells = (cell.words if isinstance(cell, Fold) else cell for row in self.rows for cell in row)
        return self.title + "".join(self.heads) + "".join(cells)


@dataclass(frozen=True)
class Report:
    """验证报告: its first line, what follows it, its tables."""

    result: str
    lines: tuple[str, ...]
    tables: tuple[Table, ...]

    @property
    def words(self) -> str:
        return self.result + "".join(self.lines) + "".join(table.words for table in self.tables)


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
    rows = [*tests_by_file(tests)]
    mutants = entry.get("mutants", {"total": 0})
    if mutants["total"]:
        rows.append(wording.MUTANTS.format(**mutants))
    versions = wording.VERSION_SEPARATOR.join(f"{name} {version}" for name, version in ledger["pins"].items())
    machine = {key: ledger[ENVIRONMENT].get(key, "?") for key in ("python", "date")}
    return Fold(summary, (*rows, wording.ENVIRONMENT.format(versions=versions, **machine)))


def tests_by_file(tests: list[str]) -> tuple[str, ...]:
    """Return one row per file: a region that many labs use has hundreds of tests, and a page a dozen regions."""
    names: dict[str, list[str]] = {}
    for test in tests:
        file, _, name = test.partition("::")
        names.setdefault(file, []).append(name)
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
    return Fold(wording.BADGE, (told + (wording.BADGE_REPORT if report_page(evidence) else ""),))


def report_page(evidence: Evidence) -> Page | None:
    """Return the page that holds the report."""
    return next((page for page in evidence.pages.values() if REPORT in page.text), None)


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
    lines = [wording.TOTAL_NUMBERS.format(**total.numbers), *mutants_told(evidence), wording.NOT_JUDGED]
    rows = [row(evidence, page.name, name) for page in evidence.pages.values() for name in page.includes]
    blocks = Table(wording.BLOCKS_TITLE, wording.BLOCKS_HEADS, tuple(rows))
    return Report(
        result,
        tuple(lines),
        (blocks, records_told(evidence), Table(wording.GIVEN_TITLE, wording.GIVEN_HEADS, tuple(given_told(evidence)))),
    )


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


def row(evidence: Evidence, page: str, name: str) -> tuple[str | Fold, ...]:
    source = evidence.catalogue.sources.get(name)
    if source is None:
        return (code(page), code(name), wording.NOTHING, wording.NOTHING, wording.NO_SUCH_SOURCE)
    state = state_of(evidence.stale_source(source))
    if not source.region:
        kind = wording.COMMAND_EVIDENCE if source.kind == "command" else wording.OUTPUT_EVIDENCE
        return (code(page), code(name), kind, wording.NOTHING, state)
    tests = (evidence.standing.ledger.entry(source.region) or {"tests": []})["tests"]
    proof = Fold(wording.COUNTED_TESTS.format(count=len(tests)), tests_by_file(tests))
    return (code(page), code(name), proof, code(source.region.digest), state)


def state_of(reasons: list[str]) -> str:
    return wording.FALLEN.format(reasons="; ".join(reasons)) if reasons else wording.STANDS


def records_told(evidence: Evidence) -> Table:
    rows = []
    for path in sorted((evidence.project.snippets / "records").glob("*.json")):
        record = evidence.references.record(path.stem)
        run = record["run"]
        seeds = wording.SEED_SEPARATOR.join(map(str, record["seeds"]["recorded"])) or str(run["seed"])
        state = state_of(evidence.stale_record(path.stem))
        seconds = wording.SECONDS.format(**run)
        rows.append((code(path.stem), code(run["command"]), seeds, seconds, run["date"], code(record["digest"]), state))
    return Table(wording.RECORDS_TITLE, wording.RECORDS_HEADS, tuple(rows))


def given_told(evidence: Evidence) -> Iterator[tuple[str, ...]]:
    """Yield, for each number that an author states, its page, itself, its kind and its sentence."""
    for page in evidence.pages.values():
        for match in GIVEN.finditer(page.text):
            before = SENTENCE_END.split(plain_words(page.text[max(match.start() - 300, 0) : match.start()]))[-1]
            after = SENTENCE_END.split(plain_words(page.text[match.end() : match.end() + 300]))[0]
            yield code(page.name), match[1], match[2], f"{before}{match[1]}{after}".strip()


def plain_words(text: str) -> str:
    """Return a piece of Markdown as words: what is given as itself, what is bound as a dot, no signs around formulas and code."""
    return MARKUP.sub("", REFERENCE.sub("…", GIVEN.sub(lambda match: match[1], text)))


def code(text: str) -> str:
    return f"{CODE}{text}{CODE}"

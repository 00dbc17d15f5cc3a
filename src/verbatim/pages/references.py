"""References on pages: `{{ … }}` to numbers, pins, sections, figures and tables; `[@key]` to the bibliography."""

from __future__ import annotations

import functools
import itertools
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from verbatim import wording
from verbatim.pages.bibliography import Bibliography, UnknownKey
from verbatim.pages.expressions import Expression
from verbatim.pages.formats import UnknownReference, shown, tex
from verbatim.pages.origins import calc_origin, date_told, record_origin
from verbatim.pages.page import Page, read_pages
from verbatim.pages.slugs import slugify, split_number
from verbatim.pages.units import is_share
from verbatim.project import Project, read_json
from verbatim.published.constants import flat
from verbatim.published.regions import Module, read_modules

PATH = re.compile(r"(?P<source>[a-z][a-z0-9_]*)\.(?P<path>[A-Za-z_][\w.\[\]-]*)\Z", re.ASCII)
STEP = re.compile(r"\.?([A-Za-z_]\w*)|\[(\d+)\]", re.ASCII)
TYPED = re.compile(r"\d(?:,?\d)*(?:\.\d+)?")
CONSTANT = re.compile(r"[A-Z][A-Z0-9_]*(?:\[\d+\])*\Z")
# Numbers in words that hold no sign which Unicode calls numeric
WORDED = re.compile(
    r"[两俩仨半双倍番折几数]|half|twice|doubl|tripl|fold|third|quarter|fifth|dozen|hundred|thousand|[mb]illion|t(?:y|een)\b|one|two|three|four|five|six|seven|eight|nine|ten"
)
GIVEN = re.compile(r'given "([^"\n{}|]{1,40})" as (假设|定义|名称)')
LABELS = {"fig": wording.FIGURE_LABEL, "tab": wording.TABLE_LABEL}


@dataclass(frozen=True)
class Number:
    """A number as a page shows it, and where it comes from."""

    text: str
    reference: str
    spec: str
    kind: str  # "record", "bench", "constant", "pin", "calc", "given" or "holds"
    origin: str  # for the reader, in Chinese
    labs: tuple[str, ...] = ()  # the records that it is taken from
    named: frozenset[float] = frozenset()  # of an assertion: the values that it names

    @property
    def tex(self) -> str:
        """Return the number as a formula writes it."""
        return tex(self.text)


@dataclass(frozen=True)
class Target:
    """Where a cross-reference leads."""

    page: str
    anchor: str
    label: str  # "§4.2", "图 1"


class References:
    """Looks references up in the records, constants, pins and headings of a project as it is now."""

    def __init__(self, project: Project, modules: dict[str, Module] | None = None, pages: dict[str, Page] | None = None) -> None:
        self.project = project
        self.modules = read_modules(project) if modules is None else modules
        self.pages = read_pages(project.docs) if pages is None else pages
        self.numbers: dict[tuple[str, str], Number] = {}
        self.records: dict[str, dict[str, Any]] = {}
        self.benches: dict[str, dict[str, Any]] = {}
        self.rounds: dict[str, dict[float, list[str]]] = {}  # by format: references into records by what they show
        self.specials = {"calc": self.calc, "holds": self.holds, "given": self.given}

    def number(self, reference: str, spec: str = "") -> Number:
        """Return the number that `{{ reference | spec }}` stands for.

        Raises UnknownReference where the record, field, constant or pin is not there, or the format does not fit it.
        """
        key = (reference, spec)
        if key not in self.numbers:
            self.numbers[key] = self.look_up(reference, spec)
        return self.numbers[key]

    def look_up(self, reference: str, spec: str) -> Number:
        word = reference.split(" ", 1)[0]
        if (special := self.specials.get(word)) and " " in reference:
            return special(reference, spec)
        source, path = parted(reference)
        value, kind = self.value(source, path), self.kind(source, path)
        labs: tuple[str, ...] = ()
        if kind == "record":
            labs, origin = (source,), self.record_origin(source, path, spec)
        elif kind == "bench":
            origin = wording.BENCH_ORIGIN.format(date=date_told(self.bench(path.partition(".")[0])["date"]))
        else:
            origin = wording.PIN_ORIGIN if kind == "pin" else wording.CONSTANT_ORIGIN
        try:
            text = shown(value, spec, percentage=is_share(path, value))
        except UnknownReference as error:
            raise UnknownReference(f"{reference}: {error}") from None
        return Number(text, reference, spec, kind, origin, labs)

    def kind(self, source: str, path: str) -> str:
        if source in ("pin", "bench"):
            return source
        return "constant" if CONSTANT.match(path) else "record"

    def value(self, source: str, path: str) -> Any:
        """Return what a reference leads to; raises UnknownReference where it leads nowhere."""
        kind = self.kind(source, path)
        if kind == "pin":
            return self.pin(path)
        if kind == "bench":
            name, _, field = path.partition(".")
            return walk(self.bench(name)["numbers"], field, f"benchmarks/{name}.json")
        return self.constant(source, path) if kind == "constant" else self.field(source, path)

    def calc(self, reference: str, spec: str) -> Number:
        """Return the number that an expression over records, constants and cited values comes to."""
        expression = self.expression(reference, comparing=False)
        value = expression.value(self.of_path)
        self.refuse_idle(expression)
        text = shown(value, spec, percentage=isinstance(value, float) and abs(value) <= 1)
        labs = self.labs(expression)
        values = {path: self.of_path(path) for path in expression.paths}
        origin = calc_origin(expression.text, values, [self.record(lab)["run"]["date"] for lab in labs])
        return Number(text, reference, spec, "calc", origin, labs)

    def holds(self, reference: str, spec: str) -> Number:
        """Return an assertion about bound numbers, which shows nothing; raises UnknownReference where a seed denies it."""
        expression = self.expression(reference, comparing=True)
        labs = self.labs(expression)
        expression.value(self.of_path)
        self.refuse_idle(expression)
        for seeds in seeds_of([self.record(lab) for lab in labs]):
            chosen = dict(zip(labs, seeds, strict=True))
            if not expression.value(functools.partial(self.seeded, chosen=chosen)):
                seeds_told = ", ".join(f"{lab} seed {place}" for lab, place in chosen.items())
                raise UnknownReference(f"{expression.text} is not true ({seeds_told or 'constants'}); say what the records show")
        if spec:
            raise UnknownReference("an assertion shows nothing and takes no format")
        return Number("", reference, "", "holds", expression.text, labs, expression.literals)

    def of_path(self, path: str) -> Any:
        return self.value(*parted(path))

    def refuse_idle(self, expression: Expression) -> None:
        """Raise UnknownReference where what an expression comes to does not hang on what it names."""
        if idle := expression.idle(self.of_path):
            raise UnknownReference(f"{idle!r:.80} comes to the same whatever is bound; typed numbers alone prove nothing")

    def given(self, reference: str, spec: str) -> Number:
        """Return a number that the author states on their own authority."""
        match = GIVEN.fullmatch(reference)
        if not match or spec or not (WORDED.search(match[1]) or any(sign.isnumeric() for sign in match[1])):
            raise UnknownReference(f'{reference} is not of the form given "0.01" as 假设, 定义 or 名称')
        return Number(match[1], reference, "", "given", wording.GIVEN_ORIGINS[match[2]])

    def expression(self, reference: str, *, comparing: bool) -> Expression:
        expression = Expression(reference.split(" ", 1)[1], comparing=comparing)
        try:
            for key in expression.keys:
                self.bibliography.number(key)
        except UnknownKey as error:
            raise UnknownReference(str(error)) from None
        return expression

    def labs(self, expression: Expression) -> tuple[str, ...]:
        parts = [parted(path) for path in expression.paths]
        return tuple(dict.fromkeys(source for source, path in parts if self.kind(source, path) == "record"))

    def seeded(self, reference: str, chosen: dict[str, int]) -> Any:
        """Return what a reference leads to in the run of the chosen seed."""
        source, path = parted(reference)
        top, rest = (match := STEP.match(path))[1], path[match.end() :]  # type: ignore[index,union-attr]
        if source not in chosen or top in ("run", "seeds"):
            return self.value(source, path)
        values = self.record(source)["seeds"].get(top, {}).get("values") or [self.field(source, top)]
        return walk(values[min(chosen[source], len(values) - 1)], rest, f"record {source}")

    @cached_property
    def bibliography(self) -> Bibliography:
        return Bibliography(self.project)

    def pin(self, name: str) -> str:
        pins = self.pins
        if name not in pins:
            raise UnknownReference(f"requirements.txt pins no {name!r}; expected one of its packages")
        return pins[name]

    @cached_property
    def pins(self) -> dict[str, str]:
        pins = dict(self.project.requirements())
        package = self.project.root / "package.json"
        if not package.is_file():
            return pins
        dependencies = read_json(package, ("dependencies",), "name what the site needs of npm")["dependencies"]
        return pins | {name: dependencies[name] for name in ("katex",) if name in dependencies}

    def record(self, lab: str) -> dict[str, Any]:
        if lab not in self.records:
            path = self.project.snippets / "records" / f"{lab}.json"
            if not path.is_file():
                raise UnknownReference(f"no record {lab!r}; run `python -m verbatim record {lab} --write`")
            fix = f"take it from the repository, or run `python -m verbatim record {lab} --write`"
            self.records[lab] = read_json(path, ("numbers", "run", "seeds", "digest"), fix)
        return self.records[lab]

    def bench(self, name: str) -> dict[str, Any]:
        """Return the content of benchmarks/NAME.json: what was measured once, on its date, and is not run again by readers."""
        if name not in self.benches:
            path = self.project.root / "benchmarks" / f"{name}.json"
            if not path.is_file():
                expected = "expected bench.NAME.field of a file there that holds numbers and their date"
                raise UnknownReference(f"no benchmarks/{name}.json; {expected}")
            fix = f"take it from the repository, or run benchmarks/{name}.py --write"
            self.benches[name] = read_json(path, ("numbers", "date"), fix)
        return self.benches[name]

    def field(self, lab: str, path: str) -> Any:
        record = self.record(lab)
        top = STEP.match(path)
        return walk(record if top and top[1] in ("run", "seeds") else record["numbers"], path, f"record {lab}")

    def record_origin(self, lab: str, path: str, spec: str) -> str:
        """Tell where a number of a record comes from, with the spread of its seeds where it has one."""
        record, top = self.record(lab), STEP.match(path)
        runs = [] if top is None or top[1] in ("run", "seeds") else record["seeds"].get(top[1], {}).get("values", [])
        values = [walk(value, path[top.end() :], f"record {lab}") for value in runs] if top else []
        return record_origin(record["run"], values, spec, share=is_share(path, self.field(lab, path)))

    def constant(self, module: str, path: str) -> Any:
        names = [f"{package}/{module}.py" for package in self.project.packages]
        found = next((self.modules[name] for name in names if name in self.modules), None)
        if found is None:
            raise UnknownReference(f"no module {module!r} to take the constant {path} from")
        return walk(found.constants, path, f"constants of {module}.py")

    @cached_property
    def targets(self) -> dict[str, Target]:
        """Return the sections, figures and tables of all pages by reference."""
        found: dict[str, Target] = {}
        for page in self.pages.values():
            for number, name in numbered(page):
                anchor = slugify(name)
                found.setdefault(f"sec.{anchor}", Target(page.name, anchor, f"{wording.SECTION_LABEL}{number}"))
            counts = {"figure": 0, "table": 0}
            for kind, anchor in page.captions:
                counts[kind] += 1
                short = {"figure": "fig", "table": "tab"}[kind]
                found.setdefault(
                    f"{short}.{anchor.split('-', 1)[-1]}", Target(page.name, anchor, f"{LABELS[short]} {counts[kind]}")
                )
        return found

    @cached_property
    def headings(self) -> frozenset[tuple[str, str]]:
        """Return (number, anchor) of every numbered heading of all pages."""
        return frozenset((number, slugify(name)) for page in self.pages.values() for number, name in numbered(page))

    def without_number(self, text: str) -> str:
        """Return the text of a heading, or of a link to one, without its section's number; any other text as it is."""
        number, name = split_number(text)
        return name if number and (number, slugify(name)) in self.headings else text

    def target(self, reference: str) -> Target:
        """Return where a cross-reference leads; raises UnknownReference where nothing of that name is on any page."""
        if reference not in self.targets:
            raise UnknownReference(f"{reference} leads nowhere; expected the anchor of a numbered heading, or a caption's id")
        return self.targets[reference]

    def suggestions(self, text: str) -> list[str]:
        """Return the references that would show `text`: what a typed number probably meant, records before constants and pins."""
        match = TYPED.search(text)
        if not match or len(match[0].strip("0.")) < 2:
            return []
        digits, decimals = match[0], len(match[0].partition(".")[2])
        percent = text[match.end() :].lstrip()[:1] == "%"
        specs = [f".{decimals}%"] if percent else ([f".{decimals}f", f",.{decimals}f"] if decimals else ["", ","])
        found = [reference for spec in specs for reference in self.showing.get((digits + "%" if percent else digits, spec), ())]
        return found[:3] or self.rounded(digits, decimals, percent=percent)

    @cached_property
    def showing(self) -> dict[tuple[str, str], list[str]]:
        """The constants and pins by what they show."""
        found: dict[tuple[str, str], list[str]] = {}
        for name, module in self.modules.items():
            for path, value in flat(module.constants):
                spec = "," if isinstance(value, int) and value >= 1000 else ""
                found.setdefault((format(value, spec), spec), []).append(braced(f"{name.split('/')[-1][:-3]}.{path}", spec))
        for name, version in self.pins.items():
            found.setdefault((version, ""), []).append(braced(f"pin.{name}", ""))
        return found

    def rounded(self, digits: str, decimals: int, *, percent: bool) -> list[str]:
        """Return the references into records that show these digits, rounded as they are."""
        spec = f".{decimals}%" if percent else f".{decimals}f"
        if spec not in self.rounds:
            found = self.rounds[spec] = {}
            for reference, value in self.recorded:
                found.setdefault(round(value * (100 if percent else 1), decimals), []).append(reference)
        fits = (self.fitting(reference, spec) for reference in self.rounds[spec].get(float(digits.replace(",", "")), ()))
        return list(itertools.islice(filter(None, fits), 3))

    @cached_property
    def recorded(self) -> list[tuple[str, float]]:
        """Every recorded number with its reference, in the order of the records' names."""
        names = sorted(path.stem for path in (self.project.snippets / "records").glob("*.json"))
        return [(f"{lab}.{name}", value) for lab in names for name, value in flat(self.record(lab)["numbers"])]

    def fitting(self, reference: str, spec: str) -> str:
        """Return a reference with its format where they fit each other; "" where they do not."""
        try:
            self.number(reference, spec)
        except UnknownReference:
            return ""
        return braced(reference, spec)


def braced(reference: str, spec: str) -> str:
    return f"{{{{ {reference} | {spec} }}}}" if spec else f"{{{{ {reference} }}}}"


def parted(reference: str) -> tuple[str, str]:
    """Return a reference as (lab, module, "bench" or "pin"; path)."""
    match = PATH.match(reference)
    if not match:
        raise UnknownReference(
            f"{reference!r} is no reference; expected lab.field, lab.CONSTANT, bench.file.field, pin.package or sec.anchor"
        )
    return match["source"], match["path"]


def seeds_of(records: list[dict[str, Any]]) -> list[tuple[int, ...]]:
    """Return the seeds to try, by place: together where records have the same seeds, each with each where they differ."""
    counts = [max(len(record["seeds"].get("recorded") or [0]), 1) for record in records]
    if len({tuple(record["seeds"].get("recorded") or ()) for record in records}) <= 1:
        return [(place,) * len(records) for place in range(counts[0])] if counts else [()]
    return list(itertools.product(*(range(count) for count in counts)))


def numbered(page: Page) -> list[tuple[str, str]]:
    """Return (number, name) of the numbered headings of a page."""
    parted = (split_number(title) for _, title in page.headings)
    return [(number, name) for number, name in parted if number]


def walk(value: Any, path: str, where: str) -> Any:
    """Follow `a.b[2]` into nested dicts and lists."""
    place = 0
    while place < len(path):
        step = STEP.match(path, place)
        if not step:
            raise UnknownReference(f"{path!r} cannot be read at {path[place:]!r}; expected names and [indices]")
        key: str | int = step[1] if step[1] else int(step[2])
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            choices = ", ".join(sorted(map(str, value))) if isinstance(value, dict) else f"{type(value).__name__}"
            raise UnknownReference(f"{where} has no {path!r}; at {key!r} there is: {choices}") from None
        place = step.end()
    return value

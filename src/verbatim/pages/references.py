"""References on pages: `{{ … }}` to numbers, pins, sections, figures and tables; `[@key]` to the bibliography."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from verbatim import wording
from verbatim.pages.page import Page, read_pages
from verbatim.pages.slugs import slugify, split_number
from verbatim.project import Project, read_json
from verbatim.published.constants import flat
from verbatim.published.regions import Module, read_modules

PATH = re.compile(r"(?P<source>[a-z][a-z0-9_]*)\.(?P<path>[A-Za-z_][\w.\[\]-]*)\Z", re.ASCII)
STEP = re.compile(r"\.?([A-Za-z_]\w*)|\[(\d+)\]", re.ASCII)
LABELS = {"fig": wording.FIGURE_LABEL, "tab": wording.TABLE_LABEL}


SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
FROM_SUPERSCRIPT = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
POWER = re.compile(r"(-?[\d.]+)e([+-]\d+)")


def power(match: re.Match[str]) -> str:
    """Return 1.5e-03 as readers write it, 1.5 × 10⁻³; zero as 0."""
    return f"{match[1]} × 10{str(int(match[2])).translate(SUPERSCRIPT)}" if float(match[1]) else "0"


class UnknownReference(ValueError):
    """A reference that leads nowhere; its text says what was expected."""


@dataclass(frozen=True)
class Number:
    """A number as a page shows it, and where it comes from."""

    text: str
    reference: str
    spec: str
    kind: str  # "record", "constant" or "pin"
    origin: str  # for the reader, in Chinese

    @property
    def tex(self) -> str:
        """Return the number as a formula writes it."""
        power = re.fullmatch(r"(.*) × 10([⁻⁰¹²³⁴-⁹]+)", self.text)
        if power:
            return rf"{power[1]} \times 10^{{{power[2].translate(FROM_SUPERSCRIPT)}}}"
        return self.text.replace("%", r"\%").replace(",", "{,}")


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
        self.cache: dict[str, Any] = {}

    def number(self, reference: str, spec: str = "") -> Number:
        """Return the number that `{{ reference | spec }}` stands for.

        Raises UnknownReference where the record, field, constant or pin is not there, or the format does not fit it.
        """
        key = f"number:{reference}|{spec}"
        if key not in self.cache:
            self.cache[key] = self.look_up(reference, spec)
        return self.cache[key]

    def look_up(self, reference: str, spec: str) -> Number:
        match = PATH.match(reference)
        if not match:
            raise UnknownReference(f"{reference!r} is no reference; expected lab.field, lab.CONSTANT, pin.package or sec.anchor")
        source, path = match["source"], match["path"]
        if source == "pin":
            value, kind, origin = self.pin(path), "pin", wording.PIN_ORIGIN.format(name=path)
        elif path.isupper() or re.fullmatch(r"[A-Z][A-Z0-9_]*(\[\d+\])*", path):
            value, kind = self.constant(source, path), "constant"
            origin = wording.CONSTANT_ORIGIN.format(module=source, name=path)
        else:
            value, kind = self.field(source, path), "record"
            origin = self.record_origin(source, path)
        try:
            text = POWER.sub(power, format(value, spec))
        except (TypeError, ValueError) as error:
            raise UnknownReference(f"format {spec!r} does not fit {reference} = {value!r}: {error}") from error
        if isinstance(value, list | dict) or not text:
            raise UnknownReference(f"{reference} is no single value; add an index or a field")
        return Number(text, reference, spec, kind, origin)

    def pin(self, name: str) -> str:
        pins = self.pins
        if name not in pins:
            raise UnknownReference(f"requirements.txt pins no {name!r}; expected one of its packages")
        return pins[name]

    @cached_property
    def pins(self) -> dict[str, str]:
        text = (self.project.root / "requirements.txt").read_text("utf-8")
        pins = dict(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", text, re.MULTILINE))
        return (
            pins | {"katex": json.loads((self.project.root / "package.json").read_text("utf-8"))["dependencies"]["katex"]}
            if (self.project.root / "package.json").is_file()
            else pins
        )

    def record(self, lab: str) -> dict:
        key = f"record:{lab}"
        if key not in self.cache:
            path = self.project.snippets / "records" / f"{lab}.json"
            if not path.is_file():
                raise UnknownReference(f"no record {lab!r}; run `python -m verbatim record {lab} --write`")
            fix = f"take it from the repository, or run `python -m verbatim record {lab} --write`"
            self.cache[key] = read_json(path, ("numbers", "run", "seeds", "digest"), fix)
        return self.cache[key]

    def field(self, lab: str, path: str) -> Any:
        record = self.record(lab)
        top = STEP.match(path)[1]
        return walk(record if top in ("run", "seeds") else record["numbers"], path, f"record {lab}")

    def record_origin(self, lab: str, path: str) -> str:
        run = self.record(lab)["run"]
        return wording.RECORD_ORIGIN.format(lab=lab, field=path, seed=run["seed"], date=run["date"], cpu=run["cpu"])

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
        """Return the references into records that would show `text`: what a typed number probably meant."""
        digits = re.search(r"\d(?:,?\d)*(?:\.\d+)?", text)
        if not digits:
            return []
        typed, decimals = float(digits[0].replace(",", "")), len(digits[0].partition(".")[2])
        found = []
        for path in sorted((self.project.snippets / "records").glob("*.json")):
            for name, value in flat(self.record(path.stem)["numbers"]):
                for factor, spec in ((100, f".{decimals}%"), (1, f".{decimals}f")):
                    if round(value * factor, decimals) == typed and len(digits[0].strip("0.")) > 1:
                        found.append(f"{{{{ {path.stem}.{name} | {spec} }}}}")
        return found[:3]


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

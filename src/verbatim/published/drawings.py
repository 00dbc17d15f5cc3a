"""Figures: drawings that carry the digests of the records and of the code that drew them, and of themselves."""

from __future__ import annotations

import re
from pathlib import Path

from verbatim.project import digest, digest_of

ROOT = re.compile(r"<svg\b[^>]*>")
ATTRIBUTE = re.compile(r'\sdata-(record|code|digest)="([^"]*)"')
STYLE = re.compile(r"<style>[^<]*</style>\n?")
FOLDER = "assets/figures"  # below the docs folder
BENCH = "bench."  # what a drawing calls a file of benchmarks/, as a page does


def drawing_of(text: str) -> str:
    """Return a figure as pages show it: without what stands before it, and without its style, which the site's sheet has once."""
    return STYLE.sub("", text[text.find("<svg") :].strip(), count=1) if "<svg" in text else ""


def path_of(records: Path, name: str) -> Path:
    """Return the file that a drawing names: a record of that folder; named `bench.NAME`, what was measured once."""
    if name.startswith(BENCH):
        return records.parents[1] / "benchmarks" / f"{name.removeprefix(BENCH)}.json"
    return records / f"{name}.json"


def code_digest(folder: Path) -> str:
    """Return the digest of all code in a folder: whatever changes there may change every figure."""
    return digest("\n".join(f"{path.name} {digest_of(path)}" for path in sorted(folder.glob("*.py"))))


def records_named(records: dict[str, Path]) -> str:
    """Return the names and digests of the records that a figure was drawn from."""
    return " ".join(f"{name}:{digest_of(path)}" for name, path in records.items()) or "none"


def sign(drawing: str, code: Path) -> str:
    """Return an SVG drawing that names its records, with the digests of the code that drew it and of the drawing itself."""
    signed = drawing.replace("<svg", f'<svg data-code="{code_digest(code)}"', 1)
    return signed.replace("<svg", f'<svg data-digest="{digest(signed)}"', 1)


def stale_drawing(text: str, records: Path, code: Path) -> list[str]:
    """Return why a drawing is not what its code draws from its records in these folders as they are now; nothing where it is."""
    root = ROOT.search(text)
    said = dict(ATTRIBUTE.findall(root[0])) if root else {}
    if set(said) != {"record", "code", "digest"}:
        return ["no code drew it"]
    reasons = []
    if digest(text.replace(f' data-digest="{said["digest"]}"', "", 1)) != said["digest"]:
        reasons.append("it was edited after it was drawn")
    if said["code"] != code_digest(code):
        reasons.append("the code that draws it has changed")
    for name, _, drawn in (part.partition(":") for part in said["record"].split() if part != "none"):
        now = digest_of(path_of(records, name))
        if now != drawn:
            reasons.append(f"record {name} " + ("is missing" if now == "missing" else "has changed"))
    return reasons


def records_of(text: str) -> list[str]:
    """Return the names of the records that a drawing says it was drawn from; what was measured once is no record."""
    root = ROOT.search(text)
    said = dict(ATTRIBUTE.findall(root[0])) if root else {}
    return [part.partition(":")[0] for part in said.get("record", "").split() if part != "none" and not part.startswith(BENCH)]

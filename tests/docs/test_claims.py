"""Every section and every claim of the source has its place in the edition, and its proof is there."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import yaml
from sections import ARTICLE, ERRATA, ERRATUM, WHOLE

from verbatim.pages.bibliography import Bibliography
from verbatim.pages.formats import UnknownReference
from verbatim.pages.references import References, walk
from verbatim.project import Project
from verbatim.published.catalogue import Catalogue

ROOT = Path(__file__).parents[2]
PROJECT = Project.find(ROOT)
CLAIMS = yaml.safe_load((Path(__file__).parent / "data/claims.yml").read_text("utf-8"))
SECTIONS = (  # 2, 3, 4, 5 and 9 hold nothing but their subsections
    "front", "1", "1.1", "1.2", "2.1", "2.2", "2.3", "3.1", "3.2", "3.3", "3.4", "4.1", "4.2",
    "4.3", "5.1", "5.2", "5.3", "6", "7", "7.1", "7.2", "7.3", "8", "9.1", "9.2", "end",
)  # fmt: skip


REFERENCES, BIBLIOGRAPHY, REGIONS = References(PROJECT), Bibliography(PROJECT), Catalogue(PROJECT).regions


def is_proven(kind: str, value: object, text: str, whole: str) -> bool:
    """Say whether one proof of a claim is really there; its place holds `text`, the article `whole`."""
    if kind == "erratum":
        return f"勘-{value}" in ERRATA and str(value) in ERRATUM.findall(whole)
    if kind == "citation":
        return value in BIBLIOGRAPHY.data.entries and (f"@{value}" in whole or cited_by_erratum(str(value)))
    if kind == "opinion":
        return str(value) in text
    if kind == "region":
        return str(value) in REGIONS or f"mnist_lab/{str(value).replace(':', '.py:')}" in REGIONS
    if kind == "test":
        path, _, name = str(value).partition("::")
        file = ROOT / path
        return file.is_file() and (not name or name.split("[")[0] in functions(file))
    if kind in ("record", "pin"):
        return is_recorded(kind, str(value))
    return kind == "kept"


def cited_by_erratum(key: str) -> bool:
    return any(f"@{key}" in text for text in ERRATA.values())


def functions(file: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.FunctionDef)}


def is_recorded(kind: str, value: str) -> bool:
    source, _, path = value.partition(".")
    try:
        if kind == "pin":
            REFERENCES.pin(value.removeprefix("pin."))
        elif path.split("[")[0].isupper():
            REFERENCES.constant(source, path)
        elif path:
            record = REFERENCES.record(source)
            walk(record if path.split(".")[0] in ("run", "seeds") else record["numbers"], path, source)
        else:
            REFERENCES.record(source)
    except UnknownReference:
        return False
    return True


@pytest.mark.parametrize("number", range(len(CLAIMS)))
def test_claim_has_its_place_and_its_proof(number: int) -> None:
    claim = CLAIMS[number]
    assert claim["section"] in SECTIONS
    assert claim["place"] in ARTICLE, f"no heading {claim['place']!r} in the article"
    assert claim["proof"], claim
    for proof in claim["proof"]:
        ((kind, value),) = proof.items()
        assert is_proven(kind, value, ARTICLE[claim["place"]], WHOLE), f"{claim['claim']}: {kind} {value}"


def test_every_section_is_covered() -> None:
    assert {claim["section"] for claim in CLAIMS} == set(SECTIONS)
    assert len(CLAIMS) >= 90


def test_every_erratum_belongs_to_a_claim() -> None:
    used = {proof["erratum"] for claim in CLAIMS for proof in claim["proof"] if "erratum" in proof}
    assert used == {int(name.removeprefix("勘-")) for name in ERRATA if name.startswith("勘-")}
    assert len(used) >= 30


def test_what_is_not_there_is_no_proof() -> None:
    text = "灵活是机会。[勘 1](errata.md#勘-1)[@brown2020]"
    for kind, value in {
        "erratum": 2,
        "citation": "nobody1900",
        "opinion": "这只是看法",
        "region": "mnist_lab/data.py:nothing",
        "test": "tests/mnist_lab/test_data.py::test_of_nothing",
        "record": "classifier.no_such_key",
        "pin": "no-such-package",
        "hearsay": True,
    }.items():
        assert not is_proven(kind, value, text, text), kind

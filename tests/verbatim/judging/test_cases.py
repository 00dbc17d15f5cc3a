"""Ways to show what nothing proves, as data: build and `check` refuse every one, and what is harmless passes.

Tests `allowed` too: it is what refuses them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sample_project import Sample

FOLDER = Path(__file__).with_name("cases")
REFUSED = {
    name: text
    for file in ("refused", "refused_more")
    for name, text in json.loads((FOLDER / f"{file}.json").read_text("utf-8")).items()
}
ACCEPTED = json.loads((FOLDER / "accepted.json").read_text("utf-8"))
Faults = dict[str, list[str]]
# A case that is lost by accident must be noticed
FLOORS = (140, 25)


@pytest.fixture(scope="module")
def told(new_sample: Callable[[str], Sample]) -> tuple[Faults, Faults]:
    """What a build and the check of that build say of all cases, by page."""
    sample = new_sample("cases")
    sample.edit("mkdocs.yml", "  - pymdownx.snippets", "  - pymdownx.details\n  - pymdownx.snippets")
    for kind, cases in (("refused", REFUSED), ("accepted", ACCEPTED)):
        for name, text in cases.items():
            sample.write(f"docs/{kind}/{name}.md", f"# 样例\n\n{text}\n")
    build = sample.build()
    assert build.returncode == 0, build.stderr
    return sample.faults(build), sample.faults(sample.verbatim("check", "site"))


def test_there_are_as_many_cases_as_there_were() -> None:
    assert (len(REFUSED), len(ACCEPTED)) >= FLOORS


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(told: tuple[Faults, Faults], name: str) -> None:
    for said in told:
        assert f"refused/{name}" in said


@pytest.mark.parametrize("name", ACCEPTED)
def test_it_passes(told: tuple[Faults, Faults], name: str) -> None:
    for said in told:
        assert said.get(f"accepted/{name}", []) == []

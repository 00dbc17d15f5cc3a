"""Pages that try to show what nothing proves, one case file each: the strict build and `check` by itself refuse every one.

A case file says in its front matter what must be said of it: `refused` (what happened) and `excerpt`. Where `check` alone, on a
site that was built without the extension, says it in other words, these are `bare` and `bare_excerpt`.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from sample_project import Sample

CASES = sorted(Path(__file__).with_name("hostile").glob("*.md"))
# A case that is lost by accident must be noticed
FLOOR = 101
SOURCES = {
    "snippets/includes/typed.md": "```python\ntyped = 1\n```\n",
    "snippets/includes/nested.md": '--8<-- "includes/typed.md"\n',
    "snippets/includes/raw.md": "<div><pre>typed = 1</pre></div>\n",
    "src/sample/in_string.py": 'TEXT = """\n# --8<-- [start:shown]\ntyped = 1\n# --8<-- [end:shown]\n"""\n',
    "src/sample/unclosed.py": "# --8<-- [start:open]\ntyped = 1\n",
    "src/sample/duplicate.py": "# --8<-- [start:twice]\ntyped = 1\n# --8<-- [end:twice]\n" * 2,
    "src/sample/empty.py": "# --8<-- [start:nothing]\n\n# --8<-- [end:nothing]\n",
}


@dataclass
class Site:
    """The site of all cases, built strictly with the extension, and built without it."""

    build: subprocess.CompletedProcess[str]
    check: subprocess.CompletedProcess[str]
    bare_check: subprocess.CompletedProcess[str]
    told: list[dict[str, list[str]]]


@pytest.fixture(scope="session")
def site(new_sample: Callable[[str], Sample]) -> Site:
    sample = new_sample("hostile")
    for name, text in SOURCES.items():
        sample.write(name, text)
    for case in CASES:
        sample.write(f"docs/hostile/{case.name}", case.read_text("utf-8"))
    build = sample.build("--strict")
    sample.build()
    check = sample.verbatim("check", "site")
    sample.edit("mkdocs.yml", "  - verbatim.site.markdown\n", "")
    sample.edit("mkdocs.yml", "check_paths: true", "check_paths: false")
    bare = sample.build()
    assert bare.returncode == 0, bare.stderr
    bare_check = sample.verbatim("check", "site")
    return Site(build, check, bare_check, [sample.faults(ended) for ended in (build, check, bare_check)])


def expected(case: Path) -> dict[str, str]:
    told: dict[str, str] = yaml.safe_load(case.read_text("utf-8").split("---\n")[1])
    return told


def test_there_are_as_many_cases_as_there_were() -> None:
    assert len(CASES) >= FLOOR


def test_all_are_refused_in_one_build(site: Site) -> None:
    assert site.build.returncode == 1
    assert "in strict mode" in site.build.stdout + site.build.stderr
    assert {f"hostile/{case.stem}" for case in CASES} <= site.told[0].keys()


def test_all_are_refused_by_the_check_of_a_build_that_went_on(site: Site) -> None:
    assert site.check.returncode == 1
    assert {f"hostile/{case.stem}" for case in CASES} <= site.told[1].keys()


def test_all_are_refused_by_the_check_alone(site: Site) -> None:
    assert site.bare_check.returncode == 1
    assert {f"hostile/{case.stem}" for case in CASES} <= site.told[2].keys()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_the_strict_build_names_page_and_excerpt(site: Site, case: Path) -> None:
    head = expected(case)
    told = site.told[0].get(f"hostile/{case.stem}", [])
    assert [fault for fault in told if head["refused"] in fault and head["excerpt"] in fault], told


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_the_check_alone_names_page_and_excerpt(site: Site, case: Path) -> None:
    head = expected(case)
    told = site.told[2].get(f"hostile/{case.stem}", [])
    what, excerpt = head.get("bare", head["refused"]), head.get("bare_excerpt", head["excerpt"])
    assert [fault for fault in told if what in fault and excerpt in fault], told


def test_the_page_beside_them_stays_clean(site: Site) -> None:
    """What is refused is told of its own page only: the same checks find nothing on a page that is as it should be."""
    assert all("index" not in told for told in site.told)
    assert all("references" not in told for told in site.told[:2])  # its list is made by the extension


def test_faults_of_markers_are_told_by_file_and_line(site: Site) -> None:
    for told in site.told[1:]:
        assert "inside a string literal" in told["src/sample/in_string.py:2"][0]
        assert "'open' is unclosed" in told["src/sample/unclosed.py:1"][0]
        assert "duplicate region 'twice', first at line 1" in told["src/sample/duplicate.py:4"][0]
        assert "empty region 'nothing'" in told["src/sample/empty.py:3"][0]

"""The source of a page: fences, includes and references, found before anything is expanded; and the catalogue they name.

Tests `catalogue` too.
"""

from __future__ import annotations

import pytest
from sample_project import Sample

from verbatim.pages.page import Page, chunks
from verbatim.published.catalogue import Catalogue, Source, normal

FENCES = {
    "a\n```\nb\n```\nc": [False, True, False],
    "```\na\n```": [True],
    "~~~\n```\n~~~\na": [True, False],
    "````\n```\n````\na": [True, False],
    "- x\n\n  ```\n  a\n  ```": [False, True],
    "1. ```\n   a\n   ```": [True],
    "> ```\n> a\n> ```\nb": [True, False],
    '=== "x"\n\n    ```\n    a\n    ```\nb': [False, True, False],
    "```\na": [True],
    "a `b` c\n``x``": [False],
    "": [],
}


@pytest.mark.parametrize("text", FENCES)
def test_fences_are_told_from_text(text: str) -> None:
    lines = text.split("\n") if text else []
    found = list(chunks(lines))
    assert [chunk.fenced for chunk in found] == FENCES[text]
    assert [line for chunk in found for line in chunk.lines] == lines
    assert all(lines[chunk.first - 1] == chunk.lines[0] for chunk in found)


def test_what_a_page_names_is_counted() -> None:
    text = '```python\n--8<-- "a/b.py:c"\n```\n\n--8<-- "includes/x.md"\n\n{{ lab.a | .1% }} {{ sec.b }} [@k] [@k; @l]\n'
    source = Page.read("x.md", text)
    assert source.includes == ("a/b.py:c",)
    assert source.fences == 1
    assert source.references == (("lab.a", ".1%"), ("sec.b", ""))
    assert source.citations == 2


def matched(catalogue: Catalogue, text: str, expected: list[str] | None = None) -> Source:
    source = catalogue.match(text, expected)
    assert source is not None, text
    return source


def test_a_block_is_matched_to_the_character(sample: Sample) -> None:
    catalogue = Catalogue(sample.project)
    text = catalogue.regions["sample/helper.py:double"].text
    assert matched(catalogue, text).id == "sample/helper.py:double"
    assert matched(catalogue, f"\n{text}\r\n").id == "sample/helper.py:double"
    for other in (text + " ", " " + text, text.replace("2", "3"), text + "\nx", text[:-1], "", text.replace("    ", "\t")):
        assert catalogue.match(other) is None, other
    assert matched(catalogue, "echo hello").kind == "command"
    assert matched(catalogue, "总和 12.0，用时 – 秒").kind == "output"


def test_of_two_alike_the_one_that_the_page_includes_is_meant(sample: Sample) -> None:
    sample.append(
        "src/sample/helper.py",
        "\n\n# --8<-- [start:again]\ndef double(number: int) -> int:\n    return 2 * number\n# --8<-- [end:again]\n",
    )
    catalogue = Catalogue(sample.project)
    text = catalogue.regions["sample/helper.py:double"].text
    assert matched(catalogue, text, ["sample/helper.py:again"]).id == "sample/helper.py:again"
    assert matched(catalogue, text, ["sample/helper.py:double"]).id == "sample/helper.py:double"
    assert catalogue.match(text) is not None


@pytest.mark.parametrize(("text", "same"), [("\n a\r\nb\n\n", " a\nb"), ("a", "a"), ("\n", "")])
def test_only_line_ends_and_outer_newlines_do_not_count(text: str, same: str) -> None:
    assert normal(text) == same


def test_only_shell_commands_and_text_outputs_are_shown(sample: Sample) -> None:
    sample.write("snippets/commands/typed.py", "x = 1\n")
    sample.write("snippets/outputs/typed.md", "x\n")
    sample.write("snippets/commands/deep/typed.sh", "ls\n")
    others = [name for name in Catalogue(sample.project).sources if ".py:" not in name]
    assert others == ["commands/hello.sh", "outputs/lab.txt"]


def test_a_fence_names_its_language() -> None:
    includes = {"``` python": "a.py:x", "~~~ {.js .annotate}": "b.py:y", "```": "commands/c.sh"}
    text = "\n\n".join(f'{fence}\n--8<-- "{include}"\n{fence[:3]}' for fence, include in includes.items())
    assert list(Page.read("page.md", text).languages) == [("a.py:x", "python"), ("b.py:y", "js"), ("commands/c.sh", "")]

"""Figures and records: compared by default, written when told, faults named all at once.

Tests `figures.__main__` too.
"""

import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from figures import __main__ as command
from figures import catalogue
from figures.catalogue import FIGURES, REPOSITORY, bring_up_to_date
from verbatim.project import digest_of
from verbatim.published.drawings import drawing_of, path_of


def test_write_then_compare(repository: Path) -> None:
    folder = repository / "docs" / "assets" / "figures"
    assert len(bring_up_to_date(repository, write=False)) == len(FIGURES) + 1 >= 17  # and their style
    assert not folder.exists()
    assert bring_up_to_date(repository, write=True) == []
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{name}.svg" for name in FIGURES)
    assert bring_up_to_date(repository, write=False) == []


def test_the_same_numbers_give_the_same_bytes(repository: Path) -> None:
    folder = repository / "docs" / "assets" / "figures"
    bring_up_to_date(repository, write=True)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for path in folder.iterdir():
        path.unlink()
    bring_up_to_date(repository, write=True)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_changed_record_and_a_stranger_are_named(repository: Path) -> None:
    bring_up_to_date(repository, write=True)
    record = repository / "snippets" / "records" / "scaling.json"
    content = json.loads(record.read_text(encoding="utf-8"))
    content["numbers"]["test_accuracy"][0] = 0.51
    record.write_text(json.dumps(content), encoding="utf-8")
    (repository / "docs" / "assets" / "figures" / "old.svg").write_text("<svg/>", encoding="utf-8")
    (repository / "snippets" / "records" / "flops.json").unlink()
    problems = bring_up_to_date(repository, write=False)
    assert len(problems) == 5
    assert re.search(r"model-sizes\.svg: cannot be drawn: FileNotFoundError.*record flops language --write", problems[0])
    assert "network.svg: cannot be drawn" in problems[1]
    assert re.search(r"scaling\.svg: differs from its record; run: python -m figures --write", problems[2])
    assert "flops.svg: cannot be drawn" in problems[3]
    assert "old.svg: no code draws this figure" in problems[4]
    assert len(bring_up_to_date(repository, write=True)) == 4  # what cannot be drawn is not written, the stranger stays


def test_a_record_without_the_numbers_is_named(repository: Path) -> None:
    record = repository / "snippets" / "records" / "scalings.json"
    record.write_text(json.dumps({"numbers": {"steps": [1, 2]}}), encoding="utf-8")
    (problem,) = bring_up_to_date(repository, write=True)
    assert "scalings.svg: cannot be drawn: KeyError('raw_validation')" in problem


def test_what_was_measured_once_is_drawn_from_its_file(repository: Path) -> None:
    bring_up_to_date(repository, write=True)
    times = repository / "benchmarks" / "faster.json"
    text = times.read_text("utf-8")
    times.write_text(text.replace("20.0", "21.0"), encoding="utf-8")
    (problem,) = bring_up_to_date(repository, write=False)
    assert "faster.svg: differs from its record" in problem
    times.unlink()
    (problem,) = bring_up_to_date(repository, write=False)
    assert problem.endswith("; run: python benchmarks/faster.py --write")
    both = catalogue.how_to_make(("flops", "bench.faster", "verse"))
    assert both == "python -m verbatim record flops verse --write; python benchmarks/faster.py --write"


def test_every_figure_names_its_records_and_stands_alone(repository: Path) -> None:
    for name, (_, labs) in FIGURES.items():
        text = catalogue.draw(name, repository)
        root = ElementTree.fromstring(text)
        digests = [f"{lab}:{digest_of(path_of(repository / 'snippets' / 'records', lab))}" for lab in labs]
        assert root.get("data-record") == (" ".join(digests) or "none")
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|<script|<image|@import|url\(", text)
        assert not re.search(r'(fill|stroke)="', text)  # colours only through the style, which follows the page


def test_the_command(repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(command, "REPOSITORY", repository)
    assert command.main([]) == 1
    told = capsys.readouterr()
    assert told.out == f"{len(FIGURES)} figures, {len(FIGURES) + 1} problems\n"
    assert len(told.err.splitlines()) == len(FIGURES) + 1
    assert command.main(["--write"]) == 0
    assert command.main([]) == 0
    assert capsys.readouterr().out == f"{len(FIGURES)} figures, 0 problems\n" * 2


def test_the_style_of_all_is_a_file_for_pages(repository: Path) -> None:
    bring_up_to_date(repository, write=True)
    style = repository / "docs" / "assets" / "css" / "figures.css"
    drawing = catalogue.draw("network", repository)
    assert style.read_text("utf-8").partition("*/\n")[2] in drawing
    assert "<style>" not in drawing_of(drawing)
    assert drawing_of(drawing).startswith("<svg ")
    assert drawing_of("no drawing") == ""
    style.write_text("", "utf-8")
    (problem,) = bring_up_to_date(repository, write=False)
    assert problem.endswith("figures.css: differs from the style of the code; run: python -m figures --write")


def test_the_published_figures_are_those_of_the_records() -> None:
    assert bring_up_to_date(REPOSITORY, write=False) == []


def contrast(first: str, second: str) -> float:
    """The contrast of two colours as WCAG 2 defines it, from what a browser computes: rgb(r, g, b)."""

    def luminance(colour: str) -> float:
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("scheme", "text", "background"),
    [("default", "rgb(33, 33, 33)", "rgb(255, 255, 255)"), ("slate", "rgb(222, 226, 232)", "rgb(30, 33, 41)")],
)
def test_the_colours_of_a_palette_can_be_read(repository: Path, browser: Browser, scheme: str, text: str, background: str) -> None:
    page = browser.new_page()
    figures = "".join(catalogue.draw(name, repository) for name in FIGURES)
    page.set_content(f'<body data-md-color-scheme="{scheme}" style="color:{text};background:{background}">{figures}</body>')
    colours = page.evaluate("() => [...new Set([...document.querySelectorAll('text')].map(e => getComputedStyle(e).fill))]")
    assert text in colours
    assert len(colours) == 4  # the page's own, and three of the palette
    assert min(contrast(colour, background) for colour in colours) > 4.5
    page.close()


def test_at_phone_width_every_label_is_inside_and_large_enough(repository: Path, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    for name in FIGURES:
        page.set_content(f'<body style="margin:0 18px;font-family:sans-serif">{catalogue.draw(name, repository)}</body>')
        found = page.evaluate("""() => {
            const figure = document.querySelector("svg").getBoundingClientRect();
            const scale = figure.width / document.querySelector("svg").viewBox.baseVal.width;
            const labels = [...document.querySelectorAll("text")];
            const outside = labels.filter(label => {
                const box = label.getBoundingClientRect();
                return box.left < figure.left - 0.5 || box.right > figure.right + 0.5
                    || box.top < figure.top - 0.5 || box.bottom > figure.bottom + 0.5;
            });
            const sizes = labels.map(label => parseFloat(getComputedStyle(label).fontSize) * scale);
            return {width: figure.width, scrolls: document.documentElement.scrollWidth > 390,
                    outside: outside.map(label => label.textContent), smallest: Math.min(...sizes)};
        }""")
        assert found["outside"] == [], name
        assert not found["scrolls"], name
        assert found["width"] == 354, name
        assert found["smallest"] > 12, name
    context.close()

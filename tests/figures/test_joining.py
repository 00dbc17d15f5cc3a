"""Shapes that look alike become one element, and the drawing stays the same."""

import pytest
from playwright.sync_api import Browser

from figures.joining import EVERYWHERE, Shape, curve, joined, number, overlap, short
from figures.svg import Sheet, element


@pytest.mark.parametrize(
    ("value", "text"), [(1, "1"), (1.5, "1.5"), (1 / 3, "0.33"), (-0.001, "0"), (100, "100"), (-2.50, "-2.5"), (0, "0")]
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert number(value) == text


def test_signs_that_a_browser_can_do_without_are_left_out() -> None:
    assert short([0.5, -0.5, 0, 10.25, -3]) == ".5-.5 0 10.25-3"
    assert curve([(1, 2), (1.26, 2), (0.06, -1)]) == "M1 2l.3 0-1.2-3"
    assert curve([(1, 2)]) == "M1 2"


def drawn(sheet: Sheet) -> list[str]:
    return [element(shape) for shape in joined(sheet.shapes)]


def test_what_looks_alike_is_one_element() -> None:
    sheet = Sheet(100)
    for place in (0, 20, 40):
        sheet.line(0, place, 50, place, "grid")
        sheet.rect(place, 60, 10, 10, "fill accent", fill_opacity=0.5)
        sheet.circle(place + 5, 80, 2.5, "fill second")
        sheet.text(place, 95, "字")
    assert drawn(sheet) == [
        '<path d="M0 0H50M0 20H50M0 40H50" class="grid"/>',
        '<path d="M0 60h10v10h-10zM20 60h10v10h-10zM40 60h10v10h-10z" class="fill accent" fill-opacity="0.5"/>',
        '<path d="M5 80h0M25 80h0M45 80h0" class="dot second" stroke-width="5"/>',
        *(f'<text x="{place}" y="95">字</text>' for place in (0, 20, 40)),
    ]


def test_another_look_is_another_element() -> None:
    sheet = Sheet(100)
    sheet.rect(0, 0, 10, 10, "fill accent", fill_opacity=0.5)
    sheet.rect(20, 0, 10, 10, "fill accent", fill_opacity=0.6)
    sheet.rect(40, 0, 10, 10, "fill accent", fill_opacity=0)
    sheet.rect(60, 0, 10, 10, "box", rx=3)
    sheet.rect(80, 0, 10, 10, "box", rx=3)
    sheet.circle(50, 50, 4, "line accent")
    assert [text.split(" ")[0] for text in drawn(sheet)] == ["<path", "<path", "<rect", "<rect", "<circle"], "nothing unseen"


def test_nothing_moves_behind_what_it_covers() -> None:
    sheet = Sheet(100)
    sheet.rect(0, 0, 10, 10, "fill accent")
    sheet.rect(20, 0, 10, 10, "fill second")
    sheet.rect(5, 5, 10, 10, "fill second")  # on the first, and beside the second
    sheet.rect(22, 2, 4, 4, "fill accent")  # on the second
    sheet.shapes.append(Shape("image", {"class": "x"}))  # of which nobody knows how large it is
    sheet.rect(50, 50, 4, 4, "fill accent")
    assert len(drawn(sheet)) == 5
    assert overlap((0, 0, 2, 2), EVERYWHERE)
    assert not overlap((0, 0, 2, 2), (2, 0, 4, 2)), "what only touches covers nothing"


def test_a_browser_draws_the_same(browser: Browser) -> None:
    sheet = Sheet(100)
    for place in range(8):
        sheet.circle(20 + 12 * place, 20, 4, "fill accent")
        sheet.rect(20 + 12 * place, 40, 10, 10 + place, "fill second")
        sheet.polyline([(20 + 12 * place, 70), (26 + 12 * place, 74), (30 + 12 * place, 90)], "line third")
    page = browser.new_page(viewport={"width": 720, "height": 200})
    style = sheet.render("none").split("<style>")[1].split("</style>")[0]
    shots = []
    for elements in (sheet.elements, drawn(sheet)):
        drawing = f'<svg class="fig" viewBox="0 0 360 100" width="480">{"".join(elements)}</svg>'
        page.set_content(f"<style>{style}</style>{drawing}<canvas></canvas>")
        shots.append(
            page.evaluate("""async () => {
          const svg = document.querySelector("svg"), canvas = document.querySelector("canvas"), image = new Image();
          const copy = svg.cloneNode(true);
          copy.prepend(document.querySelector("style").cloneNode(true));
          copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
          image.src = "data:image/svg+xml," + encodeURIComponent(new XMLSerializer().serializeToString(copy));
          await image.decode();
          [canvas.width, canvas.height] = [720, 200];
          canvas.getContext("2d").drawImage(image, 0, 0, 720, 200);
          return [...canvas.getContext("2d").getImageData(0, 0, 720, 200).data];
        }""")
        )
    page.close()
    before, after = shots
    assert sum(before) > 0
    different = sum(abs(a - b) > 24 for a, b in zip(before, after, strict=True))
    assert different < len(before) / 2000, "but for single pixels at the edges of dots"

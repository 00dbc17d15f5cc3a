"""Each page in a real browser under the site's policy, as a server's header and in the page: all works, nothing is refused.

Tests `mkdocs_policy` and `verbatim.site.policy` too.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hosting import hosted
from playwright.sync_api import Browser, BrowserContext, Page
from server import Site
from visiting import open_page

from verbatim.site.policy import needs_of, write_policy
from verbatim.site.servers import headers_of

# One page of each kind; that the policy in each page itself refuses nothing, test_pages sees on its console
KINDS = ["", "labs/classifier/", "labs/classifier-notebook/", "verification/", "404.html"]
REFUSED = """window.refused = []; document.addEventListener("securitypolicyviolation",
  event => refused.push(`${event.effectiveDirective} ${event.blockedURI}`));"""


@pytest.fixture(scope="module")
def strict(browser: Browser, site: Site) -> Iterator[tuple[BrowserContext, str]]:
    """A phone's browser that writes down what is refused, and the address of the site under all of its headers."""
    context = phone(browser)
    with hosted(site.folder, headers_of(site.folder)) as address:
        yield context, address
    context.close()


def phone(browser: Browser) -> BrowserContext:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    context.add_init_script(REFUSED)
    return context


def use(page: Page) -> None:
    """Do what readers do: copy, change the palette, search, go through the page, touch each widget."""
    for button in page.locator(".md-code__button[data-md-type=copy]:visible").all()[:1]:
        button.click()
    page.locator("label.md-header__button[for^=__palette]:visible").click()
    page.locator("label[for=__search]:visible").first.click()
    page.locator("input.md-search__input").fill("梯度")
    page.locator(".md-search-result__link").first.wait_for()
    page.keyboard.press("Escape")


def use_widgets(page: Page) -> int:
    """Touch each widget of a page, its buttons and its fields; return how many there are."""
    widgets = page.locator("[data-widget]").all()
    for widget in widgets:
        widget.scroll_into_view_if_needed()
        control = widget.locator("button:visible, input:visible, canvas:visible")
        control.first.wait_for()
        for touched in control.all()[:6]:
            touched.click()
        page.wait_for_load_state("networkidle")
        assert widget.get_attribute("role") != "alert", widget.inner_text()
    return len(widgets)


def refused(page: Page, awaited: str = "") -> list[str]:
    """Return what was refused so far; `awaited` is waited for, since a frame may be refused after the page is loaded."""
    told: list[str] = page.evaluate("refused")
    for _ in range(200 if awaited else 0):
        if any(one.startswith(awaited) for one in told):
            break
        page.wait_for_timeout(50)
        told = page.evaluate("refused")
    return told


def test_a_policy_stands_in_every_page_and_allows_nothing_inline(site: Site, paths: list[str]) -> None:
    needs = needs_of(site.folder)
    assert len(needs.told) == len(paths) + 1  # the page of errors
    assert list(needs.faults()) == []
    policy = needs.policy(header=True)
    directives = dict(part.split(" ", 1) for part in policy.split("; "))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"].startswith("'self' 'sha256-")
    assert "unsafe" not in policy.replace("style-src-attr 'unsafe-inline'", "")
    assert "http" not in policy
    assert needs.told["index.html"] == [needs.policy()]
    assert len(needs.scripts) <= 6
    assert len(needs.styles) <= 1


@pytest.mark.parametrize("where", KINDS)
def test_a_page_works_under_it(strict: tuple[BrowserContext, str], where: str) -> None:
    context, address = strict
    page = context.new_page()
    visit = open_page(page, address + where)
    use(page)
    use_widgets(page)
    assert refused(page) == []
    assert visit.console == []
    assert visit.missing == []
    page.close()


def test_widgets_are_used(strict: tuple[BrowserContext, str], paths: list[str], site: Site) -> None:
    context, address = strict
    with_widgets = [path for path in paths if "data-widget=" in (site.folder / path / "index.html").read_text("utf-8")]
    assert len(with_widgets) >= 5
    page = context.new_page()
    for path in with_widgets:
        open_page(page, address + path)
        assert use_widgets(page) >= 1
    page.close()


BROKEN = {
    "<script>window.ran = true</script>": "script-src-elem inline",
    "<p><img src='assets/favicon.svg' onload='window.ran = true'></p>": "script-src-attr inline",
    "<script src='https://cdn.example/x.js'></script>": "script-src-elem https://cdn.example/x.js",
    "<style>p { color: red }</style>": "style-src-elem inline",
    "<iframe src='assets/favicon.svg'></iframe>": "frame-src",
    "<base href='https://cdn.example/'>": "base-uri https://cdn.example",
}


@pytest.mark.parametrize("header", [True, False], ids=["header", "meta"])
def test_what_is_not_the_sites_own_is_refused(header: bool, browser: Browser, site: Site, tmp_path: Path) -> None:
    """The policy was made before the page was changed, as when somebody gets to change a page of a published site."""
    folder, context = Path(shutil.copytree(site.folder, tmp_path / "site")), phone(browser)
    where = "labs/flops/"
    text = (folder / where / "index.html").read_text("utf-8")
    if header:
        text = text.replace('http-equiv="Content-Security-Policy"', 'name="nothing"')
    with hosted(folder, headers_of(site.folder) if header else None) as address:
        for number, (added, expected) in enumerate(BROKEN.items()):
            # Each at an address of its own: a file that changes twice in a second looks unchanged to a browser that has it
            (folder / where / f"broken-{number}.html").write_text(text.replace("</h1>", f"</h1>{added}", 1), "utf-8")
            page = context.new_page()
            page.goto(f"{address}{where}broken-{number}.html", wait_until="load")
            seen = refused(page, expected)
            assert any(told.startswith(expected) for told in seen), (added, seen)
            assert page.evaluate("window.ran") is None
            page.close()
    context.close()


def test_no_text_becomes_code(strict: tuple[BrowserContext, str], site: Site) -> None:
    context, address = strict
    page = context.new_page()
    page.goto(address)
    # Later, when what asks is the page itself and no longer the debugger, which may do anything
    asked = """() => new Promise(told => setTimeout(() => {
      try { told(Function("return 1")()); } catch (error) { told(error.name); }
    }))"""
    assert page.evaluate(asked) == "EvalError"
    page.close()


def test_a_page_in_another_sites_frame_is_refused(strict: tuple[BrowserContext, str], tmp_path: Path) -> None:
    context, address = strict
    (tmp_path / "index.html").write_text(f"<!doctype html><iframe src='{address}'></iframe>", "utf-8")
    with hosted(tmp_path) as other:
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(other, wait_until="networkidle")
        assert any("frame-ancestors" in text for text in said)
        page.close()


def test_a_site_without_pages_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no page in it; expected a built site"):
        write_policy(tmp_path)


def test_writing_again_changes_nothing(tmp_path: Path) -> None:
    page = tmp_path / "index.html"
    page.write_text(
        '<!doctype html><html><head><meta charset="utf-8"><title>x</title></head><body><script>1</script></body></html>'
    )
    write_policy(tmp_path)
    once = page.read_text("utf-8")
    assert once.count("http-equiv") == 1
    write_policy(tmp_path)
    assert page.read_text("utf-8") == once


def test_serve_leaves_pages_as_they_are(build: Callable[..., object]) -> None:
    from verbatim.site import mkdocs_policy, policy

    mkdocs_policy.on_startup("serve", False)
    assert policy.serving
    mkdocs_policy.on_startup("build", False)
    assert not policy.serving

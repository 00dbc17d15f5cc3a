"""The policy of a site is made of its pages, and the gate sees a page that tells another."""

from __future__ import annotations

import base64
import hashlib

import pytest
from sample_project import Sample

from verbatim.judging.blocks import parse
from verbatim.judging.check import Tally, judge_site
from verbatim.judging.evidence import Evidence
from verbatim.judging.judge import Judge
from verbatim.judging.policy import Needs
from verbatim.site.policy import write_policy

PAGE = "<!doctype html><html><head>{head}</head><body><script>start()</script>{body}</body></html>"


def needs(head: str = "", body: str = "") -> Needs:
    found = Needs()
    found.add("index.html", parse(PAGE.format(head=head, body=body)))
    return found


def digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_inline_scripts_and_styles_are_named_by_their_digests() -> None:
    found = needs(head="<style>p { color: red }</style>", body="<script>again()</script><script src='x.js'></script>")
    assert found.scripts == {digest("start()"), digest("again()")}
    assert found.styles == {digest("p { color: red }")}
    assert f"script-src 'self' {' '.join(sorted(found.scripts))};" in found.policy()


def test_data_is_no_script() -> None:
    assert needs(body='<script type="application/json">{"a": 1}</script>').scripts == {digest("start()")}


def test_style_attributes_are_allowed_only_where_there_are_any() -> None:
    assert "unsafe" not in needs().policy()
    assert "style-src-attr 'unsafe-inline'" in needs(body="<p style='color: red'>x</p>").policy()


def test_only_the_header_forbids_frames() -> None:
    assert needs().policy(header=True) == f"{needs().policy()}; frame-ancestors 'none'"


@pytest.fixture
def sworn(built: Sample) -> Sample:
    """The sample's site, each page with its policy."""
    write_policy(built.root / "site")
    return built


def faults(sample: Sample) -> list[str]:
    found = judge_site(Judge(Evidence(sample.project)), sample.root / "site", Tally())
    return [str(fault) for fault in found if "Content-Security-Policy" in str(fault)]


META = '<meta http-equiv="Content-Security-Policy"'


def test_the_gate_takes_the_policy_of_the_site(sworn: Sample) -> None:
    assert sworn.page().count(META) == 1
    assert faults(sworn) == []


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        (META, '<meta name="nothing"'),
        ("script-src 'self'", "script-src 'self' 'unsafe-inline'"),
        ("default-src 'none'; ", ""),
        (META, f'{META} content="img-src *">{META}'),
    ],
    ids=["none", "wider", "shorter", "twice"],
)
def test_the_gate_sees_another_policy(there: str, instead: str, sworn: Sample) -> None:
    assert there in sworn.page()
    sworn.write("site/index.html", sworn.page().replace(there, instead))
    assert [text.split(";")[0] for text in faults(sworn)] == ["index.html: not the Content-Security-Policy of the site"]


def test_a_script_that_came_after_the_policy_is_seen(sworn: Sample) -> None:
    sworn.write("site/404.html", sworn.page("404.html").replace("</body>", "<script>stranger()</script></body>"))
    assert len(faults(sworn)) == 3  # no page's policy is the site's any more


def test_a_site_without_policies_leaves_them_to_the_server(built: Sample) -> None:
    assert faults(built) == []

"""What the search reads of a page gives the same index as the whole page."""

from __future__ import annotations

import pytest
from material.plugins.search.plugin import Parser  # type: ignore[import-untyped]  # Material has no types

from verbatim.site.mkdocs_search import uncoloured

HEAD = '<h1 id="a">标题</h1>\n<p>一 <a href="b/">链接</a> 与 <span>词</span></p>\n'
LINE = '<a id="l1" name="l1" href="#l1"></a><span class="k">def</span><span class="w"> </span><span class="nf">f</span>'
STRING = '<span class="s">&quot;a &gt; b&quot;</span>'
CODE = f'<div class="highlight"><pre><span></span><code>{LINE}(x &lt; 1):\n\n    {STRING}\n</code></pre></div>'
FORMULA = '<span class="arithmatex" data-search-exclude=""><span><math><mi>x</mi></math></span><span>x</span></span>'
NESTED = f'<details><h2 id="c">二</h2>{CODE}<ul><li>三 {FORMULA} 四</li></ul></details>\n<pre><code>  \n</code></pre>'


def sections(page: str) -> list[tuple[str | None, list[str], str]]:
    """Return what the search's own parser makes of a page."""
    parser = Parser()
    parser.feed(page)
    parser.close()
    return [(section.id, section.title, "".join(section.text)) for section in parser.data]


@pytest.mark.parametrize("page", [HEAD + CODE, HEAD + NESTED + CODE, CODE + HEAD, f"{HEAD}{FORMULA}{CODE}"])
def test_code_without_colours_is_found_alike(page: str) -> None:
    read = uncoloured(page)
    assert "<span class=" not in read.split("<code>")[1].split("</code>")[0]
    assert sections(read) == sections(page)
    assert any("def f(x &lt; 1):" in text for _, _, text in sections(read))


def test_only_code_loses_elements() -> None:
    assert uncoloured(HEAD + FORMULA) == HEAD + FORMULA
    assert uncoloured('<pre><em title="a > b">x</em><span title="a > b">y</span></pre>') == '<pre><em title="a > b">x</em>y</pre>'

"""Blocks: what on a page counts as several lines of code, and what does not."""

from __future__ import annotations

import pytest

from verbatim.judging.allowed import wrong_language
from verbatim.judging.blocks import Block, blocks_of, body_of, parse
from verbatim.published.catalogue import Source

BLOCKS = {
    "<pre>a\nb</pre>": ["a\nb"],
    "<pre>a</pre><p>x</p><pre>b</pre>": ["a", "b"],
    "<pre><pre>a</pre></pre>": ["", "a"],
    "<div><pre><code>a\n</code></pre></div>": ["a\n"],
    "<pre><span></span><code><span>a</span> <b>b</b>\n</code></pre>": ["a b\n"],
    "<pre>a<br>b</pre>": ["a\nb"],
    "<textarea>a</textarea><xmp>b</xmp><listing>c</listing>": ["a", "b", "c"],
    "<code>a<br>b</code>": ["a\nb"],
    "<code>a\nb</code>": ["a\nb"],
    "<samp>a<br/>b</samp><kbd>c<br>d</kbd>": ["a\nb", "c\nd"],
    "<p><code>a</code><br><code>b</code></p>": ["a\nb"],
    "<p><code>a</code>，<br> <code>b</code></p>": ["a，\n b"],
    "<p><code>a</code><!-- x --><br><code>b</code></p>": ["a\nb"],
    "<p><code>a</code></p><p><code>b</code></p>": ["b"],
    "<p><code>a</code></p>\n<p><code>b</code></p>\n<div><code>c</code></div>": ["b", "c"],
    '<div style="white-space: pre-wrap">a\nb</div>': ["a\nb"],
    '<div style="WHITE-SPACE:PRE">a</div>': ["a"],
    '<p style="wh\\69te-space:pre">a</p>': ["a"],
    '<p style="font: 1em monospace">a<br>b</p>': ["a\nb"],
    '<code style="display:block">a</code>': ["a"],
    '<div style="white-space: pre">a<pre>b</pre></div><pre>c</pre>': ["ab", "c"],
    "<noscript><pre>a</pre></noscript>": ["a"],
    "<svg><foreignObject><pre>a</pre></foreignObject></svg>": ["a"],
}
INLINE = [
    "<p>用 <code>a</code> 和 <code>b</code></p>",
    "<p>用 <code>a</code><br>再用 <code>b</code></p>",
    "<p>一<br>二</p>",
    "<p><code>a</code></p><p>说明 <code>b</code></p>",
    "<p><code>a</code></p><p>说明</p><p><code>b</code></p>",
    "<ul><li><code>a</code></li><li><code>b</code></li></ul>",
    "<table><tr><td><code>a</code></td><td><code>b</code></td></tr></table>",
    "<dl><dt><code>a</code></dt><dd>说明</dd></dl>",
    "<code>\na\n</code>",
    '<p style="color: red">a<br>b</p>',
    '<span style="height:1em;vertical-align:-0.5em">x</span>',
]


@pytest.mark.parametrize("html", BLOCKS)
def test_a_block_is_found_with_its_text(html: str) -> None:
    assert [block.text for block in blocks_of(body_of(parse(f"<body>{html}")))] == [text for text in BLOCKS[html] if text]


@pytest.mark.parametrize("html", INLINE)
def test_inline_code_is_no_block(html: str) -> None:
    assert blocks_of(body_of(parse(f"<body>{html}"))) == []


@pytest.mark.parametrize(
    ("html", "language"),
    [
        ('<div class="language-bash highlight"><pre><code>a\n</code></pre></div>', "bash"),
        ('<div class="language-text highlight"><pre><code>a\n</code></pre></div>', ""),
        ("<pre>a</pre>", ""),
    ],
)
def test_a_block_that_claims_another_language_than_its_source_is_told(html: str, language: str) -> None:
    [block] = blocks_of(body_of(parse(html)))
    assert wrong_language(block, Source("outputs/lab.txt", "a\n")) == language


def test_a_page_that_is_all_one_block_claims_no_language() -> None:
    page = parse("<html></html>").root
    assert page is not None
    assert wrong_language(Block(page, ""), Source("outputs/lab.txt", "")) == ""

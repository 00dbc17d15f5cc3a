"""The guarantees hold under every generator that uses Python-Markdown: MkDocs, ProperDocs and Zensical.

What Zensical 0.0.73 cannot do, and MkDocs can: render notebooks (it copies them), run hooks, segment Chinese for its search, and
count an extension's warnings under `--strict`; there `check` alone is the gate.

Tests `building`, `markdown`, `proof_line`, `report` too.
"""

from __future__ import annotations

import shutil
import subprocess

import pytest
from sample_project import Sample

BUILDS = {
    "mkdocs": ["mkdocs", "build", "--strict", "--site-dir", "site"],
    "properdocs": ["properdocs", "build", "--strict", "--config-file", "mkdocs.yml", "--site-dir", "site"],
    "zensical": ["zensical", "build", "--strict", "--config-file", "mkdocs.yml"],
}
TYPED = '# 另一页\n\n```python\nprint("typed")\n```\n\n准确率 97.58%。\n'


def build(sample: Sample, generator: str) -> subprocess.CompletedProcess[str]:
    sample.edit("mkdocs.yml", "theme: {name: mkdocs, highlightjs: false}", "theme: {name: material, font: false, language: zh}")
    assert sample.verbatim("programs").returncode == 0
    shutil.rmtree(sample.root / "site", ignore_errors=True)
    return sample.command(*BUILDS[generator])


@pytest.mark.parametrize("generator", BUILDS)
def test_sound_site_is_publishable(sample: Sample, generator: str) -> None:
    ended = build(sample, generator)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert 'class="verbatim-proof"' in sample.page()
    assert "downloads/programs/article.py" in sample.page()
    ended = sample.verbatim("check", "site")
    assert ended.returncode == 0, ended.stderr
    assert "6 blocks, 6 verified" in ended.stdout


@pytest.mark.parametrize("generator", BUILDS)
def test_typed_code_and_number_are_refused(sample: Sample, generator: str) -> None:
    sample.write("docs/other.md", TYPED)
    ended = build(sample, generator)
    said = ended.stdout + ended.stderr
    assert "other.md: a block that nothing proves" in said
    assert "other.md: typed measurement '97.58%'" in said
    assert (ended.returncode == 0) == (generator == "zensical")
    ended = sample.verbatim("check", "site")
    assert ended.returncode == 1
    assert "other/index.html: a block that nothing proves" in ended.stderr
    assert "other/index.html: typed measurement '97.58%'" in ended.stderr

"""The recipes of CONTRIBUTING.md, followed to the letter on a small project: each ends with a site that may be published."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from sample_project import Sample

CONTRIBUTING = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text("utf-8")
LAB = '''\
"""Another lab."""

# --8<-- [start:main]
def main(seed: int = 0) -> dict[str, float]:
    print(f"seed {seed}")
    return {"half": (1 + seed) / 2}
# --8<-- [end:main]


# --8<-- [start:run]
if __name__ == "__main__":
    results = main()
# --8<-- [end:run]
'''
TEST = """\
import runpy

import sample.weight_decay
from sample.weight_decay import main


def test_main(capsys):
    assert main(seed=3) == {"half": 2}
    assert "seed 3" in capsys.readouterr().out
    assert runpy.run_path(sample.weight_decay.__file__, run_name="__main__")["main"]() == {"half": 0.5}
"""
PAGE = """\
# Weight decay

```python
--8<-- "sample/weight_decay.py:main"
```

```python
--8<-- "sample/weight_decay.py:run"
```

```text
--8<-- "outputs/weight_decay.txt"
```

{{ weight_decay.half | .1f }}
"""


def done(ended: subprocess.CompletedProcess[str]) -> str:
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def publishable(sample: Sample) -> bool:
    built = sample.build("--strict")
    return built.returncode == 0 and sample.verbatim("check", "site").returncode == 0


def test_change_a_sentence(sample: Sample) -> None:
    sample.append("docs/index.md", "\n一句新的话。\n")
    assert publishable(sample)
    assert "一句新的话。" in sample.page()


def test_change_a_region(sample: Sample) -> None:
    sample.edit("src/sample/helper.py", "return 2 * number", "return number + number")
    assert not publishable(sample)
    done(sample.verbatim("verify", "--write"))
    done(sample.verbatim("record", "--write"))
    assert not publishable(sample)
    done(sample.verbatim("run", "--write"))
    assert publishable(sample)
    assert "number + number" in re.sub(r"<[^>]*>", "", sample.page())


def test_add_a_reference(sample: Sample) -> None:
    sample.append("docs/index.md", "\n有人写过[@brown2020]。\n")
    assert not publishable(sample)
    entry = "@article{brown2020, author = {Brown, Tom}, title = {Few-Shot Learners}, journal = {arXiv}, year = {2020}}\n"
    sample.append("docs/references.bib", entry)
    assert publishable(sample)


def test_add_a_lab(sample: Sample) -> None:
    sample.write("src/sample/weight_decay.py", LAB)
    sample.write("tests/test_weight_decay.py", TEST)
    sample.write("docs/labs/weight-decay.md", PAGE)
    assert not publishable(sample)
    assert "wrote snippets/records/weight_decay.json" in done(sample.verbatim("record", "weight_decay", "--write"))
    assert not publishable(sample)
    assert "wrote snippets/ledger.json" in done(sample.verbatim("verify", "--write"))
    assert not publishable(sample)
    assert "1 of 2 programs run, 0 failed" in done(sample.verbatim("run", "labs/weight-decay.md", "--write"))
    assert publishable(sample)
    assert "def main" in done(sample.verbatim("program", "labs/weight-decay.md"))


def install(sample: Sample, version: str) -> None:
    """Put a distribution where the sample's tests and labs find it, in place of any other version of it."""
    for old in (sample.root / "src").glob("engine-*.dist-info/METADATA"):
        old.unlink()
        old.parent.rmdir()
    sample.write(f"src/engine-{version}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: engine\nVersion: {version}\n")


def test_move_a_dependency_to_another_version(sample: Sample) -> None:
    """As TensorFlow is moved: the new pin makes all stale, the old installation proves nothing, all is recorded and verified."""
    sample.edit("pyproject.toml", 'pins = ["pytest", "coverage"]', 'pins = ["pytest", "coverage", "engine"]')
    sample.append("requirements.txt", "engine==1.0\n")
    sample.append("docs/index.md", "\n用 engine {{ pin.engine }}。\n")
    install(sample, "1.0")
    for command in ("record", "verify", "run"):
        done(sample.verbatim(command, "--write"))
    assert publishable(sample)
    sample.edit("requirements.txt", "engine==1.0", "engine==2.0")
    status = sample.verbatim("status").stdout
    stale = [line for line in status.splitlines() if line.startswith("stale ")]
    assert len(stale) == 6  # five regions and the record; no program, whose record is as it was
    assert all("engine: 1.0 → 2.0" in line for line in stale)
    assert not publishable(sample)
    assert "engine 1.0 is here, 2.0 is pinned; install requirements.txt" in sample.verbatim("verify", "--write").stderr
    install(sample, "2.0")
    for command in ("record", "verify", "run"):
        assert not publishable(sample)
        done(sample.verbatim(command, "--write"))
    assert publishable(sample)
    assert "用 engine 2.0" in re.sub(r"<[^>]*>", "", sample.page())


def test_the_recipes_are_those_of_the_document() -> None:
    for step in (
        "make record LAB=weight_decay WRITE=1",
        "make verify WRITE=1",
        "make run PAGE=labs/weight-decay.md WRITE=1",
        "program labs/weight-decay.md",
        "docs/references.bib",
        "A dependency is changed in `pyproject.toml`",
        "then `make lock`",
        "record and verify anew",
    ):
        assert step in CONTRIBUTING

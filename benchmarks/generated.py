"""Sites made for measuring: any number of pages, each with prose, formulas, six included regions, bound numbers and citations."""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REGIONS = 6
SETTINGS = """\
[tool.verbatim]
source = "src"
packages = ["generated"]
docs = "docs"
snippets = "snippets"
tests = "tests"
pins = ["pytest", "coverage"]
"""
LAB = '''\
"""A lab whose record all pages share."""


# --8<-- [start:main]
def main(seed: int = 0) -> dict[str, float]:
    print(f"准确率 {0.9 + seed / 1000:.2%}")
    return {"accuracy": 0.9 + seed / 1000, "updates": 9375, "seconds": 1.5}
# --8<-- [end:main]


# --8<-- [start:run]
if __name__ == "__main__":
    results = main()
# --8<-- [end:run]
'''
FUNCTION = '''\
# --8<-- [start:step{place}]
def step{place}(theta: float, slope: float, *, alpha: float = 0.5) -> float:
    """第 {number} 页的第 {place} 步：沿负梯度走一步"""
    if not slope:
        return theta
    moved = theta - alpha * slope  # 学习率乘以梯度
    return moved + {place} - {place}
# --8<-- [end:step{place}]
'''
PAGE = """\
# 第 {number} 页：梯度下降

第 {number} 页说，损失函数的梯度指向上升最快的方向，所以参数要沿相反的方向走一小步，走多远由学习率决定。这一页的学习率是
{{{{ page{number}.RATE }}}}，准确率达到 {{{{ lab.accuracy | .2% }}}}，共更新 {{{{ lab.updates | , }}}} 次，
用 pytest {{{{ pin.pytest }}}} 测试[@goodfellow2016]。

## {number}.1 公式推导

每一步把 $\\theta_t$ 换成 $\\theta_{{t+1}}$，其中 $\\alpha = 0.5$，$h_\\theta(x)$ 是假设函数，$m$ 是样本数：

$$
\\theta_{{t+1}} = \\theta_t - \\alpha_{{{number}}} \\frac{{\\partial J}}{{\\partial \\theta}}
$$

| 数据 | 准确率 | 更新次数 |
|---|---|---|
| 训练集 | {{{{ lab.accuracy | .1% }}}} | {{{{ lab.updates }}}} |
| 五个种子中最低 | {{{{ lab.seeds.accuracy.min | .2% }}}} | {{{{ lab.updates }}}} |

{blocks}
"""
BLOCK = """\
## {number}.{heading} 第 {place} 步

第 {number} 页的这一步读入参数与梯度，返回走完一步以后的参数；**梯度为零**时第 {number} 页的参数不变，
`alpha` 取 {{{{ page{number}.RATE }}}}，推导见 {{{{ sec.第-{place}-步 }}}}。

```python
--8<-- "generated/page{number}.py:step{place}"
```
"""
TEST = """\
from generated import page{number}


def test_steps():
    for place in range(1, {regions} + 1):
        step = getattr(page{number}, f"step{{place}}")
        assert step(1.0, 0.0) == 1.0 and step(1.0, 2.0, alpha=0.25) == 0.5
"""
LAB_PAGE = """\
# 实验

```python
--8<-- "generated/lab.py:main"
```

```python
--8<-- "generated/lab.py:run"
```

```text
--8<-- "outputs/lab.txt"
```
"""
LAB_TEST = 'from generated.lab import main\n\n\ndef test_main():\n    assert main()["updates"] == 9375\n'
BOOK = "@book{goodfellow2016, author = {Goodfellow, Ian}, title = {Deep Learning}, publisher = {MIT Press}, year = {2016}}\n"
HEAD = """\
site_name: 生成的站点
theme: {name: material, language: zh, font: false, features: [content.code.copy]}
plugins: [search: {lang: [zh, en]}]
watch: [src, snippets]
validation: {links: {anchors: warn}}
"""
HOOK = "hooks: [{root}/src/verbatim/site/mkdocs_programs.py]\n"


def generate(root: Path, pages: int) -> None:
    """Write a project with this many pages, and prove it by a real run of its tests."""
    files = dict(shared_files())
    for number in range(1, pages + 1):
        files |= page_files(number)
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    run(root, "verbatim", "verify", "--write")
    run(root, "verbatim", "record", "--write")
    run(root, "verbatim", "run", "--write")
    run(root, "verbatim", "programs")


def run(root: Path, module: str, *arguments: str) -> None:
    """Run a command of Python's in a generated project; raises CalledProcessError, its output printed, where it fails."""
    env = {**os.environ, "PYTHONPATH": str(root / "src"), "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run([sys.executable, "-m", module, *arguments], cwd=root, env=env, capture_output=True, encoding="utf-8")
    if done.returncode:
        print(done.stdout[-5000:], done.stderr[-5000:], file=sys.stderr)
    done.check_returncode()


def shared_files() -> dict[str, str]:
    pins = "".join(f"{name}=={importlib.metadata.version(name)}\n" for name in ("pytest", "coverage"))
    return {
        "pyproject.toml": SETTINGS,
        ".python-version": f"{sys.version_info.major}.{sys.version_info.minor}\n",
        "requirements.txt": pins,
        "src/generated/__init__.py": "",
        "src/generated/lab.py": LAB,
        "tests/test_lab.py": LAB_TEST,
        "docs/index.md": LAB_PAGE,
        "docs/references.md": "# 参考文献\n\n[[bibliography]]\n",
        "docs/references.bib": BOOK,
        "docs/glossary.md": "# 术语表\n\n| 中文 | 英文 | 含义 |\n|---|---|---|\n| 梯度 | gradient | 函数增长最快的方向 |\n",
        "mkdocs.yml": HEAD + HOOK.format(root=ROOT) + extensions(),
        "with.yml": HEAD + extensions(),
        "without.yml": HEAD + extensions().replace("  - verbatim.site.markdown\n", ""),
    }


def extensions() -> str:
    """Return the site's own list of Markdown extensions."""
    text = (ROOT / "mkdocs.yml").read_text("utf-8")
    found = re.search(r"^markdown_extensions:\n(?:[ #].*\n|\n)+", text, re.MULTILINE)
    assert found
    assert "  - verbatim.site.markdown\n" in found[0]
    return found[0]


def page_files(number: int) -> dict[str, str]:
    functions = [FUNCTION.format(number=number, place=place) for place in range(1, REGIONS + 1)]
    blocks = [BLOCK.format(number=number, heading=place + 1, place=place) for place in range(1, REGIONS + 1)]
    return {
        f"src/generated/page{number}.py": "\n\n".join([f'"""第 {number} 页的代码"""\n\nRATE = 0.5', *functions]),
        f"tests/test_page{number}.py": TEST.format(number=number, regions=REGIONS),
        f"docs/pages/page{number}.md": PAGE.format(number=number, blocks="\n".join(blocks)),
    }

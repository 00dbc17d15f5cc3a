"""Mutants: what is changed in a region, what becomes of each change, and every way in which the result can be wrong.

Tests `mutants_plugin`, `mutations` too.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sample_project import Sample

from verbatim.project import Project
from verbatim.proof.ledger import read_mutants
from verbatim.proof.mutants import BaselineFailed, Costs, Laboratory
from verbatim.proof.mutants import faults_of as faults_of_results
from verbatim.proof.mutants_plugin import STRAYED, Guard
from verbatim.proof.mutations import Text, compiles, mutants_of
from verbatim.published.regions import Region, read_regions

ROOT = Path(__file__).parents[3]


def replacements(code: str) -> list[str]:
    """Return the lines that the mutants of `code` put in place of its own."""
    source = f"# 一\n{code}\n# 二\n"
    lines = source.split("\n")
    found = mutants_of(Region("m.py:r", "m.py", 2, 1 + code.count("\n") + 1, code), source.encode())
    changed = []
    for mutant in found:
        after = mutant.apply(source.encode()).decode().split("\n")
        compile("\n".join(after), "m.py", "exec")
        different = [new.strip() for old, new in zip(lines, after, strict=False) if old != new]
        changed.append(different[0] if different else after[1 + mutant.line - 1])
    assert len({mutant.id for mutant in found}) == len(found)
    return changed


CHANGES = {
    "x = a + b": ["x = a - b"],
    "x = (a) * (b // c)": ["x = (a) / (b // c)", "x = (a) * (b / c)"],
    "x = a @ b - c % d": ["x = a * b - c % d", "x = a @ b + c % d", "x = a @ b - c * d"],
    "x = a ** b": ["x = a * b"],
    "x = '，' * a  # 中文": ["x = '，' / a  # 中文"],
    "x = -a": ["x = +a"],
    "x = not a": ["x = a"],
    "x = a < b <= c": ["x = a <= b <= c", "x = a < b < c"],
    "x = a == b": ["x = a != b"],
    "x = a is not b": ["x = a is b"],
    "x = a not in b": ["x = a in b"],
    "x = a and b or c": ["x = a or b or c", "x = a and b and c"],
    "x = a and b and c": ["x = a or b and c", "x = a and b or c"],
    "x = 12_345": ["x = 12346"],
    "x = 0.5": ["x = 1.5"],
    "x = 3e9": ["x = 6000000000.0"],
    "x = True": ["x = False"],
    "x = None": [],
    "x = f(a, axis=b)": ["x = f(a)"],
    "x = f(axis=b)": ["x = f()"],
    "x = f(axis=b, **c)": ["x = f( **c)"],
    "x = f((a), axis=(b), out=c)": ["x = f((a), out=c)", "x = f((a), axis=(b))"],
    "x += a": ["pass", "x -= a"],
    "a.b = c": ["pass"],
    "a[b] = c": ["pass"],
    "x = a\nx = b": ["pass"],
    "f(a)": ["pass"],
    "def f(a):\n    a = g(a)\n    return a": ["pass", "return None"],
    "def f(a):\n    return": [],
    "def f(a):\n    return None": [],
    "def f(a):\n    raise a": ["pass"],
    "for a in b:\n    c.append(a)": ["pass", "pass"],
    "def f(a: int = 0) -> int:\n    ...": ["def f(a: int = 1) -> int:"],
}
UNCHANGED = [
    '"""Text of 1 + 1."""',
    "import os",
    "from a import b",
    "def f(a: int | None, *b: 'c[1]') -> int | None:\n    '''Text.'''\n    pass",
    "x: list[int | 3]",
    "print(a + 1, sep=b)",
    "for a in b:\n    print(a, 1)",
    "x = f'{a + 1:.2f}'",
    "x = 'a'",
    "x = +a",
    "if __name__ == '__main__':\n    x = main(1)",
    "class A:\n    '''Text.'''",
    "# 1 + 1",
]


@pytest.mark.parametrize("code", CHANGES, ids=range(len(CHANGES)))
def test_what_is_changed(code: str) -> None:
    assert replacements(code) == CHANGES[code]


@pytest.mark.parametrize("code", UNCHANGED, ids=range(len(UNCHANGED)))
def test_what_is_left(code: str) -> None:
    assert replacements(code) == []


def test_only_the_region_is_changed_and_only_there() -> None:
    source = "a = 1\n\n# 中文\nb = 2  # 二\nc = 3\n".encode()
    [mutant] = mutants_of(Region("m.py:r", "m.py", 3, 4, "# 中文\nb = 2  # 二"), source)
    assert (mutant.id, mutant.change) == ("2:5 number", "2 → 3")
    assert mutant.apply(source).decode() == "a = 1\n\n# 中文\nb = 3  # 二\nc = 3\n"


Tried = tuple[dict[str, bytes], subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory, proven_files: dict[str, bytes]) -> Tried:
    """The files of a sample whose mutants have been tried, and how that ended."""
    root = tmp_path_factory.mktemp("tried")
    write_files(root, proven_files)
    ended = command(root, "mutants", "--write", "--jobs", "2")
    files = [path for path in root.rglob("*") if path.is_file() and "cache" not in str(path)]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}, ended


@pytest.fixture
def results(sample: Sample, tried: Tried) -> Sample:
    """A sample whose mutants have been tried."""
    write_files(sample.root, tried[0])
    return sample


def write_files(root: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)


def environment(root: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(root / "src"), "PYTHONDONTWRITEBYTECODE": "1"}


def command(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "verbatim", *arguments]
    return subprocess.run(line, cwd=root, env=environment(root), capture_output=True, encoding="utf-8")


SURVIVORS = {
    ("sample/lab.py:imports", "3:9 number"): "12_345 → 12346",
    ("sample/lab.py:main", "3:29 arithmetic"): "+ → -",
    ("sample/lab.py:main", "3:36 arithmetic"): "/ → *",
    ("sample/lab.py:main", "3:38 number"): "1000 → 1001",
    ("sample/lab.py:main", "5:39 number"): "0.97580 → 1.9758",
    ("sample/lab.py:main", "5:58 number"): "1 → 2",
    ("sample/lab.py:main", "5:61 number"): "2 → 3",
    ("sample/lab.py:main", "5:81 number"): "0.5 → 1.5",
}


def test_every_mutant_is_tried_and_the_rest_is_told(tried: Tried) -> None:
    files, ended = tried
    regions = json.loads(files["snippets/mutants.json"])["regions"]
    assert {name: (entry["killed"], entry["total"]) for name, entry in regions.items()} == {
        "sample/helper.py:double": (3, 3),
        "sample/lab.py:imports": (0, 1),
        "sample/lab.py:main": (2, 9),
        "sample/lab.py:run": (0, 0),
        "sample/lab.py:total": (4, 4),
    }
    found = {(name, item["mutant"]): item["change"] for name, entry in regions.items() for item in entry["survivors"]}
    assert found == SURVIVORS
    assert ended.returncode == 1
    assert "mutants: 9 of 17 killed, 5 of 5 regions run" in ended.stdout
    assert ended.stderr.count("strengthen a test, or accept") == len(SURVIVORS)
    assert "src/sample/lab.py:23: no test of sample/lab.py:main notices '/ → *'" in ended.stderr
    assert "9 of 17 mutants killed; expected 95% at least" in ended.stderr


def test_the_ledger_holds_the_result_and_still_stands(results: Sample) -> None:
    entries = results.ledger()["regions"]
    assert entries["sample/lab.py:main"]["mutants"] == {"total": 9, "killed": 2}
    assert entries["sample/lab.py:run"]["mutants"] == {"total": 0, "killed": 0}
    ended = results.verbatim("verify")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    results.write("docs/report.md", "# 报告\n\n[[verification-report]]\n")
    results.build()
    assert "变异测试：2 / 9 个变异体被测试发现" in results.page()
    assert "共 17 处，9 处被所列的测试发现。其余 8 处，测试分辨不出" in results.page("report/index.html")


def test_the_ledger_forgets_the_result_of_another_text(results: Sample) -> None:
    results.edit("src/sample/helper.py", "2 * number", "number * 2")
    assert results.verbatim("verify", "--write").returncode == 0
    entries = results.ledger()["regions"]
    assert "mutants" not in entries["sample/helper.py:double"]
    assert "mutants" in entries["sample/lab.py:main"]


@pytest.mark.parametrize("change", ["weaker", "moved"])
def test_the_ledger_forgets_the_result_of_tests_that_changed(results: Sample, change: str) -> None:
    if change == "weaker":
        results.edit("tests/test_helper.py", "assert double(4) == 8", "assert double(4)")
    else:
        (results.root / "tests/test_helper.py").rename(results.root / "tests/test_moved.py")
    assert results.verbatim("verify", "--write").returncode == 0
    entries = results.ledger()["regions"]
    assert "mutants" not in entries["sample/helper.py:double"]
    assert "mutants" in entries["sample/lab.py:main"]


def test_what_is_unchanged_is_not_run_again(results: Sample) -> None:
    ended = results.verbatim("mutants", "--write")
    assert ended.stdout == "mutants: 9 of 17 killed, 0 of 5 regions run\n"
    results.append("tests/test_helper.py", "\n\ndef test_double_of_nothing():\n    assert double(0) == 0\n")
    assert results.verbatim("verify", "--write").returncode == 0
    ended = results.verbatim("mutants", "--write")
    assert "0 of 5 regions run" in ended.stdout  # the test that killed is there, as it was; a comment on it changes nothing either
    results.edit("tests/test_helper.py", "== 8", "== 8  # twice four")
    results.edit("tests/test_helper.py", "double(4) == 8", "double(4) == 4 + 4")
    assert results.verbatim("verify", "--write").returncode == 0
    ended = results.verbatim("mutants", "--write")
    assert "sample/helper.py:double: 3 of 3 killed" in ended.stdout
    assert "1 of 5 regions run" in ended.stdout


def test_a_result_relies_on_the_tests_that_killed_and_with_survivors_on_all(results: Sample) -> None:
    entries = read_mutants(results.project)
    assert set(entries["sample/helper.py:double"]["tests"]) == {"tests/test_helper.py::test_double"}
    assert {name.partition("::")[0] for name in entries["sample/lab.py:main"]["tests"]} == {"tests/test_lab.py"}
    assert set(entries["sample/lab.py:imports"]["tests"]) == {
        test for test in results.ledger()["regions"]["sample/lab.py:imports"]["tests"]
    }


def test_a_region_runs_again_and_is_compared(results: Sample) -> None:
    before = (results.root / "snippets/mutants.json").read_text("utf-8")
    ended = results.verbatim("mutants", "sample/helper.py:double")
    assert "3 of 3 killed" in ended.stdout
    assert "this is not what" not in ended.stderr
    results.edit("snippets/mutants.json", '"killed": 3', '"killed": 2')
    ended = results.verbatim("mutants", "sample/helper.py:double")
    assert ended.returncode == 1
    assert '-   "killed": 2' in ended.stderr
    assert '+   "killed": 3' in ended.stderr
    results.edit("snippets/mutants.json", '"killed": 2', '"killed": 3')
    assert (results.root / "snippets/mutants.json").read_text("utf-8") == before


def accept(sample: Sample, survivors: dict[tuple[str, str], str], reason: str = "equal by hand") -> None:
    tables = [
        f'[[survivor]]\nregion = "{region}"\nmutant = "{mutant}"\nchange = "{change}"\nreason = "{reason}"\n'
        for (region, mutant), change in survivors.items()
    ]
    sample.write("tests/mutants.toml", "\n".join(tables))


def faults_of(sample: Sample) -> str:
    regions = read_regions(sample.project)[0]
    return "\n".join(map(str, faults_of_results(sample.project, read_mutants(sample.project), regions, regions)))


def test_survivors_are_accepted_one_by_one_with_a_reason(results: Sample) -> None:
    assert faults_of(results).count("strengthen a test, or accept") == len(SURVIVORS)
    accept(results, SURVIVORS)
    assert faults_of(results) == "tests/mutants.toml: 9 of 17 mutants killed; expected 95% at least; strengthen the tests"
    accept(results, SURVIVORS, reason=" ")
    assert faults_of(results).count("has no reason") == len(SURVIVORS)
    accept(results, SURVIVORS | {("sample/lab.py:main", "5:81 number"): "0.5 → 2.5"})
    assert "no test of sample/lab.py:main notices '0.5 → 1.5'" in faults_of(results)
    accept(results, SURVIVORS | {("sample/lab.py:main", "1:22 number"): "0 → 1"})
    assert "sample/lab.py:main: '1:22 number' does not survive; remove it" in faults_of(results)
    accept(results, SURVIVORS | {("sample/lab.py:gone", "1:1 number"): "0 → 1"})
    assert "sample/lab.py:gone: there is no such region; remove it" in faults_of(results)


def test_all_killed_is_no_fault(results: Sample) -> None:
    ended = results.verbatim("mutants", "--write", "sample/helper.py:double")
    content = json.loads((results.root / "snippets/mutants.json").read_text("utf-8"))
    content["regions"] = {name: {**entry, "killed": entry["total"], "survivors": []} for name, entry in content["regions"].items()}
    results.write("snippets/mutants.json", json.dumps(content))
    ended = results.verbatim("mutants", "--write", "sample/helper.py:double")
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_region_never_tried_is_a_fault(results: Sample) -> None:
    results.edit("src/sample/lab.py", "12_345", "12_346")
    assert "src/sample/lab.py:4: the mutants of sample/lab.py:imports were never tried as it is now" in faults_of(results)


def test_a_stale_proof_comes_first(sample: Sample) -> None:
    sample.edit("src/sample/helper.py", "2 * number", "number * 2")
    ended = sample.verbatim("mutants", "sample/helper.py:double")
    assert ended.returncode == 2
    assert "code: the region changed" in ended.stderr
    assert "verify --write" in ended.stderr
    ended = sample.verbatim("mutants", "sample/helper.py:triple")
    assert ended.returncode == 2
    assert "sample/helper.py:triple: no such region" in ended.stderr


def test_failing_tests_prove_nothing(sample: Sample) -> None:
    sample.write("docs/data.txt", "1 2 4\n")
    sample.edit("snippets/ledger.json", sample.ledger()["data"]["docs/data.txt"], sample.project.data_digests()["docs/data.txt"])
    ended = sample.verbatim("mutants", "sample/lab.py:main")
    assert ended.returncode == 2
    assert "the tests fail on the unchanged code" in ended.stderr
    assert "test_main" in ended.stderr


def test_a_test_that_runs_the_original_is_refused(sample: Sample) -> None:
    sample.edit(
        "tests/test_lab.py", "runpy.run_path(sample.lab.__file__", 'runpy.run_path(Path(__file__).parents[1] / "src/sample/lab.py"'
    )
    assert sample.verbatim("verify", "--write").returncode == 0
    ended = sample.verbatim("mutants", "sample/lab.py:main")
    assert ended.returncode == 2
    assert "src/sample/lab.py: a test runs this file by its path" in ended.stderr


HANG = """\
import subprocess, sys
from pathlib import Path

def test_hang():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    Path("child").write_text(str(child.pid))
    child.wait()
"""


def test_a_hanging_mutant_ends_with_all_that_it_started(sample: Sample) -> None:
    sample.write("tests/test_hang.py", HANG)
    with Laboratory(sample.project) as laboratory:
        code, _ = laboratory.run(["tests/test_hang.py"], seconds=8)
    assert code is None
    assert ended(int((sample.root / "child").read_text()))


def ended(pid: int) -> bool:
    """Say whether a process is gone, or gone but for its parent's notice, within a few seconds."""
    for _ in range(100):
        status = Path(f"/proc/{pid}/stat")
        if not status.is_file() or status.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


def test_a_run_that_is_cut_off_keeps_what_it_has(sample: Sample) -> None:
    sample.append(
        "tests/test_lab.py", "\n\ndef test_slow():\n    import time\n    time.sleep(0.5)\n    assert total([1]) is not None\n"
    )
    assert sample.verbatim("verify", "--write").returncode == 0
    line = [sys.executable, "-u", "-m", "verbatim", "mutants", "--write"]
    process = subprocess.Popen(line, cwd=sample.root, env=environment(sample.root), stdout=subprocess.PIPE, encoding="utf-8")
    assert process.stdout is not None
    for output in process.stdout:
        if "double" in output:
            break
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert process.returncode == 128 + signal.SIGTERM
    kept = read_mutants(sample.project)
    assert "sample/helper.py:double" in kept
    assert len(kept) < 5
    assert set(kept) == {name for name, entry in sample.ledger()["regions"].items() if "mutants" in entry}
    assert not [path.name for path in (sample.root / "snippets").iterdir() if path.name.startswith(".")]
    again = sample.verbatim("mutants", "--write")
    assert f"{5 - len(kept)} of 5 regions run" in again.stdout


def test_the_fastest_tests_come_first_with_their_fixtures() -> None:
    costs = Costs({"a": (1.0, ["slow"]), "b": (2.0, []), "c": (0.1, ["quick"])}, {"slow": 9.0, "quick": 0.2}, rest=1.0)
    assert costs.fastest_first(["a", "b", "c"]) == ["c", "b"]  # ten seconds with its fixture: no mutant waits for that
    assert costs.fastest_first(["a"]) == ["a"]
    noisy = Costs({"a": (0.7, []), "b": (0.1, []), "c": (0.0, ["quick"])}, {"quick": 0.2}, rest=1.0)
    assert noisy.fastest_first(["c", "b", "a"]) == ["a", "b", "c"]
    assert costs.limit_of_one(["a", "c"]) == 100
    assert costs.limit_of_one(["c"]) == 30
    assert costs.limit(["a", "b", "c"]) == pytest.approx(10 * (1 + 1 + 2 + 0.1 + 9 + 0.2))
    assert costs.limit(["c"]) == 30  # never less: a busy machine must not pass for a killed mutant


def test_the_results_of_published_regions_stand() -> None:
    """`make mutants` tries the regions, apart from `make test`; of those tried as they are now, each survivor is accepted.

    The report on the site says how many wait to be tried again.
    """
    project = Project.find(ROOT)
    regions, results = read_regions(project)[0], read_mutants(project)
    tried = {name: region for name, region in regions.items() if results.get(name, {}).get("digest") == region.digest}
    assert tried
    assert [str(fault) for fault in faults_of_results(project, {name: results[name] for name in tried}, tried, regions)] == []


@pytest.mark.parametrize("code", ["a =", "if", "(a"])
def test_what_cannot_be_compiled_is_no_mutant(code: str) -> None:
    assert compiles(b"a = 1")
    assert not compiles(code.encode())


def test_an_operator_is_found_between_its_operands_or_not_at_all() -> None:
    text = Text(b"a is not b")
    assert text.operator("is not", 1, 9) == (2, 8)
    with pytest.raises(LookupError, match=r"no '\+' between the bytes 1 and 9"):
        text.operator("+", 1, 9)


@pytest.mark.parametrize(
    ("code", "failed", "killer"), [(0, None, None), (1, "test_a.py::test_b", "test_a.py::test_b"), (1, None, "")]
)
def test_who_killed_a_mutant(
    sample: Sample, monkeypatch: pytest.MonkeyPatch, code: int, failed: str | None, killer: str | None
) -> None:
    def run(tests: list[str], options: list[str], **_: object) -> tuple[int, str]:
        if failed is not None:
            Path(options[0].partition("=")[2]).write_text(failed, "utf-8")
        return code, "told"

    laboratory = Laboratory(sample.project)
    monkeypatch.setattr(laboratory, "run", run)
    assert laboratory.killer(["tests/test_a.py"], ("a.py", b""), 1.0) == killer


def test_a_test_that_strays_kills_nothing(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    laboratory = Laboratory(sample.project)
    monkeypatch.setattr(laboratory, "run", lambda *_, **__: (STRAYED, "it ran the original"))
    with pytest.raises(BaselineFailed, match="it ran the original"):
        laboratory.killer([], ("a.py", b""), 1.0)


def test_code_of_the_original_is_noticed_when_it_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "addaudithook", lambda hook: None)  # one would stay for good
    guard = Guard(["/project/src/sample"])
    for path in ("/project/src/sample/lab.py", "/project/src/samples/lab.py", "/copy/sample/lab.py"):
        guard.watch("exec", (compile("1", path, "eval"),))
    guard.watch("open", (compile("1", "/project/src/sample/other.py", "eval"),))
    guard.watch("exec", (None,))
    assert guard.strayed == {"/project/src/sample/lab.py"}

"""`run`: a page's program is run as a reader would, in an environment of the page's own commands. Tests `programs` too."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sample_project import Sample, files_of, unpacked

from verbatim.judging.evidence import Evidence
from verbatim.pages import running
from verbatim.pages.running import programs_of, run_one
from verbatim.project import Project, digest
from verbatim.proof.programs import (
    Ended,
    Environments,
    SetUpFailed,
    differences,
    passed_over,
    prepare,
    read_programs,
    stale_command,
    stale_program,
)


def reasons(sample: Sample) -> list[str]:
    return stale_program(sample.project, programs_of(sample.project)["index.md"], read_programs(sample.project))


def test_a_program_that_was_run_stands_and_says_on_what(sample: Sample) -> None:
    assert reasons(sample) == []
    program = programs_of(sample.project)["index.md"]
    assert (program.lab, list(program.commands)) == ("lab", ["commands/hello.sh"])
    assert [path.name for path in program.downloads] == ["data.txt"]
    assert sample.verbatim("run", "index.md").returncode == 0
    assert sample.verbatim("run", "--write").stdout == "run: 0 of 1 programs run, 0 failed\n"


CHANGES = {
    "program": ("src/sample/helper.py", "2 * number", "number * 2"),
    "commands": ("snippets/commands/hello.sh", "hello", "hullo"),
    "downloads": ("docs/data.txt", "1 2 3", "1 2 4"),
    "record": ("snippets/records/lab.json", "12", "13"),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_what_it_depends_on_makes_it_stale(sample: Sample, kind: str) -> None:
    sample.edit(*CHANGES[kind])
    assert reasons(sample) == [f"{kind} changed since its program was run"]


NEVER, CHANGED = "its program was never run", "program changed since its program was run"
BLOCK = '```python\n--8<-- "sample/helper.py:double"\n```\n'
BROKEN = {
    "entry deleted": ("snippets/programs.json", '"index.md"', '"other.md"', NEVER),
    "file broken": ("snippets/programs.json", '"pages": {', '"pages": {{', NEVER),
    "entry of another program": ("snippets/programs.json", '"program": "', '"program": "0', CHANGED),
    "block removed": ("docs/index.md", BLOCK, "", CHANGED),
    "code changed": ("src/sample/helper.py", "2 * number", "number * 2", CHANGED),
    "record changed": ("snippets/records/lab.json", "12", "13", "record changed since its program was run"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_page_without_a_current_entry_is_refused_by_build_check_and_status(built: Sample, case: str) -> None:
    *edit, reason = BROKEN[case]
    built.edit(*edit)
    fix = "expected a current entry in snippets/programs.json; run `python -m verbatim run index.md --write`"
    told = f"the program of the page is not proven: {reason}; {fix}"
    checked = built.verbatim("check", "site")
    assert (checked.returncode, f"check: index.html: {told}" in checked.stderr) == (1, True)
    ended = built.build("--strict")
    assert (ended.returncode, f"index.md: {told}" in ended.stderr) == (1, True)
    assert f"stale   the program of docs/index.md: {reason}" in built.verbatim("status").stdout


def test_an_entry_written_anew_lets_the_page_pass(built: Sample) -> None:
    (built.root / "snippets/programs.json").unlink()
    assert built.verbatim("check", "site").returncode == 1
    assert built.verbatim("run", "index.md", "--write").returncode == 0
    assert built.build("--strict").returncode == 0
    ended = built.verbatim("check", "site")
    assert (ended.returncode, ended.stderr) == (0, "")


def test_an_entry_is_the_same_wherever_the_project_lies(sample: Sample, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = unpacked(tmp_path_factory.mktemp("elsewhere"), files_of(sample))
    (elsewhere.root / "snippets/programs.json").unlink()
    assert elsewhere.verbatim("run", "--write").returncode == 0
    texts = [(project.root / "snippets/programs.json").read_text("utf-8") for project in (sample, elsewhere)]
    assert texts[0] == texts[1]
    assert str(sample.root) not in texts[0]


def test_a_command_that_nobody_ran_shows_no_tick(sample: Sample) -> None:
    sample.write("snippets/commands/never.sh", "echo never\n")
    sample.append("docs/index.md", '\n```bash\n--8<-- "commands/never.sh"\n```\n')
    evidence = Evidence(sample.project)
    assert evidence.stale_source(evidence.catalogue.sources["commands/never.sh"]) == ["it was never run"]
    assert evidence.stale_source(evidence.catalogue.sources["commands/hello.sh"]) == []
    assert sample.build("--strict").returncode == 1
    assert sample.verbatim("run", "--write").returncode == 0
    assert sample.build("--strict").returncode == 0


WRONG = {
    "a command that fails": ("snippets/commands/hello.sh", "echo hello", "echo broken\nfalse", "the page's own commands fail"),
    "a program that fails": (
        "src/sample/helper.py",
        "return 2",
        "raise ValueError(2)\n    return 2",
        "the program fails (exit code 1)",
    ),
    "another result": ("src/sample/helper.py", "2 * number", "3 * number", "total: 12.0 → 18.0, more than ±"),
    "a download that the page does not offer": ("docs/index.md", "[数据](data.txt)", "", "data.txt"),
    "a package that no command installs": (
        "src/sample/lab.py",
        "import Path\n",
        "import Path\nimport pytest\n",
        "No module named 'pytest'",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_give_the_record_again_is_refused(sample: Sample, case: str) -> None:
    *edit, told = WRONG[case]
    sample.edit(*edit)
    before = (sample.root / "snippets/programs.json").read_bytes()
    ended = sample.verbatim("run", "index.md", "--write")
    assert ended.returncode == 1
    assert told in ended.stderr
    assert (sample.root / "snippets/programs.json").read_bytes() == before


def test_a_page_saved_while_its_program_runs_is_refused(sample: Sample) -> None:
    begun, go = sample.root / "begun", sample.root / "go"
    sample.write("wait.sh", f"touch {begun}; until [ -e {go} ]; do sleep 0.1; done\n")
    sample.edit("snippets/commands/hello.sh", "echo hello", f"bash {sample.root}/wait.sh")
    command = [sys.executable, "-m", "verbatim", "run", "index.md", "--write"]
    process = subprocess.Popen(command, cwd=sample.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
    while not begun.exists():
        assert process.poll() is None
        time.sleep(0.05)
    sample.append("src/sample/helper.py", "\n")
    go.touch()
    _, told = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "src/sample/helper.py: saved while the run was under way" in told


def test_no_such_page_and_an_unreadable_file(sample: Sample) -> None:
    ended = sample.verbatim("run", "labs/none.md")
    assert ended.returncode == 2
    assert "labs/none.md: no page with a program; there are: index.md" in ended.stderr
    for text in ("", "[]", '{"pages": 1}', "<<<<<<<", '{"pages": {"index.md": 1}}', '{"pages": {"index.md": {"commands": 1}}}'):
        sample.write("snippets/programs.json", text)
        assert read_programs(sample.project) == {}
    sample.write("snippets/programs.json", json.dumps({"pages": {}}))
    assert reasons(sample) == ["its program was never run"]


def test_a_page_that_goes_on_after_its_lab_keeps_it() -> None:
    programs = programs_of(Project.find(Path(__file__)))
    page = programs["labs/gradient-descent.md"]
    assert page.lab == "gradient_descent"
    assert "def ink_counts(" in page.text


def test_an_entry_of_a_page_that_changed_meanwhile_is_not_written(
    sample: Sample, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, project = (sample.root / "snippets/programs.json").read_bytes(), sample.project

    def run_page(*_: object) -> list[str]:
        sample.edit("docs/index.md", BLOCK, "")
        return []

    monkeypatch.setattr(running, "run_page", run_page)
    assert not run_one(project, programs_of(project)["index.md"], Environments(tmp_path), {}, write=True)
    assert "run: index.md: saved while the run was under way; nothing is written" in capsys.readouterr().err
    assert (sample.root / "snippets/programs.json").read_bytes() == before


def test_commands_that_make_two_environments_leave_it_open_which_to_use(tmp_path: Path) -> None:
    with pytest.raises(SetUpFailed, match="expected the commands to make one virtual environment"):
        prepare(tmp_path / "folder", "mkdir -p a/bin b/bin\ntouch a/bin/python b/bin/python")
    prepared = prepare(tmp_path / "other", "mkdir -p a/bin\ntouch a/bin/python")
    assert prepared == tmp_path / "other/a/bin/python"


def test_a_program_whose_lab_has_no_record_is_compared_with_nothing(unproven: Sample) -> None:
    told = "its lab lab has no record; run `python -m verbatim record lab --write`"
    assert differences(unproven.project, "lab", Ended(0, "", "", {})) == [told]
    assert differences(unproven.project, "no_lab", Ended(0, "", "", {})) == []
    assert differences(unproven.project, "no_lab", Ended(1, "", "told", {})) == ["the program fails (exit code 1):\ntold"]


def test_the_same_commands_make_one_environment(tmp_path: Path) -> None:
    environments, commands = Environments(tmp_path), "mkdir -p a/bin\ntouch a/bin/python"
    made = [environments.python(commands), environments.python(commands), environments.python(f"{commands} # again")]
    assert made == [tmp_path / "0/a/bin/python", tmp_path / "0/a/bin/python", tmp_path / "1/a/bin/python"]


PASSED_OVER = [
    "false | cat", "exit 0\nfalse", "false || echo x", "if false; then no-such-command; fi", "no-such-command &", "set +e\nfalse",
    ": <<X\nno-such-command\nX", "cat <<X\nX", "false && echo x", "f() { false; }", "echo $(false)", 'echo "`false`"',
    "trap x EXIT", "exec true", "true; false", "! true", "echo 'a", "(false)", "echo a \\\n || false",
]  # fmt: skip


@pytest.mark.parametrize("commands", PASSED_OVER)
def test_commands_that_bash_may_pass_over_are_no_set_up(tmp_path: Path, commands: str) -> None:
    with pytest.raises(SetUpFailed, match="bash may pass over a part of this line, or over its failure"):
        prepare(tmp_path / "folder", f"echo begins\n{commands}")
    assert (
        "bash may pass over"
        in stale_command("commands/a.sh", commands, {"a.md": {"commands": {"commands/a.sh": digest(commands)}}})[0]
    )


@pytest.mark.parametrize("commands", ["echo a", "pip install 'a<2; b' \\\n  c==1 > log.txt", ". .venv/bin/activate", "", "# a | b"])
def test_plain_commands_are_proven_by_a_run(commands: str) -> None:
    assert passed_over(commands) == ""
    assert stale_command("commands/a.sh", commands, {"a.md": {"commands": {"commands/a.sh": digest(commands)}}}) == []

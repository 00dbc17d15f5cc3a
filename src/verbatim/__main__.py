"""`python -m verbatim`: the commands of the instrument. Compare by default, write only when told."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from verbatim.processes import WorkerError
from verbatim.project import Project, SettingsError

# What a command needs is imported when it runs: `check` needs no pytest, `verify` no HTML


def verify(project: Project, given: argparse.Namespace) -> int:
    from verbatim.proof.verify import verify

    return verify(project, write=given.write, pytest_options=given.pytest_options, stale=given.stale, everything=given.all)


def status(project: Project, given: argparse.Namespace) -> int:
    from verbatim.status import status

    return status(project)


def check(project: Project, given: argparse.Namespace) -> int:
    import gc

    from verbatim.processes import begun
    from verbatim.proof.ledger import stale_regions

    gc.disable()  # nearly all that a check makes it keeps until the process ends
    stale = begun(partial(stale_regions, project))  # this takes about as long as to load the judge, which can go on meanwhile
    from verbatim.judging.check import check

    code = check(project, given.site, stale)
    gc.freeze()  # Python sweeps once more when it ends
    return code


def record(project: Project, given: argparse.Namespace) -> int:
    from verbatim.proof.records import record_all

    return record_all(project, given.labs, write=given.write, only_stale=given.stale, everything=given.all, longer=given.long)


def program(project: Project, given: argparse.Namespace) -> int:
    from verbatim.pages.program import print_program

    return print_program(project, given.page)


def programs(project: Project, given: argparse.Namespace) -> int:
    from verbatim.pages.program import write_files

    write_files(project)
    return 0


def assets(project: Project, given: argparse.Namespace) -> int:
    from verbatim.judging.evidence import Evidence
    from verbatim.judging.files import assets

    return assets(Evidence(project), write=given.write)


def run(project: Project, given: argparse.Namespace) -> int:
    from verbatim.pages.running import run

    return run(project, given.pages, write=given.write, everything=given.all)


def mutants(project: Project, given: argparse.Namespace) -> int:
    from verbatim.proof.mutants import mutate

    return mutate(project, given.regions, write=given.write, jobs=given.jobs)


def server(project: Project, given: argparse.Namespace) -> int:
    from verbatim.site.servers import SERVERS

    root = given.root or str(given.site.resolve())
    print(SERVERS[given.name](given.site, root=root, port=given.port, under=given.under), end="")
    return 0


@dataclass(frozen=True)
class Command:
    """One command: what it is for, what it calls, and its arguments as argparse takes them."""

    help: str
    call: Callable[[Project, argparse.Namespace], int]
    arguments: dict[str, dict[str, Any]] = field(default_factory=dict)


def flag(help: str) -> dict[str, Any]:
    return {"action": "store_true", "help": help}


def several(name: str, help: str) -> dict[str, Any]:
    return {"nargs": "*", "metavar": name, "help": help}


COMMANDS = {
    "verify": Command(
        "run the tests and compare what they prove with the ledger",
        verify,
        {
            "--stale": flag("run only the tests of stale entries; CI runs all, as without it"),
            "--write": flag("run the tests of stale entries and renew these in the ledger"),
            "--all": flag("with --write: run all tests and replace the ledger whole"),
            "pytest_options": several("PYTEST_OPTION", "after --: options handed to pytest"),
        },
    ),
    "status": Command("say what is current and what is stale, and why", status),
    "check": Command(
        "judge a built site; the gate before publishing",
        check,
        {"site": {"type": Path, "metavar": "SITE", "help": "folder of the built site"}},
    ),
    "server": Command(
        "print the configuration that serves a built site: its policy, caching, compression, MIME types",
        server,
        {
            "name": {"choices": ["nginx", "caddy"]},
            "site": {"type": Path, "metavar": "SITE", "help": "folder of the built site"},
            "--root": {
                "metavar": "FOLDER",
                "help": "where the server finds it, or what holds it below a path",
            },
            "--port": {"type": int, "default": 80, "metavar": "PORT", "help": "80 if none is given"},
            "--under": {
                "default": "/",
                "metavar": "PATH",
                "help": "path of the site on the server; / if none is given",
            },
        },
    ),
    "record": Command(
        "run labs for real and compare with their records",
        record,
        {
            "labs": several("LAB", "all labs where none is named"),
            "--stale": flag("run only labs whose record is stale"),
            "--write": flag("run every seed of the named labs, or of the stale ones; replace their records"),
            "--all": flag("with --write: all labs, stale or not"),
            "--long": flag("without a name: the longer runs of labs, which are recorded apart"),
        },
    ),
    "program": Command(
        "print the program of a page: its Python blocks, joined",
        program,
        {"page": {"metavar": "PAGE", "help": "path below the docs folder: labs/classifier.md"}},
    ),
    "programs": Command("write every page's program, as .py and as notebook, below the docs folder", programs),
    "assets": Command(
        "compare the files of the docs folder that are made by hand with their list",
        assets,
        {"--write": flag("list them as they are now")},
    ),
    "run": Command(
        "run the programs of pages as their readers do and compare with the records",
        run,
        {
            "pages": several("PAGE", "path below the docs folder; all pages where none is named"),
            "--write": flag("run those that are stale, and keep what that proves"),
            "--all": flag("with --write: all of them, stale or not"),
        },
    ),
    "mutants": Command(
        "change the published code in small ways and see the tests notice",
        mutants,
        {
            "regions": several("REGION", "all regions where none is named"),
            "--write": flag("try what has changed since, and replace its result"),
            "--jobs": {"type": int, "default": 1, "metavar": "N", "help": "this many at once"},
        },
    ),
}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m verbatim", description=__doc__)
    parsers = parser.add_subparsers(dest="command", required=True)
    for name, command in COMMANDS.items():
        own = parsers.add_parser(name, help=command.help)
        for argument, options in command.arguments.items():
            own.add_argument(argument, **options)
    given = parser.parse_args(arguments)
    try:
        return COMMANDS[given.command].call(Project.find(), given)
    except (FileNotFoundError, SettingsError, WorkerError) as error:
        print(f"verbatim: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())

"""`python -m verbatim`: the commands of the instrument. Compare by default, write only when told."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from verbatim.project import Project, SettingsError


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m verbatim", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    verify = commands.add_parser("verify", help="run the tests and compare what they prove with the ledger")
    verify.add_argument("--stale", action="store_true", help="run only the tests of stale entries; CI runs all, as without it")
    verify.add_argument("--write", action="store_true", help="run the tests of stale entries and renew these in the ledger")
    verify.add_argument("--all", action="store_true", help="with --write: run all tests and replace the ledger whole")
    verify.add_argument("pytest_options", nargs="*", metavar="PYTEST_OPTION", help="after --: options handed to pytest")
    commands.add_parser("status", help="say what is current and what is stale, and why")
    check = commands.add_parser("check", help="judge a built site; the gate before publishing")
    check.add_argument("site", type=Path, metavar="SITE", help="folder of the built site")
    record = commands.add_parser("record", help="run labs for real and compare with their records")
    record.add_argument("labs", nargs="*", metavar="LAB", help="all labs where none is named")
    record.add_argument("--stale", action="store_true", help="run only labs whose record is stale")
    record.add_argument(
        "--write", action="store_true", help="run every seed of the named labs, or of the stale ones; replace their records"
    )
    record.add_argument("--all", action="store_true", help="with --write: all labs, stale or not")
    program = commands.add_parser("program", help="print the program of a page: its Python blocks, joined")
    program.add_argument("page", metavar="PAGE", help="path below the docs folder: labs/classifier.md")
    commands.add_parser("programs", help="write every page's program, as .py and as notebook, below the docs folder")
    assets = commands.add_parser("assets", help="compare the files of the docs folder that are made by hand with their list")
    assets.add_argument("--write", action="store_true", help="list them as they are now")
    running = commands.add_parser("run", help="run the programs of pages as their readers do and compare with the records")
    running.add_argument("pages", nargs="*", metavar="PAGE", help="path below the docs folder; all pages where none is named")
    running.add_argument("--write", action="store_true", help="run those that are stale, and keep what that proves")
    running.add_argument("--all", action="store_true", help="with --write: all of them, stale or not")
    mutants = commands.add_parser("mutants", help="change the published code in small ways and see the tests notice")
    mutants.add_argument("regions", nargs="*", metavar="REGION", help="all regions where none is named")
    mutants.add_argument("--write", action="store_true", help="try what has changed since, and replace its result")
    mutants.add_argument("--jobs", type=int, default=1, metavar="N", help="this many at once")
    options = parser.parse_args(arguments)
    try:
        return run(options)
    except (FileNotFoundError, SettingsError) as error:
        print(f"verbatim: {error}", file=sys.stderr)
        return 2


def run(options: argparse.Namespace) -> int:
    project = Project.find()
    if options.command == "verify":
        from verbatim.proof.verify import verify

        return verify(
            project, write=options.write, pytest_options=options.pytest_options, stale=options.stale, everything=options.all
        )
    if options.command == "status":
        from verbatim.status import status

        return status(project)
    if options.command == "record":
        from verbatim.proof.records import record_all

        return record_all(project, options.labs, write=options.write, only_stale=options.stale, everything=options.all)
    if options.command == "mutants":
        from verbatim.proof.mutants import mutate

        return mutate(project, options.regions, write=options.write, jobs=options.jobs)
    if options.command == "run":
        from verbatim.pages.running import run as run_pages

        return run_pages(project, options.pages, write=options.write, everything=options.all)
    if options.command == "program":
        from verbatim.pages.program import print_program

        return print_program(project, options.page)
    if options.command == "programs":
        from verbatim.pages.program import write_files

        write_files(project)
        return 0
    if options.command == "assets":
        from verbatim.judging.evidence import Evidence
        from verbatim.judging.files import assets

        return assets(Evidence(project), write=options.write)
    from verbatim.judging.check import check

    return check(project, options.site)


if __name__ == "__main__":
    sys.exit(main())

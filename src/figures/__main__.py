"""python -m figures [--write]: compare the figures with their records, or write those that differ."""

from __future__ import annotations

import argparse
import sys

from figures.catalogue import FIGURES, REPOSITORY, bring_up_to_date


def main(arguments: list[str] | None = None) -> int:
    """Return 0 where every figure agrees with its records."""
    parser = argparse.ArgumentParser(prog="python -m figures", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the figures that differ")
    options = parser.parse_args(arguments)
    problems = bring_up_to_date(REPOSITORY, write=options.write)
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{len(FIGURES)} figures, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

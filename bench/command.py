"""What do all the measurements share as commands? Their options, the server, and how they show what came out."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import contenders
import databases
import results

if TYPE_CHECKING:
    from collections.abc import Callable

    from contenders import Contenders
    from databases import Bench
    from results import Comparison

    Measure: TypeAlias = Callable[[Bench, Contenders, int], list[Comparison]]


def parser(description: str | None) -> argparse.ArgumentParser:
    """Return the options that every measurement takes."""
    options = argparse.ArgumentParser(description=(description or "").splitlines()[0])
    options.add_argument("--server", metavar="URL", help="measure on this server; default: one is started")
    options.add_argument("--folder", type=Path, metavar="DIR", help="where the server and the files are put (a disk)")
    options.add_argument("--quick", action="store_true", help="one round only")
    options.add_argument("--rounds", type=int, default=5)
    contenders.add_options(options)
    return options


def main(description: str | None, measure: Measure) -> None:
    """Run one measurement from the command line."""
    options = parser(description)
    options.add_argument("--json", action="store_true", help="print JSON instead of a table")
    given = options.parse_args()
    found = contenders.find(given)
    for line in found.missing:
        print(line, file=sys.stderr)
    with databases.opened(given.server, given.folder) as bench:
        comparisons = measure(bench, found, 1 if given.quick else given.rounds)
    if given.json:
        print(json.dumps([comparison.as_json() for comparison in comparisons], indent=2))
    else:
        print(results.table(comparisons))

"""Runs all measurements and writes bench/results.json."""

from __future__ import annotations

import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import command
import contenders
import databases
import latency
import light
import lint
import persistence
import results
import server
import startup
import tables

if TYPE_CHECKING:
    from databases import Bench

_GIGABYTE = 1 << 30
_MEASUREMENTS = (light, tables, latency, startup, server, persistence, lint)


def main() -> None:
    """Run all and print the table."""
    options = command.parser(__doc__)
    options.add_argument("--output", type=Path, default=Path(__file__).parent / "results.json", metavar="FILE")
    given = options.parse_args()
    found = contenders.find(given)
    comparisons = []
    with databases.opened(given.server, given.folder) as bench:
        for measurement in _MEASUREMENTS:
            print(f"{measurement.__name__} ...", file=sys.stderr)
            comparisons += measurement.measure(bench, found, 1 if given.quick else given.rounds)
        facts = {"date": datetime.now(UTC).date().isoformat(), "machine": _machine(bench), "missing": found.missing}
    facts["results"] = [comparison.as_json() for comparison in comparisons]
    given.output.write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n")
    print(results.table(comparisons))


def _machine(bench: Bench) -> dict[str, object]:
    """Return what the numbers depend on, without names of the machine."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(memory / _GIGABYTE),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "postgresql": bench.setting("server_version").split()[0],
        "load": round(os.getloadavg()[0], 1),
    }


if __name__ == "__main__":
    main()

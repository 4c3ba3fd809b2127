"""How fast are 1,000 light migrations (CREATE FUNCTION, one INSERT), from process start to end?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import command
from files import light, write_dbmate, write_pairs
from results import OURS, Comparison, faster, timed
from rounds import in_turns, seconds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from contenders import Contenders
    from databases import Bench

COUNT = 1000
SLOW_DISK_S = 8.0
"""Where golang-migrate takes longer than this, the disk is slow and more is to be gained."""


def measure(bench: Bench, tools: Contenders, rounds: int) -> list[Comparison]:
    """Apply all of them to a fresh database, each tool in turn."""
    pairs = write_pairs(bench.folder / "light", COUNT, light)
    cases: dict[str, Callable[[], float]] = {
        OURS: lambda: _up(bench, tools.migrate, "-path", pairs, "-database", "URL", "up"),
        "whimbrel": lambda: _up(bench, tools.whimbrel, "up", "--path", pairs, "--database", "URL"),
    }
    if tools.golang_migrate:
        cases["golang-migrate"] = lambda: _up(bench, tools.golang_migrate, "-path", pairs, "-database", "URL", "up")
    if tools.dbmate:
        parts = write_dbmate(bench.folder / "light-dbmate", COUNT, light)
        cases["dbmate"] = lambda: _up(
            bench, tools.dbmate, "--url", "URL", "--migrations-dir", parts, "--no-dump-schema", "migrate"
        )
    times = in_turns(cases, rounds)
    slow = "golang-migrate" in cases and times.median("golang-migrate") > SLOW_DISK_S
    goals = (*faster(times, "golang-migrate", 8 if slow else 5), *faster(times, "dbmate", 2.5))
    return [timed(f"{COUNT:,} light migrations, fresh database", times, goals)]


def _up(bench: Bench, *words: str | Path) -> float:
    with bench.database() as url:
        return seconds([url if word == "URL" else str(word) for word in words])


if __name__ == "__main__":
    command.main(__doc__, measure)

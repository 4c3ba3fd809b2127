"""How far from `psql -f` are 1,000 migrations that each make a table?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import command
from files import table, write_pairs, write_psql
from results import OURS, Comparison, Goal, timed
from rounds import in_turns, seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from contenders import Contenders
    from databases import Bench

COUNT = 1000
PSQL = "psql -f"


def measure(bench: Bench, tools: Contenders, rounds: int) -> list[Comparison]:
    """Make the tables with ours, with golang-migrate, and with psql: one session, all files taken in by `\\i`."""
    pairs = write_pairs(bench.folder / "tables", COUNT, table)
    cases: dict[str, Callable[[], float]] = {
        OURS: lambda: _timed(bench, [tools.migrate, "-path", str(pairs), "-database", "URL", "up"])
    }
    if tools.psql:
        plain = write_psql(bench.folder / "tables.sql", pairs, own_transactions=False)
        in_blocks = write_psql(bench.folder / "tables-transactions.sql", pairs, own_transactions=True)
        quiet = [tools.psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", "URL", "-f"]
        cases[PSQL] = lambda: _timed(bench, [*quiet, str(plain)])
        cases["psql -f, BEGIN and COMMIT round each"] = lambda: _timed(bench, [*quiet, str(in_blocks)])
    if tools.golang_migrate:
        cases["golang-migrate"] = lambda: _timed(
            bench, [tools.golang_migrate, "-path", str(pairs), "-database", "URL", "up"]
        )
    times = in_turns(cases, rounds)
    goals = (Goal(f"times as long as {PSQL}", 1.15, times.ratio(OURS, PSQL)),) if PSQL in cases else ()
    return [timed(f"{COUNT:,} CREATE TABLE migrations, fresh database", times, goals)]


def _timed(bench: Bench, words: list[str]) -> float:
    with bench.database() as url:
        return seconds([url if word == "URL" else word for word in words])


if __name__ == "__main__":
    command.main(__doc__, measure)

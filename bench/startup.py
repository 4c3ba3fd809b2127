"""What does a command cost that finds nothing to do, and how much memory do 10,000 migrations take?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import command
from files import light, write_alembic, write_pairs
from results import OURS, Comparison, Goal, timed
from rounds import in_turns, peak_mb, seconds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from contenders import Contenders
    from databases import Bench

MANY = 10_000
FEW = 100
LIMIT_S = 0.5
LIMIT_MB = 60.0


def measure(bench: Bench, tools: Contenders, rounds: int) -> list[Comparison]:
    """Measure `version` and an `up` without work, with many and with few files, and the peak of memory."""
    return [*_many(bench, tools, rounds), _few(bench, tools, rounds)]


def _many(bench: Bench, tools: Contenders, rounds: int) -> list[Comparison]:
    pairs = write_pairs(bench.folder / "many", MANY, light)
    with bench.database() as url:
        ours = [tools.migrate, "-path", str(pairs), "-database", url]
        applied = peak_mb([*ours, "up"])
        idle = peak_mb([*ours, "up"])
        memory = Comparison(
            f"peak memory with {MANY:,} migrations", "MB", 1,
            {f"{OURS}: up, all pending": applied, f"{OURS}: up, nothing to do": idle},
            (Goal("MB", LIMIT_MB, max(applied, idle)),),
        )  # fmt: skip
        found = [memory]
        for what in ("version", "up"):
            cases: dict[str, Callable[[], float]] = {OURS: _timed(*ours, what)}
            if tools.golang_migrate:
                cases["golang-migrate"] = _timed(tools.golang_migrate, *ours[1:], what)
            times = in_turns(cases, min(rounds, 3))
            goal = Goal("s", LIMIT_S, times.median(OURS))
            done = ", nothing to do" if what == "up" else ""
            found.append(timed(f"`{what}` with {MANY:,} migrations ({2 * MANY:,} files){done}", times, (goal,)))
    return found


def _few(bench: Bench, tools: Contenders, rounds: int) -> Comparison:
    pairs = write_pairs(bench.folder / "few", FEW, light)
    with bench.database() as url, bench.database() as other:
        ours = [tools.migrate, "-path", str(pairs), "-database", url, "up"]
        ours_too = [tools.whimbrel, "up", "--path", str(pairs), "--database", url]
        cases: dict[str, Callable[[], float]] = {OURS: _timed(*ours), "whimbrel": _timed(*ours_too)}
        if tools.golang_migrate:
            cases["golang-migrate"] = _timed(tools.golang_migrate, *ours[1:])
        if tools.alembic:
            project = write_alembic(bench.folder / "alembic", FEW)
            cases["alembic"] = _timed(tools.alembic, "upgrade", "head", cwd=project, env={"BENCH_URL": other})
        for first in cases.values():
            first()
        times = in_turns(cases, 2 * rounds)
    goals = (Goal("of Alembic's time", 1 / 3, times.ratio(OURS, "alembic")),) if "alembic" in cases else ()
    return timed(f"`up` with {FEW} migrations, nothing to do", times, goals)


def _timed(*words: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> Callable[[], float]:
    return lambda: seconds(words, cwd=cwd, env=env)


if __name__ == "__main__":
    command.main(__doc__, measure)

"""How fast are 50 migrations on a server that is 10 ms away?"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import command
import psycopg
from delay_proxy import delayed
from files import light, write_dbmate, write_pairs
from results import OURS, Comparison, faster, timed
from rounds import in_turns, seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from contenders import Contenders
    from databases import Bench

COUNT = 50
ROUND_TRIP_S = 0.010
_PROBES = 20


def measure(bench: Bench, tools: Contenders, rounds: int) -> list[Comparison]:
    """Apply them to a fresh database through the delaying proxy."""
    pairs = write_pairs(bench.folder / "far", COUNT, light)
    parts = write_dbmate(bench.folder / "far-dbmate", COUNT, light)
    server = urlsplit(bench.url)
    with delayed(server.hostname or "127.0.0.1", server.port or 5432, ROUND_TRIP_S) as port:

        def far(url: str) -> str:
            parts = urlsplit(url)
            login, _, _ = parts.netloc.rpartition("@")
            return parts._replace(netloc=f"{login}@127.0.0.1:{port}").geturl()

        def up(*words: str) -> float:
            with bench.database() as url:
                return seconds([far(url) if word == "URL" else word for word in words])

        cases: dict[str, Callable[[], float]] = {
            OURS: lambda: up(tools.migrate, "-path", str(pairs), "-database", "URL", "up")
        }
        if tools.golang_migrate:
            cases["golang-migrate"] = lambda: up(tools.golang_migrate, "-path", str(pairs), "-database", "URL", "up")
        if tools.dbmate:
            cases["dbmate"] = lambda: up(
                tools.dbmate, "--url", "URL", "--migrations-dir", str(parts), "--no-dump-schema", "migrate"
            )
        seen_ms = _round_trip_ms(far(bench.url))
        times = in_turns(cases, rounds)
    work = f"{COUNT} light migrations, each round trip {ROUND_TRIP_S * 1000:.0f} ms longer ({seen_ms:.1f} ms measured)"
    return [timed(work, times, faster(times, "golang-migrate", 10))]


def _round_trip_ms(url: str) -> float:
    with psycopg.connect(url, autocommit=True) as connection:
        began = time.perf_counter()
        for _ in range(_PROBES):
            connection.execute("SELECT 1")
        return (time.perf_counter() - began) / _PROBES * 1000


if __name__ == "__main__":
    command.main(__doc__, measure)

"""Whatever message the connection is cut at, a second run ends where an undisturbed one does, with no human."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import psycopg
import pytest
from crash_course import finished_by_a_second_run, forget, the_course, wait_for_the_end
from crash_scenarios import SCENARIOS
from fault_proxy import Fault, FaultProxy, When

from whimbrel.errors import WhimbrelError

if TYPE_CHECKING:
    from pathlib import Path

    from fix_postgres import MakeDatabase, Server


@pytest.mark.parametrize(
    ("name", "part"), [(name, part) for name, scenario in SCENARIOS.items() for part in range(scenario.slices)]
)
@pytest.mark.parametrize("when", [When.BEFORE, When.AFTER])
def test_a_cut_connection_leaves_what_a_second_run_finishes(
    name: str,
    part: int,
    when: When,
    tmp_path: Path,
    server: Server,
    make_database: MakeDatabase,
    server_connection: psycopg.Connection,
) -> None:
    scenario = SCENARIOS[name]
    if server.major < scenario.major:
        pytest.skip(f"needs PostgreSQL {scenario.major}")
    course = the_course(scenario, tmp_path, make_database, server_connection)
    stayed_dirty = 0
    for number in course.cuts(when)[part :: scenario.slices]:
        url = make_database(course.template)
        fault = Fault(number, when, refuse=number % 3 == 0)  # sometimes the outcome cannot even be read back
        with FaultProxy(url, fault) as proxy:
            with suppress(WhimbrelError):
                course.run(proxy.url)
            assert proxy.wait_for_fault()
            at = f"cut {when} point {number}: {proxy.points[number - 1]}"
        with psycopg.connect(url, autocommit=True) as session:
            wait_for_the_end(server_connection, url)
            stayed_dirty += finished_by_a_second_run(course, url, session, at)
        forget(server_connection, course.other)
    assert (stayed_dirty > 0) is scenario.may_stay_dirty

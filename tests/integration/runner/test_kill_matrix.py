"""A command that is killed at any message leaves what the next run finishes, with no human."""

from __future__ import annotations

import signal
import subprocess
from typing import TYPE_CHECKING

import psycopg
import pytest
from crash_course import finished_by_a_second_run, forget, the_course, wait_for_the_end
from crash_scenarios import SCENARIOS
from fault_proxy import Fault, FaultProxy, When
from replay import WHIMBREL

if TYPE_CHECKING:
    from pathlib import Path

    from fix_postgres import MakeDatabase

    from whimbrel.migration.direction import Direction

SAMPLES = {"units around an index": 3, "window": 30, "transaction": 30, "drop index down": 30, "script": 8}
"""Every how manyth message; all of the first in three tests."""
PARTS = [(name, part) for name in SAMPLES for part in range(3 if name == "units around an index" else 1)]


def killed(folder: Path, direction: Direction, url: str, fault: Fault) -> str:
    """Run the command, kill it when the fault has happened, and return at which point that was."""
    with FaultProxy(url, fault) as proxy:
        words = ["up"] if direction == "up" else ["down", "--all", "--yes"]
        command = [*WHIMBREL, *words, "--path", str(folder), "--database", proxy.url]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            assert proxy.wait_for_fault()
        finally:
            process.kill()
        assert process.wait() == -signal.SIGKILL
        return f"killed {fault.when} point {fault.number}: {proxy.points[fault.number - 1]}"


@pytest.mark.parametrize("when", [When.BEFORE, When.AFTER])
@pytest.mark.parametrize(("name", "part"), PARTS)
def test_a_killed_command_leaves_what_a_second_run_finishes(
    name: str,
    part: int,
    when: When,
    tmp_path: Path,
    make_database: MakeDatabase,
    server_connection: psycopg.Connection,
) -> None:
    scenario = SCENARIOS[name]
    course = the_course(scenario, tmp_path, make_database, server_connection)
    for number in course.cuts(when)[part :: SAMPLES[name]]:
        url = make_database(course.template)
        at = killed(tmp_path, scenario.direction, url, Fault(number, when, hold=True))
        wait_for_the_end(server_connection, url)
        with psycopg.connect(url, autocommit=True) as session:
            finished_by_a_second_run(course, url, session, at)
        forget(server_connection, course.other)

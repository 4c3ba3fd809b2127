"""A COMMIT whose answer is lost: the outcome is read back and reported as it is."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from catalog import Row
from fault_proxy import Fault, FaultProxy, When

from whimbrel.errors import ConnectionLost, WhimbrelError
from whimbrel.migrator import Event, Migrator, parse_url, path_source
from whimbrel.runner.events import StepFinished

if TYPE_CHECKING:
    from projects import Project

COMMITS = {
    "transaction": ("CREATE TABLE a (id int);",),
    "window": ("CREATE TABLE a (id int);", "CREATE TABLE b (id int);", "CREATE TABLE c (id int);"),
    "units": ("CREATE TABLE a (id int);\nCREATE INDEX CONCURRENTLY ON a (id);",),
    "script": ("BEGIN; CREATE TABLE a (id int); COMMIT AND CHAIN; CREATE TABLE b (id int); COMMIT;",),
}
"""Files of each mode."""


def prepare(sample: Project, mode: str) -> int:
    """Write the files; return how many COMMITs an undisturbed run sends."""
    sample.force(-1)
    sample.write(*COMMITS[mode])
    with FaultProxy(sample.url) as proxy:
        sample.up(proxy.url)
    sample.session.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    sample.force(-1)
    return proxy.points.count("COMMIT")


def finished(events: list[Event]) -> list[int]:
    return [event.step.version for event in events if isinstance(event, StepFinished)]


@pytest.mark.parametrize("mode", COMMITS)
def test_a_last_commit_that_got_through_is_a_success(mode: str, sample: Project) -> None:
    last = prepare(sample, mode)
    with FaultProxy(sample.url, Fault(last, When.AFTER, "COMMIT")) as proxy:
        events = sample.up(proxy.url)
    count = len(COMMITS[mode])
    assert finished(events) == list(range(1, count + 1))
    assert sample.version() == Row(count)


@pytest.mark.parametrize("mode", ["transaction", "window"])
def test_a_last_commit_that_did_not_get_through_is_a_lost_connection(mode: str, sample: Project) -> None:
    last = prepare(sample, mode)
    events: list[Event] = []
    with (
        FaultProxy(sample.url, Fault(last, When.BEFORE, "COMMIT")) as proxy,
        Migrator(path_source(str(sample.folder)), parse_url(proxy.url), on_event=events.append) as migrator,
        pytest.raises(ConnectionLost),
    ):
        migrator.up()
    count = len(COMMITS[mode]) - 1
    assert finished(events) == list(range(1, count + 1))
    assert sample.version() == Row(count or None)


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("when", [When.BEFORE, When.AFTER])
def test_what_is_reported_of_a_cut_window_is_what_is_there(number: int, when: When, sample: Project) -> None:
    before = prepare(sample, "window") - 3
    events: list[Event] = []
    with (
        FaultProxy(sample.url, Fault(before + number, when, "COMMIT")) as proxy,
        Migrator(path_source(str(sample.folder)), parse_url(proxy.url), on_event=events.append) as migrator,
        suppress(WhimbrelError),
    ):
        migrator.up()
    there = number - (when is When.BEFORE)
    assert sample.version() == Row(there or None)
    assert finished(events) == list(range(1, there + 1))


def test_a_server_out_of_reach_leaves_the_outcome_open(sample: Project) -> None:
    last = prepare(sample, "transaction")
    with (
        FaultProxy(sample.url, Fault(last, When.AFTER, "COMMIT", refuse=True)) as proxy,
        pytest.raises(ConnectionLost) as lost,
    ):
        sample.up(proxy.url)
    assert "run the command again" in lost.value.remedy
    assert sample.version() == Row(1)
    assert finished(sample.up()) == []


def test_a_connection_lost_while_the_lock_is_given_up_is_no_failure(sample: Project) -> None:
    prepare(sample, "transaction")
    with FaultProxy(sample.url, Fault(1, When.BEFORE, "SELECT pg_catalog.pg_advisory_unlock")) as proxy:
        events = sample.up(proxy.url)
        assert proxy.wait_for_fault()
    assert finished(events) == [1]


def test_a_connection_lost_before_commits_are_on_disk_is_made_good(sample: Project) -> None:
    """A failing file ends a run in the middle of a window: those before it were committed without waiting."""
    sample.write("CREATE TABLE a (id int);", "CREATE TABLE b (id int);", "SELECT nope;")
    with (
        FaultProxy(sample.url, Fault(1, When.BEFORE, "SELECT pg_catalog.pg_logical_emit_message")) as proxy,
        pytest.raises(WhimbrelError, match="nope"),
    ):
        sample.up(proxy.url)
    assert sum("pg_logical_emit_message" in text for text in proxy.points) == 2
    assert sample.version() == Row(2)


def test_the_statement_timeout_holds_after_the_outcome_was_read_back(sample: Project) -> None:
    last = prepare(sample, "transaction")
    sample.write("CREATE TABLE a (id int);", "SELECT pg_sleep(60);")
    url = sample.with_parameters(**{"x-statement-timeout": "200"})
    with (
        FaultProxy(url, Fault(last, When.AFTER, "COMMIT")) as proxy,
        pytest.raises(WhimbrelError, match="canceling statement"),
    ):
        sample.up(proxy.url)
    assert sample.version() == Row(1)

"""What a session says when the server ends it, whenever and however it does."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import psycopg
import pytest
from fix_embedded import until

from whimbrel.errors import ConnectionLost
from whimbrel.postgres.connection import Session
from whimbrel.postgres.conninfo import parse_url
from whimbrel.shadow.postmaster import is_alive
from whimbrel.shadow.throwaway import throwaway_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from whimbrel.postgres.connection import Notice
    from whimbrel.shadow.binaries import Binaries

BY_COMMAND = "terminating connection due to administrator command"
USES: dict[str, Callable[[Session], object]] = {
    "simple": lambda session: session.simple("SELECT 1"),
    "pipeline": lambda session: session.pipeline(["SELECT 1", "SELECT 2"]),
}


@pytest.fixture
def session(database: str) -> Iterator[Session]:
    session = Session.open(parse_url(database))
    yield session
    session.close()


def lost(session: Session, use: Callable[[Session], object]) -> ConnectionLost:
    """Use a session that the server has ended; nothing but the error may tell of it."""
    notices: list[Notice] = []
    session.on_notice = notices.append
    with pytest.raises(ConnectionLost) as caught:
        use(session)
    assert [notice for notice in notices if notice.severity in {"FATAL", "PANIC"}] == []
    return caught.value


@pytest.mark.parametrize("how", USES)
def test_a_session_ended_while_it_was_idle_says_why(session: Session, how: str, observer: psycopg.Connection) -> None:
    observer.execute("SELECT pg_terminate_backend(%s, 10000)", [session.backend_pid])
    error = lost(session, USES[how])
    assert (error.reason, error.sqlstate) == (BY_COMMAND, "57P01")


@pytest.mark.parametrize("how", ["simple", "pipeline"])
def test_a_session_ended_at_work_says_why(session: Session, how: str) -> None:
    ends = "SELECT pg_terminate_backend(pg_backend_pid())"
    use = {"simple": lambda s: s.simple(ends), "pipeline": lambda s: s.pipeline(["SELECT 1", ends, "SELECT 2"])}[how]
    assert lost(session, use).reason == BY_COMMAND


def test_an_idle_transaction_that_was_ended_names_its_setting(session: Session, observer: psycopg.Connection) -> None:
    session.simple("SET idle_in_transaction_session_timeout = 20")
    session.simple("BEGIN")
    there = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s"
    pid = session.backend_pid
    until(lambda: observer.execute(there, [pid]).fetchall() == [(0,)], "the server has ended the session")
    error = lost(session, USES["simple"])
    assert error.sqlstate == "25P03"
    assert error.remedy.startswith("raise idle_in_transaction_session_timeout for the role that migrates, then run")


def test_a_server_that_shuts_down_says_so(binaries: Binaries) -> None:
    with throwaway_server() as running:
        session = Session.open(parse_url(running.url))
        os.kill(running.pid, signal.SIGINT)
        until(lambda: not is_alive(running.pid), "the server has shut down")
        assert lost(session, USES["simple"]).reason == BY_COMMAND
        session.close()


def test_a_crash_of_another_process_of_the_server_is_named(binaries: Binaries) -> None:
    with throwaway_server() as running, psycopg.connect(running.url) as other:
        session = Session.open(parse_url(running.url))
        os.kill(other.info.backend_pid, signal.SIGABRT)
        error = lost(session, lambda s: s.simple("SELECT pg_sleep(60)"))
        assert error.sqlstate == "57P02"
        assert error.reason == "terminating connection because of crash of another server process"
        session.close()


def test_a_session_whose_process_was_killed_says_what_libpq_says(binaries: Binaries) -> None:
    with throwaway_server() as running:
        session = Session.open(parse_url(running.url))
        os.kill(session.backend_pid, signal.SIGKILL)
        error = lost(session, lambda s: s.simple("SELECT pg_sleep(60)"))
        assert error.sqlstate == ""
        assert error.reason.startswith("server closed the connection")
        session.close()

"""The proxy breaks a connection exactly where it is told to."""

from __future__ import annotations

import psycopg
import pytest
from fault_proxy import Fault, FaultProxy, When

from whimbrel.errors import ConnectionLost
from whimbrel.postgres.connection import Session
from whimbrel.postgres.conninfo import parse_url

INSERTS = ["BEGIN", *(f"INSERT INTO t VALUES ({number})" for number in range(1, 6)), "COMMIT"]


def test_an_undisturbed_run_shows_its_points(database: str) -> None:
    with FaultProxy(database) as proxy:
        session = Session.open(parse_url(proxy.url))
        session.simple("SELECT 1")
        session.pipeline(["SELECT 2", "SELECT 3"])
        session.close()
    assert proxy.points == ["SELECT 1", "SELECT 2", "SELECT 3", "S"]
    assert proxy.kinds == "QEES"


@pytest.mark.parametrize(("when", "there"), [(When.BEFORE, []), (When.AFTER, [(1,)])])
def test_a_simple_query_is_cut_before_or_after_it(
    when: When, there: list[tuple[int]], database: str, observer: psycopg.Connection
) -> None:
    observer.execute("CREATE TABLE t (id int)")
    with FaultProxy(database, Fault(2, when)) as proxy:
        session = Session.open(parse_url(proxy.url))
        session.simple("SELECT 1")
        with pytest.raises(ConnectionLost):
            session.simple("INSERT INTO t VALUES (1)")
        session.close()
    assert observer.execute("SELECT id FROM t").fetchall() == there


@pytest.mark.parametrize("number", range(1, 6))
@pytest.mark.parametrize("when", [When.BEFORE, When.AFTER])
def test_a_pipeline_is_cut_inside_its_messages(
    when: When, number: int, database: str, observer: psycopg.Connection
) -> None:
    """Sequences are not rolled back: they tell how far the server came."""
    observer.execute("CREATE SEQUENCE s")
    with FaultProxy(database, Fault(number, when)) as proxy:
        session = Session.open(parse_url(proxy.url))
        with pytest.raises(ConnectionLost):
            session.pipeline(["SELECT nextval('s')"] * 5)
        session.close()
    ran = observer.execute("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM s").fetchone()
    assert ran == (number - (when is When.BEFORE),)


@pytest.mark.parametrize(("when", "count"), [(When.BEFORE, 0), (When.AFTER, 5)])
def test_the_cut_of_a_commit_decides(when: When, count: int, database: str, observer: psycopg.Connection) -> None:
    observer.execute("CREATE TABLE t (id int)")
    with FaultProxy(database, Fault(1, when, "COMMIT")) as proxy:
        session = Session.open(parse_url(proxy.url))
        with pytest.raises(ConnectionLost):
            session.pipeline(INSERTS)
        session.close()
    assert observer.execute("SELECT count(*) FROM t").fetchone() == (count,)


def test_after_an_error_what_the_server_skips_is_not_waited_for(database: str) -> None:
    with FaultProxy(database, Fault(4, When.AFTER)) as proxy:
        session = Session.open(parse_url(proxy.url))
        with pytest.raises(ConnectionLost):
            session.pipeline(["SELECT 1", "SELECT 1/0", "SELECT 3", "SELECT 4"])
        session.close()


def test_what_is_held_is_passed_on_when_it_is_released(database: str, observer: psycopg.Connection) -> None:
    observer.execute("CREATE TABLE t (id int)")
    with FaultProxy(database, Fault(1, When.BEFORE, hold=True)) as proxy, psycopg.connect(proxy.url) as client:
        client.pgconn.send_query(b"INSERT INTO t VALUES (1)")
        client.pgconn.flush()
        assert proxy.wait_for_fault()
        assert observer.execute("SELECT count(*) FROM t").fetchone() == (0,)
        proxy.release()
        while client.pgconn.get_result():
            pass
    assert observer.execute("SELECT count(*) FROM t").fetchone() == (1,)

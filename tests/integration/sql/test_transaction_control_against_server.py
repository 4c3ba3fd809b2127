"""The server says what transaction control does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from psycopg.pq import TransactionStatus

from whimbrel.sql.split import split
from whimbrel.sql.transaction_control import ControlKind, transaction_control

if TYPE_CHECKING:
    import psycopg

OPENS = [
    "begin",
    "begin work read only",
    "start transaction isolation level repeatable read, not deferrable, read only",
    "begin read only, read write",
    "begin isolation level read committed read only",
    "begin; set transaction read only",
    "begin; set local transaction read only",
    "begin; set session transaction read only",
    "begin read only; set transaction read write",
    "begin; set transaction_read_only = on",
    "begin; set local transaction_read_only to 'yes'",
    "begin; set session transaction_read_only = 1",
    'begin; set "Transaction_Read_Only" = tr',
    "begin; set transaction isolation level serializable",
    "begin; set local transaction_isolation = 'serializable'",
]
CLOSES = [
    ("commit", ControlKind.COMMIT),
    ("commit work and no chain", ControlKind.COMMIT),
    ("commit and chain", ControlKind.COMMIT),
    ("end transaction", ControlKind.COMMIT),
    ("rollback", ControlKind.ROLLBACK),
    ("abort work and chain", ControlKind.ROLLBACK),
    ("rollback transaction and no chain", ControlKind.ROLLBACK),
    ("savepoint s", ControlKind.SAVEPOINT),
    ("savepoint s; release s", ControlKind.RELEASE),
    ("savepoint s; rollback work to savepoint s", ControlKind.ROLLBACK_TO),
    ("savepoint s; rollback to s", ControlKind.ROLLBACK_TO),
]


@pytest.mark.parametrize("text", OPENS)
def test_a_transaction_reads_only_if_we_say_so(text: str, observer: psycopg.Connection) -> None:
    statements = split(text).statements
    for statement in statements:
        observer.execute(statement.text.encode())
    control = transaction_control(statements[-1])
    assert control is not None
    assert observer.info.transaction_status is TransactionStatus.INTRANS
    row = observer.execute("show transaction_read_only").fetchone()
    assert row == ("on" if control.read_only else "off",)


@pytest.mark.parametrize(("text", "kind"), CLOSES)
def test_a_transaction_goes_on_only_where_we_say_so(text: str, kind: ControlKind, observer: psycopg.Connection) -> None:
    observer.execute("create table t (); begin; create table u ()")
    statements = split(text).statements
    for statement in statements:
        observer.execute(statement.text.encode())
    control = transaction_control(statements[-1])
    assert control is not None
    assert control.kind is kind
    ended = kind in {ControlKind.COMMIT, ControlKind.ROLLBACK}
    open_still = observer.info.transaction_status is TransactionStatus.INTRANS
    assert open_still == (control.chain or not ended)
    observer.execute("rollback" if open_still else "select 1")
    row = observer.execute("select to_regclass('u') is not null").fetchone()
    assert row == (kind is ControlKind.COMMIT,)

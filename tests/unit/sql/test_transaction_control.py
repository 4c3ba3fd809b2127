from __future__ import annotations

import pytest

from whimbrel.sql.split import split
from whimbrel.sql.transaction_control import Control, ControlKind, transaction_control

BEGIN, COMMIT, ROLLBACK = ControlKind.BEGIN, ControlKind.COMMIT, ControlKind.ROLLBACK
SAVEPOINT, RELEASE, ROLLBACK_TO = ControlKind.SAVEPOINT, ControlKind.RELEASE, ControlKind.ROLLBACK_TO
PREPARE, SET = ControlKind.PREPARE_TRANSACTION, ControlKind.SET_TRANSACTION


def control(text: str) -> Control | None:
    (statement,) = split(text).statements
    return transaction_control(statement)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("begin;", BEGIN),
        ("-- c\nBEGIN /* d */ WORK;", BEGIN),
        ("begin transaction isolation level serializable, read write, deferrable", BEGIN),
        ("start transaction;", BEGIN),
        ("commit;", COMMIT),
        ("COMMIT WORK", COMMIT),
        ("commit transaction and no chain", COMMIT),
        ("end;", COMMIT),
        ("end transaction", COMMIT),
        ("rollback", ROLLBACK),
        ("abort work", ROLLBACK),
        ("rollback and no chain", ROLLBACK),
        ("savepoint s", SAVEPOINT),
        ('savepoint "S"', SAVEPOINT),
        ("release s", RELEASE),
        ("release savepoint s", RELEASE),
        ("rollback to s", ROLLBACK_TO),
        ("rollback work to savepoint s", ROLLBACK_TO),
        ("rollback transaction to s", ROLLBACK_TO),
        ("prepare transaction 'x'", PREPARE),
        ("set transaction isolation level serializable", SET),
        ("set local transaction read write", SET),
        ("set session transaction not deferrable", SET),
        ("set transaction snapshot '00000003-0000001B-1'", SET),
        ("set transaction_isolation = 'serializable'", SET),
        ("set local transaction_deferrable to on", SET),
        ("set transaction_read_only = off", SET),
        ("set transaction_read_only to default", SET),
    ],
)
def test_transaction_control_is_known_by_its_words(text: str, kind: ControlKind) -> None:
    assert control(text) == Control(kind)


@pytest.mark.parametrize(
    "text",
    [
        "commit and chain",
        "COMMIT WORK AND CHAIN;",
        "end and chain",
        "rollback transaction and chain",
        "abort and chain",
    ],
)
def test_and_chain_is_told(text: str) -> None:
    found = control(text)
    assert found is not None
    assert found.chain


@pytest.mark.parametrize(
    "text",
    [
        "begin read only",
        "BEGIN READ ONLY;",
        "begin transaction read write, read only",
        "start transaction isolation level repeatable read, not deferrable, read only",
        "begin isolation level read committed read only",
        "set transaction read only",
        "set local transaction read only",
        "set transaction_read_only = on",
        "set local transaction_read_only to true",
        "set session transaction_read_only = 1",
        "SET LOCAL Transaction_Read_Only = 'Yes'",
        'set "transaction_read_only" = t',
    ],
)
def test_a_transaction_that_reads_only_is_told(text: str) -> None:
    found = control(text)
    assert found is not None
    assert found.read_only


@pytest.mark.parametrize(
    "text",
    [
        "begin read only, read write",
        "begin isolation level read uncommitted",
        "begin -- read only\n;",
        "set transaction_read_only = false",
        "set local transaction_read_only = 0",
        "set transaction_isolation = 'read only'",
    ],
)
def test_the_last_access_mode_counts(text: str) -> None:
    found = control(text)
    assert found is not None
    assert not found.read_only


@pytest.mark.parametrize(
    "text",
    [
        "commit prepared 'x'",
        "rollback prepared 'x'",
        "prepare transaction as select 1",
        "prepare p as select 1",
        "set session characteristics as transaction read only",
        "set default_transaction_read_only = on",
        "set transaction.level = 1",
        "set constraints all deferred",
        "set local lock_timeout = '1s'",
        "reset transaction_read_only",
        "select 'begin'",
        '"begin"',
        "do $$ begin commit; end $$",
        "create function f() begin atomic select 1; end",
        "lock table t",
        "start replication",
    ],
)
def test_other_statements_are_no_transaction_control(text: str) -> None:
    assert control(text) is None

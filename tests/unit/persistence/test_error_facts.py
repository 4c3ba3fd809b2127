"""What an error says of itself, and which SQLSTATE means which."""

from __future__ import annotations

import pickle

import psycopg
import pytest

from whimbrel.errors import WhimbrelError
from whimbrel.persistence import errors
from whimbrel.persistence.errors import (
    CommitOutcomeUnknown,
    ConnectionFailed,
    ConnectionLost,
    ConstraintMap,
    DBError,
    Facts,
    HandleClosed,
    Holder,
    IncompatibleJoin,
    InvalidParameter,
    NotFound,
    Outcome,
    PoolClosed,
    PoolExhausted,
    RaisedByDatabase,
    Retry,
    RowMismatch,
    SerializationFailure,
    TooManyRows,
    TransactionNotAllowed,
    TransactionRequired,
    TransactionRolledBack,
    UnexpectedRowCount,
    UnsupportedByPooler,
    WrongTask,
    translate,
)


class Sent(psycopg.Error):
    """A driver's error of any SQLSTATE, as psycopg makes those for which it has no class."""

    def __init__(self, sqlstate: str, message: str = "no", *, severity: str = "ERROR", routine: str = "") -> None:
        field = psycopg.pq.DiagnosticField
        info = {
            field.SQLSTATE: sqlstate,
            field.MESSAGE_PRIMARY: message,
            field.SEVERITY_NONLOCALIZED: severity,
            field.SOURCE_FUNCTION: routine,
        }
        super().__init__(message, info={int(code): text.encode() or None for code, text in info.items()})


TABLE = """
23505 UniqueViolation OPT_IN rolled_back
23503 ForeignKeyViolation NO rolled_back
23514 CheckViolation NO rolled_back
23502 NotNullViolation NO rolled_back
23P01 ExclusionViolation OPT_IN rolled_back
23001 RestrictViolation NO rolled_back
23000 IntegrityViolation NO rolled_back
40002 IntegrityViolation NO rolled_back
27000 IntegrityViolation NO rolled_back
44000 IntegrityViolation NO rolled_back
40001 SerializationFailure UNIT rolled_back
40P01 DeadlockDetected UNIT rolled_back
40003 CommitOutcomeUnknown NO unknown
08007 CommitOutcomeUnknown NO unknown
55P03 LockNotAvailable OPT_IN rolled_back
55006 ObjectInUse OPT_IN rolled_back
55000 ObjectInUse OPT_IN rolled_back
57014 QueryCancelled OPT_IN rolled_back
25P03 IdleInTransactionTimeout RECONNECT rolled_back
25P04 TransactionTimeout NO rolled_back
57P05 ConnectionLost RECONNECT unknown
57P01 ServerShutdown RECONNECT unknown
57P02 ServerCrash RECONNECT unknown
57P03 ServerNotReady RECONNECT not_started
57P04 DatabaseDropped NO rolled_back
08000 ConnectionLost RECONNECT unknown
08001 ConnectionLost RECONNECT unknown
08003 ConnectionLost RECONNECT unknown
08004 ConnectionLost RECONNECT unknown
08006 ConnectionLost RECONNECT unknown
08P01 ProtocolError NO unknown
53300 TooManyConnections RECONNECT not_started
53100 InsufficientResources NO rolled_back
53200 InsufficientResources NO rolled_back
53400 InsufficientResources NO rolled_back
53000 InsufficientResources NO rolled_back
54000 ProgramLimitExceeded NO rolled_back
54001 ProgramLimitExceeded NO rolled_back
54011 ProgramLimitExceeded NO rolled_back
54023 ProgramLimitExceeded NO rolled_back
25006 ReadOnlyTransaction RECONNECT rolled_back
25P02 TransactionAborted NO rolled_back
25001 TransactionStateError NO rolled_back
25P01 TransactionStateError NO rolled_back
25000 TransactionStateError NO rolled_back
3B001 TransactionStateError NO rolled_back
2D000 TransactionStateError NO rolled_back
0A000 FeatureNotSupported NO rolled_back
26000 PreparedStatementLost STATEMENT rolled_back
42P05 PreparedStatementLost STATEMENT rolled_back
42P01 SchemaMismatch NO rolled_back
42703 SchemaMismatch NO rolled_back
42883 SchemaMismatch NO rolled_back
42704 SchemaMismatch NO rolled_back
42702 SchemaMismatch NO rolled_back
42804 SchemaMismatch NO rolled_back
42P10 SchemaMismatch NO rolled_back
3F000 SchemaMismatch NO rolled_back
42601 InvalidStatement NO rolled_back
42P18 InvalidStatement NO rolled_back
42P02 InvalidStatement NO rolled_back
42501 PermissionDenied NO rolled_back
28000 AuthenticationFailed RECONNECT not_started
28P01 AuthenticationFailed RECONNECT not_started
3D000 InvalidCatalog NO not_started
22001 InvalidData NO rolled_back
22P02 InvalidData NO rolled_back
21000 CardinalityViolation NO rolled_back
P0001 RaisedByDatabase NO rolled_back
P0002 NoData NO rolled_back
P0003 TooManyRows NO rolled_back
58030 ServerError NO unknown
XX000 ServerError NO unknown
XX001 ServerError NO unknown
F0000 ServerError NO unknown
72000 ServerError NO unknown
HV000 ServerError NO unknown
"""


@pytest.mark.parametrize("line", TABLE.split("\n")[1:-1], ids=lambda line: line[:5])
def test_each_sqlstate_has_its_class_retry_and_outcome_in_commit(line: str) -> None:
    sqlstate, kind, retry, outcome = line.split()
    error = translate(Sent(sqlstate), op="commit", committing=True)
    assert type(error) is getattr(errors, kind)
    assert error.outcome is Outcome[outcome.upper()]
    before = translate(Sent(sqlstate), op="users.save")
    assert before.retryable is Retry[retry]
    assert before.outcome is not Outcome.UNKNOWN or kind == "CommitOutcomeUnknown"
    assert (before.sqlstate, before.op, before.attempt) == (sqlstate, "users.save", 1)


def test_an_unknown_outcome_is_never_retried() -> None:
    assert translate(Sent("57P01"), op="commit", committing=True).retryable is Retry.NO
    assert translate(Sent("57P01"), op="commit").retryable is Retry.RECONNECT


def test_a_stale_plan_is_known_by_what_is_never_translated() -> None:
    stale = translate(Sent("0A000", "niemals", routine="RevalidateCachedQuery"), op="a")
    assert (type(stale), stale.retryable) == (errors.StalePlan, Retry.STATEMENT)
    assert type(translate(Sent("XX000", "cache lookup failed for type 5"), op="a")) is errors.StalePlan


def test_a_code_of_ones_own_is_known_by_the_function_that_raises() -> None:
    assert type(translate(Sent("MY001", routine="exec_stmt_raise"), op="a")) is RaisedByDatabase
    assert type(translate(Sent("MY001"), op="a")) is DBError


def test_severity_decides_whether_the_session_is_gone() -> None:
    assert translate(Sent("40001", severity="FATAL"), op="a").fatal
    # A foreign server's connection may fail while ours is well.
    assert not translate(Sent("08001"), op="a").fatal
    assert translate(psycopg.OperationalError("the connection is closed"), op="a").fatal


def test_no_sqlstate_is_about_the_connection() -> None:
    for error in (psycopg.OperationalError("SSL SYSCALL error"), psycopg.DatabaseError("server closed it")):
        assert type(translate(error, op="a")) is ConnectionLost
        assert translate(error, op="a", committing=True).outcome is Outcome.UNKNOWN
    assert type(translate(psycopg.OperationalError("timeout expired"), op="a", connecting=True)) is ConnectionFailed


def test_misuse_of_the_driver_has_no_class_of_its_own() -> None:
    assert type(translate(psycopg.ProgrammingError("no result available"), op="a")) is DBError
    assert type(translate(psycopg.NotSupportedError("no"), op="a")) is errors.FeatureNotSupported


def test_a_time_out_while_connecting_is_a_time_out() -> None:
    cause = psycopg.errors.ConnectionTimeout("connection timeout expired")
    with pytest.raises(ConnectionFailed) as failed:
        raise translate(cause, op="open", connecting=True) from cause
    assert failed.value.is_timeout()


@pytest.mark.parametrize(
    "message",
    [
        'invalid input syntax for type uuid: "SECRET"',
        "ungültige Eingabesyntax für Typ uuid: »SECRET«",
        "syntaxe en entrée invalide pour le type uuid : « SECRET »",
        "неверный синтаксис для типа uuid: „SECRET“",
        'value "SECRET "quoted"\nSECRET" is out of range',
    ],
)
def test_the_quoted_value_is_cut_in_every_language(message: str) -> None:
    error = translate(Sent("22P02", message), op="a")
    assert "SECRET" not in str(error)
    assert "…" in str(error)
    assert "SECRET" in error.verbose()


def test_objects_that_the_message_does_not_name_are_added() -> None:
    facts = Facts(sqlstate="23503", schema="app", table="users", constraint="users_boss_fkey", column="boss")
    error = errors.ForeignKeyViolation("users.save", "verletzt users_boss_fkey", facts=facts)
    assert str(error) == "users.save failed: verletzt users_boss_fkey (23503; column boss; table app.users)"


def test_an_exhausted_pool_names_who_holds_it_the_longest_first() -> None:
    holders = [Holder("b", "Task-2", 0.5), Holder("a", "Task-1", 9)]
    error = PoolExhausted("users.find", size=2, waiting=7, waited_s=5, holders=holders)
    assert str(error) == (
        "users.find failed: no connection within 5.0 s: all 2 are in use, 7 calls wait;"
        " held by a in Task-1 for 9.0 s, b in Task-2 for 0.5 s"
    )
    assert (error.size, error.waiting, error.waited_s) == (2, 7, 5)
    assert (error.is_timeout(), error.outcome) == (True, Outcome.NOT_STARTED)


def test_a_commit_that_was_a_rollback_may_be_tried_again_if_its_first_error_may() -> None:
    first = SerializationFailure("users.save", "no order")
    error = TransactionRolledBack("transfer", first)
    assert error.__cause__ is error.first is first
    assert "users.save failed: no order" in str(error)
    assert (error.retryable, error.outcome) == (Retry.UNIT, Outcome.ROLLED_BACK)
    assert TransactionRolledBack("transfer").retryable is Retry.NO


def test_an_unknown_commit_tells_the_transaction() -> None:
    error = CommitOutcomeUnknown("transfer", xid=4711)
    assert error.xid == 4711
    assert "transaction 4711" in str(error)
    assert (error.outcome, error.retryable, error.fatal) == (Outcome.UNKNOWN, Retry.NO, False)


@pytest.mark.parametrize(
    "error",
    [
        NotFound("a"),
        TooManyRows("a"),
        UnexpectedRowCount("a", expected=1, found=2),
        RowMismatch("a", "no", row_type=int),
        InvalidParameter("a", "no"),
        PoolClosed("a"),
        HandleClosed("a"),
        WrongTask("a", owner="Task-1", user="Task-2"),
        TransactionRequired("a"),
        TransactionNotAllowed("a"),
        IncompatibleJoin("a", option="isolation", asked="serializable", has="read committed"),
        UnsupportedByPooler("a", "LISTEN"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_no_server_sends_says_what_to_do(error: DBError) -> None:
    assert str(error).startswith("a failed: ")
    assert error.remedy
    assert error.sqlstate == ""
    assert error.retryable is Retry.NO
    assert not error.fatal
    assert error.is_not_found() is isinstance(error, NotFound)


def test_a_committed_statement_is_not_run_again() -> None:
    error = UnexpectedRowCount("a", expected=1, found=2, outcome=Outcome.COMMITTED)
    assert (error.expected, error.found, error.outcome) == (1, 2, Outcome.COMMITTED)
    assert error.retryable is Retry.NO


def test_a_constraint_map_cannot_be_changed_from_outside() -> None:
    names: dict[str, type[Exception]] = {"a": KeyError}
    means = ConstraintMap(names)
    names["b"] = ValueError
    assert list(means.constraints) == ["a"]


def test_an_error_is_called_by_the_place_to_import_it_from() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, WhimbrelError)]
    assert len(kinds) > 50
    assert {kind.__module__ for kind in kinds if kind is not WhimbrelError} == {"whimbrel.persistence.errors"}
    assert pickle.loads(pickle.dumps(errors.UniqueViolation)) is errors.UniqueViolation

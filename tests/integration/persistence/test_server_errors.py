"""Each error that a real server can be made to send becomes the class that `errors.py` promises."""

from __future__ import annotations

import threading
import traceback
from typing import TYPE_CHECKING

import psycopg
import pytest
from fix_postgres import until
from psycopg import sql

from whimbrel.persistence.errors import (
    AuthenticationFailed,
    CardinalityViolation,
    CheckViolation,
    ConnectionFailed,
    ConnectionLost,
    ConstraintMap,
    DatabaseDropped,
    DBError,
    DeadlockDetected,
    ExclusionViolation,
    FeatureNotSupported,
    ForeignKeyViolation,
    IdleInTransactionTimeout,
    IntegrityViolation,
    InvalidCatalog,
    InvalidData,
    InvalidParameter,
    InvalidStatement,
    LockNotAvailable,
    NoData,
    NotNullViolation,
    ObjectInUse,
    Outcome,
    PermissionDenied,
    PreparedStatementLost,
    ProgramLimitExceeded,
    ProtocolError,
    QueryCancelled,
    RaisedByDatabase,
    ReadOnlyTransaction,
    RestrictViolation,
    Retry,
    SchemaMismatch,
    SerializationFailure,
    ServerShutdown,
    StalePlan,
    StatementTimeout,
    TooManyConnections,
    TooManyRows,
    TransactionAborted,
    TransactionStateError,
    TransactionTimeout,
    UniqueViolation,
    translate,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fix_postgres import MakeDatabase, Server

SCHEMA = """
CREATE TYPE mood AS ENUM ('calm', 'cross');
CREATE DOMAIN positive AS int CONSTRAINT positive_check CHECK (VALUE > 0);
CREATE TABLE users (
    id int PRIMARY KEY,
    email text CONSTRAINT users_email_key UNIQUE,
    name varchar(5) NOT NULL DEFAULT 'a',
    age int CONSTRAINT users_age_check CHECK (age > 0),
    boss int CONSTRAINT users_boss_fkey REFERENCES users DEFERRABLE,
    shift int4range,
    CONSTRAINT users_shift_excl EXCLUDE USING gist (shift WITH &&)
);
CREATE TABLE rooms (id int PRIMARY KEY);
CREATE TABLE desks (room int CONSTRAINT desks_room_fkey REFERENCES rooms ON DELETE RESTRICT);
CREATE UNIQUE INDEX users_lower_email ON users (lower(email)) WHERE age IS NULL;
CREATE VIEW adults AS SELECT id, age FROM users WHERE age > 17 WITH CHECK OPTION;
INSERT INTO users (id, email, shift) VALUES (1, 'ann@example.org', '[1,5)');
INSERT INTO rooms VALUES (1);
INSERT INTO desks VALUES (1);
CREATE FUNCTION refuse(code text) RETURNS void LANGUAGE plpgsql AS
    $$ BEGIN RAISE 'no more' USING ERRCODE = code, HINT = 'buy more', CONSTRAINT = 'quota'; END $$;
CREATE FUNCTION strictly(n int) RETURNS void LANGUAGE plpgsql AS
    $$ DECLARE x int; BEGIN SELECT 1 INTO STRICT x FROM generate_series(1, n); END $$;
"""


@pytest.fixture
def schema(observer: psycopg.Connection) -> None:
    observer.execute(SCHEMA)


@pytest.fixture
def session(database: str, schema: None) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


Parameters = dict[str, object] | None


def refused(
    connection: psycopg.Connection, text: str, params: Parameters = None, *, committing: bool = False
) -> DBError:
    with pytest.raises(psycopg.Error) as failed:
        connection.execute(text.encode(), params).fetchone()
    error = translate(failed.value, op="users.save", committing=committing)
    error.__cause__ = failed.value
    return error


STATEMENTS: list[tuple[str, type[DBError], str]] = [
    ("INSERT INTO users (id, email) VALUES (2, 'ann@example.org')", UniqueViolation, "23505"),
    ("INSERT INTO users (id, boss) VALUES (2, 9)", ForeignKeyViolation, "23503"),
    ("INSERT INTO users (id, age) VALUES (2, -1)", CheckViolation, "23514"),
    ("SELECT (-1)::positive", CheckViolation, "23514"),
    ("INSERT INTO users (id, name) VALUES (2, NULL)", NotNullViolation, "23502"),
    ("INSERT INTO users (id, shift) VALUES (2, '[4,6)')", ExclusionViolation, "23P01"),
    ("INSERT INTO adults (id, age) VALUES (2, 3)", IntegrityViolation, "44000"),
    ("SET statement_timeout = 20; SELECT pg_sleep(60)", QueryCancelled, "57014"),
    ("BEGIN READ ONLY; DELETE FROM users", ReadOnlyTransaction, "25006"),
    ("SAVEPOINT a", TransactionStateError, "25P01"),
    ("BEGIN; ROLLBACK TO nowhere", TransactionStateError, "3B001"),
    ("SELECT * FROM missing", SchemaMismatch, "42P01"),
    ("SELECT missing FROM users", SchemaMismatch, "42703"),
    ("SELECT missing()", SchemaMismatch, "42883"),
    ("SELECT 'a'::missing", SchemaMismatch, "42704"),
    ("SELECT id FROM users u, users v", SchemaMismatch, "42702"),
    ("INSERT INTO users (id) VALUES (now())", SchemaMismatch, "42804"),
    ("INSERT INTO users (id) VALUES (1) ON CONFLICT (age) DO NOTHING", SchemaMismatch, "42P10"),
    ("CREATE TABLE nowhere.a (b int)", SchemaMismatch, "3F000"),
    ("SELEC 1", InvalidStatement, "42601"),
    ("SELECT $1", InvalidStatement, "42P02"),
    ("SELECT id, count(*) FROM users", InvalidStatement, "42803"),
    ("SELECT 'x'::uuid", InvalidData, "22P02"),
    ("SELECT 1 / 0", InvalidData, "22012"),
    ("SELECT 99999999999::int", InvalidData, "22003"),
    ("SELECT 'x'::date", InvalidData, "22007"),
    ("SELECT '2020-13-01'::date", InvalidData, "22008"),
    ("INSERT INTO users (id, name) VALUES (2, 'too long')", InvalidData, "22001"),
    ("SELECT (SELECT generate_series(1, 2))", CardinalityViolation, "21000"),
    (
        "INSERT INTO rooms VALUES (5), (5) ON CONFLICT (id) DO UPDATE SET id = excluded.id",
        CardinalityViolation,
        "21000",
    ),
    ("SELECT refuse('P0001')", RaisedByDatabase, "P0001"),
    ("SELECT refuse('MY001')", RaisedByDatabase, "MY001"),
    ("SELECT refuse('23505')", UniqueViolation, "23505"),
    ("SELECT strictly(0)", NoData, "P0002"),
    ("SELECT strictly(2)", TooManyRows, "P0003"),
    ("EXECUTE never", PreparedStatementLost, "26000"),
    ("PREPARE twice AS SELECT 1; PREPARE twice AS SELECT 1", PreparedStatementLost, "42P05"),
    ("SELECT count(*) FROM users FOR UPDATE", FeatureNotSupported, "0A000"),
    ("DROP DATABASE never", InvalidCatalog, "3D000"),
    ("ALTER SYSTEM SET port = 'x'", InvalidData, "22023"),
    ("SELECT lpad('', 2000000000)", ProgramLimitExceeded, "54000"),
    ("SET server_version = 'x'", ObjectInUse, "55P02"),
    ("SELECT lo_get(4711)", SchemaMismatch, "42704"),
]


@pytest.mark.parametrize(("text", "kind", "sqlstate"), STATEMENTS, ids=[one[2] for one in STATEMENTS])
def test_a_statement_fails_with_its_class(
    session: psycopg.Connection, text: str, kind: type[DBError], sqlstate: str
) -> None:
    error = refused(session, text)
    assert (type(error), error.sqlstate) == (kind, sqlstate)
    assert error.op == "users.save"
    assert str(error).startswith("users.save failed: ")
    assert error.severity == "ERROR"
    assert not error.fatal
    assert error.outcome is Outcome.ROLLED_BACK or kind is InvalidCatalog


def test_a_taken_key_is_told_without_its_value(session: psycopg.Connection) -> None:
    error = refused(session, "INSERT INTO users (id, email) VALUES (2, 'ann@example.org')")
    assert str(error) == (
        "users.save failed: duplicate key value violates unique constraint "
        '"users_email_key" (23505; table public.users)'
    )
    assert error.is_unique_violation()
    assert error.is_integrity_violation()
    assert not error.is_check_violation()
    assert (error.constraint, error.schema, error.table) == ("users_email_key", "public", "users")
    assert error.retryable is Retry.OPT_IN
    assert "ann@example.org" in error.detail
    assert "ann@example.org" in error.verbose()


def test_a_traceback_shows_no_value_either(session: psycopg.Connection) -> None:
    error = refused(session, "INSERT INTO users (id, email) VALUES (2, 'ann' || chr(64) || 'example.org')")
    assert isinstance(error.__cause__, psycopg.errors.UniqueViolation)
    assert error.__cause__.diag.message_detail == error.detail
    shown = "".join(traceback.format_exception(error))
    assert "users_email_key" in shown
    assert "ann@example.org" not in shown


def test_a_partial_index_of_an_expression_is_named_too(session: psycopg.Connection) -> None:
    error = refused(session, "INSERT INTO users (id, email) VALUES (2, 'ANN@example.org')")
    assert error.constraint == "users_lower_email"


def test_a_bad_value_is_cut_from_the_message(session: psycopg.Connection) -> None:
    error = refused(session, "SELECT %(x)s::uuid", {"x": 'a "quoted" secret\nof two lines'})
    assert str(error) == 'users.save failed: invalid input syntax for type uuid: "…" (22P02)'
    assert "secret" in error.message_primary
    assert "secret" in error.verbose()
    assert refused(session, "SELECT %(x)s::mood", {"x": "SECRET"}).reason == 'invalid input value for enum mood: "…"'
    assert refused(session, "SELECT %(x)s::int", {"x": "99999999999"}).reason.startswith('value "…')


def test_not_null_names_its_column(session: psycopg.Connection) -> None:
    error = refused(session, "INSERT INTO users (id, name) VALUES (2, NULL)")
    assert error.is_not_null_violation()
    assert (error.table, error.column) == ("users", "name")


def test_a_domains_check_names_its_type(session: psycopg.Connection) -> None:
    error = refused(session, "SELECT (-1)::positive")
    assert error.is_check_violation()
    assert (error.datatype, error.constraint) == ("positive", "positive_check")


def test_a_raise_hands_over_hint_and_constraint(session: psycopg.Connection) -> None:
    error = refused(session, "SELECT refuse('MY001')")
    assert (error.reason, error.remedy, error.constraint) == ("no more", "buy more", "quota")


def test_on_delete_restrict_is_a_violation(session: psycopg.Connection) -> None:
    error = refused(session, "DELETE FROM rooms")
    # PostgreSQL 18 has a code of its own for it; those before send 23503.
    expected = RestrictViolation if session.info.server_version >= 180000 else ForeignKeyViolation
    assert type(error) is expected
    assert error.constraint == "desks_room_fkey"


def test_a_deferred_key_fails_at_commit_and_is_rolled_back(session: psycopg.Connection) -> None:
    session.execute("BEGIN; SET CONSTRAINTS ALL DEFERRED; INSERT INTO users (id, boss) VALUES (2, 9)")
    error = refused(session, "COMMIT", committing=True)
    assert error.is_foreign_key_violation()
    assert error.outcome is Outcome.ROLLED_BACK


def test_a_failed_transaction_takes_no_statement(session: psycopg.Connection) -> None:
    session.execute("BEGIN")
    refused(session, "SELECT 1 / 0")
    error = refused(session, "SELECT 1")
    assert type(error) is TransactionAborted
    session.execute("ROLLBACK")


def test_vacuum_in_a_transaction_is_a_wrong_state(session: psycopg.Connection) -> None:
    session.execute("BEGIN")
    assert type(refused(session, "VACUUM")) is TransactionStateError
    session.execute("ROLLBACK")


def test_a_lock_that_nobody_waits_for(session: psycopg.Connection, observer: psycopg.Connection) -> None:
    observer.execute("BEGIN; SELECT 1 FROM users WHERE id = 1 FOR UPDATE")
    error = refused(session, "SELECT 1 FROM users WHERE id = 1 FOR UPDATE NOWAIT")
    assert isinstance(error, LockNotAvailable)
    assert error.timed_out is False
    assert not error.is_timeout()
    session.execute("SET lock_timeout = 20")
    error = refused(session, "SELECT 1 FROM users WHERE id = 1 FOR UPDATE")
    assert isinstance(error, LockNotAvailable)
    assert error.timed_out is True
    assert error.is_timeout()
    assert error.is_lock_not_available()
    observer.execute("ROLLBACK")


def test_who_knows_that_time_is_up_says_so(session: psycopg.Connection) -> None:
    session.execute("SET statement_timeout = 20")
    with pytest.raises(psycopg.errors.QueryCanceled) as failed:
        session.execute("SELECT pg_sleep(60)")
    error = translate(failed.value, op="report", timed_out=True)
    assert type(error) is StatementTimeout
    assert error.is_timeout()
    assert not translate(failed.value, op="report").is_timeout()


def test_a_cancelled_statement(session: psycopg.Connection, observer: psycopg.Connection) -> None:
    pid = session.info.backend_pid
    busy = f"FROM pg_stat_activity WHERE pid = {pid} AND state = 'active'"
    in_background(lambda: until(observer, f"(SELECT pg_cancel_backend(pid) {busy})"))
    assert type(refused(session, "SELECT pg_sleep(60)")) is QueryCancelled


def test_concurrent_writers_have_no_serial_order(session: psycopg.Connection, observer: psycopg.Connection) -> None:
    session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1 FROM users")
    observer.execute("UPDATE users SET name = 'b'")
    error = refused(session, "UPDATE users SET name = 'c'")
    assert type(error) is SerializationFailure
    assert error.is_serialization_failure()
    assert error.retryable is Retry.UNIT
    session.execute("ROLLBACK")


def test_a_deadlock_chooses_one(session: psycopg.Connection, observer: psycopg.Connection) -> None:
    session.execute("SET deadlock_timeout = '60s'; BEGIN; LOCK TABLE users")
    observer.execute("SET deadlock_timeout = '10ms'; BEGIN; LOCK TABLE rooms")
    waiting = in_background(lambda: session.execute("LOCK TABLE rooms"))
    error = refused(observer, "LOCK TABLE users")
    observer.execute("ROLLBACK")
    waiting.join()
    session.execute("ROLLBACK")
    assert type(error) is DeadlockDetected
    assert error.is_deadlock()
    assert error.retryable is Retry.UNIT


def test_a_changed_column_makes_a_prepared_statement_stale(
    session: psycopg.Connection, observer: psycopg.Connection
) -> None:
    session.execute("SELECT name FROM users", prepare=True)
    observer.execute("ALTER TABLE users ALTER name TYPE text")
    with pytest.raises(psycopg.Error) as failed:
        session.execute("SELECT name FROM users", prepare=True)
    error = translate(failed.value, op="users.names")
    assert type(error) is StalePlan
    assert error.sqlstate == "0A000"
    assert error.retryable is Retry.STATEMENT


def test_a_recreated_type_makes_a_prepared_statement_stale(
    session: psycopg.Connection, observer: psycopg.Connection
) -> None:
    def ask() -> None:
        session.execute("SELECT enum_range(NULL::mood)", prepare=True)

    ask()
    observer.execute("DROP TYPE mood; CREATE TYPE mood AS ENUM ('calm')")
    with pytest.raises(psycopg.Error) as failed:
        ask()
    error = translate(failed.value, op="moods")
    assert (type(error), error.sqlstate) in ((StalePlan, "XX000"), (StalePlan, "0A000"))


def test_a_privilege_is_missing(session: psycopg.Connection) -> None:
    session.execute("SET ROLE pg_monitor")
    error = refused(session, "DELETE FROM users")
    assert type(error) is PermissionDenied
    session.execute("RESET ROLE")


def test_a_terminated_session_is_gone(session: psycopg.Connection, observer: psycopg.Connection) -> None:
    session.execute("BEGIN")
    observer.execute("SELECT pg_terminate_backend(%s)", [session.info.backend_pid])
    gone(observer, session)
    error = refused(session, "SELECT 1")
    assert type(error) is ServerShutdown
    assert error.fatal
    assert error.severity == "FATAL"
    assert error.is_connection_error()
    assert error.retryable is Retry.RECONNECT
    assert error.outcome is Outcome.ROLLED_BACK
    again = refused(session, "SELECT 1")
    assert type(again) is ConnectionLost
    assert (again.sqlstate, again.fatal) == ("", True)


def test_a_session_that_ends_in_commit_leaves_it_open(
    session: psycopg.Connection, observer: psycopg.Connection
) -> None:
    session.execute("BEGIN")
    observer.execute("SELECT pg_terminate_backend(%s)", [session.info.backend_pid])
    gone(observer, session)
    error = refused(session, "COMMIT", committing=True)
    assert error.outcome is Outcome.UNKNOWN
    assert error.retryable is Retry.NO


def test_an_idle_transaction_is_ended(session: psycopg.Connection, observer: psycopg.Connection) -> None:
    session.execute("SET idle_in_transaction_session_timeout = 20; BEGIN")
    gone(observer, session)
    error = refused(session, "COMMIT", committing=True)
    assert type(error) is IdleInTransactionTimeout
    assert error.is_timeout()
    assert (error.outcome, error.retryable) == (Outcome.ROLLED_BACK, Retry.RECONNECT)


@pytest.mark.pg(">= 14")
def test_an_idle_session_is_ended(session: psycopg.Connection, observer: psycopg.Connection) -> None:
    session.execute("SET idle_session_timeout = 20")
    gone(observer, session)
    error = refused(session, "SELECT 1")
    assert type(error) is ConnectionLost
    assert error.sqlstate == "57P05"


@pytest.mark.pg(">= 17")
def test_a_long_transaction_is_ended(session: psycopg.Connection, observer: psycopg.Connection) -> None:
    session.execute("SET transaction_timeout = 20; BEGIN")
    gone(observer, session)
    error = refused(session, "SELECT 1")
    assert type(error) is TransactionTimeout
    assert (error.is_timeout(), error.fatal, error.retryable) == (True, True, Retry.NO)


def test_a_dropped_database_ends_its_sessions(
    make_database: MakeDatabase, server_connection: psycopg.Connection
) -> None:
    url = make_database()
    with psycopg.connect(url, autocommit=True) as session:
        server_connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(session.info.dbname)))
        error = refused(session, "SELECT 1")
    # The server says 57P01 of a forced drop; 57P04 comes in a standby's recovery.
    assert isinstance(error, (ServerShutdown, DatabaseDropped))


def test_a_forbidden_message_is_the_protocols_error(session: psycopg.Connection) -> None:
    result = session.pgconn.exec_params(b"SELECT $1::int, $2::int", [b"1"])
    error = translate(psycopg.errors.error_from_result(result), op="raw")
    assert type(error) is ProtocolError
    assert not error.fatal


def not_connected(url: str, **more: str) -> DBError:
    with pytest.raises(psycopg.Error) as failed:
        psycopg.connect(url, **more)  # type: ignore[arg-type]  # psycopg types each keyword
    error = translate(failed.value, op="open", connecting=True)
    error.__cause__ = failed.value
    return error


def test_a_missing_database(database: str) -> None:
    error = not_connected(database, dbname="never")
    assert type(error) is InvalidCatalog
    assert error.outcome is Outcome.NOT_STARTED
    assert error.retryable is Retry.NO
    assert error.is_connection_error()
    assert '"never" does not exist' in str(error)


def test_an_unknown_role(database: str) -> None:
    error = not_connected(database, user="never")
    assert type(error) is AuthenticationFailed
    assert (error.fatal, error.retryable) == (True, Retry.RECONNECT)


def test_no_server(server: Server) -> None:
    error = not_connected("postgresql://u:SECRET@127.0.0.1:1/d")
    assert type(error) is ConnectionFailed
    assert (error.sqlstate, error.fatal, error.outcome) == ("", True, Outcome.NOT_STARTED)
    assert "SECRET" not in str(error) + error.verbose()
    assert error.remedy


def test_no_connection_left(database: str, observer: psycopg.Connection) -> None:
    observer.execute("CREATE ROLE one_seat LOGIN PASSWORD 'seat' CONNECTION LIMIT 0")
    try:
        error = not_connected(database, user="one_seat", password="seat")
    finally:
        observer.execute("DROP ROLE one_seat")
    assert type(error) is TooManyConnections
    assert error.retryable is Retry.RECONNECT


@pytest.mark.parametrize("value", ["a\0b", object()], ids=["NUL", "no adapter"])
def test_what_the_driver_cannot_send_is_an_invalid_parameter(session: psycopg.Connection, value: object) -> None:
    error = refused(session, "SELECT %(x)s::text", {"x": value})
    assert type(error) is InvalidParameter
    assert error.outcome is Outcome.NOT_STARTED


def test_a_missing_value_is_an_invalid_parameter(session: psycopg.Connection) -> None:
    assert type(refused(session, "SELECT %(x)s", {"y": 1})) is InvalidParameter


def test_a_value_that_python_cannot_hold_is_data(session: psycopg.Connection) -> None:
    with pytest.raises(psycopg.DataError) as failed:
        session.execute("SELECT 'infinity'::timestamptz").fetchone()
    error = translate(failed.value, op="users.find")
    assert type(error) is InvalidData
    assert "infinity" not in str(error)


def test_the_rest_of_a_failed_pipeline_is_aborted(session: psycopg.Connection) -> None:
    with session.pipeline() as pipeline:
        with pytest.raises(psycopg.errors.DivisionByZero):
            session.execute("SELECT 1 / 0").fetchone()
        error = refused(session, "SELECT 1")
        pipeline.sync()
    assert type(error) is TransactionAborted


def test_a_constraint_means_an_error_of_the_domain(session: psycopg.Connection) -> None:
    class EmailTaken(Exception):
        pass

    class QuotaReached(Exception):
        pass

    means = ConstraintMap({"users_email_key": EmailTaken}, codes={"MY001": lambda error: QuotaReached(error.hint)})
    taken = refused(session, "INSERT INTO users (id, email) VALUES (2, 'ann@example.org')")
    with pytest.raises(EmailTaken) as raised:
        means.raise_for(taken)
    assert raised.value.__cause__ is taken
    with pytest.raises(QuotaReached, match="buy more"):
        means.raise_for(refused(session, "SELECT refuse('MY001')"))
    means.raise_for(refused(session, "INSERT INTO users (id, age) VALUES (2, -1)"))


def in_background(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def gone(observer: psycopg.Connection, session: psycopg.Connection) -> None:
    until(observer, f"NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = {session.info.backend_pid})")

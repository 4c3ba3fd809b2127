"""Which of our errors is one of the driver's? By its SQLSTATE, else by what the driver was doing."""

from __future__ import annotations

import re

import psycopg
import psycopg.errors

from whimbrel.persistence.client_errors import InvalidParameter, TooManyRows
from whimbrel.persistence.db_error import DBError, Facts, Outcome
from whimbrel.persistence.server_errors import (
    CardinalityViolation,
    CheckViolation,
    DeadlockDetected,
    ExclusionViolation,
    FeatureNotSupported,
    ForeignKeyViolation,
    InsufficientResources,
    IntegrityViolation,
    InvalidData,
    InvalidStatement,
    LockNotAvailable,
    NoData,
    NotNullViolation,
    ObjectInUse,
    PermissionDenied,
    PreparedStatementLost,
    ProgramLimitExceeded,
    QueryCancelled,
    RaisedByDatabase,
    ReadOnlyTransaction,
    RestrictViolation,
    SchemaMismatch,
    SerializationFailure,
    ServerError,
    StalePlan,
    StatementTimeout,
    TransactionAborted,
    TransactionStateError,
    UniqueViolation,
)
from whimbrel.persistence.session_errors import (
    AuthenticationFailed,
    CommitOutcomeUnknown,
    ConnectionFailed,
    ConnectionLost,
    DatabaseDropped,
    IdleInTransactionTimeout,
    InvalidCatalog,
    ProtocolError,
    ServerCrash,
    ServerNotReady,
    ServerShutdown,
    TooManyConnections,
    TransactionTimeout,
)
from whimbrel.postgres.errors import connection_failed

_BY_STATE: dict[str, type[DBError]] = {
    "23505": UniqueViolation,
    "23503": ForeignKeyViolation,
    "23514": CheckViolation,
    "23502": NotNullViolation,
    "23P01": ExclusionViolation,
    "23001": RestrictViolation,
    "40002": IntegrityViolation,
    "27000": IntegrityViolation,
    "44000": IntegrityViolation,
    "40001": SerializationFailure,
    "40P01": DeadlockDetected,
    "40003": CommitOutcomeUnknown,
    "08007": CommitOutcomeUnknown,
    "08P01": ProtocolError,
    "55P03": LockNotAvailable,
    "57014": QueryCancelled,
    "25P03": IdleInTransactionTimeout,
    "25P04": TransactionTimeout,
    "57P01": ServerShutdown,
    "57P02": ServerCrash,
    "57P03": ServerNotReady,
    "57P04": DatabaseDropped,
    "57P05": ConnectionLost,
    "53300": TooManyConnections,
    "25006": ReadOnlyTransaction,
    "25P02": TransactionAborted,
    "3B001": TransactionStateError,
    "2D000": TransactionStateError,
    "26000": PreparedStatementLost,
    "42P05": PreparedStatementLost,
    "42P01": SchemaMismatch,
    "42703": SchemaMismatch,
    "42883": SchemaMismatch,
    "42704": SchemaMismatch,
    "42702": SchemaMismatch,
    "42804": SchemaMismatch,
    "42P10": SchemaMismatch,
    "3F000": SchemaMismatch,
    "42501": PermissionDenied,
    "3D000": InvalidCatalog,
    "P0002": NoData,
    "02000": NoData,
    "P0003": TooManyRows,
}

_BY_CLASS: dict[str, type[DBError]] = {
    "08": ConnectionLost,
    "0A": FeatureNotSupported,
    "21": CardinalityViolation,
    "22": InvalidData,
    "23": IntegrityViolation,
    "25": TransactionStateError,
    "28": AuthenticationFailed,
    "42": InvalidStatement,
    "53": InsufficientResources,
    "54": ProgramLimitExceeded,
    "55": ObjectInUse,
    "58": ServerError,
    "72": ServerError,
    "F0": ServerError,
    "HV": ServerError,
    "P0": RaisedByDatabase,
    "XX": ServerError,
}

_OPEN_IN_COMMIT = (ConnectionLost, ServerError)
"""After these nobody can say whether a COMMIT that was under way is done; any other reply to it is a rollback."""
_SETTLED = (IdleInTransactionTimeout, TransactionTimeout, DatabaseDropped)
"""These end a transaction that was not yet told to commit."""

_LOST_BY_POOLER = re.compile(
    "server conn crashed|server login|pgbouncer cannot connect to server|query_wait_timeout|pgbouncer is shutting down"
)
"""PgBouncer (1.18) has one SQLSTATE for all that it says; these are about its own connection to the server."""

_QUOTED = re.compile("[\"'«»„“”‟「」『』‹›‚‘’].*[\"'«»„“”‟「」『』‹›‚‘’]", re.DOTALL)
"""From the first to the last quotation mark of any of the server's languages: a value may hold some of its own."""


def translate(
    error: psycopg.Error, *, op: str, connecting: bool = False, committing: bool = False, timed_out: bool = False
) -> DBError:
    """Return the driver's error as ours; the caller raises it from `error`.

    `connecting` is while a session is opened. `committing` is while COMMIT, or a statement outside a transaction, is
    under way: with the connection lost its outcome is unknown. `timed_out` is whether the caller itself, or a limit
    that it set, ended the statement: the server has one SQLSTATE for that and for a cancel by others.

    The text of `error` is replaced by ours without DETAIL, because a traceback prints the text of a cause; its `diag`
    keeps everything.
    """
    facts = _facts(error)
    remedy = ""
    if facts.sqlstate:
        kind = _kind_by_state(facts, connecting=connecting, timed_out=timed_out)
        reason = _without_values(facts)
    elif connecting:
        told = connection_failed(str(error).removeprefix("connection failed: "), host="", port="", user="", database="")
        facts = Facts(sqlstate=told.sqlstate)
        kind = _kind_while_connecting(error, facts.sqlstate)
        reason = f"cannot connect to PostgreSQL: {told.reason}"
        remedy = told.remedy if kind is ConnectionFailed else ""
    else:
        reason = " ".join(str(error).split()) or type(error).__name__
        kind = _kind_by_driver(error, reason)
        reason = _DRIVERS_VALUE.sub("…", reason) if isinstance(error, psycopg.DataError) else reason
    error.args = (reason,)
    ambiguous = committing and issubclass(kind, _OPEN_IN_COMMIT) and not issubclass(kind, _SETTLED)
    return kind(op, reason, facts=facts, outcome=Outcome.UNKNOWN if ambiguous else None, remedy=remedy)


def _facts(error: psycopg.Error) -> Facts:
    diag = error.diag
    return Facts(
        sqlstate=diag.sqlstate or error.sqlstate or "",
        severity=diag.severity_nonlocalized or "",
        message_primary=diag.message_primary or "",
        detail=diag.message_detail or "",
        hint=diag.message_hint or "",
        context=diag.context or "",
        schema=diag.schema_name or "",
        table=diag.table_name or "",
        column=diag.column_name or "",
        datatype=diag.datatype_name or "",
        constraint=diag.constraint_name or "",
        routine=diag.source_function or "",
    )


def _kind_by_state(facts: Facts, *, connecting: bool, timed_out: bool) -> type[DBError]:
    state = facts.sqlstate
    if (state == "0A000" and facts.routine == "RevalidateCachedQuery") or (
        state == "XX000" and facts.message_primary.startswith("cache lookup failed")
    ):
        return StalePlan
    if state == "57014" and timed_out:
        return StatementTimeout
    if state == "08P01" and not facts.routine and _LOST_BY_POOLER.match(facts.message_primary):
        return ConnectionFailed if connecting else ConnectionLost
    kind = _BY_STATE.get(state) or _BY_CLASS.get(state[:2])
    if kind is None:
        # A code of one's own (RAISE … USING ERRCODE) is known by the server's function that raises.
        return RaisedByDatabase if facts.routine == "exec_stmt_raise" else DBError
    return ConnectionFailed if connecting and issubclass(kind, ConnectionLost) else kind


def _kind_while_connecting(error: psycopg.Error, sqlstate: str) -> type[DBError]:
    if error.pgconn is not None and error.pgconn.needs_password:
        return AuthenticationFailed
    kind = (_BY_STATE.get(sqlstate) or _BY_CLASS.get(sqlstate[:2])) if sqlstate else None
    return kind if kind is not None and issubclass(kind, ConnectionFailed) else ConnectionFailed


_BY_DRIVER: tuple[tuple[type[psycopg.Error], type[DBError]], ...] = (
    (psycopg.errors.PipelineAborted, TransactionAborted),
    (psycopg.transaction.OutOfOrderTransactionNesting, TransactionStateError),
    (psycopg.DataError, InvalidParameter),
    (psycopg.NotSupportedError, FeatureNotSupported),
    (psycopg.ProgrammingError, DBError),
    (psycopg.InterfaceError, DBError),
    (psycopg.InternalError, ServerError),
)


_UNREADABLE = re.compile(
    r"can't parse|failed to parse|malformed|bad member for enum|bad value for numeric|unknown jsonb"
    r"|\(before year 1\)|\(after year 10K\)|not supported by Python"
)
"""The driver's words, never translated, for a value of the server that Python has none for."""
_UNSENT = re.compile("adapt|placeholder|parameter")
"""The driver's words where a value does not go with the statement; other misuse of the driver has no class."""
_DRIVERS_VALUE = re.compile(r"(?<![a-z])'.*")


def _kind_by_driver(error: psycopg.Error, message: str) -> type[DBError]:
    if isinstance(error, psycopg.DataError) and _UNREADABLE.search(message):
        return InvalidData
    if isinstance(error, psycopg.ProgrammingError) and _UNSENT.search(message):
        return InvalidParameter
    # What libpq itself says without an SQLSTATE is about the connection.
    return next((ours for theirs, ours in _BY_DRIVER if isinstance(error, theirs)), ConnectionLost)


def _without_values(facts: Facts) -> str:
    message = facts.message_primary
    return _QUOTED.sub('"…"', message) if facts.sqlstate.startswith("22") else message

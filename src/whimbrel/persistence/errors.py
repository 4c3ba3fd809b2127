"""What went wrong with a statement or a transaction, and may it be tried again?

    WhimbrelError
    ├── StatementError              a statement's declaration cannot be meant
    └── DBError                     everything that happens at run time
        ├── IntegrityViolation      23000, 40002, 27000, 44000
        │   ├── UniqueViolation     23505
        │   ├── ForeignKeyViolation 23503
        │   ├── CheckViolation      23514
        │   ├── NotNullViolation    23502
        │   ├── ExclusionViolation  23P01
        │   └── RestrictViolation   23001
        ├── SerializationFailure    40001
        ├── DeadlockDetected        40P01
        ├── LockNotAvailable        55P03
        ├── ObjectInUse             55006, 55000
        ├── QueryCancelled          57014
        │   └── StatementTimeout    57014, and the caller's time was up
        ├── ConnectionFailed        no session came about: 08xxx, or no SQLSTATE, while connecting
        │   ├── ServerNotReady      57P03
        │   ├── TooManyConnections  53300
        │   ├── AuthenticationFailed 28000, 28P01
        │   └── InvalidCatalog      3D000
        ├── ConnectionLost          the session ended: 08xxx, 57P05, or no SQLSTATE
        │   ├── IdleInTransactionTimeout 25P03
        │   ├── TransactionTimeout  25P04
        │   ├── ServerShutdown      57P01
        │   ├── ServerCrash         57P02
        │   ├── DatabaseDropped     57P04
        │   └── ProtocolError       08P01
        ├── CommitOutcomeUnknown    40003, 08007, or a connection lost in COMMIT
        ├── InsufficientResources   53xxx
        ├── ProgramLimitExceeded    54xxx
        ├── ReadOnlyTransaction     25006
        ├── TransactionAborted      25P02
        ├── TransactionStateError   25xxx, 3B001, 2D000
        ├── StalePlan               0A000 and XX000 of a cached plan
        ├── PreparedStatementLost   26000, 42P05
        ├── FeatureNotSupported     0A000
        ├── SchemaMismatch          42P01, 42703, 42883, 42704, 42702, 42804, 42P10, 3F000
        ├── InvalidStatement        42601 and the rest of 42
        ├── PermissionDenied        42501
        ├── InvalidData             22xxx
        ├── CardinalityViolation    21000
        ├── RaisedByDatabase        P0001, and codes of your own
        ├── NoData                  P0002, 02000
        ├── ServerError             58, XX, F0, 72, HV
        │
        │   what no server sends
        ├── NotFound                one row was asked for and there is none
        ├── TooManyRows             one row was asked for and there are more; also P0003
        ├── UnexpectedRowCount      another number of rows was changed than expected
        ├── RowMismatch             columns and row type do not fit
        ├── InvalidParameter        a value cannot be sent
        ├── PoolExhausted           no connection came free in time
        ├── PoolClosed, HandleClosed, WrongTask
        ├── TransactionRolledBack   COMMIT was answered by ROLLBACK
        ├── TransactionRequired, TransactionNotAllowed, IncompatibleJoin
        └── UnsupportedByPooler     behind PgBouncer in transaction mode

When a unit of work has used up its retries, its last error is raised as it is, with `attempt` counting from 1: whoever
catches `SerializationFailure` need not know whether there were retries.

No message holds a value of the user's: DETAIL is left out, and of a message of class 22, which quotes the bad value,
the quoted part is cut. `verbose()` gives everything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from enum import Enum, StrEnum, auto
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Self

import psycopg
import psycopg.errors

from whimbrel.errors import WhimbrelError
from whimbrel.postgres.errors import connection_failed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class Retry(Enum):
    """What may be tried again after an error."""

    NO = auto()
    """Nothing: it would fail again, or might be done twice."""
    STATEMENT = auto()
    """The statement, once, after the connection forgot its prepared statements; in a transaction the whole unit."""
    UNIT = auto()
    """The whole unit of work, on the same connection."""
    RECONNECT = auto()
    """The whole unit of work, on another connection."""
    OPT_IN = auto()
    """The whole unit of work, but only where its writer said that this error is worth it."""


class Outcome(StrEnum):
    """What became of the work in which an error was raised, once it is let through."""

    NOT_STARTED = "not started"
    """Nothing was sent."""
    ROLLED_BACK = "rolled back"
    """Nothing of it stays."""
    COMMITTED = "committed"
    """It stays: a statement outside a transaction whose *result* was not the expected one."""
    UNKNOWN = "unknown"
    """COMMIT (or a statement outside a transaction) was sent, and no answer came."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The fields of a server's error message; empty where the server gave none."""

    sqlstate: str = ""
    severity: str = ""
    """ERROR, FATAL or PANIC, whatever the server's language."""
    message_primary: str = ""
    """The server's own words. They may quote a user's value."""
    detail: str = ""
    """May hold personal data."""
    hint: str = ""
    context: str = ""
    """May hold personal data: COPY quotes its line."""
    schema: str = ""
    table: str = ""
    column: str = ""
    datatype: str = ""
    constraint: str = ""
    """The constraint's or unique index's name."""
    routine: str = ""
    """The server's own function that raised it; never translated."""


NO_FACTS = Facts()


class StatementError(WhimbrelError):
    """The declaration of the statement `name` cannot be meant; raised where it is declared."""

    def __init__(self, name: str, reason: str, *, remedy: str = "") -> None:
        super().__init__(f"cannot declare statement {name!r}: {reason}", remedy=remedy)
        self.name = name
        self.reason = reason


class DBError(WhimbrelError):
    """A statement, a transaction or a connection failed.

    `op` names the operation, such as `users.save`. The fields of `Facts` are attributes, empty where no server spoke.
    `attempt` counts the tries of its unit of work from 1. `reason` is the message without what surrounds it.
    """

    advice: ClassVar[str] = ""
    """What to do, where the server gave no hint."""
    retry: ClassVar[Retry] = Retry.NO
    """What the kind of error allows; `retryable` is what this one allows."""
    ends_session: ClassVar[bool] = False
    """Whether the kind of error ends the session, where the server's severity does not say."""
    leaves: ClassVar[Outcome] = Outcome.ROLLED_BACK

    def __init__(
        self, op: str, reason: str, *, facts: Facts = NO_FACTS, outcome: Outcome | None = None, remedy: str = ""
    ) -> None:
        self.op = op
        self.reason = reason
        self.facts = facts
        self.sqlstate = facts.sqlstate
        self.severity = facts.severity
        self.message_primary = facts.message_primary
        self.detail = facts.detail
        self.hint = facts.hint
        self.context = facts.context
        self.schema = facts.schema
        self.table = facts.table
        self.column = facts.column
        self.datatype = facts.datatype
        self.constraint = facts.constraint
        self.routine = facts.routine
        self.attempt = 1
        self._outcome = outcome
        super().__init__(self._message(), remedy=remedy or facts.hint or self.advice)

    def _message(self) -> str:
        table = ".".join(part for part in (self.schema, self.table) if part)
        named = [
            f"{word} {name}"
            for word, name in (("constraint", self.constraint), ("column", self.column), ("type", self.datatype))
            if name and not _names(self.reason, name)
        ]
        if table and not _names(self.reason, self.table):
            named.append(f"table {table}")
        told = "; ".join([self.sqlstate, *named] if self.sqlstate else named)
        message = f"{self.reason} ({told})" if told else self.reason
        return f"{self.op} failed: {message}" if self.op else message

    @property
    def outcome(self) -> Outcome:
        """What became of the work, once this error is let through."""
        return self._outcome or self.leaves

    def leaving(self, outcome: Outcome) -> Self:
        """Return it with what became of the work, which its kind does not tell."""
        self._outcome = outcome
        return self

    @property
    def retryable(self) -> Retry:
        """What may be tried again; never anything while the outcome is unknown, or after the work was committed."""
        return Retry.NO if self.outcome in (Outcome.UNKNOWN, Outcome.COMMITTED) else self.retry

    @property
    def fatal(self) -> bool:
        """Whether the connection is gone, or not to be used again."""
        return self.severity in ("FATAL", "PANIC") if self.severity else self.ends_session

    def verbose(self) -> str:
        """Return all that is known, one fact a line. It may hold personal data: not for a log that others read."""
        lines = [str(self)]
        lines += [f"{each.name}: {value}" for each in fields(Facts) if (value := getattr(self.facts, each.name))]
        lines += [f"outcome: {self.outcome}", f"attempt: {self.attempt}"]
        if self.remedy:
            lines.append(f"remedy: {self.remedy}")
        return "\n".join(lines)

    def is_unique_violation(self) -> bool:
        """Whether a key is taken."""
        return isinstance(self, UniqueViolation)

    def is_foreign_key_violation(self) -> bool:
        """Whether a row that is referred to is missing, or one that is still referred to was removed."""
        return isinstance(self, ForeignKeyViolation)

    def is_check_violation(self) -> bool:
        """Whether a CHECK of a table or a domain failed."""
        return isinstance(self, CheckViolation)

    def is_not_null_violation(self) -> bool:
        """Whether NULL came where none may be."""
        return isinstance(self, NotNullViolation)

    def is_exclusion_violation(self) -> bool:
        """Whether a row overlaps another that excludes it."""
        return isinstance(self, ExclusionViolation)

    def is_integrity_violation(self) -> bool:
        """Whether any constraint was violated."""
        return isinstance(self, IntegrityViolation)

    def is_serialization_failure(self) -> bool:
        """Whether concurrent transactions had no serial order."""
        return isinstance(self, SerializationFailure)

    def is_deadlock(self) -> bool:
        """Whether transactions waited for each other, and this one was chosen to fail."""
        return isinstance(self, DeadlockDetected)

    def is_lock_not_available(self) -> bool:
        """Whether a lock was not to be had: NOWAIT, or lock_timeout passed."""
        return isinstance(self, LockNotAvailable)

    def is_not_found(self) -> bool:
        """Whether a row that was asked for is not there."""
        return isinstance(self, NotFound)

    def is_connection_error(self) -> bool:
        """Whether no session came about, or it ended."""
        return isinstance(self, (ConnectionFailed, ConnectionLost))

    def is_timeout(self) -> bool:
        """Whether time was up: of a statement, a lock, a transaction, or for a connection."""
        if isinstance(self, LockNotAvailable):
            return self.timed_out is True
        if isinstance(self, ConnectionFailed):
            return isinstance(self.__cause__, psycopg.errors.ConnectionTimeout)
        return isinstance(
            self, (StatementTimeout, IdleInTransactionTimeout, TransactionTimeout, UnitTimeout, PoolExhausted)
        )


def _names(text: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


class IntegrityViolation(DBError):
    """A constraint, a trigger's rule or a view's check option was violated."""

    advice = "check the values against the table's constraints"


class UniqueViolation(IntegrityViolation):
    """A key is taken; `constraint` names the constraint or the unique index."""

    advice = "choose another value, or map the constraint to an error of the domain"
    retry = Retry.OPT_IN


class ForeignKeyViolation(IntegrityViolation):
    """A row that is referred to is missing, or one that is still referred to was removed. May come at COMMIT."""

    advice = "write the row that is referred to first, or remove those that refer to it"


class CheckViolation(IntegrityViolation):
    """A CHECK of a table or of a domain failed."""

    advice = "check the value before it is written"


class NotNullViolation(IntegrityViolation):
    """NULL came where none may be; `column` says where."""

    advice = "give the column a value; if the code does not know it, the schema is newer than the code"


class ExclusionViolation(IntegrityViolation):
    """A row overlaps another that excludes it."""

    advice = "choose a value that overlaps no other"
    retry = Retry.OPT_IN


class RestrictViolation(IntegrityViolation):
    """A row that is still referred to was removed, and the reference says RESTRICT."""

    advice = "remove the rows that refer to it first"


class SerializationFailure(DBError):
    """Concurrent transactions had no serial order; on a standby also a conflict with recovery."""

    advice = "run the whole unit of work again: declare it repeatable with retry="
    retry = Retry.UNIT


class DeadlockDetected(DBError):
    """Transactions waited for each other; `detail` names their processes."""

    advice = "run the whole unit of work again, and lock rows in one order everywhere"
    retry = Retry.UNIT


class LockNotAvailable(DBError):
    """A lock was not to be had. `timed_out` is whether lock_timeout passed (else NOWAIT was asked), None if unknown."""

    advice = "try again later, or find who holds the lock"
    retry = Retry.OPT_IN

    @property
    def timed_out(self) -> bool | None:
        """Whether lock_timeout passed; the server's function tells, since both share their SQLSTATE."""
        return self.routine == "ProcessInterrupts" if self.routine else None


class ObjectInUse(DBError):
    """Something is in use by another session, or not in the state that the statement needs."""

    advice = "try again when the other sessions are done with it"
    retry = Retry.OPT_IN


class QueryCancelled(DBError):
    """The statement was cancelled by its caller, an administrator, or a time limit that nobody here knows of."""

    advice = "find who cancels: statement_timeout of the role or database, or an administrator"
    retry = Retry.OPT_IN


class StatementTimeout(QueryCancelled):
    """The statement outlived its time."""

    advice = "make the statement cheaper, or allow it more time"


class ConnectionFailed(DBError):
    """No session with the server came about."""

    advice = "check the database URL, and that the server is running"
    retry = Retry.RECONNECT
    ends_session = True
    leaves = Outcome.NOT_STARTED


class ServerNotReady(ConnectionFailed):
    """The server is starting, stopping or recovering."""

    advice = "try again in a moment"


class TooManyConnections(ConnectionFailed):
    """The server has no connection left for us."""

    advice = "make the pools smaller, or put PgBouncer in front"


class AuthenticationFailed(ConnectionFailed):
    """The server refused the user: wrong or expired credentials, no such role, or no rule that lets it in."""

    advice = "check user and password, and refresh credentials that expire"


class InvalidCatalog(ConnectionFailed):
    """There is no database of that name."""

    advice = "check the database's name, or create it"
    retry = Retry.NO


class ConnectionLost(DBError):
    """The session ended while, or before, it was used."""

    advice = "run the unit of work again: the pool opens another connection"
    retry = Retry.RECONNECT
    ends_session = True


class IdleInTransactionTimeout(ConnectionLost):
    """The server ended the session: its transaction was idle for longer than idle_in_transaction_session_timeout."""

    advice = "do not wait for anything but the database within a unit of work"


class TransactionTimeout(ConnectionLost):
    """The server ended the session: its transaction took longer than transaction_timeout."""

    advice = "make the unit of work shorter, or allow it more time"
    retry = Retry.NO


class ServerShutdown(ConnectionLost):
    """An administrator ended the session, or the server is stopping."""


class ServerCrash(ConnectionLost):
    """Another session of the server crashed, and all sessions ended with it."""

    advice = "run the unit of work again, and read the server's log"


class DatabaseDropped(ConnectionLost):
    """The database was dropped under the session."""

    advice = "check who dropped it"
    retry = Retry.NO


class ProtocolError(ConnectionLost):
    """Client and server, or a pooler between them, do not understand each other; the connection is to be closed."""

    advice = "read the pooler's log; behind PgBouncer use its profile"
    retry = Retry.NO


class CommitOutcomeUnknown(DBError):
    """COMMIT was sent and no answer came. `xid` is the transaction's id, with which pg_xact_status tells, if known."""

    advice = "look whether the work was done before it is tried again, or use resolve=True"
    leaves = Outcome.UNKNOWN

    def __init__(
        self,
        op: str,
        reason: str = "no answer came to COMMIT: the work may be done or not",
        *,
        xid: int | None = None,
        facts: Facts = NO_FACTS,
        outcome: Outcome | None = None,
        remedy: str = "",
    ) -> None:
        told = reason if xid is None else f"{reason}; transaction {xid}"
        super().__init__(op, told, facts=facts, outcome=outcome, remedy=remedy)
        self.xid = xid


class InsufficientResources(DBError):
    """The server is out of disk, memory or another resource."""

    advice = "call whoever runs the server"


class ProgramLimitExceeded(DBError):
    """The statement is over a limit of PostgreSQL: too complex, too many columns or arguments."""

    advice = "send fewer values in one statement: an array is one parameter"


class ReadOnlyTransaction(DBError):
    """A write in a read-only transaction, or with a server that is no primary."""

    advice = "do not ask for read_only=True; if nobody did, the server is a standby: reconnect to the primary"
    retry = Retry.RECONNECT


class TransactionAborted(DBError):
    """An earlier statement of the transaction failed, and that error was swallowed."""

    advice = "let the first error end the unit of work, or put what may fail in a nested one"


class TransactionStateError(DBError):
    """The statement cannot run in this state of the transaction: in none, in one, or after a savepoint's end."""

    advice = "let the unit of work begin and end transactions; run what allows none outside of it"


class StalePlan(DBError):
    """A migration changed what a prepared statement gives or uses, and the session still holds the old plan."""

    advice = "run it again: the session has forgotten its plans"
    retry = Retry.STATEMENT


class PreparedStatementLost(DBError):
    """The session does not know a statement that it had prepared, or has one of that name."""

    advice = "behind PgBouncer use its profile, or set its max_prepared_statements"
    retry = Retry.STATEMENT


class FeatureNotSupported(DBError):
    """The server or the driver does not do this."""

    advice = "write the statement in another way, or use a newer server"


class SchemaMismatch(DBError):
    """The schema has no such thing, or one of another type: code and migrations are not of one age."""

    advice = "run the migrations that the code needs; check search_path"


class InvalidStatement(DBError):
    """The statement's text cannot be understood or run."""

    advice = "correct the statement; cast a parameter whose type is not clear, as in %(x)s::int"


class PermissionDenied(DBError):
    """The role lacks a privilege, or a row-level policy refuses the row."""

    advice = "grant the role what it needs"


class InvalidData(DBError):
    """A value does not fit its type, or an operation has no result for it."""

    advice = "check the value before it is sent"


class CardinalityViolation(DBError):
    """A subquery gave several rows, or ON CONFLICT met one row twice in a statement."""

    advice = "remove the duplicates from the statement's rows"


class RaisedByDatabase(DBError):
    """A function or trigger said no, by RAISE; `sqlstate` is P0001 or a code of its own."""


class NoData(DBError):
    """A function demanded a row (INTO STRICT) and there was none."""


class ServerError(DBError):
    """A fault of the server's own, of its system, or of a foreign server."""

    advice = "read the server's log"


class NotFound(DBError):
    """A row was asked for, and there is none."""

    advice = "use optional() where the row may be missing"

    def __init__(self, op: str, reason: str = "no row", *, outcome: Outcome | None = None) -> None:
        super().__init__(op, reason, outcome=outcome)


class TooManyRows(DBError):
    """One row was asked for, and there are more."""

    advice = "use many(), or let the statement find one row by a unique key"

    def __init__(
        self,
        op: str,
        reason: str = "more than one row where one was expected",
        *,
        facts: Facts = NO_FACTS,
        outcome: Outcome | None = None,
        remedy: str = "",
    ) -> None:
        super().__init__(op, reason, facts=facts, outcome=outcome, remedy=remedy)


class UnexpectedRowCount(DBError):
    """`found` rows were changed where `expected` were to be."""

    advice = "check the statement's condition; in a unit of work nothing of it stays"

    def __init__(self, op: str, *, expected: int, found: int, outcome: Outcome | None = None) -> None:
        super().__init__(op, f"{found} rows changed where {expected} were expected", outcome=outcome)
        self.expected = expected
        self.found = found


class RowMismatch(DBError):
    """Columns and row type do not fit: `missing` fields have no column, `unexpected` columns have no field.

    Or the value of `column` is one that its field cannot take. The value is not told; `failure` is the exception that a
    converter or the type itself raised, which is not chained, because a traceback would print it.
    """

    advice = "select exactly the row type's fields, by their names"

    def __init__(  # noqa: PLR0913 - each is a fact of its own
        self,
        op: str,
        reason: str,
        *,
        row_type: object,
        missing: Sequence[str] = (),
        unexpected: Sequence[str] = (),
        column: str = "",
        failure: Exception | None = None,
        remedy: str = "",
        outcome: Outcome | None = None,
    ) -> None:
        super().__init__(op, reason, facts=Facts(column=column), outcome=outcome, remedy=remedy)
        self.row_type = row_type
        self.missing = tuple(missing)
        self.unexpected = tuple(unexpected)
        self.failure = failure


class InvalidParameter(DBError):
    """A value cannot be sent, and was not: `parameter` takes `expected` and came as `got`. The value is not told."""

    advice = "check the value before it is sent"
    leaves = Outcome.NOT_STARTED

    def __init__(
        self,
        op: str,
        reason: str,
        *,
        parameter: str = "",
        expected: str = "",
        got: str = "",
        facts: Facts = NO_FACTS,
        outcome: Outcome | None = None,
        remedy: str = "",
    ) -> None:
        super().__init__(op, reason, facts=facts, outcome=outcome, remedy=remedy)
        self.parameter = parameter
        self.expected = expected
        self.got = got


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a connection: the operation and task that took it, and for how many seconds."""

    op: str
    task: str
    held_s: float


class PoolExhausted(DBError):
    """No connection came free in `waited_s` seconds; with 0 s the queue was full.

    `size` connections are there, `waiting` calls wait for one, `holders` have them, the longest first.
    """

    advice = "end units of work sooner, or make the pool larger; never wait for a second connection while holding one"
    leaves = Outcome.NOT_STARTED

    def __init__(self, op: str, *, size: int, waiting: int, waited_s: float, holders: Sequence[Holder] = ()) -> None:
        ordered = tuple(sorted(holders, key=lambda holder: -holder.held_s))
        named = ", ".join(f"{one.op} in {one.task} for {one.held_s:.1f} s" for one in ordered[:5])
        more = f" and {len(ordered) - 5} more" if len(ordered) > 5 else ""
        held = f"; held by {named}{more}" if ordered else ""
        super().__init__(
            op, f"no connection within {waited_s:.1f} s: all {size} are in use, {waiting} calls wait{held}"
        )
        self.size = size
        self.waiting = waiting
        self.waited_s = waited_s
        self.holders = ordered


class PoolClosed(DBError):
    """The pool is closed, draining, or not yet open."""

    advice = "open the database before it is used, and close it last"
    leaves = Outcome.NOT_STARTED

    def __init__(self, op: str, reason: str = "the pool is closed") -> None:
        super().__init__(op, reason)


class HandleClosed(DBError):
    """The handle `handle` (a transaction, a querier, a stream) was used after the end of its scope."""

    advice = "use it only within its block; await what uses it before the block ends"
    leaves = Outcome.NOT_STARTED

    def __init__(self, op: str, handle: str = "transaction") -> None:
        super().__init__(op, f"the {handle} has ended")
        self.handle = handle


class WrongTask(DBError):
    """The task (or thread) `user` touched the transaction of `owner` without having been given it."""

    advice = (
        "await it in the owner's task, or give the transaction in by share(); asyncio.wait_for makes a task of its own"
        " before Python 3.12: use asyncio.timeout"
    )
    leaves = Outcome.NOT_STARTED

    def __init__(self, op: str, *, owner: str, user: str) -> None:
        super().__init__(op, f"the transaction belongs to {owner} and was used by {user}")
        self.owner = owner
        self.user = user


class TransactionRolledBack(DBError):
    """COMMIT was answered by ROLLBACK: `first`, the error that was swallowed in the transaction, if it is known."""

    advice = "let errors end the unit of work, or put what may fail in a nested one"

    def __init__(self, op: str, first: BaseException | None = None) -> None:
        why = f": an error was swallowed: {first}" if isinstance(first, DBError) else ""
        super().__init__(op, f"COMMIT was answered by ROLLBACK, nothing was saved{why}")
        self.first = first
        self.__cause__ = first

    @property
    def retryable(self) -> Retry:
        """What the first error allows, if that is the whole unit."""
        allowed = self.first.retryable if isinstance(self.first, DBError) else Retry.NO
        return allowed if allowed in (Retry.UNIT, Retry.RECONNECT) else Retry.NO


class TransactionRequired(DBError):
    """The operation has a meaning only within a transaction, and there is none."""

    advice = "call it within a unit of work"
    leaves = Outcome.NOT_STARTED

    def __init__(self, op: str, reason: str = "there is no transaction") -> None:
        super().__init__(op, reason)


class TransactionNotAllowed(DBError):
    """The operation cannot run within a transaction, and there is one."""

    advice = "call it outside a unit of work"
    leaves = Outcome.NOT_STARTED

    def __init__(self, op: str) -> None:
        super().__init__(op, "there is a transaction")


class IncompatibleJoin(DBError):
    """A unit of work would join a transaction whose `option` is `has`, and asks for `asked`."""

    advice = "ask for it in the outer unit of work, or use propagation requires_new"
    leaves = Outcome.NOT_STARTED

    def __init__(self, op: str, *, option: str, asked: object, has: object) -> None:
        super().__init__(op, f"the transaction to join has {option} {has}, and {asked} is asked for")
        self.option = option
        self.asked = asked
        self.has = has


class UnitTimeout(DBError):
    """A unit of work was not done within `timeout_s` seconds, waiting for a connection included."""

    advice = "give it more time, or let it do less"

    def __init__(self, op: str, *, timeout_s: float, outcome: Outcome | None = None) -> None:
        super().__init__(op, f"not done within {timeout_s:g} s", outcome=outcome)
        self.timeout_s = timeout_s


class UnsupportedByPooler(DBError):
    """`feature` needs a session of its own, which a pooler in transaction mode does not give."""

    advice = "connect to PostgreSQL itself for this"
    leaves = Outcome.NOT_STARTED

    def __init__(self, op: str, feature: str) -> None:
        super().__init__(op, f"{feature} does not work behind a pooler in transaction mode")
        self.feature = feature


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


@dataclass(frozen=True, slots=True)
class ConstraintMap:
    """Which error of the domain means that a constraint was violated?

        TAKEN = ConstraintMap({"users_email_key": EmailAlreadyExists})

        try:
            await querier.execute(SAVE, …)
        except DBError as error:
            TAKEN.raise_for(error)
            raise

    `constraints` has the names of constraints or unique indexes, `codes` SQLSTATEs of your own (RAISE … USING ERRCODE).
    A value is an exception type, raised without arguments, or a function that is given the error and returns one.
    """

    constraints: Mapping[str, type[Exception] | Callable[[DBError], Exception]]
    codes: Mapping[str, type[Exception] | Callable[[DBError], Exception]] = field(
        default_factory=lambda: MappingProxyType({})
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "constraints", MappingProxyType(dict(self.constraints)))
        object.__setattr__(self, "codes", MappingProxyType(dict(self.codes)))

    def raise_for(self, error: DBError) -> None:
        """Raise the error of the domain that `error` means, from it; return where it means none."""
        meant = self.constraints.get(error.constraint) or self.codes.get(error.sqlstate)
        if meant is None:
            return
        raise (meant() if isinstance(meant, type) else meant(error)) from error

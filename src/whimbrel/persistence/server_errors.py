"""What does the server say of a statement that it refuses? A class for each kind, by SQLSTATE."""

from __future__ import annotations

from whimbrel.persistence.db_error import DBError, Retry


class IntegrityViolation(DBError):
    """A constraint, a trigger's rule or a view's check option was violated."""

    advice = "check the values against the table's constraints"

    def is_integrity_violation(self) -> bool:
        """Yes."""
        return True


class UniqueViolation(IntegrityViolation):
    """A key is taken; `constraint` names the constraint or the unique index."""

    advice = "choose another value, or map the constraint to an error of the domain"
    retry = Retry.OPT_IN

    def is_unique_violation(self) -> bool:
        """Yes."""
        return True


class ForeignKeyViolation(IntegrityViolation):
    """A row that is referred to is missing, or one that is still referred to was removed. May come at COMMIT."""

    advice = "write the row that is referred to first, or remove those that refer to it"

    def is_foreign_key_violation(self) -> bool:
        """Yes."""
        return True


class CheckViolation(IntegrityViolation):
    """A CHECK of a table or of a domain failed."""

    advice = "check the value before it is written"

    def is_check_violation(self) -> bool:
        """Yes."""
        return True


class NotNullViolation(IntegrityViolation):
    """NULL came where none may be; `column` says where."""

    advice = "give the column a value; if the code does not know it, the schema is newer than the code"

    def is_not_null_violation(self) -> bool:
        """Yes."""
        return True


class ExclusionViolation(IntegrityViolation):
    """A row overlaps another that excludes it."""

    advice = "choose a value that overlaps no other"
    retry = Retry.OPT_IN

    def is_exclusion_violation(self) -> bool:
        """Yes."""
        return True


class RestrictViolation(IntegrityViolation):
    """A row that is still referred to was removed, and the reference says RESTRICT."""

    advice = "remove the rows that refer to it first"


class SerializationFailure(DBError):
    """Concurrent transactions had no serial order; on a standby also a conflict with recovery."""

    advice = "run the whole unit of work again: declare it repeatable with retry="
    retry = Retry.UNIT

    def is_serialization_failure(self) -> bool:
        """Yes."""
        return True


class DeadlockDetected(DBError):
    """Transactions waited for each other; `detail` names their processes."""

    advice = "run the whole unit of work again, and lock rows in one order everywhere"
    retry = Retry.UNIT

    def is_deadlock(self) -> bool:
        """Yes."""
        return True


class LockNotAvailable(DBError):
    """A lock was not to be had. `timed_out` is whether lock_timeout passed (else NOWAIT was asked), None if unknown."""

    advice = "try again later, or find who holds the lock"
    retry = Retry.OPT_IN

    @property
    def timed_out(self) -> bool | None:
        """Whether lock_timeout passed; the server's function tells, since both share their SQLSTATE."""
        return self.routine == "ProcessInterrupts" if self.routine else None

    def is_lock_not_available(self) -> bool:
        """Yes."""
        return True

    def is_timeout(self) -> bool:
        """Whether lock_timeout passed."""
        return self.timed_out is True


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

    def is_timeout(self) -> bool:
        """Yes."""
        return True


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

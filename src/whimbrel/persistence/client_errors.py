"""What does the toolkit itself refuse, or find otherwise than was asked for? No server sends these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whimbrel.errors import WhimbrelError
from whimbrel.persistence.db_error import NO_FACTS, DBError, Facts, Outcome, Retry

if TYPE_CHECKING:
    from collections.abc import Sequence


class StatementError(WhimbrelError):
    """The declaration of the statement `name` cannot be meant; raised where it is declared."""

    def __init__(self, name: str, reason: str, *, remedy: str = "") -> None:
        super().__init__(f"cannot declare statement {name!r}: {reason}", remedy=remedy)
        self.name = name
        self.reason = reason


class UnknownOrder(WhimbrelError):
    """The statement `statement` has no order of the name that was asked for; `known` are those that could be."""

    def __init__(self, statement: str, order: str, known: tuple[str, ...]) -> None:
        shown = order if len(order) <= 40 else order[:40] + "…"
        super().__init__(
            f"{statement} cannot be ordered by {shown!r}",
            remedy=f"ask for one of: {', '.join(known)}" if known else "ask for no order",
        )
        self.statement = statement
        self.order = order
        self.known = known


class PageOutOfRange(WhimbrelError):
    """A number of rows or a page was asked for that the statement `statement` does not give.

    `what` is the argument's name; `least` and `most` are its bounds, both included.
    """

    def __init__(self, statement: str, what: str, value: object, least: int, most: int) -> None:
        shown = value if isinstance(value, int) and abs(value) < 1 << 64 else type(value).__name__
        super().__init__(
            f"{what} of {statement} cannot be {shown}", remedy=f"give a whole number from {least} to {most}"
        )
        self.statement = statement
        self.what = what
        self.value = value
        self.least = least
        self.most = most


class InvalidCursor(WhimbrelError):
    """The cursor was not made for the list `statement` in this order, or was changed, or is none at all."""

    def __init__(self, statement: str) -> None:
        super().__init__(
            f"the cursor is not one of {statement} in this order", remedy="read the list again from its beginning"
        )
        self.statement = statement


class NotFound(DBError):
    """A row was asked for, and there is none."""

    advice = "use optional() where the row may be missing"

    def __init__(self, op: str, reason: str = "no row", *, outcome: Outcome | None = None) -> None:
        super().__init__(op, reason, outcome=outcome)

    def is_not_found(self) -> bool:
        """Yes."""
        return True


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

    def is_timeout(self) -> bool:
        """Yes."""
        return True


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

    def is_timeout(self) -> bool:
        """Yes."""
        return True


class UnsupportedByPooler(DBError):
    """`feature` needs a session of its own, which a pooler in transaction mode does not give."""

    advice = "connect to PostgreSQL itself for this"
    leaves = Outcome.NOT_STARTED

    def __init__(self, op: str, feature: str) -> None:
        super().__init__(op, f"{feature} does not work behind a pooler in transaction mode")
        self.feature = feature

"""What is known of every failure at run time: where, why, what became of the work, and may it be tried again?"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from enum import Enum, StrEnum, auto
from typing import ClassVar, Self

from whimbrel.errors import WhimbrelError


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
        return False

    def is_foreign_key_violation(self) -> bool:
        """Whether a row that is referred to is missing, or one that is still referred to was removed."""
        return False

    def is_check_violation(self) -> bool:
        """Whether a CHECK of a table or a domain failed."""
        return False

    def is_not_null_violation(self) -> bool:
        """Whether NULL came where none may be."""
        return False

    def is_exclusion_violation(self) -> bool:
        """Whether a row overlaps another that excludes it."""
        return False

    def is_integrity_violation(self) -> bool:
        """Whether any constraint was violated."""
        return False

    def is_serialization_failure(self) -> bool:
        """Whether concurrent transactions had no serial order."""
        return False

    def is_deadlock(self) -> bool:
        """Whether transactions waited for each other, and this one was chosen to fail."""
        return False

    def is_lock_not_available(self) -> bool:
        """Whether a lock was not to be had: NOWAIT, or lock_timeout passed."""
        return False

    def is_not_found(self) -> bool:
        """Whether a row that was asked for is not there."""
        return False

    def is_connection_error(self) -> bool:
        """Whether no session came about, or it ended."""
        return False

    def is_timeout(self) -> bool:
        """Whether time was up: of a statement, a lock, a transaction, or for a connection."""
        return False


def _names(text: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None

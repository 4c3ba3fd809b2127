"""How is a pool to be, and how a transaction? Values that both the async and the sync toolkit take."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from whimbrel.postgres.connection import literal

if TYPE_CHECKING:
    from collections.abc import Mapping


NO_SETTINGS: Mapping[str, str] = MappingProxyType({})


class Isolation(StrEnum):
    """How much a transaction sees of others; PostgreSQL treats READ UNCOMMITTED as READ COMMITTED."""

    READ_COMMITTED = "READ COMMITTED"
    REPEATABLE_READ = "REPEATABLE READ"
    SERIALIZABLE = "SERIALIZABLE"


class Propagation(Enum):
    """What a unit of work does where its task is in one already."""

    REQUIRED = "required"
    """Joins it; begins one where there is none."""
    REQUIRES_NEW = "requires_new"
    """Begins one of its own on a second connection."""
    NESTED = "nested"
    """A savepoint in it; begins one where there is none."""
    MANDATORY = "mandatory"
    """Joins it; raises TransactionRequired where there is none."""
    NEVER = "never"
    """Raises TransactionNotAllowed; where there is none, runs on the pool, each statement by itself."""


class Reset(Enum):
    """What is done to a session when its connection goes back to the pool."""

    NONE = "none"
    """Nothing: for code that changes no session settings."""
    DIRTY = "dirty"
    """RESET ALL where something was run that may have changed the session."""
    ALWAYS = "always"
    """RESET ALL each time, for one more round trip."""


class Pooler(Enum):
    """What stands between the service and PostgreSQL."""

    NONE = "none"
    PGBOUNCER_TRANSACTION = "transaction"
    """PgBouncer in transaction mode: nothing is prepared, and what needs a session is refused by its name.

    The pool's time-outs hold in units of work only: give the role its own for statements outside of them.
    """


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """How the pool keeps its connections; times in seconds, 0 for no limit where a limit makes sense."""

    min_size: int = 1
    max_size: int = 10
    acquire_timeout_s: float = 5.0
    """How long a call may wait for a connection."""
    max_waiting: int = 100
    """How many calls may wait at once; more are refused at once."""
    max_age_s: float = 1800.0
    """After about so long (5 % jitter) a connection is replaced when it comes back."""
    max_idle_s: float = 300.0
    """Connections above `min_size` that were not used for so long are closed."""
    check_after_idle_s: float = 1.0
    """A connection that was idle for longer is asked whether it lives before it is handed out."""
    connect_timeout_s: int = 5
    statement_timeout_s: float = 30.0
    idle_in_transaction_timeout_s: float = 30.0
    lock_timeout_s: float = 0.0
    reset: Reset = Reset.DIRTY
    pooler: Pooler = Pooler.NONE
    service: str = ""
    """Shown in `pg_stat_activity.application_name`, with `revision`."""
    revision: str = ""
    prepare_after: int = 5
    """After so many uses on a connection a statement is prepared."""
    required_settings: tuple[str, ...] = ()
    """Settings (a tenant, a user) without which no statement is run: each unit of work must give them."""

    def application_name(self) -> str:
        """What the server shows for these connections; PostgreSQL keeps 63 bytes of it."""
        name = "@".join(part for part in (self.service, self.revision) if part) or "whimbrel"
        return name.encode()[:63].decode(errors="ignore")

    def start_options(self) -> str:
        """The session's settings as `options` of the connection: they are in force from the first statement."""
        return " ".join(f"-c {name}={value}" for name, value in self.time_limits().items())

    def time_limits(self) -> dict[str, str]:
        """The server's settings for the time-outs, in milliseconds."""
        settings = {
            "statement_timeout": self.statement_timeout_s,
            "idle_in_transaction_session_timeout": self.idle_in_transaction_timeout_s,
            "lock_timeout": self.lock_timeout_s,
        }
        return {name: str(round(seconds * 1000)) for name, seconds in settings.items() if seconds}


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and when a unit of work is run again after a conflict; its function must be repeatable as a whole.

    `attempts` counts all runs; `budget_s` ends them by time. The n-th delay is random, up to twice the one before.
    """

    attempts: int = 5
    budget_s: float = 10.0
    first_delay_s: float = 0.01
    max_delay_s: float = 1.0

    def delay_s(self, attempt: int) -> float:
        """How long to wait after `attempt`, counted from 1."""
        longest = min(self.max_delay_s, self.first_delay_s * 2.0 ** (attempt - 1))
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads contenders, guards nothing


@dataclass(frozen=True, slots=True)
class TransactionOptions:
    """How a transaction begins; None and empty leave the pool's own. Times in seconds, 0 for no limit."""

    isolation: Isolation | None = None
    read_only: bool = False
    deferrable: bool = False
    lock_timeout_s: float | None = None
    statement_timeout_s: float | None = None
    settings: Mapping[str, str] = field(default_factory=dict)

    def begin_sql(self, defaults: Mapping[str, str] = NO_SETTINGS) -> str:
        """One message that begins the transaction and makes its settings, which end with it.

        `defaults` are settings that hold where these say nothing.
        """
        words = ["BEGIN"]
        if self.isolation is not None:
            words.append(f"ISOLATION LEVEL {self.isolation}")
        if self.read_only:
            words.append("READ ONLY")
        if self.deferrable:
            words.append("DEFERRABLE")
        local = {**defaults, **self.local_settings()}
        if not local:
            return " ".join(words)
        calls = ", ".join(f"pg_catalog.set_config({literal(n)}, {literal(v)}, true)" for n, v in local.items())
        return f"{' '.join(words)}; SELECT {calls}"

    def local_settings(self) -> dict[str, str]:
        """The settings that are made for the transaction, as PostgreSQL takes them."""
        local = dict(self.settings)
        for name, seconds in (("lock_timeout", self.lock_timeout_s), ("statement_timeout", self.statement_timeout_s)):
            if seconds is not None:
                local[name] = str(max(1, round(seconds * 1000)) if seconds else 0)
        return local

    def fits_into(self, outer: TransactionOptions) -> Misfit | None:
        """Return the first of these that a running transaction does not give, to be said to who wants to join it."""
        has = outer.isolation or Isolation.READ_COMMITTED
        if self.isolation is not None and self.isolation is not has:
            return Misfit("isolation", self.isolation.lower(), has.lower())
        for option in ("read_only", "deferrable"):
            if getattr(self, option) and not getattr(outer, option):
                return Misfit(option, "true", "false")
        for name, value in self.settings.items():
            if outer.settings.get(name) != value:
                return Misfit(f"the setting {name}", "another value", "its own" if name in outer.settings else "none")
        if self.lock_timeout_s is not None and self.lock_timeout_s != outer.lock_timeout_s:
            return Misfit("lock_timeout_s", self.lock_timeout_s, outer.lock_timeout_s)
        return None


@dataclass(frozen=True, slots=True)
class Misfit:
    """What a transaction does not give to a unit of work that wants to join it."""

    option: str
    asked: object
    has: object

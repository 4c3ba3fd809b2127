"""Where do connections come from, who holds them, and what do they come back as? The pool."""

from __future__ import annotations

import logging
import time
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

import psycopg
from psycopg import generators, pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import AsyncConnectionPool, PoolTimeout, TooManyRequests
from psycopg_pool import PoolClosed as PsycopgPoolClosed

from whimbrel.persistence import tasks
from whimbrel.persistence.errors import (
    ConnectionFailed,
    ConnectionLost,
    DBError,
    Holder,
    PoolClosed,
    PoolExhausted,
    UnsupportedByPooler,
    translate,
)
from whimbrel.persistence.events import Acquired, Event, Observer, PlanHealed, Released
from whimbrel.persistence.options import NO_SETTINGS, Pooler, PoolSettings, Reset
from whimbrel.persistence.types import TypeRegistry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence, Set

    from psycopg.abc import PQGen
    from psycopg.pq.abc import PGresult

    from whimbrel.persistence.options import TransactionOptions
    from whimbrel.persistence.types import DatabaseType

_LOG = logging.getLogger("whimbrel.persistence")
_FIRST_OF_USERS = 16384
"""The lowest oid of what is not PostgreSQL's own (FirstNormalObjectId, 13 to 18)."""
_FOREVER_S = 10 * 365 * 86400.0
_RESET = (
    "RESET SESSION AUTHORIZATION; RESET ALL; CLOSE ALL; UNLISTEN *; DISCARD TEMP;"
    " SELECT pg_catalog.pg_advisory_unlock_all()"
)
"""What DISCARD ALL does, but for the prepared statements, which stay."""


Kind = TypeVar("Kind", bound="PooledConnection")


class PooledConnection(psycopg.AsyncConnection[Any]):
    """A connection with what the pool remembers of it."""

    plans = 0
    """The pool's generation of plans that its prepared statements belong to."""
    used_at = 0.0
    dirty = False
    """Whether something was run that may have changed the session."""
    time_limits: Mapping[str, str] = NO_SETTINGS
    """Time-outs that each transaction sets for itself, because its session may be another's before and after."""

    async def command(self, sql: str, timeout_s: float | None = None) -> PGresult:
        """Send one simple query; without a cursor, which would cost more than the round trip on a near server.

        Raises:
            psycopg.Error: the server refused it, or did not answer within `timeout_s`.
        """
        async with self.lock:
            self.pgconn.send_query(sql.encode())
            answer = generators.execute(self.pgconn)
            results = await self.wait(answer if timeout_s is None else _within(answer, timeout_s))
        for result in results:
            if result.status == pq.ExecStatus.FATAL_ERROR:
                raise psycopg.errors.error_from_result(result)
        last: PGresult = results[-1]
        return last

    async def begin(self, options: TransactionOptions) -> None:
        """Begin a transaction."""
        await self.command(options.begin_sql(self.time_limits))

    async def commit_tag(self, limit_s: float | None = None) -> bytes | None:
        """Send COMMIT, which the server may work on for `limit_s`; return what it says that it did."""
        limit = "" if limit_s is None else f"SET LOCAL statement_timeout = {max(1, round(limit_s * 1000))}; "
        return (await self.command(f"{limit}COMMIT")).command_status

    async def undo(self) -> None:
        """Send ROLLBACK."""
        await self.command("ROLLBACK")

    async def come_to_rest(self, reset: Reset) -> None:
        """Leave nothing of this use to the next one; where that cannot be had the connection is closed."""
        if self.pgconn.transaction_status != pq.TransactionStatus.IDLE:
            await self.close()
        elif reset is Reset.ALWAYS or (self.dirty and reset is Reset.DIRTY):
            try:
                await self.command(_RESET)
                self.dirty = False
            except BaseException as error:
                await self.close()
                if not isinstance(error, psycopg.Error):
                    raise


@dataclass(frozen=True, slots=True)
class _Hold:
    op: str
    owner: object
    since: float
    pool: Pool


@dataclass(frozen=True, slots=True)
class PoolStatistics:
    """The pool at this moment, and since it was opened; times in seconds."""

    size: int
    idle: int
    held: int
    waiting: int
    acquired: int
    waited_s: float
    refused: int
    connected: int
    connections_lost: int
    plans_healed: int


class Pool(Protocol):
    """Where connections are taken from: psycopg's pool, or a sandbox for tests in its place."""

    @property
    def max_size(self) -> int:
        """How many connections there are at most."""

    async def getconn(self, timeout: float | None = None) -> PooledConnection:
        """Return a connection; raises PoolTimeout where none is free in `timeout` seconds."""

    async def putconn(self, connection: PooledConnection, /) -> None:
        """Take it back."""

    def get_stats(self) -> dict[str, int]:
        """Return psycopg_pool's numbers."""

    async def drain(self) -> None:
        """Replace all connections."""

    async def close(self, timeout: float = 5.0) -> None:
        """Close all connections."""


class Connections:
    """The connections to one database: taken, given back, counted; `Database` is what users open."""

    def __init__(
        self,
        pool: Pool,
        conninfo: Callable[[], Awaitable[str]],
        settings: PoolSettings,
        observers: Iterable[Observer],
        types: TypeRegistry | None,
    ) -> None:
        self.settings = settings
        self._pool = pool
        self.conninfo = conninfo
        self._observers = tuple(observers)
        self._types = types
        self._holders: dict[PooledConnection, _Hold] = {}
        self._waiting_holders = 0
        self._plans = 0
        self._lost_at = 0.0
        self._healed = 0
        self._forgotten = count()
        self.ambient: ContextVar[object] = ContextVar("whimbrel_transaction", default=None)
        """The transaction that this task, or the one that began it, is in."""

    @classmethod
    async def open(
        cls,
        url: str | Callable[[], Awaitable[str]],
        settings: PoolSettings | None = None,
        *,
        observers: Iterable[Observer] = (),
        types: Sequence[DatabaseType] = (),
        **changes: Any,
    ) -> Self:
        """Open a pool; it connects in the background, so the server need not be there yet (see `wait_ready`).

        `url` is a libpq URL or conninfo, or what returns one for each new connection (for credentials that change).
        `types` are those of the database that every connection is taught. `changes` are fields of `PoolSettings`.

        Raises:
            ConnectionFailed: the URL cannot be read.
            UnsupportedByPooler: it has settings of the session, which the pooler does not keep.
        """
        settings = replace(settings or PoolSettings(), **changes)
        database: Self

        async def conninfo() -> str:
            return _conninfo(url if isinstance(url, str) else await url(), settings)

        async def configure(connection: PooledConnection) -> None:
            await database._configure(connection)

        if isinstance(url, str):
            _conninfo(url, settings)  # a bad one is said here and not by a worker's log
        pool = AsyncConnectionPool(
            conninfo,
            connection_class=PooledConnection,
            kwargs={"autocommit": True, "prepare_threshold": _threshold(settings)},
            min_size=settings.min_size,
            max_size=settings.max_size,
            open=False,
            configure=configure,
            name=settings.application_name(),
            timeout=settings.acquire_timeout_s,
            max_waiting=settings.max_waiting,
            max_lifetime=settings.max_age_s or _FOREVER_S,
            max_idle=settings.max_idle_s or _FOREVER_S,
            reconnect_timeout=settings.acquire_timeout_s,
        )
        database = cls(pool, conninfo, settings, observers, TypeRegistry(types) if types else None)
        await pool.open()
        return database

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self, timeout_s: float = 5.0) -> None:
        """Close all connections; those that are held are closed when they come back."""
        await self._pool.close(timeout_s)

    async def wait_ready(self, timeout_s: float = 30.0) -> None:
        """Wait until the server answers; for a service's start.

        Raises:
            ConnectionFailed: it did not within `timeout_s`, for the reason that is chained.
        """
        end = time.monotonic() + timeout_s
        last: Exception | None = None
        while (left := end - time.monotonic()) > 0:
            try:
                async with self.lease("wait ready", min(left, self.settings.acquire_timeout_s)) as connection:
                    await connection.execute("SELECT 1")
                    return
            except (DBError, psycopg.Error) as error:
                last = error
                await tasks.sleep(min(0.1, max(0.0, end - time.monotonic())))
        message = f"the database did not answer within {timeout_s:g} s"
        msg = "wait until the database is ready"
        raise ConnectionFailed(msg, message) from last

    async def drain(self) -> None:
        """Replace all connections: those in use when they come back. For a rotated password, or a new primary."""
        await self._pool.drain()

    def swap_pool(self, pool: Pool) -> Pool:
        """Take connections from another pool from here on; return the one before. For tests: see `testing.sandbox`."""
        before, self._pool = self._pool, pool
        return before

    def statistics(self) -> PoolStatistics:
        """Return the pool's numbers."""
        numbers = self._pool.get_stats()
        return PoolStatistics(
            size=numbers.get("pool_size", 0),
            idle=numbers.get("pool_available", 0),
            held=len(self._holders),
            waiting=numbers.get("requests_waiting", 0),
            acquired=numbers.get("requests_num", 0),
            waited_s=numbers.get("requests_wait_ms", 0) / 1000,
            refused=numbers.get("requests_errors", 0),
            connected=numbers.get("connections_num", 0),
            connections_lost=numbers.get("connections_lost", 0),
            plans_healed=self._healed,
        )

    def holders(self) -> tuple[Holder, ...]:
        """Return who has connections, the longest first."""
        now = time.monotonic()
        held = [Holder(hold.op, tasks.name_of(hold.owner), now - hold.since) for hold in self._holders.values()]
        return tuple(sorted(held, key=lambda holder: -holder.held_s))

    @asynccontextmanager
    async def lease(self, op: str, timeout_s: float | None = None) -> AsyncIterator[PooledConnection]:
        """Hold a connection in autocommit for a while, for what the toolkit has no method for.

        It must not be used afterwards; session settings made through it are reset if the pool's policy says so. Behind
        a pooler in transaction mode nobody can reset them, nor sees that they are made: make none there.

        Raises:
            PoolExhausted: none was free in time.
            ConnectionFailed: the server cannot be reached.
        """
        connection = await self.acquire(op, timeout_s)
        connection.dirty = True
        try:
            yield connection
        finally:
            await self.release(connection)

    async def acquire(self, op: str, timeout_s: float | None = None) -> PooledConnection:
        """Take a connection; `release` must follow. Raises as `lease` does."""
        began = time.monotonic()
        timeout = self.settings.acquire_timeout_s if timeout_s is None else timeout_s
        owner = tasks.current()
        holds = any(hold.owner is owner for hold in self._holders.values())
        if holds:
            self._waiting_holders += 1
        try:
            if holds and self._waiting_holders >= self._pool.max_size and not self._pool.get_stats()["pool_available"]:
                raise self._exhausted(op, began)
            connection = await self._living(op, began + timeout, began)
        finally:
            if holds:
                self._waiting_holders -= 1
        self._holders[connection] = _Hold(op, owner, time.monotonic(), self._pool)
        if self._observers:
            self.tell(Acquired(op, time.monotonic() - began))
        return connection

    async def _living(self, op: str, end: float, began: float) -> PooledConnection:
        cancellations = tasks.cancellations()
        while True:
            try:
                connection = await self._pool.getconn(max(0.001, end - time.monotonic()))
            except (PoolTimeout, TooManyRequests) as error:
                if not self._holders:
                    await self._say_why_not(op)
                raise self._exhausted(op, began) from error
            except PsycopgPoolClosed as error:
                raise PoolClosed(op) from error
            try:
                if tasks.cancellations() > cancellations:  # asyncio.wait_for swallows some before Python 3.12
                    raise tasks.Cancelled
                if await self._fit(connection, end):
                    return connection
            except BaseException:
                await self._discard(connection)
                raise
            await self._discard(connection)

    async def _say_why_not(self, op: str) -> None:
        """Nobody holds a connection and yet there is none: raise what the server says to one more attempt."""
        await (await self.connect_apart(op, PooledConnection)).close()

    async def connect_apart(self, op: str, kind: type[Kind]) -> Kind:
        """Open a connection that is not the pool's; the caller closes it.

        Raises:
            ConnectionFailed: the server cannot be reached.
            SchemaMismatch: the database lacks a registered type.
        """
        threshold = _threshold(self.settings)
        try:
            connection = await kind.connect(await self.conninfo(), autocommit=True, prepare_threshold=threshold)
        except psycopg.Error as error:
            raise translate(error, op=op, connecting=True) from error
        try:
            await self._configure(connection)
        except BaseException as error:
            await connection.close()
            if isinstance(error, psycopg.Error):
                raise translate(error, op=op, connecting=True) from error
            raise
        return connection

    async def _fit(self, connection: PooledConnection, end: float) -> bool:
        """Whether a connection lives, as it says before `end`; clears its plans if a migration made them stale."""
        idle_s = time.monotonic() - connection.used_at
        try:
            if idle_s > self.settings.check_after_idle_s or connection.used_at <= self._lost_at:
                await connection.command("", max(0.001, end - time.monotonic()))
            if connection.plans != self._plans:
                await self.forget_plans(connection)
        except (psycopg.Error, ConnectionLost):
            return False
        return True

    async def _discard(self, connection: PooledConnection) -> None:
        await connection.close()
        await self._pool.putconn(connection)

    async def release(self, connection: PooledConnection) -> None:
        """Give a connection back; one that is not idle is closed, and the pool makes another."""
        hold = self._holders.pop(connection, None)
        if connection.broken or connection.closed:
            self._lost_at = time.monotonic()  # what ended it may have ended the others too
        try:
            # A pooler in transaction mode has no session that could be reset.
            await connection.come_to_rest(self.settings.reset if self.settings.pooler is Pooler.NONE else Reset.NONE)
        finally:
            connection.used_at = time.monotonic()
            try:
                await (hold.pool if hold is not None else self._pool).putconn(connection)
            except ValueError:  # the pool was closed and has forgotten it
                await connection.close()
            if self._observers and hold is not None:
                self.tell(Released(hold.op, time.monotonic() - hold.since))

    async def forget_plans(self, connection: PooledConnection, op: str = "") -> None:
        """Make the server and the driver forget the connection's prepared statements, and learn its types anew.

        Raises:
            ConnectionLost: the connection did not survive.
            SchemaMismatch: the database has a registered type no more.
        """
        plans = self._plans
        try:
            # The driver forgets its own list only for a text that it has not counted yet.
            await connection.execute(f"DEALLOCATE ALL -- {next(self._forgotten)}", prepare=False)
            if self._types is not None:
                await self._types.register(connection)
        except psycopg.Error as error:
            raise translate(error, op=op) from error
        connection.plans = plans

    async def plans_are_stale(self, connection: PooledConnection, op: str, met: Set[int] = frozenset()) -> None:
        """A migration changed what statements return: heal this connection now, the others before their next use.

        `met` are types that came in a result and were not known. Raises as `forget_plans` does.
        """
        # In this order for threads: who still learns the old types has the old count, and for whom the types that
        # were met are no news the count is new.
        if self._types is not None:
            self._types.forget()
        self._plans += 1
        self._healed += 1
        if self._types is not None:
            self._types.meet(met)
        await self.forget_plans(connection, op)
        self.tell(PlanHealed(op))

    async def knows_types(self, connection: PooledConnection, result: PGresult, op: str) -> bool:
        """Whether a result's types were known to its connection; learns them anew where they were not.

        What is not prepared goes on beside a migration that recreates a type, and the type has another oid then.
        Raises as `forget_plans` does.
        """
        if self._types is None:
            return True
        oids = {oid for oid in map(result.ftype, range(result.nfields)) if oid >= _FIRST_OF_USERS}
        if not oids:
            return True
        if self._types.has_news(oids):
            await self.plans_are_stale(connection, op, met=oids)
        elif connection.plans != self._plans:
            await self.forget_plans(connection, op)
        else:
            return True
        return False

    async def _configure(self, connection: PooledConnection) -> None:
        plans = self._plans
        if self._types is not None:
            await self._types.register(connection)
        connection.plans = plans
        connection.used_at = time.monotonic()
        if self.settings.pooler is not Pooler.NONE:
            connection.time_limits = self.settings.time_limits()

    @property
    def is_observed(self) -> bool:
        """Whether anybody wants events."""
        return bool(self._observers)

    def tell(self, event: Event) -> None:
        """Tell the observers."""
        for observer in self._observers:
            try:
                observer(event)
            except Exception:  # noqa: BLE001 - who looks on must not harm
                _LOG.exception("an observer failed on %r", event)

    def _exhausted(self, op: str, began: float) -> PoolExhausted:
        return PoolExhausted(
            op,
            size=self._pool.max_size,
            waiting=self._pool.get_stats().get("requests_waiting", 0),
            waited_s=time.monotonic() - began,
            holders=self.holders(),
        )


def _within(answer: PQGen[list[PGresult]], timeout_s: float) -> PQGen[list[PGresult]]:
    """Wait for an answer as `answer` does, but not for ever."""
    end = time.monotonic() + timeout_s
    try:
        wanted = next(answer)
        while True:
            ready = yield wanted
            if not ready and time.monotonic() > end:
                message = f"no answer within {timeout_s:g} s"
                raise psycopg.OperationalError(message)
            wanted = answer.send(ready)
    except StopIteration as stop:
        results: list[PGresult] = stop.value
        return results


def _threshold(settings: PoolSettings) -> int | None:
    return None if settings.pooler is Pooler.PGBOUNCER_TRANSACTION else settings.prepare_after


def _conninfo(url: str, settings: PoolSettings) -> str:
    """Return libpq's connection text with the pool's settings; what the URL itself says wins."""
    try:
        given: Mapping[str, Any] = conninfo_to_dict(url)
    except psycopg.Error:
        message = "cannot read the database URL: it must be postgres://user:password@host:port/database, or key=value"
        msg = "open the pool"
        raise ConnectionFailed(msg, message) from None
    ours: dict[str, Any] = {
        "application_name": settings.application_name(),
        "connect_timeout": settings.connect_timeout_s,
    }
    if settings.pooler is not Pooler.NONE and given.get("options"):
        op = "open the pool"
        raise UnsupportedByPooler(op, "a database URL with options")
    if settings.pooler is Pooler.NONE and (options := settings.start_options()):
        ours["options"] = f"{options} {given['options']}" if given.get("options") else options
    return make_conninfo(**{**ours, **{k: v for k, v in given.items() if k != "options" or "options" not in ours}})

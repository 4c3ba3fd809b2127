"""How is code tested that commits, without leaving anything behind? In a sandbox: one transaction that is rolled back.

The wire that breaks on purpose is here too: `FaultWire`.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psycopg
from psycopg import pq
from psycopg_pool import PoolTimeout

from whimbrel.persistence import tasks
from whimbrel.persistence.errors import TransactionNotAllowed, translate
from whimbrel.persistence.fault_wire import Cut, FaultWire
from whimbrel.persistence.options import Reset
from whimbrel.persistence.pool import PooledConnection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from whimbrel.persistence.connection import Database
    from whimbrel.persistence.options import TransactionOptions

__all__ = ["Cut", "FaultWire", "sandbox"]

_FIRED_AT_ONCE = "SET CONSTRAINTS ALL IMMEDIATE"
_AS_DECLARED = """
    DO $sandbox$
    DECLARE deferred text;
    BEGIN
        SELECT string_agg(DISTINCT format('%I.%I', nspname, conname), ', ') INTO deferred
            FROM pg_catalog.pg_constraint JOIN pg_catalog.pg_namespace AS schema ON schema.oid = connamespace
            WHERE condeferred;
        IF deferred IS NOT NULL THEN EXECUTE 'SET CONSTRAINTS ' || deferred || ' DEFERRED'; END IF;
    END $sandbox$
"""
_NEVER_IDLE = "SET idle_in_transaction_session_timeout = 0"
_PATIENCE_S = 5.0


@asynccontextmanager
async def sandbox(database: Database) -> AsyncIterator[Database]:
    """Let all that is done with `database` in the body happen in one transaction, which is rolled back at its end.

    Each unit of work, and each statement of the pool, is a savepoint: what it commits is there for those that follow,
    what fails leaves nothing. Deferred constraints are checked when a unit commits, and at the end. While a unit of one
    task runs, other tasks wait until it has ended. A unit with `requires_new` is a savepoint in the outer one.

    What is not as with real commits: other sessions see nothing; `now()` stands still; sequences are not set back; all
    units run in READ COMMITTED; what one with `requires_new` did is undone with the outer one.

    Raises:
        TransactionNotAllowed: connections of the database are in use when it begins.
        IntegrityViolation: a deferred constraint is violated at the end.
        ConnectionFailed: the server cannot be reached.
    """
    op = "open the sandbox"
    if database.holders():
        raise TransactionNotAllowed(op)
    connection = await database.connect_apart(op, _SandboxConnection)
    connection.uses = []
    try:
        await connection.command(_NEVER_IDLE)
        await connection.command("BEGIN")
        pool = _SandboxPool(connection, database.settings.max_size)
        usual = database.swap_pool(pool)
        try:
            yield database
            await pool.check()
        finally:
            database.swap_pool(usual)
            await pool.wait_until_free()
    finally:
        await connection.close()


@dataclass(slots=True)
class _Use:
    """A savepoint for the time in which somebody holds the connection."""

    name: str
    is_begun: bool = False
    """Whether a unit of work has begun in it and not ended."""
    before: dict[str, str] = field(default_factory=dict)
    """The settings that its transaction made, as they were."""


class _SandboxConnection(PooledConnection):
    """The connection of a sandbox: its transactions are savepoints."""

    uses: list[_Use]
    """The innermost one last."""

    async def take(self) -> None:
        """Begin a use, possibly within another one."""
        use = _Use(f"sandbox_{len(self.uses) + 1}")
        await self.command(f"SAVEPOINT {use.name}")
        self.uses.append(use)

    async def begin(self, options: TransactionOptions) -> None:
        use = self.uses[-1]
        if options.read_only:
            await self.command("SET TRANSACTION READ ONLY")
        for name, value in options.local_settings().items():
            cursor = await self.execute("SELECT pg_catalog.current_setting(%s, true)", [name])
            use.before[name] = (await cursor.fetchone() or ("",))[0] or ""
            await self.execute("SELECT pg_catalog.set_config(%s, %s, true)", [name, value])
        use.is_begun = True

    async def commit_tag(self, limit_s: float | None = None) -> bytes | None:
        del limit_s
        use = self.uses[-1]
        if self.pgconn.transaction_status == pq.TransactionStatus.INERROR:
            await self.undo()
            return b"ROLLBACK"
        try:
            await self.command(_FIRED_AT_ONCE)
            await self.command(_AS_DECLARED)
        except psycopg.Error:
            await self.undo()
            raise
        for name, value in use.before.items():
            await self.execute("SELECT pg_catalog.set_config(%s, %s, true)", [name, value])
        use.is_begun = False
        return b"COMMIT"

    async def undo(self) -> None:
        use = self.uses[-1]
        await self.command(f"ROLLBACK TO {use.name}")
        use.is_begun = False
        use.before.clear()

    async def come_to_rest(self, reset: Reset) -> None:
        use = self.uses[-1]
        try:
            if use.is_begun or self.pgconn.transaction_status == pq.TransactionStatus.INERROR:
                await self.undo()
            await self.command(f"RELEASE {use.name}")
            if reset is Reset.ALWAYS or (self.dirty and reset is Reset.DIRTY):
                await self.command(f"RESET SESSION AUTHORIZATION; RESET ALL; {_NEVER_IDLE}")
                self.dirty = False
        except BaseException as error:
            await self.close()
            if not isinstance(error, psycopg.Error):
                raise
        finally:
            self.uses.pop()


class _SandboxPool:
    """Lends the one connection to one task after the other."""

    def __init__(self, connection: _SandboxConnection, max_size: int) -> None:
        self.max_size = max_size
        self._connection = connection
        self._lock = tasks.Lock()
        self._owner: object = None
        self._depth = 0

    async def getconn(self, timeout: float | None = None) -> PooledConnection:
        owner = tasks.current()
        if self._owner is not owner:
            if not await tasks.lock_within(self._lock, _PATIENCE_S if timeout is None else timeout):
                message = "the sandbox serves one task at a time"
                raise PoolTimeout(message)
            self._owner = owner
        self._depth += 1
        try:
            await self._connection.take()
        except BaseException as error:
            self._give_back()
            if isinstance(error, psycopg.Error):
                raise translate(error, op="sandbox") from error
            raise
        return self._connection

    async def putconn(self, connection: PooledConnection, /) -> None:
        del connection
        self._give_back()

    def _give_back(self) -> None:
        self._depth -= 1
        if self._depth == 0:
            self._owner = None
            self._lock.release()

    def get_stats(self) -> dict[str, int]:
        return {"pool_size": 1, "pool_available": 1}

    async def drain(self) -> None:
        """Nothing to replace."""

    async def close(self, timeout: float = _PATIENCE_S) -> None:
        """Leave it to the sandbox."""

    async def check(self) -> None:
        """Check all deferred constraints."""
        try:
            await self._connection.command(_FIRED_AT_ONCE)
        except psycopg.Error as error:
            raise translate(error, op="end the sandbox") from error

    async def wait_until_free(self) -> None:
        """Wait a while for the task that holds the connection."""
        await tasks.lock_within(self._lock, _PATIENCE_S)

"""What can be done in a running transaction, and how does it end in a known outcome?"""

from __future__ import annotations

import logging
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg import pq

from whimbrel.persistence import tasks
from whimbrel.persistence.errors import (
    CommitOutcomeUnknown,
    ConnectionLost,
    DBError,
    HandleClosed,
    Outcome,
    PreparedStatementLost,
    StalePlan,
    TransactionAborted,
    TransactionRolledBack,
    TransactionStateError,
    WrongTask,
    translate,
)
from whimbrel.persistence.events import Began, Ended, HookFailed
from whimbrel.persistence.pool import PooledConnection
from whimbrel.persistence.querier import Querier, run_on, translated

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from whimbrel.persistence.options import TransactionOptions
    from whimbrel.persistence.pool import Connections
    from whimbrel.persistence.statement import Statement

    Hook = Callable[[], Awaitable[object]]

_LOG = logging.getLogger("whimbrel.persistence")
_END_S = 5.0
"""How long the end of a transaction may take once its task is cancelled; then its connection is closed."""
_RESOLVE_S = 10.0
_COMMIT_S = 60.0
"""How long COMMIT may take where the pool has no time-out for statements."""

R = TypeVar("R")


class Receipt:
    """What became of a unit of work, also where its call was cancelled: `outcome`, `xid`, `attempts`.

    `outcome` is None until the unit has ended. `xid` is the transaction's id where `resolve` asked for it and
    something was written.
    """

    def __init__(self) -> None:
        self.outcome: Outcome | None = None
        self.xid: int | None = None
        self.attempts = 0


class Transaction(Querier):
    """A running transaction, used by the task that began it; it dies with its scope."""

    def __init__(
        self,
        database: Connections,
        connection: PooledConnection,
        name: str,
        options: TransactionOptions,
        receipt: Receipt,
    ) -> None:
        self.database = database
        self.name = name
        self.options = options
        self.receipt = receipt
        receipt.outcome = receipt.xid = None
        self.closed = False
        self.first_error: BaseException | None = None
        """Why it can only be rolled back, if so: a statement that failed, or a unit that joined it and failed."""
        self.deadline: tasks.Deadline | None = None
        self._connection = connection
        self._owners = [tasks.current()]
        self._busy = ""
        self._statements = 0
        self._ops: list[str] = []
        self._hooks: tuple[list[Hook], list[Hook], list[Hook]] = ([], [], [])
        self._savepoints = 0
        self._began = time.monotonic()

    def is_mine(self) -> bool:
        """Whether the task that asks may use it."""
        return tasks.current() in self._owners

    def wrong_task(self) -> WrongTask:
        """Return the error for a task that may not."""
        owner, user = (f"{tasks.HERE} {tasks.name_of(one)}" for one in (self._owners[0], tasks.current()))
        return WrongTask(self.name, owner=owner, user=user)

    def require_transaction(self, op: str) -> None:
        """Return: this is one."""

    def before_commit(self, hook: Hook) -> None:
        """Call `hook` in the transaction before it commits; what it raises rolls back."""
        self._hooks[0].append(hook)

    def after_commit(self, hook: Hook) -> None:
        """Call `hook` when the commit is known; what it raises is logged and told to observers, no more."""
        self._hooks[1].append(hook)

    def after_rollback(self, hook: Hook) -> None:
        """Call `hook` when the rollback is known; what it raises is logged and told to observers, no more."""
        self._hooks[2].append(hook)

    async def run(self, statement: Statement[R], bound: dict[str, Any]) -> tuple[list[R], int]:
        """Run a statement; raises HandleClosed after the end and WrongTask in another task."""
        self._enter(statement.name)
        try:
            try:
                result = await run_on(self._connection, statement, bound, self.database, self.name)
            except (StalePlan, PreparedStatementLost) as stale:
                if self._statements or self._savepoints:
                    raise
                await self._begin_again(stale)
                result = await run_on(self._connection, statement, bound, self.database, self.name)
            if self._connection.pgconn.transaction_status == pq.TransactionStatus.IDLE:
                reason = "it ended the transaction of the unit of work"
                raise TransactionStateError(statement.name, reason, outcome=Outcome.UNKNOWN)
        except BaseException as error:
            self._note(error)
            raise
        finally:
            self._busy = ""
            self._statements += 1
        return result

    @asynccontextmanager
    async def connection(self, op: str) -> AsyncIterator[PooledConnection]:
        """Lend the driver's connection for what the toolkit has no method for (COPY, pipelines); not to be kept."""
        self._enter(op)
        self._connection.dirty = True
        began = time.monotonic()
        try:
            yield self._connection
        except psycopg.Error as error:
            failed = translated(error, op, self.database, began, committing=False)
            self._note(failed)
            raise failed from error
        except BaseException as error:
            self._note(error)
            raise
        finally:
            self._busy = ""
            self._statements += 1

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[Transaction]:
        """Undo only what the body did if it fails; hooks that were added in it are dropped then."""
        self._enter("savepoint")
        self._savepoints += 1
        name = f"whimbrel_{self._savepoints}"
        hooks = [len(kind) for kind in self._hooks]
        try:
            await self.command(f"SAVEPOINT {name}")
        except BaseException as error:
            self._note(error)
            raise
        finally:
            self._busy = ""
        try:
            yield self
        except BaseException:
            await self._undo_to(name, hooks)
            raise
        failed = self.first_error
        if failed is not None:
            await self._undo_to(name, hooks)
            raise TransactionRolledBack(self.name, failed)
        await self.command(f"RELEASE {name}")

    async def _undo_to(self, savepoint: str, hooks: list[int]) -> None:
        """Roll back to a savepoint and end it; where that cannot be had in time the connection is closed."""
        for kind, length in zip(self._hooks, hooks, strict=True):
            del kind[length:]
        if self._is_lost():
            return
        try:
            _, cancelled = await tasks.to_its_end(
                lambda: self._connection.command(f"ROLLBACK TO {savepoint}; RELEASE {savepoint}"), _END_S
            )
        except BaseException as error:
            await self._connection.close()
            self._note(error)
            if isinstance(error, (psycopg.Error, TimeoutError)):
                return
            raise
        self.first_error = None
        if cancelled is not None:
            raise cancelled

    def admit(self, owner: object) -> None:
        """Let a task use it too; `share` does so for the time of a block."""
        self._owners.append(owner)

    def dismiss(self, owner: object) -> None:
        """End what `admit` began."""
        self._owners.remove(owner)

    def share(self) -> Share:
        """Let another task use this transaction: `async with share as tx:` in it, one task at a time."""
        return Share(self)

    async def begin(self) -> None:
        """Begin it on the server."""
        try:
            await self._connection.begin(self.options)
        except psycopg.Error as error:
            raise translate(error, op=f"{self.name}: begin") from error
        self.database.tell(Began(self.name))

    async def command(self, sql: str) -> str:
        """Send one message of ours; return the first value of its last result, if any.

        Raises:
            DBError: the server refused it.
        """
        try:
            result = await self._connection.command(sql)
        except psycopg.Error as error:
            raise translate(error, op=f"{self.name}: {sql.split(' ', maxsplit=1)[0].lower()}") from error
        value = result.get_value(0, 0) if result.ntuples else None
        return value.decode() if value else ""

    async def commit(self, *, resolve: bool) -> None:
        """Commit; return where it is known that the server did.

        Raises:
            TransactionRolledBack: a statement had failed, so that there was nothing to commit.
            CommitOutcomeUnknown: the connection was lost in COMMIT and nothing tells what became of it.
            DBError: the server refused; it is rolled back.
        """
        await self._check()
        for hook in tuple(self._hooks[0]):
            await hook()
        await self._check()
        if self.deadline is not None:
            self.deadline.lift()
        if resolve:
            xid = await self.command("SELECT pg_catalog.pg_current_xact_id_if_assigned()")
            self.receipt.xid = int(xid) if xid else None
        bound_s = (self.database.settings.statement_timeout_s or _COMMIT_S) + 2 * _RESOLVE_S
        try:
            _, cancelled = await tasks.to_its_end(self._commit, bound_s, 2 * _RESOLVE_S)
        except TimeoutError as error:
            raise CommitOutcomeUnknown(self.name, xid=self.receipt.xid) from error
        if cancelled is not None:
            cancelled.add_note(f"the unit of work {self.name} was committed before")
            raise cancelled

    async def _check(self) -> None:
        if self.first_error is not None:
            failed = self.first_error
            await self.roll_back()
            raise TransactionRolledBack(self.name, failed)

    async def _commit(self) -> None:
        """Send COMMIT; set the receipt's outcome before anything is raised."""
        receipt = self.receipt
        try:
            self._connection.pgconn.consume_input()
            self._connection.pgconn.consume_input()  # the first finds the server's last words, this one its end
        except psycopg.Error as error:  # it was lost before COMMIT was sent
            receipt.outcome = Outcome.ROLLED_BACK
            raise translate(error, op=self.name) from error
        receipt.outcome = Outcome.UNKNOWN
        left_s = None if self.deadline is None else self.deadline.left_s()
        try:
            tag = await self._connection.commit_tag(left_s)
        except psycopg.Error as error:
            timed_out = self.deadline is not None and self.deadline.left_s() == 0.0
            failed = translate(error, op=self.name, committing=True, timed_out=timed_out)
            if failed.outcome is Outcome.ROLLED_BACK and (isinstance(failed, ConnectionLost) or not self._is_lost()):
                receipt.outcome = Outcome.ROLLED_BACK
                raise failed from error
            await self._resolve(failed)
        except BaseException:
            await self._connection.close()
            raise
        else:
            if tag == b"ROLLBACK":  # no driver says so
                receipt.outcome = Outcome.ROLLED_BACK
                raise TransactionRolledBack(self.name, self.first_error)
            receipt.outcome = Outcome.COMMITTED

    async def _resolve(self, lost: DBError) -> None:
        """Ask the server what became of the transaction; valid on the same primary only."""
        xid = self.receipt.xid
        if xid is None:
            raise CommitOutcomeUnknown(self.name, xid=None) from lost
        status: object = None
        end = time.monotonic() + _RESOLVE_S
        await self._connection.close()
        while time.monotonic() < end:
            # Not from the pool: all of its connections may be held by those who want to know the same.
            try:
                other = await self.database.connect_apart(f"{self.name}: outcome", PooledConnection)
                try:
                    cursor = await other.execute("SELECT pg_catalog.pg_xact_status(%s::text::xid8)", [str(xid)])
                    status = (await cursor.fetchone() or (None,))[0]
                finally:
                    await other.close()
            except (DBError, psycopg.Error):
                status = "in progress"
            if status != "in progress":
                break
            await tasks.sleep(0.05)
        if status == "committed":
            self.receipt.outcome = Outcome.COMMITTED
            return
        if status == "aborted":
            self.receipt.outcome = Outcome.ROLLED_BACK
            raise TransactionRolledBack(self.name, lost)
        raise CommitOutcomeUnknown(self.name, xid=xid) from lost

    async def roll_back(self) -> None:
        """Roll back; where that cannot be had in time the connection is closed, which does the same."""
        if self.receipt.outcome is None:
            self.receipt.outcome = Outcome.ROLLED_BACK
        if self._is_lost() or self._connection.pgconn.transaction_status == pq.TransactionStatus.IDLE:
            return
        try:
            _, cancelled = await tasks.to_its_end(self._connection.undo, _END_S)
        except BaseException as error:
            await self._connection.close()
            if isinstance(error, (psycopg.Error, TimeoutError)):
                return
            raise
        if cancelled is not None:
            raise cancelled

    async def finish(self) -> None:
        """Run the hooks for the outcome."""
        outcome = self.receipt.outcome or Outcome.ROLLED_BACK
        self.database.tell(Ended(self.name, outcome, time.monotonic() - self._began, tuple(self._ops)))
        kind = {Outcome.COMMITTED: 1, Outcome.ROLLED_BACK: 2}.get(outcome)
        for hook in self._hooks[kind] if kind else ():
            try:
                await hook()
            except Exception as error:  # noqa: BLE001 - whatever it is, the outcome is what it is
                _LOG.exception("a hook after the end of %s failed", self.name)
                self.database.tell(HookFailed(self.name, error))

    def bound_by(self, deadline: tasks.Deadline) -> None:
        """Let `deadline`, that of a unit which joined, end the statement that runs."""
        deadline.watch(self._connection)

    async def _begin_again(self, stale: DBError) -> None:
        """Begin the transaction anew on a connection whose plans are healed: nothing was done in it yet."""
        try:
            await self._connection.undo()
            await self.database.plans_are_stale(self._connection, stale.op)
            await self._connection.begin(self.options)
        except psycopg.Error as error:
            raise translate(error, op=f"{self.name}: begin") from error

    def _note(self, error: BaseException) -> None:
        """Remember why it can only be rolled back; an error of ours that the server never saw is no reason."""
        if self.first_error is None and self._connection.pgconn.transaction_status != pq.TransactionStatus.INTRANS:
            self.first_error = error

    def _is_lost(self) -> bool:
        return self._connection.closed or self._connection.broken

    def _enter(self, op: str) -> None:
        if self.closed:
            raise HandleClosed(op, f"transaction {self.name}")
        if not self.is_mine():
            raise self.wrong_task()
        if self._busy:
            raise WrongTask(self.name, owner=f"the running {self._busy}", user=op)
        if self.first_error is not None:
            raise TransactionAborted(op, "an earlier statement of the transaction failed") from self.first_error
        self._busy = op
        self._ops.append(op)
        if self.deadline is not None:
            self.deadline.watch(self._connection)


class Share:
    """Another task's way into a transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._before: list[object] = []

    async def __aenter__(self) -> Transaction:
        if self._transaction.closed:
            raise HandleClosed(self._transaction.name, f"transaction {self._transaction.name}")
        self._transaction.admit(tasks.current())
        self._before.append(self._transaction.database.ambient.get())
        self._transaction.database.ambient.set(self._transaction)
        return self._transaction

    async def __aexit__(self, *_: object) -> None:
        self._transaction.dismiss(tasks.current())
        self._transaction.database.ambient.set(self._before.pop())


def running(database: Connections) -> Transaction | None:
    """Return the transaction that the running task is in, None where there is none.

    Raises:
        WrongTask: it belongs to the task that began this one, and still runs.
    """
    transaction = database.ambient.get()
    if not isinstance(transaction, Transaction) or transaction.closed:
        return None
    if not transaction.is_mine():
        raise transaction.wrong_task()
    return transaction

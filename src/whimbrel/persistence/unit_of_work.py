"""How do several statements become one change? A function is run in a transaction, again where that helps."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar, cast

from whimbrel.persistence import tasks
from whimbrel.persistence.errors import (
    DBError,
    IncompatibleJoin,
    Outcome,
    PoolExhausted,
    PreparedStatementLost,
    Retry,
    StalePlan,
    TransactionAborted,
    TransactionNotAllowed,
    TransactionRequired,
    UnitTimeout,
)
from whimbrel.persistence.events import Retried
from whimbrel.persistence.options import Isolation, Propagation, RetryPolicy, TransactionOptions
from whimbrel.persistence.querier import PoolQuerier
from whimbrel.persistence.transaction import Receipt, Transaction, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from whimbrel.persistence.pool import Connections, PooledConnection


T = TypeVar("T")


class UnitOfWork:
    """Runs functions in transactions: commit on normal return, rollback on any exception."""

    def __init__(self, database: Connections) -> None:
        self.database = database

    async def execute(  # noqa: PLR0913 - each is a fact of its own
        self,
        fn: Callable[[Transaction], Awaitable[T]],
        *,
        isolation: Isolation | None = None,
        read_only: bool = False,
        deferrable: bool = False,
        propagation: Propagation = Propagation.REQUIRED,
        retry: RetryPolicy | None = None,
        timeout_s: float | None = None,
        lock_timeout_s: float | None = None,
        settings: Mapping[str, str] | None = None,
        resolve: bool = False,
        name: str = "",
        receipt: Receipt | None = None,
    ) -> T:
        """Call `fn` with a transaction and return what it returns.

        `retry` declares that `fn` may be run again as a whole, which it is after 40001, 40P01, a lost connection before
        COMMIT, and once for plans that a migration made stale. `timeout_s` covers all of it, waiting for a connection
        included. `settings` hold for the transaction only. With `resolve` the outcome of a COMMIT whose answer is lost
        is asked of the server, for one more round trip. `receipt` is filled in, also where the call is cancelled.

        Raises:
            DBError: the last attempt's error; `outcome` says whether anything was written.
            TransactionRolledBack: a statement had failed and the function went on as if not.
            CommitOutcomeUnknown: the connection was lost in COMMIT.
            UnitTimeout: `timeout_s` is over.
            IncompatibleJoin: it joins a transaction that does not give what it asks for.
        """
        options = TransactionOptions(
            isolation, read_only, deferrable, lock_timeout_s=lock_timeout_s, settings=dict(settings or {})
        )
        name = name or getattr(fn, "__qualname__", "unit of work").replace("<locals>.", "")
        receipt = receipt or Receipt()
        outer = running(self.database)
        if propagation is Propagation.MANDATORY and outer is None:
            raise TransactionRequired(name)
        if propagation is Propagation.NEVER and outer is not None:
            raise TransactionNotAllowed(name)
        if propagation is Propagation.NEVER:
            # What both have is a Querier's; the rest of a Transaction has no meaning without one.
            return await fn(cast("Transaction", PoolQuerier(self.database)))
        joins = outer is not None and propagation is not Propagation.REQUIRES_NEW
        if not joins:
            self._check_settings(options, name)
        deadline = tasks.Deadline(timeout_s)
        try:
            async with deadline.bounding():
                if outer is not None and joins:
                    outer.bound_by(deadline)
                    return await self._inside(outer, fn, propagation, options, name)
                return await self._attempts(fn, options, retry, deadline, resolve, name, receipt)
        except (TimeoutError, PoolExhausted) as error:
            if timeout_s is None or not deadline.is_over:
                raise
            outcome = None if joins else receipt.outcome or Outcome.NOT_STARTED
            raise UnitTimeout(name, timeout_s=timeout_s, outcome=outcome) from error

    @asynccontextmanager
    async def begin(
        self,
        *,
        isolation: Isolation | None = None,
        read_only: bool = False,
        deferrable: bool = False,
        lock_timeout_s: float | None = None,
        settings: Mapping[str, str] | None = None,
        resolve: bool = False,
        name: str = "unit of work",
        receipt: Receipt | None = None,
    ) -> AsyncIterator[Transaction]:
        """Run the body in a transaction, as `execute` does a function, without retries.

        In a running unit of work it joins that one. Raises as `execute` does.
        """
        options = TransactionOptions(
            isolation, read_only, deferrable, lock_timeout_s=lock_timeout_s, settings=dict(settings or {})
        )
        outer = running(self.database)
        if outer is not None:
            async with _joined(outer, options, name):
                yield outer
            return
        self._check_settings(options, name)
        async with self._transaction(options, tasks.Deadline(None), resolve, name, receipt or Receipt()) as transaction:
            yield transaction

    @asynccontextmanager
    async def apart(self, name: str) -> AsyncIterator[Transaction]:
        """Run the body in a transaction of its own that `database.querier()` does not return: for one operation."""
        options = TransactionOptions()
        self._check_settings(options, name)
        deadline = tasks.Deadline(None)
        async with self._transaction(
            options, deadline, resolve=False, name=name, receipt=Receipt(), ambient=False
        ) as transaction:
            yield transaction

    async def _attempts(
        self,
        fn: Callable[[Transaction], Awaitable[T]],
        options: TransactionOptions,
        retry: RetryPolicy | None,
        deadline: tasks.Deadline,
        resolve: bool,
        name: str,
        receipt: Receipt,
    ) -> T:
        began = time.monotonic()
        healed = False
        receipt.attempts = 0
        while True:
            receipt.attempts += 1
            try:
                async with self._transaction(options, deadline, resolve, name, receipt) as transaction:
                    return await fn(transaction)
            except DBError as error:
                error.attempt = receipt.attempts
                if retry is None or receipt.outcome in {Outcome.COMMITTED, Outcome.UNKNOWN}:
                    raise
                cause = error.__cause__ if isinstance(error, TransactionAborted) else error
                reason = cause if isinstance(cause, DBError) else error
                delay = retry.delay_s(receipt.attempts)
                if reason.retryable is Retry.STATEMENT and not healed:
                    healed = True
                    delay = 0.0
                elif (
                    reason.retryable not in {Retry.UNIT, Retry.RECONNECT, Retry.STATEMENT}
                    or receipt.attempts >= retry.attempts
                    or time.monotonic() + delay - began > retry.budget_s
                ):
                    raise
                self.database.tell(Retried(name, receipt.attempts, delay, reason))
            deadline.resume()
            await tasks.sleep(delay)

    @asynccontextmanager
    async def _transaction(
        self,
        options: TransactionOptions,
        deadline: tasks.Deadline,
        resolve: bool,
        name: str,
        receipt: Receipt,
        *,
        ambient: bool = True,
    ) -> AsyncIterator[Transaction]:
        database = self.database
        left_s = deadline.left_s()
        patience_s = database.settings.acquire_timeout_s
        connection = await database.acquire(name, patience_s if left_s is None else min(left_s, patience_s))
        outer = database.ambient.get()
        transaction = Transaction(database, connection, name, options, receipt)
        transaction.deadline = deadline
        try:
            try:
                deadline.watch(connection)
                await transaction.begin()
                if ambient:
                    database.ambient.set(transaction)
                yield transaction
                await transaction.commit(resolve=resolve)
            except BaseException as error:
                if receipt.outcome is None:
                    await transaction.roll_back()
                await self._heal(transaction, connection, error)
                raise
            finally:
                if ambient:
                    database.ambient.set(outer)
                transaction.closed = True
                deadline.watch(None)
                await database.release(connection)
        finally:
            await transaction.finish()

    async def _heal(self, transaction: Transaction, connection: PooledConnection, error: BaseException) -> None:
        stale = transaction.first_error if isinstance(transaction.first_error, DBError) else error
        if isinstance(stale, StalePlan | PreparedStatementLost) and not connection.closed:
            try:
                await self.database.plans_are_stale(connection, stale.op)
            except DBError:
                await connection.close()

    async def _inside(
        self,
        outer: Transaction,
        fn: Callable[[Transaction], Awaitable[T]],
        propagation: Propagation,
        options: TransactionOptions,
        name: str,
    ) -> T:
        if propagation is Propagation.NESTED:
            misfit = options.fits_into(outer.options)
            if misfit is not None:
                raise IncompatibleJoin(name, option=misfit.option, asked=misfit.asked, has=misfit.has)
            async with outer.savepoint():
                return await fn(outer)
        async with _joined(outer, options, name):
            return await fn(outer)

    def _check_settings(self, options: TransactionOptions, name: str) -> None:
        needed = self.database.settings.required_settings
        missing = tuple(setting for setting in needed if setting not in options.settings)
        if missing:
            raise TransactionRequired(name, f"it must set {', '.join(missing)}")


@asynccontextmanager
async def _joined(outer: Transaction, options: TransactionOptions, name: str) -> AsyncIterator[None]:
    """Join a transaction; where the joining unit fails the whole is rolled back, whoever swallows the error."""
    misfit = options.fits_into(outer.options)
    if misfit is not None:
        raise IncompatibleJoin(name, option=misfit.option, asked=misfit.asked, has=misfit.has)
    try:
        yield
    except BaseException as error:
        if outer.first_error is None:
            outer.first_error = error
        raise

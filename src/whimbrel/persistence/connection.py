"""What does a service open? A database: its pool, and the transaction that the running task is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.persistence.pool import Connections
from whimbrel.persistence.querier import PoolQuerier
from whimbrel.persistence.transaction import running

if TYPE_CHECKING:
    from whimbrel.persistence.querier import Querier
    from whimbrel.persistence.transaction import Transaction


class Database(Connections):
    """A pool of connections to one database. Used by all tasks of one event loop; `open` makes it."""

    def querier(self) -> Querier:
        """Return the running transaction of this task, else the pool.

        Raises:
            WrongTask: the task was begun inside another's unit of work, which still runs; see `Transaction.share`.
        """
        return running(self) or PoolQuerier(self)

    def current(self) -> Transaction | None:
        """Return the running transaction of this task, None where there is none; raises as `querier` does."""
        return running(self)

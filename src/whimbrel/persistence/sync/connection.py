# Written by tools/generate_sync.py from connection.py: change that one.
"""What does a service open? A database: its pool, and the transaction that the running thread is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.persistence.sync.pool import Connections
from whimbrel.persistence.sync.querier import PoolQuerier
from whimbrel.persistence.sync.transaction import running

if TYPE_CHECKING:
    from whimbrel.persistence.sync.querier import Querier
    from whimbrel.persistence.sync.transaction import Transaction


class Database(Connections):
    """A pool of connections to one database. Used by all threads of one process; `open` makes it."""

    def querier(self) -> Querier:
        """Return the running transaction of this task, else the pool.

        Raises:
            WrongTask: the thread was begun inside another's unit of work, which still runs; see `Transaction.share`.
        """
        return running(self) or PoolQuerier(self)

    def current(self) -> Transaction | None:
        """Return the running transaction of this task, None where there is none; raises as `querier` does."""
        return running(self)

# Written by tools/generate_sync.py from repository.py: change that one.
"""What do repositories on PostgreSQL have in common? A querier, and a map from constraints to the domain's errors."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from whimbrel.persistence.errors import ConstraintMap, DBError
from whimbrel.persistence.sync.querier import Querier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.persistence.sync.connection import Database


class PostgresRepository:
    """Base of repositories. On a database, statements run on the thread's transaction, else on the pool.

    On a transaction they run there, and nowhere once it has ended. `constraints` says which error of the domain each
    constraint means.
    """

    constraints: ConstraintMap = ConstraintMap({})

    def __init__(self, where: Database | Querier) -> None:
        self._where = where

    @property
    def querier(self) -> Querier:
        """What the repository was made on: a transaction; or a database's, of this task, else its pool."""
        return self._where if isinstance(self._where, Querier) else self._where.querier()

    def locking(self, op: str) -> Querier:
        """Return the running transaction: a row that is locked outside of one is free again at once.

        Raises:
            TransactionRequired: there is none.
        """
        querier = self.querier
        querier.require_transaction(op)
        return querier

    @contextmanager
    def translated(self, more: ConstraintMap | None = None) -> Iterator[None]:
        """Turn violations of the constraints in `more` and `constraints` into the domain's errors."""
        try:
            yield
        except DBError as error:
            if more is not None:
                more.raise_for(error)
            self.constraints.raise_for(error)
            raise

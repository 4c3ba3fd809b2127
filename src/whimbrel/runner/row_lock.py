"""How does golang-migrate's pgx 4 driver lock with a row (`x-lock-strategy=table`), and how do we wait for it?"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from whimbrel.errors import LockNotAcquired
from whimbrel.postgres.advisory_lock import lock_id
from whimbrel.postgres.connection import identifier

if TYPE_CHECKING:
    from whimbrel.ledger.version_table import Place
    from whimbrel.postgres.connection import Session

_PAUSE_S = 0.1


def take_row(session: Session, place: Place, timeout_s: float) -> None:
    """Insert the lock's row; while another run's row is there, try again for `timeout_s` seconds.

    A run that was killed leaves its row for ever: the error says how to take it away.

    Raises:
        LockNotAcquired: the row was there all the time.
    """
    table, number = _lock(session, place)
    session.rows(f"CREATE TABLE IF NOT EXISTS {table} (lock_id BIGINT NOT NULL PRIMARY KEY)")
    end = time.monotonic() + timeout_s
    insert = f"INSERT INTO {table} (lock_id) VALUES ({number}) ON CONFLICT DO NOTHING RETURNING 1"
    while not session.rows(insert):
        left = end - time.monotonic()
        if left <= 0:
            holder = f"a row of {table}; if no run is alive: DELETE FROM {table} WHERE lock_id = {number}"
            raise LockNotAcquired(timeout_s, holder)
        time.sleep(min(_PAUSE_S, left))


def release_row(session: Session, place: Place) -> None:
    """Delete the lock's row."""
    table, number = _lock(session, place)
    session.rows(f"DELETE FROM {table} WHERE lock_id = {number}")


def _lock(session: Session, place: Place) -> tuple[str, int]:
    """Return the lock table and the number, which hashes the URL's path alone."""
    table = f"{identifier(place.schema)}.{identifier(session.target.parameters.table_lock)}"
    return table, lock_id("", "", session.target.path or place.database)

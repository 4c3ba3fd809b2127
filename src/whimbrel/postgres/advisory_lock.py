"""Which advisory locks keep other runs away, and how are they taken without ever blocking in the server?"""

from __future__ import annotations

import time
import zlib
from typing import TYPE_CHECKING

from whimbrel.errors import LockNotAcquired

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from whimbrel.postgres.connection import Session

_SALT = 1486364155
_FIRST_PAUSE_S = 0.01
_LONGEST_PAUSE_S = 0.25


def lock_id(schema: str, table: str, database: str) -> int:
    """Return golang-migrate's lock number (4.15 and later) for a version table.

    Its command line hashes the URL's path, slash included, as the database (`/app`); its library without a name
    hashes `app`.
    """
    text = "\0".join([schema, table, database]) if table else database
    return zlib.crc32(text.encode(errors="surrogateescape")) * _SALT & 0xFFFFFFFF


def lock_ids(schema: str, table: str, database: str, path: str) -> tuple[int, ...]:
    """Return all numbers that golang-migrate may lock for this table, in the order in which every run takes them."""
    names = {database, f"/{database}", path or database}
    return tuple(sorted({lock_id(schema, table, name) for name in names}))


def take(
    session: Session,
    ids: Iterable[int],
    timeout_s: float,
    on_wait: Callable[[str], None],
    give_up: Callable[[], object] = lambda: False,
) -> None:
    """Take all locks within `timeout_s` seconds by trying again and again.

    A statement that blocks in pg_advisory_lock holds a snapshot, for which CREATE INDEX CONCURRENTLY of the other run
    would wait: a deadlock (measured on 13 to 18). `on_wait` is told once who holds them; the wait ends early once
    `give_up` says so.

    Raises:
        LockNotAcquired: another run held one all the time.
    """
    numbers = tuple(ids)
    attempt = "CASE" + "".join(
        f" WHEN NOT pg_catalog.pg_try_advisory_lock({n}) THEN {i}" for i, n in enumerate(numbers)
    )
    attempt = f"SELECT {attempt} ELSE -1 END"
    began = time.monotonic()
    pause = _FIRST_PAUSE_S
    told = False
    while True:
        blocked = int(session.rows(attempt)[0][0] or 0)
        if blocked < 0:
            return
        release(session, numbers[:blocked])
        waited = time.monotonic() - began
        if waited >= timeout_s or give_up():
            raise LockNotAcquired(timeout_s if waited >= timeout_s else round(waited, 1), holders(session, numbers))
        if not told:
            told = True
            on_wait(holders(session, numbers))
        time.sleep(min(pause, timeout_s - waited))
        pause = min(pause * 1.5, _LONGEST_PAUSE_S)


def release(session: Session, ids: Iterable[int]) -> None:
    """Give locks up."""
    numbers = tuple(ids)
    if numbers:
        session.rows("SELECT " + ", ".join(f"pg_catalog.pg_advisory_unlock({n})" for n in numbers))


def held_sql(ids: Iterable[int]) -> str:
    """Return a scalar subquery that counts how many of the locks this session holds."""
    listed = ", ".join(str(n) for n in ids)
    return (
        "(SELECT pg_catalog.count(*) FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND objsubid = 1"
        f" AND classid = 0 AND pid = pg_catalog.pg_backend_pid() AND granted AND objid IN ({listed}))"
    )


def holders(session: Session, ids: Iterable[int]) -> str:
    """Say which sessions hold or wait for the locks: process, application, client; empty where nobody does."""
    listed = ", ".join(str(n) for n in ids)
    found = session.rows(
        "SELECT DISTINCT l.pid, a.application_name, a.client_addr FROM pg_catalog.pg_locks l"
        " LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid"
        " WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.classid = 0 AND l.pid <> pg_catalog.pg_backend_pid()"
        f" AND l.objid IN ({listed}) AND l.database = (SELECT oid FROM pg_catalog.pg_database"
        " WHERE datname = pg_catalog.current_database()) ORDER BY 1"
    )
    return ", ".join(
        f"server process {pid}" + (f" ({name})" if name else "") + (f" from {client}" if client else "")
        for pid, name, client in found
    )

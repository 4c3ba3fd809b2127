"""Which table-level locks does PostgreSQL know, and which of them stop readers and writers?"""

from __future__ import annotations

from enum import IntEnum


class LockMode(IntEnum):
    """PostgreSQL's eight lock modes of relations, weakest first; the numbers are the server's own."""

    ACCESS_SHARE = 1
    ROW_SHARE = 2
    ROW_EXCLUSIVE = 3
    SHARE_UPDATE_EXCLUSIVE = 4
    SHARE = 5
    SHARE_ROW_EXCLUSIVE = 6
    EXCLUSIVE = 7
    ACCESS_EXCLUSIVE = 8

    @property
    def label(self) -> str:
        """The mode as people write it: `SHARE ROW EXCLUSIVE`."""
        return self.name.replace("_", " ")

    @property
    def catalog_name(self) -> str:
        """The mode as in `pg_locks.mode`: `ShareRowExclusiveLock`."""
        return self.name.title().replace("_", "") + "Lock"

    @property
    def blocks_reads(self) -> bool:
        """Whether a plain SELECT waits for it."""
        return self is LockMode.ACCESS_EXCLUSIVE

    @property
    def blocks_writes(self) -> bool:
        """Whether INSERT, UPDATE and DELETE wait for it."""
        return self >= LockMode.SHARE

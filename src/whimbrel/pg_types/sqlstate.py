"""Which of PostgreSQL's error codes do we act on?"""

from __future__ import annotations

from enum import StrEnum


class SqlState(StrEnum):
    """SQLSTATEs by their names in PostgreSQL's errcodes.txt."""

    ACTIVE_SQL_TRANSACTION = "25001"
    DEADLOCK_DETECTED = "40P01"
    DISK_FULL = "53100"
    DIVISION_BY_ZERO = "22012"
    IDLE_IN_TRANSACTION_SESSION_TIMEOUT = "25P03"
    INSUFFICIENT_PRIVILEGE = "42501"
    INVALID_CATALOG_NAME = "3D000"
    INVALID_SQL_STATEMENT_NAME = "26000"
    INVALID_TRANSACTION_TERMINATION = "2D000"
    QUERY_CANCELED = "57014"
    READ_ONLY_SQL_TRANSACTION = "25006"
    SYNTAX_ERROR = "42601"
    TRANSACTION_TIMEOUT = "25P04"
    UNDEFINED_TABLE = "42P01"

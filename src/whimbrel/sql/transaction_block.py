"""Does the server refuse a statement inside a transaction block (SQLSTATE 25001, PostgreSQL 13 to 18)?"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from whimbrel.sql.reader import Reader
from whimbrel.sql.value import is_true

if TYPE_CHECKING:
    from whimbrel.sql.statement import Statement


class Refusal(StrEnum):
    """The kinds of statement that refuse a transaction block."""

    CREATE_INDEX_CONCURRENTLY = "CREATE INDEX CONCURRENTLY"
    DROP_INDEX_CONCURRENTLY = "DROP INDEX CONCURRENTLY"
    REINDEX_CONCURRENTLY = "REINDEX CONCURRENTLY"
    REINDEX_MANY = "REINDEX of a schema or database"
    DETACH_CONCURRENTLY = "DETACH PARTITION CONCURRENTLY"
    CREATE_DATABASE = "CREATE DATABASE"
    DROP_DATABASE = "DROP DATABASE"
    ALTER_DATABASE_TABLESPACE = "ALTER DATABASE SET TABLESPACE"
    CREATE_TABLESPACE = "CREATE TABLESPACE"
    DROP_TABLESPACE = "DROP TABLESPACE"
    ALTER_SYSTEM = "ALTER SYSTEM"
    VACUUM = "VACUUM"
    CLUSTER_ALL = "CLUSTER of all tables"
    CREATE_SUBSCRIPTION = "CREATE SUBSCRIPTION"
    ALTER_SUBSCRIPTION = "ALTER SUBSCRIPTION"
    FINISH_PREPARED = "COMMIT or ROLLBACK PREPARED"
    DISCARD_ALL = "DISCARD ALL"


def refuses_transaction_block(statement: Statement) -> Refusal | None:
    """Return the kind of a statement that refuses a transaction block; None for those that take one.

    Decided by the text alone. A change of a subscription's `failover` (17) or `two_phase` (18) is told as refusing,
    though not every one does. What only the catalog tells is taken to work in a block: REINDEX (14) and CLUSTER (15) of
    a partitioned table, DROP SUBSCRIPTION where it has a slot, and CALL.
    """
    simple = _simple(statement.keywords)
    if simple is not None:
        return simple
    match statement.keywords:
        case ("REINDEX", *_):
            return _reindex(Reader(statement.text, skip=1))
        case ("ALTER", "TABLE", *_) if "concurrently" in statement.text.lower():
            return _detach(Reader(statement.text, skip=2))
        case ("CLUSTER", *_):
            return _cluster(Reader(statement.text, skip=1))
        case ("CREATE", "SUBSCRIPTION", *_):
            return _create_subscription(Reader(statement.text, skip=2))
        case ("ALTER", "SUBSCRIPTION", *_):
            return _alter_subscription(Reader(statement.text, skip=2))
        case _:
            return None


def _simple(words: tuple[str, ...]) -> Refusal | None:
    """Return the kind where the first words tell it."""
    match words:
        case ("CREATE", "INDEX", "CONCURRENTLY", *_) | ("CREATE", "UNIQUE", "INDEX", "CONCURRENTLY", *_):
            return Refusal.CREATE_INDEX_CONCURRENTLY
        case ("DROP", "INDEX", "CONCURRENTLY", *_):
            return Refusal.DROP_INDEX_CONCURRENTLY
        case ("CREATE" | "DROP", "DATABASE" | "TABLESPACE", *_):
            return Refusal(f"{words[0]} {words[1]}")
        case ("ALTER", "SYSTEM", *_):
            return Refusal.ALTER_SYSTEM
        case ("ALTER", "DATABASE", _, "SET", "TABLESPACE", following, *_) if following not in {"=", "TO"}:
            return Refusal.ALTER_DATABASE_TABLESPACE
        case ("ALTER", "DATABASE", _, "TABLESPACE", *_) | ("ALTER", "DATABASE", _, "WITH", "TABLESPACE", *_):
            return Refusal.ALTER_DATABASE_TABLESPACE
        case ("VACUUM", *_):
            return Refusal.VACUUM
        case ("COMMIT" | "ROLLBACK", "PREPARED", *_):
            return Refusal.FINISH_PREPARED
        case ("DISCARD", "ALL", *_):
            return Refusal.DISCARD_ALL
        case _:
            return None


def _reindex(reader: Reader) -> Refusal | None:
    option = is_true(reader.options().get("concurrently", "off")) is True
    many = reader.take("SCHEMA") or reader.take("DATABASE") or reader.take("SYSTEM")
    if not many and not reader.take("TABLE"):
        reader.take("INDEX")
    if reader.take("CONCURRENTLY") or option:
        return Refusal.REINDEX_CONCURRENTLY
    return Refusal.REINDEX_MANY if many else None


def _detach(reader: Reader) -> Refusal | None:
    reader.take("IF", "EXISTS")
    reader.relation()
    if not reader.take("DETACH", "PARTITION"):
        return None
    reader.qualified_name()
    return Refusal.DETACH_CONCURRENTLY if reader.take("CONCURRENTLY") else None


def _cluster(reader: Reader) -> Refusal | None:
    reader.arguments()
    reader.take("VERBOSE")
    return Refusal.CLUSTER_ALL if reader.at_end else None


def _create_subscription(reader: Reader) -> Refusal | None:
    """It makes a replication slot unless told not to connect or not to make one."""
    options = _with_options(reader)
    makes_none = any(is_true(options.get(name, "true")) is False for name in ("connect", "create_slot"))
    return None if makes_none else Refusal.CREATE_SUBSCRIPTION


def _alter_subscription(reader: Reader) -> Refusal | None:
    """It refuses where it refreshes what is subscribed to, or changes the slot on the publisher."""
    reader.name()
    refuses = reader.take("REFRESH")
    if reader.take("SET", "PUBLICATION") or reader.take("ADD", "PUBLICATION") or reader.take("DROP", "PUBLICATION"):
        refuses = is_true(_with_options(reader).get("refresh", "true")) is not False
    elif reader.take("SET"):
        refuses = not reader.options().keys().isdisjoint({"failover", "two_phase"})
    return Refusal.ALTER_SUBSCRIPTION if refuses else None


def _with_options(reader: Reader) -> dict[str, str]:
    """Return the options of the WITH (…) at a statement's end."""
    while not reader.at_end:
        if reader.take("WITH"):
            return reader.options()
        reader.next()
    return {}

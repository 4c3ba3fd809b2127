"""Which objects do the statements name that work outside transaction blocks? For looking them up in the catalog."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from whimbrel.sql.reader import Reader
from whimbrel.sql.value import is_true


@dataclass(frozen=True, slots=True)
class CreateIndex:
    """CREATE INDEX, with or without CONCURRENTLY.

    `name` is the identifier, None where the server chooses one; the index goes to the table's schema. `table` is a name
    for to_regclass. `rest` is all after the table as written, without the `;` and comments behind it.
    """

    unique: bool
    if_not_exists: bool
    name: str | None
    table: str
    rest: str


@dataclass(frozen=True, slots=True)
class DropIndex:
    """DROP INDEX, with or without CONCURRENTLY; `names` are for to_regclass."""

    if_exists: bool
    names: tuple[str, ...]
    cascade: bool


class ReindexKind(StrEnum):
    """What REINDEX is told to go over."""

    INDEX = "INDEX"
    TABLE = "TABLE"
    SCHEMA = "SCHEMA"
    DATABASE = "DATABASE"
    SYSTEM = "SYSTEM"


@dataclass(frozen=True, slots=True)
class Reindex:
    """REINDEX; `name` is for to_regclass or to_regnamespace, None for the database at hand (PostgreSQL 16)."""

    kind: ReindexKind
    name: str | None
    concurrently: bool


@dataclass(frozen=True, slots=True)
class Detach:
    """ALTER TABLE `parent` DETACH PARTITION `partition`, both for to_regclass; `finalize` ends an interrupted one."""

    parent: str
    partition: str
    concurrently: bool
    finalize: bool


class ObjectKind(StrEnum):
    """The kinds of object that all databases of a server share."""

    DATABASE = "DATABASE"
    TABLESPACE = "TABLESPACE"
    SUBSCRIPTION = "SUBSCRIPTION"


@dataclass(frozen=True, slots=True)
class SharedObject:
    """CREATE or, if `drop`, DROP of a shared object; `name` is its identifier."""

    kind: ObjectKind
    drop: bool
    name: str
    if_exists: bool


def parse_create_index(text: str) -> CreateIndex | None:
    """Read CREATE [UNIQUE] INDEX; None for another statement or one that the server refuses."""
    reader = Reader(text)
    if not reader.take("CREATE"):
        return None
    unique = reader.take("UNIQUE")
    if not reader.take("INDEX"):
        return None
    reader.take("CONCURRENTLY")
    if_not_exists = reader.take("IF", "NOT", "EXISTS")
    name = None if reader.next_is("ON") else reader.name()
    table = reader.relation() if reader.take("ON") else None
    if table is None:
        return None
    return CreateIndex(unique, if_not_exists, name, table, reader.rest())


def parse_drop_index(text: str) -> DropIndex | None:
    """Read DROP INDEX; None for another statement or one that the server refuses."""
    reader = Reader(text)
    if not reader.take("DROP", "INDEX"):
        return None
    reader.take("CONCURRENTLY")
    if_exists = reader.take("IF", "EXISTS")
    names = [reader.qualified_name()]
    while reader.take(","):
        names.append(reader.qualified_name())
    known = tuple(name for name in names if name is not None)
    return DropIndex(if_exists, known, reader.take("CASCADE")) if len(known) == len(names) else None


def parse_reindex(text: str) -> Reindex | None:
    """Read REINDEX with its options in either form; None for another statement or one that the server refuses."""
    reader = Reader(text)
    if not reader.take("REINDEX"):
        return None
    option = reader.options().get("concurrently", "off")
    kind = next((kind for kind in ReindexKind if reader.take(kind.value)), None)
    concurrently = reader.take("CONCURRENTLY") or is_true(option) is True
    return Reindex(kind, reader.qualified_name(), concurrently) if kind else None


def parse_detach(text: str) -> Detach | None:
    """Read ALTER TABLE … DETACH PARTITION; None for another statement."""
    reader = Reader(text)
    if not reader.take("ALTER", "TABLE"):
        return None
    reader.take("IF", "EXISTS")
    parent = reader.relation()
    partition = reader.qualified_name() if reader.take("DETACH", "PARTITION") else None
    if parent is None or partition is None:
        return None
    return Detach(parent, partition, reader.take("CONCURRENTLY"), reader.take("FINALIZE"))


def parse_object(text: str) -> SharedObject | None:
    """Read CREATE or DROP of a DATABASE, TABLESPACE or SUBSCRIPTION; None for another statement."""
    reader = Reader(text)
    drop = reader.take("DROP")
    if not drop and not reader.take("CREATE"):
        return None
    kind = next((kind for kind in ObjectKind if reader.take(kind.value)), None)
    if_exists = drop and reader.take("IF", "EXISTS")
    name = reader.name()
    return SharedObject(kind, drop, name, if_exists) if kind and name is not None else None

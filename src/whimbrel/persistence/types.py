"""Which types of the database does the service know? Registered on each connection, and again after a migration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.types import TypeInfo
from psycopg.types.composite import CompositeInfo, register_composite
from psycopg.types.enum import EnumInfo, register_enum
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg.types.multirange import MultirangeInfo, register_multirange
from psycopg.types.range import RangeInfo, register_range

from whimbrel.persistence.errors import SchemaMismatch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence, Set
    from enum import Enum

    import psycopg


_LOOKS = 3
"""While a migration recreates a type its name and its row may be seen of different moments."""


@dataclass(frozen=True, slots=True)
class EnumType:
    """An enum of the database and the Python Enum whose values are its labels."""

    name: str
    python: type[Enum]


@dataclass(frozen=True, slots=True)
class CompositeType:
    """A composite type; `factory` is called with its attributes in order, a named tuple where it is None."""

    name: str
    factory: Callable[..., Any] | None = None


@dataclass(frozen=True, slots=True)
class RangeType:
    """A range type of the database, with its multirange."""

    name: str
    multirange: str = ""


@dataclass(frozen=True, slots=True)
class DomainType:
    """A domain: the server sends its values as those of its base type; its arrays have to be known."""

    name: str


@dataclass(frozen=True, slots=True)
class JsonCodec:
    """How json and jsonb are written and read, instead of by `json`."""

    dumps: Callable[[Any], str | bytes]
    loads: Callable[[str | bytes], Any]


DatabaseType = EnumType | CompositeType | RangeType | DomainType | JsonCodec


class TypeRegistry:
    """The types of one database; asked of it once a pool, and again when a migration has recreated one."""

    def __init__(self, types: Sequence[DatabaseType]) -> None:
        self._types = tuple(types)
        self._known: dict[str, TypeInfo] = {}
        self._strange: frozenset[int] = frozenset()

    def forget(self) -> None:
        """Ask the database again at the next registration."""
        self._known = {}  # not cleared: an answer that is on its way belongs to the old ones

    def has_news(self, oids: Set[int]) -> bool:
        """Whether types of a result are not known, and were not met before: a migration may have recreated one."""
        known = {oid for info in tuple(self._known.values()) for oid in (info.oid, info.array_oid)}
        return bool(oids - known - self._strange)

    def meet(self, oids: Set[int]) -> None:
        """Let types of a result be no news any more, whether or not they are among those of the service."""
        self._strange |= oids

    async def register(self, connection: psycopg.AsyncConnection[Any]) -> None:
        """Teach a connection the types.

        Raises:
            SchemaMismatch: the database has no such type.
        """
        known = self._known
        for kind in self._types:
            match kind:
                case JsonCodec():
                    set_json_dumps(kind.dumps, connection)
                    set_json_loads(kind.loads, connection)
                case EnumType():
                    enum = await self._info(connection, known, kind.name, EnumInfo)
                    labels = {member: str(member.value) for member in kind.python}
                    register_enum(enum, connection, kind.python, mapping=labels)
                case CompositeType():
                    composite = await self._info(connection, known, kind.name, CompositeInfo)
                    register_composite(composite, connection, kind.factory)
                case RangeType():
                    register_range(await self._info(connection, known, kind.name, RangeInfo), connection)
                    if kind.multirange:
                        register_multirange(
                            await self._info(connection, known, kind.multirange, MultirangeInfo), connection
                        )
                case DomainType():
                    (await self._info(connection, known, kind.name, TypeInfo)).register(connection)

    async def _info(
        self, connection: psycopg.AsyncConnection[Any], known: dict[str, TypeInfo], name: str, kind: type[Any]
    ) -> Any:
        if name not in known:
            for _ in range(_LOOKS):
                info = await kind.fetch(connection, name)
                if info is not None:
                    break
            else:
                message = f"the database has no type {name}"
                msg = "register types"
                raise SchemaMismatch(msg, message)
            known[name] = info
        return known[name]

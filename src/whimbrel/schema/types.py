"""Which type does a type name in a statement mean?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from whimbrel.schema.catalog import PUBLIC, Type
from whimbrel.sql.expression import decoded
from whimbrel.sql.tree import names

if TYPE_CHECKING:
    from msgspec import Raw

    from whimbrel.schema.catalog import Catalog
    from whimbrel.sql.tree import TypeName

SERIAL: Final = {
    "serial": "int4", "serial4": "int4", "bigserial": "int8", "serial8": "int8", "smallserial": "int2",
    "serial2": "int2",
}  # fmt: skip
"""Types that are a column with a sequence."""
_CONTRIBUTED: Final = {
    "citext": "citext", "hstore": "hstore", "ltree": "ltree", "lquery": "ltree", "cube": "cube", "isbn": "isn",
    "geometry": "postgis", "geography": "postgis", "vector": "vector",
}  # fmt: skip
"""Types that extensions bring, by the extension's name."""
_BUILT_IN: Final = frozenset(
    {
        "bool", "boolean", "bytea", "char", "name", "int2", "int4",
        "int8", "smallint", "integer", "int", "bigint", "float4", "float8",
        "real", "numeric", "decimal", "money", "text", "varchar", "bpchar",
        "date", "time", "timetz", "timestamp", "timestamptz", "interval", "uuid",
        "json", "jsonb", "xml", "inet", "cidr", "macaddr", "macaddr8",
        "bit", "varbit", "point", "line", "lseg", "box", "path",
        "polygon", "circle", "tsvector", "tsquery", "oid", "regclass", "regtype",
        "regproc", "regprocedure", "regrole", "regnamespace", "int4range", "int8range", "numrange",
        "tsrange", "tstzrange", "daterange", "int4multirange", "int8multirange", "nummultirange", "tsmultirange",
        "tstzmultirange", "datemultirange", "pg_lsn", "txid_snapshot", "pg_snapshot", "jsonpath", "xid",
        "xid8", "cid", "tid", "void", "record", "trigger", "event_trigger",
        "cstring", "anyelement", "anyarray", "refcursor", "int2vector", "oidvector",
    }
)  # fmt: skip


def type_of(written: TypeName, catalog: Catalog) -> Type:
    """Return the type that is written; serial types are their integers."""
    parts = names(written.names)
    array = bool(written.array_bounds)
    modifiers = tuple(_number(raw) for raw in written.typmods)
    name = parts[-1] if parts else ""
    if len(parts) > 1 and parts[-2] == "pg_catalog":
        return _built_in(name, modifiers, array=array)
    if len(parts) > 1:
        return Type(parts[-2], name, modifiers, array)
    if name in SERIAL:
        return Type("", SERIAL[name], (), array)
    user = catalog.user_type(parts) if parts else None
    if user is not None:
        return Type(*user.name, modifiers, array)
    if name in _BUILT_IN:
        return _built_in(name, modifiers, array=array)
    return Type(PUBLIC, name, modifiers, array)


def extension_of(type_: Type) -> str:
    """Return the extension that brings a type, empty for others."""
    return _CONTRIBUTED.get(type_.name, "") if type_.schema else ""


def _built_in(name: str, modifiers: tuple[int, ...], *, array: bool) -> Type:
    if name == "bpchar" and modifiers == (1,):
        return Type("", "bpchar", (1,), array)
    if name == "interval" and modifiers:
        # The grammar gives the fields as a mask first: 32767 is all of them. Others keep it, always with a precision.
        if modifiers[0] == _ALL_FIELDS:
            return Type("", name, modifiers[1:], array)
        return Type("", name, (*modifiers, _FINEST)[:2], array)
    return Type("", name, modifiers, array)


_ALL_FIELDS = 32767
_FINEST = 6
"""Digits of a second in an interval without a precision."""


def _number(raw: Raw) -> int:
    node = decoded(raw)
    constant = node.get("A_Const", {}) if isinstance(node, dict) else {}
    value = constant.get("ival")
    return int(value.get("ival", 0)) if isinstance(value, dict) else -1

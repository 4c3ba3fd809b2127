"""What does PostgreSQL do to a table when a column's type changes: nothing, build its indexes anew, or write it anew?

The server spares the rewrite where it can prove that each stored value stays as it is: `ATColumnChangeRequiresRewrite`
in its tablecmds.c, with the casts in pg_cast that need no function and the support functions of the length casts. It
keeps an index where the operator class stays the same (`CheckIndexCompatible`). All measured, 13 to 18 are alike.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from whimbrel.schema.catalog import Type, TypeKind
from whimbrel.schema.types import extension_of
from whimbrel.sql.expression import decoded, names

if TYPE_CHECKING:
    from msgspec import Raw

    from whimbrel.schema.catalog import Catalog, UserType


class TypeChange(Enum):
    """What becomes of the table. An ACCESS EXCLUSIVE lock it takes always."""

    NONE = "none"
    """Only the catalog changes."""
    REINDEX = "reindex"
    """Indexes on the column are built anew."""
    REWRITE = "rewrite"
    """The table and all its indexes are written anew."""


_MASKS: Final = {4: 5, 2: 4, 8: 3, 1024: 2, 2048: 1, 4096: 0}
"""An interval's fields by their bits, with how fine each is: a year is 5, a second 0."""
_FINEST: Final = 6
"""Digits of a second that times have without a precision."""
_OID_ALIASES: Final = frozenset(
    {
        "regproc", "regprocedure", "regoper", "regoperator", "regclass", "regtype", "regconfig", "regdictionary",
        "regnamespace", "regrole", "regcollation",
    }
)  # fmt: skip
_SAME_BYTES: Final = frozenset(
    {
        ("varchar", "text"), ("text", "varchar"), ("text", "bpchar"), ("varchar", "bpchar"), ("text", "citext"),
        ("varchar", "citext"), ("citext", "text"), ("citext", "varchar"), ("citext", "bpchar"), ("cidr", "inet"),
        ("bit", "varbit"), ("varbit", "bit"), ("xml", "text"), ("xml", "varchar"), ("xml", "bpchar"), ("int4", "oid"),
        ("oid", "int4"), ("regproc", "regprocedure"), ("regprocedure", "regproc"), ("regoper", "regoperator"),
        ("regoperator", "regoper"),
    }
)  # fmt: skip
"""Casts that change no byte, from and to."""
_TIMES: Final = frozenset({"time", "timetz", "timestamp", "timestamptz"})
_CLASSES: Final = {"varchar": "text", "cidr": "inet", **dict.fromkeys(_OID_ALIASES, "oid")}
"""Types that are indexed with another type's operator class."""
_RANGES: Final = frozenset(
    f"{kind}{suffix}" for kind in ("int4", "int8", "num", "ts", "tstz", "date") for suffix in ("range", "multirange")
)


def type_change(
    old: Type, new: Type, *, using: bool, utc: bool, catalog: Catalog, recollated: bool = False
) -> TypeChange:
    """Return what becomes of a table when a column's type changes from `old` to `new`.

    `using` says that there is a USING with more than the column or a cast of it (`computes`), `utc` that the session's
    TimeZone is UTC, `recollated` that the column's collation becomes another. Index parts that are expressions and
    partial indexes on the column are built anew even where it says NONE.
    """
    if using:
        return TypeChange.REWRITE
    change = TypeChange.NONE if old == new and -1 not in new.modifiers else _converted(old, new, catalog, utc=utc)
    return TypeChange.REINDEX if recollated and change is TypeChange.NONE else change


def computes(using: Raw | bytes, column: str) -> bool:
    """Say whether a USING is more than the column or a cast of it; without a USING it is not."""
    node = decoded(using)
    if node is None:
        return False
    if "TypeCast" in node:
        node = node["TypeCast"].get("arg", {})
    return "ColumnRef" not in node or names(node["ColumnRef"].get("fields", []))[-1] != column


def has_constraint(type_: Type, catalog: Catalog) -> bool:
    """Say whether a type is a domain that takes not all values of its base type: its own constraints, or its base's."""
    domain = None if type_.array else _domain(type_, catalog)
    while domain is not None:
        if domain.constraints or domain.not_null:
            return True
        domain = None if domain.base is None or domain.base.array else _domain(domain.base, catalog)
    return False


def _converted(old: Type, new: Type, catalog: Catalog, *, utc: bool) -> TypeChange:
    named = _plain(old) == _plain(new) and old.array == new.array
    if not named and has_constraint(new, catalog):
        return TypeChange.REWRITE
    # A column of a domain has no length or precision that the server would go by, a domain as the target has.
    before, after = _base(old, catalog), _base(new, catalog)
    if before != old:
        before = Type(before.schema, before.name, (), before.array)
    if _plain(before) != _plain(after) or before.array != after.array:
        if before.array or after.array or not _keeps_bytes(_plain(before)[1], _plain(after)[1], utc=utc):
            return TypeChange.REWRITE
        if after.modifiers and not _keeps_length(after, ()):
            return TypeChange.REWRITE
        same = _class(before) == _class(after)
        return TypeChange.NONE if same else TypeChange.REINDEX
    differs = bool(after.modifiers) and (after.modifiers != before.modifiers or -1 in after.modifiers)
    if differs and (after.array or not _keeps_length(after, before.modifiers)):
        return TypeChange.REWRITE
    # The operator classes of these are for any array, enum or range: then the server wants the very same type.
    return TypeChange.REINDEX if not named and _any_class(after, catalog) else TypeChange.NONE


def _plain(type_: Type) -> tuple[str, str]:
    return ("", type_.name) if extension_of(type_) else (type_.schema, type_.name)


def _domain(type_: Type, catalog: Catalog) -> UserType | None:
    found = catalog.types.get((type_.schema, type_.name)) if type_.schema else None
    return found if found is not None and found.kind is TypeKind.DOMAIN and found.base is not None else None


def _base(type_: Type, catalog: Catalog) -> Type:
    while not type_.array and (domain := _domain(type_, catalog)) is not None and domain.base is not None:
        type_ = domain.base
    return type_


def _keeps_bytes(old: str, new: str, *, utc: bool) -> bool:
    if (old, new) in _SAME_BYTES:
        return True
    if {old, new} == {"timestamp", "timestamptz"}:
        return utc
    if old in _OID_ALIASES:
        return new in ("int4", "oid")
    return new in _OID_ALIASES and old in ("int4", "oid")


def _keeps_length(new: Type, old: tuple[int, ...]) -> bool:
    """Say whether a length or precision holds all values of the old one, by the support function of the type's cast."""
    wanted = new.modifiers
    if -1 in wanted:
        return False
    if new.name in ("varchar", "varbit"):
        return bool(old) and old[0] <= wanted[0]
    if new.name in _TIMES:
        return wanted[0] >= _FINEST or (bool(old) and old[0] <= wanted[0])
    if new.name == "numeric":
        return bool(old) and _scale(old) == _scale(wanted) and old[0] <= wanted[0]
    if new.name == "interval":
        (least, digits), (old_least, old_digits) = _fineness(wanted), _fineness(old)
        return least <= old_least and (digits >= _FINEST or digits >= old_digits)
    return False


def _scale(modifiers: tuple[int, ...]) -> int:
    return modifiers[1] if len(modifiers) > 1 else 0


def _fineness(modifiers: tuple[int, ...]) -> tuple[int, int]:
    """Return how fine an interval's last field is, 0 for seconds, and its digits."""
    if len(modifiers) < 2:
        return 0, modifiers[0] if modifiers else _FINEST
    return min((rank for bit, rank in _MASKS.items() if modifiers[0] & bit), default=0), modifiers[1]


def _class(type_: Type) -> str:
    return _CLASSES.get(type_.name, type_.name)


def _any_class(type_: Type, catalog: Catalog) -> bool:
    if type_.array or type_.name in _RANGES:
        return True
    user = catalog.types.get((type_.schema, type_.name))
    return user is not None and user.kind is TypeKind.ENUM

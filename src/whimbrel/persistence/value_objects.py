"""How does a value object become a column's value, and back?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Converter:
    """The two ways of a value object: `dump` to what the driver knows, `load` from what it gives."""

    dump: Callable[[Any], Any]
    load: Callable[[Any], Any]


_CONVERTERS: dict[type, Converter] = {}
_MISSED: set[type] = set()


def converter(kind: type[Value], *, dump: Callable[[Value], Any], load: Callable[[Any], Value]) -> None:
    """Register how values of `kind` are sent and read: `converter(Email, dump=str, load=Email.parse)`.

    Statements then take it in `params`, and row types in their fields. Neither function meets None. Call it where
    `kind` is imported, before the first statement runs.

    Raises `ValueError` when `kind` has another converter, or was used without one already.
    """
    new = Converter(dump, load)
    if _CONVERTERS.get(kind, new) != new:
        message = f"{kind.__qualname__} has another converter already"
        raise ValueError(message)
    if kind in _MISSED:
        message = f"{kind.__qualname__} was used without a converter already: register it before the first statement"
        raise ValueError(message)
    _CONVERTERS[kind] = new


def find_converter(kind: type) -> Converter | None:
    """Return the converter of `kind`, if one is registered."""
    found = _CONVERTERS.get(kind)
    if found is None:
        _MISSED.add(kind)
    return found

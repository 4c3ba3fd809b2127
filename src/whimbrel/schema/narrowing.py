"""Which values of a column does another type not take, or take otherwise?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from whimbrel.schema.catalog import Type

_INTEGERS: Final = {"int2": 1, "int4": 2, "int8": 3}
_DIGITS: Final = {"float4", "float8", "numeric"}
_TEXTS: Final = {"text", "varchar", "bpchar", "citext"}
_TIMES: Final = {"timestamp", "timestamptz"}
_FINEST: Final = 6


def narrowing(old: Type, new: Type, *, cast: bool) -> str:
    """Say what becomes of values that do not fit, in words that follow "values": empty where all fit as they are.

    `cast` is whether a USING casts: then longer texts are cut.
    """
    if old.array or new.array:
        return ""
    was, now = old.name, new.name
    if was in _INTEGERS and now in _INTEGERS:
        return "out of its range make it fail" if _INTEGERS[now] < _INTEGERS[was] else ""
    if was in _DIGITS and now in _INTEGERS:
        return "lose what is behind the point, or make it fail"
    if was in _TEXTS and now in _TEXTS:
        limit, before = _first(new), _first(old)
        fits = limit is None or (before is not None and before <= limit)
        return "" if fits else f"longer than {limit} characters {'are cut' if cast else 'make it fail'}"
    if was == now == "numeric":
        return _numeric(old, new)
    if (was, now) == ("float8", "float4") or (was == "numeric" and now in _DIGITS - {"numeric"}):
        return "lose digits"
    if was in _TIMES and now in ("date", "time", "timetz"):
        return "lose their time of day" if now == "date" else "lose their date"
    if was == now and was in (*_TIMES, "time", "timetz"):
        digits = _first(new)
        return "lose digits of their seconds" if digits is not None and digits < _precision(old) else ""
    return ""


def _first(type_: Type) -> int | None:
    return type_.modifiers[0] if type_.modifiers else None


def _precision(type_: Type) -> int:
    return type_.modifiers[0] if type_.modifiers else _FINEST


def _numeric(old: Type, new: Type) -> str:
    if not new.modifiers:
        return ""
    digits, scale = new.modifiers[0], new.modifiers[1] if len(new.modifiers) > 1 else 0
    if not old.modifiers:
        return f"are rounded to {scale} places, and fail with more than {digits - scale} digits before the point"
    had, places = old.modifiers[0], old.modifiers[1] if len(old.modifiers) > 1 else 0
    if scale < places:
        return f"are rounded to {scale} places"
    if digits - scale < had - places:
        return f"with more than {digits - scale} digits before the point make it fail"
    return ""

"""A narrower type is told from a wider one."""

from __future__ import annotations

import pytest

from whimbrel.schema.catalog import Type
from whimbrel.schema.narrowing import narrowing


def built_in(name: str, *modifiers: int) -> Type:
    return Type("", name, modifiers)


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        (built_in("int8"), built_in("int4"), "range"),
        (built_in("numeric"), built_in("int4"), "point"),
        (built_in("text"), built_in("varchar", 5), "longer than 5"),
        (built_in("varchar", 10), built_in("varchar", 5), "longer than 5"),
        (built_in("numeric", 10, 4), built_in("numeric", 10, 2), "rounded to 2"),
        (built_in("numeric", 10, 2), built_in("numeric", 8, 2), "more than 6 digits"),
        (built_in("numeric"), built_in("numeric", 8, 2), "rounded to 2"),
        (built_in("float8"), built_in("float4"), "lose digits"),
        (built_in("numeric"), built_in("float8"), "lose digits"),
        (built_in("timestamptz"), built_in("date"), "time of day"),
        (built_in("timestamp"), built_in("time"), "lose their date"),
        (built_in("timestamptz"), built_in("timestamptz", 0), "seconds"),
    ],
)
def test_narrower(old: Type, new: Type, word: str) -> None:
    assert word in narrowing(old, new, cast=False)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (built_in("int4"), built_in("int8")),
        (built_in("varchar", 5), built_in("text")),
        (built_in("varchar", 5), built_in("varchar", 10)),
        (built_in("numeric", 8, 2), built_in("numeric", 10, 2)),
        (built_in("numeric", 8, 2), built_in("numeric")),
        (built_in("timestamp", 0), built_in("timestamp", 3)),
        (built_in("time", 0), built_in("time", 0)),
        (built_in("text"), built_in("jsonb")),
        (Type("", "int8", (), array=True), Type("", "int4", (), array=True)),
    ],
)
def test_wider_or_another_kind(old: Type, new: Type) -> None:
    assert narrowing(old, new, cast=False) == ""

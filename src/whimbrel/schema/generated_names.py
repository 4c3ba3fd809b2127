"""What does PostgreSQL call an object that nobody named?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from whimbrel.schema.catalog import Constraint, ConstraintKind

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from whimbrel.schema.catalog import Relation

LONGEST: Final = 63
"""Bytes in a name; more are cut off (NAMEDATALEN - 1)."""


def cut(name: str) -> str:
    """Return a name as the server stores it: at most 63 bytes, whole characters."""
    data = name.encode()
    return name if len(data) <= LONGEST else data[:LONGEST].decode("utf-8", "ignore")


def unnamed_not_null(relation: Relation, name: str) -> Constraint | None:
    """Return the NOT NULL that PostgreSQL 18 calls so where nobody named it, None if there is none."""
    if not name.endswith("_not_null"):
        return None
    for column in relation.columns.values():
        if column.not_null and name == _made(relation.name[1], column.name, "not_null"):
            return Constraint(name, ConstraintKind.NOT_NULL, (column.name,), generated_name=True)
    return None


def choose(table: str, columns: str, label: str, taken: Container[str]) -> str:
    """Return the first free name of the form `table_columns_label`, shortened as PostgreSQL's makeObjectName does."""
    number = 0
    while True:
        name = _made(table, columns, f"{label}{number or ''}")
        if name not in taken:
            return name
        number += 1


def _made(table: str, columns: str, label: str) -> str:
    first, second = table.encode(), columns.encode()
    overhead = (1 + len(second) if second else 0) and 1
    room = LONGEST - overhead - len(label.encode()) - 1
    one, two = len(first), len(second)
    while one + two > room:
        if one > two:
            one -= 1
        else:
            two -= 1
    parts = [first[:one].decode("utf-8", "ignore"), second[:two].decode("utf-8", "ignore"), label]
    return "_".join(part for part in parts if part)


def unlike(columns: Iterable[str]) -> list[str]:
    """Return the names of an index's columns, `expr` for those without one; of equal ones the later get a number."""
    made: list[str] = []
    for column in columns:
        name = column or "expr"
        number = 0
        while name in made:
            number += 1
            name = (column or "expr")[: LONGEST - len(str(number))] + str(number)
        made.append(name)
    return made

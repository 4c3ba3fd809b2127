"""Is a new enum value used before it is committed?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.enum_use import quoted, uses
from whimbrel.lint.found import Found
from whimbrel.sql.tree import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import File, Statement, Statements

CARD = Card(
    code="WB373",
    name="enum-value-used-in-same-transaction",
    severity=Severity.ERROR,
    title="A new enum value is used before it is committed",
    condition=(
        "ALTER TYPE … ADD VALUE, and behind it in the same transaction a statement that casts the value to "
        "the type, or writes it to, or compares it with, a column of the type. Up to PostgreSQL 16 also where "
        "the type was made in that transaction."
    ),
    effect="The statement fails with 55P04: a new value can be used when its transaction is committed.",
    remedy="Move what uses the value to the next migration.",
    sources=("https://www.postgresql.org/docs/current/sql-altertype.html",),
)
KINDS = ("File:AlterEnumStmt",)


_TEXT = re.compile(rb'"sval":("(?:[^"\\]|\\.)*")')
_NEW_TYPES_ALLOWED = 17
"""The first PostgreSQL that lets a type's own transaction use values that were added to it."""


def check(statement: None, node: File, context: Context) -> Iterator[Found]:
    """Look at the file's ADD VALUEs, when all of it has been seen."""
    adding = [one for one in context.earlier.of("AlterEnumStmt") if not one.node.old_val]
    places = {id(one): place for place, one in enumerate(context.earlier)} if adding else {}
    holding: dict[bytes, list[tuple[int, Statement]]] | None = None
    for one in adding:
        place, label = places[id(one)], one.node.new_val
        if one.transaction is None:
            continue
        parts = names(one.node.type_name)
        known = context.catalog.user_type(parts)
        name = known.name if known is not None else ("", parts[-1])
        if context.version >= _NEW_TYPES_ALLOWED and _made_here(parts[-1], context.earlier[:place], one):
            continue
        if holding is None:
            holding = _by_constant(context.earlier)
        for other_place, other in holding.get(quoted(label), ()):
            if (
                other_place > place
                and other.transaction == one.transaction
                and uses(other, label, name, context.catalog)
            ):
                yield Found(f"{label} of {parts[-1]} is used in the transaction that adds it", other.start, other.end)
                break


def _by_constant(statements: Statements) -> dict[bytes, list[tuple[int, Statement]]]:
    """Return the statements, with their places, that have a text in their tree, by that text as it stands there."""
    found: dict[bytes, list[tuple[int, Statement]]] = {}
    for place, statement in enumerate(statements):
        for text in set(_TEXT.findall(bytes(statement.raw))):
            found.setdefault(text, []).append((place, statement))
    return found


def _made_here(name: str, before: list[Statement], one: Statement) -> bool:
    return any(
        other.kind == "CreateEnumStmt"
        and other.transaction == one.transaction
        and names(other.node.type_name)[-1] == name
        for other in before
    )

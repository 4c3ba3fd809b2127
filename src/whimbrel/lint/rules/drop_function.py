"""Does a routine go that the running release may still call?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.later import later
from whimbrel.lint.made_again import MAKING, made_name, makes_again, renamed_here
from whimbrel.schema.fold_routine import GIVEN, type_word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.schema.catalog import Function
    from whimbrel.sql.tree import CreateFunctionStmt, DropStmt, ObjectWithArgs

CARD = Card(
    code="WB702",
    name="drop-function",
    severity=Severity.WARNING,
    title="A routine goes that the running release may still call",
    condition=(
        "DROP FUNCTION, PROCEDURE, ROUTINE or AGGREGATE in an up file, of one that was there before the release, "
        "where the same transaction makes none of its name, or none that takes as many arguments."
    ),
    effect="Statements of the release that still runs fail with 42883.",
    remedy="Release code that does not call it first; drop it in a later release.",
    sources=("https://www.postgresql.org/docs/current/sql-dropfunction.html",),
    up_only=True,
)
KINDS = (
    "DropStmt:OBJECT_FUNCTION",
    "DropStmt:OBJECT_PROCEDURE",
    "DropStmt:OBJECT_ROUTINE",
    "DropStmt:OBJECT_AGGREGATE",
)


_ROUTINES = {
    "OBJECT_FUNCTION": "function",
    "OBJECT_PROCEDURE": "procedure",
    "OBJECT_ROUTINE": "routine",
    "OBJECT_AGGREGATE": "aggregate",
}


def check(statement: Statement, node: DropStmt, context: Context) -> Iterator[Found]:
    """Look at a DROP FUNCTION."""
    kind = _ROUTINES[node.remove_type]
    for one in node.objects:
        parts = one.name
        known = context.catalog.function(parts)
        if known is not None and (context.is_fresh(known) or known.returns_trigger):
            continue
        dropping = f"dropping {kind} {'.'.join(parts)} breaks running code that calls it"
        if not makes_again(statement, parts[-1]):
            if not renamed_here(context, parts[-1]):
                yield Found(dropping)
        elif kind == "function" and (number := _taken(one.with_args, known)) is not None:
            if known is not None and _stays(known, number, one.with_args, missing_ok=node.missing_ok):
                continue
            made = [other for other in later(statement, *MAKING) if made_name(other.kind, other.node) == parts[-1]]
            if all(other.kind == "CreateFunctionStmt" and not _takes(other.node, number) for other in made):
                yield Found(
                    f"{dropping} with {number or 'no'} argument{'s' * (number != 1)}, which the new one refuses"
                )


def _taken(written: ObjectWithArgs | None, known: Function | None) -> int | None:
    """Return how many arguments the routine takes that is dropped, None where that is not known."""
    if written is not None and not written.args_unspecified:
        return len(written.objargs)
    return len(known.signatures[0]) if known is not None and len(known.signatures) == 1 else None


def _stays(known: Function, number: int, written: ObjectWithArgs | None, *, missing_ok: bool) -> bool:
    """Say whether IF EXISTS drops nothing, or another one that takes as many stays."""
    types = [one.type_name for one in written.objargs] if written is not None else []
    dropped = tuple(type_word(one) for one in types if one is not None)
    if written is not None and not written.args_unspecified and dropped not in known.signatures:
        return missing_ok
    others = [one for one in known.signatures if one != dropped] if len(known.signatures) > 1 else []
    return any(len(one) == number for one in others)


def _takes(made: CreateFunctionStmt, number: int) -> bool:
    """Say whether a new function may be called with so many arguments."""
    taken = [one.parameter for one in made.parameters if one.parameter is not None and one.parameter.mode not in GIVEN]
    if any(one.mode == "FUNC_PARAM_VARIADIC" for one in taken):
        return True
    return len(taken) - sum(bool(one.defexpr) for one in taken) <= number <= len(taken)

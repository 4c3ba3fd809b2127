"""Who decides which objects a function with its owner's rights uses?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.schema.fold_routine import sets_path
from whimbrel.sql.expression import decoded
from whimbrel.sql.tree import AlterFunctionStmt, names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import CreateFunctionStmt, DefElemNode

CARD = Card(
    code="WB522",
    name="security-definer-without-search-path",
    severity=Severity.WARNING,
    title="SECURITY DEFINER without a search_path",
    condition=(
        "A function or procedure that is SECURITY DEFINER and does not SET search_path, unless its body is "
        "read when it is made (BEGIN ATOMIC, RETURN)."
    ),
    effect=(
        "It runs with its owner's rights but with the caller's search_path: a caller who may create objects "
        "in any schema puts a table, function or operator of the same name before the one that is meant, and "
        "it runs with the owner's rights."
    ),
    remedy="Add SET search_path with the schemas that it needs, pg_temp last; or leave SECURITY DEFINER out.",
    safe=(
        "CREATE FUNCTION app.close_account(account bigint) RETURNS void LANGUAGE sql SECURITY DEFINER SET "
        "search_path = app, pg_temp AS 'DELETE FROM accounts WHERE id = account';"
    ),
    sources=("https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY",),
)
KINDS = (
    "CreateFunctionStmt",
    "AlterFunctionStmt",
)


def check(statement: Statement, node: CreateFunctionStmt | AlterFunctionStmt, context: Context) -> Iterator[Found]:
    """Look at a function."""
    if isinstance(node, AlterFunctionStmt):
        options, name = node.actions, names(node.func.objname) if node.func is not None else ()
        known = context.catalog.function(name) if name else None
        if known is not None and known.heads and all(one.own_path for one in known.heads.values()):
            return
    elif node.sql_body:
        return
    else:
        options, name = node.options, names(node.funcname)
    if not _runs_as_owner(options) or _sets_path(options):
        return
    for other in statement.file.statements.of("AlterFunctionStmt"):
        if other.node.func is not None:
            same = names(other.node.func.objname)[-1:] == name[-1:]
            if same and _sets_path(other.node.actions):
                return
    yield Found(f"{name[-1]} runs with its owner's rights on whatever its caller's search_path finds")


def _runs_as_owner(options: list[DefElemNode]) -> bool:
    return any(
        one.option is not None
        and one.option.defname == "security"
        and decoded(one.option.arg).get("Boolean", {}).get("boolval", False)
        for one in options
    )


def _sets_path(options: list[DefElemNode]) -> bool:
    return any(sets_path(one) for one in options)

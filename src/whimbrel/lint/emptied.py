"""Has this file emptied a table: truncated it, so that it has all its locks, or deleted its rows?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.lint.file import together

if TYPE_CHECKING:
    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import RangeVar


def is_emptied(statement: Statement, written: RangeVar, context: Context) -> bool:
    """Say whether an earlier statement of the same transaction is a TRUNCATE of the table, by name or by CASCADE."""
    truncates = [other.node for other in together(context.earlier.of("TruncateStmt"), statement)]
    if not truncates:
        return False
    name, relation = context.catalog.name_of(written), context.relation(written)
    above = {one.references for one in relation.constraints.values()} if relation is not None else set()
    for truncate in truncates:
        named = {context.catalog.name_of(one.range_var) for one in truncate.relations if one.range_var is not None}
        if name in named or (truncate.behavior == "DROP_CASCADE" and above & named):
            return True
    return False


def holds_no_rows(written: RangeVar, context: Context) -> bool:
    """Say whether the file has truncated the table, or deleted all its rows, and put none there since."""
    empty = False
    name = written.relname
    for one in context.earlier.of("TruncateStmt", "DeleteStmt", "InsertStmt"):
        if one.kind == "TruncateStmt":
            empty = empty or any(
                each.range_var is not None and each.range_var.relname == name for each in one.node.relations
            )
        elif one.kind == "DeleteStmt":
            empty = empty or (not one.node.where_clause and one.node.relation.relname == name)
        elif one.kind == "InsertStmt" and one.node.relation.relname == name:
            empty = False
    return empty

"""Does what goes come back under its name in the rest of the transaction, or did the file itself give it that name?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whimbrel.lint.later import later
from whimbrel.sql.tree import names

if TYPE_CHECKING:
    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import RangeVar


def makes_again(statement: Statement, name: str) -> bool:
    """Say whether a later statement of the transaction makes a routine, type or sequence of this name, or names one so.

    `name` is without its schema.
    """
    return any(made_name(other.kind, other.node) == name for other in later(statement, *MAKING))


def renamed_here(context: Context, name: str) -> bool:
    """Say whether an earlier statement of the file gave this name to something else: running code does not know it."""
    return any(other.node.newname == name for other in context.earlier.of("RenameStmt"))


def created_here(context: Context, written: RangeVar) -> bool:
    """Say whether the file made a table of this name that was not there before, also if it has gone again by now."""
    name = context.catalog.name_of(written)
    made = [other.node.relation for other in context.earlier.of("CreateStmt")]
    made += [other.node.into.rel for other in context.earlier.of("CreateTableAsStmt")]
    if not written.schemaname and any(one.relpersistence == "t" and one.relname == written.relname for one in made):
        return True
    if context.before is not None and name in context.before.relations:
        return False
    return any(context.catalog.name_of(one) == name for one in made)


MAKING = (
    "CreateFunctionStmt", "CreateEnumStmt", "CompositeTypeStmt", "CreateDomainStmt", "DefineStmt", "CreateSeqStmt",
    "RenameStmt",
)  # fmt: skip


def made_name(kind: str, node: Any) -> str:
    """Return the name, without its schema, that one of these makes or gives."""
    match kind:
        case "CreateFunctionStmt":
            return names(node.funcname)[-1]
        case "CreateEnumStmt":
            return names(node.type_name)[-1]
        case "CompositeTypeStmt":
            return str(node.typevar.relname)
        case "CreateDomainStmt":
            return names(node.domainname)[-1]
        case "DefineStmt":
            return names(node.defnames)[-1]
        case "CreateSeqStmt":
            return str(node.sequence.relname)
        case "RenameStmt":
            return str(node.newname)
        case _:
            return ""

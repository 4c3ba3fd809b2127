"""What becomes of an object in the rest of this statement's transaction?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.lint.file import behind
from whimbrel.sql.tree import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.file import Statement
    from whimbrel.schema.catalog import Catalog, Name
    from whimbrel.sql.tree import AlterTableCmd, RangeVar

_RELATIONS = frozenset({"OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_FOREIGN_TABLE"})


def later(statement: Statement, kind: str, *kinds: str) -> Iterator[Statement]:
    """Yield those of these kinds behind a statement that run in its transaction, those inside DO bodies left out."""
    if statement.transaction is not None:
        yield from _later(statement.file.statements.of(kind, *kinds), statement)


def _later(found: list[Statement], statement: Statement) -> Iterator[Statement]:
    for other in behind(found, statement):
        if other.transaction == statement.transaction:
            yield other
        elif other.transaction is not None:
            return


def takes_name(statement: Statement, name: Name, catalog: Catalog) -> bool:
    """Say whether a later statement makes a relation of this name, or gives one this name."""
    return any(_made(other, catalog) == name for other in later(statement, *_MAKING))


_MAKING = ("CreateStmt", "ViewStmt", "CreateTableAsStmt", "RenameStmt")


def _made(statement: Statement, catalog: Catalog) -> Name | None:
    node = statement.node
    match statement.kind:
        case "CreateStmt":
            return catalog.name_of(node.relation)
        case "ViewStmt":
            return catalog.name_of(node.view)
        case "CreateTableAsStmt":
            return catalog.name_of(node.into.rel)
        case "RenameStmt" if node.rename_type in _RELATIONS and node.relation is not None:
            return catalog.name_of(node.relation)[0], node.newname
        case _:
            return None


def commands(statement: Statement, table: RangeVar, current: AlterTableCmd | None = None) -> Iterator[AlterTableCmd]:
    """Yield what is done to a table by ALTER TABLE later on, also behind `current` in the same statement."""
    if current is not None and statement.kind == "AlterTableStmt":
        own = [one.command for one in statement.node.cmds]
        yield from own[own.index(current) + 1 :]
    if statement.transaction is not None:
        for other in _later(statement.file.statements.altering(table.relname), statement):
            yield from (one.command for one in other.node.cmds)


def makes_unique(statement: Statement, table: RangeVar, columns: frozenset[str], current: AlterTableCmd | None) -> bool:
    """Say whether later on these columns of a table are made unique, whatever their order."""
    for command in commands(statement, table, current):
        constraint = command.definition.constraint if command.definition is not None else None
        if constraint is None or constraint.contype not in ("CONSTR_UNIQUE", "CONSTR_PRIMARY"):
            continue
        if frozenset(names(constraint.keys)) == columns or constraint.indexname:
            return True
    return any(
        other.node.unique
        and other.node.relation.relname == table.relname
        and frozenset(one.element.name for one in other.node.index_params) == columns
        for other in later(statement, "IndexStmt")
    )

"""Which names does a statement give, and to what? Those that are written, not those that the server chooses."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from whimbrel.schema.catalog import ConstraintKind
from whimbrel.schema.fold_table import CONSTRAINT_KINDS
from whimbrel.sql.tree import names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from whimbrel.lint.file import Statement
    from whimbrel.schema.catalog import Catalog
    from whimbrel.sql import tree
    from whimbrel.sql.tree import Constraint, RenameStmt, TableElement


class Named(StrEnum):
    """What gets a name, as it stands in `[tool.whimbrel.lint.naming]`."""

    TABLE = "table"
    COLUMN = "column"
    PRIMARY_KEY = "primary-key"
    UNIQUE = "unique"
    FOREIGN_KEY = "foreign-key"
    CHECK = "check"
    EXCLUSION = "exclusion"
    INDEX = "index"
    VIEW = "view"
    SEQUENCE = "sequence"
    TYPE = "type"
    FUNCTION = "function"
    TRIGGER = "trigger"
    POLICY = "policy"
    SCHEMA = "schema"


class Made(NamedTuple):
    """A name; `table` is that of what belongs to one, `at` a byte offset in the file where it does not stand first."""

    what: Named
    name: str
    table: str = ""
    at: int | None = None


def names_made(statement: Statement, catalog: Catalog) -> Iterator[Made]:
    """Yield the names that a statement gives; `catalog` is the schema before it."""
    node: Any = statement.node
    match statement.kind:
        case "CreateStmt" | "CreateForeignTableStmt":
            node = node if statement.kind == "CreateStmt" else node.base
            yield Made(Named.TABLE, node.relation.relname)
            for element in node.table_elts:
                yield from _part(element, node.relation.relname, statement)
        case "AlterTableStmt":
            for one in node.cmds:
                if one.command.subtype in ("AT_AddColumn", "AT_AddConstraint"):
                    yield from _part(one.command.definition, node.relation.relname, statement)
        case "RenameStmt":
            yield from _renamed(node, catalog)
        case _:
            made = _ONE.get(statement.kind)
            if made is not None:
                yield made(node)


def _table_as(node: tree.CreateTableAsStmt) -> Made:
    return Made(Named.VIEW if node.objtype == "OBJECT_MATVIEW" else Named.TABLE, node.into.rel.relname)


_ONE: Final[dict[str, Callable[[Any], Made]]] = {
    "IndexStmt": lambda node: Made(Named.INDEX, node.idxname, node.relation.relname),
    "ViewStmt": lambda node: Made(Named.VIEW, node.view.relname),
    "CreateTableAsStmt": _table_as,
    "CreateSeqStmt": lambda node: Made(Named.SEQUENCE, node.sequence.relname),
    "CreateEnumStmt": lambda node: Made(Named.TYPE, names(node.type_name)[-1]),
    "CompositeTypeStmt": lambda node: Made(Named.TYPE, node.typevar.relname),
    "CreateDomainStmt": lambda node: Made(Named.TYPE, names(node.domainname)[-1]),
    "CreateFunctionStmt": lambda node: Made(Named.FUNCTION, names(node.funcname)[-1]),
    "CreateTrigStmt": lambda node: Made(Named.TRIGGER, node.trigname, node.relation.relname),
    "CreatePolicyStmt": lambda node: Made(Named.POLICY, node.policy_name, node.table.relname),
    "CreateSchemaStmt": lambda node: Made(Named.SCHEMA, node.schemaname),
}
STATEMENTS: Final = ("CreateStmt", "CreateForeignTableStmt", "AlterTableStmt", "RenameStmt", *_ONE)
"""The kinds of statements that give names."""


def _part(part: TableElement, table: str, statement: Statement) -> Iterator[Made]:
    """Yield the names of a column and of constraints."""
    if part.constraint is not None:
        yield from _constraint(part.constraint, table, statement)
    elif part.column is not None:
        yield Made(Named.COLUMN, part.column.colname, table, statement.at(part.column.location))
        for one in part.column.constraints:
            if one.constraint is not None:
                yield from _constraint(one.constraint, table, statement)


def _constraint(constraint: Constraint, table: str, statement: Statement) -> Iterator[Made]:
    kind = CONSTRAINT_KINDS.get(constraint.contype)
    what = _OF_KIND.get(kind) if kind is not None else None
    if what is not None:
        yield Made(what, constraint.conname, table, statement.at(constraint.location))


_RENAMED: Final = {
    "OBJECT_TABLE": Named.TABLE,
    "OBJECT_FOREIGN_TABLE": Named.TABLE,
    "OBJECT_COLUMN": Named.COLUMN,
    "OBJECT_INDEX": Named.INDEX,
    "OBJECT_VIEW": Named.VIEW,
    "OBJECT_MATVIEW": Named.VIEW,
    "OBJECT_SEQUENCE": Named.SEQUENCE,
    "OBJECT_TYPE": Named.TYPE,
    "OBJECT_DOMAIN": Named.TYPE,
    "OBJECT_FUNCTION": Named.FUNCTION,
    "OBJECT_PROCEDURE": Named.FUNCTION,
    "OBJECT_ROUTINE": Named.FUNCTION,
    "OBJECT_TRIGGER": Named.TRIGGER,
    "OBJECT_POLICY": Named.POLICY,
    "OBJECT_SCHEMA": Named.SCHEMA,
}
_HAVE_TABLES: Final = frozenset({Named.COLUMN, Named.TRIGGER, Named.POLICY})
_OF_KIND: Final = {
    ConstraintKind.PRIMARY: Named.PRIMARY_KEY,
    ConstraintKind.UNIQUE: Named.UNIQUE,
    ConstraintKind.FOREIGN: Named.FOREIGN_KEY,
    ConstraintKind.CHECK: Named.CHECK,
    ConstraintKind.EXCLUSION: Named.EXCLUSION,
}


def _renamed(node: RenameStmt, catalog: Catalog) -> Iterator[Made]:
    relation = catalog.relation(node.relation) if node.relation is not None else None
    table = node.relation.relname if node.relation is not None else ""
    if node.rename_type == "OBJECT_TABCONSTRAINT":
        constraint = relation.constraints.get(node.subname) if relation is not None else None
        what = _OF_KIND.get(constraint.kind) if constraint is not None else None
        if what is not None:
            yield Made(what, node.newname, table)
        return
    what = _RENAMED.get(node.rename_type)
    if node.relation is not None and what in (Named.TABLE, Named.INDEX):
        # ALTER TABLE renames indexes as well.
        behind = catalog.index_table(node.relation.schemaname, table)
        if behind is not None:
            yield Made(Named.INDEX, node.newname, behind.name[1])
            return
    if what is not None:
        yield Made(what, node.newname, table if what in _HAVE_TABLES else "")

"""Which constraints does a CREATE TABLE or ALTER TABLE bring, and what does the server call those without a name?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.schema.catalog import ConstraintKind, Relation, RelationKind
from whimbrel.schema.fold import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.fixes.subject import Subject
    from whimbrel.sql.tree import ColumnDef, Constraint

_NAMED = frozenset({"CONSTR_CHECK", "CONSTR_PRIMARY", "CONSTR_UNIQUE", "CONSTR_FOREIGN", "CONSTR_EXCLUSION"})


def constraints(subject: Subject) -> Iterator[tuple[ColumnDef | None, Constraint]]:
    """Yield the constraints as they are written, each with the column that it stands behind."""
    if subject.statement.kind == "CreateStmt":
        holders = subject.node.table_elts
    else:
        holders = [one.command.definition for one in subject.node.cmds if one.command.definition is not None]
    for one in holders:
        if one.constraint is not None:
            yield None, one.constraint
        elif one.column is not None:
            for node in one.column.constraints:
                if node.constraint is not None:
                    yield one.column, node.constraint


def made_up(subject: Subject) -> list[tuple[Constraint, str]]:
    """Return the constraints without a name, each with the name that the server makes up; none if unsure."""
    nameless = [
        one for _, one in constraints(subject) if one.contype in _NAMED and not one.conname and not one.indexname
    ]
    after = subject.catalog.branch()
    table = after.name_of(subject.node.relation)
    before: set[str] = set()
    if table in after.relations:
        before = set(after.relations[table].constraints)
    elif subject.statement.kind == "AlterTableStmt":
        after.add(Relation(table, RelationKind.TABLE, complete=False))
    fold(after, subject.statement.kind, subject.node)
    found = after.relations[table].constraints.values() if table in after.relations else ()
    # NOT NULL has a name of its own since PostgreSQL 18, which nobody meets.
    names = [
        one.name
        for one in found
        if one.name not in before and one.generated_name and one.kind is not ConstraintKind.NOT_NULL
    ]
    return list(zip(nameless, names, strict=True)) if len(names) == len(nameless) and is_sure(subject) else []


def is_sure(subject: Subject) -> bool:
    """Say whether the names of its table's constraints are all known, so that the server makes up those that we do."""
    if subject.statement.kind != "AlterTableStmt":
        return True
    relation = subject.catalog.relation(subject.node.relation)
    return relation is not None and relation.complete

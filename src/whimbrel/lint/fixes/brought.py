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
    if len(names) != len(nameless) or not all(is_sure(subject, name) for name in names):
        return []
    return list(zip(nameless, names, strict=True))


def is_sure(subject: Subject, name: str) -> bool:
    """Say whether the server makes up this name for a constraint: all that the table has is known, and no other has it.

    For CHECKs and foreign keys it looks for a name that is free in the whole schema.
    """
    table = subject.catalog.name_of(subject.node.relation)
    relation = subject.catalog.relations.get(table)
    if subject.statement.kind == "AlterTableStmt" and (relation is None or not relation.complete):
        return False
    return not any(
        name in other.constraints
        for other in subject.catalog.relations.values()
        if other.name != table and other.name[0] == table[0]
    )

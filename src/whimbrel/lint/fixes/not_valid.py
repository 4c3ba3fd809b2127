"""How does a constraint come without a look at all rows under a strong lock? NOT VALID, then VALIDATE behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from whimbrel.findings.fix import Edit, Fix
from whimbrel.lint.fixes.brought import is_sure
from whimbrel.lint.fixes.draft import Draft
from whimbrel.lint.fixes.independence import disturbs, needs_its_place
from whimbrel.lint.fixes.words import AlterTable, quoted
from whimbrel.schema.catalog import Relation, RelationKind
from whimbrel.schema.fold import fold
from whimbrel.sql.value import name_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from whimbrel.lint.fixes.subject import Subject

_KINDS = frozenset({"CONSTR_CHECK", "CONSTR_FOREIGN", "CONSTR_NOTNULL"})
_FOREIGN_KEY_ON_PARTITIONED = 18
"""The first version that takes a foreign key of a partitioned table as NOT VALID."""


def add_constraint(subject: Subject) -> Fix | None:
    """Add CHECKs and foreign keys as NOT VALID, and validate them in a migration of their own."""
    node, statement = subject.node, subject.statement
    relation = subject.relation(node.relation)
    partitioned = relation is not None and relation.kind is RelationKind.PARTITIONED
    table = AlterTable(statement)
    words = table.words
    edits: list[Edit] = []
    names: list[str] = []
    for (first, last), one, chosen in zip(table.parts, node.cmds, generated_names(subject), strict=False):
        definition = one.command.definition
        constraint = definition.constraint if definition is not None else None
        if one.command.subtype != "AT_AddConstraint" or constraint is None or constraint.contype not in _KINDS:
            continue
        if constraint.skip_validation or not chosen:
            continue
        if constraint.contype == "CONSTR_FOREIGN" and partitioned and subject.version < _FOREIGN_KEY_ON_PARTITIONED:
            return None
        if constraint.conname:
            names.append(words.written(first + 2))
        else:
            names.append(quoted(chosen))
            at = words.at(first + 1)
            edits.append(Edit(at, at, f"{words.spelled('CONSTRAINT')} {names[-1]} "))
        end = words.behind(last)
        edits.append(Edit(end, end, words.spelled(" NOT VALID")))
    if not names or not is_left_alone(subject, names):
        return None
    draft = Draft(subject)
    draft.edit(statement, edits)
    draft.pair(validation_title(subject, names), validating(table, names), undone_elsewhere(subject, names))
    return draft.finish(f"add {', '.join(names)} as NOT VALID, and validate in a migration of its own")


def validating(table: AlterTable, names: Sequence[str]) -> str:
    """Return the statement that validates constraints."""
    validate = table.words.spelled("VALIDATE CONSTRAINT")
    return table.keep(", ".join(f"{validate} {name}" for name in names)) + ";"


def validation_title(subject: Subject, names: Sequence[str]) -> str:
    """Return the title of the migration that validates constraints."""
    return f"validate_{names[0] if len(names) == 1 else subject.node.relation.relname}"


def undone_elsewhere(subject: Subject, names: Sequence[str]) -> str:
    """Return the text of a down file that has nothing to undo."""
    one = len(names) == 1
    if subject.file.pair is None:
        return f"-- Nothing to undo: the constraint{' comes' if one else 's come'} with {subject.file.name}."
    return f"-- Nothing to undo: the constraint{' goes' if one else 's go'} with {subject.file.pair.name}."


def is_left_alone(subject: Subject, names: Sequence[str]) -> bool:
    """Say whether nothing behind the statement needs or changes its table's constraints, so that more may follow.

    `names` are constraints and columns, as written.
    """
    file, tables = subject.file, subject.tables
    if subject.is_down or needs_its_place(file.statements):
        return False
    later = file.statements[subject.statement.number + 1 :]
    return not any(disturbs(one, name_value(name), tables) for one in later for name in names)


def generated_names(subject: Subject) -> list[str]:
    """Return the name of the constraint that each subcommand of an ALTER TABLE adds; empty if it is not sure."""
    after = subject.catalog.branch()
    name = after.name_of(subject.node.relation)
    if name not in after.relations:
        after.add(Relation(name, RelationKind.TABLE, complete=False))
    found: list[str] = []
    for one in subject.node.cmds:
        before = set(after.relations[name].constraints)
        fold(after, subject.statement.kind, msgspec.structs.replace(subject.node, cmds=[one]))
        added = [made for made in after.relations[name].constraints if made not in before]
        sure = added and (is_sure(subject) or not after.relations[name].constraints[added[-1]].generated_name)
        found.append(added[-1] if sure else "")
    return found

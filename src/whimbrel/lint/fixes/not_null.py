"""How does a column become NOT NULL without a look at all rows under a strong lock? By a constraint that is valid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.fix import Edit, Fix
from whimbrel.lint.fixes.counterpart import altering, drops_table
from whimbrel.lint.fixes.draft import Draft, alone, newline
from whimbrel.lint.fixes.not_valid import add_constraint, is_left_alone, undone_elsewhere, validating, validation_title
from whimbrel.lint.fixes.words import AlterTable, quoted
from whimbrel.schema.catalog import TypeKind
from whimbrel.schema.fold import fold
from whimbrel.schema.generated_names import choose

if TYPE_CHECKING:
    from whimbrel.lint.file import Statement
    from whimbrel.lint.fixes.subject import Subject
    from whimbrel.schema.catalog import Catalog, Relation

_NOT_NULL_NOT_VALID = 18
"""The first version that takes NOT NULL itself as NOT VALID."""


def set_not_null(subject: Subject) -> Fix | None:
    """Add a CHECK as NOT VALID, validate it, and set NOT NULL, which then reads no row; three migrations."""
    table = AlterTable(subject.statement)
    words = table.words
    relation = subject.relation(subject.node.relation)
    if table.only and (relation is None or subject.catalog.children(relation.name)):
        return None  # a constraint would have to be the children's too
    taken = _taken(subject)
    eighteen = subject.version >= _NOT_NULL_NOT_VALID
    columns: dict[str, str] = {}
    names: list[str] = []
    edits: list[Edit] = []
    for (first, last), one in zip(table.parts, subject.node.cmds, strict=False):
        if one.command.subtype != "AT_SetNotNull":
            continue
        column = words.written(last - 3)
        if not eighteen and _is_row(subject.catalog, relation, one.command.name):
            return None
        name = choose(
            subject.node.relation.relname, one.command.name, "not_null" if eighteen else "not_null_check", taken
        )
        taken.add(name)
        columns[one.command.name] = column
        names.append(quoted(name))
        not_null, check = words.spelled("NOT NULL"), words.spelled("CHECK")
        what = f"{not_null} {column}" if eighteen else f"{check} ({column} {words.spelled('IS')} {not_null})"
        written = f"{words.comments(first, last)}{words.spelled('ADD CONSTRAINT')} {names[-1]} {what}"
        edits.append(Edit(words.at(first), words.behind(last), written + words.spelled(" NOT VALID")))
    if not names:
        return add_constraint(subject)
    if not is_left_alone(subject, [*names, *columns.values()]):
        return None
    draft = Draft(subject)
    draft.edit(subject.statement, edits)
    spelled = ", ".join(columns.values())
    if eighteen:
        draft.pair(validation_title(subject, names), validating(table, names), undone_elsewhere(subject, names))
        return draft.finish(f"add NOT NULL of {spelled} as NOT VALID, and validate in a migration of its own")
    if not _undo(draft, subject, dict(zip(columns, names, strict=True))):
        return None
    draft.pair(validation_title(subject, names), validating(table, names), undone_elsewhere(subject, names))
    draft.pair(f"set_not_null_{'_'.join(columns)}", *_last(table, list(columns.values()), names, newline(subject.file)))
    return draft.finish(f"prove that {spelled} is never NULL with a CHECK, in three migrations")


def _taken(subject: Subject) -> set[str]:
    """Return the names of constraints that the table and its children have, or get in the rest of the file."""
    before, after = subject.catalog, subject.catalog.branch()
    for one in subject.file.statements[subject.statement.number :]:
        fold(after, one.kind, one.node, transaction=one.transaction)
    table = before.name_of(subject.node.relation)
    return {
        constraint
        for catalog in (before, after)
        for name in (table, *catalog.children(table))
        if name in catalog.relations
        for constraint in catalog.relations[name].constraints
    }


def _is_row(catalog: Catalog, relation: Relation | None, column: str) -> bool:
    """Say whether a column holds rows, of which IS NOT NULL says more than that they are there."""
    if relation is None or column not in relation.columns:
        return False
    type_ = relation.columns[column].type
    while (known := catalog.types.get((type_.schema, type_.name))) is not None and known.base is not None:
        type_ = known.base
    if type_.array:
        return False
    return (type_.schema, type_.name) in catalog.relations or (known is not None and known.kind is TypeKind.COMPOSITE)


def _last(table: AlterTable, columns: list[str], names: list[str], newline: str) -> tuple[str, str]:
    """Return the up and the down text of the pair that sets NOT NULL and takes the CHECK away."""
    spelled = table.words.spelled

    def each(before: str, of: list[str], behind: str = "") -> str:
        return table.keep(", ".join(f"{spelled(before)} {one}{spelled(behind)}" for one in of)) + ";"

    checks = [
        f"{name} {spelled('CHECK')} ({column} {spelled('IS NOT NULL')})"
        for name, column in zip(names, columns, strict=True)
    ]
    up = [each("ALTER COLUMN", columns, " SET NOT NULL"), each("DROP CONSTRAINT", names)]
    down = [each("ADD CONSTRAINT", checks, " NOT VALID"), each("ALTER COLUMN", columns, " DROP NOT NULL")]
    return newline.join(up), newline.join(down)


def _undo(draft: Draft, subject: Subject, names: dict[str, str]) -> bool:
    """Let the down file drop the CHECKs, where it dropped NOT NULL; False where it does not say what to do."""
    pair = subject.file.pair
    if pair is None:
        return alone(subject.statement) is not None
    edits: dict[Statement, list[Edit]] = {}
    gone = drops_table(pair, subject)
    for column, name in names.items():
        found = list(altering(pair, subject, "AT_DropNotNull", column))
        if not found:
            if gone or list(altering(pair, subject, "AT_DropColumn", column)):
                continue
            return False
        statement, number = found[0]
        down = AlterTable(statement)
        if len(found) > 1 or not down.parts:
            return False
        first, last = down.parts[number]
        written = f"{down.words.comments(first, last)}{down.words.spelled('DROP CONSTRAINT')} {name}"
        edits.setdefault(statement, []).append(Edit(down.words.at(first), down.words.behind(last), written))
    for statement, changes in edits.items():
        draft.edit(statement, changes)
    return True

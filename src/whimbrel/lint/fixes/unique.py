"""How does a unique constraint come without stopping the table? Its index is built first, concurrently."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.lint.fixes.counterpart import altering
from whimbrel.lint.fixes.draft import Draft, alone, with_comments
from whimbrel.lint.fixes.independence import disturbs, keeps_names, needs_its_place
from whimbrel.lint.fixes.not_valid import generated_names
from whimbrel.lint.fixes.words import AlterTable, Words, quoted
from whimbrel.schema.catalog import RelationKind
from whimbrel.sql.tree import names

if TYPE_CHECKING:
    from whimbrel.findings.fix import Fix
    from whimbrel.lint.file import Statement
    from whimbrel.lint.fixes.subject import Subject

_KINDS = {"CONSTR_UNIQUE": "UNIQUE", "CONSTR_PRIMARY": "PRIMARY KEY"}


def add_constraint(subject: Subject) -> Fix | None:
    """Build a unique index concurrently, and make a constraint of it in a migration of its own."""
    table = AlterTable(subject.statement)
    built = _built(subject, table)
    if built is None:
        return None
    name, written, index, constraint = built
    draft = Draft(subject)
    drop = f"{table.words.spelled('DROP INDEX CONCURRENTLY IF EXISTS')} {_schema(table)}{written};"
    undo = f"{table.keep(table.words.spelled('DROP CONSTRAINT'))} {written};"
    downs = _downs(subject, name)
    if downs is None:
        return None
    goes = alone(subject.statement)
    if goes is not None:
        if downs and alone(downs[0]) is None:
            return None  # the index could only be dropped there beside others
        draft.replace(subject.statement, index)
        for one in goes:
            draft.take_out(one)
        for one in downs:
            undo = f"{Words(one).edited([])};"
            draft.replace(one, drop.rstrip(";"))
            for around in alone(one) or ():
                draft.take_out(around)
        draft.pair(f"add_{name}", f"{constraint};", undo)
        return draft.finish(f"build the index of {name} concurrently, and make the constraint of it behind")
    if not _may_leave(subject, name):
        return None
    comments = draft.remove(subject.statement)
    for one in downs:
        undo = with_comments(draft.remove(one), Words(one).edited([]))
    draft.pair(f"create_{name}", with_comments(comments, index), drop)
    draft.pair(f"add_{name}", f"{constraint};", undo)
    return draft.finish(f"build the index of {name} concurrently, and make the constraint of it behind")


def _built(subject: Subject, table: AlterTable) -> tuple[str, str, str, str] | None:
    """Return the constraint's name, as written too, the CREATE INDEX and the ADD CONSTRAINT."""
    node, words = subject.node, table.words
    relation = subject.relation(node.relation)
    if len(table.parts) != 1 or len(node.cmds) != 1 or table.if_exists or table.only or subject.is_down:
        return None
    if relation is not None and relation.kind is not RelationKind.TABLE:
        return None
    definition = node.cmds[0].command.definition
    one = definition.constraint if definition is not None else None
    if one is None or one.contype not in _KINDS or one.indexname or one.options or one.without_overlaps:
        return None
    columns = names(one.keys)
    if one.contype == "CONSTR_PRIMARY" and (
        relation is None
        or not all(column in relation.columns and relation.columns[column].not_null for column in columns)
    ):
        return None
    if any(words.has(number, "TABLESPACE") for number in range(len(words))):
        return None
    name = one.conname or generated_names(subject)[0]
    if not name:
        return None
    written = words.written(table.parts[0][0] + 2) if one.conname else quoted(name)
    listed = ", ".join(map(words.as_written, columns))
    index = (
        f"{words.comments(0, len(words) - 1)}{words.spelled('CREATE UNIQUE INDEX CONCURRENTLY')} {written}"
        f" {words.spelled('ON')} {table.table} ({listed})"
    )
    if one.including:
        index += f" {words.spelled('INCLUDE')} ({', '.join(map(words.as_written, names(one.including)))})"
    if one.nulls_not_distinct:
        index += words.spelled(" NULLS NOT DISTINCT")
    kind = f"{_KINDS[one.contype]} USING INDEX"
    constraint = f"{table.keep(words.spelled('ADD CONSTRAINT'))} {written} {words.spelled(kind)} {written}"
    if one.deferrable:
        constraint += words.spelled(" DEFERRABLE INITIALLY DEFERRED" if one.initdeferred else " DEFERRABLE")
    return name, written, index, constraint


def _schema(table: AlterTable) -> str:
    schema, dot, _ = table.table.rpartition(".")
    return schema + dot


def _downs(subject: Subject, name: str) -> list[Statement] | None:
    """Return the statement of the down file that drops the constraint, if there is one; None if it cannot be moved."""
    pair = subject.file.pair
    if pair is None:
        return []
    found = list(altering(pair, subject, "AT_DropConstraint", name))
    if not found:
        return []
    statement = found[0][0]
    earlier = pair.statements[: statement.number]
    table = subject.node.relation.relname
    if len(found) > 1 or len(statement.node.cmds) > 1 or needs_its_place(pair.statements):
        return None
    return None if any(disturbs(one, name, (table,), unique=True) for one in earlier) else [statement]


def _may_leave(subject: Subject, name: str) -> bool:
    file, tables = subject.file, subject.tables
    later = file.statements[subject.statement.number + 1 :]
    return (
        not needs_its_place(file.statements)
        and not any(disturbs(one, name, tables, unique=True) for one in later)
        and keeps_names(subject, subject.node)
    )

"""How does a foreign key get the index that it needs? In a migration behind its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.lint.fixes.brought import constraints
from whimbrel.lint.fixes.draft import Draft
from whimbrel.lint.fixes.independence import disturbs, needs_its_place
from whimbrel.lint.fixes.words import AlterTable, Words, quoted
from whimbrel.schema.catalog import RelationKind
from whimbrel.schema.fold import fold
from whimbrel.schema.generated_names import choose
from whimbrel.sql.tree import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.findings.fix import Fix
    from whimbrel.lint.fixes.subject import Subject


def create_index(subject: Subject) -> Fix | None:
    """Add a pair that builds the index."""
    node, statement = subject.node, subject.statement
    if subject.is_down or needs_its_place(subject.file.statements):
        return None
    columns = next((found for at, found in _foreign_keys(subject) if at == subject.at), None)
    relation = subject.relation(node.relation)
    created = statement.kind == "CreateStmt"
    if columns is None or (relation is not None and relation.kind is not RelationKind.TABLE):
        return None
    if created and (node.partspec is not None or node.inh_relations):
        return None
    words = Words(statement)
    table = _table(words) if created else AlterTable(statement).table
    schema, dot, _ = table.rpartition(".")
    place = subject.catalog.name_of(node.relation)[0]
    name = _free(subject, place, columns)
    later = subject.file.statements[statement.number + 1 :]
    if any(disturbs(one, name, subject.tables) for one in later):
        return None
    draft = Draft(subject)
    spelled, written = words.spelled, quoted(name)
    listed = ", ".join(map(words.as_written, columns))
    create = f"{spelled('CREATE INDEX CONCURRENTLY')} {written} {spelled('ON')} {table} ({listed});"
    draft.pair(f"create_{name}", create, f"{spelled('DROP INDEX CONCURRENTLY')} {schema}{dot}{written};")
    return draft.finish(f"build the index {name} in a migration of its own")


def _free(subject: Subject, schema: str, columns: tuple[str, ...]) -> str:
    """Return a name for the index that nothing has when its migration runs, nor gets later."""
    before, after = subject.catalog, subject.catalog.branch()
    for one in subject.file.statements[subject.statement.number :]:
        fold(after, one.kind, one.node, transaction=one.transaction)
    every = (*before.relations, *before.indexes, *after.relations, *after.indexes)
    taken = {name for place, name in every if place == schema}
    version = subject.file.version or 0
    later = [file.data.lower() for file in subject.files if (file.version or 0) > version]
    while True:
        name = choose(subject.node.relation.relname, "_".join(columns), "idx", taken)
        if not any(name.lower().encode() in data for data in later):
            return name
        taken.add(name)


def _table(words: Words) -> str:
    """Return the table's name in CREATE TABLE, as written."""
    at = next(number for number in range(len(words)) if words.has(number, "TABLE")) + 1
    if words.has(at, "IF", "NOT", "EXISTS"):
        at += 3
    return words.name(at)[0]


def _foreign_keys(subject: Subject) -> Iterator[tuple[int | None, tuple[str, ...]]]:
    """Yield where each foreign key of the statement is found, and its columns."""
    for column, constraint in constraints(subject):
        if constraint.contype == "CONSTR_FOREIGN":
            columns = names(constraint.fk_attrs) or ((column.colname,) if column is not None else ())
            yield subject.statement.at(constraint.location if column is None else column.location), columns

"""How does an index come, go and get rebuilt without stopping writes? CONCURRENTLY, alone in its file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from whimbrel.findings.fix import Edit, Fix
from whimbrel.lint.fixes.counterpart import creating_index, dropping_index
from whimbrel.lint.fixes.draft import Draft, alone, may_stay, with_comments
from whimbrel.lint.fixes.independence import disturbs, keeps_names, needs_its_place
from whimbrel.lint.fixes.words import Words, quoted
from whimbrel.schema.catalog import RelationKind
from whimbrel.schema.fold import fold
from whimbrel.schema.generated_names import cut

if TYPE_CHECKING:
    from whimbrel.lint.file import File, Statement
    from whimbrel.lint.fixes.subject import Subject

_KEEPS = "Nothing to undo: an index that is built anew is the same index."


def create_index(subject: Subject) -> Fix | None:
    """Write CREATE INDEX CONCURRENTLY."""
    node, statement = subject.node, subject.statement
    relation = subject.relation(node.relation)
    if not node.relation.inh or (relation is not None and relation.kind is RelationKind.PARTITIONED):
        return None
    words = Words(statement)
    at = words.at(3 if node.unique else 2)
    name = cut(node.idxname) or _chosen(subject)
    if not name:
        return None
    insert = words.spelled("CONCURRENTLY ") + ("" if node.idxname else f"{quoted(name)} ")
    edits = [Edit(at, at, insert)]
    title = f"build {name} concurrently"
    done = _here(subject, edits, title)
    if done is not None or not _can_leave(subject, name, subject.tables, unique=node.unique):
        return done
    if not keeps_names(subject, msgspec.structs.replace(node, idxname=name)):
        return None
    draft = Draft(subject)
    comments = draft.remove(statement)
    down = _undone(draft, subject, words, name)
    if down is None:
        return None
    draft.pair(f"create_{name}", with_comments(comments, words.edited(edits)), down)
    return draft.finish(f"{title}, in a migration of its own")


def _chosen(subject: Subject) -> str:
    """Return the name that the server gives to an index without one, empty where the table is not known."""
    table = subject.catalog.name_of(subject.node.relation)
    if table not in subject.catalog.relations:
        return ""
    after = subject.catalog.branch()
    fold(after, subject.statement.kind, subject.node)
    made = after.relations[table].indexes.keys() - subject.catalog.relations[table].indexes.keys()
    return next(iter(made), "")


def _undone(draft: Draft, subject: Subject, words: Words, name: str) -> str | None:
    """Return the new down file's text, to which the old one's DROP INDEX moves; None where it cannot."""
    table, _ = words.name(_table_word(words))
    schema, dot, _ = table.rpartition(".")
    written = words.as_written(name) if subject.node.idxname else quoted(name)
    pair = subject.file.pair
    drops = list(dropping_index(pair, name)) if pair is not None else []
    if not drops:
        return f"{words.spelled('DROP INDEX CONCURRENTLY')} {schema}{dot}{written};"
    drop = drops[0]
    if len(drops) > 1 or len(drop.node.objects) > 1 or drop.node.behavior == "DROP_CASCADE":
        return None
    earlier = drop.file.statements[: drop.number]
    if needs_its_place(drop.file.statements) or any(
        disturbs(one, name, (subject.node.relation.relname,), unique=subject.node.unique)
        for one in earlier
        if one.kind != "AlterTableStmt" or subject.node.unique
    ):
        return None
    return with_comments(draft.remove(drop), _drop_concurrently(drop))


def _table_word(words: Words) -> int:
    """Return the number of the token with which the table's name begins in CREATE INDEX."""
    for number in range(2, len(words)):
        if words.has(number, "ON"):
            return number + 1
    return len(words)


def _drop_concurrently(statement: Statement) -> str:
    words = Words(statement)
    at = words.at(2)
    edits = [] if statement.node.concurrent else [Edit(at, at, words.spelled("CONCURRENTLY "))]
    return words.edited(edits)


def drop_index(subject: Subject) -> Fix | None:
    """Write DROP INDEX CONCURRENTLY."""
    node, statement = subject.node, subject.statement
    if len(node.objects) != 1 or node.behavior == "DROP_CASCADE":
        return None
    *schema, name = node.objects[0].name
    table = subject.catalog.index_table(schema[-1] if schema else "", name)
    index = table.indexes.get(name) if table is not None else None
    if table is not None and table.kind is RelationKind.PARTITIONED:
        return None
    if index is not None and (index.constraint or index.parent):
        return None
    words = Words(statement)
    at = words.at(2)
    edits = [Edit(at, at, words.spelled("CONCURRENTLY "))]
    title = f"drop {name} concurrently"
    done = _here(subject, edits, title)
    if done is not None or table is None or index is None:
        return done
    pair = subject.file.pair
    creates = list(creating_index(pair, name)) if pair is not None else []
    if len(creates) != 1 or not _can_leave(subject, name, (table.name[1],), unique=index.unique):
        return None
    if not keeps_names(subject, node):
        return None
    back = creates[0]
    earlier = back.file.statements[: back.number]
    if needs_its_place(back.file.statements) or any(
        disturbs(one, name, (table.name[1],), unique=index.unique) and not _drops_others(one, back) for one in earlier
    ):
        return None
    draft = Draft(subject)
    comments = draft.remove(statement)
    inverse = Words(back)
    place = inverse.at(3 if back.node.unique else 2)
    again = [] if back.node.concurrent else [Edit(place, place, inverse.spelled("CONCURRENTLY "))]
    down = with_comments(draft.remove(back), inverse.edited(again))
    draft.pair(f"drop_{name}", with_comments(comments, words.edited(edits)), down)
    return draft.finish(f"{title}, in a migration of its own")


def _drops_others(statement: Statement, index: Statement) -> bool:
    """Say whether a statement only drops columns that an index does without."""
    if statement.kind != "AlterTableStmt":
        return False
    words = Words(index)
    return all(
        one.command.subtype == "AT_DropColumn" and not words.mentions(one.command.name) for one in statement.node.cmds
    )


def reindex(subject: Subject) -> Fix | None:
    """Write REINDEX … CONCURRENTLY."""
    node, statement = subject.node, subject.statement
    words = Words(statement)
    kinds = ("INDEX", "TABLE", "SCHEMA", "DATABASE")
    kind = next((number for number in range(1, len(words)) if any(words.has(number, one) for one in kinds)), 0)
    if not kind or node.kind == "REINDEX_OBJECT_SYSTEM" or kind + 1 >= len(words):
        return None
    at = words.at(kind + 1)
    edits = [Edit(at, at, words.spelled("CONCURRENTLY "))]
    what, _ = words.name(kind + 1)
    title = f"rebuild {what} concurrently"
    done = _here(subject, edits, title)
    names = (node.relation.relname,) if node.relation is not None else ()
    if done is not None or not names or not _can_leave(subject, names[0], names):
        return done
    draft = Draft(subject)
    comments = draft.remove(statement)
    draft.pair(f"reindex_{names[0]}", with_comments(comments, words.edited(edits)), f"-- {_KEEPS}")
    return draft.finish(f"{title}, in a migration of its own")


def _here(subject: Subject, edits: list[Edit], title: str) -> Fix | None:
    """Return the fix of a statement that may stay where it is, None where it has to leave its file."""
    goes = [] if may_stay(subject) else alone(subject.statement)
    if goes is None:
        return None
    draft = Draft(subject)
    draft.edit(subject.statement, edits)
    for one in goes:
        draft.take_out(one)
    return draft.finish(title)


def _can_leave(subject: Subject, own: str, tables: tuple[str, ...], *, unique: bool = False) -> bool:
    """Say whether a statement of an up file may run when all others of its file have run."""
    file: File = subject.file
    return (
        not subject.is_down
        and not needs_its_place(file.statements)
        and not any(
            disturbs(one, own, tables, unique=unique) for one in file.statements[subject.statement.number + 1 :]
        )
    )

"""Which statement of the down file takes this one back?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.file import File, Statement
    from whimbrel.lint.fixes.subject import Subject


def dropping_index(file: File, name: str) -> Iterator[Statement]:
    """Yield the statements that drop an index."""
    for one in file.statements:
        drops = one.kind == "DropStmt" and one.node.remove_type == "OBJECT_INDEX"
        if drops and any(dropped.name[-1] == name for dropped in one.node.objects):
            yield one


def creating_index(file: File, name: str) -> Iterator[Statement]:
    """Yield the statements that create an index."""
    for one in file.statements:
        if one.kind == "IndexStmt" and one.node.idxname == name:
            yield one


def altering(file: File, subject: Subject, subtype: str, name: str) -> Iterator[tuple[Statement, int]]:
    """Yield the ALTER TABLEs of the subject's table with a subcommand `subtype` for `name`, and its number."""
    table = subject.catalog.name_of(subject.node.relation)
    for one in file.statements:
        if one.kind == "AlterTableStmt" and subject.catalog.name_of(one.node.relation) == table:
            for number, part in enumerate(one.node.cmds):
                if part.command.subtype == subtype and part.command.name == name:
                    yield one, number


def drops_table(file: File, subject: Subject) -> bool:
    """Say whether the file drops the subject's table."""
    table = subject.catalog.name_of(subject.node.relation)
    return any(
        subject.catalog.resolve("".join(dropped.name[-2:-1]), dropped.name[-1]) == table
        for one in file.statements
        if one.kind == "DropStmt" and one.node.remove_type == "OBJECT_TABLE"
        for dropped in one.node.objects
    )

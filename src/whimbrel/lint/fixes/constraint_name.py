"""How does a constraint get a name? By the one that the server makes up, so that nothing changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.fix import Edit
from whimbrel.lint.fixes.brought import made_up
from whimbrel.lint.fixes.draft import Draft
from whimbrel.lint.fixes.words import Words, quoted

if TYPE_CHECKING:
    from whimbrel.findings.fix import Fix
    from whimbrel.lint.fixes.subject import Subject


def write_name(subject: Subject) -> Fix | None:
    """Write CONSTRAINT and the name before the constraint that was found."""
    statement = subject.statement
    if statement.kind == "CreateStmt" and (subject.node.inh_relations or subject.node.if_not_exists):
        return None
    name = next((name for one, name in made_up(subject) if statement.at(one.location) == subject.at), "")
    if not name:
        return None
    at = statement.file.characters(subject.at) - statement.file.characters(statement.start)
    draft = Draft(subject)
    draft.edit(statement, [Edit(at, at, f"{Words(statement).spelled('CONSTRAINT')} {quoted(name)} ")])
    return draft.finish(f"name it {name}, as the server does")

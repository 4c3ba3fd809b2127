"""What does each statement of a file do to the schema that the files before it made?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from whimbrel.lint.parsing import Reason, parse
from whimbrel.lint.session import Session
from whimbrel.locks.effect import Effect, effect_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.file import File
    from whimbrel.lint.grammar_process import GrammarProcess
    from whimbrel.lint.parsing import Unreadable
    from whimbrel.schema.catalog import Catalog

_HIDES_STATEMENTS: Final = frozenset(
    {
        Reason.SYNTAX,
        Reason.TOO_DEEP,
        Reason.TOO_SLOW,
        Reason.TEMPLATE,
        Reason.PSQL_COMMAND,
        Reason.BINARY,
        Reason.UTF_16,
    }
)


@dataclass(frozen=True, slots=True)
class Told:
    """A statement, or what of a file cannot be read, and what it does."""

    line: int
    text: str
    effect: Effect


def fold_file(file: File, catalog: Catalog, grammar: GrammarProcess) -> None:
    """Change the catalog as a file does, for what comes behind it."""
    parse(file, grammar)
    catalog.file += 1
    session = Session(catalog, file.statements)
    for statement in file.statements:
        session.follow_all(statement)
    catalog.end_session()


def effects_in(file: File, catalog: Catalog, grammar: GrammarProcess, version: int) -> Iterator[Told]:
    """Yield what each statement of a file does, in order, and change the catalog as it goes.

    Raises:
        NoGrammar: the library with PostgreSQL's grammar is not installed.
    """
    problems = [problem for problem in parse(file, grammar) if problem.reason in _HIDES_STATEMENTS]
    pending = sorted(problems, key=lambda one: one.at, reverse=True)
    catalog.file += 1
    session = Session(catalog, file.statements)
    for statement in file.statements:
        while pending and pending[-1].at <= statement.start:
            yield _unread(file, pending.pop())
        effect = effect_of(statement.kind, statement.node, statement.raw, catalog, version, utc=session.utc)
        yield Told(file.position(statement.start)[0], statement.text, effect)
        session.follow_all(statement)
    while pending:
        yield _unread(file, pending.pop())
    catalog.end_session()


def _unread(file: File, problem: Unreadable) -> Told:
    line, column = file.position(problem.at)
    start = problem.at if problem.start is None else problem.start
    words = problem.message if problem.reason is Reason.SYNTAX else f"{problem.reason} {problem.message}".strip()
    error = f"{words} (line {line}, column {column})"
    effect = Effect(None, None, None, transaction_block=True, complete=False, error=error)
    text = file.data[start : problem.end].decode("utf-8", "replace").rstrip("; \t\r\n")
    return Told(file.position(start)[0], text, effect)

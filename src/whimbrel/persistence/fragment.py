"""What are the pieces that the text of a query is put together from?

Pieces are written in the program, with psycopg's placeholders %(name)s for values; nothing that a user sends is one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from whimbrel.persistence.errors import StatementError

if TYPE_CHECKING:
    from typing import Final, LiteralString

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PERCENT: Final = re.compile(r"%(?:%|\((\w+)\)s|(.?))", re.DOTALL)
SIMPLE: Final = re.compile(r"(?:\w+\.)*(\w+)|(?:\"\w+\"\.|\w+\.)*(\"\w+\")", re.ASCII)
"""A name of a column, with or without its table's; the last group is the name alone."""


class Direction(StrEnum):
    """Which values come first."""

    ASC = "ASC"
    DESC = "DESC"


class Nulls(StrEnum):
    """Where NULL stands among the values of a key."""

    NEVER = ""
    FIRST = "NULLS FIRST"
    LAST = "NULLS LAST"


_OPPOSITE: Final = {Direction.ASC: Direction.DESC, Direction.DESC: Direction.ASC}
_OTHER_END: Final = {Nulls.NEVER: Nulls.NEVER, Nulls.FIRST: Nulls.LAST, Nulls.LAST: Nulls.FIRST}


@dataclass(frozen=True, slots=True)
class Key:
    """What rows are ordered by: an expression, its direction, where its NULLs stand, and its Python type.

    The type is needed only where the value goes into a cursor.
    """

    expression: str
    direction: Direction
    type: type | None = None
    nulls: Nulls = Nulls.NEVER

    @property
    def text(self) -> str:
        """The key as ORDER BY has it."""
        return " ".join(part for part in (enclosed(self.expression), self.direction, self.nulls) if part)

    def reversed(self) -> Key:
        """The key that puts the same rows in the opposite order."""
        return replace(self, direction=_OPPOSITE[self.direction], nulls=_OTHER_END[self.nulls])


def asc(expression: LiteralString, type_: type | None = None, *, nulls: Nulls = Nulls.NEVER) -> Key:
    """Smallest first. Say where NULLs stand if there can be any: PostgreSQL's own place, and its index's, is last."""
    return Key(expression, Direction.ASC, type_, nulls)


def desc(expression: LiteralString, type_: type | None = None, *, nulls: Nulls = Nulls.NEVER) -> Key:
    """Greatest first. Say where NULLs stand if there can be any: PostgreSQL's own place, and its index's, is first."""
    return Key(expression, Direction.DESC, type_, nulls)


@dataclass(frozen=True, slots=True, init=False)
class Order:
    """The keys of one order, the first one foremost."""

    keys: tuple[Key, ...]

    def __init__(self, *keys: Key) -> None:
        object.__setattr__(self, "keys", keys)

    @property
    def text(self) -> str:
        """The keys as ORDER BY has them."""
        return ", ".join(key.text for key in self.keys)


@dataclass(frozen=True, slots=True)
class Predicate:
    """A condition that a call may set: by giving the value of the same name, or by True if it takes none."""

    text: LiteralString
    type: Any = None


class Strength(StrEnum):
    """How strongly rows are locked, the strongest first."""

    UPDATE = "FOR UPDATE"
    NO_KEY_UPDATE = "FOR NO KEY UPDATE"
    SHARE = "FOR SHARE"
    KEY_SHARE = "FOR KEY SHARE"


class Wait(StrEnum):
    """What happens at a row that another transaction has locked."""

    BLOCK = ""
    SKIP_LOCKED = "SKIP LOCKED"
    NOWAIT = "NOWAIT"


@dataclass(frozen=True, slots=True)
class RowLock:
    """A lock on the rows that a query returns, held to the end of the transaction; `of` names tables of a join.

    NO_KEY_UPDATE is enough where no key changes: it lets foreign keys to the row be checked.
    """

    strength: Strength
    wait: Wait = Wait.BLOCK
    of: tuple[LiteralString, ...] = ()

    @property
    def text(self) -> str:
        """The clause."""
        of = f"OF {', '.join(self.of)}" if self.of else ""
        return " ".join(part for part in (self.strength, of, self.wait) if part)


@dataclass(frozen=True, slots=True)
class TextSearch:
    """A full-text search over `vector`, a tsvector: write it as the index has it, so that the index is used.

        USERS = TextSearch("to_tsvector('simple', name || ' ' || email)", config="simple")

    The query is in web search syntax (words, "phrases", or, -not), which no input makes fail.
    """

    vector: LiteralString
    config: LiteralString

    def matches(self, param: LiteralString) -> LiteralString:
        """Return the condition for what `param` finds."""
        return f"{self.vector} @@ {self._query(param)}"

    def best(self, param: LiteralString) -> Key:
        """Return the key that puts what matches `param` best first."""
        return desc(f"ts_rank({self.vector}, {self._query(param)})")

    def _query(self, param: LiteralString) -> LiteralString:
        return f"websearch_to_tsquery('{self.config}', %({param})s)"


def ignoring_case(column: LiteralString, param: LiteralString) -> LiteralString:
    """Return the condition that a text is `param` in whatever case; it uses an index on lower(column)."""
    return f"lower({column}) = lower(%({param})s)"


def placeholders(owner: str, text: str) -> tuple[str, ...]:
    """Return the names of psycopg's placeholders in a fragment, each once; StatementError for a stray percent sign."""
    names: dict[str, None] = {}
    for found in _PERCENT.finditer(text):
        if found[2] is not None:
            raise StatementError(
                owner, f"a percent sign stands alone in {text!r}", remedy="write %(name)s, or %% for the sign itself"
            )
        if found[1]:
            names[found[1]] = None
    return tuple(names)


def check_name(owner: str, name: str) -> None:
    """Raise StatementError for a name that cannot be that of a placeholder and a part of a statement's name."""
    if not _NAME.fullmatch(name):
        raise StatementError(owner, f"{name!r} is no name", remedy="use ASCII letters, digits and underscores")


def enclosed(expression: str) -> str:
    """Return an expression that can stand beside any operator."""
    return expression if SIMPLE.fullmatch(expression) else f"({expression})"

"""What is in a file that is linted: its text, its statements, and where in a directory does it stand?"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import msgspec

from whimbrel.migration.direction import Direction
from whimbrel.sql.tree import STATEMENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from msgspec import Raw

    from whimbrel.migration.filename import NameProblem

FARTHEST: Final = 1_000
"""How many statements of the same kind a rule looks back or ahead, so that no file takes the square of its size."""

_NEWLINE = re.compile(rb"\n")
_WORDS = bytes(one if one < 128 and (chr(one).isalnum() or one == ord("_")) else 32 for one in range(256)).lower()
_STEP = 4096
_FOLLOWING = bytes(range(0x80, 0xC0))
"""Bytes of UTF-8 that begin no character."""
_BEFORE = re.compile(rb"(?:\s++|--[^\n]*+|;)*+")


class Statements(list["Statement"]):
    """Statements in their order, to which others are only ever added at the end.

    A rule that asks something at each of a file's statements asks here, so that a file with a hundred thousand of them
    is read in a time that grows with its size and not with its square.
    """

    __slots__ = ("_altering", "_chosen")

    def __init__(self) -> None:
        self._chosen: dict[object, tuple[list[Statement], int]] = {}
        self._altering: tuple[dict[str, list[Statement]], int] | None = None

    def of(self, *kinds: str) -> list[Statement]:
        """Return those of these kinds, in order."""
        return self._look(kinds, lambda one: one.kind in kinds)

    def that(self, test: Callable[[Statement], bool]) -> list[Statement]:
        """Return those of which a function says yes, in order; each is asked for once."""
        return self._look(test, test)

    def altering(self, table: str) -> list[Statement]:
        """Return the ALTER TABLEs of tables with this name, in whatever schema, in order."""
        altering = self.of("AlterTableStmt")
        by_table, seen = self._altering or ({}, 0)
        if seen < len(altering):
            for one in altering[seen:]:
                by_table.setdefault(one.node.relation.relname, []).append(one)
            self._altering = by_table, len(altering)
        return by_table.get(table, [])

    def _look(self, key: object, test: Callable[[Statement], bool]) -> list[Statement]:
        chosen, seen = self._chosen.get(key, (None, 0))
        if chosen is None:
            chosen = []
        if seen < len(self):
            chosen += [one for one in self[seen:] if test(one)]
            self._chosen[key] = chosen, len(self)
        return chosen


@dataclass(slots=True, eq=False)
class File:
    """A file. `ordinal` is its place in the order of reading: each down file directly behind its up file."""

    path: str
    """As the user wrote it, or relative to where we are."""
    name: str
    data: bytes
    ordinal: int
    version: int | None = None
    title: str = ""
    direction: Direction | None = None
    """None where the name is not a migration's."""
    almost: NameProblem | None = None
    """Why the name is only almost a migration's."""
    linted: bool = True
    """False for a file that is only read for what it makes."""
    new: bool = False
    """Whether `--since` says that it is new."""
    edited: bool = False
    """Whether `--since` says that it was there and has been changed."""
    whole: bool = True
    """Whether all of it could be read."""
    no_transaction: bool = False
    """Whether its head says `-- whimbrel: no-transaction`."""
    statements: Statements = field(default_factory=Statements)
    refused: list[tuple[int, int]] = field(default_factory=list)
    """Where parts of it stand that could not be read."""
    pair: File | None = None
    """The other direction's file of the same version."""
    newest: bool = False
    """Whether no other file of its directory has a higher version."""
    fixable: bool = False
    """Whether it is new, so that nobody has run it and it may be changed."""
    added: bool = False
    """Whether a fix made it."""
    given: bool = False
    """Whether its text came from standard input."""
    is_down: bool = field(init=False)
    """Whether it takes a migration back: what it makes was designed before."""
    _lines: list[int] = field(default_factory=list)
    _counts: list[int] = field(default_factory=list)
    """How many characters stand before each `_STEP` bytes, where a line is long."""
    _words: frozenset[bytes] | None = None

    def __post_init__(self) -> None:
        self.is_down = self.direction is Direction.DOWN

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing in it but white space and comments."""
        return not self.statements and first_word(self.data, 0, len(self.data)) >= len(self.data)

    @property
    def words(self) -> frozenset[bytes]:
        """All that looks like a word, in lower case: in comments and strings too."""
        if self._words is None:
            self._words = frozenset(self.data.translate(_WORDS).split())
        return self._words

    @property
    def text(self) -> str:
        """The file's text."""
        return self.data.decode("utf-8", "replace")

    def position(self, offset: int) -> tuple[int, int]:
        """Return line and column of a byte offset, both from 1, the column in characters."""
        if not self._lines:
            self._lines = [0, *(found.end() for found in _NEWLINE.finditer(self.data))]
        line = bisect_right(self._lines, offset)
        start = self._lines[line - 1]
        if offset - start > _STEP:  # a long line is not read again from its start for each finding
            return line, self._characters(offset) - self._characters(start) + 1
        return line, len(self.data[start:offset].decode("utf-8", "replace")) + 1

    def _characters(self, offset: int) -> int:
        """Return how many characters stand before a byte offset."""
        if not self._counts:
            self._counts = [0]
            for at in range(0, len(self.data), _STEP):
                self._counts.append(self._counts[-1] + len(self.data[at : at + _STEP].translate(None, _FOLLOWING)))
        mark = offset // _STEP
        return self._counts[mark] + len(self.data[mark * _STEP : offset].translate(None, _FOLLOWING))

    def forget(self) -> None:
        """Give back what was read; what is known of it by name stays."""
        self.statements, self.data, self.pair, self._lines, self._words = Statements(), b"", None, [], None
        self._counts = []

    def characters(self, offset: int) -> int:
        """Return how many characters stand before a byte offset."""
        return len(self.data[:offset].decode("utf-8", "replace"))


class Statement(msgspec.Struct, eq=False):
    """A statement of a file.

    `kind` is the grammar's name of its node, `AlterTableStmt` say. Statements with the same `transaction` are in one;
    None is outside of any. `within` is the DO statement or function that it stands in.
    """

    file: File
    kind: str
    raw: Raw
    start: int
    """Byte offset in the file of its first word."""
    end: int
    number: int
    """Its place in the file, from 0."""
    transaction: int | None = 0
    within: Statement | None = None
    shift: int = 0
    """What to add to a node's `location` to get its byte offset in the file."""
    in_block: bool = False
    """Whether it stands between the file's own BEGIN and its COMMIT."""
    conditional: bool = False
    """Whether it stands in a branch, loop or handler of a body, so that it may not run."""
    node: Any = None
    """The statement's struct in `whimbrel.sql.tree`; None for kinds that we do not take apart."""

    def __post_init__(self) -> None:
        decode = _decoder(self.kind)
        if decode is not None:
            self.node = decode(self.raw)

    def at(self, location: int) -> int | None:
        """Return the byte offset in the file of a node's `location`, None where it is not in sight."""
        offset = self.shift + location
        return offset if self.start <= offset < self.end else None

    @property
    def text(self) -> str:
        """The statement as written, without the semicolon."""
        return self.file.data[self.start : self.end].decode("utf-8", "replace")


def together(found: list[Statement], statement: Statement) -> list[Statement]:
    """Return those that run in the same transaction as a statement behind them all, the nearest `FARTHEST` at most."""
    same: list[Statement] = []
    if statement.transaction is not None:
        for other in islice(reversed(found), FARTHEST):
            if other.transaction == statement.transaction:
                same.append(other)
            elif other.transaction is not None:
                break
        same.reverse()
    return same


def behind(found: list[Statement], statement: Statement) -> Iterator[Statement]:
    """Yield those that stand behind a statement of the same file, not in its body, the nearest `FARTHEST` at most."""
    first = bisect_right(found, statement.number, key=_number)
    for place in range(first, min(first + FARTHEST, len(found))):
        yield found[place]


def _number(statement: Statement) -> int:
    return statement.number


@cache
def _decoder(kind: str) -> Callable[[Raw], Any] | None:
    struct = STATEMENTS.get(kind)
    return None if struct is None else msgspec.json.Decoder(struct).decode


def first_word(data: bytes, offset: int, end: int) -> int:
    """Return the offset of the first byte at or after `offset` that is no white space and no comment."""
    while offset < end:
        found = _BEFORE.match(data, offset, end)
        offset = found.end() if found else offset
        if data[offset : offset + 2] != b"/*":
            return offset
        depth = 0
        while offset < end:
            if data[offset : offset + 2] == b"/*":
                depth, offset = depth + 1, offset + 2
            elif data[offset : offset + 2] == b"*/":
                depth, offset = depth - 1, offset + 2
                if depth == 0:
                    break
            else:
                offset += 1
    return offset

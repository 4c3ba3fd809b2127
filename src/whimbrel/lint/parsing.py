"""Which statements are in a file, and what in it can nobody read?"""

from __future__ import annotations

import re
import sys
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import msgspec

from whimbrel.lint.file import Statement, Statements, first_word
from whimbrel.lint.grammar_process import GrammarProcess, TooDeep, TooSlow
from whimbrel.migration.directives import no_transaction
from whimbrel.sql.grammar import GrammarError
from whimbrel.sql.tree import Script

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from whimbrel.lint.file import File

LARGE: Final = 1_000_000
"""Bytes from which a file is read statement by statement, and most INSERTs in it are passed over."""
_LONG_INSERT: Final = 64_000
_MOST_REFUSED: Final = 100
"""Statements that cannot be read and are each a finding: a file with more is something else than SQL."""
_DEEPEST: Final = 10_000
"""Python's recursion limit while rules decode trees; C frames of that depth fit a stack of 8 MB."""
_DEEPEST_READ: Final = 9_000
"""That while statements are read: what was read can be decoded wherever a rule asks for it."""

_script = msgspec.json.Decoder(Script).decode
_parts = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_BOM: Final = b"\xef\xbb\xbf"
_NOT_ASCII: Final = re.compile(rb"[\x80-\xff]")
_INSERT_VALUES: Final = re.compile(rb"INSERT\s+INTO\s[^'();]+(?:\([^'();]*\)\s*)?VALUES\b", re.I)
_COPY_DATA: Final = re.compile(
    rb"(\bcopy\b[^;]*?\bfrom\s+stdin\b[^;]*;[^\n]*\n)(.*?^\\\.[^\n]*$|.*\Z)", re.I | re.S | re.M
)
_TEMPLATE: Final = re.compile(
    rb"\{\{.*?\}\}|\{%.*?%\}|<%.*?%>|\$\{[^}\n]*\}|(?<![:\w]):(?:'\w+'|\"\w+\"|[a-z_]\w*)(?!:)|%\([a-z_]\w*\)s",
    re.I | re.S,
)
_TAG: Final = re.compile(rb"\{%.*?%\}|<%(?!=).*?%>", re.S)
"""A template's `{% if … %}` and the like, which stand for no text."""


class Reason(StrEnum):
    """Why a file, or a part of it, cannot be read."""

    SYNTAX = "syntax"
    TOO_DEEP = "too deep"
    TOO_SLOW = "too slow"
    TOO_LARGE = "too large"
    BINARY = "binary"
    UTF_16 = "UTF-16"
    NOT_UTF_8 = "not UTF-8"
    NUL = "NUL"
    BYTE_ORDER_MARK = "byte order mark"
    PSQL_COMMAND = "psql command"
    COPY_DATA = "COPY data"
    TEMPLATE = "template"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What cannot be read: why, in the server's words where it is the grammar that refuses, and byte offsets."""

    reason: Reason
    message: str
    at: int
    end: int
    start: int | None = None
    """Where the statement begins that the grammar refuses."""


def parse(file: File, grammar: GrammarProcess) -> list[Unreadable]:
    """Fill `file.statements`; return what cannot be read. The rest is read statement by statement."""
    data, problems = _text(file.data)
    if data is None:
        return problems
    file.no_transaction, file.statements = no_transaction(data), Statements()
    with reading():
        if len(data) < LARGE:
            try:
                file.statements += _statements(file, grammar, data, 0)
            except (GrammarError, RecursionError):
                data = _without_clients_parts(data, problems)
            else:
                return problems
        else:
            problems.append(Unreadable(Reason.TOO_LARGE, f"it holds {len(data) / 1e6:.1f} MB", 0, 0))
            data = _without_clients_parts(data, problems)
        _one_by_one(file, grammar, data, problems)
    file.refused = [(one.at if one.start is None else one.start, one.end) for one in problems if one.end > one.at]
    return problems


def _text(data: bytes) -> tuple[bytes | None, list[Unreadable]]:
    """Return what can be given to the grammar, byte for byte as long as the file, and what is wrong with the bytes."""
    problems: list[Unreadable] = []
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None, [Unreadable(Reason.UTF_16, "", 0, 0)]
    if b"\0" in data:
        at = data.index(b"\0")
        if b"\0" in data[:1000] and data.count(b"\0") > 8:
            return None, [Unreadable(Reason.BINARY, "", at, at + 1)]
        problems.append(Unreadable(Reason.NUL, "", at, at + 1))
        data = data.replace(b"\0", b" ")
    if not data.isascii():
        if data.startswith(_BOM):
            problems.append(Unreadable(Reason.BYTE_ORDER_MARK, "", 0, 3))
            data = b"   " + data[3:]
        try:
            data.decode()
        except UnicodeDecodeError as error:
            problems.append(Unreadable(Reason.NOT_UTF_8, "", error.start, error.end))
            data = _NOT_ASCII.sub(b"?", data)
    return data, problems


def _statements(file: File, grammar: GrammarProcess, data: bytes, shift: int) -> list[Statement]:
    script = _script(grammar.parse(data))
    found: list[Statement] = []
    for number, parsed in enumerate(script.stmts):
        for kind, raw in parsed.stmt.items():
            end = parsed.stmt_location + parsed.stmt_len if parsed.stmt_len else len(data)
            start = first_word(data, parsed.stmt_location, end)
            if not parsed.stmt_len:
                end = start + len(data[start:end].rstrip(b"; \t\r\n"))
            if kind == "SelectStmt" and b'"intoClause"' in bytes(raw) and (made := _making(raw)) is not None:
                kind, raw = "CreateTableAsStmt", made  # noqa: PLW2901 - what is told of it is told of the same text
            found.append(Statement(file, kind, raw, start + shift, end + shift, number, shift=shift))
    return found


def _making(raw: msgspec.Raw) -> msgspec.Raw | None:
    """Return a SELECT … INTO as the CREATE TABLE AS that the server makes of it; None where INTO is further inside."""
    parts = _parts(raw)
    into = parts.pop("intoClause", None)
    if into is None:
        return None
    made = {"into": into, "query": {"SelectStmt": parts}, "objtype": "OBJECT_TABLE", "is_select_into": True}
    return msgspec.Raw(msgspec.json.encode(made))


def _without_clients_parts(data: bytes, problems: list[Unreadable]) -> bytes:
    """Blank out what only a client understands: the data of COPY … FROM stdin and psql's commands."""
    from whimbrel.sql.split import psql_commands

    if b"\\" not in data:
        return data
    blanked = bytearray(data)
    for found in _COPY_DATA.finditer(data):
        _blank(blanked, found.start(2), found.end(2), Reason.COPY_DATA, problems)
    text = blanked.decode()
    at = characters = 0
    for start, end in psql_commands(text):
        at += len(text[characters:start].encode())
        characters = start
        _blank(blanked, at, at + len(text[start:end].encode()), Reason.PSQL_COMMAND, problems)
    return bytes(blanked)


def _blank(data: bytearray, at: int, end: int, reason: Reason, problems: list[Unreadable]) -> None:
    """Put spaces in the place of a part; the first of its kind becomes a problem."""
    if not any(problem.reason is reason for problem in problems):
        line = bytes(data[at:end]).split(b"\n", 1)[0].rstrip()
        problems.append(Unreadable(reason, line.decode("utf-8", "replace")[:80], at, at + len(line)))
    data[at:end] = re.sub(rb"[^\n]", b" ", data[at:end])


def _one_by_one(file: File, grammar: GrammarProcess, data: bytes, problems: list[Unreadable]) -> None:
    from whimbrel.sql.split import split

    text = data.decode()
    at = characters = 0
    heads: set[bytes] = set()
    refused: Counter[Reason] = Counter()
    for piece in split(text).statements:
        at += len(text[characters : piece.start].encode())
        characters = piece.start
        body = text[piece.start : piece.end].encode()
        if len(data) >= LARGE and piece.keywords[:1] == ("INSERT",):
            head = _INSERT_VALUES.match(body)
            if len(body) > _LONG_INSERT or (head is not None and head[0] in heads):
                continue
            if head is not None:
                heads.add(head[0])
        try:
            read = _statements(file, grammar, body, at)
        except (GrammarError, RecursionError) as error:
            problem = _refused(body, at, error)
            read = _between_tags(file, grammar, body, at) if problem.reason is Reason.TEMPLATE else []
            if read:
                problem = replace(problem, start=None)
            refused[problem.reason] += 1
            if refused[problem.reason] <= (1 if problem.reason is Reason.TEMPLATE else _MOST_REFUSED):
                problems.append(problem)
        for statement in read:
            statement.number = len(file.statements)
            file.statements.append(statement)


def _between_tags(file: File, grammar: GrammarProcess, body: bytes, at: int) -> list[Statement]:
    """Return what a template says between its tags, all branches of it, where that can be read."""
    bare = _TAG.sub(lambda found: b" " * len(found[0]), body)
    if bare == body:
        return []
    try:
        return _statements(file, grammar, bare, at)
    except (GrammarError, RecursionError):
        return []


def _refused(body: bytes, at: int, error: GrammarError | RecursionError) -> Unreadable:
    end = at + len(body)
    if isinstance(error, TooSlow):
        return Unreadable(Reason.TOO_SLOW, "", at, end, at)
    if isinstance(error, RecursionError | TooDeep):
        return Unreadable(Reason.TOO_DEEP, "", at, end, at)
    if template := _TEMPLATE.search(body):
        found, behind = at + template.start(), at + template.end()
        return Unreadable(Reason.TEMPLATE, template[0].decode()[:80], found, behind, at)
    offset = 0 if error.offset is None else len(body.decode()[: error.offset].encode())
    return Unreadable(Reason.SYNTAX, error.message, at + min(offset, max(len(body) - 1, 0)), end, at)


@contextmanager
def deep(limit: int = _DEEPEST) -> Iterator[None]:
    """Let trees be decoded that nest deeper than Python's own limit."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(limit)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def reading() -> AbstractContextManager[None]:
    """Let statements be read that nest as deep as they may: a little less than what can be decoded."""
    return deep(_DEEPEST_READ)

"""Does the PostgreSQL that is named have this syntax yet?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.sql.expression import decoded, nodes
from whimbrel.sql.first_version import newer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import File, Statement

CARD = Card(
    code="WB700",
    name="unsupported-syntax",
    severity=Severity.ERROR,
    title="Syntax that this version of PostgreSQL does not have",
    condition="A statement, clause, option or setting that came with a later version than the one that the files are "
    "for (--pg-version).",
    effect="The statement fails, mostly with 42601.",
    remedy="Write it in the words of that version, or name the version that you run with --pg-version.",
    until=17,
    sources=("https://www.postgresql.org/docs/release/",),
)
KINDS = ("File",)

_NUMBER = re.compile(rb"0[xX]_?[0-9a-fA-F]|0[oO]_?[0-7]|0[bB]_?[01]|[0-9][0-9.]*_[0-9]")
_SHAPE = bytes(
    ord("0") if chr(one).isdecimal() else one if one == ord("_") else ord("a" if chr(one).isalpha() else " ")
    for one in range(256)
)
"""A table that makes 0 of each digit and a of each letter."""
_PERHAPS = re.compile(rb"_[0-9]|0[xXoObB]")


def check(statement: None, node: File, context: Context) -> Iterator[Found]:
    """Look at a file, when all of it has been seen."""
    version = context.version
    candidates = newer(version, node.words)
    if candidates:
        for one in context.earlier:
            if not candidates.may_be_in(one.kind):
                continue
            seen: set[str] = set()
            for syntax in candidates.found_in(one.kind, one.node, one.raw):
                if syntax.name not in seen and not (one.kind == "RuleStmt" and syntax.name.startswith("OLD and NEW")):
                    seen.add(syntax.name)
                    message = f"PostgreSQL {version} does not take {syntax.name}, which came with {syntax.since}"
                    yield Found(message, one.start, one.end)
    shape = node.data.translate(_SHAPE) if version < 16 else b""
    if b"0_0" in shape or b" 0a" in shape:
        for one in context.earlier:
            yield from _numbers(one, version)


def _numbers(statement: Statement, version: int) -> Iterator[Found]:
    """Look for `1_000` and `0xff`, which the tree shows as any other number."""
    data = statement.file.data
    if not any(_is_number(data, one.start()) for one in _PERHAPS.finditer(data, statement.start, statement.end)):
        return
    for kind, fields in nodes(decoded(statement.raw)):
        if kind != "A_Const" or not ("ival" in fields or "fval" in fields):
            continue
        at = statement.at(fields.get("location", -1))
        if at is not None and (written := _NUMBER.match(data, at)):
            text = data[at : written.end()].decode()
            yield Found(f"PostgreSQL {version} does not take numbers such as {text}…, which came with 16", at)
            return


def _is_number(data: bytes, at: int) -> bool:
    """Say whether a digit stands before an underscore, or nothing of a name before a 0."""
    before = data[at - 1 : at]
    return before.isdigit() if data[at : at + 1] == b"_" else not (before.isalnum() or before == b"_")

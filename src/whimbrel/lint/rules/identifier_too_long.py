"""Does the server cut a name off?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.sql.tree import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import TableElement

CARD = Card(
    code="WB518",
    name="identifier-too-long",
    severity=Severity.WARNING,
    title="A name of more than 63 bytes",
    condition=(
        "A name of more than 63 bytes for a table, column, constraint, index or any other object that a "
        "statement makes."
    ),
    effect=(
        "The server stores its first 63 bytes and says so in a NOTICE alone: two long names that differ "
        "behind them collide, and tools that compare names find one that nobody wrote."
    ),
    remedy="Write a name of 63 bytes or fewer.",
    safe="CREATE INDEX CONCURRENTLY orders_user_id_created_at_idx ON orders (user_id, created_at);",
    sources=("https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS",),
    up_only=True,
)
KINDS = (
    "CreateStmt",
    "CreateForeignTableStmt",
    "AT_AddColumn",
    "AT_AddConstraint",
    "IndexStmt",
    "ViewStmt",
    "CreateTableAsStmt",
    "CreateSeqStmt",
    "RenameStmt",
    "CreateTrigStmt",
    "CreateFunctionStmt",
    "CreateEnumStmt",
    "CreateDomainStmt",
    "AlterDomainStmt",
    "CompositeTypeStmt",
    "CreatePolicyStmt",
    "CreateStatsStmt",
    "CreateSchemaStmt",
    "RuleStmt",
)
_FEWEST_CHARACTERS, _SHORTEST, _LONGEST = 15, 60, 63
_NAMES = ("idxname", "trigname", "policy_name", "rulename", "newname", "schemaname")
_LISTS = ("funcname", "domainname", "type_name", "defnames")
_RELATIONS = ("view", "sequence", "typevar", "relation")


def check(statement: Statement, node: Any, context: Context) -> Iterator[Found]:
    """Look at what gets a name."""
    for name in _names(statement.kind, node):
        # The grammar has cut it off already, and 60 bytes are 15 characters or more.
        if len(name) >= _FEWEST_CHARACTERS and len(data := name.encode()) >= _SHORTEST:
            yield from _cut_off(name, data, statement)


def _names(kind: str, node: Any) -> Iterator[str]:
    """Yield the names that a statement, or a subcommand of ALTER TABLE, gives."""
    match kind:
        case "CreateStmt":
            yield from _parts(node.table_elts)
        case "AlterTableStmt":
            yield from _parts((node.definition,))
            return
        case "CreateForeignTableStmt":
            yield from _parts(node.base.table_elts)
            node = node.base
        case "CompositeTypeStmt":
            yield from _parts(node.coldeflist)
        case "CreateDomainStmt":
            yield from (one.constraint.conname for one in node.constraints if one.constraint is not None)
        case "AlterDomainStmt":
            if node.definition is not None and node.definition.constraint is not None:
                yield node.definition.constraint.conname
            return
    yield _name(node)


def _parts(places: Iterable[TableElement]) -> Iterator[str]:
    """Yield the names of columns and constraints that are added."""
    for one in places:
        constraint = one.constraint
        if one.column is not None:
            yield one.column.colname
            for behind in one.column.constraints:
                if behind.constraint is not None:
                    yield behind.constraint.conname
        elif constraint is not None:
            yield constraint.conname


def _cut_off(name: str, data: bytes, statement: Statement) -> Iterator[Found]:
    text = statement.file.data[statement.start : statement.end]
    plain, quoted = re.escape(data), re.escape(data.replace(b'"', b'""'))
    written = rb"(?<![\w$'\"\x80-\xff])(?i:%b)[\w$\x80-\xff]+|\"%b(?:[^\"]|\"\")+\"" % (plain, quoted)
    for found in re.finditer(written, text):
        word = found[0][1:-1].replace(b'""', b'"') if found[0].startswith(b'"') else found[0]
        # A whole name may be the beginning of another one.
        if len(word[:_LONGEST].decode("utf-8", "ignore")) == len(name):
            at, end = statement.start + found.start(), statement.start + found.end()
            yield Found(f"the server cuts this name off to {name}", at, end)
            return


def _name(node: Any) -> str:
    """Return the name that a node makes, empty for none."""
    for field in _NAMES:
        if hasattr(node, field):
            return str(getattr(node, field))
    for field in _LISTS:
        if hasattr(node, field):
            return "".join(names(getattr(node, field))[-1:])
    if hasattr(node, "into"):
        return str(node.into.rel.relname)
    return next((str(getattr(node, field).relname) for field in _RELATIONS if hasattr(node, field)), "")

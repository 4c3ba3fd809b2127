"""Does the session decide in which schema something is made?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.session_settings import sets, settings
from whimbrel.sql.tree import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement

CARD = Card(
    code="WB519",
    name="unqualified-object-name",
    severity=Severity.ADVICE,
    title="A name without its schema",
    condition=(
        "A table, view, sequence, type, domain or function that is made without a schema before its name, in "
        "a file that has not set search_path."
    ),
    effect=(
        "It lands in the first schema of whoever runs the file: with another role or connection that is "
        "another one, and later files do not find it."
    ),
    remedy="Write the schema before the name, or set search_path at the head of the file.",
    safe="CREATE TABLE public.orders (id bigint PRIMARY KEY);",
    on=False,
    sources=("https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-PATH",),
    up_only=True,
)
KINDS = (
    "CreateStmt",
    "ViewStmt",
    "CreateTableAsStmt",
    "CreateSeqStmt",
    "CreateFunctionStmt",
    "CreateEnumStmt",
    "CompositeTypeStmt",
    "CreateDomainStmt",
)
_RELATIONS = {"ViewStmt": "view", "CreateSeqStmt": "sequence", "CompositeTypeStmt": "typevar", "CreateStmt": "relation"}
_LISTS = {"CreateFunctionStmt": "funcname", "CreateEnumStmt": "type_name", "CreateDomainStmt": "domainname"}


def check(statement: Statement, node: Any, context: Context) -> Iterator[Found]:
    """Look at what makes an object."""
    parts = _name(statement.kind, node)
    if len(parts) != 1:
        return
    if not any(one.name == "search_path" for one in settings(context.earlier.that(sets))):
        yield Found(f"{parts[0]} is made in whichever schema the session has first")


def _name(kind: str, node: Any) -> tuple[str, ...]:
    """Return the dotted name that a statement makes, nothing for what ends with the session."""
    if kind in _LISTS:
        return names(getattr(node, _LISTS[kind]))
    written = node.into.rel if kind == "CreateTableAsStmt" else getattr(node, _RELATIONS[kind])
    if written.relpersistence == "t":
        return ()
    return (written.schemaname, written.relname) if written.schemaname else (written.relname,)

"""What do SELECT, INSERT, UPDATE, DELETE, MERGE, COPY, EXPLAIN, PREPARE and DECLARE lock and scan?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from whimbrel.locks import dml
from whimbrel.locks.reader import Depth, Reader
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.catalog import RelationKind
from whimbrel.sql.expression import decoded

if TYPE_CHECKING:
    from msgspec import Raw

    from whimbrel.locks.footprint import Footprint
    from whimbrel.sql import tree

AS: Final = LockMode.ACCESS_SHARE


def reader(footprint: Footprint, depth: Depth = Depth.RUN, own: frozenset[str] = frozenset()) -> Reader:
    """Return what follows statements that may read and write."""
    return Reader(footprint, depth, own, dml.FOLLOW)


def conditions(footprint: Footprint, tree_: Any, *, runs: bool, expands: bool) -> None:
    """Follow an expression that stands in a statement of another kind."""
    depth = Depth.RUN if runs else Depth.PLANNED if expands else Depth.PARSED
    reader(footprint, depth).expressions([tree_])


def follow_statement(
    footprint: Footprint,
    kind: str,
    fields: dict[str, Any],
    *,
    runs: bool,
    expands: bool,
    own: frozenset[str] = frozenset(),
) -> None:
    """Follow a query or a writing statement that stands in a statement of another kind."""
    depth = Depth.RUN if runs else Depth.REWRITTEN if expands else Depth.PARSED
    reader(footprint, depth, own).statement(kind, fields)


def _statement(kind: str) -> Any:
    def follow(footprint: Footprint, _: Any, raw: Raw | bytes) -> None:
        fields = decoded(raw)
        if kind == "SelectStmt" and "intoClause" in fields:
            name = fields["intoClause"].get("rel", {})
            footprint.made.add(footprint.catalog.resolve(name.get("schemaname", ""), name.get("relname", "")))
        reader(footprint).statement(kind, fields)

    return follow


def _copy(footprint: Footprint, node: tree.CopyStmt, raw: Raw | bytes) -> None:
    fields = decoded(raw)
    if node.relation is None:
        for kind, query in fields.get("query", {}).items():
            reader(footprint).statement(kind, query)
        return
    name = footprint.catalog.name_of(node.relation)
    if node.is_from:
        dml.copy_in(reader(footprint), name, [one["String"]["sval"] for one in fields.get("attlist", ())])
        return
    footprint.lock(name, AS)
    relation = footprint.find(name)
    copied = {RelationKind.TABLE} if footprint.version < 18 else {RelationKind.TABLE, RelationKind.MATERIALIZED}
    if relation is not None and relation.kind not in copied:
        footprint.refuse(f"COPY reads no {relation.kind}: COPY (SELECT …) does")
    if "whereClause" in fields:
        footprint.unsure()
    footprint.scan([name])


def _explain(footprint: Footprint, _: Any, raw: Raw | bytes) -> None:
    fields = decoded(raw)
    runs = False
    for one in fields.get("options", ()):
        option = one.get("DefElem", {})
        if option.get("defname") == "analyze":
            value = option.get("arg", {})
            text = value.get("String", {}).get("sval", "on").lower()
            runs = text not in ("off", "false", "0") and value.get("Boolean", {"boolval": True}).get("boolval", False)
    for kind, query in fields.get("query", {}).items():
        inner = query
        if kind in ("CreateTableAsStmt", "DeclareCursorStmt"):
            kind, inner = next(iter(query.get("query", {}).items()))  # noqa: PLW2901
        if kind == "ExecuteStmt":
            footprint.nothing_known()
        reader(footprint, Depth.RUN if runs else Depth.PLANNED).statement(kind, inner)


def _prepare(footprint: Footprint, _: Any, raw: Raw | bytes) -> None:
    for kind, query in decoded(raw).get("query", {}).items():
        reader(footprint, Depth.REWRITTEN).statement(kind, query)


def _cursor(footprint: Footprint, _: Any, raw: Raw | bytes) -> None:
    for kind, query in decoded(raw).get("query", {}).items():
        reader(footprint, Depth.PLANNED).statement(kind, query)


FOLLOW: Final[dict[str, Any]] = {
    **{kind: _statement(kind) for kind in ("SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt")},
    "CopyStmt": _copy,
    "ExplainStmt": _explain,
    "PrepareStmt": _prepare,
    "DeclareCursorStmt": _cursor,
}

"""Does a statement use this value of an enum?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from whimbrel.sql.expression import decoded, names, nodes, relations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.file import Statement
    from whimbrel.schema.catalog import Catalog, Name

_NOT_RUN = frozenset({"CreateFunctionStmt", "DoStmt", "AlterEnumStmt", "CommentStmt", "CreateEnumStmt"})
"""What holds the text without using it; statements in the body of a DO are looked at by themselves."""


def uses(statement: Statement, label: str, enum: Name, catalog: Catalog) -> bool:
    """Say whether it casts the label to the type, or puts it into, or compares it with, a column of the type.

    It is asked of statements that have the label in their tree.
    """
    if statement.kind in _NOT_RUN:
        return False
    tree = {statement.kind: decoded(statement.raw)}
    columns = set(_columns(statement, enum, catalog))
    return any(_uses(kind, node, label, enum, columns, catalog) for kind, node in nodes(tree))


def quoted(label: str) -> bytes:
    """Return a label as it stands in a statement's tree."""
    return json.dumps(label, ensure_ascii=False).encode()


def _columns(statement: Statement, enum: Name, catalog: Catalog) -> Iterator[str]:
    """Yield the names of the columns of the type, in the relations that it names."""
    for schema, name in relations(statement.raw):
        relation = catalog.relations.get(catalog.resolve(schema, name))
        for column in relation.columns.values() if relation is not None else ():
            if (column.type.schema, column.type.name) == enum:
                yield column.name


def _uses(kind: str, node: dict[str, Any], label: str, enum: Name, columns: set[str], catalog: Catalog) -> bool:
    match kind:
        case "TypeCast":
            return _is_type(node.get("typeName", {}), enum) and _holds(node.get("arg"), label)
        case "InsertStmt":
            return any(_holds(value, label) for value in _inserted(node, columns, catalog))
        case "UpdateStmt" | "onConflictClause":
            targets = [one.get("ResTarget", {}) for one in node.get("targetList", [])]
            return any(one.get("name") in columns and _is_label(one.get("val", {}), label) for one in targets)
        case "A_Expr":
            sides = node.get("lexpr", {}), node.get("rexpr", {})
            return any(_column(one) in columns and _holds(other, label) for one, other in (sides, sides[::-1]) if other)
        case "ColumnDef":
            return _is_type(node.get("typeName", {}), enum) and any(
                _is_label(one.get("Constraint", {}).get("raw_expr", {}), label) for one in node.get("constraints", [])
            )
        case "AlterTableCmd":
            default = node.get("subtype") == "AT_ColumnDefault" and node.get("name") in columns
            return default and _is_label(node.get("def", {}), label)
        case _:
            return False


def _inserted(node: dict[str, Any], columns: set[str], catalog: Catalog) -> Iterator[dict[str, Any]]:
    """Yield the values for columns of the type."""
    written = node.get("relation", {})
    relation = catalog.relations.get(catalog.resolve(written.get("schemaname", ""), written.get("relname", "")))
    named = [one.get("ResTarget", {}).get("name", "") for one in node.get("cols", [])]
    if not named and relation is not None:
        named = list(relation.columns)
    select = node.get("selectStmt", {}).get("SelectStmt", {})
    rows = [one.get("List", {}).get("items", []) for one in select.get("valuesLists", [])]
    rows.append([one.get("ResTarget", {}).get("val", {}) for one in select.get("targetList", [])])
    for row in rows:
        for name, value in zip(named, row, strict=False):
            if name in columns and "A_Const" in value:
                yield value


def _is_type(node: dict[str, Any], enum: Name) -> bool:
    return names(node.get("names", []))[-1:] == enum[1:]


def _column(node: dict[str, Any]) -> str:
    fields = node.get("ColumnRef", {}).get("fields", [])
    return names(fields)[-1] if fields else ""


def _is_label(node: dict[str, Any], label: str) -> bool:
    return bool(node.get("A_Const", {}).get("sval", {}).get("sval") == label)


def _holds(node: object, label: str) -> bool:
    """Say whether the label is among an expression's constants."""
    return any(kind == "A_Const" and _is_label({kind: one}, label) for kind, one in nodes(node))

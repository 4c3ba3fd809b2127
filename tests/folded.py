"""Turns SQL into the model that the linter has of it."""

from __future__ import annotations

import msgspec

from whimbrel.schema.catalog import Catalog
from whimbrel.schema.fold import fold
from whimbrel.sql.grammar import parse
from whimbrel.sql.tree import STATEMENTS, Script


def folded(sql: str) -> Catalog:
    """The schema that statements make, each of which succeeds."""
    catalog = Catalog()
    for statement in msgspec.json.decode(parse(sql.encode()), type=Script).stmts:
        for kind, raw in statement.stmt.items():
            struct = STATEMENTS.get(kind)
            fold(catalog, kind, None if struct is None else msgspec.json.decode(raw, type=struct))
    return catalog

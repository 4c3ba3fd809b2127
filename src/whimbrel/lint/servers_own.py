"""Is a relation in a statement one of the system catalogs, which hold few rows and which nobody locks by ALTER?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from whimbrel.lint.context import Context
    from whimbrel.sql.tree import RangeVar


def is_servers_own(relation: RangeVar, context: Context) -> bool:
    """Say whether it is a system catalog, and not a table of that name that the files made."""
    written = relation.relname.startswith("pg_") and relation.schemaname in ("", "pg_catalog")
    return written and context.relation(relation) is None

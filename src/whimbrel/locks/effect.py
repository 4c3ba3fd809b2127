"""What does this statement lock, rewrite and scan, and does that version of the server take it at all?"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from whimbrel.locks.footprint import Footprint
from whimbrel.sql.outside_transaction import refuses

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msgspec import Raw

    from whimbrel.pg_types.lock_mode import LockMode
    from whimbrel.schema.catalog import Catalog, Name


@dataclass(frozen=True, slots=True)
class Effect:
    """What a statement does to relations that were there before it.

    Relations are tables, views, materialized views, sequences and composite types; indexes and catalogs are left out.
    A field that is None is not known at all. With `complete` false what stands here is not all, or depends on what no
    text tells: rows, settings, the body of a function. `scans` are tables that are read row by row, `rewrites` those
    whose storage becomes another.
    """

    locks: Mapping[Name, LockMode] | None
    """The strongest mode on each."""
    rewrites: frozenset[Name] | None
    scans: frozenset[Name] | None
    transaction_block: bool
    """Whether it can run in a transaction block."""
    complete: bool
    error: str | None
    """Why the server refuses it, None where it does not as far as the text tells."""


_MODULES: Final = {
    "alter_table": ("AlterTableStmt",),
    "rename": ("RenameStmt", "AlterObjectSchemaStmt", "AlterOwnerStmt", "AlterObjectDependsStmt"),
    "index": ("IndexStmt", "ReindexStmt"),
    "drop": ("DropStmt",),
    "create": (
        "CreateStmt", "CreateForeignTableStmt", "CreateTableAsStmt", "ViewStmt", "CreateSeqStmt", "AlterSeqStmt",
        "CreateSchemaStmt",
    ),
    "query": (
        "SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "CopyStmt", "ExplainStmt", "PrepareStmt",
        "DeclareCursorStmt",
    ),
    "maintenance": (
        "TruncateStmt", "LockStmt", "VacuumStmt", "ClusterStmt", "RefreshMatViewStmt", "DropOwnedStmt",
        "ReassignOwnedStmt",
    ),
    "type": ("AlterDomainStmt",),
    "attached": (
        "CreateTrigStmt", "RuleStmt", "CreatePolicyStmt", "AlterPolicyStmt", "CreateStatsStmt", "CreatePublicationStmt",
        "AlterPublicationStmt", "CommentStmt", "SecLabelStmt", "GrantStmt", "AlterExtensionContentsStmt",
    ),
    "routine": ("CreateFunctionStmt", "DoStmt", "CallStmt"),
}  # fmt: skip
_BY_KIND: Final = {kind: module for module, kinds in _MODULES.items() for kind in kinds}
_UNKNOWN: Final = frozenset({"ExecuteStmt", "AlterTableMoveAllStmt", "ImportForeignSchemaStmt"})
"""What they touch stands elsewhere."""


def effect_of(
    kind: str, node: Any, raw: Raw | bytes, catalog: Catalog, version: int, *, utc: bool | None = None
) -> Effect:
    """Return what a statement does on a version of PostgreSQL, given the schema before it.

    `utc` is whether the session's TimeZone is UTC, None where nobody knows: a column's change between timestamp and
    timestamptz writes the table anew in others.
    """
    footprint = Footprint(catalog, version, utc)
    follow(footprint, kind, node, raw)
    if refuses(kind, node):
        footprint.transaction_block = False
    return Effect(
        footprint.locks if footprint.locks_known or footprint.locks else None,
        frozenset(footprint.rewrites) if footprint.rewrites_known or footprint.rewrites else None,
        frozenset(footprint.scans) if footprint.scans_known or footprint.scans else None,
        footprint.transaction_block,
        footprint.complete,
        footprint.error,
    )


def follow(footprint: Footprint, kind: str, node: Any, raw: Raw | bytes) -> None:
    """Add what a statement does to a footprint."""
    module = _BY_KIND.get(kind)
    if module is not None:
        import_module(f"whimbrel.locks.{module}").FOLLOW[kind](footprint, node, raw)
    elif kind in _UNKNOWN:
        footprint.nothing_known()
    footprint.check_version(kind, node, raw)

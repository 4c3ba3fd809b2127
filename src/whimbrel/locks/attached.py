"""What do statements about triggers, rules, policies, statistics, publications, comments and privileges lock?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from whimbrel.locks.query import conditions, follow_statement
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.catalog import RelationKind, written
from whimbrel.sql import tree
from whimbrel.sql.expression import decoded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from msgspec import Raw

    from whimbrel.locks.footprint import Footprint
    from whimbrel.schema.catalog import Name


AS: Final = LockMode.ACCESS_SHARE
SUX: Final = LockMode.SHARE_UPDATE_EXCLUSIVE
SRX: Final = LockMode.SHARE_ROW_EXCLUSIVE
AX: Final = LockMode.ACCESS_EXCLUSIVE
_RELATIONS: Final = frozenset(
    {"OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_SEQUENCE", "OBJECT_FOREIGN_TABLE"}
)
_OF_TABLES: Final = frozenset({"OBJECT_TABCONSTRAINT", "OBJECT_TRIGGER", "OBJECT_POLICY", "OBJECT_RULE"})


def trigger(footprint: Footprint, node: tree.CreateTrigStmt, _: Raw | bytes) -> None:
    """CREATE TRIGGER; a row trigger of a partitioned table becomes one of each partition."""
    relation = footprint.named(node.relation, SRX)
    if relation is not None and relation.kind is RelationKind.PARTITIONED and node.row:
        footprint.lock_all(footprint.family(relation.name), SRX)
    if node.constrrel is not None:
        footprint.named(node.constrrel, AS)
    if relation is not None and node.trigname in relation.triggers and not node.replace:
        footprint.refuse(f"trigger {node.trigname} of {written(relation.name)} exists")


def rule(footprint: Footprint, node: tree.RuleStmt, raw: Raw | bytes) -> None:
    """CREATE RULE, with what its actions name."""
    relation = footprint.named(node.relation, AX)
    if relation is not None and node.rulename in relation.rules and not node.replace:
        footprint.refuse(f"rule {node.rulename} of {written(relation.name)} exists")
    for action in decoded(raw).get("actions", []):
        for kind, fields in action.items():
            if kind in ("SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt"):
                follow_statement(footprint, kind, fields, runs=False, expands=False, own=frozenset({"old", "new"}))
    conditions(footprint, decoded(node.where_clause), runs=False, expands=False)


def policy(footprint: Footprint, node: tree.CreatePolicyStmt | tree.AlterPolicyStmt, raw: Raw | bytes) -> None:
    """CREATE POLICY, ALTER POLICY."""
    relation = footprint.named(node.table, AX)
    if isinstance(node, tree.CreatePolicyStmt) and relation is not None and node.policy_name in relation.policies:
        footprint.refuse(f"policy {node.policy_name} of {written(relation.name)} exists")
    fields = decoded(raw)
    if footprint.version >= 18 and not (node.qual or node.with_check):  # ALTER POLICY … TO
        used = relation.policy_uses.get(node.policy_name) if relation is not None else None
        footprint.lock_all(used.relations if used is not None else (), AS)
    for part in ("qual", "with_check"):
        conditions(footprint, fields.get(part), runs=False, expands=False)


def statistics(footprint: Footprint, node: tree.CreateStatsStmt, _: Raw | bytes) -> None:
    """CREATE STATISTICS."""
    for one in node.relations:
        if one.range_var is not None:
            footprint.named(one.range_var, SUX)


def create_publication(footprint: Footprint, node: tree.CreatePublicationStmt, _: Raw | bytes) -> None:
    """CREATE PUBLICATION: tables that are named, with their heirs; of a partitioned table the root alone."""
    _publish(footprint, node.pubobjects)


def _publish(footprint: Footprint, objects: Iterable[tree.PublicationObjectNode]) -> list[Name]:
    named: list[Name] = []
    for one in objects:
        table = one.object.pubtable.relation if one.object is not None and one.object.pubtable is not None else None
        if table is None:
            continue
        relation = footprint.named(table, SUX)
        heirs = table.inh and relation is not None and relation.kind is not RelationKind.PARTITIONED
        family = footprint.family(footprint.catalog.name_of(table), recurse=heirs)
        footprint.lock_all(family, SUX)
        named.extend(family)
    return named


def alter_publication(footprint: Footprint, node: tree.AlterPublicationStmt, _: Raw | bytes) -> None:
    """ALTER PUBLICATION; SET TABLE looks at those that leave it too."""
    if not node.pubobjects:
        return
    _publish(footprint, node.pubobjects)
    if node.action in ("AP_SetObjects", "DEFELEM_SET"):
        before = footprint.catalog.publications.get(node.pubname)
        if before is None:
            footprint.unsure()
        else:
            footprint.lock_all(before, SUX)


def comment(footprint: Footprint, node: tree.CommentStmt, _: Raw | bytes) -> None:
    """COMMENT ON, SECURITY LABEL ON."""
    parts = node.object.name if node.object is not None else ()
    if not parts:
        return
    if node.objtype in _RELATIONS:
        _described(footprint, parts, SUX)
    elif node.objtype == "OBJECT_COLUMN" and len(parts) > 1:
        _described(footprint, parts[:-1], SUX)
    elif node.objtype in _OF_TABLES and len(parts) > 1:
        _described(footprint, parts[:-1], AS)


def _described(footprint: Footprint, parts: tuple[str, ...], mode: LockMode) -> None:
    name = footprint.catalog.resolve(parts[-2] if len(parts) > 1 else "", parts[-1])
    footprint.lock(name, mode)
    footprint.find(name)


def label(footprint: Footprint, _: Any, raw: Raw | bytes) -> None:
    """SECURITY LABEL, ALTER EXTENSION … ADD and DROP: of a table, view or sequence as COMMENT."""
    from msgspec import json

    from whimbrel.sql.tree import CommentStmt

    comment(footprint, json.decode(raw, type=CommentStmt), raw)


def grant(footprint: Footprint, node: tree.GrantStmt, _: Raw | bytes) -> None:
    """GRANT, REVOKE: relations that are named are locked since PostgreSQL 18."""
    if footprint.version < 18 or node.targtype != "ACL_TARGET_OBJECT":
        return
    if node.objtype in ("OBJECT_TABLE", "OBJECT_SEQUENCE"):
        for one in node.objects:
            if one.range_var is not None:
                footprint.named(one.range_var, AS)


FOLLOW: Final[dict[str, Any]] = {
    "CreateTrigStmt": trigger, "RuleStmt": rule, "CreatePolicyStmt": policy, "AlterPolicyStmt": policy,
    "CreateStatsStmt": statistics, "CreatePublicationStmt": create_publication,
    "AlterPublicationStmt": alter_publication, "CommentStmt": comment, "SecLabelStmt": label, "GrantStmt": grant,
    "AlterExtensionContentsStmt": label,
}  # fmt: skip

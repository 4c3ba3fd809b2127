"""Does this parsed statement refuse to run in a transaction block? Measured on PostgreSQL 13 to 18."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from whimbrel.sql.tree import DefElemNode

_ALWAYS: Final = frozenset(
    {"CreatedbStmt", "DropdbStmt", "CreateTableSpaceStmt", "DropTableSpaceStmt", "AlterSystemStmt"}
)
_WHOLE: Final = frozenset({"REINDEX_OBJECT_SCHEMA", "REINDEX_OBJECT_SYSTEM", "REINDEX_OBJECT_DATABASE"})
_PREPARED: Final = frozenset({"TRANS_STMT_COMMIT_PREPARED", "TRANS_STMT_ROLLBACK_PREPARED"})


def refuses(kind: str, node: Any) -> bool:
    """Say whether the server refuses it in a transaction block, as far as its text tells.

    REINDEX and CLUSTER of a partitioned table refuse too, which the text does not show.
    """
    if kind in _ALWAYS:
        return True
    decide = _BY_KIND.get(kind)
    return decide is not None and decide(node)


def switched_on(options: Iterable[DefElemNode], name: str, *, default: bool = False) -> bool:
    """Say whether a boolean option is on: `(CONCURRENTLY)`, `(concurrently true)`; `default` where it is absent."""
    on = default
    for node in options:
        if node.option is not None and node.option.defname.lower() == name:
            on = _true(bytes(node.option.arg))
    return on


def _true(written: bytes) -> bool:
    if not written:
        return True
    text = written.lower()
    return not any(
        no in text
        for no in (b'"false"', b'"off"', b'"no"', b'"0"', b'"integer":{}', b'"boolval":false', b'"boolean":{}')
    )


def _alter_table(node: Any) -> bool:
    command = node.cmds[0].command
    if command.subtype != "AT_DetachPartition" or command.definition is None:
        return False
    partition = command.definition.partition
    return partition is not None and bool(partition.concurrent)


def _alter_subscription(node: Any) -> bool:
    if node.kind in ("ALTER_SUBSCRIPTION_REFRESH", "ALTER_SUBSCRIPTION_REFRESH_PUBLICATION"):
        return True
    if node.kind in (
        "ALTER_SUBSCRIPTION_SET_PUBLICATION",
        "ALTER_SUBSCRIPTION_ADD_PUBLICATION",
        "ALTER_SUBSCRIPTION_DROP_PUBLICATION",
    ):
        return switched_on(node.options, "refresh", default=True)
    return any(one.option is not None and one.option.defname in ("failover", "two_phase") for one in node.options)


def _create_subscription(node: Any) -> bool:
    return switched_on(node.options, "connect", default=True) and switched_on(node.options, "create_slot", default=True)


_BY_KIND: Final[dict[str, Callable[[Any], bool]]] = {
    "IndexStmt": lambda node: node.concurrent,
    "DropStmt": lambda node: node.concurrent,
    "ReindexStmt": lambda node: node.kind in _WHOLE or switched_on(node.params, "concurrently"),
    "VacuumStmt": lambda node: node.is_vacuumcmd,
    "ClusterStmt": lambda node: node.relation is None,
    "AlterDatabaseStmt": lambda node: any(one.option.defname == "tablespace" for one in node.options),
    "AlterTableStmt": _alter_table,
    "TransactionStmt": lambda node: node.kind in _PREPARED,
    "DiscardStmt": lambda node: node.target in ("", "DISCARD_ALL"),
    "CreateSubscriptionStmt": _create_subscription,
    "AlterSubscriptionStmt": _alter_subscription,
    "DropSubscriptionStmt": lambda _: True,
}

"""Does a transaction hold a strong lock on one table while it waits for that on another?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.migration.direction import Direction
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.catalog import written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.lint.held_locks import HeldLocks
    from whimbrel.schema.catalog import Name

CARD = Card(
    code="WB248",
    name="many-tables-in-one-transaction",
    severity=Severity.WARNING,
    title="One transaction locks several tables, one after the other",
    condition="Statements of one transaction that lock several tables, which were there before the file, in SHARE "
    "ROW EXCLUSIVE or a stronger mode. Foreign keys alone are two-fks-in-one-migration's.",
    effect="The first table stays locked while the transaction waits for the second: writes, and under ACCESS "
    "EXCLUSIVE reads, of the first wait along. Where the application locks the two in the other order, one side ends "
    "with a deadlock (SQLSTATE 40P01).",
    remedy="Change one table in each file.",
    safe="ALTER TABLE orders ADD COLUMN note text;",
    measured=("add col nullable", "add FK NOT VALID", "drop trigger"),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    scans=False,
    sources=("https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-DEADLOCKS",),
)
KINDS = ("Locks",)


def check(statement: Statement, node: HeldLocks, context: Context) -> Iterator[Found]:
    """Look at each statement's locks; tell it once in a transaction."""
    if not node.own or not node.held or _takes_back(statement):
        return
    held: dict[Name, Statement] = {}
    for name, taken in node.held.items():
        if taken.mode >= LockMode.SHARE_ROW_EXCLUSIVE and not _takes_back(taken.first):
            held[name] = taken.first
            first = next(iter(held.values()))
            if taken.first is not first and not (brings_keys_alone(taken.first) and brings_keys_alone(first)):
                return  # told already
    fresh = [name for name, mode in node.own.items() if mode >= LockMode.SHARE_ROW_EXCLUSIVE and name not in held]
    if not fresh or not held:
        return
    first = next(iter(held.values()))
    if brings_keys_alone(statement) and brings_keys_alone(first):
        return
    names = ", ".join(map(written, held))
    yield Found(
        f"{names} {'stays' if len(held) == 1 else 'stay'} locked since line {first.file.position(first.start)[0]} "
        f"while this waits for its lock on {written(fresh[0])}"
    )


def _takes_back(statement: Statement) -> bool:
    """Say whether a down file drops with it what its up file made, which nobody uses any more."""
    return (
        statement.kind == "DropStmt"
        and statement.file.direction is Direction.DOWN
        and statement.node.remove_type == "OBJECT_TABLE"
    )


def brings_keys_alone(statement: Statement) -> bool:
    """Say whether a statement locks tables for its foreign keys alone."""
    if statement.kind == "CreateStmt":
        return statement.node.partbound is None
    return statement.kind == "AlterTableStmt" and all(
        one.command.subtype == "AT_AddConstraint" and one.command.definition.constraint.contype == "CONSTR_FOREIGN"
        for one in statement.node.cmds
    )

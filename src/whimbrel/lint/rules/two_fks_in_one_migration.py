"""Do new foreign keys lock three tables or more in one transaction?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.rules.many_tables_in_one_transaction import brings_keys_alone
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.catalog import written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.lint.held_locks import HeldLocks
    from whimbrel.schema.catalog import Name
    from whimbrel.sql.tree import Constraint

CARD = Card(
    code="WB250",
    name="two-fks-in-one-migration",
    severity=Severity.WARNING,
    title="Foreign keys lock several tables at once",
    condition="Foreign keys of one transaction that lock three tables or more which were there before the file; "
    "advice where all of them are those of new tables, whose rows need no check.",
    effect="A new foreign key takes SHARE ROW EXCLUSIVE on its own table and on the one that it refers to, and both "
    "stay locked until the transaction ends: writes to all of these tables wait for the slowest.",
    remedy="Add each foreign key in a file of its own, NOT VALID, and validate it in a later one.",
    safe="ALTER TABLE orders ADD CONSTRAINT orders_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID;",
    measured=("add FK NOT VALID", "create table with FK"),
    lock=LockMode.SHARE_ROW_EXCLUSIVE,
    rewrites=False,
    scans=False,
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT",),
)
KINDS = ("Locks",)


def check(statement: Statement, node: HeldLocks, context: Context) -> Iterator[Found]:
    """Look at each statement's locks; tell it once in a transaction."""
    if not node.own or len(node.own) + len(node.held) < 3 or statement.kind not in ("AlterTableStmt", "CreateStmt"):
        return
    own = _locked_for_keys(statement, context)
    if not own:
        return
    strong = (taken.first for taken in node.held.values() if taken.mode >= LockMode.SHARE_ROW_EXCLUSIVE)
    first = next(strong, None)
    if first is not None and not (brings_keys_alone(statement) and brings_keys_alone(first)):
        return  # many-tables-in-one-transaction tells it
    before: set[Name] = set()
    for other in dict.fromkeys(taken.first for taken in node.held.values()):
        before |= _locked_for_keys(other, context)
        if len(before) > 2:
            return
    if len(before | own) > 2:
        names = ", ".join(sorted(map(written, before | own)))
        born = all(one.kind == "CreateStmt" for one in (statement, *[taken.first for taken in node.held.values()]))
        yield Found(
            f"foreign keys lock {names} against writes until the transaction ends",
            severity=Severity.ADVICE if born else None,
        )


def _locked_for_keys(statement: Statement, context: Context) -> set[Name]:
    """Return the tables, there before the file, that a statement's new foreign keys lock."""
    if statement.kind not in ("AlterTableStmt", "CreateStmt"):
        return set()
    found: set[Name] = set()
    for constraint in _constraints(statement):
        if constraint.contype == "CONSTR_FOREIGN" and constraint.pktable is not None:
            found |= {
                context.catalog.name_of(one)
                for one in (statement.node.relation, constraint.pktable)
                if not context.is_new(one) and (one is constraint.pktable or statement.kind == "AlterTableStmt")
            }
    return found


def _constraints(statement: Statement) -> Iterator[Constraint]:
    if statement.kind == "AlterTableStmt":
        parts = [one.command.definition for one in statement.node.cmds]
    else:
        parts = statement.node.table_elts
    for part in parts:
        if part is None:
            continue
        if part.constraint is not None:
            yield part.constraint
        elif part.column is not None:
            for one in part.column.constraints:
                if one.constraint is not None:
                    yield one.constraint

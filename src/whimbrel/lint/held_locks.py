"""Which locks does a transaction hold when the next of its statements runs?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from whimbrel.lint.file import Statement
    from whimbrel.pg_types.lock_mode import LockMode
    from whimbrel.schema.catalog import Name

_MOVES: Final = frozenset({"RenameStmt", "AlterObjectSchemaStmt"})
_TABLES: Final = frozenset({"OBJECT_TABLE", "OBJECT_FOREIGN_TABLE", "OBJECT_MATVIEW"})


@dataclass(frozen=True, slots=True)
class Taken:
    """A lock, the statement that takes it, and the first one that took a strong lock on the same table."""

    mode: LockMode
    statement: Statement
    first: Statement


@dataclass(slots=True)
class HeldLocks:
    """The locks, SHARE or stronger, of the statement at hand and of those before it in its transaction."""

    statement: Statement | None = None
    own: dict[Name, LockMode] = field(default_factory=dict)
    """What the statement itself takes."""
    held: dict[Name, Taken] = field(default_factory=dict)
    """What those before it took in the same transaction, the strongest of each relation."""
    first: Statement | None = None
    """The file's first statement that takes such a lock."""
    worked: bool = False
    """Whether long work of this transaction has been named that runs under them."""

    def go_to(self, statement: Statement, own: dict[Name, LockMode]) -> None:
        """Move on to a statement and the locks that it takes; each of the file must come, in order."""
        last = self.statement
        if last is None or statement.transaction is None or last.transaction != statement.transaction:
            self.held, self.worked = {}, False
        else:
            for name, mode in self.own.items():
                before = self.held.get(name)
                if before is None:
                    self.held[name] = Taken(mode, last, last)
                elif before.mode < mode:
                    self.held[name] = Taken(mode, last, before.first)
            if last.kind in _MOVES:
                self._follow(last)
        self.statement, self.own = statement, own
        if self.own and self.first is None:
            self.first = statement

    def _follow(self, moved: Statement) -> None:
        """Keep the locks of a table under the name that it has from now on."""
        node = moved.node
        if moved.kind == "RenameStmt" and node.rename_type == "OBJECT_SCHEMA":
            self.held = {
                (node.newname if at == node.subname else at, name): one for (at, name), one in self.held.items()
            }
        for name in self.own:
            if moved.kind == "AlterObjectSchemaStmt":
                self.held[node.newschema, name[1]] = self.held.pop(name)
            elif node.rename_type in _TABLES and node.relation.relname == name[1]:
                self.held[name[0], node.newname] = self.held.pop(name)

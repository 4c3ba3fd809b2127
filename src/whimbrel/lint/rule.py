"""What is a rule, and which rules look at which nodes?

A rule is a module in `whimbrel.lint.rules` with

- `CARD`, a `Card`;
- `KINDS`, what it looks at:
  a statement's node (`IndexStmt`, …; `check` gets its struct), a subcommand of ALTER TABLE (`AT_AddColumn`, …; gets the
  `AlterTableCmd`), `Column` and `Constraint` wherever CREATE TABLE or ALTER TABLE brings one (gets a `PlacedColumn`,
  `PlacedConstraint`), `AddedColumn` where ALTER TABLE does, `Constraint:CONSTR_CHECK`, `DropStmt:OBJECT_INDEX` and so
  on for those of one sort, `Column:int4` and so on where a column gets this type of the server's own, by ALTER COLUMN …
  TYPE too (`PlacedColumn`), `Statement` for each statement, `File` when all its statements have been seen, `Directory`
  when all files have been, or the name of any other node (`A_Expr`, `SubLink`, …; gets its fields as a dict), with
  marks (`A_Expr:AEXPR_IN|AEXPR_BETWEEN`) only in statements where one of them stands between quotes in the tree, which
  is quicker than to look at all;
- `check(statement, node, context)`, which yields `Found`. For `File` the statement is None and the node the `File`; the
  context then has the schema after it. For `Directory` the node is the list of its files, and each `Found` names the
  file that it is put on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

from msgspec import Struct

from whimbrel.lint.index import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from whimbrel.findings.card import Card
    from whimbrel.findings.severity import Severity
    from whimbrel.lint.context import Context
    from whimbrel.lint.found import Found
    from whimbrel.sql.tree import ColumnDef, Constraint, RangeVar


class Check(Protocol):
    """A rule's function."""

    def __call__(self, statement: Any, node: Any, context: Context) -> Iterator[Found]:
        """Yield what is found."""


class RuleModule(Protocol):
    """A rule's module."""

    CARD: Card
    KINDS: tuple[str, ...]
    check: Check


class PlacedColumn(Struct):
    """A column that a statement brings. `created` is whether its table is created by the statement too.

    `changed` is the name of a column that was there before and gets another type: the grammar has none in `column`.
    """

    column: ColumnDef
    relation: RangeVar
    created: bool
    changed: str = ""

    @property
    def name(self) -> str:
        """Table and column, with a dot."""
        return f"{self.relation.relname}.{self.changed or self.column.colname}"


class PlacedConstraint(Struct):
    """A constraint that a statement brings; `column` is that which it is written behind, if it is."""

    constraint: Constraint
    relation: RangeVar
    created: bool
    column: ColumnDef | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the index: what must be known of a rule before its module is loaded."""

    code: str
    name: str
    module: str
    kinds: tuple[str, ...]
    severity: Severity
    on: bool
    since: int
    until: int


def entries() -> Iterable[Entry]:
    """Return all rules' entries, by code."""
    return [Entry(*line) for line in RULES]


def load(module: str) -> RuleModule:
    """Import a rule."""
    return cast("RuleModule", import_module(f"whimbrel.lint.rules.{module}"))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A kind of node inside expressions that rules look at, and what is in a tree that may hold one."""

    kind: str
    node: str
    needle: bytes
    marks: tuple[bytes, ...]

    @classmethod
    def of(cls, kind: str) -> Wanted:
        """Read `A_Expr` or `A_Expr:AEXPR_IN|AEXPR_BETWEEN`."""
        node, _, marks = kind.partition(":")
        return cls(kind, node, f'"{node}":'.encode(), tuple(f'"{mark}"'.encode() for mark in marks.split("|") if mark))

    def may_be_in(self, tree: bytes) -> bool:
        """Say whether a statement's tree may hold such a node."""
        return self.needle in tree and (not self.marks or any(mark in tree for mark in self.marks))


class Selection:
    """The rules that run, loaded when a node of theirs is met."""

    def __init__(self, chosen: Iterable[Entry]) -> None:
        self.chosen = tuple(chosen)
        self.by_kind: dict[str, list[Entry]] = {}
        for entry in self.chosen:
            for kind in entry.kinds:
                self.by_kind.setdefault(kind, []).append(entry)
        self.loaded: dict[str, tuple[tuple[Card, Check], ...]] = {}
        """The checks for each kind that has been met."""
        self.typed = {kind.partition(":")[2]: kind for kind in self.by_kind if kind.startswith("Column:")}
        """The kind of node by the name of the column's type."""
        self.expressions = tuple(
            Wanted.of(kind)
            for kind in self.by_kind
            if not kind.startswith(("AT_", "Column:", *_WITH_WORDS))
            and not kind.endswith("Stmt")
            and kind not in _PLACES
        )

        self.constraints = _ByWord(self, "Constraint")
        self.drops = _ByWord(self, "DropStmt")
        needles = {needle for one in self.expressions for needle in one.marks or (one.needle,)}
        self._any = re.compile(b"|".join(map(re.escape, sorted(needles)))) if needles else None

    def load_all(self) -> None:
        """Load every rule that may run, for processes that share the work."""
        for kind in self.by_kind:
            self.checks(kind)

    def no_expression_in(self, tree: bytes) -> bool:
        """Say whether a statement's tree holds no node inside expressions that a rule looks at."""
        return self._any is None or self._any.search(tree) is None

    def checks(self, kind: str) -> tuple[tuple[Card, Check], ...]:
        """Return the checks that look at a kind of node."""
        loaded = self.loaded.get(kind)
        if loaded is None:
            general = kind.partition(":")[0] if kind.startswith(_WITH_WORDS) else ""
            chosen = [*self.by_kind.get(kind, ()), *(self.by_kind.get(general, ()) if general else ())]
            modules = [load(entry.module) for entry in chosen]
            loaded = self.loaded[kind] = tuple((module.CARD, module.check) for module in modules)
        return loaded


class _ByWord(dict[str, str]):
    """The kind of a node by the word in it that some rules want: `Constraint:CONSTR_CHECK`, `DropStmt:OBJECT_INDEX`."""

    def __init__(self, selection: Selection, kind: str) -> None:
        super().__init__()
        self._wanted, self._kind = selection.by_kind, kind

    def __missing__(self, word: str) -> str:
        kind = f"{self._kind}:{word}"
        made = self[word] = kind if kind in self._wanted else self._kind
        return made


_WITH_WORDS = ("Constraint:", "DropStmt:")
_PLACES = frozenset(
    {"AddedColumn", "Column", "Constraint", "Statement", "File", "Directory", "Unreadable", "Suppression"}
)

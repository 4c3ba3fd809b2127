"""What is a rule, and which rules look at which nodes?

A rule is a module in `whimbrel.lint.rules` with

- `CARD`, a `Card`;
- `KINDS`, what it looks at:
  a statement's node (`IndexStmt`, …; `check` gets its struct), a subcommand of ALTER TABLE (`AT_AddColumn`, …; gets the
  `AlterTableCmd`), `Constraint` wherever CREATE TABLE or ALTER TABLE brings one (gets a `PlacedConstraint`),
  `AddedColumn` where ALTER TABLE does (`PlacedColumn`), `Constraint:CONSTR_CHECK`, `DropStmt:OBJECT_INDEX`,
  `IndexStmt:concurrent` and so on for those of one sort, `Column:int4` and so on where a column gets this type of the
  server's own, by ALTER COLUMN … TYPE too (`PlacedColumn`), `Locks` for each statement that takes a SHARE lock or
  stronger on what others use, or runs under one (`HeldLocks`), `FirstLock` for the first of a file that takes one,
  `Modifying` for each INSERT, UPDATE and DELETE in a WITH (gets its struct), `File`, `UpFile` or `DownFile` when all
  statements of such a file have been seen, `File:TransactionStmt|DoStmt` and so on where one of them is of these kinds,
  `Directory` when all files have been, or the name of any other node (`A_Expr`, `SubLink`, …; gets its fields as a
  dict), with marks and words (`A_Expr:AEXPR_IN|AEXPR_BETWEEN@in|between`) only in files with one of the words, in
  statements where one of the marks stands between quotes in the tree, which is quicker than to look at all;
- `check(statement, node, context)`, which yields `Found`. For `File` the statement is None and the node the `File`; the
  context then has the schema after it. For `Directory` the node is the list of its files, and each `Found` names the
  file that it is put on.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

from msgspec import Struct

from whimbrel.lint.index import RULES
from whimbrel.lint.wanted import Wanted
from whimbrel.sql.tree import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from whimbrel.findings.card import Card
    from whimbrel.findings.severity import Severity
    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statements
    from whimbrel.lint.found import Found
    from whimbrel.sql.tree import ColumnDef, Constraint, RangeVar, TypeName


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
    """A column that a statement brings.

    `changed` is the name of a column that was there before and gets another type: the grammar has none in `column`.
    """

    column: ColumnDef
    relation: RangeVar
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
    up_only: bool


def entries() -> Iterable[Entry]:
    """Return all rules' entries, by code."""
    return [Entry(*line) for line in RULES]


def load(module: str) -> RuleModule:
    """Import a rule."""
    return cast("RuleModule", import_module(f"whimbrel.lint.rules.{module}"))


class Selection:
    """The rules that run, loaded when a node of theirs is met."""

    def __init__(self, chosen: Iterable[Entry]) -> None:
        self.chosen = tuple(chosen)
        self.down = self if not any(one.up_only for one in self.chosen) else Selection(_of_down_files(self.chosen))
        """Those of them that look at down files too."""
        self.by_kind: dict[str, list[Entry]] = {}
        for entry in self.chosen:
            for kind in entry.kinds:
                self.by_kind.setdefault(kind, []).append(entry)
        self.looks_at_locks = "Locks" in self.by_kind or "FirstLock" in self.by_kind
        self.loaded: dict[str, tuple[tuple[Card, Check], ...]] = {}
        """The checks for each kind that has been met."""
        self.typed = {kind.partition(":")[2]: kind for kind in self.by_kind if kind.startswith("Column:")}
        """The kind of node by the name of the column's type."""
        self.expressions = tuple(
            Wanted.of(kind)
            for kind in self.by_kind
            if not kind.startswith(("AT_", "Column:", "File", "UpFile", "DownFile", *_WITH_WORDS))
            and not kind.endswith("Stmt")
            and kind not in _PLACES
        )

        self._of_files: dict[tuple[bool, frozenset[str]], tuple[tuple[Card, Check], ...]] = {}
        self.constraints = _ByWord(self, "Constraint")
        self.drops = _ByWord(self, "DropStmt")
        self.indexes = _ByWord(self, "IndexStmt")

    def of_type(self, written: TypeName | None) -> str:
        """Return the kind of node for a column of this type, if it is one of the server's own and rules look at it."""
        parts = written.names if written is not None else []
        last = parts[-1].string if parts else None
        kind = self.typed.get(last.sval, "") if last is not None else ""
        return kind if len(parts) == 1 or names(parts[:-1]) == ("pg_catalog",) else ""

    def load_all(self) -> None:
        """Load every rule that may run, for processes that share the work."""
        for one in {self, self.down}:
            for kind in one.by_kind:
                one.checks(kind)

    def expressions_in(self, words: frozenset[bytes]) -> list[Wanted]:
        """Return the nodes inside expressions that rules look at and that a text with these words may have."""
        return [one for one in self.expressions if not words.isdisjoint(one.words)]

    def of_file(self, statements: Statements, *, is_down: bool) -> tuple[tuple[Card, Check], ...]:
        """Return the checks that look at a whole file, given its statements."""
        key = is_down, frozenset([one.kind for one in statements])
        found = self._of_files.get(key)
        if found is None:
            found = self._of_files[key] = tuple(
                check
                for kind in self.by_kind
                if _wants_file(kind, key[1], is_down=is_down)
                for check in self.checks(kind)
            )
        return found

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


def _of_down_files(chosen: Iterable[Entry]) -> Iterator[Entry]:
    return (one for one in chosen if not one.up_only)


def _wants_file(kind: str, statements: frozenset[str], *, is_down: bool) -> bool:
    """Say whether `File`, `UpFile:InsertStmt|CopyStmt` or the like means a file of this direction with these."""
    file, _, kinds = kind.partition(":")
    if file not in ("File", "DownFile" if is_down else "UpFile"):
        return False
    return not kinds or not statements.isdisjoint(kinds.split("|"))


_WITH_WORDS = ("Constraint:", "DropStmt:", "IndexStmt:")
_PLACES = frozenset(
    {"AddedColumn", "Constraint", "Locks", "FirstLock", "Directory", "Unreadable", "Suppression", "Modifying"}
)

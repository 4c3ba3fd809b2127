"""What is wrong with these files? The statements of each, in order, against the schema that those before them made."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final

from whimbrel.lint.body import HAVE_BODIES, adds_nothing, modifying, read_body
from whimbrel.lint.context import OLDEST_SUPPORTED, Context, Target
from whimbrel.lint.fixes.fixable import FIXES, MOST_STATEMENTS, Fixes
from whimbrel.lint.grammar_process import GrammarProcess
from whimbrel.lint.parsing import Reason, parse
from whimbrel.lint.rule import PlacedColumn, PlacedConstraint, Selection, entries
from whimbrel.lint.seen import Seen
from whimbrel.lint.session import Session
from whimbrel.lint.strong_locks import strong_locks
from whimbrel.lint.suppress import suppress
from whimbrel.lint.transactions import number_transactions
from whimbrel.migration.filename import NameProblem
from whimbrel.schema.catalog import Catalog
from whimbrel.sql.expression import decoded, nodes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from whimbrel.findings.card import Card
    from whimbrel.lint.file import File, Statement
    from whimbrel.lint.found import Found
    from whimbrel.lint.names_made import Named
    from whimbrel.lint.rule import Check
    from whimbrel.sql.tree import ColumnDef, Constraint, RangeVar


_WITH_QUERIES: Final = frozenset({"SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"})
LOOK_AT_EDITED: Final = frozenset({"edited-migration", "WB657"})
"""Name and code of the rule that looks at files that are only read because they are not new."""


@dataclass(slots=True)
class Linter:
    """The chosen rules with what the user set."""

    selection: Selection
    version: int = OLDEST_SUPPORTED
    target: Target = Target.WHIMBREL
    since: int | None = None
    naming: Mapping[Named, str] = field(default_factory=dict)
    """How objects are to be called; see `whimbrel.lint.naming`."""
    fixes: Fixes = Fixes.NONE
    """For which findings what fixes need to know is kept."""
    today: date = field(default_factory=date.today)
    """The day that suppressions are measured by."""
    grammar: GrammarProcess = field(default_factory=GrammarProcess)
    _rules: Selection = field(init=False)
    """Those of them that look at the file at hand."""
    _seen: list[Seen] = field(default_factory=list)
    _undone: dict[File, Catalog] = field(default_factory=dict)
    """The schema before each up file whose down file is still to come."""

    def directory(self, files: Sequence[File], catalog: Catalog | None = None) -> list[Seen]:
        """Lint a directory's files in the order in which they run, down files directly behind their up files."""
        self._seen, self._undone = [], {}
        catalog = Catalog() if catalog is None else catalog
        for file in files:
            if file.is_down:
                catalog.end_session()
                self._file(file, catalog.branch(), catalog)
            else:
                self._file(file, catalog)
        self._whole(files, catalog)
        seen = [one for one in self._seen if one.found.unless is None or not one.found.unless(catalog)]
        seen = self._without_suppressed(files, seen, catalog)
        seen.sort(key=lambda one: (one.file.ordinal, one.start, one.card.code))
        return seen

    def read(self, files: Sequence[File], catalog: Catalog) -> None:
        """Follow what files make of the schema, and look for nothing."""
        for file in files:
            if not file.is_down:
                linted, file.linted = file.linted, False
                self._file(file, catalog)
                file.linted = linted

    def _whole(self, files: Sequence[File], catalog: Catalog) -> None:
        """Look at the files together."""
        if files:
            context = Context(catalog, files[-1], self.version, self.target, self.since, self.naming)
            for card, check in self.selection.checks("Directory"):
                for found in check(None, files, context):
                    self._say(card, found, context, None)

    def _without_suppressed(self, files: Sequence[File], seen: list[Seen], catalog: Catalog) -> list[Seen]:
        """Take out what the files suppress, and put in what is wrong with their suppressions."""
        marked = [file for file in files if (file.linted or file.edited) and b"whimbrel:" in file.data]
        if not marked:
            return seen
        running = {word for entry in self.selection.chosen for word in (entry.name, entry.code)}
        known = {word for entry in entries() for word in (entry.name, entry.code)}
        for file in marked:
            own = [one for one in seen if one.file is file]
            self._rules = self.selection
            ran = running if file.linted else running & LOOK_AT_EDITED
            kept, faulty = suppress(file, own, self.today, known, ran)
            self._seen = []
            context = Context(catalog, file, self.version, self.target, self.since, self.naming)
            for fault in faulty:
                self._apply(None, "Suppression", fault, context)
            seen = [one for one in seen if one.file is not file] + kept + self._seen
        return seen

    def _file(self, file: File, catalog: Catalog, before: Catalog | None = None) -> None:
        """Lint a file; `before` is the schema before it, where that stays as it is."""
        if file.almost is NameProblem.BACKUP:
            return
        unreadable = parse(file, self.grammar)
        file.whole = all(problem.reason is Reason.BYTE_ORDER_MARK for problem in unreadable)
        number_transactions(file, self.target)
        catalog.file = file.ordinal
        catalog.end_session()
        undoes = file.pair is not None and file.pair.is_down and file.pair.linted
        if before is None and (file.linted or undoes):
            before = catalog.branch()
        if undoes and before is not None:
            self._undone[file] = before
        session = Session(catalog, file.statements)
        if not file.linted:
            for statement in file.statements:
                session.follow_all(statement)
            return
        self._rules = self.selection.down if file.is_down else self.selection
        undone = None if file.pair is None else self._undone.pop(file.pair, None)
        context = Context(catalog, file, self.version, self.target, self.since, self.naming, before, undone)
        context.expressions = self._rules.expressions_in(file.words)
        for problem in unreadable:
            self._apply(None, "Unreadable", problem, context)
        for statement in file.statements:
            self._run(statement, context, session)
            for one in read_body(statement) if statement.kind in HAVE_BODIES else ():
                if statement.kind == "DoStmt":
                    self._run(one, context, session)
                else:
                    self._expressions(one, context)
        self._check(self._rules.of_file(context.earlier, is_down=file.is_down), None, file, context)

    def _run(self, statement: Statement, context: Context, session: Session) -> None:
        done = statement.within is None or not adds_nothing(statement, context.catalog)
        if done:
            self._statement(statement, context)
        context.earlier.append(statement)
        if done:
            session.follow(statement)

    def _statement(self, statement: Statement, context: Context) -> None:
        kind = statement.kind
        if self._rules.looks_at_locks:
            locks = strong_locks(statement, context)
            if locks.own and locks.first is statement:
                self._apply(statement, "FirstLock", locks, context)
            if locks.own or locks.held:
                self._apply(statement, "Locks", locks, context)
        if kind == "DropStmt":
            self._apply(statement, self._rules.drops[statement.node.remove_type], statement.node, context)
        elif kind == "IndexStmt":
            how = "concurrent" if statement.node.concurrent else "plain"
            self._apply(statement, self._rules.indexes[how], statement.node, context)
        else:
            self._apply(statement, kind, statement.node, context)
        if kind == "AlterTableStmt":
            self._alter_table(statement, context)
        elif kind == "CreateStmt":
            node = statement.node
            for element in node.table_elts:
                if element.column is not None:
                    self._column(statement, element.column, node.relation, context, created=True)
                elif element.constraint is not None:
                    self._constraint(statement, element.constraint, node.relation, context, created=True)
        if kind in _WITH_QUERIES and "Modifying" in self._rules.by_kind:
            for one in modifying(statement):
                self._apply(one, "Modifying", one.node, context)
        self._expressions(statement, context)

    def _alter_table(self, statement: Statement, context: Context) -> None:
        node = statement.node
        for one in node.cmds:
            command = one.command
            self._apply(statement, command.subtype, command, context)
            definition = command.definition
            if definition is None:
                continue
            if command.subtype == "AT_AddColumn" and definition.column is not None:
                self._column(statement, definition.column, node.relation, context, created=False)
            elif command.subtype == "AT_AddConstraint" and definition.constraint is not None:
                self._constraint(statement, definition.constraint, node.relation, context, created=False)
            elif command.subtype == "AT_AlterColumnType" and definition.column is not None:
                changed = PlacedColumn(definition.column, node.relation, changed=command.name)
                self._typed(statement, changed, context)

    def _typed(self, statement: Statement, placed: PlacedColumn, context: Context) -> None:
        """Apply the rules that look at columns of one of the server's own types."""
        kind = self._rules.of_type(placed.column.type_name)
        if kind:
            self._apply(statement, kind, placed, context)

    def _column(
        self, statement: Statement, column: ColumnDef, relation: RangeVar, context: Context, *, created: bool
    ) -> None:
        if not created:
            self._apply(statement, "AddedColumn", PlacedColumn(column, relation), context)
        kind = self._rules.of_type(column.type_name)
        if kind:
            self._apply(statement, kind, PlacedColumn(column, relation), context)
        for one in column.constraints:
            if one.constraint is not None:
                self._constraint(statement, one.constraint, relation, context, created=created, column=column)

    def _constraint(
        self,
        statement: Statement,
        constraint: Constraint,
        relation: RangeVar,
        context: Context,
        *,
        created: bool,
        column: ColumnDef | None = None,
    ) -> None:
        kind = self._rules.constraints[constraint.contype]
        if self._rules.loaded.get(kind) != ():
            self._apply(statement, kind, PlacedConstraint(constraint, relation, created, column), context)

    def _expressions(self, statement: Statement, context: Context) -> None:
        if not context.expressions:
            return
        data = bytes(statement.raw)
        wanted: dict[str, list[str]] = {}
        for one in context.expressions:
            if one.may_be_in(data):
                wanted.setdefault(one.node, []).append(one.kind)
        if wanted:
            for node, fields in nodes(decoded(data)):
                for kind in wanted.get(node, ()):
                    self._apply(statement, kind, fields, context)

    def _apply(self, statement: Statement | None, kind: str, node: object, context: Context) -> None:
        checks = self._rules.loaded.get(kind)
        if checks is None:
            checks = self._rules.checks(kind)
        self._check(checks, statement, node, context)

    def _check(
        self, checks: Iterable[tuple[Card, Check]], statement: Statement | None, node: object, context: Context
    ) -> None:
        for card, check in checks:
            for found in check(statement, node, context):
                self._say(card, found, context, statement)

    def _say(self, card: Card, found: Found, context: Context, statement: Statement | None) -> None:
        start, end = (0, 0) if statement is None else (statement.start, statement.end)
        if found.at is not None:
            start, end = found.at, found.at if found.end is None else found.end
        catalog = None
        if (
            self.fixes is not Fixes.NONE
            and card.name in FIXES
            and (self.fixes is Fixes.ALL or context.file.fixable)
            and len(context.file.statements) <= MOST_STATEMENTS
        ):
            catalog = context.catalog.branch()
        self._seen.append(Seen(card, found, found.file or context.file, start, end, statement, catalog))

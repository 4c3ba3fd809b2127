"""What is the schema behind a statement, where its file's own blocks are rolled back and settings end with them?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from whimbrel.lint.body import adds_nothing, read_body
from whimbrel.lint.session_time_zone import is_utc, is_utc_name
from whimbrel.lint.transactions import BEGINS
from whimbrel.schema.fold import fold
from whimbrel.sql.expression import decoded, holds, names, nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.file import Statement, Statements
    from whimbrel.schema.catalog import Catalog
    from whimbrel.sql.tree import DiscardStmt, TransactionStmt, VariableSetStmt

_KINDS: Final = frozenset({"TransactionStmt", "VariableSetStmt", "SelectStmt", "DiscardStmt"})
_COMMITS: Final = frozenset({"TRANS_STMT_COMMIT", "TRANS_STMT_PREPARE"})
_UNDOES: Final = frozenset({"TRANS_STMT_ROLLBACK", "TRANS_STMT_ROLLBACK_TO"})


class _Settings(NamedTuple):
    path: tuple[str, ...]
    utc: bool | None


class _Point(NamedTuple):
    """Where a block began, without a name, or a savepoint."""

    name: str
    catalog: Catalog | None
    """Kept where the file undoes something."""
    now: _Settings
    after: _Settings


class Session:
    """Folds the statements of one file into a catalog, in order."""

    __slots__ = ("_after", "_points", "_undoes", "catalog", "utc")

    def __init__(self, catalog: Catalog, statements: Statements) -> None:
        self.catalog = catalog
        self.utc: bool | None = None
        """Whether TimeZone is UTC, None where nobody knows."""
        self._points: list[_Point] = []
        self._after = _Settings(catalog.search_path, None)
        """What COMMIT leaves of the settings in a block."""
        self._undoes = any(one.kind == "TransactionStmt" and one.node.kind in _UNDOES for one in statements)

    def follow(self, statement: Statement) -> None:
        """Change the catalog as a statement does that succeeds."""
        kind = statement.kind
        fold(self.catalog, kind, statement.node, transaction=statement.transaction)
        if kind not in _KINDS:
            return
        if kind == "TransactionStmt":
            self._transaction(statement.node)
        elif kind == "VariableSetStmt":
            self._set(statement.node)
        elif kind == "DiscardStmt":
            self._discard(statement.node)
        elif b"set_config" in bytes(statement.raw):
            for name, value, is_local in _configured(statement):
                if name == "search_path":
                    self.catalog.search_path = _schemas(value)
                else:
                    self.utc = is_utc_name(value)
                self._keep(name, is_local=is_local)

    def follow_all(self, statement: Statement) -> None:
        """Follow a statement, and those that stand in the body of a DO."""
        self.follow(statement)
        if statement.kind == "DoStmt":
            for one in read_body(statement):
                if not adds_nothing(one, self.catalog):
                    self.follow(one)

    @property
    def _now(self) -> _Settings:
        return _Settings(self.catalog.search_path, self.utc)

    def _set(self, node: VariableSetStmt) -> None:
        name = node.name.lower()
        if node.kind == "VAR_RESET_ALL":
            self.utc, self._after = None, _Settings(self.catalog.search_path, None)
            return
        if name == "timezone":
            self.utc = is_utc(node)
        self._keep(name, is_local=node.is_local)

    def _keep(self, name: str, *, is_local: bool) -> None:
        """Note what a setting is behind COMMIT."""
        if is_local:
            return
        if name == "search_path":
            self._after = self._after._replace(path=self.catalog.search_path)
        elif name == "timezone":
            self._after = self._after._replace(utc=self.utc)

    def _discard(self, node: DiscardStmt) -> None:
        path = self.catalog.search_path
        if node.target in ("DISCARD_ALL", "DISCARD_TEMP"):
            self.catalog.end_session()
        if node.target == "DISCARD_ALL":
            self.utc = None
        else:
            self.catalog.search_path = path

    def _transaction(self, node: TransactionStmt) -> None:
        kind = node.kind
        if kind in BEGINS:
            if not self._points:
                self._begin()
        elif not self._points:
            return
        elif kind in _COMMITS:
            self._apply(self._after)
            self._end(chain=node.chain)
        elif kind == "TRANS_STMT_ROLLBACK":
            self._restore(self._points[0])
            self._end(chain=node.chain)
        elif self._undoes:
            self._savepoint(kind, node.savepoint_name)

    def _savepoint(self, kind: str, name: str) -> None:
        if kind == "TRANS_STMT_SAVEPOINT":
            self._points.append(_Point(name, self.catalog.branch(), self._now, self._after))
            return
        place = next((at for at in range(len(self._points) - 1, 0, -1) if self._points[at].name == name), None)
        if place is None:
            return
        if kind == "TRANS_STMT_ROLLBACK_TO":
            self._restore(self._points[place])
            del self._points[place + 1 :]
        else:
            del self._points[place:]

    def _begin(self) -> None:
        self._after = self._now
        self._points = [_Point("", self.catalog.branch() if self._undoes else None, self._now, self._after)]

    def _end(self, *, chain: bool) -> None:
        self._points = []
        if chain:
            self._begin()

    def _restore(self, point: _Point) -> None:
        if point.catalog is not None:
            self.catalog.become(point.catalog)
        self._apply(point.now)
        self._after = point.after

    def _apply(self, settings: _Settings) -> None:
        self.catalog.search_path, self.utc = settings


def _configured(statement: Statement) -> Iterator[tuple[str, str, bool]]:
    """Yield name, value and whether it is local of the set_config() calls whose arguments are written out."""
    if not holds(statement.raw, "FuncCall"):
        return
    for kind, fields in nodes(decoded(statement.raw)):
        if kind != "FuncCall" or names(fields.get("funcname", []))[-1:] != ("set_config",):
            continue
        constants = [one.get("A_Const", {}) for one in fields.get("args", ())]
        match constants:
            case [{"sval": name}, {"sval": value}, {"boolval": is_local}]:
                called = name.get("sval", "").lower()
                if called in ("search_path", "timezone"):
                    yield called, value.get("sval", ""), is_local.get("boolval", False)


def _schemas(written: str) -> tuple[str, ...]:
    """Return the schemas of a search path as it is written in one text."""
    found: list[str] = []
    for part in map(str.strip, written.split(",")):
        name = part[1:-1].replace('""', '"') if part.startswith('"') else part.lower()
        if name and name not in ("$user", "pg_catalog"):
            found.append(name)
    return tuple(found) or ("public",)

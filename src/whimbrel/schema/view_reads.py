"""Which columns of which relations does a view's query read, and which columns does it give?

A name is followed through aliases, stars, joins and subqueries, as far as the catalog knows what is in each relation.
What it cannot tell is kept apart: the view may read it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from whimbrel.schema.catalog import Name
from whimbrel.schema.view_columns import name_of_target
from whimbrel.sql.expression import columns as columns_in
from whimbrel.sql.expression import decoded, names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from msgspec import Raw

    from whimbrel.schema.catalog import Catalog, Relation

ANY = ("", "")
"""Stands for a relation that is not known."""
_NOTHING: frozenset[tuple[Name, str]] = frozenset()


class Reads(Struct, frozen=True):
    """What a query reads, and the names of its columns in order: none where they are not all known.

    `*` in `maybe` is for columns of a relation that is not wholly known.
    """

    columns: frozenset[tuple[Name, str]]
    maybe: frozenset[tuple[Name, str]]
    outputs: tuple[str, ...]


def view_reads(catalog: Catalog, query: Raw | bytes, aliases: Iterable[str] = ()) -> Reads:
    """Return what a query reads, as the catalog stands; `aliases` are names that the view gives to columns itself."""
    reading = _Reading(catalog)
    try:
        tree = decoded(query) or {}
        outputs = reading.select(tree["SelectStmt"], {}, ()) if "SelectStmt" in tree else None
    except RecursionError:
        return Reads(frozenset(), frozenset((ANY, column) for column in columns_in(query)), ())
    given = tuple(_renamed(outputs, tuple(aliases))) if outputs is not None else ()
    return Reads(frozenset(reading.sure), frozenset(reading.maybe - reading.sure), given if all(given) else ())


def reads_column(view: Relation, relation: Relation, column: str) -> bool | None:
    """Say whether a view that reads a relation reads its column: None for no, False where one cannot tell."""
    if (relation.name, column) in view.reads_columns:
        return True
    maybe = view.may_read
    if (relation.name, column) in maybe or (ANY, column) in maybe:
        return False
    if (relation.name, "*") in maybe or (ANY, "*") in maybe:
        known = relation.columns.get(column)
        return None if known is not None and known.born > view.born else False
    return None


class _Item(Struct):
    """Something in FROM: its columns, each with what is read where it is named, and whether these are all."""

    name: str
    columns: dict[str, frozenset[tuple[Name, str]]]
    complete: bool
    relation: Name | None = None
    """Whose column a name is that is not among these: None where that is read by another query."""


_Row = list[tuple[str, frozenset[tuple[Name, str]]]]
"""What a star stands for: columns that a join has in common come once."""
_Scopes = tuple[list[_Item], ...]
_Withs = dict[str, tuple[str, ...] | None]


def _renamed(columns: Iterable[str], aliases: tuple[str, ...]) -> list[str]:
    found = list(columns)
    found[: len(aliases)] = aliases
    return found


class _Reading:
    """One query that is read; scopes stand with the innermost first."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.sure: set[tuple[Name, str]] = set()
        self.maybe: set[tuple[Name, str]] = set()

    def select(self, node: dict[str, Any], withs: _Withs, outer: _Scopes) -> tuple[str, ...] | None:
        """Read a SELECT and return its columns' names, empty ones for those that are not known; None for not all."""
        withs = self._withs(node, withs, outer)
        others = []
        while "larg" in node:
            others.append((node["rarg"], withs))
            node = node["larg"]
            withs = self._withs(node, withs, outer)
        for other, named in others:
            self.select(other, named, outer)
        items: list[_Item] = []
        row: _Row = []
        for one in node.get("fromClause", ()):
            found, columns = self._from(one, withs, items, outer)
            items += found
            row += columns
        scopes = (items, *outer)
        outputs = self._targets(node.get("targetList", ()), row, withs, scopes)
        for key, value in node.items():
            if key in ("sortClause", "distinctClause"):
                self._expression([one for one in value if _bare(one) not in (outputs or ())], withs, scopes)
            elif key == "groupClause":
                self._expression([one for one in value if not self._is_output(one, outputs, items)], withs, scopes)
            elif key not in ("withClause", "fromClause", "targetList"):
                self._expression(value, withs, scopes)
        if "valuesLists" in node:
            first = node["valuesLists"][0].get("List", {}).get("items", ())
            return tuple(f"column{place}" for place in range(1, len(first) + 1))
        return outputs

    def _is_output(self, node: dict[str, Any], outputs: tuple[str, ...] | None, items: list[_Item]) -> bool:
        """Say whether a part of GROUP BY is an output: a column of that name comes before it."""
        name = _bare(node)
        return (
            bool(name) and name in (outputs or ()) and all(item.complete and name not in item.columns for item in items)
        )

    def _withs(self, node: dict[str, Any], withs: _Withs, outer: _Scopes) -> _Withs:
        clause = node.get("withClause")
        if clause is None:
            return withs
        withs = dict(withs)
        for one in clause.get("ctes", ()):
            self._with(one["CommonTableExpr"], withs, outer, recursive=clause.get("recursive", False))
        return withs

    def _with(self, node: dict[str, Any], withs: _Withs, outer: _Scopes, *, recursive: bool) -> None:
        query = node.get("ctequery", {}).get("SelectStmt")
        aliases = names(node.get("aliascolnames", []))
        if query is None:
            withs[node["ctename"]] = None
            return
        inside = withs
        if recursive:
            inside = withs | {node["ctename"]: None}
            if "larg" in query:
                first = _Reading(self.catalog).select(query["larg"], inside, outer)
                inside[node["ctename"]] = None if first is None else tuple(_renamed(first, aliases))
        outputs = self.select(query, inside, outer)
        withs[node["ctename"]] = None if outputs is None else tuple(_renamed(outputs, aliases))

    def _targets(
        self, targets: Iterable[dict[str, Any]], row: _Row, withs: _Withs, scopes: _Scopes
    ) -> tuple[str, ...] | None:
        outputs: list[str] = []
        known = True
        for one in targets:
            target = one.get("ResTarget", {})
            fields = names(target.get("val", {}).get("ColumnRef", {}).get("fields", []))
            if fields[-1:] != ("*",):
                outputs.append(name_of_target(target))
                self._expression(target, withs, scopes)
                known = known and not _spreads(target.get("val", {}))
                continue
            found = scopes[0] if len(fields) == 1 else self._items(fields[:-1], scopes)
            if not found:
                self.maybe.add((ANY, "*"))
                known = False
            outputs += (
                [name for name, _ in row] if len(fields) == 1 else [name for item in found for name in item.columns]
            )
            for item in found:
                known = known and item.complete
                self._all_of(item)
        return tuple(outputs) if known else None

    def _all_of(self, item: _Item) -> None:
        self.sure.update(*item.columns.values())
        if not item.complete and item.relation is not None:
            self.maybe.add((item.relation, "*"))

    def _from(
        self, node: dict[str, Any], withs: _Withs, beside: list[_Item], outer: _Scopes
    ) -> tuple[list[_Item], _Row]:
        """Read a part of FROM; return what names may speak of, and what a star stands for."""
        ((kind, fields),) = node.items()
        if kind == "JoinExpr":
            return self._join(fields, withs, beside, outer)
        if kind == "RangeTableSample":
            self._expression(fields.get("args", []), withs, (beside, *outer))
            return self._from(fields["relation"], withs, beside, outer)
        item = self._item(kind, fields, withs, beside, outer)
        return [item], list(item.columns.items())

    def _item(self, kind: str, fields: dict[str, Any], withs: _Withs, beside: list[_Item], outer: _Scopes) -> _Item:
        alias = fields.get("alias", {})
        columns = names(alias.get("colnames", []))
        if kind == "RangeVar":
            return self._relation(fields, withs, alias.get("aliasname", ""), columns)
        name = alias.get("aliasname", "")
        if kind == "RangeSubselect":
            inside = (beside, *outer) if fields.get("lateral") else outer
            outputs = self.select(fields["subquery"].get("SelectStmt", {}), withs, inside)
            return _derived(name, outputs, columns)
        self._expression(fields, withs, (beside, *outer))
        return _derived(name, None, columns)

    def _relation(self, node: dict[str, Any], withs: _Withs, alias: str, columns: tuple[str, ...]) -> _Item:
        schema, written = node.get("schemaname", ""), node["relname"]
        if not schema and written in withs:
            return _derived(alias or written, withs[written], columns)
        name = self.catalog.resolve(schema, written)
        relation = self.catalog.relations.get(name)
        own: tuple[str, ...] = ()
        complete = False
        if relation is not None:
            own = tuple(relation.columns) or relation.outputs
            complete = relation.complete or bool(relation.outputs)
        called = _renamed(own, columns) if complete else list(own)
        found = {one: frozenset([(name, column)]) for one, column in zip(called, own, strict=False)}
        if columns and not complete:
            return _Item(alias, {}, complete=False, relation=ANY)
        return _Item(alias or written, found, complete, name)

    def _join(
        self, node: dict[str, Any], withs: _Withs, beside: list[_Item], outer: _Scopes
    ) -> tuple[list[_Item], _Row]:
        left, left_row = self._from(node["larg"], withs, beside, outer)
        right, right_row = self._from(node["rarg"], withs, [*beside, *left], outer)
        items = [*left, *right]
        shared = names(node.get("usingClause", []))
        if node.get("isNatural"):
            there = {name for name, _ in right_row}
            shared = tuple(name for name, _ in left_row if name in there)
            self.maybe.update((item.relation, "*") for item in items if not item.complete and item.relation is not None)
        for column in shared:
            self._column(column, (left,))
            self._column(column, (right,))
        if "quals" in node:
            self._expression(node["quals"], withs, (items, *outer))
        merged: dict[str, frozenset[tuple[Name, str]]] = dict.fromkeys(shared, _NOTHING)
        for name, read in (*left_row, *right_row):
            if name in merged:
                merged[name] |= read
        row = [*merged.items(), *(one for one in (*left_row, *right_row) if one[0] not in merged)]
        if "alias" not in node:
            return items, row
        complete = all(item.complete for item in items)
        called = [name for name, _ in row]
        if complete:
            called = _renamed(called, names(node["alias"].get("colnames", [])))
        row = [(name, read) for name, (_, read) in zip(called, row, strict=False)]
        return [_Item(node["alias"]["aliasname"], dict(row), complete)], row

    def _expression(self, tree: object, withs: _Withs, scopes: _Scopes) -> None:
        stack = [tree]
        while stack:
            here = stack.pop()
            if isinstance(here, list):
                stack.extend(here)
            elif isinstance(here, dict):
                for kind, value in here.items():
                    if kind == "ColumnRef":
                        self._reference(names(value.get("fields", [])), scopes)
                    elif kind == "SelectStmt":
                        self.select(value, withs, scopes)
                    elif isinstance(value, dict | list):
                        if kind == "A_Indirection" and isinstance(value, dict):
                            self._parts(value, scopes)
                        stack.append(value)

    def _reference(self, fields: tuple[str, ...], scopes: _Scopes) -> None:
        if len(fields) == 1:
            self._column(fields[0], scopes)
            return
        items = self._items(fields[:-1], scopes)
        if fields[-1] == "*":  # the whole row, of which the server does not say what it reads
            return
        if not items:
            self.maybe.add((ANY, fields[-1]))
        for item in items:
            if fields[-1] in item.columns:
                self.sure |= item.columns[fields[-1]]
            elif not item.complete and item.relation is not None:
                (self.maybe if item.relation == ANY else self.sure).add((item.relation, fields[-1]))

    def _parts(self, indirection: dict[Any, Any], scopes: _Scopes) -> None:
        """Read `(row).column`; of other composite values one cannot tell."""
        fields = names(indirection.get("arg", {}).get("ColumnRef", {}).get("fields", []))
        parts = _fields(indirection)
        if fields and parts and (items := self._items(fields, scopes)):
            if parts[0] == "*":
                for item in items:
                    self._all_of(item)
            else:
                self._reference((*fields, parts[0]), scopes)
            del parts[0]
        self.maybe.update((ANY, part) for part in parts)

    def _items(self, fields: tuple[str, ...], scopes: _Scopes) -> list[_Item]:
        """Return what a qualifier speaks of, in the nearest scope that has it."""
        for items in scopes:
            found = [item for item in items if item.name == fields[-1]]
            if len(fields) > 1:
                found = [item for item in found if item.relation is not None and item.relation[0] == fields[-2]]
            if found:
                return found
        return []

    def _column(self, column: str, scopes: _Scopes) -> None:
        """Read a column that is named alone."""
        certain = True
        for items in scopes:
            found = [item.columns[column] for item in items if column in item.columns]
            if found:
                (self.sure if certain else self.maybe).update(*found)
                return
            unknown = [item for item in items if not item.complete]
            whole = any(item.name == column for item in items)
            if unknown:
                alone = certain and len(unknown) == 1 and len(scopes) == 1 and not whole
                for item in unknown:
                    if item.relation is not None:
                        (self.sure if alone and item.relation != ANY else self.maybe).add((item.relation, column))
                certain = False
            elif whole:
                return
        if certain:
            self.maybe.add((ANY, column))


def _derived(name: str, outputs: tuple[str, ...] | None, columns: tuple[str, ...]) -> _Item:
    called = columns if outputs is None else tuple(_renamed(outputs, columns))
    complete = outputs is not None and all(called)
    return _Item(name, dict.fromkeys((one for one in called if one), _NOTHING), complete)


def _bare(node: dict[str, Any]) -> str:
    """Return the name where a part of ORDER BY, GROUP BY or DISTINCT ON is a name alone."""
    fields = names(node.get("SortBy", {}).get("node", node).get("ColumnRef", {}).get("fields", []))
    return fields[0] if len(fields) == 1 else ""


def _fields(indirection: dict[Any, Any]) -> list[str]:
    parts = indirection.get("indirection", [])
    return [
        one["String"].get("sval", "") if "String" in one else "*" for one in parts if "String" in one or "A_Star" in one
    ]


def _spreads(value: dict[str, Any]) -> bool:
    """Say whether a value is `(…).*`, which is several columns."""
    return "*" in _fields(value.get("A_Indirection", {}))

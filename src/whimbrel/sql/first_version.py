"""Which version of PostgreSQL is the first that takes this syntax? Each row measured on PostgreSQL 13 to 18.

The grammar is that of 18. What 13 takes already is not here, nor what the parsed statement does not show (`GROUP BY
ALL`, `NULLS DISTINCT`, `REINDEX (CONCURRENTLY)`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final

from whimbrel.sql.expression import decoded, names, nodes
from whimbrel.sql.tree import CreateStmt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from msgspec import Raw


@dataclass(frozen=True, slots=True)
class Syntax:
    """A piece of syntax, as the manual writes it, and how to see it in a statement's undecoded tree.

    A text that has it has one of these `words`, in lower case. All `marks` stand in the tree, `pattern` is found there,
    and where `node` is given `test` says yes to the fields of such a node, which may be the statement itself.
    """

    name: str
    since: int
    words: bytes
    marks: tuple[bytes, ...] = ()
    pattern: re.Pattern[bytes] | None = None
    look: Callable[[Any], bool] | None = None
    """What its struct must show before the tree is searched."""
    node: str = ""
    test: Callable[[dict[str, Any]], bool] = bool

    def is_in(self, kind: str, tree: bytes) -> bool:
        """Say whether a statement has it."""
        if not all(mark in tree for mark in self.marks):
            return False
        if self.pattern is not None and not self.pattern.search(tree):
            return False
        if not self.node:
            return True
        whole = decoded(tree)
        return (kind == self.node and self.test(whole)) or any(
            found == self.node and self.test(fields) for found, fields in nodes(whole)
        )


@dataclass(frozen=True, slots=True)
class Candidates:
    """Syntax that may be found: by the kind of its statement, and, by a mark in the tree, in all of them."""

    by_kind: dict[str, list[Syntax]]
    anywhere: list[tuple[bytes, Syntax]]

    def __bool__(self) -> bool:
        return bool(self.by_kind or self.anywhere)

    def may_be_in(self, kind: str) -> bool:
        """Say whether a statement of this kind may have any."""
        return kind in self.by_kind or bool(self.anywhere)

    def found_in(self, kind: str, node: Any, raw: Raw | bytes) -> Iterator[Syntax]:
        """Yield the syntax that a statement has, given its struct in `whimbrel.sql.tree` and its tree."""
        tree = b""
        for syntax in self.by_kind.get(kind, ()):
            if syntax.look is None or syntax.look(node):
                tree = tree or bytes(raw)
                if syntax.is_in(kind, tree):
                    yield syntax
        tree = tree or bytes(raw) if self.anywhere else tree
        for mark, syntax in self.anywhere:
            if mark in tree and syntax.is_in(kind, tree):
                yield syntax


def newer(version: int, words: frozenset[bytes] | None = None) -> Candidates:
    """Return the syntax that a version does not take; with a text's words that which may be in it."""
    by_word = _words(version)
    return _candidates(version, by_word if words is None else by_word & words)


@cache
def _words(version: int) -> frozenset[bytes]:
    return frozenset(_by_word(version))


@lru_cache(maxsize=1000)
def _candidates(version: int, present: frozenset[bytes]) -> Candidates:
    """Return the syntax that a text with these words may have; most files of a directory share a few sets of words."""
    by_word = _by_word(version)
    candidates = Candidates({}, [])
    for place, syntax in {id(row): row for word in present for row in by_word[word]}.values():
        if isinstance(place, bytes):
            candidates.anywhere.append((place, syntax))
        else:
            candidates.by_kind.setdefault(place, []).append(syntax)
    return candidates


@cache
def _by_word(version: int) -> dict[bytes, list[tuple[str | bytes, Syntax]]]:
    """Return what came after a version, by the word of its text, with its kind of statement or its mark in the tree."""
    rows: dict[bytes, list[tuple[str | bytes, Syntax]]] = {}
    tables: tuple[Mapping[str, tuple[Syntax, ...]] | Mapping[bytes, tuple[Syntax, ...]], ...] = _BY_KIND, _ANYWHERE
    for place, several in (pair for table in tables for pair in table.items()):
        for syntax in several:
            if syntax.since > version:
                row = place, syntax
                for word in syntax.words.split():
                    rows.setdefault(word, []).append(row)
    return rows


def _option(name: str, since: int, *options: str) -> tuple[Syntax, ...]:
    """Return a row for each option of a statement."""
    return tuple(
        Syntax(f"{name} ({option.upper()})", since, option.encode(), (f'"defname":"{option}"'.encode(),))
        for option in options
    )


def _command(
    name: str, since: int, words: bytes, kind: str, test: Callable[[dict[str, Any]], bool] | None = None
) -> Syntax:
    """Return a row for a subcommand of ALTER TABLE."""
    mark = f'"subtype":"{kind}"'.encode()
    if test is None:
        return Syntax(name, since, words, (mark,))
    return Syntax(
        name,
        since,
        words,
        (mark,),
        node="AlterTableCmd",
        test=lambda fields: fields["subtype"] == kind and test(fields),
    )


def _is(option: str, value: str) -> Callable[[dict[str, Any]], bool]:
    """Return a test of a DefElem: this option with this word."""
    return lambda fields: fields.get("defname") == option and value in str(fields.get("arg", "")).lower()


_ALL = 1 << 30
_COMPRESSION = 1 << 1


def _compression(fields: dict[str, Any]) -> bool:
    """Say whether LIKE names COMPRESSION: ALL sets every bit, and EXCLUDING takes one away."""
    options = fields.get("options", 0)
    return bool(options & _COMPRESSION) != bool(options & _ALL)


def _old_or_new(fields: dict[str, Any]) -> bool:
    """Say whether a RETURNING has columns of OLD or NEW."""
    if "options" in fields:
        return True
    return any(
        kind == "ColumnRef" and len(column.get("fields", ())) > 1 and names(column["fields"])[0] in ("old", "new")
        for kind, column in nodes(fields)
    )


def _negative_scale(fields: dict[str, Any]) -> bool:
    scale = fields.get("typmods", [])[1:]
    return names(fields.get("names", []))[-1:] == ("numeric",) and '"ival": -' in str(scale).replace("'", '"')


def _system_user(fields: dict[str, Any]) -> bool:
    return names(fields["funcname"]) == ("pg_catalog", "system_user")


def _is_multirange(fields: dict[str, Any]) -> bool:
    return fields.get("sval", "").encode() in _MULTIRANGES


def _at_local(fields: dict[str, Any]) -> bool:
    return names(fields["funcname"]) == ("pg_catalog", "timezone") and len(fields.get("args", ())) == 1


def _has_not_null(node: Any) -> bool:
    """Say whether CREATE TABLE or ALTER TABLE has a constraint NOT NULL that stands in no column."""
    for part in node.table_elts if isinstance(node, CreateStmt) else [one.command.definition for one in node.cmds]:
        if part is not None and part.constraint is not None and part.constraint.contype == "CONSTR_NOTNULL":
            return True
    return False


_TABLE = (
    Syntax("NULLS NOT DISTINCT", 15, b"distinct", (b'"nulls_not_distinct":true',)),
    Syntax("ON DELETE SET NULL or SET DEFAULT with columns", 15, b"delete", (b'"fk_del_set_cols":',)),
    Syntax("numeric with a negative scale", 15, b"numeric decimal dec", (b'"ival":-', b'"numeric"'),
           node="typeName", test=_negative_scale),
    Syntax("COMPRESSION", 14, b"compression", (b'"compression":"',)),
    Syntax("STORAGE behind a column", 16, b"storage", (b'"storage_name":"',)),
    Syntax("VIRTUAL generated columns", 18, b"generated", (b'"generated_kind":"v"',)),
    Syntax("[NOT] ENFORCED", 18, b"enforced", (b'_ENFORCED"',)),
    Syntax(
        "[NOT] ENFORCED", 18, b"enforced", (b'"skip_validation":true',),
        re.compile(
            rb'"contype":"CONSTR_(?:CHECK|FOREIGN)",(?:"conname":"(?:[^"\\]|\\.)*",|"(?:deferrable|initdeferred)":true,)*'
            rb'"(?!is_enforced"|conname"|deferrable"|initdeferred")'
        ),
    ),
    Syntax("NOT NULL as a constraint of the table", 18, b"null", (b'"CONSTR_NOTNULL"',), look=_has_not_null,
           pattern=re.compile(rb'"CONSTR_NOTNULL"[^{}]*"keys":')),
    Syntax("NOT NULL … NO INHERIT", 18, b"inherit", (b'"is_no_inherit":true',),
           re.compile(rb'"CONSTR_NOTNULL"(?:(?!"keys":)[^{}])*"is_no_inherit":true')),
    Syntax("WITHOUT OVERLAPS", 18, b"overlaps", (b'"without_overlaps":true',)),
    Syntax("PERIOD", 18, b"period", (b'"fk_with_period":true',)),
)  # fmt: skip
"""What CREATE TABLE and ALTER TABLE share."""

_SETTINGS = (
    Syntax("the setting idle_session_timeout", 14, b"idle_session_timeout", (b'"name":"idle_session_timeout"',)),
    Syntax("the setting transaction_timeout", 17, b"transaction_timeout", (b'"name":"transaction_timeout"',)),
)
_SUBSCRIPTION = (
    *_option("SUBSCRIPTION", 14, "binary", "streaming"),
    *_option("SUBSCRIPTION", 15, "two_phase", "disable_on_error"),
    *_option("SUBSCRIPTION", 16, "origin", "password_required", "run_as_owner"),
    *_option("SUBSCRIPTION", 17, "failover"),
    Syntax("ALTER SUBSCRIPTION … ADD PUBLICATION", 14, b"publication", (b'"ALTER_SUBSCRIPTION_ADD_PUBLICATION"',)),
    Syntax("ALTER SUBSCRIPTION … DROP PUBLICATION", 14, b"publication", (b'"ALTER_SUBSCRIPTION_DROP_PUBLICATION"',)),
    Syntax("ALTER SUBSCRIPTION … SKIP", 15, b"skip", (b'"ALTER_SUBSCRIPTION_SKIP"',)),
)
_PUBLICATION = (
    Syntax("WHERE behind a publication's table", 15, b"where", (b'"whereClause":',)),
    Syntax("columns of a publication's table", 15, b"publication", (b'"columns":',)),
    Syntax("TABLES IN SCHEMA", 15, b"schema", (b'"PUBLICATIONOBJ_TABLES_IN_',)),
    *_option("PUBLICATION", 18, "publish_generated_columns"),
)
_MAINTAIN = Syntax("the privilege MAINTAIN", 17, b"maintain", (b'"priv_name":"maintain"',))

_BY_KIND: Final[dict[str, tuple[Syntax, ...]]] = {
    "CreateStmt": (
        *_TABLE,
        Syntax("LIKE … INCLUDING COMPRESSION", 14, b"like", (b'"TableLikeClause":',),
               node="TableLikeClause", test=_compression),
        Syntax("EXCLUDE on a partitioned table", 17, b"exclude", (b'"CONSTR_EXCLUSION"', b'"partspec":')),
    ),
    "AlterTableStmt": (
        *_TABLE,
        Syntax("DETACH PARTITION … CONCURRENTLY", 14, b"detach", (b'"AT_DetachPartition"', b'"concurrent":true')),
        Syntax("security_invoker", 15, b"security_invoker", (b'"defname":"security_invoker"',)),
        Syntax("SET LOGGED and UNLOGGED of a sequence", 15, b"logged unlogged",
               (b'"AT_Set', b'ogged"', b'"OBJECT_SEQUENCE"')),
        Syntax("ALTER CONSTRAINT … ENFORCED", 18, b"enforced", (b'"alterEnforceability":true',)),
        Syntax("ALTER CONSTRAINT … INHERIT", 18, b"inherit", (b'"alterInheritability":true',)),
        _command("DETACH PARTITION … FINALIZE", 14, b"finalize", "AT_DetachPartitionFinalize"),
        _command("SET COMPRESSION", 14, b"compression", "AT_SetCompression"),
        _command("SET ACCESS METHOD", 15, b"method", "AT_SetAccessMethod"),
        _command("SET STORAGE DEFAULT", 16, b"storage", "AT_SetStorage",
                 lambda fields: fields["def"]["String"].get("sval", "").lower() == "default"),
        _command("SET EXPRESSION", 17, b"expression", "AT_SetExpression"),
        _command("SET STATISTICS DEFAULT", 17, b"statistics", "AT_SetStatistics", lambda fields: "def" not in fields),
        _command("SET ACCESS METHOD DEFAULT", 17, b"method", "AT_SetAccessMethod", lambda fields: "name" not in fields),
    ),
    "CreateForeignTableStmt": (Syntax("LIKE in CREATE FOREIGN TABLE", 18, b"like", (b'"TableLikeClause":',)),),
    "IndexStmt": (Syntax("NULLS NOT DISTINCT", 15, b"distinct", (b'"nulls_not_distinct":true',)),),
    "ViewStmt": (Syntax("security_invoker", 15, b"security_invoker", (b'"defname":"security_invoker"',)),),
    "CreateTrigStmt": (Syntax("CREATE OR REPLACE TRIGGER", 14, b"replace", (b'"replace":true',)),),
    "CreateRangeStmt": _option("CREATE TYPE … AS RANGE", 14, "multirange_type_name"),
    "CreateFunctionStmt": (
        Syntax("a body in SQL itself (BEGIN ATOMIC, RETURN)", 14, b"create", (b'"sql_body":',)),
        Syntax("OUT parameters of a procedure", 14, b"out", (b'"is_procedure":true', b'"FUNC_PARAM_OUT"')),
        *_SETTINGS,
    ),
    "CreateStatsStmt": (
        Syntax("CREATE STATISTICS on expressions", 14, b"statistics", (b'"expr":',)),
        Syntax("CREATE STATISTICS without a name", 16, b"statistics",
               node="CreateStatsStmt", test=lambda one: "defnames" not in one),
    ),
    "CreateSeqStmt": (Syntax("CREATE UNLOGGED SEQUENCE", 15, b"unlogged", (b'"relpersistence":"u"',)),),
    "CreateEventTrigStmt": (Syntax("event triggers ON login", 17, b"login", (b'"eventname":"login"',)),),
    "ReindexStmt": (
        *_option("REINDEX", 14, "tablespace"),
        Syntax(
            "REINDEX DATABASE and SYSTEM without a name", 16, b"reindex", node="ReindexStmt",
            test=lambda one: one["kind"] in ("REINDEX_OBJECT_DATABASE", "REINDEX_OBJECT_SYSTEM") and "name" not in one,
        ),
    ),
    "VacuumStmt": (
        *_option("VACUUM", 14, "process_toast"),
        *_option("VACUUM", 16, "skip_database_stats", "only_database_stats", "process_main", "buffer_usage_limit"),
        Syntax("VACUUM (INDEX_CLEANUP AUTO)", 14, b"index_cleanup", (b'"index_cleanup"',), node="DefElem",
               test=_is("index_cleanup", "auto")),
        Syntax("VACUUM and ANALYZE ONLY", 18, b"only", (b'"VacuumRelation":',), node="relation",
               test=lambda one: not one.get("inh")),
    ),
    "CopyStmt": (
        Syntax("COPY (HEADER MATCH)", 15, b"header", (b'"header"',), node="DefElem", test=_is("header", "match")),
        *_option("COPY", 16, "default"),
        *_option("COPY", 17, "on_error", "log_verbosity"),
        *_option("COPY", 18, "reject_limit"),
        Syntax("COPY (FORCE_NULL *)", 17, b"force force_null", (b'"force_null"',),
               node="DefElem", test=_is("force_null", "a_star")),
        Syntax("COPY (FORCE_NOT_NULL *)", 17, b"force force_not_null", (b'"force_not_null"',), node="DefElem",
               test=_is("force_not_null", "a_star")),
    ),
    "ExplainStmt": (*_option("EXPLAIN", 16, "generic_plan"), *_option("EXPLAIN", 17, "serialize", "memory")),
    "GrantStmt": (
        Syntax("GRANTED BY behind a privilege", 14, b"granted", (b'"grantor":',)),
        Syntax("GRANT ON PARAMETER", 15, b"parameter", (b'"OBJECT_PARAMETER_ACL"',)),
        _MAINTAIN,
    ),
    "GrantRoleStmt": _option("GRANT … WITH", 16, "inherit", "set"),
    "AlterDefaultPrivilegesStmt": (
        Syntax("ALTER DEFAULT PRIVILEGES … ON LARGE OBJECTS", 18, b"large", (b'"OBJECT_LARGEOBJECT"',)),
        _MAINTAIN,
    ),
    "CreatePublicationStmt": _PUBLICATION,
    "AlterPublicationStmt": _PUBLICATION,
    "CreateSubscriptionStmt": _SUBSCRIPTION,
    "AlterSubscriptionStmt": _SUBSCRIPTION,
    "CreatedbStmt": (
        *_option("CREATE DATABASE", 15, "locale_provider", "icu_locale", "strategy", "oid", "collation_version"),
        *_option("CREATE DATABASE", 16, "icu_rules"),
        *_option("CREATE DATABASE", 17, "builtin_locale"),
    ),
    "AlterDatabaseRefreshCollStmt": (Syntax("ALTER DATABASE … REFRESH COLLATION VERSION", 15, b"refresh"),),
    "VariableSetStmt": _SETTINGS,
    "AlterRoleSetStmt": _SETTINGS,
    "AlterDatabaseSetStmt": _SETTINGS,
    "AlterSystemStmt": _SETTINGS,
}  # fmt: skip
"""Syntax by the statement that it belongs to."""

_MULTIRANGES = [f"{name}multirange".encode() for name in ("int4", "int8", "num", "ts", "tstz", "date")]

_ANYWHERE: Final[dict[bytes, tuple[Syntax, ...]]] = {
    b'"search_clause":': (Syntax("SEARCH", 14, b"search"),),
    b'"cycle_clause":': (Syntax("CYCLE", 14, b"cycle"),),
    b'"groupDistinct":true': (Syntax("GROUP BY DISTINCT", 14, b"distinct"),),
    b'"join_using_alias":': (Syntax("JOIN … USING (…) AS", 14, b"using"),),
    b'multirange"': (
        Syntax("multirange types", 14, b" ".join(_MULTIRANGES), node="String", test=_is_multirange),
    ),
    b'"mergeWhenClauses":': (
        Syntax("MERGE", 15, b"merge"),
        Syntax("MERGE … RETURNING", 17, b"merge", (b'"returningClause":',), node="MergeStmt",
               test=lambda one: "returningClause" in one),
        Syntax("WHEN NOT MATCHED BY SOURCE", 17, b"merge", (b'"MERGE_WHEN_NOT_MATCHED_BY_SOURCE"',)),
    ),
    b'"RangeSubselect":': (
        Syntax("a subquery in FROM without an alias", 16, b"from",
               node="RangeSubselect", test=lambda one: "alias" not in one),
    ),
    b'"system_user"': (Syntax("SYSTEM_USER", 16, b"system_user", node="FuncCall", test=_system_user),),
    b'"timezone"': (Syntax("AT LOCAL", 17, b"local", node="FuncCall", test=_at_local),),
    b'"Json': (
        Syntax("IS JSON", 16, b"json", (b'"JsonIsPredicate":',)),
        Syntax("JSON_OBJECT with keys", 16, b"json_object", (b'"JsonObjectConstructor":',)),
        Syntax("JSON_ARRAY", 16, b"json_array", (b'"JsonArrayConstructor":',)),
        Syntax("JSON_ARRAY of a query", 16, b"json_array", (b'"JsonArrayQueryConstructor":',)),
        Syntax("JSON_OBJECTAGG", 16, b"json_objectagg", (b'"JsonObjectAgg":',)),
        Syntax("JSON_ARRAYAGG", 16, b"json_arrayagg", (b'"JsonArrayAgg":',)),
        Syntax("JSON_TABLE", 17, b"json_table", (b'"JsonTable":',)),
        Syntax("JSON_EXISTS, JSON_VALUE and JSON_QUERY", 17, b"json_exists json_value json_query",
               (b'"JsonFuncExpr":',)),
        Syntax("JSON(… WITH UNIQUE KEYS)", 17, b"json", (b'"JsonParseExpr":', b'"unique_keys":true')),
        Syntax("JSON_SCALAR", 17, b"json_scalar", (b'"JsonScalarExpr":',)),
        Syntax("JSON_SERIALIZE", 17, b"json_serialize", (b'"JsonSerializeExpr":',)),
    ),
    b'"returningClause":': (Syntax("OLD and NEW in RETURNING", 18, b"returning",
                                   node="returningClause", test=_old_or_new),),
}  # fmt: skip
"""Syntax that may stand in any statement, by what its tree then holds."""

SYNTAX: Final = tuple({one.name: one for rows in (*_BY_KIND.values(), *_ANYWHERE.values()) for one in rows}.values())
"""Each piece of syntax once."""

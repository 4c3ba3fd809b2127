"""How do functions, triggers, policies, schemas, extensions and publications change the schema?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from whimbrel.schema.catalog import Catalog, Function, Head, Uses
from whimbrel.schema.types import type_of
from whimbrel.sql.expression import columns, decoded, functions, holds, relations
from whimbrel.sql.tree import names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from msgspec import Raw

    from whimbrel.schema.catalog import Name
    from whimbrel.sql import tree

_ORDER: Final = ("immutable", "stable", "volatile")
_PURE: Final = Function(("", ""), "immutable")
"""An aggregate, as the server sees all of them."""


def create_function(catalog: Catalog, node: tree.CreateFunctionStmt) -> None:
    """Fold CREATE FUNCTION and CREATE PROCEDURE."""
    options, signature = texts(node.options), signature_of(node)
    trigger = node.return_type is not None and type_word(node.return_type) in ("trigger", "event_trigger")
    made = Function(
        ("", ""), options.get("volatility", "volatile"), (), options.get("language", ""), options.get("as", ""),
        returns_trigger=trigger, calls=tuple(functions(node.sql_body)), lone=_is_lone(node.sql_body),
        heads={signature: head_of(node, catalog)},
    )  # fmt: skip
    add_overload(catalog, names(node.funcname), signature, made)


def add_overload(catalog: Catalog, parts: tuple[str, ...], signature: tuple[str, ...], made: Function = _PURE) -> None:
    """Put a function or an aggregate in, beside those of its name that take other types."""
    name = (parts[-2], parts[-1]) if len(parts) > 1 else (catalog.search_path[0], parts[-1])
    volatility = made.volatility
    old = catalog.functions.get(name)
    signatures: tuple[tuple[str, ...], ...] = (signature,)
    heads = made.heads
    if old is not None:
        others = tuple(one for one in old.signatures if one != signature)
        signatures = (*others, signature)
        heads = {**old.heads, **heads}
        if others:
            volatility = max(volatility, old.volatility, key=_ORDER.index)
    catalog.add_function(
        replace(made, name=name, volatility=volatility, signatures=signatures, born=catalog.file, heads=heads)
    )


def _is_lone(body: Raw) -> bool:
    """Say whether a body that is no text is one expression without a query in it."""
    if not body or holds(body, "SubLink"):
        return False
    tree_ = decoded(body)
    while "List" in tree_ and len(tree_["List"].get("items", [])) == 1:
        tree_ = tree_["List"]["items"][0]
    if "ReturnStmt" in tree_:
        return True
    return "SelectStmt" in tree_ and set(tree_["SelectStmt"]) <= {"targetList", "limitOption", "op"}


def signature_of(node: tree.CreateFunctionStmt) -> tuple[str, ...]:
    """Return the types of the parameters that tell overloads apart: those that are passed in."""
    return tuple(
        type_word(one.parameter.arg_type)
        for one in node.parameters
        if one.parameter is not None and one.parameter.arg_type is not None and one.parameter.mode not in GIVEN
    )


def head_of(node: tree.CreateFunctionStmt, catalog: Catalog) -> Head:
    """Return what CREATE OR REPLACE cannot change of a routine."""
    parameters = [one.parameter for one in node.parameters if one.parameter is not None]
    taken = [one for one in parameters if one.mode not in GIVEN]
    outs = tuple(
        (one.name, type_word(one.arg_type))
        for one in parameters
        if one.arg_type is not None and one.mode in (*GIVEN, "FUNC_PARAM_INOUT")
    )
    written = node.return_type
    return Head(
        "procedure" if node.is_procedure else "function",
        tuple(one.name for one in taken),
        sum(bool(one.defexpr) for one in taken),
        type_of(written, catalog) if written is not None and not written.pct_type else None,
        written is not None and written.setof,
        outs,
        bool(node.sql_body) or any(sets_path(one) for one in node.options),
    )


def sets_path(node: tree.DefElemNode) -> bool:
    """Say whether an option of a routine is SET search_path."""
    option = node.option
    if option is None or option.defname != "set":
        return False
    return bool(decoded(option.arg).get("VariableSetStmt", {}).get("name") == "search_path")


GIVEN: Final = ("FUNC_PARAM_OUT", "FUNC_PARAM_TABLE")
"""Modes of parameters that are passed out alone."""


def type_word(type_: tree.TypeName) -> str:
    """Return a type's own name as the grammar has it (`int4` for `int`), with `[]` for an array."""
    return names(type_.names)[-1] + "[]" * bool(type_.array_bounds)


def texts(options: Iterable[tree.DefElemNode]) -> dict[str, str]:
    """Return options whose value is a text, a name or the first of a list of texts."""
    found: dict[str, str] = {}
    for one in options:
        option = one.option
        if option is None or not option.arg:
            continue
        value = decoded(option.arg)
        if "List" in value:
            items = value["List"].get("items", [])
            value = items[0] if items else {}
        if "String" in value:
            found[option.defname] = value["String"].get("sval", "")
    return found


def create_trigger(catalog: Catalog, node: tree.CreateTrigStmt) -> None:
    """Fold CREATE TRIGGER."""
    name = catalog.name_of(node.relation)
    if name in catalog.relations:
        relation = catalog.edit(name)
        relation.triggers[node.trigname] = names(node.funcname)
        if node.row:
            relation.statement_triggers = relation.statement_triggers - {node.trigname}
        else:
            relation.statement_triggers = relation.statement_triggers | {node.trigname}


def create_rule(catalog: Catalog, node: tree.RuleStmt) -> None:
    """Fold CREATE RULE."""
    name = catalog.name_of(node.relation)
    if name in catalog.relations:
        relation = catalog.edit(name)
        relation.rules = relation.rules | {node.rulename}
        relation.rule_uses = {**relation.rule_uses, node.rulename: _uses(catalog, node.where_clause, node.actions)}


def create_policy(catalog: Catalog, node: tree.CreatePolicyStmt) -> None:
    """Fold CREATE POLICY."""
    name = catalog.name_of(node.table)
    if name in catalog.relations:
        relation = catalog.edit(name)
        relation.policies = relation.policies | {node.policy_name}
        used = _uses(catalog, node.qual, node.with_check)
        relation.policy_uses = {**relation.policy_uses, node.policy_name: used}


def alter_policy(catalog: Catalog, node: tree.AlterPolicyStmt) -> None:
    """Fold ALTER POLICY with another condition."""
    name = catalog.name_of(node.table)
    if name in catalog.relations and (node.qual or node.with_check):
        relation = catalog.edit(name)
        used = _uses(catalog, node.qual, node.with_check)
        relation.policy_uses = {**relation.policy_uses, node.policy_name: used}


def _uses(catalog: Catalog, *expressions: Raw) -> Uses:
    return Uses(
        frozenset(column for one in expressions for column in columns(one)),
        frozenset(catalog.resolve(*name) for one in expressions for name in relations(one)),
        frozenset(parts[-1] for one in expressions for parts in functions(one)),
    )


def create_statistics(catalog: Catalog, node: tree.CreateStatsStmt) -> None:
    """Fold CREATE STATISTICS."""
    parts = names(node.defnames)
    for one in node.relations:
        if one.range_var is not None and parts:
            name = catalog.name_of(one.range_var)
            if name in catalog.relations:
                relation = catalog.edit(name)
                relation.statistics = relation.statistics | {parts[-1]}


def create_extension(catalog: Catalog, node: tree.CreateExtensionStmt) -> None:
    """Fold CREATE EXTENSION."""
    catalog.extensions = catalog.extensions | {node.extname}


def _published(catalog: Catalog, objects: list[tree.PublicationObjectNode]) -> frozenset[Name]:
    return frozenset(
        catalog.name_of(one.object.pubtable.relation)
        for one in objects
        if one.object is not None and one.object.pubtable is not None and one.object.pubtable.relation is not None
    )


def create_publication(catalog: Catalog, node: tree.CreatePublicationStmt) -> None:
    """Fold CREATE PUBLICATION."""
    catalog.publications[node.pubname] = _published(catalog, node.pubobjects)


def alter_publication(catalog: Catalog, node: tree.AlterPublicationStmt) -> None:
    """Fold ALTER PUBLICATION."""
    tables = _published(catalog, node.pubobjects)
    old = catalog.publications.get(node.pubname, frozenset())
    if node.action in ("AP_AddObjects", "DEFELEM_ADD"):
        catalog.publications[node.pubname] = old | tables
    elif node.action in ("AP_DropObjects", "DEFELEM_DROP"):
        catalog.publications[node.pubname] = old - tables
    else:
        catalog.publications[node.pubname] = tables


def set_variable(catalog: Catalog, node: tree.VariableSetStmt) -> None:
    """Fold SET search_path and RESET, as far as the schemas are written out."""
    if node.name == "search_path":
        found: list[str] = []
        for raw in node.args:
            constant = decoded(raw).get("A_Const", {})
            text = constant.get("sval", {}).get("sval", "")
            found.extend(part.strip().strip('"') for part in text.split(",") if part.strip())
        found = [one for one in found if one not in ("$user", "pg_catalog")]
        catalog.search_path = tuple(found) if node.kind == "VAR_SET_VALUE" and found else ("public",)
    elif node.kind == "VAR_RESET_ALL":
        catalog.search_path = ("public",)

"""What does the schema look like after this statement?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from whimbrel.schema import fold_alter, fold_drop, fold_routine, fold_table, fold_type
from whimbrel.sql import tree

if TYPE_CHECKING:
    from collections.abc import Callable

    from whimbrel.schema.catalog import Catalog

_FOLDS: Final[dict[str, Callable[[Catalog, Any], None]]] = {
    "CreateStmt": fold_table.create_table,
    "CreateForeignTableStmt": fold_table.create_foreign_table,
    "CreateTableAsStmt": fold_table.create_table_as,
    "ViewStmt": fold_table.create_view,
    "CreateSeqStmt": fold_table.create_sequence,
    "AlterSeqStmt": fold_table.alter_sequence,
    "IndexStmt": fold_table.create_index,
    "AlterTableStmt": fold_alter.alter_table,
    "RenameStmt": fold_alter.rename,
    "AlterObjectSchemaStmt": fold_alter.set_schema,
    "DropStmt": fold_drop.drop,
    "CreateEnumStmt": fold_type.create_enum,
    "CompositeTypeStmt": fold_type.create_composite,
    "CreateDomainStmt": fold_type.create_domain,
    "AlterDomainStmt": fold_type.alter_domain,
    "DefineStmt": fold_type.define,
    "CreateRangeStmt": fold_type.create_range,
    "CreateFunctionStmt": fold_routine.create_function,
    "CreateTrigStmt": fold_routine.create_trigger,
    "RuleStmt": fold_routine.create_rule,
    "CreatePolicyStmt": fold_routine.create_policy,
    "AlterPolicyStmt": fold_routine.alter_policy,
    "CreateStatsStmt": fold_routine.create_statistics,
    "CreateExtensionStmt": fold_routine.create_extension,
    "CreatePublicationStmt": fold_routine.create_publication,
    "AlterPublicationStmt": fold_routine.alter_publication,
    "InsertStmt": fold_table.insert,
    "CopyStmt": fold_table.copy_in,
    "RefreshMatViewStmt": fold_table.refresh,
    "VariableSetStmt": fold_routine.set_variable,
}


def fold(catalog: Catalog, kind: str, node: Any, *, transaction: int | None = 0) -> None:
    """Change the catalog as a statement does that succeeds; `transaction` is the number of its transaction."""
    if kind == "CreateSchemaStmt":
        _create_schema(catalog, node)
    elif kind == "AlterEnumStmt":
        fold_type.alter_enum(catalog, node, transaction)
    elif (change := _FOLDS.get(kind)) is not None and node is not None:
        change(catalog, node)


def _create_schema(catalog: Catalog, node: tree.CreateSchemaStmt) -> None:
    """Fold CREATE SCHEMA with the statements inside it."""
    name = node.schemaname or (node.authrole.rolename if node.authrole is not None else "")
    catalog.schemas.setdefault(name, catalog.file)
    if not node.schema_elts:
        return
    path, catalog.search_path = catalog.search_path, (name, *catalog.search_path)
    for element in node.schema_elts:
        for kind, raw in msgspec.json.decode(element, type=dict[str, msgspec.Raw]).items():
            if struct := tree.STATEMENTS.get(kind):
                fold(catalog, kind, msgspec.json.decode(raw, type=struct))
    catalog.search_path = path

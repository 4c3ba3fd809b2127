"""What are the parts of a statement? The grammar's nodes, with the fields that we read, under the grammar's names.

Fields that PostgreSQL names in mixed case stand here in lower case. An expression or a query stays `Raw`, undecoded:
see `whimbrel.sql.expression`.
"""

from __future__ import annotations

from msgspec import Raw, Struct, field
from msgspec.structs import replace

NOTHING = Raw(b"")
"""An expression that is not there."""


class Text(Struct, frozen=True):
    """A string, or a name."""

    sval: str = ""


class StringNode(Struct, frozen=True):
    """A part of a name."""

    string: Text | None = field(name="String", default=None)


def names(nodes: list[StringNode]) -> tuple[str, ...]:
    """Return the parts of a dotted name, or the names of a list."""
    if len(nodes) == 1 and (only := nodes[0].string) is not None:
        return (only.sval,)
    return tuple([node.string.sval for node in nodes if node.string is not None]) if nodes else ()


class Items(Struct, frozen=True):
    """A list inside a list."""

    items: list[StringNode] = []


class RangeVar(Struct, frozen=True):
    """A relation's name as written; `inh` is false after ONLY; `relpersistence` is p, u or t."""

    relname: str = ""
    schemaname: str = ""
    catalogname: str = ""
    inh: bool = False
    relpersistence: str = "p"
    location: int = 0


class RangeVarNode(Struct, frozen=True):
    """A relation in a list."""

    range_var: RangeVar | None = field(name="RangeVar", default=None)


class TypeName(Struct, frozen=True):
    """A type as written. `names` has pg_catalog first where the grammar itself knows the type."""

    names: list[StringNode] = []
    typmods: list[Raw] = []
    array_bounds: list[Raw] = field(name="arrayBounds", default=[])
    setof: bool = False
    pct_type: bool = False
    location: int = 0


class TypeNameNode(Struct, frozen=True):
    """A type in a list."""

    type_name: TypeName | None = field(name="TypeName", default=None)


class ObjectNode(Struct, frozen=True):
    """An object's name in DROP, COMMENT and their like: by kind of object one of these."""

    string: Text | None = field(name="String", default=None)
    items: Items | None = field(name="List", default=None)
    type_name: TypeName | None = field(name="TypeName", default=None)
    with_args: ObjectWithArgs | None = field(name="ObjectWithArgs", default=None)
    range_var: RangeVar | None = field(name="RangeVar", default=None)

    @property
    def name(self) -> tuple[str, ...]:
        """The dotted name's parts."""
        if self.items is not None:
            return names(self.items.items)
        if self.string is not None:
            return (self.string.sval,)
        if self.type_name is not None:
            return names(self.type_name.names)
        if self.with_args is not None:
            return names(self.with_args.objname)
        if self.range_var is not None:
            here = self.range_var
            return (here.schemaname, here.relname) if here.schemaname else (here.relname,)
        return ()


class ObjectWithArgs(Struct, frozen=True):
    """A function with its argument types."""

    objname: list[StringNode] = []
    objargs: list[TypeNameNode] = []
    args_unspecified: bool = False


class RoleSpec(Struct, frozen=True):
    """A role."""

    roletype: str = ""
    rolename: str = ""


class RoleSpecNode(Struct, frozen=True):
    """A role in a list."""

    role: RoleSpec | None = field(name="RoleSpec", default=None)


class DefElem(Struct, frozen=True):
    """An option: its name, and its value undecoded."""

    defname: str = ""
    defnamespace: str = ""
    arg: Raw = NOTHING
    location: int = 0


class DefElemNode(Struct, frozen=True):
    """An option in a list."""

    option: DefElem | None = field(name="DefElem", default=None)


class CollateClause(Struct, frozen=True):
    """COLLATE."""

    collname: list[StringNode] = []


class PartitionBound(Struct, frozen=True):
    """FOR VALUES …, or DEFAULT; `strategy` is r, l or h."""

    is_default: bool = False
    strategy: str = ""
    listdatums: list[Raw] = []
    lowerdatums: list[Raw] = []
    upperdatums: list[Raw] = []


class Constraint(Struct, frozen=True):
    """A constraint of a column, table or domain; `contype` is CONSTR_…."""

    contype: str
    conname: str = ""
    deferrable: bool = False
    initdeferred: bool = False
    is_enforced: bool = False
    skip_validation: bool = False
    is_no_inherit: bool = False
    raw_expr: Raw = NOTHING
    generated_when: str = ""
    generated_kind: str = ""
    nulls_not_distinct: bool = False
    without_overlaps: bool = False
    keys: list[StringNode] = []
    including: list[StringNode] = []
    exclusions: list[Raw] = []
    indexname: str = ""
    access_method: str = ""
    where_clause: Raw = NOTHING
    pktable: RangeVar | None = None
    fk_attrs: list[StringNode] = []
    pk_attrs: list[StringNode] = []
    fk_matchtype: str = ""
    fk_upd_action: str = ""
    fk_del_action: str = ""
    fk_del_set_cols: list[StringNode] = []
    fk_with_period: bool = False
    options: list[DefElemNode] = []
    location: int = 0


class ConstraintNode(Struct, frozen=True):
    """A constraint in a list."""

    constraint: Constraint | None = field(name="Constraint", default=None)


class ColumnDef(Struct, frozen=True):
    """A column; `raw_default` is the USING expression of ALTER COLUMN … TYPE."""

    colname: str = ""
    type_name: TypeName | None = field(name="typeName", default=None)
    constraints: list[ConstraintNode] = []
    raw_default: Raw = NOTHING
    coll_clause: CollateClause | None = field(name="collClause", default=None)
    compression: str = ""
    storage_name: str = ""
    location: int = 0


def constraints_of(column: ColumnDef) -> list[Constraint]:
    """Return a column's constraints, each with the attributes, such as DEFERRABLE, that stand behind it."""
    found: list[Constraint] = []
    for one in column.constraints:
        constraint = one.constraint
        if constraint is None:
            continue
        if found and (changed := _ATTRIBUTES.get(constraint.contype)) is not None:
            found[-1] = replace(found[-1], **changed)
        else:
            found.append(constraint)
    return found


_ATTRIBUTES: dict[str, dict[str, bool]] = {
    "CONSTR_ATTR_DEFERRABLE": {"deferrable": True},
    "CONSTR_ATTR_NOT_DEFERRABLE": {"deferrable": False},
    "CONSTR_ATTR_DEFERRED": {"deferrable": True, "initdeferred": True},
    "CONSTR_ATTR_IMMEDIATE": {"initdeferred": False},
    "CONSTR_ATTR_ENFORCED": {"is_enforced": True},
    "CONSTR_ATTR_NOT_ENFORCED": {"is_enforced": False},
}


class TableLikeClause(Struct, frozen=True):
    """LIKE; `options` is a set of bits of PostgreSQL's TableLikeOption."""

    relation: RangeVar
    options: int = 0


class TableElement(Struct, frozen=True):
    """What stands between the brackets of CREATE TABLE: one of these."""

    column: ColumnDef | None = field(name="ColumnDef", default=None)
    constraint: Constraint | None = field(name="Constraint", default=None)
    like: TableLikeClause | None = field(name="TableLikeClause", default=None)


class PartitionElem(Struct, frozen=True):
    """A part of a partition key."""

    name: str = ""
    expr: Raw = NOTHING


class PartitionElemNode(Struct, frozen=True):
    """A part of a partition key in its list."""

    element: PartitionElem | None = field(name="PartitionElem", default=None)


class PartitionSpec(Struct, frozen=True):
    """PARTITION BY."""

    strategy: str = ""
    part_params: list[PartitionElemNode] = field(name="partParams", default=[])


class CreateStmt(Struct, frozen=True):
    """CREATE TABLE; `inh_relations` are parents, or with `partbound` the partitioned table."""

    relation: RangeVar
    table_elts: list[TableElement] = field(name="tableElts", default=[])
    inh_relations: list[RangeVarNode] = field(name="inhRelations", default=[])
    partbound: PartitionBound | None = None
    partspec: PartitionSpec | None = None
    of_typename: TypeName | None = field(name="ofTypename", default=None)
    options: list[DefElemNode] = []
    tablespacename: str = ""
    if_not_exists: bool = False


class CreateForeignTableStmt(Struct, frozen=True):
    """CREATE FOREIGN TABLE."""

    base: CreateStmt = field(name="base")
    servername: str = ""


class IntoClause(Struct, frozen=True):
    """The new relation of CREATE TABLE AS and CREATE MATERIALIZED VIEW."""

    rel: RangeVar
    col_names: list[StringNode] = field(name="colNames", default=[])
    skip_data: bool = field(name="skipData", default=False)


class CreateTableAsStmt(Struct, frozen=True):
    """CREATE TABLE AS, CREATE MATERIALIZED VIEW; `objtype` tells which."""

    into: IntoClause
    query: Raw = NOTHING
    objtype: str = ""
    is_select_into: bool = False
    if_not_exists: bool = False


class PartitionCmd(Struct, frozen=True):
    """The partition of ATTACH and DETACH."""

    name: RangeVar
    bound: PartitionBound | None = None
    concurrent: bool = False


class ReplicaIdentity(Struct, frozen=True):
    """REPLICA IDENTITY; `identity_type` is d, f, i or n."""

    identity_type: str = ""
    name: str = ""


class AlterConstraint(Struct, frozen=True):
    """ALTER CONSTRAINT."""

    conname: str = ""
    alter_enforceability: bool = field(name="alterEnforceability", default=False)
    is_enforced: bool = False
    alter_deferrability: bool = field(name="alterDeferrability", default=False)
    deferrable: bool = False
    initdeferred: bool = False
    alter_inheritability: bool = field(name="alterInheritability", default=False)
    noinherit: bool = False


class Options(Struct, frozen=True):
    """A list of options."""

    items: list[DefElemNode] = []


class Constant(Struct, frozen=True):
    """A literal."""

    isnull: bool = False


class Definition(Struct, frozen=True):
    """What a subcommand of ALTER TABLE brings: one of these, or an expression, of which only a constant is here."""

    column: ColumnDef | None = field(name="ColumnDef", default=None)
    constraint: Constraint | None = field(name="Constraint", default=None)
    partition: PartitionCmd | None = field(name="PartitionCmd", default=None)
    relation: RangeVar | None = field(name="RangeVar", default=None)
    options: Options | None = field(name="List", default=None)
    identity: ReplicaIdentity | None = field(name="ReplicaIdentityStmt", default=None)
    alter_constraint: AlterConstraint | None = field(name="ATAlterConstraint", default=None)
    string: Text | None = field(name="String", default=None)
    type_name: TypeName | None = field(name="TypeName", default=None)
    constant: Constant | None = field(name="A_Const", default=None)


class AlterTableCmd(Struct, frozen=True):
    """A subcommand of ALTER TABLE; `subtype` is AT_…."""

    subtype: str
    name: str = ""
    num: int = 0
    newowner: RoleSpec | None = None
    definition: Definition | None = field(name="def", default=None)
    behavior: str = ""
    missing_ok: bool = False
    recurse: bool = False


class AlterTableCmdNode(Struct, frozen=True):
    """A subcommand in its list."""

    command: AlterTableCmd = field(name="AlterTableCmd")


class AlterTableStmt(Struct, frozen=True):
    """ALTER TABLE, INDEX, VIEW, SEQUENCE, TYPE, MATERIALIZED VIEW, FOREIGN TABLE; `objtype` tells which."""

    relation: RangeVar
    cmds: list[AlterTableCmdNode] = []
    objtype: str = ""
    missing_ok: bool = False


class AlterTableMoveAllStmt(Struct, frozen=True):
    """ALTER TABLE ALL IN TABLESPACE."""

    objtype: str = ""
    orig_tablespacename: str = ""
    new_tablespacename: str = ""


class IndexElem(Struct, frozen=True):
    """A column or an expression of an index."""

    name: str = ""
    expr: Raw = NOTHING
    opclass: list[StringNode] = []
    collation: list[StringNode] = []
    ordering: str = ""
    nulls_ordering: str = ""


class IndexElemNode(Struct, frozen=True):
    """A column of an index in its list."""

    element: IndexElem = field(name="IndexElem")


class IndexStmt(Struct, frozen=True):
    """CREATE INDEX."""

    relation: RangeVar
    idxname: str = ""
    access_method: str = field(name="accessMethod", default="btree")
    index_params: list[IndexElemNode] = field(name="indexParams", default=[])
    index_including_params: list[IndexElemNode] = field(name="indexIncludingParams", default=[])
    where_clause: Raw = field(name="whereClause", default=NOTHING)
    options: list[DefElemNode] = []
    unique: bool = False
    nulls_not_distinct: bool = False
    concurrent: bool = False
    if_not_exists: bool = False
    table_space: str = field(name="tableSpace", default="")


class DropStmt(Struct, frozen=True):
    """DROP of most kinds of objects; `remove_type` is OBJECT_…."""

    objects: list[ObjectNode] = []
    remove_type: str = field(name="removeType", default="")
    behavior: str = ""
    missing_ok: bool = False
    concurrent: bool = False


class RenameStmt(Struct, frozen=True):
    """ALTER … RENAME; `subname` is the column, constraint or attribute where `relation` or `object` holds it."""

    rename_type: str = field(name="renameType", default="")
    relation_type: str = field(name="relationType", default="")
    relation: RangeVar | None = None
    object: ObjectNode | None = None
    subname: str = ""
    newname: str = ""
    behavior: str = ""
    missing_ok: bool = False


class AlterObjectSchemaStmt(Struct, frozen=True):
    """ALTER … SET SCHEMA."""

    object_type: str = field(name="objectType", default="")
    relation: RangeVar | None = None
    object: ObjectNode | None = None
    newschema: str = ""
    missing_ok: bool = False


class AlterOwnerStmt(Struct, frozen=True):
    """ALTER … OWNER TO, of what is not a relation."""

    object_type: str = field(name="objectType", default="")
    relation: RangeVar | None = None
    object: ObjectNode | None = None
    newowner: RoleSpec | None = None


class AlterEnumStmt(Struct, frozen=True):
    """ALTER TYPE … ADD VALUE, RENAME VALUE."""

    type_name: list[StringNode] = field(name="typeName", default=[])
    old_val: str = field(name="oldVal", default="")
    new_val: str = field(name="newVal", default="")
    new_val_neighbor: str = field(name="newValNeighbor", default="")
    new_val_is_after: bool = field(name="newValIsAfter", default=False)
    skip_if_new_val_exists: bool = field(name="skipIfNewValExists", default=False)


class CreateEnumStmt(Struct, frozen=True):
    """CREATE TYPE … AS ENUM."""

    type_name: list[StringNode] = field(name="typeName", default=[])
    vals: list[StringNode] = []


class CompositeTypeStmt(Struct, frozen=True):
    """CREATE TYPE … AS (…)."""

    typevar: RangeVar
    coldeflist: list[TableElement] = []


class CreateDomainStmt(Struct, frozen=True):
    """CREATE DOMAIN."""

    domainname: list[StringNode] = []
    type_name: TypeName | None = field(name="typeName", default=None)
    coll_clause: CollateClause | None = field(name="collClause", default=None)
    constraints: list[ConstraintNode] = []


class AlterDomainStmt(Struct, frozen=True):
    """ALTER DOMAIN; `subtype` is T default, N drop not null, O set not null, C add, X drop, V validate a constraint."""

    subtype: str = ""
    type_name: list[StringNode] = field(name="typeName", default=[])
    name: str = ""
    definition: Definition | None = field(name="def", default=None)
    behavior: str = ""
    missing_ok: bool = False


class DefineStmt(Struct, frozen=True):
    """CREATE AGGREGATE, OPERATOR, TYPE, COLLATION, TEXT SEARCH …."""

    kind: str = ""
    defnames: list[StringNode] = []
    args: list[Raw] = []
    definition: list[DefElemNode] = []
    oldstyle: bool = False
    if_not_exists: bool = False


class CreateRangeStmt(Struct, frozen=True):
    """CREATE TYPE … AS RANGE."""

    type_name: list[StringNode] = field(name="typeName", default=[])


class CreateSchemaStmt(Struct, frozen=True):
    """CREATE SCHEMA; `schema_elts` are statements inside it."""

    schemaname: str = ""
    authrole: RoleSpec | None = None
    schema_elts: list[Raw] = field(name="schemaElts", default=[])
    if_not_exists: bool = False


class CreateExtensionStmt(Struct, frozen=True):
    """CREATE EXTENSION."""

    extname: str = ""
    options: list[DefElemNode] = []
    if_not_exists: bool = False


class CreateSeqStmt(Struct, frozen=True):
    """CREATE SEQUENCE."""

    sequence: RangeVar
    options: list[DefElemNode] = []
    if_not_exists: bool = False


class AlterSeqStmt(Struct, frozen=True):
    """ALTER SEQUENCE."""

    sequence: RangeVar
    options: list[DefElemNode] = []
    missing_ok: bool = False


class ViewStmt(Struct, frozen=True):
    """CREATE VIEW."""

    view: RangeVar
    aliases: list[StringNode] = []
    query: Raw = NOTHING
    replace: bool = False
    options: list[DefElemNode] = []


class RefreshMatViewStmt(Struct, frozen=True):
    """REFRESH MATERIALIZED VIEW."""

    relation: RangeVar
    concurrent: bool = False
    col_names: list[StringNode] = field(name="colNames", default=[])
    skip_data: bool = field(name="skipData", default=False)


class CreateTrigStmt(Struct, frozen=True):
    """CREATE TRIGGER; bits of `events`: 4 insert, 8 delete, 16 update, 32 truncate."""

    relation: RangeVar
    trigname: str = ""
    funcname: list[StringNode] = []
    replace: bool = False
    isconstraint: bool = False
    row: bool = False
    timing: int = 0
    events: int = 0
    constrrel: RangeVar | None = None
    when_clause: Raw = field(name="whenClause", default=NOTHING)


class RuleStmt(Struct, frozen=True):
    """CREATE RULE."""

    relation: RangeVar
    rulename: str = ""
    event: str = ""
    instead: bool = False
    replace: bool = False
    where_clause: Raw = field(name="whereClause", default=NOTHING)
    actions: Raw = NOTHING


class CreatePolicyStmt(Struct, frozen=True):
    """CREATE POLICY."""

    policy_name: str
    table: RangeVar
    qual: Raw = NOTHING
    with_check: Raw = NOTHING


class AlterPolicyStmt(Struct, frozen=True):
    """ALTER POLICY."""

    policy_name: str
    table: RangeVar
    qual: Raw = NOTHING
    with_check: Raw = NOTHING


class CreateStatsStmt(Struct, frozen=True):
    """CREATE STATISTICS."""

    defnames: list[StringNode] = []
    relations: list[RangeVarNode] = []
    if_not_exists: bool = False


class FunctionParameter(Struct, frozen=True):
    """A parameter of a function; `mode` is FUNC_PARAM_…."""

    name: str = ""
    arg_type: TypeName | None = field(name="argType", default=None)
    mode: str = ""
    defexpr: Raw = NOTHING


class FunctionParameterNode(Struct, frozen=True):
    """A parameter in its list."""

    parameter: FunctionParameter | None = field(name="FunctionParameter", default=None)


class CreateFunctionStmt(Struct, frozen=True):
    """CREATE FUNCTION, CREATE PROCEDURE."""

    funcname: list[StringNode] = []
    parameters: list[FunctionParameterNode] = []
    return_type: TypeName | None = field(name="returnType", default=None)
    options: list[DefElemNode] = []
    sql_body: Raw = NOTHING
    is_procedure: bool = False
    replace: bool = False


class AlterFunctionStmt(Struct, frozen=True):
    """ALTER FUNCTION, ALTER PROCEDURE."""

    objtype: str = ""
    func: ObjectWithArgs | None = None
    actions: list[DefElemNode] = []


class DoStmt(Struct, frozen=True):
    """DO."""

    args: list[DefElemNode] = []


class VariableSetStmt(Struct, frozen=True):
    """SET, RESET; `kind` is VAR_…."""

    kind: str = ""
    name: str = ""
    args: list[Raw] = []
    is_local: bool = False
    location: int = 0


class TransactionStmt(Struct, frozen=True):
    """BEGIN, COMMIT and their like; `kind` is TRANS_STMT_…."""

    kind: str = ""
    chain: bool = False
    savepoint_name: str = ""
    gid: str = ""


class LockStmt(Struct, frozen=True):
    """LOCK TABLE; `mode` is PostgreSQL's number, 1 ACCESS SHARE to 8 ACCESS EXCLUSIVE."""

    relations: list[RangeVarNode] = []
    mode: int = 0
    nowait: bool = False


class TruncateStmt(Struct, frozen=True):
    """TRUNCATE."""

    relations: list[RangeVarNode] = []
    restart_seqs: bool = False
    behavior: str = ""


class VacuumRelation(Struct, frozen=True):
    """A table of VACUUM or ANALYZE."""

    relation: RangeVar | None = None


class VacuumRelationNode(Struct, frozen=True):
    """A table of VACUUM or ANALYZE in its list."""

    relation: VacuumRelation | None = field(name="VacuumRelation", default=None)


class VacuumStmt(Struct, frozen=True):
    """VACUUM, ANALYZE."""

    options: list[DefElemNode] = []
    rels: list[VacuumRelationNode] = []
    is_vacuumcmd: bool = False


class ClusterStmt(Struct, frozen=True):
    """CLUSTER."""

    relation: RangeVar | None = None
    indexname: str = ""


class ReindexStmt(Struct, frozen=True):
    """REINDEX; `kind` is REINDEX_OBJECT_…."""

    kind: str = ""
    relation: RangeVar | None = None
    name: str = ""
    params: list[DefElemNode] = []


class AccessPriv(Struct, frozen=True):
    """A privilege; without a name ALL."""

    priv_name: str = ""


class AccessPrivNode(Struct, frozen=True):
    """A privilege in its list."""

    privilege: AccessPriv | None = field(name="AccessPriv", default=None)


class GrantStmt(Struct, frozen=True):
    """GRANT, REVOKE on objects."""

    is_grant: bool = False
    targtype: str = ""
    objtype: str = ""
    objects: list[ObjectNode] = []
    privileges: list[AccessPrivNode] = []
    grantees: list[RoleSpecNode] = []


class RoleStmt(Struct, frozen=True):
    """CREATE ROLE, ALTER ROLE."""

    role: Raw = NOTHING
    options: list[DefElemNode] = []


class DropRoleStmt(Struct, frozen=True):
    """DROP ROLE."""

    roles: list[RoleSpecNode] = []


class GrantRoleStmt(Struct, frozen=True):
    """GRANT, REVOKE of roles."""

    granted_roles: list[AccessPrivNode] = []
    is_grant: bool = False


class AlterRoleSetStmt(Struct, frozen=True):
    """ALTER ROLE … SET."""

    role: RoleSpec | None = None


class AlterDatabaseSetStmt(Struct, frozen=True):
    """ALTER DATABASE … SET."""

    dbname: str = ""


class AlterExtensionStmt(Struct, frozen=True):
    """ALTER EXTENSION … UPDATE."""

    extname: str = ""


class AlterExtensionContentsStmt(Struct, frozen=True):
    """ALTER EXTENSION … ADD, DROP; `action` is 1 or -1."""

    extname: str = ""
    action: int = 0


class CommentStmt(Struct, frozen=True):
    """COMMENT ON; without `comment` it is IS NULL."""

    objtype: str = ""
    object: ObjectNode | None = None
    comment: str | None = None


class CreatedbStmt(Struct, frozen=True):
    """CREATE DATABASE."""

    dbname: str = ""
    options: list[DefElemNode] = []


class AlterDatabaseStmt(Struct, frozen=True):
    """ALTER DATABASE … WITH, SET TABLESPACE."""

    dbname: str = ""
    options: list[DefElemNode] = []


class AlterSystemStmt(Struct, frozen=True):
    """ALTER SYSTEM."""

    setstmt: VariableSetStmt | None = None


class PublicationRelation(Struct, frozen=True):
    """A table of a publication."""

    relation: RangeVar | None = None


class PublicationObject(Struct, frozen=True):
    """A table or a schema of a publication."""

    pubobjtype: str = ""
    name: str = ""
    pubtable: PublicationRelation | None = None


class PublicationObjectNode(Struct, frozen=True):
    """A table or a schema of a publication in its list."""

    object: PublicationObject | None = field(name="PublicationObjSpec", default=None)


class CreatePublicationStmt(Struct, frozen=True):
    """CREATE PUBLICATION."""

    pubname: str = ""
    pubobjects: list[PublicationObjectNode] = []
    for_all_tables: bool = False


class AlterPublicationStmt(Struct, frozen=True):
    """ALTER PUBLICATION; `action` is AP_AddObjects, AP_DropObjects or AP_SetObjects."""

    pubname: str = ""
    pubobjects: list[PublicationObjectNode] = []
    for_all_tables: bool = False
    action: str = ""


class SubscriptionStmt(Struct, frozen=True):
    """CREATE, ALTER or DROP SUBSCRIPTION; `kind` is ALTER_SUBSCRIPTION_…."""

    subname: str = ""
    kind: str = ""
    options: list[DefElemNode] = []


class DiscardStmt(Struct, frozen=True):
    """DISCARD."""

    target: str = ""


class CallStmt(Struct, frozen=True):
    """CALL."""

    funccall: Raw = NOTHING


class CopyStmt(Struct, frozen=True):
    """COPY; `is_program` and `filename` say where to or from."""

    relation: RangeVar | None = None
    query: Raw = NOTHING
    is_from: bool = False
    is_program: bool = False
    filename: str = ""


class InsertStmt(Struct, frozen=True):
    """INSERT; the query, ON CONFLICT and RETURNING undecoded."""

    relation: RangeVar
    select_stmt: Raw = field(name="selectStmt", default=NOTHING)
    cols: list[Raw] = []
    on_conflict_clause: Raw = field(name="onConflictClause", default=NOTHING)


class ResTarget(Struct, frozen=True):
    """A column that is assigned to."""

    name: str = ""
    indirection: list[Raw] = []
    val: Raw = NOTHING
    location: int = 0


class ResTargetNode(Struct, frozen=True):
    """A column that is assigned to, in its list."""

    target: ResTarget | None = field(name="ResTarget", default=None)


class UpdateStmt(Struct, frozen=True):
    """UPDATE."""

    relation: RangeVar
    target_list: list[ResTargetNode] = field(name="targetList", default=[])
    where_clause: Raw = field(name="whereClause", default=NOTHING)
    from_clause: list[Raw] = field(name="fromClause", default=[])


class DeleteStmt(Struct, frozen=True):
    """DELETE."""

    relation: RangeVar
    where_clause: Raw = field(name="whereClause", default=NOTHING)
    using_clause: list[Raw] = field(name="usingClause", default=[])


class MergeStmt(Struct, frozen=True):
    """MERGE."""

    relation: RangeVar
    source_relation: Raw = field(name="sourceRelation", default=NOTHING)


class DropOwnedStmt(Struct, frozen=True):
    """DROP OWNED, REASSIGN OWNED."""

    roles: list[RoleSpecNode] = []


class ExplainStmt(Struct, frozen=True):
    """EXPLAIN."""

    query: Raw = NOTHING
    options: list[DefElemNode] = []


STATEMENTS: dict[str, type[Struct]] = {
    name: kind
    for name, kind in list(globals().items())
    if isinstance(kind, type) and issubclass(kind, Struct) and name.endswith("Stmt")
} | {
    "CreateRoleStmt": RoleStmt,
    "AlterRoleStmt": RoleStmt,
    "CreateSubscriptionStmt": SubscriptionStmt,
    "AlterSubscriptionStmt": SubscriptionStmt,
    "DropSubscriptionStmt": SubscriptionStmt,
    "ReassignOwnedStmt": DropOwnedStmt,
}
"""The struct for each kind of statement that we take apart; others stay undecoded."""


class RawStmt(Struct, frozen=True):
    """A statement: its kind and undecoded node, and its place in bytes; a length of 0 is up to the end."""

    stmt: dict[str, Raw]
    stmt_location: int = 0
    stmt_len: int = 0


class Script(Struct, frozen=True):
    """All statements of a text."""

    version: int
    stmts: list[RawStmt] = []

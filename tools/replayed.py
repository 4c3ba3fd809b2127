"""What did a real server do with each statement of a directory: locks, tables written anew, tables read, errors?"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg import sql

from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.shadow.databases import create_database, drop_database, url_of
from whimbrel.sql.outside_transaction import refuses

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from whimbrel.lint.file import File, Statement

_MODES: Final = {mode.catalog_name: mode for mode in LockMode}
_SAID: Final = re.compile(
    r'(rewriting|verifying) table "(.*)"$|(building) index ".*" on table "(.*)" (?:serially|with )'
)
_CHECKING: Final = re.compile('validating foreign key constraint "(.*)"')
_CHILDREN: Final = """select k.conname, c.relname from pg_constraint k join pg_class c on c.oid = k.conrelid
    where k.contype = 'f'"""
_OWN: Final = """n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_t' and c.relkind = any
    ('{r,p,m,v,S,f}')"""
_RELATIONS: Final = f"""select c.oid, c.relname, case when c.relkind <> 'S' then pg_relation_filenode(c.oid) end
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace where {_OWN}"""
_LOCKS: Final = """select relation, mode from pg_locks where pid = pg_backend_pid() and locktype = 'relation'
    and granted and database = (select oid from pg_database where datname = current_database())"""
_READ: Final = "select relname, seq_scan from pg_stat_xact_user_tables where seq_scan > 0"
_EMPTY_PARENTS: Final = """select relname from pg_class
    where relkind = 'p' and oid not in (select inhparent from pg_inherits)"""
_TABLES: Final = f"""select c.oid::regclass::text, c.relname from pg_class c
    join pg_namespace n on n.oid = c.relnamespace where {_OWN} and c.relkind in ('r', 'p') order by c.oid"""
_COLUMNS: Final = """select a.attname, format_type(t.oid, a.atttypmod), t.typcategory, t.typtype,
    (select enumlabel from pg_enum where enumtypid = t.oid order by enumsortorder limit 1)
    from pg_attribute a join pg_type t on t.oid = a.atttypid where a.attrelid = %s::regclass and a.attnum > 0
    and not a.attisdropped and a.attnotnull and not a.atthasdef and a.attidentity = ''"""
_VALUES: Final = {"N": "1", "S": "1", "D": "2001-01-01", "B": "t", "A": "{}", "T": "1 s", "I": "10.0.0.1"}


@dataclass(slots=True)
class Done:
    """What the server did with a statement, on relations that were there before its file, by bare name."""

    locks: dict[str, LockMode] = field(default_factory=dict)
    rewritten: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)
    refused: str = ""
    """SQLSTATE and message."""
    with_rows: str | None = None
    """SQLSTATE and message, or an empty text for none, when each table held a row; None if that was not tried."""
    emptied: set[str] = field(default_factory=set)
    """The tables that lost the row which they then held."""
    without_partitions: set[str] = field(default_factory=set)
    """Partitioned tables in which there was nothing to read or write."""
    recorded: bool = True
    """False for a statement that cannot run in a transaction."""


def replay(files: Sequence[File], server: str, before: str, probe: Collection[int]) -> Iterator[tuple[Statement, Done]]:
    """Run a directory's files, each down file on a copy of the database as its up file left it.

    Each statement is a transaction of its own, so that its locks are known from those of its neighbours. Those whose
    `id` is in `probe` are also tried with a row in each table.
    """
    with psycopg.connect(server, autocommit=True) as admin:
        name = create_database(admin)
        try:
            with psycopg.connect(url_of(server, name), autocommit=True) as connection:
                connection.execute(before.encode())
            for file in files:
                if not file.is_down:
                    yield from _run(file, url_of(server, name), probe)
                    continue
                copy = create_database(admin, template=name)
                try:
                    yield from _run(file, url_of(server, copy), probe)
                finally:
                    drop_database(admin, copy)
        finally:
            drop_database(admin, name)


def _run(file: File, url: str, probe: Collection[int]) -> Iterator[tuple[Statement, Done]]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("set client_min_messages = debug1; set lc_messages = 'C'; set log_min_messages = fatal")
        there = {oid: name for oid, name, _ in _relations(connection)}
        for statement in file.statements:
            if statement.kind != "TransactionStmt":
                yield statement, _record(connection, statement, there, rows=id(statement) in probe)


def _record(connection: psycopg.Connection, statement: Statement, there: dict[int, str], *, rows: bool) -> Done:
    text = statement.text.encode()
    done = Done()
    if refuses(statement.kind, statement.node):
        done.recorded = False
        try:
            connection.execute(text)
        except psycopg.Error as error:
            done.refused = _words(error)
        return done
    if rows:
        _with_rows(connection, text, done)
    said: list[str] = []

    def notice(one: psycopg.errors.Diagnostic) -> None:
        said.append(one.message_primary or "")

    connection.add_notice_handler(notice)
    try:
        with connection.transaction():
            # The file may have renamed a table; findings say what it is called when they come.
            before = _relations(connection)
            named = {oid: name for oid, name, _ in before}
            earlier = {oid: node for oid, _, node in before}
            # The server counts for the session, and takes the counts over now and then.
            counted: dict[str, int] = dict(connection.execute(_READ).fetchall())
            done.without_partitions = {name for (name,) in connection.execute(_EMPTY_PARENTS)}
            connection.execute(text)
            messages = list(said)
            children: dict[str, str] = dict(connection.execute(_CHILDREN).fetchall())
            locks = connection.execute(_LOCKS).fetchall()
            done.read |= {name for name, scans in connection.execute(_READ) if scans > counted.get(name, 0)}
            now = {oid: node for oid, _, node in _relations(connection)}
    except psycopg.Error as error:
        done.refused = _words(error)
        return done
    finally:
        connection.remove_notice_handler(notice)
    called = {oid: name for oid, name in named.items() if oid in there}
    for oid, mode in locks:
        if oid in called:
            name = called[oid]
            done.locks[name] = max(_MODES[mode], done.locks.get(name, LockMode.ACCESS_SHARE))
    done.rewritten = {called[oid] for oid, node in now.items() if oid in called and earlier.get(oid) != node}
    _listen(messages, children, done)
    done.read &= set(called.values())
    return done


def _listen(messages: list[str], children: dict[str, str], done: Done) -> None:
    """Take in what the server says at DEBUG1: it works on an empty table as on a large one."""
    for message in messages:
        if found := _SAID.match(message):
            done.read.add(found[2] or found[4])
        elif (found := _CHECKING.match(message)) and children.get(found[1]) in done.locks:
            # Where the file made the table that refers there is no row to look up.
            done.read |= {name for name, mode in done.locks.items() if mode >= LockMode.SHARE_UPDATE_EXCLUSIVE}


def _with_rows(connection: psycopg.Connection, text: bytes, done: Done) -> None:
    """Try a statement with a row in each table that takes one, and take all back."""
    with connection.transaction(force_rollback=True):
        tables = [(name, bare) for name, bare in connection.execute(_TABLES).fetchall() if _fill(connection, name)]
        connection.execute("set local session_replication_role = origin")
        try:
            with connection.transaction():
                connection.execute(text)
            done.with_rows = ""
        except psycopg.Error as error:
            done.with_rows = _words(error)
            return
        done.emptied = {bare for name, bare in tables if _is_empty(connection, name)}


def _fill(connection: psycopg.Connection, table: str) -> bool:
    """Put a row into a table, without its triggers and foreign keys; say whether there is one."""
    if not _is_empty(connection, table):
        return True
    columns = connection.execute(_COLUMNS, (table,)).fetchall()
    names = sql.SQL(", ").join(sql.Identifier(one[0]) for one in columns)
    values = sql.SQL(", ").join(sql.SQL(f"{{}}::{one[1]}").format(sql.Literal(_value(*one[1:]))) for one in columns)
    wanted = sql.SQL("({}) values ({})").format(names, values) if columns else sql.SQL("default values")
    try:
        with connection.transaction():
            connection.execute("set local session_replication_role = replica")
            connection.execute(sql.SQL("insert into {} {}").format(sql.SQL(table), wanted))
    except psycopg.Error:
        return False
    return True


def _value(type_name: str, category: str, kind: str, label: str | None) -> str:
    if kind == "e":
        return label or ""
    if type_name in {"json", "jsonb"}:
        return "{}"
    if type_name == "uuid":
        return "00000000-0000-0000-0000-000000000001"
    return _VALUES.get(category, "" if type_name in {"bytea", "hstore"} else "1")


def _is_empty(connection: psycopg.Connection, table: str) -> bool:
    try:
        with connection.transaction():
            row = connection.execute(f"select not exists (select from {table})").fetchone()
    except psycopg.Error:
        return True
    return row is None or bool(row[0])


def _relations(connection: psycopg.Connection) -> list[tuple[Any, ...]]:
    return connection.execute(_RELATIONS).fetchall()


def _words(error: psycopg.Error) -> str:
    return f"{error.sqlstate} {error.diag.message_primary}"

"""What does the version table hold, what may we do with it, and how is its row written?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from whimbrel.errors import NoSchema, QueryFailed, VersionTableError
from whimbrel.ledger.progress_note import ProgressNote, read_note
from whimbrel.migration.state import DatabaseState
from whimbrel.migration.version import NIL
from whimbrel.pg_types.sqlstate import SqlState
from whimbrel.postgres.connection import PipelineFailed, identifier, literal, rows_of

if TYPE_CHECKING:
    from psycopg.pq.abc import PGresult

    from whimbrel.postgres.connection import Session

_PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the version table is, as the session saw it when it was opened; later changes of search_path do not count.

    `role` is the role that the session began with, which writes the row whatever a file has set; empty for the role
    that logged in.
    """

    schema: str
    table: str
    database: str
    role: str = ""

    def __str__(self) -> str:
        return f"{identifier(self.schema)}.{identifier(self.table)}"


@dataclass(frozen=True, slots=True)
class VersionTable:
    """The version table and its row as they were read; `row` is the row's `xmin`, 0 where there is none."""

    place: Place
    exists: bool = False
    is_view: bool = False
    may: frozenset[str] = frozenset()
    may_comment: bool = False
    comment: str = ""
    versions: tuple[tuple[int, bool], ...] = ()
    row: int = 0
    problem: str = ""
    """Why its rows say nothing: one holds what is no version."""

    @property
    def state(self) -> DatabaseState:
        """The version and whether it is dirty.

        Raises:
            VersionTableError: there are several rows, or one that holds no version.
        """
        if self.problem:
            message = f"the version table {self.place} holds {self.problem}"
            raise VersionTableError(message, remedy="find out which version is right and `force` it")
        if len(self.versions) > 1:
            rows = ", ".join(f"{version}{' (dirty)' if dirty else ''}" for version, dirty in self.versions)
            message = f"the version table {self.place} holds several rows: {rows}"
            raise VersionTableError(message, remedy="find out which one is right and `force` it")
        return DatabaseState(*self.versions[0]) if self.versions else DatabaseState()

    @property
    def note(self) -> ProgressNote | None:
        """The note of the run that left the row dirty; one that names another row counts for nothing."""
        note = read_note(self.comment)
        if note is None or len(self.versions) != 1 or not self.versions[0][1] or note.row != self.row:
            return None
        return note

    @property
    def users_comment(self) -> str:
        """The comment on the table without a note of ours."""
        note = read_note(self.comment)
        return self.comment if note is None else note.users


def find_place(session: Session, schema: str, table: str) -> Place:
    """Fix where the version table is: in `schema`, or in the current one if that is empty.

    Raises:
        NoSchema: there is no current schema.
    """
    found = session.rows("SELECT current_schema(), current_database(), session_user, current_user")[0]
    where = schema or found[0]
    if where is None:
        raise NoSchema
    role = "" if found[2] == found[3] else found[3] or ""
    return Place(where, cut_name(table), found[1] or "", role)


def cut_name(name: str, room: int = 63) -> str:
    """Cut a name to `room` bytes, as the server does at 63 (NAMEDATALEN less one)."""
    return name.encode()[:room].decode(errors="ignore")


def read(session: Session, place: Place) -> VersionTable:
    """Read the table's facts and its rows in one round trip.

    Raises:
        VersionTableError: the role may not read it, or it is no version table.
    """
    facts = (
        "SELECT c.relkind, "
        + ", ".join(f"pg_catalog.has_table_privilege(c.oid, '{privilege}')" for privilege in _PRIVILEGES)
        + ", pg_catalog.pg_has_role(c.relowner, 'USAGE'), pg_catalog.obj_description(c.oid, 'pg_class')"
        " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        f" WHERE n.nspname = {literal(place.schema)} AND c.relname = {literal(place.table)}"
        " AND c.relkind IN ('r', 'p', 'v', 'f', 'm')"
    )
    answers: list[PGresult] = []
    try:
        answers = session.pipeline([facts])
        known = rows_of(answers[0])
        if not known:
            return VersionTable(place)
        kind, *rights, owner, comment = known[0]
        is_view = kind not in {"r", "p"}
        row = "0" if is_view else "xmin"
        found = session.rows(f"SELECT version, dirty, {row} FROM {place} ORDER BY version LIMIT 10")
    except PipelineFailed as failure:
        raise _unreadable(place, failure) from failure
    may = frozenset(privilege for privilege, has in zip(_PRIVILEGES, rights, strict=True) if has == "t")
    problem = next(
        (f"a row that is no version: {v or 'NULL'}, dirty {d or 'NULL'}" for v, d, _ in found if not _is_row(v, d)), ""
    )
    versions = [
        (int(version or 0), dirty == "t") if _is_row(version, dirty) else (NIL, True) for version, dirty, _ in found
    ]
    row_id = int(found[0][2] or 0) if found else 0
    return VersionTable(
        place, exists=True, is_view=is_view, may=may, may_comment=owner == "t" and not is_view, comment=comment or "",
        versions=tuple(versions), row=row_id, problem=problem,
    )  # fmt: skip


def _is_row(version: str | None, dirty: str | None) -> bool:
    return dirty is not None and re.fullmatch(r"-?[0-9]+", version or "") is not None


def create_sql(place: Place) -> str:
    """Return golang-migrate's statement that makes the table."""
    return f"CREATE TABLE IF NOT EXISTS {place} (version bigint not null primary key, dirty boolean not null)"


def not_made(place: Place, failure: QueryFailed) -> VersionTableError:
    """Return why the table could not be made, and what to do."""
    remedies = {
        SqlState.INSUFFICIENT_PRIVILEGE: (
            f"GRANT CREATE ON SCHEMA {place.schema} to the role that migrates, or let its owner make the table"
        ),
        SqlState.INVALID_SCHEMA_NAME: f"create the schema {place.schema}, or name another in x-migrations-table",
        SqlState.READ_ONLY_SQL_TRANSACTION: "connect to the primary, as a role whose transactions are not read-only",
    }
    remedy = next((advice for state, advice in remedies.items() if state == failure.sqlstate), failure.hint)
    return VersionTableError(f"cannot make the version table {place}: {failure.message}", remedy=remedy)


def write_sql(table: VersionTable, state: DatabaseState) -> list[str]:
    """Return the statements that make `state` the table's row, with the rights that the role has.

    UPDATE, else INSERT; DELETE where the row goes. TRUNCATE, which waits for every reader, only where the grants allow
    nothing else.

    Raises:
        VersionTableError: the grants allow no way.
    """
    place, may = table.place, table.may
    values = f"{state.version}, {'true' if state.dirty else 'false'}"
    insert = f"INSERT INTO {place} (version, dirty) VALUES ({values})"
    empty = next((verb for verb in ("DELETE", "TRUNCATE") if verb in may), None)
    clear = [] if empty is None else [f"{'DELETE FROM' if empty == 'DELETE' else 'TRUNCATE'} {place}"]
    if state.version == NIL and not state.dirty:
        if clear:
            return clear
        if not table.versions:
            return []
    elif len(table.versions) > 1:
        if clear and "INSERT" in may:
            return [*clear, insert]
    elif {"UPDATE", "INSERT", "SELECT"} <= may:
        return [move_sql(place, values)]
    elif clear and "INSERT" in may:
        return [*clear, insert]
    elif "INSERT" in may and not table.versions:
        return [insert]
    if "UPDATE" in may and table.versions:
        return [f"UPDATE {place} SET (version, dirty) = ROW({values})"]
    has = ", ".join(sorted(may)) or "none"
    message = f"the role may not write the version table {place}: it has the privileges {has}"
    raise VersionTableError(
        message, remedy=f"GRANT SELECT, INSERT, UPDATE, DELETE ON {place} to the role that migrates"
    )


def move_sql(place: Place, values: str) -> str:
    """Return the statement that writes the row where all is granted: UPDATE, else INSERT."""
    return (
        f"WITH moved AS (UPDATE {place} SET (version, dirty) = ROW({values}) RETURNING 1)"
        f" INSERT INTO {place} (version, dirty) SELECT {values} WHERE NOT EXISTS (SELECT FROM moved)"
    )


def comment_sql(place: Place, comment: str) -> str:
    """Return the statement that makes `comment` the table's comment, or takes it away."""
    return f"COMMENT ON TABLE {place} IS {literal(comment) if comment else 'NULL'}"


def _unreadable(place: Place, failure: QueryFailed) -> VersionTableError:
    if failure.sqlstate == SqlState.INSUFFICIENT_PRIVILEGE:
        remedy = f"GRANT SELECT, INSERT, UPDATE, DELETE ON {place} to the role that migrates, and USAGE on its schema"
        return VersionTableError(f"cannot read the version table {place}: {failure.message}", remedy=remedy)
    return VersionTableError(
        f"cannot read the version table {place}: {failure.message}",
        remedy="it must have the columns version bigint and dirty boolean; name another with x-migrations-table",
    )

"""What does golang-migrate say for each of our errors? Its own words, so that scripts that read them go on working."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from whimbrel.errors import (
    BadSourceUrl,
    ConnectionFailed,
    DirtyDatabase,
    DuplicateVersion,
    LockNotAcquired,
    MigrationFailed,
    NoMigrationLeft,
    NoSchema,
    NumberTooLarge,
    QueryFailed,
    ShortLimit,
    SourceError,
    SourceMissing,
    UnreadableFile,
    VersionNotFound,
    VersionTableError,
    WhimbrelError,
)
from whimbrel.sources.go_quote import go_quote
from whimbrel.sources.remote import without_password

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_REFUSED = re.compile(
    r'connection to server (?:at "(?P<host>[^"]*)"(?: \((?P<address>[^)]*)\))?, port (?P<port>\d+)'
    r'|on socket "(?P<socket>[^"]*)") failed: '
)
_SYSTEM = {
    "Connection refused": "connect: connection refused",
    "No such file or directory": "connect: no such file or directory",
    "Permission denied": "connect: permission denied",
    "Network is unreachable": "connect: network is unreachable",
    "No route to host": "connect: no route to host",
    "timeout expired": "i/o timeout",
}


def error_text(error: WhimbrelError, *, pgx: bool) -> str:
    """Return what stands behind `error: `; `pgx` chooses between the texts of golang-migrate's two drivers."""
    for kind, text in _TEXTS.items():
        if isinstance(error, kind):
            return text(error, pgx)
    return error.message


def source_text(error: SourceError, url: str) -> str:
    """Return what golang-migrate says when a source cannot be opened."""
    if isinstance(error, SourceMissing):
        reason = f"open .: {error.reason}"
    elif isinstance(error, DuplicateVersion):
        reason = f"duplicate migration file: {error.name}"
    elif isinstance(error, BadSourceUrl):
        reason = error.reason
    else:
        reason = error.message
    shown = without_password(url, url.partition(":")[0].lower())
    return f"failed to open source, {go_quote(shown)}: {reason}"


def additions(error: WhimbrelError) -> list[tuple[str, str]]:
    """Return what golang-migrate does not say and a user wants to know: `warning` or `notice`, and a text."""
    said = []
    name = f"{error.name}: " if isinstance(error, MigrationFailed) else ""
    if isinstance(error, MigrationFailed) and error.kept:
        said.append(("warning", f"{name}{error.kept}"))
    if isinstance(error, LockNotAcquired) and error.holders:
        said.append(("notice", f"the lock is held by {error.holders}"))
    if error.remedy:
        said.append(("notice", f"{name}{error.remedy}"))
    return said


def is_refused_table(error: WhimbrelError) -> bool:
    """Whether the version table is there and cannot be read: golang-migrate finds out after it has opened."""
    cause = error.__cause__
    return (
        isinstance(error, VersionTableError) and isinstance(cause, QueryFailed) and _READ.match(cause.query) is not None
    )


_READ = re.compile(r"SELECT version, dirty, \w+ FROM (?P<place>.*) ORDER BY version LIMIT 10")


def _version_table(error: VersionTableError, pgx: bool) -> str:
    cause = error.__cause__
    if not isinstance(cause, QueryFailed):
        return error.message
    if found := _READ.fullmatch(cause.query):
        return f"{_driver_text(cause, pgx)} in line 0: SELECT version, dirty FROM {found['place']} LIMIT 1"
    return _query_failed(cause, pgx) if cause.query.startswith("CREATE TABLE") else error.message


def _no_schema(_: NoSchema, pgx: bool) -> str:
    if not pgx:
        return "no schema"
    why = "converting NULL to string is unsupported"
    return f'sql: Scan error on column index 0, name "current_schema": {why} in line 0: SELECT CURRENT_SCHEMA()'


def _migration_failed(error: MigrationFailed, pgx: bool) -> str:
    cause = error.cause
    line, column = error.line, error.column
    message = f"migration failed: {cause.message}"
    if line and _at_end(error):
        line = 0
    elif pgx or line:
        line = line or 1
        message += f" (column {column})"
    if cause.detail:
        message += f", {cause.detail}"
    return f"{message} in line {line}: {error.text} (details: {_driver_text(cause, pgx)})"


def _at_end(error: MigrationFailed) -> bool:
    """Whether the place is behind the last token: the server then points behind the text, where Go's see no line."""
    lines = error.text.split("\n")[error.line - 1 :]
    return _NO_TOKEN.fullmatch("\n".join([lines[0][error.column - 1 :], *lines[1:]])) is not None


_NO_TOKEN = re.compile(r"(?:\s|--[^\n]*|/\*.*?\*/)*+", re.DOTALL)


def _driver_text(error: QueryFailed, pgx: bool) -> str:
    return f"{error.severity}: {error.message} (SQLSTATE {error.sqlstate})" if pgx else f"pq: {error.message}"


def _query_failed(error: QueryFailed, pgx: bool) -> str:
    return f"{_driver_text(error, pgx)} in line 0: {error.query}"


def _connection_failed(error: ConnectionFailed, pgx: bool) -> str:
    first = error.reason.split("; ")[0]
    found = _REFUSED.match(first)
    reason = first[found.end() :] if found else first
    said = _said(reason, found, error, pgx)
    if not pgx:
        return said
    if not error.host and "definition of service" in reason:
        return reason
    return f"failed to connect to `host={error.host} user={error.user} database={error.database}`: {said}"


def _said(reason: str, found: re.Match[str] | None, error: ConnectionFailed, pgx: bool) -> str:
    if fatal := re.search(r"FATAL:  (.*)", reason):
        if pgx:
            return f"server error (FATAL: {fatal[1]} (SQLSTATE {error.sqlstate}))"
        return f"pq: {fatal[1]}"
    if "does not support SSL" in reason:
        return "tls error (server refused TLS connection)" if pgx else "pq: SSL is not enabled on the server"
    if lookup := re.search(r'could not translate host name "([^"]*)"', reason):
        text = f"lookup {lookup[1]}: no such host"
        return f"hostname resolving error ({text})" if pgx else f"dial tcp: {text}"
    system = next((go for libpq, go in _SYSTEM.items() if libpq in reason), "")
    if found and system:
        address = found["address"] or found["host"] or ""
        address = f"[{address}]" if ":" in address else address
        where = f"unix {found['socket']}" if found["socket"] else f"tcp {address}:{found['port']}"
        return f"dial error (dial {where}: {system})" if pgx else f"dial {where}: {system}"
    if "no password supplied" in reason:
        return f'pq: password authentication failed for user "{error.user}"'
    return reason


_TEXTS: dict[type[WhimbrelError], Callable[[Any, bool], str]] = {
    MigrationFailed: _migration_failed,
    NoSchema: _no_schema,
    VersionTableError: _version_table,
    QueryFailed: _query_failed,
    ConnectionFailed: _connection_failed,
    DirtyDatabase: lambda error, _: f"Dirty database version {error.version}. Fix and force version.",
    VersionNotFound: lambda error, _: (
        f"no migration found for version {error.version}: read down for version {error.version} .: file does not exist"
    ),
    NoMigrationLeft: lambda error, _: "first .: file does not exist" if error.source_empty else "file does not exist",
    ShortLimit: lambda error, _: f"limit {error.missing} short",
    LockNotAcquired: lambda _, __: "timeout: can't acquire database lock",
    UnreadableFile: lambda error, _: f"open {error.name}: {error.reason}",
    NumberTooLarge: lambda error, _: error.message,
}

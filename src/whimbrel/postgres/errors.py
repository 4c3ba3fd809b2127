"""What did libpq or the server say is wrong? The one place where their errors become ours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from whimbrel.errors import ConnectionFailed, ConnectionLost, QueryFailed
from whimbrel.pg_types.sqlstate import SqlState
from whimbrel.postgres.libpq import pq

if TYPE_CHECKING:
    from psycopg.pq.abc import PGresult

_FULL_DISK = "make room on the server's disk"
_REMEDIES = {
    "No space left on device": _FULL_DISK,
    "could not write init file": _FULL_DISK,  # what the first session with a database writes (15.18)
    "password authentication failed": "check the user and the password of the database URL",
    "no password supplied": "give a password in the URL, in PGPASSWORD or in ~/.pgpass",
    "could not translate host name": "check the host of the database URL",
    "Connection refused": "check host and port, and that the server is running",
    "No such file or directory": "check the socket's folder, and that the server is running",
    "does not exist": "check the names in the database URL, or create what is missing",
    "does not support SSL": "add sslmode=disable to the URL if the way to the server is safe",
    "too many": "wait for connections to end, or raise the server's limit",
    "starting up": "try again in a moment",
    "timeout expired": "check host and port, and that nothing on the way drops packets",
}


_NO_PARAMETERS = ("bind message supplies 0 parameters", "could not determine data type of parameter $")
_PARAMETER = re.compile(r"""'[^']*'|"[^"]*"|--[^\n]*|\$(\w*)\$.*?\$\1\$|(?P<parameter>\$\d+)""", re.DOTALL)


def query_failed(result: PGresult, query: str) -> QueryFailed:
    """Return the server's error as a value with all its facts."""
    field = pq.DiagnosticField

    def text(code: pq.DiagnosticField) -> str:
        return (result.error_field(code) or b"").decode(errors="replace")

    message = text(field.MESSAGE_PRIMARY) or result.error_message.decode(errors="replace").strip()
    if message.startswith(_NO_PARAMETERS) and (found := _no_parameter(query)):
        return found
    return QueryFailed(
        message,
        sqlstate=text(field.SQLSTATE),
        severity=text(field.SEVERITY_NONLOCALIZED) or text(field.SEVERITY) or "ERROR",
        detail=text(field.MESSAGE_DETAIL),
        hint=text(field.MESSAGE_HINT),
        context=text(field.CONTEXT),
        position=int(text(field.STATEMENT_POSITION) or 0),
        function=text(field.SOURCE_FUNCTION),
        query=query,
    )


def _no_parameter(query: str) -> QueryFailed | None:
    """Return what the server says of `$1` in a simple Query; in a pipeline it speaks of its own messages."""
    found = next((one for one in _PARAMETER.finditer(query) if one["parameter"]), None)
    if found is None or query.lstrip()[:7].upper() == "PREPARE":
        return None
    message = f"there is no parameter {found['parameter']}"
    return QueryFailed(message, sqlstate="42P02", position=found.start() + 1, query=query)


def connection_failed(message: str, *, host: str, port: str, user: str, database: str) -> ConnectionFailed:
    """Return why no session came about; libpq's text, one line a try, without its repeated beginning."""
    lines = [line.strip() for line in message.strip().splitlines() if line.strip()]
    reason = "; ".join(line for line in lines if not line.startswith("Is the server running")) or "no reason given"
    remedy = next((advice for part, advice in _REMEDIES.items() if part in reason), "check the database URL")
    found = re.search(r"FATAL:  (.*)", reason)
    return ConnectionFailed(
        reason,
        sqlstate=_fatal_state(found[1]) if found else "",
        host=host,
        port=port,
        user=user,
        database=database,
        remedy=remedy,
    )


_SESSION_REMEDIES = {
    SqlState.DISK_FULL: _FULL_DISK,
    SqlState.IDLE_IN_TRANSACTION_SESSION_TIMEOUT: (
        "raise idle_in_transaction_session_timeout for the role that migrates"
    ),
    SqlState.TRANSACTION_TIMEOUT: "raise transaction_timeout for the role that migrates",
}


def ends_session(said: QueryFailed) -> bool:
    """Whether what the server said is the last that a session hears of it.

    In an immediate shutdown, and when another process of the server crashed, it is a warning, which the server's
    function quickdie sends (13 to 18).
    """
    return said.severity in {"FATAL", "PANIC"} or said.function == "quickdie"


def connection_lost(words: str, farewell: QueryFailed | None) -> ConnectionLost:
    """Return why a session ended: the server's reason, where it gave one, else the `words` of libpq."""
    if farewell is None:
        return ConnectionLost(" ".join(words.split()))
    remedy = next((advice for state, advice in _SESSION_REMEDIES.items() if state == farewell.sqlstate), "")
    return ConnectionLost(farewell.message, sqlstate=farewell.sqlstate, remedy=remedy)


_STATES = (
    (r"authentication failed", "28P01"),
    (r'^database ".*" does not exist', "3D000"),
    (r'^role ".*" (?:does not exist|is not permitted to log in)|^no pg_hba\.conf entry', "28000"),
    (r"unrecognized configuration parameter", "42704"),
    (r"invalid value for parameter", "22023"),
    (r"^permission denied", "42501"),
    (r"cannot be changed", "55P02"),
    (r"is not currently accepting connections", "55000"),
    (r"starting up|shutting down|recovery mode", "57P03"),
    (r"too many|remaining connection slots", "53300"),
)


def _fatal_state(message: str) -> str:
    """Name the SQLSTATE of a refusal at connection time, which libpq does not hand over."""
    return next((state for part, state in _STATES if re.search(part, message)), "")

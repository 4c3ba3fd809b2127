"""What did libpq or the server say is wrong? The one place where their errors become ours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from whimbrel.errors import ConnectionFailed, QueryFailed
from whimbrel.postgres.libpq import pq

if TYPE_CHECKING:
    from psycopg.pq.abc import PGresult

_REMEDIES = {
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


def query_failed(result: PGresult, query: str) -> QueryFailed:
    """Return the server's error as a value with all its facts."""
    field = pq.DiagnosticField

    def text(code: pq.DiagnosticField) -> str:
        return (result.error_field(code) or b"").decode(errors="replace")

    message = text(field.MESSAGE_PRIMARY) or result.error_message.decode(errors="replace").strip()
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


def _fatal_state(message: str) -> str:
    """Name the SQLSTATE of a refusal at connection time, which libpq does not hand over."""
    if "authentication failed" in message:
        return "28P01"
    if re.search(r'^database ".*" does not exist', message):
        return "3D000"
    if re.search(r'^role ".*" does not exist', message):
        return "28000"
    if "unrecognized configuration parameter" in message:
        return "42704"
    if "too many" in message or "remaining connection slots" in message:
        return "53300"
    return ""

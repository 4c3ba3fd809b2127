"""What do lib/pq and pgx, golang-migrate's two drivers, add to a database URL, and what of it do they refuse?"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from whimbrel.postgres.conninfo import UrlError, check_encoding, without_password

if TYPE_CHECKING:
    from collections.abc import Mapping

    from whimbrel.postgres.conninfo import Scheme, Target

_LIB_PQ_SETTINGS = (r"-c DateStyle=ISO,\ MDY", "-c extra_float_digits=2")
_INTEGER = re.compile(r"[+-]?[0-9]+")
_LAST_PORT = 65535
_SOCKET_FOLDERS = ("/var/run/postgresql", "/private/tmp", "/tmp")  # noqa: S108 - where pgx looks for a server's socket


def with_defaults(target: Target, environment: Mapping[str, str]) -> Target:
    """Add what golang-migrate's driver of this scheme takes where the URL and libpq's variables say nothing.

    lib/pq wants TLS, sends three settings at start-up and looks for the server on localhost; pgx prefers TLS, sends
    none, and looks for a socket's folder first.

    Raises:
        UrlError: DateStyle is one that lib/pq refuses, or a number is none.
    """
    keywords = dict(target.keywords)

    def default(keyword: str, variable: str, value: str) -> None:
        if keyword not in keywords and not environment.get(variable):
            keywords[keyword] = value

    _check(target, keywords, environment)
    if not ({"service", "hostaddr"} & keywords.keys() or environment.get("PGSERVICE") or environment.get("PGHOSTADDR")):
        default("host", "PGHOST", _default_host(target.scheme))
    settings = target.settings
    if not target.scheme.is_pgx:
        default("sslmode", "PGSSLMODE", "require")
        settings = (*_LIB_PQ_SETTINGS, *settings)
    if any(host.startswith("/") for host in keywords.get("host", "").split(",")):
        keywords["sslmode"] = "disable"
    return replace(target, keywords=tuple(keywords.items()), settings=settings)


def _default_host(scheme: Scheme) -> str:
    if not scheme.is_pgx:
        return "localhost"
    return next((folder for folder in _SOCKET_FOLDERS if os.path.exists(folder)), "localhost")  # noqa: PTH110 - no Path for one look


def _check(target: Target, keywords: Mapping[str, str], environment: Mapping[str, str]) -> None:
    """Refuse what the Go driver of the scheme refuses before it connects, in its words."""
    if target.scheme.is_pgx:
        reason = _pgx_refusal(keywords, environment)
        if reason:
            told = f"cannot parse `{_as_pgx_shows(target)}`: {reason}"
            raise UrlError(told)
    else:
        reason = _lib_pq_refusal(target, keywords, environment)
        if reason:
            raise UrlError(reason)


def _lib_pq_refusal(target: Target, keywords: Mapping[str, str], environment: Mapping[str, str]) -> str:
    timeout = keywords.get("connect_timeout") or environment.get("PGCONNECT_TIMEOUT", "")
    if timeout and not _INTEGER.fullmatch(timeout):
        return f'invalid value for parameter connect_timeout: strconv.ParseInt: parsing "{timeout}": invalid syntax'
    if environment.get("PGCLIENTENCODING"):
        check_encoding(environment["PGCLIENTENCODING"])
    found = next((setting for setting in target.settings if setting.startswith("-c datestyle=")), "")
    style = re.sub(r"\\(.)", r"\1", found.removeprefix("-c datestyle=")) or environment.get("PGDATESTYLE", "")
    if style and style != "ISO, MDY":
        return f"setting datestyle must be absent or ISO, MDY; got {style}"
    mode = keywords.get("sslmode") or environment.get("PGSSLMODE", "")
    if mode and mode not in {"disable", "require", "verify-ca", "verify-full"}:
        only = '"require" (default), "verify-full", "verify-ca", and "disable"'
        return f'pq: unsupported sslmode "{mode}"; only {only} supported'
    wrong = [port for port in keywords.get("port", "").split(",") if port and int(port) > _LAST_PORT]
    return f"dial tcp: address {wrong[0]}: invalid port" if wrong else ""


def _pgx_refusal(keywords: Mapping[str, str], environment: Mapping[str, str]) -> str:
    timeout = keywords.get("connect_timeout") or environment.get("PGCONNECT_TIMEOUT", "")
    if timeout and not _INTEGER.fullmatch(timeout):
        return f'invalid connect_timeout (strconv.ParseInt: parsing "{timeout}": invalid syntax)'
    if timeout.startswith("-"):
        return "invalid connect_timeout (negative timeout)"
    for port in filter(None, keywords.get("port", "").split(",")):
        if int(port) > _LAST_PORT:
            return f'invalid port (strconv.ParseUint: parsing "{port}": value out of range)'
        if not int(port):
            return "invalid port (outside range)"
    mode = keywords.get("sslmode") or environment.get("PGSSLMODE", "")
    modes = {"", "disable", "allow", "prefer", "require", "verify-ca", "verify-full"}
    return "" if mode in modes else "failed to configure TLS (sslmode is invalid)"


def _as_pgx_shows(target: Target) -> str:
    """Return the URL as golang-migrate hands it to pgx: x- parameters left out, the rest in order, no password."""
    from urllib.parse import parse_qsl, urlencode

    head, _, query = without_password(target.url).partition("?")
    items = sorted(item for item in parse_qsl(query, keep_blank_values=True) if not item[0].startswith("x-"))
    return head.replace(target.scheme, "postgres", 1) + (f"?{urlencode(items)}" if items else "")

"""Which directory does a `file:` URL name? The one that golang-migrate finds with Go's net/url.

The rules are those of Go 1.26. Query and fragment are cut off, a user part is dropped, host and path are glued
together, `file:dir` is taken as it is.
"""

from __future__ import annotations

import os
import re

from whimbrel.sources.go_quote import go_quote

_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_USER_INFO = re.compile(r"[A-Za-z0-9._:~!$&'()*+,;=%@-]*")
_PORT = re.compile(r"(?::[0-9]*)?")
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
# In a host Go takes an escape only for a byte that is not ASCII, and for the percent sign itself.
_BAD_IN_HOST = re.compile(r"%(?!25|[89A-Fa-f][0-9A-Fa-f])|[ \\^`{|}]")


class UrlError(Exception):
    """The text is no URL; the message is Go's."""


def scheme(url: str) -> str:
    """Return the scheme in lower case, or nothing where the URL has none."""
    found = _SCHEME.match(url)
    return found[1].lower() if found else ""


def file_path(url: str) -> str:
    """Return the path that the URL names; empty means the current directory.

    Raises:
        UrlError: Go could not parse the URL.
    """
    whole, _, fragment = url.partition("#")
    try:
        path = _path(whole)
    except UrlError as error:
        raise UrlError(_parse_error(whole, error)) from None
    try:
        _unescape(fragment, _BAD_ESCAPE)
    except UrlError as error:
        raise UrlError(_parse_error(url, error)) from None
    return path


def _parse_error(url: str, reason: UrlError) -> str:
    return f"parse {go_quote(url)}: {reason}"


def _path(url: str) -> str:
    if _CONTROL.search(url):
        reason = "net/url: invalid control character in URL"
        raise UrlError(reason)
    found = _SCHEME.match(url)
    rest = url[found.end() if found else 0 :].partition("?")[0]
    if found and not rest.startswith("/"):
        return rest
    if ":" in rest.partition("/")[0]:
        reason = "first path segment in URL cannot contain colon"
        raise UrlError(reason)
    if not rest.startswith("//"):
        return _unescape(rest, _BAD_ESCAPE)
    authority, slash, path = rest[2:].partition("/")
    return _host(authority) + _unescape(slash + path, _BAD_ESCAPE)


def _host(authority: str) -> str:
    user, _, host = authority.rpartition("@")
    _check_host(host)
    name = _unescape(host, _BAD_IN_HOST)
    if not _USER_INFO.fullmatch(user):
        reason = "net/url: invalid userinfo"
        raise UrlError(reason)
    for part in user.partition(":"):
        _unescape(part, _BAD_ESCAPE)
    return name


def _check_host(host: str) -> None:
    if "[" in host:
        reason = "missing ']' in host" if host.rfind("[") == 0 and "]" not in host else "invalid IP-literal"
        raise UrlError(reason)
    _, colon, port = host.rpartition(":")
    if colon and not _PORT.fullmatch(colon + port):
        # Go looks for the port behind the first colon, and behind the last only where there are several.
        reason = f"invalid port {go_quote(colon + port)} after host"
        raise UrlError(reason)


def _unescape(text: str, bad: re.Pattern[str]) -> str:
    """Decode percent escapes; `bad` is what may not stand in this part of a URL."""
    if found := bad.search(text):
        if found[0] == "%":
            escape = os.fsdecode(os.fsencode(text[found.start() :])[:3])
            reason = f"invalid URL escape {go_quote(escape)}"
        else:
            reason = f"invalid character {go_quote(found[0])} in host name"
        raise UrlError(reason)
    return os.fsdecode(_ESCAPE.sub(lambda escape: bytes.fromhex(escape[1].decode()), os.fsencode(text)))

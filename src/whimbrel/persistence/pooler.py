"""What needs a session of its own, and is refused behind a pooler in transaction mode?

There another client may have the server's session after each transaction: a setting that was made in it becomes
theirs, a lock or a temporary table stays with nobody. PgBouncer itself refuses none of it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from whimbrel.persistence.errors import UnsupportedByPooler
from whimbrel.persistence.options import Pooler, PoolSettings

_LEFT_OUT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_LITERAL = re.compile(r"'(?:[^']|'')*'")
_COMMAND = re.compile(
    r"(?:^|;)\s*(?:"
    r"(?P<plain>LISTEN|UNLISTEN|RESET|DISCARD|LOAD|EXECUTE|DEALLOCATE)\b"
    r"|(?P<set>SET)\s+(?!LOCAL\b|TRANSACTION\b|CONSTRAINTS\b)"
    r"|(?P<prepare>PREPARE)\s+(?!TRANSACTION\b)"
    r"|DECLARE\b[^;]*?\b(?P<hold>WITH\s+HOLD)\b"
    r"|CREATE\s+(?:OR\s+REPLACE\s+)?(?:LOCAL\s+|GLOBAL\s+)?(?P<temporary>TEMP|TEMPORARY)\b(?![^;]*\bON\s+COMMIT\s+DROP\b)"
    r")",
    re.IGNORECASE,
)
_CALL = re.compile(
    r"\b(?P<lock>pg_(?:try_)?advisory_(?:un)?lock\w*)\s*\(|\b(?P<config>set_config)\s*\([^;]*?,\s*false\s*\)",
    re.IGNORECASE,
)
_DEFINES = re.compile(r"\s*CREATE\b", re.IGNORECASE)


def refuse_session_use(op: str, text: str, settings: PoolSettings) -> None:
    """Raise UnsupportedByPooler where a statement needs a session and the pool's profile has none.

    Functions of the database are not looked into.
    """
    if settings.pooler is not Pooler.NONE and (feature := session_feature(text)):
        raise UnsupportedByPooler(op, feature)


@lru_cache(maxsize=4096)
def session_feature(text: str) -> str:
    """Return the name of what a statement needs a session for, empty where it needs none."""
    bare = _LITERAL.sub("''", _LEFT_OUT.sub(" ", text))
    if found := _COMMAND.search(bare):
        if found["temporary"]:
            return "a temporary table that outlives its transaction"
        return " ".join((found["plain"] or found["set"] or found["prepare"] or found["hold"]).upper().split())
    if not _DEFINES.match(bare) and (found := _CALL.search(bare)):
        return f"{found['lock'].lower()}()" if found["lock"] else "set_config(…, false)"
    return ""

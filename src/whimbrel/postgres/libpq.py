"""libpq, as psycopg carries it."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

from whimbrel.postgres import lean

if TYPE_CHECKING:
    from types import ModuleType

    from psycopg import errors, pq


def _load() -> tuple[ModuleType, ModuleType]:
    """Import `psycopg.pq` and `psycopg.errors`: in a command without the rest of psycopg, else with it."""
    if lean.wanted and "psycopg" not in sys.modules:
        with lean.stand_ins():
            import_module("psycopg.pq")  # it imports psycopg.errors, which must not come first
    else:
        import_module("psycopg")
    return sys.modules["psycopg.pq"], sys.modules["psycopg.errors"]


if not TYPE_CHECKING:
    pq, errors = _load()

__all__ = ["errors", "pq"]

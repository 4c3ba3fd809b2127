"""libpq, as psycopg carries it, without the half of psycopg that a command does not use."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.machinery import PathFinder
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from psycopg import errors, pq

_PACKAGES = ("psycopg", "psycopg_binary")


def _load() -> tuple[ModuleType, ModuleType]:
    """Import `psycopg.pq` and `psycopg.errors`.

    `import psycopg` costs 0.1 s more than these two: asyncio's event loop, connections, adapters. So the packages'
    own `__init__` files are passed over: bare packages with the same search path stand in while the two submodules
    load, and go away after it. A later `import psycopg` runs in full and finds the same submodules.
    """
    bare = [] if "psycopg" in sys.modules else [name for name in _PACKAGES if _stand_in(name)]
    try:
        import_module("psycopg.pq")  # it imports psycopg.errors, which must not come first
    finally:
        for name in bare:
            del sys.modules[name]
    return sys.modules["psycopg.pq"], sys.modules["psycopg.errors"]


def _stand_in(name: str) -> bool:
    spec = PathFinder.find_spec(name)
    if spec is None or spec.submodule_search_locations is None:
        return False
    package = ModuleType(name)
    package.__path__ = list(spec.submodule_search_locations)
    sys.modules[name] = package
    return True


if not TYPE_CHECKING:
    pq, errors = _load()

__all__ = ["errors", "pq"]

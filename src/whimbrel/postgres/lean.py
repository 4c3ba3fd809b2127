"""How does a command load libpq without paying for all of psycopg?

`import psycopg` costs a command half of its time: connections, adapters, asyncio. `psycopg.pq`, which is all that we
use, needs almost nothing of it. So while it loads, bare packages stand in for those whose `__init__` files would import
the rest, and for two modules of which psycopg wants one name each. Only the doors of the command line ask for it: in
their process nobody else uses psycopg.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from importlib.machinery import PathFinder
from types import ModuleType
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

wanted = False
"""Whether this process is a command; set before the wire is first imported."""

_PACKAGES = ("psycopg", "psycopg_binary")


@contextmanager
def stand_ins() -> Iterator[None]:
    """Let stand-ins be in the place of what is not loaded yet, and take them away again."""
    names = [name for name in _PACKAGES if _bare(name)]
    # psycopg.errors wants asyncio's name for being cancelled, psycopg._compat a TypeVar from before Python 3.13.
    names += [
        name
        for name, attribute, value in (
            ("asyncio", "CancelledError", type("CancelledError", (BaseException,), {})),
            ("typing_extensions", "TypeVar", TypeVar),
        )
        if _holding(name, attribute, value)
    ]
    try:
        yield
    finally:
        for name in names:
            del sys.modules[name]


def _bare(name: str) -> bool:
    """Put a package with the right search path and nothing in it in the place of a package."""
    spec = PathFinder.find_spec(name)
    if spec is None or spec.submodule_search_locations is None:
        return False
    package = ModuleType(name)
    package.__path__ = list(spec.submodule_search_locations)
    sys.modules[name] = package
    return True


def _holding(name: str, attribute: str, value: object) -> bool:
    """Put a module that holds one name in the place of a module that is not loaded yet."""
    if name in sys.modules:
        return False
    module = ModuleType(name)
    setattr(module, attribute, value)
    sys.modules[name] = module
    return True

"""Which rules have a fix, and which?"""

from __future__ import annotations

from enum import Enum
from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

from whimbrel.lint.fixes.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from whimbrel.findings.fix import Fix
    from whimbrel.lint.context import Target
    from whimbrel.lint.file import File
    from whimbrel.lint.seen import Seen


class Fixes(Enum):
    """For which findings fixes are worked out."""

    NONE = 0
    FIXABLE = 1
    """Those in files that are new, so that nobody has run them."""
    ALL = 2


FIXES: Final = {
    "index-not-concurrent": ("concurrently", "create_index"),
    "drop-index-not-concurrent": ("concurrently", "drop_index"),
    "reindex-not-concurrent": ("concurrently", "reindex"),
    "add-check-without-not-valid": ("not_valid", "add_constraint"),
    "add-fk-without-not-valid": ("not_valid", "add_constraint"),
    "set-not-null-scans": ("not_null", "set_not_null"),
    "add-unique-constraint": ("unique", "add_constraint"),
    "add-primary-key": ("unique", "add_constraint"),
    "fk-without-index": ("foreign_key_index", "create_index"),
    "implicit-constraint-name": ("constraint_name", "write_name"),
    "implicit-constraint-name-in-create": ("constraint_name", "write_name"),
}
"""Rules to the module and function of their fix."""
MOST_STATEMENTS: Final = 500
"""In a file with more of them no fix is worked out: each looks at all of them."""
ALONE: Final = frozenset(name for name, (module, _) in FIXES.items() if module in ("concurrently", "unique"))
"""Those whose fix is a statement that has to be alone in its file."""


def fix_of(seen: Seen, files: Sequence[File], version: int, target: Target) -> Fix | None:
    """Return the fix of what a rule has found, None where nobody can tell what is right."""
    statement = seen.statement
    if seen.catalog is None or statement is None or statement.within is not None or not statement.file.whole:
        return None
    module, function = FIXES[seen.card.name]
    fix = cast("Callable[[Subject], Fix | None]", getattr(import_module(f"whimbrel.lint.fixes.{module}"), function))
    return fix(Subject(statement, seen.start, seen.catalog, files, version, target))

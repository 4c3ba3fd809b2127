"""What does a rule say when it has seen something?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable

    from whimbrel.findings.severity import Severity
    from whimbrel.lint.file import File
    from whimbrel.schema.catalog import Catalog


class Found(Struct):
    """A rule's word on one place.

    `message` names the object and says in plain words what happens. `at` and `end` are byte offsets in the file;
    without them it is about the whole statement. `file` is where a rule that looks at a directory puts it. `remedy` and
    `effect` stand in for the card's where they can be more exact. `unless` is asked when
    the whole directory has been read, with the schema at its end: where it says true there is no finding.
    """

    message: str
    at: int | None = None
    end: int | None = None
    effect: str = ""
    remedy: str = ""
    severity: Severity | None = None
    unless: Callable[[Catalog], bool] | None = None
    file: File | None = None

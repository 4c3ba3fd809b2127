"""`whimbrel create NAME`: an empty pair of files, numbered as the directory's others are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from whimbrel.errors import ExitCode
from whimbrel.sources.create import create_pair, next_version

if TYPE_CHECKING:
    from whimbrel.cli.opening import Opening


def create(opening: Opening) -> ExitCode:
    """Make the files and print their paths."""
    directory = opening.path()
    for path in create_pair(directory, next_version(directory, datetime.now(UTC)), opening.options.title, "sql"):
        opening.out.write(f"{path}\n")
    return ExitCode.OK

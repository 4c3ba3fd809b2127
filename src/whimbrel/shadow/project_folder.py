"""Which folder is the project's, seen from the current one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MARKS = (".whimbrel", "pyproject.toml", ".git")


def project_folder(start: Path) -> Path:
    """The nearest folder from `start` upward that holds `.whimbrel`, `pyproject.toml` or `.git`; else `start`."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if any((folder / mark).exists() for mark in MARKS):
            return folder
    return start

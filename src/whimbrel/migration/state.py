"""Where is the database? Its version, and whether a run stopped half-way."""

from __future__ import annotations

from dataclasses import dataclass

from whimbrel.migration.version import NIL


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """The version row: `version` is NIL where there is none; `dirty` is golang-migrate's mark of an unfinished run."""

    version: int = NIL
    dirty: bool = False

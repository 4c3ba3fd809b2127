"""How far did an interrupted run come? The note that is kept as the comment on the version table."""

from __future__ import annotations

import re
from dataclasses import dataclass

from whimbrel.migration.direction import Direction
from whimbrel.migration.version import NIL

_NOTE = re.compile(
    r"whimbrel: (?P<direction>up|down) (?P<version>\d+) sha256:(?P<digest>[0-9a-f]{64}) "
    r"(?P<done>\d+) of (?P<total>\d+) units done, row (?P<row>\d+), "
    r"from version (?P<came_from>\d+|none), to character (?P<character>\d+)"
    r"(?:, next one begun, to character (?P<begun>\d+)(?: beside (?P<beside>\d+(?: \d+)*))?)?(?:\n\n(?P<users>.*))?",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class ProgressNote:
    """What is done of the file that made the version dirty.

    `character` is behind the last unit that is done. `begun` is 0, or the character behind the next unit, which could
    not share a transaction with the note and may have run in part or whole; `beside` are the objects (OIDs) that tell
    how far it came. `digest` is the SHA-256 of the file's text (UTF-8) that must not change any more: up to `begun`,
    else `character`. `row` is the `xmin` of the version row that the note belongs to, `came_from` the version that the
    database had before, and `users` the comment that was on the table.
    """

    direction: Direction
    version: int
    digest: str
    done: int
    total: int
    row: int
    came_from: int
    character: int
    begun: int = 0
    beside: tuple[int, ...] = ()
    users: str = ""

    @property
    def fixed(self) -> int:
        """The character up to which the file must be as it was."""
        return self.begun or self.character

    def __str__(self) -> str:
        begun = ""
        if self.begun:
            begun = f", next one begun, to character {self.begun}"
        if self.beside:
            begun += f" beside {' '.join(map(str, self.beside))}"
        users = f"\n\n{self.users}" if self.users else ""
        return (
            f"whimbrel: {self.direction} {self.version} sha256:{self.digest} {self.done} of {self.total} units done, "
            f"row {self.row}, from version {'none' if self.came_from == NIL else self.came_from}, "
            f"to character {self.character}{begun}{users}"
        )


def read_note(comment: str) -> ProgressNote | None:
    """Return the note in a comment, or None where the comment is somebody else's."""
    found = _NOTE.fullmatch(comment)
    if found is None:
        return None
    beside = tuple(int(oid) for oid in (found["beside"] or "").split())
    return ProgressNote(
        direction=Direction(found["direction"]),
        version=int(found["version"]),
        digest=found["digest"],
        done=int(found["done"]),
        total=int(found["total"]),
        row=int(found["row"]),
        came_from=NIL if found["came_from"] == "none" else int(found["came_from"]),
        character=int(found["character"]),
        begun=int(found["begun"] or 0),
        beside=beside,
        users=found["users"] or "",
    )

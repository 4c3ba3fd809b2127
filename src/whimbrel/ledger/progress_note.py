"""How far did an interrupted run come? The note that is kept as the comment on the version table."""

from __future__ import annotations

import re
from dataclasses import dataclass

from whimbrel.migration.direction import Direction

_NOTE = re.compile(
    r"whimbrel: (?P<direction>up|down) (?P<version>\d+) sha256:(?P<digest>[0-9a-f]{64}) "
    r"(?P<done>\d+) of (?P<total>\d+) units done, row (?P<row>\d+), to character (?P<character>\d+)"
    r"(?:, next one begun(?: beside (?P<beside>\d+(?: \d+)*))?)?(?:\n\n(?P<users>.*))?",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class ProgressNote:
    """What is done of the file that made the version dirty.

    `digest` is the SHA-256 of the file's text (UTF-8) up to `character`, behind the last unit that is done. `row` is
    the `xmin` of the version row that the note belongs to. `begun` tells that the next unit, which could not share a
    transaction with the note, may have run in part or whole; `beside` are the indexes (OIDs) that its table had
    before. `users` is the comment that was on the table before.
    """

    direction: Direction
    version: int
    digest: str
    done: int
    total: int
    row: int
    character: int
    begun: bool = False
    beside: tuple[int, ...] = ()
    users: str = ""

    def __str__(self) -> str:
        begun = ""
        if self.begun:
            begun = ", next one begun" + (f" beside {' '.join(map(str, self.beside))}" if self.beside else "")
        users = f"\n\n{self.users}" if self.users else ""
        return (
            f"whimbrel: {self.direction} {self.version} sha256:{self.digest} {self.done} of {self.total} units done, "
            f"row {self.row}, to character {self.character}{begun}{users}"
        )


def read_note(comment: str) -> ProgressNote | None:
    """Return the note in a comment, or None where the comment is somebody else's."""
    found = _NOTE.fullmatch(comment)
    if found is None:
        return None
    beside = tuple(int(oid) for oid in (found["beside"] or "").split())
    head = comment.partition("\n\n")[0]
    return ProgressNote(
        direction=Direction(found["direction"]),
        version=int(found["version"]),
        digest=found["digest"],
        done=int(found["done"]),
        total=int(found["total"]),
        row=int(found["row"]),
        character=int(found["character"]),
        begun=", next one begun" in head,
        beside=beside,
        users=found["users"] or "",
    )

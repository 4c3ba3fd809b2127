"""Is this file name a migration's, and what do its parts say?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from whimbrel.errors import NumberTooLarge
from whimbrel.migration.direction import Direction
from whimbrel.migration.version import MAX

_NAME = re.compile(r"([0-9]+)_(.*)\.(down|up)\.(.*)")
_BACKUP = re.compile(r"~$|\.(?:bak|backup|orig|rej|save|swp|swo|tmp|old|dpkg-\w+|rpm\w+)~?$", re.IGNORECASE)
_DIRECTION = re.compile(r"\.(?:down|up)(?:\.|$)", re.IGNORECASE)


class NameProblem(StrEnum):
    """Why a name that is almost a migration's is not run."""

    BACKUP = "it is an editor's backup"
    CASE = "the direction must be .up or .down in lower case"
    NO_NUMBER = "it does not begin with a number and an underscore"
    NO_DIRECTION = "it has no .up or .down before its extension"
    NO_EXTENSION = "it has no extension after its direction"


@dataclass(frozen=True, slots=True)
class FileName:
    """The parts of `{version}_{title}.{direction}.{extension}`; `name` is the whole."""

    name: str
    version: int
    title: str
    direction: Direction


def parse(name: str) -> FileName | NameProblem | None:
    """Return the parts of a migration's name, what is wrong with an almost right one, or None for any other file.

    As in golang-migrate the direction is the last one in the name and the extension may be anything. Editors' backups,
    which it takes for migrations, are not.

    Raises:
        NumberTooLarge: it is a migration's name with a number over 2^63-1.
    """
    found = _NAME.fullmatch(name)
    if found is None:
        return _almost(name)
    if _BACKUP.search(name):
        return NameProblem.BACKUP
    number = found[1]
    version = int(number) if len(number) < 4000 else MAX + 1
    if version > MAX:
        raise NumberTooLarge(name, number)
    return FileName(name, version, found[2], Direction.UP if found[3] == "up" else Direction.DOWN)


def _almost(name: str) -> NameProblem | None:
    """Say what keeps a name from being a migration's, if anybody would think that it is one."""
    if _BACKUP.search(name):
        return NameProblem.BACKUP if _DIRECTION.search(name) else None
    if _NAME.fullmatch(name.lower()):
        return NameProblem.CASE
    directed = _DIRECTION.search(name)
    if not directed and not name.lower().endswith(".sql"):
        return None
    if not re.match(r"[0-9]+_", name):
        return NameProblem.NO_NUMBER
    return NameProblem.NO_EXTENSION if directed else NameProblem.NO_DIRECTION

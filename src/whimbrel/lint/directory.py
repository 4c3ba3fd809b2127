"""Which files are in a directory, and in which order do they run?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.errors import NumberTooLarge
from whimbrel.lint.file import File
from whimbrel.migration.direction import Direction
from whimbrel.migration.filename import FileName, NameProblem, parse

if TYPE_CHECKING:
    from collections.abc import Iterable


def in_order(files: Iterable[tuple[str, str, bytes]]) -> list[File]:
    """Make files of path, base name and content, in the order in which they are read.

    Migrations come by version, each up file before its down file; what is not named as a migration follows by name.
    """
    named: list[tuple[tuple[int, int, str], FileName | None, NameProblem | None, str, bytes]] = []
    for path, name, data in files:
        try:
            parsed = parse(name)
        except NumberTooLarge:
            parsed = None
        known = parsed if isinstance(parsed, FileName) else None
        almost = parsed if isinstance(parsed, NameProblem) else None
        key = (1, 0, name) if known is None else (0, known.version, f"{known.direction is Direction.DOWN:d}{name}")
        named.append((key, known, almost, path, data))
    named.sort(key=lambda one: one[0])
    made: list[File] = []
    ups: dict[int, list[File]] = {}
    for ordinal, (_, known, almost, path, data) in enumerate(named):
        name = path.rpartition("/")[2]
        if known is None:
            made.append(File(path, name, data, ordinal, almost=almost))
            continue
        file = File(path, known.name, data, ordinal, known.version, known.title, known.direction)
        if known.direction is Direction.UP:
            ups.setdefault(known.version, []).append(file)
        elif same := ups.get(known.version):
            up = next((one for one in same if one.title == file.title), same[0])
            file.pair, up.pair = up, up.pair or file
        made.append(file)
    highest = max((file.version for file in made if file.version is not None), default=None)
    for file in made:
        file.newest = file.version is not None and file.version == highest
    return made

"""Which files are in a directory, and in which order do they run?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from whimbrel.errors import NumberTooLarge
from whimbrel.lint.file import File
from whimbrel.migration.direction import Direction
from whimbrel.migration.filename import FileName, NameProblem, parse

if TYPE_CHECKING:
    from collections.abc import Iterable

_NUMBER: Final = re.compile(r"[VvUu]([0-9]+(?:[._][0-9]+)*)__|([0-9]+)")
"""The number of a file that is not named as our migrations are; Flyway's has a letter before it, and parts."""
_DOWN: Final = re.compile(r"(.*)\.down(\.[^.]*)|[Uu]([0-9][0-9._]*__.*)")


def in_order(files: Iterable[tuple[str, str, bytes]]) -> list[File]:
    """Make files of path, base name and content, in the order in which they are read.

    Migrations come by version, each up file before its down file; what is not named as a migration follows by the
    number that its name begins with, then by name, a down file behind the up file of its name. Where no migration has
    a down file, golang-migrate is hardly the runner, and such files are put among the migrations by their numbers.
    """
    named: list[tuple[tuple[int, tuple[int, ...], str], FileName | None, NameProblem | None, str, bytes]] = []
    for path, name, data in files:
        try:
            parsed = parse(name)
        except NumberTooLarge:
            parsed = None
        known = parsed if isinstance(parsed, FileName) else None
        almost = parsed if isinstance(parsed, NameProblem) else None
        key = _place(name) if known is None else (0, (known.version,), f"{known.direction is Direction.DOWN:d}{name}")
        named.append((key, known, almost, path, data))
    among = not any(known is not None and known.direction is Direction.DOWN for _, known, *_ in named)
    if among:
        named = [((0, one[0][1], f"0{one[0][2]}"), *one[1:]) if one[0][0] == 1 else one for one in named]
    named.sort(key=lambda one: one[0])
    made: list[File] = []
    ups: dict[int, list[File]] = {}
    others: dict[str, File] = {}
    for ordinal, (_, known, almost, path, data) in enumerate(named):
        name = path.rpartition("/")[2]
        if known is None:
            file = File(path, name, data, ordinal, almost=almost)
            up = others.get(_undoes(name)) if almost is not NameProblem.BACKUP else None
            if up is not None:
                file = File(path, name, data, ordinal, direction=Direction.DOWN, almost=almost)
                file.pair, up.pair = up, file
            made.append(file)
            others[name] = file
            continue
        file = File(path, known.name, data, ordinal, known.version, known.title, known.direction)
        if known.direction is Direction.UP:
            ups.setdefault(known.version, []).append(file)
        elif same := ups.get(known.version):
            up = next((one for one in same if one.title == file.title), same[0])
            file.pair, up.pair = up, up.pair or file
        made.append(file)
    highest = max((file.version for file in made if file.version is not None), default=None)
    if among and highest is not None and any(key[:2] > (0, (highest,)) for key, *_ in named if key[0] == 0):
        highest = None
    for file in made:
        file.newest = file.version is not None and file.version == highest
    return made


def _place(name: str) -> tuple[int, tuple[int, ...], str]:
    found = _NUMBER.match(name)
    up = _undoes(name)
    last = f"{up}\0" if up else name
    if found is None:
        return 2, (), last
    return 1, tuple(int(part) for part in re.split("[._]", found[1] or found[2])), last


def _undoes(name: str) -> str:
    """Return the name of the up file of a down file that is not named as our migrations are; empty for others."""
    found = _DOWN.fullmatch(name)
    if found is None:
        return ""
    return f"V{found[3]}" if found[3] else f"{found[1]}.up{found[2]}"

"""Which files are meant, which of them are new, and what lies beside them?"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from whimbrel.errors import Misuse
from whimbrel.lint.directory import in_order
from whimbrel.lint.since import Since

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from whimbrel.lint.file import File

STDIN: Final = "-"
_AT_ONCE: Final = 1 << 17
_MIGRATION: Final = re.compile(r"[0-9]+_.*\.(?:up|down)\..*|.*\.sql", re.IGNORECASE)


_DIRECTORY: Final = re.compile(r"([0-9][0-9-]*)_?(.*)")
_IN_A_DIRECTORY: Final = {"up.sql": "up", "down.sql": "down", "migration.sql": "up"}
"""Files of diesel's and prisma's layouts: a directory for each migration."""


@dataclass(slots=True)
class Folder:
    """One directory: its files in order, those that are meant marked, and the ordinal of the first new one."""

    files: list[File]
    since: int | None = None
    gone: int = 0
    """How many findings that the baseline has of its files are not there any more."""


@dataclass(slots=True)
class _Wanted:
    """What is meant in one directory: all of it, or these base names."""

    all: bool = False
    names: set[str] = field(default_factory=set)


def folders(
    paths: Iterable[str], stdin: Callable[[], bytes], *, stdin_name: str = "", since: str = "",
    excludes: Callable[[str], bool] = lambda _: False,
) -> list[Folder]:  # fmt: skip
    """Read what the paths mean: directories with those below them, files with what lies beside them, `-` for stdin.

    Raises:
        Misuse: a path cannot be read, or `since` is given and git does not answer.
    """
    wanted: dict[Path, _Wanted] = {}
    given: dict[Path, bytes] = {}
    loose: list[Folder] = []
    for path in dict.fromkeys(paths):
        if path == STDIN:
            if stdin_name:
                place = Path(stdin_name)
                given[place] = stdin()
                wanted.setdefault(place.parent, _Wanted()).names.add(place.name)
            else:
                files = in_order([("<stdin>", "<stdin>", stdin())])
                files[0].fixable = files[0].given = True
                loose.append(Folder(files))
            continue
        _want(path, wanted)
    git = Since(since) if since else None
    found = [_folder(places, wanted, given, git, excludes) for places in _together(sorted(wanted))]
    return [one for one in found if one.files] + loose


def _together(places: list[Path]) -> Iterator[list[Path]]:
    """Yield directories whose files belong together: alone, or all `NUMBER_TITLE/up.sql` or `migration.sql` of one."""
    nested: dict[Path, list[Path]] = {}
    for place in places:
        if _numbered(place) and _is_nested(place):
            nested.setdefault(place.parent, []).append(place)
        else:
            yield [place]
    yield from nested.values()


def _want(given: str, wanted: dict[Path, _Wanted]) -> None:
    path = Path(given)
    if given and path.is_dir():
        for folder, below, _ in os.walk(path, onerror=_unlisted):
            below[:] = sorted(name for name in below if not name.startswith(".") and name != "node_modules")
            wanted.setdefault(Path(folder), _Wanted()).all = True
    elif given and path.exists():
        wanted.setdefault(path.parent, _Wanted()).names.add(path.name)
        if path.name in _IN_A_DIRECTORY and _DIRECTORY.fullmatch(path.parent.name):
            for beside in path.parent.parent.iterdir():
                if _DIRECTORY.fullmatch(beside.name) and beside.is_dir():
                    wanted.setdefault(beside, _Wanted())
    else:
        message = f"there is no file or directory {given or repr(given)}"
        raise Misuse(message)


def _folder(
    places: list[Path],
    wanted: dict[Path, _Wanted],
    given: dict[Path, bytes],
    git: Since | None,
    excludes: Callable[[str], bool],
) -> Folder:
    read: list[tuple[str, str, bytes]] = []
    meant: set[str] = set()
    called: dict[str, str] = {}
    width = max(len(_digits(_numbered(place))) for place in places)
    for place in places:
        want = wanted[place]
        shown = "" if place == Path() else f"{place}/"
        named = _numbered(place) if len(places) > 1 or _is_nested(place) else None
        for name in {*_listed(place), *want.names}:
            data = given.get(place / name) if given else None
            number = name
            if named is not None:
                number = _named_by_directory(named, name, width)
                called[shown + name] = _named_by_directory(named, name)
            read.append((shown + name, number, _read(shown + name) if data is None else data))
            if want.all or name in want.names:
                meant.add(shown + name)
    files = in_order(read)
    for file in files if called else ():
        file.name = called.get(file.path, file.name)
    first: int | None = None
    resolved = {place: place.resolve() for place in places} if git is not None else {}
    for file in files:
        file.linted = file.path in meant and not excludes(file.path)
        if git is not None:
            path = Path(file.path)
            real = resolved[path.parent] / path.name
            changes = git.changes(real.parent)
            fresh = file.new = real in changes.new or path in given
            file.edited = file.linted and not fresh and real in changes.edited
            file.linted = file.linted and fresh
            if fresh and first is None:
                first = file.ordinal
        file.given = bool(given) and Path(file.path) in given
        file.fixable = file.newest if git is None else file.new
    if not any(file.linted or file.edited for file in files):
        return Folder([])
    return Folder(files, first)


def _is_nested(place: Path) -> bool:
    return any((place / name).exists() for name in _IN_A_DIRECTORY)


def _numbered(place: Path) -> re.Match[str] | None:
    return _DIRECTORY.fullmatch(place.name)


def _digits(directory: re.Match[str] | None) -> str:
    return "" if directory is None else directory[1].replace("-", "")


def _named_by_directory(directory: re.Match[str], name: str, width: int = 0) -> str:
    """Return the name of `20200101_title/up.sql` as a migration's: `20200101_title.up.sql`.

    Those runners compare the directories' names as texts, so the numbers are made equally long.
    """
    direction = _IN_A_DIRECTORY.get(name)
    number = _digits(directory).ljust(width, "0")
    return name if direction is None else f"{number}_{directory[2]}.{direction}.sql"


def _listed(place: Path) -> list[str]:
    """Return the migrations in a directory; hidden files are none, but notes of an editor or of macOS."""
    try:
        with os.scandir(place) as entries:
            names = [entry.name for entry in entries if entry.is_file()]
    except FileNotFoundError:  # what is on standard input may be the first of a directory
        return []
    except OSError as error:
        _unlisted(error)
    return [name for name in names if not name.startswith(".") and _MIGRATION.fullmatch(name)]


def _unlisted(error: OSError) -> NoReturn:
    message = f"cannot list {error.filename}: {error.strerror}"
    raise Misuse(message) from error


def _read(path: str) -> bytes:
    try:
        opened = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))  # four times as quick as a file object
        try:
            parts = [os.read(opened, _AT_ONCE)]
            while len(parts[-1]) == _AT_ONCE:
                parts.append(os.read(opened, _AT_ONCE))
            return b"".join(parts)
        finally:
            os.close(opened)
    except OSError as error:
        message = f"cannot read {path}: {error.strerror}"
        raise Misuse(message) from error

"""Where do settings come from? The environment, `.env`, `[tool.whimbrel]` in pyproject.toml, and what lies around.

Every setting says where it was found, so that a message can.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from whimbrel.errors import Misuse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

_KEYS = ("path", "database", "lint")
_FOLDER = "migrations"
_NOT_SEARCHED = frozenset(["node_modules", "venv", "site-packages", "build", "dist"])

_ASSIGNMENT = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=")
_NOTHING = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_QUOTED = re.compile(r"""[ \t]*(?:'([^']*)'|"((?:[^"\\]|\\.)*)")""", re.DOTALL)
_COMMENT = re.compile(r"[ \t]#.*")
_ESCAPE = re.compile(r'\\([nrt"\\$])')
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True, slots=True)
class Setting:
    """A value, and where it comes from in words that fit behind `from`."""

    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class Config:
    """What `[tool.whimbrel]` says; a relative `path` has been joined to the folder of its pyproject.toml."""

    path: Setting | None = None
    database: Setting | None = None


def database_url(environ: Mapping[str, str], start: Path) -> Setting | None:
    """Return the database's URL from the variable `DATABASE_URL`, or else from the `.env` that `start` sees.

    Raises:
        Misuse: the `.env` cannot be read.
    """
    if url := environ.get("DATABASE_URL"):
        return Setting(url, "the environment variable DATABASE_URL")
    path = find_dotenv(start)
    url = read_dotenv(path).get("DATABASE_URL") if path else None
    return Setting(url, f"DATABASE_URL in {path}") if url else None


def find_dotenv(start: Path) -> Path | None:
    """Return the nearest `.env` from `start` upward to the project's folder, the first that has pyproject.toml or .git.

    Where no folder above has either, there is no project, and only `start` counts: the `.env` of somebody's home is not
    meant.
    """
    seen: list[Path] = []
    for folder in _upward(start):
        seen.append(folder)
        if _is((folder / "pyproject.toml").exists) or _is((folder / ".git").exists):
            break
    else:
        seen = seen[:1]
    return next((folder / ".env" for folder in seen if _is((folder / ".env").is_file)), None)


def read_dotenv(path: Path) -> dict[str, str]:
    r"""Read `KEY=value` lines, the last one of a key winning.

    `export` and blanks around `=` are allowed, `#` at the start of a line or behind a blank begins a comment. Quoted
    values may span lines; in double quotes `\n`, `\r`, `\t`, `\"`, `\\` and `\$` are escapes. `$` is itself everywhere.

    Raises:
        Misuse: the file cannot be read, or a line is none of these; the message names the line, never its text.
    """
    text = _text(path)
    values: dict[str, str] = {}
    position = 0
    while position < len(text):
        if nothing := _NOTHING.match(text, position):
            position = nothing.end()
            continue
        found = _ASSIGNMENT.match(text, position)
        if not found:
            raise _bad_line(path, text, position, "is not KEY=value")
        value, end = _value(path, text, found.end())
        rest = _NOTHING.match(text, end)
        if not rest:
            raise _bad_line(path, text, end, "goes on behind the closing quote")
        values[found[1]] = value
        position = rest.end()
    return values


def read_config(start: Path) -> Config:
    """Read `[tool.whimbrel]` of the nearest pyproject.toml from `start` upward.

    Raises:
        Misuse: the file is no TOML, or the table has a key that nobody knows or a value of a wrong type.
    """
    path, table = _table(start)
    return Config() if path is None else _config(path, table)


def lint_table(start: Path) -> tuple[dict[str, Any], str]:
    """Return what `[tool.whimbrel.lint]` of the nearest pyproject.toml says, unchecked, and where that stands.

    Raises:
        Misuse: the file is no TOML, or `lint` is no table.
    """
    path, table = _table(start)
    lint = table.get("lint", {}) if isinstance(table, dict) else {}
    if not isinstance(lint, dict):
        message = f"tool.whimbrel.lint in {path} is not a table"
        raise Misuse(message, remedy="write [tool.whimbrel.lint], and the keys below it")
    return lint, str(path)


def _table(start: Path) -> tuple[Path | None, Any]:
    path = next((file for folder in _upward(start) if _is((file := folder / "pyproject.toml").is_file)), None)
    if path is None or "whimbrel" not in (text := _text(path)):
        return None, {}
    import tomllib

    try:
        return path, tomllib.loads(text).get("tool", {}).get("whimbrel", {})
    except tomllib.TOMLDecodeError as error:
        message = f"cannot read {path}: {error}"
        raise Misuse(message, remedy="repair the file") from error


def migrations_path(option: str | None, config: Config, cwd: Path) -> Setting:
    """Return the folder of the migrations: the option, the configured one, `migrations`, or the one such folder near.

    Where there is none at all it is `migrations` in the current folder, for `create` to make.

    Raises:
        Misuse: several folders of that name lie one or two levels below, and nothing says which.
    """
    if option is not None:
        return Setting(option, "--path")
    if config.path:
        return config.path
    found = [] if _is((cwd / _FOLDER).is_dir) else sorted(_folders_below(cwd))
    if not found:
        return Setting(_FOLDER, "the usual name")
    names = [str(folder.relative_to(cwd)) for folder in found]
    if len(names) > 1:
        message = f"several folders are named {_FOLDER}: {', '.join(names)}"
        raise Misuse(message, remedy='choose with --path, or with path = "..." under [tool.whimbrel] in pyproject.toml')
    return Setting(names[0], f"the only folder named {_FOLDER} below {cwd}")


def shorter(path: str) -> str:
    """Return a path as people write it: from the current folder, where it lies below."""
    here = os.path.join(os.getcwd(), "")  # noqa: PTH109, PTH118 - with the separator behind it
    return path.removeprefix(here) or path


def _upward(start: Path) -> Iterator[Path]:
    start = start.absolute()
    yield start
    yield from start.parents


def _is(check: Callable[[], bool]) -> bool:
    """Ask a path what it is; one that this user may not look at is nothing."""
    try:
        return check()
    except OSError:
        return False


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"cannot read {path}: it is not UTF-8"
        raise Misuse(message, remedy="save the file as UTF-8") from error
    except OSError as error:
        message = f"cannot read {path}: {os.strerror(error.errno or 0).lower()}"
        raise Misuse(message, remedy="make the file readable, or remove it") from error


def _value(path: Path, text: str, start: int) -> tuple[str, int]:
    """Read the value behind the `=` before `start`; return it and where it ends."""
    if quoted := _QUOTED.match(text, start):
        value = quoted[1] if quoted[2] is None else _ESCAPE.sub(lambda e: _ESCAPED.get(e[1], e[1]), quoted[2])
        return value, quoted.end()
    line = text[start:].partition("\n")[0]
    value = _COMMENT.sub("", line).strip(" \t")
    if value.startswith(("'", '"')):
        raise _bad_line(path, text, start, "has a quote that is never closed")
    return value, start + len(line)


def _bad_line(path: Path, text: str, position: int, problem: str) -> Misuse:
    line = text.count("\n", 0, position) + 1
    return Misuse(f"{path}:{line}: the line {problem}", remedy="write KEY=value, the value in quotes if it has blanks")


def _config(path: Path, table: object) -> Config:
    where = f"[tool.whimbrel] in {path}"
    if not isinstance(table, dict):
        message = f"tool.whimbrel in {path} is not a table"
        raise Misuse(message, remedy="write [tool.whimbrel], and the keys below it")
    if unknown := [key for key in table if key not in _KEYS]:
        message = f"unknown key {unknown[0]!r} in {where}"
        raise Misuse(message, remedy=f"known keys are {', '.join(_KEYS)}")
    folder = _string(table, "path", where)
    database = _string(table, "database", where)
    return Config(
        Setting(str(path.parent / folder), where) if folder else None,
        Setting(database, where) if database else None,
    )


def _string(table: dict[str, Any], key: str, where: str) -> str | None:
    value = table.get(key)
    if value is None or (isinstance(value, str) and value):
        return value
    message = f"the key {key!r} of {where} must be a text that is not empty"
    raise Misuse(message, remedy=f'write {key} = "..."')


def _folders_below(cwd: Path) -> Iterator[Path]:
    for child in _searched(cwd):
        yield from _named(child)
        for grandchild in _searched(child):
            yield from _named(grandchild)


def _named(folder: Path) -> Iterator[Path]:
    if _is((folder / _FOLDER).is_dir):
        yield folder / _FOLDER


def _searched(folder: Path) -> Iterator[Path]:
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:  # a folder that this user may not see holds nothing for this user
        return
    for name in names:
        if not name.startswith(".") and name not in _NOT_SEARCHED and name != _FOLDER:
            yield folder / name

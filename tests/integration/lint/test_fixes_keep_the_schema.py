"""What `--fix` leaves makes the same schema as what was written, and its down files undo all of it."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import psycopg
import pytest
from cases import BEFORE, DOWN, Case, cases, repaired
from catalog import contents

from whimbrel.lint.fixes.fixable import FIXES
from whimbrel.migrator import Migrator, parse_url, path_source

if TYPE_CHECKING:
    from pathlib import Path

    from fix_postgres import MakeDatabase, Server

CHANGED = [case for case in chain.from_iterable(map(cases, FIXES)) if case.kind == "fix" and case.fixed]
NOT_NULLS = "SELECT conrelid::regclass || ' ' || conname FROM pg_constraint WHERE contype = 'n' AND convalidated"


def catalog(url: str) -> set[str]:
    with psycopg.connect(url, autocommit=True) as connection:
        not_nulls = {line for (line,) in connection.execute(NOT_NULLS) if "schema_migrations" not in line}
        return {*contents(connection), *not_nulls}


def run(folder: Path, files: dict[str, str], url: str) -> tuple[set[str], set[str]]:
    """Apply the files; return the catalog, and that after all but the first are undone."""
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_bytes(text.encode())
    with Migrator(path_source(str(folder)), parse_url(url)) as migrator:
        migrator.up()
        above = catalog(url)
        if DOWN in files:
            migrator.goto(1)
    return above, catalog(url)


@pytest.mark.parametrize("case", CHANGED, ids=str)
def test_the_schema_is_the_same(case: Case, tmp_path: Path, make_database: MakeDatabase, server: Server) -> None:
    if server.major < case.version and case.version > 15:
        pytest.skip(f"the fix is for PostgreSQL {case.version}, this is {server.version}")
    assert BEFORE in case.files
    fixed = {file.name: file.text for file in repaired(case).folder.files}
    above, below = run(tmp_path / "written", case.files, make_database())
    fixed_above, fixed_below = run(tmp_path / "fixed", fixed, make_database())
    if case.rule == "fk-without-index":
        fixed_above = {line for line in fixed_above if not line.startswith("index") or line in above}
    assert fixed_above == above
    if DOWN in case.files:
        assert fixed_below == below

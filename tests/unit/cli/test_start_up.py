"""The doors import only what they use: each import is paid at every start."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {
    "psycopg", "rich", "msgspec", "fsspec", "asyncio", "logging", "json", "hashlib", "urllib.parse", "tomllib",
    "tempfile", "shutil", "subprocess", "typing_extensions", "traceback", "email", "http",
}  # fmt: skip
PURE = ("errors", "pg_types", "migration.migration_set", "sql.split", "planner.mode", "planner.planner")


def imported(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-S", "-P", "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{code}\nprint(*sys.modules)"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return set(done.stdout.splitlines()[-1].split())


def migrate(words: list[str]) -> str:
    return (
        f"from whimbrel.cli.migrate import main\nsys.argv[1:] = {words!r}\n"
        "try:\n    main()\nexcept SystemExit:\n    pass"
    )


@pytest.mark.parametrize("door", ["main", "migrate"])
def test_a_door_imports_nothing_heavy(door: str) -> None:
    assert imported(f"import whimbrel.cli.{door}") & (HEAVY | {"argparse"}) == set()


@pytest.mark.parametrize("room", PURE)
def test_a_pure_room_imports_no_driver(room: str) -> None:
    assert imported(f"import whimbrel.{room}") & {"psycopg", "socket", "asyncio", "subprocess", "fsspec"} == set()


@pytest.mark.parametrize("words", [["-version"], ["-help"], ["create", "-ext", "sql"], ["nonsense"]], ids=" ".join)
def test_words_that_need_no_database_import_no_driver(words: list[str]) -> None:
    assert imported(migrate(words)) & {"psycopg", "argparse", "fsspec", "asyncio"} == set()


def test_a_run_that_changes_nothing_imports_not_the_whole_driver(database: str, tmp_path: object) -> None:
    words = ["-path", str(tmp_path), "-database", database, "version"]
    found = imported(migrate(words))
    assert found & {"psycopg.connection", "psycopg.cursor", "argparse", "fsspec", "tomllib", "rich", "msgspec"} == set()


def test_the_driver_works_in_full_behind_our_way_to_import_it(database: str) -> None:
    code = (
        "import whimbrel.postgres.libpq\nimport psycopg\n"
        f"connection = psycopg.connect({database!r})\n"
        "assert connection.execute('SELECT %s::int + 1', [41]).fetchone() == (42,)\n"
        "assert psycopg.errors.lookup('42P01').__name__ == 'UndefinedTable'\nconnection.close()"
    )
    assert "psycopg.connection" in imported(code)

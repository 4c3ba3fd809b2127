"""What is migrated? Directories of migration files, as each tool wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_NOTES = "CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text NOT NULL);\n"


def light(number: int) -> tuple[str, str]:
    """Return a light migration, up and down: a function and a row in turns; the first makes the rows' table."""
    if number == 1:
        return _NOTES, "DROP TABLE notes;\n"
    if number % 2:
        return f"INSERT INTO notes (body) VALUES ('{number}');\n", f"DELETE FROM notes WHERE body = '{number}';\n"
    name = f"add_{number}(a integer)"
    body = f"RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT a + {number}'"
    return f"CREATE FUNCTION {name} {body};\n", f"DROP FUNCTION {name};\n"


def table(number: int) -> tuple[str, str]:
    """Return a migration that makes a table with a primary key and a column that may be long."""
    name = f"items_{number}"
    columns = "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, made_at timestamptz NOT NULL"
    return f"CREATE TABLE {name} ({columns});\n", f"DROP TABLE {name};\n"


def write_pairs(folder: Path, count: int, make: Callable[[int], tuple[str, str]]) -> Path:
    """Write `count` migrations as golang-migrate and Whimbrel have them: two files each."""
    folder.mkdir(parents=True)
    for number in range(1, count + 1):
        for direction, text in zip(("up", "down"), make(number), strict=True):
            (folder / f"{number:06}_step.{direction}.sql").write_text(text)
    return folder


def write_dbmate(folder: Path, count: int, make: Callable[[int], tuple[str, str]]) -> Path:
    """Write them as dbmate has them: one file with two parts."""
    folder.mkdir(parents=True)
    for number in range(1, count + 1):
        up, down = make(number)
        (folder / f"{number:06}_step.sql").write_text(f"-- migrate:up\n{up}\n-- migrate:down\n{down}")
    return folder


def write_psql(file: Path, pairs: Path, *, own_transactions: bool) -> Path:
    """Write a script for psql that takes in all up files of `pairs`, each in a transaction of its own if wanted."""

    def lines() -> Iterator[str]:
        for path in sorted(pairs.glob("*.up.sql")):
            line = f"\\i '{path}'\n"
            yield f"BEGIN;\n{line}COMMIT;\n" if own_transactions else line

    file.write_text("".join(lines()))
    return file


def write_alembic(folder: Path, count: int) -> Path:
    """Write an Alembic project of `count` revisions; its database comes from the environment's BENCH_URL."""
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\npath_separator = os\n")
    (folder / "migrations" / "env.py").write_text(_ALEMBIC_ENVIRONMENT)
    for number in range(1, count + 1):
        up, down = light(number)
        before = repr(f"{number - 1:06}") if number > 1 else None
        (versions / f"{number:06}_step.py").write_text(
            f"from alembic import op\n\nrevision = '{number:06}'\ndown_revision = {before}\n\n\n"
            f"def upgrade():\n    op.execute({up!r})\n\n\ndef downgrade():\n    op.execute({down!r})\n"
        )
    return folder


_ALEMBIC_ENVIRONMENT = """import os
from alembic import context
from sqlalchemy import create_engine, pool

engine = create_engine(os.environ["BENCH_URL"].replace("postgres://", "postgresql+psycopg://"), poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""

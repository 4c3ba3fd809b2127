"""The command `whimbrel`: words, places it looks in, streams, exit codes, questions."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from replay import WHIMBREL, database_state

from whimbrel import __version__

if TYPE_CHECKING:
    from pathlib import Path

    import psycopg

COMMANDS = ("up", "down", "goto", "force", "version", "create", "drop", "lint", "locks", "server")


@dataclass(frozen=True, slots=True)
class Said:
    code: int
    out: str
    err: str


def whimbrel(*words: object, cwd: Path, stdin: str = "", **environment: str) -> Said:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PG") and key != "DATABASE_URL"}
    done = subprocess.run(
        [*WHIMBREL, *map(str, words)], capture_output=True, text=True, check=False, timeout=60, cwd=cwd, input=stdin,
        env=kept | environment,
    )  # fmt: skip
    return Said(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with three migrations."""
    folder = tmp_path / "project"
    (folder / "migrations").mkdir(parents=True)
    (folder / "pyproject.toml").write_text("")
    for number, name in enumerate("abc", 1):
        (folder / "migrations" / f"{number}_{name}.up.sql").write_text(f"CREATE TABLE {name} (id int);\n")
        (folder / "migrations" / f"{number}_{name}.down.sql").write_text(f"DROP TABLE {name};\n")
    return folder


def tables(observer: psycopg.Connection) -> list[str]:
    found = observer.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    return sorted(row[0] for row in found if not row[0].startswith("schema_migrations"))


def without_times(text: str) -> str:
    return re.sub(r"\([\d.]+ m?s\)", "(time)", text)


def test_results_are_on_stdout_and_talk_on_stderr(project: Path, database: str) -> None:
    up = whimbrel("up", "--database", database, cwd=project)
    assert up.code == 0
    assert without_times(up.out) == (
        "applied  1_a.up.sql  (time)\napplied  2_b.up.sql  (time)\napplied  3_c.up.sql  (time)\nversion  3\n"
    )
    assert up.err == ""
    again = whimbrel("up", "--database", database, cwd=project)
    assert (again.code, again.out, again.err) == (0, "version  3\n", "no change\n")
    assert whimbrel("version", "--database", database, cwd=project) == Said(0, "3\n", "")


def test_options_stand_before_or_behind_the_command(project: Path, database: str) -> None:
    before = whimbrel("--database", database, "--path", "migrations", "up", "1", cwd=project)
    behind = whimbrel("up", "1", "--path=migrations", f"--database={database}", cwd=project)
    mixed = whimbrel("--path", "migrations", "version", "--database", database, cwd=project)
    assert (before.code, behind.code, mixed) == (0, 0, Said(0, "2\n", ""))


def test_down_undoes_one_by_default(project: Path, database: str, observer: psycopg.Connection) -> None:
    whimbrel("up", "--database", database, cwd=project)
    down = whimbrel("down", "--database", database, cwd=project)
    assert (down.code, without_times(down.out)) == (0, "undone   3_c.down.sql  (time)\nversion  2\n")
    assert whimbrel("down", "2", "--database", database, cwd=project).out.endswith("version  none\n")
    assert tables(observer) == []
    nothing = whimbrel("down", "--database", database, cwd=project)
    assert nothing.code == 1
    assert "no migration is left" in nothing.err


@pytest.mark.parametrize(
    ("answer", "yes"), [("y\n", True), ("YES\n", True), ("n\n", False), ("\n", False), ("", False)]
)
def test_down_all_asks(answer: str, yes: bool, project: Path, database: str, observer: psycopg.Connection) -> None:
    whimbrel("up", "--database", database, cwd=project)
    done = whimbrel("down", "--all", "--database", database, cwd=project, stdin=answer)
    assert "Undo all migrations? [y/N]" in done.err
    assert done.code == (0 if yes else 1)
    assert tables(observer) == ([] if yes else ["a", "b", "c"])


def test_yes_is_an_answer(project: Path, database: str, observer: psycopg.Connection) -> None:
    whimbrel("up", "--database", database, cwd=project)
    done = whimbrel("down", "--all", "--yes", "--database", database, cwd=project)
    assert (done.code, done.err) == (0, "")
    assert tables(observer) == []
    assert whimbrel("down", "--all", "2", "--database", database, cwd=project).code == 2


def test_goto_and_force(project: Path, database: str, observer: psycopg.Connection) -> None:
    assert whimbrel("goto", "2", "--database", database, cwd=project).out.endswith("version  2\n")
    assert whimbrel("goto", "1", "--database", database, cwd=project).out.endswith("version  1\n")
    missing = whimbrel("goto", "9", "--database", database, cwd=project)
    assert missing.code == 1
    assert "no migration found for version 9" in missing.err
    assert whimbrel("force", "3", "--database", database, cwd=project) == Said(0, "version  3\n", "")
    assert tables(observer) == ["a"]
    assert whimbrel("force", "-1", "--database", database, cwd=project) == Said(0, "version  none\n", "")


def test_more_than_there_are(project: Path, database: str) -> None:
    short = whimbrel("up", "5", "--database", database, cwd=project)
    assert short.code == 1
    assert "2 more asked for than there are" in short.err
    assert short.out.endswith("version  3\n")
    assert whimbrel("version", "--database", database, cwd=project).out == "3\n"


@pytest.mark.parametrize(
    "words",
    [(), ("nonsense",), ("up", "x"), ("up", "-1"), ("up", "1", "2"), ("goto",), ("goto", "9223372036854775808"),
     ("force", "-2"), ("up", "--pa", "x"), ("up", "--lock-timeout", "x"), ("server",), ("server", "jump")],
    ids=" ".join,
)  # fmt: skip
def test_words_that_cannot_be_meant(words: tuple[str, ...], project: Path) -> None:
    said = whimbrel(*words, cwd=project, DATABASE_URL="postgres://nobody:SECRET@127.0.0.1:1/app")
    assert said.code == 2
    assert said.out == ""
    assert said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        pytest.param("", "URL cannot be empty", id="a variable that is not set"),
        pytest.param("mysql://u:SECRET@h/d", "unknown driver mysql", id="another engine"),
        pytest.param("postgres://u:SECRET@h:port/d", 'invalid port ":port"', id="a port that is none"),
    ],
)
def test_a_database_that_cannot_be_meant_is_no_other_database(url: str, reason: str, project: Path) -> None:
    said = whimbrel("up", "--database", url, cwd=project)
    assert said.code == 2
    assert reason in said.err
    assert "from --database" in said.err
    assert "help: write postgres://" in said.err
    assert "SECRET" not in said.err
    assert not (project / ".whimbrel").exists()


def test_savepoints_work_in_a_file_without_begin(project: Path, database: str, observer: psycopg.Connection) -> None:
    text = "SAVEPOINT s; CREATE TABLE gone (id int); ROLLBACK TO s; CREATE TABLE kept (id int);"
    (project / "migrations" / "4_s.up.sql").write_text(text)
    assert whimbrel("up", "--database", database, cwd=project).code == 0
    assert tables(observer) == ["a", "b", "c", "kept"]


def test_the_version_of_the_tool(tmp_path: Path) -> None:
    assert whimbrel("--version", cwd=tmp_path) == Said(0, f"whimbrel {__version__}\n", "")


def test_the_database_is_the_option_then_the_environment_then_dotenv_then_pyproject(
    project: Path, database: str
) -> None:
    wrong = "postgres://nobody:SECRET@127.0.0.1:1/app"
    (project / "pyproject.toml").write_text(f'[tool.whimbrel]\ndatabase = "{database}"\n')
    assert whimbrel("version", cwd=project).out == "none\n"
    (project / "pyproject.toml").write_text(f'[tool.whimbrel]\ndatabase = "{wrong}"\n')
    assert whimbrel("version", cwd=project).code == 1
    (project / ".env").write_text(f"DATABASE_URL='{database}'\n")
    assert whimbrel("version", cwd=project).out == "none\n"
    assert whimbrel("version", "--path", ".", cwd=project / "migrations").out == "none\n"
    (project / ".env").write_text(f"DATABASE_URL={wrong}\n")
    refused = whimbrel("version", cwd=project)
    assert refused.code == 1
    assert "SECRET" not in refused.err
    assert whimbrel("version", cwd=project, DATABASE_URL=database).out == "none\n"
    assert whimbrel("version", "--database", database, cwd=project, DATABASE_URL=wrong).out == "none\n"


def test_libpqs_pairs_stand_wherever_a_url_does(project: Path, database: str) -> None:
    parts = urlsplit(database)
    address = f"host={parts.hostname} port={parts.port} user={parts.username} dbname={parts.path[1:]}"
    pairs = f"{address} password={parts.password} sslmode=disable"
    assert whimbrel("up", "--database", pairs, cwd=project).out.endswith("version  3\n")
    assert whimbrel("version", cwd=project, DATABASE_URL=pairs).out == "3\n"
    (project / ".env").write_text(f"DATABASE_URL={pairs}\n")
    assert whimbrel("version", cwd=project).out == "3\n"
    (project / ".env").unlink()
    (project / "pyproject.toml").write_text(f'[tool.whimbrel]\ndatabase = "{pairs}"\n')
    assert whimbrel("version", cwd=project).out == "3\n"


@pytest.mark.parametrize(
    ("pairs", "code", "reason"),
    [
        ("host=127.0.0.1 port=1 user=nobody password=SECRET", 1, "refused"),
        ("host=127.0.0.1 password=my SECRET", 2, "--database: it is no list of name=value"),
        ("hots=127.0.0.1 password=SECRET", 2, "--database: hots is no connection parameter"),
        ("host=127.0.0.1 password=a:b://c@SECRET:SECRET port=1", 1, "refused"),
    ],
)
def test_pairs_that_lead_nowhere_are_one_error_without_the_password(
    project: Path, pairs: str, code: int, reason: str
) -> None:
    said = whimbrel("version", "--database", pairs, cwd=project)
    assert said.code == code
    assert said.err.count("error: ") == 1
    assert reason in said.err
    assert "help: " in said.err
    assert "SECRET" not in said.err


def test_the_folder_is_the_option_then_pyproject_then_the_usual_name_then_one_found(
    project: Path, database: str, tmp_path: Path
) -> None:
    above = whimbrel("up", "1", "--database", database, cwd=tmp_path)
    assert above.code == 0
    assert above.err.startswith("migrations: project/migrations (from ")
    assert whimbrel("up", "1", "--database", database, cwd=project).err == ""
    (project / "migrations").rename(project / "elsewhere")
    (project / "pyproject.toml").write_text('[tool.whimbrel]\npath = "elsewhere"\n')
    assert whimbrel("up", "1", "--database", database, cwd=project).code == 0
    assert whimbrel("version", "--path", "elsewhere", "--database", database, cwd=project) == Said(0, "3\n", "")
    missing = whimbrel("version", "--path", "nope", "--database", database, cwd=project)
    assert (missing.code, "no such file or directory" in missing.err) == (1, True)


def test_several_folders_must_be_chosen_from(tmp_path: Path, database: str) -> None:
    for name in ("one", "two"):
        (tmp_path / name / "migrations").mkdir(parents=True)
    said = whimbrel("up", "--database", database, cwd=tmp_path)
    assert said.code == 2
    assert "one/migrations, two/migrations" in said.err


def test_create_makes_a_numbered_pair(project: Path) -> None:
    done = whimbrel("create", "add_orders", cwd=project)
    assert done.code == 0
    made = sorted(path.name for path in (project / "migrations").glob("*add_orders*"))
    assert [name.partition("_")[2] for name in made] == ["add_orders.down.sql", "add_orders.up.sql"]
    assert [line.rpartition("/")[2] for line in done.out.splitlines()] == made[::-1]
    assert whimbrel("create", "with/slash", cwd=project).code != 0


EVERYTHING = """
CREATE EXTENSION pg_trgm;
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE TYPE pair AS (x int, y int);
CREATE TYPE span AS RANGE (subtype = int);
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE SEQUENCE counter;
CREATE TABLE parent (id serial PRIMARY KEY, feeling mood, n positive, p pair);
CREATE TABLE child (id int GENERATED ALWAYS AS IDENTITY, parent_id int REFERENCES parent);
CREATE TABLE parted (a int) PARTITION BY RANGE (a);
CREATE TABLE parted_1 PARTITION OF parted DEFAULT;
CREATE VIEW plain AS SELECT * FROM parent;
CREATE MATERIALIZED VIEW kept AS SELECT * FROM plain;
CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS 'SELECT 2 * n';
CREATE FUNCTION twice(n text) RETURNS text LANGUAGE sql AS 'SELECT n || n';
CREATE PROCEDURE noop() LANGUAGE sql AS '';
CREATE FUNCTION plus(a int, b int) RETURNS int LANGUAGE sql AS 'SELECT a + b';
CREATE AGGREGATE total(int) (SFUNC = plus, STYPE = int, INITCOND = 0);
CREATE AGGREGATE counted(*) (SFUNC = int8inc, STYPE = bigint, INITCOND = 0);
CREATE FOREIGN DATA WRAPPER nothing;
CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing;
CREATE FOREIGN TABLE far (a int) SERVER nowhere;
CREATE TABLE "we""ird Name" ();
CREATE SCHEMA other;
CREATE TABLE other.stays ();
"""
LEFT = """
SELECT c.relname FROM pg_class c WHERE relnamespace = 'public'::regnamespace
UNION ALL SELECT p.proname FROM pg_proc p WHERE pronamespace = 'public'::regnamespace
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
UNION ALL SELECT t.typname FROM pg_type t WHERE typnamespace = 'public'::regnamespace
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid IN (t.oid, t.typelem) AND d.deptype = 'e')
"""


def test_drop_leaves_nothing_of_the_schema_but_extensions(
    project: Path, database: str, observer: psycopg.Connection
) -> None:
    (project / "migrations" / "4_all.up.sql").write_text(EVERYTHING)
    assert whimbrel("up", "--database", database, cwd=project).code == 0
    asked = whimbrel("drop", "--database", database, cwd=project, stdin="n\n")
    assert (asked.code, asked.out) == (1, "")
    assert tables(observer)[:3] == ["a", "b", "c"]
    done = whimbrel("drop", "--yes", "--database", database, cwd=project)
    assert done.code == 0, done.err
    assert observer.execute(LEFT).fetchall() == []
    assert observer.execute("SELECT similarity('a', 'a')").fetchone() == (1.0,)
    assert "table other.stays" in database_state(observer)["catalog"]
    assert "dropped  table schema_migrations\n" in done.out
    assert whimbrel("up", "3", "--database", database, cwd=project).code == 0
    assert tables(observer) == ["a", "b", "c"]


def test_a_failure_is_shown_at_its_place(project: Path, database: str) -> None:
    (project / "migrations" / "4_bad.up.sql").write_text("CREATE TABLE d (id int);\nSELECT *\n  FROM nope;\n")
    said = whimbrel("up", "--database", database, cwd=project)
    assert said.code == 1
    assert said.out.endswith("version  3\n") or "applied  3_c.up.sql" in said.out
    assert 'error: 4_bad.up.sql:3:8 failed: relation "nope" does not exist' in said.err
    assert "  3 |   FROM nope;\n    |        ^\n" in said.err
    assert "rolled back" in said.err


@pytest.mark.parametrize("command", COMMANDS)
def test_help_ends_in_an_example_that_works(command: str, project: Path, database: str) -> None:
    told = whimbrel(command, "--help", cwd=project)
    assert told.code == 0
    assert told.err == ""
    example = told.out.rstrip().rpartition("Example:\n")[2].strip()
    program, *words = shlex.split(example)
    assert (program, words[0]) == ("whimbrel", command)
    assert whimbrel("up", cwd=project, DATABASE_URL=database).code == 0
    if command == "up":
        whimbrel("down", "3", cwd=project, DATABASE_URL=database)
    done = whimbrel(*words, cwd=project, DATABASE_URL=database)
    assert done.code == (1 if command == "server" else 0), done  # a project whose server does not run


def test_the_example_of_the_whole_help_is_one_of_ours(project: Path) -> None:
    told = whimbrel("--help", cwd=project)
    assert told.code == 0
    assert all(command in told.out for command in COMMANDS)
    assert "whimbrel up --path migrations --database postgres://app@localhost/app" in told.out


def test_a_lower_version_that_was_never_applied_is_reported(project: Path, database: str) -> None:
    assert whimbrel("goto", "1", "--database", database, cwd=project).code == 0
    (project / "migrations" / "2_b.up.sql").rename(project / "migrations" / "9_b.up.sql")
    (project / "migrations" / "2_b.down.sql").rename(project / "migrations" / "9_b.down.sql")
    assert whimbrel("up", "--database", database, cwd=project).code == 0
    (project / "migrations" / "5_late.up.sql").write_text("CREATE TABLE late ();")
    for _ in range(2):
        said = whimbrel("up", "--database", database, cwd=project)
        assert said.code == 0
        assert "warning: version 5 is lower than the database's version 9 and was never applied here" in said.err


def test_what_another_tool_did_is_not_reported_as_never_applied(
    project: Path, database: str, observer: psycopg.Connection
) -> None:
    assert whimbrel("up", "1", "--database", database, cwd=project).code == 0
    observer.execute("CREATE TABLE b (); UPDATE schema_migrations SET version = 2")
    assert "warning" not in whimbrel("up", "--database", database, cwd=project).err
    assert "warning" not in whimbrel("up", "--database", database, cwd=project).err
    rows = observer.execute("SELECT version, direction, outcome FROM schema_migrations_history ORDER BY id").fetchall()
    assert rows == [(-1, "", "begun"), (1, "up", "applied"), (2, "", "begun"), (3, "up", "applied")]

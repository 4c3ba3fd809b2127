"""Does `whimbrel lint --fix` repair what is new, leave alone what is not, and say what it did?"""

from __future__ import annotations

import json
import os
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest
from replay import WHIMBREL

if TYPE_CHECKING:
    from pathlib import Path

TABLE = "CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, total bigint);\n"
INDEX = "CREATE INDEX orders_user_id_idx ON orders (user_id);\n"
STEP = """\
ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total >= 0);

-- for the list of a user's orders
CREATE INDEX orders_user_id_total_idx ON orders (user_id, total);

ALTER TABLE orders ALTER user_id SET NOT NULL;
"""
UNSTEP = """\
ALTER TABLE orders ALTER user_id DROP NOT NULL;
DROP INDEX orders_user_id_total_idx;
ALTER TABLE orders DROP CONSTRAINT orders_total_check;
"""
CHOSEN = "add-check-without-not-valid,index-not-concurrent,set-not-null-scans"


def whimbrel(*words: object, cwd: Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*WHIMBREL, *map(str, words)], cwd=cwd, input=stdin, capture_output=True, check=False)


def git(cwd: Path, *words: str) -> None:
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
    subprocess.run(["git", *words], cwd=cwd, check=True, capture_output=True, env={**os.environ, **who})


def write(folder: Path, number: int | str, up: str, down: str) -> None:
    folder.mkdir(exist_ok=True)
    stem = f"{number:06}_step" if isinstance(number, int) else f"{number}_step"
    (folder / f"{stem}.up.sql").write_bytes(up.encode())
    (folder / f"{stem}.down.sql").write_bytes(down.encode())


def texts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_bytes().decode() for path in sorted(folder.iterdir())}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository whose main branch has two migrations, the second with an index that stops writes."""
    made = tmp_path / "migrations"
    write(made, 1, TABLE, "DROP TABLE orders;\n")
    write(made, 2, f"SELECT 1;\n{INDEX}", "DROP INDEX CONCURRENTLY orders_user_id_idx;\n")
    (tmp_path / "pyproject.toml").write_text("")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "two migrations")
    git(tmp_path, "checkout", "-qb", "topic")
    return made


def test_what_is_new_since_a_revision_is_fixed(folder: Path, database: str) -> None:
    write(folder, 3, STEP, UNSTEP)
    git(folder.parent, "add", ".")
    git(folder.parent, "commit", "-qm", "a third")
    old = texts(folder)
    done = whimbrel("lint", "migrations", "--since", "main", "--select", CHOSEN, "--fix", cwd=folder.parent)
    assert (done.returncode, done.stdout) == (0, b""), done.stdout.decode()
    new = texts(folder)
    assert {name for name in old if old[name] != new[name]} == {"000003_step.up.sql", "000003_step.down.sql"}
    made = sorted(new.keys() - old.keys())
    assert [name.split(".")[0] for name in made if ".up." in name] == [
        "000004_validate_orders_total_check",
        "000005_create_orders_user_id_total_idx",
        "000006_validate_orders_user_id_not_null_check",
        "000007_set_not_null_user_id",
    ]
    said = done.stderr.decode().splitlines()
    assert said[:-1] == [
        *(f"fixed migrations/{name}" for name in ("000003_step.up.sql", "000003_step.down.sql")),
        *(f"made migrations/{name}" for name in sorted(made, key=lambda name: (name[:6], ".down." in name))),
    ]
    assert said[-1].startswith("nothing found")
    for words in (["up"], ["down", "6"], ["up"]):
        run = whimbrel(*words, "--database", database, cwd=folder.parent)
        assert run.returncode == 0, run.stderr.decode()
    again = whimbrel("lint", "migrations", "--since", "main", "--fix", cwd=folder.parent)
    assert b"fixed" not in again.stderr
    assert texts(folder) == new


def test_without_a_revision_the_newest_is_fixed_and_for_others_the_fix_is_shown(folder: Path) -> None:
    write(folder, 3, INDEX.replace("user_id", "total"), "DROP INDEX CONCURRENTLY orders_total_idx;\n")
    old = texts(folder)
    done = whimbrel("lint", "--select", "index-not-concurrent", "--fix", cwd=folder.parent)
    assert done.returncode == 1
    new = texts(folder)
    assert new.pop("000003_step.up.sql") == "CREATE INDEX CONCURRENTLY orders_total_idx ON orders (total);\n"
    assert new.items() <= old.items()
    shown = done.stdout.decode()
    assert "(by hand: 000002_step.up.sql is not new)" in shown
    assert f"- {INDEX}" in shown
    assert "+ CREATE INDEX CONCURRENTLY orders_user_id_idx ON orders (user_id);" in shown


def test_a_number_that_is_taken_leaves_no_room(folder: Path) -> None:
    write(folder, 3, STEP, UNSTEP)
    write(folder, 4, "SELECT 1;\n", "SELECT 1;\n")
    old = texts(folder)
    done = whimbrel(
        "lint", "migrations", "--since", "main", "--select", CHOSEN, "--fix", "--format", "json", cwd=folder.parent
    )
    assert texts(folder) == old
    reasons = {one["fix"]["by_hand"] for one in json.loads(done.stdout)}
    assert reasons == {"000004_step.up.sql leaves no number free behind 000003_step.up.sql"}


def test_times_leave_room_in_the_next_second(folder: Path) -> None:
    for number in ("20260131235959", "20260201000001"):
        write(folder, number, f"SELECT 1;\n{INDEX.replace('orders_', f'i{number}_')}", "SELECT 1;\n")
    done = whimbrel("lint", "migrations", "--since", "main", "--select", CHOSEN, "--fix", cwd=folder.parent)
    assert done.returncode == 0, done.stdout.decode()
    made = {name.split("_")[0] for name in texts(folder)}
    assert {"20260201000000", "20260201000002"} < made


def test_bytes_that_no_fix_is_about_stay(folder: Path) -> None:
    up = folder / "000003_step.up.sql"
    write(folder, 3, f"\ufeff-- äöü\r\n{INDEX}\t\r\n-- no line end", "DROP INDEX CONCURRENTLY orders_user_id_idx;\n")
    up.chmod(0o640)
    whimbrel("lint", up, "--select", "index-not-concurrent", "--fix", cwd=folder.parent)
    expected = f"\ufeff-- äöü\r\n{INDEX}\t\r\n-- no line end".replace("INDEX ", "INDEX CONCURRENTLY ", 1)
    assert up.read_bytes() == expected.encode()
    assert stat.S_IMODE(up.stat().st_mode) == 0o640
    assert len(texts(folder)) == 6


@pytest.mark.parametrize("fault", ["ATLER TABLE orders;\n", "\\i other.sql\n", "SELECT '\udcff';\n"])
def test_a_file_that_cannot_be_read_as_a_whole_stays(fault: str, folder: Path) -> None:
    up = folder / "000003_step.up.sql"
    data = f"{INDEX}{fault}".encode(errors="surrogateescape")
    up.write_bytes(data)
    whimbrel("lint", "--fix", cwd=folder.parent)
    assert up.read_bytes() == data
    assert len(list(folder.iterdir())) == 5


def test_standard_input_comes_back_fixed(folder: Path) -> None:
    stdin = INDEX.encode()
    done = whimbrel("lint", "-", "--fix", cwd=folder.parent, stdin=stdin)
    assert done.stdout == stdin.replace(b"INDEX ", b"INDEX CONCURRENTLY ")
    assert done.returncode == 0, done.stderr.decode()


def test_standard_input_that_needs_more_files_comes_back_as_it_was(folder: Path) -> None:
    old = texts(folder)
    words = ("--stdin-filename", "migrations/000003_step.up.sql", "--select", CHOSEN, "--fix")
    done = whimbrel("lint", "-", *words, cwd=folder.parent, stdin=STEP.encode())
    assert done.stdout.decode() == STEP
    assert b"000004_create_orders_user_id_total_idx.up.sql" in done.stderr
    assert done.returncode == 1
    assert texts(folder) == old

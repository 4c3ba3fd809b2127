"""Twenty deployments that start at once apply every file once."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from replay import MIGRATE, WHIMBREL

if TYPE_CHECKING:
    from pathlib import Path

    import psycopg

FILES = 12
RUNNERS = 20
APPLIED = re.compile(r"applied  0|\d+/u ")


def write_files(folder: Path) -> None:
    folder.mkdir()
    for number in range(1, FILES + 1):
        # A file that runs twice fails on its table, one that is skipped leaves a hole in the numbers.
        text = f"CREATE TABLE t{number} (id int);\nINSERT INTO ran VALUES ({number});\n"
        if number == 1:
            text = f"CREATE TABLE ran (number int);\n{text}"
        (folder / f"{number:06d}_t.up.sql").write_text(text)
    (folder / f"{FILES + 1:06d}_i.up.sql").write_text("CREATE INDEX CONCURRENTLY ran_number ON ran (number);\n")


def command(number: int, folder: Path, url: str) -> list[str]:
    if number % 2:
        return [*MIGRATE, "-path", str(folder), "-database", url, "-lock-timeout", "60", "up"]
    return [*WHIMBREL, "up", "--path", str(folder), "--database", url, "--lock-timeout", "60"]


def test_twenty_runners_apply_each_file_once(tmp_path: Path, database: str, observer: psycopg.Connection) -> None:
    folder = tmp_path / "m"
    write_files(folder)
    runners = [
        subprocess.Popen(command(n, folder, database), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for n in range(RUNNERS)
    ]
    said = [runner.communicate(timeout=120)[0] for runner in runners]
    assert [runner.returncode for runner in runners] == [0] * RUNNERS, said
    ran = observer.execute("SELECT number FROM ran ORDER BY 1").fetchall()
    assert ran == [(number,) for number in range(1, FILES + 1)]
    assert observer.execute("SELECT version, dirty FROM schema_migrations").fetchall() == [(FILES + 1, False)]
    applied = [line for text in said for line in text.splitlines() if APPLIED.match(line)]
    assert len(applied) == FILES + 1, said

"""The tool that judges the rules confirms what the server does, and refutes what it does not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = {
    "1_orders.up.sql": "CREATE TABLE orders (id bigint PRIMARY KEY, total int, note varchar(10));",
    "1_orders.down.sql": "DROP TABLE orders;",
    "2_total.up.sql": "CREATE INDEX orders_total ON orders (total);",
    "2_total.down.sql": "DROP INDEX IF EXISTS orders_of_another_name;",
    "3_note.up.sql": "ALTER TABLE orders ALTER COLUMN note TYPE varchar(5);",
    "3_note.down.sql": "ALTER TABLE orders ALTER COLUMN note TYPE varchar(10);",
    "4_size.up.sql": "ALTER TABLE orders ADD COLUMN size int NOT NULL;",
    "4_size.down.sql": "ALTER TABLE orders DROP COLUMN size;",
    "5_gone.up.sql": "ALTER TABLE gone ADD COLUMN a int NOT NULL;",
    "5_gone.down.sql": "",
}


def test_it_confirms_refutes_and_says_what_it_cannot_tell(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    command = [sys.executable, str(ROOT / "tools" / "judge_precision.py"), "--all", str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    lines = done.stdout.splitlines()
    assert f"{tmp_path}: 10 files, 9 statements, " in done.stdout
    assert f'refused: {tmp_path}/5_gone.up.sql:1: 42P01 relation "gone" does not exist' in lines
    assert "index-not-concurrent: 1 confirmed, 0 refuted, 0 no word" in lines
    assert "alter-type-rewrites: 1 confirmed, 0 refuted, 0 no word" in lines
    assert "add-required-column: 1 confirmed, 0 refuted, 1 no word" in lines
    assert "drop-index-not-concurrent: 0 confirmed, 1 refuted, 0 no word" in lines
    [refuted] = [line for line in lines if line.startswith("refuted: ")]
    assert "2_total.down.sql:1: dropping orders_of_another_name" in refuted
    assert "locks: none" in refuted

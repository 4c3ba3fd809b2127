from __future__ import annotations

import os
import subprocess
import sys

import pytest

HEAVY = {"asyncio", "subprocess", "socket", "json", "tempfile", "logging", "hashlib", "shutil", "secrets", "psycopg"}


@pytest.mark.parametrize(
    ("module", "needed"),
    [
        pytest.param("whimbrel.shadow.embedded", set(), id="on the way of every command"),
        pytest.param("whimbrel.shadow.start", {"subprocess"}, id="where a stopped server is started"),
    ],
)
def test_importing_costs_no_more_than_needed(module: str, needed: set[str]) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    code = f"import sys, {module}; print(*sys.modules)"
    # -S: what an environment loads at start-up by itself does not count
    command = [sys.executable, "-S", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert HEAVY & set(done.stdout.split()) == needed

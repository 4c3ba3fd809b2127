"""Real projects' migrations end where golang-migrate brought them, through both doors."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest
from replay import MIGRATE, WHIMBREL, database_state

CORPORA = Path(__file__).parents[3] / "shared" / "corpora"
NAMES = ("chirpstack-as", "harbor", "kyma-keb", "svix", "xmtpd")
STEPS = ("up", "down", "up_again")
NUMBERED_TWICE = {
    "gitness": "duplicate migration file: 0000_create_extension_citext.up.sql",
    "concourse": "duplicate migration file: ",
}


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def migrate(folder: Path, url: str, step: str) -> subprocess.CompletedProcess[str]:
    return run(*MIGRATE, "-path", str(folder), "-database", url, *(["down", "-all"] if step == "down" else ["up"]))


def whimbrel(folder: Path, url: str, step: str) -> subprocess.CompletedProcess[str]:
    words = ["down", "--all", "--yes"] if step == "down" else ["up"]
    return run(*WHIMBREL, *words, "--path", str(folder), "--database", url)


DOORS = {"migrate": migrate, "whimbrel": whimbrel}


def digest(url: str) -> str:
    with psycopg.connect(url, autocommit=True) as observer:
        lines = [line for line in database_state(observer)["catalog"] if "schema_migrations" not in line]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def version(url: str) -> list[tuple[int, bool]]:
    with psycopg.connect(url) as observer:
        return observer.execute("SELECT version, dirty FROM schema_migrations").fetchall()


def directory(name: str) -> Path:
    folder = CORPORA / name
    if not folder.is_dir():
        pytest.skip(f"there is no folder {folder}: the real migration directories are not here")
    return folder


def expectation(name: str) -> dict[str, Any]:
    directory(name)
    found: dict[str, Any] = json.loads((CORPORA / "expected.json").read_text())[name]
    return found


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", NAMES)
def test_real_directories_end_where_golang_migrate_brought_them(name: str, door: str, database: str) -> None:
    expected = expectation(name)
    with psycopg.connect(database, autocommit=True) as operator:
        operator.execute(expected.get("before", "").encode())
    for step in STEPS:
        if step not in expected:
            break
        wanted = expected[step]
        done = DOORS[door](directory(name), database, step)
        assert done.returncode == wanted["exit"], done.stderr
        assert digest(database) == wanted["catalog_sha256"], step
        dirty = [row for row in wanted["version"] if row[1]]
        if not dirty:
            assert version(database) == [tuple(row) for row in wanted["version"]], step
        else:  # golang-migrate stays dirty; ours has rolled the broken file back
            assert not any(row[1] for row in version(database)), step
            assert wanted["error"].removeprefix(" (details: pq: ").removesuffix(")") in done.stderr


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", NUMBERED_TWICE)
def test_a_number_that_is_there_twice_is_refused(name: str, door: str, database: str) -> None:
    done = DOORS[door](directory(name), database, "up")
    assert done.returncode == 1
    assert NUMBERED_TWICE[name] in done.stderr

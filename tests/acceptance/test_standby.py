"""On a hot standby what only reads works, and what would write is one clear error through both doors."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
import pytest
from fix_embedded import answer, until

from whimbrel.shadow.account import choose_account
from whimbrel.shadow.databases import create_database, url_of
from whimbrel.shadow.launch import launch, wait_until_ready
from whimbrel.shadow.place import reachable_binaries
from whimbrel.shadow.port import choose_port
from whimbrel.shadow.throwaway import SETTINGS, throwaway_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from doors import Door

    from whimbrel.shadow.binaries import Binaries

START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Pair:
    """A database of the primary, and its copy on the standby."""

    primary: str
    standby: str

    def catch_up(self) -> None:
        """Wait until the standby has all that the primary has."""
        now = answer(self.primary, "SELECT pg_current_wal_insert_lsn()")
        until(lambda: answer(self.standby, f"SELECT pg_last_wal_replay_lsn() >= '{now}'"), "the standby has caught up")


@pytest.fixture(scope="module")
def servers(binaries: Binaries) -> Iterator[Pair]:
    account = choose_account()
    programs = reachable_binaries(binaries, account)
    if not os.access(programs.folder / "pg_basebackup", os.X_OK):
        pytest.skip("there is no pg_basebackup beside the server")
    with throwaway_server(settings={"synchronous_commit": "on"}) as primary:
        data = primary.data.parent / "standby"
        backup = account.popen(
            [str(programs.folder / "pg_basebackup"), "-d", primary.url, "-D", str(data), "-R", "-c", "fast", "-N"],
            stderr=subprocess.PIPE,
        )
        _, said = backup.communicate(timeout=START_SECONDS)
        assert backup.returncode == 0, said
        port = choose_port()
        settings = {"listen_addresses": "127.0.0.1", "port": str(port), "unix_socket_directories": ""}
        log = data.with_name("standby.log")
        with log.open("wb") as out:
            process = launch(programs, account, data, {**SETTINGS, **settings}, out.fileno())
        try:
            wait_until_ready(process, data, log, 0, START_SECONDS)
            yield Pair(primary.url, primary.url.replace(f":{primary.port}/", f":{port}/"))
        finally:
            process.terminate()
            process.wait(START_SECONDS)


@pytest.fixture
def pair(servers: Pair) -> Pair:
    """A fresh database."""
    with psycopg.connect(servers.primary, autocommit=True) as connection:
        name = create_database(connection)
    pair = Pair(url_of(servers.primary, name), url_of(servers.standby, name))
    servers.catch_up()
    return pair


@pytest.fixture
def applied(door: Door, folder: Path, pair: Pair) -> Pair:
    """A database in which the first migration is applied."""
    assert door.run(folder, pair.primary, "up").code == 0
    pair.catch_up()
    return pair


def test_what_only_reads_works(door: Door, folder: Path, applied: Pair) -> None:
    version = door.run(folder, applied.standby, "version")
    assert (version.code, (version.out + version.err).strip()) == (0, "1")
    up = door.run(folder, applied.standby, "up")
    assert up.code == 0
    assert "no change" in up.err


@pytest.mark.parametrize("word", ["up", "down", "goto", "force", "drop"])
def test_what_would_write_is_refused(door: Door, word: str, folder: Path, applied: Pair) -> None:
    (folder / "2_second.up.sql").write_text("CREATE TABLE second ();\n")
    yes = "-f" if door.name == "migrate" else "--yes"
    words = {"up": ["up"], "down": ["down", "1"], "drop": ["drop", yes]}.get(word, [word, "2"])
    said = door.refuses(folder, applied.standby, *words)
    assert "error: the server is a read-only standby\n" in said
    assert "connect to the primary" in said
    assert answer(applied.primary, "SELECT version FROM schema_migrations") == 1


def test_a_database_without_a_version_table(door: Door, folder: Path, pair: Pair) -> None:
    said = door.refuses(folder, pair.standby, "up")
    assert "read-only" in said
    assert "connect to the primary" in said
    version = door.run(folder, pair.standby, "version")
    if door.name == "whimbrel":
        assert (version.code, version.out) == (0, "none\n")
    else:  # which makes the table before any command
        assert version.code == 1
        assert "cannot execute CREATE TABLE in a read-only transaction" in version.err

"""A disk that fills up under a run is one clear error through both doors; the next run goes on once there is room."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
import pytest
from fix_embedded import until

from whimbrel.errors import ServerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from doors import Door
    from fix_embedded import Serve

    from whimbrel.shadow.embedded import EmbeddedServer

BIG = "CREATE TABLE big AS SELECT repeat('x', 1000) AS text FROM generate_series(1, 20000);\n"
LOG = "SELECT count(pg_logical_emit_message(false, '', repeat('x', 1000000))) FROM generate_series(1, 100);\n"
INDEX = "CREATE INDEX CONCURRENTLY first_id ON first (id);\n"
ROOM_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Disk:
    """A small disk with a server on it."""

    folder: Path
    server: EmbeddedServer

    def fill(self, room: int) -> None:
        """Leave so many bytes free."""
        found = os.statvfs(self.folder)
        with (self.folder / "ballast").open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, found.f_bavail * found.f_frsize - room)

    def make_room(self) -> None:
        """Empty the disk; a server that the full disk has ended is started again."""
        (self.folder / "ballast").unlink()
        until(self._answers, "the server runs again")

    def _answers(self) -> bool:
        try:
            return self.rows("SELECT 1") == [(1,)]
        except (psycopg.OperationalError, ServerError):
            return False

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.server.start().url) as connection:
            return connection.execute(query.encode()).fetchall()

    def version(self) -> list[tuple[object, ...]]:
        return self.rows("SELECT version, dirty FROM schema_migrations")

    def relations(self) -> list[object]:
        """What there is beside the version table and the journal."""
        found = self.rows("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1")
        return [name for (name,) in found if "schema_migrations" not in str(name)]


@pytest.fixture
def disk(tmp_path: Path, serve: Serve) -> Iterator[Disk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=240m", "whimbrel", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip()}")
    try:
        disk = Disk(folder, serve(folder))
        disk.server.start()
        yield disk
        disk.server.stop()
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def refuses(door: Door, folder: Path, disk: Disk, *words: str, room: int = ROOM_BYTES) -> str:
    """Run on a disk that is almost full, then make room again; return what was said."""
    url = disk.server.start().url
    disk.fill(room)
    said = door.refuses(folder, url, *words)
    disk.make_room()
    return said


def goes_on(door: Door, folder: Path, disk: Disk) -> None:
    assert door.run(folder, disk.server.start().url, "up").code == 0
    assert disk.version() == [(3, False)]
    assert "third" in disk.relations()


@pytest.fixture
def files(folder: Path) -> Path:
    """Three migrations, of which the second is still to be written."""
    (folder / "1_first.up.sql").write_text("CREATE TABLE first AS SELECT id FROM generate_series(1, 200000) AS id;\n")
    (folder / "3_third.up.sql").write_text("CREATE TABLE third ();\n")
    return folder


def test_no_room_for_the_version_table(door: Door, files: Path, disk: Disk) -> None:
    (files / "2_second.up.sql").write_text("CREATE TABLE second ();\n")
    assert disk.relations() == []  # with its first session a server may write files of its own
    said = refuses(door, files, disk, room=0)
    assert "No space left on device" in said
    assert "GRANT" not in said
    assert disk.relations() == []
    goes_on(door, files, disk)


@pytest.mark.parametrize("text", [BIG, INDEX], ids=["a transaction", "an index built concurrently"])
def test_a_file_that_does_not_fit_leaves_nothing_behind(door: Door, text: str, files: Path, disk: Disk) -> None:
    (files / "2_second.up.sql").write_text(text)
    assert door.run(files, disk.server.start().url, "up", "1").code == 0
    said = refuses(door, files, disk)
    assert "No space left on device" in said
    assert "Check free disk space" in said
    assert "2_second.up.sql" in said
    assert disk.version() == [(1, False)]
    assert disk.relations() == ["first"]
    goes_on(door, files, disk)


def test_what_a_file_did_before_the_disk_was_full_is_gone_on_from(door: Door, files: Path, disk: Disk) -> None:
    (files / "2_second.up.sql").write_text(
        "CREATE TABLE second (id int);\nCREATE INDEX CONCURRENTLY second_id ON second (id);\n" + BIG
    )
    assert door.run(files, disk.server.start().url, "up", "1").code == 0
    said = refuses(door, files, disk)
    assert "No space left on device" in said
    assert "2 of 3 units are done and stay" in said
    assert disk.version() == [(2, True)]
    assert disk.relations() == ["first", "second", "second_id"]
    goes_on(door, files, disk)


def test_a_file_that_cannot_be_undone_stays_applied(door: Door, files: Path, disk: Disk) -> None:
    (files / "2_second.up.sql").write_text("CREATE TABLE second ();\n")
    (files / "2_second.down.sql").write_text("DROP TABLE second;\n" + BIG)
    assert door.run(files, disk.server.start().url, "up", "2").code == 0
    assert "No space left on device" in refuses(door, files, disk, "down", "1")
    assert disk.version() == [(2, False)]
    assert disk.relations() == ["first", "second"]
    goes_on(door, files, disk)


def test_a_server_that_a_full_disk_ends_is_lost_with_its_reason(door: Door, files: Path, disk: Disk) -> None:
    """PostgreSQL ends all sessions when it cannot write its log; which of its processes finds out first is chance."""
    (files / "2_second.up.sql").write_text("CREATE TABLE second ();\n" + LOG)
    assert door.run(files, disk.server.start().url, "up", "1").code == 0
    said = refuses(door, files, disk)
    assert re.search(
        "error: lost the connection: (?:could not .*: No space left on device|.* crash of another server process)", said
    )
    assert disk.version() == [(1, False)]
    assert disk.relations() == ["first"]
    (files / "2_second.up.sql").write_text("CREATE TABLE second ();\n")
    goes_on(door, files, disk)

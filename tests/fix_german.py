"""A PostgreSQL that speaks German: Debian's, since the embedded one has its messages in English only."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from whimbrel.shadow.databases import create_database, drop_database, url_of
from whimbrel.shadow.throwaway import throwaway_server

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
LOCALE = "de_DE.UTF-8"


@pytest.fixture(scope="session")
def german_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its URL."""
    if not (PROGRAMS / "postgres").exists():
        pytest.skip(f"no PostgreSQL with German messages: {PROGRAMS} is missing")
    with pytest.MonkeyPatch.context() as patch:
        if "de_DE.utf8" not in _installed():
            patch.setenv("LOCPATH", str(_make_locale(tmp_path_factory)))
        settings = {"lc_messages": LOCALE}
        with throwaway_server(binaries=PROGRAMS, settings=settings) as server:
            with psycopg.connect(server.url) as connection:
                answer = connection.execute("SHOW lc_messages").fetchone()
            assert answer == (LOCALE,)
            yield server.url


@pytest.fixture
def german_database(german_server: str) -> Iterator[str]:
    """The URL of a fresh database on it."""
    with psycopg.connect(german_server, autocommit=True) as connection:
        name = create_database(connection, template="template0")
        yield url_of(german_server, name)
        drop_database(connection, name)


def _installed() -> str:
    return subprocess.run(["locale", "-a"], capture_output=True, text=True, check=True).stdout


def _make_locale(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("localedef") is None:
        pytest.skip(f"no PostgreSQL with German messages: the locale {LOCALE} is not installed, nor is localedef")
    folder = tmp_path_factory.mktemp("locales")
    for parent in (folder, *folder.parents):
        if parent.stat().st_uid == os.getuid() and parent != Path("/tmp"):
            parent.chmod(parent.stat().st_mode | 0o055)
    made = subprocess.run(
        ["localedef", "-i", "de_DE", "-f", "UTF-8", str(folder / LOCALE)], capture_output=True, text=True, check=False
    )
    if not (folder / LOCALE).exists():
        pytest.skip(f"no PostgreSQL with German messages: {made.stderr.strip()}")
    return folder

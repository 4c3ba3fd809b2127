"""A sample of a project, with a fresh database; and the doors to run one by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from doors import Door
from projects import Project

if TYPE_CHECKING:
    from pathlib import Path

    import psycopg


@pytest.fixture
def sample(tmp_path: Path, database: str, observer: psycopg.Connection) -> Project:
    return Project(tmp_path, database, observer)


@pytest.fixture(params=["migrate", "whimbrel"])
def door(request: pytest.FixtureRequest) -> Door:
    return Door(request.param)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A directory whose first migration is good."""
    made = tmp_path / "migrations"
    made.mkdir()
    (made / "1_first.up.sql").write_text("CREATE TABLE first (id int);\n")
    (made / "1_first.down.sql").write_text("DROP TABLE first;\n")
    return made

"""A sample of a project, with a fresh database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from projects import Project

if TYPE_CHECKING:
    from pathlib import Path

    import psycopg


@pytest.fixture
def sample(tmp_path: Path, database: str, observer: psycopg.Connection) -> Project:
    return Project(tmp_path, database, observer)

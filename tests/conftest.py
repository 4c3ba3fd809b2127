"""What all tests share: a PostgreSQL (`fix_postgres.py`), servers to be started (`fix_embedded.py`), projects."""

from __future__ import annotations

pytest_plugins = ("fix_postgres", "fix_embedded", "fix_project")

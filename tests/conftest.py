"""What all tests share: a PostgreSQL (`fix_postgres.py`), servers to be started (`fix_embedded.py`), projects."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

pytest_plugins = ("fix_postgres", "fix_embedded", "fix_project", "fix_pgbouncer", "fix_german", "fix_coroutines")

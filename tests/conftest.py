"""What all tests share: a real PostgreSQL (`fix_postgres.py`), and servers to be started (`fix_embedded.py`)."""

from __future__ import annotations

pytest_plugins = ("fix_postgres", "fix_embedded")

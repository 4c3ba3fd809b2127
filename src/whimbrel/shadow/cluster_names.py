"""The names in every cluster of ours."""

from __future__ import annotations

SUPERUSER = "postgres"

DATABASE = "app"
"""The same in every project, so a URL can be told without a look at a folder's name."""

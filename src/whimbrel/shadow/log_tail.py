"""Why a program of PostgreSQL gave up: the telling lines of what it said."""

from __future__ import annotations

import re

MOST_LINES = 10
REASON = re.compile(r"(?:FATAL|PANIC|ERROR|error|fatal):\s+(?P<text>.+)")


def reason(said: str) -> str:
    """The last complaint in one line, then the last lines that were said, indented; empty if nothing was said."""
    lines = [line.rstrip() for line in said.splitlines() if line.strip()]
    if not lines:
        return ""
    complaints = [found["text"] for line in lines if (found := REASON.search(line))]
    first = complaints[-1] if complaints else lines[-1].strip()
    return "\n  ".join([first, *lines[-MOST_LINES:]]) if len(lines) > 1 else first

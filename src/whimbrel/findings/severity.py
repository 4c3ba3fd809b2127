"""How bad is a finding?"""

from __future__ import annotations

from enum import IntEnum


class Severity(IntEnum):
    """Worse is more."""

    ADVICE = 1
    """A design that many regret; nothing breaks today."""
    WARNING = 2
    """It harms under some load, data or deployment."""
    ERROR = 3
    """It stops the application, loses data or fails, by what was measured."""

    @property
    def label(self) -> str:
        """The word in reports and settings."""
        return self.name.lower()

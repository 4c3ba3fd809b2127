"""What does a rule know of its hazard? All that its page in the docs says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from whimbrel.findings.severity import Severity
    from whimbrel.pg_types.lock_mode import LockMode


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One hazard.

    `name` is what people write, `code` (`WBnnn`) never changes. `condition` says when the rule fires, `effect` what
    happens then (lock mode, what it blocks, rewrite, scan, since which version), `remedy` what to do, beginning with a
    verb, and `safe` is the SQL that does it. `measured` names the rows of the measured lock tables that the effect
    stands on, or is empty for a rule that speaks of no lock. `on` is whether the rule runs without being selected.
    """

    code: str
    name: str
    severity: Severity
    title: str
    condition: str
    effect: str
    remedy: str
    safe: str = ""
    on: bool = True
    measured: tuple[str, ...] = ()
    lock: LockMode | None = None
    """The strongest lock that the measured statements take, on any relation; None for a rule that speaks of no lock."""
    rewrites: bool | None = None
    """Whether the measured statements write a table anew; None where the effect does not say."""
    scans: bool | None = None
    """Whether the measured statements read a table through; None where the effect does not say."""
    since: int = 13
    """The first PostgreSQL version that it concerns."""
    until: int = 99
    """The last PostgreSQL version that it concerns."""
    up_only: bool = False
    """Whether it looks at up files alone, since a down file takes back what was made for that."""
    sources: tuple[str, ...] = ()
    """Pages of PostgreSQL's manual or wiki."""

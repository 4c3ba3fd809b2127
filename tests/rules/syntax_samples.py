"""Which statements need which version of PostgreSQL, by tests/rules/syntax.toml?"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from cases import UP, Case, found

OLDEST, NEWEST = 13, 18


@dataclass(frozen=True)
class Sample:
    """A statement with a piece of syntax, and what has to be there before it runs.

    `name` is the syntax's in `whimbrel.sql.first_version`, `after` puts back what is outside of the database.
    """

    name: str
    sql: str
    before: str = ""
    after: str = ""
    superuser: bool = False

    def __str__(self) -> str:
        return f"{self.name}: {self.sql}"

    def findings(self, version: int) -> list[str]:
        """Return what unsupported-syntax says when the files are for this version."""
        case = Case("unsupported-syntax", "fail", self.name, {UP: self.sql}, version=version)
        return [finding.message for finding in found(case)]


SAMPLES = [Sample(**one) for one in tomllib.loads((Path(__file__).parent / "syntax.toml").read_text())["syntax"]]

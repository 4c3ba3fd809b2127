"""What do other linters for PostgreSQL find, and which of our rules find it?"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cases import BEFORE, DOWN, UP

from whimbrel.lint.context import Target
from whimbrel.lint.directory import in_order
from whimbrel.lint.linter import Linter
from whimbrel.lint.naming import checked_naming
from whimbrel.lint.rule import Selection, entries
from whimbrel.migration.directives import no_transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent / "rivals"


@dataclass(frozen=True)
class Rival:
    """A rule of another tool with an example that it finds and one that it does not.

    `ours` are the rules of ours that find the same in `bad` and say nothing of `good`; it is empty where we hold that
    there is nothing to find, and `why` says what was measured. `before` is an earlier file for both, `pg` the version,
    `options` are those that the other tool needs, `naming` the patterns that ours needs.
    """

    tool: str
    name: str
    bad: str
    good: str = ""
    ours: tuple[str, ...] = ()
    why: str = ""
    before: str = ""
    down: str = ""
    pg: int = 15
    target: str = "whimbrel"
    options: tuple[str, ...] = ()
    naming: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.tool}: {self.name}"

    def found(self, sql: str) -> set[str]:
        """Return the names of the rules that find something in a text: those that are on, and `ours`."""
        texts = {BEFORE: self.before, UP: sql, DOWN: self.down}
        files = in_order((name, name, text.encode()) for name, text in texts.items() if text or name == UP)
        for file in files:
            file.linted = file.name != BEFORE
            file.no_transaction = no_transaction(file.data)
        chosen = [one for one in entries() if (one.on or one.name in self.ours) and one.since <= self.pg <= one.until]
        naming = dict(checked_naming(self.naming, str(self)))
        linter = Linter(Selection(chosen), self.pg, Target(self.target), naming=naming)
        return {seen.card.name for seen in linter.directory(files)}


def rivals() -> Iterator[Rival]:
    """Read `rivals/<tool>.toml`: a `[[rule]]` for each rule of the tool."""
    for path in sorted(FOLDER.glob("*.toml")):
        for one in tomllib.loads(path.read_text())["rule"]:
            yield Rival(path.stem, **(one | {"ours": tuple(one.get("ours", ()))}))

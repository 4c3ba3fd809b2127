"""What did a rule say, in which file, before it is written down as a finding?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from whimbrel.findings.finding import Finding

if TYPE_CHECKING:
    from whimbrel.findings.card import Card
    from whimbrel.findings.fix import Fix
    from whimbrel.lint.file import File, Statement
    from whimbrel.lint.found import Found
    from whimbrel.schema.catalog import Catalog


class Seen(Struct, eq=False):
    """A finding before it is written: a rule's word with its card, in its file."""

    card: Card
    found: Found
    file: File
    start: int
    end: int
    statement: Statement | None = None
    catalog: Catalog | None = None
    """The schema before the statement, where a fix may be asked for."""

    def finding(self, fix: Fix | None = None) -> Finding:
        """Return it as a value with lines and columns, with its fix."""
        line, column = self.file.position(self.start)
        end_line, end_column = self.file.position(self.end)
        found, card = self.found, self.card
        return Finding(
            readable(self.file.path), line, column, end_line, end_column, card.code, card.name,
            found.severity or card.severity, readable(found.message), found.effect or card.effect,
            found.remedy or card.remedy, fix,
        )  # fmt: skip


def readable(text: str) -> str:
    r"""Return a text that can be encoded: bytes of a file's name that are no UTF-8 become `\udcff` and the like."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()

"""Which findings does a file's author take the blame for?

`-- whimbrel: ignore[rule, …] reason` before a statement, or behind it in its last line; `ignore-file[rule, …]` in the
head for the whole file; `until=2027-01-31` among the words sets an end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMENT: Final = re.compile(rb"--[ \t]*whimbrel:[ \t]*([^\n\r]*)")
_IGNORE: Final = re.compile(r"(ignore(?:-file)?)\[([^\]]*)\][ \t]*")
_OURS: Final = re.compile(r"ignore|no-transaction", re.IGNORECASE)
_UNTIL: Final = re.compile(r"\buntil=(\S*)[ \t]*")


@dataclass(frozen=True, slots=True)
class Suppression:
    """One comment: the rules by name or code, the reason, the last day that it counts, its place in bytes.

    `bad_date` is what was written where no date can be read.
    """

    rules: tuple[str, ...]
    reason: str
    whole_file: bool
    at: int
    end: int
    until: date | None = None
    bad_date: str = ""

    def covers(self, name: str, code: str) -> bool:
        """Say whether it names a rule."""
        return name in self.rules or code in self.rules


def suppressions(data: bytes) -> Iterator[Suppression]:
    """Yield the suppressions that are written in a file."""
    if b"whimbrel:" not in data:
        return
    for comment in _COMMENT.finditer(data):
        words = comment[1].decode("utf-8", "replace")
        ignored = _IGNORE.search(words)
        if ignored is None:
            continue
        before = words[: ignored.start()].replace("no-transaction", "").strip(" ,\t")
        rest = f"{before} {words[ignored.end() :]}"
        until, bad_date = None, ""
        if found := _UNTIL.search(rest):
            rest = rest[: found.start()] + rest[found.end() :]
            try:
                until = date.fromisoformat(found[1])
            except ValueError:
                bad_date = found[1] or "nothing"
        rules = tuple(part.strip() for part in ignored[2].split(",") if part.strip())
        whole = ignored[1] == "ignore-file"
        yield Suppression(rules, rest.strip(), whole, comment.start(), comment.end(), until, bad_date)


def unread(data: bytes) -> Iterator[tuple[int, int, str]]:
    """Yield the comments that look like a suppression and are none, or ask for no transaction: place and words."""
    for comment in _COMMENT.finditer(data):
        words = comment[1].decode("utf-8", "replace").strip()
        if _OURS.match(words) and not _IGNORE.search(words):
            yield comment.start(), comment.end(), words

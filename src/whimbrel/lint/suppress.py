"""Which of the findings in a file are suppressed there, and which suppressions are no good?"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from whimbrel.findings.suppression import Suppression, suppressions, unread
from whimbrel.lint.body import HAVE_BODIES, read_body
from whimbrel.migration.directives import misread
from whimbrel.sql.comments import head_comments
from whimbrel.sql.tokens import TokenKind, spans

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import date

    from whimbrel.lint.file import File, Statement
    from whimbrel.lint.seen import Seen


class Fault(StrEnum):
    """What is wrong with a suppression."""

    NO_REASON = "no reason"
    UNUSED = "unused"
    EXPIRED = "expired"
    UNKNOWN_RULE = "unknown rule"
    NO_DATE = "no date"
    NO_RULE = "no rule"
    MEANINGLESS = "meaningless"


class Comments:
    """Where in a file are comments of ours, and what are they about? What a string holds is none, but for a body."""

    def __init__(self, file: File) -> None:
        self._file = file
        marked = b"whimbrel:" in file.data
        self._places = sorted([*((one.start, one.end) for one in file.statements), *file.refused]) if marked else []
        self._strings: dict[tuple[int, int], list[tuple[int, int]]] = {}
        self._bodies: dict[int, list[tuple[int, int]]] = {}

    def holds(self, at: int) -> bool:
        """Say whether a comment begins here."""
        string = self._string(self._segment(at), at)
        if string is None:
            return True
        return (
            self._statement(at) is not None
            and self._string((string[0] + _delimiter(self._file, string), string[1]), at) is None
        )

    def subjects(self, one: Suppression) -> Iterator[tuple[int, int]]:
        """Yield what a comment may be about: a statement of its body, else the statement in whose line or before which
        it stands.
        """
        block = self._statement(one.at)
        if block is None:
            place = _subject(self._file, self._places, one)
            if place is not None:
                yield place
            return
        inner = self._bodies.get(block.start)
        if inner is None:
            inner = self._bodies[block.start] = sorted(
                (each.start, each.end) for each in read_body(block) if each.start > block.start
            )
        place = _subject(self._file, inner, one)
        if place is not None:
            yield place
        yield (block.start, block.start) if inner else (block.start, block.end)

    def _segment(self, at: int) -> tuple[int, int]:
        """Return the statement that an offset is in, or what is between two."""
        first = bisect_right(self._places, at, key=_begin)
        if first and self._places[first - 1][1] > at:
            return self._places[first - 1]
        start = self._places[first - 1][1] if first else 0
        return start, self._places[first][0] if first < len(self._places) else len(self._file.data)

    def _string(self, segment: tuple[int, int], at: int) -> tuple[int, int] | None:
        """Return the string that an offset of a segment is in."""
        found = self._strings.get(segment)
        if found is None:
            start, end = segment
            text = self._file.data[start:end].decode("latin-1")  # a character a byte
            found = self._strings[segment] = [
                (start + first, start + last)
                for kind, first, last in spans(text, 0, standard_conforming_strings=True)
                if kind in _QUOTED and text.find("whimbrel:", first, last) >= 0
            ]
        return next((one for one in found if one[0] <= at < one[1]), None)

    def _statement(self, at: int) -> Statement | None:
        """Return the statement with a body whose body an offset is in."""
        start, _ = segment = self._segment(at)
        if self._string(segment, at) is None:
            return None
        statements = self._file.statements
        place = bisect_left(statements, start, key=_start_of)
        if place < len(statements) and statements[place].start == start and statements[place].kind in HAVE_BODIES:
            return statements[place]
        return None


def _delimiter(file: File, string: tuple[int, int]) -> int:
    """Return how long the quote is that a string begins with."""
    opening = _OPENING.match(file.data, *string)
    return 0 if opening is None else opening.end() - opening.start()


_OPENING = re.compile(rb"\$[^$]*\$|[^']*'")
_QUOTED = frozenset(
    {TokenKind.STRING, TokenKind.IDENTIFIER, TokenKind.UNFINISHED_STRING, TokenKind.UNFINISHED_DOLLAR_QUOTE}
)


@dataclass(frozen=True, slots=True)
class FaultySuppression:
    """A suppression with what is wrong; `rule` is the one that it is about, where it is about one, or the words."""

    suppression: Suppression
    fault: Fault
    rule: str = ""


def suppress(
    file: File, seen: Sequence[Seen], today: date, known: Collection[str], running: Collection[str]
) -> tuple[list[Seen], list[FaultySuppression]]:
    """Take out what the file suppresses; return the rest, and the suppressions that are faulty.

    `known` are names and codes of all rules, `running` those of the ones that were asked.
    """
    comments = Comments(file)
    written = [one for one in suppressions(file.data) if comments.holds(one.at)]
    faulty = list(_meaningless(file, comments))
    found = sorted(seen, key=_start)
    starts = [one.start for one in found]
    taken = [False] * len(found)
    for one in written:
        unknown = [rule for rule in one.rules if rule not in known]
        faulty += [FaultySuppression(one, Fault.UNKNOWN_RULE, rule) for rule in unknown]
        if not one.rules:
            faulty.append(FaultySuppression(one, Fault.NO_RULE))
            continue
        if one.bad_date:
            faulty.append(FaultySuppression(one, Fault.NO_DATE, one.bad_date))
        elif one.until is not None and one.until < today:
            faulty.append(FaultySuppression(one, Fault.EXPIRED))
            continue
        if not one.reason:
            faulty.append(FaultySuppression(one, Fault.NO_REASON))
        used: set[str] = set()
        subjects = [range(len(found))] if one.whole_file else [_about(starts, each) for each in comments.subjects(one)]
        for subject in subjects:
            for index in subject:
                card = found[index].card
                if not taken[index] and one.covers(card.name, card.code):
                    taken[index] = True
                    used |= {card.name, card.code}
            if used:
                break
        unused = [rule for rule in one.rules if rule in running and rule not in used]
        faulty += [FaultySuppression(one, Fault.UNUSED, rule) for rule in unused]
    return [one for one, is_taken in zip(found, taken, strict=True) if not is_taken], faulty


def _meaningless(file: File, comments: Comments) -> Iterator[FaultySuppression]:
    """Yield the comments that look like ours and mean nothing; with one at its head the file is not run either."""
    text = file.text
    for offset, reason in misread(text):
        at = len(text[:offset].encode())
        yield _fault(at, at + len(text[offset:].partition("\n")[0].encode()), reason)
    head = {len(text[:offset].encode()) for offset, _ in head_comments(text)}
    for at, end, words in unread(file.data):
        if at not in head and comments.holds(at):
            wrong = "is no suppression" if words[:1] in "iI" else "counts before the first statement alone"
            yield _fault(at, end, f"{words} {wrong}")


def _fault(at: int, end: int, words: str) -> FaultySuppression:
    return FaultySuppression(Suppression((), "", whole_file=False, at=at, end=end), Fault.MEANINGLESS, words)


def _subject(file: File, places: list[tuple[int, int]], one: Suppression) -> tuple[int, int] | None:
    """Return where the statement stands that a comment is about: in its last line, around it, or the next."""
    first = bisect_right(places, one.at, key=_end)
    if first and b"\n" not in file.data[places[first - 1][1] : one.at]:
        return places[first - 1]
    return places[first] if first < len(places) else None


def _begin(place: tuple[int, int]) -> int:
    return place[0]


def _start_of(statement: Statement) -> int:
    return statement.start


def _end(place: tuple[int, int]) -> int:
    return place[1]


def _start(one: Seen) -> int:
    return one.start


def _about(starts: list[int], place: tuple[int, int] | None) -> range:
    """Return which findings begin in a statement."""
    return range(0) if place is None else range(bisect_left(starts, place[0]), bisect_right(starts, place[1]))

"""Which of the findings in a file are suppressed there, and which suppressions are no good?"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from whimbrel.findings.suppression import Suppression, suppressions, unread
from whimbrel.migration.directives import misread
from whimbrel.sql.comments import head_comments

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import date

    from whimbrel.lint.file import File
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
    written = list(suppressions(file.data))
    faulty = list(_meaningless(file))
    found = sorted(seen, key=_start)
    starts = [one.start for one in found]
    taken = [False] * len(found)
    places = sorted([*((each.start, each.end) for each in file.statements), *file.refused]) if written else []
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
        for index in range(len(found)) if one.whole_file else _about(starts, _subject(file, places, one)):
            card = found[index].card
            if not taken[index] and one.covers(card.name, card.code):
                taken[index] = True
                used |= {card.name, card.code}
        unused = [rule for rule in one.rules if rule in running and rule not in used]
        faulty += [FaultySuppression(one, Fault.UNUSED, rule) for rule in unused]
    return [one for one, is_taken in zip(found, taken, strict=True) if not is_taken], faulty


def _meaningless(file: File) -> Iterator[FaultySuppression]:
    """Yield the comments that look like ours and mean nothing; with one at its head the file is not run either."""
    text = file.text
    for offset, reason in misread(text):
        at = len(text[:offset].encode())
        yield _fault(at, at + len(text[offset:].partition("\n")[0].encode()), reason)
    head = {len(text[:offset].encode()) for offset, _ in head_comments(text)}
    for at, end, words in unread(file.data):
        if at not in head:
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


def _end(place: tuple[int, int]) -> int:
    return place[1]


def _start(one: Seen) -> int:
    return one.start


def _about(starts: list[int], place: tuple[int, int] | None) -> range:
    """Return which findings begin in a statement."""
    return range(0) if place is None else range(bisect_left(starts, place[0]), bisect_right(starts, place[1]))

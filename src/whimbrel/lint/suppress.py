"""Which of the findings in a file are suppressed there, and which suppressions are no good?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from whimbrel.findings.suppression import Suppression, suppressions

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
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


@dataclass(frozen=True, slots=True)
class FaultySuppression:
    """A suppression with what is wrong; `rule` is the one that it is about, where it is about one."""

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
    if not written:
        return list(seen), []
    faulty: list[FaultySuppression] = []
    kept = list(seen)
    for one in written:
        unknown = [rule for rule in one.rules if rule not in known]
        faulty += [FaultySuppression(one, Fault.UNKNOWN_RULE, rule) for rule in unknown]
        if one.bad_date:
            faulty.append(FaultySuppression(one, Fault.NO_DATE, one.bad_date))
        elif one.until is not None and one.until < today:
            faulty.append(FaultySuppression(one, Fault.EXPIRED))
            continue
        if not one.reason:
            faulty.append(FaultySuppression(one, Fault.NO_REASON))
        statement = None if one.whole_file else _subject(file, one)
        used: set[str] = set()
        rest: list[Seen] = []
        for finding in kept:
            covered = one.covers(finding.card.name, finding.card.code) and (
                one.whole_file or _about(finding, statement)
            )
            if covered:
                used |= {finding.card.name, finding.card.code}
            else:
                rest.append(finding)
        kept = rest
        unused = [rule for rule in one.rules if rule in running and rule not in used]
        faulty += [FaultySuppression(one, Fault.UNUSED, rule) for rule in unused]
    return kept, faulty


def _subject(file: File, one: Suppression) -> Statement | None:
    """Return the statement that a comment is about: in its last line, around it, or the next."""
    for statement in file.statements:
        if statement.end <= one.at and b"\n" not in file.data[statement.end : one.at]:
            return statement
        if statement.end > one.at:
            return statement
    return None


def _about(finding: Seen, statement: Statement | None) -> bool:
    return statement is not None and statement.start <= finding.start <= statement.end

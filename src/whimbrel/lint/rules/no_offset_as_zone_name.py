"""Is an offset taken for the name of a time zone?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.sql.expression import decoded, names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import VariableSetStmt

CARD = Card(
    code="WB501",
    name="no-offset-as-zone-name",
    severity=Severity.ADVICE,
    title="An offset as the name of a time zone",
    condition=(
        "AT TIME ZONE or timezone() with a text such as '+02' or 'UTC+2', or SET TIME ZONE with '+02:00' or 'UTC+2'."
    ),
    effect=(
        "Such a text is read by POSIX's rule, in which + means west of Greenwich: '2020-01-01 00:00Z' AT TIME "
        "ZONE '+02' is 22:00 of the day before."
    ),
    remedy=("Name the zone, as in 'Europe/Oslo', or write the offset as an interval, whose sign is as people mean it."),
    safe="SELECT now() AT TIME ZONE INTERVAL '+02:00';",
    on=False,
    sources=(
        "https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_.2B.2F-HH:mm_as_a_text_time_zone_name",
        "https://www.postgresql.org/docs/current/datetime-posix-timezone-specs.html",
    ),
)
KINDS = (
    "FuncCall:timezone@zone|timezone",
    "VariableSetStmt",
)
_NAME = re.compile(r"(?:UTC|GMT)?[+-]\d{1,2}(?::\d\d){0,2}", re.IGNORECASE)
_SETTING = re.compile(r"(?:UTC|GMT)[+-]\d{1,2}(?::\d\d){0,2}|[+-]\d{1,2}:\d\d(?::\d\d)?", re.IGNORECASE)


def check(statement: Statement, node: VariableSetStmt | dict[str, Any], context: Context) -> Iterator[Found]:
    """Look at a function's call, or at SET."""
    if isinstance(node, dict):
        if names(node.get("funcname", []))[-1] != "timezone":
            return
        constant, pattern = node["args"][0].get("A_Const", {}), _NAME
    else:
        if node.name != "timezone" or not node.args:
            return
        # SET takes a text that is a plain number for hours to the east.
        constant, pattern = decoded(node.args[0]).get("A_Const", {}), _SETTING
    written = constant.get("sval", {}).get("sval", "")
    if pattern.fullmatch(written) and written.strip("UTCGM+-0:"):
        at = statement.at(constant["location"])
        yield Found(f"the time zone '{written}' lies {'west' if '+' in written else 'east'} of Greenwich", at)

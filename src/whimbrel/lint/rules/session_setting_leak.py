"""Does a file leave settings behind in the session?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.context import Target
from whimbrel.lint.found import Found
from whimbrel.lint.session_settings import ALL, CHARACTERISTICS, sets, settings
from whimbrel.sql.setting import TRANSACTION_PARAMETERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import File
    from whimbrel.lint.session_settings import Setting

CARD = Card(
    code="WB262",
    name="session-setting-leak",
    severity=Severity.ADVICE,
    title="A setting outlives its file",
    condition="SET without LOCAL, SET ROLE, or set_config(…, false), of what the file does not reset: advice for "
    "Whimbrel, a warning for golang-migrate.",
    effect="It stays in the session when the transaction is committed. Whimbrel takes it back behind each file; "
    "under golang-migrate and psql it reaches the files that follow, so that what they do depends on where a run "
    "began.",
    remedy="Write SET LOCAL, or RESET it at the end of a file that runs outside of a transaction.",
    safe="SET LOCAL search_path = shop;\nALTER TABLE orders ADD COLUMN note text;",
    sources=("https://www.postgresql.org/docs/current/sql-set.html",),
)
KINDS = ("File:VariableSetStmt|SelectStmt|DiscardStmt",)


def check(statement: None, node: File, context: Context) -> Iterator[Found]:
    """Look at all that a file has set at its end."""
    left: dict[str, Setting] = {}
    for one in settings(context.earlier.that(sets)):
        if one.name == ALL:
            left.clear()
        elif one.back:
            left.pop(one.name, None)
        elif not one.local and one.name not in TRANSACTION_PARAMETERS:
            left.setdefault(one.name, one)
    if not left:
        return
    first = min(left.values(), key=lambda one: one.statement.start).statement
    names = ", ".join(left)
    is_one = len(left) == 1 and CHARACTERISTICS not in left
    ends = "SET TRANSACTION" if list(left) == [CHARACTERISTICS] else "SET LOCAL"
    if context.target is Target.GOLANG_MIGRATE:
        message, severity = (
            f"{names} reach{'es' if is_one else ''} the files that run after this one",
            Severity.WARNING,
        )
    else:
        message, severity = (
            f"{names} outlive{'s' if is_one else ''} the transaction; {ends} ends with it",
            None,
        )
    yield Found(message, first.start, first.end, severity=severity)

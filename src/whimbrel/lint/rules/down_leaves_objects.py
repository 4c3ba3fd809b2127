"""Does a down file leave what its up file made?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.down_file import judged
from whimbrel.lint.found import Found
from whimbrel.schema.difference import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import File

CARD = Card(
    code="WB632",
    name="down-leaves-objects",
    severity=Severity.WARNING,
    title="A down file leaves what its up file made",
    condition=(
        "Tables, columns, constraints, indexes, triggers, types or functions that are there when the down "
        "file has run and were not before its up file. Not where one of them holds DO, CALL or SELECT, whose "
        "effect is not in sight."
    ),
    effect="Going up again fails on what is still there, or finds it as it was left.",
    remedy="Drop it in the down file.",
    safe="DROP INDEX CONCURRENTLY orders_user_id_idx;",
)
KINDS = ("DownFile",)


def check(statement: None, node: File, context: Context) -> Iterator[Found]:
    """Look at a down file."""
    trip = judged(context)
    if trip is not None and trip.left and node.pair is not None:
        yield Found(f"it leaves {listed(trip.left)} of {node.pair.name}")

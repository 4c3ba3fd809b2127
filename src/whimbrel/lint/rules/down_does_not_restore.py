"""Does a down file bring back what its up file dropped?"""

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
    code="WB656",
    name="down-does-not-restore",
    severity=Severity.ADVICE,
    title="A down file does not bring back what its up file dropped",
    condition=(
        "Tables, columns, constraints, indexes, triggers, types or functions that the up file drops or "
        "renames, and that are not there when the down file has run."
    ),
    effect=(
        "Code of the earlier release does not find them when the schema has gone back; earlier down files fail on them."
    ),
    remedy="Make them again in the down file, without their rows if those are lost.",
)
KINDS = ("DownFile",)


def check(statement: None, node: File, context: Context) -> Iterator[Found]:
    """Look at a down file."""
    trip = judged(context)
    if trip is not None and trip.not_restored and node.pair is not None:
        yield Found(f"it does not bring back {listed(trip.not_restored)}, which {node.pair.name} drops")

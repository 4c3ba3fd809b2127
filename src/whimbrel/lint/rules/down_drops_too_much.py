"""Does a down file drop what its up file did not make?"""

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
    code="WB647",
    name="down-drops-too-much",
    severity=Severity.WARNING,
    title="A down file drops what its up file did not make",
    condition=(
        "Tables, columns, constraints, indexes, triggers, types or functions that were there before the up "
        "file, and are gone when the down file has run."
    ),
    effect="Going down one step loses what an earlier migration made, with its rows; going further down fails on it.",
    remedy="Drop in the down file only what its up file made.",
)
KINDS = ("DownFile",)


def check(statement: None, node: File, context: Context) -> Iterator[Found]:
    """Look at a down file."""
    trip = judged(context)
    if trip is not None and trip.lost and node.pair is not None:
        yield Found(f"it drops {listed(trip.lost)}, which {node.pair.name} did not make")

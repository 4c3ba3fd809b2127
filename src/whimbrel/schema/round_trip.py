"""What is other than before, when an up file and its down file have run?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whimbrel.schema.difference import Part, born, missing

if TYPE_CHECKING:
    from whimbrel.schema.catalog import Catalog


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """The parts of the schema in which it did not end where it began."""

    left: tuple[Part, ...]
    """The up file made them, and the down file leaves them."""
    lost: tuple[Part, ...]
    """They were there before and after the up file, and the down file drops them."""
    not_restored: tuple[Part, ...]
    """The up file drops or replaces them, and the down file does not bring them back."""


def round_trip(start: Catalog, between: Catalog, end: Catalog, up: int) -> RoundTrip:
    """Compare the schema before, between and behind the two files; `up` is the ordinal of the first."""
    left = [part for part in missing(end, start) if part.kind != "schema"]
    gone = [part for part in missing(start, end) if not _taken_over(part, between)]
    lost = [part for part in gone if part.kind != "trigger" and _is_older(born(between, part), up)]
    return RoundTrip(
        left=tuple(part for part in left if born(between, part) is not None),
        lost=tuple(lost),
        not_restored=tuple(part for part in gone if part not in lost),
    )


def _is_older(made: int | None, up: int) -> bool:
    return made is not None and made < up


def _taken_over(part: Part, between: Catalog) -> bool:
    """Say whether the up file made a constraint of an index (USING INDEX), so that it goes with the constraint."""
    table = between.relations.get(part.table) if part.table is not None else None
    index = table.indexes.get(part.name[1]) if part.kind == "index" and table is not None else None
    return index is not None and bool(index.constraint)

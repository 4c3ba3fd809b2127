"""What a rule's card says of locks, rewrites and scans is what the measured servers did."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from whimbrel.lint.rule import entries, load
from whimbrel.pg_types.lock_mode import LockMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.findings.card import Card

TABLES = Path(__file__).parent.parent / "locks"
MODES = {"AS": 1, "RS": 2, "RX": 3, "SUX": 4, "S": 5, "SRX": 6, "X": 7, "AX": 8}
CLAIMING = [entry.name for entry in entries() if load(entry.module).CARD.measured]


@cache
def table(version: int) -> dict[str, dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = json.loads((TABLES / f"locks{version}.json").read_text())
    return rows


def is_index(name: str) -> bool:
    return name in {"p_v", "pix"} or name.endswith(("_idx", "_pkey", "_u", "_uq", "_ix", "_it", "_iti", "_a", "1ix"))


def rows_of(card: Card) -> Iterator[tuple[int, str, dict[str, Any]]]:
    for version in range(max(card.since, 13), min(card.until, 18) + 1):
        for key in card.measured:
            yield version, key, table(version).get(key, {})


def relations(names: list[str] | dict[str, str]) -> list[str]:
    return [name for name in names if not is_index(name)]


@pytest.mark.parametrize("name", CLAIMING)
def test_a_claim_stands_on_rows_that_are_there(name: str) -> None:
    card = load(name.replace("-", "_")).CARD
    assert [(version, key) for version, key, row in rows_of(card) if "stmt" not in row] == []


@pytest.mark.parametrize("name", CLAIMING)
def test_the_lock_is_the_strongest_that_was_measured(name: str) -> None:
    card = load(name.replace("-", "_")).CARD
    if card.lock is None:
        return
    for version in range(max(card.since, 13), min(card.until, 18) + 1):
        held = [
            MODES[row["locks"][relation]]
            for at, _, row in rows_of(card)
            if at == version and "locks" in row
            for relation in relations(row["locks"])
        ]
        assert LockMode(max(held)) is card.lock, version


@pytest.mark.parametrize("name", CLAIMING)
@pytest.mark.parametrize(("claim", "measured"), [("rewrites", "rewrite"), ("scans", "scan")])
def test_rewrites_and_scans_are_as_measured(name: str, claim: str, measured: str) -> None:
    card = load(name.replace("-", "_")).CARD
    said = getattr(card, claim)
    if said is not None:
        differing = [
            (version, key)
            for version, key, row in rows_of(card)
            if measured in row and bool(relations(row[measured])) is not said
        ]
        assert differing == []

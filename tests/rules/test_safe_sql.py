"""Does each rule keep silent on the SQL that it recommends?"""

from __future__ import annotations

import pytest
from cases import UP, Case, found

from whimbrel.lint.rule import entries, load

SAFE = [entry.name for entry in entries() if load(entry.module).CARD.safe]


@pytest.mark.parametrize("name", SAFE)
def test_the_safe_sql_parses_and_the_rule_is_silent_on_it(name: str) -> None:
    card = load(name.replace("-", "_")).CARD
    version = min(max(card.since, 15), card.until)
    assert found(Case("syntax-error", "pass", name, {UP: card.safe})) == []
    assert found(Case(name, "pass", name, {UP: card.safe}, version=version)) == []

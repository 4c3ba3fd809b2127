"""Does each rule find what its case file says, and nothing else?"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain

import pytest
from cases import CASES, Case, cases, found, repaired

from whimbrel.lint.fixes.fixable import FIXES
from whimbrel.lint.rule import entries, load

RULES = [entry.name for entry in entries()]
ALL = list(chain.from_iterable(cases(name) for name in RULES if (CASES / f"{name}.toml").exists()))


def test_every_rule_has_a_case_file_that_fails_and_one_that_passes() -> None:
    for name in RULES:
        kinds = {case.kind for case in cases(name)}
        assert {"fail", "pass"} <= kinds, name


def test_every_case_file_is_a_rules() -> None:
    assert {path.stem for path in CASES.glob("*.toml")} == set(RULES)


@pytest.mark.parametrize("case", [case for case in ALL if case.kind == "fail"], ids=str)
def test_the_rule_finds_it(case: Case) -> None:
    findings = found(case)
    assert [finding.line for finding in findings] == (list(case.lines) or [findings[0].line if findings else 0])
    assert all(case.message in finding.message for finding in findings)


@pytest.mark.parametrize("case", [case for case in ALL if case.kind == "pass"], ids=str)
def test_the_rule_is_silent(case: Case) -> None:
    assert found(case) == []


@pytest.mark.parametrize("case", [case for case in ALL if case.kind == "fix"], ids=str)
def test_the_fix_changes_just_what_it_says(case: Case) -> None:
    done = repaired(case)
    assert {file.name: file.text for file in (*done.changed, *done.made)} == case.fixed


@pytest.mark.parametrize("case", [case for case in ALL if case.kind == "fix" and case.fixed], ids=str)
def test_the_rule_is_silent_after_its_fix(case: Case) -> None:
    texts = {file.name: file.text for file in repaired(case).folder.files}
    # Down files have fixes of their own.
    assert [one.path for one in found(replace(case, files=texts)) if ".down." not in one.path] == []


@pytest.mark.parametrize("case", [case for case in ALL if case.kind == "fix" and case.fixed], ids=str)
def test_no_rule_that_is_on_stands_against_the_fix(case: Case) -> None:
    texts = {file.name: file.text for file in repaired(case, "default").folder.files}
    assert [one.path for one in found(replace(case, files=texts)) if ".down." not in one.path] == []


def test_every_rule_with_a_fix_has_a_case_of_it() -> None:
    assert set(FIXES) == {case.rule for case in ALL if case.kind == "fix" and case.fixed}


@pytest.mark.parametrize("name", RULES)
def test_the_card_is_complete_and_well_worded(name: str) -> None:
    card = load(name.replace("-", "_")).CARD
    assert card.code.startswith("WB")
    assert len(card.code) == len("WB000")
    for text in (card.condition, card.effect, card.remedy):
        assert text.endswith(".")
        assert text[0].isupper()
    assert not card.title.endswith(".")
    for word in ("invalid", "unexpected", "something went wrong"):
        assert word not in f"{card.title} {card.condition} {card.effect} {card.remedy}".lower()

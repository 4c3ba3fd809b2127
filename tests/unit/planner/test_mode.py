"""How a file is run, and why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whimbrel.errors import BadFile
from whimbrel.planner.mode import FilePlan, Mode, apart, decide
from whimbrel.sql.split import split

NO_CONTROL = "it has no transaction control of its own"
ENCLOSED = "its own BEGIN … COMMIT encloses all of it"
SEVERAL = "it has several transactions of its own"


@pytest.mark.parametrize(
    ("text", "mode", "reason"),
    [
        ("", Mode.TRANSACTION, "it is empty"),
        (" \n\t\u00a0\u3000", Mode.TRANSACTION, "it is empty"),
        ("-- nothing\n;;\n/* at all */", Mode.TRANSACTION, "it holds no statement"),
        ("SELECT 1", Mode.TRANSACTION, NO_CONTROL),
        ("CREATE TABLE a (); CREATE TABLE b ();", Mode.TRANSACTION, NO_CONTROL),
        ("DO $$ BEGIN COMMIT; END $$", Mode.TRANSACTION, NO_CONTROL),
        ("BEGIN; CREATE TABLE a (); COMMIT;", Mode.TRANSACTION, ENCLOSED),
        ("START TRANSACTION ISOLATION LEVEL SERIALIZABLE; SELECT 1; END WORK;", Mode.TRANSACTION, ENCLOSED),
        ("-- x\nBEGIN;\nSELECT 1;\n-- y\nCOMMIT;\n-- z", Mode.TRANSACTION, ENCLOSED),
        ("BEGIN; SAVEPOINT s; SELECT 1; ROLLBACK TO s; RELEASE s; COMMIT;", Mode.TRANSACTION, ENCLOSED),
        ("BEGIN; SELECT 1; COMMIT; SELECT 2;", Mode.UNITS, SEVERAL),
        ("SELECT 0; BEGIN; SELECT 1; COMMIT;", Mode.UNITS, SEVERAL),
        ("SELECT 1; COMMIT; SELECT 2;", Mode.UNITS, SEVERAL),
        ("BEGIN READ ONLY; SELECT 1; COMMIT;", Mode.UNITS,
         "its transaction is read only and cannot hold the version row"),
        ("CREATE INDEX CONCURRENTLY i ON t (a)", Mode.UNITS, "CREATE INDEX CONCURRENTLY refuses a transaction block"),
        ("VACUUM", Mode.UNITS, "VACUUM refuses a transaction block"),
        ("SELECT 1; ROLLBACK; SELECT 2;", Mode.SCRIPT, "ROLLBACK cannot be taken apart"),
        ("BEGIN; SELECT 1; COMMIT AND CHAIN; SELECT 2; COMMIT;", Mode.SCRIPT, "COMMIT AND CHAIN cannot be taken apart"),
        ("BEGIN; SELECT 1; PREPARE TRANSACTION 'x';", Mode.SCRIPT, "PREPARE TRANSACTION cannot be taken apart"),
        ("SAVEPOINT s; SELECT 1; ROLLBACK TO s;", Mode.TRANSACTION, NO_CONTROL),
        ("SET standard_conforming_strings = off; SELECT 'a\\';b';", Mode.SCRIPT,
         "it changes standard_conforming_strings for itself"),
    ],
)  # fmt: skip
def test_the_mode_and_its_reason(text: str, mode: Mode, reason: str) -> None:
    plan = decide(text, "1_x.up.sql")
    assert (plan.mode, plan.reason) == (mode, reason)
    assert plan.text == text


def shape(plan: FilePlan) -> list[tuple[int, str]]:
    """How many statements each unit has, and which kind it is."""
    return [
        (
            len(unit.statements),
            "alone" if unit.alone else "read only" if unit.read_only else "own" if unit.own else "ours",
        )
        for unit in plan.units
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT 1; SELECT 2;", [(2, "ours")]),
        ("BEGIN; SELECT 1; COMMIT;", [(1, "own")]),
        ("SELECT 1; VACUUM; SELECT 2; SELECT 3;", [(1, "ours"), (1, "alone"), (2, "ours")]),
        ("SELECT 1; BEGIN; SELECT 2; COMMIT; VACUUM; BEGIN READ ONLY; SELECT 3; END;",
         [(1, "ours"), (1, "own"), (1, "alone"), (1, "read only")]),
        ("BEGIN; COMMIT;", [(0, "own")]),
        ("COMMIT;", [(0, "ours")]),
    ],
)  # fmt: skip
def test_what_the_units_are(text: str, expected: list[tuple[int, str]]) -> None:
    assert shape(decide(text, "1_x.up.sql")) == expected


def test_one_by_one_leaves_the_files_own_blocks_whole() -> None:
    plan = decide("SELECT 1; SELECT 2; BEGIN; SELECT 3; SELECT 4; COMMIT;", "1_x.up.sql", one_by_one=True)
    assert (plan.mode, plan.reason) == (Mode.UNITS, "each statement was asked to run by itself")
    assert shape(plan) == [(1, "ours"), (1, "ours"), (2, "own")]


def test_the_files_own_begin_is_kept() -> None:
    plan = decide("begin isolation level repeatable read; select 1; commit", "1_x.up.sql")
    assert plan.units[0].begin.rstrip(";") == "begin isolation level repeatable read"


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("SELECT 1;\nBEGIN;\nSELECT 2;", (2, 1), "never committed"),
        ("\\d", (1, 1), "psql"),
        ("SELECT 1;\n  \\copy t from 'x'", (2, 3), "psql"),
        ("SELECT '\x00'", (1, 9), "NUL"),
        ("COPY t FROM STDIN;\n1\n\\.\n", (1, 1), "COPY from standard input"),
        ("SELECT 1;\nCOPY (SELECT 1) TO STDOUT;", (2, 1), "COPY from standard input"),
    ],
)
def test_what_cannot_be_run(text: str, place: tuple[int, int], reason: str) -> None:
    with pytest.raises(BadFile) as refused:
        decide(text, "1_x.up.sql")
    assert (refused.value.line, refused.value.column) == place
    assert reason in refused.value.reason
    assert refused.value.remedy


def test_the_rest_of_a_file_is_planned_at_its_own_place() -> None:
    text = "SELECT 1;\nSELECT 2;\nBEGIN;"
    with pytest.raises(BadFile) as refused:
        decide(text, "1_x.up.sql", start=text.index("SELECT 2"))
    assert (refused.value.line, refused.value.column) == (3, 1)


def test_a_statement_is_taken_out_of_its_unit() -> None:
    unit = decide("SELECT 1; SELECT 2; VACUUM; SELECT 3", "1_x.up.sql", one_by_one=False).units[0]
    before, alone = apart(unit, 1)
    assert [one.text for one in before.statements] == ["SELECT 1;"]
    assert alone.alone
    assert before.end <= alone.statements[0].start <= alone.end


PIECES = (
    "SELECT 1;",
    "BEGIN;",
    "COMMIT;",
    "VACUUM;",
    "CREATE TABLE a (b text DEFAULT ';');",
    "-- BEGIN;\n",
    "END;",
    " ",
)


@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_units_hold_every_statement_once_and_in_order(pieces: list[str]) -> None:
    text = " ".join(pieces)
    try:
        plan = decide(text, "1_x.up.sql")
    except BadFile:
        return
    planned = [statement.start for unit in plan.units for statement in unit.statements]
    control = ("BEGIN", "COMMIT", "END")
    told = [one.start for one in split(text).statements if one.keywords[:1] and one.keywords[0] not in control]
    assert plan.mode is not Mode.SCRIPT
    assert [start for start in planned if start in told] == told
    ends = [unit.end for unit in plan.units]
    assert ends == sorted(ends)

from __future__ import annotations

from whimbrel.shadow.log_tail import MOST_LINES, reason


def test_the_last_complaint_comes_first() -> None:
    said = "LOG:  starting\nFATAL:  could not map memory: Cannot allocate memory\nHINT:  Ask for less.\n"
    first, *rest = reason(said).splitlines()
    assert first == "could not map memory: Cannot allocate memory"
    assert rest == [f"  {line}" for line in said.splitlines()]


def test_initdbs_complaint_is_one() -> None:
    assert reason("creating ... ok\ninitdb: error: could not write\nremoving\n").startswith("could not write\n")


def test_without_a_complaint_the_last_line_stands_for_it() -> None:
    assert reason("postgres: not found\n") == "postgres: not found"


def test_a_long_log_is_cut() -> None:
    assert len(reason("\n".join(map(str, range(100)))).splitlines()) == MOST_LINES + 1


def test_silence_is_no_reason() -> None:
    assert reason(" \n\n") == ""

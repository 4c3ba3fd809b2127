"""The note of an interrupted run is read back as it was written, and nothing else is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whimbrel.ledger.progress_note import ProgressNote, read_note
from whimbrel.migration.direction import Direction
from whimbrel.migration.version import MAX, NIL

OIDS = (16384, 16390)
NOTE = ProgressNote(
    Direction.UP,
    12,
    "ab" * 32,
    done=3,
    total=5,
    row=7431,
    came_from=11,
    character=204,
    begun=260,
    beside=(16384, 16390),
)
TEXT = (
    f"whimbrel: up 12 sha256:{'ab' * 32} 3 of 5 units done, row 7431, from version 11, to character 204,"
    " next one begun, to character 260 beside 16384 16390"
)
numbers = st.integers(0, 2**32 - 1)
hashes = st.text("0123456789abcdef", min_size=64, max_size=64)


@st.composite
def notes(draw: st.DrawFn) -> ProgressNote:
    begun = draw(numbers)
    return ProgressNote(
        draw(st.sampled_from(Direction)), draw(st.integers(0, MAX)), draw(hashes),
        done=draw(numbers), total=draw(numbers), row=draw(numbers), came_from=draw(st.integers(NIL, MAX)),
        character=draw(numbers), begun=begun, beside=tuple(draw(st.lists(numbers))) if begun else (),
        users=draw(st.text()),
    )  # fmt: skip


def test_a_note_is_one_line_for_people() -> None:
    assert str(NOTE) == TEXT
    assert read_note(TEXT) == NOTE


@given(notes())
def test_a_note_is_read_back_as_it_was_written(note: ProgressNote) -> None:
    assert read_note(str(note)) == note


@given(st.text())
def test_another_comment_is_no_note(comment: str) -> None:
    assert read_note(comment) is None


@pytest.mark.parametrize("comment", [f"{TEXT} and more", f" {TEXT}", TEXT.replace("up 12", "left 12"), f"{TEXT}x"])
def test_what_is_nearly_a_note_is_none(comment: str) -> None:
    assert read_note(comment) is None


def test_a_users_comment_may_look_like_a_note() -> None:
    note = read_note(f"{TEXT}\n\n{TEXT}")
    assert note
    assert note.users == TEXT


def test_the_file_is_fixed_up_to_what_is_begun() -> None:
    assert NOTE.fixed == 260
    done = read_note(TEXT.partition(", next")[0])
    assert done
    assert (done.begun, done.fixed) == (0, 204)

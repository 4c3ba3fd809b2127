"""Edits change a text, and can be shown as the lines that go and come."""

from __future__ import annotations

from whimbrel.findings.fix import Edit, difference, edited


def test_edits_apply_in_the_order_of_their_places() -> None:
    assert edited("abc", [Edit(3, 3, "!"), Edit(0, 1, ""), Edit(1, 1, "-")]) == "-bc!"


def test_lines_are_shown_once_however_many_edits_they_have() -> None:
    text = "one\ntwo three\n\nfour\n"
    edits = [Edit(4, 7, "2"), Edit(8, 13, "3"), Edit(15, 20, "")]
    assert difference(text, edits) == ("- two three", "+ 2 3", "- four")


def test_an_edit_at_a_lines_beginning_leaves_the_line_before() -> None:
    assert difference("a\nb\n", [Edit(2, 2, "x")]) == ("- b", "+ xb")

"""Is every deliberate difference from golang-migrate a row, with a test that is there?"""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).resolve().parents[1]
TRANSCRIPTS = TESTS / "transcripts"
PAGE = TESTS.parent / "docs" / "reference" / "differences.md"
NOT_WORTH_A_ROW = "misuse and help need not touch a database"


def _rows() -> list[list[str]]:
    lines = (line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| "))
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in rows if row[0] != "golang-migrate"]


def _named() -> list[str]:
    return [name for row in _rows() for name in re.findall(r"`([^`]+)`", row[-1])]


def _differs(transcript: Path) -> bool:
    def whys(value: Any) -> list[str]:
        if isinstance(value, list):
            return [why for item in value for why in whys(item)]
        if not isinstance(value, dict):
            return []
        ours = [value["whimbrel"]["why"]] if "whimbrel" in value else []
        return ours + [why for key, item in value.items() if key != "whimbrel" for why in whys(item)]

    found = whys(json.loads(transcript.read_text(encoding="utf-8")))
    return any(why != NOT_WORTH_A_ROW for why in found)


def test_each_row_has_two_sides_a_reason_and_a_test() -> None:
    assert len(_rows()) > 40
    assert not [row for row in _rows() if len(row) != 4 or not all(row) or "`" not in row[3]]


def test_each_transcript_that_differs_is_named_in_a_row() -> None:
    differing = {path.stem for path in TRANSCRIPTS.glob("*.json") if _differs(path)}
    assert len(differing) > 40
    assert not differing - set(_named())


@pytest.mark.parametrize("name", _named())
def test_each_test_that_a_row_names_is_there(name: str) -> None:
    file, colons, function = name.partition("::")
    if not colons:
        assert (TRANSCRIPTS / f"{name}.json").exists()
        return
    path = TESTS.parent / file if file.startswith("tests/") else Path(__file__).parent / file
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}

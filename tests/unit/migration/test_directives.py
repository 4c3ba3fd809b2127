from __future__ import annotations

import pytest

from whimbrel.errors import BadFile
from whimbrel.migration.directives import Directives, directives


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("-- whimbrel: no-transaction\nselect 1;", id="first line"),
        pytest.param("--whimbrel:no-transaction", id="without spaces"),
        pytest.param("\r\n/* c */\r\n-- a comment\r\n--  whimbrel:  no-transaction \r\nx", id="behind other comments"),
        pytest.param("-- whimbrel: ignore[a, b] no-transaction", id="beside others"),
        pytest.param("-- whimbrel: no-transaction, ignore[a] it is small", id="with a comma"),
        pytest.param("-- whimbrel: ignore-file[a]\n-- whimbrel: no-transaction", id="in a second comment"),
    ],
)
def test_no_transaction_is_read_from_the_head(text: str) -> None:
    assert directives(text, "1_a.up.sql") == Directives(no_transaction=True)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("select 1", id="no comment"),
        pytest.param("-- a comment\nselect 1", id="another comment"),
        pytest.param("select 1;\n-- whimbrel: no-transaction", id="behind the first statement"),
        pytest.param("select 1 -- whimbrel: nonsense", id="nonsense behind it"),
        pytest.param("/* -- whimbrel: no-transaction\n */ select 1", id="in a block comment"),
        pytest.param("/* whimbrel: no-transaction */", id="a block comment"),
        pytest.param("-- see whimbrel: no-transaction", id="in a sentence"),
        pytest.param("-- whimbrel: ignore[drop-column]", id="ignore"),
        pytest.param("-- whimbrel: ignore-file[a, b c] until=2030-01-01", id="ignore-file and until"),
        pytest.param("-- whimbrel: ignore[]", id="ignore nothing"),
        pytest.param("-- whimbrel: ignore[drop-column] until=2030-01-01 nobody reads it", id="a reason"),
    ],
)
def test_a_file_runs_in_a_transaction_unless_its_head_says_otherwise(text: str) -> None:
    assert directives(text, "1_a.up.sql") == Directives(no_transaction=False)


@pytest.mark.parametrize(
    ("text", "line", "column", "word"),
    [
        pytest.param("\n-- whimbrel: no_transaction", 2, 14, "no_transaction", id="misspelt"),
        pytest.param("-- whimbrel: no-transaction please", 1, 29, "please", id="a word too many"),
        pytest.param("-- whimbrel: NO-TRANSACTION", 1, 14, "NO-TRANSACTION", id="upper case"),
        pytest.param("-- whimbrel: ignore", 1, 14, "ignore", id="ignore without rules"),
        pytest.param("-- whimbrel: ignore[a", 1, 14, "ignore[a", id="not closed"),
        pytest.param("-- whimbrel: ignore [a]", 1, 14, "ignore", id="a space before the rules"),
        pytest.param("-- whimbrel: until=", 1, 14, "until=", id="until nothing"),
        pytest.param("-- whimbrel:", 1, 1, "no directive", id="nothing"),
        pytest.param("-- whimbrel: ,", 1, 1, "no directive", id="only a comma"),
    ],
)
def test_a_word_that_is_no_directive_is_refused_with_its_place(text: str, line: int, column: int, word: str) -> None:
    with pytest.raises(BadFile) as refused:
        directives(text, "1_a.up.sql")
    error = refused.value
    assert (error.name, error.line, error.column) == ("1_a.up.sql", line, column)
    assert word in error.message
    assert "no-transaction, ignore[RULE] or ignore-file[RULE]" in error.remedy

from __future__ import annotations

import pytest

from whimbrel.sql.copy_data import moves_client_data
from whimbrel.sql.split import split


def moves(text: str) -> bool:
    (statement,) = split(text).statements
    return moves_client_data(statement)


@pytest.mark.parametrize(
    "text",
    [
        "copy t from stdin;",
        '-- c\nCOPY s . "T" (a, b) FROM STDIN WITH (FORMAT csv, HEADER);',
        "copy t to stdout",
        "copy t from stdout",
        "copy binary t to stdin",
        "copy (select ')' from (values (1)) v) to stdout (format binary)",
        "Copy t (a) From /* c */ Stdin CSV",
    ],
)
def test_copy_over_the_connection_moves_a_clients_data(text: str) -> None:
    assert moves(text)


@pytest.mark.parametrize(
    "text",
    [
        "copy t from '/x'",
        "copy t from 'stdin'",
        "copy t to program 'cat > stdout'",
        "copy (select 1) to '/x' (format csv)",
        "copy stdin from '/x'",
        "copy t (stdin) to '/stdout' -- to stdout",
        "select 'copy t from stdin'",
        'copy "from stdin" to $$x$$',
        "copy",
    ],
)
def test_copy_on_the_server_moves_none(text: str) -> None:
    assert not moves(text)

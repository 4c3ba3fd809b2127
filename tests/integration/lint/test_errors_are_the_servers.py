"""What a rule says will fail does fail on the server, and what it lets pass does not."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import psycopg
import pytest
from cases import BEFORE, UP, cases

if TYPE_CHECKING:
    from cases import Case

STATES = {
    "add-required-column": "23502",
    "drop-unique-constraint": "2BP01",
    "enum-value-used-in-same-transaction": "55P04",
    "partition-key-not-in-unique": "0A000",
    "view-column-order": "42P16",
}
CASES = [case for case in chain.from_iterable(map(cases, STATES)) if set(case.files) == {BEFORE, UP}]
FOREIGN_KEY = "a foreign key needs it"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_server_refuses_what_the_rule_finds_and_nothing_else(case: Case, database: str) -> None:
    state = STATES[case.rule]
    foretold = case.kind == "fail" and (case.rule != "drop-unique-constraint" or case.title == FOREIGN_KEY)
    refused = None
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(case.files[BEFORE].encode())
        if case.rule == "add-required-column":
            connection.execute("INSERT INTO t (a) VALUES (1), (2)")
        try:
            connection.execute(case.files[UP].encode())
        except psycopg.Error as error:
            refused = error.sqlstate
    assert (refused == state) is foretold

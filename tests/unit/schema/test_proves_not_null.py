from __future__ import annotations

import pytest
from folded import folded

from whimbrel.schema.proves_not_null import is_proven_not_null


@pytest.mark.parametrize(
    ("changes", "proven"),
    [
        ("ADD CHECK (a IS NOT NULL)", True),
        ("ALTER a SET NOT NULL", True),
        ("ADD PRIMARY KEY (a)", True),
        ("ADD CONSTRAINT n CHECK (a IS NOT NULL) NOT VALID", False),
        ("ADD CONSTRAINT n CHECK (a IS NOT NULL) NOT VALID, VALIDATE CONSTRAINT n", True),
        ("ADD CONSTRAINT n NOT NULL a NOT VALID", False),
        ("ADD CONSTRAINT n NOT NULL a NOT VALID, VALIDATE CONSTRAINT n", True),
        ("ADD CHECK (a IS NOT NULL) NOT ENFORCED", False),
        ("ADD CONSTRAINT n CHECK (a IS NOT NULL), DROP CONSTRAINT n", False),
        ("ADD CHECK (b IS NOT NULL)", False),
    ],
)
def test_only_a_constraint_that_holds_for_all_rows_is_a_proof(changes: str, *, proven: bool) -> None:
    catalog = folded(f"CREATE TABLE t (a int, b int); ALTER TABLE t {changes}")
    assert is_proven_not_null(catalog.relations["public", "t"], "a") is proven


def test_a_partition_has_the_proof_of_its_parent() -> None:
    catalog = folded("CREATE TABLE p (a int, CHECK (a IS NOT NULL)) PARTITION BY LIST (a);"
                     "CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)")  # fmt: skip
    assert is_proven_not_null(catalog.relations["public", "p1"], "a")

"""What the analysis says of a statement is what PostgreSQL 13 to 18 did with it."""

from __future__ import annotations

from collections import Counter
from typing import Final

import pytest
from measured import MODES, VERSIONS, Row, before, effect, name, rows

ROWS = "which rows are there, no text tells"
ELSEWHERE = "it depends on what is not in the schema: roles, servers, functions, the session"
CHECKED_LATER = "the server checks more of the statement's meaning than is followed here"
REFUSALS_NOT_TOLD: Final = {
    "add column z int unique default 1": ROWS,
    "add column z int default 5 unique": ROWS,
    "alter table defp attach partition cand for values in (7)": ROWS,
    "alter table pddef add constraint k check (id >= 10000 or id < 0)": ROWS,
    "alter table rp detach partition rp1": ROWS,
    "alter table fk add foreign key (rid) references u1(id)": ROWS,
    "alter table t alter b type jsonb using b::jsonb": ROWS,
    "delete from r where id = 1": ROWS,
    "delete from uq where a=7": ROWS,
    "update tt set id=id+10000 where id=4": ROWS,
    "insert into vv(id) values (99999)": CHECKED_LATER,
    "alter table src of ct": CHECKED_LATER,
    "alter table src alter v set compression pglz": CHECKED_LATER,
    "alter table fk alter rid type numeric": CHECKED_LATER,
    "alter domain dint rename constraint nope to x": CHECKED_LATER,
    "create or replace view vw as select 1 as id, 2 as a": CHECKED_LATER,
    "create policy p9 on t for select to public using (a > 5) with check (a > 6)": CHECKED_LATER,
    "create rule r9 as on select to vw do instead select * from t": CHECKED_LATER,
    "create table n9 (id int references n9(id))": CHECKED_LATER,
    "create table n9 (like vw, like r)": CHECKED_LATER,
    "create table x1 (like t including indexes, like src)": CHECKED_LATER,
    "create view v9 as select * from vw join mv using (id)": CHECKED_LATER,
    "create view x1 as select * from src join tt using (id)": CHECKED_LATER,
    "select * from t union select * from t": CHECKED_LATER,
    "q on q.id=src.id when not matched then insert values (1,1)": CHECKED_LATER,
    "alter table t add column z uuid default uuid_generate_v4()": ELSEWHERE,
    "cluster tt": ELSEWHERE,
    "comment on foreign data wrapper nope is 'x'": ELSEWHERE,
    "create event trigger x1 on ddl_command_end execute function nope()": ELSEWHERE,
    "create foreign table ft (id int) server nope": ELSEWHERE,
    "create server s9 foreign data wrapper nope": ELSEWHERE,
    "drop index nope": ELSEWHERE,
    "drop table nope": ELSEWHERE,
    "security label on table src is 'x'": ELSEWHERE,
    "select currval('sq')": ELSEWHERE,
}
"""Statements, or how they end, that a server refuses for a reason that the analysis does not give."""
TOO_MUCH_TOLD: Final = {
    "owner to": "t has that owner already, so its sequence stays as it is",
    "alter table src owner to current_user": "src has that owner already",
    "alter table pfk attach partition pfkn for values from (3000) to (4000)": "pfkn is empty",
    "delete from r where id = 99999": "no row goes",
    "delete from rp where id=5000": "no row goes",
    "delete from uq where a=99999": "no row goes",
    "insert into cfk select 5001, 1 where false": "its query has no row",
    "insert into ser(v) select id from tt where id < 0": "its query has no row",
    "update cfk set rid = 5 where id = -3": "no row changes",
    "update cfk set rid = id": "each row has that value already",
    "update rp1 set v = 5 where id = -1": "no row changes",
    "do 'begin if false then drop table src; end if; end'": "that branch is never run",
    "select * from src tablesample system (10)": "its chance picks no page",
}
"""Statements of which it says more than a server did."""
EMPTY: Final = frozenset({"parent", "child", "child2", "arr", "sqt", "usescomp", "u1", "deffn", "em9"})
"""Tables without rows: reading them reads none."""
INCOMPLETE: Final = frozenset(
    {
        "owner to", "owner to other role", "drop owned/reassign owned", "drop index if exists (missing)",
        "drop table if exists (missing)", "add col NOT NULL no default",
    }
)  # fmt: skip
"""Rows of the reference tables whose text does not tell all."""


def _is_named(row: Row, listed: dict[str, str]) -> bool:
    return row.key.endswith(tuple(listed))


def _scanned(row: Row) -> set[str]:
    return _relations(row, row.found["scan"]) - EMPTY


def _relations(row: Row, names: list[str]) -> set[str]:
    """Leave indexes out."""
    catalog = before(row)
    return {one for one in names if name(one) in catalog.relations}


def _short(found: tuple[str, str]) -> str:
    return found[1] if found[0] == "public" else ".".join(found)


def differences(row: Row) -> list[str]:
    """Return in what the analysis and the server differ."""
    told = effect(row)
    if row.error.startswith("25001"):
        return [] if not told.transaction_block else ["it says that it runs in a transaction block"]
    if row.error:
        return [] if told.error else [f"it does not say {row.error}"]
    found = [f"it says {told.error}"] if told.error else []
    names = _relations(row, list(row.found["locks"]))
    locks = {one: MODES[row.found["locks"][one]] for one in names}
    said = {_short(one): int(mode) for one, mode in (told.locks or {}).items()}
    rewrites = _relations(row, row.found["rewrite"])
    said_rewrites = {_short(one) for one in told.rewrites or ()}
    said_scans = {_short(one) for one in told.scans or ()} - EMPTY
    if told.complete and (said != locks or said_rewrites != rewrites or said_scans != _scanned(row)):
        found.append(f"locks {said}, not {locks}; rewrites {said_rewrites}, not {rewrites}; scans {said_scans}")
    elif not (said.items() <= locks.items() and said_rewrites <= rewrites and said_scans <= _scanned(row)):
        found.append(f"says too much: {said}, not {locks}; {said_rewrites}, not {rewrites}; scans {said_scans}")
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_each_measured_statement_does_what_the_analysis_says(version: int) -> None:
    wrong = {
        row.key: found
        for row in rows()
        if row.version == version
        and not _is_named(row, REFUSALS_NOT_TOLD if row.error else TOO_MUCH_TOLD)
        and (found := differences(row))
    }
    assert wrong == {}


@pytest.mark.parametrize("listed", [REFUSALS_NOT_TOLD, TOO_MUCH_TOLD], ids=["refusals", "too much"])
def test_each_exception_is_still_one(listed: dict[str, str]) -> None:
    differing = [row for row in rows() if differences(row)]
    assert [part for part in listed if not any(_is_named(row, {part: ""}) for row in differing)] == []


def test_few_statements_of_the_reference_tables_are_told_in_part() -> None:
    assert {row.key for row in rows() if not row.more and not effect(row).complete} == INCOMPLETE


def test_the_tables_are_as_large_as_they_are_said_to_be() -> None:
    counts = Counter((row.version, row.more) for row in rows())
    assert counts[15, False] == 239
    assert all(counts[version, True] > 1100 for version in (15, 18))

"""Are the linter's errors right? Replay directories on a throw-away PostgreSQL, and compare.

    python tools/judge_precision.py [--before SQL] [--binaries DIR] [--all] DIR…

It prints, for each rule, how many errors the server confirmed, refuted, or has no word on, then those that it did not
confirm, then what the server did that no error or warning spoke of. How to read it: docs/rules/precision.md.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent))

from replayed import Done, replay

from whimbrel.findings.severity import Severity
from whimbrel.lint.linter import Linter
from whimbrel.lint.rule import Selection
from whimbrel.lint.settings import LintSettings
from whimbrel.lint.targets import folders
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.shadow.throwaway import throwaway_server

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from whimbrel.lint.file import Statement
    from whimbrel.lint.seen import Seen

FAILS = {"add-required-column": "23502", "add-column-primary-key": "23502"}
"""Rules whose word is an error of the server as soon as the table holds a row."""
EMPTIES = frozenset({"truncate-cascade", "truncate", "delete-without-where"})
BACKFILL = "backfill-in-ddl-transaction"
HOLDS = frozenset({BACKFILL, "work-after-exclusive-lock"})
"""Rules about work that is done while a lock of an earlier statement of the transaction is held."""
WAITS = frozenset({"many-tables-in-one-transaction", "two-fks-in-one-migration"})
"""Rules about a lock on one table that is waited for while another is locked."""
_WORD = re.compile(r"\w+")


class Verdict(StrEnum):
    """What the server says of a finding."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    OPEN = "no word"


def judge(seen: Seen, done: Mapping[int, Done]) -> tuple[Verdict, str]:
    """Compare what a finding claims with what the server did."""
    statement, card = _outermost(seen), seen.card
    one = None if statement is None else done.get(id(statement))
    if statement is None or one is None:
        return Verdict.OPEN, "it is not about a statement that the server runs"
    said = set(_WORD.findall(seen.found.message))
    if card.name in FAILS:
        right = (one.with_rows or "").startswith(FAILS[card.name])
        if one.refused and not right:
            return Verdict.OPEN, f"refused: {one.refused}"
        return (Verdict.CONFIRMED if right else Verdict.REFUTED), f"with a row: {one.with_rows or 'passes'}"
    if one.refused or not one.recorded:
        return Verdict.OPEN, f"refused: {one.refused}" if one.refused else "it runs outside a transaction"
    if card.name in EMPTIES:
        named = one.emptied & said
        right = bool(named) and one.emptied <= said
        return (Verdict.CONFIRMED if right else Verdict.REFUTED), f"emptied: {', '.join(sorted(one.emptied))}"
    if card.name in HOLDS | WAITS:
        return _held(seen, done, one, said)
    if card.lock is None:
        return Verdict.OPEN, "it claims no lock"
    locked = {table: mode for table, mode in one.locks.items() if table in said}
    strongest = max(locked.values(), default=None)
    if strongest is None or (strongest != card.lock and f"{strongest.label} lock" not in seen.found.effect):
        return Verdict.REFUTED, f"locks: {_locks(one)}"
    if one.without_partitions & said and (card.rewrites or card.scans):
        return Verdict.OPEN, "locked as said; it had no partition yet"
    if card.rewrites and not one.rewritten & said:
        return Verdict.REFUTED, "nothing is written anew"
    if card.scans and not one.read & said:
        return Verdict.REFUTED, "nothing is read"
    return Verdict.CONFIRMED, ""


def _outermost(seen: Seen) -> Statement | None:
    """Return the statement that the server is sent: not one in the body of a DO."""
    statement = seen.statement
    while statement is not None and statement.within is not None:
        statement = statement.within
    return statement


def _held(seen: Seen, done: Mapping[int, Done], one: Done, said: set[str]) -> tuple[Verdict, str]:
    """Compare with the locks of the transaction so far, on tables that were there before the file."""
    first = _outermost(seen)
    assert first is not None
    earlier = [
        other for other in seen.file.statements if other.start < first.start and other.transaction == first.transaction
    ]
    held = [done[id(other)] for other in earlier if id(other) in done]
    before = _strong(held, said)
    if seen.card.name in WAITS:
        own = _strong([one], said)
        right = bool(own) and len(before | own) > 1
    else:
        writes = any(mode >= LockMode.ROW_EXCLUSIVE for mode in one.locks.values())
        # INSERT … SELECT may fill a table that the file made; the other rule speaks of long reading too.
        reads = bool(one.locks) and (first.kind == "InsertStmt" or seen.card.name != BACKFILL)
        right = bool(before) and (writes or reads)
    if not right and seen.statement is not first:
        return Verdict.OPEN, "it stands in a body, and did not run"
    why = f"locks before it: {'; '.join(_locks(each) for each in held)}; its own: {_locks(one)}"
    return (Verdict.CONFIRMED, "") if right else (Verdict.REFUTED, why)


def _strong(done: Iterable[Done], said: set[str]) -> set[str]:
    """Return the named tables that are locked against writers."""
    return {table for one in done for table, mode in one.locks.items() if mode >= LockMode.SHARE and table in said}


def _locks(done: Done) -> str:
    return ", ".join(f"{mode.label} on {table}" for table, mode in sorted(done.locks.items())) or "none"


def _missed(done: Done) -> str:
    """What lasts the longer the more rows there are and blocks others, in words; empty where nothing does."""
    strong = {table for table, mode in done.locks.items() if mode >= LockMode.SHARE}
    parts = [f"writes {table} anew" for table in sorted(done.rewritten & strong)]
    parts += [f"reads {table}" for table in sorted(done.read & strong)]
    return ", ".join([*parts, f"locks: {_locks(done)}"]) if parts else ""


def main() -> int:
    """Judge the named directories."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directories", nargs="+", metavar="DIR")
    parser.add_argument("--before", default="", help="SQL to run in the new database first (extensions)")
    parser.add_argument("--binaries", type=Path, help="the folder with PostgreSQL's programs")
    parser.add_argument("--all", action="store_true", help="judge warnings too")
    options = parser.parse_args()
    least = Severity.WARNING if options.all else Severity.ERROR
    counts: dict[str, Counter[Verdict]] = {}
    doubtful: list[str] = []
    missed: list[str] = []
    with throwaway_server(binaries=options.binaries) as server:
        linter = Linter(Selection(LintSettings(version=int(server.version.split(".")[0])).chosen()))
        for folder in folders(options.directories, lambda: b""):
            seen = linter.directory(folder.files)
            judged = [one for one in seen if (one.found.severity or one.card.severity) >= least]
            probe = {id(_outermost(one)) for one in judged if one.card.name in FAILS or one.card.name in EMPTIES}
            spoken = {
                id(_outermost(one)) for one in seen if (one.found.severity or one.card.severity) >= Severity.WARNING
            }
            ran = 0
            done: dict[int, Done] = {}
            for statement, record in replay(folder.files, server.url, options.before, probe):
                done[id(statement)] = record
                ran += 1
                where = f"{statement.file.path}:{statement.file.position(statement.start)[0]}"
                if record.refused:
                    print(f"refused: {where}: {record.refused}")
                if id(statement) not in spoken and (what := _missed(record)):
                    missed.append(f"{where}: {statement.text.split(chr(10))[0][:60]}: {what}")
            place = Path(folder.files[0].path).parent
            print(f"{place}: {len(folder.files)} files, {ran} statements, {len(judged)} findings")
            for one in judged:
                verdict, why = judge(one, done)
                counts.setdefault(one.card.name, Counter())[verdict] += 1
                if verdict is not Verdict.CONFIRMED:
                    line = one.file.position(one.start)[0]
                    doubtful.append(f"{verdict}: {one.card.name}: {one.file.path}:{line}: {one.found.message} ({why})")
        linter.grammar.close()
    print()
    for name, verdicts in sorted(counts.items()):
        print(f"{name}: " + ", ".join(f"{verdicts[each]} {each}" for each in Verdict))
    for title, lines in (("Not confirmed", doubtful), ("Not spoken of", missed)):
        print(f"\n{title} ({len(lines)}):", *lines, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

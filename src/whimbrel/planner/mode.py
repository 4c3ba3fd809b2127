"""How is a file run: in one transaction, unit by unit, or as golang-migrate sends it? Decided once, with the reason."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from whimbrel.errors import BadFile
from whimbrel.sql.copy_data import moves_client_data
from whimbrel.sql.position import line_column
from whimbrel.sql.session_setting import changes_encoding, changes_string_rules
from whimbrel.sql.split import ProblemKind, split
from whimbrel.sql.transaction_block import Refusal, refuses_transaction_block
from whimbrel.sql.transaction_control import ControlKind, transaction_control

if TYPE_CHECKING:
    from whimbrel.sql.statement import Statement


_WHITE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""Unicode's white space; golang-migrate does not send a file that holds nothing else."""


class Mode(StrEnum):
    """How a file is run."""

    TRANSACTION = "transaction"
    """One transaction holds the file and the version row: after a crash it is all there, or nothing is."""
    UNITS = "units"
    """Version dirty, then unit by unit with a progress note, then clean: a crash resumes at what is not done."""
    SCRIPT = "script"
    """Version dirty, the whole text in one message, clean: what golang-migrate does."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Statements that are done together: a transaction, or one statement that refuses to be in one.

    `begin` is the transaction's first statement, the file's own where it has one. `end` is the offset in the file
    behind the unit. `own` marks a block that the file begins and commits by itself.
    """

    statements: tuple[Statement, ...]
    end: int
    begin: str = "BEGIN"
    own: bool = False
    read_only: bool = False
    alone: bool = False
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class FilePlan:
    """A file's mode, why, and what is run; `units` is one transaction in TRANSACTION and empty in SCRIPT."""

    mode: Mode
    reason: str
    text: str
    units: tuple[Unit, ...]
    sets_transaction: bool = False
    """Whether it says how its transaction is to be: then nothing of ours may come before its first statement."""


class _CannotTakeApart(Exception):
    """Transaction control that only the server can follow."""


def decide(
    text: str, name: str, *, standard_strings: bool = True, one_by_one: bool = False, start: int = 0
) -> FilePlan:
    """Split a file and choose its mode.

    `name` is for messages. `one_by_one` makes each plain statement a transaction of its own (`x-multi-statement`,
    `-- whimbrel: no-transaction`). `start` is the offset from which the file is still to be done.

    Raises:
        BadFile: it holds NUL, a psql command, COPY data of a client, or a BEGIN that nothing ends.
    """
    if not text.strip(_WHITE):
        return FilePlan(Mode.TRANSACTION, "it is empty", text, (Unit((), len(text)),))
    script = split(text[start:] if start else text, standard_conforming_strings=standard_strings)
    statements = script.statements
    if start:
        statements = tuple(replace(statement, start=statement.start + start) for statement in statements)
    for statement in statements:
        if statement.keywords[:1] == ("COPY",) and moves_client_data(statement):
            raise _bad(
                name, text, statement.start, "COPY from standard input or to standard output needs a client's data",
                "use INSERT … VALUES, or COPY from a file that the server can read",
            )  # fmt: skip
    if script.problem is not None and script.problem.kind in _PROBLEMS:
        reason, remedy = _PROBLEMS[script.problem.kind]
        raise _bad(name, text, script.problem.offset + start, reason, remedy)
    for statement in statements:
        if changes_encoding(statement):
            return FilePlan(Mode.SCRIPT, "it changes client_encoding for itself", text, ())
        if changes_string_rules(statement, standard_strings):
            return FilePlan(Mode.SCRIPT, "it changes standard_conforming_strings for itself", text, ())
    try:
        units = _units(statements, name, text, one_by_one=one_by_one)
    except _CannotTakeApart as refused:
        return FilePlan(Mode.SCRIPT, str(refused), text, ())
    sets = any(unit.statements and _sets_transaction(unit.statements[0]) for unit in units)
    options = any(unit.own and len(unit.begin.split()) > 1 for unit in units)
    mode, reason = _mode(units, one_by_one=one_by_one)
    return FilePlan(mode, reason, text, units or (Unit((), len(text)),), sets or options)


def apart(unit: Unit, number: int) -> tuple[Unit, ...]:
    """Take statement `number` out of a unit that has no transaction of its own: what is before it, it, what follows."""
    before, alone, after = unit.statements[:number], unit.statements[number], unit.statements[number + 1 :]
    units = [replace(unit, statements=before, end=before[-1].end)] if before else []
    units.append(Unit((alone,), alone.end, alone=True, refusal=refuses_transaction_block(alone)))
    if after:
        units.append(replace(unit, statements=after))
    return tuple(units)


_PROBLEMS = {
    ProblemKind.NUL: ("it holds a NUL character, which PostgreSQL has no text for", "save the file as UTF-8 text"),
    ProblemKind.PSQL_COMMAND: (
        "a backslash command is psql's, not PostgreSQL's",
        "take the line out, or write what it does in SQL",
    ),
}


def _bad(name: str, text: str, offset: int, reason: str, remedy: str) -> BadFile:
    line, column = line_column(text, offset)
    return BadFile(name, reason, line=line, column=column, remedy=remedy)


def _sets_transaction(statement: Statement) -> bool:
    control = transaction_control(statement)
    return control is not None and control.kind is ControlKind.SET_TRANSACTION


def _mode(units: tuple[Unit, ...], *, one_by_one: bool) -> tuple[Mode, str]:
    if not units:
        return Mode.TRANSACTION, "it holds no statement"
    refusing = next((unit for unit in units if unit.refusal is not None), None)
    if refusing is not None:
        return Mode.UNITS, f"{refusing.refusal} refuses a transaction block"
    if one_by_one:
        return Mode.UNITS, "each statement was asked to run by itself"
    if len(units) > 1:
        return Mode.UNITS, "it has several transactions of its own"
    if units[0].read_only:
        return Mode.UNITS, "its transaction is read only and cannot hold the version row"
    if units[0].own:
        return Mode.TRANSACTION, "its own BEGIN … COMMIT encloses all of it"
    return Mode.TRANSACTION, "it has no transaction control of its own"


def _units(statements: tuple[Statement, ...], name: str, text: str, *, one_by_one: bool) -> tuple[Unit, ...]:
    units: list[Unit] = []
    run: list[Statement] = []
    begin: Statement | None = None
    read_only = False

    def flush(end: int) -> None:
        nonlocal read_only
        if run or begin is not None:
            first = begin.text if begin is not None else "BEGIN"
            units.append(Unit(tuple(run), end, first, begin is not None, read_only))
        run.clear()
        read_only = False

    for statement in statements:
        control = transaction_control(statement)
        kind = control.kind if control is not None else None
        if control is not None and control.chain:
            reason = f"{kind} AND CHAIN cannot be taken apart"
            raise _CannotTakeApart(reason)
        if kind in {ControlKind.ROLLBACK, ControlKind.PREPARE_TRANSACTION}:
            reason = f"{' '.join(statement.keywords[:2]).rstrip(' ;')} cannot be taken apart"
            raise _CannotTakeApart(reason)
        if kind is ControlKind.COMMIT:
            flush(statement.end)
            begin = None
            continue
        if kind is ControlKind.BEGIN and begin is None:
            flush(statement.start)
            begin, read_only = statement, bool(control and control.read_only)
            continue
        if kind is ControlKind.SET_TRANSACTION and control is not None and control.read_only:
            read_only = True
        refusal = refuses_transaction_block(statement) if begin is None else None
        if refusal is not None:
            flush(statement.start)
            units.append(Unit((statement,), statement.end, alone=True, refusal=refusal))
            continue
        run.append(statement)
        if one_by_one and begin is None:
            flush(statement.end)
    if begin is not None:
        raise _bad(
            name, text, begin.start, "this transaction is begun and never committed",
            "add COMMIT at its end, or take the BEGIN out: Whimbrel runs a file in a transaction by itself",
        )  # fmt: skip
    flush(len(text))
    return tuple(units)

"""Does a statement begin, end or shape a transaction by itself?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

from whimbrel.sql.reader import Reader
from whimbrel.sql.setting import TRANSACTION_PARAMETERS, parse_setting
from whimbrel.sql.value import is_true

if TYPE_CHECKING:
    from whimbrel.sql.statement import Statement


class ControlKind(StrEnum):
    """What a statement does to the transaction; `END` is a COMMIT and `ABORT` a ROLLBACK."""

    BEGIN = "BEGIN"
    COMMIT = "COMMIT"
    ROLLBACK = "ROLLBACK"
    SAVEPOINT = "SAVEPOINT"
    RELEASE = "RELEASE"
    ROLLBACK_TO = "ROLLBACK TO"
    PREPARE_TRANSACTION = "PREPARE TRANSACTION"
    SET_TRANSACTION = "SET TRANSACTION"


@dataclass(frozen=True, slots=True)
class Control:
    """Transaction control: `chain` where the next transaction begins at once, `read_only` where it may not write."""

    kind: ControlKind
    chain: bool = False
    read_only: bool = False


def transaction_control(statement: Statement) -> Control | None:
    """Return the transaction control that a statement is; None for all else.

    COMMIT PREPARED and ROLLBACK PREPARED are none, since they end another session's transaction, and SET SESSION
    CHARACTERISTICS is none, since it begins with the next one. `SET transaction_read_only = …` is SET TRANSACTION.
    """
    kind = _kind(statement.keywords)
    if kind in {ControlKind.COMMIT, ControlKind.ROLLBACK}:
        return Control(kind, chain=("AND", "CHAIN") in pairwise(statement.keywords))
    if kind in {ControlKind.BEGIN, ControlKind.SET_TRANSACTION}:
        return Control(kind, read_only=_reads_only(statement.text))
    if kind is not None:
        return Control(kind)
    setting = parse_setting(statement) if statement.keywords[:1] == ("SET",) else None
    if setting is None or setting.name not in TRANSACTION_PARAMETERS:
        return None
    reads_only = setting.name == "transaction_read_only" and is_true(setting.value or "") is True
    return Control(ControlKind.SET_TRANSACTION, read_only=reads_only)


def _kind(words: tuple[str, ...]) -> ControlKind | None:
    """Tell the kind from a statement's keywords."""
    match words:
        case ("BEGIN", *_) | ("START", "TRANSACTION", *_):
            return ControlKind.BEGIN
        case ("COMMIT" | "ROLLBACK", "PREPARED", *_):
            return None
        case ("COMMIT" | "END", *_):
            return ControlKind.COMMIT
        case ("ROLLBACK", "TO", *_) | ("ROLLBACK", "WORK" | "TRANSACTION", "TO", *_):
            return ControlKind.ROLLBACK_TO
        case ("ROLLBACK" | "ABORT", *_):
            return ControlKind.ROLLBACK
        case ("SAVEPOINT", *_):
            return ControlKind.SAVEPOINT
        case ("RELEASE", *_):
            return ControlKind.RELEASE
        case ("PREPARE", "TRANSACTION", following, *_) if following not in {"AS", "("}:
            return ControlKind.PREPARE_TRANSACTION
        case ("SET", "TRANSACTION", following, *_) | ("SET", "SESSION" | "LOCAL", "TRANSACTION", following, *_) if (
            following not in {"=", "TO", "."}
        ):
            return ControlKind.SET_TRANSACTION
        case _:
            return None


def _reads_only(text: str) -> bool:
    """Tell whether READ ONLY is the last access mode that the statement names; the last one counts."""
    reader, reads_only = Reader(text), False
    while not reader.at_end:
        if reader.take("READ", "ONLY"):
            reads_only = True
        elif reader.take("READ", "WRITE"):
            reads_only = False
        else:
            reader.next()
    return reads_only

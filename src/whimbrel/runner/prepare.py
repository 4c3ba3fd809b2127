"""What does a step run? Its file, read, decoded and split, with its mode."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from whimbrel.errors import BadFile
from whimbrel.planner.mode import FilePlan, Mode, Unit, decide

if TYPE_CHECKING:
    from collections.abc import Callable

    from whimbrel.planner.plan import Step

_BOM = "\ufeff"
_NOTHING = FilePlan(Mode.TRANSACTION, "there is no file", "", (Unit((), 0),))


@dataclass(frozen=True, slots=True)
class Prepared:
    """A step with its file's plan; `body` are the file's bytes and `read_ns` is how long they took."""

    step: Step
    plan: FilePlan
    body: bytes
    read_ns: int


def prepare(
    step: Step,
    read: Callable[[str], bytes],
    *,
    standard_strings: bool = True,
    one_by_one: bool = False,
    start: int = 0,
) -> Prepared:
    """Read a step's file and choose its mode; `start` is the character from which it is still to be done.

    Raises:
        UnreadableFile: it cannot be read.
        BadFile: it is no UTF-8 text, or holds what cannot be run.
    """
    if step.file is None:
        return Prepared(step, _NOTHING, b"", 0)
    began = time.monotonic_ns()
    body = read(step.file.name)
    took = time.monotonic_ns() - began
    text = _decode(body, step.file.name)
    if "whimbrel:" in text:
        from whimbrel.migration.directives import directives

        one_by_one = one_by_one or directives(text, step.file.name).no_transaction
    plan = decide(text, step.file.name, standard_strings=standard_strings, one_by_one=one_by_one, start=start)
    return Prepared(step, plan, body, took)


def _decode(body: bytes, name: str) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        column = len(body[body.rfind(b"\n", 0, error.start) + 1 : error.start].decode(errors="replace")) + 1
        raise BadFile(
            name, f"byte 0x{body[error.start]:02x} is no UTF-8", line=line, column=column,
            remedy="save the file as UTF-8",
        ) from error  # fmt: skip
    return text.removeprefix(_BOM)


def in_units(prepared: Prepared, units: tuple[Unit, ...], reason: str) -> Prepared:
    """Return the step with other units, to be run one by one."""
    return replace(prepared, plan=replace(prepared.plan, mode=Mode.UNITS, units=units, reason=reason))

"""`whimbrel up`, `down`, `goto`, `force`, `version`, `drop`: what needs the migrations and the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.errors import ExitCode, ShortLimit
from whimbrel.report.text import state_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from whimbrel.cli.opening import Opening
    from whimbrel.migrator import Migrator, Outcome


def _up(opening: Opening, _: TextIO) -> ExitCode:
    options = opening.options
    with opening.migrator() as migrator:
        if options.check:
            from whimbrel.sql import grammar

            grammar.require()
            from whimbrel.cli.commands.check import passes

            if not passes(opening, migrator):
                return ExitCode.FAILED
        return _moved(opening, migrator, lambda: migrator.up(options.limit))


def _down(opening: Opening, stdin: TextIO) -> ExitCode:
    options = opening.options
    if options.all and options.limit is not None:
        opening.say("error: --all and a number exclude each other")
        return ExitCode.MISUSE
    with opening.migrator() as migrator:
        if options.all and not opening.confirm("Undo all migrations?", stdin):
            opening.say("nothing was undone")
            return ExitCode.FAILED
        limit = None if options.all else 1 if options.limit is None else options.limit
        return _moved(opening, migrator, lambda: migrator.down(limit))


def _goto(opening: Opening, _: TextIO) -> ExitCode:
    with opening.migrator() as migrator:
        return _moved(opening, migrator, lambda: migrator.goto(opening.options.version))


def _force(opening: Opening, _: TextIO) -> ExitCode:
    with opening.migrator() as migrator:
        migrator.force(opening.options.version)
        _print_version(opening, migrator)
    return ExitCode.OK


def _version(opening: Opening, _: TextIO) -> ExitCode:
    with opening.migrator() as migrator:
        opening.out.write(f"{state_text(migrator.version())}\n")
    return ExitCode.OK


def _drop(opening: Opening, stdin: TextIO) -> ExitCode:
    with opening.migrator() as migrator:
        if not opening.confirm("Drop all tables, views, sequences, types and functions of the current schema?", stdin):
            opening.say("nothing was dropped")
            return ExitCode.FAILED
        opening.stop_by_signals(migrator)
        for what in migrator.drop():
            opening.out.write(f"dropped  {what}\n")
    return ExitCode.OK


def _moved(opening: Opening, migrator: Migrator, move: Callable[[], Outcome]) -> ExitCode:
    opening.stop_by_signals(migrator)
    try:
        outcome = move()
    except ShortLimit:
        _print_version(opening, migrator)
        raise
    if not outcome.applied and not outcome.stopped:
        opening.say("no change")
    _print_version(opening, migrator)
    if outcome.stopped:
        opening.say(f"stopped: {len(outcome.remaining)} left to do")
        return ExitCode.INTERRUPTED
    return ExitCode.OK


def _print_version(opening: Opening, migrator: Migrator) -> None:
    opening.out.write(f"version  {state_text(migrator.version())}\n")


COMMANDS: dict[str, Callable[[Opening, TextIO], ExitCode]] = {
    "up": _up,
    "down": _down,
    "goto": _goto,
    "force": _force,
    "version": _version,
    "drop": _drop,
}

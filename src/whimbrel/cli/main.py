"""The door `whimbrel`: from words to a command and its exit code."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn, TextIO

from whimbrel.errors import ExitCode, WhimbrelError

if TYPE_CHECKING:
    from collections.abc import Sequence


def main() -> NoReturn:
    """Run the command line of this process."""
    from whimbrel.cli.bug import reported
    from whimbrel.cli.start_up import start_up

    start_up()
    sys.exit(reported(lambda: run(sys.argv[1:], sys.stdin, sys.stdout, sys.stderr)))


def run(arguments: Sequence[str], stdin: TextIO, out: TextIO, err: TextIO) -> int:
    """Run a command line; return the exit code, which `ExitCode` explains."""
    from whimbrel.cli.parser import build

    try:
        options = build().parse_args(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    try:
        return _dispatch(options, stdin, out, err)
    except WhimbrelError as error:
        from whimbrel.report.text import error_lines

        err.write("".join(f"{line}\n" for line in error_lines(error)))
        return error.exit_code


def _dispatch(options: object, stdin: TextIO, out: TextIO, err: TextIO) -> ExitCode:
    import argparse

    assert isinstance(options, argparse.Namespace)  # noqa: S101 - what build() returns
    if options.command == "server":
        from pathlib import Path

        from whimbrel.cli.commands.server import server
        from whimbrel.shadow.project_folder import project_folder

        return server(options.action, project_folder(Path.cwd()), out, err, options.extra)
    if options.command in ("lint", "locks"):
        from whimbrel.sql import grammar

        grammar.require()
    if options.command == "lint":
        from whimbrel.cli.commands.lint import lint

        return lint(options, out, err)
    if options.command == "locks":
        from whimbrel.cli.commands.locks import locks

        return locks(options, out)
    from whimbrel.cli.opening import Opening

    opening = Opening(options, out, err)
    if options.command == "create":
        from whimbrel.cli.commands.create import create

        return create(opening)
    from whimbrel.cli.commands import running

    return running.COMMANDS[options.command](opening, stdin)

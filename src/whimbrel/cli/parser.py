"""What words does the command `whimbrel` take?"""

from __future__ import annotations

import argparse
import os
import sys

_DESCRIPTION = "Schema changes for PostgreSQL: run migrations, each whole or not at all."
_EPILOG = """\
Migrations are pairs NNNNNN_title.up.sql and NNNNNN_title.down.sql. The database is that of --database, else of
DATABASE_URL, .env, or [tool.whimbrel] in pyproject.toml; with none of them a PostgreSQL of the project's own is
started in .whimbrel/.

Exit codes: 0 done, 1 failed or something found, 2 the command line cannot be meant, 70 a fault of Whimbrel itself,
130 stopped by a signal before the end.

Example:
  whimbrel up --path migrations --database postgres://app@localhost/app
"""


def _options(default: object) -> argparse.ArgumentParser:
    """Return the options that stand before or behind the command; `default` where they are absent."""
    options = argparse.ArgumentParser(
        "whimbrel", add_help=False, argument_default=argparse.SUPPRESS, formatter_class=_Help
    )
    options.add_argument("--path", metavar="DIR", default=default, help="the directory of the migrations, or its URL")
    options.add_argument("--database", metavar="URL", default=default, help="the database: postgres://user@host/name")
    options.add_argument(
        "--lock-timeout", metavar="SECONDS", type=float, default=default,
        help="how long to wait for another run to end (15)",
    )  # fmt: skip
    return options


class _Help(argparse.RawDescriptionHelpFormatter):
    """Help as wide as the terminal; argparse asks for one at each option, and would look through shutil (4 ms)."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)


def _columns() -> int:
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given):
        return int(given)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or 80  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):
        return 80


def build() -> argparse.ArgumentParser:
    """Return the grammar."""
    from whimbrel import __version__

    parser = argparse.ArgumentParser(
        "whimbrel", description=_DESCRIPTION, epilog=_EPILOG, parents=[_options(None)], allow_abbrev=False,
        formatter_class=_Help,
    )  # fmt: skip
    parser.add_argument("--version", action="version", version=f"whimbrel {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, prog="whimbrel")

    shared = _options(argparse.SUPPRESS)

    def command(name: str, text: str, example: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name, help=text, description=text[0].upper() + text[1:] + ".", epilog=f"Example:\n  {example}",
            parents=[shared], allow_abbrev=False,
            formatter_class=_Help,
        )  # fmt: skip

    up = command("up", "apply all pending migrations, or the next N", "whimbrel up 1")
    up.add_argument("limit", metavar="N", nargs="?", type=_count, help="how many at most")
    up.add_argument("--check", action="store_true", help="lint the pending files first, and run none if that fails")
    up.add_argument("--fail-on", metavar="SEVERITY", help="of --check: error, warning, advice or never (error)")
    down = command("down", "undo the last migration, or the last N, or all", "whimbrel down 2")
    down.add_argument("limit", metavar="N", nargs="?", type=_count, help="how many (1)")
    down.add_argument("--all", action="store_true", help="undo all; asks")
    down.add_argument("--yes", action="store_true", help="do not ask")
    goto = command("goto", "go up or down to version V", "whimbrel goto 3")
    goto.add_argument("version", metavar="V", type=_count)
    force = command("force", "write version V as clean without running anything; -1 for none", "whimbrel force 3")
    force.add_argument("version", metavar="V", type=_version)
    command("version", "print the database's version", "whimbrel version")
    create = command("create", "make an empty pair of migration files", "whimbrel create add_orders")
    create.add_argument("title", metavar="NAME", help="the title in the files' names")
    drop = command("drop", "drop all that the current schema holds, but for extensions; asks", "whimbrel drop --yes")
    drop.add_argument("--yes", action="store_true", help="do not ask")
    lint = command("lint", "find what a migration breaks, blocks or loses", "whimbrel lint migrations --statistics")
    _lint(lint)
    locks = command(
        "locks", "say what each statement locks, rewrites and scans", "whimbrel locks - --context migrations"
    )
    locks.add_argument("files", metavar="FILE", nargs="*", help="files with SQL, - for standard input (-)")
    locks.add_argument("--context", metavar="DIR", help="the migrations that made the schema before")
    locks.add_argument("--pg-version", metavar="N", type=int, help="PostgreSQL's major version, 13 to 18 (15)")
    locks.add_argument("--json", action="store_true", help="write JSON")
    server = command("server", "the project's own PostgreSQL in .whimbrel/", "whimbrel server status")
    server.add_argument("action", choices=["start", "stop", "status", "url", "psql"])
    server.add_argument("extra", nargs=argparse.REMAINDER, help="arguments for psql")
    return parser


def _lint(lint: argparse.ArgumentParser) -> None:
    lint.add_argument("paths", metavar="PATH", nargs="*", help="directories or files, - for standard input")
    lint.add_argument("--since", metavar="REV", help="only files that are new since this git revision")
    lint.add_argument("--pg-version", metavar="N", type=int, help="PostgreSQL's major version, 13 to 18 (15)")
    lint.add_argument(
        "--select", metavar="RULES", action="append", help="rules to run: names, codes, WB5, default, all (default)"
    )
    lint.add_argument("--ignore", metavar="RULES", action="append", help="rules not to run")
    lint.add_argument("--fail-on", metavar="SEVERITY", help="error, warning, advice or never (error)")
    lint.add_argument("--format", metavar="FORMAT", help="text, json, sarif, github or gitlab (text)")
    lint.add_argument("--target", metavar="RUNNER", help="who runs the files: whimbrel or golang-migrate (whimbrel)")
    lint.add_argument("--fix", action="store_true", help="repair what has one safe form, in files that are new")
    lint.add_argument("--baseline", metavar="FILE", help="findings that are known, and not shown")
    lint.add_argument("--write-baseline", metavar="FILE", help="write what is found now to a baseline, and end")
    lint.add_argument("--statistics", action="store_true", help="count the findings of each rule")
    lint.add_argument("--explain", metavar="RULE", help="say what a rule knows, and end; all lists the rules")
    lint.add_argument("--stdin-filename", metavar="FILE", help="the name of what comes from standard input")


def _count(text: str) -> int:
    number = _version(text)
    if number < 0:
        message = f"{text!r} is negative"
        raise argparse.ArgumentTypeError(message)
    return number


def _version(text: str) -> int:
    from whimbrel.migration.version import MAX, NIL, parse_number

    number = parse_number(text.removeprefix("-"))
    if number is None:
        message = f"{text!r} is no number"
        raise argparse.ArgumentTypeError(message)
    number = -number if text.startswith("-") else number
    if not NIL <= number <= MAX:
        message = f"{text} is not between {NIL} and {MAX}"
        raise argparse.ArgumentTypeError(message)
    return number

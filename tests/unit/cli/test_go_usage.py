"""The help texts, as golang-migrate v4.19.1 prints them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from whimbrel.cli.go_flags import FlagError, HelpRequested
from whimbrel.cli.go_usage import COMMAND_FLAGS, GLOBAL_FLAGS, command_help, command_usage, usage

USAGE = """\
Usage: migrate OPTIONS COMMAND [arg...]
       migrate [ -version | -help ]

Options:
  -source          Location of the migrations (driver://url)
  -path            Shorthand for -source=file://path
  -database        Run migrations against this database (driver://url)
  -prefetch N      Number of migrations to load in advance before executing (default 10)
  -lock-timeout N  Allow N seconds to acquire database lock (default 15)
  -verbose         Print verbose logging
  -version         Print version
  -help            Print usage

Commands:
  create [-ext E] [-dir D] [-seq] [-digits N] [-format] [-tz] NAME
\t   Create a set of timestamped up/down migrations titled NAME, in directory D with extension E.
\t   Use -seq option to generate sequential up/down migrations with N digits.
\t   Use -format option to specify a Go time format string. \
Note: migrations with the same time cause "duplicate migration version" error.
           Use -tz option to specify the timezone that will be used when generating \
non-sequential migrations (defaults: UTC).

  goto V       Migrate to version V
  up [N]       Apply all or N up migrations
  down [N] [-all]    Apply all or N down migrations
\tUse -all to apply all down migrations
  drop [-f]    Drop everything inside database
\tUse -f to bypass confirmation
  force V      Set version V but don't run migration (ignores dirty state)
  version      Print current migration version

Source drivers: <list>
Database drivers: <list>
"""
CREATE_FLAGS = """\
  -digits int
    \tThe number of digits to use in sequences (default: 6) (default 6)
  -dir string
    \tDirectory to place file in (default: current working directory)
  -ext string
    \tFile extension
  -format string
    \tThe Go time format string to use. If the string "unix" or "unixNano" is specified, then the seconds or \
nanoseconds since January 1, 1970 UTC respectively will be used. Caution, due to the behavior of time.Time.Format(), \
invalid format strings will not error (default "20060102150405")
  -help
    \tPrint help information
  -seq
    \tUse sequential numbers instead of timestamps (default: false)
  -tz string
    \tThe timezone that will be used for generating timestamps (default: utc) (default "UTC")
"""
HELP_FLAG = "  -help\n    \tPrint help information\n"
ALL_FLAG = "  -all\n    \tApply all down migrations\n"
F_FLAG = "  -f\tForce the drop command by bypassing the confirmation prompt\n"


def without_lists(text: str) -> str:
    return re.sub(r"(?m)^(Source|Database) drivers: .*$", r"\1 drivers: <list>", text)


def test_the_usage_is_golang_migrates() -> None:
    assert without_lists(usage()) == USAGE


def test_the_usage_lists_what_whimbrel_takes() -> None:
    lists = dict(re.findall(r"(?m)^(Source|Database) drivers: (.*)$", usage()))
    assert {"file", "package", "s3", "gcs", "github", "https"} <= set(lists["Source"].split(", "))
    assert set(lists["Database"].split(", ")) == {"postgres", "postgresql", "pgx", "pgx4", "pgx5"}


@pytest.mark.parametrize(
    ("command", "listing"),
    [
        ("create", CREATE_FLAGS),
        ("goto", HELP_FLAG),
        ("up", HELP_FLAG),
        ("down", ALL_FLAG + HELP_FLAG),
        ("drop", F_FLAG + HELP_FLAG),
        ("force", HELP_FLAG),
    ],
)
def test_a_command_lists_its_flags(command: str, listing: str) -> None:
    assert command_usage(command) == f"Usage of {command}:\n{listing}"
    assert command_help(command).endswith(listing)


@pytest.mark.parametrize("command", sorted(COMMAND_FLAGS))
def test_the_help_of_a_command_begins_with_its_lines_of_the_usage(command: str) -> None:
    lines = command_help(command).removesuffix(command_usage(command).partition("\n")[2])
    assert lines.startswith(f"{command} ")
    assert f"  {lines}" in USAGE


def test_global_flags_have_golang_migrates_defaults() -> None:
    values = GLOBAL_FLAGS.parse([]).values
    assert (values["prefetch"], values["lock-timeout"]) == (10, 15)
    assert not any(values[name] for name in ("help", "version", "verbose", "path", "database", "source"))


def test_create_flags_have_golang_migrates_defaults() -> None:
    assert COMMAND_FLAGS["create"].parse(["name"]).values == {
        "help": False,
        "ext": "",
        "dir": "",
        "format": "20060102150405",
        "tz": "UTC",
        "seq": False,
        "digits": 6,
    }


TRANSCRIPTS = Path(__file__).parents[4] / "shared" / "conformance" / "transcripts"


@pytest.mark.skipif(not TRANSCRIPTS.is_dir(), reason=f"the transcripts are not at {TRANSCRIPTS}")
@pytest.mark.parametrize("name", ["create-help", "down-help", "force-help", "up-help", "unknown-flag", "bad-values"])
def test_help_and_flag_errors_are_those_of_the_recorded_runs(name: str) -> None:
    for step in json.loads((TRANSCRIPTS / f"usage-{name}.json").read_text())["steps"]:
        assert without_lists(printed(step["run"])) == step["stderr"]


def printed(words: list[str]) -> str:
    """What the flags of a command line make `migrate` print."""
    try:
        command, *rest = GLOBAL_FLAGS.parse(words).rest
    except FlagError as error:
        return f"{error.line}\n{usage()}"
    try:
        COMMAND_FLAGS[command].parse(rest)
    except FlagError as error:
        return f"{error.line}\n{command_usage(command)}"
    except HelpRequested:
        return command_usage(command)
    return command_help(command)

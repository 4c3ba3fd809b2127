"""Which flags does `migrate` take, and what does its help print? golang-migrate's (v4.19.1), letter by letter."""

from __future__ import annotations

from whimbrel.cli.go_flags import Flag, FlagSet, Kind, defaults_text

DEFAULT_LAYOUT = "20060102150405"
"""The layout of `create -format` where none is given."""

GLOBAL_FLAGS = FlagSet(
    "migrate",
    (
        Flag("help", Kind.BOOL, default=False),
        Flag("version", Kind.BOOL, default=False),
        Flag("verbose", Kind.BOOL, default=False),
        Flag("prefetch", Kind.UINT, default=10),
        Flag("lock-timeout", Kind.UINT, default=15),
        Flag("path", Kind.STRING, default=""),
        Flag("database", Kind.STRING, default=""),
        Flag("source", Kind.STRING, default=""),
    ),
)

_HELP = Flag("help", Kind.BOOL, default=False, usage="Print help information")

COMMAND_FLAGS = {
    flagset.name: flagset
    for flagset in (
        FlagSet(
            "create",
            (
                _HELP,
                Flag("ext", Kind.STRING, default="", usage="File extension"),
                Flag(
                    "dir",
                    Kind.STRING,
                    default="",
                    usage="Directory to place file in (default: current working directory)",
                ),
                Flag(
                    "format",
                    Kind.STRING,
                    default=DEFAULT_LAYOUT,
                    usage='The Go time format string to use. If the string "unix" or "unixNano" is specified, then the '
                    "seconds or nanoseconds since January 1, 1970 UTC respectively will be used. Caution, due to the "
                    "behavior of time.Time.Format(), invalid format strings will not error",
                ),
                Flag(
                    "tz",
                    Kind.STRING,
                    default="UTC",
                    usage="The timezone that will be used for generating timestamps (default: utc)",
                ),
                Flag(
                    "seq",
                    Kind.BOOL,
                    default=False,
                    usage="Use sequential numbers instead of timestamps (default: false)",
                ),
                Flag("digits", Kind.INT, default=6, usage="The number of digits to use in sequences (default: 6)"),
            ),
        ),
        FlagSet("goto", (_HELP,)),
        FlagSet("up", (_HELP,)),
        FlagSet("down", (_HELP, Flag("all", Kind.BOOL, default=False, usage="Apply all down migrations"))),
        FlagSet(
            "drop",
            (
                _HELP,
                Flag(
                    "f", Kind.BOOL, default=False, usage="Force the drop command by bypassing the confirmation prompt"
                ),
            ),
        ),
        FlagSet("force", (_HELP,)),
    )
}
"""The commands that take flags; `version` takes none, not even `-help`."""

_COMMANDS = {
    "create": """\
create [-ext E] [-dir D] [-seq] [-digits N] [-format] [-tz] NAME
\t   Create a set of timestamped up/down migrations titled NAME, in directory D with extension E.
\t   Use -seq option to generate sequential up/down migrations with N digits.
\t   Use -format option to specify a Go time format string. \
Note: migrations with the same time cause "duplicate migration version" error.
           Use -tz option to specify the timezone that will be used when generating \
non-sequential migrations (defaults: UTC).
""",
    "goto": "goto V       Migrate to version V",
    "up": "up [N]       Apply all or N up migrations",
    "down": "down [N] [-all]    Apply all or N down migrations\n\tUse -all to apply all down migrations",
    "drop": "drop [-f]    Drop everything inside database\n\tUse -f to bypass confirmation",
    "force": "force V      Set version V but don't run migration (ignores dirty state)",
    "version": "version      Print current migration version",
}


def usage() -> str:
    """Return what `-help`, a missing or unknown command and a wrong global flag print."""
    # A run that prints no usage shall not pay for these.
    from whimbrel.postgres.conninfo import Scheme
    from whimbrel.sources.remote import SCHEMES

    commands = "".join(f"  {text}\n" for text in _COMMANDS.values())
    return f"""\
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
{commands}
Source drivers: {", ".join(("file", "package", *SCHEMES))}
Database drivers: {", ".join(Scheme)}
"""


def command_help(command: str) -> str:
    """Return what `COMMAND -help` prints."""
    return f"{_COMMANDS[command]}\n{defaults_text(COMMAND_FLAGS[command])}"


def command_usage(command: str) -> str:
    """Return what `COMMAND -h` prints, and a wrong flag of a command behind its error line."""
    return f"Usage of {command}:\n{defaults_text(COMMAND_FLAGS[command])}"

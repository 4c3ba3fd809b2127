"""The door `migrate`: golang-migrate v4.19.1's command line for PostgreSQL."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, NoReturn, TextIO

from whimbrel.cli.go_duration import go_duration
from whimbrel.cli.go_flags import FlagError, HelpRequested, Parsed
from whimbrel.cli.go_log import GoLog
from whimbrel.cli.go_usage import COMMAND_FLAGS, GLOBAL_FLAGS, command_help, command_usage, usage
from whimbrel.errors import CreateError, SourceError, WhimbrelError
from whimbrel.migration.version import MAX, NIL, parse_number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from whimbrel.migrator import Migrator
    from whimbrel.postgres.conninfo import Target
    from whimbrel.runner.events import Event
    from whimbrel.runner.outcome import Outcome
    from whimbrel.sources.source import Source

VERSION = "4.19.1"


class _Exit(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def main() -> NoReturn:
    """Run the command line of this process."""
    from whimbrel.cli.bug import reported
    from whimbrel.cli.start_up import start_up

    start_up()
    sys.exit(reported(lambda: run(sys.argv[1:], sys.stdin, sys.stderr)))


def run(arguments: Sequence[str], stdin: TextIO, stderr: TextIO) -> int:
    """Run a command line; return the exit code: 0 done, 1 an error was reported, 2 usage."""
    try:
        _Command(arguments, stdin, stderr).run()
    except _Exit as ended:
        return ended.code
    return 0


class _Command:
    def __init__(self, arguments: Sequence[str], stdin: TextIO, stderr: TextIO) -> None:
        self._arguments = arguments
        self._stdin = stdin
        self._stderr = stderr
        self._log = GoLog(stderr, verbose=False)
        self._began = time.time_ns()
        self._clock = time.monotonic_ns()
        self._pgx = False

    def run(self) -> None:
        try:
            parsed = GLOBAL_FLAGS.parse(self._arguments)
        except HelpRequested:
            self._end(usage(), 0)
        except FlagError as error:
            self._end(f"{error.line}\n{usage()}", 2)
        values = parsed.values
        self._log.verbose = values["verbose"]
        if values["version"]:
            from whimbrel import __version__

            self._end(f"{VERSION} (Whimbrel {__version__})\n", 0)
        if values["help"]:
            self._end(usage(), 0)
        if not parsed.rest or parsed.rest[0] not in {*COMMAND_FLAGS, "version"}:
            self._end(usage(), 2)
        command, words = parsed.rest[0], parsed.rest[1:]
        given = Parsed({}, words) if command == "version" else self._command_flags(command, words)
        try:
            getattr(self, f"_{command}")(values, given)
        except CreateError as error:
            for path in error.created:
                self._log.line(path)
            self._fail(error)
        except WhimbrelError as error:
            self._fail(error)

    def _command_flags(self, command: str, words: Sequence[str]) -> Parsed:
        if command == "force" and tuple(words[:1]) == ("-1",):
            words = ("--", *words)
        try:
            given = COMMAND_FLAGS[command].parse(words)
        except HelpRequested:
            self._end(command_usage(command), 0)
        except FlagError as error:
            self._end(f"{error.line}\n{command_usage(command)}", 2)
        if given.values["help"]:
            self._end(command_help(command), 0)
        return given

    def _create(self, _: dict[str, object], given: Parsed) -> None:
        from whimbrel.cli.go_create import create
        from whimbrel.cli.go_time import parse_zone
        from whimbrel.errors import Misuse

        flags = given.values
        if not given.rest:
            self._refuse("error: please specify name")
        if not flags["ext"]:
            self._refuse("error: -ext flag must be specified")
        try:
            zone = parse_zone(flags["tz"])
        except Misuse as error:
            self._refuse(error.message)
        paths = create(
            flags["dir"], given.rest[0], flags["ext"], layout=flags["format"], zone=zone, nanoseconds=self._began,
            digits=flags["digits"] if flags["seq"] else None,
        )  # fmt: skip
        for path in paths:
            self._log.line(path)

    def _up(self, values: dict[str, object], given: Parsed) -> None:
        limit = self._number(given.rest[0], "error: can't read limit argument N") if given.rest else None
        self._migrate(values, lambda migrator: migrator.up(limit))

    def _down(self, values: dict[str, object], given: Parsed) -> None:
        everything = given.values["all"]
        limit: int | None = None
        if everything and given.rest:
            self._refuse("error: -all cannot be used with other arguments")
        if len(given.rest) > 1:
            self._refuse("error: too many arguments")
        if given.rest:
            limit = self._number(given.rest[0], "error: can't read limit argument N")
        with self._open(values) as migrator:
            if not given.rest and not everything:
                self._ask(
                    "Are you sure you want to apply all down migrations? [y/N]",
                    "Applying all down migrations",
                    "Not applying all down migrations",
                )
            self._stop_by_signals(migrator)
            self._end_of_run(migrator.down(limit))

    def _goto(self, values: dict[str, object], given: Parsed) -> None:
        if not given.rest:
            self._refuse_opened(values, "error: please specify version argument V")
        version = self._number(given.rest[0], "error: can't read version argument V")
        self._migrate(values, lambda migrator: migrator.goto(version))

    def _force(self, values: dict[str, object], given: Parsed) -> None:
        if not given.rest:
            self._refuse_opened(values, "error: please specify version argument V")
        text = given.rest[0]
        number = parse_number(text.removeprefix("-").removeprefix("+") if text[:1] in {"-", "+"} else text)
        if number is None or number > MAX:
            self._refuse("error: can't read version argument V")
        version = -number if text.startswith("-") else number
        if version < NIL:
            self._refuse("error: argument V must be >= -1")
        with self._open(values) as migrator:
            migrator.force(version)
        self._finished()

    def _drop(self, values: dict[str, object], given: Parsed) -> None:
        if not given.values["f"]:
            self._ask(
                "Are you sure you want to drop the entire database schema? [y/N]",
                "Dropping the entire database schema",
                "Aborted dropping the entire database schema",
            )
        with self._open(values) as migrator:
            self._stop_by_signals(migrator)
            migrator.drop(tables_only=True)
        self._finished()

    def _version(self, values: dict[str, object], _: Parsed) -> None:
        with self._open(values) as migrator:
            state = migrator.version()
        if state.version == NIL:
            self._refuse("error: no migration")
        self._log.line(f"{state.version} (dirty)" if state.dirty else str(state.version))
        if self._log.verbose:
            self._log.line("Closing source and database")

    def _migrate(self, values: dict[str, object], act: Callable[[Migrator], Outcome]) -> None:
        with self._open(values) as migrator:
            self._stop_by_signals(migrator)
            self._end_of_run(act(migrator))

    def _end_of_run(self, outcome: Outcome) -> None:
        if not outcome.applied and not outcome.stopped:
            self._log.line("no change")
        self._finished()

    def _finished(self) -> None:
        if self._log.verbose:
            self._log.line(f"Finished after {go_duration(time.monotonic_ns() - self._clock)}")
            self._log.line("Closing source and database")

    def _open(self, values: dict[str, object]) -> Migrator:
        """Open source and database as golang-migrate does, with its texts for what fails."""
        from whimbrel.cli.go_events import GoEvents
        from whimbrel.migrator import Migrator, Settings
        from whimbrel.report.go_text import error_text, is_refused_table, source_text

        source, url = self._source(values)
        target = self._target(values)
        self._pgx = target.scheme.is_pgx
        settings = Settings(
            lock_timeout_s=float(str(values["lock-timeout"])),
            carry_settings=True,
            write_history=False,
            go_start_up=True,
        )
        events: Callable[[Event], None] = GoEvents(self._log, prefetch=int(str(values["prefetch"])))
        try:
            migrator = Migrator(source, target, settings=settings, on_event=events)
            migrator.ensure_version_table()
        except SourceError as error:
            self._refuse(f"error: {source_text(error, url)}", error)
        except WhimbrelError as error:
            opened = "" if is_refused_table(error) else "failed to open database: "
            self._refuse(f"error: {opened}{error_text(error, pgx=self._pgx)}", error)
        for name, problem in migrator.migrations.almost:
            self._log.beside("warning", f"{name} is not run: {problem}")
        return migrator

    def _source(self, values: dict[str, object]) -> tuple[Source, str]:
        from whimbrel.report.go_text import source_text
        from whimbrel.sources.locate import check_scheme, locate, path_source

        url, path = str(values["source"]), str(values["path"])
        if not url and path:
            return path_source(path), f"file://{path}"
        try:
            check_scheme(url)
        except SourceError as error:
            self._refuse(f"error: failed to parse scheme from source URL: {error.message}")
        self._target_scheme(values)
        try:
            return locate(url), url
        except SourceError as error:
            self._refuse(f"error: {source_text(error, url)}", error)

    def _target_scheme(self, values: dict[str, object]) -> str:
        """Return the database's URL; golang-migrate looks at its scheme before it opens the source."""
        url = str(values["database"])
        if not url:
            from pathlib import Path

            from whimbrel.config import database_url

            found = database_url(os.environ, Path.cwd())
            url = found.value if found else ""
        name, colon, _ = url.partition(":")
        if not colon or not name:
            reason = "no scheme" if url else "URL cannot be empty"
            self._refuse(f"error: failed to parse scheme from database URL: {reason}")
        return url

    def _target(self, values: dict[str, object]) -> Target:
        from whimbrel.postgres.conninfo import Scheme, UrlError, parse_url, without_password

        url = self._target_scheme(values)
        name = url.partition(":")[0]
        if name not in set(Scheme):
            shown = without_password(name)
            self._refuse(f"error: failed to open database: database driver: unknown driver {shown} (forgotten import?)")
        try:
            return parse_url(url, go=True)
        except UrlError as error:
            reason = f'parse "{error.shown}": {error.reason}' if error.shown else error.reason
            self._refuse(f"error: failed to open database: {reason}")

    def _stop_by_signals(self, migrator: Migrator) -> None:
        from whimbrel.cli.signals import ask_to_stop

        ask_to_stop(migrator.stop, self._stderr, self._signalled)

    def _signalled(self, times: int) -> str:
        return self._log.form("Stopping after this running migration ...") if times == 1 else ""

    def _ask(self, question: str, yes: str, no: str) -> None:
        """Ask; the first word of the answer must be `y`."""
        from whimbrel.cli.answer import answer

        words = answer(lambda: self._log.line(question), self._stdin).split()
        if not words or words[0].lower() != "y":
            self._refuse(no)
        self._log.line(yes)

    def _number(self, text: str, refusal: str) -> int:
        number = parse_number(text)
        if number is None or number > MAX:
            self._refuse(refusal)
        return number

    def _refuse_opened(self, values: dict[str, object], text: str) -> NoReturn:
        """Refuse a missing argument; golang-migrate reports what cannot be opened before it."""
        self._open(values).close()
        self._refuse(text)

    def _fail(self, error: WhimbrelError) -> NoReturn:
        from whimbrel.report.go_text import error_text

        self._refuse(f"error: {error_text(error, pgx=self._pgx)}", error)

    def _refuse(self, text: str, error: WhimbrelError | None = None) -> NoReturn:
        """Print a refusal as golang-migrate does, and what we know more of the error behind it."""
        self._log.line(text)
        if error is not None:
            from whimbrel.report.go_text import additions

            for kind, more in additions(error):
                self._log.beside(kind, more)
        raise _Exit(1)

    def _end(self, text: str, code: int) -> NoReturn:
        self._log.plain(text)
        raise _Exit(code)

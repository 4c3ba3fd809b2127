"""Which migrations and which database does a command mean? Options, settings, what lies around; opened and said."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from whimbrel.cli.answer import answer
from whimbrel.config import Setting, database_url, migrations_path, read_config, shorter
from whimbrel.errors import Misuse
from whimbrel.report.text import step_line
from whimbrel.runner.events import Event, LockWaited, Noticed, StepFinished, StepStarted, Warned

if TYPE_CHECKING:
    import argparse
    from typing import TextIO

    from whimbrel.migrator import Migrator
    from whimbrel.postgres.conninfo import Target


class Opening:
    """Opens what the options name; results go to `out`, talk to `err`."""

    def __init__(self, options: argparse.Namespace, out: TextIO, err: TextIO) -> None:
        self.options = options
        self.out = out
        self.err = err
        self.folder = ""
        """The directory of the migrations that were opened, with what separates it from their names."""
        self._config = read_config(Path.cwd())

    def say(self, text: str) -> None:
        """Tell the person something that is no result."""
        self.err.write(f"{text}\n")
        self.err.flush()

    def path(self) -> str:
        """Return the migrations' directory or URL; says which where the user did not."""
        setting = migrations_path(self.options.path, self._config, Path.cwd())
        if self.options.path is None and setting.value != "migrations":
            self.say(f"migrations: {setting.value} (from {setting.origin})")
        return setting.value

    def target(self) -> Target:
        """Return the database that is meant; starts the project's own server where none is named."""
        if self.options.database is not None:
            return _read(Setting(self.options.database, "--database"))
        found = database_url(os.environ, Path.cwd()) or self._config.database
        return _read(found or Setting(self._embedded(), "the embedded server"))

    def _embedded(self) -> str:
        from whimbrel.shadow.embedded import EmbeddedServer
        from whimbrel.shadow.project_folder import project_folder

        folder = project_folder(Path.cwd())
        running = EmbeddedServer(folder).start()
        for notice in running.notices:
            self.say(f"notice: {notice}")
        shown = os.path.relpath(folder / ".whimbrel")
        how = "started" if running.started else "running"
        self.say(
            f"database: embedded PostgreSQL {running.version} in {shown} ({how}; no --database, DATABASE_URL or .env)"
        )
        return running.url

    def migrator(self) -> Migrator:
        """Open the migrations and the database."""
        from whimbrel.migrator import Migrator, Settings, locate, path_source

        path = self.path()
        self.folder = "" if "://" in path else os.path.join(shorter(path), "")  # noqa: PTH118 - with the separator
        source = locate(path) if "://" in path else path_source(path)
        source.names()  # before a server is started for nothing
        target = self.target()
        timeout = self.options.lock_timeout
        settings = Settings() if timeout is None else Settings(lock_timeout_s=timeout)
        migrator = Migrator(source, target, settings=settings, on_event=self.event)
        for name, problem in migrator.migrations.almost:
            self.say(f"warning: {name} is not run: {problem}")
        return migrator

    def stop_by_signals(self, migrator: Migrator) -> None:
        """From here on let SIGINT and SIGTERM stop what the migrator runs."""
        from whimbrel.cli.signals import ask_to_stop

        ask_to_stop(migrator.stop, self.err, _signalled)

    def event(self, event: Event) -> None:
        """Print what happens during a run."""
        match event:
            case StepStarted(step=step, resumed=resumed) if resumed:
                self.say(f"resuming {step.name}: {resumed} units were done before")
            case StepFinished(step=step, read_ns=read_ns, ran_ns=ran_ns):
                self.out.write(f"{step_line(step, read_ns + ran_ns)}\n")
                self.out.flush()
            case Noticed(notice=notice, step=step):
                place = f"{step.name}: " if step else ""
                self.say(f"{notice.severity.lower()}: {place}{notice.message}")
            case LockWaited(holders=holders):
                self.say("waiting for the migration lock" + (f", held by {holders}" if holders else ""))
            case Warned(text=text):
                self.say(f"warning: {text}")
            case _:
                return

    def confirm(self, question: str, stdin: TextIO) -> bool:
        """Ask on the terminal; only `y` and `yes` are yes, and a signal or the end of input is no."""
        if self.options.yes:
            return True

        def ask() -> None:
            self.err.write(f"{question} [y/N] ")
            self.err.flush()

        said = answer(ask, stdin)
        if not said.endswith("\n"):
            self.err.write("\n")
        return said.strip().lower() in {"y", "yes"}


def _signalled(times: int) -> str:
    if times == 1:
        return "stopping after this file; once more cancels it\n"
    return "cancelling the running statement\n" if times == 2 else ""


def _read(setting: Setting) -> Target:
    """Return the database that a setting names; an error says where it comes from, and never its password."""
    from whimbrel.postgres.conninfo import UrlError
    from whimbrel.postgres.keyword_form import parse_database

    try:
        return parse_database(setting.value)
    except UrlError as error:
        shown = f" {error.shown}" if error.shown else ""
        message = f"cannot read the database URL{shown} from {setting.origin}: {error.reason}"
        remedy = "write postgres://user:password@host:port/database, or host=… user=… dbname=…"
        raise Misuse(message, remedy=remedy) from error

"""A directory of migrations and a database, for tests of what a run does to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

from catalog import Row, version_row
from fault_proxy import Fault, FaultProxy, When
from fix_embedded import until

from whimbrel.errors import ConnectionLost
from whimbrel.migrator import Event, Migrator, Settings, parse_url, path_source
from whimbrel.runner.events import Warned

if TYPE_CHECKING:
    from pathlib import Path

    import psycopg


@dataclass(frozen=True, slots=True)
class Project:
    folder: Path
    url: str
    session: psycopg.Connection
    """Somebody who looks on, in autocommit mode."""

    @property
    def name(self) -> str:
        """The database's name."""
        return urlsplit(self.url).path[1:]

    def write(self, *files: str, down: str = "") -> None:
        """Write the up files 1, 2, …, and the down file of the last."""
        for number, text in enumerate(files, 1):
            (self.folder / f"{number}_step.up.sql").write_text(text)
        if down:
            (self.folder / f"{len(files)}_step.down.sql").write_text(down)

    def up(self, url: str = "", settings: Settings | None = None) -> list[Event]:
        """Run all that is pending; return what happened."""
        events: list[Event] = []
        target = parse_url(url or self.url)
        with Migrator(path_source(str(self.folder)), target, settings=settings, on_event=events.append) as migrator:
            migrator.up()
        return events

    def down(self, url: str = "") -> None:
        with Migrator(path_source(str(self.folder)), parse_url(url or self.url)) as migrator:
            migrator.down()

    def force(self, version: int) -> None:
        with Migrator(path_source(str(self.folder)), parse_url(self.url)) as migrator:
            migrator.force(version)

    def break_at(self, statement: str, when: When, *, down: bool = False) -> None:
        """Run, with the connection cut at the statement that begins so; the server's side is ended at once."""
        with FaultProxy(self.url, Fault(1, when, statement)) as proxy:
            try:
                self.down(proxy.url) if down else self.up(proxy.url)
            except ConnectionLost:
                assert proxy.wait_for_fault()
            else:
                raise AssertionError(proxy.points)
        if when is When.DURING:
            until(self.waiting, "the statement waits for somebody's transaction")
        self.end_runs()

    def waiting(self) -> bool:
        """Whether a run waits for another's transaction in the server."""
        query = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name = 'whimbrel' AND wait_event_type = 'Lock'"
        )
        return bool(self.one(query))

    def end_runs(self) -> None:
        """End what a cut run left at work in the server, and wait for it."""
        until(lambda: not self._end_runs(), "the sessions of the run have ended")

    def _end_runs(self) -> list[tuple[bool]]:
        return self.session.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'whimbrel'"
        ).fetchall()

    def with_parameters(self, **parameters: str) -> str:
        return urlsplit(self.url)._replace(query=urlencode(parameters, quote_via=quote)).geturl()

    def version(self) -> Row:
        return version_row(self.session)

    def indexes(self, table: str = "t") -> dict[str, bool]:
        """The table's indexes, and whether each is valid."""
        rows = self.session.execute(
            "SELECT c.relname, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
            " WHERE i.indrelid = %s::regclass",
            [table],
        )
        return dict(rows.fetchall())

    def one(self, query: str) -> object:
        row = self.session.execute(query.encode()).fetchone()
        assert row
        return row[0]


def warnings(events: list[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, Warned)]

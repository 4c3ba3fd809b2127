"""One session with the server: simple queries, pipelines, notices, cancelling."""

from __future__ import annotations

import select
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from whimbrel.errors import QueryFailed
from whimbrel.postgres.errors import connection_failed, connection_lost, ends_session, query_failed
from whimbrel.postgres.libpq import errors, pq

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Sequence

    from psycopg.pq.abc import PGconn, PGresult

    from whimbrel.postgres.conninfo import Target

_GOOD = frozenset([pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK, pq.ExecStatus.EMPTY_QUERY])
_COPY = frozenset([pq.ExecStatus.COPY_IN, pq.ExecStatus.COPY_OUT, pq.ExecStatus.COPY_BOTH])
_OURS = {
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "4",
    "fallback_application_name": "whimbrel",
}
"""A dead network is noticed after about 13 s instead of never; what the URL says wins."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A message that the server sent beside its results; `severity` is NOTICE, WARNING, INFO, LOG or DEBUG."""

    severity: str
    message: str
    detail: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Repeated:
    """A statement that is sent again and again with other values for $1 and so on: parsed and planned once."""

    text: str
    values: tuple[str, ...] = ()


class Session:
    """A connection to one database, used by one thread.

    `on_notice` is called for each notice of level NOTICE and up while results are read.
    """

    def __init__(self, connection: PGconn, target: Target) -> None:
        self._connection = connection
        self.target = target
        self.on_notice: Callable[[Notice], None] = lambda _: None
        self.deadline_ms = 0
        """How long one `pipeline` or `simple` may take before it is cancelled, in milliseconds; 0 for ever."""
        self.keeps_prepared = True
        """Whether statements that are prepared stay so; DEALLOCATE ALL in a file ends it."""
        self.farewell: QueryFailed | None = None
        """Why the server ends the session, once it said so."""
        self._prepared: dict[str, bytes] = {}
        connection.notice_handler = self._notice
        connection.nonblocking = 1

    @classmethod
    def open(cls, target: Target, **defaults: str) -> Session:
        """Connect; `defaults` are connection parameters that hold where the target names none.

        Raises:
            ConnectionFailed: there is no such server, user or database, or it refuses us.
        """
        conninfo = target.conninfo(**_OURS, **defaults)
        connection = pq.PGconn.connect(conninfo.encode(errors="surrogateescape"))
        if connection.status != pq.ConnStatus.OK:
            message = connection.error_message.decode(errors="replace")
            known = {key: _tried(connection, key) for key in ("host", "port", "user", "db")}
            connection.finish()
            raise connection_failed(
                message, host=known["host"], port=known["port"], user=known["user"], database=known["db"]
            )
        return cls(connection, target)

    @property
    def server_version(self) -> int:
        """The server's version as PostgreSQL numbers it: 150018 is 15.18."""
        return self._connection.server_version

    @property
    def backend_pid(self) -> int:
        """The server process of this session."""
        return self._connection.backend_pid

    @property
    def user(self) -> str:
        """The role that logged in."""
        return self._connection.user.decode()

    @property
    def broken(self) -> bool:
        """Whether the connection is gone."""
        return self._connection.status != pq.ConnStatus.OK

    @property
    def last_words(self) -> str:
        """What libpq said last of what went wrong."""
        return self._connection.error_message.decode(errors="replace").strip()

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction block is open, failed or not."""
        return self._connection.transaction_status in {
            pq.TransactionStatus.INTRANS,
            pq.TransactionStatus.INERROR,
        }

    @property
    def standard_strings(self) -> bool:
        """Whether the session reads backslashes in plain strings as themselves (standard_conforming_strings)."""
        return self._connection.parameter_status(b"standard_conforming_strings") != b"off"

    def speak_utf8(self) -> None:
        """Take back what a script did to client_encoding: all that we send is UTF-8."""
        if not self.broken and self._connection.parameter_status(b"client_encoding") != b"UTF8":
            self.simple("SET client_encoding TO 'UTF8'")

    def simple(self, query: str) -> list[PGresult]:
        """Send one simple Query message, as psql and golang-migrate do, and return its results.

        Raises:
            QueryFailed: the server refused it.
            ConnectionLost: the session ended.
        """
        with self._libpq():
            self._connection.send_query(query.encode())
            results = list(self._results())
            while self._fetch() is not None:  # only after COPY, which psycopg ends for us
                pass
        for result in results:
            if result.status not in _GOOD:
                raise query_failed(result, query)
        return results

    def rows(self, query: str) -> list[tuple[str | None, ...]]:
        """Return the rows of one statement as text, None for NULL.

        Raises:
            QueryFailed: the server refused it.
            ConnectionLost: the session ended.
        """
        return rows_of(self.pipeline([query])[0])

    def pipeline(
        self,
        queries: Sequence[str | Repeated],
        on_result: Callable[[int], None] | None = None,
        flush_after: Container[int] = (),
        meanwhile: Callable[[], None] | None = None,
    ) -> list[PGresult]:
        """Send statements as a pipeline with one Sync at its end: one round trip; the first failure skips the rest.

        `on_result` is told the number of each statement when its result is here; the server sends what it has after
        the statements `flush_after`, else at the end. `meanwhile` is called while the server is at work.

        Raises:
            PipelineFailed: the server refused a statement; all before it were done, none after it.
            ConnectionLost: the session ended.
        """
        connection = self._connection
        failed: PipelineFailed | None = None
        results: list[PGresult] = []
        with self._libpq():
            connection.enter_pipeline_mode()
            try:
                prepared = self._prepare(queries)
                for number, query in enumerate(queries):
                    self._send(query)
                    if number in flush_after:
                        connection.send_flush_request()
                connection.pipeline_sync()
                if meanwhile is not None and not connection.flush():
                    meanwhile()
                for _ in range(prepared + 1 if prepared else 0):  # each one, and their Sync
                    for _ in self._results():
                        pass
                for number, query in enumerate(queries):
                    for result in self._results():
                        if result.status in _GOOD:
                            results.append(result)
                            if on_result is not None:
                                on_result(number)
                        elif failed is None and result.status == pq.ExecStatus.FATAL_ERROR:
                            text = query if isinstance(query, str) else query.text
                            failed = PipelineFailed(query_failed(result, text), number)
                for _ in self._results():  # the Sync's own
                    pass
            finally:
                if connection.status == pq.ConnStatus.OK and not connection.is_busy():
                    connection.exit_pipeline_mode()
        if failed is not None:
            raise failed
        return results

    def _prepare(self, queries: Sequence[str | Repeated]) -> int:
        """Send what is parsed once and was not yet; return how many. A Sync follows, for parsing takes a snapshot.

        One that fails is missing afterwards: its first use says so (26000).
        """
        repeated = (query.text for query in queries if isinstance(query, Repeated) and self.keeps_prepared)
        fresh = [text for text in dict.fromkeys(repeated) if text not in self._prepared]
        for text in fresh:
            self._prepared[text] = name = f"whimbrel_{len(self._prepared)}".encode()
            self._connection.send_prepare(name, text.encode())
        if fresh:
            self._connection.pipeline_sync()
        return len(fresh)

    def _send(self, query: str | Repeated) -> None:
        if isinstance(query, str):
            self._connection.send_query_params(query.encode(), None)
            return
        values = [value.encode() for value in query.values]
        if self.keeps_prepared:
            self._connection.send_query_prepared(self._prepared[query.text], values)
        else:
            self._connection.send_query_params(query.text.encode(), values)

    def cancel(self) -> None:
        """Ask the server to end the running statement; safe in a signal handler. A refusal is no error."""
        try:
            self._connection.get_cancel().cancel()
        except errors.Error:
            return

    def rollback(self) -> None:
        """End a transaction block that a failure left open."""
        if not self.broken and self.in_transaction:
            self.simple("ROLLBACK")

    def close(self) -> None:
        """Say goodbye; the server gives up our locks."""
        self._connection.finish()

    def _results(self) -> Iterator[PGresult]:
        """Yield the results of the next statement."""
        while (result := self._fetch()) is not None:
            if result.status in _COPY:
                _end_copy(self._connection, result)
                continue
            yield result
            if result.status == pq.ExecStatus.PIPELINE_SYNC:
                return

    def _fetch(self) -> PGresult | None:
        connection = self._connection
        pending = connection.flush()
        if connection.is_busy() or pending:
            poll = select.poll()
            socket = connection.socket
            end = time.monotonic() + self.deadline_ms / 1000 if self.deadline_ms else None
            while True:
                poll.register(socket, select.POLLIN | (select.POLLOUT if pending else 0))
                left = None if end is None else max(0.0, end - time.monotonic()) * 1000
                ready = poll.poll(left)
                if not ready:
                    self.cancel()
                    end = None
                    continue
                if ready[0][1] & ~select.POLLOUT:
                    connection.consume_input()
                pending = connection.flush()
                if not connection.is_busy() and not pending:
                    break
        result = connection.get_result()
        if result is not None and result.status == pq.ExecStatus.FATAL_ERROR:
            self._listen_for_farewell(result)
        return result

    def _listen_for_farewell(self, result: PGresult) -> bool:
        said = query_failed(result, "")
        if ends_session(said):
            self.farewell = said
        return self.farewell is said

    def _libpq(self) -> _Translated:
        return _Translated(self)

    def _notice(self, result: PGresult) -> None:
        def text(code: pq.DiagnosticField) -> str:
            return (result.error_field(code) or b"").decode(errors="replace")

        field = pq.DiagnosticField
        severity = text(field.SEVERITY_NONLOCALIZED) or text(field.SEVERITY)
        message = text(field.MESSAGE_PRIMARY)
        if message and not self._listen_for_farewell(result):
            self.on_notice(Notice(severity, message, text(field.MESSAGE_DETAIL), text(field.MESSAGE_HINT)))


class PipelineFailed(QueryFailed):
    """The server refused statement `number` of a pipeline; none after it was run."""

    def __init__(self, cause: QueryFailed, number: int) -> None:
        super().__init__(
            cause.message,
            sqlstate=cause.sqlstate,
            severity=cause.severity,
            detail=cause.detail,
            hint=cause.hint,
            context=cause.context,
            position=cause.position,
            function=cause.function,
            query=cause.query,
        )
        self.number = number


class _Translated:
    """Turn libpq's own errors into ConnectionLost; end the session where another leaves results unread."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, errors.Error):
            raise connection_lost(self._session.last_words or str(error), self._session.farewell) from error
        if error is not None and not isinstance(error, QueryFailed):
            self._session.cancel()
            self._session.close()


def rows_of(result: PGresult) -> list[tuple[str | None, ...]]:
    """Return a result's rows as text, None for NULL."""
    columns = range(result.nfields)
    return [
        tuple(None if (value := result.get_value(row, column)) is None else value.decode() for column in columns)
        for row in range(result.ntuples)
    ]


def identifier(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text for SQL, whatever standard_conforming_strings says."""
    quoted = text.replace("'", "''")
    return " E'" + quoted.replace("\\", "\\\\") + "'" if "\\" in text else f"'{quoted}'"


def _tried(connection: PGconn, what: str) -> str:
    """Return what libpq tried to reach; it refuses to say so for some failures."""
    try:
        value: bytes = getattr(connection, what)
    except errors.Error:
        return ""
    return (value or b"").decode(errors="replace")


def _end_copy(connection: PGconn, result: PGresult) -> None:
    """End a COPY that a file began: the client has no data to give and wants none."""
    if result.status == pq.ExecStatus.COPY_IN:
        connection.put_copy_end(b"this connection sends no COPY data")
        return
    while connection.get_copy_data(0)[0] > 0:
        pass


__all__ = ["Notice", "PipelineFailed", "Repeated", "Session", "identifier", "literal", "rows_of"]

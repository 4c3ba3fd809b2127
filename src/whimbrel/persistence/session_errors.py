"""What can become of a session with the server: it does not come about, it ends, or it ends in COMMIT."""

from __future__ import annotations

import psycopg.errors

from whimbrel.persistence.db_error import NO_FACTS, DBError, Facts, Outcome, Retry


class ConnectionFailed(DBError):
    """No session with the server came about."""

    advice = "check the database URL, and that the server is running"
    retry = Retry.RECONNECT
    ends_session = True
    leaves = Outcome.NOT_STARTED

    def is_connection_error(self) -> bool:
        """Yes."""
        return True

    def is_timeout(self) -> bool:
        """Whether the server did not answer in time."""
        return isinstance(self.__cause__, psycopg.errors.ConnectionTimeout)


class ServerNotReady(ConnectionFailed):
    """The server is starting, stopping or recovering."""

    advice = "try again in a moment"


class TooManyConnections(ConnectionFailed):
    """The server has no connection left for us."""

    advice = "make the pools smaller, or put PgBouncer in front"


class AuthenticationFailed(ConnectionFailed):
    """The server refused the user: wrong or expired credentials, no such role, or no rule that lets it in."""

    advice = "check user and password, and refresh credentials that expire"


class InvalidCatalog(ConnectionFailed):
    """There is no database of that name."""

    advice = "check the database's name, or create it"
    retry = Retry.NO


class ConnectionLost(DBError):
    """The session ended while, or before, it was used."""

    advice = "run the unit of work again: the pool opens another connection"
    retry = Retry.RECONNECT
    ends_session = True

    def is_connection_error(self) -> bool:
        """Yes."""
        return True


class IdleInTransactionTimeout(ConnectionLost):
    """The server ended the session: its transaction was idle for longer than idle_in_transaction_session_timeout."""

    advice = "do not wait for anything but the database within a unit of work"

    def is_timeout(self) -> bool:
        """Yes."""
        return True


class TransactionTimeout(ConnectionLost):
    """The server ended the session: its transaction took longer than transaction_timeout."""

    advice = "make the unit of work shorter, or allow it more time"
    retry = Retry.NO

    def is_timeout(self) -> bool:
        """Yes."""
        return True


class ServerShutdown(ConnectionLost):
    """An administrator ended the session, or the server is stopping."""


class ServerCrash(ConnectionLost):
    """Another session of the server crashed, and all sessions ended with it."""

    advice = "run the unit of work again, and read the server's log"


class DatabaseDropped(ConnectionLost):
    """The database was dropped under the session."""

    advice = "check who dropped it"
    retry = Retry.NO


class ProtocolError(ConnectionLost):
    """Client and server, or a pooler between them, do not understand each other; the connection is to be closed."""

    advice = "read the pooler's log; behind PgBouncer use its profile"
    retry = Retry.NO


class CommitOutcomeUnknown(DBError):
    """COMMIT was sent and no answer came. `xid` is the transaction's id, with which pg_xact_status tells, if known."""

    advice = "look whether the work was done before it is tried again, or use resolve=True"
    leaves = Outcome.UNKNOWN

    def __init__(
        self,
        op: str,
        reason: str = "no answer came to COMMIT: the work may be done or not",
        *,
        xid: int | None = None,
        facts: Facts = NO_FACTS,
        outcome: Outcome | None = None,
        remedy: str = "",
    ) -> None:
        told = reason if xid is None else f"{reason}; transaction {xid}"
        super().__init__(op, told, facts=facts, outcome=outcome, remedy=remedy)
        self.xid = xid

# Written by tools/generate_sync.py from listen.py: change that one.
"""How does a service hear NOTIFY? On a connection of its own, which comes back by itself and says so."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from whimbrel.persistence.errors import UnsupportedByPooler
from whimbrel.persistence.options import Pooler
from whimbrel.persistence.sync import tasks

if TYPE_CHECKING:
    from collections.abc import Generator

    from whimbrel.persistence.sync.connection import Database

_FIRST_DELAY_S = 0.05
_MAX_DELAY_S = 5.0
_LOOK_S = 30.0


@dataclass(frozen=True, slots=True)
class Notification:
    """Somebody's NOTIFY, sent when their transaction committed; `payload` is under 8000 bytes."""

    channel: str
    payload: str
    pid: int


@dataclass(frozen=True, slots=True)
class Listening:
    """From now on notifications are heard; `again` where a connection was lost, and with it what was sent meanwhile."""

    again: bool


def listen(database: Database, *channels: str, quiet_s: float | None = None) -> Generator[Notification | Listening]:
    """Yield what is notified on channels, and `Listening` first and after each reconnection.

    Whoever hears `Listening` looks into the tables for what it may have missed: notifications are a wake-up, not a
    queue. With `quiet_s` it ends when nothing was heard for so long.

    Raises:
        UnsupportedByPooler: the pool's profile is PgBouncer's transaction mode.
    """
    if database.settings.pooler is not Pooler.NONE:
        op = "listen"
        raise UnsupportedByPooler(op, "LISTEN")
    again = False
    delay = _FIRST_DELAY_S
    while True:
        try:
            connection = psycopg.Connection.connect(database.conninfo(), autocommit=True)
        except psycopg.Error:
            tasks.sleep(delay)
            delay = min(_MAX_DELAY_S, delay * 2)
            continue
        try:
            for channel in channels:
                connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
            delay = _FIRST_DELAY_S
            yield Listening(again)
            again = True
            heard = time.monotonic()
            while quiet_s is None or time.monotonic() - heard < quiet_s:
                for notify in _within(connection, quiet_s):
                    heard = time.monotonic()
                    yield Notification(notify.channel, notify.payload, notify.pid)
                if quiet_s is None:
                    connection.execute("")  # a dead network is noticed by asking
            return
        except psycopg.OperationalError:
            continue
        finally:
            connection.close()


def _within(connection: psycopg.Connection[Any], quiet_s: float | None) -> Generator[psycopg.Notify]:
    return connection.notifies(timeout=_LOOK_S if quiet_s is None else quiet_s, stop_after=1)

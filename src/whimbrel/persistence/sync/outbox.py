# Written by tools/generate_sync.py from outbox.py: change that one.
"""How does a message leave the database if, and only if, its transaction committed? By way of a table, and a relay."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - the mapper reads it
from typing import TYPE_CHECKING, Any

from whimbrel.persistence.statement import Statement
from whimbrel.persistence.sync.listen import listen
from whimbrel.persistence.sync.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from whimbrel.persistence.sync.connection import Database
    from whimbrel.persistence.sync.querier import Querier
    from whimbrel.persistence.sync.transaction import Transaction

SCHEMA = """\
CREATE TABLE outbox (
    id BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY,
    topic TEXT NOT NULL,
    key TEXT NOT NULL,
    payload JSONB NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    published_at TIMESTAMPTZ,

    CONSTRAINT outbox_pkey PRIMARY KEY (id)
);
CREATE INDEX outbox_unpublished_idx ON outbox (key, id) WHERE published_at IS NULL;
"""
"""The table, for a migration of yours."""

CHANNEL = "outbox"


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the outbox; those of one `key` are given to the relay in the order of their commits."""

    id: int
    topic: str
    key: str
    payload: Any
    created_at: datetime


APPEND = Statement(
    "outbox.append",
    "WITH added AS (INSERT INTO outbox (topic, key, payload)"
    " VALUES (%(topic)s, %(key)s, %(payload)s::jsonb) RETURNING id)"
    " SELECT id, pg_catalog.pg_notify('outbox', '') IS NULL AS told FROM added",
    tuple,
    {"topic": str, "key": str, "payload": str},
)
# Writers of one key take turns until their transactions end: ids are given before commits, so without it a
# message could overtake an earlier one that commits later.
TURN = Statement(
    "outbox.turn",
    "SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('outbox ' || %(key)s, 0)) IS NULL AS got",
    bool,
    {"key": str},
)
TAKE = Statement(
    "outbox.take",
    "SELECT id, topic, key, payload, created_at FROM outbox AS message"
    " WHERE published_at IS NULL AND NOT EXISTS (SELECT FROM outbox AS earlier"
    " WHERE earlier.key = message.key AND earlier.id < message.id AND earlier.published_at IS NULL)"
    " ORDER BY id LIMIT %(size)s FOR UPDATE SKIP LOCKED",
    Message,
    {"size": int},
)
DONE = Statement(
    "outbox.done", "UPDATE outbox SET published_at = now() WHERE id = ANY(%(ids)s)", tuple, {"ids": list[int]}
)


def append(transaction: Transaction, topic: str, key: str, payload: str) -> None:
    """Put a message, a JSON text, into the outbox with what the transaction does; the relay is woken by its commit."""
    transaction.one(TURN, key=key)
    transaction.one(APPEND, topic=topic, key=key, payload=payload)


class Relay:
    """Hands messages to `publish`, at least once each, those of one key in order; several relays may run."""

    def __init__(self, database: Database, publish: Callable[[Sequence[Message]], None], *, batch: int = 100) -> None:
        self._database = database
        self._publish = publish
        self._batch = batch

    def once(self) -> int:
        """Publish one batch; return how many. What `publish` raises leaves them in the outbox."""

        def batch(transaction: Transaction) -> int:
            messages = transaction.many(TAKE, size=self._batch)
            if messages:
                self._publish(messages)
                transaction.execute(DONE, ids=[message.id for message in messages])
            return len(messages)

        return UnitOfWork(self._database).execute(batch, name="outbox.relay")

    def until_empty(self) -> int:
        """Publish all that is there; return how many."""
        total = 0
        while count := self.once():
            total += count
        return total

    def run(self, *, quiet_s: float | None = None) -> None:
        """Publish what comes, woken by commits; with `quiet_s` end when nothing came for so long."""
        with closing(listen(self._database, CHANNEL, quiet_s=quiet_s)) as heard:
            for _ in heard:  # a notification, or a new connection, after which some may have been missed
                self.until_empty()


def pending(querier: Querier) -> int:
    """Return how many messages wait."""
    return int(querier.scalar(_COUNT))


_COUNT = Statement("outbox.pending", "SELECT count(*) FROM outbox WHERE published_at IS NULL", int, {})

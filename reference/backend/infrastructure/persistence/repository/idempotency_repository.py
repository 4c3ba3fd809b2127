"""How are answered calls kept in PostgreSQL?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from backend.application.ports.idempotency import IdempotencyKeyReused
from whimbrel.persistence import PostgresRepository, Statement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backend.application.ports.idempotency import IdempotentCall

# Waits for a call with the same key that is under way, at the primary key.
CLAIM: Statement[Any] = Statement(
    "idempotency.claim",
    "INSERT INTO idempotency_keys (operation, key, request_hash, answer)"
    " VALUES (%(operation)s, %(key)s, %(request_hash)s, %(answer)s::jsonb) ON CONFLICT (operation, key) DO NOTHING",
    tuple,
    {"operation": str, "key": str, "request_hash": bytes, "answer": str},
)
FIND: Statement[Any] = Statement(
    "idempotency.find",
    "SELECT request_hash, answer FROM idempotency_keys WHERE operation = %(operation)s AND key = %(key)s",
    tuple,
    {"operation": str, "key": str},
)


class IdempotencyRepository(PostgresRepository):
    """The answered calls of the table `idempotency_keys`."""

    async def claim(self, call: IdempotentCall, answer: Mapping[str, str]) -> Mapping[str, str] | None:
        """None where the key was free, else its answer; raises `IdempotencyKeyReused`."""
        querier = self.locking(CLAIM.name)
        found = None
        while found is None:  # a key that is purged between the two statements is free again
            claimed = await querier.execute(
                CLAIM, operation=call.operation, key=call.key, request_hash=call.request_hash,
                answer=json.dumps(dict(answer)),
            )  # fmt: skip
            if claimed:
                return None
            found = await querier.optional(FIND, operation=call.operation, key=call.key)
        request_hash, kept = found
        if request_hash != call.request_hash:
            raise IdempotencyKeyReused
        return {name: str(value) for name, value in kept.items()}

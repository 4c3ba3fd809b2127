"""How does a repeated call do nothing twice?

The caller sends a key of its own choice. Before the work, and in its unit of work, the key is claimed together with the
answer that the work will have. The same key again gives that answer. A unit that fails takes its claim with it: a
refused call left nothing, so its repetition is tried anew. Two calls at once wait for one another at the key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from backend.domain.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping


class IdempotencyKeyReused(Invalid):
    """The key stands for a call that asked for something else."""

    code = "idempotency-key-reused"

    def __init__(self) -> None:
        super().__init__("the idempotency key stands for a call that asked for something else; choose a new one")


@dataclass(frozen=True, slots=True)
class IdempotentCall:
    """The call of `operation` under `key` (1 to 255 characters); `request_hash` is SHA-256 of what it asks for."""

    operation: str
    key: str
    request_hash: bytes


class IdempotencyKeys(Protocol):
    """The calls that were answered, within one unit of work."""

    async def claim(self, call: IdempotentCall, answer: Mapping[str, str]) -> Mapping[str, str] | None:
        """None where the key was free: `answer` stands for it now. Else the answer that the key stands for.

        Raises `IdempotencyKeyReused` where the key stands for a call with another `request_hash`.
        """

"""Where in an ordered list did a reader stop, as a text that only this program can make?"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from whimbrel.errors import Misuse
from whimbrel.persistence.errors import InvalidCursor, StatementError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Final

_READ: Final[Mapping[type, Callable[[str], Any]]] = {
    UUID: UUID,
    int: int,
    str: str,
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
    Decimal: Decimal,
}
CURSOR_TYPES: Final = tuple(_READ)
"""The types of values in a cursor. Not float: what the server sends back of a float4 does not compare equal to it."""

_SIGNATURE_BYTES: Final = 16
_SHORTEST_SECRET: Final = 16
_LONGEST: Final = 16_384


@dataclass(frozen=True, slots=True)
class CursorCodec:
    """Makes and reads cursors, signed with `secret` (16 random bytes or more): HMAC-SHA-256, cut to 128 bits.

    A cursor is signed, not encrypted: its reader can see the values of the keys. Another secret ends all cursors.
    """

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) < _SHORTEST_SECRET:
            reason = f"the secret of the cursors has {len(self.secret)} bytes"
            raise Misuse(reason, remedy=f"give {_SHORTEST_SECRET} random bytes or more, the same to each process")

    def encode(self, scope: Sequence[str], types: Sequence[type], values: Sequence[object]) -> str:
        """Return the cursor of a row's key values, URL-safe; `scope` is what else it is signed with.

        Raises StatementError for a value that is neither None nor of its type.
        """
        texts = [self._written(scope, type_, value) for type_, value in zip(types, values, strict=True)]
        payload = json.dumps(texts, ensure_ascii=False, separators=(",", ":")).encode()
        return urlsafe_b64encode(self._sign(scope, payload) + payload).rstrip(b"=").decode()

    def decode(self, scope: Sequence[str], types: Sequence[type], cursor: str) -> tuple[Any, ...]:
        """Return the key values; raises InvalidCursor, naming `scope[0]`."""
        try:
            if len(cursor) > _LONGEST:
                raise InvalidCursor(scope[0])
            sent = b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        except (ValueError, TypeError):
            raise InvalidCursor(scope[0]) from None
        payload = sent[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(sent[:_SIGNATURE_BYTES], self._sign(scope, payload)):
            raise InvalidCursor(scope[0])
        texts = json.loads(payload)
        return tuple(None if text is None else _READ[type_](text) for type_, text in zip(types, texts, strict=True))

    def _sign(self, scope: Sequence[str], payload: bytes) -> bytes:
        # JSON has no NUL of its own: what is signed tells where the scope ends and the payload begins.
        signed = json.dumps([*scope]).encode() + b"\0" + payload
        return hmac.new(self.secret, signed, hashlib.sha256).digest()[:_SIGNATURE_BYTES]

    def _written(self, scope: Sequence[str], type_: type, value: object) -> str | None:
        if value is None:
            return None
        if type(value) is not type_:
            raise StatementError(
                scope[0],
                f"a key is declared {type_.__name__}, but the server sent {type(value).__name__}",
                remedy="declare the key with the type that it has",
            )
        return value.isoformat() if isinstance(value, date) else str(value)

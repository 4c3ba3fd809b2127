"""How is a place in the feed written, so that nobody can make one up?"""

from __future__ import annotations

import binascii
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from secrets import token_bytes
from uuid import UUID

from backend.domain.paging import InvalidCursor

_SIGNATURE_SIZE = sha256().digest_size


@dataclass(frozen=True, slots=True)
class CursorSeal:
    """Signs cursors with a secret of its own."""

    secret: bytes = field(default_factory=lambda: token_bytes(32), repr=False)

    def close(self, published_at: datetime, post_id: UUID) -> str:
        """The cursor of what follows this post."""
        place = f"{published_at.isoformat()} {post_id}".encode()
        return urlsafe_b64encode(self._sign(place) + place).decode()

    def open(self, cursor: str) -> tuple[datetime, UUID]:
        """The place that the cursor names; raises `InvalidCursor` where `close` did not write it."""
        try:
            signed = urlsafe_b64decode(cursor.encode("ascii"))
        except (UnicodeEncodeError, binascii.Error):
            raise InvalidCursor from None
        signature, place = signed[:_SIGNATURE_SIZE], signed[_SIGNATURE_SIZE:]
        if not hmac.compare_digest(signature, self._sign(place)):
            raise InvalidCursor
        published_at, _, post_id = place.decode().partition(" ")
        return datetime.fromisoformat(published_at), UUID(post_id)

    def _sign(self, place: bytes) -> bytes:
        return hmac.digest(self.secret, place, sha256)

"""What the system's refusal of a file or folder means to the user of the embedded server."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING

from whimbrel.errors import ServerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REMEDIES = {
    errno.ENOSPC: "free some space on that disk",
    errno.EDQUOT: "free some space, or have the quota raised",
    errno.EROFS: "work in a folder that can be written, or set DATABASE_URL to a server elsewhere",
    errno.EACCES: "give this user the right to write there, or set DATABASE_URL to a server elsewhere",
    errno.EPERM: "give this user the right to do so, or set DATABASE_URL to a server elsewhere",
    errno.ENOTSUP: "work on a local disk, or set DATABASE_URL to a server elsewhere",
    errno.ENOLCK: "work on a local disk, or set DATABASE_URL to a server elsewhere",
}


def disk_error(action: str, path: Path, error: OSError) -> ServerError:
    """The `ServerError` that says that `action` failed on `path`, with the system's reason."""
    reason = error.strerror or str(error)
    message = f"cannot {action} {path}: {reason[:1].lower()}{reason[1:]}"
    return ServerError(message, remedy=REMEDIES.get(error.errno or 0, ""))


@contextmanager
def refusals(action: str, path: Path) -> Iterator[None]:
    """Turns an `OSError` of the body into a `ServerError` about `action` on `path`."""
    try:
        yield
    except OSError as error:
        raise disk_error(action, path, error) from error

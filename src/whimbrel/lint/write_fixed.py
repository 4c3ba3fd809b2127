"""How do fixed files get to the disk? Each as a whole, or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from whimbrel.errors import UnwritableFile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from whimbrel.lint.file import File


def write(made: Iterable[File], changed: Iterable[File]) -> None:
    """Write new files, which are never put in the place of others, and then those that were changed.

    Raises:
        UnwritableFile: a directory or a file cannot be written; what was written before stays.
    """
    changed, made = tuple(changed), tuple(made)
    for directory in sorted({Path(file.path).parent for file in (*made, *changed)}):
        if not os.access(directory, os.W_OK | os.X_OK):
            raise UnwritableFile(str(directory), "permission denied")
    for file in made:
        _make(Path(file.path), file.data)
    for file in changed:
        _replace(Path(file.path).resolve(), file.data)


def _make(path: Path, data: bytes) -> None:
    try:
        with path.open("xb") as out:
            out.write(data)
    except OSError as error:
        raise UnwritableFile(str(path), (error.strerror or str(error)).lower()) from error


def _replace(path: Path, data: bytes) -> None:
    beside = ""
    try:
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        shutil.copymode(path, beside)
        Path(beside).replace(path)
    except OSError as error:
        if beside:
            with suppress(OSError):
                Path(beside).unlink()
        raise UnwritableFile(str(path), (error.strerror or str(error)).lower()) from error

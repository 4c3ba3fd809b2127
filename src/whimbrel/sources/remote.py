"""Which files lie in a folder that fsspec can open? S3, Google Cloud Storage, GitHub, HTTP, a zip file, memory.

The only file that knows fsspec, and only when it is asked for a source.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Protocol

from whimbrel.errors import BadSourceUrl, SourceError, SourceMissing, UnreadableFile
from whimbrel.sources.source import system_reason

SCHEMES = ("s3", "gcs", "gs", "az", "abfs", "github", "http", "https", "ftp", "sftp", "zip", "tar", "memory")
"""The schemes that are named where fsspec is not there to be asked; with it, all that it knows will do."""

_PASSWORD = re.compile(r"(://[^:/?#\s]*):(?!:)\S*@")


class FileSystem(Protocol):
    """What is used of fsspec's AbstractFileSystem."""

    def invalidate_cache(self) -> None:
        """Forget what was listed."""

    def ls(self, path: str, *, detail: bool) -> list[dict[str, Any]]:
        """List a folder; a file lists itself."""

    def cat_file(self, path: str) -> bytes:
        """Read a file."""


@dataclass(frozen=True, slots=True)
class RemoteSource:
    """The files of the folder `root` of a file system of fsspec's; `url` is what the user called it."""

    filesystem: FileSystem
    root: str
    url: str

    @classmethod
    def from_url(cls, url: str, scheme: str) -> RemoteSource:
        """Open the file system that the URL means; `scheme` is its first part, in lower case.

        Raises:
            BadSourceUrl: fsspec has no file system for the scheme, or not with these words.
            SourceError: fsspec, or the library that it uses for this scheme, is not installed.
        """
        shown = without_password(url, scheme)
        try:
            # fsspec is an extra, slow to import, and ships no types.
            from fsspec.core import url_to_fs  # type: ignore[import-untyped]
        except ImportError as error:
            if scheme not in SCHEMES:
                raise unknown_driver(shown, scheme) from error
            message = f"cannot open the source {shown}: fsspec is not installed"
            raise SourceError(message, remedy="pip install 'whimbrel[remote]'") from error
        try:
            filesystem, root = url_to_fs(scheme + url[len(scheme) :])
        except ImportError as error:
            message = f"cannot open the source {shown}: {error}"
            raise SourceError(message, remedy="install the library that fsspec asks for") from error
        except Exception as error:  # every file system of fsspec's raises what it likes
            if str(error).startswith("Protocol not known"):
                raise unknown_driver(shown, scheme) from error
            raise BadSourceUrl(shown, _reason(error, scheme)) from error
        return cls(filesystem, str(root), shown)

    def names(self) -> tuple[str, ...]:
        """Return the names of all entries that are no folders; asks anew each time.

        Raises:
            SourceMissing: there is no such folder, or it cannot be listed.
        """
        try:
            self.filesystem.invalidate_cache()
            entries = self.filesystem.ls(self.root, detail=True)
        except Exception as error:
            raise SourceMissing(self.url, self._reason(error)) from error
        if len(entries) == 1 and entries[0]["type"] == "file" and _same(entries[0]["name"], self.root):
            raise SourceMissing(self.url, "not a directory")
        names = (entry["name"].rpartition("/")[2] for entry in entries if entry["type"] != "directory")
        return tuple(sorted(name for name in names if name))

    def read(self, name: str) -> bytes:
        """Return the bytes of the file.

        Raises:
            UnreadableFile: it cannot be fetched.
        """
        try:
            return bytes(self.filesystem.cat_file(f"{self.root.rstrip('/')}/{name}"))
        except Exception as error:
            raise UnreadableFile(name, self._reason(error)) from error

    def _reason(self, error: Exception) -> str:
        return _reason(error, self.url.partition(":")[0])


def unknown_driver(url: str, scheme: str) -> BadSourceUrl:
    """Return the error for a scheme that no source takes, in golang-migrate's words."""
    return BadSourceUrl(url, f"source driver: unknown driver '{scheme}' (forgotten import?)")


def without_password(text: str, scheme: str) -> str:
    """Hide the password in a text with URLs. `github://owner:repository@branch` holds none."""
    return text if scheme == "github" else _PASSWORD.sub(r"\1:***@", text)


def _reason(error: Exception, scheme: str) -> str:
    text = system_reason(error) if isinstance(error, OSError) else str(error) or type(error).__name__
    return without_password(text, scheme)


def _same(path: str, other: str) -> bool:
    return path.strip("/") == other.strip("/")

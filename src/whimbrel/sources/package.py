"""Which migration files does an installed Python package hold? `package://some.pkg/migrations`."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from whimbrel.errors import BadSourceUrl, SourceMissing, UnreadableFile
from whimbrel.sources.source import system_reason

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


@dataclass(frozen=True, slots=True)
class PackageSource:
    """The resources in `folder` (parts joined by `/`, empty for the package itself) of the package `package`.

    Works wherever Python can import the package from, a zip file too.
    """

    package: str
    folder: str

    @classmethod
    def from_url(cls, url: str) -> PackageSource:
        """Take `package://some.pkg/migrations` apart.

        Raises:
            BadSourceUrl: no package is named.
        """
        package, _, folder = url.partition(":")[2].removeprefix("//").partition("/")
        if not all(part.isidentifier() for part in package.split(".")):
            raise BadSourceUrl(
                url, f"{package!r} is no name of a Python package", remedy="write package://some.package/migrations"
            )
        return cls(package, folder.strip("/"))

    @property
    def url(self) -> str:
        """The URL that means this source."""
        return f"package://{self.package}/{self.folder}"

    def names(self) -> tuple[str, ...]:
        """Return the names of all resources in the folder that are no folders.

        Raises:
            SourceMissing: there is no such package, or no such folder in it.
        """
        root = self._root()
        try:
            entries = list(root.iterdir())
        except OSError as error:
            raise SourceMissing(self.url, system_reason(error)) from error
        except ValueError as error:  # what a zip file says
            reason = "not a directory" if root.is_file() else "no such file or directory"
            raise SourceMissing(self.url, reason) from error
        return tuple(sorted(entry.name for entry in entries if not _is_folder(entry)))

    def read(self, name: str) -> bytes:
        """Return the bytes of the resource.

        Raises:
            UnreadableFile: it cannot be opened or read.
        """
        try:
            return self._root().joinpath(name).read_bytes()
        except OSError as error:
            raise UnreadableFile(name, system_reason(error)) from error

    def _root(self) -> Traversable:
        try:
            root = files(self.package)
        except Exception as error:  # importing a package runs its own code, which raises what it likes
            if isinstance(error, ModuleNotFoundError) and f"{self.package}.".startswith(f"{error.name}."):
                remedy = "install the package that holds the migrations into this Python"
                raise SourceMissing(self.url, f"no module named {error.name}", remedy=remedy) from error
            raise SourceMissing(self.url, f"{self.package} cannot be imported as a package: {error}") from error
        return root.joinpath(self.folder) if self.folder else root


def _is_folder(entry: Traversable) -> bool:
    """Tell folders from files; a link is never one, as in a local directory."""
    return entry.is_dir() and not (isinstance(entry, Path) and entry.is_symlink())

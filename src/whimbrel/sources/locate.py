"""Which source does a URL or a path mean?

Opening fails with `BadSourceUrl`, whose `reason` is what golang-migrate prints behind `failed to open source, "URL": `;
listing fails with `SourceMissing`, where golang-migrate prints `open .: ` and its `reason`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from whimbrel.errors import BadSourceUrl, SourceError
from whimbrel.sources.directory import DirectorySource
from whimbrel.sources.go_url import UrlError, file_path, scheme

if TYPE_CHECKING:
    from whimbrel.sources.source import Source


def check_scheme(url: str) -> None:
    """Refuse a URL that names no scheme, as golang-migrate does for source and database before it opens either.

    Raises:
        SourceError: `URL cannot be empty`, or `no scheme`.
    """
    if not url:
        message = "URL cannot be empty"
        raise SourceError(message, remedy="name the directory of the migrations")
    if url.find(":") < 1:
        message = "no scheme"
        raise SourceError(message, remedy="write file://DIRECTORY")


def locate(url: str) -> Source:
    """Return the source that the URL means; nothing but the URL is looked at.

    `file:` follows golang-migrate, `package:` is a Python package's folder, all else is asked of fsspec. The scheme may
    be in any case.

    Raises:
        BadSourceUrl: the URL cannot be parsed, or no source takes its scheme.
        SourceError: the scheme is known, but what it needs is not installed.
    """
    name = scheme(url)
    if name == "file" or not name:
        return _file_source(url)
    if name == "package":
        from whimbrel.sources.package import PackageSource

        return PackageSource.from_url(url)
    from whimbrel.sources.remote import RemoteSource

    return RemoteSource.from_url(url, name)


def path_source(path: str) -> DirectorySource:
    """Return the source for a path that is a path: percent signs, blanks, `#` and `?` stand for themselves.

    golang-migrate puts `file://` before it and parses the result as a URL, so that such directories cannot be named.
    """
    return DirectorySource(Path(path).absolute(), f"file://{path}")


def _file_source(url: str) -> DirectorySource:
    try:
        path = file_path(url)
    except UrlError as error:
        raise BadSourceUrl(url, str(error), remedy="use the option for a path: it takes any character") from error
    if not scheme(url):
        raise BadSourceUrl(url, "source driver: invalid URL scheme", remedy="write file://DIRECTORY")
    return DirectorySource(Path(path).absolute(), url)

"""What can go wrong, as types that carry the facts.

    WhimbrelError
    ├── Misuse                 the command line or a setting cannot be meant
    ├── SourceError            the migrations cannot be listed or read
    │   ├── BadSourceUrl       no source can be made of a URL
    │   ├── SourceMissing      no such directory, or not a directory
    │   ├── DuplicateVersion   two files of one version and direction
    │   ├── NumberTooLarge     a file's number is over 2^63-1
    │   ├── UnreadableFile     a file cannot be opened or read
    │   ├── UnwritableFile     a file cannot be written
    │   └── CreateError        a pair of new files cannot be made
    ├── BadFile                a file's text cannot be run
    ├── VersionNotFound        a version has no file in the source
    ├── NoMigrationLeft        asked for N steps, and there is none
    ├── ShortLimit             asked for N steps, and there were fewer
    ├── DirtyDatabase          an earlier run stopped half-way
    ├── VersionTableError      the version table cannot be used
    │   └── NoSchema           no schema to look for it in
    ├── ConnectionFailed       no session with the server
    ├── ConnectionLost         the session ended under us
    ├── LockNotAcquired        another run holds the advisory lock
    ├── QueryFailed            the server refused a statement of ours
    ├── MigrationFailed        the server refused a file
    └── ServerError            the embedded PostgreSQL cannot be used

Messages say what failed and why in their first line; `remedy` says what to do. Neither ever holds a password.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the `whimbrel` command exits with."""

    OK = 0
    """Done, or nothing to do."""
    FAILED = 1
    """An error was reported, or a question was answered with no."""
    MISUSE = 2
    """The command line cannot be understood."""
    BUG = 70
    """A fault of Whimbrel itself; the message says where to report it."""
    INTERRUPTED = 130
    """Stopped by a signal before everything was done; what was reported as applied is durable."""


class WhimbrelError(Exception):
    """Anything that Whimbrel reports to its user."""

    exit_code = ExitCode.FAILED

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class Misuse(WhimbrelError):
    """The command line or a setting cannot be meant."""

    exit_code = ExitCode.MISUSE


class SourceError(WhimbrelError):
    """The migrations cannot be listed or read."""


class BadSourceUrl(SourceError):
    """No source can be made of `url`, which holds no password here; `reason` is golang-migrate's word for why."""

    def __init__(self, url: str, reason: str, *, remedy: str = "") -> None:
        super().__init__(f"cannot open the source {url}: {reason}", remedy=remedy)
        self.url = url
        self.reason = reason


class SourceMissing(SourceError):
    """There is no directory at the path, or it is something else; `reason` is the system's own word for it."""

    def __init__(self, path: str, reason: str, *, remedy: str = "") -> None:
        super().__init__(f"cannot read migrations in {path}: {reason}", remedy=remedy)
        self.path = path
        self.reason = reason


class DuplicateVersion(SourceError):
    """`name` has the version and direction of `other`, which comes before it in byte order."""

    def __init__(self, name: str, other: str) -> None:
        super().__init__(
            f"duplicate migration file: {name} has the version and direction of {other}",
            remedy="give one of the two a number of its own",
        )
        self.name = name
        self.other = other


class NumberTooLarge(SourceError):
    """The number of the file `name` does not fit PostgreSQL's bigint (2^63-1)."""

    def __init__(self, name: str, number: str) -> None:
        super().__init__(
            f"the number of migration file {name} is too large: {number} is over 9223372036854775807",
            remedy="give the file a smaller number",
        )
        self.name = name
        self.number = number


class UnreadableFile(SourceError):
    """The file `name` cannot be opened or read; nothing of it was recorded."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"cannot read migration file {name}: {reason}",
            remedy="repair the file or its permissions; nothing of it was run or recorded",
        )
        self.name = name
        self.reason = reason


class UnwritableFile(SourceError):
    """The file or directory `path` cannot be written."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"cannot write {path}: {reason}", remedy="make it writable for the user that runs this")
        self.path = path
        self.reason = reason


class CreateError(SourceError):
    """A pair of new files cannot be made; the message is golang-migrate's. `created` are the paths already made."""

    def __init__(self, message: str, *, created: tuple[str, ...] = (), remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.created = created


class BadFile(WhimbrelError):
    """The text of the file `name` cannot be run; `line` and `column` count characters from 1, 0 where unknown."""

    def __init__(self, name: str, reason: str, *, line: int = 0, column: int = 0, remedy: str = "") -> None:
        place = f"{name}:{line}:{column}" if line else name
        super().__init__(f"cannot run {place}: {reason}", remedy=remedy)
        self.name = name
        self.reason = reason
        self.line = line
        self.column = column


class VersionNotFound(WhimbrelError):
    """The source has no file of `version`, which the database is at or was asked to go to."""

    def __init__(self, version: int) -> None:
        super().__init__(
            f"no migration found for version {version}",
            remedy="use the directory that holds this version, or `force` the version that the schema really is at",
        )
        self.version = version


class NoMigrationLeft(WhimbrelError):
    """Asked for steps and there is none in that direction; `source_empty` tells that there is none at all."""

    def __init__(self, *, source_empty: bool = False) -> None:
        super().__init__("the source holds no migration" if source_empty else "no migration is left to run")
        self.source_empty = source_empty


class ShortLimit(WhimbrelError):
    """Asked for a number of steps; all that there were have run, and `missing` more were asked for."""

    def __init__(self, missing: int) -> None:
        super().__init__(f"{missing} more asked for than there are")
        self.missing = missing


class DirtyDatabase(WhimbrelError):
    """An earlier run stopped half-way at `version` and left nothing that tells how to go on."""

    def __init__(self, version: int, *, remedy: str = "") -> None:
        super().__init__(
            f"version {version} is dirty: an earlier run stopped half-way",
            remedy=remedy or "look at what it left, repair the schema, then `force` the version that it is at",
        )
        self.version = version


class VersionTableError(WhimbrelError):
    """The version table cannot be used as it is."""


class NoSchema(VersionTableError):
    """The session has no current schema: search_path names none that exists."""

    def __init__(self) -> None:
        super().__init__(
            "no schema: search_path names none that exists",
            remedy="create the schema, or set search_path in the database URL",
        )


class ConnectionFailed(WhimbrelError):
    """No session with the server; `host`, `port`, `user` and `database` are those that were tried."""

    def __init__(
        self,
        reason: str,
        *,
        sqlstate: str = "",
        host: str = "",
        port: str = "",
        user: str = "",
        database: str = "",
        remedy: str = "",
    ) -> None:
        super().__init__(f"cannot connect to PostgreSQL: {reason}", remedy=remedy)
        self.reason = reason
        self.sqlstate = sqlstate
        self.host = host
        self.port = port
        self.user = user
        self.database = database


class ConnectionLost(WhimbrelError):
    """The session ended under us; `reason` is what the server said, with its `sqlstate`, or else libpq."""

    def __init__(self, reason: str, *, sqlstate: str = "", remedy: str = "") -> None:
        again = "run the command again: it goes on where this one stopped"
        super().__init__(f"lost the connection: {reason}", remedy=f"{remedy}, then {again}" if remedy else again)
        self.reason = reason
        self.sqlstate = sqlstate


class LockNotAcquired(WhimbrelError):
    """Another run held the advisory lock for all of `seconds`; `holders` says who, where the server tells."""

    def __init__(self, seconds: float, holders: str = "") -> None:
        super().__init__(
            f"can't acquire database lock within {seconds:g} s" + (f": held by {holders}" if holders else ""),
            remedy="wait for the other run to end, or allow a longer lock timeout",
        )
        self.seconds = seconds
        self.holders = holders


class QueryFailed(WhimbrelError):
    """The server refused a statement; the facts are the fields of its error message.

    `position` counts characters of the statement from 1, 0 where the server gave none. `function` is the server's
    own function that raised it (PG_DIAG_SOURCE_FUNCTION).
    """

    def __init__(  # noqa: PLR0913 - the fields of PostgreSQL's error message
        self,
        message: str,
        *,
        sqlstate: str = "",
        severity: str = "ERROR",
        detail: str = "",
        hint: str = "",
        context: str = "",
        position: int = 0,
        function: str = "",
        query: str = "",
    ) -> None:
        super().__init__(message, remedy=hint)
        self.sqlstate = sqlstate
        self.severity = severity
        self.detail = detail
        self.hint = hint
        self.context = context
        self.position = position
        self.function = function
        self.query = query


class ServerError(WhimbrelError):
    """The embedded PostgreSQL cannot be found, made, started or stopped."""


class MigrationFailed(WhimbrelError):
    """The server refused a file.

    `cause` is its error; `text` is the whole file and `line` and `column` the error's place in it, in characters from
    1, 0 where the server gave none. `kept` says what of the file stayed, empty where all of it was rolled back.
    """

    def __init__(
        self,
        name: str,
        cause: QueryFailed,
        *,
        text: str = "",
        line: int = 0,
        column: int = 0,
        kept: str = "",
        remedy: str = "",
    ) -> None:
        place = f"{name}:{line}:{column}" if line else name
        super().__init__(f"{place} failed: {cause.message}", remedy=remedy or cause.hint)
        self.name = name
        self.cause = cause
        self.text = text
        self.line = line
        self.column = column
        self.kept = kept

"""What do a folder's files look like when all is fixed that has one safe form?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from whimbrel.findings.fix import edited
from whimbrel.findings.severity import Severity
from whimbrel.lint.baseline import read, without_known
from whimbrel.lint.directory import in_order
from whimbrel.lint.fixes.fixable import ALONE, Fixes, fix_of
from whimbrel.lint.linter import Linter
from whimbrel.lint.parsing import deep
from whimbrel.lint.rule import Selection
from whimbrel.lint.run import allowed
from whimbrel.lint.targets import Folder
from whimbrel.schema.catalog import Catalog

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from whimbrel.findings.fix import Edit, Fix
    from whimbrel.lint.file import File
    from whimbrel.lint.seen import Seen
    from whimbrel.lint.settings import LintSettings


@dataclass(frozen=True, slots=True)
class Fixed:
    """A folder as it is when it is fixed: its files, and those of them that were changed or made."""

    folder: Folder
    changed: tuple[File, ...] = ()
    made: tuple[File, ...] = ()


def fixed(folder: Folder, settings: LintSettings) -> Fixed:
    """Fix what can be fixed in the files that are new; nothing is written.

    One fix comes at a time and is kept only if its rule then finds less, no rule more errors, and all no more in sum.

    Raises:
        Misuse: a word of the settings means no rule, or the baseline cannot be read.
        NoGrammar: the library with PostgreSQL's grammar is not installed.
    """
    if not any(file.linted and file.fixable for file in folder.files):
        return Fixed(folder)
    linter = Linter(
        Selection(settings.chosen()), settings.version, settings.target, folder.since, dict(settings.naming), Fixes.ALL
    )
    try:
        return _Fixing(folder, settings, linter).run()
    finally:
        linter.grammar.close()


@dataclass(slots=True)
class _Look:
    """A folder's files from the first that may be changed on, and what is seen in them."""

    files: list[File]
    seen: list[Seen]
    counts: Counter[str]
    errors: Counter[str]


class _Fixing:
    def __init__(self, folder: Folder, settings: LintSettings, linter: Linter) -> None:
        self._folder = folder
        self._settings = settings
        self._linter = linter
        self._first = min(file.ordinal for file in folder.files if file.fixable and file.linted)
        self._refused: set[tuple[str, str, str]] = set()
        self._base = Catalog()
        self._known = read(Path(settings.baseline)) if settings.baseline else None

    def run(self) -> Fixed:
        before = self._folder.files
        with deep():
            self._linter.read(before[: self._first], self._base)
            look = self._look(_copies(before, {}))
            while (better := self._next(look)) is not None:
                look = better
        old = {file.path: file.data for file in before}
        folder = Folder(look.files, self._folder.since)
        changed = tuple(file for file in look.files if file.data != old.get(file.path, file.data))
        return Fixed(folder, changed, tuple(file for file in look.files if file.added))

    def _look(self, files: list[File]) -> _Look:
        seen = allowed(self._linter.directory(files[self._first :], self._base.branch()), self._settings)
        if self._known is not None:
            seen = without_known(seen, self._known, Path(self._settings.baseline))
        errors = [one for one in seen if (one.found.severity or one.card.severity) is Severity.ERROR]
        return _Look(files, seen, *(Counter(one.card.name for one in of) for of in (seen, errors)))

    def _next(self, look: _Look) -> _Look | None:
        """Return the folder after the next fix; None if there is no further."""
        for one in sorted(look.seen, key=_turn):
            key = (one.file.path, one.card.name, one.found.message)
            if one.catalog is None or key in self._refused or not (one.file.fixable and one.file.linted):
                continue
            fix = fix_of(one, look.files, self._settings.version, self._settings.target)
            if fix is None or fix.by_hand or (one.file.given and (fix.files or fix.down)):
                continue
            after = self._look(_applied(look.files, one.file, fix))
            if after.counts[one.card.name] < look.counts[one.card.name] and not _is_worse(after, look):
                return after
            self._refused.add(key)
        return None


def _is_worse(after: _Look, before: _Look) -> bool:
    """Say whether a fix brings an error, or more findings than it takes away."""
    errors = after.errors - before.errors
    return bool(errors) or after.counts.total() > before.counts.total()


def _turn(seen: Seen) -> tuple[int, bool]:
    """Sort by file; what has to be alone in its file but stands first there comes last, as by then it may be alone."""
    first = seen.statement is not None and not seen.statement.number
    return seen.file.ordinal, first and seen.card.name in ALONE


def _applied(files: Sequence[File], file: File, fix: Fix) -> list[File]:
    texts = {file.path: _edited(file, fix.edits)}
    if file.pair is not None and fix.down:
        texts[file.pair.path] = _edited(file.pair, fix.down)
    beside = file.path[: -len(file.name)]
    made = {beside + one.name: one.text.encode() for one in fix.files}
    return _copies(files, texts, made)


def _edited(file: File, edits: Iterable[Edit]) -> bytes:
    return edited(file.data.decode(), edits).encode()


def _copies(files: Sequence[File], texts: dict[str, bytes], made: dict[str, bytes] | None = None) -> list[File]:
    """Return files to be read anew, with other texts and further files."""
    made = made or {}
    known = {file.path: file for file in files}
    given = [(file.path, file.name, texts.get(file.path, file.data)) for file in files]
    copies = in_order([*given, *((path, path.rpartition("/")[2], data) for path, data in made.items())])
    for copy in copies:
        old = known.get(copy.path)
        copy.added = old is None or old.added
        copy.new = any(file.new for file in files) if old is None else old.new
        copy.linted, copy.fixable, copy.given = (True, True, False) if old is None else (
            old.linted, old.fixable, old.given,
        )  # fmt: skip
    return copies

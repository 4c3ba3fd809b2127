"""What is found in these folders? One after the other, as the user asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from whimbrel.lint.baseline import of_files, read, without_known
from whimbrel.lint.fixes.fixable import Fixes, fix_of
from whimbrel.lint.linter import Linter
from whimbrel.lint.parsing import deep
from whimbrel.lint.rule import Selection

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from whimbrel.findings.finding import Finding
    from whimbrel.lint.seen import Seen
    from whimbrel.lint.settings import LintSettings
    from whimbrel.lint.targets import Folder


def seen_in(
    folders: Iterable[Folder], settings: LintSettings, *, fixes: Fixes = Fixes.NONE
) -> Iterator[tuple[Folder, list[Seen]]]:
    """Yield each folder with what is seen in it, in the order of its files.

    Raises:
        Misuse: a word of the settings means no rule, or the baseline cannot be read.
        NoGrammar: the library with PostgreSQL's grammar is not installed.
    """
    linter = Linter(
        Selection(settings.chosen()), settings.version, settings.target, naming=dict(settings.naming), fixes=fixes
    )
    baseline = Path(settings.baseline)
    known = read(baseline) if settings.baseline else None
    running = {entry.name for entry in linter.selection.chosen}
    try:
        with deep():
            for folder in folders:
                linter.since = folder.since
                seen = allowed(linter.directory(folder.files), settings)
                if known is not None:
                    left = of_files(known, folder.files, baseline)
                    seen = without_known(seen, left, baseline)
                    folder.gone = sum(number for (_, rule, _), number in left.items() if rule in running)
                yield folder, seen
    finally:
        linter.grammar.close()


def findings_in(folders: Iterable[Folder], settings: LintSettings, *, fixes: Fixes) -> Iterator[list[Finding]]:
    """Yield the findings of each folder. Raises what `seen_in` does."""
    for folder, seen in seen_in(folders, settings, fixes=fixes):
        yield [
            one.finding(fix_of(one, folder.files, settings.version, settings.target) if one.catalog else None)
            for one in seen
        ]


def allowed(seen: list[Seen], settings: LintSettings) -> list[Seen]:
    """Return what is seen, without what the settings leave out for its file."""
    if not settings.per_file_ignores:
        return seen
    ignored: dict[str, set[str]] = {}
    kept: list[Seen] = []
    for one in seen:
        path = one.file.path
        if path not in ignored:
            ignored[path] = settings.ignored_in(path)
        if one.card.name not in ignored[path]:
            kept.append(one)
    return kept

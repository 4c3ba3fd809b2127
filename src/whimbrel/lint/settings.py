"""What did the user ask of the linter?"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from whimbrel.errors import Misuse
from whimbrel.findings.severity import Severity
from whimbrel.lint.context import OLDEST_SUPPORTED, Target
from whimbrel.lint.naming import checked_naming
from whimbrel.lint.rule import Entry, entries

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from whimbrel.lint.names_made import Named

NEVER: Final = "never"
"""The word of `--fail-on` for: no finding is a reason to fail."""
_FAIL_ON: Final = {severity.label: int(severity) for severity in Severity} | {NEVER: 99}
_FORMATS: Final = ("text", "json", "sarif", "github", "gitlab")
_NAMING: Final = "naming-policy"
_VERSIONS: Final = range(13, 19)
_KEYS: Final = {
    "pg-version": int, "select": list, "ignore": list, "fail-on": str, "format": str, "target": str, "since": str,
    "baseline": str, "exclude": list, "per-file-ignores": dict, "statistics": bool,
    "naming": dict,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LintSettings:
    """The options of `whimbrel lint` and the keys of `[tool.whimbrel.lint]`, checked.

    Rules are meant by name, code, the beginning of a code (`WB5`), `default` or `all`.
    """

    version: int = OLDEST_SUPPORTED
    select: tuple[str, ...] = ("default",)
    ignore: tuple[str, ...] = ()
    fail_on: str = Severity.ERROR.label
    format: str = "text"
    target: Target = Target.WHIMBREL
    since: str = ""
    baseline: str = ""
    exclude: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    statistics: bool = False
    folder: str = ""
    """That of pyproject.toml, where it says something: its patterns are of paths from there."""
    naming: tuple[tuple[Named, str], ...] = ()
    """How objects are to be called; without it `naming-policy` does not run."""

    def chosen(self) -> list[Entry]:
        """Return the rules that run.

        Raises:
            Misuse: a word means no rule.
        """
        every = list(entries())
        ignored = set(meant(self.ignore, every))
        for _, words in self.per_file_ignores:
            meant(words, every)
        return [
            entry
            for entry in meant(self.select, every)
            if entry not in ignored
            and entry.since <= self.version <= entry.until
            and (self.naming or entry.name != _NAMING)
        ]

    def fails(self, severity: Severity) -> bool:
        """Say whether a finding of that severity is a reason to fail."""
        return severity >= _FAIL_ON[self.fail_on]

    def ignored_in(self, path: str) -> set[str]:
        """Return the names of the rules that are off for a file."""
        if not self.per_file_ignores:
            return set()
        places = self._places(path)
        words = [word for pattern, words in self.per_file_ignores if _is_among(places, pattern) for word in words]
        return {entry.name for entry in meant(words, list(entries()))} if words else set()

    def excludes(self, path: str) -> bool:
        """Say whether a file is left out."""
        if not self.exclude:
            return False
        places = self._places(path)
        return any(_is_among(places, pattern) for pattern in self.exclude)

    def _places(self, path: str) -> list[str]:
        """Return what a pattern that means a file may name: it, and each directory above, alone and with its path."""
        from_folder = os.path.relpath(path, self.folder).replace(os.sep, "/") if self.folder else path
        places = [path]
        while from_folder:
            above, _, name = from_folder.rpartition("/")
            places += [from_folder, name]
            from_folder = above
        return places


def _is_among(places: list[str], pattern: str) -> bool:
    pattern = pattern.removeprefix("./").rstrip("/")
    return any(fnmatch(place, pattern) for place in places)


def meant(words: Iterable[str], every: list[Entry]) -> list[Entry]:
    """Return the rules that words mean, by code.

    Raises:
        Misuse: a word means none.
    """
    found: dict[str, Entry] = {}
    for word in words:
        if word == "all":
            matched = every
        elif word == "default":
            matched = [entry for entry in every if entry.on]
        elif word.startswith("WB"):
            matched = [entry for entry in every if entry.code.startswith(word)]
        else:
            matched = [entry for entry in every if entry.name == word]
        if not matched:
            raise _no_rule(word, every)
        found.update((entry.code, entry) for entry in matched)
    return [found[code] for code in sorted(found)]


def _no_rule(word: str, every: list[Entry]) -> Misuse:
    near = get_close_matches(word, [entry.name for entry in every] + [entry.code for entry in every], n=1)
    remedy = f"did you mean {near[0]}?" if near else "whimbrel lint --explain all lists the rules"
    return Misuse(f"there is no rule {word!r}", remedy=remedy)


def from_table(table: Mapping[str, Any], origin: str) -> LintSettings:
    """Read `[tool.whimbrel.lint]` of the pyproject.toml at `origin`.

    Raises:
        Misuse: a key or value that nobody knows.
    """
    for key, value in table.items():
        if key not in _KEYS:
            near = get_close_matches(key, _KEYS, n=1)
            message = f"{origin}: [tool.whimbrel.lint] has no key {key!r}"
            raise Misuse(message, remedy=f"did you mean {near[0]}?" if near else f"its keys: {', '.join(_KEYS)}")
        if not isinstance(value, _KEYS[key]):
            message = f"{origin}: {key} in [tool.whimbrel.lint] is {value!r}, not {_WORDS[_KEYS[key]]}"
            raise Misuse(message)
    folder = Path(origin).parent
    settings = LintSettings(
        select=_texts(table, "select", origin) or ("default",),
        ignore=_texts(table, "ignore", origin),
        since=table.get("since", ""),
        baseline=str(folder / table["baseline"]) if table.get("baseline") else "",
        exclude=_texts(table, "exclude", origin),
        per_file_ignores=tuple(
            (pattern, _texts(table["per-file-ignores"], pattern, origin))
            for pattern in table.get("per-file-ignores", {})
        ),
        statistics=table.get("statistics", False),
        folder=str(folder) if table else "",
        naming=checked_naming(table.get("naming", {}), origin),
    )
    return checked(
        settings, origin, version=table.get("pg-version"), fail_on=table.get("fail-on"), format=table.get("format"),
        target=table.get("target"),
    )  # fmt: skip


_WORDS: Final = {int: "a number", list: "a list of texts", str: "a text", dict: "a table", bool: "true or false"}


def _texts(table: Mapping[str, Any], key: str, origin: str) -> tuple[str, ...]:
    values = table.get(key, [])
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        message = f"{origin}: {key} in [tool.whimbrel.lint] is {values!r}, not a list of texts"
        raise Misuse(message)
    return tuple(values)


def checked(
    settings: LintSettings,
    origin: str,
    *,
    version: int | None = None,
    fail_on: str | None = None,
    format: str | None = None,  # noqa: A002 - the option's own name
    target: str | None = None,
) -> LintSettings:
    """Return the settings with these values in place of its own, where they are given.

    Raises:
        Misuse: one of them is not known.
    """
    if version is not None:
        _among(origin, "pg-version", version, _VERSIONS)
        settings = replace(settings, version=version)
    if fail_on is not None:
        _among(origin, "fail-on", fail_on, _FAIL_ON)
        settings = replace(settings, fail_on=fail_on)
    if format is not None:
        _among(origin, "format", format, _FORMATS)
        settings = replace(settings, format=format)
    if target is not None:
        _among(origin, "target", target, [one.value for one in Target])
        settings = replace(settings, target=Target(target))
    return settings


def _among(origin: str, key: str, value: object, known: Iterable[object]) -> None:
    if value not in known:
        message = f"{origin}: {key} is {value!r}"
        raise Misuse(message, remedy=f"take one of {', '.join(map(str, known))}")

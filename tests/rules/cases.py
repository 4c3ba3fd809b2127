"""What is in a rule's case file, and what does the linter say about it?"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from whimbrel.lint.context import Target
from whimbrel.lint.directory import in_order
from whimbrel.lint.fixing import fixed
from whimbrel.lint.linter import Linter
from whimbrel.lint.naming import checked_naming
from whimbrel.lint.rule import Selection, entries
from whimbrel.lint.settings import LintSettings
from whimbrel.lint.targets import Folder
from whimbrel.migration.directives import no_transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.findings.finding import Finding
    from whimbrel.lint.file import File
    from whimbrel.lint.fixing import Fixed

CASES = Path(__file__).parent / "cases"
BEFORE, UP, DOWN = "000001_before.up.sql", "000002_case.up.sql", "000002_case.down.sql"


@dataclass(frozen=True)
class Case:
    """One case of a rule: files by name, and what must be found in them."""

    rule: str
    kind: str
    """`fail`, `pass` or `fix`."""
    title: str
    files: dict[str, str]
    lines: tuple[int, ...] = ()
    """Lines of the findings in the file under test; empty in a `fail` for just one finding, wherever it is."""
    message: str = ""
    version: int = 15
    target: Target = Target.WHIMBREL
    fixed: dict[str, str] = field(default_factory=dict)
    new: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    naming: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.rule}: {self.title}"


def cases(rule: str) -> Iterator[Case]:
    """Read `cases/<rule>.toml`.

    Tables `[[fail]]`, `[[pass]]`, `[[fix]]` each with `title` and `sql` (the up file under test), and where needed
    `before` (an earlier up file), `down` (the down file of the test), `files` (a table of names and texts, beside or
    instead of all these), `lines`, `message` (a part of it), `pg` (the version), `target`, `times` (how often the text
    stands in its file), `new` (names of the files that are new; the others are only read), `edited` (those of the
    others that were changed), `naming` (patterns for names), and in a fix `fixed` (names and texts of all files that
    the fix changes or makes).
    """
    read = tomllib.loads((CASES / f"{rule}.toml").read_text())
    for kind in ("fail", "pass", "fix"):
        for one in read.get(kind, []):
            yield _case(rule, kind, one)


def _case(rule: str, kind: str, one: dict[str, Any]) -> Case:
    files: dict[str, str] = dict(one.get("files", {}))
    for key, name in (("before", BEFORE), ("sql", UP), ("down", DOWN)):
        if key in one:
            files[name] = one[key] * one.get("times", 1)
    return Case(
        rule, kind, one["title"], files, tuple(one.get("lines", ())), one.get("message", ""), one.get("pg", 15),
        Target(one.get("target", "whimbrel")), one.get("fixed", {}),
        tuple(one.get("new", ())), tuple(one.get("edited", ())), one.get("naming", {}),
    )  # fmt: skip


def found(case: Case) -> list[Finding]:
    """Return what the case's rule alone finds in its files, but for what is before the file under test."""
    chosen = [entry for entry in entries() if entry.name == case.rule]
    assert chosen, f"there is no rule {case.rule}"
    files = _files(case)
    since = min((file.ordinal for file in files if file.new), default=None)
    naming = dict(checked_naming(case.naming, str(case)))
    linter = Linter(Selection(chosen), case.version, case.target, since, naming)
    return [one.finding() for one in linter.directory(files)]


def _files(case: Case) -> list[File]:
    files = in_order((name, name, text.encode()) for name, text in case.files.items())
    for file in files:
        file.fixable = file.newest
        if file.name == BEFORE and UP in case.files:
            file.linted = False
        file.no_transaction = no_transaction(file.data)
        if case.new:
            file.new = file.linted = file.name in case.new
            file.edited = file.name in case.edited
    return files


def repaired(case: Case, *others: str) -> Fixed:
    """Return the case's files as `--fix` leaves them with the case's rule, and `others`."""
    folder = Folder(_files(case))
    settings = LintSettings(version=case.version, target=case.target, select=(case.rule, *others))
    return fixed(folder, settings)

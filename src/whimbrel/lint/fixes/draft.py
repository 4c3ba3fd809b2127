"""How is a fix put together: edits of a file and its down file, statements that move, pairs that are added?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from whimbrel.findings.fix import Edit, Fix, NewFile, difference
from whimbrel.lint.context import Target
from whimbrel.lint.fixes.numbering import numbers_behind
from whimbrel.lint.fixes.words import Words
from whimbrel.lint.transactions import BEGINS
from whimbrel.sql.tokens import comment_end

if TYPE_CHECKING:
    from whimbrel.lint.file import File, Statement
    from whimbrel.lint.fixes.subject import Subject

_TAIL: Final = re.compile(r"[ \t]*(--[^\r\n]*)?(?:\r?\n|\Z)")
_BLANK: Final = re.compile(r"[ \t]*(?:\r?\n|\Z)")
_COMMENT: Final = re.compile(r"--[^\r\n]*|/\*")
_OF_THE_FILE: Final = re.compile(r"whimbrel:.*(?:no-transaction|ignore-file)")
_NOT_IN_NAMES: Final = re.compile(r"[^a-z0-9]+")
_LONGEST_TITLE: Final = 60


class Draft:
    """A fix that is being put together for one statement."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._edits: dict[File, list[Edit]] = {}
        self._pairs: list[tuple[str, str, str]] = []

    def edit(self, statement: Statement, edits: list[Edit]) -> None:
        """Edit a statement in its place; the edits count from its beginning."""
        base = statement.file.characters(statement.start)
        self._of(statement.file).extend(Edit(base + one.start, base + one.end, one.text) for one in edits)

    def replace(self, statement: Statement, text: str) -> None:
        """Put another statement in the place of one."""
        self.edit(statement, [Edit(0, Words(statement).end, text)])

    def remove(self, statement: Statement) -> tuple[str, str]:
        """Take a statement out with the comments that stand right above it and behind it; return these.

        Those between its last word and the semicolon come with those above.
        """
        file, text = statement.file, statement.file.text
        first = file.characters(statement.start)
        start, end = first, first + Words(statement).end
        stop = file.characters(statement.end)
        inner = f"{comments}{newline(file)}" if (comments := text[end:stop].strip()) else ""
        if text[stop : stop + 1] == ";":
            end = stop + 1
        tail = _TAIL.match(text, end)
        line = text.rfind("\n", 0, first) + 1
        if tail is None:
            end += len(text[end:]) - len(text[end:].lstrip(" \t"))
            self._of(file).append(Edit(first, end, ""))
            return inner, ""
        if text[line:first].strip():
            start = first - (len(text[:first]) - len(text[:first].rstrip(" \t")))
            end = tail.end(1) if tail[1] else end
        else:
            earlier = file.statements[statement.number - 1] if statement.number else None
            start, end = _with_comments(text, line, 0 if earlier is None else file.characters(earlier.end)), tail.end()
        above = text[start:first]
        while text[end : end + 1] in ("", "\n", "\r") and (blank := re.search(r"\n(\r?\n)\Z", text[:start])):
            start = blank.start(1)
        self._of(file).append(Edit(start, end, ""))
        return above.lstrip() + inner, tail[1] or ""

    def take_out(self, statement: Statement) -> None:
        """Take a statement out, and leave its comments where they are."""
        file, text = statement.file, statement.file.text
        start, stop = file.characters(statement.start), file.characters(statement.end)
        end = start + Words(statement).end
        behind = stop + (text[stop : stop + 1] == ";")
        parts = [(start, end), (stop, behind)] if text[end:stop].strip() else [(start, behind)]
        for first, last in parts:
            line = text.rfind("\n", 0, first) + 1
            rest = _BLANK.match(text, last)
            if rest is not None and not text[line:first].strip():
                self._of(file).append(Edit(line, rest.end(), ""))
            else:
                self._of(file).append(Edit(first, last + len(text[last:]) - len(text[last:].lstrip(" \t")), ""))

    def pair(self, title: str, up: str, down: str) -> None:
        """Add a pair of files behind the statement's, with these texts."""
        self._pairs.append((title, up, down))

    def finish(self, title: str) -> Fix | None:
        """Return the fix; None where a file cannot be changed without knowing more."""
        file = self._subject.file
        if any(not one.whole for one in self._edits):
            return None
        edits, down = self._edits.get(file, []), self._edits.get(file.pair, []) if file.pair is not None else []
        reason = "" if file.fixable else f"{file.name} is not new"
        files: tuple[NewFile, ...] = ()
        if self._pairs:
            # A migration that is a directory has no names beside it.
            if file.version is None or self._subject.is_down or not file.path.endswith(file.name):
                return None
            numbers, reason = numbers_behind(file, self._subject.files, len(self._pairs))
            files = self._files(numbers)
        changes = difference(file.text, edits)
        if file.pair is not None:
            changes += difference(file.pair.text, down)
        return Fix(title, _sorted(edits), _sorted(down), files, changes, reason)

    def _files(self, numbers: list[str]) -> tuple[NewFile, ...]:
        name = self._subject.file.name
        ending = name[name.rindex(".up.") + len(".up") :]
        made: list[NewFile] = []
        for number, (title, up, down) in zip(numbers, self._pairs, strict=True):
            stem = f"{number}_{_NOT_IN_NAMES.sub('_', title.lower()).strip('_')[:_LONGEST_TITLE]}"
            made.append(NewFile(f"{stem}.up{ending}", self._text(up)))
            if any(file.is_down for file in self._subject.files):  # else the first would ask for all the others
                made.append(NewFile(f"{stem}.down{ending}", self._text(down)))
        return tuple(made)

    def _text(self, text: str) -> str:
        return text + newline(self._subject.file)

    def _of(self, file: File) -> list[Edit]:
        return self._edits.setdefault(file, [])


def newline(file: File) -> str:
    """Return how lines end in a file."""
    return "\r\n" if b"\r\n" in file.data else "\n"


def _sorted(edits: list[Edit]) -> tuple[Edit, ...]:
    return tuple(sorted(edits, key=lambda one: (one.start, one.end)))


def _with_comments(text: str, line: int, since: int) -> int:
    """Return where the comment lines begin that stand right above a line; `since` is the end of what is before them."""
    comments = _line_comments(text, since, line)
    start = line
    while start:
        before = text.rfind("\n", 0, start - 1) + 1
        comment = text[before:start].lstrip()
        if start - len(comment) not in comments:
            return start
        if _OF_THE_FILE.search(comment):
            return line
        start = before
    return start


def _line_comments(text: str, start: int, end: int) -> set[int]:
    """Return where the `--` comments begin between two statements, without those inside block comments."""
    found: set[int] = set()
    while (comment := _COMMENT.search(text, start, end)) is not None:
        start = comment.end()
        if comment[0] == "/*":
            start = comment_end(text, start)
        else:
            found.add(comment.start())
    return found


def with_comments(comments: tuple[str, str], statement: str) -> str:
    """Return a statement with its semicolon, below and before the comments that it had."""
    above, behind = comments
    return f"{above}{statement};" + (f" {behind}" if behind else "")


def alone(statement: Statement) -> list[Statement] | None:
    """Return what goes when a statement is to be alone in its file: nothing, or its own BEGIN and COMMIT.

    None where there is more in the file.
    """
    others = [one for one in statement.file.statements if one is not statement]
    if not others:
        return []
    if len(others) == 2 and others[0].number < statement.number < others[1].number:
        kinds = [one.node.kind if one.kind == "TransactionStmt" else "" for one in others]
        if kinds[0] in BEGINS and kinds[1] == "TRANS_STMT_COMMIT":
            return others
    return None


def may_stay(subject: Subject) -> bool:
    """Say whether the file asks for no transaction, and has no block here, so that what refuses one may stay."""
    return subject.file.no_transaction and subject.target is Target.WHIMBREL and not subject.statement.in_block

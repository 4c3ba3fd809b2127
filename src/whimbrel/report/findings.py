"""How are findings written: for people, as JSON, SARIF, or for GitHub and GitLab?"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

import msgspec

from whimbrel import __version__
from whimbrel.findings.severity import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import BinaryIO

    from whimbrel.findings.card import Card
    from whimbrel.findings.finding import Finding
    from whimbrel.findings.fix import Fix

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_compact: Final = msgspec.json.Encoder().encode


class Report(ABC):
    """One format; `encode` needs no other findings than those of one directory, so that processes can share it."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    @abstractmethod
    def encode(self, findings: list[Finding]) -> bytes:
        """Return the findings of one directory as they stand in the report."""

    @abstractmethod
    def put(self, encoded: bytes) -> None:
        """Take what `encode` returned, in the order of the directories."""

    def end(self, names: Iterable[str]) -> None:  # noqa: B027 - most formats end without a word
        """Write what comes last, given the names of all rules that found something."""


def as_json(finding: Finding) -> dict[str, Any]:
    """Return a finding as it stands in JSON."""
    return {
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "end_line": finding.end_line,
        "end_column": finding.end_column,
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.label,
        "message": finding.message,
        "effect": finding.effect,
        "remedy": finding.remedy,
        "fix": None if finding.fix is None else _fix(finding.fix),
    }


def _fix(fix: Fix) -> dict[str, Any]:
    def edits(of: tuple[Any, ...]) -> list[dict[str, Any]]:
        return [{"start": one.start, "end": one.end, "text": one.text} for one in of]

    return {
        "title": fix.title,
        "edits": edits(fix.edits),
        "down": edits(fix.down),
        "files": [{"name": one.name, "text": one.text} for one in fix.files],
        "by_hand": fix.by_hand or None,
    }


def _fix_lines(fix: Fix) -> list[str]:
    """Return what people read of a fix: lines that go and come, and new files."""
    lines = [f"  fix: {fix.title}" + (f" (by hand: {fix.by_hand})" if fix.by_hand else "")]
    lines += [f"    {line}" for line in fix.difference]
    for file in fix.files:
        lines += [f"    {file.name}:", *(f"    + {line}" for line in file.text.splitlines())]
    return lines


class TextReport(Report):
    """For people: place and effect, then the remedy, and the fix where there is one."""

    def encode(self, findings: list[Finding]) -> bytes:
        """Return some lines for each."""
        written: list[str] = []
        for one in findings:
            lines = [
                f"{one.severity.label}[{one.name}] {_visible(one.path)}:{one.line}:{one.column}",
                f"  {_visible(one.message)}",
            ]
            lines.append(f"  help: {one.remedy[:1].lower()}{one.remedy[1:].rstrip('.')}")
            if one.fix is not None:
                lines += _fix_lines(one.fix)
            written.append("\n".join(lines) + "\n\n")
        return "".join(written).encode()

    def put(self, encoded: bytes) -> None:
        """Write it."""
        self._out.write(encoded)


def _visible(text: str) -> str:
    r"""Return a text without control characters, which names may hold: a line's end becomes `\n`."""
    return text if text.isprintable() else _CONTROL.sub(lambda found: repr(found[0])[1:-1], text)


class JsonReport(Report):
    """One array of objects, a line each."""

    def __init__(self, out: BinaryIO) -> None:
        super().__init__(out)
        self._between = b"[\n"
        self._said: dict[tuple[str, Severity, str, str], tuple[bytes, bytes]] = {}

    def encode(self, findings: list[Finding]) -> bytes:
        """Return one object a line."""
        return b",\n".join([self._object(one) for one in findings])

    def _object(self, one: Finding) -> bytes:
        """Return the JSON of `as_json`; what a rule always says is encoded once."""
        if one.fix is not None:
            return _compact(as_json(one))
        said = one.code, one.severity, one.effect, one.remedy
        parts = self._said.get(said)
        if parts is None:
            whole = _compact(as_json(one))
            middle, tail = whole.index(b',"code":'), whole.index(b',"effect":')
            parts = self._said[said] = whole[middle : whole.index(b',"message":') + len(b',"message":')], whole[tail:]
        return b'{"path":%b,"line":%d,"column":%d,"end_line":%d,"end_column":%d%b%b%b' % (
            _compact(one.path), one.line, one.column, one.end_line, one.end_column, parts[0], _compact(one.message),
            parts[1],
        )  # fmt: skip

    def put(self, encoded: bytes) -> None:
        """Write it."""
        if encoded:
            self._out.write(self._between)
            self._out.write(encoded)
            self._between = b",\n"

    def end(self, names: Iterable[str]) -> None:  # noqa: ARG002 - it needs none
        """Close the array."""
        self._out.write(b"[]\n" if self._between == b"[\n" else b"\n]\n")


class GithubReport(Report):
    """Commands that GitHub's runner makes annotations of."""

    _LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "notice"}

    def encode(self, findings: list[Finding]) -> bytes:
        """Return one command a line."""
        written: list[str] = []
        for one in findings:
            keys = {
                "file": one.path, "line": one.line, "col": one.column, "endLine": one.end_line,
                "endColumn": one.end_column, "title": f"{one.name} ({one.code})",
            }  # fmt: skip
            place = ",".join(f"{key}={_property(str(value))}" for key, value in keys.items())
            message = _data(f"{one.message}. {one.remedy}")
            written.append(f"::{self._LEVELS[one.severity]} {place}::{message}\n")
        return "".join(written).encode()

    def put(self, encoded: bytes) -> None:
        """Write it."""
        self._out.write(encoded)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


class GitlabReport(Report):
    """GitLab's code quality report."""

    _LEVELS: Final = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.ADVICE: "info"}

    def __init__(self, out: BinaryIO) -> None:
        super().__init__(out)
        self._issues: list[bytes] = []

    def encode(self, findings: list[Finding]) -> bytes:
        """Return one issue a line."""
        from hashlib import sha256

        seen: dict[str, int] = {}
        issues: list[bytes] = []
        for one in findings:
            same = f"{one.code}\0{one.path}\0{one.message}"
            number = seen[same] = seen.get(same, 0) + 1
            issue = {
                "description": f"{one.message}. {one.remedy}",
                "check_name": one.name,
                "fingerprint": sha256(f"{same}\0{number}".encode()).hexdigest(),
                "severity": self._LEVELS[one.severity],
                "location": {"path": one.path, "lines": {"begin": one.line, "end": one.end_line}},
            }
            issues.append(_compact(issue))
        return b",\n".join(issues)

    def put(self, encoded: bytes) -> None:
        """Keep it."""
        if encoded:
            self._issues.append(encoded)

    def end(self, names: Iterable[str]) -> None:  # noqa: ARG002 - it needs none
        """Write the report."""
        self._out.write(b"[" + b",\n".join(self._issues) + b"]\n")


class SarifReport(Report):
    """SARIF 2.1.0, which GitHub's code scanning and editors read."""

    _LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "note"}

    def __init__(self, out: BinaryIO, card: Callable[[str], Card]) -> None:
        super().__init__(out)
        self._card = card
        self._results: list[bytes] = []

    def encode(self, findings: list[Finding]) -> bytes:
        """Return one result a line."""
        results: list[bytes] = []
        for one in findings:
            region = {
                "startLine": one.line, "startColumn": one.column, "endLine": one.end_line, "endColumn": one.end_column,
            }  # fmt: skip
            place = {"artifactLocation": {"uri": _uri(one.path)}, "region": region}
            result = {
                "ruleId": one.code,
                "level": self._LEVELS[one.severity],
                "message": {"text": f"{one.message}. {one.remedy}"},
                "locations": [{"physicalLocation": place}],
            }
            results.append(_compact(result))
        return b",\n".join(results)

    def put(self, encoded: bytes) -> None:
        """Keep it."""
        if encoded:
            self._results.append(encoded)

    def end(self, names: Iterable[str]) -> None:
        """Write the log."""
        rules = []
        for card in sorted(map(self._card, names), key=lambda card: card.code):
            rules.append(
                {
                    "id": card.code,
                    "name": card.name,
                    "shortDescription": {"text": card.title},
                    "fullDescription": {"text": f"{card.condition} {card.effect}"},
                    "help": {"text": card.remedy},
                    "defaultConfiguration": {"level": self._LEVELS[card.severity]},
                }
            )
        tool = {"driver": {"name": "whimbrel", "version": __version__, "rules": rules}}
        head = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0"}
        run = _compact({"tool": tool, "columnKind": "unicodeCodePoints"})
        self._out.write(_compact(head)[:-1] + b',"runs":[' + run[:-1] + b',"results":[')
        self._out.write(b",\n".join(self._results) + b"]}]}\n")


def _uri(path: str) -> str:
    from urllib.parse import quote

    given = PurePath(path)
    return given.as_uri() if given.is_absolute() else quote(given.as_posix())

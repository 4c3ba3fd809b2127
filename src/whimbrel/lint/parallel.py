"""What is found in many folders, by as many processes as there are processors?"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from whimbrel.lint.rule import Selection
from whimbrel.lint.run import findings_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import BinaryIO

    from whimbrel.findings.finding import Finding
    from whimbrel.findings.severity import Severity
    from whimbrel.lint.fixes.fixable import Fixes
    from whimbrel.lint.settings import LintSettings
    from whimbrel.lint.targets import Folder

WORTH_IT: Final = 500
"""Files from which a second process is quicker than one."""


@dataclass(slots=True)
class Encoded:
    """The findings of one folder, encoded, and how many there are by rule's name and by severity."""

    data: bytes
    names: Counter[str] = field(default_factory=Counter)
    severities: Counter[Severity] = field(default_factory=Counter)
    gone: int = 0
    """How many findings of the baseline are not there any more."""


def encoded_in(
    folders: Sequence[Folder], settings: LintSettings, encode: Callable[[list[Finding]], bytes], *, fixes: Fixes
) -> Iterator[Encoded]:
    """Yield the findings of each folder, in the folders' order.

    Raises what `whimbrel.lint.run.findings_in` does.
    """
    processes = min(_processors(), len(folders))
    if processes < 2 or sum(len(folder.files) for folder in folders) < WORTH_IT or not hasattr(os, "fork"):
        yield from _lint(folders, settings, encode, fixes=fixes)
        return
    Selection(settings.chosen()).load_all()  # once, before there are several of us
    gc.freeze()
    own, *others = _shares(folders, processes)
    started = [_start(share, settings, encode, fixes=fixes) for share in others]
    try:
        yield from _lint(own, settings, encode, fixes=fixes)
        for child, kept in started:
            yield from _received(child, kept)
    finally:
        for child, kept in started:
            child.end()
            kept.close()


def _lint(
    folders: Sequence[Folder], settings: LintSettings, encode: Callable[[list[Finding]], bytes], *, fixes: Fixes
) -> Iterator[Encoded]:
    for folder, findings in zip(folders, findings_in(folders, settings, fixes=fixes), strict=True):
        encoded = _encoded(findings, encode)
        encoded.gone = folder.gone
        _forget(folder)
        yield encoded


def _forget(folder: Folder) -> None:
    """Give back what a folder's files hold: the collector is off, and nothing looks at them any more."""
    for file in folder.files:
        file.forget()


def _encoded(findings: list[Finding], encode: Callable[[list[Finding]], bytes]) -> Encoded:
    return Encoded(encode(findings), Counter(one.name for one in findings), Counter(one.severity for one in findings))


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _shares(folders: Sequence[Folder], processes: int) -> list[list[Folder]]:
    """Give each process neighbouring folders of about as many bytes, so that the shares end to end are all of them."""
    loads = [sum(len(file.data) + 200 for file in folder.files) for folder in folders]
    whole, passed = sum(loads) + 1, 0
    shares: list[list[Folder]] = [[] for _ in range(processes)]
    for folder, load in zip(folders, loads, strict=True):
        shares[(passed + load // 2) * processes // whole].append(folder)
        passed += load
    return shares


@dataclass(slots=True)
class _Child:
    """A process for a share; it ends when it has been waited for, or killed."""

    pid: int
    waited: bool = False

    def wait(self) -> bool:
        """Wait for its end; say whether it did all."""
        self.waited = True
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1]) == 0

    def end(self) -> None:
        """Kill it if nobody has waited for it."""
        if not self.waited:
            os.kill(self.pid, signal.SIGKILL)
            self.wait()


def _start(
    folders: Sequence[Folder], settings: LintSettings, encode: Callable[[list[Finding]], bytes], *, fixes: Fixes
) -> tuple[_Child, BinaryIO]:
    """Start a process for some folders; return it, and the file that it writes."""
    from tempfile import TemporaryFile

    kept = TemporaryFile()  # noqa: SIM115 - it outlives this function, and the caller closes it
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return _Child(pid), kept
    code = 1
    try:
        try:
            for encoded in _lint(folders, settings, encode, fixes=fixes):
                pickle.dump(encoded, kept, pickle.HIGHEST_PROTOCOL)
        except Exception as error:  # noqa: BLE001 - it is raised again by the process that waits for it
            pickle.dump(error, kept)
        kept.flush()
        code = 0
    finally:
        os._exit(code)


def _received(child: _Child, kept: BinaryIO) -> Iterator[Encoded]:
    """Wait for a process, and yield what it found."""
    if not child.wait():
        message = "a process of the linter ended before it was done"
        raise ChildProcessError(message)
    kept.seek(0)
    while True:
        try:
            received = pickle.load(kept)  # noqa: S301 - from our own child
        except EOFError:
            return
        if isinstance(received, BaseException):
            raise received
        assert isinstance(received, Encoded)  # noqa: S101 - nothing else is sent
        yield received

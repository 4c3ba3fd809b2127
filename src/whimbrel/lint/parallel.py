"""What is found in many folders, by as many processes as there are processors?"""

from __future__ import annotations

import gc
import os
import pickle
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


def encoded_in(
    folders: Sequence[Folder], settings: LintSettings, encode: Callable[[list[Finding]], bytes], *, fixes: Fixes
) -> Iterator[Encoded]:
    """Yield the findings of each folder, in the folders' order.

    Raises what `whimbrel.lint.run.findings_in` does.
    """
    processes = min(_processors(), len(folders))
    if processes < 2 or sum(len(folder.files) for folder in folders) < WORTH_IT or not hasattr(os, "fork"):
        for folder, findings in zip(folders, findings_in(folders, settings, fixes=fixes), strict=True):
            encoded = _encoded(findings, encode)
            _forget(folder)
            yield encoded
        return
    Selection(settings.chosen()).load_all()  # once, before there are several of us
    gc.freeze()
    shares = _shares(folders, processes)
    pipes = [_work([folders[place] for place in share], settings, encode, fixes=fixes) for share in shares]
    owner = {place: number for number, share in enumerate(shares) for place in share}
    try:
        for place in range(len(folders)):
            yield _received(pipes[owner[place]][1])
    finally:
        for child, pipe in pipes:
            pipe.close()
            os.waitpid(child, 0)


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


def _shares(folders: Sequence[Folder], processes: int) -> list[list[int]]:
    """Give each process folders of about as many bytes, all in their order, so that little waits to be written."""
    shares: list[list[int]] = [[] for _ in range(processes)]
    loads = [0] * processes
    for place, folder in enumerate(folders):
        least = loads.index(min(loads))
        shares[least].append(place)
        loads[least] += sum(len(file.data) + 200 for file in folder.files)
    return shares


def _work(
    folders: Sequence[Folder], settings: LintSettings, encode: Callable[[list[Finding]], bytes], *, fixes: Fixes
) -> tuple[int, BinaryIO]:
    """Start a process for some folders; return it, and where it writes."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child:
        os.close(writing)
        return child, os.fdopen(reading, "rb")
    code = 1
    try:
        os.close(reading)
        with os.fdopen(writing, "wb") as pipe:
            try:
                for folder, findings in zip(folders, findings_in(folders, settings, fixes=fixes), strict=True):
                    pickle.dump(_encoded(findings, encode), pipe, pickle.HIGHEST_PROTOCOL)
                    pipe.flush()
                    _forget(folder)
            except Exception as error:  # noqa: BLE001 - it is raised again by the process that waits for it
                pickle.dump(error, pipe)
        code = 0
    finally:
        os._exit(code)


def _received(pipe: BinaryIO) -> Encoded:
    try:
        received = pickle.load(pipe)  # noqa: S301 - from our own child
    except EOFError:
        message = "a process of the linter ended before it was done"
        raise ChildProcessError(message) from None
    if isinstance(received, BaseException):
        raise received
    assert isinstance(received, Encoded)  # noqa: S101 - nothing else is sent
    return received

"""Several at once: threads, as `crew` has it for tasks."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def together(*works: Callable[[], T]) -> list[T | BaseException]:
    """Run all at once, each in a thread of its own; return what each returned or raised."""
    with ThreadPoolExecutor(len(works)) as threads:
        futures = [threads.submit(work) for work in works]
    return [future.exception() or future.result() for future in futures]


class Meeting:
    """A point where as many wait as there are parties, and then all go on."""

    def __init__(self, parties: int) -> None:
        self._barrier = threading.Barrier(parties, timeout=20)

    def wait(self) -> None:
        self._barrier.wait()

"""Who is running, and how does something end in time? The answers for threads."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from psycopg import Connection

T = TypeVar("T")
Lock = threading.Lock
HERE = "thread"
"""What runs here, in words."""


class Cancelled(BaseException):
    """Never raised: nothing from outside cancels a thread."""


def cancellations() -> int:
    """None."""
    return 0


def current() -> object:
    """The thread that is running."""
    return threading.current_thread()


def name_of(owner: object) -> str:
    """A thread's name."""
    return owner.name if isinstance(owner, threading.Thread) else "no thread"


def to_its_end(
    work: Callable[[], T], bound_s: float, cancelled_bound_s: float | None = None
) -> tuple[T, BaseException | None]:
    """Run something to its end; the bounds are for those that can be cancelled."""
    del bound_s, cancelled_bound_s
    return work(), None


def lock_within(lock: threading.Lock, seconds: float) -> bool:
    """Take a lock; return whether it came free in time."""
    return lock.acquire(timeout=seconds)


def sleep(seconds: float) -> None:
    """Wait."""
    time.sleep(seconds)


class Deadline:
    """When a unit of work has to be over; None for never. A timer's thread cancels the statement that then runs."""

    def __init__(self, seconds: float | None) -> None:
        self._end = None if seconds is None else time.monotonic() + seconds
        self._connection: Connection[Any] | None = None
        self._lifted = threading.Lock()
        self._over = False
        self._is_lifted = False

    def left_s(self) -> float | None:
        """Seconds that are left, not below 0; None for ever."""
        return None if self._end is None else max(0.0, self._end - time.monotonic())

    @contextmanager
    def bounding(self) -> Iterator[None]:
        """Raise TimeoutError once the time is over and a statement was ended for it, or at the body's end."""
        if self._end is None:
            yield
            return
        timer = threading.Timer(max(0.0, self._end - time.monotonic()), self._expire)
        timer.daemon = True
        timer.start()
        try:
            yield
        except Exception as error:
            if self._over:
                raise TimeoutError from error
            raise
        finally:
            timer.cancel()
            with self._lifted:  # a timer that has begun comes to its end before the body does
                self._is_lifted = True

    @property
    def is_over(self) -> bool:
        """Whether it has ended something, or is about to."""
        return self._over or self.left_s() == 0.0

    def lift(self) -> None:
        """From here on nothing is interrupted: the outcome must become known.

        Raises:
            TimeoutError: the time is over already.
        """
        with self._lifted:
            if self._over:
                raise TimeoutError
            self._is_lifted = True

    def resume(self) -> None:
        """End what `lift` began; raises TimeoutError where the time is over by now."""
        with self._lifted:
            self._is_lifted = False
            if self.left_s() == 0.0:
                self._over = True
                raise TimeoutError

    def watch(self, connection: Connection[Any] | None) -> None:
        """Tell whose statement to end, None for nobody's; raises TimeoutError where the time is over already."""
        with self._lifted:
            self._connection = connection
            if self._over and connection is not None:
                raise TimeoutError

    def _expire(self) -> None:
        with self._lifted:
            if self._is_lifted:
                return
            self._over = True
            if self._connection is not None:
                with suppress(psycopg.Error):
                    self._connection.cancel_safe(timeout=5.0)

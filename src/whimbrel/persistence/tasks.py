"""Who is running, and how does something go on though its task is cancelled? The async answers; sync has its own."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    from psycopg import AsyncConnection

T = TypeVar("T")
Lock = asyncio.Lock
HERE = "task"
"""What runs here, in words."""


Cancelled = asyncio.CancelledError


def cancellations() -> int:
    """How often this task was told to end; more than before, and no exception, is one that somebody swallowed."""
    task = asyncio.current_task()
    return 0 if task is None else task.cancelling()


def current() -> object:
    """The task that is running."""
    return asyncio.current_task()


def name_of(owner: object) -> str:
    """A task's name."""
    return owner.get_name() if isinstance(owner, asyncio.Task) else "no task"


async def to_its_end(
    work: Callable[[], Coroutine[Any, Any, T]], bound_s: float, cancelled_bound_s: float | None = None
) -> tuple[T, BaseException | None]:
    """Run something to its end though the task is cancelled; return its result and the cancellation that came.

    Once a cancellation has come it may take `cancelled_bound_s` seconds more.

    Raises:
        TimeoutError: it did not end within `bound_s` seconds; it is cancelled then.
        CancelledError: a cancellation came, and it failed with the error that is chained.
    """
    task = asyncio.ensure_future(work())
    cancelled: BaseException | None = None
    now = asyncio.get_running_loop().time
    end = now() + bound_s
    while not task.done():
        left = end - now()
        if left <= 0:
            task.cancel()
        try:
            await asyncio.wait({task}, timeout=left if left > 0 else None)
        except asyncio.CancelledError as error:
            if cancelled is None and cancelled_bound_s is not None:
                end = min(end, now() + cancelled_bound_s)
            cancelled = error
    failed = TimeoutError() if task.cancelled() else task.exception()
    if cancelled is not None and failed is not None:
        raise cancelled from failed
    if isinstance(failed, TimeoutError):
        raise failed
    return task.result(), cancelled


async def lock_within(lock: Lock, seconds: float) -> bool:
    """Take a lock; return whether it came free in time."""
    try:
        async with asyncio.timeout(seconds):
            return await lock.acquire()
    except TimeoutError:
        return False


async def sleep(seconds: float) -> None:
    """Wait."""
    await asyncio.sleep(seconds)


class Deadline:
    """When a unit of work has to be over; None for never."""

    def __init__(self, seconds: float | None) -> None:
        self._end = None if seconds is None else asyncio.get_running_loop().time() + seconds
        self._timeout: asyncio.Timeout | None = None

    def left_s(self) -> float | None:
        """Seconds that are left, not below 0; None for ever."""
        return None if self._end is None else max(0.0, self._end - asyncio.get_running_loop().time())

    @asynccontextmanager
    async def bounding(self) -> AsyncIterator[None]:
        """Raise TimeoutError in the body once the time is over, unless `lift` was called."""
        if self._end is None:
            yield
            return
        async with asyncio.timeout_at(self._end) as self._timeout:
            yield

    @property
    def is_over(self) -> bool:
        """Whether it has ended something, or is about to."""
        return self.left_s() == 0.0 or (self._timeout is not None and self._timeout.expired())

    def lift(self) -> None:
        """From here on nothing is interrupted: the outcome must become known.

        Raises:
            TimeoutError: the time is over already.
        """
        if self._timeout is not None:
            if self._timeout.expired():
                raise TimeoutError
            self._timeout.reschedule(None)

    def resume(self) -> None:
        """End what `lift` began."""
        if self._timeout is not None and not self._timeout.expired():
            self._timeout.reschedule(self._end)

    def watch(self, connection: AsyncConnection[Any] | None) -> None:
        """Tell whose statement to end, None for nobody's; an async one ends with its task."""

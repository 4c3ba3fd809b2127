"""What does golang-migrate print while it runs? A line a file; more with `-verbose`; and ours beside it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from whimbrel.cli.go_duration import go_duration
from whimbrel.runner.events import Event, LockWaited, Noticed, StepFinished, StepRead, StepStarted, Warned

if TYPE_CHECKING:
    from whimbrel.cli.go_log import GoLog
    from whimbrel.planner.plan import Step


class GoEvents:
    """Prints events to a log; what golang-migrate does not say begins with `warning: ` or `notice: `.

    `prefetch` is how many files golang-migrate would have read ahead: it says so of no more, plus two on their way.
    """

    def __init__(self, log: GoLog, *, prefetch: int) -> None:
        self._log = log
        self._prefetch = prefetch
        self._ahead = prefetch + 2
        self._to_say: deque[Step] = deque()

    def __call__(self, event: Event) -> None:
        """Print the event, if golang-migrate or we have a line for it."""
        match event:
            case StepRead(step=step) if self._log.verbose:
                self._to_say.append(step)
                self._scheduled()
            case StepStarted(step=step) if self._log.verbose and step.file:
                self._log.line(f"Read and execute {step}")
            case StepFinished(step=step, read_ns=read_ns, ran_ns=ran_ns):
                if self._log.verbose:
                    self._log.line(f"Finished {step} (read {go_duration(read_ns)}, ran {go_duration(ran_ns)})")
                else:
                    self._log.line(f"{step} ({go_duration(read_ns + ran_ns)})")
                self._ahead += 1
                self._scheduled()
            case Noticed(notice=notice, step=step):
                self._notice(notice.severity, notice.message, str(step.name) if step else "")
            case Warned(text=text):
                self._log.beside("warning", text)
            case LockWaited(holders=holders):
                held = f", held by {holders}" if holders else ""
                self._log.beside("notice", f"waiting for the migration lock{held}")
            case _:
                return

    def _scheduled(self) -> None:
        """Say which files are read ahead, as far as golang-migrate would have come by now."""
        while self._to_say and self._ahead:
            step = self._to_say.popleft()
            self._ahead -= 1
            verb = "Start buffering" if self._prefetch and step.file else "Scheduled"
            self._log.line(f"{verb} {step}")

    def _notice(self, severity: str, message: str, name: str) -> None:
        place = f"{name}: " if name else ""
        for line in message.splitlines() or [""]:
            if severity == "WARNING":
                self._log.beside("warning", f"{place}{line}")
            elif self._log.verbose:
                self._log.beside("notice", f"{place}{line}")

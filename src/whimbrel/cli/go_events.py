"""What does golang-migrate print while it runs? A line a file; more with `-verbose`; and ours beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.cli.go_duration import go_duration
from whimbrel.runner.events import Event, LockWaited, Noticed, StepFinished, StepRead, StepStarted, Warned

if TYPE_CHECKING:
    from whimbrel.cli.go_log import GoLog


class GoEvents:
    """Prints events to a log; what golang-migrate does not say begins with `warning: ` or `notice: `."""

    def __init__(self, log: GoLog, *, prefetch: bool) -> None:
        self._log = log
        self._prefetch = prefetch

    def __call__(self, event: Event) -> None:
        """Print the event, if golang-migrate or we have a line for it."""
        match event:
            case StepRead(step=step) if self._log.verbose:
                verb = "Start buffering" if self._prefetch and step.file else "Scheduled"
                self._log.line(f"{verb} {step}")
            case StepStarted(step=step) if self._log.verbose and step.file:
                self._log.line(f"Read and execute {step}")
            case StepFinished(step=step, read_ns=read_ns, ran_ns=ran_ns):
                if self._log.verbose:
                    self._log.line(f"Finished {step} (read {go_duration(read_ns)}, ran {go_duration(ran_ns)})")
                else:
                    self._log.line(f"{step} ({go_duration(read_ns + ran_ns)})")
            case Noticed(notice=notice, step=step):
                self._notice(notice.severity, notice.message, str(step.name) if step else "")
            case Warned(text=text):
                self._log.line(f"warning: {text}")
            case LockWaited(holders=holders):
                self._log.line("notice: waiting for the migration lock" + (f", held by {holders}" if holders else ""))
            case _:
                return

    def _notice(self, severity: str, message: str, name: str) -> None:
        place = f"{name}: " if name else ""
        first, *rest = message.splitlines() or [""]
        for text in (first, *rest):
            if severity == "WARNING":
                self._log.line(f"warning: {place}{text}")
            elif self._log.verbose:
                self._log.line(f"notice: {place}{text}")

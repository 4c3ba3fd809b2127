"""Which units of work took long, and with what? An observer that logs them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from whimbrel.persistence.events import Ended, StatementDone

if TYPE_CHECKING:
    from whimbrel.persistence.events import Event

_LOG = logging.getLogger("whimbrel.persistence.slow")


class SlowLog:
    """Logs units of work of `unit_s` seconds or more with their operations, and statements of `statement_s`."""

    def __init__(self, unit_s: float = 1.0, statement_s: float = 1.0) -> None:
        self._unit_s = unit_s
        self._statement_s = statement_s

    def __call__(self, event: Event, /) -> None:
        """Log it if it was slow."""
        if isinstance(event, Ended) and event.took_s >= self._unit_s:
            ops = ", ".join(event.ops)
            _LOG.warning("unit of work %s took %.3f s, %s: %s", event.unit, event.took_s, event.outcome, ops)
        if isinstance(event, StatementDone) and event.took_s >= self._statement_s:
            _LOG.warning("statement %s took %.3f s", event.op, event.took_s)

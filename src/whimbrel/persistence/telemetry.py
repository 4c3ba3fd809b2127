"""How do units of work and statements show in OpenTelemetry? An observer that makes spans and metrics of events."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from opentelemetry import metrics, trace
from opentelemetry.trace import SpanKind, Status, StatusCode

from whimbrel.persistence.events import Acquired, Ended, HookFailed, PlanHealed, Released, Retried, StatementDone

if TYPE_CHECKING:
    from whimbrel.persistence.events import Event


class Telemetry:
    """Spans named by operation, below the span that is current; times of waiting and holding as histograms.

    Without providers the process's own are used.

    The package `opentelemetry-api` must be there (the extra `otel`).
    """

    def __init__(self, traces: trace.TracerProvider | None = None, meters: metrics.MeterProvider | None = None) -> None:
        self._tracer = trace.get_tracer("whimbrel.persistence", tracer_provider=traces)
        meter = metrics.get_meter("whimbrel.persistence", meter_provider=meters)
        self._wait = meter.create_histogram("db.client.connection.wait_time", unit="s")
        self._use = meter.create_histogram("db.client.connection.use_time", unit="s")
        self._counts = {
            Retried: meter.create_counter("whimbrel.unit.retries"),
            PlanHealed: meter.create_counter("whimbrel.plans.healed"),
            HookFailed: meter.create_counter("whimbrel.hooks.failed"),
        }

    def __call__(self, event: Event, /) -> None:
        """Record it."""
        match event:
            case Acquired():
                self._wait.record(event.waited_s, {"whimbrel.operation": event.op})
            case Released():
                self._use.record(event.held_s, {"whimbrel.operation": event.op})
            case StatementDone():
                error = type(event.error).__name__ if event.error else ""
                code = event.error.sqlstate if event.error else ""
                self._span(event.op, event.took_s, error, {"db.response.status_code": code} if code else {})
            case Ended():
                self._span(event.unit, event.took_s, "", {"whimbrel.outcome": str(event.outcome)})
            case Retried() | PlanHealed() | HookFailed():
                self._counts[type(event)].add(1)

    def _span(self, name: str, took_s: float, error: str, attributes: dict[str, str]) -> None:
        end = time.time_ns()
        span = self._tracer.start_span(
            name, kind=SpanKind.CLIENT, start_time=end - int(took_s * 1e9),
            attributes={"db.system.name": "postgresql", "db.operation.name": name, **attributes},
        )  # fmt: skip
        if error:
            span.set_attribute("error.type", error)
            span.set_status(Status(StatusCode.ERROR, error))
        span.end(end)

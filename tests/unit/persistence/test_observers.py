"""What is slow is logged, and what runs shows as spans and metrics."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from whimbrel.persistence.errors import NotFound, Outcome
from whimbrel.persistence.events import Acquired, Ended, PlanHealed, StatementDone
from whimbrel.persistence.slow_log import SlowLog
from whimbrel.persistence.telemetry import Telemetry

if TYPE_CHECKING:
    import pytest


def test_slow_units_are_logged_with_their_operations(caplog: pytest.LogCaptureFixture) -> None:
    log = SlowLog(unit_s=1, statement_s=2)
    with caplog.at_level(logging.WARNING, "whimbrel.persistence.slow"):
        log(Ended("quick", Outcome.COMMITTED, 0.1, ("a",)))
        log(Ended("transfer", Outcome.COMMITTED, 1.5, ("accounts.lock", "accounts.move")))
        log(StatementDone("users.list", "", 2.5, 100))
    assert [record.getMessage() for record in caplog.records] == [
        "unit of work transfer took 1.500 s, committed: accounts.lock, accounts.move",
        "statement users.list took 2.500 s",
    ]


def test_events_are_spans_and_metrics() -> None:
    spans = InMemorySpanExporter()
    traces = TracerProvider()
    traces.add_span_processor(SimpleSpanProcessor(spans))
    reader = InMemoryMetricReader()
    telemetry = Telemetry(traces, MeterProvider([reader]))
    telemetry(StatementDone("users.find", "", 0.25, 1))
    telemetry(StatementDone("users.find", "", 0.25, 0, NotFound("users.find")))
    telemetry(Ended("transfer", Outcome.UNKNOWN, 1.0, ()))
    telemetry(Acquired("users.find", 0.5))
    telemetry(PlanHealed("users.find"))
    done, failed, unit = spans.get_finished_spans()
    assert (done.name, done.status.is_ok) == ("users.find", True)
    assert done.end_time is not None
    assert done.start_time is not None
    assert done.end_time - done.start_time == 250_000_000
    assert failed.attributes is not None
    assert (failed.status.is_ok, failed.attributes["error.type"]) == (False, "NotFound")
    assert unit.attributes is not None
    assert unit.attributes["whimbrel.outcome"] == "unknown"
    data = reader.get_metrics_data()
    assert data is not None
    names = {metric.name for each in data.resource_metrics for scope in each.scope_metrics for metric in scope.metrics}
    assert names == {"db.client.connection.wait_time", "whimbrel.plans.healed"}

"""What `migrate` prints while it runs."""

from __future__ import annotations

import io
import re

from whimbrel.cli.go_events import GoEvents
from whimbrel.cli.go_log import GoLog
from whimbrel.migration.migration_set import MigrationSet
from whimbrel.migration.state import DatabaseState
from whimbrel.planner.planner import plan_up
from whimbrel.postgres.connection import Notice
from whimbrel.runner.events import Event, LockWaited, Noticed, StepFinished, StepRead, StepStarted, Warned

STEPS = plan_up(
    MigrationSet.from_names([f"{number}_{name}.up.sql" for number, name in enumerate("abc", 1)] + ["4_d.down.sql"]),
    DatabaseState(),
).steps


def said(*events: Event, verbose: bool = False, prefetch: int = 10) -> list[str]:
    stream = io.StringIO()
    show = GoEvents(GoLog(stream, verbose=verbose), prefetch=prefetch)
    for event in events:
        show(event)
    stamp = r"(?m)^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d "
    text = stream.getvalue()
    assert not verbose or len(re.findall(stamp, text)) == len(text.splitlines())
    return re.sub(stamp, "", text).splitlines()


def run() -> list[Event]:
    events: list[Event] = [StepRead(step, None) for step in STEPS]
    for step in STEPS:
        events += [StepStarted(step), StepFinished(step, 1_000, 2_000_000)]
    return events


def test_a_line_a_file_without_verbose() -> None:
    assert said(*run()) == [f"{step} (2.001ms)" for step in STEPS]
    assert said(*run())[3] == "4/u <empty> (2.001ms)"


def test_verbose_says_what_is_read_run_and_finished() -> None:
    assert said(*run(), verbose=True) == [
        "Start buffering 1/u a", "Start buffering 2/u b", "Start buffering 3/u c", "Scheduled 4/u <empty>",
        "Read and execute 1/u a", "Finished 1/u a (read 1µs, ran 2ms)",
        "Read and execute 2/u b", "Finished 2/u b (read 1µs, ran 2ms)",
        "Read and execute 3/u c", "Finished 3/u c (read 1µs, ran 2ms)",
        "Finished 4/u <empty> (read 1µs, ran 2ms)",
    ]  # fmt: skip


def test_no_more_is_said_to_be_read_ahead_than_golang_migrate_reads() -> None:
    assert said(*run(), verbose=True, prefetch=0) == [
        "Scheduled 1/u a", "Scheduled 2/u b",
        "Read and execute 1/u a", "Finished 1/u a (read 1µs, ran 2ms)", "Scheduled 3/u c",
        "Read and execute 2/u b", "Finished 2/u b (read 1µs, ran 2ms)", "Scheduled 4/u <empty>",
        "Read and execute 3/u c", "Finished 3/u c (read 1µs, ran 2ms)",
        "Finished 4/u <empty> (read 1µs, ran 2ms)",
    ]  # fmt: skip


def test_each_line_that_golang_migrate_does_not_have_says_so() -> None:
    notice = Noticed(Notice("NOTICE", "one\ntwo"), STEPS[0])
    warning = Noticed(Notice("WARNING", "one\ntwo"), STEPS[0])
    assert said(notice) == []
    assert said(notice, verbose=True) == ["notice: 1_a.up.sql: one", "notice: 1_a.up.sql: two"]
    assert said(warning) == ["warning: 1_a.up.sql: one", "warning: 1_a.up.sql: two"]
    assert said(Warned("a\nb")) == ["warning: a", "warning: b"]
    assert said(LockWaited("pid 7")) == ["notice: waiting for the migration lock, held by pid 7"]
    assert said(LockWaited("")) == ["notice: waiting for the migration lock"]

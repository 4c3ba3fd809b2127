"""What does it cost to lint 10,000 files with all rules, and one small file?"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import command
from results import Comparison, Goal
from rounds import Times, in_turns, peak_mb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from contenders import Contenders
    from databases import Bench

FILES = 10_000
OURS = "whimbrel lint"
SQUAWK = "squawk"
_BACKEND = Path(__file__).parents[1] / "reference" / "backend" / "migrations"


def measure(bench: Bench, tools: Contenders, rounds: int) -> list[Comparison]:
    """Measure wall time, processor time and memory of both linters on the same files, findings as JSON to a file."""
    folder = bench.folder / "lint"
    count = _repeated(tools.corpora or str(_BACKEND), folder)
    ours = [tools.whimbrel, "lint", str(folder), "--select", "all", "--format", "json", "--fail-on", "never"]
    cases = {OURS: ours}
    if tools.squawk:
        files = sorted(str(path) for path in folder.rglob("*.sql"))
        cases[SQUAWK] = [tools.squawk, "--reporter", "json", *files]
    processor = Times({name: [] for name in cases})

    def run(name: str) -> float:
        wall, used = _run(cases[name])
        processor.rounds[name].append(used)
        return wall

    wall = in_turns({name: partial(run, name) for name in cases}, rounds)
    work = f"lint {count:,} files, all rules, findings as JSON"
    goals: list[tuple[Goal, ...]] = [(), ()]
    if SQUAWK in cases:
        goals = [
            (Goal("of squawk's wall time", 1.5, wall.ratio(OURS, SQUAWK)),),
            (Goal("of squawk's processor time", 2.0, processor.ratio(OURS, SQUAWK)),),
        ]
    found = [
        Comparison(f"{work}: {what}", "s", rounds, {name: times.median(name) for name in cases}, goal)
        for what, times, goal in (("wall time", wall, goals[0]), ("processor time", processor, goals[1]))
    ]
    memory = peak_mb(ours)
    found.append(Comparison(f"{work}: peak memory of a process", "MB", 1, {OURS: memory}, (Goal("MB", 80, memory),)))
    return [*found, _small(bench, tools, rounds)]


def _small(bench: Bench, tools: Contenders, rounds: int) -> Comparison:
    file = bench.folder / "small" / "small.sql"
    file.parent.mkdir()
    file.write_text("ALTER TABLE orders ADD COLUMN note text;\nCREATE INDEX ON orders (note);\n")
    words = [tools.whimbrel, "lint", str(file), "--fail-on", "never"]
    times = in_turns(
        {OURS: lambda: _run(words)[0], "Python alone": lambda: _run([sys.executable, "-c", ""])[0]}, 2 * rounds
    )
    medians = {name: times.median(name) for name in times.rounds}
    return Comparison(
        "lint one small file, the whole process", "s", 2 * rounds, medians, (Goal("s", 0.2, medians[OURS]),)
    )


def _repeated(corpora: str, folder: Path) -> int:
    """Copy directories of migrations again and again, until there are 10,000 files."""
    sources = [path for path in sorted(Path(corpora).iterdir()) if path.is_dir()] or [Path(corpora)]
    count = turn = 0
    while count < FILES:
        for source in sources:
            target = folder / f"{source.name}-{turn}"
            target.mkdir(parents=True)
            for file in sorted(source.glob("*.sql")):
                if count < FILES:
                    shutil.copy(file, target)
                    count += 1
        turn += 1
    return count


def _run(words: Sequence[str]) -> tuple[float, float]:
    """Run a command with its output in a file; return wall time and processor time, its own processes' included."""
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        started = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(started.pid, 0)
        wall = time.perf_counter() - began
        started.returncode = os.waitstatus_to_exitcode(status)
        if started.returncode not in (0, 1):
            message = f"{words[0]} ended with code {started.returncode}"
            raise SystemExit(message)
    return wall, used.ru_utime + used.ru_stime


if __name__ == "__main__":
    command.main(__doc__, measure)

"""How soon is the embedded PostgreSQL there: made, started, or running already?"""

from __future__ import annotations

import shutil
import sys
from statistics import median
from typing import TYPE_CHECKING

import command
from results import Comparison, Goal
from rounds import seconds

if TYPE_CHECKING:
    from pathlib import Path

    from contenders import Contenders
    from databases import Bench

COLD_S = 3.0
WARM_S = 0.1


def measure(bench: Bench, tools: Contenders, rounds: int) -> list[Comparison]:
    """Run `whimbrel server start` in a folder without data, with data, and beside a running server."""
    cold, warm, running, python = [], [], [], []
    for number in range(rounds):
        project = bench.folder / f"project-{number}"
        project.mkdir()
        (project / "pyproject.toml").write_text("")
        try:
            cold.append(_start(tools, project))
            seconds([tools.whimbrel, "server", "stop"], cwd=project)
            warm.append(_start(tools, project))
            running.append(_start(tools, project))
            python.append(seconds([sys.executable, "-c", "pass"], cwd=project))
        finally:
            seconds([tools.whimbrel, "server", "stop"], cwd=project)
            shutil.rmtree(project, ignore_errors=True)
    beyond = median(took - bare for took, bare in zip(warm, python, strict=True))
    medians = {
        "first start (makes the data folder)": median(cold),
        "later start": median(warm),
        "it runs already": median(running),
        "(the Python interpreter alone)": median(python),
    }
    goals = (Goal("s for the first start", COLD_S, median(cold)), Goal("s beyond Python's own, later", WARM_S, beyond))
    return [Comparison("`whimbrel server start`", "s", rounds, medians, goals)]


def _start(tools: Contenders, project: Path) -> float:
    return seconds([tools.whimbrel, "server", "start"], cwd=project)


if __name__ == "__main__":
    command.main(__doc__, measure)

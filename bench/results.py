"""What came out? Medians side by side, and whether each goal is reached."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rounds import Times

OURS = "migrate (Whimbrel)"


@dataclass(frozen=True, slots=True)
class Goal:
    """A number to reach: `wanted` is the least, or the most, that `reached` may be; `what` says of what."""

    what: str
    wanted: float
    reached: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether it is reached."""
        return self.reached >= self.wanted if self.at_least else self.reached <= self.wanted


@dataclass(frozen=True, slots=True)
class Comparison:
    """One piece of work: the median of each tool over `rounds`, in `unit`; the first tool is ours."""

    work: str
    unit: str
    rounds: int
    medians: Mapping[str, float]
    goals: tuple[Goal, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return it as plain values, each goal with `met`."""
        goals = [{**asdict(goal), "met": goal.met} for goal in self.goals]
        return {
            "work": self.work,
            "unit": self.unit,
            "rounds": self.rounds,
            "medians": {tool: round(value, 4) for tool, value in self.medians.items()},
            "goals": [{**goal, "reached": round(float(str(goal["reached"])), 3)} for goal in goals],
        }


def timed(work: str, times: Times, goals: tuple[Goal, ...]) -> Comparison:
    """Return the comparison of rounds that were timed, in seconds."""
    medians = {tool: times.median(tool) for tool in times.rounds}
    rounds = max(len(values) for values in times.rounds.values())
    return Comparison(work, "s", rounds, medians, goals)


def faster(times: Times, other: str, wanted: float, ours: str = OURS) -> tuple[Goal, ...]:
    """Return the goal to be `wanted` times as fast as another tool; none where that was left out."""
    if other not in times.rounds:
        return ()
    return (Goal(f"times as fast as {other}", wanted, times.ratio(other, ours), at_least=True),)


def table(comparisons: list[Comparison]) -> str:
    """Return a table in Markdown: a line for each tool of each piece of work, and the goals of ours."""
    lines = ["| work | tool | median | goals |", "|---|---|---|---|"]
    for comparison in comparisons:
        for number, (tool, median) in enumerate(comparison.medians.items()):
            first = number == 0
            goals = "; ".join(_goal_text(goal) for goal in comparison.goals) if first else ""
            lines.append(
                f"| {comparison.work if first else ''} | {tool} | {_with_unit(median, comparison.unit)} | {goals} |"
            )
    return "\n".join(lines)


def _goal_text(goal: Goal) -> str:
    bound = "at least" if goal.at_least else "at most"
    return f"{goal.reached:.3g} {goal.what} (goal: {bound} {goal.wanted:g}{'' if goal.met else ', NOT REACHED'})"


def _with_unit(value: float, unit: str) -> str:
    if unit == "s":
        return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"
    return f"{value:.1f} {unit}"

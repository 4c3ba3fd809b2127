"""Is there a text that the linter falls over? Statements with words lost, doubled, exchanged and put in from others."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from whimbrel.lint.directory import in_order
from whimbrel.lint.linter import Linter
from whimbrel.lint.rule import Selection
from whimbrel.lint.settings import LintSettings

STATEMENTS = [
    line.rstrip().rstrip(";")
    for line in (Path(__file__).parents[2] / "locks" / "more.txt").read_text().splitlines()
    if line.strip()
]
_WORD = re.compile(r"\w+|'[^']*'|\"[^\"]*\"|\s+|.", re.DOTALL)


def mutated(chance: random.Random) -> str:
    words = _WORD.findall(chance.choice(STATEMENTS))
    for _ in range(chance.randrange(4)):
        place = chance.randrange(len(words))
        other = chance.choice(_WORD.findall(chance.choice(STATEMENTS)))
        match chance.randrange(4):
            case 0:
                words[place] = ""
            case 1:
                words.insert(place, other)
            case 2:
                words[place] = other
            case _:
                last = chance.randrange(len(words))
                words[place], words[last] = words[last], words[place]
    return "".join(words)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("version", [13, 18])
def test_every_text_is_linted_to_its_end(seed: int, version: int) -> None:
    chance = random.Random(seed)
    every = LintSettings(select=("all",), version=version).chosen()
    for _ in range(40):
        files = [
            (f"{number}_a.{way}.sql", f"{number}_a.{way}.sql", ";\n".join(mutated(chance) for _ in range(3)).encode())
            for number in range(1, 4)
            for way in ("up", "down")
        ]
        for seen in Linter(Selection(every)).directory(in_order(files)):
            assert seen.finding().line > 0

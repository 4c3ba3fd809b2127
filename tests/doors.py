"""The two commands as a user runs them, and what each of their refusals must be."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from replay import MIGRATE, WHIMBREL

if TYPE_CHECKING:
    from pathlib import Path

VAGUE = re.compile(r"something went wrong|unexpected(?!ly)|Traceback|bug in Whimbrel", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Said:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def errors(self) -> list[str]:
        return [line for line in self.err.splitlines() if line.startswith("error: ")]


@dataclass(frozen=True, slots=True)
class Door:
    """One of the two commands, with the words that it takes."""

    name: str

    def run(self, folder: Path | str, url: str, *words: str, environment: dict[str, str] | None = None) -> Said:
        if self.name == "migrate":
            command = [*MIGRATE, "-path", str(folder), "-database", url, *words]
        else:
            command = [*WHIMBREL, *words, "--path", str(folder), "--database", url]
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", check=False, timeout=60,
            env=os.environ | (environment or {}),
        )  # fmt: skip
        return Said(done.returncode, done.stdout, done.stderr)

    def refuses(self, folder: Path | str, url: str, *words: str, code: int = 1) -> str:
        """Run; check that it is one error with a remedy and without secrets; return what was said."""
        said = self.run(folder, url, *(words or ("up",)))
        assert said.code == code, said
        assert len(said.errors) == 1, said.err
        assert re.search(r"^notice: |^ *help: ", said.err, re.MULTILINE), said.err
        assert not VAGUE.search(said.err), said.err
        assert "SECRET" not in said.err + said.out
        return said.err

"""Which files are new since a git revision, and which were changed?"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from whimbrel.errors import Misuse

_REMEDY: Final = "name a revision of this repository, and fetch it first: a shallow clone has no others"


@dataclass(frozen=True, slots=True)
class Changes:
    """What git says of the time since a revision; paths are absolute, their directories without links."""

    new: set[Path]
    """Files that are not in it, those that git does not know yet included."""
    edited: set[Path]
    """Files that are in it, with another content."""


@dataclass(slots=True)
class Since:
    """A revision, and what was asked of it: files may lie in several repositories."""

    revision: str
    _roots: dict[Path, Path] = field(default_factory=dict)
    _changes: dict[Path, Changes] = field(default_factory=dict)

    def changes(self, directory: Path) -> Changes:
        """Return what has changed in the repository that holds a directory, which is absolute and without links.

        Raises:
            Misuse: git does not answer.
        """
        root = self._root(directory)
        found = self._changes.get(root)
        if found is None:
            found = self._changes[root] = self._asked(root)
        return found

    def _root(self, directory: Path) -> Path:
        seen: list[Path] = []
        for place in (directory, *directory.parents):
            seen.append(place)
            root = self._roots.get(place)
            if root is not None or (place / ".git").exists():
                root = place if root is None else root
                break
        else:  # GIT_DIR may say where it is
            root = Path(os.fsdecode(self._git(directory, "rev-parse", "--show-toplevel").rstrip(b"\n")))
        self._roots.update(dict.fromkeys(seen, root))
        return root

    def _asked(self, root: Path) -> Changes:
        if self.revision.startswith("-"):
            message = f"{self.revision!r} is no git revision"
            raise Misuse(message)
        base = os.fsdecode(self._git(root, "merge-base", self.revision, "HEAD").strip())
        # A copy or a renamed file is new, whatever the user's settings make of it.
        diff = self._git(root, "diff", "--name-status", "--no-renames", "-z", "--no-ext-diff", base).split(b"\0")
        new, edited = set(self._git(root, "ls-files", "--others", "--exclude-standard", "-z").split(b"\0")), set()
        for status, name in zip(diff[::2], diff[1::2], strict=False):
            if status == b"A":
                new.add(name)
            elif status != b"D":
                edited.add(name)
        return Changes(_paths(root, new), _paths(root, edited))

    def _git(self, place: Path, *arguments: str) -> bytes:
        command = ["git", "-C", str(place), *arguments]
        try:
            done = subprocess.run(command, capture_output=True, check=False, env={**os.environ, "LC_ALL": "C"})
        except FileNotFoundError:
            message = f"cannot tell what is new since {self.revision}: git is not installed"
            raise Misuse(message) from None
        if done.returncode:
            raise self._refused(os.fsdecode(done.stderr).strip().splitlines())
        return done.stdout

    def _refused(self, said: list[str]) -> Misuse:
        fatal = next((line.removeprefix("fatal: ") for line in said if line.startswith("fatal: ")), "")
        reason = fatal or (said[-1] if said else "its history and that of HEAD have no commit in common")
        message = f"cannot tell what is new since {self.revision}: {reason}"
        return Misuse(message, remedy=said[-1].strip() if "dubious ownership" in reason else _REMEDY)


def _paths(root: Path, names: set[bytes]) -> set[Path]:
    return {root / os.fsdecode(name) for name in names if name}

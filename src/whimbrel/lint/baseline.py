"""Which findings were there when the linter was adopted?

The file maps path, rule and a digest of the statement to how many there are, so that a line that moves stays known and
a statement that is edited is looked at again.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from typing import TYPE_CHECKING, Any

from whimbrel.errors import Misuse
from whimbrel.lint.seen import readable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from whimbrel.lint.file import File
    from whimbrel.lint.seen import Seen

Key = tuple[str, str, str]
"""Path, rule, digest."""


def key(seen: Seen, baseline: Path) -> Key:
    """Return what a finding is known by in a baseline: its path is from there, wherever the linter is run."""
    from hashlib import sha256

    text = seen.statement.text if seen.statement is not None else readable(seen.found.message)
    return _place(seen.file.path, baseline), seen.card.name, sha256(" ".join(text.split()).encode()).hexdigest()[:16]


def _place(path: str, baseline: Path) -> str:
    return readable(os.path.relpath(path, baseline.parent).replace(os.sep, "/"))


def read(path: Path) -> Counter[Key]:
    """Read a baseline.

    Raises:
        Misuse: it is not there, or is no baseline.
    """
    try:
        table = json.loads(path.read_text("utf-8"))
        return Counter(
            {
                (file, rule, digest): int(number)
                for file, rules in table["findings"].items()
                for rule, digests in rules.items()
                for digest, number in digests.items()
            }
        )
    except OSError as error:
        message = f"cannot read the baseline {path}: {error.strerror}"
        raise Misuse(message, remedy=f"write one: whimbrel lint --write-baseline {path}") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        message = f"{path} is no baseline of whimbrel lint"
        raise Misuse(message, remedy=f"write one: whimbrel lint --write-baseline {path}") from error


def write(path: Path, keys: Iterable[Key]) -> int:
    """Write a baseline; return how many findings it holds.

    Raises:
        Misuse: the file cannot be written.
    """
    table: dict[str, Any] = {}
    count = 0
    for file, rule, digest in sorted(keys):
        digests = table.setdefault(file, {}).setdefault(rule, {})
        digests[digest] = digests.get(digest, 0) + 1
        count += 1
    try:
        path.write_text(json.dumps({"findings": table}, indent=1, sort_keys=True) + "\n", "utf-8")
    except OSError as error:
        message = f"cannot write the baseline {path}: {error.strerror}"
        raise Misuse(message) from error
    return count


def of_files(known: Counter[Key], files: Iterable[File], baseline: Path) -> Counter[Key]:
    """Return what a baseline has of files that are linted."""
    paths = {_place(one.path, baseline) for one in files if one.linted}
    return Counter({entry: number for entry, number in known.items() if entry[0] in paths})


def without_file(known: Counter[Key], baseline: Path) -> int:
    """Return how many findings a baseline has of files that there are not any more."""
    there = {path: (baseline.parent / path).exists() for path in {entry[0] for entry in known}}
    return sum(number for entry, number in known.items() if not there[entry[0]])


def without_known(seen: list[Seen], left: Counter[Key], baseline: Path) -> list[Seen]:
    """Return the findings that are not in a baseline, as often as it has them; what remains in `left` is gone."""
    kept: list[Seen] = []
    for one in seen:
        name = key(one, baseline)
        if left[name] > 0:
            left[name] -= 1
        else:
            kept.append(one)
    return kept

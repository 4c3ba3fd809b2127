"""Write `whimbrel.persistence.sync` from `whimbrel.persistence`: the same names without `await`.

python tools/generate_sync.py [--check]

What threads do otherwise than tasks is written by hand: `sync/tasks.py`. The tests of both are written once too:
tests/acceptance/persistence/test_both_*.py.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "whimbrel" / "persistence"
TARGET = SOURCE / "sync"
TESTS = ROOT / "tests" / "acceptance" / "persistence"
BY_HAND = {"tasks.py"}
HEAD = "# Written by tools/generate_sync.py from {name}: change that one.\n"


def _waiting() -> set[str]:
    """Return the modules that wait, and those that import one that does, but for what is only a type to them."""
    texts = {path.stem: path.read_text() for path in SOURCE.glob("*.py") if path.name != "__init__.py"}
    waiting = {name for name, text in texts.items() if re.search(r"\basync (?:def|with|for)\b", text)}
    while True:
        users = {
            name for name, text in texts.items()
            if any(re.search(rf"^from whimbrel\.persistence\.{other} import", text, re.MULTILINE) for other in waiting)
        }  # fmt: skip
        if users <= waiting:
            return waiting
        waiting |= users


ONCE = {path.stem for path in SOURCE.glob("*.py")} - _waiting() - {"__init__"}
"""Modules that wait for nothing: the async and the sync toolkit share them."""

WORDS = {
    "AsyncConnection": "Connection",
    "AsyncConnectionPool": "ConnectionPool",
    "AsyncCursor": "Cursor",
    "AsyncServerCursor": "ServerCursor",
    "AsyncCopy": "Copy",
    "AsyncIterator": "Iterator",
    "AsyncIterable": "Iterable",
    "AsyncGenerator": "Generator",
    "AsyncExitStack": "ExitStack",
    "AbstractAsyncContextManager": "AbstractContextManager",
    "asynccontextmanager": "contextmanager",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
    "StopAsyncIteration": "StopIteration",
    "aclose": "close",
    "aclosing": "closing",
    "enter_async_context": "enter_context",
}


def to_sync(text: str, name: str) -> str:
    """Return the sync text of an async module."""
    text = re.sub(r"\basync (def|with|for)\b", r"\1", text)
    text = re.sub(r"\bawait ", "", text)
    text = re.sub(r"\bAwaitable\[((?:[^\[\]]|\[[^\[\]]*\])*)\]", r"\1", text)
    text = re.sub(r"\bCoroutine\[Any, Any, ((?:[^\[\]]|\[[^\[\]]*\])*)\]", r"\1", text)
    text = re.sub(r"\b(?:Awaitable|Coroutine), |, (?:Awaitable|Coroutine)\b", "", text)
    text = re.sub(r"\b(?:" + "|".join(WORDS) + r")\b", lambda found: WORDS[found[0]], text)
    text = re.sub(r"\b(?:An|an) async\b", lambda found: "A" if found[0][0] == "A" else "a", text)
    text = text.replace("for async services.", "for threads.")
    text = text.replace(
        "`whimbrel.persistence.sync` has the same names for threads.", "The names are those of `whimbrel.persistence`."
    )
    text = text.replace("all tasks of one event loop", "all threads of one process")
    text = re.sub(r"(?<!_)\btasks?\b(?!\.|,| import|$)", lambda f: "threads" if f[0] == "tasks" else "thread", text)
    text = text.replace("import thread\n", "import tasks\n").replace("import threads\n", "import tasks\n")

    def module(found: re.Match[str]) -> str:
        return found[0] if found[1] in ONCE else f"whimbrel.persistence.sync.{found[1]}"

    text = re.sub(r"\bwhimbrel\.persistence\.(\w+)", module, text)
    text = text.replace("from whimbrel.persistence import", "from whimbrel.persistence.sync import")
    text = re.sub(r"^from crew import", "from crew_of_threads import", text, flags=re.MULTILINE)
    return HEAD.format(name=name) + text


def formatted(text: str, path: Path) -> str:
    """Return it as ruff leaves it."""
    ruff = Path(sys.executable).with_name("ruff")
    for command in (["check", "--select", "I,F401,SIM117", "--fix-only", "--quiet"], ["format", "--quiet"]):
        text = subprocess.run(
            [ruff, *command, "--stdin-filename", path, "-"], input=text, capture_output=True, text=True, check=True
        ).stdout
    return text


def main() -> int:
    """Write what differs; with --check, say so instead."""
    check = "--check" in sys.argv
    stale = []
    pairs = [(path, TARGET / path.name) for path in SOURCE.glob("*.py") if path.name not in BY_HAND]
    pairs = [(source, target) for source, target in pairs if source.stem not in ONCE]
    pairs += [(path, path.with_name(path.name.replace("_both_", "_sync_"))) for path in TESTS.glob("test_both_*.py")]
    for source, target in sorted(pairs):
        wanted = formatted(to_sync(source.read_text(), source.name), target)
        if not target.exists() or target.read_text() != wanted:
            stale.append(target)
            if not check:
                target.write_text(wanted)
    for path in stale:
        print(f"{'not up to date' if check else 'wrote'}: {path.relative_to(ROOT)}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())

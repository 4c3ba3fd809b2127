"""What do the docs' examples do? The fenced blocks of a page, and a run of them in a folder of their own.

    ```console                  `$ command` lines, run by sh; then what it prints ("…" stands for anything)
    ```sql file=NAME            written to NAME before the blocks that follow; so are python, toml and text
    <!-- not run: reason -->    before a block that cannot be run

All console blocks of a page are one session in one folder. The page's database is `DATABASE_URL`; on a page with
`<!-- database: embedded -->` there is none, and the folder's own server is stopped at the end. On a page with
`<!-- folder: checkout -->` the folder is a checkout of the project.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [
        *(ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
        *(ROOT / "docs").rglob("*.md"),
    ]
)
EMBEDDED = "<!-- database: embedded -->"
CHECKOUT = "<!-- folder: checkout -->"
_FENCE = re.compile(
    r"(?:<!-- not run: (?P<skip>[^\n]*?) -->\n+)?^ *```(?P<info>[^\n]*)\n(?P<body>.*?)^ *```$",
    re.MULTILINE | re.DOTALL,
)
_FILE = re.compile(r"\bfile=(\S+)")
_TIME = re.compile(r"\b\d+(?:\.\d+)?\s?(?:ns|µs|ms|s)\b|\b\d+ min \d+ s\b")
_SERVER = re.compile(r"PostgreSQL \d+(?:\.\d+)?")
_END = "\x1e"


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: the language, its text, the file that it is, and why it is not run."""

    language: str
    body: str
    file: str = ""
    not_run: str = ""

    @property
    def commands(self) -> tuple[tuple[str, str], ...]:
        """The commands of a console block, each with what it is to print."""
        parts = re.split(r"^\$ (.*)\n", self.body, flags=re.MULTILINE)
        return tuple(zip(parts[1::2], parts[2::2], strict=True))


def blocks(page: Path) -> tuple[Block, ...]:
    """Return a page's fenced blocks in order."""
    return tuple(_blocks(page.read_text(encoding="utf-8")))


def _blocks(text: str) -> Iterator[Block]:
    for found in _FENCE.finditer(text):
        language, _, rest = found["info"].partition(" ")
        file = _FILE.search(rest)
        yield Block(language, dedent(found["body"]), file[1] if file else "", found["skip"] or "")


def names_used(page: Path) -> set[str]:
    """Return the toolkit's names that the page's programs import and use, but for programs that nothing runs."""
    programs = {Path(block.file).stem: ast.parse(block.body) for block in blocks(page) if block.language == "python"}
    told = " ".join(command for block in blocks(page) if not block.not_run for command, _ in block.commands)
    run = {name for name in programs if re.search(rf"\bpython {name}\.py\b", told)}
    run |= {name for name in programs if name.startswith("test_") and "pytest" in told}
    for name in tuple(run):
        run |= programs.keys() & {node.module for node in ast.walk(programs[name]) if isinstance(node, ast.ImportFrom)}
    return set().union(*(_names_used(programs[name]) for name in run))


def _names_used(program: ast.Module) -> set[str]:
    imports = [node for node in ast.walk(program) if isinstance(node, ast.ImportFrom)]
    ours = {name.name for node in imports if node.module == "whimbrel.persistence" for name in node.names}
    return ours & {node.id for node in ast.walk(program) if isinstance(node, ast.Name)}


def run_page(page: Path, folder: Path, database: str) -> list[str]:
    """Run a page's examples; return what came out otherwise than the page says."""
    wrong: list[str] = []
    text = page.read_text(encoding="utf-8")
    if CHECKOUT in text:
        _make_checkout(folder)
    environment = _environment("" if EMBEDDED in text else database, folder)
    for block in blocks(page):
        if block.not_run:
            continue
        if block.file:
            path = folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.body, encoding="utf-8")
        elif block.language == "console":
            wrong += _differences(block, folder, environment)
    if EMBEDDED in text:
        subprocess.run(["whimbrel", "server", "stop"], cwd=folder, env=environment, capture_output=True, check=True)
    return wrong


def _differences(block: Block, folder: Path, environment: dict[str, str]) -> Iterator[str]:
    commands = block.commands
    script = "".join(f"{command}\nstatus=$?; printf '{_END}'; (exit $status)\n" for command, _ in commands)
    ran = subprocess.run(
        ["sh", "-c", f"exec 2>&1\n{script}"], cwd=folder, env=environment, capture_output=True, text=True, timeout=120,
        check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    printed = ran.stdout.split(_END)
    for (command, expected), actual in zip(commands, printed, strict=False):
        said, shown = _normal(expected, folder), _normal(actual, folder)
        pattern = ".*?".join(re.escape(part) for part in said.strip().split("…"))
        if not re.fullmatch(pattern, shown.strip(), re.DOTALL):
            yield f"$ {command}\nthe page says:\n{said}\nit prints:\n{shown}"


def _normal(text: str, folder: Path) -> str:
    text = text.replace(str(folder.resolve()), "/home/ada/shop").replace(str(folder), "/home/ada/shop")
    return _SERVER.sub("PostgreSQL <version>", _TIME.sub("<time>", text))


def _environment(database: str, folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "MAKE", "DATABASE_URL"))}
    programs = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}"
    environment = kept | {"PATH": programs, "LC_ALL": "C.UTF-8", "COLUMNS": "100", "PYTHONWARNINGS": "error"}
    return environment | ({"DATABASE_URL": database} if database else {})


def _make_checkout(folder: Path) -> None:
    """Make `folder` a checkout whose virtual environment is the one that runs this."""
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "reference", folder / "reference")
    (folder / ".venv").mkdir()
    (folder / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    (folder / ".venv" / ".installed").touch()

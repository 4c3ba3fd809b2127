"""Do the docs say what is so? Examples are run, links lead somewhere, derived pages are what the code says."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from configparser import ConfigParser
from typing import TYPE_CHECKING

import pytest
from doc_examples import EMBEDDED, PAGES, ROOT, blocks, names_used, run_page

from whimbrel import persistence
from whimbrel.persistence import errors as persistence_errors
from whimbrel.planner.mode import Mode, decide

if TYPE_CHECKING:
    from pathlib import Path

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
TOOLKIT = sorted((ROOT / "docs" / "reference" / "persistence").glob("*.md"))
WITH_EXAMPLES = [
    name for name, page in zip(NAMES, PAGES, strict=True)
    if any(block.language == "console" and not block.not_run for block in blocks(page))
]  # fmt: skip


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_do_what_the_page_says(
    name: str, database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if EMBEDDED in (ROOT / name).read_text(encoding="utf-8"):
        request.getfixturevalue("binaries")  # skips where there is no PostgreSQL to start
    wrong = run_page(ROOT / name, tmp_path, database)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_to_pages_and_headings_that_are_there(name: str) -> None:
    page = ROOT / name
    broken = [link for link in _links(page) if not _leads_somewhere(page, link)]
    assert not broken


@pytest.mark.parametrize("name", NAMES)
def test_python_that_is_not_run_imports_what_is_there(name: str) -> None:
    for block in blocks(ROOT / name):
        if block.language == "python" and not block.file:
            imports: list[ast.stmt] = [
                node for node in ast.parse(block.body).body if isinstance(node, ast.Import | ast.ImportFrom)
            ]
            exec(compile(ast.Module(imports, []), name, "exec"), {})


@pytest.mark.parametrize("name", NAMES)
def test_every_page_but_the_first_is_linked_from_another(name: str) -> None:
    page = (ROOT / name).resolve()
    linked = {(other.parent / link.partition("#")[0]).resolve() for other in PAGES for link in _links(other)}
    assert page in linked or name == "README.md"


def test_the_architecture_draws_the_rooms_in_the_order_that_imports_keep() -> None:
    drawing = next(block.body for block in blocks(ROOT / "ARCHITECTURE.md") if block.body.startswith("doors"))
    drawn = [word for line in drawing.splitlines() for word in line[8:39].split()]
    rules = ConfigParser()
    rules.read(ROOT / ".importlinter", encoding="utf-8")
    layers = rules["importlinter:contract:stack"]["layers"].replace("|", " ").split()
    assert drawn == layers


def test_files_run_as_the_page_on_run_modes_says() -> None:
    text = (ROOT / "docs" / "reference" / "run-modes.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(.*)` \| (\w+) \| (.*) \|$", text, re.MULTILINE)
    assert {mode for _, mode, _ in rows} == set(Mode)
    for file, mode, reason in rows:
        plan = decide(file, "1_a.up.sql")
        assert (file, plan.mode, plan.reason) == (file, mode, reason)


def test_derived_pages_are_what_the_code_says() -> None:
    command = [sys.executable, str(ROOT / "tools" / "generate_docs.py"), "--check"]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("page", TOOLKIT, ids=lambda page: page.stem)
def test_each_name_that_a_page_of_the_toolkit_promises_is_used_in_its_programs(page: Path) -> None:
    promised = re.search(r"^Names: (.*?)\.$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    names = set(re.findall(r"`(\w+)`", promised[1])) if promised else set()
    assert names - names_used(page) == set()


def test_every_public_name_of_the_toolkit_is_used_in_a_program_that_is_run() -> None:
    assert set(persistence.__all__) - set().union(*map(names_used, TOOLKIT)) == set()


def test_every_error_of_the_toolkit_is_raised_in_a_program_that_is_run() -> None:
    printed = {
        word
        for block in blocks(ROOT / "docs/reference/persistence/errors.md")
        if block.language == "console" and not block.not_run
        for _, output in block.commands
        for word in re.findall(r"\w+", output)
    }
    names = {name for name in persistence_errors.__all__ if _is_raised(name)}
    assert len(names) > 50
    assert names - printed == set()


def _is_raised(name: str) -> bool:
    kind = getattr(persistence_errors, name)
    return isinstance(kind, type) and issubclass(kind, persistence.DBError) and kind is not persistence.DBError


def _links(page: Path) -> list[str]:
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    return [link for link in _LINK.findall(text) if not link.startswith(("http://", "https://", "mailto:"))]


def _leads_somewhere(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists():
        return False
    return not anchor or anchor in {_anchor(line) for line in target.read_text(encoding="utf-8").splitlines()}


def _anchor(line: str) -> str:
    """Return the anchor that a heading's line gets on GitHub, empty for another line."""
    if not line.startswith("#"):
        return ""
    return re.sub(r"[^\w\- ]", "", line.lstrip("#").strip().lower()).replace(" ", "-")

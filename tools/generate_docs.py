"""Write what the docs derive from the code: help texts, exit codes, the error tree, the speed table of README.

python tools/generate_docs.py            writes them
python tools/generate_docs.py --check    compares, and exits with 1 where one is not what the code says
"""

from __future__ import annotations

import ast
import io
import json
import os
import re
import sys
from contextlib import redirect_stdout
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from whimbrel import errors, persistence
from whimbrel.cli.go_usage import COMMAND_FLAGS, command_help, usage
from whimbrel.cli.parser import build
from whimbrel.persistence import errors as persistence_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
RESULTS = ROOT / "bench" / "results.json"
HEAD = "<!-- Written by tools/generate_docs.py; do not edit. -->\n"
SPEED = re.compile(r"(<!-- speed: begin -->\n).*?(<!-- speed: end -->)", re.DOTALL)
SHOWN = re.compile(r"^Names: (.*?)\.$", re.MULTILINE | re.DOTALL)
WIDTH = "100"
OURS = "migrate (Whimbrel)"


def main(arguments: list[str]) -> int:
    check = "--check" in arguments
    stale = 0
    for path, text in derived():
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        if check:
            print(f"{path.relative_to(ROOT)} is not what the code says; run: python tools/generate_docs.py")
        else:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
    return 1 if check and stale else 0


def derived() -> Iterator[tuple[Path, str]]:
    """Yield each derived file with the text that it should hold."""
    yield REFERENCE / "cli-whimbrel.md", cli_whimbrel()
    yield REFERENCE / "cli-migrate.md", cli_migrate()
    yield REFERENCE / "exit-codes.md", exit_codes()
    yield REFERENCE / "errors.md", error_tree()
    yield REFERENCE / "persistence.md", toolkit()
    readme = ROOT / "README.md"
    yield readme, SPEED.sub(lambda found: found[1] + speed_table() + found[2], readme.read_text(encoding="utf-8"))


def cli_whimbrel() -> str:
    whole = whimbrel_help()
    names = re.findall(r"^    ([a-z]+) ", whole, re.MULTILINE)
    parts = [HEAD, "# The command `whimbrel`\n", _text(whole)]
    for name in names:
        parts += [f"## `whimbrel {name}`\n", _text(whimbrel_help(name))]
    return "\n".join(parts)


def whimbrel_help(*command: str) -> str:
    """Return what `whimbrel COMMAND --help` prints."""
    os.environ |= {"COLUMNS": WIDTH, "NO_COLOR": "1"}
    out = io.StringIO()
    with redirect_stdout(out):
        try:
            build().parse_args([*command, "--help"])
        except SystemExit:
            return out.getvalue()
    message = "argparse printed its help and did not exit"
    raise AssertionError(message)


def cli_migrate() -> str:
    parts = [
        HEAD,
        "# The command `migrate`\n",
        "golang-migrate v4.19.1's command line for PostgreSQL, under Go's rules for flags: `-path x`, `-path=x` and "
        "`--path=x` are one; a boolean\ntakes its value only behind `=`; global flags stand before the command, a "
        "command's flags before its arguments.\n\nEverything is printed on standard error. Without `-database` the "
        "variable `DATABASE_URL` is used, then `.env`\n([configuration](configuration.md)). Where it behaves "
        "otherwise than golang-migrate: [differences](differences.md).\n",
        _text(usage()),
    ]
    for name in COMMAND_FLAGS:
        parts += [f"## `migrate {name} -help`\n", _text(command_help(name))]
    return "\n".join(parts)


def exit_codes() -> str:
    rows = [f"| {code.value} | {meaning} |" for code, meaning in code_docstrings()]
    return "\n".join(
        [
            HEAD,
            "# Exit codes\n",
            "## `whimbrel`\n",
            "| code | meaning |",
            "|---|---|",
            *rows,
            "",
            "## `migrate`\n",
            "As golang-migrate:\n",
            "| code | meaning |",
            "|---|---|",
            "| 0 | Done, `no change`, help, `-version`; also stopped by a signal before everything was done. |",
            "| 1 | An error was reported, a question was answered with no, or `version` found none. |",
            "| 2 | The command line cannot be understood. |",
            f"| {errors.ExitCode.BUG.value} | A fault of Whimbrel itself (golang-migrate: a panic, 2). |",
            "",
        ]
    )


def code_docstrings() -> Iterator[tuple[errors.ExitCode, str]]:
    """Yield each exit code with the docstring below it in the source."""
    tree = ast.parse(Path(errors.__file__).read_text(encoding="utf-8"))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "ExitCode")
    for member, text in pairwise(body):
        if isinstance(member, ast.Assign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            name = member.targets[0]
            assert isinstance(name, ast.Name)
            yield errors.ExitCode[name.id], str(text.value.value)


def toolkit() -> str:
    """Return the page with the toolkit's public names and its errors."""
    names = sorted(persistence.__all__, key=str.lower)
    lines = [
        HEAD, "# The toolkit's names", "",
        "`whimbrel.persistence` has them for tasks, `whimbrel.persistence.sync` for threads. Each leads to a program",
        "that is run; [write repositories](../how-to/write-repositories.md) shows them together. See also",
        "[observing](persistence/observing.md) and [testing](persistence/testing.md).", "",
        "| name | is |", "|---|---|",
        *(f"| [`{name}`]({_example(name)}) | {_first_line(getattr(persistence, name))} |" for name in names),
        "", "## Errors", "",
        "All are in `whimbrel.persistence.errors`; `DBError` is the root of what a statement, a transaction or a",
        "connection raises. [Each is raised in an example](persistence/errors.md).", "",
        "| error | SQLSTATE or cause | may be tried again |", "|---|---|---|",
    ]  # fmt: skip
    for name, kind in sorted(vars(persistence_errors).items()):
        if (
            isinstance(kind, type)
            and issubclass(kind, persistence_errors.DBError)
            and kind is not persistence_errors.DBError
        ):
            retry = kind.retry.name.lower().replace("_", "-")
            lines.append(f"| `{name}` | {_first_line(kind)} | {retry} |")
    return "\n".join(lines) + "\n"


def _example(name: str) -> str:
    """Return the page that shows a name."""
    for page in sorted((REFERENCE / "persistence").glob("*.md")):
        names = SHOWN.search(page.read_text(encoding="utf-8"))
        if names is not None and f"`{name}`" in names[1]:
            return f"persistence/{page.name}"
    message = f"no page of docs/reference/persistence has {name} among its names"
    raise SystemExit(message)


def _first_line(thing: object) -> str:
    text = (getattr(thing, "__doc__", None) or "").strip().split("\n\n")[0]
    return " ".join(text.split()).replace("|", "\\|")


def error_tree() -> str:
    picture = re.search(r"^    WhimbrelError\n(?:    .*\n)+", errors.__doc__ or "", re.MULTILINE)
    assert picture is not None
    parts = [
        HEAD,
        "# Errors\n",
        "All are in `whimbrel.errors`. Each has `message` (what failed and why), `remedy` (what to do, may be empty) "
        "and `exit_code`.\nNone holds a password.\n",
        _text(re.sub(r"^    ", "", picture[0], flags=re.MULTILINE)),
        "| error | meaning | facts | exit code |",
        "|---|---|---|---|",
        *(_error_row(kind) for kind in _subclasses(errors.WhimbrelError)),
        "",
    ]
    return "\n".join(parts)


def _subclasses(kind: type[errors.WhimbrelError]) -> Iterator[type[errors.WhimbrelError]]:
    for below in kind.__subclasses__():
        if below.__module__ == errors.__name__:
            yield below
            yield from _subclasses(below)


def _error_row(kind: type[errors.WhimbrelError]) -> str:
    facts = ", ".join(f"`{name}`" for name in _facts(kind)) or "–"
    meaning = " ".join((kind.__doc__ or "").split())
    return f"| `{kind.__name__}` | {meaning} | {facts} | {kind.exit_code.value} |"


def _facts(kind: type[errors.WhimbrelError]) -> list[str]:
    """Return the attributes that the error's own constructor sets, in order."""
    tree = ast.parse(Path(errors.__file__).read_text(encoding="utf-8"))
    found = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == kind.__name__)
    targets = (target for node in ast.walk(found) if isinstance(node, ast.Assign) for target in node.targets)
    return [target.attr for target in targets if isinstance(target, ast.Attribute)]


def speed_table() -> str:
    """Return README's table of bench/results.json, and what the numbers were measured on."""
    if not RESULTS.exists():
        return "Measure it on your machine: `make bench`.\n"
    found = json.loads(RESULTS.read_text(encoding="utf-8"))
    machine = found["machine"]
    rounds = min(result["rounds"] for result in found["results"] if result["unit"] == "s")
    measured = f"Medians of {rounds} rounds" if rounds > 1 else "One round"
    lines = ["| work | `migrate` (Whimbrel) | golang-migrate | others |", "|---|---|---|---|"]
    lines += [_speed_row(result) for result in found["results"]]
    return "\n".join(
        [
            *lines,
            "",
            f"{measured}, whole process, fsync on. {found['date']}, "
            f"{machine['cores']} cores under a load of {machine['load']}, {machine['system']}, PostgreSQL "
            f"{machine['postgresql']}, Python {machine['python']}. How: [bench](bench/README.md).\n",
        ]
    )


def _speed_row(result: dict[str, Any]) -> str:
    shown = {tool: _quantity(value, result["unit"]) for tool, value in result["medians"].items()}
    ours, theirs = next(iter(shown)), "golang-migrate"
    said = ours.removeprefix(OURS).removeprefix(": ")
    others = ", ".join(
        f"{tool.removeprefix(f'{OURS}: ')} {shown[tool]}" for tool in shown if tool not in (ours, theirs)
    )
    first = f"{shown[ours]} ({said})" if said else shown[ours]
    return f"| {result['work']} | {first} | {shown.get(theirs, '–')} | {others or '–'} |"


def _quantity(value: float, unit: str) -> str:
    if unit != "s":
        return f"{value:.0f} {unit}"
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"


def _text(text: str) -> str:
    return f"```text\n{text.rstrip()}\n```\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Write what is derived from the linter's rules, or compare it with --check.

The index (src/whimbrel/lint/index.py), and a page of each rule (docs/rules), from its card and its cases.
"""

from __future__ import annotations

import sys
import tomllib
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from whimbrel.findings.card import Card

ROOT = Path(__file__).parents[1]
RULES = ROOT / "src" / "whimbrel" / "lint" / "rules"
PAGES = ROOT / "docs" / "rules"
CASES = ROOT / "tests" / "rules" / "cases"
INDEX = RULES.parent / "index.py"
HEAD = '''"""Which rules are there, and which nodes does each look at? Written by tools/generate_rules.py."""

from __future__ import annotations

from typing import Final

from whimbrel.findings.severity import Severity

RULES: Final = (
'''


def index() -> str:
    """Return the index's text."""
    lines: dict[str, str] = {}
    for path in sorted(RULES.glob("*.py")):
        if path.stem == "__init__":
            continue
        module = import_module(f"whimbrel.lint.rules.{path.stem}")
        card = module.CARD
        assert path.stem == card.name.replace("-", "_"), f"{path.name} holds the rule {card.name}"
        assert card.code not in lines, f"{card.code} is that of two rules"
        kinds = ", ".join(f'"{kind}"' for kind in module.KINDS) + ("," if len(module.KINDS) == 1 else "")
        lines[card.code] = (
            f'    ("{card.code}", "{card.name}", "{path.stem}", ({kinds}), Severity.{card.severity.name}, '
            f"{card.on}, {card.since}, {card.until}, {card.up_only}),\n"
        )
    return HEAD + "".join(lines[code] for code in sorted(lines)) + ")\n"


def page(card: Card, cases: dict[str, Any]) -> str:
    """Return a rule's page."""
    state = "" if card.on else ", off unless it is selected"
    parts = [f"# {card.name} ({card.code})", f"{card.title}. Severity: {card.severity.label}{state}."]
    if card.since > 13 or card.until < 99:
        versions = f"{card.since} to {card.until}" if card.until < 99 else f"{card.since} and later"
        parts.append(f"PostgreSQL {versions}.")
    if card.up_only:
        parts.append("Not in down files.")
    parts += [f"**When.** {card.condition}", f"**Effect.** {card.effect}", f"**Help.** {card.remedy}"]
    if card.safe:
        parts.append(f"```sql\n{card.safe.strip()}\n```")
    if card.measured:
        rows = ", ".join(f"`{row}`" for row in card.measured)
        parts.append(f"Measured on PostgreSQL {card.since} to {min(card.until, 18)}: {rows}.")
    for kind, title in (("fail", "Found"), ("pass", "Not found"), ("fix", "Fixed")):
        shown = [one for one in cases.get(kind, []) if "sql" in one and one.get("times", 1) == 1]
        if shown:
            parts.append(f"## {title}")
        for one in shown:
            parts.append(_case(one))
    if card.sources:
        parts.append("See " + ", ".join(f"<{source}>" for source in card.sources) + ".")
    return "\n\n".join(parts) + "\n"


def _case(one: dict[str, Any]) -> str:
    version = f" (PostgreSQL {one['pg']})" if "pg" in one else ""
    texts = []
    for what, pattern in one.get("naming", {}).items():
        texts.append(f"-- {what} = {pattern!r}")
    if one.get("before"):
        texts.append(f"-- an earlier file\n{_clean(one['before'])}\n\n-- this file")
    texts.append(_clean(one["sql"]))
    for name, text in one.get("fixed", {}).items():
        texts.append(f"\n-- fixed: {name}\n{_clean(text)}")
    return f"{one['title'][0].upper()}{one['title'][1:]}{version}:\n\n```sql\n" + "\n".join(texts) + "\n```"


def _clean(text: str) -> str:
    return "".join(character if character.isprintable() or character == "\n" else "·" for character in text.strip())


def pages() -> dict[Path, str]:
    """Return each page's text, and that of the list of all."""
    cards = []
    found = {}
    for path in sorted(RULES.glob("*.py")):
        if path.stem == "__init__":
            continue
        card = import_module(f"whimbrel.lint.rules.{path.stem}").CARD
        file = CASES / f"{card.name}.toml"
        cards.append(card)
        found[PAGES / f"{card.name}.md"] = page(card, tomllib.loads(file.read_text()) if file.exists() else {})
    lines = ["# Rules", "", _LIST, "", "| code | rule | severity | on | |", "|---|---|---|---|---|"]
    for card in sorted(cards, key=lambda card: card.code):
        state = "yes" if card.on else ""
        lines.append(
            f"| {card.code} | [{card.name}]({card.name}.md) | {card.severity.label} | {state} | {card.title} |"
        )
    found[PAGES / "index.md"] = "\n".join(lines) + "\n"
    return found


_LIST = """\
What `whimbrel lint` looks for. Severity is by evidence: an error stops the application, loses data or fails, as was
measured; a warning harms under some load, data or deployment; advice is about design. Rules that are not on are run
where they are selected (`--select default,prefer-text`). [How right they are](precision.md) was judged on a server."""


def main() -> int:
    """Write or compare."""
    wanted = {INDEX: index()} | pages()
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]
    left = [path for path in PAGES.glob("*.md") if path not in wanted and path.name != "precision.md"]
    if "--check" in sys.argv[1:]:
        for path in stale + left:
            print(f"{path} is not what tools/generate_rules.py writes: run it", file=sys.stderr)
        return 1 if stale or left else 0
    PAGES.mkdir(exist_ok=True)
    for path in stale:
        path.write_text(wanted[path])
    for path in left:
        path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What does a rule say of itself?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.lint.rule import Entry, entries, load
from whimbrel.lint.settings import meant

if TYPE_CHECKING:
    from whimbrel.findings.card import Card


def card_of(name: str) -> Card:
    """Return the card of a rule by its name."""
    return load(name.replace("-", "_")).CARD


def explained(word: str) -> str:
    """Return the text for `--explain`: one card, or a line for each rule that the word means.

    Raises:
        Misuse: it means none.
    """
    found = meant([word], list(entries()))
    if len(found) == 1:
        return card_text(card_of(found[0].name))
    return "".join(f"{_line(entry)}\n" for entry in found)


def _line(entry: Entry) -> str:
    state = entry.severity.label if entry.on else f"{entry.severity.label}, off"
    return f"{entry.code}  {entry.name}  ({state})  {card_of(entry.name).title}"


def card_text(card: Card) -> str:
    """Return a card as text."""
    state = "" if card.on else ", off unless it is selected"
    lines = [f"{card.name} ({card.code}): {card.title}", f"severity: {card.severity.label}{state}"]
    if card.since > 13 or card.until < 99:
        until = f" to {card.until}" if card.until < 99 else " and later"
        lines.append(f"PostgreSQL: {card.since}{until}")
    if card.up_only:
        lines.append("files: up files alone")
    lines += ["", f"when:   {card.condition}", f"effect: {card.effect}", f"help:   {card.remedy}"]
    if card.safe:
        lines += ["", *(f"    {line}" for line in card.safe.splitlines())]
    if card.sources:
        lines += ["", *(f"see {source}" for source in card.sources)]
    return "\n".join(lines) + "\n"

"""What do a statement's locks look like, to a person and as JSON?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whimbrel.pg_types.lock_mode import LockMode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from whimbrel.lint.effects import Told
    from whimbrel.schema.catalog import Name

_WIDTH = 100


def as_json(told: Told) -> dict[str, Any]:
    """Return a statement as JSON's values."""
    effect = told.effect
    locks = effect.locks
    return {
        "line": told.line,
        "text": told.text,
        "locks": None
        if locks is None
        else [{"relation": ".".join(name), "mode": mode.catalog_name} for name, mode in sorted(locks.items())],
        "rewrites": _names(effect.rewrites),
        "scans": _names(effect.scans),
        "transaction_block": effect.transaction_block,
        "complete": effect.complete,
        "error": effect.error,
    }


def _names(names: Iterable[Name] | None) -> list[str] | None:
    return None if names is None else sorted(".".join(name) for name in names)


def block(place: str, told: Told) -> str:
    """Return a statement's lines: where it stands and its first words, then what it does."""
    effect = told.effect
    first = " ".join(told.text.split())
    lines = [f"{place}: {first if len(first) <= _WIDTH else first[: _WIDTH - 1] + '…'}"]
    if effect.error is not None:
        lines.append(f"  refused: {effect.error}")
    if effect.locks is None:
        lines.append("  which relations it locks, its text does not tell")
    else:
        width = max((len(".".join(name)) for name in effect.locks), default=0)
        modes = max((len(mode.label) for mode in effect.locks.values()), default=0)
        strongest_first = sorted(effect.locks.items(), key=lambda one: (-one[1], one[0]))
        lines.extend(
            f"  {'.'.join(name):{width}}  {mode.label:{modes}}  {blocked(mode)}" for name, mode in strongest_first
        )
        if not effect.locks and effect.complete:
            lines.append("  locks no relation")
    if effect.rewrites:
        lines.append(f"  rewrites {', '.join(_names(effect.rewrites) or ())}")
    if effect.scans:
        lines.append(f"  scans {', '.join(_names(effect.scans) or ())}")
    if not effect.transaction_block:
        lines.append("  cannot run in a transaction block")
    if not effect.complete and effect.locks is not None:
        lines.append("  there may be more than its text tells")
    return "\n".join(lines) + "\n"


def blocked(mode: LockMode) -> str:
    """Say what waits for a lock."""
    if mode.blocks_reads:
        return "blocks reads and writes"
    if mode.blocks_writes:
        return "blocks writes"
    if mode >= LockMode.SHARE_UPDATE_EXCLUSIVE:
        return "blocks other schema changes"
    return "blocks only stronger locks"

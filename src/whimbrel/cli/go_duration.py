"""How does Go print a duration? `1h2m3.5s`, `2.809819ms`, `914.885µs`, `0s`."""

from __future__ import annotations

_SECOND = 10**9
_BELOW_A_SECOND = ((10**6, "ms"), (10**3, "µs"), (1, "ns"))


def go_duration(nanoseconds: int) -> str:
    """Return the text of Go's time.Duration.String; below a second it takes the largest unit that fits."""
    sign, rest = ("-", -nanoseconds) if nanoseconds < 0 else ("", nanoseconds)
    if not rest:
        return "0s"
    if rest < _SECOND:
        unit, name = next((unit, name) for unit, name in _BELOW_A_SECOND if rest >= unit)
        return f"{sign}{_decimal(rest, unit)}{name}"
    minutes, rest = divmod(rest, 60 * _SECOND)
    seconds = f"{_decimal(rest, _SECOND)}s"
    if not minutes:
        return f"{sign}{seconds}"
    hours, minutes = divmod(minutes, 60)
    return f"{sign}{hours}h{minutes}m{seconds}" if hours else f"{sign}{minutes}m{seconds}"


def _decimal(value: int, unit: int) -> str:
    """Return value / unit exactly, without zeros at the end; `unit` is a power of ten."""
    whole, fraction = divmod(value, unit)
    if not fraction:
        return str(whole)
    return f"{whole}.{fraction:0{len(str(unit)) - 1}d}".rstrip("0")

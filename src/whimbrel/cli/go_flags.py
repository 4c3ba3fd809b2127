"""What do the words of a command line mean by the rules of Go's `flag` package (Go 1.26)?

`-x value`, `-x=value`, `--x=value`; a boolean takes its value only behind `=`. Flags end at the first other word or at
`--`, and the last one wins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from whimbrel.sources.go_quote import go_quote

if TYPE_CHECKING:
    from collections.abc import Sequence

_TRUE = frozenset(["1", "t", "T", "TRUE", "true", "True"])
_FALSE = frozenset(["0", "f", "F", "FALSE", "false", "False"])
_BASES = {"b": 2, "o": 8, "x": 16}
_UNDERSCORES = re.compile(r"(?:0[bBoOxX]_?)?[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*")


class Kind(StrEnum):
    """What a flag takes, spelled as in Go's listing."""

    STRING = "string"
    BOOL = "bool"
    INT = "int"
    UINT = "uint"


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag that a command knows."""

    name: str
    kind: Kind
    default: str | bool | int
    usage: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """The value of every flag, given or not, by its name; and the words behind the flags."""

    values: dict[str, Any]
    rest: tuple[str, ...]


class FlagError(Exception):
    """The words break the rules; `line` is what Go prints before the usage."""

    def __init__(self, line: str) -> None:
        super().__init__(line)
        self.line = line


class HelpRequested(Exception):
    """`-h`, or `-help` where no such flag is defined."""


@dataclass(frozen=True, slots=True)
class FlagSet:
    """The flags of a command."""

    name: str
    flags: tuple[Flag, ...]

    def parse(self, arguments: Sequence[str]) -> Parsed:
        """Read the flags at the beginning of the words.

        Raises:
            FlagError: a word breaks the rules.
            HelpRequested: help was asked for.
        """
        known = {flag.name: flag for flag in self.flags}
        values: dict[str, Any] = {flag.name: flag.default for flag in self.flags}
        words = list(reversed(arguments))
        while words and len(words[-1]) > 1 and words[-1].startswith("-"):
            word = words.pop()
            if word == "--":
                break
            name, equals, value = _split(word)
            if name not in known:
                if name in ("h", "help"):
                    raise HelpRequested
                line = f"flag provided but not defined: -{name}"
                raise FlagError(line)
            if known[name].kind is Kind.BOOL:
                values[name] = _boolean(name, value) if equals else True
                continue
            if not equals:
                if not words:
                    line = f"flag needs an argument: -{name}"
                    raise FlagError(line)
                value = words.pop()
            values[name] = _valued(known[name], value)
        return Parsed(values, tuple(reversed(words)))


def defaults_text(flagset: FlagSet) -> str:
    """Return Go's listing of a command's flags (PrintDefaults), each line with its newline."""
    return "".join(_listed(flag) for flag in sorted(flagset.flags, key=lambda flag: flag.name))


def _listed(flag: Flag) -> str:
    head = f"  -{flag.name}" if flag.kind is Kind.BOOL else f"  -{flag.name} {flag.kind}"
    gap = "\t" if len(head) == 4 else "\n    \t"
    usage = flag.usage.replace("\n", "\n    \t")
    return f"{head}{gap}{usage}{_default(flag)}\n"


def _default(flag: Flag) -> str:
    if not flag.default:
        return ""
    if isinstance(flag.default, bool):
        return " (default true)"
    return f" (default {go_quote(flag.default) if isinstance(flag.default, str) else flag.default})"


def _split(word: str) -> tuple[str, str, str]:
    """Take `--name=value` apart."""
    body = word[2:] if word.startswith("--") else word[1:]
    if not body or body[0] in "-=":
        line = f"bad flag syntax: {word}"
        raise FlagError(line)
    return body.partition("=")


def _boolean(name: str, value: str) -> bool:
    if value not in _TRUE | _FALSE:
        line = f"invalid boolean value {go_quote(value)} for -{name}: parse error"
        raise FlagError(line)
    return value in _TRUE


def _valued(flag: Flag, value: str) -> str | int:
    if flag.kind is Kind.STRING:
        return value
    try:
        return go_integer(value, signed=flag.kind is Kind.INT)
    except ValueError as error:
        line = f"invalid value {go_quote(value)} for flag -{flag.name}: {error}"
        raise FlagError(line) from error


def go_integer(text: str, *, signed: bool) -> int:
    """Read an integer of 64 bits as Go's strconv does with base 0: `10`, `0x_ff`, `0b1`, `0o17`, `017`, `1_000`.

    Raises:
        ValueError: with Go's words `parse error` or `value out of range`.
    """
    sign = text[0] if signed and text[:1] in ("+", "-") else ""
    magnitude = _magnitude(text.removeprefix(sign))
    number = -magnitude if sign == "-" else magnitude
    if signed and not -(2**63) <= number < 2**63:
        message = "value out of range"
        raise ValueError(message)
    return number


def _magnitude(text: str) -> int:
    base, digits = 10, text
    if len(text) > 2 and text[0] == "0" and text[1].lower() in _BASES:
        base, digits = _BASES[text[1].lower()], text[2:]
    elif text.startswith("0"):
        base = 8
    number = 0
    for digit in digits.replace("_", ""):
        if digit not in "0123456789abcdefABCDEF" or int(digit, 16) >= base:
            message = "parse error"
            raise ValueError(message)
        number = number * base + int(digit, 16)
        if number >= 2**64:  # Go looks no further, whatever follows
            message = "value out of range"
            raise ValueError(message)
    if not _UNDERSCORES.fullmatch(text):
        message = "parse error"
        raise ValueError(message)
    return number

"""Which nodes inside expressions do rules look at, and where may they be?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wanted:
    """A kind of node inside expressions that rules look at, and what is in a tree that may hold one."""

    kind: str
    node: str
    needle: bytes
    marks: tuple[bytes, ...]
    words: frozenset[bytes]
    """Without one of them in its text, in lower case, no file has such a node."""

    @classmethod
    def of(cls, kind: str) -> Wanted:
        """Read `A_Expr:AEXPR_IN|AEXPR_BETWEEN@in|between`."""
        node, _, rest = kind.partition(":")
        marks, _, words = rest.partition("@")
        quoted = tuple(f'"{mark}"'.encode() for mark in marks.split("|"))
        return cls(kind, node, f'"{node}":'.encode(), quoted, frozenset(words.encode().split(b"|")))

    def may_be_in(self, tree: bytes) -> bool:
        """Say whether a statement's tree may hold such a node."""
        return self.needle in tree and any(mark in tree for mark in self.marks)

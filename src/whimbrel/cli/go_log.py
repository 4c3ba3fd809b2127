"""How does golang-migrate print? All on standard error; with `-verbose` each line has Go's time stamp."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO


class GoLog:
    """Prints lines as golang-migrate's log does, stamped where it is verbose."""

    def __init__(self, stream: TextIO, *, verbose: bool) -> None:
        self._stream = stream
        self.verbose = verbose

    def line(self, text: str) -> None:
        """Print a line; its end is added where it has none."""
        self._stream.write(self.form(text))
        self._stream.flush()

    def form(self, text: str) -> str:
        """Return the line as it is printed."""
        stamp = time.strftime("%Y/%m/%d %H:%M:%S ") if self.verbose else ""
        end = "" if self.verbose and text.endswith("\n") else "\n"
        return f"{stamp}{text}{end}"

    def beside(self, kind: str, text: str) -> None:
        """Print what golang-migrate does not say: each line of it begins with `kind`, `warning` or `notice`."""
        for line in text.splitlines() or [""]:
            self.line(f"{kind}: {line}")

    def plain(self, text: str) -> None:
        """Print text as it is."""
        self._stream.write(text)
        self._stream.flush()

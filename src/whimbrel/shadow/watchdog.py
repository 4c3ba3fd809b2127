"""Ends a throw-away server with the process that wanted it, however that process ends.

A shell waits on a pipe whose other end only that process holds: when the process ends, by SIGKILL too, the read ends.
Works on any Unix; unlike Linux's PR_SET_PDEATHSIG it is not bound to one thread. A process that was forked (not
started anew) from the one that wanted the server holds the pipe as well.
"""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# It reads the server's pid, then the word that all is done. A process that was killed before it told the pid may have
# started a server all the same, which has written its own pid a second later.
SCRIPT = """
while read -r word; do
    [ "$word" = done ] && exit 0
    pid=$word
done
[ -n "$pid" ] || { sleep 1; read -r pid < "$1/postgres/postmaster.pid"; }
if [ -n "$pid" ]; then
    kill -QUIT "$pid"
    n=0
    while kill -0 "$pid" && [ $n -lt 100 ]; do sleep 0.05; n=$((n + 1)); done
    kill -KILL "$pid"
fi
rm -rf -- "$1"
"""


class Watchdog:
    """Watches over `folder`, whose server's data is in `postgres`, until `dismiss`; else ends both."""

    def __init__(self, folder: Path) -> None:
        read_end, self._write_end = os.pipe()
        try:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", SCRIPT, "whimbrel-watchdog", str(folder)],
                stdin=read_end,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )
        finally:
            os.close(read_end)

    def watch(self, pid: int) -> None:
        """Takes the server's process under watch, in place of the one before."""
        self._say(str(pid))

    def dismiss(self) -> None:
        """Ends the watch: the server is gone, and so is its folder."""
        self._say("done")
        os.close(self._write_end)
        self._process.wait()

    def _say(self, word: str) -> None:
        with suppress(BrokenPipeError):  # somebody has killed the shell; the server itself is well
            os.write(self._write_end, f"{word}\n".encode())

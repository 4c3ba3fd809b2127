"""What the commands remember of the server: `.whimbrel/server.state`, lines of `name=value`, readable by its user only.

The password is in it and nowhere else.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from whimbrel.errors import ServerError
from whimbrel.shadow.account import Account
from whimbrel.shadow.disk_error import refusals
from whimbrel.shadow.home import Place

if TYPE_CHECKING:
    from whimbrel.shadow.home import Home


@dataclass(frozen=True, slots=True)
class State:
    """`pid` is 0 until the server with these facts has been seen to be ready; `program` is its program's `identity`."""

    password: str = field(repr=False)
    place: Place
    account: Account
    port: int = 0
    version: str = ""
    program: str = ""
    pid: int = 0


def read_state(home: Home) -> State | None:
    """What is remembered, or None where nothing is.

    Raises:
        ServerError: the file cannot be read, or is not one that `write_state` wrote.
    """
    with refusals("read", home.state):
        try:
            text = home.state.read_bytes().decode(errors="surrogateescape")
        except FileNotFoundError:
            return None
    facts = dict(line.partition("=")[::2] for line in text.splitlines())
    try:
        return State(
            password=facts["password"],
            place=Place(Path(facts["place"] or home.folder)),
            account=Account.parse(facts["account"]),
            port=int(facts["port"]),
            version=facts["version"],
            program=facts.get("program", ""),
            pid=int(facts["pid"]),
        )
    except (KeyError, ValueError) as error:
        message = f"cannot understand {home.state}: it is not as Whimbrel wrote it"
        raise ServerError(
            message,
            remedy="stop the server if it runs, then remove that file: the next start gives the server a new password",
        ) from error


def write_state(home: Home, state: State) -> None:
    """Replaces what is remembered, whole.

    Raises:
        ServerError: the file cannot be written.
    """
    place = "" if state.place.folder == home.folder else str(state.place.folder)
    text = (
        f"password={state.password}\nplace={place}\naccount={state.account}\n"
        f"port={state.port}\nversion={state.version}\nprogram={state.program}\npid={state.pid}\n"
    )
    fresh = home.state.with_suffix(f".{os.getpid()}")
    with refusals("write", home.state):
        try:
            file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(file, "wb") as stream:
                stream.write(text.encode(errors="surrogateescape"))
            fresh.replace(home.state)
        finally:
            fresh.unlink(missing_ok=True)

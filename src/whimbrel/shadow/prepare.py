"""Everything that a start needs before the server: programs that fit, and a data folder whose password is known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from whimbrel.errors import ServerError
from whimbrel.shadow.account import choose_account
from whimbrel.shadow.binaries import find_binaries, identity
from whimbrel.shadow.cluster_names import SUPERUSER
from whimbrel.shadow.disk_error import refusals
from whimbrel.shadow.place import place_for, reachable_binaries
from whimbrel.shadow.postmaster import is_server_of, is_taken, read_postmaster
from whimbrel.shadow.state import State, write_state

if TYPE_CHECKING:
    from pathlib import Path

    from whimbrel.shadow.binaries import Binaries
    from whimbrel.shadow.home import Home

PASSWORD_BYTES = 24


def prepare(home: Home, state: State | None, named: Path | None) -> tuple[State, Binaries]:
    """The facts for a start, and the programs; makes the data folder where there is none.

    Raises:
        ServerError: there are no programs that fit, or the data folder cannot be made or used.
    """
    place = state.place if state else home.default_place
    if not _holds_something(place.data):
        return _make(home, state, named)
    account = state.account if state else choose_account()
    known = (state.program, state.version) if state and state.program else None
    found = find_binaries(named, data=place.data, known=known)
    binaries = reachable_binaries(found, account)
    if not state:
        from whimbrel.shadow.cluster import run_alone

        state = State(_new_password(), place, account)
        clear_remnant(place.data)
        # letters, digits, - and _ need no quoting
        run_alone(place.data, binaries, account, f"ALTER ROLE {SUPERUSER} PASSWORD '{state.password}'")
    return replace(state, version=binaries.version, program=identity(found.folder), pid=0), binaries


def clear_remnant(data: Path) -> None:
    """Removes the `postmaster.pid` that a dead server left, where PostgreSQL would take it for a living one's.

    PostgreSQL (13 to 18) clears it up by itself, except when the file is empty, or the dead one's number is taken: by
    another process of this user, or by the dead one itself as long as nobody has reaped it.

    Raises:
        ServerError: a server that Whimbrel did not start is using the folder.
    """
    postmaster = read_postmaster(data)
    if postmaster and not is_taken(postmaster.pid):
        return
    if postmaster and is_server_of(postmaster.pid, data):
        message = (
            f"cannot start PostgreSQL in {data}: process {postmaster.pid}, not started by Whimbrel, uses that folder"
        )
        raise ServerError(
            message,
            remedy=f"end it with `pg_ctl stop -D '{data}'`",
        )
    with refusals("clear", data):
        (data / "postmaster.pid").unlink(missing_ok=True)


def _make(home: Home, state: State | None, named: Path | None) -> tuple[State, Binaries]:
    from whimbrel.shadow.cluster import make_cluster

    found = find_binaries(named)
    account = choose_account()
    binaries = reachable_binaries(found, account)
    place = place_for(home, account)
    fresh = State(
        password=_new_password(),
        place=place,
        account=account,
        port=state.port if state else 0,
        version=binaries.version,
        program=identity(found.folder),
    )
    # First the password, then the folder: a data folder that is there has a password that is known.
    write_state(home, fresh)
    make_cluster(place.data, binaries, account, fresh.password)
    return fresh, binaries


def _holds_something(data: Path) -> bool:
    with refusals("look into", data):
        return data.exists() and any(data.iterdir())


def _new_password() -> str:
    import secrets

    return secrets.token_urlsafe(PASSWORD_BYTES)

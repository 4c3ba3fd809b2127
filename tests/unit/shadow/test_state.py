from __future__ import annotations

from pathlib import Path

import pytest

from whimbrel.errors import ServerError
from whimbrel.shadow.account import Account, AccountKind
from whimbrel.shadow.home import Home, Place
from whimbrel.shadow.state import State, read_state, write_state

ACCOUNT = Account(AccountKind.USER, 65534, 65533)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.mark.parametrize(
    "place", [None, Place(Path("/var/lib/whimbrel/0a")), Place(Path("/a=b c/\udcff/ü"))], ids=["own", "system", "odd"]
)
def test_what_is_written_is_read(home: Home, place: Place | None) -> None:
    state = State("se=cret", place or home.default_place, ACCOUNT, port=5433, version="18.6", pid=4711)
    write_state(home, state)
    assert read_state(home) == state


def test_a_moved_project_finds_its_own_place(home: Home, tmp_path: Path) -> None:
    write_state(home, State("s", home.default_place, ACCOUNT))
    moved = home.folder.rename(tmp_path.with_name("moved"))
    state = read_state(Home(moved))
    assert state
    assert state.place == Place(moved)


def test_the_file_is_private_and_alone(home: Home) -> None:
    write_state(home, State("s", home.default_place, ACCOUNT))
    write_state(home, State("t", home.default_place, ACCOUNT))
    assert home.state.stat().st_mode & 0o777 == 0o600
    assert list(home.folder.iterdir()) == [home.state]


def test_no_file_is_no_state(home: Home) -> None:
    assert read_state(home) is None


@pytest.mark.parametrize("text", ["", "{}", "password=s\n", "password=s\nplace=\naccount=x\nport=1\nversion=\npid=0\n"])
def test_another_text_is_an_error_that_keeps_the_password(home: Home, text: str) -> None:
    home.state.write_text(text)
    with pytest.raises(ServerError, match="not as Whimbrel wrote it") as caught:
        read_state(home)
    assert "remove that file" in caught.value.remedy


def test_the_password_is_not_shown(home: Home) -> None:
    assert "se-cret" not in repr(State("se-cret", home.default_place, ACCOUNT))

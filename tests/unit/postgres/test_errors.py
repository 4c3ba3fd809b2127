"""What libpq or the server says becomes a value with a remedy that fits."""

from __future__ import annotations

import pytest

from whimbrel.errors import QueryFailed
from whimbrel.postgres.errors import connection_failed, connection_lost

AGAIN = "run the command again: it goes on where this one stopped"


@pytest.mark.parametrize("reason", ["could not write init file", "could not write to file: No space left on device"])
def test_no_session_for_want_of_room_names_the_disk(reason: str) -> None:
    said = f'connection to server at "127.0.0.1", port 5432 failed: FATAL:  {reason}\n'
    assert connection_failed(said, host="", port="", user="", database="").remedy == "make room on the server's disk"


def test_a_session_that_ended_is_told_with_the_servers_words_before_libpqs() -> None:
    said = QueryFailed("terminating connection due to administrator command", sqlstate="57P01", severity="FATAL")
    told = connection_lost("server closed the connection", said)
    assert (told.reason, told.sqlstate, told.remedy) == (said.message, "57P01", AGAIN)
    assert connection_lost("server closed\n\tthe connection\n", None).reason == "server closed the connection"


def test_a_session_that_a_full_disk_ended_names_the_disk() -> None:
    told = connection_lost("", QueryFailed("could not write to file", sqlstate="53100", severity="PANIC"))
    assert told.remedy == f"make room on the server's disk, then {AGAIN}"

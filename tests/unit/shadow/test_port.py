from __future__ import annotations

import socket
from contextlib import closing

from whimbrel.shadow.port import COUNT, FIRST, choose_port, is_free


def test_a_chosen_port_is_free_and_not_one_that_systems_hand_out() -> None:
    port = choose_port()
    assert FIRST <= port < FIRST + COUNT
    with closing(socket.create_server(("127.0.0.1", port))):
        assert not is_free(port)
    assert is_free(port)

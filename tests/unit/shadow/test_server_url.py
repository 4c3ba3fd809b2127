from __future__ import annotations

import pytest
from psycopg.conninfo import conninfo_to_dict

from whimbrel.shadow.server_url import socket_url, tcp_url


def test_the_url_over_tcp_is_libpqs() -> None:
    assert conninfo_to_dict(tcp_url("s-e_cret", 5433)) == {
        "user": "postgres",
        "password": "s-e_cret",
        "host": "127.0.0.1",
        "port": "5433",
        "dbname": "app",
        "sslmode": "disable",
    }


@pytest.mark.parametrize("folder", ["/p/run", "/a b/ü", "/50%/&x=1?#", "/日本/'\""])
def test_the_url_over_a_socket_is_libpqs(folder: str) -> None:
    assert conninfo_to_dict(socket_url("s", 5433, folder)) == {
        "user": "postgres",
        "password": "s",
        "host": folder,
        "port": "5433",
        "dbname": "app",
    }

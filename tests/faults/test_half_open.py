# SPDX-License-Identifier: Apache-2.0
"""Eleven hundred connections of one address that say nothing, while others go on being served."""

from __future__ import annotations

import contextlib
import resource
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cocket.gate import Bounds, tls_of
from cocket.settings import Settings
from tests.gate.test_tls import client
from tests.simulators.certificates import make_certificate
from tests.simulators.doors import open_door

ATTACKER, OTHER = "127.0.0.2", "127.0.0.3"
COUNT = 1100
REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


async def app(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture(autouse=True)
def files() -> Iterator[None]:
    """Room for both ends of all connections in this process."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * COUNT + 2000
    if before[1] != resource.RLIM_INFINITY and before[1] < wanted:
        pytest.skip(f"this account may open {before[1]} files only")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(before[0], wanted), before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def open_from(address: str, port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10, source_address=(address, 0))


@contextlib.contextmanager
def half_open(port: int, count: int = COUNT, said: bytes = b"GET / HT") -> Iterator[None]:
    """Connections of the attacker with half a request on each."""
    opened = []
    for _ in range(count):
        opened.append(open_from(ATTACKER, port))
        with contextlib.suppress(OSError):
            opened[-1].sendall(said)
    try:
        yield
    finally:
        for one in opened:
            one.close()


def answer(port: int, address: str, tls: ssl.SSLContext | None = None) -> bytes:
    """What a plain request of an address is answered; nothing if the connection is cut."""
    received = b""
    with (
        contextlib.suppress(OSError),
        open_from(address, port) as plain,
        tls.wrap_socket(plain) if tls else plain as connection,
    ):
        connection.sendall(REQUEST)
        while piece := connection.recv(4096):
            received += piece
    return received


def is_served(port: int, address: str, tls: ssl.SSLContext | None = None) -> bool:
    return answer(port, address, tls).startswith(b"HTTP/1.1 200")


def test_half_open_connections_of_one_address_keep_no_other_out() -> None:
    with open_door(app, Bounds()) as port, half_open(port):
        assert all(is_served(port, OTHER) for _ in range(50))
        assert not is_served(port, ATTACKER)


def test_with_room_for_all_of_them_the_biggest_holder_makes_room() -> None:
    with open_door(app, Bounds(per_address=5000)) as port, half_open(port):
        assert all(is_served(port, OTHER) for _ in range(50))


def test_without_a_limit_for_an_address_they_keep_everybody_out() -> None:
    """The control: as it was before."""
    with open_door(app, Bounds(per_address=0)) as port, half_open(port):
        assert not any(is_served(port, OTHER) for _ in range(5))


@pytest.mark.parametrize("said", [b"", b"\x16\x03\x01"])
def test_connections_that_never_finish_the_handshake_keep_no_other_out(tmp_path: Path, said: bytes) -> None:
    certificate, key = make_certificate(tmp_path)
    tls = tls_of(Settings(tls_certificate=str(certificate), tls_certificate_key=str(key)))
    for each in (100, 5000):
        with open_door(app, Bounds(per_address=each), tls=tls) as port, half_open(port, said=said):
            assert all(is_served(port, OTHER, client()) for _ in range(10))

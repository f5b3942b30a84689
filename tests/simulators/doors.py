# SPDX-License-Identifier: Apache-2.0
"""A door opened for a test on a free port, and a client that sends exactly the bytes it is told to."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import select
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import uvloop

from cocket.gate import Bounds, Door, Form, Proxies, listen, serve_until
from cocket.gate.refusal import as_it_is

_LONGEST_WAIT = 15.0
_QUIET = 0.2


@dataclass(frozen=True)
class Reply:
    """One HTTP answer as it came over the wire."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of a fault."""
        return str(self.json["error"]["code"])


@contextlib.contextmanager
def open_door(
    app: Any,
    bounds: Bounds | None = None,
    *,
    tls: Any = None,
    proxies: Proxies | None = None,
    host: str = "127.0.0.1",
    form: Form = as_it_is,
) -> Iterator[int]:
    """Serve an application from a thread; gives its port."""
    door = Door(app, listen(host, 0), bounds or Bounds(), tls, proxies or Proxies(), form)
    port: int = door.socket.getsockname()[1]
    started = threading.Event()
    loop = uvloop.new_event_loop()
    stop = asyncio.Event()

    def work() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(serve_until(stop, door, started=started.set))
        loop.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    if not started.wait(_LONGEST_WAIT):
        raise TimeoutError("the door did not open")
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
        if thread.is_alive():
            raise TimeoutError("the door did not close")


def send(port: int, *pieces: bytes, pause: float = 0.0) -> list[Reply]:
    """Send bytes and read answers until the door closes, or stays silent for a while after an answer.

    Args:
        port: Where to.
        *pieces: What to send, piece by piece, until done or answered.
        pause: Seconds between pieces.
    """
    with connect(port) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for piece in pieces:
                connection.sendall(piece)
                if len(pieces) > 1 and _is_answered(connection, pause):
                    break
        return replies(read_all(connection))


def connect(port: int) -> socket.socket:
    """A connection to a door."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=_LONGEST_WAIT)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def in_pieces(data: bytes, size: int) -> list[bytes]:
    """Bytes in pieces of a size."""
    return [data[start : start + size] for start in range(0, len(data), size)]


def _is_answered(connection: socket.socket, seconds: float) -> bool:
    return bool(select.select([connection], [], [], seconds)[0])


def read_all(connection: socket.socket) -> bytes:
    """Everything that comes until the other side closes, or has answered and says nothing."""
    received = b""
    with contextlib.suppress(TimeoutError, ConnectionResetError):
        while piece := connection.recv(1 << 16):
            received += piece
            is_whole = _is_whole(received) and b"connection: close" not in received
            connection.settimeout(_QUIET if is_whole else _LONGEST_WAIT)
    return received


def _is_whole(received: bytes) -> bool:
    try:
        return bool(replies(received))
    except ValueError:
        return False


def replies(received: bytes) -> list[Reply]:
    """The answers in what was received; anything that is no whole answer fails."""
    found = []
    while received:
        head, separator, rest = received.partition(b"\r\n\r\n")
        line, *fields = head.decode("latin-1").split("\r\n")
        match = re.fullmatch(r"HTTP/1\.1 (\d{3}) [A-Za-z -]+", line)
        if not match or not separator:
            raise ValueError(f"not an answer: {received[:200]!r}")
        headers = dict(field.split(": ", 1) for field in fields)
        status = int(match[1])
        if status == 100:
            received = rest
            continue
        length = int(headers.get("content-length", "0"))
        if len(rest) < length:
            raise ValueError(f"an answer was cut short: {received[:200]!r}")
        found.append(Reply(status, headers, rest[:length]))
        received = rest[length:]
    return found

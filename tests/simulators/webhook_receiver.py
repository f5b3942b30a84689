# SPDX-License-Identifier: Apache-2.0
"""A receiver of webhooks that behaves as it is told: well, badly, or not at all."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Taken:
    """One request as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)
    method: str = "POST"


@dataclass
class Receiver:
    """What a receiver took in, and how it behaves.

    Attributes:
        behave: Gives the behaviour for a request: a status to answer with, whole bytes to answer with, or one of `hang`,
            `reset`, `slow-body`, `huge-body`.
    """

    port: int = 0
    taken: list[Taken] = field(default_factory=list)
    behave: Callable[[Taken], int | str | bytes] = lambda request: 204
    is_over: threading.Event = field(default_factory=threading.Event)
    connections: int = 0

    def ids(self) -> list[str]:
        """`webhook-id` of what came, in order."""
        return [one.headers["webhook-id"] for one in self.taken]


@contextlib.contextmanager
def receiver(certificate: tuple[Path, Path] | None = None, **given: object) -> Iterator[Receiver]:
    """A receiver on a port of loopback, with TLS where a certificate is given."""
    made = Receiver(**given)  # type: ignore[arg-type]
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.1)
    made.port = listening.getsockname()[1]
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)

    def accept() -> None:
        while not made.is_over.is_set():
            try:
                connection, _ = listening.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            threading.Thread(target=_serve, args=(made, connection, context), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.is_over.set()
        thread.join(2)
        listening.close()


def _serve(made: Receiver, connection: socket.socket, context: ssl.SSLContext | None) -> None:
    made.connections += 1
    connection.settimeout(30)
    with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.closing(connection))
        if context is not None:
            connection = stack.enter_context(contextlib.closing(context.wrap_socket(connection, server_side=True)))
        file = connection.makefile("rb")
        while not made.is_over.is_set():
            line = file.readline()
            if not line:
                return
            method, path = line.decode().split()[:2]
            headers = {}
            while (told := file.readline().strip()) != b"":
                name, _, value = told.decode("latin-1").partition(":")
                headers[name.lower()] = value.strip()
            request = Taken(path, headers, file.read(int(headers.get("content-length", "0"))), method=method)
            made.taken.append(request)
            match made.behave(request):
                case "hang":
                    made.is_over.wait(30)
                    return
                case "reset":
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return
                case "slow-body":
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                    while not made.is_over.wait(0.05):
                        connection.sendall(b"x")
                    return
                case "huge-body":
                    connection.sendall(b"HTTP/1.1 500 No\r\nContent-Length: 1000000000\r\n\r\n")
                    while not made.is_over.is_set():
                        connection.sendall(b"words " * 10_000)
                    return
                case bytes() as whole:
                    connection.sendall(whole)
                case status:
                    connection.sendall(f"HTTP/1.1 {status} x\r\nContent-Length: 0\r\n\r\n".encode())

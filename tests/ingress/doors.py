# SPDX-License-Identifier: Apache-2.0
"""Real doors for devices in a thread: real TLS, real certificates, a real database behind them."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cocket.gate import listen
from cocket.ingress import Doors
from cocket.pipeline.tracking.device_certificates import endpoint_files, issue_certificate, make_ca
from cocket.pipeline.tracking.device_intake import DeviceMessage, EventLog, open_event_log
from cocket.pipeline.tracking.device_register import (
    DeviceRegister,
    NewCredential,
    key_credential,
    make_device_key,
    new_device,
    open_register,
)
from cocket.settings import Settings
from cocket.tracking.framing import Framing
from tests.houses import Built, build

PATIENCE_S = 60.0


@dataclass
class Opened:
    """Doors that are open."""

    settings: Settings
    register: DeviceRegister
    log: EventLog
    ports: dict[str, int]
    folder: Path
    built: Built
    keys: dict[str, str] = field(default_factory=dict)
    connections: list[socket.socket] = field(default_factory=list)

    def add(
        self, name: str, *, adapter: str = "eseal", has_certificate: bool = False, is_bare: bool = False, **more: Any
    ) -> str:
        """Register a device with a key, with a certificate in a folder of its name, or with nothing; its key."""
        credential: NewCredential | None
        if is_bare:
            credential, key = None, ""
        elif has_certificate:
            credential, key = issue_certificate(self.settings, name, self.folder / name), ""
        else:
            key = make_device_key()
            credential = key_credential(key)
        self.register.add((new_device(name, adapter, **more), credential))
        self.keys[name] = key
        return key

    def tls(self, certificate_of: str = "") -> ssl.SSLContext:
        """TLS of a device that knows our root, with a certificate of its own if one is named."""
        context = ssl.create_default_context(cafile=str(endpoint_files(self.settings).root))
        if certificate_of:
            folder = self.folder / certificate_of
            context.load_cert_chain(folder / f"{certificate_of}.pem", folder / f"{certificate_of}.key")
        return context

    def connect(self, certificate_of: str = "") -> ssl.SSLSocket:
        """A connection to the door for MQTT, TLS done."""
        plain = socket.create_connection(("127.0.0.1", self.ports["mqtt"]), timeout=PATIENCE_S)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = self.tls(certificate_of).wrap_socket(plain, server_hostname="localhost")
        self.connections.append(connection)
        return connection

    def messages(self) -> list[DeviceMessage]:
        """All that is kept."""
        return self.log.after(0, 1_000_000)

    def payloads(self, device: str) -> list[bytes]:
        """What is kept of a device, in order."""
        return [one.payload for one in self.messages() if one.source.device == device]


@contextmanager
def opened(
    folder: Path, doors: str = "mqtt http", framings: Mapping[str, Framing] | None = None, **given: Any
) -> Iterator[Opened]:
    """Doors with settings that differ from the defaults."""
    built = build(folder / "home", **given)
    make_ca(built.settings, ["localhost", "127.0.0.1"])
    log, register = open_event_log(built.settings, built.dsn), open_register(built.settings, built.dsn)
    sockets = {name: listen("127.0.0.1", 0) for name in doors.split()}
    ports = {name: one.getsockname()[1] for name, one in sockets.items()}
    served = Doors(built.settings, log, register, sockets, framings or {})
    found = Opened(built.settings, register, log, ports, folder, built)
    with running(served):
        yield found
    for one in (log, register, built.stores.database, *sockets.values(), *found.connections):
        one.close()


@contextmanager
def running(doors: Doors) -> Iterator[None]:
    """Doors served from a thread."""
    is_open, loop, stop = threading.Event(), asyncio.new_event_loop(), asyncio.Event()
    failures: list[BaseException] = []

    def run() -> None:
        try:
            loop.run_until_complete(doors.serve(stop, is_open.set))
        except BaseException as error:
            failures.append(error)
            is_open.set()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert is_open.wait(PATIENCE_S)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(PATIENCE_S)
        assert not thread.is_alive(), "the doors do not close"
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
    if failures:
        raise failures[0]


def heard(connection: socket.socket, until: bytes = b"", patience_s: float = PATIENCE_S) -> bytes:
    """What the door says, until it has said this, or has closed if nothing is given."""
    said, deadline = b"", time.monotonic() + patience_s
    while not (until and until in said):
        connection.settimeout(max(0.01, deadline - time.monotonic()))
        try:
            more = connection.recv(65536)
        except TimeoutError as error:
            raise AssertionError(f"the door has said {said!r}, and no more") from error
        except OSError:
            more = b""
        said += more
        if not more:
            assert until in said, f"the door has closed, having said {said!r}"
            return said
    return said


def text(value: str | bytes) -> bytes:
    """A text of MQTT, behind its length."""
    raw = value.encode() if isinstance(value, str) else value
    return len(raw).to_bytes(2, "big") + raw


def packet(first: int, body: bytes) -> bytes:
    """A packet of MQTT."""
    length, size = bytearray(), len(body)
    while True:
        size, low = size >> 7, size & 0x7F
        length.append(low | (0x80 if size else 0))
        if not size:
            return bytes((first,)) + bytes(length) + body


def connect(
    client: str, user: str = "", key: str = "", *, level: int = 4, keep_alive: int = 30, will: Any = None
) -> bytes:
    """A CONNECT packet."""
    flags = 0x02 | (0xC0 if user else 0) | (0x04 if will else 0)
    middle = b"\0" if level == 5 else b""
    left = b"" if not will else middle + text(will[0]) + text(will[1])
    body = text("MQTT") + bytes((level, flags)) + keep_alive.to_bytes(2, "big") + middle + text(client) + left
    return packet(0x10, body + (text(user) + text(key) if user else b""))


def publish(topic: str, number: int, payload: bytes, *, level: int = 4, is_again: bool = False) -> bytes:
    """A PUBLISH packet, at QoS 1 unless its number is 0."""
    first = 0x30 | (0x02 if number else 0) | (0x08 if is_again else 0)
    middle = (number.to_bytes(2, "big") if number else b"") + (b"\0" if level == 5 else b"")
    return packet(first, text(topic) + middle + payload)


def puback(number: int) -> bytes:
    """The PUBACK of a message."""
    return b"\x40\x02" + number.to_bytes(2, "big")


CONNACK = b"\x20\x02\x00\x00"

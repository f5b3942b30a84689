# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from cocket.errors import SettingsError
from cocket.gate import listen
from tests.simulators.doors import send

SERVE = """
from cocket.gate import Door, listen, serve

async def app(scope, receive, send):
    headers = [(b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok"})

doors = [Door(app, listen("127.0.0.1", 0)) for _ in range(2)]
serve(*doors, started=lambda: print(*(door.socket.getsockname()[1] for door in doors), flush=True))
print("ended", flush=True)
"""


def test_a_port_that_is_taken_is_told_in_one_sentence() -> None:
    taken = listen("127.0.0.1", 0)
    port = taken.getsockname()[1]
    with pytest.raises(SettingsError) as caught:
        listen("127.0.0.1", port)
    taken.close()
    assert str(caught.value) == f"Cannot listen on 127.0.0.1 port {port}: something else is listening there."
    listen("127.0.0.1", port).close()


@pytest.mark.parametrize(
    ("host", "port"), [("no such host", 0), ("192.0.2.1", 0), ("127.0.0.1", 70000), ("a" * 300, 0)]
)
def test_an_address_that_cannot_be_had_is_told(host: str, port: int) -> None:
    with pytest.raises(SettingsError):
        listen(host, port)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may listen anywhere")
def test_a_port_of_roots_is_told() -> None:
    first = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
    if not first.exists() or int(first.read_text()) < 2:
        pytest.skip("this machine gives all ports to everybody")
    with pytest.raises(SettingsError, match="belong to root"):
        listen("127.0.0.1", 1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_two_doors_serve_from_one_process_until_a_signal_ends_it_in_peace(number: signal.Signals) -> None:
    # Who starts the tests in the background has it ignored, and what is ignored ends nothing.
    before = signal.signal(number, signal.SIG_DFL)
    child = subprocess.Popen([sys.executable, "-c", SERVE], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    signal.signal(number, before)
    assert child.stdout is not None
    ports = child.stdout.readline().split()
    assert len(ports) == 2
    for port in ports:
        (answer,) = send(int(port), b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert answer.body == b"ok"
        assert "server" not in answer.headers
    idle = socket.create_connection(("127.0.0.1", int(ports[0])))
    child.send_signal(number)
    output, errors = child.communicate(timeout=30)
    idle.close()
    assert (child.returncode, output, errors) == (0, "ended\n", "")


def test_what_is_accepted_sends_small_answers_at_once() -> None:
    """Without it an answer of two writes waits 40 ms for the reader's acknowledgement, on loops that do not set it themselves."""
    with listen("127.0.0.1", 0) as door, socket.create_connection(door.getsockname()):
        accepted, _ = door.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

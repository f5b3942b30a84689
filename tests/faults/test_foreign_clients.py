# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the doors while mosquitto_pub, curl and a shell send: whatever they were told is kept, is kept."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

from cocket.pipeline.tracking.device_certificates import endpoint_files, make_ca
from cocket.pipeline.tracking.device_register import key_credential, make_device_key, new_device, open_register
from cocket.settings import Settings
from cocket.stores.postgres.server import EmbeddedPostgres
from tests.faults.serving import Served
from tests.faults.test_ingress_kill import free_port, kept, kill
from tests.ingress.foreign import Answer, Programs, program
from tests.tracking.device_messages import jt808, jt808_place

SECONDS, KILLS = 15.0, 3


def register(home: Path) -> dict[str, str]:
    """Two devices with keys and a lock with nothing, in a home that nobody serves; key of each."""
    settings = Settings(home=home)
    make_ca(settings, ["localhost"])
    keys = {name: make_device_key() for name in ("by-mqtt", "by-http")}
    with EmbeddedPostgres(home / "postgres") as server:
        desk = open_register(settings, server.dsn)
        desk.add(*((new_device(name, "open-e-seal"), key_credential(key)) for name, key in keys.items()))
        desk.add((new_device("by-tcp", "jt808", identity="13912345678"), None))
        desk.close()
    return keys


class Sender(threading.Thread):
    """A program called over and over; one message until it is acknowledged, then the next."""

    def __init__(self, make: Callable[[int], bytes], send: Callable[[int, bytes], Answer], until: float) -> None:
        super().__init__(daemon=True)
        self._make, self._send, self._until = make, send, until
        self.acknowledged: list[bytes] = []
        self.refusals = 0

    def run(self) -> None:
        while time.monotonic() < self._until:
            number = len(self.acknowledged) + 1
            payload = self._make(number)
            if self._send(number, payload).is_acknowledged:
                self.acknowledged.append(payload)
            else:
                self.refusals += 1
                time.sleep(0.05)


def line(device: str) -> Callable[[int], bytes]:
    return lambda number: json.dumps({"v": 1, "dev": device, "boot": 1, "seq": number}).encode()


def test_kills_of_the_doors_lose_nothing_that_a_foreign_program_was_told_is_kept(home: Path) -> None:
    for name in ("mosquitto_pub", "curl", "bash"):
        program(name)
    keys, ports = register(home), {door: free_port() for door in ("mqtt", "http", "jt808")}
    programs = Programs(ports, Path(endpoint_files(Settings(home=home)).root))
    with Served(home, "ingress", ingress=" ".join(f"{door}:{port}" for door, port in ports.items())) as served:
        until = time.monotonic() + SECONDS
        senders = (
            Sender(line("by-mqtt"), lambda _, payload: programs.mosquitto("by-mqtt", keys["by-mqtt"], payload), until),
            Sender(line("by-http"), lambda _, payload: programs.curl("by-http", keys["by-http"], payload), until),
            Sender(
                lambda number: jt808(0x0200, jt808_place(), serial=number),
                lambda number, frame: programs.socket("jt808", frame, number.to_bytes(2, "big") + b"\x02\x00\x00"),
                until,
            ),
        )
        for sender in senders:
            sender.start()
        for _ in range(KILLS):
            kill(served, "ingress", 1.0)
        for sender in senders:
            sender.join(120)
    assert all(len(sender.acknowledged) > 3 for sender in senders), [len(each.acknowledged) for each in senders]
    assert sum(sender.refusals for sender in senders) > 0, "no kill was noticed"
    told = {payload for sender in senders for payload in sender.acknowledged}
    with kept(home) as (log, connection):
        assert told - {one.payload for one in log.after(0, 1_000_000)} == set()
        connection.execute("delete from device_batch where id = (select min(id) from device_batch)")
        connection.commit()
        assert told - {one.payload for one in log.after(0, 1_000_000)} != set()
    assert "Traceback" not in served.said

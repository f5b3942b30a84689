# SPDX-License-Identifier: Apache-2.0
"""Events on NATS JetStream: each once, in order, acknowledged; and what happens when the server is away."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from cocket.errors import PartnerError
from cocket.exchange.event_bus import BusEvent, EventBus
from cocket.governance.events import RECEIVED
from cocket.pipeline import open_stores
from cocket.pipeline.operations.event_delivery import EventDelivery
from cocket.pipeline.operations.event_feed import BUS
from cocket.pipeline.operations.health import Check, look
from cocket.stores.operations.event_deliveries import EventDeliveries
from tests.houses import Built, build, envelope, trader
from tests.messages import declaration

nats = pytest.importorskip("nats", reason="nats-py is not installed")
PROGRAM = shutil.which("nats-server", path="/usr/sbin:/usr/local/bin:/usr/bin")
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="nats-server is not installed (apt-get install nats-server)")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port


@contextmanager
def server(folder: Path, port: int) -> Iterator[str]:
    """A server with JetStream whose store stays in a folder."""
    configuration = folder / "nats.conf"
    configuration.write_text(
        f'listen: "127.0.0.1:{port}"\njetstream {{ store_dir: "{folder}", sync_interval: always }}\n', encoding="utf-8"
    )
    process = subprocess.Popen(
        [PROGRAM or "", "-c", str(configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + 10
        while time.monotonic() < until:
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"nats://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


async def read(url: str, number: int) -> list[tuple[str, str, dict[str, Any]]]:
    """What a subscriber of the stream gets: subject, id and event."""
    client = await nats.connect(url)
    try:
        stream = client.jetstream()
        messages = await stream.pull_subscribe("cocket.events.>", stream="COCKET_EVENTS")
        found = await messages.fetch(number, timeout=3)
        return [(one.subject, one.headers["Nats-Msg-Id"], json.loads(one.data)) for one in found]
    finally:
        await client.close()


def events(first: int, last: int) -> list[BusEvent]:
    return [BusEvent("cocket.events.message.received", f"evt_{n}", b'{"n":%d}' % n) for n in range(first, last)]


def test_the_same_event_again_stands_once_in_the_stream(tmp_path: Path) -> None:
    async def run(url: str) -> list[Any]:
        bus = EventBus([url], "COCKET_EVENTS")
        try:
            assert await bus.publish(events(0, 30)) == 30
            assert await bus.publish(events(20, 40)) == 20
        finally:
            await bus.close()
        return await read(url, 100)

    with server(tmp_path, free_port()) as url:
        found = asyncio.run(run(url))
    assert [one[2]["n"] for one in found] == list(range(40))


def test_without_a_server_nothing_is_taken_to_be_published() -> None:
    async def run() -> int:
        return await EventBus([f"nats://127.0.0.1:{free_port()}"], "COCKET_EVENTS").publish(events(0, 1))

    with pytest.raises(PartnerError):
        asyncio.run(run())


def lodge(built: Built, reference: str) -> str:
    (taken,) = built.house.intake.messages.take_many([envelope(declaration(reference))], principal=trader("ACME"))
    return str(taken.id)


def test_events_of_everybody_reach_the_stream_and_what_happened_while_it_was_away_comes_later(tmp_path: Path) -> None:
    port, folder = free_port(), tmp_path / "nats"
    folder.mkdir()
    built = build(tmp_path / "house", nats_url=f"nats://127.0.0.1:{port}")

    def check() -> Check:
        return next(one for one in look(built.stores).checks if one.name == "event-sending")

    def work(delivery: EventDelivery, until: Callable[[], bool]) -> None:
        ends = time.monotonic() + 20
        while not until():
            assert time.monotonic() < ends, check()
            delivery.turn()
            with built.stores.database.transaction() as connection:
                connection.execute("update event_receiver set next = now() where failing_since is not null")
            time.sleep(0.05)

    def delivered() -> int:
        with built.stores.database.transaction() as connection:
            known = EventDeliveries().receiving(connection, [BUS])
        return known[BUS].delivered if known else 0

    try:
        with closing(EventDelivery(open_stores(built.settings, built.dsn))) as delivery:
            delivery.turn()
            with server(folder, port):
                ids = [lodge(built, f"R{n}") for n in range(3)]
                work(delivery, lambda: delivered() == 3)
            ids.append(lodge(built, "R3"))
            work(delivery, lambda: check().state == "degraded")
            assert "message bus does not answer" in check().words and "1 event waits" in check().words
            with server(folder, port) as url:
                work(delivery, lambda: delivered() == 4)
                found = asyncio.run(read(url, 100))
            assert check().state == "well"
        assert [one[2]["data"]["id"] for one in found] == ids
        assert {(one[0], one[2]["type"]) for one in found} == {("cocket.events.message.received", RECEIVED)}
        assert [one[1] for one in found] == [one[2]["id"] for one in found]
    finally:
        built.house.close()

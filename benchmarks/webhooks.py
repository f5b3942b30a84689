# SPDX-License-Identifier: Apache-2.0
"""Events to a webhook, beside what the same receiver takes without us; and what they cost intake when nobody subscribes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks.figures import Figure
from cocket.cli.base.instance_access import make_home
from cocket.cli.base.output import progress
from cocket.exchange.webhook_calls import Reach, WebhookCalls
from cocket.governance import Principal
from cocket.model import Envelope
from cocket.pipeline import Instance, open_database, open_stores
from cocket.pipeline.governance.webhooks import NewWebhook
from cocket.pipeline.operations.event_delivery import EventDelivery
from cocket.settings import Settings

_MESSAGES: Final = 2_000
_AT_ONCE: Final = 200
_WHO: Final = Principal(id="bench", kind="key", roles=("trader",), senders=("BENCH",))


def bench_webhooks(seconds: float) -> Iterator[Figure]:
    """2,000 small messages stored with nobody subscribed and with a webhook, then sent to a receiver of this process."""
    with TemporaryDirectory() as folder:
        settings = Settings(
            home=Path(folder),
            log_origin="bench.cocket.invalid/log",
            event_webhooks=True,
            event_networks="127.0.0.0/8",
            event_plain_http=True,
        )
        make_home(settings)
        with open_database(settings) as server:
            instance = Instance(open_stores(settings, server.dsn))
            try:
                with closing(EventDelivery(open_stores(settings, server.dsn))) as delivery:
                    yield from _figures(instance, delivery, seconds)
            finally:
                instance.close()


def _figures(instance: Instance, delivery: EventDelivery, seconds: float) -> Iterator[Figure]:
    loop = delivery._loop  # noqa: SLF001 - the receiver answers on the loop that sends, so that no thread is between
    taken: list[int] = [0]
    server, open_ones = loop.run_until_complete(_receiver(taken))
    port = server.sockets[0].getsockname()[1]
    _store(instance, 0)  # so that the database is warm
    quiet = min(_store(instance, one) for one in (1, 2))
    before = time.process_time()
    delivery.turn()
    idle = time.process_time() - before
    url = f"http://127.0.0.1:{port}/"
    instance.governance.own_webhooks.register(_WHO, NewWebhook(url=url))
    heard = min(_store(instance, one) for one in (3, 4))
    wanted, cpu, began = 2 * _MESSAGES, time.process_time(), time.monotonic()
    with progress("sending events") as step:
        while taken[0] < wanted and time.monotonic() - began < 20 * seconds:
            delivery.turn()
            step(taken[0], wanted)
    took, cpu, sent = time.monotonic() - began, time.process_time() - cpu, taken[0]
    bare, bare_cpu = loop.run_until_complete(_bare(url))
    loop.run_until_complete(_close(server, open_ones))
    yield Figure(name="delivered", value=sent / took, unit="events/s", note=f"{sent:,} to one endpoint, one at a time")
    yield Figure(
        name="processor time",
        value=cpu / sent * 1e6,
        unit="µs an event",
        note="of feeding, signing, sending, and receiving",
    )
    yield Figure(
        name="posting alone",
        value=bare,
        unit="requests/s",
        note=f"to the same receiver; {bare_cpu * 1e6:.0f} µs a request",
    )
    yield Figure(name="ratio", value=(sent / took) / bare, unit="×", note="deliveries to bare requests of the same run")
    yield Figure(
        name="intake, nobody subscribed", value=quiet / _MESSAGES * 1e6, unit="µs a message",
        note="processor time of this process: an act writes nothing for events",
    )  # fmt: skip
    yield Figure(name="intake, one webhook", value=heard / _MESSAGES * 1e6, unit="µs a message", note="the same path")
    yield Figure(
        name="a turn without subscribers",
        value=idle * 1e6,
        unit="µs",
        note=f"of the role, over {3 * _MESSAGES:,} new leaves",
    )


def _store(instance: Instance, series: int) -> float:
    """Store messages; processor time of that (seconds)."""
    before = time.process_time()
    for first in range(0, _MESSAGES, _AT_ONCE):
        batch = [
            Envelope(
                sender="BENCH",
                actor="bench",
                door="api",
                content=f"<unknown n='{series}-{number}'/>".encode(),
                received=datetime.now(UTC),
            )
            for number in range(first, first + _AT_ONCE)
        ]
        instance.intake.messages.take_many(batch, principal=_WHO)
    return time.process_time() - before


async def _receiver(taken: list[int]) -> tuple[asyncio.Server, list[Any]]:
    """A receiver that answers 204 to everything, and its connections."""
    open_ones: list[Any] = []

    async def serve(reader: Any, writer: Any) -> None:
        open_ones.append(writer)
        while True:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                writer.close()
                return
            length = next(int(one[15:]) for one in head.lower().split(b"\r\n") if one.startswith(b"content-length:"))
            await reader.readexactly(length)
            taken[0] += 1
            writer.write(b"HTTP/1.1 204 x\r\n\r\n")

    return await asyncio.start_server(serve, "127.0.0.1", 0), open_ones


async def _close(server: asyncio.Server, open_ones: list[Any]) -> None:
    server.close()
    for writer in open_ones:
        writer.close()
    await asyncio.sleep(0.1)


async def _bare(url: str) -> tuple[float, float]:
    """Posts alone, as we make them: how many a second, and processor time of each (seconds)."""
    calls = WebhookCalls(Reach(networks=("127.0.0.0/8",), is_plain_allowed=True))
    began, cpu = time.monotonic(), time.process_time()
    for _ in range(_MESSAGES):
        await calls.post(url, {"content-type": "application/json"}, b"{}")
    took, cpu = time.monotonic() - began, time.process_time() - cpu
    await calls.close()
    return _MESSAGES / took, cpu / _MESSAGES

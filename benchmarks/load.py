# SPDX-License-Identifier: Apache-2.0
"""A load generator: lodges distinct declarations over kept-open connections, as fast as answered or at a steady rate."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from itertools import islice

import msgspec


class Lodgement(msgspec.Struct, frozen=True):
    """One request: when it was due, when it was answered (monotonic seconds), and how."""

    due: float
    answered: float
    status: int


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What to send.

    Attributes:
        host: Address of the door.
        port: Its port.
        key: API key.
        connections: Open connections (count).
        seconds: How long to send.
        rate: Requests a second; None sends as fast as answered.
    """

    host: str
    port: int
    key: str
    connections: int
    seconds: float
    rate: float | None = None


def run_load(load: Load, messages: Iterator[bytes]) -> list[Lodgement]:
    """Send, and say what was answered when; a rate is held from the planned times, so that a stall is not hidden."""
    return asyncio.run(_run(load, messages))


async def _run(load: Load, messages: Iterator[bytes]) -> list[Lodgement]:
    head = f"POST /v1/messages HTTP/1.1\r\nHost: {load.host}\r\nAuthorization: Bearer {load.key}\r\nContent-Type: application/xml\r\n"
    most = int(load.seconds * (load.rate or 6000)) + load.connections
    requests = [(f"{head}Content-Length: {len(body)}\r\n\r\n".encode(), body) for body in islice(messages, most)]
    started = time.monotonic()
    waiting = iter(enumerate(requests))
    found: list[Lodgement] = []

    async def worker() -> None:
        reader, writer = await asyncio.open_connection(load.host, load.port)
        for number, (request_head, body) in waiting:
            due = started + number / load.rate if load.rate else time.monotonic()
            if due > started + load.seconds:
                break
            if load.rate and (early := due - time.monotonic()) > 0:
                await asyncio.sleep(early)
            writer.write(request_head + body)
            status = await _answer(reader)
            found.append(Lodgement(due, time.monotonic(), status))
        writer.close()

    await asyncio.gather(*(worker() for _ in range(load.connections)))
    return found


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    lowered = head.lower()
    at = lowered.index(b"content-length:") + len(b"content-length:")
    await reader.readexactly(int(lowered[at : lowered.index(b"\r", at)]))
    return int(head[9:12])

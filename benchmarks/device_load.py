# SPDX-License-Identifier: Apache-2.0
"""A load generator: many devices that speak MQTT 3.1.1 over TLS, each message a write of its own, acknowledged or not.

It keeps what was acknowledged, so that a run can be held against what was stored. A device that loses its connection
comes again and sends once more, marked so, what was not acknowledged.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import ssl
import time
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import msgspec
import uvloop

_TICK_SECONDS = 0.004
_AGAIN_SECONDS = 0.3
_PAYLOAD_BYTES = 495
_ALL_IDS = 65535

#: Waits are counted by tenths of a millisecond, up to half a minute.
_STEPS_A_SECOND, _STEPS = 10_000, 300_000


class DeviceLoad(msgspec.Struct, frozen=True, kw_only=True):
    """What to send.

    Attributes:
        host: Address of the door.
        port: Its port.
        root: PEM file of the root it is known by.
        devices: Name and key of each device; one connection each.
        seconds: How long to send.
        rate: Messages a second of all together; None sends as fast as acknowledged.
        window: Messages that one device lets wait for their acknowledgement (count).
        patience: How long to wait at the end for acknowledgements that are still to come, seconds.
    """

    host: str
    port: int
    root: Path
    devices: tuple[tuple[str, str], ...]
    seconds: float
    rate: float | None = None
    window: int = 32
    patience: float = 10.0


class LoadReport(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it.

    Attributes:
        sent: Messages sent, those sent again counted once (count).
        acknowledged: Sequence numbers of each device that were acknowledged, as an array of 32-bit numbers.
        waits: How many messages waited how long, from when each was due to its acknowledgement: an array of 32-bit
            counts, one for each tenth of a millisecond, the last for all beyond.
        span: Seconds from the first message to the last acknowledgement.
        reconnects: Connections that were lost and made anew (count).
        cpu: CPU seconds of the generator.
    """

    sent: int
    acknowledged: dict[str, bytes]
    waits: bytes
    span: float
    reconnects: int
    cpu: float

    @property
    def count(self) -> int:
        """Messages acknowledged (count)."""
        return sum(len(one) // 4 for one in self.acknowledged.values())

    def wait(self, share: float) -> float:
        """A quantile of the waits, seconds; `nan` if nothing was acknowledged."""
        counts = memoryview(self.waits).cast("I")
        left = sum(counts) * share
        for place, count in enumerate(counts):
            left -= count
            if count and left <= 0:
                return (place + 1) / _STEPS_A_SECOND
        return float("nan")


def start_device_load(load: DeviceLoad) -> Callable[[], LoadReport]:
    """Send from a process of its own; what is returned waits for its report."""
    context = multiprocessing.get_context("fork")
    answers: Any = context.SimpleQueue()

    def send() -> None:
        gc.disable()  # what it makes, it keeps until its end
        answers.put(msgspec.msgpack.encode(run_device_load(load)))

    process = context.Process(target=send, daemon=True)
    process.start()

    def report() -> LoadReport:
        found = msgspec.msgpack.decode(answers.get(), type=LoadReport)
        process.join()
        return found

    return report


def run_device_load(load: DeviceLoad) -> LoadReport:
    """Send, and say what was acknowledged when; a rate is held from the planned times, so that a stall is not hidden."""
    return uvloop.run(_run(load))


def payload_of(device: str, sequence: int) -> bytes:
    """A message of 495 bytes with a position, a seal and two sensors."""
    start = b'{"v":1,"device":"%s","boot":1,"seq":%d,"time":%d,"lat":%.6f,"lon":%.6f,' % (
        device.encode(),
        sequence,
        1_790_000_000 + sequence,
        -1.2 + sequence % 1000 / 1e4,
        36.8 + sequence % 1000 / 1e4,
    )
    start += b'"speed":%.1f,"seal":{"state":"locked","strap":"intact"},"battery":%d,"temperature":%.1f,"note":"' % (
        sequence % 300 / 10,
        90 - sequence % 40,
        4 + sequence % 30 / 10,
    )
    return start + b"x" * (_PAYLOAD_BYTES - 2 - len(start)) + b'"}'


def sequence_of(payload: bytes) -> int:
    """The sequence number of a message that `payload_of` made."""
    start = payload.index(b'"seq":') + 6
    return int(payload[start : payload.index(b",", start)])


async def _run(load: DeviceLoad) -> LoadReport:
    tls = ssl.create_default_context(cafile=str(load.root))
    loop = asyncio.get_running_loop()
    waits = array("I", bytes(4 * _STEPS))
    devices = [_Device(load, name, key, waits) for name, key in load.devices]
    gate = asyncio.Semaphore(64)

    async def come(device: _Device) -> None:
        async with gate:
            await device.come(loop, tls)

    await asyncio.gather(*(come(device) for device in devices))
    started, cpu = time.monotonic(), time.process_time()
    keepers = [asyncio.ensure_future(device.keep_coming(loop, tls)) for device in devices]
    if load.rate is None:
        await _flat_out(devices, started + load.seconds)
    else:
        await _steadily(devices, load, started)
    deadline = time.monotonic() + load.patience
    while any(device.waiting for device in devices) and time.monotonic() < deadline:
        await asyncio.sleep(0.02)
    for keeper in keepers:
        keeper.cancel()
    for device in devices:
        device.leave()
    return LoadReport(
        sent=sum(device.next_sequence for device in devices),
        acknowledged={device.name: device.acknowledged.tobytes() for device in devices},
        waits=waits.tobytes(),
        span=max((device.last for device in devices), default=started) - started,
        reconnects=sum(device.losses for device in devices),
        cpu=time.process_time() - cpu,
    )


async def _flat_out(devices: list[_Device], until: float) -> None:
    for device in devices:
        device.is_greedy = True
        device.send_more()
    await asyncio.sleep(until - time.monotonic())
    for device in devices:
        device.is_greedy = False


async def _steadily(devices: list[_Device], load: DeviceLoad, started: float) -> None:
    """Each message at its planned time, the devices in turn."""
    rate, number, total = load.rate or 1.0, 0, int(load.seconds * (load.rate or 1.0))
    while number < total:
        now = time.monotonic()
        until = min(total, int((now - started) * rate) + 1)
        for place in range(number, until):
            devices[place % len(devices)].send(started + place / rate)
        number = max(number, until)
        await asyncio.sleep(_TICK_SECONDS)


#: Where all devices of the process read into, one after the other.
_BUFFER = memoryview(bytearray(64 * 1024))


class _Device(asyncio.BufferedProtocol):
    """One device."""

    def __init__(self, load: DeviceLoad, name: str, key: str, waits: array[int]) -> None:
        self.name = name
        self.is_greedy = False
        self.next_sequence = 0
        self.waiting: dict[int, tuple[int, float]] = {}
        self.acknowledged = array("I")
        self.last = 0.0
        self.losses = 0
        self._load = load
        self._key = key
        self._waits = waits
        self._topic = f"iot/{name}/telemetry".encode()
        self._transport: asyncio.Transport | None = None
        self._held = b""
        self._is_in = asyncio.Event()
        self._is_out = asyncio.Event()
        self._is_leaving = False

    async def come(self, loop: asyncio.AbstractEventLoop, tls: ssl.SSLContext) -> None:
        """Connect, and wait until the door lets it in."""
        self._is_in.clear()
        self._is_out.clear()
        self._held = b""
        await loop.create_connection(lambda: self, self._load.host, self._load.port, ssl=tls)
        waits = [asyncio.ensure_future(one.wait()) for one in (self._is_in, self._is_out)]
        await asyncio.wait(waits, timeout=15, return_when=asyncio.FIRST_COMPLETED)
        for one in waits:
            one.cancel()
        if not self._is_in.is_set():
            raise ConnectionError("The door lets nobody in.")

    async def keep_coming(self, loop: asyncio.AbstractEventLoop, tls: ssl.SSLContext) -> None:
        """Come again whenever the connection is lost, and send again what was not acknowledged."""
        while True:
            await self._is_out.wait()
            self.losses += 1
            while not self._is_in.is_set():
                try:
                    await self.come(loop, tls)
                except OSError:
                    await asyncio.sleep(_AGAIN_SECONDS)
            for number, (sequence, _) in list(self.waiting.items()):
                self._write(number, sequence, is_again=True)
            if self.is_greedy:
                self.send_more()

    def leave(self) -> None:
        """Go in order."""
        self._is_leaving = True
        if self._transport:
            self._transport.write(b"\xe0\x00")
            self._transport.close()

    def send_more(self) -> None:
        """Send until the window is full."""
        while self.is_greedy and len(self.waiting) < self._load.window and self._is_in.is_set():
            self.send(time.monotonic())

    def send(self, due: float) -> None:
        """Send the next message, which was due then."""
        sequence = self.next_sequence
        number = sequence % _ALL_IDS + 1
        self.next_sequence += 1
        self.waiting[number] = (sequence, due)
        self._write(number, sequence, is_again=False)

    def _write(self, number: int, sequence: int, *, is_again: bool) -> None:
        if self._transport is None or not self._is_in.is_set():
            return
        body = (
            len(self._topic).to_bytes(2, "big")
            + self._topic
            + number.to_bytes(2, "big")
            + payload_of(self.name, sequence)
        )
        length = len(body)
        self._transport.write(bytes((0x3A if is_again else 0x32, length & 0x7F | 0x80, length >> 7)) + body)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        name, key = self.name.encode(), self._key.encode()
        body = b"\x00\x04MQTT\x04\xc2\x00\x3c"
        for text in (name, name, key):
            body += len(text).to_bytes(2, "big") + text
        self._transport.write(bytes((0x10, len(body) & 0x7F | 0x80, len(body) >> 7)) + body)

    def get_buffer(self, sizehint: int) -> memoryview:
        return _BUFFER

    def buffer_updated(self, nbytes: int) -> None:
        data = self._held + _BUFFER[:nbytes]
        at, now = 0, time.monotonic()
        while len(data) - at >= 4:
            if data[at] == 0x40:
                self._acknowledged(data[at + 2] << 8 | data[at + 3], now)
            elif data[at : at + 4] == b"\x20\x02\x00\x00":
                self._is_in.set()
            else:
                self._transport.abort()  # type: ignore[union-attr]
                return
            at += 4
        self._held = data[at:]
        if self.is_greedy:
            self.send_more()

    def _acknowledged(self, number: int, now: float) -> None:
        known = self.waiting.pop(number, None)
        if known is not None:
            self.acknowledged.append(known[0])
            self._waits[min(_STEPS - 1, int((now - known[1]) * _STEPS_A_SECOND))] += 1
            self.last = now

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_in.clear()
        self._transport = None
        if not self._is_leaving:
            self._is_out.set()

# SPDX-License-Identifier: Apache-2.0
"""One connection of a device, whatever it speaks: read as fast as its messages become durable, and not for ever."""

from __future__ import annotations

import asyncio
import traceback
from typing import Any, Protocol, cast

import structlog

from cocket.errors import CocketError, SenderError, StoreError
from cocket.gate import Place
from cocket.ingress.bounds import DeviceBounds
from cocket.ingress.intake import Intake
from cocket.pipeline.tracking.device_register import Admission, DeviceRegister

_NEVER = float("inf")


class Desk(Protocol):
    """What connections share: limits, the intake, the register, and who is connected."""

    bounds: DeviceBounds
    intake: Intake
    register: DeviceRegister
    buffer: memoryview

    def open(self, connection: Connection) -> None:
        """A connection has come."""

    def admit(self, connection: Connection, admission: Admission, session: str) -> bool:
        """A device is let in on a connection; whether it may have one more. One of the same session gives way."""

    def leave(self, connection: Connection) -> None:
        """A connection is gone."""


class Connection(asyncio.BufferedProtocol):
    """A connection; what it speaks is for subclasses to say in `read`.

    Bytes come by one buffer that all connections of the loop share: what stands in it is taken before another is read.

    Not more than one thing of it is awaited at a time: while the register is asked, while its messages wait to be
    durable, or while it is too fast, it is not read.

    Args:
        desk: What it shares with others.
    """

    name = ""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.admission: Admission | None = None
        self.session = ""
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._held = b""
        self._holds: set[str] = set()
        self._is_over = False
        self._in_flight = 0
        self._task: asyncio.Task[None] | None = None
        self._deadline = _NEVER
        self._write_deadline = _NEVER
        self._silence = desk.bounds.idle_seconds
        #: Its place among all connections, which is given up with it.
        self.place: Place | None = None

    # What a subclass says.

    def read(self, data: bytes) -> int:
        """Read whole messages off the front, as long as `is_held` is False.

        Returns:
            How many bytes were read.

        Raises:
            SenderError: What stands here is not taken; the connection ends.
        """
        raise SenderError("No protocol is supported here.")

    def farewell(self, error: CocketError) -> bytes:
        """What the peer is told before the connection ends; empty for nothing."""
        return b""

    def lost(self) -> None:
        """The connection is gone; a subclass keeps what is to be kept."""

    def confirm(self, tokens: list[Any]) -> bytes:
        """What the device is told once its messages are durable."""
        return b""

    # What asyncio says.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A peer has come."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=self.desk.bounds.write_bytes)
        self._deadline = self._loop.time() + self.desk.bounds.hello_seconds
        if self.place is not None:
            self.place.is_idle, self.place.end = self._is_stranger, self._transport.abort
        self.desk.open(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """The peer is gone, or we ended it."""
        self._is_over = True
        if self._task:
            self._task.cancel()
        self.lost()
        if self.place is not None:
            self.place.leave()
        self.desk.leave(self)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where bytes are to be put."""
        return self.desk.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Bytes have come."""
        if self._is_over:
            return
        data = bytes(self.desk.buffer[:nbytes])
        had_part = bool(self._held)
        self._held = self._held + data if had_part else data
        self._advance(had_part=had_part)

    def eof_received(self) -> bool:
        """The peer sends no more; what it has sent is kept all the same."""
        return False

    def pause_writing(self) -> None:
        """The peer does not read what it is told."""
        self._write_deadline = self._loop.time() + self.desk.bounds.write_seconds
        self.hold("write")

    def resume_writing(self) -> None:
        """The peer reads again."""
        self._write_deadline = _NEVER
        self.let_go("write")

    # What the intake says.

    def kept(self, tokens: list[Any]) -> None:
        """Messages of this connection are durable."""
        self._in_flight -= len(tokens)
        told = self.confirm(tokens)
        if self._is_over:
            return
        if told:
            self.write(told)
        if "leave" in self._holds and not self._in_flight:
            self.end()
        elif "flight" in self._holds and self._in_flight <= self.desk.bounds.in_flight // 2:
            self.let_go("flight")

    def has_room(self) -> None:
        """The intake has room again."""
        self.let_go("room")

    # What subclasses use.

    @property
    def is_held(self) -> bool:
        """Whether no further message of this connection is to be read now."""
        return bool(self._holds) or self._is_over

    @property
    def peer(self) -> str:
        """Address of the peer, for the log."""
        found = self._transport.get_extra_info("peername") if self._transport else None
        return str(found[0]) if found else ""

    @property
    def certificate(self) -> bytes | None:
        """Certificate that the peer proved to hold (DER); None if it has shown none."""
        spoken = self._transport.get_extra_info("ssl_object") if self._transport else None
        return spoken.getpeercert(binary_form=True) if spoken else None

    def put(self, payload: bytes, token: Any) -> None:
        """Take a message of the admitted device in, and hold the connection if it is too fast or has too many waiting."""
        if self.admission is None:
            raise SenderError("No device was authenticated.")
        intake, source = self.desk.intake, self.admission.source
        intake.put(source, payload, self, token)
        self._in_flight += 1
        if self._in_flight >= self.desk.bounds.in_flight:
            self.hold("flight")
        if intake.is_full(self):
            self.hold("room")
        wait = intake.pace.take(source.device, self._loop.time())
        if wait:
            self.hold("pace")
            self._loop.call_later(wait, self.let_go, "pace")

    def write(self, data: bytes) -> None:
        """Tell the peer something."""
        if self._transport and not self._is_over:
            self._transport.write(data)

    def hold(self, why: str) -> None:
        """Read no further until this and every other reason is gone."""
        if not self._holds and self._transport:
            self._transport.pause_reading()
        self._holds.add(why)

    def let_go(self, why: str) -> None:
        """A reason not to read is gone."""
        if why not in self._holds:
            return
        self._holds.discard(why)
        if not self._holds and not self._is_over and self._transport:
            self._transport.resume_reading()
            self._advance(had_part=False)

    def ask(self, question: Any) -> None:
        """Let a coroutine decide something about this connection before anything more of it is read."""
        self.hold("question")
        self._task = self._loop.create_task(self._answered(question))

    def admit(self, admission: Admission, session: str, silence: float) -> None:
        """Let the device in.

        Args:
            admission: Who it is.
            session: Name of its session; a connection of the same device and name gives way.
            silence: How long it may be silent, seconds.

        Raises:
            SenderError: It has too many connections.
        """
        if not self.desk.admit(self, admission, session):
            raise SenderError("This device has too many connections.", code="device-connections")
        self.admission = admission
        self.session = session
        self._silence = silence

    def refuse(self, error: CocketError) -> None:
        """End the connection, saying why."""
        if self._is_over:
            return
        told = self.farewell(error)
        self._is_over = True
        device = self.admission.source.device if self.admission else None
        structlog.get_logger().info("device-refused", door=self.name, device=device, peer=self.peer, reason=str(error))
        if self._transport:
            if told:
                self._transport.write(told)
            self._deadline = self._loop.time() + self.desk.bounds.write_seconds
            self._transport.close()

    def end(self) -> None:
        """End the connection in order: at once, or when all that it has sent is durable and it was told so."""
        if self._in_flight:
            self.hold("leave")
            return
        self._is_over = True
        if self._transport:
            self._deadline = self._loop.time() + self.desk.bounds.write_seconds
            self._transport.close()

    def look(self, now: float) -> None:
        """Look at the clock; called every second or so."""
        if self._is_over:
            if now > self._deadline and self._transport:
                self._transport.abort()
        elif now > self._write_deadline:
            self._is_over = True
            if self._transport:
                self._transport.abort()
        elif now > self._deadline and not self._holds:
            self.refuse(SenderError("The device is too slow, or silent.", code="device-slow"))

    def _is_stranger(self) -> bool:
        """Whether nobody was let in here, and nobody is being asked about."""
        return self.admission is None and not self._holds

    async def _answered(self, question: Any) -> None:
        try:
            await question
        except CocketError as error:
            self.refuse(error)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - a defect of ours ends one connection, not the door
            # As text: what stands in local names may be a key.
            structlog.get_logger().error("device-defect", door=self.name, trace=traceback.format_exc())
            self.refuse(StoreError(f"Internal error: {type(error).__name__}."))
        self._task = None
        self.let_go("question")

    def _advance(self, *, had_part: bool) -> None:
        try:
            taken = self.read(self._held) if not self.is_held else 0
        except SenderError as error:
            self.refuse(error)
            return
        if taken:
            self._held = self._held[taken:]
        if self.admission is not None:
            self._watch(is_new=bool(taken) or not had_part)

    def _watch(self, *, is_new: bool) -> None:
        """Set the clock: for a part of a message from when it began, else for silence."""
        if not self._held:
            self._deadline = self._loop.time() + self._silence
        elif is_new and not self._holds:
            self._deadline = self._loop.time() + self.desk.bounds.packet_seconds

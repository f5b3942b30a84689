# SPDX-License-Identifier: Apache-2.0
"""The doors for devices on one event loop, from their opening to their end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import sys
from collections.abc import Callable, Mapping

import structlog
import uvloop

from cocket.errors import CocketError, SenderError, StoreError
from cocket.gate import Bounds, Door, Listener, Lobby, Place, Welcome, allow_files, serve_until
from cocket.ingress.bounds import HTTP, MQTT, DeviceBounds, device_bounds
from cocket.ingress.connection import Connection
from cocket.ingress.http import BODY_BYTES, DeviceRequests
from cocket.ingress.intake import Intake
from cocket.ingress.locks import LockConnection
from cocket.ingress.mqtt import MqttConnection
from cocket.ingress.tls import device_tls
from cocket.pipeline.tracking.device_intake import EventLog
from cocket.pipeline.tracking.device_register import Admission, DeviceRegister
from cocket.settings import Settings
from cocket.tracking.framing import Framing

_LOOK_SECONDS = 1.0

#: How often it is looked whether who is connected still may be.
_CHECK_SECONDS = 3.0

#: What is read of one connection at once (bytes).
_BUFFER_BYTES = 64 * 1024

#: What the kernel may hold of one connection that is not read (bytes), and so what comes with one reading. A thousand
#: devices with a backlog then cost tens of megabytes, not hundreds.
_RECEIVE_BYTES = 32 * 1024

#: How long the commit thread may be kept from running by the event loop (seconds).
_SWITCH_SECONDS = 0.0005


class DeviceDesk:
    """What all connections of the doors share.

    Args:
        bounds: Limits.
        intake: Keeps messages.
        register: Knows the devices.
    """

    def __init__(self, bounds: DeviceBounds, intake: Intake, register: DeviceRegister) -> None:
        self.bounds = bounds
        self.intake = intake
        self.register = register
        self.buffer = memoryview(bytearray(_BUFFER_BYTES))
        self._connections: set[Connection] = set()
        self._sessions: dict[str, dict[str, Connection]] = {}

    def open(self, connection: Connection) -> None:
        """A connection has come."""
        self._connections.add(connection)

    def admit(self, connection: Connection, admission: Admission, session: str) -> bool:
        """A device is let in; a connection of the same session gives way, and that is told to the log."""
        device = admission.source.device
        sessions = self._sessions.setdefault(device, {})
        before = sessions.get(session)
        if before is None and len(sessions) >= self.bounds.per_device:
            return False
        sessions[session] = connection
        if before is not None:
            structlog.get_logger().warning(
                "device-taken-over", device=device, session=session, peer=connection.peer, former_peer=before.peer
            )
            before.refuse(SenderError("Another connection has taken this session over.", code="device-taken-over"))
        return True

    def leave(self, connection: Connection) -> None:
        """A connection is gone."""
        self._connections.discard(connection)
        self.intake.leave(connection)
        device = connection.admission.source.device if connection.admission else ""
        sessions = self._sessions.get(device, {})
        if sessions.get(connection.session) is connection:
            del sessions[connection.session]
            if not sessions:
                del self._sessions[device]

    def look(self) -> None:
        """Look at the clock of every connection."""
        now = asyncio.get_running_loop().time()
        for connection in list(self._connections):
            connection.look(now)

    async def check(self) -> None:
        """End the connections of devices that may no longer send."""
        admitted: dict[Admission, list[Connection]] = {}
        for connection in self._connections:
            if connection.admission is not None:
                admitted.setdefault(connection.admission, []).append(connection)
        if not admitted:
            return
        try:
            ended = await asyncio.to_thread(self.register.no_longer_good, list(admitted))
        except StoreError:
            return  # the database is away, and so nothing is acknowledged either
        for admission in ended:
            for connection in admitted[admission]:
                connection.refuse(SenderError("This device may no longer send.", code="device-ended"))

    def close(self) -> None:
        """End all connections."""
        for connection in list(self._connections):
            connection.refuse(SenderError("The server is shutting down.", code="stopping"))

    def __len__(self) -> int:
        return len(self._connections)


class Doors:
    """The doors of one process.

    Args:
        settings: The settings.
        log: Keeps messages.
        register: Knows the devices.
        sockets: Listening sockets by door: `mqtt`, `http`, or the name of an adapter.
        framings: Adapters whose devices come by TCP.
    """

    def __init__(
        self,
        settings: Settings,
        log: EventLog,
        register: DeviceRegister,
        sockets: Mapping[str, socket.socket],
        framings: Mapping[str, Framing],
    ) -> None:
        self._settings = settings
        self._log = log
        self._register = register
        self._sockets = sockets
        self._framings = framings
        self._bounds = device_bounds(settings)
        self._tls = device_tls(settings) if MQTT in sockets or HTTP in sockets else None

    def run(self, started: Callable[[], None] | None = None) -> None:
        """Serve until SIGTERM or SIGINT.

        Args:
            started: Called once all doors are open.
        """
        gc.freeze()
        sys.setswitchinterval(_SWITCH_SECONDS)
        uvloop.run(self.serve(asyncio.Event(), started))

    async def serve(self, stop: asyncio.Event, started: Callable[[], None] | None = None) -> None:
        """Serve on the running loop until `stop` is set or a signal comes; then nothing new is taken, and what has
        come is kept and acknowledged before the connections end.
        """
        intake = Intake(self._log, self._settings.ingress_interval_ms / 1000, self._bounds)
        desk = DeviceDesk(self._bounds, intake, self._register)
        allow_files(2 * self._bounds.connections)
        lobby = Lobby(self._bounds.connections, self._bounds.per_address)
        servers = [self._open(name, desk, lobby) for name in self._sockets if name != HTTP]
        clock = asyncio.ensure_future(_keep_looking(desk))
        try:
            await serve_until(stop, *self._http(intake), started=started)
        finally:
            clock.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await clock
            for server in servers:
                server.close()
                await server.wait_closed()
            await intake.close()
            await asyncio.sleep(0)  # what became durable last is acknowledged
            desk.close()
            await _emptied(desk)

    def _http(self, intake: Intake) -> list[Door]:
        if HTTP not in self._sockets:
            return []
        app = DeviceRequests(intake, self._register, self._bounds)
        most, each = self._bounds.connections, self._bounds.per_address
        bounds = Bounds(body_bytes=BODY_BYTES, connections=most, per_address=each)
        return [Door(app, self._sockets[HTTP], bounds, self._tls)]

    def _open(self, name: str, desk: DeviceDesk, lobby: Lobby) -> Listener:
        door = self._sockets[name]
        door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BYTES)

        def make(place: Place) -> Connection:
            made = MqttConnection(desk) if name == MQTT else LockConnection(desk, name, self._framings[name])
            made.place = place
            return made

        tls = self._tls if name == MQTT else None
        return Listener(door, lobby, Welcome(make=make, tls=tls, hello_seconds=self._bounds.hello_seconds))


async def _keep_looking(desk: DeviceDesk) -> None:
    checked = 0.0
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        try:
            desk.look()
            checked += _LOOK_SECONDS
            if checked >= _CHECK_SECONDS:
                checked = 0.0
                await desk.check()
        except CocketError as error:
            structlog.get_logger().error("device-check", reason=str(error))


async def _emptied(desk: DeviceDesk, patience_seconds: float = 3.0) -> None:
    """Wait until the last connection is gone, so that it could be told why."""
    for _ in range(round(patience_seconds / 0.05)):
        if not len(desk):
            return
        await asyncio.sleep(0.05)

# SPDX-License-Identifier: Apache-2.0
"""Listening and serving: any ASGI application behind the guard, until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec
import uvicorn
import uvloop

from cocket.errors import SettingsError
from cocket.gate.accepting import Listener, Welcome, allow_files
from cocket.gate.bounds import Bounds
from cocket.gate.lobby import Lobby, Place
from cocket.gate.protocol import TOO_MANY, GuardedProtocol, guarded
from cocket.gate.proxies import Proxies
from cocket.gate.refusal import as_it_is, fault_on_the_wire, refused
from cocket.gate.tls import DoorTls

_BACKLOG = 2048
_GRACE_SECONDS = 20
_LAST_PORT = 65535
_LOOK_SECONDS = 5.0

_WHY = {
    errno.EADDRINUSE: "something else is listening there",
    errno.EACCES: "this user may not listen there; ports below 1024 belong to root",
    errno.EADDRNOTAVAIL: "this machine does not have that address",
}


class Door(msgspec.Struct, frozen=True):
    """One application at one socket.

    Attributes:
        app: ASGI application.
        socket: Listening socket, from `listen`.
        bounds: Limits of this door.
        tls: TLS that it speaks; None where what stands before it does, or it is on loopback.
        proxies: Proxies that stand before it; many come by one address of theirs.
        form: How what reaches no application is refused, a `cocket.gate.refusal.Form`.
    """

    app: Any
    socket: Any
    bounds: Bounds = Bounds()
    tls: Any = None
    proxies: Proxies = Proxies()
    form: Any = as_it_is


def listen(host: str, port: int) -> socket.socket:
    """Take a port.

    Args:
        host: Address or name of this machine; `127.0.0.1` unless others shall reach it.
        port: Port; 0 takes a free one, to be read from the socket.

    Returns:
        The listening socket, which child processes may share.

    Raises:
        SettingsError: It cannot be had.
    """
    if not 0 <= port <= _LAST_PORT:
        raise SettingsError(f"Port {port} is not valid.", code="port", expected=f"0 to {_LAST_PORT}", found=str(port))
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except (OSError, UnicodeError) as error:
        raise SettingsError(f"Unknown host {host}.", code="address", found=host) from error
    taken = socket.socket(family, socket.SOCK_STREAM)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # what it accepts has it too, on any loop
        taken.bind(address)
        taken.listen(_BACKLOG)
    except OSError as error:
        taken.close()
        why = _WHY.get(error.errno or 0, str(error))
        raise SettingsError(f"Cannot listen on {host} port {port}: {why}.", code="port", found=str(port)) from error
    taken.set_inheritable(True)
    return taken


def serve(*doors: Door, started: Callable[[], None] | None = None) -> None:
    """Serve doors from this process until SIGTERM or SIGINT, then finish what is in flight.

    Args:
        *doors: What to serve (1..n), all on one event loop.
        started: Called once all doors take requests.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve_until(asyncio.Event(), *doors, started=started))


async def serve_until(stop: asyncio.Event, *doors: Door, started: Callable[[], None] | None = None) -> None:
    """Serve doors on the running loop until `stop` is set, or a signal comes if this is the main thread.

    Args:
        stop: Set it to end: nothing new is taken, what is in flight is finished.
        *doors: What to serve (1..n).
        started: Called once all doors take requests.
    """
    servers = [_Server(door) for door in doors]
    allow_files(sum(door.bounds.connections for door in doors))
    looking = asyncio.ensure_future(_keep_looking(doors))
    with _signals(stop):
        serving = [asyncio.ensure_future(server.serve(sockets=[server.socket])) for server in servers]
        while not all(server.started or task.done() for server, task in zip(servers, serving, strict=True)):
            await asyncio.sleep(0.005)
        if started:
            started()
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait([stopping, *serving], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        for server in servers:
            server.should_exit = True
        await asyncio.gather(*serving)
        looking.cancel()


async def _keep_looking(doors: Iterable[Door]) -> None:
    """Take up certificates that have changed."""
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        for door in doors:
            if isinstance(door.tls, DoorTls):
                door.tls.refresh()


class _Config(uvicorn.Config):
    """uvicorn's configuration, with TLS as we made it rather than from files."""

    def __init__(self, tls: ssl.SSLContext | None, app: Any, **given: Any) -> None:
        super().__init__(app, **given)
        self._tls = tls

    def load(self) -> None:
        super().load()
        self.ssl = self._tls


class _Server(uvicorn.Server):
    """uvicorn without its signals, its logging and its name in each answer."""

    def __init__(self, door: Door) -> None:
        self.socket: socket.socket = door.socket
        self._door = door
        super().__init__(
            _Config(
                door.tls,
                door.app,
                http=guarded(door.bounds, door.form),
                ws="none",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=round(door.bounds.idle_seconds),
                timeout_graceful_shutdown=_GRACE_SECONDS,
                backlog=_BACKLOG,
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen by a listener of ours, which counts connections before anything is read of them."""
        await self.lifespan.startup()
        bounds, tls = self._door.bounds, self._door.tls
        lobby = Lobby(bounds.connections, bounds.per_address, self._door.proxies.trusts)
        welcome = Welcome(
            make=self._protocol,
            tls=tls,
            hello_seconds=bounds.head_seconds,
            farewell=fault_on_the_wire(refused(TOO_MANY)),
        )
        self.servers = [Listener(self.socket, lobby, welcome)]  # type: ignore[list-item]
        self.started = True

    def _protocol(self, place: Place) -> GuardedProtocol:
        kind: Any = self.config.http_protocol_class
        made: GuardedProtocol = kind(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)
        made.place = place
        return made

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.contextmanager
def _signals(stop: asyncio.Event) -> Iterator[None]:
    """Set `stop` on a signal, unless this is not the main thread or the signal is ignored; then as it was before."""
    loop = asyncio.get_running_loop()
    is_main = threading.current_thread() is threading.main_thread()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    caught = [number for number, handler in before.items() if is_main and handler is not signal.SIG_IGN]
    for number in caught:
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        for number in caught:
            loop.remove_signal_handler(number)
            signal.signal(number, before[number])

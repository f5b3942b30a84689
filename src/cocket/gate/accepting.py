# SPDX-License-Identifier: Apache-2.0
"""Taking connections off a listening socket: each is counted from its first moment, before TLS is spoken on it."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
import ssl
from collections.abc import Callable
from typing import Final

import msgspec
import structlog

from cocket.gate.lobby import Lobby, Place

#: How long accepting pauses when the machine has no room for one more connection.
_PAUSE_SECONDS: Final = 0.1

#: Refused connections that are still open, so that the sender can read why (count).
_MOST_LINGERING: Final = 64
_LINGER_SECONDS: Final = 2.0

_SHUTDOWN_SECONDS: Final = 2.0

#: Files a process needs beside its connections (count).
_OTHER_FILES: Final = 512


class Welcome(msgspec.Struct, frozen=True, kw_only=True):
    """How connections of one socket are met.

    Attributes:
        make: Makes the protocol of a connection that has this place.
        tls: TLS that is spoken; None for none.
        hello_seconds: Time for the handshake of TLS.
        farewell: What a connection that has no place is answered; empty for nothing. Not said where TLS is spoken.
    """

    make: Callable[[Place], asyncio.BaseProtocol]
    tls: ssl.SSLContext | None = None
    hello_seconds: float = 10.0
    farewell: bytes = b""


class Listener:
    """Accepts connections on the running loop until it is closed; what has been accepted stays.

    Args:
        listening: Listening socket.
        lobby: Counts connections; may be shared by several sockets.
        welcome: How they are met.
    """

    def __init__(self, listening: socket.socket, lobby: Lobby, welcome: Welcome) -> None:
        listening.setblocking(False)
        self._socket = listening
        self._lobby = lobby
        self._welcome = welcome
        self._loop = asyncio.get_running_loop()
        self._greeting: set[asyncio.Task[None]] = set()
        self._lingering = 0
        self._task = self._loop.create_task(self._accept())

    def close(self) -> None:
        """Take nothing new; handshakes under way end."""
        self._task.cancel()
        for greeting in list(self._greeting):
            greeting.cancel()

    async def wait_closed(self) -> None:
        """Wait until nothing new is taken."""
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _accept(self) -> None:
        while True:
            try:
                connection, peer = await self._loop.sock_accept(self._socket)
            except OSError as error:
                structlog.get_logger().error("accept", reason=error.strerror)
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            place = self._lobby.enter(peer[0])
            if place is None:
                self._turn_away(connection)
                continue
            greeting = self._loop.create_task(self._greet(connection, place))
            place.end = greeting.cancel  # type: ignore[assignment]
            self._greeting.add(greeting)
            greeting.add_done_callback(self._greeting.discard)

    async def _greet(self, connection: socket.socket, place: Place) -> None:
        """Hand a connection to its protocol, after the handshake where there is one."""
        welcome, protocol = self._welcome, self._welcome.make(place)
        patience = None if welcome.tls is None else welcome.hello_seconds
        parting = None if welcome.tls is None else _SHUTDOWN_SECONDS
        try:
            await self._loop.connect_accepted_socket(
                lambda: protocol,
                connection,
                ssl=welcome.tls,
                ssl_handshake_timeout=patience,
                ssl_shutdown_timeout=parting,
            )
        except (OSError, asyncio.CancelledError):  # no TLS, too slow, gone, or sent away
            place.leave()
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _turn_away(self, connection: socket.socket) -> None:
        """Say why and close, but not in the sender's face, as long as few linger."""
        if not self._welcome.farewell or self._welcome.tls is not None or self._lingering >= _MOST_LINGERING:
            connection.close()
            return
        with contextlib.suppress(OSError):
            connection.setblocking(False)
            connection.send(self._welcome.farewell)
            connection.shutdown(socket.SHUT_WR)
        self._lingering += 1
        self._loop.call_later(_LINGER_SECONDS, self._let_go, connection)

    def _let_go(self, connection: socket.socket) -> None:
        self._lingering -= 1
        connection.close()


def allow_files(connections: int) -> None:
    """Raise this process's limit of open files to what so many connections need, as far as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))

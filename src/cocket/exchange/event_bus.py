# SPDX-License-Identifier: Apache-2.0
"""Publishing events to NATS JetStream: each with its id, by which the server drops a repeat, and each acknowledged.

The stream is a copy for others to read, never the record: a server that was set to sync seldom can lose what it acknowledged. What was
lost is published anew from the log.

Source: docs.nats.io, JetStream model deep dive (message deduplication, acknowledgements); CloudEvents NATS binding 1.0.2, structured mode.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from cocket.errors import PartnerError, SettingsError
from cocket.exchange.cloud_events import BUS_PREFIX, MEDIA_TYPE

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.js import JetStreamContext

_SECONDS: Final = 5.0

#: For how long the server knows ids again (seconds).
DUPLICATE_SECONDS: Final = 3600.0


class BusEvent(msgspec.Struct, frozen=True):
    """An event for the bus: subject, id, and its JSON."""

    subject: str
    id: str
    content: bytes


class EventBus:
    """A connection to NATS that is opened when it is needed; belongs to one event loop.

    Args:
        servers: `nats://host:4222` or `tls://host:4222` (1..n).
        stream: Name of the stream; made where it is not there.
        credentials: File of credentials; empty for none.
        roots: PEM file of the roots that the server's certificate is judged by; empty for those of the system.
    """

    def __init__(self, servers: Sequence[str], stream: str, credentials: str = "", roots: str = "") -> None:
        self._servers, self._stream, self._credentials, self._roots = list(servers), stream, credentials, roots
        self._client: Client | None = None
        self._stream_context: JetStreamContext | None = None

    async def publish(self, events: Sequence[BusEvent]) -> int:
        """Publish events in order, and wait until the server has each.

        Returns:
            How many of them, from the first on, it acknowledged (count); the others are to be published again.

        Raises:
            PartnerError: It took none.
            SettingsError: `nats-py` is not installed, or a file cannot be read.
        """
        if not events:
            return 0
        try:
            async with asyncio.timeout(3 * _SECONDS):
                stream = await self._open()
                waiting = [
                    await stream.publish_async(
                        one.subject,
                        one.content,
                        stream=self._stream,
                        headers={"Nats-Msg-Id": one.id, "content-type": MEDIA_TYPE},
                    )
                    for one in events
                ]
                answers = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), _SECONDS)
        except (PartnerError, SettingsError):
            await self.close()
            raise
        except Exception as error:
            await self.close()
            raise PartnerError("The message bus does not answer.", code="bus-unreachable") from error
        number = next((place for place, one in enumerate(answers) if isinstance(one, BaseException)), len(answers))
        if number == 0:
            await self.close()
            raise PartnerError("The message bus did not acknowledge the event.", code="bus-refused")
        return number

    async def close(self) -> None:
        """Close the connection."""
        client, self._client, self._stream_context = self._client, None, None
        if client is not None:
            with suppress(Exception):
                await client.close()

    async def _open(self) -> JetStreamContext:
        if self._client is not None and self._client.is_connected and self._stream_context is not None:
            return self._stream_context
        await self.close()
        try:
            import nats
            from nats.js.errors import NotFoundError
        except ImportError as error:
            raise SettingsError("Publishing events needs nats-py: pip install 'cocket[nats]'.") from error
        more: dict[str, Any] = {}
        if any(one.startswith("tls://") for one in self._servers):
            try:
                more["tls"] = ssl.create_default_context(cafile=self._roots or None)
            except (OSError, ssl.SSLError) as error:
                raise SettingsError(f"The roots for the message bus cannot be read: {self._roots}.") from error
        if self._credentials:
            if not Path(self._credentials).is_file():
                raise SettingsError(f"{self._credentials} cannot be read.")
            more["user_credentials"] = self._credentials
        self._client = await nats.connect(
            self._servers, name="cocket", connect_timeout=5, allow_reconnect=False, error_cb=_silent, **more
        )
        stream = self._client.jetstream(timeout=_SECONDS)
        try:
            await stream.stream_info(self._stream)
        except NotFoundError:
            await stream.add_stream(name=self._stream, subjects=[f"{BUS_PREFIX}.>"], duplicate_window=DUPLICATE_SECONDS)
        self._stream_context = stream
        return stream


async def _silent(error: Exception) -> None:
    """What goes wrong is raised where it is waited for."""

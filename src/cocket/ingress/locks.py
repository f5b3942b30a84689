# SPDX-License-Identifier: Apache-2.0
"""A lock that speaks a protocol of its own over bare TCP: told apart by its adapter's framing, answered once durable.

Most of these protocols prove nothing: a frame claims a device, and the door lets in what is registered under that name
for this adapter. So what comes this way is kept with the proof `none`, unless the device has a key and presents it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from cocket.errors import SenderError
from cocket.ingress.connection import Connection, Desk
from cocket.tracking.framing import Frame, Framing


class LockConnection(Connection):
    """A connection of a lock.

    Args:
        desk: What it shares with others.
        adapter: Name of its adapter.
        framing: How its frames are told apart.
    """

    def __init__(self, desk: Desk, adapter: str, framing: Framing) -> None:
        super().__init__(desk)
        self.name = adapter
        self._framing = framing
        self._frames: deque[Frame] = deque()
        self._claimed: str | None = None
        self._shown: bytes | None = None

    def read(self, data: bytes) -> int:
        """Read whole frames, as `Connection.read`."""
        taken = 0
        while not self.is_held:
            if not self._frames:
                frames, rest = self._framing.split(data[taken:])
                self._frames.extend(frames)
                taken = len(data) - len(rest)
                if not frames:
                    if len(rest) > self._framing.longest:
                        raise SenderError("A frame is not terminated.", code="device-frame")
                    break
            self._take(self._frames[0])
        return taken

    def _take(self, frame: Frame) -> None:
        """Deal with the first frame that waits, or have its sender looked up first.

        Raises:
            SenderError: It is of nobody, or of another device than those before.
        """
        claimed = frame.device or self._claimed
        if claimed is None:
            raise SenderError("A frame has no device identity.", code="device-unnamed")
        if self.admission is not None and claimed != self._claimed:
            raise SenderError("A connection serves one device.", code="device-changed")
        if self.admission is None or frame.secret not in (None, self._shown):
            self.ask(self._let_in(claimed, frame.secret))
            return
        self._frames.popleft()
        if frame.is_kept:
            self.put(frame.payload, frame)
        elif reply := self._framing.reply_for(frame):
            self.write(reply)

    async def _let_in(self, claimed: str, secret: bytes | None) -> None:
        """Look the device up, and let it in if it is registered for this adapter and the secret is its own.

        Raises:
            SenderError: It is not.
        """
        admission = await asyncio.to_thread(self.desk.register.by_identity, self.name, claimed, secret)
        if admission is None:
            raise SenderError("No active device is registered under this identity.", code="device-unknown")
        self._claimed, self._shown = claimed, secret
        if self.admission is None:
            self.admit(admission, f"{self.name}:{claimed}", self.desk.bounds.idle_seconds)
        self.admission = admission

    def confirm(self, tokens: list[Any]) -> bytes:
        """The replies that the device waits for."""
        return b"".join(reply for frame in tokens if (reply := self._framing.reply_for(frame)))

# SPDX-License-Identifier: Apache-2.0
"""How messages are told apart in the byte stream of a lock that speaks over bare TCP.

An adapter whose devices connect by TCP brings a `Framing`; the door reads the stream, and neither knows the other's
business. A framing is pure: the same buffer gives the same frames, and no reply is sent before its frame is durable.
"""

from __future__ import annotations

from typing import Protocol

import msgspec


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """One message as it stood in the stream.

    Attributes:
        payload: The whole frame, byte for byte as received, delimiters included: what is kept, and what the adapter reads.
        device: Identity that the frame claims for its sender, as the protocol writes it (terminal number, IMEI); None if
            the protocol names it in the first frame of a connection only.
        secret: What the frame presents to show that identity (such as the authentication code of JT/T 808 0x0102); None
            if the protocol has nothing of the kind.
        is_kept: Whether the frame says anything that is to be kept; False for heartbeats and the like, which are only
            answered.
    """

    payload: bytes
    device: str | None = None
    secret: bytes | None = None
    is_kept: bool = True


class Framing(Protocol):
    """The frames of one family of locks.

    Attributes:
        longest: Most bytes one frame may have; a peer that sends more without an end is cut off (count).
    """

    longest: int

    def split(self, buffer: bytes) -> tuple[tuple[Frame, ...], bytes]:
        """Take the whole frames off the front of what has come.

        Args:
            buffer: What has come and was not yet part of a whole frame.

        Returns:
            Frames in order (0..n), and the rest, to be given again with what comes next.

        Raises:
            UnreadableError: What stands here can be no frame of this family, nor its beginning; the door closes.
        """
        ...

    def reply_for(self, frame: Frame) -> bytes | None:
        """What the device waits for once its frame is durable; None if it waits for nothing.

        Args:
            frame: A frame that `split` gave.
        """
        ...

# SPDX-License-Identifier: Apache-2.0
"""G1RUS trackers: frames between F8 bytes, records of blocks that a mask announces.

How the check sum is made, and the unit of speed and of the dilutions, are laid down nowhere we know: they are attributes as they
came, and none of them is held against a message or taken for a reading.
Source: G1RUS messages, as restated by tracking platforms.
"""

from __future__ import annotations

from typing import Final

from cocket.errors import UnreadableError
from cocket.tracking.adapters._adapter import Adapter
from cocket.tracking.adapters._bytes import Cursor, bad_form, bit
from cocket.tracking.adapters._draft import Context, Draft, finished, unix
from cocket.tracking.events import TrackingEvent
from cocket.tracking.framing import Frame

NAME = "g1rus"

_EDGE: Final = 0xF8
_ESCAPE: Final = 0x1B
_REGULAR: Final = 1
_MIXED: Final = 4
_KIND: Final = 0b0011_1111
_HAS_EVENT: Final = 6

#: Seconds from 1970 to 2000, from which these devices count.
_ERA_S: Final = 946_684_800


def read(payload: bytes, context: Context) -> tuple[TrackingEvent, ...]:
    """Read one frame.

    Args:
        payload: From one F8 to the next, escapes as they came.
        context: What else is known.

    Returns:
        Events in order (0..n); none for frames that report nothing, such as heartbeats.

    Raises:
        SenderError: It is no frame of this family.
    """
    if len(payload) < 2 or payload[0] != _EDGE or payload[-1] != _EDGE:
        raise bad_form("a frame between F8 bytes", payload[:2].hex())
    body = _unescaped(payload[1:-1])
    if len(body) < 11:
        raise bad_form("a frame with version, type, identity and check sum", body.hex()[:40])
    cursor = Cursor(body[:-2])
    version, kind = cursor.u8(), cursor.u8()
    device = str(cursor.number(7))
    drafts = []
    if kind & _KIND == _REGULAR:
        drafts.append(_record(cursor, kind, Draft(context, device)))
    elif kind & _KIND == _MIXED:
        while cursor.left >= 3:
            part = Cursor(cursor.take(cursor.u16()))
            subtype = part.u8()
            if subtype & _KIND == _REGULAR:
                drafts.append(_record(part, subtype, Draft(context, device)))
    for draft in drafts:
        draft.put("protocolVersion", version)
        draft.put("checksum", body[-2:].hex())
    return finished(NAME, payload, drafts)


def _unescaped(data: bytes) -> bytes:
    """The bytes that were meant: 1B 00 is 1B, and 1B before another is F8."""
    found = bytearray()
    place = 0
    while place < len(data):
        byte = data[place]
        if byte == _ESCAPE:
            place += 1
            if place == len(data):
                raise bad_form("an escape with what it stands for", data[-1:].hex())
            byte = _ESCAPE if data[place] == 0 else _EDGE
        found.append(byte)
        place += 1
    return bytes(found)


def _record(cursor: Cursor, kind: int, draft: Draft) -> Draft:
    """One record: time, an event if the type says so, then the blocks of its mask, each with its length."""
    draft.at(unix(cursor.number(4, little=True) + _ERA_S))
    if bit(kind, _HAS_EVENT):
        draft.put("event", cursor.u8())
    mask = cursor.u16()
    for number in range(16):
        if not bit(mask, number):
            continue
        block = Cursor(cursor.take(cursor.u8()))
        if number == 0:
            draft.put("name", block.rest()[1:].decode("ascii", "replace"))
        elif number == 1:
            _place(block, draft)
        elif number == 4:
            for name in ("power", "battery", "deviceTemp"):
                if block.left >= 2:
                    draft.put(name, round((block.u16() & 0x0FFF) * 110 / 4096 - 10, 3))
        else:
            draft.put(f"block{number}", block.rest().hex())
    return draft


def _place(block: Cursor, draft: Draft) -> None:
    mask = block.u16()
    is_fix = False
    if bit(mask, 0):
        validity = block.u8()
        draft.put("satellites", validity & 0b1_1111)
        is_fix = validity >> 5 & 0b11 == 2
    place = (block.i32() / 1e6, block.i32() / 1e6) if bit(mask, 1) else None
    if bit(mask, 2):
        draft.put("speedTold", block.u16())
    if bit(mask, 3):
        draft.move(None, block.u16())
    altitude = float(block.i16()) if bit(mask, 4) else None
    if place is not None:
        draft.place(place[0], place[1], is_fix=is_fix, altitude_m=altitude)
    for number, name in ((5, "hdopTold"), (6, "vdopTold")):
        if bit(mask, number):
            draft.put(name, block.u16())


class G1rusFraming:
    """Frames between F8 bytes; the device waits for no answer."""

    longest = 4096

    def split(self, buffer: bytes) -> tuple[tuple[Frame, ...], bytes]:
        """Take whole frames off the front.

        Raises:
            UnreadableError: It does not begin with F8, or a frame is longer than `longest`.
        """
        frames = []
        while buffer:
            if buffer[0] != _EDGE:
                raise UnreadableError("This is not a frame between F8 bytes.", code="message-form")
            end = buffer.find(_EDGE, 1)
            if end == 1:  # the end of one and the beginning of the next, or an empty one
                buffer = buffer[1:]
                continue
            if end < 0 or end >= self.longest:
                if len(buffer) > self.longest:
                    raise UnreadableError("A frame without an end.", code="frame-too-long")
                break
            frame, buffer = buffer[: end + 1], buffer[end + 1 :]
            frames.append(Frame(payload=frame, device=_identity(frame)))
        return tuple(frames), buffer

    def reply_for(self, frame: Frame) -> bytes | None:
        """Nothing."""
        return None


def _identity(frame: bytes) -> str | None:
    """The identity in a frame; None if it has none."""
    try:
        body = _unescaped(frame[1:-1])
    except UnreadableError:
        return None
    return str(int.from_bytes(body[2:9], "big")) if len(body) >= 11 else None


ADAPTER = Adapter(name=NAME, title="G1RUS trackers", read=read, framing=G1rusFraming(), source="captured messages")

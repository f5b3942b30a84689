# SPDX-License-Identifier: Apache-2.0
"""Teltonika trackers: codec 8, 8 extended, 16, 12 and 13, and 7 of the GH line, over TCP and UDP.

Over TCP the device names itself (IMEI) once, when it connects; the records that follow do not repeat it.
Source: Teltonika Data Sending Protocols (codec 8, 8E, 12, 13, 16); GH3000 protocol.
"""

from __future__ import annotations

from cocket.errors import UnreadableError
from cocket.tracking.adapters._adapter import Adapter
from cocket.tracking.adapters._bytes import Cursor, bad_form, bit, crc16_ibm
from cocket.tracking.adapters._draft import KMH_M_S, Context, Draft, finished, unix
from cocket.tracking.adapters.teltonika_elements import GH3000, close_cells, elements_of, put_element, put_long
from cocket.tracking.events import Cell, TrackingEvent
from cocket.tracking.framing import Frame

NAME = "teltonika"

_CODEC_7, _CODEC_8, _CODEC_8E, _CODEC_12, _CODEC_13, _CODEC_16 = 0x07, 0x08, 0x8E, 0x0C, 0x0D, 0x10
_RECORDS = (_CODEC_7, _CODEC_8, _CODEC_8E, _CODEC_16)
_CAMERA = 0x0D
_PING = b"\xff"
_GH_START = 1_167_609_600  # 2007-01-01 UTC
_PREAMBLE = bytes(4)


def read(payload: bytes, context: Context) -> tuple[TrackingEvent, ...]:
    """Read one packet.

    Args:
        payload: A whole TCP packet (an IMEI, a ping, or data from the four zero bytes to the check), or a UDP datagram.
        context: What else is known; `device` is the IMEI of a TCP connection.

    Returns:
        Events (0..n); none for an IMEI, a ping, or a piece of a camera's picture.

    Raises:
        SenderError: It is no such packet.
    """
    if payload == _PING or _imei(payload) is not None:
        return ()
    device, data = _datagram(payload)
    if data is None:
        if len(payload) < 10 or payload[:4] != _PREAMBLE:
            raise bad_form("a Teltonika packet", payload[:8].hex())
        data = payload[8:]
    context_device = device if device is not None else context.device
    drafts = _records(Cursor(data), context, context_device)
    if device is None and not _is_checked(payload):
        for draft in drafts:
            draft.doubt("checksum-wrong")
    return finished(NAME, payload, drafts)


def _imei(payload: bytes) -> str | None:
    """The IMEI of a packet that opens a connection."""
    length = int.from_bytes(payload[:2], "big")
    name = payload[2:]
    return name.decode() if 5 <= length <= 20 and len(name) == length and name.isdigit() else None


def _datagram(payload: bytes) -> tuple[str | None, bytes | None]:
    """IMEI and data of a UDP datagram; None and None if it is none."""
    if len(payload) < 10 or payload[:4] == _PREAMBLE or payload[4] != 1:
        return None, None
    cursor = Cursor(payload)
    cursor.skip(6)
    name = cursor.text(cursor.u16())
    return name, cursor.rest()


def _is_checked(payload: bytes) -> bool:
    """Whether length and check of a TCP packet agree."""
    length = int.from_bytes(payload[4:8], "big")
    end = 8 + length
    return len(payload) == end + 4 and crc16_ibm(payload[8:end]) == int.from_bytes(payload[end:], "big")


def _records(cursor: Cursor, context: Context, device: str | None) -> list[Draft]:
    codec, count = cursor.u8(), cursor.u8()
    if codec not in (*_RECORDS, _CODEC_12, _CODEC_13):
        raise bad_form("of a codec known to us (7, 8, 8E, 12, 13, 16)", f"codec {codec:02X}")
    start = cursor.at
    try:
        drafts = [_one(cursor, Draft(context, device), codec) for _ in range(count)]
        is_whole = codec != _CODEC_8 or cursor.left < 1 or cursor.data[cursor.at] == count
    except UnreadableError:
        if codec != _CODEC_8:
            raise
        is_whole = False
    if not is_whole:  # some devices add elements of 16 bytes, and only where the records end tells
        cursor.at = start
        drafts = [_one(cursor, Draft(context, device), codec, longest=16) for _ in range(count)]
    return [draft for draft in drafts if draft.attributes or draft.fields]


def _one(cursor: Cursor, draft: Draft, codec: int, longest: int = 8) -> Draft:
    if codec == _CODEC_13:
        _timed_words(cursor, draft)
    elif codec == _CODEC_12:
        _words(cursor, draft)
    elif codec == _CODEC_7:
        _gh_record(cursor, draft)
    else:
        _record(cursor, draft, codec, longest)
    return draft


def _record(cursor: Cursor, draft: Draft, codec: int, longest: int) -> None:
    draft.at(unix(cursor.number(8) / 1000))
    draft.put("priority", cursor.u8())
    lon, lat = cursor.i32() / 1e7, cursor.i32() / 1e7
    altitude, course, satellites, speed = cursor.i16(), cursor.u16(), cursor.u8(), cursor.u16()
    draft.put("satellites", satellites)
    draft.place(lat, lon, is_fix=satellites > 0, altitude_m=altitude)
    draft.move(speed * KMH_M_S, course)
    wide_id = 2 if codec in (_CODEC_8E, _CODEC_16) else 1
    wide_count = 2 if codec == _CODEC_8E else 1
    draft.put("event", cursor.number(wide_id))
    if codec == _CODEC_16:
        draft.put("generation", cursor.u8())
    cursor.skip(wide_count)
    table = elements_of(draft.context.model)
    for length in (1, 2, 4, 8):
        for _ in range(cursor.number(wide_count)):
            number = cursor.number(wide_id)
            put_element(number, Cursor(cursor.take(length)), draft, table)
    if longest == 16:
        for _ in range(cursor.u8()):
            draft.put(f"io{cursor.u8()}", cursor.hex(16))
    if codec == _CODEC_8E:
        for _ in range(cursor.u16()):
            number = cursor.u16()
            data = cursor.take(cursor.u16())
            try:
                put_long(number, data, draft)
            except UnreadableError:
                draft.doubt(f"io{number}-unread")
    close_cells(draft)


def _gh_record(cursor: Cursor, draft: Draft) -> None:
    draft.at(unix((cursor.u32() & 0x3FFFFFFF) + _GH_START))
    mask = cursor.u8()
    if bit(mask, 0):
        _gh_place(cursor, draft)
    for place, length in ((1, 1), (2, 2), (3, 4)):
        if bit(mask, place):
            for _ in range(cursor.u8()):
                number = cursor.u8()
                put_element(number, Cursor(cursor.take(length)), draft, GH3000)


def _gh_place(cursor: Cursor, draft: Draft) -> None:
    mask = cursor.u8()
    lat = lon = altitude = speed = course = None
    if bit(mask, 0):
        lat, lon = cursor.f32(), cursor.f32()
    if bit(mask, 1):
        altitude = cursor.u16()
    if bit(mask, 2):
        course = cursor.u8() * 360 / 256
    if bit(mask, 3):
        speed = cursor.u8() * KMH_M_S
    if bit(mask, 4):
        draft.put("satellites", cursor.u8())
    if lat is not None and lon is not None:
        draft.place(lat, lon, altitude_m=altitude)
    draft.move(speed, course)
    cell = (cursor.u16(), cursor.u16()) if bit(mask, 5) else None
    if bit(mask, 6):
        draft.put("rssi", cursor.u8())
    if bit(mask, 7):
        draft.put("operator", cursor.u32())
    if cell and any(cell):
        draft.cells.append(Cell(area=cell[0], cell=cell[1]))


def _words(cursor: Cursor, draft: Draft) -> None:
    """Codec 12: what something connected by wire said; a camera's pictures are kept only as they came."""
    kind = cursor.u8()
    data = cursor.take(cursor.u32())
    if kind != _CAMERA:
        draft.put("type", kind)
        draft.put("result", _plain_or_hex(data))


def _timed_words(cursor: Cursor, draft: Draft) -> None:
    """Codec 13: the same, with its time."""
    kind = cursor.u8()
    length = cursor.u32()
    time = unix(cursor.u32())
    text = _plain_or_hex(cursor.take(length - 4))
    parts = text.split("|")
    if kind == _CAMERA:
        return
    draft.at(time)
    if text.startswith("GTSL") and len(parts) > 4:
        draft.put("driverUniqueId", parts[4])
    else:
        draft.put("result", text)


def _plain_or_hex(data: bytes) -> str:
    if all(0x20 <= byte < 0x7F or byte in b"\r\n\t" for byte in data):
        return data.decode().strip()
    return data.hex()


class TeltonikaFraming:
    """An IMEI first, which is answered with 1; then packets by their length, answered with how many records came."""

    longest = 65536

    def split(self, buffer: bytes) -> tuple[tuple[Frame, ...], bytes]:
        """Take whole packets off the front.

        Raises:
            UnreadableError: A packet claims a length beyond `longest`, or an IMEI is none.
        """
        frames: list[Frame] = []
        while buffer:
            if buffer[:1] == _PING:
                frames.append(Frame(payload=buffer[:1], is_kept=False))
                buffer = buffer[1:]
                continue
            if len(buffer) < 8:
                break
            is_data = buffer[:2] == b"\0\0"
            length = int.from_bytes(buffer[4:8], "big") + 12 if is_data else int.from_bytes(buffer[:2], "big") + 2
            if length > (self.longest if is_data else 22):
                raise bad_form("a packet of the length it may have", length)
            if len(buffer) < length:
                break
            frames.append(self._frame(buffer[:length], is_data=is_data))
            buffer = buffer[length:]
        return tuple(frames), buffer

    def _frame(self, payload: bytes, *, is_data: bool) -> Frame:
        if is_data:
            return Frame(payload=payload)
        imei = _imei(payload)
        if imei is None:
            raise bad_form("an IMEI", payload[:20].hex())
        return Frame(payload=payload, device=imei, is_kept=False)

    def reply_for(self, frame: Frame) -> bytes | None:
        """1 to an IMEI; the number of records to data; nothing to words and pings."""
        payload = frame.payload
        if payload == _PING:
            return None
        if payload[:2] != b"\0\0":
            return b"\x01"
        return payload[9].to_bytes(4, "big") if len(payload) > 9 and payload[8] in _RECORDS else None


ADAPTER = Adapter(
    name=NAME,
    title="Teltonika trackers (codec 7, 8, 8E, 12, 13, 16)",
    read=read,
    framing=TeltonikaFraming(),
    source="Teltonika Data Sending Protocols",
)

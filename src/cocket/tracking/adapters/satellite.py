# SPDX-License-Identifier: Apache-2.0
"""Devices heard by satellite: Orbcomm (IsatData Pro), Globalstar (SmartOne simplex) and Iridium (Short Burst Data), with the
content of one tracker, Meitrack T622.

All come from the operator's gateway, not from the device: JSON, XML, and binary DirectIP.
Source: Orbcomm IsatData Pro gateway messages; Globalstar stuMessages Rev 1.0, SmartOne payload; Iridium SBD DirectIP;
fields of T622 messages as restated by tracking platforms.
"""

from __future__ import annotations

from typing import Any

from lxml import etree

from cocket.errors import UnreadableError
from cocket.standards.xml import parse_xml
from cocket.tracking.adapters._adapter import Adapter
from cocket.tracking.adapters._bytes import Cursor, bad_form, bit, xor
from cocket.tracking.adapters._draft import KMH_M_S, Context, Draft, finished, iso, unix
from cocket.tracking.adapters._json import child, number, objects, read_json, text
from cocket.tracking.events import TrackingEvent
from cocket.tracking.framing import Frame

ORBCOMM, GLOBALSTAR, IRIDIUM, T622 = "orbcomm", "globalstar", "iridium", "t622"

_NO_HEADING = 361
_MINUTE_THOUSANDTHS = 60_000
_ATLAS = "AtlasTrax"

#: Seconds from 1970 to 2000, where the clock of a T622 begins.
_FROM_2000 = 946_684_800
_T622_BYTES = 17


def read_orbcomm(payload: bytes, context: Context) -> tuple[TrackingEvent, ...]:
    """Read an answer of the gateway.

    Args:
        payload: JSON with `Messages`; null there means that nothing came.
        context: What else is known.

    Returns:
        One event a message.

    Raises:
        SenderError: It is no such answer.
    """
    root = read_json(payload)
    if not isinstance(root, dict) or "Messages" not in root:
        raise bad_form("JSON with Messages")
    drafts = [_orbcomm_message(message, context) for message in objects(root, "Messages")]
    return finished(ORBCOMM, payload, drafts)


def _orbcomm_message(message: dict[str, Any], context: Context) -> Draft:
    device = text(message, "MobileID")
    if device is None:
        raise bad_form("a message with MobileID")
    draft = Draft(context, device)
    draft.put("messageId", text(message, "ID"))
    stamp = text(message, "MessageUTC")
    draft.at(iso(stamp) if stamp else None)
    content = child(message, "Payload")
    draft.put("type", text(content, "Name"))
    values = {(text(each, "Name") or "").lower(): each for each in objects(content, "Fields")}
    seconds = number(values.get("eventtime"), "Value")
    draft.at(unix(seconds) if seconds is not None else None)
    lat, lon = number(values.get("latitude"), "Value"), number(values.get("longitude"), "Value")
    if lat is not None and lon is not None:
        draft.place(lat / _MINUTE_THOUSANDTHS, lon / _MINUTE_THOUSANDTHS)
    speed, heading = number(values.get("speed"), "Value"), number(values.get("heading"), "Value")
    draft.move(None if speed is None else speed * KMH_M_S, None if heading == _NO_HEADING else heading)
    taken = {"eventtime", "latitude", "longitude", "speed", "heading"}
    for name, each in values.items():
        if name not in taken:
            draft.put(text(each, "Name") or name, text(each, "Value"))
    return draft


def read_globalstar(payload: bytes, context: Context) -> tuple[TrackingEvent, ...]:
    """Read what the gateway forwards.

    Args:
        payload: `stuMessages` as XML, also behind the target of an HTTP request; or JSON with `entry.devices`.
        context: What else is known; a model `AtlasTrax` has a payload of its own.

    Returns:
        One event a message.

    Raises:
        SenderError: It is neither.
    """
    start = payload.lstrip(b"/ \r\n")
    if start.startswith(b"{"):
        drafts = [_globalstar_entry(entry, context) for entry in objects(child(read_json(start), "entry"), "devices")]
    else:
        root = parse_xml(start)
        if etree.QName(root).localname != "stuMessages":
            raise bad_form("stuMessages", etree.QName(root).localname)
        drafts = [_globalstar_message(message, context) for message in root.iter("stuMessage")]
    return finished(GLOBALSTAR, payload, drafts)


def _globalstar_message(message: etree._Element, context: Context) -> Draft:
    esn, stamp, content = (message.findtext(name) or "" for name in ("esn", "unixTime", "payload"))
    try:
        time, data = unix(int(stamp)), bytes.fromhex(content.strip().removeprefix("0x"))
    except ValueError as error:
        raise bad_form("a stuMessage with unixTime and a payload in hexadecimal", content) from error
    draft = Draft(context, esn)
    draft.at(time)
    cursor = Cursor(data)
    flags = cursor.u8()
    if context.model == _ATLAS:
        _atlas(cursor, flags, draft)
    else:
        _smart_one(cursor, flags, draft)
    return draft


def _smart_one(cursor: Cursor, flags: int, draft: Draft) -> None:
    kind = flags & 3
    draft.put("type", kind)
    if bit(flags, 2):
        draft.put("batteryReplace", True)
        draft.alarm("low-battery")
    if kind:  # diagnosis and raw bytes, which hold no place
        draft.put("payload", cursor.data.hex())
        return
    _simplex_place(cursor, draft, is_fix=not bit(flags, 3))
    if cursor.left >= 2:
        inputs, other = cursor.u8(), cursor.u8()
        draft.put("input", inputs & 0xF)
        draft.alarms_of(other, {4: "vibration"})
        draft.put("motion", bit(other, 6))


def _atlas(cursor: Cursor, flags: int, draft: Draft) -> None:
    draft.put("in1", not bit(flags, 1))
    draft.put("in2", not bit(flags, 2))
    draft.put("charge", not bit(flags, 3))
    draft.alarms_of(flags, {4: "vibration"})
    _simplex_place(cursor, draft, is_fix=True)
    speed = cursor.u8()
    draft.move(None if speed == 0xFF else speed * KMH_M_S, (flags >> 5) * 45)
    draft.put("batteryReplace", bit(cursor.u8(), 7))


def _simplex_place(cursor: Cursor, draft: Draft, *, is_fix: bool) -> None:
    lat, lon = cursor.number(3, signed=True) * 90 / 2**23, cursor.number(3, signed=True) * 180 / 2**23
    draft.place(lat, lon, is_fix=is_fix)


def _globalstar_entry(entry: dict[str, Any], context: Context) -> Draft:
    identity, place, info = (child(entry, name) for name in ("deviceIdentify", "gpsCoordinate", "deviceInfo"))
    esn = text(identity, "esn")
    if esn is None:
        raise bad_form("an entry with its esn")
    draft = Draft(context, esn)
    seconds = number(identity, "unixTime")
    draft.at(unix(seconds) if seconds is not None else None)
    lat, lon = number(place, "latitude"), number(place, "longitude")
    if lat is not None and lon is not None:
        draft.place(lat, lon, is_fix=text(info, "gpsDataValid") == "Valid")
    if text(info, "batteryStatus") == "Low":
        draft.alarm("low-battery")
    return draft


def read_iridium(payload: bytes, context: Context) -> tuple[TrackingEvent, ...]:
    """Read one message that a device sent, as DirectIP hands it over.

    Args:
        payload: From the protocol revision (1) on: elements for the head, the content, and where Iridium believes the
            device to be.
        context: What else is known.

    Returns:
        One event; the content stays as it came, in the attribute `payload`, for whoever knows the device. Iridium's own
        place has a radius of kilometres and is never a fix.

    Raises:
        SenderError: It is no such message.
    """
    draft, content = _direct_ip(payload, context)
    if content is not None:
        draft.put("payload", content.hex())
    return finished(IRIDIUM, payload, [draft])


def read_t622(payload: bytes, context: Context) -> tuple[TrackingEvent, ...]:
    """Read one message of a Meitrack T622, as DirectIP hands it over.

    What its content holds is a list that is set in the device. Read is the list 01, 02, 03, 04, 05, 08: event, latitude,
    longitude, time, whether the fix is valid, speed; at the end a check byte.

    Args:
        payload: From the protocol revision (1) on.
        context: What else is known.

    Returns:
        One event; content of another length is not read and stays as it came, in the attribute `payload`.

    Raises:
        SenderError: It is no such message.
    """
    draft, content = _direct_ip(payload, context)
    if content is None or len(content) != _T622_BYTES:
        draft.doubt("content-unknown")
        draft.put("payload", content.hex() if content is not None else None)
        return finished(T622, payload, [draft])
    fields = Cursor(content)
    draft.put("event", fields.u8())
    lat, lon = (fields.number(4, signed=True, little=True) / 1e6 for _ in range(2))
    draft.at(unix(fields.number(4, little=True) + _FROM_2000))
    draft.place(lat, lon, is_fix=fields.u8() > 0)
    draft.move(fields.number(2, little=True) * KMH_M_S, None)
    if xor(content[:-1]) != content[-1]:
        draft.doubt("checksum-wrong")
    return finished(T622, payload, [draft])


def _direct_ip(payload: bytes, context: Context) -> tuple[Draft, bytes | None]:
    """The head and the network's place of a message, and what the device sent; None if it sent nothing."""
    cursor = Cursor(payload)
    if cursor.u8() != 1:
        raise bad_form("DirectIP of revision 1", payload[:1].hex())
    body = Cursor(cursor.take(cursor.u16()))
    elements: dict[int, Cursor] = {}
    while body.left >= 3:
        kind = body.u8()
        elements[kind] = Cursor(body.take(body.u16()))
    head = elements.get(1)
    if head is None:
        raise bad_form("DirectIP with a head of the message")
    draft = _iridium_head(head, context)
    if 3 in elements:
        _iridium_place(elements[3], draft)
    return draft, elements[2].data if 2 in elements else None


def _iridium_head(head: Cursor, context: Context) -> Draft:
    reference = head.u32()
    draft = Draft(context, head.text(15))
    draft.put("reference", reference)
    draft.put("sessionStatus", head.u8())
    draft.put("sequence", head.u16())
    head.skip(2)
    session = unix(head.u32())
    if session is not None:
        draft.put("sessionTime", session.isoformat())
    return draft


def _iridium_place(place: Cursor, draft: Draft) -> None:
    flags = place.u8()
    lat = place.u8() + place.u16() / _MINUTE_THOUSANDTHS
    lon = place.u8() + place.u16() / _MINUTE_THOUSANDTHS
    radius_m = place.u32() * 1000.0 if place.left >= 4 else None
    draft.place(-lat if bit(flags, 1) else lat, -lon if bit(flags, 0) else lon, is_fix=False, accuracy_m=radius_m)


def _imei(payload: bytes) -> str | None:
    """The IMEI in the head of a message, which stands first; None if it stands elsewhere."""
    name = payload[10:25]
    return name.decode() if payload[3:4] == b"\x01" and name.isdigit() and len(name) == 15 else None


class IridiumFraming:
    """DirectIP messages by their length; the gateway waits for no answer."""

    longest = 4096

    def split(self, buffer: bytes) -> tuple[tuple[Frame, ...], bytes]:
        """Take whole messages off the front.

        Raises:
            UnreadableError: It is not DirectIP of revision 1, or longer than `longest`.
        """
        frames = []
        while len(buffer) >= 3:
            length = int.from_bytes(buffer[1:3], "big") + 3
            if buffer[0] != 1 or length > self.longest:
                raise UnreadableError("This is not DirectIP of revision 1.", code="message-form")
            if len(buffer) < length:
                break
            frames.append(Frame(payload=buffer[:length], device=_imei(buffer[:length])))
            buffer = buffer[length:]
        return tuple(frames), buffer

    def reply_for(self, frame: Frame) -> bytes | None:
        """Nothing."""
        return None


ORBCOMM_ADAPTER = Adapter(
    name=ORBCOMM, title="Orbcomm IsatData Pro, from its gateway", read=read_orbcomm, source="IsatData Pro messages"
)
GLOBALSTAR_ADAPTER = Adapter(
    name=GLOBALSTAR, title="Globalstar SmartOne, from its gateway", read=read_globalstar, source="stuMessages Rev 1.0"
)
IRIDIUM_ADAPTER = Adapter(
    name=IRIDIUM,
    title="Iridium Short Burst Data by DirectIP",
    read=read_iridium,
    framing=IridiumFraming(),
    source="Iridium SBD DirectIP",
)
T622_ADAPTER = Adapter(
    name=T622,
    title="Meitrack T622, over Iridium",
    read=read_t622,
    framing=IridiumFraming(),
    source="messages as restated by tracking platforms",
)

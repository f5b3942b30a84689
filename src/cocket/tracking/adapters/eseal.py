# SPDX-License-Identifier: Apache-2.0
"""Electronic seals that speak lines of `##S,eSeal,…,E##`.

Source: the fields as they stand in captured messages: kind of device, number, customer, firmware, kind of message,
index, date, time, interval, fix, place, course, speed in km/h, door, acceleration in g, NFC counts, volts, signal.
"""

from __future__ import annotations

from cocket.errors import UnreadableError
from cocket.tracking.adapters._adapter import Adapter
from cocket.tracking.adapters._bytes import bad_form
from cocket.tracking.adapters._draft import KMH_M_S, Context, Draft, finished, iso
from cocket.tracking.events import Alarm, TrackingEvent
from cocket.tracking.framing import Frame

NAME = "eseal"

_ALARMS: dict[str, Alarm] = {
    "Event-Door": "door",
    "Event-Shock": "vibration",
    "Event-Drop": "fall-down",
    "Event-Lock": "lock",
    "Event-RC-Unlock": "unlock",
}
_LOCKS = {"Event-Lock": "locked", "Event-RC-Unlock": "unlocked"}
_ANSWERED = {"Startup", "Normal", "Button-Normal", "Termination", *_ALARMS}
_FIELDS = 20


def read(payload: bytes, context: Context) -> tuple[TrackingEvent, ...]:
    """Read one line.

    Args:
        payload: From `##S` to `E##`; line ends around it do not matter.
        context: What else is known.

    Returns:
        One event; none for a line that only settles how the seal reports.

    Raises:
        SenderError: It is no such line.
    """
    parts = _parts(payload)
    if len(parts) < _FIELDS:
        return ()
    draft = Draft(context, parts[2])
    kind = parts[5]
    draft.put("sequence", _whole(parts[6]))
    draft.put("versionFw", parts[4])
    draft.put("type", kind)
    if kind in _ALARMS:
        draft.alarm(_ALARMS[kind])
    draft.seal(lock=_LOCKS.get(kind))
    draft.at(iso(f"{parts[7]}T{parts[8]}"))
    _place(parts[11], draft, is_fix=parts[10] == "A")
    draft.move(_real(parts[13]) * KMH_M_S, _real(parts[12]))
    if parts[14] in ("Open", "Close"):
        draft.put("door", parts[14] == "Open")
    draft.put("acceleration", _real(parts[15]))
    draft.put("shock_g", _real(parts[15]))
    draft.put("nfc", parts[16])
    draft.put("battery", _real(parts[17]))
    draft.put("rssi", _whole(parts[18]))
    return finished(NAME, payload, [draft])


def _parts(payload: bytes) -> list[str]:
    try:
        line = payload.decode("ascii").strip("\r\n ")
    except UnicodeDecodeError as error:
        raise bad_form("a line of ASCII") from error
    parts = line.split(",")
    if parts[0] != "##S" or parts[-1] != "E##" or len(parts) < 7:
        raise bad_form("a line from ##S to E##", line[:80])
    return parts


def _place(text: str, draft: Draft, *, is_fix: bool) -> None:
    lat, _, lon = text.partition(" ")
    if lat[-1:] not in ("N", "S") or lon[-1:] not in ("E", "W"):
        raise bad_form("a place such as 25.708828N 100.372870W", text)
    south, west = lat[-1] == "S", lon[-1] == "W"
    draft.place(
        -_real(lat[:-1]) if south else _real(lat[:-1]), -_real(lon[:-1]) if west else _real(lon[:-1]), is_fix=is_fix
    )


def _real(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise bad_form("a number where one belongs", text) from error


def _whole(text: str) -> int:
    value = _real(text)
    if value != value or abs(value) > 2**53 or value != int(value):  # noqa: PLR0124  # the first asks for NaN
        raise bad_form("a whole number where one belongs", text)
    return int(value)


class EsealFraming:
    """Lines; each report is answered by its head, kind and index."""

    longest = 1024

    def split(self, buffer: bytes) -> tuple[tuple[Frame, ...], bytes]:
        """Take whole lines off the front.

        Raises:
            UnreadableError: There is no line end within `longest` bytes, or a line is none of this family.
        """
        frames = []
        while b"\n" in buffer:
            line, _, buffer = buffer.partition(b"\n")
            if line.strip():
                parts = _parts(line)
                frames.append(Frame(payload=line + b"\n", device=parts[2], is_kept=len(parts) >= _FIELDS))
        if len(buffer) > self.longest:
            raise UnreadableError("A line without an end.", code="frame-too-long")
        return tuple(frames), buffer

    def reply_for(self, frame: Frame) -> bytes | None:
        """The acknowledgement a seal waits for; a `Startup` is also told to keep its settings, by leaving them out."""
        parts = _parts(frame.payload)
        if parts[5] not in _ANSWERED:
            return None
        head = ",".join(parts[:5])
        return f"{head},{parts[5]} ACK,{parts[6]},E##\r\n".encode()


ADAPTER = Adapter(
    name=NAME,
    title="e-seals with ##S lines",
    read=read,
    framing=EsealFraming(),
    source="captured messages",
)

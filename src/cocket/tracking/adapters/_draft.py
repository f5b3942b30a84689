# SPDX-License-Identifier: Apache-2.0
"""One event in the making: values go in under the names of the field, and impossible ones come out as doubts."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice
from typing import Any, Literal

import msgspec

from cocket.tracking.events import Alarm, Cell, Position, Scalar, SealReading, TrackingEvent
from cocket.tracking.identity import device_identity

#: Names under which adapters hand in what has a field of its own: the field, and the least and greatest possible value.
_FIELDS: dict[str, tuple[str, float, float]] = {
    "batteryLevel": ("battery_percent", 0, 100),
    "battery": ("battery_v", 0, 100),
    "power": ("power_v", 0, 1000),
    "humidity": ("humidity_percent", 0, 100),
    "satellites": ("satellites", 0, 254),
    "temp1": ("temperature_c", -273.15, 2000),
    "speed_m_s": ("speed_m_s", 0, 1000),
    "sequence": ("sequence", 0, 2**63 - 1),
    "boot": ("boot", 0, 2**63 - 1),
    "light_lux": ("light_lux", 0, 1e6),
    "shock_g": ("shock_g", 0, 1e4),
}

_EARLIEST = datetime(2000, 1, 2, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)
_TEXT_LIMIT, _NAME_LIMIT = 4096, 512
_MOST_ATTRIBUTES = 1000
_MOST_CELLS = 100
_WHOLE_LIMIT = 2**63
_UNFIT = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")

KNOT_M_S = 1852 / 3600
KMH_M_S = 1 / 3.6
MPH_M_S = 0.44704


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller knows besides the payload.

    Attributes:
        received_at: When we received the message (UTC).
        device: Identity shown to the door, for protocols whose messages do not repeat it; None if there was none.
        model: Maker's name of the model, where its owner told it; some families give the same byte several meanings.
        utc_offset: What is to be taken off the device's clock to have UTC, for Jointech, JT/T 808 and Tzone; None for the
            protocol's own rule.
    """

    received_at: datetime
    device: str | None = None
    model: str | None = None
    utc_offset: timedelta | None = None


class Draft:
    """An event in the making.

    Args:
        context: What the caller knows.
        device: Identity that the message claims; None to fall back on the door's.

    Raises:
        SenderError: The identity is none that a device may have.
    """

    def __init__(self, context: Context, device: str | None) -> None:
        self.context = context
        self.device = device_identity(device) if device is not None else context.device
        self.fields: dict[str, Any] = {}
        self.attributes: dict[str, Scalar] = {}
        self.alarms: list[Alarm] = []
        self.cells: list[Cell] = []
        self.doubts: list[str] = []
        self.kind: Literal["position", "status", "command"] | None = None

    def put(self, name: str, value: Scalar | None) -> None:
        """Note a value under its name in the field; None and numbers that are none, or beyond 64 bits, are left out."""
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            return
        if isinstance(value, int) and not -_WHOLE_LIMIT <= value < _WHOLE_LIMIT:
            self.doubt("number-impossible")
            return
        if name == "door":
            self.fields["door"] = "open" if value else "closed"
            return
        known = _FIELDS.get(name)
        if known is None:
            self.attributes[name] = value
            return
        field, least, most = known
        if isinstance(value, str) or not least <= value <= most:
            self.doubt(f"{field.replace('_', '-')}-impossible")
            self.attributes[f"{name}Raw"] = value
        else:
            self.fields[field] = value

    def alarm(self, *alarms: Alarm) -> None:
        """Note alarms, each once."""
        self.alarms += [each for each in dict.fromkeys(alarms) if each not in self.alarms]

    def alarms_of(self, value: int, bits: dict[int, Alarm]) -> None:
        """Note the alarm of every bit that is set."""
        self.alarm(*(alarm for place, alarm in bits.items() if value >> place & 1))

    def doubt(self, name: str) -> None:
        """Note that something is not as the protocol has it."""
        if name not in self.doubts:
            self.doubts.append(name)

    def seal(self, **values: Any) -> None:
        """Note what the seal says of itself; None leaves out."""
        known = {name: value for name, value in values.items() if value is not None}
        if known:
            before = self.fields.get("seal", SealReading())
            self.fields["seal"] = msgspec.structs.replace(before, **known)

    def at(self, time: datetime | None) -> None:
        """Note the event's time; one that no clock can have had is none, and a doubt."""
        if time is None:
            return
        if _EARLIEST <= time < _LATEST:
            self.fields["time"] = time
        else:
            self.doubt("time-impossible")

    def place(self, lat: float, lon: float, *, is_fix: bool = True, **more: float | None) -> None:
        """Note a place.

        Args:
            lat: Degrees, north positive.
            lon: Degrees, east positive.
            is_fix: Whether the device says that this is a fix of now.
            more: `accuracy_m`, `altitude_m`, `hdop`, where known.
        """
        if not (math.isfinite(lat) and math.isfinite(lon) and -90 <= lat <= 90 and -180 <= lon <= 180):
            self.doubt("position-impossible")
        elif lat == 0 and lon == 0:
            if is_fix:
                self.doubt("position-zero")
        else:
            known = {name: value for name, value in more.items() if value is not None and math.isfinite(value)}
            name = "position" if is_fix else "last_position"
            self.fields[name] = Position(lat=lat, lon=lon, **known)

    def move(self, speed_m_s: float | None, course_deg: float | None) -> None:
        """Note speed and course over ground; a course of 360 is north."""
        self.put("speed_m_s", speed_m_s)
        if course_deg is None or not math.isfinite(course_deg):
            return
        if 0 <= course_deg <= 360:
            self.fields["course_deg"] = course_deg % 360
        else:
            self.doubt("course-impossible")

    def event(self, protocol: str, digest: bytes, number: int) -> TrackingEvent:
        """The event.

        Args:
            protocol: Name of the adapter.
            digest: Hash of the whole message.
            number: Which event of the message this is, from 0.
        """
        name = f"{protocol}\0{self.device or ''}\0{number}\0".encode()
        self._bound()
        kind = self.kind or ("position" if "position" in self.fields else "status")
        return TrackingEvent(
            id=sha256(name + digest).hexdigest()[:32],
            protocol=protocol,
            device=self.device,
            received_at=self.context.received_at,
            kind=kind,
            alarms=tuple(self.alarms),
            cells=tuple(self.cells),
            attributes=self.attributes,
            doubts=tuple(self.doubts),
            **self.fields,
        )

    def _bound(self) -> None:
        """Hold every text and count to what can be stored; a device cannot be asked again, so nothing is refused."""
        if len(self.attributes) > _MOST_ATTRIBUTES:
            self.doubt("attributes-too-many")
            self.attributes = dict(islice(self.attributes.items(), _MOST_ATTRIBUTES))
        if len(self.cells) > _MOST_CELLS:
            self.doubt("cells-too-many")
            del self.cells[_MOST_CELLS:]
        if not all(_is_plain(name, value) for name, value in self.attributes.items()):
            self.attributes = {
                self._fit(name, _NAME_LIMIT): self._fit(value, _TEXT_LIMIT) if isinstance(value, str) else value
                for name, value in self.attributes.items()
            }
        equipment, seal = self.fields.get("equipment"), self.fields.get("seal")
        if equipment is not None:
            self.fields["equipment"] = self._fit(equipment, _NAME_LIMIT)
        if seal is not None and (seal.number or seal.opened_by):
            number, by = (text and self._fit(text, _NAME_LIMIT) for text in (seal.number, seal.opened_by))
            self.fields["seal"] = msgspec.structs.replace(seal, number=number, opened_by=by)

    def _fit(self, text: str, most: int) -> str:
        """A text without what cannot be stored, which is shown by its code, and not longer than it may be."""
        if text.isprintable() and len(text) <= most:
            return text
        fit = _UNFIT.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
        if fit != text or len(fit) > most:
            self.doubt("text-impossible")
        return fit[:most]


def _is_plain(name: str, value: Scalar) -> bool:
    """Whether an attribute can be stored as it is; most can."""
    if not (name.isprintable() and len(name) <= _NAME_LIMIT):
        return False
    return value.__class__ is not str or (value.isprintable() and len(value) <= _TEXT_LIMIT)


def finished(protocol: str, payload: bytes, drafts: Iterable[Draft]) -> tuple[TrackingEvent, ...]:
    """The events of one message, in order.

    Args:
        protocol: Name of the adapter.
        payload: The whole message.
        drafts: What was read of it.
    """
    digest = sha256(payload).digest()
    return tuple(draft.event(protocol, digest, number) for number, draft in enumerate(drafts))


def moment(parts: tuple[int | None, ...], offset: timedelta = timedelta(0)) -> datetime | None:
    """A time in UTC from year, month, day, hour, minute, second.

    Args:
        parts: Six numbers; a year below 100 is one of this century.
        offset: What the device's clock is ahead of UTC.

    Returns:
        The time; None if there is no such day or hour, which is how devices write that they do not know.
    """
    known = [part for part in parts if part is not None]
    if len(known) != 6:
        return None
    year, month, day, hour, minute, second = known
    try:
        return datetime(year + 2000 if year < 100 else year, month, day, hour, minute, second, tzinfo=UTC) - offset
    except (ValueError, OverflowError):
        return None


def unix(seconds: float) -> datetime | None:
    """A time in UTC from seconds since 1970; None if the calendar does not reach so far."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def iso(text: str) -> datetime | None:
    """A time in UTC from ISO 8601 text; without an offset it counts as UTC; None if it is no time."""
    try:
        time = datetime.fromisoformat(text.strip())
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None

# SPDX-License-Identifier: Apache-2.0
"""From a manifest to the port calls that it states, and from AIS to the vessels that may be meant.

A manifest knows a vessel by its IMO number, call sign or name, AIS by its MMSI; what vessels tell of themselves joins the
two. Source: IMO resolution A.1117(30) (ship numbers); ITU-R M.1371-5 (message 5 and 24); UNECE Recommendation 16.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

import msgspec

from cocket.codes import ShipNumber, UnLocode
from cocket.model import Manifest, TransportMeans
from cocket.tracking.events import TrackingEvent
from cocket.tracking.geometry import Fence, Point
from cocket.tracking.journey import PortCall
from cocket.tracking.thresholds import Thresholds

#: How a vessel is known, the surest first.
Known = Literal["imo", "call-sign", "name"]
KNOWN: tuple[Known, ...] = ("imo", "call-sign", "name")

#: Modes of transport on water (UN/ECE Recommendation 19: 1 sea, 8 inland waterway).
_ON_WATER = frozenset({"1", "8"})

#: What standards call a call sign: UN/EDIFACT 1131 code 103, in words elsewhere.
_CALL_SIGNS = frozenset({"103", "call-sign", "CALLSIGN"})

#: A coordinate of UN/LOCODE is that of the town, to the minute; the quays of large ports reach this far from it.
LOCODE_RADIUS_M = 15_000.0

#: What speaks against a match.
NAME_ALONE = "The vessel is known by name only."
FROM_LOCODE = "The port's place is that of UN/LOCODE, to the minute."


class StatedCall(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A port call as a manifest states it.

    Attributes:
        what: Whether the goods are discharged there, or were loaded there.
        port: UN/LOCODE, five characters.
        day: Day stated, by the clock of the port.
        at: Time of that day, by the same clock; None where the day alone is stated.
        vessel: How the vessel is known: kind to value in the form in which they are compared (1..n).
    """

    what: Literal["arrival", "departure"]
    port: str
    day: date
    at: time | None = None
    vessel: dict[Known, str]


def stated_calls(manifest: Manifest) -> tuple[StatedCall, ...]:
    """The calls that a manifest states: departure from where it comes, arrival where it goes (0..2).

    None where it is of no vessel, or does not say which, where or when.
    """
    vessel = vessel_of(manifest.transport)
    if not vessel:
        return ()
    ends: tuple[tuple[Literal["arrival", "departure"], str | None, date | None, time | None], ...] = (
        ("departure", manifest.departure_place, manifest.departed, None),
        ("arrival", manifest.destination_place, manifest.arrives, _clock(manifest.arrival_time)),
    )
    return tuple(
        StatedCall(what=what, port=port.canonical, day=day, at=at, vessel=vessel)
        for what, place, day, at in ends
        if day is not None and (port := UnLocode.parse(place or "")) is not None
    )


def vessel_of(means: TransportMeans | None) -> dict[Known, str]:
    """How a means of transport is known as a vessel; empty if it is none."""
    if means is None or means.mode_code not in (None, *_ON_WATER):
        return {}
    found: dict[Known, str] = {}
    number = ShipNumber.parse(means.id or "")
    if number is not None and number.check_digit_ok:
        found["imo"] = number.value
    elif means.id and means.id_type_code in _CALL_SIGNS:
        found["call-sign"] = plain_name(means.id)
    name = means.name or (means.id if not found else None)
    if name and plain_name(name):
        found["name"] = plain_name(name)
    return found


def plain_name(text: str) -> str:
    """A name or call sign as it is compared: capital letters and digits alone, without `MV` and its kin before it."""
    words = "".join(sign if sign.isalnum() else " " for sign in text.upper().replace("/", "").replace(".", "")).split()
    return "".join(words[1:] if len(words) > 1 and words[0] in ("MV", "MS", "MT", "SS", "MSV") else words)


def names_told(event: TrackingEvent) -> Iterator[tuple[Known, str]]:
    """What a vessel tells of itself in an event of AIS (0..3)."""
    number = ShipNumber.parse(str(event.attributes.get("imo", "")).zfill(7)) if "imo" in event.attributes else None
    if number is not None and number.check_digit_ok:
        yield "imo", number.value
    for kind, attribute in (("call-sign", "callsign"), ("name", "name")):
        if plain := plain_name(str(event.attributes.get(attribute, ""))):
            yield kind, plain  # type: ignore[misc]  # one of KNOWN


def timed(event: TrackingEvent) -> TrackingEvent:
    """An event of AIS with a time: its own, else the last moment before receipt with the second that it tells.

    A report holds no more of its time than the second. A receiver that keeps sentences before it sends them must give
    their times in tag blocks.
    """
    if event.time is not None:
        return event
    second = event.attributes.get("utcSecond")
    at = event.received_at
    if isinstance(second, int) and not isinstance(second, bool) and 0 <= second < 60:
        at -= timedelta(seconds=(at.second - second) % 60, microseconds=at.microsecond)
    return msgspec.structs.replace(event, time=at, doubts=(*event.doubts, "time-of-receipt"))


def port_call(
    stated: StatedCall,
    named: tuple[str, str],
    port: Fence,
    doubts: tuple[str, ...] = (),
    limits: Thresholds | None = None,
) -> PortCall:
    """A stated call with the vessel and the port that are meant.

    Args:
        stated: As the manifest has it.
        named: The manifest's reference, and the vessel's MMSI.
        port: The port's fence.
        doubts: What speaks against vessel or port being the one meant, such as `NAME_ALONE` and `FROM_LOCODE` (0..n).
        limits: The measures; None for those of the house.
    """
    measures = limits or Thresholds()
    middle = port.centre or port.ring[0]
    noon = datetime.combine(stated.day, stated.at or time(12), UTC) - timedelta(hours=middle[0] / 15)
    return PortCall(
        manifest=named[0],
        vessel=named[1],
        port=port,
        arrives=noon.replace(microsecond=0),
        tolerance_s=measures.port_call_s + (0 if stated.at else 12 * 3600),
        what=stated.what,
        doubts=doubts,
    )


def locode_fence(port: str, coordinates: str) -> Fence | None:
    """The fence of a port from the coordinates of UN/LOCODE, such as `0403S 03940E`; None if they are none.

    Source: UNECE Recommendation 16, column "Coordinates": degrees and minutes.
    """
    parts = coordinates.split()
    if len(parts) != 2:
        return None
    lat, lon = (_degrees(part, width) for part, width in zip(parts, (2, 3), strict=True))
    if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180:
        return None
    centre: Point = (lon, lat)
    return Fence(name=port, purpose="port", centre=centre, radius_m=LOCODE_RADIUS_M)


def _degrees(text: str, width: int) -> float | None:
    digits, side = text[:-1], text[-1:]
    if len(digits) != width + 2 or not digits.isdigit() or side not in ("NS" if width == 2 else "EW"):
        return None
    whole = int(digits[:width]) + int(digits[width:]) / 60
    return -whole if side in "SW" else whole


def _clock(text: str | None) -> time | None:
    try:
        return time.fromisoformat(text).replace(tzinfo=None) if text else None
    except ValueError:
        return None


def surest(matches: Iterable[tuple[Known, str]]) -> tuple[Known, tuple[str, ...]] | None:
    """By the surest way in which any vessel is known, the MMSIs that are so known; None if there is none.

    Args:
        matches: How, and which MMSI (0..n).
    """
    by_kind: dict[str, set[str]] = {}
    for kind, mmsi in matches:
        by_kind.setdefault(kind, set()).add(mmsi)
    return next(((kind, tuple(sorted(by_kind[kind]))) for kind in KNOWN if kind in by_kind), None)

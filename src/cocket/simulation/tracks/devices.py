# SPDX-License-Identifier: Apache-2.0
"""What a device makes of a journey: fixes with noise, tunnels, a battery, messages that come late, twice or never."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from random import Random
from typing import Any

import msgspec

from cocket.simulation.tracks.drive import Drive
from cocket.simulation.tracks.world import Regime, Way, moved
from cocket.tracking.cells import CellTable, area_of, table_of
from cocket.tracking.events import Cell, Position, SealReading, TrackingEvent
from cocket.tracking.geometry import distance_m

#: A receiver that stands repeats its fix until another lies farther away than this.
_HOLD_M = 100.0

_MCC, _MNC, _AREA = 1, 1, 1


class Row(msgspec.Struct, kw_only=True):
    """A message in the making; threats change it.

    Attributes:
        time: Seconds since 1970 by the device's clock.
        received: Seconds since 1970 at which it comes in.
        place: Place told; None without a fix.
        last: Last place told instead of a fix.
        sequence: Its number.
        variant: Tells apart what is sent under one number.
        fields: Further fields of the event.
    """

    time: float
    received: float
    place: Position | None
    last: Position | None = None
    sequence: int
    variant: str = ""
    fields: dict[str, Any]


def observe(way: Way, drive: Drive, regime: Regime, chance: Random, start: float) -> list[Row]:
    """Messages of a device that rides along.

    Args:
        way: The way.
        drive: The true movement.
        regime: What the world is like.
        chance: Of this journey.
        start: Departure, in seconds since 1970.

    Returns:
        Messages in order of time (1..n).
    """
    interval = regime.report_s * (6 if way.mode == "sea" else 1)
    holes = _holes(drive, regime, chance)
    battery = chance.uniform(60, 100)
    setting = chance.choice((None, None, 4.0, -18.0))
    rows: list[Row] = []
    last: Position | None = None
    held: Position | None = None
    at = chance.uniform(0, 30)
    while at < drive.knots[-1][0]:
        along = drive.along(at)
        fix = _fix(drive.line.at(along), regime, chance)
        holds = held is not None and drive.along(at - interval) == along and distance_m(held, fix) < _HOLD_M
        held = held if holds else fix
        place: Position | None = held
        if any(abs(along - middle) <= fence.radius_m * 0.8 for middle, fence in way.tunnels):
            place = None
        battery -= interval / 3600 * 0.4
        fields = _readings(way, along, chance, battery, setting)
        received = _receipt(start, at, holes, chance)
        number = len(rows)
        rows.append(
            Row(
                time=start + at + chance.gauss(0, 1),
                received=received,
                place=place,
                last=None if place else last,
                sequence=number,
                fields=fields,
            )
        )
        last = place or last
        at += max(5.0, chance.gauss(interval, interval * 0.03))
    return rows


def _holes(drive: Drive, regime: Regime, chance: Random) -> list[tuple[float, float]]:
    """Times without coverage."""
    count = sum(chance.random() < 0.5 for _ in range(int(2 * regime.hole * drive.line.length_m / 1e5)))
    return [
        (begin, begin + chance.uniform(600, regime.hole_s))
        for begin in (chance.uniform(0, drive.arrived_s) for _ in range(min(count, 6)))
    ]


def _receipt(start: float, at: float, holes: list[tuple[float, float]], chance: Random) -> float:
    ends = [end for begin, end in holes if begin <= at < end]
    return start + max([at, *ends]) + chance.uniform(2, 40)


def _fix(true: Position, regime: Regime, chance: Random) -> Position:
    spread = regime.noise_m
    if chance.random() < regime.multipath:
        spread = chance.uniform(100, regime.multipath_m) / 1.5
    place = moved(true, chance.gauss(0, spread), chance.gauss(0, spread))
    return Position(lat=round(place.lat, 6), lon=round(place.lon, 6))


def _readings(way: Way, along: float, chance: Random, battery: float, setting: float | None) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "battery_percent": round(max(1.0, battery), 1),
        "light_lux": round(chance.uniform(0, 0.6), 2),
        "shock_g": round(min(3.5, chance.expovariate(4)), 2),
        "door": "closed",
        "satellites": chance.randint(6, 12),
    }
    if setting is not None:
        defrosts = chance.random() < 0.02
        fields["temperature_c"] = round(setting + chance.gauss(0, 0.4) + (3 if defrosts else 0), 2)
    if way.masts:
        near = min(len(way.masts) - 1, max(0, round(along / 7_000)))
        heard = {near, min(len(way.masts) - 1, max(0, near + chance.choice((-1, 1))))}
        fields["cells"] = tuple(
            Cell(mcc=_MCC, mnc=_MNC, area=_AREA, cell=way.masts[each][0], signal_dbm=-chance.randint(60, 100))
            for each in sorted(heard)
        )
    return fields


def cell_map(ways: tuple[Way, ...]) -> CellTable:
    """Where the masts of a world stand."""
    masts = {cell: place for way in ways for cell, place in way.masts}
    return table_of((area_of(_MCC, _MNC, _AREA), cell, place.lon, place.lat, 0) for cell, place in masts.items())


def send(rows: list[Row], device: str, regime: Regime, chance: Random) -> tuple[TrackingEvent, ...]:
    """The events of messages as they come in: some lost, some twice, in order of receipt.

    A message that an alert rests on is lost no more rarely than others.
    """
    events = []
    for row in rows:
        if chance.random() < regime.lost:
            continue
        event = event_of(row, device)
        events.append(event)
        if chance.random() < regime.doubled:
            events.append(msgspec.structs.replace(event, received_at=_at(row.received + chance.uniform(1, 60))))
    return tuple(sorted(events, key=lambda event: (event.received_at, event.id)))


def event_of(row: Row, device: str) -> TrackingEvent:
    """The event of a message."""
    name = f"{device}/{row.fields.get('boot', 1)}/{row.sequence}/{row.variant}"
    fields = {"boot": 1, **row.fields}
    if row.place is None:
        fields["satellites"] = 0
    return TrackingEvent(
        id=sha256(name.encode()).hexdigest()[:32],
        protocol="open-e-seal",
        device=device,
        received_at=_at(row.received),
        time=_at(row.time),
        kind="position" if row.place else "status",
        position=row.place,
        last_position=row.last,
        sequence=row.sequence,
        **fields,
    )


def seal(number: str, **state: Any) -> SealReading:
    """What a whole and locked seal says, but for what is given."""
    return SealReading(**{"number": number, "lock": "locked", "strap": "intact", "case": "closed", **state})


def _at(seconds: float) -> datetime:
    return datetime.fromtimestamp(round(seconds, 3), UTC)

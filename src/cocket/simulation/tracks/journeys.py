# SPDX-License-Identifier: Apache-2.0
"""Whole journeys: movement, devices, at most one threat, and the truth."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import median

import msgspec

from cocket.simulation.tracks.devices import Row, observe, seal, send
from cocket.simulation.tracks.drive import Drive
from cocket.simulation.tracks.threats import ON_ROADS, TELLS, Span, move_otherwise, tell_otherwise
from cocket.simulation.tracks.world import Regime, Way
from cocket.tracking.eta import Passage
from cocket.tracking.events import TrackingEvent
from cocket.tracking.journey import Authority, Journey

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_SHARES = tuple(mark / 40 for mark in range(41))


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """What was done to a journey.

    Attributes:
        journey: Which.
        threat: What; None if nothing was.
        since: From when (UTC); None if nothing was.
        until: Until when (UTC); None if nothing was.
        arrived_at: When the goods truly came (UTC).
    """

    journey: str
    threat: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    arrived_at: datetime


class Trip(msgspec.Struct, frozen=True, kw_only=True):
    """A journey that was simulated.

    Attributes:
        way: Name of its way.
        journey: As customs know it.
        events: What its device told, in order of receipt.
        truth: What was done.
        passage: How it went along its way, for learning arrivals.
    """

    way: str
    journey: Journey
    events: tuple[TrackingEvent, ...]
    truth: Truth
    passage: Passage


def trips(
    ways: tuple[Way, ...], regime: Regime, seed: int, count: int, threats: tuple[str, ...] = ()
) -> Iterator[Trip]:
    """Journeys of a world.

    Args:
        ways: Its ways.
        regime: What it is like.
        seed: Seed; it determines the whole output.
        count: Number of journeys.
        threats: What is done to them, in turn; empty for nothing.
    """
    for number in range(count):
        chance = Random(f"trip/{seed}/{regime.name}/{number}")
        threat = threats[number % len(threats)] if threats else None
        usable = [way for way in ways if way.mode == "road"] if threat in ON_ROADS else ways
        if threat == "forbidden":
            usable = [way for way in usable if way.forbidden is not None]
        yield _trip(chance.choice(usable), regime, chance, f"{seed}-{number}", threat)


def _trip(way: Way, regime: Regime, chance: Random, name: str, threat: str | None) -> Trip:
    start = _EPOCH.timestamp() + chance.uniform(0, 300 * 86_400)
    drive = Drive(way, regime, chance)
    moved = move_otherwise(threat, way, drive, chance) if threat else None
    rows = observe(way, drive, regime, chance, start)
    for row in rows:
        row.fields |= {"seal": seal(f"S{name}"), "equipment": "MSKU1234565"}
    journey = _cooled(_journey(way, regime, drive, name, start), rows, chance, must=threat == "cold-chain")
    if chance.random() < 0.3:
        journey = _inspected(journey, way, rows, drive, start)
    span = None
    if threat is not None:
        span = moved or _span(threat, drive, regime, chance, way)
        span = (start + span[0], start + span[1])
        rows = tell_otherwise(threat, rows, way, span, chance)
        journey, span = _demanding(threat, journey, span, drive, start)
    for row in rows:
        if row.time >= start + drive.arrived_s + 900 and threat not in ("seal-cut", "seal-swap"):
            row.fields["seal"] = seal(f"S{name}", lock="unlocked")
    return Trip(
        way=way.name,
        journey=journey,
        events=send(rows, journey.devices[0], regime, chance),
        truth=_truth(journey, threat, span, start + drive.arrived_s),
        passage=_passage(drive),
    )


def _journey(way: Way, regime: Regime, drive: Drive, name: str, start: float) -> Journey:
    length = drive.line.length_m
    slowest = 4.5 if way.mode == "sea" else 8.0
    limit = start + length / slowest + 12 * 3600
    return Journey(
        id=f"J{name}",
        reference=f"26XX{name.replace('-', '')}T",
        devices=(f"dev-{name}",),
        departure=way.departure,
        destination=way.destination,
        starts_at=_time(start - 600),
        time_limit=_time(limit),
        mode=way.mode,
        equipment=("MSKU1234565",),
        seals=(f"S{name}",),
        corridor=way.points,
        corridor_half_width_m=20_000 if way.mode == "sea" else 2_500,
        places=tuple(fence for _, fence in (*way.parks, *way.tunnels)) + ((way.forbidden,) if way.forbidden else ()),
        authorities=(
            Authority(
                act="remove",
                officer="officer-1",
                place=way.destination.name,
                since=_time(start + drive.arrived_s),
                until=_time(start + drive.arrived_s + 86_400),
            ),
        ),
        report_every_s=regime.report_s * (6 if way.mode == "sea" else 1),
    )


def _cooled(journey: Journey, rows: list[Row], chance: Random, *, must: bool) -> Journey:
    """Most goods in a reefer ask for a temperature; of the others it is only known what was kept."""
    if must and "temperature_c" not in rows[0].fields:
        for row in rows:
            row.fields["temperature_c"] = round(4 + chance.gauss(0, 0.4), 2)
    readings = [row.fields["temperature_c"] for row in rows if "temperature_c" in row.fields]
    if not readings or chance.random() > 0.7:
        return journey
    setting = round(median(readings))
    return msgspec.structs.replace(journey, temperature_c=(setting - 4.0, setting + 4.0))


def _inspected(journey: Journey, way: Way, rows: list[Row], drive: Drive, start: float) -> Journey:
    """Now and then an officer looks into a box at a park, with leave: nothing is to be told of that."""
    for along, fence in way.parks:
        here = [
            row
            for row in rows
            if row.place and fence.outside_m(row.place) < -100 and row.time < start + drive.arrived_s
        ]
        if len(here) < 4 or abs(drive.along(here[1].time - start) - along) > fence.radius_m:
            continue
        leave = Authority(
            act="open", officer="officer-2", place=fence.name, since=_time(here[0].time), until=_time(here[-1].time)
        )
        for row in here[1:3]:
            row.fields["seal"] = seal(row.fields["seal"].number, lock="unlocked")
            row.fields["light_lux"] = 400.0
        return msgspec.structs.replace(journey, authorities=(*journey.authorities, leave))
    return journey


def _span(threat: str, drive: Drive, regime: Regime, chance: Random, way: Way) -> Span:
    """When a threat that is none of movement happens, in seconds since departure."""
    interval = regime.report_s * (6 if way.mode == "sea" else 1)
    lasts = chance.uniform(9, 20) * interval
    if threat == "spoof-drag":
        lasts = chance.uniform(5_400, 12_000)
    begin = drive.arrived_s * chance.uniform(0.15, 0.6)
    return begin, begin + max(3_300.0, lasts)


def _demanding(threat: str, journey: Journey, span: Span, drive: Drive, start: float) -> tuple[Journey, Span]:
    """A journey whose terms make a threat one."""
    if threat == "late":
        limit = start + drive.arrived_s * 0.9
        return msgspec.structs.replace(journey, time_limit=_time(limit)), (limit, start + drive.arrived_s + 7_200)
    if threat in ("seal-cut", "seal-swap", "equipment-swap"):
        return journey, (span[0], start + drive.knots[-1][0])
    if threat == "forbidden":
        return journey, (start, start + drive.knots[-1][0])
    return journey, span


def _truth(journey: Journey, threat: str | None, span: Span | None, arrived: float) -> Truth:
    return Truth(
        journey=journey.id,
        threat=threat,
        since=_time(span[0]) if span else None,
        until=_time(span[1]) if span else None,
        arrived_at=_time(arrived),
    )


def _passage(drive: Drive) -> Passage:
    """When each share of the way was first reached."""
    seconds, furthest, place = [], 0.0, 0
    for share in _SHARES:
        target = share * drive.line.length_m
        while furthest < target - 1 and place < len(drive.knots) - 1:
            place += 1
            furthest = max(furthest, drive.knots[place][1])
        (start, low), (end, high) = drive.knots[max(0, place - 1)], drive.knots[place]
        part = 0.0 if high <= low else (target - low) / (high - low)
        seconds.append(start + min(1.0, max(0.0, part)) * (end - start) if place else 0.0)
    seconds[-1] = drive.arrived_s
    return Passage(shares=_SHARES, seconds=tuple(seconds))


def _time(seconds: float) -> datetime:
    return _EPOCH + timedelta(seconds=round(seconds - _EPOCH.timestamp(), 3))


__all__ = ["TELLS", "Trip", "Truth", "trips"]

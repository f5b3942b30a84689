# SPDX-License-Identifier: Apache-2.0
"""A second maker of journeys, in another style than `cocket.simulation.tracks`: a state machine of a lorry, second by second.

There a movement is drawn first and observed afterwards. Here a lorry drives a road of straight legs in steps of 30 s, with
a driver who rests, queues at borders and gets lost in yards; and its device wakes, fixes, queues and sends by itself, with
a clock, a buffer, a modem and a spelling of its own. Every journey has another device.
"""

from __future__ import annotations

import itertools
import math
from collections import deque
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import msgspec

from cocket.tracking import Position, SealReading, TrackingEvent
from cocket.tracking.geometry import Fence
from cocket.tracking.journey import Authority, Journey

#: What is done to a journey, and the kinds of alert of which one tells it.
THREATS: dict[str, frozenset[str]] = {
    "cut": frozenset({"seal-tampered"}),
    "cut-once": frozenset({"seal-tampered"}),
    "opened": frozenset({"seal-opened"}),
    "opened-elsewhere-in-leave": frozenset({"seal-opened"}),
    "cut-in-leave-to-open": frozenset({"seal-tampered"}),
    "swapped": frozenset({"seal-swapped"}),
    "detour": frozenset({"corridor-left"}),
    "detour-behind-accuracy": frozenset({"corridor-left"}),
    "powerless-then-cut": frozenset({"seal-tampered"}),
    "creeping-unload": frozenset({"standing-often"}),
    "turned-back": frozenset({"wrong-direction", "corridor-left"}),
    "warmed": frozenset({"temperature-excursion"}),
}

_BASE = datetime(2026, 5, 4, tzinfo=UTC)
_STEP = 30


class Wayfarer(msgspec.Struct, frozen=True):
    """A journey, what its device told in order of receipt, and what was done to it; None if nothing was."""

    journey: Journey
    events: tuple[TrackingEvent, ...]
    threat: str | None
    quirk: str


QUIRKS = ("none", "fast", "zone-ahead", "zone-behind", "no-time", "era", "era-once", "set-at-2000")


def _shift(quirk: str, zone: int, number: int, true: datetime) -> datetime | None:
    if quirk == "no-time":
        return None
    seconds = {
        "none": 0.0,
        "fast": 700.0 + 60 * zone,
        "zone-ahead": 3600.0 * zone,
        "zone-behind": -3600.0 * zone,
        "era": -1024 * 7 * 86_400.0,
        "era-once": -1024 * 7 * 86_400.0 if number == 12 else 0.0,
        "set-at-2000": -(_BASE - datetime(2000, 1, 3, tzinfo=UTC)).total_seconds(),
    }[quirk]
    return true + timedelta(seconds=seconds)


def _road(chance: Random, *, may_return: bool) -> list[tuple[float, float]]:
    """Metres east and north of bends; legs of 5–30 km that turn by at most 50°."""
    heading, points = chance.uniform(0, 2 * math.pi), [(0.0, 0.0)]
    for _ in range(chance.randint(6, 14)):
        leg = chance.uniform(5_000, 30_000)
        points.append((points[-1][0] + leg * math.sin(heading), points[-1][1] + leg * math.cos(heading)))
        heading += chance.uniform(-0.9, 0.9)
    return _home(points) if chance.random() < 0.2 and may_return else points


def _home(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Out and back on one road, with a last leg of 6 km aside: the office is near where the journey began."""
    last = points[1]
    heading = math.atan2(points[0][0] - last[0], points[0][1] - last[1]) + math.pi / 2
    return [*points, *points[-2:0:-1], (last[0] + 6_000 * math.sin(heading), last[1] + 6_000 * math.cos(heading))]


def _temperature(chance: Random, seconds: float, is_warmed: bool) -> float:
    """A reefer at 5 °C that defrosts for 40 minutes every two hours and a half; warm if something was done to it."""
    defrosts = seconds > 1_800 and seconds % 9_000 < 2_400
    return 5 + chance.gauss(0, 0.2) + (7 if defrosts else 0) + (9 if is_warmed else 0)


def _truth(road: list[tuple[float, float]], chance: Random, threat: str | None, parks: list[float]) -> list[float]:
    """Metres along the road at each step of 30 s, from departure until an hour after arrival."""
    length = sum(math.dist(a, b) for a, b in itertools.pairwise(road))
    along, out, speed, awake = 0.0, [0.0] * chance.randint(4, 40), chance.uniform(13, 22), 0.0
    rests = deque(parks)
    creep = deque(length * share for share in (0.2, 0.33, 0.46, 0.59)) if threat == "creeping-unload" else deque()
    while along < length:
        if chance.random() < 0.02:
            speed = max(3.0, min(24.0, speed + chance.uniform(-6, 6)))
        if chance.random() < 0.001:
            out += [along] * chance.randint(4, 24)
        along = min(length, along + speed * _STEP)
        awake += _STEP
        out.append(along)
        if rests and along >= rests[0]:
            park = rests.popleft()
            if awake > 2.5 * 3600:
                along, awake = park, 0.0
                out += [along] * chance.randint(90, 160)
        if threat == "turned-back" and along >= 0.5 * length:
            back = [along - max(8.0, speed) * _STEP * step for step in range(1, 60)]
            out += [each for each in back if each > 0] + [max(0.0, back[-1])] * 20
            break
        if creep and along >= creep[0]:
            creep.popleft()
            out += [along] * 104
    return out + [along] * 120


def wayfarer(seed: int, threat: str | None = None) -> Wayfarer:
    """A journey; everything follows from the seed."""
    chance = Random(f"wayfarer/{seed}/{threat}")
    road = _road(chance, may_return=threat != "turned-back")
    lat0, lon0 = chance.uniform(-25, 50), chance.uniform(-170, 170)

    def place(east: float, north: float, **more: Any) -> Position:
        lat = lat0 + north / 111_195
        return Position(lat=lat, lon=lon0 + east / (111_195 * math.cos(math.radians(lat0))), **more)

    def on_road(along: float) -> tuple[float, float]:
        for a, b in itertools.pairwise(road):
            leg = math.dist(a, b)
            if along <= leg:
                return a[0] + (b[0] - a[0]) * along / leg, a[1] + (b[1] - a[1]) * along / leg
            along -= leg
        return road[-1]

    length = sum(math.dist(a, b) for a, b in itertools.pairwise(road))
    parks = [length * share for share in (0.3, 0.55, 0.8)]

    def ring(name: str, purpose: str, spot: tuple[float, float], radius: float) -> Fence:
        where = place(*spot)
        fields = {"name": name, "purpose": purpose, "centre": (where.lon, where.lat), "radius_m": radius}
        return msgspec.convert(fields, Fence)

    track = _truth(road, chance, threat, parks)
    starts = _BASE + timedelta(minutes=chance.randint(0, 400_000))
    arrives = starts + timedelta(seconds=_STEP * (len(track) - 120))
    number, box = f"K{chance.randint(0, 9999999):07d}", "TSTU8208494"
    written = chance.choice((number, f"{number[0]} {number[1:]}", number.lower(), f"{number[:4]}-{number[4:]}"))
    box_written = chance.choice((box, "TSTU 820849-4", "TSTU 820849 4", "tstu8208494"))
    leave = Authority(
        act="remove", officer="o", place="TO", since=arrives - timedelta(hours=1), until=arrives + timedelta(days=1)
    )
    begin = starts + timedelta(seconds=_STEP * len(track) * 0.4)
    looking = Authority(
        act="open", officer="o", place="FROM", since=begin - timedelta(hours=1), until=begin + timedelta(hours=1)
    )
    every = chance.choice((120, 300, 600))
    cold = Random(f"cold/{seed}/{threat}")
    is_reefer = cold.random() < 0.3 or threat == "warmed"
    plan = Journey(
        id=f"W{seed}",
        reference=f"26WW{seed:012d}",
        devices=(f"w-{seed}",),
        departure=ring("FROM", "office", road[0], 1_500),
        destination=ring("TO", "office", road[-1], 1_500),
        starts_at=starts,
        time_limit=arrives + timedelta(days=1),
        equipment=(box,),
        seals=(number,) if chance.random() < 0.8 else (),
        corridor=tuple((p.lon, p.lat) for p in (place(*bend) for bend in road)),
        corridor_half_width_m=2_000,
        places=tuple(ring(f"PARK{n}", "permitted-stop", on_road(at), 600) for n, at in enumerate(parks)),
        authorities=(leave, looking) if threat and "leave" in threat else (leave,),
        temperature_c=(2.0, 8.0) if is_reefer else None,
        report_every_s=float(every),
    )
    quirk, zone = chance.choice(QUIRKS), chance.randint(1, 9)
    counts = chance.random() < 0.5
    noise, told_accuracy = chance.uniform(2, 25), chance.choice((None, 5.0, 30.0))
    box_of_letters: deque[TrackingEvent] = deque()
    events: list[TrackingEvent] = []
    offline_until = -1
    lasts = {"powerless-then-cut": 10 + every // _STEP, "warmed": 240}.get(threat or "", max(60, 2 * every // _STEP))
    act_from = int(len(track) * 0.4)
    act_to = act_from + lasts
    sent, next_report = 0, 0.0
    for step, along in enumerate(track):
        if chance.random() < 0.0008:
            offline_until = step + chance.randint(20, 120)
        if step * _STEP < next_report:
            continue
        next_report = step * _STEP + every
        true = starts + timedelta(seconds=step * _STEP + chance.uniform(0, 5))
        east, north = on_road(along)
        is_act = threat is not None and act_from <= step <= act_to
        is_after = threat is not None and step >= act_from
        if threat in ("detour", "detour-behind-accuracy") and act_from <= step <= act_from + 160:
            swing = math.sin(math.pi * (step - act_from) / 160)
            bend = on_road(min(length, along + 2_000))
            run = math.dist(bend, (east, north)) or 1.0
            east, north = (
                east + 11_000 * swing * (bend[1] - north) / run,
                north - 11_000 * swing * (bend[0] - east) / run,
            )
        accuracy = 25_000.0 if threat == "detour-behind-accuracy" else told_accuracy
        where = place(east + chance.gauss(0, noise), north + chance.gauss(0, noise), accuracy_m=accuracy)
        reading = SealReading(number=written, lock="locked", strap="intact")
        alarms: tuple[Any, ...] = ()
        if threat in ("cut", "cut-in-leave-to-open") and is_after:
            reading = SealReading(number=written, lock="locked", strap="cut")
        elif threat == "cut-once" and is_act:
            alarms = ("rope-cut",)
            act_to = -1
        elif threat in ("opened", "opened-elsewhere-in-leave") and is_act:
            reading = SealReading(number=written, lock="unlocked", strap="intact")
        elif threat == "swapped" and is_after:
            reading = SealReading(number="X0000001", lock="locked", strap="intact")
        elif threat == "powerless-then-cut" and is_act:
            alarms = ("power-cut",)
        elif threat == "powerless-then-cut" and step > act_to:
            reading = SealReading(number=written, strap="cut")
        if true >= arrives + timedelta(minutes=20) and threat is None:
            reading = SealReading(number=written, lock="unlocked", strap="intact")
        letter = TrackingEvent(
            id=f"{seed:016x}{sent:016x}",
            protocol="open-e-seal" if counts else "teltonika",
            device=f"w-{seed}",
            received_at=true,
            time=_shift(quirk, zone, sent, true),
            kind="position",
            position=where,
            satellites=chance.randint(6, 14),
            seal=reading,
            equipment=box_written,
            alarms=alarms,
            temperature_c=_temperature(cold, step * _STEP, is_act and threat == "warmed") if is_reefer else None,
            boot=1 if counts else None,
            sequence=sent if counts else None,
        )
        sent += 1
        box_of_letters.append(letter)
        if step > offline_until:
            came = true + timedelta(seconds=chance.uniform(1, 25))
            while box_of_letters:
                came += timedelta(seconds=chance.uniform(0.2, 2))
                each = box_of_letters.popleft()
                events.append(msgspec.structs.replace(each, received_at=came))
                if chance.random() < 0.03:
                    events.append(msgspec.structs.replace(each, received_at=came + timedelta(seconds=9)))
    came = starts + timedelta(seconds=_STEP * len(track) + 60)
    events += [msgspec.structs.replace(each, received_at=came) for each in box_of_letters]
    return Wayfarer(plan, tuple(sorted(events, key=lambda each: (each.received_at, each.id))), threat, quirk)

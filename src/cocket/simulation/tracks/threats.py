# SPDX-License-Identifier: Apache-2.0
"""What may happen to goods on the way, done to a journey, with the truth of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

import msgspec

from cocket.simulation.tracks.devices import Row, seal
from cocket.simulation.tracks.drive import Drive
from cocket.simulation.tracks.world import Way, moved
from cocket.tracking.events import Position
from cocket.tracking.geometry import Line, distance_m, plane

Span = tuple[float, float]

#: Threats, and the kinds of alert that tell of each.
TELLS: dict[str, frozenset[str]] = {
    "backdated": frozenset({"time-backdated"}),
    "battery-pull": frozenset({"battery-pulled", "silence"}),
    "clone": frozenset({"device-cloned", "position-jump"}),
    "cold-chain": frozenset({"temperature-excursion"}),
    "detour": frozenset({"corridor-left"}),
    "door": frozenset({"door-opened"}),
    "equipment-swap": frozenset({"equipment-changed"}),
    "forbidden": frozenset({"forbidden-area"}),
    "future": frozenset({"time-future"}),
    "jamming": frozenset({"jamming"}),
    "late": frozenset({"time-limit-exceeded"}),
    "replay": frozenset({"message-replayed"}),
    "seal-cut": frozenset({"seal-tampered"}),
    "seal-opened": frozenset({"seal-opened"}),
    "seal-opened-in-dead-zone": frozenset({"seal-opened"}),
    "seal-swap": frozenset({"seal-swapped"}),
    "shielded": frozenset({"silence"}),
    "spoof-drag": frozenset(
        {"cell-contradicts-place", "position-jump", "device-cloned", "corridor-left", "wrong-direction"}
    ),
    "spoof-jump": frozenset({"position-jump", "device-cloned", "cell-contradicts-place"}),
    "stop": frozenset({"unpermitted-stop"}),
    "transloading": frozenset({"transloading-suspected"}),
    "turn-back": frozenset({"wrong-direction"}),
}

#: What needs a road: parks, masts, lorries.
ON_ROADS = frozenset({"stop", "transloading", "turn-back", "forbidden", "spoof-drag", "detour"})


def move_otherwise(threat: str, way: Way, drive: Drive, chance: Random) -> Span | None:
    """Change how goods move; returns when, in seconds since departure, or None if the threat is none of movement."""
    if threat in ("stop", "transloading"):
        at = _lonely(way, drive, chance)
        lasts = chance.uniform(4_500, 12_000)
        drive.insert_stop(at, lasts)
        return at, at + lasts
    if threat == "turn-back":
        at = drive.arrived_s * chance.uniform(0.4, 0.8)
        along = drive.along(at)
        back = min(along - 1_000, chance.uniform(12_000, 30_000))
        turn, again = at + back / 17, at + 2 * back / 17
        later = [(time + again - at, each) for time, each in drive.knots if time > at]
        drive.knots = [
            *[k for k in drive.knots if k[0] < at],
            (at, along),
            (turn, along - back),
            (again, along),
            *later,
        ]
        drive.arrived_s += again - at
        return at, again
    return None


def _lonely(way: Way, drive: Drive, chance: Random) -> float:
    """A moment at which nothing that permits a stop, or hides one, is near."""
    marks = [0.0, drive.line.length_m, *(along for along, _ in (*way.parks, *way.tunnels))]
    for _ in range(200):
        at = drive.arrived_s * chance.uniform(0.1, 0.9)
        if min(abs(drive.along(at) - mark) for mark in marks) > 6_000:
            return at
    return drive.arrived_s / 2


def tell_otherwise(threat: str, rows: list[Row], way: Way, span: Span, chance: Random) -> list[Row]:
    """Change what a device tells within a span of its rows, given in seconds since 1970.

    Args:
        threat: Which.
        rows: Messages in order of time; changed in place where that is plainer.
        way: The way.
        span: From when until when.
        chance: Of this journey.

    Returns:
        The messages as they are told now.
    """
    inside = [row for row in rows if span[0] <= row.time <= span[1]]
    act = _ACTS.get(threat)
    return act(rows, inside, way, chance) if act and inside else rows


_Act = Callable[[list[Row], list[Row], Way, Random], list[Row]]


def _with_seal(row: Row, **state: str) -> None:
    row.fields["seal"] = seal(row.fields["seal"].number, **state)


def _opened(rows: list[Row], inside: list[Row], way: Way, chance: Random) -> list[Row]:
    for row in inside[: chance.randint(1, 3)]:
        _with_seal(row, lock="unlocked")
    return rows


def _opened_unheard(rows: list[Row], inside: list[Row], way: Way, chance: Random) -> list[Row]:
    dump = inside[-1].received + chance.uniform(60, 600)
    for row in inside:
        row.received = max(row.received, dump + chance.uniform(0, 5))
    for row in inside[len(inside) // 2 :][:2]:
        _with_seal(row, lock="unlocked")
    return rows


def _cut(rows: list[Row], inside: list[Row], way: Way, chance: Random) -> list[Row]:
    for row in rows:
        if row.time >= inside[0].time:
            _with_seal(row, strap="cut")
    return rows


def _swapped(rows: list[Row], inside: list[Row], way: Way, chance: Random) -> list[Row]:
    for row in rows:
        if row.time >= inside[0].time:
            row.fields["seal"] = msgspec.structs.replace(row.fields["seal"], number=f"X{chance.randrange(10):d}99999")
            break
    changed = next(row.fields["seal"].number for row in rows if row.time >= inside[0].time)
    for row in rows:
        if row.time >= inside[0].time:
            row.fields["seal"] = msgspec.structs.replace(row.fields["seal"], number=changed)
    return rows


def _pulled(rows: list[Row], inside: list[Row], way: Way, chance: Random) -> list[Row]:
    after = [row for row in rows if row.time > inside[-1].time]
    for number, row in enumerate(after):
        row.sequence = number
        row.fields["boot"] = 2
    return [row for row in rows if row not in inside]


def _shielded(rows: list[Row], inside: list[Row], way: Way, chance: Random) -> list[Row]:
    return [row for row in rows if row not in inside]


def _jumped(rows: list[Row], inside: list[Row], way: Way, chance: Random) -> list[Row]:
    turn, far = chance.uniform(0, 2 * math.pi), chance.uniform(60_000, 600_000)
    for row in inside:
        if row.place:
            row.place = moved(row.place, far * math.sin(turn), far * math.cos(turn))
    return rows


def _dragged(rows: list[Row], inside: list[Row], way: Way, chance: Random) -> list[Row]:
    turn, pace = chance.uniform(0, 2 * math.pi), chance.uniform(12, 25)
    for row in inside:
        far = pace * (row.time - inside[0].time)
        if row.place:
            row.place = moved(row.place, far * math.sin(turn), far * math.cos(turn))
    return rows


def _jammed(rows: list[Row], inside: list[Row], way: Way, chance: Random) -> list[Row]:
    known = inside[0].place
    for row in inside:
        row.place, row.last = None, known
    return rows


def _cloned(rows: list[Row], inside: list[Row], way: Way, chance: Random) -> list[Row]:
    turn, far = chance.uniform(0, 2 * math.pi), chance.uniform(40_000, 800_000)
    twins = []
    for row in inside:
        if row.place:
            there = moved(row.place, far * math.sin(turn), far * math.cos(turn))
            twins.append(msgspec.structs.replace(row, place=there, variant="twin", received=row.received + 3))
    return rows + twins


def _replayed(rows: list[Row], inside: list[Row], way: Way, chance: Random) -> list[Row]:
    last = rows[-1].received
    again = [
        msgspec.structs.replace(row, received=min(last, row.received + chance.uniform(9_000, 15_000)))
        for row in inside[:5]
    ]
    return rows + again


def _backdated(rows: list[Row], inside: list[Row], way: Way, chance: Random) -> list[Row]:
    by = chance.uniform(4, 48) * 3600
    for row in inside:
        row.time -= by
    return rows


def _from_future(rows: list[Row], inside: list[Row], way: Way, chance: Random) -> list[Row]:
    for row in inside[:4]:
        row.time += chance.uniform(5, 400) * 86_400
    return rows


def _aside(inside: list[Row], chance: Random, reach: Position | None, line: Line) -> None:
    """Bend the way of some rows aside, there and back."""
    middle = inside[len(inside) // 2].time
    half = max(1.0, (inside[-1].time - inside[0].time) / 2)
    turn, far = chance.uniform(0, 2 * math.pi), chance.uniform(7_000, 20_000)
    anchor = next((row.place for row in inside[len(inside) // 2 :] if row.place), None)
    east, north = far * math.sin(turn), far * math.cos(turn)
    if reach is not None and anchor is not None:
        east, north = plane(anchor, (reach.lon, reach.lat))
    elif anchor is not None and line.project(moved(anchor, east, north)).aside_m < 6_000:
        east, north = north, -east
    for row in inside:
        share = math.cos((row.time - middle) / half * math.pi / 2)
        if row.place:
            row.place = moved(row.place, east * share, north * share)
        row.fields["cells"] = ()


def _detoured(rows: list[Row], inside: list[Row], way: Way, chance: Random) -> list[Row]:
    _aside(inside, chance, None, Line(way.points))
    return rows


def _trespassed(rows: list[Row], inside: list[Row], way: Way, chance: Random) -> list[Row]:
    if way.forbidden is None or way.forbidden.centre is None:
        return rows
    lon, lat = way.forbidden.centre
    centre = Position(lon=lon, lat=lat)
    nearest = min((row for row in rows if row.place), key=lambda row: distance_m(row.place or centre, centre))
    around = [row for row in rows if abs(row.time - nearest.time) <= 2_400]
    _aside(around, chance, centre, Line(way.points))
    return rows


def _opened_door(rows: list[Row], inside: list[Row], way: Way, chance: Random) -> list[Row]:
    for row in inside[: chance.randint(2, 4)]:
        row.fields["door"] = "open"
    return rows


def _unloaded(rows: list[Row], inside: list[Row], way: Way, chance: Random) -> list[Row]:
    for row in inside[2:6]:
        row.fields["light_lux"] = chance.uniform(200, 20_000)
    return rows


def _warmed(rows: list[Row], inside: list[Row], way: Way, chance: Random) -> list[Row]:
    for row in inside[:10]:
        row.fields["temperature_c"] = round(row.fields.get("temperature_c", 4.0) + chance.uniform(8, 15), 2)
    return rows


def _on_another_box(rows: list[Row], inside: list[Row], way: Way, chance: Random) -> list[Row]:
    for row in rows:
        if row.time >= inside[0].time:
            row.fields["equipment"] = "TCLU7654321"
    return rows


_ACTS: dict[str, _Act] = {
    "backdated": _backdated,
    "battery-pull": _pulled,
    "clone": _cloned,
    "cold-chain": _warmed,
    "detour": _detoured,
    "door": _opened_door,
    "equipment-swap": _on_another_box,
    "forbidden": _trespassed,
    "future": _from_future,
    "jamming": _jammed,
    "replay": _replayed,
    "seal-cut": _cut,
    "seal-opened": _opened,
    "seal-opened-in-dead-zone": _opened_unheard,
    "seal-swap": _swapped,
    "shielded": _shielded,
    "spoof-drag": _dragged,
    "spoof-jump": _jumped,
    "transloading": _unloaded,
}

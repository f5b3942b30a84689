# SPDX-License-Identifier: Apache-2.0
"""A third maker of journeys: uses what the pages on devices and the open e-seal profile say, and imports nothing of Cocket.

`python -m tests.tracking.strangers --clean 1000 --threatened 500` makes journeys, judges them by `cocket track replay`
and prints what was raised. A lorry accelerates, queues, sleeps, takes ferries and tunnels in steps of 10 s; its device
reports by distance, time and event, sleeps when it stands, and has a clock, a store, a modem and a spelling of its own.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

STEP = 10  # s
BASE = datetime(2026, 3, 2, tzinfo=UTC)

#: What is done to a journey, and the kinds of alert of which one tells it.
THREATS: dict[str, set[str]] = {
    "cut": {"seal-tampered"},
    "cut-seen-once": {"seal-tampered"},
    "cut-as-first-sign": {"seal-tampered"},
    "cut-out-of-coverage": {"seal-tampered"},
    "battery-then-cut": {"seal-tampered"},
    "cut-in-leave-to-open": {"seal-tampered"},
    "opened": {"seal-opened", "transloading-suspected"},
    "opened-elsewhere-in-leave": {"seal-opened"},
    "seal-swapped": {"seal-swapped"},
    "box-swapped": {"equipment-changed"},
    "door": {"door-opened", "transloading-suspected"},
    "detour": {"corridor-left"},
    "detour-behind-accuracy": {"corridor-left"},
    "creeping-unload": {"standing-often"},
    "long-unload": {"unpermitted-stop", "transloading-suspected"},
    "turned-back": {"wrong-direction"},
    "warmed": {"temperature-excursion"},
    "jammed": {"jamming"},
    "gone": {"silence", "battery-pulled"},
    "never-arrives": {"time-limit-exceeded"},
}
CUTS = tuple(name for name in THREATS if "cut" in name)
CLOCKS = ("true", "true", "true", "drift", "+11 min", "+8 h", "-7 h", "2000", "none", "1,024 weeks", "1,024 weeks once",
          "2080 once", "next zone")  # fmt: skip


class Trip(NamedTuple):
    """A journey, its events in order of receipt, the same as open e-seal messages with their seconds of receipt, the truth."""

    journey: dict[str, Any]
    events: list[dict[str, Any]]
    messages: list[tuple[float, dict[str, Any]]]
    threat: str | None
    clock: str


class Road:
    """Bends of 5–22 km on a plane of metres, and a road that winds up to 400 m to either side of them."""

    def __init__(self, chance: Random) -> None:
        heading, at = chance.uniform(0, math.tau), (0.0, 0.0)
        self.bends = [at]
        for _ in range(chance.randint(7, 26)):
            leg = chance.uniform(5_000, 22_000)
            at = (at[0] + leg * math.sin(heading), at[1] + leg * math.cos(heading))
            self.bends.append(at)
            heading += chance.uniform(-0.7, 0.7)
        self.starts = [0.0]
        for a, b in zip(self.bends, self.bends[1:], strict=False):
            self.starts.append(self.starts[-1] + math.dist(a, b))
        self.length = self.starts[-1]
        self._waves = [
            (chance.uniform(60, 200), math.tau / chance.uniform(2_500, 9_000), chance.uniform(0, 6)) for _ in "ab"
        ]
        self.lat, self.lon = chance.uniform(-34, 58), chance.uniform(-120, 150)

    def spot(self, along: float, aside: float = 0.0) -> tuple[float, float]:
        along = min(max(along, 0.0), self.length - 1)
        leg = next(n for n, start in enumerate(self.starts[1:]) if along < start)
        (x, y), (u, v) = self.bends[leg : leg + 2]
        run = self.starts[leg + 1] - self.starts[leg]
        share = (along - self.starts[leg]) / run
        aside += sum(high * math.sin(along * wave + turn) for high, wave, turn in self._waves)
        east, north = (u - x) / run, (v - y) / run
        return x + (u - x) * share + north * aside, y + (v - y) * share - east * aside

    def degrees(self, spot: tuple[float, float]) -> tuple[float, float]:
        lat = self.lat + spot[1] / 111_195
        return lat, self.lon + spot[0] / (111_195 * math.cos(math.radians(self.lat)))

    def fence(self, name: str, purpose: str, along: float, radius: float) -> dict[str, Any]:
        lat, lon = self.degrees(self.spot(along))
        return {"name": name, "purpose": purpose, "centre": [lon, lat], "radius_m": radius}


class Step(NamedTuple):
    along: float
    aside: float
    speed: float
    is_hidden: bool  # from the satellites
    is_unheard: bool  # by the network


def drive(chance: Random, road: Road, halts: list[tuple[float, int]], threat: str | None, hidden: Iterable[tuple[float, float]],
          ferry: tuple[float, float] | None) -> list[Step]:  # fmt: skip
    """The lorry every 10 s, from an hour or less before it leaves until an hour and a half after it came."""
    steps = [Step(150.0, 0, 0, False, False)] * chance.randint(12, 300)
    along, speed, waits, turned = 150.0, 0.0, sorted(halts), False
    jams = [
        (start := chance.uniform(0, road.length), start + chance.uniform(1_000, 6_000))
        for _ in range(chance.randint(0, 2))
    ]
    towns = [(start := chance.uniform(0, road.length), start + 3_000) for _ in range(int(road.length / 50_000))]
    cruise, end = chance.uniform(16, 24), road.length - 200
    away = (0.45 * road.length, 0.45 * road.length + 26_000)
    while along < end:
        wish = cruise * (1 + 0.15 * math.sin(along / 3_000))
        if any(a <= along <= b for a, b in towns):
            wish = min(wish, 11)
        if any(a <= along <= b for a, b in jams):
            wish = chance.choice((0.5, 3, 5))
        on_board = ferry is not None and ferry[0] <= along <= ferry[1]
        if on_board:
            wish = 6.5
        stop = waits[0][0] if waits else end
        wish = min(wish, math.sqrt(max(0.3, 0.9 * (stop - along))))
        speed += max(-1.0 * STEP, min(0.45 * STEP, wish - speed))
        along += max(0.3, speed) * STEP
        aside = 0.0
        if threat in ("detour", "detour-behind-accuracy") and away[0] <= along <= away[1]:
            aside = 9_000 * math.sin(math.pi * (along - away[0]) / (away[1] - away[0]))
        steps.append(Step(along, aside, speed, any(a <= along <= b for a, b in hidden), on_board))
        if waits and along >= waits[0][0] - 5:
            for _ in range(waits.pop(0)[1] // STEP):
                steps.append(
                    Step(along + (chance.uniform(-4, 4) if chance.random() < 0.01 else 0), aside, 0, False, False)
                )
            speed = 0.0
        if threat == "turned-back" and not turned and along > 0.55 * road.length:
            turned = True
            back = along - 24_000
            while along > back:
                along -= 17 * STEP
                steps.append(Step(along, 0, 17, False, False))
        if threat == "never-arrives" and along > 0.7 * road.length:
            return steps + [Step(along, 0, 0, False, False)] * 4_000
    return steps + [Step(end, 0, 0, False, False)] * 540


def clock_of(kind: str, number: int, moment: float, begin: float, middle: float) -> float | None:
    if kind == "none":
        return None
    weeks = 1_024 * 7 * 86_400.0
    shift = {
        "+11 min": 660.0, "+8 h": 28_800.0, "-7 h": -25_200.0, "1,024 weeks": -weeks,
        "1,024 weeks once": -weeks if number == 9 else 0.0,
        "2080 once": (datetime(2080, 1, 6, tzinfo=UTC).timestamp() - moment) if number == 9 else 0.0,
        "2000": datetime(2000, 1, 3, tzinfo=UTC).timestamp() - begin,
        "next zone": 3_600.0 if moment > middle else 0.0,
        "drift": 3 + 6e-5 * (moment - begin),
    }.get(kind, 0.0)  # fmt: skip
    return moment + shift


def trip(seed: int, threat: str | None = None, clock: str | None = None, ends: datetime | None = None) -> Trip:
    """A journey; everything follows from its arguments. `ends` is the moment of its last message; None for any."""
    chance = Random(f"stranger/{seed}/{threat}")
    road = Road(chance)
    box, serial = chance.choice(("TSTU8208494", "CSQU3054383")), f"ES{chance.randint(0, 99_999_999):08d}"
    clock = clock or chance.choice(CLOCKS)
    parks = [share * road.length for share in (0.28, 0.52, 0.76)]
    halts: list[tuple[float, int]] = [
        (parks[n], chance.choice((1_800, 2_700, 30_000))) for n in range(3) if chance.random() < 0.6
    ]
    halts += [(chance.uniform(0.1, 0.9) * road.length, chance.randint(60, 700)) for _ in range(chance.randint(0, 4))]
    if chance.random() < 0.5:
        halts.append((chance.uniform(0.15, 0.85) * road.length, chance.randint(900, 2_800)))
    looks = threat in (None, "cut-in-leave-to-open", "opened-elsewhere-in-leave") and (threat or chance.random() < 0.15)
    desk = 0.4 * road.length
    if looks:
        halts.append((desk, 3_600))
    ferry = None
    if chance.random() < 0.15 and threat is None:
        ferry = (0.62 * road.length, 0.62 * road.length + chance.uniform(2_000, 9_000))
        halts.append((ferry[0] - 200, chance.randint(900, 5_000)))
    hidden = [
        (a := chance.uniform(0.2, 0.8) * road.length, a + chance.uniform(500, 7_000))
        for _ in range(chance.randint(0, 2))
    ]
    spot = 0.45 * road.length
    if threat == "creeping-unload":
        halts += [(share * road.length, 3_100) for share in (0.33, 0.36, 0.39, 0.42)]
    if threat in ("long-unload", "opened", "door"):
        halts.append((spot, 7_200 if threat == "long-unload" else 2_400))
    way = drive(chance, road, halts, threat, hidden, ferry)
    starts = BASE + timedelta(seconds=chance.randint(0, 10_000_000))
    if ends is not None:
        starts = ends - timedelta(seconds=len(way) * STEP)
    begin = starts.timestamp()
    came = next((n for n, one in enumerate(way) if one.along >= road.length - 300), len(way)) * STEP + begin
    act = next(n for n, one in enumerate(way) if one.along >= spot and n > 60) + 6
    looked = [n for n, one in enumerate(way) if abs(one.along - desk) < 60 and one.speed == 0 and n > 60]
    far = next((n for n, one in enumerate(way) if one.along > desk + 15_000), act)

    def written(moment: float) -> str:
        return datetime.fromtimestamp(moment, UTC).isoformat()

    leaves = [
        {
            "act": "remove",
            "officer": "o-2",
            "place": "DEST",
            "since": written(came - 7_200),
            "until": written(came + 86_400),
        }
    ]
    places = [road.fence(f"PARK{n}", "permitted-stop", at, 500) for n, at in enumerate(parks)]
    if looks and looked:
        opens = begin + looked[0] * STEP
        leaves.append(
            {
                "act": "open",
                "officer": "o-7",
                "place": "DESK",
                "since": written(opens - 7_200),
                "until": written(opens + 14_400),
            }
        )
        places.append(road.fence("DESK", "office", desk, 800))
    if ferry:
        places.append(road.fence("QUAY", "permitted-stop", ferry[0], 1_500))
    moving, standing = chance.choice((60, 120, 300)), chance.choice((300, 600, 900))
    is_cold = threat == "warmed" or chance.random() < 0.25
    defrosts = chance.choice((14_400, 21_600))
    plan = {
        "id": f"S{seed}-{threat or 'clean'}", "reference": f"26STR{seed:013d}", "devices": [f"str-{seed}"],
        "departure": road.fence("ORIG", "office", 150, 900), "destination": road.fence("DEST", "office", road.length - 200, 1_200),
        "starts_at": written(begin), "time_limit": written(came + (-20_000 if threat == "never-arrives" else 43_200)), "equipment": [box],
        "corridor": [list(reversed(road.degrees(bend))) for bend in road.bends], "corridor_half_width_m": 1_500,
        "places": places, "authorities": leaves, "report_every_s": float(standing),
        **({} if threat == "cut-as-first-sign" or chance.random() < 0.1 else {"seals": [serial]}),
        **({"temperature_c": [-22.0, -15.0]} if is_cold else {}),
    }  # fmt: skip
    spelt = chance.choice((serial, serial.lower(), f"{serial[:2]} {serial[2:]}", f"{serial[:2]}-{serial[2:]}"))
    spelt_box = chance.choice(
        (box, f"{box[:4]} {box[4:10]}-{box[10]}", f"{box[:4]} {box[4:10]} {box[10]}", box.lower())
    )
    counts, newest_first = chance.random() < 0.6, chance.random() < 0.2
    radius, says = chance.uniform(2, 12), chance.choice((None, "true", 5, 900))
    drift, unheard, seq, boot, due, last = [0.0, 0.0], 0, 0, 1, 0.0, 0.0
    store: list[tuple[float, dict[str, Any]]] = []
    sent: list[tuple[float, dict[str, Any]]] = []
    cut = threat in CUTS
    if threat == "cut-out-of-coverage":
        quiet = (act - 30, act + 400)
    for n, one in enumerate(way):
        moment = begin + n * STEP
        after, during = threat is not None and n >= act, threat is not None and act <= n < act + 180
        if chance.random() < 0.0004:
            unheard = n + chance.randint(10, 500)
        dead = threat == "gone" and after
        dead = dead or (threat == "battery-then-cut" and act + 6 <= n < act + 300)
        is_event = n > 0 and (one.speed > 1) != (way[n - 1].speed > 1) and moment - last > 60
        is_event = is_event or (threat is not None and n == act)
        if dead or (moment < due and not is_event):
            continue
        due, last, seq = moment + (moving if one.speed > 1 else standing), moment, seq + 1
        if chance.random() < 0.0005:
            boot, seq = boot + 1, 1
        drift = [0.9 * each + chance.gauss(0, radius * 0.45) for each in drift]
        x, y = road.spot(one.along, one.aside)
        lat, lon = road.degrees((x + drift[0], y + drift[1]))
        told: int | None = round(radius) if says == "true" else says if isinstance(says, int) else None
        if threat in ("detour-behind-accuracy", "opened-elsewhere-in-leave"):
            told = 25_000
        is_jammed = threat == "jammed" and act <= n < act + 420
        seal: dict[str, Any] = {"n": spelt, "lock": 1, "strap": 1, "case": 1}
        more: dict[str, Any] = {}
        if cut and after and threat not in ("battery-then-cut", "cut-seen-once", "cut-in-leave-to-open"):
            seal["strap"] = 0
        if threat == "battery-then-cut" and after:
            seal, more = ({**seal, "strap": 0}, {}) if n > act + 299 else (seal, {"alm": ["power-cut"]})
        if threat == "cut-seen-once" and n == act:
            seal["strap"] = 0
        if threat == "cut-in-leave-to-open" and looked and n >= looked[0] + 30:
            seal["strap"] = 0
        is_looked = bool(looks) and len(looked) > 150 and looked[60] <= n < looked[150] and threat is None
        if (threat == "opened" and during) or is_looked:
            seal["lock"] = 0
        if threat == "opened-elsewhere-in-leave" and far <= n < far + 120:
            seal["lock"] = 0
        if moment > came + 1_800 and threat != "never-arrives":
            seal["lock"] = 0
            more["door"] = 1
        if threat == "seal-swapped" and after:
            seal["n"] = "ES99999999"
        if threat == "door" and during:
            more["door"] = 1
        if is_cold:
            warm = 9 if (n * STEP) % defrosts < 1_500 and n > 360 else 0
            more["tmp"] = [
                round(100 * (-18.5 + chance.gauss(0, 0.3) + warm + (16 if threat == "warmed" and after else 0)))
            ]
        message: dict[str, Any] = {
            "v": 1, "dev": f"str-{seed}", "boot": boot, "seq": seq, "sat": chance.randint(7, 15), "seal": seal,
            "spd": round(100 * one.speed), "bat": [max(20, 96 - n // 700), None], "eq": spelt_box, **more,
        }  # fmt: skip
        if threat == "box-swapped" and after:
            message["eq"] = "MSKU1234565"
        if one.is_hidden or is_jammed:
            message["sat"] = 0
        elif one.is_unheard or chance.random() > 0.002:
            message["pos"] = [round(lat * 1e7), round(lon * 1e7), told]
        stamp = clock_of(clock, seq, moment, begin, (begin + came) / 2)
        if stamp is not None:
            message["t"] = round(stamp * 1000)
        is_off = one.is_unheard or n < unheard or (threat == "cut-out-of-coverage" and quiet[0] <= n < quiet[1])
        store.append((moment, message))
        if is_off and n < len(way) - 100:
            continue
        at = moment + chance.expovariate(1 / 3) + 0.5
        queue = list(reversed(store)) if newest_first else store
        for each, (_, kept) in enumerate(queue):
            at += 0.4 if each else 0
            if len(queue) > 1 or chance.random() > 0.01 or kept["seal"]["strap"] == 0:
                sent.append((at, kept))
            if chance.random() < 0.03:
                sent.append((at + chance.uniform(1, 40), kept))
        store = []
    sent.sort(key=lambda pair: pair[0])
    return Trip(plan, [as_event(at, message, counts) for at, message in sent], sent, threat, clock)


def as_event(received: float, message: dict[str, Any], counts: bool) -> dict[str, Any]:
    """A message in the form of `cocket track replay`; the same message twice has one id."""
    seal = message["seal"]
    event: dict[str, Any] = {
        "id": f"{message['dev']}-{message['boot']}-{message['seq']}",
        "protocol": "open-e-seal" if counts else "teltonika", "device": message["dev"],
        "received_at": datetime.fromtimestamp(received, UTC).isoformat(), "kind": "position",
        "seal": {"number": seal["n"], "lock": ("unlocked", "locked")[seal["lock"]], "strap": ("cut", "intact")[seal["strap"]],
                 "case": "closed"},
        "satellites": message["sat"], "speed_m_s": message["spd"] / 100, "battery_percent": message["bat"][0],
        "equipment": message["eq"], "alarms": message.get("alm", []),
    }  # fmt: skip
    if "t" in message:
        event["time"] = datetime.fromtimestamp(message["t"] / 1000, UTC).isoformat()
    if "pos" in message:
        lat, lon, radius = message["pos"]
        event["position"] = {"lat": lat / 1e7, "lon": lon / 1e7} | ({} if radius is None else {"accuracy_m": radius})
    if "door" in message:
        event["door"] = ("closed", "open")[message["door"]]
    if "tmp" in message:
        event["temperature_c"] = message["tmp"][0] / 100
    if counts:
        event |= {"boot": message["boot"], "sequence": message["seq"]}
    return event


def replayed(trips: list[Trip], program: tuple[str, ...]) -> Iterator[tuple[Trip, list[dict[str, Any]]]]:
    """Each journey with the alerts that `cocket track replay` raises on it; a hundred are judged in one call."""
    for begin in range(0, len(trips), 100):
        some = trips[begin : begin + 100]
        with tempfile.TemporaryDirectory() as folder:
            events, plans = Path(folder, "events.ndjson"), Path(folder, "journeys.ndjson")
            lines = sorted((one for each in some for one in each.events), key=lambda one: one["received_at"])
            events.write_text("".join(json.dumps(one) + "\n" for one in lines))
            plans.write_text("".join(json.dumps(each.journey) + "\n" for each in some))
            call = [*program, "track", "replay", str(events), "--journey", str(plans), "--json"]
            done = subprocess.run(call, capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1):
            raise SystemExit(done.stderr)
        alerts = [json.loads(line)["alert"] for line in done.stdout.splitlines()]
        for each in some:
            yield each, [one for one in alerts if each.journey["id"] == one.get("journey")]


def main() -> None:
    """Makes journeys, has them judged, and prints what was raised on clean ones and of each threat."""
    ask = argparse.ArgumentParser(description=main.__doc__)
    ask.add_argument("--clean", type=int, default=1_000)
    ask.add_argument("--threatened", type=int, default=500)
    ask.add_argument("--first", type=int, default=0, help="Seed of the first journey.")
    how = ask.parse_args()
    program = (sys.executable, "-m", "cocket")
    clean: Counter[str] = Counter()
    shown: Counter[str] = Counter()
    for begin in range(how.first, how.first + how.clean, 100):
        for made, alerts in replayed(
            [trip(seed) for seed in range(begin, min(begin + 100, how.first + how.clean))], program
        ):
            clean["any red"] += any(one["severity"] == "red" for one in alerts)
            clean.update({f"{one['severity']} {one['kind']}" for one in alerts})
            reds = {one["kind"] for one in alerts if one["severity"] == "red"}
            shown.update({f"{kind} / clock {made.clock} / seed {made.journey['id']}" for kind in reds})
    print(json.dumps({"clean": how.clean, "journeys with": dict(clean.most_common()), "reds": dict(shown)}, indent=1))
    names = [sorted(THREATS)[n % len(THREATS)] for n in range(how.threatened)]
    recall: dict[str, Counter[str]] = {name: Counter() for name in THREATS}
    for begin in range(0, how.threatened, 100):
        trips = [trip(how.first + 1_000_000 + n, names[n]) for n in range(begin, min(begin + 100, how.threatened))]
        for made, alerts in replayed(trips, program):
            assert made.threat
            kinds = {one["kind"] for one in alerts}
            told = "told" if kinds & THREATS[made.threat] else "MISSED"
            recall[made.threat][told] += 1
            if told == "MISSED":
                print(
                    f"missed: {made.threat}, clock {made.clock}, {made.journey['id']}: {sorted(kinds)}", file=sys.stderr
                )
    print(json.dumps({"threatened": how.threatened, **{name: dict(each) for name, each in recall.items()}}, indent=1))


if __name__ == "__main__":
    main()

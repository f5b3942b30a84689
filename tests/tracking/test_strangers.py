# SPDX-License-Identifier: Apache-2.0
"""Journeys of a maker that uses the documents alone, judged by the command: clean ones are not red, what is done is told.

`COCKET_SOAK=1` judges 1,000 clean and 500 threatened ones, in place of 60 and 60.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec

from cocket.pipeline import Instance
from cocket.pipeline.tracking.views import Corridor, NewJourney
from cocket.pipeline.tracking.worker import Tracker
from cocket.tracking.geometry import Fence
from tests.houses import officer
from tests.ingress.doors import opened
from tests.tracking.strangers import CLOCKS, CUTS, THREATS, Trip, replayed, trip

SUPERVISOR = officer("supervisor")
SOAK = bool(os.environ.get("COCKET_SOAK"))
COCKET = (sys.executable, "-m", "cocket")


def test_clean_journeys_are_not_red() -> None:
    seeds = range(1_000) if SOAK else (*range(170, 200), *range(20_000, 20_030))
    reds: Counter[str] = Counter()
    for made, alerts in replayed([trip(seed) for seed in seeds], COCKET):
        reds.update(
            {f"{one['kind']}, clock {made.clock}, {one['journey']}" for one in alerts if one["severity"] == "red"}
        )
    assert not reds


def test_what_is_done_is_told_by_any_clock_or_none() -> None:
    names = sorted(THREATS)
    trips = [trip(1_000_000 + n, names[n % len(names)]) for n in range(500 if SOAK else 60)]
    trips += [
        trip(2_000_000 + n, name, clock) for n, (name, clock) in enumerate(zip(CUTS * 3, CLOCKS * 2, strict=False))
    ]
    trips += [trip(4_000_000 + n, name, "none") for n, name in enumerate(names * (5 if SOAK else 1))]
    missed: Counter[str] = Counter()
    for made, alerts in replayed(trips, COCKET):
        kinds = {one["kind"] for one in alerts}
        if not kinds & THREATS[made.threat or ""]:
            missed[f"{made.threat}, clock {made.clock}, {made.journey['id']}"] += 1
    assert not missed


def test_a_sample_is_judged_alike_through_the_real_endpoint(tmp_path: Path) -> None:
    """Thirty devices send what they stored, over HTTPS, to a running endpoint; the tracker judges it from the database."""
    ends = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=2)
    done = ("cut", "cut-seen-once", "battery-then-cut", "opened", "seal-swapped", "detour", "door", "long-unload", "warmed",
            "box-swapped", "cut-in-leave-to-open", "turned-back")  # fmt: skip
    trips = [trip(3_000_000 + n, done[n] if n < len(done) else None, "true", ends) for n in range(30)]
    with opened(tmp_path, "http", requests_per_second=1_000) as doors:
        house, names = doors.built.house, {}
        for made in trips:
            (device,) = made.journey["devices"]
            doors.add(device, adapter="open-e-seal")
            names[activated(house, made)] = made
            body = "".join(json.dumps(message) + "\n" for _, message in made.messages)
            with httpx.Client(verify=doors.tls(), trust_env=False, timeout=60) as client:
                answer = client.post(
                    f"https://localhost:{doors.ports['http']}/v1/device-messages",
                    content=body,
                    headers={"content-type": "application/x-ndjson"},
                    auth=(device, doors.keys[device]),
                )
            assert answer.json() == {"kept": len(made.messages)}
        tracker = Tracker(doors.built.stores, is_eager=True)
        tracker.open()
        while tracker.turn(datetime.now(UTC)):
            pass
        wrong = []
        for name, made in names.items():
            found = house.tracking.journeys.journey(SUPERVISOR, name).alerts
            reds = {one.kind for one in found if one.severity == "red"}
            if reds if made.threat is None else not {one.kind for one in found} & THREATS[made.threat]:
                wrong.append((made.journey["id"], made.threat, sorted(one.kind for one in found)))
    assert not wrong


def activated(house: Instance, made: Trip) -> str:
    """The journey, begun in a house, with places of its own; its id."""
    plan, places = made.journey, house.tracking.places
    own = {}
    for one in (plan["departure"], plan["destination"], *plan["places"]):
        own[one["name"]] = f"{one['name']}-{plan['devices'][0]}"
        places.put_geofence(SUPERVISOR, msgspec.convert(one | {"name": own[one["name"]]}, Fence))
    line = tuple(tuple(point) for point in plan["corridor"])
    corridor = {"name": plan["devices"][0], "line": line, "half_width_m": plan["corridor_half_width_m"]}
    places.put_corridor(SUPERVISOR, msgspec.convert(corridor, Corridor))
    fields = {
        name: plan[name] for name in ("reference", "devices", "starts_at", "time_limit", "equipment", "report_every_s")
    }
    fields |= {name: plan[name] for name in ("seals", "temperature_c") if name in plan}
    fields |= {"departure": own["ORIG"], "destination": own["DEST"], "corridor": plan["devices"][0]}
    fields["places"] = [own[one["name"]] for one in plan["places"]]
    fields["authorities"] = [one | {"place": own[one["place"]]} for one in plan["authorities"]]
    return house.tracking.journeys.activate_journey(SUPERVISOR, msgspec.convert(fields, NewJourney)).id


def test_a_journey_follows_from_its_seed_and_what_is_done_is_in_its_messages() -> None:
    """A control: without what is done, nothing of it is raised."""
    assert trip(5) == trip(5) != trip(6)
    assert any(one["seal"]["strap"] == "cut" for one in trip(5, "cut").events)
    assert not any(one["seal"]["strap"] == "cut" for one in trip(5).events)

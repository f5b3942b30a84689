# SPDX-License-Identifier: Apache-2.0
"""The control room over a real house: a lorry is followed, its seal opened, and people deal with it on the pages."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from cocket.pipeline.tracking.views import AlertFilter
from cocket.tracking.adapters.open_e_seal import BatchPart, Message, SealPart
from cocket.tracking.adapters.open_e_seal_proof import batch_root
from cocket.tracking.adapters.open_e_seal_write import write_message
from cocket.workbench import build_app
from tests.houses import officer
from tests.pipeline.tracking.tracked import tracked
from tests.workbench.base.test_real_instance import text_of, token
from tests.workbench.conftest import served

PASSWORD = "seal and cord and wax"
Enter = Callable[[str], httpx.Client]


@pytest.fixture
def lorry(tmp_path: Path) -> Iterator[Any]:
    found = tracked(tmp_path / "home", red_per_day=0, yellow_per_day=0, random_share=0.0)
    for name, role, office in (("olga", "officer", "TO"), ("sara", "supervisor", None), ("other", "officer", "ELSE")):
        found.house.governance.accounts.put_officer(name, name.title(), role, office, PASSWORD)
    found.activate()
    found.hear(range(10))
    found.hear(range(10, 12), seal=SealPart(n="S1", lock=0))
    yield found
    found.close()


@pytest.fixture
def enter(lorry: Any) -> Iterator[Enter]:
    with served(build_app(lorry.house)) as address:
        clients: list[httpx.Client] = []

        def entered(name: str) -> httpx.Client:
            client = httpx.Client(base_url=address, headers={"origin": address})
            clients.append(client)
            assert client.post("/sign-in", data={"name": name, "password": PASSWORD}).status_code == 303
            return client

        yield entered
        for client in clients:
            client.close()


def test_an_alert_of_the_tracker_is_seen_and_dealt_with(enter: Enter, lorry: Any) -> None:
    client = enter("olga")
    room = client.get("/tracking")
    assert "The seal was opened without an officer's permission." in text_of(room.text)
    assert "dev-1" in text_of(room.text)
    (alert,) = lorry.house.tracking.alerts.alerts(officer("supervisor"), AlertFilter(kind="seal-opened")).alerts
    at = f"/tracking/alerts/{alert.id}"
    shown = text_of(client.get(at).text)
    assert "What was found" in shown and "S1" in shown
    for act, fields in (("acknowledge", {}), ("dispatch", {"unit": "Patrol 4"})):
        done = client.post(f"{at}/{act}", data={"csrf": token(room.text), **fields})
        assert done.status_code == 303, act
    closed = client.post(f"{at}/close", data={"csrf": token(room.text), "reason": "confirmed", "note": "Boxes gone."})
    assert closed.status_code == 303
    history = text_of(client.get(at).text)
    assert "Patrol 4" in history and "Boxes gone." in history and "Closed" in history


def test_a_journey_is_shown_in_full_and_its_places_can_be_taken_away(enter: Enter) -> None:
    client = enter("sara")
    listed = client.get("/tracking/journeys").text
    address = listed.split('class="open" href="')[1].split('"')[0]
    shown = text_of(client.get(address).text)
    assert "FROM → TO" in shown
    assert "Opened without permission" in shown
    assert "EUR 12 500" in shown
    assert "Speed 0 – 67 km/h" in shown or "Speed" in shown
    rows = client.get(f"{address}/fixes.csv").text.splitlines()
    assert len(rows) == 13
    assert client.get(f"{address}/events.json?standard=epcis").json()["type"] == "EPCISDocument"
    assert client.get(f"{address}/events.json?standard=dcsa").status_code == 200


@pytest.mark.parametrize(
    ("messages", "root", "shown"),
    [
        (10, None, "10 1.1 – 1.10 holds"),
        (10, bytes(32), "does not match"),
        (13, bytes(32), "incomplete · 1 missing"),
    ],
)
def test_a_signed_batch_is_shown_with_what_became_of_it(
    enter: Enter, lorry: Any, messages: int, root: bytes | None, shown: str
) -> None:
    told = [lorry.told(number) for number in range(messages)]
    part = BatchPart(first=(1, 1), last=(1, messages), n=messages, root=root or batch_root(told))
    stated = Message(v=1, dev="dev-1", boot=1, seq=14, t=int(lorry.at(14).timestamp() * 1000), batch=part)
    lorry.keep([write_message(stated, "json")], [lorry.at(14)])
    lorry.work(lorry.at(14) + timedelta(seconds=1))
    client = enter("sara")
    address = client.get("/tracking/journeys").text.split('class="open" href="')[1].split('"')[0]
    page = text_of(client.get(address).text)
    assert "Signed batches" in page
    assert shown in " ".join(page.split())


def test_an_officer_of_another_office_sees_neither_journey_nor_alert(enter: Enter, lorry: Any) -> None:
    (alert,) = lorry.house.tracking.alerts.alerts(officer("supervisor"), AlertFilter(kind="seal-opened")).alerts
    client = enter("other")
    page = re.sub(r"<select.*?</select>", "", client.get("/tracking").text, flags=re.DOTALL)  # kinds there may be
    assert "seal was opened" not in text_of(page)
    assert client.get(f"/tracking/alerts/{alert.id}").status_code in (403, 404)
    assert client.get(f"/tracking/journeys/{alert.journey}").status_code in (403, 404)


def test_an_office_is_called_by_its_name_on_map_lists_and_alerts(enter: Enter, lorry: Any) -> None:
    client = enter("sara")
    page = client.get("/tracking/places/change?kind=geofence&name=TO").text
    fields = {
        "csrf": token(page), "shape": "circle", "name": "TO", "was": "TO", "purpose": "office", "radius": "1000",
        "lat-1": "0", "lon-1": "33", "title": "Malaba",
    }  # fmt: skip
    long = client.post("/tracking/places/new", data={**fields, "title": "M" * 101})
    assert (long.status_code, "at most 100 characters" in text_of(long.text)) == (422, True)
    assert client.post("/tracking/places/new", data=fields).status_code == 303
    assert 'value="Malaba"' in client.get("/tracking/places/change?kind=geofence&name=TO").text
    assert "Malaba" in text_of(client.get("/tracking/places").text)
    room = client.get("/tracking").text
    assert "Malaba (TO)" in text_of(room)  # with the alert
    assert "Malaba (TO)" in html.unescape(room.split('data-map="')[1].split('"')[0])
    assert "FROM → TO" in text_of(client.get("/tracking/journeys").text)  # as it was when the journey began
    lorry.activate(reference="26XX000000000002T1", devices=("dev-2",), seals=("S2",), equipment=("TCLU7654321",))
    assert "FROM → Malaba (TO)" in text_of(client.get("/tracking/journeys").text)


def test_a_place_is_drawn_changed_and_taken_back(enter: Enter, lorry: Any) -> None:
    client = enter("sara")
    csrf = token(client.get("/tracking/places").text)
    fields = {"csrf": csrf, "shape": "circle", "name": "North gate", "purpose": "unlock", "lat-1": "1.5", "lon-1": "30"}
    assert client.post("/tracking/places/new", data={**fields, "radius": "300"}).status_code == 303
    assert client.post("/tracking/places/new", data={**fields, "was": "North gate", "radius": "900"}).status_code == 303
    undo = "/tracking/places/restore?kind=geofence&name=North+gate&version=1"
    assert client.post(undo, data={"csrf": csrf}).status_code == 303
    (kept,) = [
        one for one in lorry.house.tracking.places.geofences(officer("supervisor")) if one.fence.name == "North gate"
    ]
    assert (kept.fence.radius_m, kept.version) == (300, 3)


def test_a_journey_is_activated_and_its_limits_are_those_of_the_house(enter: Enter, lorry: Any) -> None:
    client = enter("sara")
    page = client.get("/tracking/journeys/new").text
    assert "dev-2" in page
    limit = datetime.now(UTC) + timedelta(days=2)
    fields = {
        "csrf": token(page), "reference": "26XX000000000009T1", "devices": "dev-2", "departure": "FROM", "destination": "TO",
        "time_limit": f"{limit:%Y-%m-%dT%H:%M}", "mode": "road", "corridor": "EAST", "equipment": "MSKU1234565", "seals": "S2",
    }  # fmt: skip
    busy = client.post("/tracking/journeys/new", data={**fields, "devices": "dev-1"})
    assert busy.status_code == 422
    begun = client.post("/tracking/journeys/new", data=fields)
    assert begun.status_code == 303, text_of(begun.text)
    assert "26XX000000000009T1" in text_of(client.get(begun.headers["location"]).text)


def test_a_device_is_handed_out_and_revoked_by_whom_may(enter: Enter, lorry: Any) -> None:
    examiner, head = enter("olga"), enter("sara")
    page = examiner.get("/tracking/devices").text
    assert "/tracking/devices/revoke" not in page
    told = {"csrf": token(page), "holder": "HAULIER"}
    assert examiner.post("/tracking/devices/issue?device=dev-2", data=told).status_code == 303
    assert "HAULIER" in text_of(examiner.get("/tracking/devices").text)
    revoked = {"csrf": token(head.get("/tracking/devices").text), "note": "opened in the workshop"}
    assert head.post("/tracking/devices/revoke?device=dev-2", data=revoked).status_code == 303
    assert "Revoked" in text_of(head.get("/tracking/devices?text=dev-2").text)

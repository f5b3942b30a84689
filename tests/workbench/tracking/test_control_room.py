# SPDX-License-Identifier: Apache-2.0
"""What the pages of the control room say and do, over the simulated house."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from types import SimpleNamespace

import httpx
import msgspec
import pytest

from cocket.model import TransportEquipment
from cocket.pipeline.tracking.views import Corridor
from tests.simulators.workbench_country import papers_in
from tests.simulators.workbench_house import SimulatedHouse

Enter = Callable[..., httpx.Client]
PART = {"hx-request": "true"}
JOURNEY = "/tracking/journeys/journey-0"


def text_of(answer: httpx.Response) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def form(name: str = "officer.a", /, **fields: str) -> dict[str, str]:
    return {"csrf": f"csrf-{name}", **fields}


def alert_id(house: SimulatedHouse, kind: str) -> str:
    return next(alert.id for alert in house._alerts.values() if alert.kind == kind)


def test_the_control_room_shows_red_before_amber_and_where_each_device_is(enter: Enter) -> None:
    page = enter().get("/tracking")
    said = text_of(page)
    assert said.index("The seal was opened without an officer's permission.") < said.index(
        "A long stop where none is permitted."
    )
    assert "raised late" in said
    assert "examination ordered" in said
    for device in ("es-007", "es-107", "es-207", "es-307"):
        assert re.search(rf"{device}\s+26XJ\w+", said), device
    assert "es-407" not in said


def test_what_the_map_shows_stands_in_the_table_beside_it(enter: Enter) -> None:
    page = enter().get("/tracking").text
    shown = json.loads(html.unescape(re.findall(r'data-map="([^"]+)"', page)[0]))["features"]
    devices = {one["properties"]["title"] for one in shown if one["properties"]["kind"] == "device"}
    assert devices == set(re.findall(r'<th scope="row"><bdi class="code">([\w-]+)', page))
    alerts = [one["properties"]["href"] for one in shown if one["properties"]["kind"] == "alert"]
    assert alerts
    assert all(f'href="{address}"' in page for address in alerts)


def test_every_sight_of_the_room_is_a_look_of_the_house(enter: Enter, house: SimulatedHouse) -> None:
    client = enter()
    client.get("/tracking/live")
    assert ("officer.a", "positions") in house.looks
    client.get(JOURNEY)
    assert ("officer.a", "journey journey-0") in house.looks


def test_the_room_asks_again_for_positions_and_says_how_many_alerts_are_new(enter: Enter) -> None:
    client = enter()
    assert 'hx-trigger="every 30s"' in client.get("/tracking").text
    quiet = text_of(client.get("/tracking/live?since=2026-11-25T07:05:00%2B00:00"))
    assert "new alert" not in quiet
    assert "3 new alerts" in text_of(client.get("/tracking/live?since=2026-11-24T00:00:00%2B00:00"))
    assert client.get("/tracking/live?since=nonsense").status_code == 200


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 3),
        ("?severity=red", 1),
        ("?text=es-107", 1),
        ("?state=closed", 0),
        ("?state=all", 3),
        ("?state=x&offset=y", 3),
    ],
)
def test_the_queue_is_narrowed_and_a_wrong_filter_is_passed_over(enter: Enter, query: str, count: int) -> None:
    page = enter().get(f"/tracking{query}").text
    assert len(re.findall(r"<li class=\"(?:red|amber|over)\" data-line>", page)) == count


def test_an_alert_is_acknowledged_in_one_step(enter: Enter, house: SimulatedHouse) -> None:
    client, one = enter(), alert_id(house, "seal-opened")
    answer = client.post(f"/tracking/alerts/{one}/acknowledge", data=form(back="/tracking?severity=red"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/tracking?severity=red")
    assert "Acknowledged and sealed." in text_of(client.get("/tracking"))
    assert house._alerts[one].state == "acknowledged"


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/queue", ""])
def test_after_an_act_one_comes_back_to_the_room_and_nowhere_else(
    enter: Enter, house: SimulatedHouse, elsewhere: str
) -> None:
    one = alert_id(house, "seal-opened")
    answer = enter().post(f"/tracking/alerts/{one}/acknowledge", data=form(back=elsewhere))
    assert answer.headers["location"] == f"/tracking/alerts/{one}"


@pytest.mark.parametrize(
    ("act", "fields", "state", "missing"),
    [
        ("assign", {"officer": "head.c"}, "assigned", "Choose to whom."),
        ("dispatch", {"unit": "Patrol 4"}, "dispatched", "Enter which unit."),
        ("close", {"reason": "confirmed", "note": "Bolt open, boxes gone."}, "closed", "Choose how it ended."),
    ],
)
def test_each_act_has_a_form_that_says_what_is_missing(
    enter: Enter, house: SimulatedHouse, act: str, fields: dict[str, str], state: str, missing: str
) -> None:
    client, one = enter(), alert_id(house, "seal-opened")
    at = f"/tracking/alerts/{one}/{act}"
    assert "<html" not in client.get(at, headers=PART).text
    assert client.get(at).status_code == 200
    refused = client.post(at, data=form())
    assert refused.status_code == 422
    assert missing in text_of(refused)
    assert house._alerts[one].state == "open"
    assert client.post(at, data=form(**fields)).status_code == 303
    assert house._alerts[one].state == state


def test_an_alert_is_not_closed_without_words(enter: Enter, house: SimulatedHouse) -> None:
    one = alert_id(house, "seal-opened")
    refused = enter().post(f"/tracking/alerts/{one}/close", data=form(reason="explained"))
    assert refused.status_code == 422
    assert "Give a reason" in text_of(refused)


def test_an_alert_says_what_was_allowed_found_and_speaks_against_it(enter: Enter, house: SimulatedHouse) -> None:
    said = text_of(enter().get(f"/tracking/alerts/{alert_id(house, 'unpermitted-stop')}"))
    assert "unpermitted-stop/" in said
    assert re.search(r"What was allowed Time 1\sh Radius 250\sm", said)
    assert "What was found" in said
    assert "Arguments against it" in said
    assert "not a probability" in said


def test_who_may_only_read_is_offered_no_act(enter: Enter, house: SimulatedHouse) -> None:
    client = enter("auditor.d")
    assert "/acknowledge" not in client.get("/tracking").text
    assert "/tracking/journeys/new" not in client.get("/tracking").text
    assert "Give permission" not in text_of(client.get(JOURNEY))
    assert "/tracking/places/retire" not in client.get("/tracking/places").text
    assert "/tracking/devices/issue" not in client.get("/tracking/devices").text


def test_only_the_office_of_destination_is_offered_the_discharge(enter: Enter) -> None:
    said = text_of(enter().get(JOURNEY))
    assert "Give permission" in said
    assert "Discharge…" not in said
    assert "Discharge…" in text_of(enter("head.c").get(JOURNEY))


def test_nobody_is_sent_after_an_alert_that_was_withdrawn(enter: Enter, house: SimulatedHouse) -> None:
    client, one = enter(), alert_id(house, "seal-opened")
    at = f"/tracking/alerts/{one}"
    assert f"{at}/dispatch" in client.get(at).text
    house._alerts[one] = msgspec.structs.replace(house._alerts[one], is_withdrawn=True)
    page = client.get(at).text
    assert f"{at}/close" in page
    assert [act for act in ("acknowledge", "assign", "dispatch") if f"{at}/{act}" in page] == []


def test_unknown_names_are_nothing_here(enter: Enter, house: SimulatedHouse) -> None:
    client, one = enter(), alert_id(house, "seal-opened")
    for path in (
        "/tracking/alerts/none", f"/tracking/alerts/{one}/burn", "/tracking/journeys/none", f"{JOURNEY}/burn",
        "/tracking/places/change?kind=geofence&name=none", "/tracking/places/change?kind=x&name=PTA1",
        "/tracking/devices/issue?device=none", "/tracking/devices/burn?device=es-511",
    ):  # fmt: skip
        assert client.get(path).status_code == 404, path
    assert client.post(f"/tracking/alerts/{one}/burn", data=form()).status_code == 404
    assert client.post("/tracking/devices/burn?device=es-511", data=form()).status_code == 404


# Journeys
def test_journeys_are_listed_with_what_matters_first(enter: Enter) -> None:
    client = enter()
    page = client.get("/tracking/journeys")
    first = re.findall(r'class="open" href="/tracking/journeys/([\w-]+)"', page.text)
    assert first[0] == "journey-0"
    assert "journey-4" not in first
    assert "26XJ0000780T" in text_of(client.get("/tracking/journeys?state=discharged"))
    assert "No journey here" in text_of(client.get("/tracking/journeys?text=nothing"))


def test_a_journey_tells_its_seal_through_time_in_a_table_too(enter: Enter) -> None:
    said = text_of(enter().get(JOURNEY))
    assert "at activation Sealed" in said
    assert "opened Opened without permission without permission" in said
    assert "held by a red alert" in said
    assert "80 % of arrivals fell into such intervals" in said
    assert "Speed between places" in said


def test_data_that_came_late_is_told_as_late(enter: Enter) -> None:
    said = text_of(enter().get(JOURNEY))
    assert re.search(r"\d+ min later", said)


def test_every_place_of_a_journey_can_be_taken_away_as_a_file(enter: Enter, house: SimulatedHouse) -> None:
    answer = enter().get(f"{JOURNEY}/fixes.csv")
    rows = answer.text.splitlines()
    assert rows[0].lstrip("\ufeff").startswith('"device","time","received_at","latitude","longitude"')
    assert len(rows) == 1 + len(house._driven["journey-0"].case.fixes)
    assert "attachment" in answer.headers["content-disposition"]


GOOD = {
    "reference": "26XJ0009999T", "devices": "es-511", "departure": "PTA1", "destination": "INB2",
    "time_limit": "2026-11-28T18:00", "mode": "road", "corridor": "Coast to inland depot", "amount": "41 200.00",
    "currency": "usd", "every": "5", "place-Dry Gorge": "on",
}  # fmt: skip


def test_a_journey_is_activated_in_the_time_zone_of_the_house(enter: Enter, house: SimulatedHouse) -> None:
    client = enter()
    said = text_of(client.get("/tracking/journeys/new?reference=26XJ0009999T"))
    assert "Free now: es-511 , es-512 Office of departure" in said
    answer = client.post("/tracking/journeys/new", data=form(**GOOD))
    assert answer.status_code == 303
    (plan,) = house.activated
    assert plan.time_limit.isoformat() == "2026-11-28T11:00:00+00:00"
    assert (str(plan.guarantee_amount), plan.guarantee_currency, plan.report_every_s) == ("41200.00", "USD", 300)
    assert (plan.places, plan.equipment, plan.seals) == (("Dry Gorge",), None, None)


@pytest.mark.parametrize(
    ("field", "text", "says"),
    [
        ("reference", "", "Enter the declaration or manifest."),
        ("devices", " ", "Choose the device that follows it."),
        ("destination", "PTA1", "It must differ from the office"),
        ("time_limit", "tomorrow", "Enter date and time."),
        ("amount", "much", "Enter the amount in figures"),
        ("currency", "", "Enter the three-letter"),
        ("lowest", "2", "Give both limits, or neither."),
        ("every", "-5", "Enter it in figures."),
        ("devices", "es-999", "There is no device of this name."),
    ],
)
def test_a_journey_that_does_not_hold_is_not_begun(
    enter: Enter, house: SimulatedHouse, field: str, text: str, says: str
) -> None:
    answer = enter().post("/tracking/journeys/new", data=form(**{**GOOD, field: text}))
    assert answer.status_code == 422
    assert says in text_of(answer)
    assert 'value="26XJ0009999T"' in answer.text or field == "reference"
    assert house.activated == []


DRAFT = "/tracking/journeys/new?consignment=consignment-0"


def test_a_dossier_leads_to_a_journey_with_what_its_papers_say(enter: Enter, house: SimulatedHouse) -> None:
    client = enter()
    assert DRAFT in client.get("/consignments/consignment-0").text
    page = client.get(DRAFT)
    values = dict(re.findall(r'name="(\w+)" type="[\w-]+" value="([^"]*)"', page.text))
    assert values["reference"] == "TSTB0100007"
    assert values["equipment"].split() == [box.id for box in _boxes_of(house)]
    assert values["seals"].split() == [seal.id for box in _boxes_of(house) for seal in box.seals]
    assert '<option value="PTA1" selected>' in page.text
    assert 'href="/consignments/consignment-0"' in page.text
    assert ("officer.a", "consignment-0") in house.looks


def test_what_was_filled_in_from_papers_stays_when_the_form_comes_back(enter: Enter, house: SimulatedHouse) -> None:
    answer = enter().post("/tracking/journeys/new", data=form(consignment="consignment-0", reference="TSTB0100007"))
    assert answer.status_code == 422
    assert 'href="/consignments/consignment-0"' in answer.text
    assert 'value="TSTB0100007"' in answer.text
    assert house.activated == []


def test_there_is_no_draft_of_a_dossier_that_is_not_there(enter: Enter) -> None:
    assert enter().get("/tracking/journeys/new?consignment=none").status_code == 404


def test_a_dossier_and_its_journey_lead_to_each_other(enter: Enter) -> None:
    client = enter()
    dossier = client.get("/consignments/consignment-0")
    assert f'href="{JOURNEY}"' in dossier.text
    assert re.search(
        r"Journeys PTA1 → INB2 Under way · seal: Opened without permission · 1 red alert", text_of(dossier)
    )
    trail = client.get(JOURNEY).text.split('class="trail"')[1].split("</nav>")[0]
    assert 'href="/consignments/consignment-0"' in trail
    assert "/tracking/journeys/journey" not in client.get("/consignments/consignment-1").text


def test_who_may_not_activate_is_not_offered_it_on_the_dossier(enter: Enter) -> None:
    for name in ("auditor.d", "analyst.b"):
        page = enter(name).get("/consignments/consignment-0").text
        assert "Declared values" in page
        assert "/tracking/journeys/new" not in page


def _boxes_of(house: SimulatedHouse) -> tuple[TransportEquipment, ...]:
    (declared, *_) = [paper.declaration for paper in papers_in(house._lines["consignment-0"]) if paper.declaration]
    return declared.shipment.equipment


def test_leave_is_given_under_the_officer_s_name(enter: Enter, house: SimulatedHouse) -> None:
    client = enter()
    fields = {"leave": "open", "place": "INB2", "since": "2026-11-25T14:00", "until": "2026-11-25T18:00"}
    assert client.post(f"{JOURNEY}/leave", data=form(**{**fields, "until": "2026-11-25T13:00"})).status_code == 422
    assert client.post(f"{JOURNEY}/leave", data=form(**fields)).status_code == 303
    (leave,) = house._driven["journey-0"].journey.authorities
    assert (leave.officer, leave.place, leave.since.hour) == ("officer.a", "INB2", 7)


def test_a_detour_is_a_corridor_for_a_time_and_needs_a_reason(enter: Enter, house: SimulatedHouse) -> None:
    client = enter()
    fields = {"way": "Coast to inland depot", "since": "2026-11-25T14:00", "until": "2026-11-25T18:00"}
    assert client.get(f"{JOURNEY}/detour").status_code == 200
    assert "Give a reason" in text_of(client.post(f"{JOURNEY}/detour", data=form(**fields)))
    assert client.post(f"{JOURNEY}/detour", data=form(**{**fields, "way": "x", "note": "flood"})).status_code == 422
    assert client.post(f"{JOURNEY}/detour", data=form(**fields, note="flood")).status_code == 303
    (detour,) = house._driven["journey-0"].journey.detours
    assert (len(detour.line), detour.until.hour) == (13, 11)
    assert "detour allowed" in text_of(client.get(JOURNEY))


def test_events_are_taken_away_as_other_systems_read_them(enter: Enter, house: SimulatedHouse) -> None:
    client = enter()
    for standard in ("epcis", "dcsa"):
        answer = client.get(f"{JOURNEY}/events.json?standard={standard}")
        assert answer.json() == {"events": []}
        assert f"journey.{standard}.json" in answer.headers["content-disposition"]
    assert ("officer.a", "dcsa events journey-0") in house.looks


def test_a_journey_is_not_discharged_while_a_red_alert_is_open(enter: Enter, house: SimulatedHouse) -> None:
    client = enter()
    assert "Give a reason" in text_of(client.post(f"{JOURNEY}/discharge", data=form()))
    refused = client.post(f"{JOURNEY}/discharge", data=form(note="presented"))
    assert refused.status_code == 422
    assert "A red alert is open" in text_of(refused)
    assert client.post("/tracking/journeys/journey-2/discharge", data=form(note="presented")).status_code == 303


def test_a_journey_whose_seal_is_not_whole_is_discharged_with_irregularity_alone(
    enter: Enter, house: SimulatedHouse
) -> None:
    client = enter()
    for alert in [one for one in house._alerts.values() if one.journey == "journey-0"]:
        house.close_alert(SimpleNamespace(id="officer.a"), alert.id, "explained", "Seen.")
    assert "With irregularity" in text_of(client.get(f"{JOURNEY}/discharge"))
    assert "With irregularity" not in text_of(client.get("/tracking/journeys/journey-2/discharge"))
    refused = client.post(f"{JOURNEY}/discharge", data=form(note="counted"))
    assert (refused.status_code, "The seal is not whole" in text_of(refused)) == (422, True)
    assert client.post(f"{JOURNEY}/discharge", data=form(note="counted", irregular="yes")).status_code == 303


# Places
CIRCLE = {
    "shape": "circle",
    "name": "North gate",
    "purpose": "unlock",
    "radius": "350",
    "lat-1": "-22.9",
    "lon-1": "14.5",
}


def test_a_place_is_kept_and_a_change_taken_back(enter: Enter, house: SimulatedHouse) -> None:
    client = enter("head.c")
    assert client.post("/tracking/places/new", data=form("head.c", **CIRCLE)).status_code == 303
    assert house._fences["North gate"].fence.radius_m == 350
    changed = {**CIRCLE, "was": "North gate", "radius": "900"}
    assert client.post("/tracking/places/new", data=form("head.c", **changed)).status_code == 303
    page = client.get("/tracking/places").text
    assert "North gate saved as version 2." in html.unescape(page)
    undo = html.unescape(re.findall(r'<form method="post" action="([^"]+restore[^"]+)"', page)[0])
    assert client.post(undo, data=form("head.c")).status_code == 303
    assert house._fences["North gate"].fence.radius_m == 350


def test_a_new_place_does_not_take_the_name_of_another(enter: Enter, house: SimulatedHouse) -> None:
    answer = enter("head.c").post("/tracking/places/new", data=form("head.c", **{**CIRCLE, "name": "PTA1"}))
    assert answer.status_code == 422
    assert "A place of this name exists" in text_of(answer)
    assert house._fences["PTA1"].version == 1


def test_a_place_is_retired_with_a_reason_and_offered_again(enter: Enter, house: SimulatedHouse) -> None:
    client = enter("head.c")
    at = "/tracking/places/retire?kind=geofence&name=Dry+Gorge"
    assert client.post(at, data=form("head.c")).status_code == 422
    assert client.post(at, data=form("head.c", reason="has coverage now")).status_code == 303
    page = client.get("/tracking/places").text
    assert house._fences["Dry Gorge"].is_retired
    undo = html.unescape(re.findall(r'action="([^"]+restore[^"]+)"', page)[0])
    client.post(undo, data=form("head.c"))
    assert not house._fences["Dry Gorge"].is_retired


def test_without_scripts_a_form_has_room_for_more_points(enter: Enter) -> None:
    client = enter("head.c")
    empty = client.get("/tracking/places/new?shape=area").text.split("<template>")[0]
    assert empty.count('name="lat-') == 3
    fields = {
        "shape": "area",
        "name": "Yard",
        "more": "yes",
        **{f"{axis}-{n}": "1" for axis in ("lat", "lon") for n in (1, 2, 3)},
    }
    more = client.post("/tracking/places/new", data=form("head.c", **fields)).text.split("<template>")[0]
    assert more.count('name="lat-') == 6
    assert 'value="Yard"' in more


def test_a_place_too_large_for_the_form_is_not_cut_down_by_it(enter: Enter, house: SimulatedHouse) -> None:
    long = Corridor(name="Long way", line=tuple((n / 100, 0.0) for n in range(401)))
    house.tracking.places.put_corridor(None, long)
    answer = enter("head.c").get("/tracking/places/change?kind=corridor&name=Long+way")
    assert answer.status_code == 400
    assert "more points than the form supports" in text_of(answer)


# Devices
def test_devices_are_handed_out_taken_back_and_shut_out(enter: Enter, house: SimulatedHouse) -> None:
    client = enter("head.c")
    said = text_of(client.get("/tracking/devices"))
    assert re.search(r"es-512 open-e-seal In stock PTA1", said)
    assert re.search(r"14 % low", said)
    assert client.post("/tracking/devices/issue?device=es-511", data=form("head.c")).status_code == 422
    client.post("/tracking/devices/issue?device=es-511", data=form("head.c", holder="SALT ROAD HAULAGE"))
    assert house._stock["es-511"].custody == "issued"
    client.post("/tracking/devices/recover?device=es-511", data=form("head.c", holder="INB2"))
    assert house._stock["es-511"].holder == "INB2"
    assert client.post("/tracking/devices/revoke?device=es-512", data=form("head.c")).status_code == 422
    client.post("/tracking/devices/revoke?device=es-512", data=form("head.c", note="opened in the workshop"))
    assert house._stock["es-512"].state == "revoked"


def test_devices_are_narrowed_by_custody_and_words(enter: Enter) -> None:
    client = enter()
    missing = text_of(client.get("/tracking/devices?custody=missing"))
    assert "jt-88001" in missing
    assert "es-511" not in missing
    assert "es-511" not in text_of(client.get("/tracking/devices?text=coral"))

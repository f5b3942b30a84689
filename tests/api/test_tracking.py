# SPDX-License-Identifier: Apache-2.0
"""Alerts, guarantees and network cells over HTTP and on the pages, in a real house."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from cocket.api import build_app
from cocket.errors import SenderError
from cocket.gate import make_key
from cocket.tracking.adapters.open_e_seal import SealPart
from cocket.workbench import build_app as build_workbench
from tests.houses import officer
from tests.pipeline.tracking.tracked import SUPERVISOR, Tracked, tracked
from tests.simulators.doors import open_door
from tests.workbench.base.test_real_instance import text_of, token
from tests.workbench.conftest import served

PASSWORD = "seal and cord and wax"
NUMBER = "26XX1234567890AB1"
BOND = {
    "reference": "26XX 1234567890AB 1",
    "type": "comprehensive",
    "holder": "ACME",
    "guarantor": "First Bank",
    "reference_amount": "20000.00",
    "currency": "EUR",
    "valid_from": "2026-01-01",
}


@pytest.fixture
def lorry(tmp_path: Path) -> Iterator[Tracked]:
    found = tracked(tmp_path / "home", red_per_day=0, yellow_per_day=0, random_share=0.0)
    found.house.governance.accounts.put_officer("olga", "Olga", "supervisor", None, PASSWORD)
    yield found
    found.close()


@pytest.fixture
def ask(lorry: Tracked) -> Iterator[Any]:
    """Asks with a key of a role."""
    with open_door(build_app(lorry.house)) as port, httpx.Client(trust_env=False) as client:
        keys: dict[str, str] = {}

        def asking(method: str, path: str, role: str = "supervisor", **how: Any) -> httpx.Response:
            if role not in keys:
                keys[role] = make_key(role)
                lorry.house.governance.accounts.add_key(keys[role], role, [role], ["ACME"])
            headers = {"Authorization": f"Bearer {keys[role]}"}
            return client.request(method, f"http://127.0.0.1:{port}{path}", headers=headers, **how)

        yield asking


@pytest.fixture
def client(lorry: Tracked) -> Iterator[httpx.Client]:
    with served(build_workbench(lorry.house)) as address, httpx.Client(base_url=address) as found:
        found.headers["origin"] = address
        assert found.post("/sign-in", data={"name": "olga", "password": PASSWORD}).status_code == 303
        yield found


def test_a_guarantee_is_kept_over_http(lorry: Tracked, ask: Any) -> None:
    assert ask("POST", "/v1/guarantees", "officer", json=BOND).status_code == 403
    assert ask("POST", "/v1/guarantees", json={**BOND, "currency": "euro"}).status_code == 422
    assert ask("POST", "/v1/guarantees", json={**BOND, "valid_until": "2026-02-31"}).status_code == 422
    wrong = ask("POST", "/v1/guarantees", json={**BOND, "guarantor": ""})
    assert (wrong.status_code, wrong.json()["findings"][0]["code"]) == (422, "guarantee-guarantor")
    made = ask("POST", "/v1/guarantees", json=BOND)
    assert (made.status_code, made.json()["left"]) == (201, "20000.00")
    line = lorry.activate(guarantee=NUMBER)
    at = f"/v1/guarantees/{NUMBER}"
    assert ask("GET", at, "officer").json()["guarantee"]["usages"][0]["reference"] == line.reference
    listed = ask("GET", "/v1/guarantees?text=first%20bank", "auditor").json()
    assert [(one["who"], one["exposure"]) for one in listed["by_guarantor"]] == [("First Bank", "12500")]
    claim = {"journey": line.reference, "amount": "500", "reason": "not presented"}
    assert ask("POST", f"{at}/claim", "officer", json=claim).status_code == 404
    assert ask("POST", f"{at}/claim", json=claim).json()["guarantee"]["usages"][0]["claimed"] == "500"
    assert (
        ask("POST", f"{at}/state", json={"act": "suspend", "reason": "review"}).json()["guarantee"]["state"]
        == "suspended"
    )
    assert ask("GET", "/v1/guarantees/X0000").status_code == 404
    assert ask("GET", at, "trader").status_code == 404
    assert ask("GET", "/v1/cells", "officer").json() == {"tables": []}


def test_a_flood_of_alerts_is_counted_filtered_and_ranked(lorry: Tracked, ask: Any) -> None:
    small = lorry.activate()
    large = lorry.activate(
        reference="26XX000000000002T1", devices=("dev-2",), guarantee_amount=Decimal(90_000), seals=("S2",)
    )
    lorry.hear(range(3))
    lorry.hear(range(3, 6), seal=SealPart(n="S1", lock=0))
    others = [lorry.told(n, dev="dev-2", seal=SealPart(n="S2", lock=0 if n > 2 else 1, strap=1)) for n in range(6)]
    lorry.keep(others, [lorry.at(n) for n in range(6)], device="dev-2")
    lorry.work(lorry.at(7))
    queue = ask("GET", "/v1/alerts?limit=1", "officer").json()
    assert (len(queue["alerts"]), queue["total"] >= 2) == (1, True)
    ranked = ask("GET", "/v1/alerts?order=stake").json()["alerts"]
    journeys = [one["journey"] for one in ranked if one["journey"]]
    assert journeys[0] == large.id and journeys[-1] == small.id
    assert journeys == sorted(journeys, key=lambda name: name != large.id)  # journey by journey
    only = ask("GET", f"/v1/alerts?kind=seal-opened&journey={small.id}&severity=red").json()
    assert [(one["kind"], one["journey"]) for one in only["alerts"]] == [("seal-opened", small.id)]
    assert ask("GET", "/v1/alerts?order=loudest").status_code == 422


def test_the_clocks_of_a_response_run_until_each_step_is_done(lorry: Tracked, ask: Any) -> None:
    """Raised eight hours ago by the clock of the test, and so late at each step."""
    lorry.activate()
    lorry.hear(range(3))
    lorry.hear(range(3, 6), seal=SealPart(n="S1", lock=0))
    alerts = lorry.house.tracking.alerts
    (alert,) = (one for one in alerts.alerts(SUPERVISOR).alerts if one.kind == "seal-opened")
    assert (alert.clocks.waits_for, alert.clocks.due) == ("acknowledge", alert.raised_at + timedelta(minutes=10))
    late = "/v1/alerts?overdue=yes&kind=seal-opened"

    def waits() -> tuple[str | None, bool, int]:
        one = alerts.alert(SUPERVISOR, alert.id)
        return one.clocks.waits_for, one.clocks.is_overdue, ask("GET", late).json()["total"]

    assert waits() == ("acknowledge", True, 1)
    alerts.acknowledge(officer(), alert.id)
    assert waits() == ("dispatch", True, 1)
    alerts.dispatch_unit(officer(), alert.id, "Patrol 4")
    assert waits() == ("there", True, 1)
    alerts.report_there(officer(), alert.id, "at the lorry park")
    assert waits() == ("close", False, 0)  # a result is due within a day
    shown = alerts.close_alert(officer(), alert.id, "confirmed", "boxes gone")
    assert waits() == (None, False, 0)
    clocks = shown.clocks
    assert None not in (clocks.acknowledged_s, clocks.on_the_way_s, clocks.there_s, clocks.closed_s)


def test_a_unit_is_not_there_before_it_was_sent_nor_twice(lorry: Tracked) -> None:
    lorry.activate()
    lorry.hear(range(3))
    lorry.hear(range(3, 6), seal=SealPart(n="S1", lock=0))
    alerts = lorry.house.tracking.alerts
    alert = alerts.alerts(SUPERVISOR).alerts[0]
    with pytest.raises(SenderError, match="No unit"):
        alerts.report_there(officer(), alert.id)
    alerts.dispatch_unit(officer(), alert.id, "Patrol 4")
    assert alerts.report_there(officer(), alert.id).state == "dispatched"
    with pytest.raises(SenderError, match="already"):
        alerts.report_there(officer(), alert.id)


def test_guarantees_and_cells_are_kept_on_pages(lorry: Tracked, client: httpx.Client) -> None:
    empty = client.get("/tracking/guarantees")
    assert "No guarantee here" in text_of(empty.text)
    form = client.get("/tracking/guarantees/new")
    fields = {"csrf": token(form.text), **BOND, "amount": "20 000,00"}
    missing = client.post("/tracking/guarantees/new", data={**fields, "holder": "", "amount": "much"})
    assert missing.status_code == 422
    assert "Enter it in figures." in text_of(missing.text)
    assert client.post("/tracking/guarantees/new", data=fields).status_code == 303
    asked = {
        "csrf": fields["csrf"], "reference": "26XX000000000001T1", "devices": "dev-1", "departure": "FROM",
        "destination": "TO", "mode": "road", "amount": "12500", "currency": "EUR",
        "guarantee": NUMBER, "equipment": "MSKU1234565", "seals": "S1",
        "time_limit": (lorry.start + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M"),
    }  # fmt: skip
    begun = client.post("/tracking/journeys/new", data=asked)
    assert begun.status_code == 303, text_of(begun.text)
    over = client.post("/tracking/journeys/new", data={**asked, "devices": "dev-2", "reference": "26XX000000000002T1"})
    assert over.status_code == 422
    assert "the guarantee is exhausted: 7500.00 EUR is left" in text_of(over.text).lower().replace("eur", "EUR")
    page = client.get(f"/tracking/guarantees/{NUMBER}")
    said = text_of(page.text)
    assert "26XX000000000001T1" in said and "EUR 7 500.00" in said.replace("\u202f", " ").replace("\u00a0", " ")
    assert NUMBER in client.get(begun.headers["location"]).text
    suspend = client.post(f"/tracking/guarantees/{NUMBER}/suspend", data={"csrf": fields["csrf"]})
    assert suspend.status_code == 422
    done = client.post(f"/tracking/guarantees/{NUMBER}/suspend", data={"csrf": fields["csrf"], "reason": "review"})
    assert done.status_code == 303
    assert "Suspended" in text_of(client.get("/tracking/guarantees").text)
    cells = client.get("/tracking/cells")
    assert "No table yet" in text_of(cells.text)
    headers = {"x-csrf-token": fields["csrf"], "content-type": "application/octet-stream", "hx-request": "true"}
    row = b"GSM,639,2,1001,51,0,30.25,0.0,1500,22,1,0,0,0\nGSM,639,2,1001,52,0,30.25,0.0,1500,2,1,0,0,0\n"
    sent = client.post("/tracking/cells?name=Kenya&file=x.csv", content=row, headers=headers)
    assert "Kenya : 1 cell imported." in text_of(sent.text)
    assert "measured fewer than 5 times" in text_of(sent.text)
    refused = client.post("/tracking/cells?name=Kenya", content=b"no", headers=headers)
    assert refused.status_code == 422
    gone = client.post("/tracking/cells/withdraw", data={"csrf": fields["csrf"], "table": "Kenya", "reason": "old"})
    assert gone.status_code == 303
    assert "Withdrawn" in text_of(client.get("/tracking/cells").text)


def test_a_seal_is_armed_once_it_answers_itself(lorry: Tracked, ask: Any, client: httpx.Client) -> None:
    at = "/v1/devices/dev-1/seal"

    def seal() -> dict[str, Any]:
        (found,) = (one for one in ask("GET", "/v1/devices", "auditor").json()["devices"] if one["id"] == "dev-1")
        return dict(found["seal"])

    assert seal()["handling"] is None
    lorry.hear(range(2))  # closed, but before it was asked
    assert ask("POST", at, "auditor", json={"act": "arm"}).status_code in (403, 404)
    assert ask("POST", at, json={"act": "arm"}).json()["seal"]["handling"]["asked"] == "arm"
    assert seal()["answered_at"] is None
    assert "asked to arm; no answer yet" in text_of(client.get("/tracking/devices").text)
    lorry.start = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
    lorry.hear([0])
    assert seal()["answered_at"] is not None
    assert "armed" in text_of(client.get("/tracking/devices").text)
    ask("POST", at, json={"act": "disarm"})
    assert seal()["answered_at"] is None  # another request asks for another answer


def test_a_seal_that_opens_as_it_was_asked_to_raises_nothing(lorry: Tracked, ask: Any) -> None:
    at = "/v1/devices/dev-1/seal"
    opened = SealPart(n="S1", lock=0, strap=1, case=1)
    lorry.hear(range(93, 95))
    assert ask("POST", at, json={"act": "disarm"}).status_code == 200
    lorry.start = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=474)
    lorry.hear([95], seal=opened)
    lorry.hear([96], seal=SealPart(n="S1", lock=0, strap=0, case=1))
    lorry.hear([97])
    assert ask("GET", "/v1/alerts").json()["alerts"] == []


def test_a_seal_that_opens_unasked_in_the_stock_is_told(lorry: Tracked, ask: Any) -> None:
    lorry.hear(range(93, 95))
    lorry.hear([95], seal=SealPart(n="S1", lock=0, strap=1, case=1))
    assert [one["kind"] for one in ask("GET", "/v1/alerts").json()["alerts"]] == ["seal-opened"]


@pytest.mark.parametrize(("office", "kinds"), [("TO", []), ("FROM", ["seal-opened"])])
def test_a_seal_disarmed_at_its_destination_opens_as_asked_by_that_office_alone(
    lorry: Tracked, ask: Any, office: str, kinds: list[str]
) -> None:
    line = lorry.activate()
    lorry.hear(range(63))
    supervisor = officer("supervisor", office=office)
    lorry.house.tracking.devices.handle_seal(supervisor, "dev-1", "disarm")
    lorry.start = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=474)
    lorry.hear(range(95, 97), seal=SealPart(n="S1", lock=0, strap=1, case=1))
    (found,) = ask("GET", "/v1/journeys?state=all").json()["lines"]
    assert found["id"] == line.id
    assert found["seal"] == "open"
    alerts = ask("GET", "/v1/alerts").json()["alerts"]
    assert [one["kind"] for one in alerts if one["kind"].startswith("seal")] == kinds


@pytest.mark.parametrize(("is_armed", "severity"), [(True, "red"), (False, "amber")])
def test_an_opening_after_a_seal_was_armed_is_red_although_no_plan_names_one(
    lorry: Tracked, ask: Any, is_armed: bool, severity: str
) -> None:
    if is_armed:
        ask("POST", "/v1/devices/dev-1/seal", json={"act": "arm"})
    lorry.start = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
    lorry.hear([0], seal=SealPart(lock=1, strap=1, case=1))
    lorry.start += timedelta(seconds=1)
    lorry.activate(seals=())
    lorry.hear(range(20, 22), seal=SealPart(lock=0, strap=1, case=1))
    alerts = [one for one in ask("GET", "/v1/alerts").json()["alerts"] if one["kind"] == "seal-opened"]
    assert [one["severity"] for one in alerts] == [severity]


def test_a_seal_that_is_not_fit_follows_no_journey(lorry: Tracked, ask: Any, client: httpx.Client) -> None:
    at = "/v1/devices/dev-1/seal"
    assert ask("POST", at, json={"act": "blacklist"}).status_code == 422
    assert ask("POST", at, json={"act": "calibrate"}).status_code == 422
    assert ask("POST", at, json={"act": "calibrate", "until": "2020-01-31"}).json()["seal"]["is_calibrated"] is False
    page = client.get("/tracking/devices/blacklist?device=dev-1")
    form = {"csrf": token(page.text)}
    assert client.post("/tracking/devices/blacklist?device=dev-1", data=form).status_code == 422
    done = client.post("/tracking/devices/blacklist?device=dev-1", data={**form, "note": "copied key"})
    assert done.status_code == 303
    said = text_of(client.get("/tracking/devices").text)
    assert "Blacklisted" in said and "calibrated until 2020-01-31" in said
    with pytest.raises(SenderError) as refused:
        lorry.activate()
    assert refused.value.findings[0].message == "{found} is not fit to be used as a seal"
    assert ask("POST", at, json={"act": "arm"}).status_code == 422
    assert ask("POST", at, json={"act": "use"}).json()["seal"]["handling"]["condition"] == "usable"
    line = lorry.activate()
    assert ask("POST", at, json={"act": "workshop"}).status_code == 422  # under way
    assert line.state == "under-way"
    assert len(lorry.built.bodies("seal-handling")) == 3


def test_amounts_are_written_with_the_figures_0_to_9(lorry: Tracked, ask: Any) -> None:
    amount = "\u0661\u0662"  # 12 in the figures of Arabic
    assert ask("POST", "/v1/guarantees", json={**BOND, "reference_amount": amount}).status_code == 422
    assert ask("POST", "/v1/guarantees", json={**BOND, "reference_amount": "20.001"}).status_code == 422
    line = lorry.activate()
    body = {"amount": amount, "currency": "EUR", "reason": "late"}
    assert ask("POST", f"/v1/journeys/{line.id}/fines", json=body).status_code == 422
    body["amount"] = "0.001"
    assert ask("POST", f"/v1/journeys/{line.id}/fines", json=body).json()["error"]["code"] == "amount-places"


def test_what_is_to_be_done_with_a_reason_says_so_where_none_is_given(lorry: Tracked, ask: Any) -> None:
    lorry.activate()
    lorry.hear(range(10))
    lorry.hear(range(10, 12), seal=SealPart(n="S1", lock=0))
    alert = ask("GET", "/v1/alerts").json()["alerts"][0]["id"]
    at = f"/v1/alerts/{alert}/acts"
    for words in ({"note": ""}, {"note": " "}, {}):
        told = ask("POST", at, "officer", json={"act": "close", "value": "explained", **words})
        assert (told.status_code, told.json()["error"]["code"]) == (422, "reason-missing"), told.text
    assert ask("POST", at, "auditor", json={"act": "close", "value": "explained", "note": ""}).status_code == 404
    assert ask("POST", at, "officer", json={"act": "close", "value": "explained", "note": "seen"}).status_code == 200


def test_a_late_journey_is_listed_with_its_operator_and_its_delay(
    lorry: Tracked, ask: Any, client: httpx.Client
) -> None:
    lorry.activate(expected_arrival=lorry.at(12), operator="Kestrel Haulage")
    lorry.hear(range(10))  # 283 km are left: three hours at least
    (line,) = ask("GET", "/v1/journeys", "officer").json()["lines"]
    assert (line["operator"], line["late_s"] > 9_000) == ("Kestrel Haulage", True)
    assert ask("GET", "/v1/journeys", "trader").status_code == 403
    alerts = ask("GET", "/v1/alerts", "officer").json()["alerts"]
    assert [(one["kind"], one["severity"]) for one in alerts] == [("running-late", "amber")]
    said = text_of(client.get("/tracking/journeys").text)
    assert "Kestrel Haulage" in said and "later than expected" in said
    assert "later than expected" in text_of(client.get(f"/tracking/journeys/{line['id']}").text)
    with pytest.raises(SenderError) as refused:
        lorry.activate(reference="26XX000000000002T1", devices=("dev-2",), expected_arrival=lorry.at(-1))
    assert [one.code for one in refused.value.findings] == ["journey-expected"]


def test_an_on_call_list_is_kept_over_http_and_on_its_page(lorry: Tracked, ask: Any, client: httpx.Client) -> None:
    body = {"office": "TO", "shifts": [{"officer": "olga", "begins": "00:00", "ends": "24:00"}]}
    assert ask("PUT", "/v1/on-call", "officer", json=body).status_code == 403
    assert ask("PUT", "/v1/on-call", json={"office": "TO", "shifts": [{"officer": "nobody"}]}).status_code == 422
    assert ask("PUT", "/v1/on-call", json=body).json()["now"] == ["olga"]
    assert ask("GET", "/v1/on-call", "auditor").json()["lists"][0]["inbox_only"] == ["olga"]
    page = client.get("/tracking/on-call")
    assert "On call now: olga" in " ".join(text_of(page.text).split())
    form = {"csrf": token(page.text), "office": "FROM", "shifts": "olga someday"}
    wrong = client.post("/tracking/on-call", data=form)
    assert (wrong.status_code, "Line 1 is not a shift" in text_of(wrong.text)) == (422, True)
    assert client.post("/tracking/on-call", data={**form, "shifts": "olga mon-sun 00:00-24:00"}).status_code == 303
    assert [one["list"]["office"] for one in ask("GET", "/v1/on-call").json()["lists"]] == ["FROM", "TO"]


def test_lists_of_hubs_are_kept_on_a_page(client: httpx.Client) -> None:
    empty = client.get("/threats/hubs")
    assert "No list yet" in text_of(empty.text)
    headers = {"content-type": "application/octet-stream", "hx-request": "true", "x-csrf-token": token(empty.text)}
    content = b"identity,value,kind,note\naddress,12 Meridian Tower,business-centre,<b>serviced</b>\nphone,none,,\n"
    sent = client.post("/threats/hubs?name=centres&file=x.csv", content=content, headers=headers)
    assert "centres : 1 entry imported." in text_of(sent.text) and "line 3: none is no phone" in text_of(sent.text)
    refused = client.post("/threats/hubs?name=centres", content=b"no", headers=headers)
    assert refused.status_code == 422 and "no column" in text_of(refused.text)
    page = client.get("/threats/hubs").text
    assert "address: 12 Meridian Tower · business centre · &lt;b&gt;serviced" in page.replace("<bdi>", "").replace(
        "</bdi>", ""
    )
    asked = {"csrf": token(empty.text), "list": "centres"}
    without = client.post("/threats/hubs/withdraw", data={**asked, "reason": " "})
    assert without.status_code == 422 and "Give the reason" in text_of(without.text)
    assert client.post("/threats/hubs/withdraw", data={**asked, "reason": "outdated"}).status_code == 303
    assert "outdated" in text_of(client.get("/threats/hubs").text)

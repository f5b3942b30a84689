# SPDX-License-Identifier: Apache-2.0
"""Everybody's subscriptions to events as customs sees them: by service, over HTTP and by page; sent again, and ended with a reason."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from cocket.errors import PolicyError, ReasonMissingError, SenderError
from cocket.governance import Principal
from cocket.pipeline import open_stores
from cocket.pipeline.base.access import NotFoundError
from cocket.pipeline.partners.dcsa_sending import DcsaSending
from cocket.pipeline.partners.dcsa_subscriptions import NewEventSubscription
from cocket.pipeline.partners.epcis_sending import EpcisSending
from cocket.pipeline.partners.one_record_sending import OneRecordSending
from cocket.pipeline.partners.subscribers import PartnerSubscription
from cocket.workbench import build_app as build_pages
from tests.api.test_epcis import event
from tests.api.test_one_record import Ask
from tests.api.test_one_record import ask as _ask
from tests.exchange.test_source_connectors import THREE
from tests.houses import Built, build, envelope, keyed, officer, trader
from tests.pipeline.partners.test_epcis_sending import capture
from tests.pipeline.partners.test_epcis_sending import subscribe as subscribe_to_query
from tests.pipeline.partners.test_one_record_sending import HERE, called, created, subscribed
from tests.pipeline.queries.test_mirror import SIONE
from tests.simulators.webhook_receiver import Receiver, Taken, receiver
from tests.workbench.base.test_real_instance import text_of
from tests.workbench.conftest import served

ask = _ask
ACME, AUDITOR = trader("ACME"), Principal(id="aud", kind="officer", roles=("auditor",))
OF_ONE_OFFICE = Principal(id="mere", kind="officer", roles=("supervisor",), office="FJSUV")
BASE = "/v1/partners/subscriptions"
PASSWORD = "seal and cord and wax"
OPEN = {"event_webhooks": True, "event_networks": "127.0.0.0/8", "event_plain_http": True}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = build(tmp_path_factory.mktemp("subscribers"), **OPEN)
    keyed(made, "ACME", "GHA")
    for name, role in (("sione", "supervisor"), ("aud", "auditor"), ("omar", "officer")):
        made.house.governance.accounts.put_officer(name, name, role, None, PASSWORD)
    yield made
    made.house.close()


def work(built: Built) -> None:
    for kind in (DcsaSending, EpcisSending, OneRecordSending):
        with closing(kind(open_stores(built.settings, built.dsn), draw=lambda: 0.5, seconds=1.0)) as one:
            one.turn(datetime.now(UTC))


def failing(built: Built, made: Receiver) -> dict[str, str]:
    """Three subscriptions, each with something that was not taken; standard → id."""
    partners = built.house.partners
    secret = b"a secret of thirty-two bytes, or more"
    address = f"http://127.0.0.1:{made.port}/events?token=hidden"
    new = NewEventSubscription(address=address, filters=(("eventType", "EQUIPMENT"),), secret=secret)
    dcsa = partners.event_subscriptions.subscribe(ACME, new).id
    epcis = subscribe_to_query(built, made, stream=True).id
    called(built, made)
    kept = created(built)
    asked = subscribed(built, f"{HERE}/{kept.id}").id
    partners.dcsa.push(ACME, envelope(json.dumps({"events": [THREE("a"), THREE("b")]}).encode()))
    capture(built, event(11, bizStep="arriving"))
    told = {
        "@context": {"cargo": "https://onerecord.iata.org/ns/cargo#"},
        "@type": "cargo:LogisticsEvent",
        "cargo:eventCode": "DEP",
        "cargo:eventDate": "2026-03-28T09:00:00Z",
        "cargo:eventTimeType": {"@id": "cargo:ACTUAL"},
        "cargo:creationDate": "2026-03-28T09:01:00Z",
    }
    partners.one_record.add_event(ACME, kept.id, envelope(json.dumps(told).encode()))
    work(built)
    return {"dcsa": dcsa, "epcis": epcis, "one-record": asked}


def seen(built: Built, who: Principal = SIONE) -> dict[str, PartnerSubscription]:
    return {one.standard: one for one in built.house.partners.subscribers.subscriptions(who)}


def test_customs_sees_all_three_sends_again_and_ends_with_a_reason(built: Built, ask: Ask) -> None:
    subscribers = built.house.partners.subscribers
    answers = [410]

    def behave(one: Taken) -> int:
        return 204 if one.method == "HEAD" or not answers else answers[0]

    assert subscribers.subscriptions(AUDITOR) == ()
    with receiver(behave=behave) as made:
        ids = failing(built, made)
        found = seen(built, AUDITOR)
        assert {standard: one.id for standard, one in found.items()} == ids
        assert {one.subscriber for one in found.values()} == {"ACME"}
        assert {one.host for one in found.values()} == {f"127.0.0.1:{made.port}"}
        assert [found[name].state for name in ids] == ["disabled", "disabled", "active"]
        assert [(found[name].waiting, found[name].given_up) for name in ids] == [(0, 2), (0, 1), (0, 1)]
        assert all(one.last is None and one.has_trouble and "410" in one.problem for one in found.values())
        assert found["dcsa"].wanted == (("eventType", "EQUIPMENT"),)
        assert found["epcis"].wanted == (("query", "arrivals"),)
        looks = [json.loads(one) for one in built.bodies("look")]
        assert looks[-1]["what"] == "partner subscriptions" and set(looks[-1]["subjects"]) == set(ids.values())

        # Who may not, and what is said of what is wrong.
        for who in (officer(), ACME, OF_ONE_OFFICE):
            with pytest.raises(PolicyError):
                subscribers.subscriptions(who)
        for who in (AUDITOR, officer(), ACME, OF_ONE_OFFICE):
            with pytest.raises(PolicyError):
                subscribers.send_again(who, ids["dcsa"])
            with pytest.raises(PolicyError):
                subscribers.end(who, ids["dcsa"], "no more")
        for reason, error in (("", ReasonMissingError), (" \n", ReasonMissingError), ("a\x00b", SenderError)):
            with pytest.raises(error):
                subscribers.end(SIONE, ids["dcsa"], reason)
        for wanted in ("", "x", "0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611"):
            with pytest.raises(NotFoundError):
                subscribers.subscription(SIONE, wanted)

        # Over HTTP: the auditor reads, the supervisor acts.
        listed = ask("GET", BASE, "HOUSE", "auditor")
        assert listed.status_code == 200 and "hidden" not in listed.text and "secret" not in listed.text
        assert {one["id"] for one in listed.json()["subscriptions"]} == set(ids.values())
        assert ask("GET", BASE, "ACME").status_code == 403
        assert ask("GET", f"{BASE}/{ids['epcis']}", "HOUSE", "auditor").json()["standard"] == "epcis"
        assert (
            ask("POST", f"{BASE}/{ids['epcis']}/again", "HOUSE", "auditor").status_code == 404
        )  # as for what is not there
        answers.clear()
        for one in ids.values():
            reply = ask("POST", f"{BASE}/{one}/again", "HOUSE", "supervisor")
            assert (reply.status_code, reply.json()["state"]) == (202, "active"), reply.text
        before = len(made.taken)
        work(built)
        assert len(made.taken) - before == len(ids)
        found = seen(built)
        assert [(one.waiting, one.given_up, one.problem) for one in found.values()] == [(0, 0, "")] * len(ids)
        assert all(one.last is not None and not one.has_trouble for one in found.values())

        # By page.
        _by_page(built, ids, made.port)
        assert ask("POST", f"{BASE}/{ids['epcis']}/end", "HOUSE", "supervisor", json={"reason": ""}).status_code == 422
        for name in ("epcis", "one-record"):
            reply = ask("POST", f"{BASE}/{ids[name]}/end", "HOUSE", "supervisor", json={"reason": "the line is closed"})
            assert reply.status_code == 204, reply.text
        over = seen(built)
        assert {name: (one.state, one.id) for name, one in over.items()} == {
            name: ("ended", one) for name, one in ids.items()
        }
        assert [over[name].reason for name in ids] == ["the carrier left", "the line is closed", "the line is closed"]
        assert over["dcsa"].ended_by == "sione" and all(one.ended_by and one.ended for one in over.values())
        assert not any(one.has_trouble for one in over.values())
        assert subscribers.subscription(AUDITOR, ids["one-record"]) == over["one-record"]
        for name in ids:
            with pytest.raises(NotFoundError):
                subscribers.send_again(SIONE, ids[name])
            with pytest.raises(NotFoundError):
                subscribers.end(SIONE, ids[name], "again")
        built.house.partners.dcsa.push(ACME, envelope(json.dumps({"events": [THREE("c")]}).encode()))
        capture(built, event(12, bizStep="arriving"))
        before = len(made.taken)
        work(built)
        assert len(made.taken) == before
    for kind, words in (
        ("dcsa-subscription", "the carrier left"),
        ("epcis-subscription", "the line is closed"),
        ("one-record-request", "the line is closed"),
    ):
        assert words in built.bodies(kind)[-1].decode()


def _by_page(built: Built, ids: dict[str, str], port: int) -> None:
    place = f"/administration/partners/subscriptions/{ids['dcsa']}"
    with served(build_pages(built.house)) as address:

        @contextmanager
        def opened(name: str) -> Iterator[httpx.Client]:
            with httpx.Client(base_url=address, headers={"origin": address}, timeout=120) as client:
                client.post("/sign-in", data={"name": name, "password": PASSWORD})
                yield client

        with opened("omar") as client:
            assert client.get(place).status_code == 403
        with opened("aud") as client:
            page = text_of(client.get("/administration/partners").text)
            assert "Subscriptions to events" in page and f"127.0.0.1:{port}" in page and "hidden" not in page
            shown = client.get(place)
            assert shown.status_code == 200 and f"{place}/end" not in shown.text and "EQUIPMENT" in shown.text
            assert client.get("/administration/partners/subscriptions/x").status_code == 404
        with opened("sione") as client:
            shown = client.get(place).text
            form: dict[str, Any] = {"csrf": shown.partition('name="csrf" value="')[2].partition('"')[0]}
            assert client.post(f"{place}/again", data=form).status_code == 303
            refused = client.post(f"{place}/end", data={**form, "reason": " "})
            assert (refused.status_code, "Give the reason" in refused.text) == (422, True)
            assert client.post(f"{place}/end", data={**form, "reason": "the carrier left"}).status_code == 303
            assert "The subscription has ended." in client.get("/administration/partners").text
            listed = text_of(client.get("/administration/partners").text)
            assert "ended · sione" in listed and "the carrier left" in listed
            shown = client.get(place).text
            assert "data-ended" in shown and "the carrier left" in shown and f"{place}/end" not in shown

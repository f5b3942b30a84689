# SPDX-License-Identifier: Apache-2.0
"""Subscribing to events of Track and Trace: who is pushed which, with which parts, signed; and what is done of receivers that fail."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from cocket.pipeline import open_stores
from cocket.pipeline.operations.event_delivery import PAUSES
from cocket.pipeline.partners.dcsa_sending import DcsaSending
from tests.api.test_dcsa import push, two
from tests.api.test_one_record import Ask
from tests.api.test_one_record import ask as _ask
from tests.corpora import corpora
from tests.exchange.test_source_connectors import THREE
from tests.governance.agreements.given import text
from tests.houses import Built, build
from tests.pipeline.queries.test_mirror import SIONE, VEA, agreed
from tests.simulators.webhook_receiver import Receiver, Taken, receiver

ask = _ask
SECRET, OTHER = b"a secret of thirty-two bytes, or more", b"another secret of thirty-two bytes, or so"
BASE = "/v1/dcsa/event-subscriptions"
#: What a caller without a key sends in its place.
PLAIN = {"Authorization": "", "Content-Type": "application/json"}
OPEN = {"event_webhooks": True, "event_networks": "127.0.0.0/8", "event_plain_http": True}
SEALED = THREE(
    "x",
    equipmentDetails={"equipmentReference": "APZU4812090", "seals": [{"number": "S-1"}], "consignee": "hidden"},
    shipmentDetails={"documentReference": {"typeCode": "TRD", "reference": "BL-1"}},
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = build(tmp_path_factory.mktemp("dcsa-push"), **OPEN)
    for one in (SIONE, VEA):
        made.house.governance.accounts.put_officer(one.id, one.id, "supervisor", None, "seal and cord and wax")
    yield made
    made.house.close()


@contextmanager
def sending(built: Built) -> Iterator[DcsaSending]:
    with closing(DcsaSending(open_stores(built.settings, built.dsn), draw=lambda: 0.5, seconds=2.0)) as made:
        yield made


def work(built: Built, now: datetime | None = None) -> None:
    with sending(built) as one:
        for _ in range(10):
            if not one.turn(now or datetime.now(UTC)):
                return


def body(made: Receiver, **instead: Any) -> dict[str, Any]:
    secret = base64.b64encode(SECRET).decode()
    return {"callbackUrl": f"http://127.0.0.1:{made.port}/events?ref=1", "secret": secret, **instead}


def pushed(made: Receiver) -> list[Any]:
    """Bodies of the notifications that came, in order."""
    return [json.loads(one.body) for one in made.taken if one.method == "POST"]


def ids(made: Receiver) -> list[str]:
    return [event["eventID"] for one in pushed(made) for event in (one if isinstance(one, list) else one["events"])]


def agreement(fields: str) -> bytes:
    return text().replace(b"[exchanges]", f"[exchanges]\ntrack-and-trace = {fields}".encode())


def test_a_sender_is_pushed_what_fits_once_in_order_and_signed_with_its_secret_of_the_day(
    ask: Ask, built: Built
) -> None:
    with receiver() as made:
        push(ask, {"events": [THREE("before")]}, "SUB1")
        reply = ask("POST", BASE, "SUB1", json=body(made, eventType=["EQUIPMENT"], equipmentReference="APZU4812090"))
        assert reply.status_code == 201, reply.text
        assert reply.headers["api-version"] == "2.2.0"
        known = reply.json()
        assert known == {
            "subscriptionID": known["subscriptionID"],
            "callbackUrl": body(made)["callbackUrl"],
            "eventType": ["EQUIPMENT"],
            "equipmentReference": "APZU4812090",
        }
        assert [(one.method, one.path) for one in made.taken] == [("HEAD", "/events?ref=1")]
        other = {"equipmentDetails": {"equipmentReference": "CSQU3054383"}}
        push(ask, {"events": [THREE("a"), THREE("b", **other)]}, "SUB1")
        push(ask, {"events": [THREE("c")]}, "SUB1")
        push(ask, {"events": [THREE("d")]}, "SUB2")
        work(built)
        work(built)
        assert ids(made) == ["a", "c"] and len(pushed(made)) == 1
        one = made.taken[-1]
        assert one.headers["subscription-id"] == known["subscriptionID"]
        assert one.headers["notification-signature"] == f"sha256={hmac.new(SECRET, one.body, sha256).hexdigest()}"
        where = f"{BASE}/{known['subscriptionID']}"
        assert ask("GET", where, "SUB1").json() == known
        assert ask("PUT", where, "SUB1", json={**known, "eventType": ["TRANSPORT"]}).status_code == 200
        assert (
            ask("PUT", where, "SUB1", json=known).json() == known
        )  # what did not fit meanwhile is not sent afterwards
        secret = {"secret": base64.b64encode(OTHER).decode()}
        assert ask("PUT", f"{where}/secret", "SUB1", json=secret).status_code == 204
        push(ask, {"events": [THREE("e")]}, "SUB1")
        work(built)
        one = made.taken[-1]
        assert ids(made) == ["a", "c", "e"]
        assert one.headers["notification-signature"] == f"sha256={hmac.new(OTHER, one.body, sha256).hexdigest()}"
        assert ask("DELETE", where, "SUB1").status_code == 204
        push(ask, {"events": [THREE("f")]}, "SUB1")
        work(built)
        assert ids(made) == ["a", "c", "e"]
        assert ask("GET", where, "SUB1").status_code == 404
    sent = [json.loads(each) for each in built.bodies("dcsa-sent")]
    assert [(each["events"], len(each["messages"])) for each in sent] == [(2, 2), (1, 1)]
    kept = b"".join(built.bodies("dcsa-subscription"))
    assert SECRET not in kept and base64.b64encode(SECRET) not in kept


def test_events_of_both_editions_go_in_the_bodies_of_their_editions_and_can_be_taken_in_again(
    ask: Ask, built: Built
) -> None:
    with receiver() as made:
        where = f"{BASE}/{ask('POST', BASE, 'SUB8', json=body(made)).json()['subscriptionID']}"
        for events in ([two("1")], {"events": [THREE("t")]}, [two("2")]):
            assert push(ask, events, "SUB8").status_code == 200
        work(built)
        assert pushed(made) == [[two("1")], {"events": [THREE("t")]}, [two("2")]]
        taken = [one for one in made.taken if one.method == "POST"]
        assert [one.headers["api-version"] for one in taken] == ["2.2.0", "3.0.0", "2.2.0"]
        assert all(push(ask, one.body, "SUB9").status_code == 200 for one in taken)
        ask("DELETE", where, "SUB8")


def test_a_partner_is_pushed_the_parts_that_its_agreement_gives_until_it_is_over(ask: Ask, built: Built) -> None:
    with receiver() as made:
        assert ask("POST", BASE, "BETANIA", "agency", json=body(made)).json()["error"]["code"] == "agreement-over"
        assert not made.taken
        agreed(built, agreement('["equipment"]'))
        reply = ask("POST", BASE, "BETANIA", "agency", json=body(made, equipmentReference="APZU4812090"))
        assert reply.status_code == 201, reply.text
        mine = f"{BASE}/{reply.json()['subscriptionID']}"
        asked = body(made, transportDocumentReference="BL-1")  # a filter tells nothing that is not given
        assert ask("POST", BASE, "BETANIA", "agency", json=asked).status_code == 201
        push(ask, {"events": [SEALED]}, "CARRIER")
        work(built)
        assert [one["events"] for one in pushed(made)] == [
            [
                {
                    "eventID": "x",
                    "eventDateTime": "2026-01-20T10:15:00Z",
                    "eventUpdatedDateTime": "2026-01-20T10:20:00Z",
                    "eventClassification": THREE("x")["eventClassification"],
                    "equipmentDetails": {"equipmentReference": "APZU4812090"},
                }
            ]
        ]
        looks = [json.loads(one) for one in built.bodies("look")]
        given = [one for one in looks if one["what"] == "movement events" and one["roles"] == ["agency"]]
        sent = json.loads(built.bodies("dcsa-sent")[-1])
        assert sent["agreement"] == "betania-2026" and given[-1]["subjects"] == sent["messages"]
        look = given[-1]
        assert (look["purpose"], look["agreement"], look["decisions"][0]["purpose"]) == (
            "control",
            "betania-2026",
            "control",
        )
        agreed(built, agreement("[]").replace(b"track-and-trace = []\n", b""))
        push(ask, {"events": [THREE("y")]}, "CARRIER")
        work(built)
        assert ids(made) == ["x"]
        state = ask("GET", f"{mine}/undelivered", "BETANIA", "agency").json()
        assert (state["state"], state["events"]) == ("disabled", [])
        assert "does not cover" in state["reason"]
        assert ask("POST", f"{mine}/undelivered", "BETANIA", "agency").status_code == 422
        agreed(built, agreement('["equipment"]'))  # what happened meanwhile is not given for it
        again = ask("POST", BASE, "BETANIA", "agency", json=body(made))
        work(built)
        assert ids(made) == ["x"] and again.status_code == 201
        for one in ask("GET", BASE, "BETANIA", "agency").json():
            assert ask("DELETE", f"{BASE}/{one['subscriptionID']}", "BETANIA", "agency").status_code == 204


def test_others_see_nothing_of_a_subscription_and_customs_sees_how_it_goes(ask: Ask, built: Built) -> None:
    with receiver() as made:
        known = ask("POST", BASE, "SUB3", json=body(made)).json()["subscriptionID"]
        where = f"{BASE}/{known}"
        for method, path, how in (
            ("GET", where, {}),
            ("DELETE", where, {}),
            ("PUT", where, {"json": {"callbackUrl": body(made)["callbackUrl"]}}),
            ("PUT", f"{where}/secret", {"json": {"secret": body(made)["secret"]}}),
            ("GET", f"{where}/undelivered", {}),
            ("POST", f"{where}/undelivered", {}),
        ):
            assert ask(method, path, "OTHER", **how).status_code == 404, path
        assert ask("GET", BASE, "OTHER").json() == []
        for role in ("supervisor", "officer", "analyst"):
            seen = ask("GET", BASE, "HOUSE", role)
            assert (seen.status_code == 200) == (role == "supervisor"), role
        assert known in [one["subscriptionID"] for one in ask("GET", BASE, "HOUSE", "supervisor").json()]
        assert ask("PUT", where, "HOUSE", "supervisor", json={"callbackUrl": "http://127.0.0.1/"}).status_code == 404
        assert ask("DELETE", where, "HOUSE", "supervisor").status_code == 204


def test_one_that_fails_is_tried_later_and_shows_what_waits_and_goes_on_where_it_stopped(
    ask: Ask, built: Built
) -> None:
    answers: list[int] = []

    def behave(one: Taken) -> int:
        return 204 if one.method == "HEAD" or not answers else answers[-1]

    with receiver(behave=behave) as made, receiver() as good:
        where = f"{BASE}/{ask('POST', BASE, 'SUB4', json=body(made)).json()['subscriptionID']}"
        ask("POST", BASE, "SUB4", json=body(good))
        answers.append(500)
        push(ask, {"events": [THREE("p"), THREE("q")]}, "SUB4")
        at = datetime.now(UTC)
        work(built, at)
        assert ids(good) == ["p", "q"]  # nobody waits for another
        state = ask("GET", f"{where}/undelivered", "SUB4").json()
        assert (state["state"], state["attempts"], state["events"]) == ("active", 1, ["p", "q"])
        assert "500" in state["problem"] and state["is_all"] is True
        for pause in PAUSES:
            at += pause + timedelta(hours=6)
            work(built, at)
        state = ask("GET", f"{where}/undelivered", "HOUSE", "supervisor").json()
        assert (state["state"], state["events"]) == ("disabled", ["p", "q"]) and "No attempt" in state["reason"]
        tried = len(pushed(made))
        work(built, at + timedelta(days=9))
        assert len(pushed(made)) == tried
        answers.clear()
        assert ask("POST", f"{where}/undelivered", "SUB4").status_code == 202
        work(built)
        assert ids(made)[-2:] == ["p", "q"]
        answers.append(410)
        push(ask, {"events": [THREE("r")]}, "SUB4")
        work(built)
        state = ask("GET", f"{where}/undelivered", "SUB4").json()
        assert (state["state"], state["taken"]) == ("disabled", 2) and "410" in state["reason"]
        for one in ask("GET", BASE, "SUB4").json():
            ask("DELETE", f"{BASE}/{one['subscriptionID']}", "SUB4")


@pytest.mark.parametrize(
    ("instead", "says"),
    [
        ({"callbackUrl": "http://10.0.0.1/events"}, "webhook-address"),
        ({"callbackUrl": "http://169.254.169.254/latest"}, "webhook-address"),
        ({"callbackUrl": "ftp://hooks.example/"}, "webhook-url"),
        ({"callbackUrl": "http://127.0.0.1:1/"}, "dcsa-callback"),
        ({"secret": "c2hvcnQ="}, "dcsa-secret"),
        ({"secret": "!"}, "dcsa-secret"),
        ({"eventType": [","]}, "dcsa-parameter"),
        ({"scheduleID": "1"}, "dcsa-malformed"),
        ({"equipmentReference": 5}, "dcsa-malformed"),
        ({"eventType": "EQUIPMENT"}, "dcsa-malformed"),
    ],
)
def test_what_is_no_subscription_is_refused_with_why(ask: Ask, instead: dict[str, Any], says: str) -> None:
    with receiver() as made:
        reply = ask("POST", BASE, "SUB5", json=body(made, **instead))
        status = 400 if says in ("dcsa-parameter", "dcsa-malformed") else 422
        assert (reply.status_code, reply.json()["error"]["code"]) == (status, says), reply.text
        told = reply.json()["errors"]
        assert (reply.headers["api-version"], told[0]["reason"]) == ("2.2.0", says) and told[0]["message"]
        assert not made.taken
    assert ask("GET", BASE, "SUB5").json() == []


def test_one_whose_key_is_revoked_is_stopped_in_words_and_each_push_is_a_look(ask: Ask, built: Built) -> None:
    with receiver() as made:
        known = ask("POST", BASE, "SUB7", json=body(made)).json()["subscriptionID"]
        push(ask, {"events": [THREE("a"), THREE("b")]}, "SUB7")
        work(built)
        look, sent = (json.loads(built.bodies(kind)[-1]) for kind in ("look", "dcsa-sent"))
        assert (look["who"], look["what"], look["purpose"]) == ("trader-sub7", "movement events", "own-affairs")
        assert look["subjects"] == sent["messages"] and "message:read" in {one["action"] for one in look["decisions"]}
        push(ask, {"events": [THREE("c")]}, "SUB7")
        built.house.governance.accounts.revoke_key("trader-sub7")
        work(built)
        assert ids(made) == ["a", "b"]
        found = {one.id: one for one in built.house.partners.subscribers.subscriptions(SIONE)}[known]
        assert found.state == "disabled" and "not in force" in found.reason


@pytest.mark.parametrize("status", [200, 301, 404, 500])
def test_a_callback_that_does_not_answer_to_head_as_the_standard_says_is_not_kept(ask: Ask, status: int) -> None:
    with receiver(behave=lambda _: status) as made:
        reply = ask("POST", BASE, "SUB6", json=body(made))
        assert (reply.status_code, reply.json()["error"]["code"]) == (422, "dcsa-callback")
        assert len(made.taken) == 1
    assert ask("GET", BASE, "SUB6").json() == []


def test_conformance_filters_and_notifications_are_those_of_the_published_description(ask: Ask, built: Built) -> None:
    path = corpora("dcsa-openapi", "tnt", "v2", "test", "tnt_v2.2.0.yaml")
    written = path.read_text(encoding="utf-8")
    for name in ("/v2/event-subscriptions/{subscriptionID}/secret", "callbackUrl", "subscriptionID", "secret"):
        assert name in written
    told = {
        "eventType": ["EQUIPMENT", "TRANSPORT"],
        "shipmentEventTypeCode": ["RECE", "DRFT"],
        "documentTypeCode": ["SHI", "TRD"],
        "transportEventTypeCode": ["ARRI", "DEPA"],
        "equipmentEventTypeCode": ["GTIN", "GTOT"],
        "carrierBookingReference": "ABC709951",
        "transportDocumentReference": "ABC123123",
        "equipmentReference": "APZU4812090",
        "transportCallID": "123e4567",
        "vesselIMONumber": "9321483",
        "carrierVoyageNumber": "2103S",
        "exportVoyageNumber": "2103S",
        "carrierServiceCode": "FE1",
        "UNLocationCode": "FRPAR",
    }
    assert all(f"{name}:" in written for name in told)
    with receiver() as made:
        reply = ask("POST", BASE, "SUB7", json=body(made, **told))
        assert reply.status_code == 201, reply.text
        assert {name: reply.json()[name] for name in told} == told
        ask("DELETE", f"{BASE}/{reply.json()['subscriptionID']}", "SUB7")


def signed(content: bytes, secret: bytes = SECRET) -> dict[str, str]:
    return {"Notification-Signature": f"sha256={hmac.new(secret, content, sha256).hexdigest()}", "Subscription-ID": "1"}


def test_a_carrier_without_a_key_pushes_to_a_callback_what_it_signs(ask: Ask, built: Built) -> None:
    content = json.dumps([two("1"), two("2")]).encode()

    def call(method: str, path: str, **headers: str) -> Any:
        return ask(method, path, content=content if method == "POST" else None, headers={**PLAIN, **headers})

    told = {"sender": "CALL", "secret": base64.b64encode(SECRET).decode()}
    assert ask("POST", "/v1/dcsa/callbacks", "OTHER", json=told).status_code in (403, 404)
    assert ask("POST", "/v1/dcsa/callbacks", "CALL", json={**told, "secret": "c2hvcnQ="}).status_code == 422
    made = ask("POST", "/v1/dcsa/callbacks", "CALL", json=told)
    assert made.status_code == 201, made.text
    where = made.json()["path"]
    assert call("HEAD", where).status_code == 204
    assert (
        call("HEAD", where[:-1] + "!").status_code == call("HEAD", f"/v1/dcsa/callbacks/{'a' * 48}").status_code == 404
    )
    before = len(built.bodies("dcsa-callback"))
    for headers in ({}, signed(content, OTHER), signed(content + b" "), {"Notification-Signature": "sha256="}):
        assert call("POST", where, **headers).status_code == 401
    old = {"API-Version": "2"}
    assert ask("GET", "/v1/dcsa/events", "CALL", headers=old).json() == []
    taken = call("POST", where, **signed(content), **{"Cocket-Sender": "OTHER"})
    assert taken.status_code == 204, taken.text
    assert [one["eventID"] for one in ask("GET", "/v1/dcsa/events", "CALL", headers=old).json()] == [
        two("1")["eventID"],
        two("2")["eventID"],
    ]
    wrong = two("3")
    del wrong["eventDateTime"]
    content = json.dumps([wrong]).encode()
    told_back = call("POST", where, **signed(content))
    assert (told_back.status_code, told_back.headers["api-version"]) == (400, "2.2.0")
    assert "eventDateTime" in told_back.json()["errors"][0]["message"]
    told_back = call("POST", where, **signed(content), **{"API-Version": "3.0.0"})
    assert told_back.status_code == 400 and told_back.json()["feedbackElements"]
    assert len(built.bodies("dcsa-callback")) == before and SECRET not in b"".join(built.bodies("dcsa-callback"))
    assert [one["path"] for one in ask("GET", "/v1/dcsa/callbacks", "CALL").json()["callbacks"]] == [where]
    assert ask("GET", "/v1/dcsa/callbacks", "OTHER").json()["callbacks"] == []
    assert ask("DELETE", where, "OTHER").status_code == 404
    assert ask("DELETE", where, "CALL").status_code == 204
    assert call("HEAD", where).status_code == call("POST", where, **signed(content)).status_code == 404


def test_a_callback_ends_with_the_key_that_made_it(ask: Ask, built: Built) -> None:
    told = {"sender": "ENDS", "secret": base64.b64encode(SECRET).decode()}
    where = ask("POST", "/v1/dcsa/callbacks", "ENDS", json=told).json()["path"]
    assert ask("HEAD", where, headers=PLAIN).status_code == 204
    (key,) = {json.loads(one)["by"] for one in built.bodies("dcsa-callback") if json.loads(one)["sender"] == "ENDS"}
    built.house.governance.accounts.revoke_key(key)
    assert ask("HEAD", where, headers=PLAIN).status_code == 404

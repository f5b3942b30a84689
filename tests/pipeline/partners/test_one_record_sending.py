# SPDX-License-Identifier: Apache-2.0
"""Subscriptions at our ONE Record server, and the notifications that they lead to: to whom, in order, signed, at least once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from cocket.errors import CocketError, PolicyError, SenderError
from cocket.pipeline import open_stores
from cocket.pipeline.base.access import NotFoundError
from cocket.pipeline.operations.event_delivery import PAUSES
from cocket.pipeline.partners.one_record import NOT_READABLE, KeptObject, KeptRequest
from cocket.pipeline.partners.one_record_sending import OneRecordSending
from tests.api.test_one_record import API, CARGO, TEXT, change, company, delegation, piece
from tests.houses import Built, build, envelope, keyed, officer, trader
from tests.simulators.webhook_receiver import Receiver, Taken, receiver

HERE = "https://customs.example/v1/one-record/logistics-objects"
ACME, GHA = trader("ACME"), trader("GHA")


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, event_webhooks=True, event_networks="127.0.0.0/8", event_plain_http=True)
    keyed(made, "ACME", "GHA")
    yield made
    made.house.close()


def subscription(topic: str, kind: str = "LOGISTICS_OBJECT_IDENTIFIER", **instead: Any) -> bytes:
    return json.dumps(
        {
            "@context": {"api": API, "cargo": CARGO},
            "@type": "api:Subscription",
            "api:hasContentType": "application/ld+json",
            "api:hasSubscriber": {"@id": "https://1r.acme.example/logistics-objects/acme"},
            "api:hasTopicType": {"@id": f"api:{kind}"},
            "api:hasTopic": {"@type": "http://www.w3.org/2001/XMLSchema#anyURI", "@value": topic},
            "api:includeSubscriptionEventType": [
                {"@id": "api:LOGISTICS_OBJECT_UPDATED"},
                {"@id": "api:LOGISTICS_OBJECT_CREATED"},
                {"@id": "api:LOGISTICS_EVENT_RECEIVED"},
            ],
            **instead,
        }
    ).encode()


def created(built: Built, value: dict[str, Any] | None = None, sender: str = "ACME") -> KeptObject:
    content = json.dumps(value or piece()).encode()
    return built.house.partners.one_record.create(trader(sender), envelope(content, sender), HERE)


def subscribed(built: Built, topic: str, sender: str = "ACME", **how: Any) -> KeptRequest:
    records = built.house.partners.one_record
    made = records.ask_subscription(trader(sender), subscription(topic, **how), HERE)
    return made if made.status != "REQUEST_PENDING" else records.answer(ACME, made.id, "REQUEST_ACCEPTED", HERE)


def called(built: Built, made: Receiver, sender: str = "ACME") -> str:
    where = f"http://127.0.0.1:{made.port}/notifications"
    return built.house.partners.one_record_notices.keep_callback(trader(sender), sender, where, "open-sesame").secret


@contextmanager
def sending(built: Built) -> Iterator[OneRecordSending]:
    with closing(OneRecordSending(open_stores(built.settings, built.dsn), draw=lambda: 0.5, seconds=1.0)) as made:
        yield made


def work(one: OneRecordSending, now: datetime | None = None) -> None:
    for _ in range(20):
        if not one.turn(now or datetime.now(UTC)):
            return


def told(one: Taken) -> tuple[str, Any]:
    body = json.loads(one.body)
    return body[f"{API}hasEventType"]["@id"].removeprefix(API), body.get(f"{API}hasLogisticsObject")


def read_by(built: Built, kept: KeptObject, *permissions: str) -> KeptRequest:
    """The handling agent reads an object, which its holder accepted."""
    records = built.house.partners.one_record
    party = created(built, company("Handlers"), "GHA")
    asked = delegation(f"{HERE}/{kept.id}", f"{HERE}/{party.id}")
    asked["api:hasPermission"] = [{"@id": f"api:{one}"} for one in permissions]
    return records.answer(ACME, records.ask_access(GHA, json.dumps(asked).encode(), HERE).id, "REQUEST_ACCEPTED", HERE)


def test_a_subscriber_is_told_of_changes_and_events_of_one_object_in_order_and_signed(built: Built) -> None:
    records = built.house.partners.one_record
    with receiver() as made, sending(built) as one:
        secret = called(built, made)
        kept, other = created(built), created(built)
        asked = subscribed(built, f"{HERE}/{kept.id}")
        records.add_event(ACME, kept.id, envelope(json.dumps(_event(kept)).encode()))
        where = f"{HERE}/{kept.id}"
        wanted = change(where, 1, ("ADD", where, f"{CARGO}goodsDescription", TEXT, "Books"))
        records.answer(
            ACME, records.ask_change(ACME, kept.id, json.dumps(wanted).encode(), where).id, "REQUEST_ACCEPTED", HERE
        )
        work(one)
        assert [told(each)[0] for each in made.taken] == ["LOGISTICS_EVENT_RECEIVED", "LOGISTICS_OBJECT_UPDATED"]
        first, second = (json.loads(each.body) for each in made.taken)
        assert first[f"{API}hasLogisticsEvent"][0]["@id"].startswith(f"{where}/logistics-events/")
        assert second[f"{API}hasChangedProperty"][0]["@value"] == f"{CARGO}goodsDescription"
        assert second[f"{API}hasLogisticsObject"] == {"@id": where}  # the object itself only where it was asked for
        assert second[f"{API}isTriggeredBy"]["@id"].endswith(f"/action-requests/{asked.id}")
        headers = made.taken[0].headers
        assert headers["authorization"] == "Bearer open-sesame"
        assert headers["content-type"].startswith("application/ld+json")
        Webhook(secret).verify(made.taken[0].body.decode(), headers)
        assert other.id not in str([each.body for each in made.taken])
        records.revoke(ACME, asked.id)
        records.add_event(ACME, kept.id, envelope(json.dumps(_event(kept, "ARR")).encode()))
        work(one)
        assert len(made.taken) == 2
        assert not built.house.partners.one_record_notices.outbox(ACME)


def _event(kept: KeptObject, code: str = "DEP") -> dict[str, Any]:
    return {
        "@context": {"cargo": CARGO},
        "@type": "cargo:LogisticsEvent",
        "cargo:eventCode": {"@id": f"https://onerecord.iata.org/ns/code-lists/StatusCode#{code}"},
        "cargo:eventFor": {"@type": "cargo:Piece", "@id": f"{HERE}/{kept.id}"},
    }


def test_a_class_covers_what_the_subscriber_holds_or_may_read_and_nothing_else(built: Built) -> None:
    with receiver() as own, receiver() as handler, sending(built) as one:
        called(built, own), called(built, handler, "GHA")
        for sender in ("ACME", "GHA"):
            made = subscribed(
                built,
                f"{CARGO}LogisticsObject",
                sender,
                kind="LOGISTICS_OBJECT_TYPE",
                **{"api:sendLogisticsObjectBody": True},
            )
            assert made.status == "REQUEST_ACCEPTED"
        kept = created(built, piece(**{"cargo:goodsDescription": "Books"}))
        work(one)
        assert told(own.taken[0])[1]["cargo:goodsDescription"] == "Books"
        assert not handler.taken
        read_by(built, kept, "GET_LOGISTICS_OBJECT")  # and not events
        built.house.partners.one_record.add_event(ACME, kept.id, envelope(json.dumps(_event(kept)).encode()))
        work(one)
        assert len(own.taken) == 2
        assert [told(each)[1]["@type"] for each in handler.taken] == [["cargo:Company", "cargo:Organization"]]


def test_one_whose_access_ended_before_it_was_sent_is_withheld(built: Built) -> None:
    records = built.house.partners.one_record
    with receiver() as made, sending(built) as one:
        called(built, made, "GHA")
        kept = created(built)
        access = read_by(built, kept, "GET_LOGISTICS_OBJECT", "GET_LOGISTICS_EVENT")
        subscribed(built, f"{HERE}/{kept.id}", "GHA")
        records.add_event(ACME, kept.id, envelope(json.dumps(_event(kept)).encode()))
        records.revoke(ACME, access.id)
        work(one)
        assert not made.taken
        assert [each.state for each in built.house.partners.one_record_notices.outbox(GHA)] == ["withheld"]
        (over,) = built.house.partners.subscribers.subscriptions(officer("supervisor"))
        assert (over.state, over.subscriber, over.reason) == ("ended", "GHA", NOT_READABLE)


def test_a_subscription_to_an_object_is_stopped_at_what_happens_after_its_reading_ended(built: Built) -> None:
    records = built.house.partners.one_record
    with receiver() as made, sending(built) as one:
        called(built, made, "GHA")
        kept = created(built)
        access = read_by(built, kept, "GET_LOGISTICS_OBJECT", "GET_LOGISTICS_EVENT")
        asked = subscribed(built, f"{HERE}/{kept.id}", "GHA")
        records.add_event(ACME, kept.id, envelope(json.dumps(_event(kept)).encode()))
        work(one)
        look = json.loads(built.bodies("look")[-1])
        assert (look["who"], look["what"], look["purpose"]) == ("key-1", "movement events", "own-affairs")
        first = json.loads(built.bodies("one-record-event")[-1])["message"]
        assert look["subjects"] == [kept.revisions[-1].message, first] and len(made.taken) == 1
        records.revoke(ACME, access.id)
        records.add_event(ACME, kept.id, envelope(json.dumps(_event(kept, "ARR")).encode()))
        assert records.request(GHA, asked.id).status == "REQUEST_REVOKED"
        (over,) = built.house.partners.subscribers.subscriptions(officer("supervisor"))
        assert (over.state, over.reason) == ("ended", NOT_READABLE)
        work(one)
        assert len(made.taken) == 1


def test_one_whose_key_is_revoked_is_told_nothing_more_and_stopped_in_words(built: Built) -> None:
    records, subscribers = built.house.partners.one_record, built.house.partners.subscribers
    with receiver() as made, sending(built) as one:
        called(built, made)
        kept = created(built)
        subscribed(built, f"{HERE}/{kept.id}")
        looks = len(built.bodies("look"))
        built.house.governance.accounts.revoke_key("key-1")
        records.add_event(ACME, kept.id, envelope(json.dumps(_event(kept)).encode()))
        work(one)
        assert not made.taken and len(built.bodies("look")) == looks
        (over,) = subscribers.subscriptions(officer("supervisor"))
        assert over.state == "ended" and "not in force" in over.reason and over.ended_by == "events"
        (left,) = built.house.partners.one_record_notices.outbox(officer("supervisor"))
        assert left.state == "withheld" and "not in force" in left.problem


def test_one_that_fails_is_tried_again_given_up_at_last_and_sent_again_by_its_receiver(built: Built) -> None:
    answers: list[int | str] = [500, "hang", "huge-body", 302]
    notices = built.house.partners.one_record_notices
    with (
        receiver(behave=lambda _: answers.pop() if answers else 204) as made,
        receiver() as good,
        sending(built) as one,
    ):
        called(built, made), called(built, good, "GHA")
        for sender in ("ACME", "GHA"):
            subscribed(built, f"{CARGO}Piece", sender, kind="LOGISTICS_OBJECT_TYPE")
        created(built), created(built, sender="GHA")
        now = datetime.now(UTC)
        work(one, now)
        assert len(good.taken) == 1  # nobody is held up by another
        at = now
        for pause in PAUSES[:3]:
            at += pause * 2
            one.turn(at)
        assert not notices.outbox(ACME) or notices.outbox(ACME)[0].attempts >= 3
        answers[:] = [410]
        created(built)
        work(one, at + PAUSES[5])
        (lost,) = (each for each in notices.outbox(ACME) if each.state == "given-up")
        assert "410" in lost.problem
        with pytest.raises(NotFoundError):
            notices.send_again(GHA, lost.id)
        assert [each.id for each in notices.outbox(officer("supervisor"))] == [lost.id]
        notices.send_again(ACME, lost.id)
        work(one, at + PAUSES[6])
        assert not notices.outbox(ACME)


def test_who_cannot_be_told_or_may_not_subscribe_is_refused(built: Built) -> None:
    records, notices = built.house.partners.one_record, built.house.partners.one_record_notices
    kept = created(built)
    with pytest.raises(SenderError, match="where notifications are to be sent"):
        records.ask_subscription(ACME, subscription(f"{HERE}/{kept.id}"), HERE)
    for wrong in ("http://169.254.169.254/latest", "http://10.0.0.1/x", "ftp://x/y", "http://u:p@127.0.0.1/x"):
        with pytest.raises(SenderError):
            notices.keep_callback(ACME, "ACME", wrong, "")
    with pytest.raises(SenderError, match="token"):
        notices.keep_callback(ACME, "ACME", "http://127.0.0.1/x", "a\r\nx-evil: 1")
    with pytest.raises(PolicyError):
        notices.keep_callback(ACME, "GHA", "http://127.0.0.1/x", "")
    for sender in ("ACME", "GHA"):
        notices.keep_callback(trader(sender), sender, "http://127.0.0.1:9/notifications", "")
    with pytest.raises(NotFoundError):
        records.ask_subscription(GHA, subscription(f"{HERE}/{kept.id}"), HERE)
    party = created(built, company("Acme"))
    for body in (
        b"{}",
        subscription(f"{CARGO}ForkLift", "LOGISTICS_OBJECT_TYPE"),
        subscription("https://evil.example/ns#Piece", "LOGISTICS_OBJECT_TYPE"),
        subscription(f"{CARGO}Piece", "ANY"),
        subscription("not a place"),
        subscription(f"{CARGO}Piece", "LOGISTICS_OBJECT_TYPE", **{"api:includeSubscriptionEventType": []}),
        subscription(f"{CARGO}Piece", "LOGISTICS_OBJECT_TYPE", **{"api:expiresAt": "2020-01-01T00:00:00Z"}),
        subscription(f"{CARGO}Piece", "LOGISTICS_OBJECT_TYPE", **{"api:hasContentType": "text/turtle"}),
        subscription(f"{CARGO}Piece", "LOGISTICS_OBJECT_TYPE", **{"api:hasSubscriber": {"@id": f"{HERE}/{party.id}"}}),
    ):
        with pytest.raises(CocketError):
            records.ask_subscription(GHA, body, HERE)


def test_whoever_asks_to_be_told_of_the_status_of_a_request_is(built: Built) -> None:
    records = built.house.partners.one_record
    with receiver() as made, sending(built) as one:
        called(built, made)
        kept = created(built)
        where = f"{HERE}/{kept.id}"
        for is_wanted in (True, False):
            wanted = change(where, 1, ("ADD", where, f"{CARGO}goodsDescription", TEXT, "x"))
            wanted["api:notifyRequestStatusChange"] = is_wanted
            asked = records.ask_change(ACME, kept.id, json.dumps(wanted).encode(), where)
            records.answer(ACME, asked.id, "REQUEST_REJECTED", HERE)
        work(one)
        assert [told(each)[0] for each in made.taken] == ["CHANGE_REQUEST_REJECTED"]

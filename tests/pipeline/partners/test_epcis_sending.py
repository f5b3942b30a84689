# SPDX-License-Identifier: Apache-2.0
"""Results of subscriptions to queries of EPCIS: in order, signed, at least once; and what is done of receivers that fail."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket.gate import make_key
from cocket.pipeline import open_stores
from cocket.pipeline.operations.event_delivery import PAUSES
from cocket.pipeline.partners.epcis import Capture, NewSubscription, Subscription, write_subscription
from cocket.pipeline.partners.epcis_sending import EpcisSending
from tests.api.test_epcis import document, event
from tests.houses import Built, build, envelope, keyed, officer, trader
from tests.simulators.webhook_receiver import Receiver, receiver

ACME = trader("ACME")
OPEN = {"event_webhooks": True, "event_networks": "127.0.0.0/8", "event_plain_http": True}


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, **OPEN)
    keyed(made, "ACME", "OTHER")
    yield made
    made.house.close()


@contextmanager
def sending(built: Built, seconds: float = 2.0) -> Iterator[EpcisSending]:
    with closing(EpcisSending(open_stores(built.settings, built.dsn), draw=lambda: 0.5, seconds=seconds)) as made:
        yield made


def capture(built: Built, *events: dict[str, Any], sender: str = "ACME") -> None:
    brought = Capture(envelope=envelope(document(*events), sender))
    assert built.house.partners.epcis.capture(trader(sender), brought).success


def subscribe(built: Built, made: Receiver, **how: Any) -> Subscription:
    epcis = built.house.partners.epcis
    if not epcis.queries(ACME):
        epcis.keep_query(ACME, "arrivals", {"EQ_bizStep": ["arriving"]})
    new = NewSubscription(dest=f"http://127.0.0.1:{made.port}/results", **how)
    return epcis.subscribe(ACME, "arrivals", new)


def work(one: EpcisSending, now: datetime | None = None) -> None:
    for _ in range(10):
        if not one.turn(now or datetime.now(UTC)):
            return


def ids(made: Receiver) -> list[str]:
    return [
        each["eventID"][-2:]
        for one in made.taken
        for each in json.loads(one.body)["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    ]


def test_each_new_event_that_fits_is_sent_once_in_order_and_signed(built: Built) -> None:
    with receiver() as made, sending(built) as one:
        capture(built, event(11, bizStep="arriving"))  # before anybody subscribed
        known = subscribe(built, made, stream=True, signature_token="seal")
        capture(built, event(12, bizStep="arriving"), event(13))
        capture(built, event(14, bizStep="arriving"))
        capture(built, event(15, bizStep="arriving"), sender="OTHER")
        work(one)
        work(one)
        assert ids(made) == ["12", "14"]
        body = made.taken[0].body
        assert made.taken[0].headers["gs1-signature"] == f"sha256={hmac.new(b'seal', body, sha256).hexdigest()}"
        assert json.loads(body)["epcisBody"]["queryResults"]["subscriptionID"] == known.id
        capture(built, event(16, bizStep="arriving"))
        work(one)
        assert ids(made) == ["12", "14", "16"]
    sent = [json.loads(each) for each in built.bodies("epcis-sent")]
    assert [(each["events"], len(each["messages"])) for each in sent] == [(2, 2), (1, 1)]
    looks = [json.loads(each) for each in built.bodies("look")][
        -2:
    ]  # each result is a look at what it gave, by whoever was given it
    assert [(each["who"], each["what"], each["purpose"], each["subjects"]) for each in looks] == [
        ("key-1", "movement events", "own-affairs", each["messages"]) for each in sent
    ]
    assert all(("message:read", False) in _decided(each) for each in looks)


def _decided(look: dict[str, Any]) -> set[tuple[str, bool]]:
    return {(one["action"], one.get("is_refused", False)) for one in look["decisions"]}


def test_one_whose_right_has_ended_is_stopped_in_words_and_given_nothing(built: Built) -> None:
    epcis, subscribers = built.house.partners.epcis, built.house.partners.subscribers
    with receiver() as made, sending(built) as one:
        known = subscribe(built, made, stream=True)
        capture(built, event(61, bizStep="arriving"))
        work(one)
        built.house.governance.accounts.revoke_key("key-1")
        capture(built, event(62, bizStep="arriving"))
        work(one)
        assert ids(made) == ["61"] and len(built.bodies("epcis-sent")) == 1
        assert epcis.subscription(ACME, "arrivals", known.id).state == "disabled"
        (told,) = subscribers.subscriptions(officer("supervisor"))
        assert (told.state, told.has_trouble) == ("disabled", True) and "not in force" in told.reason
        subscribers.send_again(officer("supervisor"), known.id)  # no act of another gives a right that has ended
        work(one)
        assert ids(made) == ["61"]


@pytest.mark.parametrize(
    ("roles", "scopes", "words"),
    [
        (["agency"], (), "Not allowed: webhook:keep-own"),
        (["trader"], ("webhook:keep-own",), "Not allowed: message:read"),
    ],
)
def test_one_whose_key_may_not_read_any_more_is_stopped(
    built: Built, roles: list[str], scopes: tuple[str, ...], words: str
) -> None:
    built.house.governance.accounts.add_key(make_key("key-2"), "Other", roles, ["ACME"], scopes=scopes)
    with receiver() as made, sending(built) as one:
        known = subscribe(built, made, stream=True)
        with one._stores.database.transaction() as connection:
            now_by = msgspec.structs.replace(known, by="key-2")
            write_subscription(one._files, connection, now_by, "test")
        capture(built, event(63, bizStep="arriving"))
        work(one)
        found = built.house.partners.epcis.subscription(ACME, "arrivals", known.id)
        assert (found.state, found.reason.startswith(words)) == ("disabled", True) and not made.taken


def test_more_than_one_result_holds_are_sent_in_several(built: Built) -> None:
    with receiver() as made, sending(built) as one:
        subscribe(built, made, stream=True)
        capture(built, *(event(number, bizStep="arriving") for number in range(100, 250)))
        work(one)
    assert [
        len(json.loads(each.body)["epcisBody"]["queryResults"]["resultsBody"]["eventList"]) for each in made.taken
    ] == [100, 50]


def test_one_that_fails_is_tried_again_later_holds_up_nobody_and_is_disabled_at_last(built: Built) -> None:
    now = datetime.now(UTC)
    with (
        receiver() as good,
        receiver(behave=lambda _: 500) as bad,
        receiver(behave=lambda _: 410) as gone,
        sending(built) as one,
    ):
        failing, lost = subscribe(built, bad, stream=True), subscribe(built, gone, stream=True)
        subscribe(built, good, stream=True)
        capture(built, event(21, bizStep="arriving"))
        one.turn(now)
        epcis = built.house.partners.epcis
        assert ids(good) == ["21"]
        assert epcis.subscription(ACME, "arrivals", lost.id).state == "disabled"
        assert not one.turn(datetime.now(UTC))  # it waits
        assert "500" in epcis.subscription(ACME, "arrivals", failing.id).problem
        at = now
        for pause in PAUSES:
            at += pause + timedelta(hours=6)
            one.turn(at)
        state = epcis.subscription(ACME, "arrivals", failing.id)
        assert (state.state, state.attempts) == ("disabled", len(PAUSES))
        assert not one.turn(at + timedelta(days=9))


def test_one_that_comes_back_is_sent_what_it_missed(built: Built) -> None:
    answers = [503]
    with receiver(behave=lambda _: answers.pop() if answers else 204) as made, sending(built) as one:
        known = subscribe(built, made, stream=True)
        capture(built, event(31, bizStep="arriving"))
        one.turn(datetime.now(UTC))
        capture(built, event(32, bizStep="arriving"))
        later = datetime.now(UTC) + timedelta(minutes=1)
        work(one, later)
        assert ids(made) == ["31", "31", "32"]
        assert built.house.partners.epcis.subscription(ACME, "arrivals", known.id).problem == ""


def test_a_scheduled_query_runs_at_its_times_and_tells_of_nothing_only_where_it_was_asked_to(built: Built) -> None:
    with receiver() as made, receiver() as silent, sending(built) as one:
        hourly = {"minute": "5"}
        first = subscribe(built, made, schedule=hourly, report_if_empty=True)
        subscribe(built, silent, schedule=hourly)
        assert first.next is not None and (first.next.minute, first.next.second) == (5, 0)
        assert not one.turn(first.next - timedelta(seconds=1))
        one.turn(first.next)
        assert ids(made) == [] and len(made.taken) == 1 and not silent.taken
        assert not one.turn(first.next + timedelta(minutes=59))
        capture(built, event(41, bizStep="arriving"))
        work(one, first.next + timedelta(hours=1))
        assert ids(made) == ids(silent) == ["41"]


def test_a_query_that_was_deleted_sends_nothing_more(built: Built) -> None:
    with receiver() as made, sending(built) as one:
        subscribe(built, made, stream=True)
        built.house.partners.epcis.delete_query(ACME, "arrivals")
        capture(built, event(51, bizStep="arriving"))
        work(one)
        assert not made.taken

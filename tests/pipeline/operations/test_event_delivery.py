# SPDX-License-Identifier: Apache-2.0
"""Events to webhooks: who is told what, in which order, signed, at least once; and what is done of receivers that behave badly."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from standardwebhooks.webhooks import Webhook as Oracle

from cocket.errors import PolicyError, SenderError
from cocket.governance import Principal
from cocket.governance.events import PING, RECEIVED, REFUSED
from cocket.pipeline import NotFoundError
from cocket.pipeline.control.questions import NewQuestion
from cocket.pipeline.governance.mandates import NewMandate
from cocket.pipeline.governance.webhooks import MOST_OF_SENDER, NewWebhook, Webhooks, WebhookSecretShown
from cocket.pipeline.operations.erasure import Erasure
from cocket.pipeline.operations.event_delivery import PAUSES, EventDelivery, WebhookBurst
from cocket.pipeline.operations.health import look
from cocket.pipeline.operations.row_audit import RowAudit
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.simulators.webhook_receiver import Receiver, Taken, receiver

ACME, BROKER, HEAD = trader("ACME"), trader("BROKER"), officer("supervisor")
OPEN = {"event_webhooks": True, "event_networks": "127.0.0.0/8", "event_plain_http": True}


@pytest.fixture
def built(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Built]:
    made = build(tmp_path, **OPEN, **getattr(request, "param", {}))
    yield made
    made.house.close()


@contextmanager
def sending(built: Built, seconds: float = 2.0) -> Iterator[EventDelivery]:
    """The role, whose pauses are of the middle length."""
    from cocket.pipeline import open_stores

    with closing(EventDelivery(open_stores(built.settings, built.dsn), draw=lambda: 0.5, seconds=seconds)) as made:
        yield made


def at(made: Receiver) -> str:
    return f"http://127.0.0.1:{made.port}/hook"


def register(built: Built, made: Receiver, who: Principal = ACME, **how: Any) -> WebhookSecretShown:
    return service(built, who).register(who, NewWebhook(url=at(made), **how))


def service(built: Built, who: Principal = ACME) -> Webhooks:
    governance = built.house.governance
    return governance.own_webhooks if who.kind == "key" else governance.webhooks


def lodge(built: Built, reference: str, sender: str = "ACME", content: bytes | None = None) -> str:
    (taken,) = built.house.intake.messages.take_many(
        [envelope(content or declaration(reference), sender)], principal=trader(sender)
    )
    return str(taken.id)


def work(delivery: EventDelivery, seconds: float = 3.0, until: Any = None) -> None:
    """Turns, until there is nothing to do, or a condition holds."""
    ends, quiet = time.monotonic() + seconds, 0
    while time.monotonic() < ends:
        has_worked = delivery.turn()
        quiet = 0 if has_worked else quiet + 1
        if until() if until is not None else quiet > 3:
            return
        if not has_worked:
            time.sleep(0.08)


def bring_forward(built: Built, webhook: str) -> None:
    """Let the next attempt be due."""
    with built.stores.database.transaction() as connection:
        connection.execute("update event_receiver set next = now() where subscription = %s", (UUID(webhook),))


def events(made: Receiver) -> list[dict[str, Any]]:
    return [json.loads(one.body) for one in made.taken]


def test_a_trader_is_told_of_his_own_messages_in_order_and_can_verify_each(built: Built) -> None:
    with receiver() as made, receiver() as other, sending(built) as delivery:
        secret = register(built, made).secret
        register(built, other, trader("OTHER"))
        ids = [lodge(built, f"R{number}") for number in range(5)]
        ids.append(lodge(built, "bad", content=b"<not-a-declaration/>"))
        work(delivery)
        told = events(made)
        assert [one["data"]["id"] for one in told] == ids
        assert [one["type"] for one in told] == [*[RECEIVED] * 5, REFUSED]
        assert [one["id"] for one in told] == made.ids() and len(set(made.ids())) == 6
        assert told[0]["data"]["link"] == f"/v1/messages/{ids[0]}"
        assert other.taken == []
        for one in made.taken:
            assert Oracle(secret or "").verify(one.body.decode(), one.headers)["source"] == "//test.cocket.invalid/log"
        view = service(built).webhooks(ACME)[0]
        assert (view.delivered, view.waiting, view.given_up, view.problem) == (6, 0, 0, "")
        sealed = [msgspec.json.decode(one, type=WebhookBurst) for one in built.bodies("webhook-sent")]
        assert sum(one.events for one in sealed) == 6 and sealed[-1].last == told[-1]["id"]
        assert not [one for one in built.bodies("webhook-sent") if b"R0" in one]


def test_the_secret_lies_nowhere_in_clear_and_is_shown_once(built: Built) -> None:
    with receiver() as made:
        shown = register(built, made)
        assert shown.secret and shown.secret.startswith("whsec_")
        bare = shown.secret.removeprefix("whsec_")
        assert bare not in msgspec.json.encode(service(built).webhooks(ACME)).decode()
        assert not [one for one in built.bodies("webhook") if bare.encode() in one]
        with built.stores.database.transaction() as connection:
            for (body,) in connection.execute("select body from case_file where kind = 'webhook'"):
                assert bare.encode() not in bytes(body)


def test_an_ed25519_webhook_shows_its_public_key_and_no_secret_and_signs_with_both_while_changed_over(
    built: Built,
) -> None:
    with receiver() as made, sending(built) as delivery:
        shown = register(built, made, scheme="v1a")
        assert shown.secret is None and shown.webhook.public_keys[0].startswith("whpk_")
        kept = service(built)
        renewed = kept.renew_secret(ACME, shown.webhook.id, 24)
        assert renewed.webhook.public_keys[1:] == shown.webhook.public_keys and renewed.webhook.former_until
        lodge(built, "R1")
        work(delivery)
        signatures = made.taken[0].headers["webhook-signature"].split()
        assert [one[:4] for one in signatures] == ["v1a,", "v1a,"]
        assert kept.renew_secret(ACME, shown.webhook.id, 0).webhook.former_until is None


def test_a_former_secret_is_accepted_until_its_time_is_over_and_not_after(built: Built) -> None:
    with receiver() as made, sending(built) as delivery:
        first = register(built, made)
        second = service(built).renew_secret(ACME, first.webhook.id, 1)
        lodge(built, "R1")
        work(delivery)
        for secret in (first.secret, second.secret):
            Oracle(secret or "").verify(made.taken[0].body.decode(), made.taken[0].headers)
        third = service(built).renew_secret(ACME, first.webhook.id, 0)
        lodge(built, "R2")
        work(delivery)
        Oracle(third.secret or "").verify(made.taken[1].body.decode(), made.taken[1].headers)
        with pytest.raises(Exception, match="No matching signature"):
            Oracle(second.secret or "").verify(made.taken[1].body.decode(), made.taken[1].headers)


def test_a_failing_receiver_is_tried_again_later_with_the_same_id_and_gets_the_rest_in_order(built: Built) -> None:
    with receiver(behave=lambda request: 500) as made, sending(built) as delivery:
        hook = register(built, made).webhook.id
        ids = [lodge(built, f"R{number}") for number in range(3)]
        work(delivery)
        view = service(built).webhook(ACME, hook)
        assert (view.waiting, view.attempts, view.delivered) == (3, 1, 0)
        assert view.problem == "It answered with status 500." and view.next is not None
        assert abs(view.next - datetime.now(UTC) - PAUSES[0]) < timedelta(seconds=3)
        assert len(made.taken) == 1
        made.behave = lambda request: 200
        bring_forward(built, hook)
        work(delivery)
        assert made.ids()[0] == made.ids()[1]
        assert [one["data"]["id"] for one in events(made)] == [ids[0], *ids]
        assert int(made.taken[1].headers["webhook-timestamp"]) >= int(made.taken[0].headers["webhook-timestamp"])


@pytest.mark.parametrize(
    ("attempts", "ahead", "is_sent"),
    [(0, "6 minutes", False), (0, "1 day", True), (1, "25 hours", False), (1, "40 hours", True)],
)
def test_a_moment_that_a_clock_set_while_it_was_ahead_holds_nothing_up(
    built: Built, attempts: int, ahead: str, is_sent: bool
) -> None:
    with receiver() as made, sending(built) as delivery:
        hook = register(built, made).webhook.id
        work(delivery)
        with built.stores.database.transaction() as connection:
            connection.execute(
                "update event_receiver set attempts = %s, next = now() + %s::interval where subscription = %s",
                (attempts, ahead, UUID(hook)),
            )
        lodge(built, "R1")
        work(delivery)
        assert len(made.taken) == is_sent


@pytest.mark.parametrize("manner", ["hang", "reset", "slow-body", "huge-body", 302, 404, 503])
def test_one_that_behaves_badly_delays_no_other(built: Built, manner: str | int) -> None:
    with receiver(behave=lambda request: manner) as bad, receiver() as good, sending(built, 1.0) as delivery:
        hook = register(built, bad).webhook.id
        register(built, good, note="well")
        began = time.monotonic()
        ids = [lodge(built, f"R{number}") for number in range(3)]
        work(delivery, 5.0, lambda: len(good.taken) == 3)
        assert [one["data"]["id"] for one in events(good)] == ids
        assert time.monotonic() - began < 4.0
        kept = service(built)
        work(delivery, 5.0, lambda: kept.webhook(ACME, hook).problem)
        view = kept.webhook(ACME, hook)
        assert (view.waiting, view.attempts) == (3, 1) and len(view.problem) < 300
        assert len(bad.taken) <= 1
        check = next(one for one in look(built.stores).checks if one.name == "event-sending")
        assert check.state == "well" and "3 events wait to be sent; 1 webhook does not answer." in check.words


def test_a_receiver_that_says_it_is_gone_is_disabled_with_words_and_what_waited_can_be_sent_again(built: Built) -> None:
    with receiver(behave=lambda request: 410) as made, sending(built) as delivery:
        hook, kept = register(built, made).webhook.id, service(built)
        ids = [lodge(built, f"R{number}") for number in range(2)]
        work(delivery)
        view = kept.webhook(ACME, hook)
        assert (view.state, view.given_up, view.waiting) == ("disabled", 2, 0) and "410" in view.reason
        with pytest.raises(SenderError):
            kept.send_again(ACME, hook)
        made.behave = lambda request: 204
        kept.set_state(ACME, hook, "active")
        dead = kept.given_up(ACME, hook)
        assert [one.identity for one in dead] == ids
        assert kept.send_again(ACME, hook, dead[1].event) == 1
        with pytest.raises(NotFoundError):
            kept.send_again(ACME, hook, "evt_none")
        assert kept.send_again(ACME, hook) == 1
        work(delivery)
        assert sorted(one["data"]["id"] for one in events(made)[1:]) == sorted(ids)
        assert built.bodies("webhook-again")


def test_after_some_days_of_failing_a_webhook_is_disabled(built: Built) -> None:
    with receiver(behave=lambda request: 500) as made, sending(built) as delivery:
        hook = register(built, made).webhook.id
        lodge(built, "R1")
        for _ in range(len(PAUSES) + 1):
            bring_forward(built, hook)
            work(delivery, 2.0)
        view = service(built).webhook(ACME, hook)
        assert view.state == "disabled" and view.reason.startswith("No attempt succeeded since") and view.given_up == 1
        assert len(made.taken) == len(PAUSES) + 1
        assert sum(PAUSES, timedelta()) > timedelta(days=3)


def test_an_event_that_a_receiver_refuses_does_not_hold_up_those_behind_it(built: Built) -> None:
    poison: list[str] = []

    def picky(request: Taken) -> int:
        return 422 if json.loads(request.body)["data"]["id"] in poison else 200

    with receiver(behave=picky) as made, sending(built) as delivery:
        hook, kept = register(built, made).webhook.id, service(built)
        ids = [lodge(built, f"R{number}") for number in range(3)]
        poison.append(ids[1])
        for _ in range(3):
            bring_forward(built, hook)
            work(delivery, 2.0)
        view = kept.webhook(ACME, hook)
        assert (view.state, view.delivered, view.given_up) == ("active", 2, 1)
        assert kept.given_up(ACME, hook)[0].identity == ids[1]


def test_a_receiver_that_asks_to_be_left_alone_is(built: Built) -> None:
    answer = b"HTTP/1.1 429 x\r\nRetry-After: 1800\r\nContent-Length: 0\r\n\r\n"
    with receiver(behave=lambda request: answer) as made, sending(built) as delivery:
        hook = register(built, made).webhook.id
        lodge(built, "R1")
        work(delivery)
        next_ = service(built).webhook(ACME, hook).next
        assert next_ is not None and timedelta(minutes=29) < next_ - datetime.now(UTC) < timedelta(minutes=31)


def test_what_was_under_way_when_the_role_was_killed_is_sent_again_with_the_same_id(built: Built) -> None:
    with receiver(behave=lambda request: "hang") as made:
        hook = register(built, made).webhook.id
        first, second = lodge(built, "R1"), lodge(built, "R2")
        with sending(built, 30.0) as delivery:
            work(delivery, 3.0, lambda: len(made.taken) == 1)
        made.behave = lambda request: 204
        with sending(built) as delivery:
            work(delivery)
        assert [one["data"]["id"] for one in events(made)] == [first, first, second]
        assert made.ids()[0] == made.ids()[1]
        assert service(built).webhook(ACME, hook).delivered == 2


def test_of_two_processes_one_sends(built: Built) -> None:
    with receiver() as made, sending(built) as one, sending(built) as two:
        register(built, made)
        one.turn()
        lodge(built, "R1")
        assert two.turn() is False
        work(one)
        assert len(made.taken) == 1 and two.turn() is False


def test_a_test_event_goes_to_the_webhook_that_asked_for_it(built: Built) -> None:
    with receiver() as made, receiver() as other, sending(built) as delivery:
        hook = register(built, made).webhook.id
        register(built, other)
        service(built).send_test(ACME, hook)
        work(delivery)
        assert [one["type"] for one in events(made)] == [PING] and other.taken == []
        assert built.bodies("webhook-ping")


def test_a_broker_is_told_of_a_client_from_the_mandate_on_and_no_longer_once_it_is_taken_back(built: Built) -> None:
    with receiver() as with_, receiver() as without, sending(built) as delivery:
        register(built, with_, BROKER, is_with_clients=True)
        register(built, without, BROKER)
        work(delivery, 1.0)
        lodge(built, "R1")
        mandates = built.house.governance.mandates
        until = datetime.now(UTC).date() + timedelta(days=9)
        mandate = mandates.give_mandate(ACME, NewMandate(client="ACME", agent="BROKER", until=until))
        time.sleep(1.1)
        second = lodge(built, "R2")
        work(delivery)
        types = ["org.cocket.mandate.given", RECEIVED]
        assert [(one["type"], one["data"]["id"]) for one in events(with_)] == [
            (types[0], mandate.id),
            (types[1], second),
        ]
        assert [one["type"] for one in events(without)] == types[:1]
        with_.behave = lambda request: 500
        lodge(built, "R3")
        work(delivery)
        mandates.revoke_mandate(ACME, mandate.id)
        with_.behave = lambda request: 200
        bring_forward(built, service(built).webhooks(BROKER)[1].id)
        work(delivery)
        tried, *later = [one["type"] for one in events(with_)[2:]]
        assert (tried, later) == (RECEIVED, ["org.cocket.mandate.revoked"])


def test_questions_are_told_when_they_are_asked_and_answered_and_never_their_words(built: Built) -> None:
    with receiver() as made, sending(built) as delivery:
        register(built, made)
        questions = built.house.control.questions
        asked = questions.ask(ACME, NewQuestion(words="where is my tea"))
        questions.add_own_paper(ACME, asked.id, "tea.txt", b"a list of tea\n")
        questions.answer(officer(), asked.id, "in the warehouse")
        work(delivery)
        assert [(one["type"].removeprefix("org.cocket."), one["data"]["id"]) for one in events(made)] == [
            ("question.asked", asked.id),
            ("question.answered", asked.id),
        ]
        assert not [one for one in made.taken if b"tea" in one.body or b"warehouse" in one.body]


def test_the_administration_is_told_of_everybody_and_others_may_not_register_that(built: Built) -> None:
    with receiver() as made, sending(built) as delivery:
        register(built, made, HEAD)
        for sender in ("ACME", "OTHER"):
            lodge(built, f"of {sender}", sender)
        work(delivery)
        assert [one["type"] for one in events(made)] == [RECEIVED, RECEIVED]
        for who in (officer(), officer("analyst"), officer("auditor"), Principal(id="h", kind="key", roles=("host",))):
            with pytest.raises(PolicyError):
                register(built, made, who)
        assert service(built).webhooks(ACME) == ()
        with pytest.raises(NotFoundError):
            service(built).webhook(ACME, service(built, HEAD).webhooks(HEAD)[0].id)


@pytest.mark.parametrize(
    ("new", "code"),
    [
        ({"url": "http://10.0.0.1/"}, "webhook-address"),
        ({"url": "ftp://x/"}, "webhook-url"),
        ({"types": ("org.cocket.release.told",)}, "webhook-types"),
        ({"types": ("org.cocket.other",)}, "webhook-types"),
        ({"note": "x" * 101}, "webhook-note"),
        ({"agreement": "betania"}, "webhook-agreement"),
    ],
)
def test_what_cannot_be_registered_is_refused_in_words(built: Built, new: dict[str, Any], code: str) -> None:
    with pytest.raises(SenderError) as caught:
        service(built).register(ACME, NewWebhook(**{"url": "https://example.org/", **new}))
    assert caught.value.code == code
    with pytest.raises(PolicyError):
        service(built).register(ACME, NewWebhook(url="https://example.org/", senders=("OTHER",)))


def test_there_are_not_more_webhooks_than_a_few_and_ended_ones_do_not_count(built: Built) -> None:
    kept = service(built)
    made = [kept.register(ACME, NewWebhook(url=f"https://example.org/{n}")) for n in range(MOST_OF_SENDER)]
    with pytest.raises(SenderError, match="too many"):
        kept.register(ACME, NewWebhook(url="https://example.org/more"))
    kept.set_state(ACME, made[0].webhook.id, "ended")
    kept.register(ACME, NewWebhook(url="https://example.org/more"))
    with pytest.raises(NotFoundError):
        kept.webhook(ACME, made[0].webhook.id)


def test_nothing_is_kept_for_a_webhook_that_is_paused(built: Built) -> None:
    with receiver() as made, sending(built) as delivery:
        hook, kept = register(built, made).webhook.id, service(built)
        kept.set_state(ACME, hook, "paused")
        time.sleep(1.1)
        lodge(built, "R1")
        work(delivery)
        kept.set_state(ACME, hook, "active")
        time.sleep(1.1)
        second = lodge(built, "R2")
        work(delivery)
        assert [one["data"]["id"] for one in events(made)] == [second]


def test_webhooks_are_refused_where_the_installation_has_none(tmp_path: Path) -> None:
    made = build(tmp_path)
    try:
        with pytest.raises(SenderError) as caught:
            made.house.governance.own_webhooks.register(ACME, NewWebhook(url="https://example.org/"))
        assert caught.value.code == "webhooks-off"
        assert next((one for one in look(made.stores).checks if one.name == "event-sending"), None) is None
    finally:
        made.house.close()


def test_where_nobody_subscribes_nothing_is_written_for_events(built: Built) -> None:
    with sending(built) as delivery:
        for number in range(3):
            lodge(built, f"R{number}")
        work(delivery, 1.0)
        with built.stores.database.transaction() as connection:
            assert connection.execute("select count(*) from event_delivery").fetchone() == (0,)


def test_a_webhook_agrees_with_what_was_sealed_and_one_changed_by_another_hand_is_found(built: Built) -> None:
    with receiver() as made, sending(built) as delivery:
        register(built, made)
        lodge(built, "R1")
        work(delivery)
    assert differences(built) == []
    with built.stores.database.transaction() as connection:
        connection.execute("update case_file set state = 'paused' where kind = 'webhook'")
    assert {one.table for one in differences(built)} == {"case_file"}


def differences(built: Built) -> list[Any]:
    """What the audit of rows finds."""
    audit = RowAudit(built.stores)
    while audit.step() is None:
        pass
    return list(audit.differences())


def test_what_is_erased_is_sent_to_nobody(built: Built) -> None:
    with receiver(behave=lambda request: 500) as made, sending(built) as delivery:
        hook = register(built, made).webhook.id
        gone = lodge(built, "R1")
        work(delivery)
        assert service(built).webhook(ACME, hook).waiting == 1
        built.desk()
        with built.stores.database.transaction() as connection:
            (dossier,) = built.stores.consignments.of_message(connection, UUID(gone))
        Erasure(built.stores).erase(str(dossier), who="root", reason="order 17")
        assert service(built).webhook(ACME, hook).waiting == 0

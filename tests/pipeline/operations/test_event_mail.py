# SPDX-License-Identifier: Apache-2.0
"""Events by e-mail: an address is confirmed before anything is told, many events come in one message, and what is refused for good ends."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from cocket.errors import SenderError
from cocket.exchange.notices import compose_mail
from cocket.governance import Principal
from cocket.governance.events import RECEIVED, REFUSED
from cocket.pipeline.control.questions import NewQuestion
from cocket.pipeline.governance.mandates import NewMandate
from cocket.pipeline.governance.webhooks import (
    MOST_CODES,
    MOST_OF_SENDER,
    MOST_WRONG,
    NewWebhook,
    Webhook,
    Webhooks,
    WebhookView,
)
from cocket.pipeline.operations import event_mail
from cocket.pipeline.operations.event_delivery import MAIL_APART, EventDelivery, WebhookBurst
from cocket.pipeline.operations.health import Check, look
from tests.houses import Built, build, officer, trader
from tests.messages import declaration
from tests.pipeline.operations.test_event_delivery import bring_forward, differences, lodge, sending, work
from tests.simulators.certificates import make_certificate
from tests.simulators.mail_server import MailServer, mail_server

HOME = "https://cocket.customs.example"
HEAD = officer("supervisor")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    folder = tmp_path_factory.mktemp("door")
    with mail_server(make_certificate(folder)) as made:
        made.roots = folder / "door.pem"  # type: ignore[attr-defined]
        yield made


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, server: MailServer) -> Iterator[Built]:
    made = build(tmp_path_factory.mktemp("house"), **mailing(server))
    yield made
    made.house.close()


@pytest.fixture(scope="module")
def delivery(built: Built) -> Iterator[EventDelivery]:
    with sending(built) as made:
        yield made


@pytest.fixture
def name(request: pytest.FixtureRequest, server: MailServer) -> str:
    """A sender of this test alone, so that one house serves them all."""
    server.taken.clear()
    server.answers.clear()
    return "S" + re.sub(r"\W", "", request.node.name)[-30:].upper()


def mailing(server: MailServer) -> dict[str, Any]:
    return {
        "event_webhooks": True,
        "event_networks": "127.0.0.0/8",
        "event_plain_http": True,
        "workbench_url": HOME,
        "mail_server": f"smtp://127.0.0.1:{server.port}",
        "mail_from": "cocket@customs.example",
        "mail_ca": str(server.roots),  # type: ignore[attr-defined]
        "mail_domains": "customs.example",
    }


def kept(built: Built, who: Principal) -> Webhooks:
    governance = built.house.governance
    return governance.own_webhooks if who.kind == "key" else governance.webhooks


def add(built: Built, who: Principal, address: str, **how: Any) -> WebhookView:
    return kept(built, who).register(who, NewWebhook(url=address, **how)).webhook


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def to(server: MailServer, address: str) -> list[EmailMessage]:
    return [one for one in server.taken if one["To"] == address]


def code_in(message: EmailMessage) -> str:
    found = re.search(r"^ {4}(\w{4}-\w{4})$", text_of(message), re.MULTILINE)
    assert found is not None
    return found[1]


def confirmed(
    built: Built, server: MailServer, delivery: EventDelivery, who: Principal, address: str, **how: Any
) -> WebhookView:
    """An address whose code was given back."""
    made = add(built, who, address, **how)
    work(delivery, 60.0, lambda: to(server, address))
    work(delivery, 1.0)
    (told,) = to(server, address)
    view = kept(built, who).confirm(who, made.id, code_in(told).lower())
    server.taken.remove(told)
    look_afresh(delivery)
    return view


def look_afresh(delivery: EventDelivery) -> None:
    """Let it look who is told anything, as it does each second."""
    delivery._feed._known = (-1.0, ())


def health(built: Built) -> Check:
    return next(one for one in look(built.stores).checks if one.name == "event-sending")


def test_nothing_but_a_code_goes_to_an_address_until_it_is_given_back(
    built: Built, server: MailServer, delivery: EventDelivery, name: str
) -> None:
    who, address = trader(name), "stock@acme.example"
    made = add(built, who, f"MailTo:{address}", note="stock")
    assert (made.state, made.url, made.scheme, made.public_keys) == (
        "unconfirmed",
        f"mailto:{address}",
        "none",
        (),
    )
    lodge(built, "before", name)
    work(delivery)
    (told,) = to(server, address)
    assert server.plain == []
    text, code = text_of(told), code_in(told)
    assert f"{HOME}/own/webhooks/{made.id}" in text and "before" not in told.as_string()
    assert told["Auto-Submitted"] == "auto-generated" and told["From"] == "cocket@customs.example"
    own = kept(built, who)
    for act in (lambda: own.send_test(who, made.id), lambda: own.set_state(who, made.id, "active")):
        with pytest.raises(SenderError):
            act()
    with pytest.raises(SenderError) as caught:
        own.confirm(who, made.id, "AAAA-AAAA")
    assert caught.value.code == "webhook-code"
    assert own.confirm(who, made.id, code).state == "active"
    with pytest.raises(SenderError):
        own.confirm(who, made.id, code)
    look_afresh(delivery)
    identity = lodge(built, "R-17", name)
    work(delivery)
    _, first = to(server, address)
    assert first["Subject"] == "A message was received and accepted: R-17"
    text = text_of(first)
    assert f"{HOME}/own/messages/{identity}" in text and "before" not in text
    assert not list(first.iter_attachments())
    bodies = b"".join(built.bodies("webhook")) + b"".join(built.bodies("webhook-sent"))
    assert code.encode() not in bodies and code.replace("-", "").encode() not in bodies
    view = own.webhook(who, made.id)
    assert (view.delivered, view.waiting, view.problem) == (2, 0, "") and view.last is not None
    assert differences(built) == []


def test_a_thousand_events_come_in_few_messages_and_the_next_one_not_before_some_minutes(
    built: Built, server: MailServer, delivery: EventDelivery, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_mail, "MOST", 8)
    who, address = trader(name), "digest@acme.example"
    made = confirmed(built, server, delivery, who, address, language="fr")
    references = [f"D{number:02}" for number in range(18)]
    for one in references[:17]:
        lodge(built, one, name)
    lodge(built, "bad", name, content=b"<not-a-declaration/>")
    work(delivery)
    told = to(server, address)
    assert [text_of(one).count(" UTC · ") for one in told] == [8, 8, 2]
    assert told[0]["Subject"].endswith(": 8") and len({one["Message-ID"] for one in told}) == 3
    whole = "\n".join(map(text_of, told))
    assert re.findall(r"D\d\d", whole) == references[:17] and "This" not in whole
    lodge(built, references[17], name)
    work(delivery, 1.5)
    assert len(to(server, address)) == 3 and kept(built, who).webhook(who, made.id).waiting == 1
    with built.stores.database.transaction() as connection:
        (next_,) = connection.execute(
            "select next from event_receiver where subscription = %s", (UUID(made.id),)
        ).fetchone()  # type: ignore[misc]
    assert timedelta() < next_ - datetime.now(UTC) <= MAIL_APART
    bring_forward(built, made.id)
    work(delivery)
    assert references[17] in to(server, address)[3]["Subject"]
    sealed = [msgspec.json.decode(one, type=WebhookBurst) for one in built.bodies("webhook-sent")]
    assert [one.events for one in sealed if one.webhook == made.id] == [1, 8, 8, 2, 1]


def test_the_answer_to_each_message_goes_with_it_as_its_sender_fetches_it(
    built: Built, server: MailServer, delivery: EventDelivery, name: str
) -> None:
    who, address = trader(name), "answers@acme.example"
    confirmed(built, server, delivery, who, address, types=(RECEIVED, REFUSED), is_with_answers=True)
    identities = [lodge(built, "A1", name), lodge(built, "bad", name, content=b"<not-a-declaration/>")]
    identities.append(lodge(built, "A1", name, content=declaration("A1").replace(b"</", b" </", 1)))
    work(delivery)
    files = [one for message in to(server, address) for one in message.iter_attachments()]
    assert [one.get_filename() for one in files] == [f"{one}.answer.xml" for one in identities]
    for one, identity in zip(files, identities, strict=True):
        assert one.get_content_type() == "application/xml"
        assert one.get_content() == built.house.queries.records.written_answer(who, identity).content
    sealed = [msgspec.json.decode(one, type=WebhookBurst) for one in built.bodies("webhook-sent")]
    assert sum(one.answers for one in sealed) == 3


@pytest.mark.parametrize("reference", [
    "R1\r\nBcc: all@evil.example", "R1\nSubject: paid", "\u202eR1\u2028Bcc: x", "=?utf-8?q?R1=0D=0ABcc:_x?=",
])  # fmt: skip
def test_a_reference_cannot_write_into_the_head_of_a_message(built: Built, server: MailServer, reference: str) -> None:
    text = event_mail._plain(reference, 70)
    message = compose_mail("1", datetime.now(UTC), ("cocket@customs.example", "x@acme.example"), text, text + "\n")
    read = message_from_bytes(message.as_bytes(), policy=policy.SMTP)
    assert read.keys() == message.keys() and len(set(read.keys())) == len(read.keys()) and read["Bcc"] is None
    assert "\u202e" not in text and read["Subject"].startswith(("R1", "= ?"))


@pytest.mark.parametrize(("new", "code"), [
    ({"url": "x@acme.example\nBcc: all@evil.example"}, "webhook-mail"),
    ({"url": "mailto:x@acme.example?bcc=all@evil.example"}, "webhook-mail"),
    ({"url": "mailto:x@acme.example,y@acme.example"}, "webhook-mail"),
    ({"url": '"x y"@acme.example'}, "webhook-mail"),
    ({"url": "x@localhost"}, "webhook-mail"),
    ({"url": "max%00@acme.example"}, "webhook-mail"),
    ({"url": "desk@127.0.0.1"}, "webhook-mail"),
    ({"url": "-x@acme.example"}, "webhook-mail"),
    ({"url": "x@-acme.example"}, "webhook-mail"),
    ({"url": "a..b@acme.example"}, "webhook-mail"),
    ({"url": "desk@münchen.example"}, "webhook-mail"),
    ({"url": f"{'x' * 65}@acme.example"}, "webhook-mail"),
    ({"url": "Anna <x@acme.example>"}, "webhook-mail"),
    ({"url": "=?utf-8?q?x=0D=0ABcc=3Ay?=@acme.example"}, "webhook-mail"),
    ({"url": "x@acme.example", "language": "tlh"}, "webhook-language"),
    ({"url": "https://acme.example/hook", "is_with_answers": True}, "webhook-answers"),
    ({"url": "x@acme.example", "note": "a\nb"}, "webhook-note"),
])  # fmt: skip
def test_what_is_no_address_is_refused_in_words(built: Built, name: str, new: dict[str, Any], code: str) -> None:
    with pytest.raises(SenderError) as caught:
        add(built, trader(name), **{"address": new["url"], **{key: one for key, one in new.items() if key != "url"}})
    assert caught.value.code == code and kept(built, trader(name)).webhooks(trader(name)) == ()


def test_the_administration_writes_to_addresses_of_its_own_and_never_with_answers(built: Built) -> None:
    for address, how, code in (
        ("desk@elsewhere.example", {}, "webhook-mail"),
        ("desk@customs.example", {"is_with_answers": True}, "webhook-answers"),
    ):
        with pytest.raises(SenderError) as caught:
            add(built, HEAD, address, **how)
        assert caught.value.code == code


def test_the_desk_is_told_of_everybody_with_the_reference_of_each(
    built: Built, server: MailServer, delivery: EventDelivery, name: str
) -> None:
    address = "desk@customs.example"
    made = confirmed(built, server, delivery, HEAD, address, types=(RECEIVED, "org.cocket.question.asked"))
    lodge(built, "H1", name)
    asked = built.house.control.questions.ask(trader(name), NewQuestion(words="where is my tea"))
    work(delivery)
    whole = "\n".join(text_of(one) for one in to(server, address))
    assert "H1" in whole and f"{HOME}/questions/{asked.id}" in whole and f"/administration/webhooks/{made.id}" in whole
    assert "tea" not in whole
    kept(built, HEAD).set_state(HEAD, made.id, "ended")


def test_what_happens_right_after_an_address_is_confirmed_is_told(
    built: Built, server: MailServer, delivery: EventDelivery, name: str
) -> None:
    """Though the feed looks only once a second who is to be told: what confirms an address stands in the log."""
    who = trader(name)
    confirmed(built, server, delivery, who, f"{name.lower()}-1@customs.example")
    delivery._feed.turn(datetime.now(UTC))
    known = delivery._feed._known[1]
    late = confirmed(built, server, delivery, who, f"{name.lower()}-2@customs.example")
    delivery._feed._known = (time.monotonic(), known)
    lodge(built, f"{name}-SOON", sender=name)
    delivery._feed.turn(datetime.now(UTC))
    assert kept(built, who).webhook(who, late.id).waiting == 1


def test_the_same_address_is_registered_once_for_a_sender(built: Built, name: str) -> None:
    """A second one would be sent every event twice; of endpoints this is so for the same events."""
    who, types = trader(name), ("org.cocket.message.refused",)
    own = kept(built, who)
    for first, again, other in (
        ("Desk@acme.example", "mailto:desk@ACME.example", {"url": "two@acme.example"}),
        ("http://127.0.0.1:9/a", "HTTP://127.0.0.1:9/a", {"url": "http://127.0.0.1:9/a", "types": types}),
    ):
        made = add(built, who, first)
        with pytest.raises(SenderError) as caught:
            add(built, who, again)
        assert (caught.value.code, caught.value.found) == ("webhook-known", made.id)
        own.register(who, NewWebhook(**other))
        own.set_state(who, made.id, "ended")
        add(built, who, again)
    add(built, trader(f"{name}X"), "desk@acme.example")


def test_a_domain_with_other_letters_is_refused_with_the_form_that_is_taken(built: Built, name: str) -> None:
    with pytest.raises(SenderError, match=r"desk@xn--mnchen-3ya\.example"):
        add(built, trader(name), "desk@münchen.example")
    assert add(built, trader(name), "desk@xn--mnchen-3ya.example").state == "unconfirmed"


def test_an_outage_of_the_server_puts_no_address_back(
    built: Built, server: MailServer, delivery: EventDelivery, name: str
) -> None:
    """Once the server answers to one, all that waited for it go; and an address that is refused then was refused once."""
    who = trader(name)
    own, places = kept(built, who), [f"{name.lower()}-{one}@acme.example" for one in "abc"]
    made = [confirmed(built, server, delivery, who, one) for one in places]
    held, server._context = server._context, None
    try:
        lodge(built, f"{name}-1", name)
        waits = add(built, who, f"{name.lower()}-d@acme.example")
        for _ in range(3):
            for one in (*made, waits):
                bring_forward(built, one.id)
            work(delivery)
        assert {own.webhook(who, one.id).attempts for one in made} == {3}
        assert own.webhook(who, waits.id).next is not None
    finally:
        server._context = held
    server.answers[places[2]] = "550 no such user"
    bring_forward(built, made[0].id)
    work(delivery, 60.0, lambda: to(server, places[1]) and own.webhook(who, made[2].id).problem.endswith("user"))
    work(delivery, 60.0, lambda: to(server, f"{name.lower()}-d@acme.example"))
    told = own.webhook(who, made[2].id)
    assert (told.state, told.attempts) == ("active", 1)
    server.answers.clear()
    own.set_state(who, told.id, "ended")  # its last attempt failed, and what health says of it is for no other test


def test_a_code_is_good_for_some_time_and_some_guesses_and_few_are_sent(
    built: Built, server: MailServer, delivery: EventDelivery, name: str
) -> None:
    who, address = trader(name), "codes@acme.example"
    own, made = kept(built, who), add(built, who, address)
    work(delivery, 60.0, lambda: to(server, address))
    code = code_in(to(server, address)[0])
    for _ in range(MOST_WRONG):
        with pytest.raises(SenderError, match="not the code"):
            own.confirm(who, made.id, "é" + "2" * 8)
    with pytest.raises(SenderError, match="not good any more"):
        own.confirm(who, made.id, code)
    for nothing in ("", " - "):
        with pytest.raises(SenderError, match="Give the code"):
            own.confirm(who, made.id, nothing)
    for number in range(1, MOST_CODES):
        assert own.send_code(who, made.id).state == "unconfirmed"
        work(delivery, 60.0, lambda number=number: len(to(server, address)) > number)
    work(delivery, 1.0)
    codes = [code_in(one) for one in to(server, address)]
    assert len(set(codes)) == MOST_CODES
    with pytest.raises(SenderError, match="Too many codes"):
        own.send_code(who, made.id)
    with pytest.raises(SenderError):
        own.confirm(who, made.id, codes[0])
    assert own.confirm(who, made.id, codes[-1]).state == "active"


def test_a_code_that_is_given_back_before_it_is_written_down_as_sent_holds_up_no_message(
    built: Built, server: MailServer, delivery: EventDelivery, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    who, address = trader(name), "quick@acme.example"
    made, settle = add(built, who, address), delivery._settle

    def confirm_first(*given: Any) -> None:
        told = to(server, address)
        if told and kept(built, who).webhook(who, made.id).state == "unconfirmed":
            kept(built, who).confirm(who, made.id, code_in(told[0]))
        settle(*given)

    monkeypatch.setattr(delivery, "_settle", confirm_first)
    work(delivery, 60.0, lambda: kept(built, who).webhook(who, made.id).state == "active")
    work(delivery, 1.0)
    look_afresh(delivery)
    lodge(built, "Q-1", name)
    work(delivery, 10.0, lambda: len(to(server, address)) > 1)
    assert [one["Subject"] for one in to(server, address)[1:]] == ["A message was received and accepted: Q-1"]


def test_a_code_that_could_not_be_sent_in_time_is_not_sent(
    built: Built, server: MailServer, delivery: EventDelivery, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    who, address = trader(name), "late@acme.example"
    monkeypatch.setattr("cocket.pipeline.governance.webhooks.CODE_HOURS", -1)
    made = add(built, who, address)
    work(delivery)
    assert to(server, address) == [] and kept(built, who).webhook(who, made.id).waiting == 0


def test_an_address_that_is_refused_for_good_ends_after_some_tries_and_says_so(
    built: Built, server: MailServer, delivery: EventDelivery, name: str
) -> None:
    who, address = trader(name), "gone@acme.example"
    own, made = kept(built, who), confirmed(built, server, delivery, who, address)
    before = health(built).figures["disabled"]
    server.answers[address] = "550 5.1.1 no such\x07 user"
    identities = [lodge(built, f"G{number}", name) for number in range(2)]
    for number in range(1, 3):
        bring_forward(built, made.id)
        work(delivery)
        view = own.webhook(who, made.id)
        assert (view.state, view.attempts, view.waiting) == ("active", number, 2)
        assert view.problem == "The mail server refused the address: 550 5.1.1 no such user" and view.next
        assert health(built).state == "well" and "1 webhook does not answer" in health(built).words
    bring_forward(built, made.id)
    work(delivery)
    view = own.webhook(who, made.id)
    assert (view.state, view.given_up) == ("disabled", 2) and view.reason == view.problem
    assert health(built).figures["disabled"] == before + 1
    server.answers.clear()
    own.set_state(who, made.id, "active")
    assert [one.identity for one in own.given_up(who, made.id)] == identities
    assert own.send_again(who, made.id) == 2
    work(delivery)
    assert "G0" in text_of(to(server, address)[0]) and "G1" in text_of(to(server, address)[0])


def test_an_address_that_is_refused_for_now_is_tried_again(
    built: Built, server: MailServer, delivery: EventDelivery, name: str
) -> None:
    who, address = trader(name), "full@acme.example"
    made = confirmed(built, server, delivery, who, address)
    server.answers[address] = "452 mailbox full"
    lodge(built, "F1", name)
    for _ in range(4):
        bring_forward(built, made.id)
        work(delivery)
    view = kept(built, who).webhook(who, made.id)
    assert (view.state, view.attempts) == ("active", 4) and "452 mailbox full" in view.problem
    server.answers.clear()
    bring_forward(built, made.id)
    work(delivery)
    assert len(to(server, address)) == 1


@pytest.mark.parametrize("manner", ["away", "not-ours"])
def test_a_server_that_does_not_work_is_no_fault_of_an_address_and_is_a_fault_of_the_instance(
    built: Built, server: MailServer, delivery: EventDelivery, name: str, manner: str
) -> None:
    who, address = trader(name), f"{manner}@acme.example"
    made = confirmed(built, server, delivery, who, address)
    if manner == "away":
        held, server._context = server._context, None
    else:
        server.answers["cocket@customs.example"] = "553 not an address of ours"
    try:
        lodge(built, "W1", name)
        for _ in range(4):
            bring_forward(built, made.id)
            work(delivery)
    finally:
        if manner == "away":
            server._context = held
    view, check = kept(built, who).webhook(who, made.id), health(built)
    assert (view.state, view.waiting, view.attempts) == ("active", 1, 4)
    assert check.state == "degraded" and check.words.startswith("Events are not sent by e-mail: The mail server at")
    server.answers.clear()
    bring_forward(built, made.id)
    work(delivery)
    assert health(built).state == "well" and len(to(server, address)) == 1


def test_nothing_is_sent_while_it_is_paused_and_nothing_at_all_once_it_is_ended(
    built: Built, server: MailServer, delivery: EventDelivery, name: str
) -> None:
    who, address = trader(name), "paused@acme.example"
    own, made = kept(built, who), confirmed(built, server, delivery, who, address)
    own.set_state(who, made.id, "paused")
    look_afresh(delivery)
    lodge(built, "P1", name)
    work(delivery)
    own.set_state(who, made.id, "active")
    look_afresh(delivery)
    work(delivery)
    own.set_state(who, made.id, "ended")
    lodge(built, "P2", name)
    work(delivery)
    assert to(server, address) == []
    with pytest.raises(SenderError):
        own.renew_secret(who, add(built, who, address).id)


def test_a_mandate_that_ends_takes_its_events_back_before_they_are_sent(
    built: Built, server: MailServer, delivery: EventDelivery, name: str
) -> None:
    agent, client, address = trader(f"{name}A"), trader(f"{name}C"), "broker@agent.example"
    until = datetime.now(UTC).date() + timedelta(days=9)
    mandates = built.house.governance.mandates
    made = mandates.give_mandate(client, NewMandate(client=f"{name}C", agent=f"{name}A", until=until))
    view = confirmed(built, server, delivery, agent, address, is_with_clients=True, types=(RECEIVED,))
    lodge(built, "M1", f"{name}C")
    work(delivery)
    assert [one["Subject"] for one in to(server, address)] == ["A message was received and accepted: M1"]
    lodge(built, "M2", f"{name}C")
    work(delivery)
    mandates.revoke_mandate(client, made.id)
    bring_forward(built, view.id)
    work(delivery)
    assert len(to(server, address)) == 1


def test_a_sender_cannot_have_codes_sent_to_ever_more_strangers(built: Built, name: str) -> None:
    who = trader(name)
    for number in range(MOST_OF_SENDER):
        made = add(built, who, f"x{number}@stranger.example")
        kept(built, who).set_state(who, made.id, "ended")
    with pytest.raises(SenderError, match="within a day"):
        add(built, who, "more@stranger.example")


def test_where_no_mail_server_is_set_no_address_is_taken(tmp_path: Path) -> None:
    made = build(tmp_path, event_webhooks=True)
    try:
        own = made.house.governance.own_webhooks
        assert own.is_offered and not own.is_mail_offered
        with pytest.raises(SenderError) as caught:
            add(made, trader("ACME"), "x@acme.example")
        assert caught.value.code == "webhook-mail-off"
    finally:
        made.house.close()


def test_a_webhook_that_was_kept_before_there_was_e_mail_is_read(built: Built) -> None:
    old = msgspec.json.decode(
        b'{"id":"1","audience":"trader","url":"https://x.example/","types":["t"],"scheme":"v1","secrets":[],"state":"active",'
        b'"made":"2026-01-01T00:00:00Z","by":"k","changed":"2026-01-01T00:00:00Z"}',
        type=Webhook,
    )
    assert (old.mail_address, old.begun) == ("", old.made) and b"language" not in msgspec.json.encode(old)

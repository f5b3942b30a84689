# SPDX-License-Identifier: Apache-2.0
"""Webhooks on pages: of traders under their own, of the administration under hers; a secret is shown once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from cocket.pipeline.operations.event_delivery import EventDelivery
from cocket.workbench import build_app
from tests.houses import Built, build, envelope, trader
from tests.messages import declaration
from tests.pipeline.operations.test_event_delivery import OPEN, sending, work
from tests.simulators.certificates import make_certificate
from tests.simulators.mail_server import MailServer, mail_server
from tests.simulators.webhook_receiver import receiver
from tests.workbench.base.test_real_instance import PASSWORD, link, token
from tests.workbench.conftest import said, served
from tests.workbench.intake.test_own_messages import PEOPLE, Sign


@pytest.fixture
def postbox(tmp_path: Path) -> Iterator[MailServer]:
    with mail_server(make_certificate(tmp_path)) as made:
        yield made


@pytest.fixture
def built(tmp_path: Path, postbox: MailServer) -> Iterator[Built]:
    mail: dict[str, Any] = {"workbench_url": "https://c.example", "mail_server": f"smtp://127.0.0.1:{postbox.port}"}
    mail |= {"mail_from": "cocket@customs.example", "mail_ca": str(tmp_path / "door.pem")}
    made = build(tmp_path / "house", second_person_for="", **OPEN, **mail)
    for name, (role, senders) in PEOPLE.items():
        made.house.governance.accounts.put_officer(name, name.title(), role, None, PASSWORD, senders=senders)
    yield made
    made.house.close()


@pytest.fixture
def sign(built: Built) -> Iterator[Sign]:
    """Signs somebody in."""
    with served(build_app(built.house)) as address:
        clients: list[httpx.Client] = []

        def signing(name: str) -> httpx.Client:
            client = httpx.Client(base_url=address, headers={"origin": address}, timeout=120)
            clients.append(client)
            assert client.post("/sign-in", data={"name": name, "password": PASSWORD}).status_code == 303
            return client

        yield signing
        for client in clients:
            client.close()


@pytest.mark.parametrize(("base", "owner", "other"), [
    ("/own/webhooks", "tina", "bela"),
    ("/administration/webhooks", "head", "ann"),
])  # fmt: skip
def test_a_secret_is_shown_once_and_a_webhook_to_its_owner_alone(sign: Sign, base: str, owner: str, other: str) -> None:
    mine, theirs = sign(owner), sign(other)
    form = mine.get(base)
    assert "No webhook is registered." in said(form)
    fields = {"csrf": token(form.text), "url": "http://10.0.0.1/", "note": "stock", "scheme": "v1"}
    wrong = mine.post(base, data=fields)
    assert wrong.status_code == 422 and "network that is not open to webhooks" in said(wrong) and "stock" in wrong.text
    shown = mine.post(
        base, data={**fields, "url": "https://example.org/hook", "type-org.cocket.message.refused": "yes"}
    )
    secret = re.search(r"whsec_[\w+/=]+", shown.text)
    assert shown.status_code == 200 and secret and shown.headers["cache-control"] == "no-store"
    at = link(mine.get(base).text, base + r"/[\w-]+")
    page = mine.get(at)
    assert secret[0] not in page.text and "A message was received and refused" in said(page)
    assert "A message was received and accepted" not in said(page)
    renewed = mine.post(f"{at}/secret", data=fields)
    assert "whsec_" in renewed.text and secret[0] not in renewed.text and "former" in said(renewed)
    csrf = {"csrf": token(theirs.get("/own" if owner == "tina" else "/account").text)}
    assert theirs.get(at).status_code in (403, 404)
    for act in ("test", "secret", "state", "undelivered"):
        assert theirs.post(f"{at}/{act}", data={**csrf, "state": "ended"}).status_code in (403, 404), act
    for state, words in (("paused", "The webhook is paused."), ("active", "The webhook is active again.")):
        done = mine.post(f"{at}/state", data={**fields, "state": state})
        assert done.status_code == 303 and words in said(mine.get(at))
    assert mine.post(f"{at}/state", data={**fields, "state": "other"}).status_code == 404
    assert mine.post(f"{at}/state", data={**fields, "state": "ended"}).headers["location"] == base
    assert mine.get(at).status_code == 404 and "No webhook is registered." in said(mine.get(base))


@pytest.mark.parametrize(("base", "who"), [("/own/webhooks", "tina"), ("/administration/webhooks", "head")])
def test_an_e_mail_address_is_confirmed_on_its_page_before_it_is_told_anything(
    built: Built, sign: Sign, postbox: MailServer, base: str, who: str
) -> None:
    client, address = sign(who), "desk@customs.example"
    form = client.get(base)
    assert "or an e-mail address" in said(form) and ("Attach the answer" in said(form)) == (who == "tina")
    fields = {"csrf": token(form.text), "url": address, "language": "fr", "scheme": "v1"}
    wrong = client.post(base, data={**fields, "url": "desk@customs.example\nBcc: x@y.example", "note": "kept"})
    assert wrong.status_code == 422 and "not an e-mail address" in said(wrong) and "kept" in wrong.text
    made = client.post(base, data=fields)
    at = made.headers["location"]
    assert made.status_code == 303 and "A code is on its way" in said(client.get(at))
    page = client.get(at)
    assert "Not confirmed" in said(page) and "Send a test" not in said(page) and "secret" not in said(page)
    with sending(built) as delivery:
        work(delivery, 60.0, lambda: postbox.taken)
        (told,) = postbox.taken
        assert told["To"] == address and f"{at}" in told.get_content()
        found = re.search(r"\w{4}-\w{4}\b", told.get_content().partition("UTC")[2])
        for code, words in (("", "Give the code"), ("AAAA-AAAA", "not the code that was sent")):
            refused = client.post(f"{at}/confirm", data={**fields, "code": code})
            assert refused.status_code == 422 and words in said(refused)
        done = client.post(f"{at}/confirm", data={**fields, "code": found[0] if found else ""})
        assert done.status_code == 303 and "The address is confirmed." in said(client.get(at))
        page = client.get(at)
        assert "Send a test" in said(page) and "Français" in said(page) and "mailto:" not in said(page)
        assert client.post(f"{at}/confirm", data={**fields, "new": "yes"}).status_code == 422
        assert client.post(f"{at}/test", data=fields).status_code == 303
        work(delivery, 60.0, lambda: len(postbox.taken) > 1)
        assert "essai" in postbox.taken[1]["Subject"]
    other = sign("bela" if who == "tina" else "ann")
    csrf = {"csrf": token(other.get("/own" if who == "tina" else "/account").text)}
    assert other.post(f"{at}/confirm", data={**csrf, "new": "yes"}).status_code in (403, 404)


def test_a_code_that_is_refused_is_not_said_to_have_been_sent(built: Built, sign: Sign, postbox: MailServer) -> None:
    tina, address = sign("tina"), "nobody@customs.example"
    postbox.answers[address] = "550 5.1.1 no such user"
    fields = {"csrf": token(tina.get("/own/webhooks").text), "url": address, "language": "en", "scheme": "v1"}
    at = tina.post("/own/webhooks", data=fields).headers["location"]
    sent, failed, over = (
        "It was sent to the address",
        "The last attempt to send it failed",
        "It is not sent again by itself",
    )
    page = said(tina.get(at))
    assert "It is on its way to the address" in page and sent not in page and failed not in page
    with sending(built) as delivery:
        work(delivery, 60.0, lambda: "attempt failed" in said(tina.get(at)))
        page = said(tina.get(at))
        assert "550 5.1.1 no such user" in page and failed in page and "Tried again" in page
        assert sent not in page and over not in page
        assert "Not confirmed · is not delivered" in said(tina.get("/own/webhooks"))
        for number in (2, 3):
            _hasten(built, at, delivery)
            work(delivery, 60.0, lambda number=number: f"{number} attempts failed" in said(tina.get(at)))
        page = said(tina.get(at))
        assert "3 attempts failed" in page and over in page and "Tried again" not in page and sent not in page
        del postbox.answers[address]
        assert tina.post(f"{at}/confirm", data={**fields, "new": "yes"}).status_code == 303
        work(delivery, 60.0, lambda: sent in said(tina.get(at)))
        page = said(tina.get(at))
        assert sent in page and failed not in page and "550" not in page


def test_why_a_webhook_fails_is_said_and_what_was_given_up_can_be_sent_again(built: Built, sign: Sign) -> None:
    tina = sign("tina")
    with receiver(behave=lambda request: 500) as made, sending(built) as delivery:
        fields = {
            "csrf": token(tina.get("/own/webhooks").text),
            "url": f"http://127.0.0.1:{made.port}/",
            "scheme": "v1a",
        }
        shown = tina.post("/own/webhooks", data=fields)
        assert "whpk_" in shown.text and "whsk_" not in shown.text
        at = link(tina.get("/own/webhooks").text, r"/own/webhooks/[\w-]+")
        built.house.intake.messages.take_many([envelope(declaration("R1"))], principal=trader("ACME"))
        work(delivery)
        failing = said(tina.get(at))
        assert "1 attempt failed" in failing and "It answered with status 500." in failing and "Tried again" in failing
        assert "does not answer" in said(tina.get("/own/webhooks"))
        made.behave = lambda request: 410
        _hasten(built, at, delivery)
        gone = tina.get(at)
        assert "Nothing is sent here any more" in said(gone) and "gone (410)" in said(gone)
        assert "Send again" not in said(gone)
        tina.post(f"{at}/state", data={**fields, "state": "active"})
        assert "Send all again" in said(tina.get(at))
        made.behave = lambda request: 200
        again = tina.post(f"{at}/undelivered", data=fields)
        assert again.status_code == 303 and "sent again" in said(tina.get(at))
        work(delivery)
        assert "Nothing was given up." in said(tina.get(at)) and built.bodies("webhook-again")


def _hasten(built: Built, at: str, delivery: EventDelivery) -> None:
    with built.stores.database.transaction() as connection:
        place = UUID(at.rpartition("/")[2])
        connection.execute("update event_receiver set next = now() where subscription = %s", (place,))
    work(delivery)

# SPDX-License-Identifier: Apache-2.0
"""Webhooks over HTTP: registered, changed over, paused and ended by whoever speaks for the sender, and absent for everybody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cocket.api import build_app
from cocket.gate import make_key
from cocket.pipeline.base.document_files import file_id, read_body
from cocket.pipeline.governance.webhooks import WEBHOOK, Webhook, mail_code
from tests.houses import Built, build
from tests.simulators.doors import open_door

HOOK = {"url": "https://example.org/hook", "types": ["org.cocket.message.received"], "note": "stock"}
ACTS = (
    ("GET", "", None),
    ("POST", "/test", None),
    ("POST", "/secret", {"overlap_hours": 1}),
    ("POST", "/confirm", {"code": "AAAA-AAAA"}),
    ("POST", "/state", {"state": "paused"}),
    ("GET", "/undelivered", None),
    ("POST", "/undelivered", {}),
)


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    mail = {"workbench_url": "https://c.example", "mail_server": "smtp://127.0.0.1:1", "mail_from": "cocket@c.example"}
    made = build(tmp_path, event_webhooks=True, **mail)
    yield made
    made.house.close()


@pytest.fixture
def ask(built: Built) -> Iterator[Any]:
    keys = {
        "ACME": ("trader", ["ACME"]),
        "OTHER": ("trader", ["OTHER"]),
        "host": ("host", ["HOST"]),
        "head": ("supervisor", []),
        "officer": ("officer", []),
    }
    made = {name: make_key(name.lower()) for name in keys}
    for name, (role, senders) in keys.items():
        built.house.governance.accounts.add_key(made[name], name, [role], senders)
    with open_door(build_app(built.house)) as port, httpx.Client(trust_env=False) as client:

        def asking(method: str, path: str, who: str, body: Any = None) -> httpx.Response:
            headers = {"Authorization": f"Bearer {made[who]}"}
            return client.request(method, f"http://127.0.0.1:{port}{path}", headers=headers, json=body)

        yield asking


@pytest.mark.parametrize(("base", "owner", "others"), [
    ("/v1/own/webhooks", "ACME", ("OTHER", "host", "head", "officer")),
    ("/v1/webhooks", "head", ("ACME", "OTHER", "host", "officer")),
])  # fmt: skip
def test_a_webhook_is_its_owners_and_does_not_exist_for_anybody_else(
    ask: Any, base: str, owner: str, others: tuple[str, ...]
) -> None:
    made = ask("POST", base, owner, HOOK)
    assert made.status_code == 201, made.text
    assert made.json()["secret"].startswith("whsec_")
    at = f"{base}/{made.json()['webhook']['id']}"
    for who in others:
        for method, path, body in ACTS:
            assert ask(method, at + path, who, body).status_code == 404, (who, method, path)
        listed = ask("GET", base, who)
        assert listed.status_code in (403, 404) or listed.json() == {"webhooks": []}
    other = {"/v1/own/webhooks": "/v1/webhooks", "/v1/webhooks": "/v1/own/webhooks"}[base]
    assert ask("GET", at.replace(base, other), owner).status_code == 404
    assert [ask(method, at + path, owner, body).status_code for method, path, body in ACTS] == [
        200,
        202,
        201,
        422,
        200,
        200,
        422,
    ]
    assert ask("POST", at + "/state", owner, {"state": "active"}).json()["state"] == "active"
    assert ask("POST", at + "/undelivered", owner, {}).json() == {"events": 0}
    (listed,) = ask("GET", base, owner).json()["webhooks"]
    assert "secret" not in listed and listed["note"] == "stock" and listed["former_until"]
    assert ask("POST", at + "/state", owner, {"state": "ended"}).json()["state"] == "ended"
    assert ask("GET", at, owner).status_code == 404


@pytest.mark.parametrize(("base", "owner"), [("/v1/own/webhooks", "ACME"), ("/v1/webhooks", "head")])
def test_an_e_mail_address_is_registered_and_confirmed_by_the_code_that_was_sent_there(
    built: Built, ask: Any, base: str, owner: str
) -> None:
    made = ask("POST", base, owner, {"url": "stock@acme.example", "language": "fr", "note": "stock"})
    assert made.status_code == 201 and made.json()["secret"] is None
    view = made.json()["webhook"]
    assert (view["state"], view["url"], view["language"]) == ("unconfirmed", "mailto:stock@acme.example", "fr")
    at = f"{base}/{view['id']}"
    for path, body in (("/test", None), ("/secret", {}), ("/state", {"state": "active"}), ("/confirm", {"code": "no"})):
        assert ask("POST", at + path, owner, body).status_code == 422, path
    with built.stores.database.transaction() as connection:
        file = built.stores.case_files.get(connection, file_id(WEBHOOK, view["id"]))
    assert file is not None
    code = mail_code(built.stores, read_body(file, Webhook))
    assert code and code not in ask("GET", at, owner).text
    for body in ({}, {"code": None}, {"code": ""}):
        assert ask("POST", at + "/confirm", owner, body).status_code == 422
    assert ask("POST", at + "/code", owner, None).json()["waiting"] == 1
    assert ask("POST", at + "/confirm", owner, {"code": code}).status_code == 422  # a new one was made
    with built.stores.database.transaction() as connection:
        file = built.stores.case_files.get(connection, file_id(WEBHOOK, view["id"]))
    assert file is not None
    done = ask("POST", at + "/confirm", owner, {"code": mail_code(built.stores, read_body(file, Webhook))})
    assert done.json()["state"] == "active" and done.json()["confirmed"]
    assert ask("POST", at + "/test", owner).status_code == 202


def test_what_is_wrong_with_a_body_is_said(ask: Any) -> None:
    for wrong, code in (
        ({**HOOK, "url": "http://example.org/"}, "webhook-url"),
        ({**HOOK, "url": "https://169.254.169.254/latest"}, "webhook-address"),
        ({**HOOK, "types": ["org.cocket.release.told"]}, "webhook-types"),
        ({**HOOK, "url": "x@acme.example, y@acme.example"}, "webhook-mail"),
        ({**HOOK, "url": "x@acme.example", "language": "tlh"}, "webhook-language"),
        ({**HOOK, "is_with_answers": True}, "webhook-answers"),
        ({**HOOK, "more": 1}, "webhook-malformed"),
        ({**HOOK, "scheme": "v2"}, "webhook-malformed"),
        ({"types": []}, "webhook-malformed"),
    ):
        answer = ask("POST", "/v1/own/webhooks", "ACME", wrong)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
    assert ask("POST", "/v1/own/webhooks", "ACME", {**HOOK, "senders": ["OTHER"]}).status_code == 403


def test_the_description_of_the_events_is_served_to_every_key(ask: Any) -> None:
    for who in ("ACME", "host", "officer"):
        assert ask("GET", "/v1/asyncapi.json", who).json()["asyncapi"] == "3.0.0"

# SPDX-License-Identifier: Apache-2.0
"""Mandates: a broker acts for a client from the day it is given until its last day, and not otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from cocket.api import build_app
from cocket.api import server as door
from cocket.errors import PolicyError, SenderError
from cocket.gate import make_key
from cocket.governance import Principal
from cocket.pipeline import NotFoundError
from cocket.pipeline.base.ids import new_id
from cocket.pipeline.governance import mandates as module
from cocket.pipeline.governance.mandates import LONGEST, Mandate, NewMandate
from cocket.pipeline.intake import machine_access
from cocket.pipeline.operations.row_audit import RowAudit
from tests.houses import Built, build, officer, trader
from tests.messages import declaration
from tests.simulators.doors import open_door

ACME, BROKER = trader("ACME"), trader("BROKER")


def ahead(days: int) -> date:
    return datetime.now(UTC).date() + timedelta(days=days)


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path)
    yield made
    made.house.close()


@pytest.fixture
def ask(built: Built, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Asks with the key of a sender; keys are looked up at each request."""
    for one in (door, machine_access):
        monkeypatch.setattr(one, "_KEY_SECONDS", -1.0)
    keys = {name: make_key(name.lower()) for name in ("ACME", "BROKER", "OTHER")}
    for name, key in keys.items():
        built.house.governance.accounts.add_key(key, name, ["trader"], [name])
    with open_door(build_app(built.house)) as port, httpx.Client(trust_env=False) as client:

        def asking(method: str, path: str, sender: str, **how: Any) -> httpx.Response:
            headers = {"Authorization": f"Bearer {keys[sender]}", **how.pop("headers", {})}
            return client.request(method, f"http://127.0.0.1:{port}{path}", headers=headers, **how)

        yield asking


def send_for(ask: Any, sender: str, client: str, reference: str) -> httpx.Response:
    headers = {"Cocket-Sender": client, "Content-Type": "application/xml"}
    sent: httpx.Response = ask("POST", "/v1/messages", sender, content=declaration(reference), headers=headers)
    return sent


def test_a_broker_acts_for_a_client_by_mandate_and_no_longer_once_it_is_taken_back(built: Built, ask: Any) -> None:
    assert send_for(ask, "BROKER", "ACME", "R0").json()["error"]["code"] == "sender-not-granted"
    body = {"client": "ACME", "agent": "BROKER", "until": ahead(30).isoformat()}
    given = ask("POST", "/v1/own/mandates", "ACME", json=body)
    assert given.status_code == 201, given.text
    sent = send_for(ask, "BROKER", "ACME", "R1")
    assert sent.status_code == 202, sent.text
    at = f"/v1/messages/{sent.json()['id']}"
    assert ask("GET", at, "BROKER").json()["sender"] == "ACME" == ask("GET", at, "ACME").json()["sender"]
    assert ask("GET", at, "OTHER").status_code == 404
    assert send_for(ask, "OTHER", "ACME", "R2").status_code == 403
    listed = [ask("GET", "/v1/own/mandates", one).json()["mandates"] for one in ("ACME", "BROKER", "OTHER")]
    assert [[one["agent"] for one in many] for many in listed] == [["BROKER"], ["BROKER"], []]
    where = f"/v1/own/mandates/{given.json()['id']}/revocation"
    assert [ask("POST", where, one).status_code for one in ("BROKER", "OTHER")] == [404, 404]
    assert ask("POST", where, "ACME").json()["revoked"]
    assert ask("POST", where, "ACME").json()["error"]["code"] == "mandate-revoked"
    assert send_for(ask, "BROKER", "ACME", "R3").status_code == 403
    assert ask("GET", at, "BROKER").status_code == 404
    sealed = [msgspec.json.decode(one, type=Mandate) for one in built.bodies("mandate")]
    assert [one.state for one in sealed] == ["given", "revoked"]


def test_what_is_entrusted_is_not_passed_on(built: Built, ask: Any) -> None:
    body = {"client": "ACME", "agent": "BROKER", "until": ahead(30).isoformat()}
    assert ask("POST", "/v1/own/mandates", "ACME", json=body).status_code == 201
    further = {"client": "ACME", "agent": "OTHER", "until": ahead(30).isoformat()}
    assert ask("POST", "/v1/own/mandates", "BROKER", json=further).status_code == 403
    assert ask("POST", "/v1/own/mandates", "BROKER", json={**further, "client": "BROKER"}).status_code == 201
    assert send_for(ask, "OTHER", "ACME", "R1").status_code == 403  # the client of one's client is no client
    for wrong in ({**body, "until": "2026-02-30"}, {**body, "until": "soon"}, {"client": "ACME"}):
        assert ask("POST", "/v1/own/mandates", "ACME", json=wrong).json()["error"]["code"] == "mandate-malformed"


def test_a_mandate_ends_with_its_last_day(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    key = make_key("broker")
    built.house.governance.accounts.add_key(key, "broker", ["forwarder"], ["BROKER"])
    built.house.governance.mandates.give_mandate(ACME, NewMandate(client="ACME", agent="BROKER", until=ahead(3)))
    messages = built.house.intake.messages

    def senders(days: int) -> tuple[str, ...]:
        monkeypatch.setattr(module, "_now", lambda: datetime.now(UTC) + timedelta(days=days))
        principal = messages._look_up_key(key, ())
        assert principal is not None
        return principal.senders

    assert [senders(days) for days in (-1, 0, 3, 4)] == [
        ("BROKER",), ("BROKER", "ACME"), ("BROKER", "ACME"), ("BROKER",),
    ]  # fmt: skip


def test_no_mandate_makes_an_officer_or_a_host_act_for_a_trader(built: Built) -> None:
    built.house.governance.mandates.give_mandate(ACME, NewMandate(client="ACME", agent="HOST", until=ahead(3)))
    for role in ("host", "feed", "agency"):
        key = make_key(role)
        built.house.governance.accounts.add_key(key, role, [role], ["HOST"])
        principal = built.house.intake.messages.principal_of_key(key)
        assert principal is not None and principal.senders == ("HOST",)
    for who in (BROKER, officer("supervisor"), Principal(id="h", kind="key", roles=("host",), senders=("ACME",))):
        with pytest.raises(PolicyError):
            built.house.governance.mandates.give_mandate(who, NewMandate(client="ACME", agent="X", until=ahead(3)))


@pytest.mark.parametrize(
    ("agent", "days", "code"),
    [
        ("", 3, "mandate-agent"),
        ("ACME", 3, "mandate-self"),
        ("B", -1, "mandate-term"),
        ("B", LONGEST + 1, "mandate-term"),
    ],
)
def test_a_mandate_names_another_and_a_term(built: Built, agent: str, days: int, code: str) -> None:
    with pytest.raises(SenderError) as error:
        built.house.governance.mandates.give_mandate(ACME, NewMandate(client="ACME", agent=agent, until=ahead(days)))
    assert [one.code for one in error.value.findings] == [code]


def test_every_row_of_a_mandate_agrees_with_its_record(built: Built) -> None:
    mandates = built.house.governance.mandates
    given = mandates.give_mandate(ACME, NewMandate(client="ACME", agent="BROKER", until=ahead(3)))
    mandates.revoke_mandate(ACME, given.id)
    with pytest.raises(NotFoundError):
        mandates.revoke_mandate(ACME, "nothing")
    audit = RowAudit(built.stores)
    while audit.step() is None:
        pass
    assert list(audit.differences()) == []


def test_what_came_before_the_mandate_is_not_the_brokers_to_see(
    built: Built, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = send_for(ask, "ACME", "ACME", "OLD").json()["id"]
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    with monkeypatch.context() as patched:
        patched.setattr(module, "_now", lambda: tomorrow)
        body = {"client": "ACME", "agent": "BROKER", "until": ahead(30).isoformat()}
        given = ask("POST", "/v1/own/mandates", "ACME", json=body).json()
        assert given["since"] == tomorrow.date().isoformat() and given["by"]
        listed = {one: ask("GET", "/v1/own/messages", one).json()["messages"] for one in ("ACME", "BROKER")}
        assert [one["id"] for one in listed["ACME"]] == [before] and listed["BROKER"] == []
        for path in ("", "/receipt", "/content", "/proof"):
            assert ask("GET", f"/v1/messages/{before}{path}", "BROKER").status_code == 404, path
        (shown,) = ask("GET", "/v1/own/mandates", "BROKER").json()["mandates"]
        assert (shown["agent"], shown["by"]) == ("BROKER", "")
    today = ask("POST", "/v1/own/mandates", "ACME", json=body).json()
    assert today["since"] == ahead(0).isoformat()
    assert ask("GET", "/v1/own/messages", "BROKER").json()["messages"] == []
    after = send_for(ask, "ACME", "ACME", "NEW").json()["id"]
    assert [one["id"] for one in ask("GET", "/v1/own/messages", "BROKER").json()["messages"]] == [after]


def test_a_mandate_given_again_in_time_begins_with_the_one_before(built: Built) -> None:
    days = [(10, 20, None), (21, 40, None), (60, 90, None), (-300, 9, datetime.now(UTC))]
    with built.stores.database.transaction() as connection:
        for first, last, revoked in days:
            one = Mandate(
                id=str(new_id()), client="ACME", agent="BROKER", since=ahead(first - 30), until=ahead(last - 30),
                given=datetime.combine(ahead(first - 30), time(), UTC), by="acme", revoked=revoked,
            )  # fmt: skip
            module.Mandates(built.stores)._keep(connection, one, ACME)
        found = module.clients_of(built.stores, connection, ["BROKER"])
    assert {client: began.date() for client, began in found.items()} == {"ACME": ahead(-20)}

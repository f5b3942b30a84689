# SPDX-License-Identifier: Apache-2.0
"""Retention and agreements over HTTP and on the pages of a real house: who is answered, and what two persons do there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from cocket.api import build_app
from cocket.gate import make_key
from cocket.pipeline import NotFoundError
from cocket.pipeline.operations import retention as module
from cocket.workbench import build_app as build_workbench
from tests.governance.agreements.given import text
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.pipeline.operations.test_retention import SCHEDULE
from tests.simulators.doors import open_door
from tests.workbench.base.test_real_instance import text_of, token
from tests.workbench.conftest import served

PASSWORD = "seal and cord and wax"
LATER = datetime.now(UTC).date() + timedelta(days=5 * 366)

ACCESSES = b"""
[[rule]]
class = "accesses"
law = "Police Data Act, Section 26"
from_event = "accessed"
period = "12 months"
on_end = "erase"
"""

Ask = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = build(tmp_path_factory.mktemp("kept"), red_per_day=0, yellow_per_day=0, random_share=0.0)
    for name, role in (("sione", "supervisor"), ("vea", "supervisor"), ("arjun", "auditor"), ("anna", "analyst")):
        made.house.governance.accounts.put_officer(name, name, role, None, PASSWORD)
    patch = pytest.MonkeyPatch()
    patch.setattr(module._Judging, "today", lambda self: LATER)
    yield made
    patch.undo()
    made.house.close()


@pytest.fixture(scope="module")
def ask(built: Built) -> Iterator[Ask]:
    with open_door(build_app(built.house)) as port, httpx.Client(trust_env=False) as client:
        keys: dict[tuple[str, str], str] = {}

        def asking(
            method: str, path: str, role: str = "supervisor", sender: str = "ACME", **how: Any
        ) -> httpx.Response:
            if (role, sender) not in keys:
                keys[role, sender] = make_key(f"{role}-{sender.lower()}")
                built.house.governance.accounts.add_key(keys[role, sender], role, [role], [sender])
            headers = {"Authorization": f"Bearer {keys[role, sender]}"}
            return client.request(method, f"http://127.0.0.1:{port}{path}", headers=headers, **how)

        yield asking


@pytest.fixture(scope="module")
def enter(built: Built) -> Iterator[Callable[[str], httpx.Client]]:
    with served(build_workbench(built.house)) as address:
        clients: dict[str, httpx.Client] = {}

        def entered(name: str) -> httpx.Client:
            if name not in clients:
                clients[name] = httpx.Client(base_url=address, headers={"origin": address}, timeout=60)
                answer = clients[name].post("/sign-in", data={"name": name, "password": PASSWORD})
                assert answer.headers["location"] == "/"
            return clients[name]

        yield entered
        for client in clients.values():
            client.close()


def act(client: httpx.Client, path: str, **fields: str) -> httpx.Response:
    return client.post(path, data={"csrf": token(client.get("/account").text), **fields})


def send(client: httpx.Client, page: str, path: str, content: bytes) -> httpx.Response:
    shown = client.get(page).text
    found = re.search(r'data-token="([^"]+)"', shown)
    assert found, text_of(shown)
    headers = {"x-csrf-token": found[1], "hx-request": "true"}
    return client.post(path, content=content, headers=headers)


def approved(client: httpx.Client, page: str) -> httpx.Response:
    """What waits on a page, approved as it is shown there."""
    shown = client.get(page).text
    path, digest = (
        re.search(r'action="(/waiting/[^"/]+)/approve"', shown),
        re.search(r'name="digest" value="(\w+)"', shown),
    )
    assert path and digest, text_of(shown)
    return act(client, f"{path[1]}/approve", digest=digest[1], back=page)


def test_a_schedule_a_hold_and_an_erasure_by_page_and_http(built: Built, ask: Ask, enter: Any) -> None:
    (answer,) = built.house.intake.messages.take_many([envelope(declaration("R1"))], principal=trader("ACME"))
    built.desk()
    (dossier,) = built.house.queries.records.message(officer("supervisor"), answer.id).consignment_ids
    sione, vea = enter("sione"), enter("vea")
    here = "/administration/retention"
    assert "nothing is ever due" in text_of(sione.get(here).text)
    refused = send(sione, here, f"{here}/schedule", b"[[rule]]")
    assert refused.status_code == 422 and "not a retention schedule" in text_of(refused.text)
    assert "has 3 rules" in text_of(send(sione, here, f"{here}/schedule", SCHEDULE).text)
    assert not built.settings.retention_file.exists()
    assert approved(vea, here).status_code == 303
    assert built.settings.retention_file.read_bytes() == SCHEDULE
    assert "Code, Article 51" in sione.get(here).text
    classes = ask("GET", "/v1/retention").json()["classes"]
    assert (classes["consignment"], set(classes["accesses"])) == ({"due": 1}, {"no-rule"})

    hold = {"name": "KB-17", "target": "consignment", "value": dossier, "ground": "order of the court"}
    assert ask("POST", "/v1/retention/holds", json={**hold, "review_on": "2026-02-30"}).status_code in (400, 422)
    assert ask("POST", "/v1/retention/holds", json={**hold, "why": "x"}).status_code in (400, 422)
    assert ask("POST", "/v1/retention/holds", json=hold).status_code == 201
    [line] = ask("GET", "/v1/retention/due").json()["lines"]
    assert (line["id"], line["state"], line["why"]) == (dossier, "held", ["KB-17"])
    assert "Nothing is due" in text_of(act(sione, f"{here}/erase", reason="quarter 3").text)
    assert act(sione, f"{here}/holds/release", name="KB-17", reason="closed").status_code == 303
    assert approved(vea, here).status_code == 303
    assert ask("GET", "/v1/retention/holds").json()["holds"][0]["state"] == "released"

    assert "Give the reason" in text_of(act(sione, f"{here}/erase", reason=" ").text)
    assert act(sione, f"{here}/erase", reason="quarter 3").status_code == 303
    listed = re.search(r'href="(/waiting/[^"]+)"', vea.get(here).text)
    assert listed
    things = re.search(r'href="(/administration/retention/erasures/[^"]+)"', vea.get(listed[1]).text)
    assert things and "Code, Article 51" in vea.get(things[1]).text
    assert enter("anna").get(things[1]).status_code == 403
    assert approved(vea, here).status_code == 303
    with pytest.raises(NotFoundError):
        built.house.queries.records.message(trader("ACME"), answer.id)
    report = ask("GET", "/v1/retention/report").json()
    assert (report["holds"], [one["things"] for one in report["lines"]]) == (True, [1])
    shown = text_of(sione.get(f"{here}/report").text)
    assert "every key is gone" in shown and "sione, vea" in shown
    assert sione.get(f"{here}/report", params={"since": "soon"}).status_code == 400


def test_a_hold_by_page_says_what_is_wrong_with_it(built: Built, enter: Any) -> None:
    sione, here = enter("sione"), "/administration/retention"
    wrong = act(sione, f"{here}/holds", name="A", target="party", value="X", ground="why", review_on="soon")
    assert wrong.status_code == 422 and "not a day" in text_of(wrong.text)
    nothing = act(sione, f"{here}/holds", name="A", target="consignment", value="X", ground="why")
    assert nothing.status_code == 422 and "no such consignment" in text_of(nothing.text)
    good = act(sione, f"{here}/holds", name="A", target="party", value="X", ground="why", review_on="2026-01-01")
    assert good.status_code == 303
    assert "to be looked at on" in text_of(sione.get(here).text)


def test_accesses_are_held_erased_and_told_of_at_every_door(built: Built, ask: Ask, enter: Any) -> None:
    (answer,) = built.house.intake.messages.take_many([envelope(declaration("R8"))], principal=trader("ACME"))
    built.desk()
    built.settings.retention_file.write_bytes(ACCESSES)
    built.house.governance.accounts.put_officer("tess", "Tess", "trader", None, PASSWORD, senders=("ACME",))
    built.house.governance.accounts.put_officer("ines", "Ines", "internal-affairs", None, PASSWORD)
    sione, vea, tess, here = enter("sione"), enter("vea"), enter("tess"), "/administration/retention"
    own = f"/own/messages/{answer.id}/accesses"
    assert "destroyed" not in text_of(tess.get(own).text)
    assert "destroyed" not in text_of(sione.get("/policies/looks").text)

    today = datetime.now(UTC).date().isoformat()
    held = {"name": "IA-3", "target": "accesses", "value": f"{today}..{today}", "ground": "internal affairs"}
    for wrong in ("then", f"{today}..2020-01-01"):
        refused = ask("POST", "/v1/retention/holds", json={**held, "value": wrong})
        assert refused.status_code == 422 and "is on a day such as 2026-03-01" in refused.text
    wrong_page = act(sione, f"{here}/holds", **{**held, "value": "then"})
    assert wrong_page.status_code == 422 and "a day such as" in text_of(wrong_page.text)
    assert ask("POST", "/v1/retention/holds", json=held).json()["value"] == today
    [line] = [one for one in ask("GET", "/v1/retention/due").json()["lines"] if one["class"] == "accesses"]
    assert (line["title"], line["state"], line["why"]) == (today, "held", ["IA-3"])
    assert "Records of accesses, by day" in text_of(sione.get(here).text)
    assert act(sione, f"{here}/holds/release", name="IA-3", reason="closed").status_code == 303
    assert approved(vea, here).status_code == 303

    assert act(sione, f"{here}/erase", reason="quarter 4").status_code == 303
    listed = re.search(r'href="(/waiting/[^"]+)"', vea.get(here).text)
    assert listed
    things = re.search(r'href="(/administration/retention/erasures/[^"]+)"', vea.get(listed[1]).text)
    assert things and today in vea.get(things[1]).text
    assert approved(vea, here).status_code == 303
    gone = ask("GET", "/v1/looks").json()["destroyed"]
    assert (gone["until"], gone["days"], gone["laws"]) == (today, 1, ["Police Data Act, Section 26"])
    assert "are in no list. Police Data Act" in text_of(sione.get("/policies/looks").text)
    assert "Records of accesses before" in text_of(enter("ines").get("/watchers").text)
    told = ask("GET", f"/v1/messages/{answer.id}/accesses", "trader").json()
    assert (told["destroyed_until"], told["accesses"]) == (today, [])
    page = text_of(tess.get(own).text)
    assert "that does not mean that no one did" in page and "IA-3" not in page
    assert ask("GET", "/v1/retention/report").json()["holds"] is True


@pytest.mark.parametrize("role", ["analyst", "officer", "trader", "host", "agency", "feed"])
def test_others_are_not_answered(ask: Ask, role: str) -> None:
    for path in ("", "/due", "/report", "/holds"):
        assert ask("GET", f"/v1/retention{path}", role).status_code == 403
    hold = {"name": "B", "target": "everything", "ground": "because"}
    assert ask("POST", "/v1/retention/holds", role, json=hold).status_code == 403
    assert ask("GET", "/v1/retention", "auditor").status_code == 200
    assert ask("POST", "/v1/retention/holds", "auditor", json=hold).status_code == 403


def test_both_parties_of_an_agreement_see_it_and_its_figures_and_nobody_else(
    built: Built, ask: Ask, enter: Any
) -> None:
    sione, vea, here = enter("sione"), enter("vea"), "/administration/agreements"
    assert send(sione, here, here, b"name = 3").status_code == 422
    assert "waits until a second person" in text_of(send(sione, here, here, text()).text)
    assert approved(vea, here).status_code == 303
    assert "Betania Customs" in text_of(sione.get(here).text)
    built.house.intake.messages.take_many([envelope(declaration("R7"), sender="BETANIA")], principal=trader("BETANIA"))
    built.desk()
    path = "/v1/agreements/betania-2026"
    ours, theirs = (ask("GET", f"{path}/measure", role, "BETANIA").json() for role in ("supervisor", "trader"))
    assert [one["cases"] for one in ours["levels"]] == [one["cases"] for one in theirs["levels"]] == [0, 1, 0]
    assert ask("GET", f"{path}/odrl", "trader", "BETANIA").json()["@type"] == "Agreement"
    assert [
        one["agreement"]["name"] for one in ask("GET", "/v1/agreements", "trader", "BETANIA").json()["agreements"]
    ] == ["betania-2026"]
    page = text_of(sione.get(f"{here}/betania-2026").text)
    assert "advises on what the other declares" in page and "no case yet" in page
    for role, sender in (("trader", "ACME"), ("analyst", "BETANIA"), ("host", "ACME"), ("officer", "BETANIA")):
        for part in ("", "/odrl", "/measure"):
            assert ask("GET", f"{path}{part}", role, sender).status_code == 404
    absent = ask("GET", "/v1/agreements/none", "trader", "ACME")
    assert absent.json() == ask("GET", path, "trader", "ACME").json()
    assert ask("GET", "/v1/agreements", "trader", "ACME").json() == {"agreements": []}
    assert enter("anna").get(here).status_code == 403
    assert enter("anna").get(f"{here}/betania-2026").status_code == 404
    assert act(sione, f"{here}/betania-2026/end", reason="note of 3 March").status_code == 303
    assert approved(vea, here).status_code == 303
    assert ask("GET", path).json()["standing"] == "ended"

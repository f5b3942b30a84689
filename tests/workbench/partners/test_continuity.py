# SPDX-License-Identifier: Apache-2.0
"""The page of gateways and outages: who sees what, and what a supervisor does there."""

from __future__ import annotations

import contextlib
import html
import re
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import httpx
import msgspec
import pytest

from cocket import ledger
from cocket.api import build_app as build_api
from cocket.errors import PartnerError, SenderError
from cocket.exchange.gateway_calls import BatchTaken, GatewayBatch
from cocket.gate import make_key
from cocket.gateway.server import _answer_of
from cocket.governance import Principal
from cocket.pipeline import public_keys
from cocket.workbench import build_app
from tests.faults.serving import until
from tests.gateway.offices import HEAD, OFFICE, Office, office_of
from tests.gateway.test_gateway import _gateway, _store
from tests.houses import build, envelope, trader
from tests.messages import declaration
from tests.pipeline.partners.test_agencies import PLANT, SIONE, agree, held
from tests.simulators.doors import open_door
from tests.workbench.base.test_real_instance import text_of
from tests.workbench.conftest import Screen, served
from tests.workbench.intake.test_own_lodge import fields

PASSWORD = "seal and cord and wax"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    built = build(tmp_path_factory.mktemp("house"))
    for name, role, where in (
        ("sione", "supervisor", None),
        ("vea", "supervisor", None),
        ("near", "supervisor", OFFICE),
        ("far", "officer", "XBPRT002"),
        ("omar", "officer", OFFICE),
        ("nell", "officer", OFFICE),
    ):
        built.house.governance.accounts.put_officer(name, name, role, where, PASSWORD)
    with office_of(built, tmp_path_factory.mktemp("office") / "gate") as made:
        _store(made, declaration("R1"))
        _store(made, declaration("R1", note="other"))
        _store(made, declaration("R2"), key="gone", sender="ACME")
        built.house.governance.accounts.add_key(make_key("evil"), "evil", ["trader"], ["EVIL"])
        _store(made, declaration("E4"), key="evil")
        made.turn()
        yield made
    built.house.close()


def test_the_page_shows_what_waits_and_lets_a_supervisor_decide(office: Office) -> None:
    with served(build_app(office.built.house)) as address:

        @contextlib.contextmanager
        def signed(name: str) -> Iterator[httpx.Client]:
            with httpx.Client(base_url=address, headers={"origin": address}, timeout=60) as client:
                client.post("/sign-in", data={"name": name, "password": PASSWORD})
                yield client

        with signed("omar") as omar, signed("far") as far:
            seen = text_of(omar.get("/continuity").text)
            assert "alpha-gate-2" in seen
            assert "Its reference belongs to another message" in seen
            assert "Decide" not in seen
            assert "Enter an outage" not in seen
            assert "alpha-gate" not in text_of(far.get("/continuity").text)
        with signed("near") as near:
            page = near.get("/continuity")
            token = {"csrf": fields(page)["csrf"]}
            entry = {**token, "office": OFFICE, "systems": "line, host", "reason": "cable cut"}
            none = near.post("/continuity/outages", data={**entry, "reason": ""})
            assert (none.status_code, "Give the reason" in text_of(none.text)) == (422, True)
            assert "host" in none.text, "what was entered is kept"
            everywhere = near.post("/continuity/outages", data={**entry, "office": ""})
            assert everywhere.status_code == 403
            made = near.post("/continuity/outages", data={**entry, "regime.transit": "ends-on-paper"})
            assert made.status_code == 303
            shown = text_of(near.get("/continuity").text)
            assert f"{OFFICE}-" in shown
            assert "Transit: Ends on paper" in shown
            outage = office.built.house.partners.outages.outages(HEAD)[0].id
            assert near.post(f"/continuity/outages/{outage}/end", data=token).status_code == 303
            assert near.post(f"/continuity/outages/{outage}/end", data=token).status_code == 422
            assert near.post("/continuity/outages/NONE-1/end", data=token).status_code == 404
            held = "/continuity/held/alpha-gate-3"
            assert near.post(held, data={**token, "words": "x"}).status_code == 422
            assert near.post(held, data={**token, "decision": "taken-in"}).status_code == 422
            settled = near.post(held, data={**token, "decision": "taken-in", "words": "the key was changed"})
            assert settled.status_code == 303
            evil = "/continuity/held/alpha-gate-4"
            assert near.post(evil, data={**token, "decision": "taken-in", "words": "to be carried"}).status_code == 303
            assert "the key was changed" in (shown := text_of(near.get("/continuity").text))
            assert "alpha-gate-4 · Accepted · near · to be carried" in shown
        with signed("sione") as sione:
            assert "alpha-gate-2" in text_of(sione.get("/continuity").text)


def test_what_a_gateway_brings_says_who_holds_the_goods_that_it_names(office: Office) -> None:
    built = office.built
    answers = built.house.intake.messages.take_many(
        [envelope(declaration("HELD-1")), envelope(declaration("HELD-2"), sender="OTHER")],
        principal=trader("ACME", "OTHER"),
    )
    built.desk()
    agree(built, "PLANT")
    for answer in answers:
        (dossier,) = built.house.queries.records.message(SIONE, answer.id).consignment_ids
        held(built, PLANT, dossier)
    own = _store(office, declaration("HELD-1"))
    foreign = _store(office, declaration("HELD-2"))
    office.turn()
    stored = {one: office.spool.entry_at(one, "alpha-gate-acme") for one in (own, foreign)}
    told = {one: msgspec.json.decode(_answer_of(entry)[1]) for one, entry in stored.items() if entry is not None}
    assert told[own]["outcome"] == "same"
    assert told[own]["held_by"] == [{"agency": "PLANT", "law": "Plant Health Act, s. 12"}]
    assert "held_by" not in told[foreign], "another declared these goods: naming them tells nothing"
    assert office.spool.standing().held_by == {"PLANT": 1}


def test_a_page_that_renews_itself_is_one_look_and_tells_of_what_it_showed(office: Office) -> None:
    def looks() -> int:
        return sum(b'"continuity"' in body and b'"gateways"' in body for body in office.built.bodies("look"))

    with served(build_app(office.built.house)) as address, httpx.Client(base_url=address, timeout=60) as client:
        renews = {"hx-request": "true"}
        client.post("/sign-in", data={"name": "nell", "password": PASSWORD}, headers={"origin": address})
        before = looks()
        asked = "/continuity/gateways?shown=alpha-gate"
        assert "alpha-gate" in client.get(asked, headers=renews).text
        assert looks() == before + 1, "who never opened the page is shown it by this: a look"
        page = client.get("/continuity")
        assert asked in html.unescape(page.text)
        assert looks() == before + 2
        for _ in range(4):
            shown = client.get(asked, headers=renews)
            assert "alpha-gate" in text_of(shown.text)
            assert "Still to come" in text_of(shown.text)
            assert "<html" not in shown.text
        assert "alpha-gate" not in client.get("/continuity/gateways?shown=other", headers=renews).text
        assert client.get(asked).status_code == 303
        assert looks() == before + 2
        client.cookies.clear()
        client.post("/sign-in", data={"name": "far", "password": PASSWORD}, headers={"origin": address})
        assert "alpha-gate" not in text_of(client.get(asked, headers=renews).text)


def test_a_gateway_that_is_refused_says_why_on_the_page(office: Office) -> None:
    gateways, standing = office.built.house.partners.gateways, office.spool.standing()
    gate = Principal(id=office.name, kind="key", roles=("forwarder",), senders=("ACME",))
    batch = GatewayBatch(
        gateway=office.name, sent=datetime.now(UTC), last=standing.last, head=standing.head, office="XBPRT002"
    )
    with pytest.raises(SenderError):
        gateways.bring(gate, batch)
    with served(build_app(office.built.house)) as address, httpx.Client(base_url=address, timeout=60) as client:
        client.post("/sign-in", data={"name": "omar", "password": PASSWORD}, headers={"origin": address})
        shown = text_of(client.get("/continuity").text)
        assert "Nothing is accepted from it until this is corrected." in shown
        assert "says that it stands at XBPRT002" in shown
        gateways.bring(gate, msgspec.structs.replace(batch, office=OFFICE))
        assert "until this is corrected" not in text_of(client.get("/continuity").text)


def test_systems_of_officers_read_the_same_and_traders_nothing(office: Office) -> None:
    accounts = office.built.house.governance.accounts
    with open_door(build_api(office.built.house)) as port:
        for role, where, status in (("supervisor", None, 200), ("officer", "XBPRT002", 200), ("trader", None, 403)):
            key = make_key(f"reads-{role}")
            accounts.add_key(key, role, [role], ["ACME"], office=where)
            for path in ("/v1/gateways", "/v1/gateways/held", "/v1/outages"):
                answer = httpx.get(
                    f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {key}"}, trust_env=False
                )
                assert answer.status_code == status, (role, path)
                assert ("alpha-gate" in answer.text) is (role == "supervisor" and path != "/v1/outages")
            malformed = httpx.post(
                f"http://127.0.0.1:{port}/v1/gateways/entries",
                content=b'{"gateway": "alpha-gate"}',
                headers={"Authorization": f"Bearer {key}"},
                trust_env=False,
            )
            assert malformed.status_code == 422


@pytest.fixture
def password() -> str:
    return PASSWORD


@pytest.fixture
def address(office: Office) -> Iterator[str]:
    with served(build_app(office.built.house)) as address:
        yield address


@pytest.mark.timeout(300)
def test_in_a_browser_what_is_still_to_come_counts_down_and_every_receipt_is_in_the_log(
    office: Office, open_screen: Callable[..., Screen], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cocket.gateway.spool.MOST_ENTRIES", 2)
    built, bring, so_far = office.built, office.house.bring, [sys.maxsize]

    def slowly(batch: GatewayBatch) -> BatchTaken:
        """A narrow line: a batch comes when it is let through."""
        until(lambda: not batch.entries or batch.entries[-1].entry.sequence <= so_far[0], "nothing is let through")
        return bring(batch)

    monkeypatch.setattr(office.house, "bring", slowly)
    office.turn()
    first = office.spool.standing().last
    screen = open_screen()
    screen.page.clock.install()
    page = screen.sign_in("near")
    page.on("dialog", lambda dialog: dialog.dismiss())
    screen.go("/continuity")
    with office.door() as port:
        assert office.lodge(port, declaration("B0")).json()["outcome"] == "accepted"
        office.line.cut()
        form = page.locator("form[action='/continuity/outages']")
        form.get_by_label("What is down").fill("line")
        form.get_by_label("Reason").fill("cable cut at the bridge")
        form.get_by_role("button", name="Enter it").click()
        told = page.locator("p.notice", has_text="The line is down: outage")
        told.wait_for()
        assert f"at {OFFICE} since" in told.inner_text()
        assert "nothing is lost" in told.inner_text()
        contents = [declaration(f"B{number}") for number in range(1, 9)]
        kept = [office.lodge(port, content).json() for content in contents]
        assert [one["outcome"] for one in kept] == ["provisional"] * 8
        assert [one["sequence"] for one in kept] == list(range(first + 1, first + 9))
        with pytest.raises(PartnerError):
            office.turn()
        so_far[0] = 0
        office.line.mend()
        page.evaluate("window.sameVisit = true")
        bringing = threading.Thread(target=office.turn)
        bringing.start()
        row = page.locator("#gateway-table tbody tr")
        still = row.locator("td").nth(4)
        for number in (6, 4, 2, 0):
            so_far[0] = first + 8 - number
            until(lambda number=number: _gateway(office).last == first + 8 - number, "nothing comes")  # type: ignore[misc]
            page.clock.run_for(10_500)
            still.filter(has_text=re.compile(f"^{number}$")).wait_for()
        bringing.join(60)
        assert page.evaluate("window.sameVisit"), "the page was not loaded anew"
        receipts = [office.lodge(port, content).json() for content in contents]
    assert {one["outcome"] for one in receipts} == {"accepted"}
    built.sign()
    trusted = [public_keys(built.settings)["receipts"]]
    for content, one in zip(contents, receipts, strict=True):
        receipt = ledger.read_proof(msgspec.json.encode(one["receipt"]))
        assert isinstance(receipt, ledger.Receipt)
        assert ledger.verify_receipt(receipt, trusted, content).holds
        given = httpx.get(
            f"http://127.0.0.1:{office.house_port}/v1/messages/{one['id']}/proof",
            headers={"Authorization": f"Bearer {office.trader}"},
            trust_env=False,
        )
        proof = ledger.read_proof(given.content)
        assert isinstance(proof, ledger.InclusionProof)
        assert ledger.verify_inclusion_proof(proof, public_keys(built.settings)["log"], None, content).holds
    end = page.locator("form[action^='/continuity/outages/'][action$='/end']")
    end.get_by_role("button", name="End it now").click()
    told.wait_for(state="detached")


def test_gateways_and_packs_come_first_and_what_waits_by_ten_on_a_page(office: Office) -> None:
    office.stop()
    office.start()
    before = len(office.built.house.partners.gateways.held_entries(HEAD))
    for number in range(24 - before):
        _store(office, declaration(f"W{number}"), key="evil", sender="EVIL")
    office.turn()
    with served(build_app(office.built.house)) as address, httpx.Client(base_url=address, timeout=60) as client:
        client.post("/sign-in", data={"name": "near", "password": PASSWORD}, headers={"origin": address})
        shown = [client.get(f"/continuity{query}") for query in ("", "?after=10", "?after=20", "?after=999")]
        assert [one.text.count('name="decision" value="left"') for one in shown] == [10, 10, 4, 4]
        assert "24 entries of gateways wait for an officer." in text_of(shown[0].text)
        assert "11–20 of 24" in text_of(shown[1].text)
        assert 'href="/continuity?after=20#held"' in shown[1].text
        assert 'href="/continuity?after=0#held"' in shown[1].text
        assert 'rel="next"' not in shown[2].text
        for odd in ("?after=-1", "?after=x", "?after=" + "9" * 400, "?after=²"):
            assert client.get(f"/continuity{odd}").text.count('name="decision" value="left"') == 10
        places = [shown[0].text.index(f'id="{name}"') for name in ("gateways", "packs", "held", "outages")]
        assert places == sorted(places)


def test_two_histories_are_shown_with_what_may_be_stranded_and_what_to_do(office: Office) -> None:
    gateways = office.built.house.partners.gateways
    gate = Principal(id=office.name, kind="key", roles=("forwarder",), senders=("ACME",))
    with pytest.raises(SenderError, match="restored from a backup"):
        gateways.bring(gate, GatewayBatch(gateway=office.name, sent=datetime.now(UTC), last=2, head="ab" * 32))
    with served(build_app(office.built.house)) as address, httpx.Client(base_url=address, timeout=60) as client:
        client.post("/sign-in", data={"name": "omar", "password": PASSWORD}, headers={"origin": address})
        shown = text_of(client.get("/continuity").text)
        assert "Two histories: nothing is taken of it" in shown
        assert "not known" in shown
        for words in (f"up to {_gateway(office).last}", "The other had entries up to 2", "cocket gateway recover OLD"):
            assert words in shown

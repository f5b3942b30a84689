# SPDX-License-Identifier: Apache-2.0
"""People of traders at their own pages, over a real house: what they sent, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import pytest

from cocket.control.standing import read_register
from cocket.errors import SenderError, SettingsError
from cocket.gate import make_key
from cocket.governance import Principal
from cocket.pipeline.control import contests as contest_rules
from cocket.pipeline.queries import own_affairs
from cocket.workbench import build_app
from cocket.workbench.routes import ROUTERS
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.pipeline.partners.test_efti import ROAD, agreed
from tests.pipeline.partners.test_sources import SIONE, VEA
from tests.workbench.base.test_real_instance import PASSWORD, link, token
from tests.workbench.conftest import said, served

Sign = Callable[[str], httpx.Client]

#: Sign-in name → role and the senders acted for; none for people of customs.
PEOPLE = {
    "tina": ("trader", ("ACME",)),
    "bela": ("declarant", ("BETA",)),
    "head": ("supervisor", ()),
    "ann": ("analyst", ()),
}


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, administration="Alphaland Customs", second_person_for="")
    for sender, references in {"ACME": ("R1", "R2"), "BETA": ("S1",)}.items():
        contents = [envelope(declaration(one), sender) for one in references]
        made.house.intake.messages.take_many(contents, principal=trader(sender))
    made.desk()
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
            assert client.post("/sign-in", data={"name": name, "password": PASSWORD}).headers["location"] == "/"
            return client

        yield signing
        for client in clients:
            client.close()


def test_a_person_of_a_trader_begins_at_what_he_sent_and_sees_no_others(sign: Sign) -> None:
    tina = sign("tina")
    assert tina.get("/").headers["location"] == "/own"
    page = tina.get("/own")
    assert page.status_code == 200 and "For ACME" in said(page)
    assert ">R1<" in page.text and ">R2<" in page.text and ">S1<" not in page.text
    assert "Queue" not in said(page) and "State the purpose" not in said(page)
    assert "Nothing of yours has this reference" in said(sign("bela").get("/own?text=r1"))
    found = tina.get("/own?text=r1").text
    assert ">R1<" in found and ">R2<" not in found


def test_every_page_of_customs_is_to_him_the_page_that_there_is_not(sign: Sign) -> None:
    tina, ann = sign("tina"), sign("ann")

    def plain(answer: httpx.Response) -> tuple[int, str]:
        return answer.status_code, re.sub(r'name="next" value="[^"]*"| aria-current="page"', "", answer.text)

    missing = plain(tina.get("/no-such-page"))
    assert missing[0] == 404
    asked = 0
    for route in (one for routes in ROUTERS for one in routes.routes):
        path = re.sub(r"{[^}]+}", "x", route.path)  # type: ignore[attr-defined]
        if path.startswith(("/own", "/sign-in", "/account", "/language", "/password", "/sign-out")) or path == "/":
            continue
        if path == "/pocket/worker.js":  # program text, the same for everybody
            continue
        for method in route.methods:  # type: ignore[attr-defined]
            asked += 1
            assert plain(tina.request(method, path)) == missing, path
    assert asked > 150
    for path in ("/queue/", "/own/messages/none", "/own/none"):
        assert plain(tina.get(path)) == missing, path
    assert plain(tina.delete("/queue")) == missing
    for path in ("/own", "/own/messages/none"):
        assert plain(ann.get(path)) == plain(ann.get("/no-such-page")), path
    assert "Queue" in said(ann.get("/no-such-page"))


def test_nobody_signed_in_is_sent_to_the_sign_in(sign: Sign) -> None:
    tina = sign("tina")
    tina.cookies.clear()
    assert tina.get("/own").headers["location"] == "/sign-in?next=%2Fown"


def test_his_account_is_his_and_shows_no_notices_of_officers(sign: Sign) -> None:
    tina = sign("tina")
    page = said(tina.get("/account"))
    assert "Trader · acts for ACME" in page and "Time zone" in page and "Second factor" in page
    assert "Notices" not in page and "Internal affairs" not in page
    assert tina.get("/account/second-factor").status_code == 200
    assert tina.get("/password").status_code == 200


def test_an_account_never_changes_sides_and_one_of_a_trader_acts_for_somebody(built: Built) -> None:
    accounts = built.house.governance.accounts
    with pytest.raises(SenderError, match="acts for"):
        accounts.put_officer("nobody", "Nobody", "trader", None, PASSWORD)
    with pytest.raises(SettingsError, match="acts for no sender"):
        accounts.put_officer("eve", "Eve", "analyst", None, PASSWORD, senders=("ACME",))
    with pytest.raises(SettingsError, match="an account of a trader"):
        accounts.put_officer("tina", "Tina", "analyst", None, PASSWORD)
    with pytest.raises(SettingsError, match="an account of customs"):
        accounts.change_officer("cli", "head", "Head", "trader", None, senders=("ACME",))


def test_a_supervisor_makes_the_account_and_changes_for_whom_it_acts(built: Built, sign: Sign) -> None:
    head = sign("head")
    form = head.get("/administration/access/account")
    assert "Acts for" in said(form)
    fields = {"csrf": token(form.text), "name": "carl", "shown": "Carl C.", "role": "carrier", "office": ""}
    refused = head.post("/administration/access/account", data={**fields, "senders": ""})
    assert refused.status_code == 422 and "Name the senders that this account acts for." in said(refused)
    given = head.post("/administration/access/account", data={**fields, "senders": "BETA, ACME"})
    secret = re.search(r"[a-z0-9]{5}(?:-[a-z0-9]{5}){3}", said(given))
    assert given.status_code == 200 and secret is not None
    assert "ACME, BETA" in said(head.get("/administration/access"))
    carl = httpx.Client(base_url=head.base_url, headers=head.headers, timeout=120)
    assert carl.post("/sign-in", data={"name": "carl", "password": secret[0]}).status_code == 303
    assert carl.get("/own").headers["location"] == "/password"
    other = head.post("/administration/access/account", data={**fields, "role": "analyst", "senders": ""})
    assert other.status_code == 422 and "never made one of a trader" in said(other)
    head.post("/administration/access/password", data={**fields, "name": "tina"})
    with built.stores.database.transaction() as connection:
        from cocket.pipeline.governance.acts_for import senders_of

        assert senders_of(built.stores, connection, "tina") == ("ACME",)
    carl.close()


def test_for_whom_he_acts_is_believed_only_as_sealed(built: Built, sign: Sign) -> None:
    tina = sign("tina")
    with built.stores.database.transaction() as connection:
        connection.execute(
            "update case_file set body = convert_to(replace(convert_from(body, 'UTF8'), 'ACME', 'BETA'), 'UTF8')"
            " where kind = 'acts-for' and convert_from(body, 'UTF8') like '%%tina%%'"
        )
    page = tina.get("/own")
    assert ">S1<" not in page.text and ">R1<" not in page.text


def test_a_message_shows_what_is_wrong_what_proves_it_and_what_came_of_it(built: Built, sign: Sign) -> None:
    built.sign()
    tina = sign("tina")
    here = link(tina.get("/own").text, r"/own/messages/[\w-]+")
    page = tina.get(here)
    assert "Accepted" in said(page) and "Prove that you sent it" in said(page)
    kinds = {
        "receipt.json": "application/json",
        "receipt.html": "text/html",
        "proof.json": "application/json",
        "proof.tlog-proof": "text/plain",
        "proof.cose": "application/cose",
        "content.bin": "application/octet-stream",
    }
    for name, kind in kinds.items():
        given = tina.get(f"{here}/{name}")
        assert given.status_code == 200 and given.headers["content-type"].startswith(kind), name
        assert given.headers["content-disposition"].startswith("attachment"), name
    assert "You can contest it from" in said(tina.get(f"{here}/contest"))
    assert "Nothing is shown here before" in said(tina.get(f"{here}/accesses"))
    bela = sign("bela")
    missing = bela.get("/own/none").status_code
    for name in ("", "/contest", "/accesses", "/payment.pdf", *(f"/{one}" for one in kinds)):
        assert bela.get(here + name).status_code == missing == 404, name


def test_what_an_efti_authority_was_given_of_a_dataset_is_shown_to_whoever_sent_it(
    built: Built, sign: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in (SIONE, VEA):
        built.house.governance.accounts.put_officer(one.id, one.id, "supervisor", None, PASSWORD)
    agreed(built, name="gate-b", sender="GATEB", purposes='["control", "audit"]')
    (answer,) = built.house.intake.messages.take_many([envelope(ROAD, "ACME")], principal=trader("ACME"))
    built.desk()
    gate = Principal(id="gate-b", kind="key", roles=("agency",), senders=("GATEB",))
    for purpose in ("control", "audit"):
        asking = msgspec.structs.replace(gate, purpose=purpose)
        built.house.partners.efti.own_dataset(asking, answer.id, ("identifier",))
    (dossier,) = built.house.queries.records.message(officer(), answer.id).consignment_ids
    built.house.queries.records.dossier(officer(), dossier)
    tina, here = sign("tina"), f"/own/messages/{answer.id}"
    assert f"{here}/accesses" in tina.get(here).text
    assert "Nothing is shown here before" in said(tina.get(f"{here}/accesses"))
    monkeypatch.setattr(own_affairs, "_now", lambda: datetime.now(UTC) + timedelta(days=7))
    page = tina.get(f"{here}/accesses")
    rows = re.findall(r"<tr><th scope=\"row\">.*?</tr>", page.text)
    assert len(rows) == 1, "neither a purpose that no trader is told of, nor who looked at the dossier here"
    for words in ("Another agency", "control of goods", "the eFTI dataset", "under the agreement Agreement on transit"):
        assert words in said(page)
    assert "This is not a declaration" in said(page)
    assert sign("bela").get(f"{here}/accesses").status_code == 404


def test_a_declaration_that_is_not_worked_on_yet_offers_no_page_that_there_is_not(built: Built, sign: Sign) -> None:
    built.house.intake.messages.take_many([envelope(declaration("R3"), "ACME")], principal=trader("ACME"))
    tina = sign("tina")
    here = link(tina.get("/own?text=R3").text, r"/own/messages/[\w-]+")
    assert tina.get(f"{here}/contest").status_code == 404 and f"{here}/contest" not in tina.get(here).text
    built.desk()
    assert tina.get(f"{here}/contest").status_code == 200 and f"{here}/contest" in tina.get(here).text


def test_what_came_of_it_is_contested_with_a_paper_and_taken_back(tmp_path: Path, sign: Sign, built: Built) -> None:
    tina = sign("tina")
    here = link(tina.get("/own").text, r"/own/messages/[\w-]+")
    now = contest_rules._now
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(contest_rules, "_now", lambda: now() + timedelta(days=8))
        form = tina.get(f"{here}/contest")
        empty = tina.post(f"{here}/contest", data={"csrf": token(form.text), "ground": "", "words": ""})
        assert empty.status_code == 422 and "Choose what you contest." in said(empty)
        fields = {"csrf": token(form.text), "ground": "automation", "words": "Let a person look."}
        lodged = tina.post(f"{here}/contest", data=fields)
    contest = lodged.headers["location"]
    page = tina.get(contest)
    assert "Let a person look." in said(page) and "Receipt not confirmed yet" in said(page)
    where = f"{contest}/papers"
    csrf = {"csrf": token(page.text)}
    bad = tina.post(where, data=csrf, files={"paper": ("run.hta", b"<hta:application>", "application/pdf")})
    assert bad.status_code == 422 and "is a page or a program" in said(bad)
    assert "Choose a file." in said(tina.post(where, data=csrf, files={"other": ("", b"")}))
    assert tina.post(where, files={"paper": ("a.txt", b"hello")}).status_code == 403
    assert tina.post(where, data=csrf, files={"paper": ("a.txt", b"hello")}).status_code == 303
    assert "a.txt" in said(tina.get(contest))
    assert contest in tina.get("/own/contests").text and contest not in sign("bela").get("/own/contests").text
    assert sign("bela").post(where, data=csrf, files={"paper": ("a.txt", b"x")}).status_code in (403, 404)
    assert tina.post(f"{contest}/withdrawal", data=csrf).status_code == 303
    assert "Taken back" in said(tina.get(contest)) and 'type="file"' not in tina.get(contest).text


def test_a_broker_sees_what_is_sent_from_the_mandate_on_and_not_who_gave_it(built: Built, sign: Sign) -> None:
    tina, bela = sign("tina"), sign("bela")
    form = tina.get("/own/mandates")
    until = (datetime.now(UTC).date() + timedelta(days=30)).isoformat()
    fields = {"csrf": token(form.text), "client": "ACME", "agent": "BETA", "until": "soon"}
    assert "Enter the last day." in said(tina.post("/own/mandates", data=fields))
    assert "needed to act for oneself" in said(
        tina.post("/own/mandates", data={**fields, "agent": "ACME", "until": until})
    )
    assert tina.post("/own/mandates", data={**fields, "until": until}).status_code == 303
    mine = said(bela.get("/own/mandates"))
    assert "ACME" in mine and "In force" in mine and "tina" not in mine.lower() and "Take back" not in mine
    before = link(tina.get("/own").text, r"/own/messages/[\w-]+")
    assert "ACME" in said(bela.get("/own")) and ">R1<" not in bela.get("/own").text
    for page in ("", "/accesses", "/contest", "/receipt.json", "/content.bin"):
        assert bela.get(before + page).status_code == 404, page
    built.house.intake.messages.take_many([envelope(declaration("R9"), "ACME")], principal=trader("ACME"))
    built.desk()
    assert ">R9<" in bela.get("/own").text and ">R1<" not in bela.get("/own").text
    after = link(bela.get("/own?text=R9").text, r"/own/messages/[\w-]+")
    assert bela.get(after).status_code == 200 and bela.get(f"{after}/contest").status_code == 200
    revoked = link(tina.get("/own/mandates").text, r"/own/mandates/[\w-]+/revocation")
    assert bela.post(revoked, data={"csrf": token(bela.get("/own").text)}).status_code == 404
    assert tina.post(revoked, data={"csrf": token(form.text)}).status_code == 303
    assert ">R9<" not in bela.get("/own").text and bela.get(after).status_code == 404


def test_his_keys_his_quality_and_what_machines_decide(built: Built, sign: Sign) -> None:
    accounts = built.house.governance.accounts
    accounts.add_key(make_key("acme-gate"), "Gate", ["trader"], ["ACME"], scopes=["message:lodge"])
    accounts.add_key(make_key("both"), "Both", ["forwarder"], ["ACME", "BETA"])
    tina = sign("tina")
    page = said(tina.get("/own/keys"))
    assert (
        "acme-gate" in page
        and "message:lodge" in page
        and "not known" in page
        and "both" not in page.split("Keys that send")[1]
    )
    assert "None is known here" in said(tina.get("/own/standing"))
    register = read_register(b"scheme,number,trader,scopes,valid_from\nAEO-C,7,ACME,import export,2026-01-01\n")[0]
    built.house.credentials.standings.take_standings(officer("supervisor"), register)
    mine = said(tina.get("/own/standing"))
    assert "AEO-C" in mine and "import of own goods" in mine and "export of own goods" in mine and "In force" in mine
    assert "None is known here" in said(sign("bela").get("/own/standing"))
    page = said(tina.get("/own/quality"))
    assert "All 2 messages since" in page and "Data quality" in page
    assert tina.get("/own/quality?days=366").status_code == tina.get("/own/quality?days=x").status_code == 200
    assert "decided by an officer who examined" in said(tina.get("/own/decisions"))

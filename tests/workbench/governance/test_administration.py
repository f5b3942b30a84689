# SPDX-License-Identifier: Apache-2.0
"""Administration by page over a real house: access with a second person, lists, devices, permits, settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from cocket.errors import PolicyError
from cocket.governance.proposals import Proposal
from cocket.measures.tariff import write_tariff
from cocket.pipeline import QueueFilter
from cocket.pipeline.base.examination_policy import policy_of
from cocket.pipeline.base.proposals import read_proposal
from cocket.simulation.law import tariff
from cocket.workbench import build_app
from tests.houses import Built, build, envelope, trader
from tests.messages import declaration
from tests.workbench.base.test_real_instance import text_of, token
from tests.workbench.conftest import Screen, served

PASSWORD = "seal and cord and wax"
PEOPLE = (
    ("sione", "supervisor"),
    ("vea", "supervisor"),
    ("anna", "analyst"),
    ("olga", "officer"),
    ("arjun", "auditor"),
)


def house_with(tmp_path: Path, **settings: Any) -> Built:
    made = build(tmp_path, administration="Alphaland Customs", **settings)
    for name, role in PEOPLE:
        made.house.governance.accounts.put_officer(name, name.title(), role, None, PASSWORD)
    return made


@pytest.fixture
def built(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Built]:
    made = house_with(tmp_path, **getattr(request, "param", {"second_person_for": "access law codes lists offices"}))
    yield made
    made.house.close()


@pytest.fixture
def address(built: Built) -> Iterator[str]:
    with served(build_app(built.house)) as address:
        yield address


@pytest.fixture
def enter(address: str) -> Iterator[Callable[..., httpx.Client]]:
    clients: list[httpx.Client] = []

    def entered(name: str, password: str = PASSWORD) -> httpx.Client:
        client = httpx.Client(base_url=address, headers={"origin": address})
        clients.append(client)
        assert client.post("/sign-in", data={"name": name, "password": password}).headers["location"] == "/"
        return client

    yield entered
    for client in clients:
        client.close()


def act(client: httpx.Client, what: str, **fields: str) -> httpx.Response:
    """Press a button; what is decided is decided as it is read now, unless a digest is given."""
    path = f"/administration/access/{what}"
    page = client.get("/inbox").text
    if what in ("approve", "refuse", "withdraw", "apply"):
        here = f"/waiting/{fields.pop('proposal')}"
        found = re.search(r'name="digest" value="([^"]+)"', client.get(here).text)
        fields = {"digest": found[1] if found else "", **fields}
        path = f"{here}/{what}"
    return client.post(path, data={"csrf": token(page), **fields})


def waiting(client: httpx.Client) -> str:
    found = re.search(r'href="/waiting/([^"/]+)"', client.get("/waiting").text)
    assert found
    return found[1]


def secret_of(answer: httpx.Response) -> str:
    found = re.search(r'id="secret"><code>([^<]+)<', answer.text)
    assert found, text_of(answer.text)
    return found[1]


def send(client: httpx.Client, path: str, content: bytes, **query: str) -> httpx.Response:
    page = client.get(f"/administration/{path.partition('/')[0]}").text
    found = re.search(r'data-token="([^"]+)"', page)
    headers = {"x-csrf-token": found[1] if found else "", "hx-request": "true"}
    return client.post(f"/administration/{path}", params=query, content=content, headers=headers)


def proposals(built: Built) -> list[Proposal]:
    return [read_proposal(body) for body in built.bodies("proposal")]


def test_an_account_waits_for_a_second_supervisor_and_its_password_must_be_changed(built: Built, enter: Any) -> None:
    sione, vea = enter("sione"), enter("vea")
    assert act(sione, "account", name="ben", shown="Ben B.", role="officer", office="XA110000").status_code == 303
    assert "ben" not in [one.name for one in built.house.governance.accounts.officers()]
    assert "another person approves it" in text_of(sione.get("/inbox").text)
    assert "1 notice" in text_of(vea.get("/queue").text) and "1 notice" not in text_of(sione.get("/queue").text)
    own = act(sione, "approve", proposal=waiting(sione))
    assert own.status_code == 400 and "Another person must" in text_of(own.text)
    approved = act(vea, "approve", proposal=waiting(vea))
    assert approved.status_code == 303 and 'id="secret"' not in approved.text
    assert "Show the temporary password" not in vea.get("/administration/access").text
    assert act(vea, "shown-password", name="ben").status_code == 422
    assert "No password yet" in text_of(sione.get("/administration/access").text)
    password = secret_of(act(sione, "shown-password", name="ben"))
    assert password not in sione.get("/administration/access").text
    again = act(sione, "shown-password", name="ben")
    assert again.status_code == 422 and "it was shown before" in text_of(again.text)
    ben = enter("ben", password)
    first = ben.get("/queue")
    assert first.headers["location"] == "/password"
    page = ben.get("/password").text
    wanted = "a cord of nine strands"
    fields = {"csrf": token(page), "present": password, "wanted": wanted, "again": wanted}
    assert ben.post("/password", data=fields).status_code == 303
    assert ben.get("/queue").status_code == 200
    assert [(one.kind, one.state, one.persons) for one in proposals(built)] == [
        ("account", "open", ("sione",)),
        ("account", "approved", ("sione", "vea")),
        ("account", "applied", ("sione", "vea")),
    ]


def test_a_role_is_changed_without_another_password_and_sessions_end(built: Built, enter: Any) -> None:
    sione, vea, olga = enter("sione"), enter("vea"), enter("olga")
    act(sione, "account", name="olga", shown="Olga O.", role="analyst", office="")
    assert olga.get("/rules").status_code == 403
    assert act(vea, "approve", proposal=waiting(vea)).status_code == 303
    assert olga.get("/queue").headers["location"].startswith("/sign-in")
    assert enter("olga").get("/rules").status_code == 200


def test_a_new_temporary_password_and_a_disabled_account(built: Built, enter: Any) -> None:
    sione, vea, anna = enter("sione"), enter("vea"), enter("anna")
    act(sione, "password", name="anna")
    assert act(vea, "approve", proposal=waiting(vea)).status_code == 303
    assert anna.get("/queue").headers["location"].startswith("/sign-in")
    password = secret_of(act(sione, "shown-password", name="anna"))
    assert anna.get("/queue").headers["location"].startswith("/sign-in")
    assert enter("anna", password).get("/queue").headers["location"] == "/password"
    assert act(sione, "disable", name="anna").status_code == 303
    refused = act(sione, "password", name="anna")
    assert refused.status_code == 422 and "enable it first" in text_of(refused.text)
    act(vea, "enable", name="anna")
    assert act(sione, "approve", proposal=waiting(sione)).status_code == 303
    assert enter("anna", password).get("/queue").headers["location"] == "/password"  # still the temporary one


def test_no_one_acts_on_the_own_account_or_confirms_the_own_rise(built: Built, enter: Any) -> None:
    sione, vea = enter("sione"), enter("vea")
    for what in ("disable", "password", "account"):
        refused = act(sione, what, name="sione", role="supervisor")
        assert refused.status_code == 422 and "own account" in text_of(refused.text)
    # Of two supervisors the one it is about may not approve it, so nobody could: it is not recorded.
    alone = act(sione, "account", name="vea", role="supervisor", office="")
    assert alone.status_code == 422 and "No one else could approve this" in text_of(alone.text)
    assert proposals(built) == []
    built.house.governance.accounts.put_officer("tomasi", "Tomasi", "supervisor", None, PASSWORD)
    act(sione, "account", name="vea", role="supervisor", office="")
    proposal, tomasi = waiting(sione), enter("tomasi")
    assert act(vea, "approve", proposal=proposal).status_code == 404
    assert act(tomasi, "refuse", proposal=proposal, reason="").status_code == 400
    assert act(tomasi, "refuse", proposal=proposal, reason="not needed").status_code == 303
    assert [one.state for one in proposals(built)] == ["open", "refused"]
    assert "refused by tomasi: not needed" in text_of(tomasi.get("/administration").text)


def test_an_older_digest_a_second_vote_and_a_changed_subject_are_refused(built: Built, enter: Any) -> None:
    sione, vea = enter("sione"), enter("vea")
    act(sione, "account", name="olga", role="analyst", office="")
    proposal = waiting(vea)
    read = re.search(r'name="digest" value="([^"]+)"', vea.get(f"/waiting/{proposal}").text)
    assert read and "nalyst" in text_of(vea.get(f"/waiting/{proposal}").text)
    act(sione, "account", name="olga", role="supervisor", office="")
    assert waiting(vea) == proposal
    older = act(vea, "approve", proposal=proposal, digest=read[1])
    assert older.status_code == 400 and "changed since you read it" in text_of(older.text)
    assert account_of(built, "olga").role == "officer"
    built.house.governance.accounts.change_officer("sione", "olga", "Olga O.", "officer", "XA110000")
    changed = act(vea, "approve", proposal=proposal)
    assert changed.status_code == 400 and "has changed since it was proposed" in text_of(changed.text)
    assert [one.state for one in proposals(built)] == ["open", "open", "approved", "stale"]
    again = act(vea, "approve", proposal=proposal)
    assert again.status_code == 400 and "no longer waiting" in text_of(again.text)
    assert account_of(built, "olga").role == "officer"


def test_who_proposed_withdraws_and_nobody_else_does(built: Built, enter: Any) -> None:
    sione, vea, anna = enter("sione"), enter("vea"), enter("anna")
    act(sione, "account", name="ben", role="officer", office="")
    proposal = waiting(sione)
    for who, status in ((vea, 403), (anna, 404)):
        assert act(who, "withdraw", proposal=proposal).status_code == status
    assert anna.get(f"/waiting/{proposal}").status_code == 404
    assert act(sione, "withdraw", proposal=proposal).status_code == 303
    assert act(vea, "approve", proposal=proposal).status_code == 400
    assert [one.state for one in proposals(built)] == ["open", "withdrawn"]


@pytest.mark.parametrize("built", [{"proposal_days": 1e-9}], indirect=True)
def test_what_nobody_approves_in_time_expires(built: Built, enter: Any) -> None:
    sione, vea = enter("sione"), enter("vea")
    act(sione, "account", name="ben", role="officer", office="")
    (one,) = proposals(built)
    assert "ben" not in text_of(vea.get("/waiting").text)
    late = act(vea, "approve", proposal=one.id, digest=one.digest)
    assert late.status_code == 400 and "time of this proposal is over" in text_of(late.text)
    assert [one.state for one in proposals(built)] == ["open", "expired"]
    assert "ben" not in [one.name for one in built.house.governance.accounts.officers()]


def test_a_key_is_shown_once_to_whoever_confirms_and_revoked_at_once(built: Built, enter: Any) -> None:
    sione, vea = enter("sione"), enter("vea")
    act(sione, "key", name="acme", shown="Acme Ltd", role="trader", senders="GB1, GB2")
    key = secret_of(act(vea, "approve", proposal=waiting(vea)))
    assert key.startswith("cocket_acme_") and key not in vea.get("/administration/access").text
    assert built.house.intake.messages.principal_of_key(key).senders == ("GB1", "GB2")
    act(vea, "senders", name="acme", senders="GB3")
    act(sione, "approve", proposal=waiting(sione))
    assert built.house.governance.administration.access(supervisor()).keys[0].senders == ("GB3",)
    assert act(sione, "revoke", name="acme").status_code == 303
    assert "Revoked" in text_of(sione.get("/administration/access").text)
    refused = act(sione, "key", name="acme", role="trader", senders="")
    assert refused.status_code == 422 and "This name is taken" in text_of(refused.text)


@pytest.mark.parametrize("built", [{}], indirect=True)
def test_without_a_word_in_the_settings_only_access_waits(built: Built, enter: Any) -> None:
    sione = enter("sione")
    assert "watch was imported and sealed" in text_of(send(sione, "lists", b"name\nSomebody\n", file="watch.csv").text)
    assert "Done and sealed." in text_of(send(sione, "law/tariff", write_tariff(tariff()), file="t.json").text)
    assert built.settings.tariff_file.exists() and "/waiting/" not in sione.get("/inbox").text
    act(sione, "account", name="ben", role="officer", office="")
    assert waiting(sione) and "ben" not in [one.name for one in built.house.governance.accounts.officers()]


@pytest.mark.parametrize("built", [{"second_person_for": ""}], indirect=True)
def test_where_the_settings_ask_for_no_second_person_one_suffices(built: Built, enter: Any) -> None:
    password = secret_of(act(enter("sione"), "account", name="ben", role="officer", office=""))
    assert enter("ben", password).get("/queue").headers["location"] == "/password"
    assert [one.state for one in proposals(built)] == ["approved", "applied"]


def test_who_may_not_administer_is_offered_nothing_and_refused(enter: Any) -> None:
    anna, arjun = enter("anna"), enter("arjun")
    assert anna.get("/administration").status_code == 403 and "/administration" not in anna.get("/queue").text
    assert arjun.get("/administration/access").status_code == 200
    for what in ("access/account", "access/disable", "access/key", "access/revoke", "codes/remove", "offices/set"):
        fields = {"csrf": token(arjun.get("/administration/access").text), "name": "olga", "role": "supervisor"}
        assert arjun.post(f"/administration/{what}", data={**fields, "code": "XA1"}).status_code == 403, what
    for what, status in (("approve", 404), ("refuse", 404), ("withdraw", 404), ("apply", 404)):
        fields = {"csrf": token(arjun.get("/administration/access").text), "reason": "no"}
        assert arjun.post(f"/waiting/{'0' * 32}/{what}", data=fields).status_code == status
    assert send(anna, "devices", b"device,adapter\n").status_code == 403


def test_devices_of_a_table_are_recognised_row_by_row_and_added_at_once(built: Built, enter: Any) -> None:
    sione = enter("sione")
    table = "device;adapter;authenticates\nseal-1;open-e-seal;key\nlock-2;jt808;nothing\nseal-3;no-such;\nSEAL-1;open-e-seal;\n"
    checked = text_of(send(sione, "devices", table.encode("utf-16"), do="check").text)
    assert (
        "2 rows recognised" in checked
        and "There is no such adapter: no-such" in checked
        and "confused with seal-1" in checked
    )
    assert "seal-1" not in [one.id for one in built.house.tracking.devices.devices(supervisor())]
    added = send(sione, "devices", table.encode(), do="add").text
    assert len(re.findall(r"[0-9a-f]{64}", added)) == 1 and "authenticates by nothing" in added
    assert {one.id for one in built.house.tracking.devices.devices(supervisor())} == {"seal-1", "lock-2"}
    again = send(sione, "devices", table.encode(), do="add")
    assert again.status_code == 422 and "No row was recognised" in text_of(again.text)
    refused = send(sione, "devices", b"name,kind\nx,y\n")
    assert refused.status_code == 422 and "must name the columns" in text_of(refused.text)


def test_a_list_is_imported_by_page_and_its_matches_are_grouped_by_name(built: Built, enter: Any) -> None:
    anna = enter("anna")
    listed = b"id,name,kind\nK1,XA990000000042,organisation\nK2,Somebody Else,person\n"
    told = text_of(send(anna, "lists", listed, file="watch.csv").text)
    assert "watch was read, and waits until a second person approves it: 2 entries" in told
    assert "watch" not in [one.name for one in built.house.screening.lists.lists(supervisor())]
    assert act(enter("vea"), "approve", proposal=waiting(enter("vea"))).status_code == 303
    (kept,) = built.house.screening.lists.lists(supervisor())
    assert (kept.name, kept.entries, kept.officer) == ("watch", 2, "anna, vea")
    refused = send(anna, "lists", b"\x00\x01", file="broken.xml")
    assert refused.status_code == 422 and "Nothing was recorded" in text_of(refused.text)
    built.house.intake.messages.take_many([envelope(declaration(f"R{n}")) for n in range(5)], principal=trader("ACME"))
    built.desk()
    page = text_of(anna.get("/screening/names").text)
    groups = built.house.screening.lists.names(supervisor()).groups
    assert page.startswith("Matches by name") and len(groups) <= 5
    assert send(enter("olga"), "lists", listed, file="watch.csv").status_code == 403


def test_permits_of_a_file_are_registered_and_what_cannot_be_read_is_named(built: Built, enter: Any) -> None:
    sione = enter("sione")
    table = b"agency,type,number,quantity,unit\nfood,C400,P1,100,KGM\nfood,C400,P2,many,KGM\n"
    told = text_of(send(sione, "permits", table, file="permits.csv").text)
    assert "1 permit registered and sealed" in told and "line:3" in told
    assert "P1" in text_of(sione.get("/permits").text)
    assert send(sione, "permits", table, file="permits.doc").status_code == 422


@pytest.mark.parametrize("built", [{"otlp_endpoint": "http://user:hidden@127.0.0.1:4318/v1/metrics"}], indirect=True)
def test_settings_are_shown_with_their_present_values_and_no_secret(built: Built, enter: Any) -> None:
    page = enter("arjun").get("/administration/settings").text
    said = text_of(page)
    assert "second_person_for" in said and "COCKET_RED_PER_DAY" in said and "Alphaland Customs" in said
    assert "user:" not in page and "hidden@" not in page and "127.0.0.1:4318" in page


def test_a_supervisor_administers_in_a_browser(chromium: Any, address: str, built: Built, tmp_path: Path) -> None:
    table = tmp_path / "seals.csv"
    table.write_text("device,adapter\nseal-8,open-e-seal\nseal-9,unknown\n")
    names = tmp_path / "large.csv"
    names.write_text("id,name\n" + "".join(f"N{n},Company Number {n} of Somewhere\n" for n in range(4_000)))
    sione, vea = Screen(chromium, address, PASSWORD), Screen(chromium, address, PASSWORD)
    try:
        page = sione.sign_in("sione")
        page.locator("details.officer summary").click()
        page.get_by_role("link", name="Administration").click()
        page.get_by_role("link", name="Accounts and keys").click()
        page.get_by_role("link", name="Make an account, or change one").click()
        page.get_by_label("Sign-in name").fill("ben")
        page.get_by_label("Role").select_option("officer")
        page.get_by_role("button", name="Make or change the account").click()
        page.get_by_text("waits until a second person approves it").first.wait_for()
        other = vea.sign_in("vea")
        vea.go("/administration")
        vea.picture("administration", full_page=True)
        other.get_by_role("link", name="Waits for a second person").first.click()
        vea.picture("waiting", full_page=True)
        other.get_by_role("link", name="Make or change the account ben").click()
        vea.picture("proposal", full_page=True)
        other.get_by_role("button", name="Approve").click()
        other.get_by_text("shown once, to who proposed it").first.wait_for()
        sione.go("/administration/access")
        page.get_by_role("button", name="Show the temporary password, once: ben").click()
        assert re.fullmatch(r"[a-z2-9]{5}(-[a-z2-9]{5}){3}", page.locator("#secret").inner_text())
        vea.go("/administration/access")
        vea.picture("access", full_page=True)
        sione.go("/administration/devices")
        page.get_by_label("Table of devices (CSV)").set_input_files(table)
        page.get_by_role("button", name="Check the rows").click()
        page.get_by_text("1 row not recognised").wait_for()
        page.get_by_role("button", name="Add the recognised devices").click()
        assert re.fullmatch(r"[0-9a-f]{64}", page.locator("#added td").inner_text())
        sione.picture("device-table", full_page=True)
        sione.go("/administration/lists")
        page.get_by_label("List", exact=True).set_input_files(names)
        page.get_by_role("button", name="Import the list").click()
        page.get_by_text("waits until a second person approves it").first.wait_for()
        assert "4 000 entries" in page.locator("#imported").inner_text().replace("\u202f", " ").replace("\u00a0", " ")
        sione.picture("lists", full_page=True)
        assert sione.complaints + vea.complaints == []
    finally:
        sione.close()
        vea.close()


RATES = b"currency,from,rate\nEUR,2026-11-01,2.5\nUSD,2026-11-01,2.1\n"


def test_a_tariff_and_rates_are_put_in_force_by_two_people_and_a_broken_one_changes_nothing(
    built: Built, enter: Any
) -> None:
    sione, vea, settings = enter("sione"), enter("vea"), built.settings
    refused = send(sione, "law/rates", RATES, file="rates.csv")
    assert refused.status_code == 422 and "Put a tariff in force first" in text_of(refused.text)
    refused = send(sione, "law/tariff", b"{}", file="tariff.json")
    assert refused.status_code == 422 and "Nothing was recorded" in text_of(refused.text)
    told = text_of(send(sione, "law/tariff", write_tariff(tariff()), file="tariff.json").text)
    assert "Put a tariff in force" in told and "waits until a second person approves it" in told
    assert not settings.tariff_file.exists()
    assert act(sione, "approve", proposal=waiting(sione)).status_code == 400
    assert act(vea, "approve", proposal=waiting(vea)).status_code == 303
    assert settings.tariff_file.read_bytes() == write_tariff(tariff())
    send(sione, "law/rates", RATES, file="rates.csv")
    act(vea, "approve", proposal=waiting(vea))
    assert settings.rates_file.read_bytes() == RATES
    page = text_of(vea.get("/administration/law").text)
    assert "2 rates" in page and tariff().edition in page
    assert "approved by vea" in text_of(vea.get("/administration").text)
    done = [one for one in proposals(built) if one.state == "applied"]
    assert [(one.kind, one.persons) for one in done] == [
        ("tariff", ("sione", "vea")),
        ("rates", ("sione", "vea")),
    ]
    assert done[-1].after["sha256"] == sha256(RATES).hexdigest()
    assert enter("arjun").get("/administration/law").status_code == 200
    assert send(enter("anna"), "law/rates", RATES).status_code == 403


def test_an_edition_of_a_code_list_is_imported_and_removed_by_two_people(built: Built, enter: Any) -> None:
    sione, vea = enter("sione"), enter("vea")
    table = b"code,name\nXA1,Port Alpha\nXA2,Hill Post\n"
    asked = {"file": "offices.csv", "name": "customs-office", "edition": "2026-2", "valid_from": "2026-07-01"}
    told = text_of(send(sione, "codes", table, **asked).text)
    assert "Put the code list customs-office in force, edition 2026-2: 2 codes" in told
    act(vea, "approve", proposal=waiting(vea))
    assert (built.settings.codes_folder / "customs-office" / "2026-2.codes").is_file()
    page = vea.get("/administration/codes").text
    assert "imported" in text_of(page)
    for edition in ("../../x", ".hidden"):
        refused = send(sione, "codes", table, **{**asked, "edition": edition})
        assert refused.status_code == 422 and "cannot be named" in text_of(refused.text)
    fields = {"csrf": token(page), "list": "customs-office", "edition": "2026-2"}
    assert vea.post("/administration/codes/remove", data=fields).status_code == 303
    assert act(sione, "approve", proposal=waiting(sione)).status_code == 303
    assert not (built.settings.codes_folder / "customs-office" / "2026-2.codes").exists()


def test_places_and_calendar_of_an_office_hold_once_another_confirms_them(built: Built, enter: Any) -> None:
    sione, vea = enter("sione"), enter("vea")
    form = sione.get("/administration/offices/set").text
    fields = {"csrf": token(form), "code": "XA110000", "red_per_day": "3", "day-1": "1", "holidays": "2026-12-25"}
    wrong = sione.post("/administration/offices/set", data={**fields, "red_per_day": "many", "holidays": "soon"})
    assert wrong.status_code == 422 and 'value="many"' in wrong.text and "soon is not a day" in text_of(wrong.text)
    assert sione.post("/administration/offices/set", data=fields).status_code == 303
    assert policy_of(built.settings).terms("XA110000", None)[1].red_per_day == 20
    said = text_of(vea.get("/inbox").text)
    assert "Set places and calendar of the office XA110000" in said and "Examinations a day: 3" in said
    act(vea, "approve", proposal=waiting(vea))
    book = policy_of(built.settings)
    assert book.terms("XA110000", "import")[1].red_per_day == 3 and book.terms("XA120000", None)[1].red_per_day == 20
    monday = datetime(2026, 11, 30, 23, 0, tzinfo=UTC)
    assert book.end_of("XA110000", monday, timedelta(hours=2)) == datetime(2026, 12, 7, 1, 0, tzinfo=UTC)
    assert "XA110000" in text_of(vea.get("/administration/offices").text)
    (built.settings.home / "control.toml").write_text('[[terms]]\noffice = "XA110000"\nred_per_day = 7\n')
    refused = sione.post("/administration/offices/set", data=fields)
    assert refused.status_code == 422 and "control.toml" in text_of(refused.text)
    assert policy_of(built.settings).terms("XA110000", None)[1].red_per_day == 7


@pytest.mark.parametrize("built", [{"second_person_for": "overrides", "random_share": 0.5}], indirect=True)
def test_a_milder_lane_waits_for_a_second_person_where_policy_asks(built: Built, enter: Any) -> None:
    built.house.intake.messages.take_many([envelope(declaration(f"R{n}")) for n in range(12)], principal=trader("ACME"))
    built.desk()
    lines = built.house.queries.records.queue(supervisor(), QueueFilter(state="all")).lines
    red = next(one for one in lines if one.advice and one.advice.lane == "red")
    with pytest.raises(PolicyError):
        built.house.control.officer_acts.override(supervisor(), red.id, "green", "known")
    sione, olga, anna = enter("sione"), enter("olga"), enter("anna")
    here = f"/consignments/{red.id}/override"
    fields = {"csrf": token(sione.get(here).text), "lane": "green", "reason": "seen in the yard"}
    assert sione.post(here, data=fields).status_code == 303
    assert lane_of(built, red.id) is None
    assert "Give" in text_of(olga.get("/inbox").text) and "seen in the yard" in olga.get("/inbox").text
    assert "/waiting/" not in anna.get("/inbox").text
    assert act(sione, "approve", proposal=waiting(sione)).status_code == 400
    assert act(olga, "approve", proposal=waiting(olga)).status_code == 303
    assert lane_of(built, red.id) == "green"
    fields |= {"csrf": token(sione.get(here).text), "lane": "red", "reason": "harder needs nobody"}
    assert sione.post(here, data=fields).status_code == 303 and lane_of(built, red.id) == "red"


def lane_of(built: Built, consignment: str) -> str | None:
    advice = built.house.queries.records.dossier(supervisor(), consignment).summary.advice
    return advice.override if advice else None


def account_of(built: Built, name: str) -> Any:
    return next(one for one in built.house.governance.administration.access(supervisor()).staff if one.name == name)


def supervisor() -> Any:
    from cocket.governance import Principal

    return Principal(id="vea", kind="officer", roles=("supervisor",))


def test_what_was_refused_is_said_to_be_recorded_and_is(built: Built, enter: Any) -> None:
    olga, arjun = enter("olga"), enter("arjun")
    refused = olga.get("/administration/access")
    assert refused.status_code == 403 and "The attempt is recorded; auditors see it" in text_of(refused.text)
    assert olga.get("/administration/refusals").status_code == 403
    page = text_of(arjun.get("/administration/refusals").text)
    assert "GET /administration/access" in page and "olga" in page
    assert "Nothing was refused" in text_of(arjun.get("/administration/refusals?who=anna").text)

# SPDX-License-Identifier: Apache-2.0
"""The pages on permits and on agencies' words, over the real house."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from hashlib import sha256
from typing import Any

import httpx
import pytest

from cocket.measures.permits import Permit, PermitName
from cocket.pipeline import NewResult, QueueFilter
from cocket.pipeline.control.views import NewEvidence
from cocket.workbench import build_app
from cocket.workbench.base.formats import quantity
from tests.houses import Built, build, envelope, officer, put_permit_issuers, put_permit_matrix, trader
from tests.messages import declaration
from tests.workbench.base.test_real_instance import text_of, token
from tests.workbench.conftest import Screen, served

PASSWORD = "seal and cord and wax"
FRENCH = {"accept-language": "fr"}
Enter = Callable[[str], httpx.Client]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = build(tmp_path_factory.mktemp("permits"), administration="Alphaland Customs")
    for name, role, office in (("olga", "supervisor", None), ("anna", "analyst", "XAPRT001")):
        made.house.governance.accounts.put_officer(name, name.title(), role, office, PASSWORD)
    put_permit_issuers(made, ("Trade", "C400"), ("Food", "N853"))
    permit = Permit(agency="Trade", type="C400", number="XALIC77", quantity=Decimal(4000), unit="KGM")
    made.house.measures.permits.register_permit(officer("supervisor"), permit)
    made.house.intake.messages.take_many([envelope(declaration("R1"))], principal=trader("ACME"))
    made.desk()
    yield made
    made.house.close()


@pytest.fixture(scope="module")
def enter(built: Built) -> Iterator[Enter]:
    with served(build_app(built.house)) as address:
        clients: list[httpx.Client] = []

        def entered(name: str) -> httpx.Client:
            client = httpx.Client(base_url=address, headers={"origin": address})
            clients.append(client)
            assert client.post("/sign-in", data={"name": name, "password": PASSWORD}).status_code == 303
            return client

        yield entered
        for client in clients:
            client.close()


def send(client: httpx.Client, path: str, **fields: str) -> httpx.Response:
    return client.post(path, data={"csrf": token(client.get("/permits").text), **fields})


def consignment(built: Built) -> str:
    return built.house.queries.records.queue(officer("supervisor"), QueueFilter(state="all")).lines[0].id


def test_a_permit_is_found_opened_and_its_balance_told(built: Built, enter: Enter) -> None:
    kept = built.house.measures.permits.permit(officer("supervisor"), PermitName("Trade", "C400", "XALIC77"))
    assert kept.permit.taken.quantity > 0 and kept.uses, "the declaration names it"
    left = text_of(quantity(str(4000 - kept.permit.taken.quantity)))
    olga = enter("olga")
    assert 'href="/permits"' in olga.get("/queue").text
    listed = olga.get("/permits?text=lic7")
    assert "XALIC77" in listed.text and f"{left} KGM (kilograms)" in text_of(listed.text)
    assert "No permit here" in olga.get("/permits?text=nothing").text
    where = re.search(r'href="(/permits/[0-9a-f-]{36})"', listed.text)
    assert where
    page = text_of(olga.get(where[1]).text)
    assert (
        "Balance" in page and kept.uses[0].declaration in page and "reserved" in page and "Suspend the permit" in page
    )
    assert "Solde" in olga.get(where[1], headers=FRENCH).text
    anna = text_of(enter("anna").get(where[1]).text)
    assert (
        "Balance" in anna and kept.uses[0].declaration not in anna and "shown to whoever is bound to no office" in anna
    )


def test_a_permit_is_registered_or_what_is_wrong_stands_beside_its_field(enter: Enter) -> None:
    olga = enter("olga")
    fields = {"agency": "Food", "type": "N853", "number": "CH 1", "quantity": "much", "valid_to": "soon"}
    refused = send(olga, "/permits/new", **fields)
    assert refused.status_code == 422
    assert refused.text.count('class="field wrong"') == 2 and 'value="much"' in refused.text
    again = send(olga, "/permits/new", **{**fields, "quantity": "12.5", "valid_to": "2030-01-31"})
    assert again.status_code == 422 and "quantity has no unit" in text_of(again.text)
    done = send(olga, "/permits/new", **{**fields, "quantity": "12.5", "unit": "KGM", "valid_to": "2030-01-31"})
    assert done.status_code == 303, text_of(done.text)
    assert "12.5" in olga.get(done.headers["location"]).text
    unknown = send(
        olga, "/permits/licence", message="01a21032-dbd8-7236-9320-ac0953c99041", agency="F", type="x", number="1"
    )
    assert unknown.status_code == 404
    assert send(olga, "/permits/licence", message="", agency="F", type="x", number="1").status_code == 422


def test_a_permit_is_suspended_only_with_a_reason_and_by_who_may(enter: Enter) -> None:
    olga, anna = enter("olga"), enter("anna")
    where = re.search(r'href="(/permits/[0-9a-f-]{36})"', olga.get("/permits?text=XALIC77").text)
    assert where
    assert "refused their write-off" in text_of(olga.get(f"{where[1]}/suspended").text)
    assert "Give a reason" in text_of(send(olga, f"{where[1]}/suspended").text)
    assert send(olga, f"{where[1]}/suspended", reason="forged seal").status_code == 303
    seen = anna.get(where[1])
    assert "Suspended" in seen.text and "/valid" not in seen.text
    assert send(anna, f"{where[1]}/valid", reason="x").status_code == 403
    assert (
        anna.get("/permits/new").status_code == 200
        and send(anna, "/permits/new", agency="F", type="x", number="1").status_code == 403
    )
    assert olga.get(f"{where[1]}/burnt").status_code == 400


def test_goods_are_held_for_an_agency_and_the_dossier_says_so(built: Built, enter: Enter) -> None:
    olga, where = enter("olga"), f"/consignments/{consignment(built)}"
    assert f'href="{where}/holds"' in olga.get(where).text
    assert "No agency holds anything of it." in olga.get(f"{where}/holds").text
    refused = send(olga, f"{where}/holds", agency="Food", item="all", word="held", reason="sample taken")
    assert refused.status_code == 422 and "number of the item" in text_of(refused.text)
    unknown = send(olga, f"{where}/holds", agency="Foood", word="held", reason="sample taken")
    assert unknown.status_code == 422 and "Food, Trade" in unknown.text
    assert send(olga, f"{where}/holds", agency="Food", word="held", reason="sample taken").status_code == 303
    assert "sample taken" in olga.get(where).text
    put_permit_matrix(built, "Food")
    asked = built.settings.permit_matrix_file.read_text("utf-8").replace("is_registered = true", "")
    built.settings.permit_matrix_file.write_text(asked.replace('papers = ["T01"]', 'papers = ["N380"]'), "utf-8")
    shown = olga.get(where).text
    assert '<td><span>Satisfied</span> · <strong class="alarm">held</strong>' in shown, (
        "the paper's state, then the hold"
    )
    assert "Retenir" in olga.get(f"{where}/holds", headers=FRENCH).text


def test_sealed_evidence_is_had_byte_for_byte_from_the_dossier(built: Built, enter: Enter) -> None:
    olga, about = enter("olga"), consignment(built)
    built.house.control.officer_acts.override(officer("supervisor"), about, "red", "to be looked into")
    order = built.house.queries.records.dossier(officer("supervisor"), about).summary.order
    assert order is not None
    image = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
    result = NewResult(depth="documents", found=False, evidence=(NewEvidence(name="scan 1.png", content=image),))
    built.house.control.officer_acts.record_result(officer("supervisor"), order.id, result)
    page = olga.get(f"/consignments/{about}").text
    link = re.search(r'href="(/consignments/[0-9a-f-]{36}/evidence/[0-9a-f-]{36})"', page)
    assert link, page
    had = olga.get(link[1])
    assert sha256(had.content).digest() == sha256(image).digest()
    assert had.headers["content-disposition"] == "attachment; filename*=UTF-8''scan%201.png"
    assert olga.get(f"/consignments/{about}/evidence/{about}").status_code == 404


def test_the_register_fits_its_window(built: Built, chromium: Any) -> None:
    with served(build_app(built.house)) as address:
        screen = Screen(chromium, address, PASSWORD, viewport={"width": 1440, "height": 900})
        screen.sign_in("olga")
        screen.go("/permits")
        assert "XALIC77" in screen.page.locator("tbody").inner_text()
        assert screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        screen.picture("permits")

# SPDX-License-Identifier: Apache-2.0
"""Payment over HTTP and on the pages, in a real house: asked, ordered, reported by the bank, shown in two languages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml import etree

from cocket.api import build_app
from cocket.gate import make_key
from cocket.languages import language
from cocket.measures.tariff import DutyWords
from cocket.workbench import build_app as build_workbench
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.simulators.doors import open_door
from tests.statements import PAYEE, camt, detail, entry, law
from tests.workbench.base.test_real_instance import text_of, token
from tests.workbench.conftest import served

PASSWORD = "seal and cord and wax"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = build(tmp_path_factory.mktemp("payments"))
    made.settings.tariff_file.write_bytes(law())
    made.settings.payment_file.write_text(PAYEE)
    made.house.governance.accounts.put_officer("olga", "Olga", "supervisor", None, PASSWORD)
    yield made
    made.house.close()


@pytest.fixture(scope="module")
def ask(built: Built) -> Iterator[Any]:
    """Asks with a key of a role; what is not JSON is sent as it is."""
    with open_door(build_app(built.house)) as port, httpx.Client(trust_env=False) as client:
        keys: dict[str, str] = {}

        def asking(method: str, path: str, role: str = "supervisor", **how: Any) -> httpx.Response:
            if role not in keys:
                keys[role] = make_key(role)
                built.house.governance.accounts.add_key(keys[role], role, [role], ["ACME"])
            headers = {"Authorization": f"Bearer {keys[role]}"} | how.pop("headers", {})
            return client.request(method, f"http://127.0.0.1:{port}{path}", headers=headers, **how)

        yield asking


def lodged(built: Built, name: str) -> tuple[str, str]:
    (answer,) = built.house.intake.messages.take_many([envelope(declaration(name))], principal=trader("ACME"))
    built.desk()
    (found,) = built.house.queries.records.find(officer("supervisor"), name, None)
    return found.id, answer.id


def test_a_declarant_is_asked_pays_and_the_page_says_so_in_two_languages(built: Built, ask: Any) -> None:
    consignment, message = lodged(built, "HTTP1")
    where, own = f"/v1/consignments/{consignment}/payment", f"/v1/messages/{message}/payment"
    assert ask("GET", where).json()["advice"] is None
    assert ask("GET", own, "trader").status_code == 404
    refused = ask("POST", f"{where}?strict=true")
    assert refused.status_code == 422 and refused.json()["error"]["code"] == "payment-assumed"
    assert any("statistical value" in one["message"] for one in refused.json()["findings"])
    view = ask("POST", where).json()
    reference, total = view["advice"]["reference"], view["advice"]["total"]
    assert view["standing"]["state"] == "unpaid"
    assert ask("GET", own, "trader").json()["advice"]["total"] == total
    assert ask("GET", own, "trader").json()["advice"]["consignment"] == ""
    slip = ask("GET", own, "trader", headers={"Accept": "application/pdf"})
    assert slip.headers["content-type"] == "application/pdf" and slip.content.startswith(b"%PDF")
    french = ask("GET", f"{own}?language=fr", "trader", headers={"Accept": "application/pdf"}).content
    assert b"Avis de paiement" in french
    assumed = "the statistical value, because no customs value is stated"
    assert assumed.encode() in slip.content and assumed.encode() not in french
    assert (DutyWords(language("fr")).step(assumed) or "").split(",")[0].encode("cp1252") in french
    assert ask("GET", own, "trader", headers={"Accept": "image/png"}).status_code == 406
    assert ask("POST", f"{own}/order", "trader", json={"account": "4711"}).status_code == 422, "no name is known"
    soon = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    order = ask("POST", f"{own}/order", "trader", json={"account": "4711", "name": "ACME", "day": soon})
    assert order.status_code == 200 and etree.fromstring(order.content).tag.endswith("Document")
    for body in ({"account": ""}, {"account": "1", "day": "2026-13-01", "name": "x"}, {"account": "1", "more": 1}, []):
        assert ask("POST", f"{own}/order", "trader", json=body).status_code == 422, body
    part = camt(entry("1.00", "H1", detail(reference)), entry("2.00", "H2", detail(free="no idea")))
    assert ask("POST", "/v1/payments/statements", "trader", content=part).status_code == 403
    taken = ask("POST", "/v1/payments/statements", "host", content=part).json()
    assert [one["outcome"] for one in taken["entries"]] == ["counted", "no-reference"]
    assert ask("POST", "/v1/payments/statements", "host", content=b"no statement").status_code == 400
    (open_one,) = ask("GET", "/v1/payments/unmatched", "host").json()["payments"]
    assign = f"/v1/payments/{open_one['id']}/assignment"
    assert ask("POST", assign, json={"reference": reference, "reason": ""}).status_code == 422
    assert ask("POST", assign, json={"reference": reference, "reason": "he telephoned"}).json()["outcome"] == "counted"
    sheet = ask("GET", f"/v1/consignments/{consignment}/duties").json()
    assert (sheet["payment"]["standing"]["state"], sheet["payment"]["standing"]["paid"]) == ("part", "3.00")
    assert ask("GET", f"/v1/consignments/{consignment}").json()["payment"]["standing"]["state"] == "part"
    _pages(built, consignment)


def _pages(built: Built, consignment: str) -> None:
    with (
        served(build_workbench(built.house)) as address,
        httpx.Client(base_url=address, headers={"origin": address}) as client,
    ):
        assert client.post("/sign-in", data={"name": "olga", "password": PASSWORD}).status_code == 303
        page = text_of(client.get(f"/consignments/{consignment}/duties").text)
        assert "paid in part" in page and "still to pay" in page and "he telephoned" in page
        french = text_of(client.get(f"/consignments/{consignment}/duties", headers={"accept-language": "fr"}).text)
        assert "payé en partie" in french and "reste à payer" in french
        assert "assiette = valeur + droit + SUR" in french and "base = value" not in french
        assert "la valeur statistique, car aucune valeur en douane" in french
        assert "paid in part" in text_of(client.get(f"/consignments/{consignment}").text)
        told = text_of(client.get(f"/consignments/{consignment}", headers={"accept-language": "fr"}).text)
        assert "payé en partie" in told
        assert "nvité à payer" in told


def test_without_an_account_nothing_is_asked_and_the_answer_says_where_it_goes(tmp_path: Path) -> None:
    made = build(tmp_path)
    made.settings.tariff_file.write_bytes(law())
    consignment, _ = lodged(made, "HTTP2")
    with open_door(build_app(made.house)) as port, httpx.Client(trust_env=False) as client:
        key = make_key("head")
        made.house.governance.accounts.add_key(key, "head", ["supervisor"], [])
        answer = client.post(
            f"http://127.0.0.1:{port}/v1/consignments/{consignment}/payment", headers={"Authorization": f"Bearer {key}"}
        )
    assert answer.status_code == 422 and answer.json()["error"]["code"] == "no-payment-account"
    assert "payment.toml" in answer.json()["error"]["hint"]
    made.house.close()


def test_an_examiner_asks_prints_records_assigns_and_refunds_on_the_page(built: Built, ask: Any) -> None:
    consignment, _ = lodged(built, "PAGE1")
    where = f"/consignments/{consignment}"
    with (
        served(build_workbench(built.house)) as address,
        httpx.Client(base_url=address, headers={"origin": address}) as client,
    ):
        assert client.post("/sign-in", data={"name": "olga", "password": PASSWORD}).status_code == 303

        def send(path: str, **fields: str) -> httpx.Response:
            return client.post(
                f"{where}/payment{path}", data={"csrf": token(client.get(f"{where}/duties").text), **fields}
            )

        def page() -> str:
            return text_of(client.get(f"{where}/duties").text)

        assert "Ask for the payment" in page() and "Print the slip" not in page()
        assert client.get(f"{where}/payment/slip.pdf").status_code == 404
        assert client.post(f"{where}/payment", data={"csrf": "wrong"}).status_code == 403
        assert send("").status_code == 303
        assert "not paid" in page() and "Ask for the payment" not in page()
        asked = ask("GET", f"/v1{where}/payment").json()["advice"]
        slip = client.get(f"{where}/payment/slip.pdf", headers={"accept-language": "fr"})
        assert slip.headers["content-type"] == "application/pdf" and b"Avis de paiement" in slip.content

        lacking = send("/received", bank_reference="B-1", amount="5")
        assert lacking.status_code == 422 and "This must be filled in." in text_of(lacking.text)
        wrong = send("/received", bank_reference="B-1", booked="2026-11-28", amount="five")
        assert wrong.status_code == 422 and "five" in text_of(wrong.text) and "is not an amount" in text_of(wrong.text)
        entered = {"bank_reference": "B-1", "booked": "2026-11-28", "amount": "5.00", "payer": 'A, "B"'}
        assert send("/received", **entered).status_code == 303
        assert "paid in part" in page() and 'A, "B"' in page()
        again = send("/received", **entered)
        assert again.status_code == 422 and "reported this payment before; it counts once" in text_of(again.text)

        total = ask("GET", f"/v1{where}/payment").json()["standing"]["open"]
        loose = camt(entry(total, "PG1", detail(free="no reference")), entry("3.00", "PG2", detail(asked["reference"])))
        assert ask("POST", "/v1/payments/statements", "host", content=loose).status_code == 200
        (one,) = [each for each in ask("GET", "/v1/payments/unmatched").json()["payments"] if each["amount"] == total]
        assert "Payment that counts for no advice yet" in page()
        assert send("/assignment", payment=one["id"]).status_code == 422
        assert send("/assignment", payment=one["id"], reason="the payer telephoned").status_code == 303
        assert "paid more than asked for" in page() and "Refund what was too much" in page()

        listed = ask("GET", "/v1/payments/overpaid").json()["overpayments"]
        assert [(each["reference"], each["over"]) for each in listed] == [(asked["reference"], "3.00")]
        assert ask("GET", "/v1/payments/overpaid", "trader").status_code == 403
        assert send("/refund", to_account="4711").status_code == 422
        bad = send("/refund", to_account="GB00BUKB20201555555555", to_name="A", why="too much")
        assert bad.status_code == 422 and "check digits" in text_of(bad.text)
        order = send("/refund", to_account="4711", to_name="ACME", why="paid too much")
        assert order.headers["content-disposition"].startswith("attachment")
        assert etree.fromstring(order.content).findtext(".//{*}InstdAmt") == "3.00"
        assert "refunded" in page() and "paid in full" in page()
        same = {"account": "4711", "name": "ACME", "reason": "lost"}
        over = ask("POST", f"/v1{where}/payment/refund", json=same)
        assert over.status_code == 200 and f"{asked['reference']}-R1" in over.text
        assert ask("POST", f"/v1{where}/payment/refund", json=same | {"account": "4712"}).status_code == 422
        assert ask("POST", f"/v1{where}/payment/refund", json={"account": "4711"}).status_code == 422
        twice = b'{"account": "4711", "account": "4712", "reason": "x"}'
        refused = ask("POST", f"/v1{where}/payment/refund", content=twice)
        assert refused.status_code == 422 and "stands twice" in refused.json()["error"]["message"]
        assert ask("GET", "/v1/payments/overpaid").json()["overpayments"] == []

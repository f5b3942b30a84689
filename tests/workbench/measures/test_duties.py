# SPDX-License-Identifier: Apache-2.0
"""How duties came about, by page and over HTTP, in a real house with a tariff: the sum, the graph, and what was declared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest

from cocket.api import build_app as build_api
from cocket.gate import make_key
from cocket.measures.tariff import Charge, Line, write_tariff
from cocket.pipeline import QueueFilter
from cocket.workbench import build_app
from tests.houses import Built, build, envelope, officer, trader
from tests.measures.making import measure, percent, tariff
from tests.messages import declaration
from tests.simulators.doors import open_door
from tests.workbench.base.test_real_instance import text_of
from tests.workbench.conftest import Screen, served

PASSWORD = "seal and cord and wax"
FRENCH = {"accept-language": "fr"}
CODE = "52082190"

_LINE = """<DutyTaxFee><AdValoremTaxBaseAmount currencyID="EUR">{base}</AdValoremTaxBaseAmount>{regime}
<TaxRateNumeric>{rate}</TaxRateNumeric><TypeCode>{code}</TypeCode>
<Payment><MethodCode>E</MethodCode><PaymentAmount currencyID="EUR">{amount}</PaymentAmount></Payment></DutyTaxFee>"""
_PLAIN = b"""<DutyTaxFee>
            <DutyRegimeCode>100</DutyRegimeCode>
            <TypeCode>A00</TypeCode>
            <Payment><MethodCode>E</MethodCode></Payment>
          </DutyTaxFee>"""


def declared(reference: str, *lines: tuple[str, str, str, str]) -> bytes:
    """The sample with these lines of duty (code, base, rate in percent, amount) on its first item."""
    content = declaration(reference)
    assert _PLAIN in content
    regime = "<DutyRegimeCode>100</DutyRegimeCode>"
    told = "".join(
        _LINE.format(regime=regime if not place else "", code=code, base=base, rate=rate, amount=amount)
        for place, (code, base, rate, amount) in enumerate(lines)
    )
    return content.replace(_PLAIN, told.encode()) if lines else content


def law(**fields: Any) -> bytes:
    """Ten percent of duty, a surcharge on the duty, and twenty of VAT on value and duty, which is inside its own base."""
    whole = tariff(
        measure("duty", percent("10"), "MFN", code=CODE, act="Customs Act <1995>, s. 8"),
        measure("vat", percent("20"), "VAT", code=CODE, act="VAT Act, s. 12"),
        lines={CODE: Line(code=CODE)},
        currency="EUR",
        charges=(
            Charge(name="SUR", kind="fee", base="duty", rate="7 %", act="Finance Act 2026, s. 3"),
            Charge(name="VAT", kind="vat", base="value + duty + SUR", act="VAT Act, s. 12"),
        ),
        **fields,
    )
    return write_tariff(whole)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = build(tmp_path_factory.mktemp("duties"), administration="Alphaland Customs", duty_names="A00:MFN B00:VAT")
    made.settings.tariff_file.write_bytes(law())
    for name, role, office in (("olga", "supervisor", None), ("carl", "officer", "XCPRT003")):
        made.house.governance.accounts.put_officer(name, name.title(), role, office, PASSWORD)
    wrong = declared("WRONG", ("A00", "12000", "10", "1200"), ("B00", "12000", "20", "2400"))
    made.house.intake.messages.take_many([envelope(wrong), envelope(declared("SILENT"))], principal=trader("ACME"))
    made.desk()
    yield made
    made.house.close()


@pytest.fixture(scope="module")
def address(built: Built) -> Iterator[str]:
    with served(build_app(built.house)) as where:
        yield where


@pytest.fixture(scope="module")
def enter(address: str) -> Iterator[Callable[[str], httpx.Client]]:
    clients: list[httpx.Client] = []

    def entered(name: str) -> httpx.Client:
        clients.append(client := httpx.Client(base_url=address, headers={"origin": address}))
        assert client.post("/sign-in", data={"name": name, "password": PASSWORD}).status_code == 303
        return client

    yield entered
    for client in clients:
        client.close()


def consignment(built: Built, reference: str) -> str:
    (found,) = built.house.queries.records.find(officer("supervisor"), reference)
    return found.id


def test_the_sum_of_a_declaration_is_told_step_by_step_with_its_acts_and_what_differs(
    built: Built, enter: Callable[[str], httpx.Client]
) -> None:
    where = f"/consignments/{consignment(built, 'WRONG')}"
    olga = enter("olga")
    dossier = olga.get(where)
    assert f'href="{where}/duties"' in dossier.text
    assert "the base is 12000, by the tariff it is 13284 EUR" in dossier.text, "the dossier says what differs and why"
    answer = olga.get(f"{where}/duties")
    page = text_of(answer.text)
    assert answer.status_code == 200
    assert "EUR 3 940.80 = 1 200.00 duty + 84.00 SUR + 2 656.80 VAT" in page.replace("\u202f", " ")
    assert "base = value + duty + SUR = 12000 + 1200 + 84 = 13284" in page
    assert "Finance Act 2026, s. 3" in page and "Customs Act <1995>" not in answer.text
    assert "differs" in page and "SUR is not declared" in page
    assert answer.text.count('<svg xmlns="http://www.w3.org/2000/svg"') == 1
    assert "2,656.80 EUR" in answer.text, "the graph says what each charge came to"
    assert "Comment les droits ont été calculés" in olga.get(f"{where}/duties", headers=FRENCH).text


def test_a_declaration_without_amounts_is_not_compared(built: Built, enter: Callable[[str], httpx.Client]) -> None:
    where = f"/consignments/{consignment(built, 'SILENT')}"
    page = text_of(enter("olga").get(f"{where}/duties").text)
    assert "The declaration states no duties" in page and "differs" not in page


def test_an_officer_of_another_office_finds_nothing_and_each_look_is_sealed(
    built: Built, enter: Callable[[str], httpx.Client]
) -> None:
    where = f"/consignments/{consignment(built, 'WRONG')}/duties"
    nothing = enter("carl").get("/consignments/01a21032-dbd8-7236-9320-ac0953c99041/duties")
    refused = enter("carl").get(where)
    assert (refused.status_code, nothing.status_code) == (404, 404)
    before = len(looks(built))
    enter("olga").get(where)
    assert len(looks(built)) == before + 1


def looks(built: Built) -> list[Any]:
    return [one for body in built.bodies("look") if (one := msgspec.json.decode(body))["what"] == "duties"]


def test_the_charges_of_the_tariff_and_of_a_country_are_a_graph(enter: Callable[[str], httpx.Client]) -> None:
    olga = enter("olga")
    page = text_of(olga.get("/tariff").text)
    assert "value + duty + SUR" in page and "Finance Act 2026, s. 3" in page
    brazil = olga.get("/tariff?country=br").text
    assert "ICMS" in brazil and "Inside its own base" in brazil and "<svg" in brazil
    assert olga.get("/tariff?country=zz").status_code == 400 or "zz" in olga.get("/tariff?country=zz").text
    assert "Droits et taxes d" in olga.get("/tariff", headers=FRENCH).text


def test_machines_of_customs_get_the_same_and_a_trader_nothing(built: Built) -> None:
    with open_door(build_api(built.house)) as port, httpx.Client(trust_env=False) as client:

        def ask(role: str, path: str) -> httpx.Response:
            key = make_key(f"{role}{len(path)}")
            built.house.governance.accounts.add_key(key, role + path[-9:], [role], ["ACME"])
            return client.get(f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {key}"})

        where = f"/v1/consignments/{consignment(built, 'WRONG')}/duties"
        told = ask("analyst", where).json()
        first = told["items"][0]
        assert first["total"] == "3940.80"
        assert [(one["type_code"], one.get("agrees")) for one in first["compared"]] == [
            ("A00", True), ("B00", False), ("SUR", False),
        ]  # fmt: skip
        assert [box["name"] for box in first["picture"]["boxes"] if box["is_charge"]] == ["duty", "SUR", "VAT"]
        assert ["SUR", "VAT"] in first["picture"]["arrows"]
        assert ask("trader", where).status_code == 404
        assert ask("analyst", "/v1/tariff/charges?country=in").json()["currency"] == "INR"
        assert ask("trader", "/v1/tariff/charges").status_code == 403


def test_without_a_tariff_the_page_says_so_and_what_to_do(tmp_path: Any) -> None:
    made = build(tmp_path)
    made.house.governance.accounts.put_officer("olga", "Olga", "supervisor", None, PASSWORD)
    made.house.intake.messages.take_many([envelope(declared("R1"))], principal=trader("ACME"))
    made.desk()
    where = made.house.queries.records.queue(officer("supervisor"), QueueFilter(state="all")).lines[0].id
    with (
        served(build_app(made.house)) as address,
        httpx.Client(base_url=address, headers={"origin": address}) as client,
    ):
        assert client.post("/sign-in", data={"name": "olga", "password": PASSWORD}).status_code == 303
        page = text_of(client.get(f"/consignments/{where}/duties").text)
        assert "no tariff" in page and "cocket measures import" in page
        assert client.get("/tariff").status_code == 200, "the charges of countries are there all the same"
    made.house.close()


def test_a_customs_value_is_built_step_by_step_beside_the_declared_one(tmp_path: Any) -> None:
    made = build(tmp_path)
    made.house.governance.accounts.put_officer("olga", "Olga", "supervisor", None, PASSWORD)
    made.settings.tariff_file.write_bytes(law(basis="CIF"))
    content = declared("R1").replace(b"<ChargesTypeCode>AK<", b"<ChargesTypeCode>AB<")
    assert content != declared("R1")
    made.house.intake.messages.take_many([envelope(content)], principal=trader("ACME"))
    made.desk()
    where = made.house.queries.records.queue(officer("supervisor"), QueueFilter(state="all")).lines[0].id
    sheet = made.house.measures.duties.sheet(officer("supervisor"), where)
    first = sheet.items[0]
    assert first.value is not None and first.value.built.value is not None
    assert first.lines[0].amount == (first.value.built.value * Decimal("0.1")).quantize(Decimal("0.01"))
    assert {one.code for one in sheet.questions} >= {"relation-not-stated", "first-sale-not-stated"}
    with (
        served(build_app(made.house)) as address,
        httpx.Client(base_url=address, headers={"origin": address}) as client,
    ):
        assert client.post("/sign-in", data={"name": "olga", "password": PASSWORD}).status_code == 303
        page = text_of(client.get(f"/consignments/{where}/duties").text)
        assert (
            "Price paid or payable" in page
            and "11750.50 EUR" in page
            and "8.1(a)(i)" in page
            and "Questions on the price" in page
        )
        assert "the value built from price and terms, because no customs value is stated" in page
    made.house.close()


@pytest.mark.parametrize("width", [1440, 390])
def test_the_pages_fit_their_window(built: Built, chromium: Any, address: str, width: int) -> None:
    screen = Screen(chromium, address, PASSWORD, viewport={"width": width, "height": 900})
    try:
        screen.sign_in("olga")
        for name, path in (
            ("duties", f"/consignments/{consignment(built, 'WRONG')}/duties"),
            ("charges", "/tariff?country=br"),
        ):
            screen.go(path)
            assert screen.page.evaluate("document.documentElement.scrollWidth") <= width, path
            if width > 1000 and name == "duties":
                screen.picture("duties", full_page=True)
        assert screen.complaints == []
    finally:
        screen.close()

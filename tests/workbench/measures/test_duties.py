# SPDX-License-Identifier: Apache-2.0
"""How duties came about, by page and over HTTP, in a real house with a tariff: the sum, the graph, and what was declared."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from typer.testing import CliRunner

from cocket import standards
from cocket.api import build_app as build_api
from cocket.cli import app
from cocket.gate import make_key
from cocket.measures.customs_value import valued_items
from cocket.measures.tariff import (
    Charge,
    Goods,
    Line,
    Rates,
    Relief,
    Rounding,
    Tariff,
    goods_of,
    write_tariff,
)
from cocket.model import Declaration
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
SAMPLES = Path(__file__).parents[2] / "samples"
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


def rounded_law(codes: tuple[str, ...], currency: str) -> Tariff:
    """A preference, a charge of the declaration with a floor, VAT inside its own base, roundings, and a relief."""
    measures = {
        code: (
            measure("duty", percent("12.5"), "MFN", code=code, act="Customs Act, s. 8"),
            measure("preference", percent("2"), "PACT", code=code, area="XK", act="Pact, art. 3"),
            measure("vat", percent("17"), "ICMS", code=code, act="VAT Act, s. 12"),
        )
        for code in codes
    }
    return Tariff(
        name="xa",
        edition="2026",
        currency=currency,
        lines={code: Line(code=code) for code in codes},
        measures=measures,
        basis="CIF",
        rounding={"": Rounding(step=Decimal("0.5")), "duty": Rounding(step=Decimal(1), is_down=True)},
        charges=(
            Charge(name="PORT", kind="fee", base="value", rate="0.35 %", floor="20", scope="declaration"),
            Charge(name="LEVY", kind="fee", base="duty", rate="7 %", round=Rounding(step=Decimal("0.05"))),
            Charge(name="ICMS", kind="vat", base="value + duty + PORT + LEVY + ICMS", inclusive=True),
        ),
        reliefs=(Relief(up_to=Decimal(150), kinds=("duty",), act="Art. 23"),),
    )


def question(goods: Goods) -> dict[str, Any]:
    """The item as a question of the command line."""
    names = ("code", "value", "currency", "origin", "preference", "procedure", "use", "transport", "quotas", "cases",
             "additional_codes", "documents", "persons", "quantities", "amounts", "facts", "rate_day")  # fmt: skip
    told = {name: found for name in names if (found := getattr(goods, name)) is not None}
    return {"date": goods.day.isoformat(), **msgspec.to_builtins(told, str_keys=True)}


def bare(told: Any) -> Any:
    """What is stated; a door may leave out what is empty."""
    if isinstance(told, dict):
        return {name: bare(one) for name, one in told.items() if one not in (None, [], "")}
    return [bare(one) for one in told] if isinstance(told, list) else told


def command(*arguments: str, stdin: str = "") -> Any:
    return json.loads(CliRunner().invoke(app, ["measures", *arguments, "--json"], input=stdin).stdout)


TRANSIT = b"<Extended_customs_procedure>7100<"


@pytest.mark.parametrize(
    ("sample", "currency", "change"),
    [
        ("wco-dm/dk-import-h1.xml", "DKK", None),
        ("asycuda-sad/import-alphaland.xml", "XAD", None),
        ("asycuda-sad/warehouse-gammastan.xml", "XAD", TRANSIT),
    ],
)
def test_every_door_says_the_same_of_the_duties_of_a_declaration(
    tmp_path: Path, sample: str, currency: str, change: bytes | None
) -> None:
    """HTTP, page, dossier, payment and command line: sums, lines with their steps, and everything that is assumed."""
    content = (SAMPLES / sample).read_bytes()
    if change is not None:
        content = re.sub(rb"<Extended_customs_procedure>\d+<", change, content)
    (tmp_path / "declared").write_bytes(content)
    declaration = standards.read(content).document
    assert isinstance(declaration, Declaration)
    codes = {goods_of(item, date(2026, 3, 1)).code for item in declaration.shipment.items}
    made = build(tmp_path / "home", administration="Alphaland Customs")
    made.settings.tariff_file.write_bytes(write_tariff(rounded_law(tuple(sorted(codes)), currency)))
    made.settings.payment_file.write_text('name = "A"\naccount = "DE89370400440532013000"\ndays = 10\n')
    made.house.governance.accounts.put_officer("olga", "Olga", "supervisor", None, PASSWORD)
    law_file = str(made.settings.tariff_file)
    with open_door(build_api(made.house)) as port, httpx.Client(trust_env=False, timeout=60) as client:
        keys = {role: make_key(role) for role in ("trader", "supervisor")}
        for role, key in keys.items():
            made.house.governance.accounts.add_key(key, role, [role], ["ACME"])

        def ask(role: str, method: str, path: str, **more: Any) -> httpx.Response:
            headers = {"Authorization": f"Bearer {keys[role]}"}
            return client.request(method, f"http://127.0.0.1:{port}{path}", headers=headers, **more)

        assert ask("trader", "POST", "/v1/messages", content=content).status_code == 202
        made.desk()
        where = made.house.queries.records.queue(officer("supervisor"), QueueFilter(state="all")).lines[0].id
        told = ask("supervisor", "GET", f"/v1/consignments/{where}/duties").json()
        strict = ask("supervisor", "POST", f"/v1/consignments/{where}/payment?strict=true")
        advice = ask("supervisor", "POST", f"/v1/consignments/{where}/payment").json()["advice"]
        dossier = ask("supervisor", "GET", f"/v1/consignments/{where}").json()
    day = date.fromisoformat(told["day"])
    valued, _ = valued_items(declaration, day, Rates(currency), "CIF")
    questions = json.dumps({"items": [question(one.goods) for one in valued]})
    said = command("duty", "--tariff", law_file, "--explain", "-", stdin=questions)
    again = command("recompute", "--tariff", law_file, "--date", told["day"], str(tmp_path / "declared"))
    with (
        served(build_app(made.house)) as address,
        httpx.Client(base_url=address, headers={"origin": address}) as browser,
    ):
        assert browser.post("/sign-in", data={"name": "olga", "password": PASSWORD}).status_code == 303
        pages = [
            text_of(browser.get(f"/consignments/{where}{more}").text).translate({0x202F: None, 0xA0: None})
            for more in ("/duties", "")
        ]
        french = text_of(browser.get(f"/consignments/{where}", headers=FRENCH).text)
    same = ("total", "payable", "at_least", "at_most", "suspended", "security", "repaid")
    for one, other, cost, item in zip(said["items"], told["items"], dossier["costs"], valued, strict=True):
        assert [one[name] for name in same] == [other.get(name) for name in same]
        assert [(line["amount"], line["act"], line["how"]) for line in one["lines"]] == [
            (line["amount"], line["act"], line["how"]) for line in other["lines"]
        ]
        assumed = [*(each.says for each in item.goods.assumed), *(each["says"] for each in one["assumed"])]
        assert assumed and sorted(assumed) == sorted(other["assumed"]) == sorted(cost["assumed"])
        assert (cost["total"], cost["payable"]) == (one["total"], one["payable"])
        for page in pages:
            assert all(text in page for text in assumed), "what is assumed is on each page"
            paid = f"{Decimal(one['payable']):.2f}"
            assert paid in page.replace(" ", ""), "and what is paid"
        assert all(finding["message"][1:] in pages[1] for finding in one["findings"])
        assert not any(finding["message"][1:] in french for finding in one["findings"]), "in the reader's language"
        if change is not None:
            assert "Suspended:" in pages[0] and Decimal(one["suspended"]) > 0
    assert {one["charge"]: Decimal(one["amount"]) for one in advice["charges"]} == {
        name: Decimal(amount) for name, amount in said["payable"].items() if Decimal(amount)
    }
    assert Decimal(advice["total"]) == sum(Decimal(one["payable"]) for one in said["items"])
    refused = command("duty", "--tariff", law_file, "--strict", "-", stdin=questions)
    assert {one["total"] for one in refused["items"]} == {None}
    assert strict.status_code == 422 and strict.json()["error"]["code"] == "payment-assumed"
    compared = [one for item in told["items"] for one in item["compared"]]
    assert [bare(one) for one in again["lines"]] == [bare(one) for one in compared]
    assert [bare(one["built"]) for one in again["values"]] == [bare(item["value"]["built"]) for item in told["items"]]
    made.house.close()


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


def test_the_table_of_the_queue_has_the_duty_by_the_tariff_with_its_currency_or_none_where_an_item_has_no_rate(
    built: Built, enter: Callable[[str], httpx.Client]
) -> None:
    second, value = b"<SequenceNumeric>2</SequenceNumeric>", b'<StatisticalValueAmount currencyID="EUR">6250.50'
    whole = declared("WHOLE").replace(second, second + value + b"</StatisticalValueAmount>")
    whole = whole.replace(b"52042000", CODE.encode())
    built.house.intake.messages.take_many([envelope(whole)], principal=trader("ACME"))
    built.desk()
    answer = enter("olga").get("/queue.csv?state=all")
    told = {row["id"]: row for row in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))}
    line, part = told[consignment(built, "WHOLE")], told[consignment(built, "SILENT")]
    # 12000: 1200 of duty, 84 of surcharge on it, 20 percent of VAT on all three; so too of 6250.50
    assert (float(line["duty"]), line["duty_currency"], line["duty_basis"]) == (5993.46, "EUR", "computed")
    assert (part["duty"], part["duty_currency"], part["duty_basis"]) == ("", "", ""), "of one item no rate is known"

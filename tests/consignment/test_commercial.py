# SPDX-License-Identifier: Apache-2.0
"""Invoices and packing lists find their consignment and are held against what is declared."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cocket.consignment import Paper, consignments_of, derive
from cocket.consignment.crosschecks import cross_check
from cocket.consignment.paper import statement
from cocket.consignment.sides import sides, voices
from cocket.findings import Finding, render
from cocket.model import (
    Amount,
    Classification,
    CommercialInvoice,
    Commodity,
    Declaration,
    GovernmentAgencyGoodsItem,
    HandlingUnit,
    InvoiceLine,
    InvoiceTotals,
    Origin,
    PackingLine,
    PackingList,
    Party,
    Reference,
    SupplementaryQuantity,
    ValuationCharges,
)
from tests.consignment.making import BOX, bill, box, declaration, manifest, paper, reading

SELLER = Party(name="Car Export Co., Ltd.")


def usd(value: str) -> Amount:
    return Amount(Decimal(value), "USD")


def invoice(**fields: Any) -> CommercialInvoice:
    """The invoice that `declared` agrees with: ten used cars for 41,200 US dollars."""
    line = InvoiceLine(
        description="Used cars",
        classifications=(Classification(id="870323", type_code="HS"),),
        origin_country_code="JP",
        quantity=Decimal(10),
        quantity_unit="C62",
        **fields.pop("line", {}),
    )
    whole: dict[str, Any] = {
        "number": "CE-4417",
        "currency": "USD",
        "seller": SELLER,
        "totals": InvoiceTotals(without_tax=usd("41200.00")),
        "lines": (line,),
        "references": (Reference("INVOICE", "CE-4417", SELLER.name),),
        **fields,
    }
    return CommercialInvoice(**whole)


def packing(**fields: Any) -> PackingList:
    """The packing list that `declared` agrees with."""
    whole: dict[str, Any] = {
        "number": "PL-1",
        "consignor": SELLER,
        "packages": 10,
        "gross_mass_kg": Decimal(1000),
        "references": (Reference("INVOICE", "CE-4417", SELLER.name),),
        **fields,
    }
    return PackingList(**whole)


def declared(**fields: Any) -> Declaration:
    item = GovernmentAgencyGoodsItem(
        commodity=Commodity(
            description="used cars",
            classifications=(Classification(id="87032390"),),
            supplementary=(SupplementaryQuantity(quantity=fields.pop("pieces", Decimal(10)), unit_code="NAR"),),
        ),
        origins=(Origin(country_code=fields.pop("origin", "JP")),),
    )
    whole: dict[str, Any] = {
        "bill": None,
        "references": (Reference("INVOICE", "CE-4417"),),
        "shipment": {"exporter": Party(name="CAR EXPORT CO LTD"), "items": (item,)},
        **fields,
    }
    return declaration(**whole)


def found(*papers: Paper) -> dict[str, Finding]:
    return {finding.code: finding for finding in cross_check(sides(voices(papers)))}


def against(paper_of: CommercialInvoice | PackingList, **said: Any) -> dict[str, Finding]:
    return found(paper(declared(**said), 0), paper(paper_of, 1))


def value(amount: str, currency: str = "USD") -> dict[str, Any]:
    return {"valuation": ValuationCharges(invoice=Amount(Decimal(amount), currency))}


def test_papers_that_agree_have_no_findings() -> None:
    assert found(paper(declared(), 0), paper(invoice(), 1), paper(packing(), 2)) == {}


HITS: list[tuple[str, Any, dict[str, Any]]] = [
    ("invoice-value-differs", invoice(), value("20600.00")),
    ("invoice-currency-differs", invoice(), value("41200.00", "EUR")),
    ("invoice-quantity-differs", invoice(), {"pieces": Decimal(8)}),
    ("invoice-origin-differs", invoice(), {"origin": "DE"}),
    ("invoice-hs-differs", invoice(line={}, lines=(InvoiceLine(classifications=(Classification(id="870899", type_code="HS"),)),)), {}),
    ("packing-packages-differ", packing(), {"packages_declared": 9}),
    ("packing-gross-differs", packing(), {"gross_mass_kg_declared": Decimal(900)}),
]  # fmt: skip
NO_HITS: list[tuple[str, Any, dict[str, Any]]] = [
    ("invoice-value-differs", invoice(), value("41000.00")),
    ("invoice-value-differs", invoice(totals=InvoiceTotals()), value("20600.00")),
    ("invoice-value-differs", invoice(), value("41200.00", "EUR")),
    ("invoice-currency-differs", invoice(currency=None, totals=InvoiceTotals()), value("1", "EUR")),
    ("invoice-quantity-differs", invoice(), {"pieces": Decimal("10.05")}),
    ("invoice-quantity-differs", invoice(lines=(InvoiceLine(quantity=Decimal(3), quantity_unit="KGM"),)), {}),
    ("invoice-origin-differs", invoice(lines=(InvoiceLine(description="cars"),)), {"origin": "DE"}),
    (
        "invoice-hs-differs",
        invoice(lines=(InvoiceLine(classifications=(Classification(id="8703.23", type_code="HS"),)),)),
        {},
    ),
    ("invoice-hs-differs", invoice(lines=(InvoiceLine(classifications=(Classification(id="A1", type_code="STI"),)),)), {}),
    ("packing-packages-differ", packing(packages=None), {"packages_declared": 9}),
    ("packing-gross-differs", packing(gross_mass_kg=Decimal("1005")), {}),
    ("packing-gross-differs", packing(gross_mass_kg=None), {"gross_mass_kg_declared": Decimal(900)}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "other", "said"), HITS)
def test_a_difference_is_found(code: str, other: Any, said: dict[str, Any]) -> None:
    finding = against(other, **said)[code]
    assert finding.severity == "warning"
    assert "{" not in render(finding)
    assert "–" not in render(finding)


@pytest.mark.parametrize(("code", "other", "said"), NO_HITS)
def test_a_near_miss_and_a_silence_are_no_difference(code: str, other: Any, said: dict[str, Any]) -> None:
    assert code not in against(other, **said)


def test_a_value_is_compared_only_when_every_declared_invoice_is_here() -> None:
    two = (Reference("INVOICE", "CE-4417"), Reference("INVOICE", "CE-4418"))
    half = paper(declared(references=two, **value("82400.00")), 0)
    second = invoice(number="CE-4418", references=(Reference("INVOICE", "CE-4418", SELLER.name),))
    assert "invoice-value-differs" not in found(half, paper(invoice(), 1))
    assert "invoice-value-differs" not in found(half, paper(invoice(), 1), paper(second, 2))
    assert "invoice-value-differs" in found(
        paper(declared(references=two, **value("41200.00")), 0), paper(invoice(), 1), paper(second, 2)
    )


def test_a_credit_note_takes_its_value_off() -> None:
    credit = invoice(kind="credit-note", number="CE-4419", totals=InvoiceTotals(without_tax=usd("1200.00")), lines=())
    papers = paper(invoice(), 1), paper(credit, 2)
    assert "invoice-value-differs" not in found(paper(declared(**value("40000.00")), 0), *papers)
    assert "invoice-value-differs" in found(paper(declared(**value("41200.00")), 0), *papers)


def test_an_invoice_sent_again_counts_once_as_last_sent() -> None:
    again = paper(invoice(totals=InvoiceTotals(without_tax=usd("20600.00"))), 2)
    assert "invoice-value-differs" in found(paper(declared(), 0), paper(invoice(), 1), again)


def test_a_despatch_advice_is_not_added_to_the_packing_list() -> None:
    advice = packing(kind="despatch-advice", number="DA-1")
    assert found(paper(declared(), 0), paper(packing(), 1), paper(advice, 2)) == {}
    assert "packing-packages-differ" in found(paper(declared(packages_declared=9), 0), paper(advice, 2))


def test_packages_of_handling_units_are_those_of_the_whole_unless_it_says_so_itself() -> None:
    units = (HandlingUnit(packages=4), HandlingUnit(packages=5, lines=(PackingLine(gross_mass_kg=Decimal(7)),)))
    says = statement(paper(packing(packages=None, gross_mass_kg=None, units=units)))
    assert (says.packages, says.gross_mass_kg) == (9, Decimal(7))


# ── The way to the consignment ───────────────────────────────────────────────────────────────────────────────────────


def strong(document: Any, **fields: Any) -> set[tuple[str, str]]:
    claims = consignments_of(reading(document, **fields), "trader")
    return {key.pair for claim in claims for key in claim.strong}


def found_by(document: Any) -> set[tuple[str, str]]:
    return {key.pair for claim in consignments_of(reading(document), "trader") for key in claim.keys}


def test_an_invoice_joins_its_packing_list_by_number_and_seller() -> None:
    assert strong(invoice()) & strong(packing())


def test_an_invoice_finds_the_declarations_that_name_it_and_joins_none_of_them() -> None:
    assert strong(invoice()) <= found_by(declared())
    assert not strong(invoice()) & strong(declared())


def test_the_same_number_of_another_seller_joins_nothing() -> None:
    other = Party(name="Other Motors GmbH")
    theirs = invoice(seller=other, references=(Reference("INVOICE", "CE-4417", other.name),))
    assert not strong(theirs) & strong(packing())
    assert not strong(theirs) & found_by(declared())


def test_a_number_without_its_seller_joins_nothing() -> None:
    assert strong(invoice(seller=None, references=(Reference("INVOICE", "CE-4417"),))) == set()


def test_an_invoice_joins_by_the_transport_document_too() -> None:
    named = invoice(references=(Reference("BL", "TSTB0100007"),), transport_document="TSTB0100007")
    claims = consignments_of(reading(manifest(bill())), "carrier")
    assert strong(named) & {key.pair for claim in claims for key in claim.strong}


def test_an_invoice_is_found_by_its_containers_and_joins_nothing_by_them() -> None:
    (claim,) = consignments_of(reading(invoice(equipment=(box(BOX),))), "trader")
    assert ("EQUIPMENT", BOX) in {key.pair for key in claim.keys} - {key.pair for key in claim.strong}


def test_a_commercial_paper_without_a_name_that_joins_is_held_by_its_own_reference() -> None:
    assert strong(invoice(references=()), reference="CE/4417") == {("MESSAGE", "trader/asycuda-sad/CE/4417")}


def test_the_dossier_shows_the_invoice_beside_the_declaration() -> None:
    dossier = derive([paper(declared(**value("20600.00")), 0), paper(invoice(), 1), paper(packing(), 2)])
    rows = {row.name: [cell.text for cell in row.cells] for row in dossier.rows}
    assert rows["value"] == ["USD 20600.00", "USD 41200.00", None]
    assert rows["packages"] == ["10", None, "10"]
    assert next(row for row in dossier.rows if row.name == "value").differs
    assert [name.value for name in dossier.references if name.kind == "INVOICE"] == ["CE-4417"]


def test_an_invoice_alone_tells_the_goods() -> None:
    assert derive([paper(invoice())]).goods == "Used cars"

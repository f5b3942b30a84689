# SPDX-License-Identifier: Apache-2.0
"""Scorecards of senders, from a real house: of all for officers, of one's own papers alone for a sender."""

from __future__ import annotations

from pathlib import Path

import pytest

from cocket.consignment.quality import Sample, quality_of
from cocket.consignment.statement import Statement
from cocket.errors import PolicyError
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.pipeline.consignment.test_link_corrections import BILL, lodged, naming
from tests.pipeline.consignment.test_numbers_end import flight

HEAD = officer("supervisor")


@pytest.fixture
def built(tmp_path: Path) -> Built:
    return build(tmp_path / "home")


def field(quality: object, name: str, sender: str) -> tuple[int, int, int, int]:
    (found,) = [one for one in quality.senders if one.sender == sender]  # type: ignore[attr-defined]
    return next((one.stated, one.papers, one.compared, one.differs) for one in found.fields if one.name == name)


def test_counts_are_of_first_versions_and_a_correction_is_an_amendment() -> None:
    first = Sample(sender="A", days=4, says=Statement(packages=0), compared=frozenset({"packages"}))
    (found,) = quality_of([first, Sample(sender="A", is_amendment=True), Sample(sender="A", is_refused=True)])
    assert (found.messages, found.amended, found.refused, found.days, found.dated) == (3, 1, 1, 4.0, 1)
    by_name = {one.name: (one.stated, one.papers, one.compared, one.differs) for one in found.fields}
    assert by_name["packages"] == (1, 1, 1, 0)  # nought is stated
    assert by_name["value"] == (0, 1, 0, 0)
    assert quality_of([Sample(sender="B", is_refused=True)])[0].days is None
    (clashing,) = quality_of([first, Sample(sender="A", is_conflict=True)])
    assert (clashing.messages, clashing.refused, clashing.conflicts) == (2, 0, 1)


def test_a_reference_used_twice_is_counted_for_officers_and_for_its_sender(built: Built) -> None:
    for content in (declaration("R1"), declaration("R1", note="other"), declaration("R2")):
        built.house.intake.messages.take_many([envelope(content, "ACME")], principal=trader("ACME"))
    own = built.house.queries.quality.own(trader("ACME"))
    for found in (built.house.queries.quality.senders(HEAD), own):
        (card,) = found.senders
        assert (card.messages, card.refused, card.conflicts, card.amended) == (3, 0, 1, 0)
        assert found.looked_at == 3
    (clash,) = [one for one in own.mistakes if one.code == "reference-conflict"]
    assert (clash.messages, clash.severity, clash.reference, clash.example.found) == (1, "error", "R1", "R1")


def test_officers_see_each_sender_and_where_papers_of_others_disagree(built: Built) -> None:
    lodged(built, flight(b"2026-03-12", number=BILL + b"H2"), "CARRIER")
    lodged(built, naming("A-1", BILL))
    found = built.house.queries.quality.senders(HEAD)
    assert {one.sender for one in found.senders} == {"ACME", "CARRIER"}
    assert found.is_whole
    stated, papers, compared, differs = field(found, "packages", "ACME")
    assert (stated, papers, compared) == (1, 1, 1)
    assert differs == 0 or field(found, "packages", "CARRIER")[3] == 0  # who said it first is not at fault
    assert field(found, "packages", "CARRIER")[3] + differs >= 1
    with pytest.raises(PolicyError):
        built.house.queries.quality.senders(trader("ACME"))


INVOICE = """<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"><cbc:ID>OW-{day}</cbc:ID>
<cbc:IssueDate>{day}</cbc:IssueDate><cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>
<cbc:DocumentCurrencyCode>USD</cbc:DocumentCurrencyCode>
<cac:AccountingSupplierParty><cac:Party><cac:PartyName><cbc:Name>Orient Works</cbc:Name></cac:PartyName></cac:Party>
</cac:AccountingSupplierParty><cac:AccountingCustomerParty><cac:Party/></cac:AccountingCustomerParty>
<cac:Delivery><cac:Shipment><cbc:ID>1</cbc:ID><cac:Consignment><cbc:ID>1</cbc:ID><cac:TransportContract>
<cbc:ID>{bill}</cbc:ID></cac:TransportContract></cac:Consignment></cac:Shipment></cac:Delivery>
<cac:LegalMonetaryTotal><cbc:PayableAmount currencyID="USD">1.00</cbc:PayableAmount></cac:LegalMonetaryTotal>
<cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:InvoicedQuantity unitCode="H87">1</cbc:InvoicedQuantity>
<cbc:LineExtensionAmount currencyID="USD">1.00</cbc:LineExtensionAmount>
<cac:Item><cbc:Name>parts</cbc:Name><cac:OriginCountry><cbc:IdentificationCode>PK</cbc:IdentificationCode>
</cac:OriginCountry></cac:Item></cac:InvoiceLine></Invoice>"""


@pytest.mark.parametrize(("day", "differs"), [("2026-01-05", (0, 1)), ("2026-04-05", (1, 0))])
def test_an_origin_that_differs_counts_for_the_sender_whose_paper_states_the_later_day(
    built: Built, day: str, differs: tuple[int, int]
) -> None:
    lodged(built, naming("A-1", BILL))
    lodged(built, INVOICE.format(day=day, bill=BILL.decode() + "H2").encode(), "CARRIER")
    found = built.house.queries.quality.senders(HEAD)
    assert (field(found, "origins", "CARRIER")[2:], field(found, "origins", "ACME")[2:]) == (
        (1, differs[0]),
        (1, differs[1]),
    )


def test_a_sender_is_told_nothing_that_follows_from_papers_of_others(built: Built) -> None:
    lodged(built, naming("A-1", BILL))
    quality = built.house.queries.quality
    alone = quality.own(trader("ACME")).senders
    lodged(built, flight(b"2026-03-12", number=BILL + b"H2"), "CARRIER")
    assert quality.own(trader("ACME")).senders == alone
    assert field(quality.own(trader("ACME")), "packages", "ACME") == (1, 1, 0, 0)
    assert [one.sender for one in quality.own(trader("CARRIER")).senders] == ["CARRIER"]
    with pytest.raises(PolicyError):
        quality.own(officer("officer"))


def test_own_papers_that_disagree_with_each_other_are_told(built: Built) -> None:
    lodged(built, flight(b"2026-03-12", number=BILL + b"H2"))
    lodged(built, naming("A-1", BILL))
    stated, papers, compared, differs = field(built.house.queries.quality.own(trader("ACME")), "packages", "ACME")
    assert (stated, papers, compared) == (2, 2, 2)
    assert differs >= 1


def test_one_answer_has_the_findings_and_the_fields(tmp_path: Path) -> None:
    built = build(tmp_path, red_per_day=0, yellow_per_day=0, random_share=0.0)
    wrong = declaration("R2").replace(b">4120.5<", b">no mass<")
    for content in (declaration("R1"), wrong, b"<nothing/>"):
        built.house.intake.messages.take_many([envelope(content, "ACME")], principal=trader("ACME"))
    found = built.house.queries.quality.own(trader("ACME"))
    assert (found.looked_at, found.clean, sum(found.outcomes.values())) == (3, 1, 3)
    assert found.mistakes and all(one.messages == 1 for one in found.mistakes)
    assert {one.reference for one in found.mistakes} >= {None}
    assert [one.sender for one in found.senders] == ["ACME"] and found.senders[0].fields
    assert b'"what":"own quality"' in built.bodies("look")[-1]
    none = built.house.queries.quality.own(trader("OTHER"))
    assert (none.looked_at, none.outcomes, none.mistakes, none.senders) == (0, {}, (), ())
    built.house.close()

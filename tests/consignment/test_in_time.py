# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from cocket.consignment import derive
from cocket.consignment.completion import WANTED, completion_of
from cocket.consignment.in_time import SAID, Said, said_in_time
from cocket.model import Amount, CommercialInvoice, Movement, PackingList, Party, TransportMeans
from cocket.model.trade import InvoiceTotals
from tests.consignment.making import NOON, bill, declaration, manifest, paper

INVOICE = CommercialInvoice(
    number="17",
    issued=date(2026, 11, 2),
    currency="USD",
    seller=Party(name="Faraway Mills"),
    totals=InvoiceTotals(payable=Amount(Decimal("40000"), "USD")),
)


def cell(one: Said, name: str) -> tuple[str | None, bool, bool]:
    found = one.cells[[field for field, _ in SAID].index(name)]
    return found.text, found.is_first, found.differs


def test_papers_stand_in_the_order_in_which_they_were_said_and_not_in_which_they_came() -> None:
    papers = [paper(declaration(), 0), paper(manifest(bill()), 1), paper(INVOICE, 2)]
    told = said_in_time(papers, derive(papers).rows)
    assert [(one.sort, one.basis) for one in told] == [
        ("invoice", "stated"),
        ("import-declaration", "received"),
        ("transport-document", "received"),
    ]
    assert told[0].is_day
    assert told[0].received > NOON


def test_who_said_a_field_first_is_marked_and_who_differs_from_the_others() -> None:
    papers = [paper(INVOICE, 0), paper(declaration(packages_declared=12), 1), paper(manifest(bill()), 2)]
    invoice, declared, billed = said_in_time(papers, derive(papers).rows)
    assert cell(invoice, "packages") == (None, False, False)
    assert cell(declared, "packages")[1] is True
    assert cell(billed, "packages") == ("10", False, True)
    assert cell(billed, "value") == (None, False, False)


def test_a_refused_paper_says_nothing_first() -> None:
    papers = [paper(declaration(), 0, standing="refused"), paper(declaration(), 1, sender="acme")]
    refused, taken = said_in_time(papers, derive(papers).rows)
    assert (cell(refused, "packages")[1], cell(taken, "packages")[1]) == (False, True)


def test_a_movement_of_the_same_box_stands_among_them_and_is_no_member() -> None:
    papers = [paper(declaration(), 0)]
    gate = paper(Movement(occurred=datetime(2026, 11, 20, 8, tzinfo=UTC)), 9)
    told = said_in_time(papers, derive(papers).rows, [gate])
    assert [(one.sort, one.is_member) for one in told] == [("movement", False), ("import-declaration", True)]


def test_an_import_by_sea_lacks_what_is_not_here() -> None:
    sea = declaration(shipment={"border_transport": TransportMeans(mode_code="1")})
    found = completion_of([paper(INVOICE, 0), paper(sea, 1), paper(manifest(bill()), 2)])
    assert (found.movement, found.here) == ("import-sea", 3)
    lacking = [one.sort for one in found.papers if one.message_id is None]
    assert lacking == ["packing-list", "entry-summary", "movement"]


def test_refused_and_superseded_papers_and_cancellations_are_not_here() -> None:
    papers = [
        paper(INVOICE, 0, standing="refused"),
        paper(declaration(), 1),
        paper(PackingList(), 2, function="cancellation"),
    ]
    found = completion_of(papers)
    assert {one.sort for one in found.papers if one.message_id} == {"import-declaration"}


def test_the_kind_of_movement_follows_from_the_papers_or_is_not_known() -> None:
    assert completion_of([paper(INVOICE)]).movement is None
    assert completion_of([paper(manifest(bill("61800000011", equipment=())))]).movement == "import-air"
    assert completion_of([paper(manifest(bill(nature_code="24")))]).movement == "transit"
    assert completion_of([paper(declaration(flow="cargo-report"))]).movement == "import-other"
    assert all(len(set(sorts)) == len(sorts) for sorts in WANTED.values())

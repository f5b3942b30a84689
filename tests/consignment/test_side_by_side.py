# SPDX-License-Identifier: Apache-2.0
"""Every difference that a cross-check finds is marked in the cells and counted, on the paper that was said later."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from cocket.consignment import CHECKS, Dossier, Paper, derive
from cocket.consignment.in_time import SAID, said_in_time
from cocket.consignment.paper import statement
from cocket.consignment.quality import QUALITY_FIELDS
from cocket.consignment.side_by_side import contradictions
from cocket.model import Document, Party
from tests.consignment.making import OTHER_BOX, bill, box, declaration, manifest, paper
from tests.consignment.test_commercial import HITS as COMMERCIAL_HITS
from tests.consignment.test_commercial import NO_HITS as COMMERCIAL_NO_HITS
from tests.consignment.test_commercial import declared, invoice, value
from tests.consignment.test_crosschecks import HITS, NEAR_MISSES, NOT_SAID

#: The field in which each cross-check finds two values that differ.
FIELDS = {
    "bill-packages-differ": "packages",
    "bill-gross-differs": "gross_mass_kg",
    "equipment-not-on-bill": "equipment",
    "equipment-not-declared": "equipment",
    "seal-differs": "seals",
    "consignee-differs": "consignee",
    "goods-differ": "goods",
    "hs-not-on-bill": "hs_codes",
    "invoice-value-differs": "value",
    "invoice-currency-differs": "value",
    "invoice-quantity-differs": "quantities",
    "invoice-origin-differs": "origins",
    "invoice-hs-differs": "hs_codes",
    "packing-packages-differ": "packages",
    "packing-gross-differs": "gross_mass_kg",
}

#: Those that find a paper absent, so that there is no second value.
ABSENCES = {"declared-not-manifested", "manifested-not-declared"}

TWO: list[tuple[str, Document, Document]] = [
    *((code, declaration(**said), manifest(bill(**billed))) for code, billed, said in HITS + NEAR_MISSES + NOT_SAID),
    *((code, declared(**said), other) for code, other, said in COMMERCIAL_HITS + COMMERCIAL_NO_HITS),
]


def of_day(document: Document, day: int | None) -> Document:
    stated: Any = date(2026, 11, day) if day else None
    is_moment = any(f.name == "issued" and f.type == datetime | None for f in msgspec.structs.fields(type(document)))
    return msgspec.structs.replace(document, issued=datetime(2026, 11, day, 9) if is_moment and day else stated)


def marked(dossier: Dossier) -> dict[str, list[int]]:
    found = {row.name: [n for n, cell in enumerate(row.cells) if cell.differs] for row in dossier.rows}
    return {name: places for name, places in found.items() if places}


def test_every_cross_check_has_a_field_or_finds_a_paper_absent() -> None:
    codes = {check.__name__.replace("_", "-") for check in CHECKS}
    assert codes == FIELDS.keys() | ABSENCES
    assert set(FIELDS.values()) <= {name for name, _ in QUALITY_FIELDS}


@pytest.mark.parametrize(("code", "mine", "theirs"), TWO)
@pytest.mark.parametrize(("came", "days", "later"), [
    ((0, 1), (None, None), 1), ((1, 0), (None, None), 0),  # no day stated: as they came
    ((0, 1), (2, 9), 1), ((0, 1), (9, 2), 0), ((1, 0), (2, 9), 1), ((1, 0), (9, 2), 0),
])  # fmt: skip
def test_cells_differ_where_a_cross_check_says_so_and_nowhere_else(
    code: str, mine: Document, theirs: Document, came: tuple[int, int], days: tuple[Any, Any], later: int
) -> None:
    papers = [paper(of_day(one, day), index) for one, day, index in zip((mine, theirs), days, came, strict=True)]
    dossier = derive(papers)
    found = {finding.code for finding in dossier.findings}
    assert marked(dossier) == {FIELDS[one]: [came[later]] for one in found - ABSENCES}


def in_time(papers: list[Paper], name: str) -> list[tuple[str, bool, bool]]:
    place = [field for field, _ in SAID].index(name)
    told = [(one.sender, one.cells[place]) for one in said_in_time(papers, derive(papers).rows)]
    return [(sender, cell.is_first, cell.differs) for sender, cell in told]


@pytest.mark.parametrize("came", [(0, 1), (1, 0)])
def test_who_is_first_by_its_stated_day_does_not_differ_however_late_it_came(came: tuple[int, int]) -> None:
    sold = paper(of_day(invoice(), 2), came[0], sender="SELLER")
    taxed = paper(of_day(declared(**value("20600.00")), 9), came[1], sender="BROKER")
    papers = sorted((sold, taxed), key=lambda one: one.index)
    assert in_time(papers, "value") == [("SELLER", True, False), ("BROKER", False, True)]
    (row,) = [one for one in derive(papers).rows if one.name == "value"]
    assert (row.first, [cell.differs for cell in row.cells]) == (came[0], [n == came[1] for n in (0, 1)])


def test_a_day_that_cannot_be_is_not_stated() -> None:
    slip = msgspec.structs.replace(invoice(), issued=date(202, 11, 2))
    row = next(r for r in derive([paper(declared(), 0), paper(slip, 1)]).rows if r.name == "value")
    assert row.first == 0


def test_the_first_of_several_sides_never_differs() -> None:
    first = paper(of_day(invoice(), 1), 3)
    said = paper(of_day(declared(), 5), 0)
    billed = paper(
        manifest(bill(consignee=Party(name="Someone Else GmbH")), issued=datetime(2026, 11, 3, tzinfo=UTC)), 1
    )
    for row in derive([first, said, billed]).rows:
        assert row.first is None or not row.cells[row.first].differs


@pytest.mark.parametrize(
    ("other", "differ"),
    [
        ({}, ()),  # all agrees
        ({"goods_description": "GREEN COFFEE"}, ()),  # one differs, the party agrees
        (
            {"goods_description": "GREEN COFFEE", "consignee": Party(name="Zenit Foods")},
            (),
        ),  # the container is the same
        ({"goods_description": "GREEN COFFEE", "equipment": (), "consignee": None}, ()),  # one alone differs
        (
            {"goods_description": "GREEN COFFEE", "consignee": Party(name="Zenit Foods"), "equipment": ()},
            ("goods", "consignee"),
        ),
        (
            {"goods_description": "", "consignee": Party(name="Zenit Foods"), "equipment": (box(OTHER_BOX),)},
            ("consignee", "containers"),
        ),
    ],
)
def test_a_number_is_spoken_against_where_nothing_else_agrees(other: dict[str, Any], differ: tuple[str, ...]) -> None:
    mine, theirs = paper(declaration()), paper(manifest(bill(**other)), index=1)
    assert contradictions(statement(mine), statement(theirs)) == differ

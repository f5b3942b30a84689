# SPDX-License-Identifier: Apache-2.0
"""Stock, write-offs and findings: a hit, a near miss and a missing field of each check."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from cocket.consignment import Paper
from cocket.consignment.manifest_control import (
    BillKey,
    ManifestControl,
    Terms,
    control,
    names_of_manifest,
)
from cocket.model import (
    BillOfLading,
    GovernmentAgencyGoodsItem,
    HostStatus,
    Packaging,
    PreviousDocument,
    Reference,
)
from cocket.model.document import StockQuantity
from tests.consignment.making import bill, declaration, manifest, paper

NAME = "XA110000/2026/1"
ARRIVES = date(2026, 11, 26)
SOON = datetime(2026, 11, 28, tzinfo=UTC)
LATE = datetime(2026, 12, 31, tzinfo=UTC)


def whole(*bills: BillOfLading, index: int = 0, **fields: Any) -> Paper:
    """A manifest as a paper of its own, with all its bills."""
    given = {"arrives": ARRIVES, **fields.pop("manifest", {})}
    return paper(manifest(*bills, **given), index, part=0, standard="asycuda-awmds", **fields)


def declared(number: str = "TSTB0100007", packages: int | None = 10, index: int = 1, **fields: Any) -> Paper:
    """A declaration of a host on one bill, with a mass in proportion."""
    mass = None if packages is None else Decimal(packages * 100)
    standing = {name: fields.pop(name) for name in ("standing", "function", "sender", "received") if name in fields}
    given = {
        "packages_declared": packages,
        "gross_mass_kg_declared": mass,
        "id": f"SAD-{index}",
        "status": HostStatus(),
    }
    if packages is None:
        given["shipment"] = {"items": (GovernmentAgencyGoodsItem(),)}
    return paper(declaration(number, **{**given, **fields}), index, **standing)


def controlled(*papers: Paper, now: datetime = SOON, **terms: Any) -> ManifestControl:
    found = control(papers, NAME, now, Terms(**terms))
    assert found is not None
    return found


def codes(found: ManifestControl, number: str = "TSTB0100007", *, is_house: bool = False) -> list[str]:
    return [finding.code for finding in found.findings.get(BillKey(number, is_house), ())]


def state(found: ManifestControl, number: str = "TSTB0100007", *, is_house: bool = False) -> str:
    return found.accounts[BillKey(number, is_house)].state


# The account


@pytest.mark.parametrize(
    ("packages", "left", "expected"),
    [(10, 0, "closed"), (4, 6, "partly"), (11, -1, "over"), (None, None, "partly")],
)
def test_a_declaration_is_written_off_its_bill(packages: int | None, left: int | None, expected: str) -> None:
    found = controlled(whole(), declared(packages=packages))
    account = found.accounts[BillKey("TSTB0100007")]
    assert (account.packages_left, account.state) == (left, expected)


def test_what_nobody_declares_is_open_and_its_balance_is_all_of_it() -> None:
    account = controlled(whole()).accounts[BillKey("TSTB0100007")]
    assert (account.state, account.packages_left, account.mass_left_kg) == ("open", 10, Decimal("1000.4"))


def test_a_bill_that_does_not_say_how_much_it_has_is_never_over() -> None:
    silent = bill(packaging=(Packaging(),), gross_mass_kg=None)
    found = controlled(whole(silent), declared(packages=500))
    assert (state(found), codes(found)) == ("partly", [])


def test_part_shipments_add_up() -> None:
    found = controlled(whole(), declared(packages=4), declared(packages=6, index=2))
    assert (state(found), codes(found)) == ("closed", [])


@pytest.mark.parametrize("fields", [{"standing": "refused"}, {"standing": "superseded"}, {"function": "cancellation"}])
def test_papers_that_do_not_hold_do_not_count(fields: dict[str, Any]) -> None:
    found = controlled(whole(), declared(index=1, **fields))
    assert state(found) == "open"
    assert found.accounts[BillKey("TSTB0100007")].write_offs == ()


def test_an_amended_declaration_counts_as_it_stands_now() -> None:
    found = controlled(whole(), declared(packages=12, standing="superseded"), declared(index=2, function="amendment"))
    assert (state(found), codes(found)) == ("closed", [])


def test_a_host_and_its_trader_tell_the_same_goods_once() -> None:
    found = controlled(whole(), declared(), declared(index=2, status=None, sender="ACME"))
    account = found.accounts[BillKey("TSTB0100007")]
    assert (len(account.write_offs), len(account.counted), account.state) == (2, 1, "closed")


def test_a_transit_before_import_is_not_added_to_it() -> None:
    found = controlled(whole(), declared(flow="transit"), declared(index=2))
    assert (state(found), codes(found)) == ("closed", [])


def test_an_entry_summary_takes_nothing() -> None:
    assert state(controlled(whole(), declared(flow="cargo-report"))) == "open"


def test_an_item_is_written_off_the_bill_that_it_names() -> None:
    def item(number: str, packages: int) -> GovernmentAgencyGoodsItem:
        before = PreviousDocument(category_code="X", id=number)
        return GovernmentAgencyGoodsItem(packaging=(Packaging(quantity=packages),), previous_documents=(before,))

    several = declaration(None, shipment={"items": (item("TSTB0100007", 3), item("TSTB0100008", 9))})
    found = controlled(whole(bill(), bill("TSTB0100008", packaging=(Packaging(quantity=9),))), paper(several, 1))
    written = {key.number: account.packages_written for key, account in found.accounts.items()}
    assert written == {"TSTB0100007": 3, "TSTB0100008": 9}


def test_what_a_previous_document_says_is_written_off_goes_before_the_item() -> None:
    before = PreviousDocument(
        category_code="X", id="TSTB0100007", written_off=StockQuantity(packages=2, mass_kg=Decimal(200))
    )
    item = GovernmentAgencyGoodsItem(packaging=(Packaging(quantity=10),), previous_documents=(before,))
    found = controlled(whole(), paper(declaration(None, shipment={"items": (item,)}), 1))
    account = found.accounts[BillKey("TSTB0100007")]
    assert (account.packages_written, account.mass_written_kg) == (2, Decimal(200))


def test_a_declaration_may_name_the_manifest_and_the_line() -> None:
    item = GovernmentAgencyGoodsItem(
        packaging=(Packaging(quantity=10),),
        previous_documents=(PreviousDocument(category_code="X", id="2026 1", line=2),),
    )
    lines = (bill(line=1), bill("TSTB0100008", line=2))
    found = controlled(
        whole(*lines), paper(declaration(None, shipment={"items": (item,)}, office=manifest().office), 1)
    )
    assert state(found, "TSTB0100008") == "open"  # another office's manifest of that number
    office = msgspec.structs.replace(manifest().office, code="XA110000")
    found = controlled(whole(*lines), paper(declaration(None, shipment={"items": (item,)}, office=office), 1))
    assert (state(found, "TSTB0100008"), state(found)) == ("closed", "open")


def test_a_bill_on_several_lines_is_one() -> None:
    found = controlled(whole(bill(line=1), bill(line=2)), declared(packages=20, gross_mass_kg_declared=Decimal(2000)))
    assert (len(found.accounts), state(found)) == (1, "closed")


def test_a_bill_without_a_number_is_known_by_its_line() -> None:
    found = controlled(whole(bill(None, line=7)))
    assert list(found.accounts) == [BillKey("line/7")]


def test_packages_are_kept_by_kind() -> None:
    kinds = (Packaging(quantity=4, type_code="CT"), Packaging(quantity=6, type_code="PX"))
    found = controlled(whole(bill(packaging=kinds)))
    assert found.accounts[BillKey("TSTB0100007")].line.kinds == (("CT", 4), ("PX", 6))


def test_a_manifest_that_nobody_reports_is_under_no_control() -> None:
    assert control([declared()], NAME, SOON) is None
    assert control([whole(standing="refused")], NAME, SOON) is None
    assert control([whole()], "XA110000/2026/2", SOON) is None


def test_appends_and_amendments_are_one_stock_as_last_reported() -> None:
    first = whole(bill(), bill("TSTB0100008"), standing="superseded")
    amended = whole(bill(packaging=(Packaging(quantity=12),)), index=2, function="amendment", version=2)
    added = whole(bill("TSTB0100009"), index=3, manifest={"kind": "append"})
    found = controlled(first, amended, added)
    assert {key.number: account.line.packages for key, account in found.accounts.items()} == {
        "TSTB0100007": 12, "TSTB0100009": 10,
    }  # fmt: skip


def test_the_name_that_only_declarations_give_is_learned() -> None:
    names = {"references": (Reference("MANIFEST", "XA110000/ST001E/2026-11-14"),)}
    papers = [
        whole(bill(), bill("TSTB0100008"), manifest=names),
        *(
            declared(number, index=n, references=(Reference("BL", number), Reference("MANIFEST", "2026 9", "XA110000")))
            for n, number in enumerate(("TSTB0100007", "TSTB0100008", "TSTB0100777"), start=1)
        ),
    ]
    found = control(papers, "XA110000/ST1E/20261114", SOON) or control(
        papers, names_of_manifest(papers[0].document)[0], SOON
    )  # type: ignore[arg-type]
    assert found is not None
    assert "XA110000/2026/9" in found.voyage.names
    assert [finding.found for finding in found.stray_findings] == ["TSTB0100777"]


# Checks of one bill


def test_one_declaration_of_more_than_the_bill_has() -> None:
    found = controlled(whole(), declared(packages=12))
    assert codes(found) == ["declared-more-than-manifested"]
    finding = found.every_finding[0]
    assert (finding.found, finding.expected) == ("12 packages", "10 packages")
    assert finding.arguments == {"bill": "TSTB0100007", "manifest": "XA110000/2026/1", "declarations": "SAD-1"}


@pytest.mark.parametrize(("mass", "told"), [("1010", []), ("1012", ["declared-more-than-manifested"])])
def test_more_mass_counts_beyond_one_percent(mass: str, told: list[str]) -> None:
    assert codes(controlled(whole(), declared(gross_mass_kg_declared=Decimal(mass)))) == told


def test_a_bill_used_twice_beyond_its_stock() -> None:
    found = controlled(whole(), declared(), declared(index=2))
    assert codes(found) == ["bill-used-twice"]
    assert found.every_finding[0].arguments["declarations"] == "SAD-1, SAD-2"


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (datetime(2026, 12, 17, 23, tzinfo=UTC), []),
        (datetime(2026, 12, 18, tzinfo=UTC), ["bill-undeclared"]),
    ],
)
def test_goods_wait_so_many_days_from_the_end_of_the_day_of_arrival(now: datetime, told: list[str]) -> None:
    assert codes(controlled(whole(), now=now)) == told


def test_without_a_day_of_arrival_nothing_is_overdue() -> None:
    assert codes(controlled(whole(manifest={"arrives": None}), now=LATE)) == []


def test_the_number_of_days_is_set() -> None:
    assert codes(controlled(whole(), now=LATE, undeclared_days=90)) == []
    assert codes(controlled(whole(), now=SOON, undeclared_days=0)) == ["bill-undeclared"]


def test_goods_that_leave_are_not_waiting_for_import() -> None:
    assert codes(controlled(whole(bill(nature_code="22")), now=LATE)) == []


def test_part_of_a_bill_left_undeclared_is_told() -> None:
    assert codes(controlled(whole(), declared(packages=4), now=LATE)) == ["bill-partly-declared"]


def outturn(*bills: BillOfLading, received: datetime) -> list[Paper]:
    return [
        whole(bill(), standing="superseded"),
        whole(*bills, index=5, received=received, function="amendment", version=2),
    ]


@pytest.mark.parametrize(("packages", "told"), [(10, []), (8, ["bill-short-landed"]), (13, ["bill-over-landed"])])
def test_a_report_after_arrival_tells_what_was_landed(packages: int, told: list[str]) -> None:
    landed = bill(packaging=(Packaging(quantity=packages),), gross_mass_kg=Decimal(packages * 100))
    assert codes(controlled(*outturn(landed, received=SOON))) == told


def test_an_amendment_before_arrival_only_replaces() -> None:
    changed = bill(packaging=(Packaging(quantity=8),), gross_mass_kg=Decimal(800))
    found = controlled(*outturn(changed, received=datetime(2026, 11, 26, 23, tzinfo=UTC)))
    assert (codes(found), found.accounts[BillKey("TSTB0100007")].line.packages) == ([], 8)


def test_what_was_landed_is_what_may_be_declared() -> None:
    landed = bill(packaging=(Packaging(quantity=8),), gross_mass_kg=Decimal(800))
    found = controlled(*outturn(landed, received=SOON), declared(index=6, packages=8))
    assert (state(found), codes(found)) == ("closed", ["bill-short-landed"])


def test_a_bill_landed_that_nobody_manifested_and_one_not_landed_at_all() -> None:
    found = controlled(*outturn(bill("TSTB0100009", equipment=()), received=SOON))
    assert codes(found) == ["bill-short-landed"]
    assert codes(found, "TSTB0100009") == ["bill-over-landed"]


def test_a_declaration_of_several_bills_that_does_not_part_them() -> None:
    both = (Reference("BL", "TSTB0100007"), Reference("BL", "TSTB0100008"))
    found = controlled(whole(bill(), bill("TSTB0100008", equipment=())), declared(references=both))
    assert codes(found) == codes(found, "TSTB0100008") == ["write-off-not-split"]


def test_a_negative_declaration_gives_no_stock_back() -> None:
    found = controlled(whole(), declared(packages=10), declared(packages=5, index=2), declared(packages=-5, index=3))
    assert codes(found) == ["bill-used-twice", "quantity-negative"]
    assert (state(found), found.accounts[BillKey("TSTB0100007")].packages_written) == ("over", 15)


def test_a_bill_with_a_negative_quantity_is_told_and_taken_as_not_stated() -> None:
    found = controlled(whole(bill(packaging=(Packaging(quantity=-10),), gross_mass_kg=None)), declared())
    assert (state(found), codes(found)) == ("partly", ["quantity-negative"])
    assert codes(controlled(whole(bill(packaging=(Packaging(quantity=0),), gross_mass_kg=None)))) == []


def test_packages_of_a_kind_that_the_bill_does_not_have() -> None:
    item = GovernmentAgencyGoodsItem(packaging=(Packaging(quantity=10, type_code="DR"),))
    cartons = bill(packaging=(Packaging(quantity=10, type_code="CT"),))
    assert codes(controlled(whole(cartons), declared(shipment={"items": (item,)}))) == ["package-kind-not-on-bill"]
    assert codes(controlled(whole(bill()), declared(shipment={"items": (item,)}))) == []
    mixed = (item, GovernmentAgencyGoodsItem(packaging=(Packaging(quantity=1, type_code="CT"),)))
    assert codes(controlled(whole(cartons), declared(shipment={"items": mixed}))) == []


def test_a_declaration_on_a_bill_that_the_manifest_it_names_does_not_have() -> None:
    names = (Reference("BL", "TSTB0100555"), Reference("MANIFEST", "2026 1", "XA110000"))
    found = controlled(whole(), declared(references=names), declared("TSTB0100666", index=2))
    assert [finding.code for finding in found.stray_findings] == ["declared-on-unknown-bill"]
    assert found.stray_findings[0].found == "TSTB0100555"


# Transhipment and further manifests


def onward(number: str = "TSTB0100007", departed: date = date(2026, 11, 29), **fields: Any) -> Paper:
    bills = (bill(number, **{"nature_code": "28", **fields}),)
    given = {"references": (Reference("MANIFEST", "2026 2", "XA110000"),), "departed": departed, "arrives": None}
    return whole(*bills, index=9, manifest=given)


TRANSHIPPED = bill(nature_code="28")


def test_transhipped_goods_that_no_manifest_takes_on() -> None:
    assert codes(controlled(whole(TRANSHIPPED), now=LATE)) == ["transhipment-without-onward"]
    assert codes(controlled(whole(TRANSHIPPED), now=SOON)) == []


@pytest.mark.parametrize(
    "paper_onward",
    [onward(), onward("OTHER010001")],
    ids=["by its bill", "by its container"],
)
def test_transhipped_goods_that_go_on_are_closed(paper_onward: Paper) -> None:
    found = controlled(whole(TRANSHIPPED), paper_onward, now=LATE)
    assert (state(found), codes(found)) == ("closed", [])


def test_a_manifest_that_left_before_they_came_does_not_take_them_on() -> None:
    early = onward(departed=ARRIVES - timedelta(days=1))
    assert codes(controlled(whole(TRANSHIPPED), early, now=LATE)) == ["transhipment-without-onward"]


def test_transhipped_goods_declared_for_import() -> None:
    assert "transhipment-declared-import" in codes(controlled(whole(TRANSHIPPED), declared()))
    assert codes(controlled(whole(TRANSHIPPED), declared(flow="transit"))) == []


def test_a_bill_shipped_in_two_parts_has_the_stock_of_both() -> None:
    part = whole(bill(packaging=(Packaging(quantity=6),), gross_mass_kg=Decimal(600)))
    rest = onward(nature_code="23", packaging=(Packaging(quantity=4),), gross_mass_kg=Decimal(400))
    assert codes(controlled(part, rest, declared())) == []
    assert codes(controlled(part, declared())) == ["declared-more-than-manifested"]


def test_a_declaration_that_names_the_other_manifest_is_not_counted_here() -> None:
    rest = onward(nature_code="23")
    names = (Reference("BL", "TSTB0100007"), Reference("MANIFEST", "2026 2", "XA110000"))
    assert state(controlled(whole(), rest, declared(references=names))) == "open"


# Consolidation, containers, seals, landings

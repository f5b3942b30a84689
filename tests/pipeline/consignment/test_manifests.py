# SPDX-License-Identifier: Apache-2.0
"""Manifest control over the stored papers: the list, one manifest, its dossiers, and who may look."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from cocket import standards
from cocket.errors import PolicyError
from cocket.governance import FIELDS, Principal
from cocket.model import (
    BillOfLading,
    CustomsOffice,
    Declaration,
    GoodsShipment,
    GovernmentAgencyGoodsItem,
    HostStatus,
    Manifest,
    Packaging,
    Party,
    PreviousDocument,
    Reference,
    TransportEquipment,
)
from cocket.pipeline import NotFoundError, QueueFilter
from cocket.pipeline.consignment.manifest_papers import PaperSearch, bill_findings
from cocket.pipeline.consignment.manifest_views import ManifestFilter, ManifestLine, ManifestView
from cocket.pipeline.consignment.manifests import Manifests
from cocket.pipeline.consignment.papers import papers_of
from tests.houses import Built, build, envelope, officer, trader

OFFICE = "XA110000"
HOST = Principal(id="host-1", kind="key", roles=("host",), senders=("HOST",))


def bill(number: str, packages: int = 10, **fields: Any) -> BillOfLading:
    whole: dict[str, Any] = {
        "level": "straight",
        "nature_code": "23",
        "consignee": Party(name="ACME TRADING"),
        "goods_description": "USED CARS",
        "packaging": (Packaging(quantity=packages, type_code="CT"),),
        "gross_mass_kg": Decimal(packages * 100),
        "equipment": (TransportEquipment(id="CKTU0000019"),) if number == "TSTB0100001" else (),
        **fields,
    }
    return BillOfLading(id=number, **whole)


def manifest(*bills: BillOfLading, **fields: Any) -> bytes:
    numbered = tuple(msgspec.structs.replace(one, line=n) for n, one in enumerate(bills, start=1))
    whole: dict[str, Any] = {
        "office": CustomsOffice(code=OFFICE),
        "voyage": "ST001E",
        "departed": date(2026, 1, 2),
        "arrives": date(2026, 1, 12),
        "bills": numbered,
        **fields,
    }
    return standards.write(Manifest(**whole), "asycuda-awmds")


def sad(number: int, named: str, packages: int = 10) -> bytes:
    mass = Decimal(packages * 100)
    item = GovernmentAgencyGoodsItem(
        sequence=1,
        packaging=(Packaging(quantity=packages, type_code="CT"),),
        previous_documents=(PreviousDocument(type_code="705", id=named),),
    )
    item = msgspec.structs.replace(
        item,
        commodity=msgspec.structs.replace(
            item.commodity, description="used cars", gross_mass_kg=mass, net_mass_kg=mass
        ),
    )
    document = Declaration(
        functional_reference=f"OWN-{number}",
        type_code="IM 4",
        flow="import",
        office=CustomsOffice(code=OFFICE),
        declarant=Party(id="9000001", name="BROKER"),
        items_declared=1,
        packages_declared=packages,
        gross_mass_kg_declared=mass,
        shipment=GoodsShipment(importer=Party(id="1", name="ACME TRADING"), items=(item,)),
        status=HostStatus(registration=f"C {number} 2026-01-14", registered=date(2026, 1, 14)),
        references=(Reference("MANIFEST", "2026 1", OFFICE),),
    )
    return standards.write(document, "asycuda-sad")


CARGO = manifest(
    bill("TSTB0100001"),
    bill("TSTB0100002"),
    bill("TSTB0100003"),
    bill("TSTB0100004", goods_description="GENERAL CARGO"),
)


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path)
    contents = [CARGO, sad(1, "TSTB0100001"), sad(2, "TSTB0100002"), sad(3, "TSTB0100002"), sad(4, "TSTB0100003", 6)]
    contents.append(sad(5, "TSTB0100099"))
    answers = made.house.intake.messages.take_many(
        [envelope(content, sender="HOST") for content in contents], principal=HOST
    )
    assert [answer.outcome for answer in answers] == ["accepted"] * 6
    made.desk()
    yield made
    made.house.close()


@pytest.fixture
def desk(built: Built) -> Manifests:
    return Manifests(built.stores)


def first(desk: Manifests) -> str:
    return desk.manifests(officer()).lines[0].id


def test_a_manifest_is_listed_once_with_its_counts(desk: Manifests) -> None:
    listed = desk.manifests(officer())
    assert listed.further is None
    assert len(listed.lines) == 1
    line = listed.lines[0]
    assert (line.office, line.voyage, line.arrives) == (OFFICE, "ST001E", date(2026, 1, 12))
    counts = (line.bills, line.declared, line.open, line.partly, line.closed, line.over, line.overdue)
    assert counts == (4, 3, 1, 1, 1, 1, 2)


def test_papers_of_a_manifest_are_read_once_where_no_further_ones_turn_up(
    desk: Manifests, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    whole = PaperSearch._whole
    monkeypatch.setattr(PaperSearch, "_whole", lambda self, ids: read.append(len(ids)) or whole(self, ids))
    desk.manifests(officer())
    assert read and all(more != fewer for fewer, more in pairwise(read))


def test_one_manifest_shows_each_bill_with_its_balance_and_declarations(desk: Manifests) -> None:
    view = desk.manifest(officer(), first(desk))
    told = [(b.number, b.state, b.packages_written, b.packages_left, len(b.uses)) for b in view.bills]
    assert told == [
        ("TSTB0100001", "closed", 10, 0, 1),
        ("TSTB0100002", "over", 20, -10, 2),
        ("TSTB0100003", "partly", 6, 4, 1),
        ("TSTB0100004", "open", 0, 10, 0),
    ]
    assert all(b.consignment_id and UUID(b.consignment_id) for b in view.bills)
    assert [[f.code for f in b.findings] for b in view.bills] == [
        [], ["bill-used-twice"], ["bill-partly-declared"], ["bill-undeclared"],
    ]  # fmt: skip


def test_a_declaration_on_a_bill_the_manifest_does_not_have_is_told(desk: Manifests) -> None:
    strays = desk.manifest(officer(), first(desk)).strays
    assert [(finding.code, finding.found) for finding in strays] == [("declared-on-unknown-bill", "TSTB0100099")]


@pytest.mark.parametrize(
    ("show", "bills"),
    [
        ("open", ["3", "4"]),
        ("overdue", ["3", "4"]),
        ("over", ["2"]),
        ("findings", ["2", "4"]),
        ("all", ["1", "2", "3", "4"]),
    ],
)
def test_bills_are_filtered(desk: Manifests, show: Any, bills: list[str]) -> None:
    view = desk.manifest(officer(), first(desk), ManifestFilter(show=show))
    assert [b.number[-1] for b in view.bills] == bills
    assert view.total == len(bills)
    assert view.summary.bills == 4


def test_bills_come_in_parts(desk: Manifests) -> None:
    view = desk.manifest(officer(), first(desk), ManifestFilter(offset=1, limit=2))
    assert ([b.number[-1] for b in view.bills], view.total) == (["2", "3"], 4)


def test_what_stands_out_before_arrival_is_told_with_its_reasons(desk: Manifests) -> None:
    targets = desk.manifest(officer(), first(desk)).targets
    bill_of = {one.id: {reason.code for reason in one.reasons} for one in targets if one.kind == "bill"}
    assert "goods-vague" in bill_of["TSTB0100004"]
    assert all(one.score == sum({r.code: r.points for r in one.reasons}.values()) for one in targets)
    assert [one.score for one in targets] == sorted((one.score for one in targets), reverse=True)


def test_the_dossier_says_of_its_bill_what_the_manifest_page_says(built: Built, desk: Manifests) -> None:
    for shown in desk.manifest(officer(), first(desk)).bills:
        assert shown.consignment_id is not None
        wanted = UUID(shown.consignment_id)
        with built.stores.database.transaction() as connection:
            papers = papers_of(built.stores, connection, [wanted])[wanted]
            assert bill_findings(built.stores, connection, papers) == shown.findings


def test_an_amended_manifest_replaces_the_first_and_tells_what_was_landed(built: Built, desk: Manifests) -> None:
    landed = manifest(bill("TSTB0100001", 8), bill("TSTB0100002"), bill("TSTB0100003"), bill("TSTB0100005"))
    answer = built.house.intake.messages.take_many([envelope(landed, sender="HOST", door="feeds")], principal=HOST)[0]
    if answer.outcome == "conflict":
        pytest.skip("this door takes no second version of a manifest")
    while built.desk().turn():
        pass
    view = desk.manifest(officer(), first(desk))
    codes = {b.number: [f.code for f in b.findings] for b in view.bills}
    assert codes["TSTB0100001"] == ["bill-short-landed", "declared-more-than-manifested"]
    assert codes["TSTB0100005"][0] == "bill-over-landed"
    assert "bill-short-landed" in codes["TSTB0100004"]


def test_looks_are_sealed(built: Built, desk: Manifests) -> None:
    def looks() -> int:
        with built.stores.database.transaction() as connection:
            row = connection.execute("select count(*) from leaf where kind = 'look'").fetchone()
            assert row is not None
            return int(row[0])

    before = looks()
    desk.manifest(officer(), first(desk))
    assert looks() == before + 2


def test_an_officer_of_another_office_sees_neither_list_nor_manifest(desk: Manifests) -> None:
    wanted = first(desk)
    other = officer(office="XA999999")
    assert desk.manifests(other).lines == ()
    with pytest.raises(NotFoundError):
        desk.manifest(other, wanted)


def test_a_trader_has_no_manifests(built: Built, desk: Manifests) -> None:
    wanted = first(desk)
    with pytest.raises(PolicyError):
        desk.manifests(trader("HOST"))
    with pytest.raises(NotFoundError):
        desk.manifest(trader("HOST"), wanted)


@pytest.mark.parametrize("wanted", ["", "nonsense", "01a21032-dbd8-7236-9320-ac0953c99041"])
def test_what_is_no_manifest_is_not_found(desk: Manifests, wanted: str) -> None:
    with pytest.raises(NotFoundError):
        desk.manifest(officer(), wanted)


def test_a_declaration_is_no_manifest(built: Built, desk: Manifests) -> None:
    line = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines[0]
    paper = next(
        p for p in built.house.queries.records.dossier(officer(), line.id).papers if p.standard == "asycuda-sad"
    )
    with pytest.raises(NotFoundError):
        desk.manifest(officer(), paper.id)


@pytest.mark.parametrize(("name", "view"), [("manifest_line", ManifestLine), ("manifest", ManifestView)])
def test_the_table_of_disclosure_speaks_of_every_field(name: str, view: type[msgspec.Struct]) -> None:
    assert set(FIELDS[name]) == set(view.__struct_fields__)
    assert not any("trader" in roles for roles in FIELDS[name].values())


def test_pages_of_manifests_follow_each_other_and_have_each_manifest_once(tmp_path: Path) -> None:
    made = build(tmp_path)
    contents = [manifest(bill(f"TSTB02{n}0001"), voyage=f"ST{n:03}E") for n in range(5)]
    for content in (*contents, contents[1].replace(b"GENERAL", b"CHANGED")):
        made.house.intake.messages.take_many([envelope(content, sender="HOST")], principal=HOST)
    made.desk()
    desk, pages, after = Manifests(made.stores), [], None
    for _ in range(10):
        page = desk.manifests(officer(), ManifestFilter(limit=2, after=after))
        pages.append([line.voyage for line in page.lines])
        after = page.further
        if after is None:
            break
    voyages = [one for page in pages for one in page]
    assert sorted(voyages) == sorted({*voyages})
    assert len(voyages) == 5
    assert [len(page) for page in pages] == [2, 2, 1]
    made.house.close()

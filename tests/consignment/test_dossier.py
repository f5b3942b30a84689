# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from cocket.consignment import Dossier, Entry, Row, derive, narrow
from cocket.consignment.paper import statement
from cocket.consignment.sides import sides, voices
from cocket.consignment.statement import together
from cocket.model import Amount, CustomsOffice, HostStatus, Party, Reference, Response, ValuationCharges
from tests.consignment.making import BOX, NOON, OTHER_BOX, bill, box, declaration, item, manifest, paper


def row(dossier: Dossier, name: str) -> Row:
    (found,) = [row for row in dossier.rows if row.name == name]
    return found


def test_a_dossier_says_in_short_what_it_is_about() -> None:
    dossier = derive([paper(manifest(), 0), paper(declaration(), 1)])
    assert dossier.title == "B/L TSTB0100007"
    assert (dossier.office, dossier.trader, dossier.goods) == ("XA110000", "ACME Trading Ltd.", "used cars")
    assert (dossier.equipment, dossier.value) == ((BOX,), Amount(Decimal("41200.00"), "USD"))
    assert (dossier.received, dossier.is_declared, dossier.is_cancelled) == (NOON + timedelta(hours=1), True, False)


def test_a_manifest_alone_makes_a_dossier_that_is_not_declared() -> None:
    dossier = derive([paper(manifest())])
    assert (dossier.title, dossier.office, dossier.trader) == ("B/L TSTB0100007", "XA100000", "ACME TRADING")
    assert (dossier.goods, dossier.value, dossier.is_declared, dossier.is_cancelled) == (
        "USED CARS",
        None,
        False,
        False,
    )


def test_a_refused_paper_alone_makes_a_dossier_that_says_little() -> None:
    dossier = derive([paper(declaration(), standing="refused")])
    assert (dossier.title, dossier.goods, dossier.is_declared) == ("B/L TSTB0100007", None, False)
    assert [entry.code for entry in dossier.timeline] == ["message-refused"]
    assert derive([paper(None, standing="refused")]).title == ""


def test_a_cancelled_declaration_leaves_a_cancelled_dossier() -> None:
    gone = paper(declaration(), 1, version=2, function="cancellation")
    dossier = derive([paper(declaration(), 0, standing="superseded"), gone])
    assert dossier.is_declared
    assert dossier.is_cancelled
    assert [entry.code for entry in dossier.timeline] == ["message-accepted", "cancelled"]


def test_differences_are_marked_on_the_paper_that_spoke_later() -> None:
    dossier = derive([paper(manifest(bill(goods_description="AUTO PARTS")), 0), paper(declaration(), 1)])
    goods = row(dossier, "goods")
    assert [(cell.text, cell.differs) for cell in goods.cells] == [("AUTO PARTS", False), ("used cars", True)]
    assert (goods.first, goods.differs) == (0, True)
    assert not row(dossier, "packages").differs


def test_a_quantity_is_compared_as_a_whole() -> None:
    half = declaration(packages_declared=5)
    packages = row(derive([paper(manifest(), 0), paper(half, 1), paper(half, 2)]), "packages")
    assert [(cell.text, cell.differs) for cell in packages.cells] == [("10", False), ("5", False), ("5", False)]
    packages = row(derive([paper(half, 0), paper(manifest(), 1)]), "packages")
    assert [(cell.text, cell.differs) for cell in packages.cells] == [("5", False), ("10", True)]


def test_a_paper_that_does_not_hold_is_shown_but_not_compared() -> None:
    old = paper(declaration(packages_declared=99), 0, standing="superseded")
    packages = row(derive([old, paper(manifest(), 1), paper(declaration(), 2)]), "packages")
    assert [(cell.text, cell.differs) for cell in packages.cells] == [("99", False), ("10", False), ("10", False)]
    assert packages.first == 1


def test_a_field_that_no_paper_states_has_no_row() -> None:
    names = [row.name for row in derive([paper(manifest(bill(equipment=(box(),))))]).rows]
    assert "seals" not in names
    assert "origins" not in names
    assert "equipment" in names


def test_masses_are_written_without_exponent() -> None:
    mass = row(derive([paper(declaration(gross_mass_kg_declared=Decimal("1.2E+3")))]), "gross_mass_kg")
    assert mass.cells[0].text == "1200"


def test_a_total_is_unknown_unless_every_part_is_stated() -> None:
    shipment = {"items": (item(packages=3), item(packages=None))}
    names = [row.name for row in derive([paper(declaration(packages_declared=None, shipment=shipment))]).rows]
    assert "packages" not in names


def test_names_are_listed_once_as_first_written_the_best_first() -> None:
    names = (Reference("LRN", "A-1"), Reference("MRN", "26XA0000000000001"), Reference("BL", "tstb-0100007"))
    dossier = derive([paper(declaration(references=names), 1), paper(manifest(bill(equipment=())), 0)])
    assert [(name.kind, name.value) for name in dossier.references] == [
        ("BL", "TSTB0100007"),
        ("MRN", "26XA0000000000001"),
        ("LRN", "A-1"),
        ("EQUIPMENT", BOX),
        ("MANIFEST", "2026 1"),
    ]


def test_the_timeline_is_in_order_of_time_with_days_and_what_else_happened() -> None:
    voyage = manifest(departed=date(2026, 11, 19), arrives=date(2026, 11, 25), departure_place="NLRTM")
    status = HostStatus(registration="C 17", registered=date(2026, 11, 25))
    look = Entry(at=NOON + timedelta(minutes=30), code="looked", message="looked at", actor="officer.a", index=9)
    naive = Entry(at=datetime(2026, 11, 24), code="noted", message="noted")
    dossier = derive([paper(declaration(status=status), 1), paper(voyage, 0)], [look, naive])
    assert [(entry.code, entry.is_day) for entry in dossier.timeline] == [
        ("departed", True),
        ("noted", False),
        ("arrives", True),
        ("host-registered", True),
        ("message-accepted", False),
        ("looked", False),
        ("message-accepted", False),
    ]
    departed = dossier.timeline[0]
    assert departed.at == datetime(2026, 11, 19, tzinfo=UTC)
    assert departed.arguments == {"place": "NLRTM"}


def test_an_amendment_is_told_as_such() -> None:
    dossier = derive([paper(declaration(), 0, standing="superseded"), paper(declaration(), 1, function="amendment")])
    assert [entry.code for entry in dossier.timeline] == ["message-accepted", "amended"]


def test_the_same_papers_make_the_same_dossier_in_any_order() -> None:
    papers = [
        paper(manifest(), 0),
        paper(declaration(packages_declared=4), 1),
        paper(declaration(packages_declared=7, shipment={"equipment": (box(OTHER_BOX),)}), 2),
        paper(declaration(), 3, standing="refused"),
    ]
    first = msgspec.json.encode(derive(papers))
    for seed in range(10):
        shuffled = random.Random(seed).sample(papers, len(papers))
        assert msgspec.json.encode(derive(shuffled)) == first


def test_a_manifest_is_narrowed_to_one_bill_and_keeps_its_head() -> None:
    whole = manifest(bill("TSTB0100001"), bill("TSTB0100002"), voyage="V1")
    narrowed = narrow(whole, 2)
    assert [b.id for b in narrowed.bills] == ["TSTB0100002"]
    assert narrowed.voyage == "V1"
    assert paper(narrowed, part=2).bill == whole.bills[1]


def test_a_trader_is_named_by_number_where_no_name_is_given() -> None:
    assert derive([paper(declaration(shipment={"importer": Party(id="1007919")}))]).trader == "1007919"


def test_an_answer_is_filed_and_says_nothing_of_the_goods() -> None:
    answer = Response(office=CustomsOffice(code="XA120000"), references=(Reference("BL", "TSTB0100007"),))
    with_answer = derive([paper(declaration(), 0), paper(answer, 1, standard="wco-res", sender="customs")])
    alone = derive([paper(declaration(), 0)])
    assert (with_answer.rows[0].cells[0], with_answer.value) == (alone.rows[0].cells[0], alone.value)
    assert [filed.standard for filed in with_answer.papers] == ["asycuda-sad", "wco-res"]
    assert with_answer.office == "XA110000"


def test_what_a_host_and_its_trader_tell_of_the_same_goods_counts_once() -> None:
    of_the_host = declaration(status=HostStatus())
    two = derive([paper(declaration(), 0), paper(of_the_host, 1), paper(manifest(), 2)])
    assert not row(two, "packages").cells[2].differs
    parts = derive([paper(of_the_host, 1), paper(of_the_host, 2, message_id="m9"), paper(manifest(), 3)])
    assert row(parts, "packages").cells[2].differs


def test_goods_once_declared_are_judged_by_their_declaration_not_by_what_was_announced() -> None:
    announced = declaration(flow="cargo-report", packages_declared=7)
    two = derive([paper(declaration(), 0), paper(announced, 1), paper(manifest(bill(nature_code=None)), 2)])
    assert not row(two, "packages").cells[2].differs
    alone = derive([paper(announced, 1), paper(manifest(bill(nature_code=None)), 2)])
    assert row(alone, "packages").cells[1].differs


def test_a_declaration_alone_says_what_it_says_together_with_no_other_to_the_last_figure() -> None:
    long = Decimal("0.1234567890123456789012345678901")
    told: list[dict[str, Any]] = [
        {},
        {
            "gross_mass_kg_declared": Decimal("1E+3"),
            "valuation": ValuationCharges(invoice=Amount(Decimal("5E+2"), "EUR")),
        },
        {"gross_mass_kg_declared": long, "valuation": ValuationCharges(invoice=Amount(long, None))},
        {"gross_mass_kg_declared": None, "packages_declared": None, "valuation": ValuationCharges()},
        {
            "shipment": {
                "items": (item("b", "9"), item("a", "9"), item("a", "1", None)),
                "equipment": (box(OTHER_BOX), box(BOX)),
            }
        },
        {"shipment": {"items": (), "equipment": (), "importer": None}, "flow": None},
    ]
    for fields in told:
        one = paper(declaration(**fields), 1)
        refused = paper(declaration("OTHER1234"), 0, standing="refused")
        for papers in ([one], [refused, one]):
            two = sides(voices(papers))
            assert repr(two.declared) == repr(together([statement(one)]))
            assert [voice.paper for voice in two.declarations] == [one]
            assert (two.bills, two.billed, two.invoices, two.packed) == ((), None, (), None)

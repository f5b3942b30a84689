# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from cocket.control import IntelligenceReport, Link, check_report, link_of, links_of_bill, links_of_declaration
from cocket.model import (
    BillOfLading,
    Classification,
    Commodity,
    Declaration,
    GoodsShipment,
    GovernmentAgencyGoodsItem,
    Manifest,
    Origin,
    Party,
    TransportEquipment,
)

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
REPORT = IntelligenceReport(
    threat="weapons",
    source_grade="B",
    information_grade="2",
    handling="restricted",
    text="pistols in engine blocks",
    links=(Link("COMMODITY", "8407"), Link("ROUTE", "XJ")),
    author="a",
    entered=NOW,
    expires=NOW + timedelta(days=30),
)


@pytest.mark.parametrize(
    ("threat", "grades", "lane"),
    [
        ("weapons", "B2", "red"),
        ("security", "C3", "red"),
        ("narcotics", "A1", "red"),
        ("security", "D3", "yellow"),
        ("security", "B4", "yellow"),
        ("security", "F6", "yellow"),
        ("security", "E1", None),
        ("security", "A5", None),
        ("undervaluation", "A1", "yellow"),
        ("undervaluation", "F6", None),
        ("ipr", "B3", "yellow"),
    ],
)
def test_what_is_asked_for_follows_from_threat_and_grades(threat: str, grades: str, lane: str | None) -> None:
    report = msgspec.structs.replace(REPORT, threat=threat, source_grade=grades[0], information_grade=grades[1])
    assert report.asks_for == lane


def test_a_report_ends_by_itself_or_when_it_is_ended() -> None:
    assert REPORT.is_active(NOW) and not REPORT.is_active(REPORT.expires)
    assert not msgspec.structs.replace(REPORT, is_ended=True).is_active(NOW)


def test_a_link_of_every_kind_named_must_match() -> None:
    engine, there, other = Link("COMMODITY", "8407"), Link("ROUTE", "XJ"), Link("ROUTE", "XK")
    assert REPORT.matches([engine, there, other])
    assert not REPORT.matches([engine, other])
    assert not REPORT.matches([there])
    either = msgspec.structs.replace(REPORT, links=(there, other))
    assert either.matches([other])


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("PARTY", "Acme Trading (Pty) Ltd.", "ACMETRADINGPTYLTD"),
        ("PARTY", "Åcme trading pty ltd", "ACMETRADINGPTYLTD"),
        ("PARTY", "abc", None),
        ("EQUIPMENT", "tstu 820849-4", "TSTU8208494"),
        ("ROUTE", "xj", "XJ"),
        ("ROUTE", "XJABC", "XJABC"),
        ("ROUTE", "xj > xa", "XJ-XA"),
        ("ROUTE", "XJABC-XAPTA", "XJ-XA"),
        ("ROUTE", "somewhere", None),
        ("ROUTE", "XJ-XK-XA", None),
        ("ROUTE", "12", None),
        ("COMMODITY", "8407.34", "840734"),
        ("COMMODITY", "84", "84"),
        ("COMMODITY", "840", None),
        ("COMMODITY", "engines", None),
        ("EQUIPMENT", " ", None),
    ],
)
def test_what_is_named_is_compared_without_its_spelling(kind: str, text: str, value: str | None) -> None:
    link = link_of(kind, text)  # type: ignore[arg-type]
    assert (link.value if link else None) == value


DECLARED = Declaration(
    shipment=GoodsShipment(
        importer=Party(id="T-100200", name="Acme Ltd"),
        export_country_code="XJ",
        destination_country_code="XA",
        equipment=(TransportEquipment(id="TSTU8208494"),),
        items=(
            GovernmentAgencyGoodsItem(
                commodity=Commodity(classifications=(Classification(id="840734100"),)),
                origins=(Origin(country_code="XK"),),
            ),
        ),
    )
)


def test_a_declaration_is_known_by_parties_containers_route_and_goods() -> None:
    links = {link.pair for link in links_of_declaration(DECLARED)}
    assert links == {
        ("PARTY", "T100200"),
        ("PARTY", "ACMELTD"),
        ("EQUIPMENT", "TSTU8208494"),
        *(("ROUTE", place) for place in ("XJ", "XK", "XA", "XJ-XA", "XK-XA")),
        *(("COMMODITY", code) for code in ("84", "8407", "840734", "84073410", "840734100")),
    }


def test_a_bill_is_known_before_its_declaration() -> None:
    bill = BillOfLading(
        consignee=Party(name="Acme Ltd"),
        loading_place="XJABC",
        unloading_place="XAPTA",
        hs_codes=("8407",),
        equipment=(TransportEquipment(id="TSTU8208494"),),
    )
    links = links_of_bill(Manifest(), bill)
    assert REPORT.matches(links)
    assert {Link("ROUTE", "XJABC"), Link("ROUTE", "XJ-XA"), Link("PARTY", "ACMELTD")} <= set(links)


def test_papers_that_name_nothing_are_known_by_nothing() -> None:
    assert links_of_declaration(Declaration()) == links_of_bill(Manifest(), BillOfLading()) == ()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"text": " "}, "intelligence-text"),
        ({"links": ()}, "intelligence-links"),
        ({"expires": NOW}, "intelligence-expiry"),
    ],
)
def test_a_report_that_says_or_names_nothing_is_refused(changes: dict[str, object], code: str) -> None:
    assert check_report(REPORT) == ()
    assert [finding.code for finding in check_report(msgspec.structs.replace(REPORT, **changes))] == [code]

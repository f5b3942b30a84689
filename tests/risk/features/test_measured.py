# SPDX-License-Identifier: Apache-2.0
"""Declarations as rows, and the features of a case: what each needs, and which item speaks."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest

from cocket.risk import FEATURES, Case, Facts, History, ItemFacts
from cocket.risk.features import EVIDENCE, NAMES, RATE_NAMES, RENAMED, Measurements, entries_of, measure
from tests.risk.given import case, facts, item, outcome, seasoned


def measured(each: Case, history: History, now: float = 100.0) -> Measurements:
    return measure(each, history.look(each.facts, now).looks)


def test_names_are_unique_and_every_feature_says_why() -> None:
    assert len(set(NAMES)) == len(FEATURES)
    assert all(f.source and f.description and f.reason for f in FEATURES)


def test_every_rate_is_held_to_rise_with_risk_and_no_name_of_before_is_one_of_now() -> None:
    assert all(f.direction == "up" for f in FEATURES if f.name in RATE_NAMES)
    assert not RENAMED.keys() & set(NAMES)
    assert {new.partition(",")[0] for new in RENAMED.values()} <= set(NAMES)


def test_a_case_without_items_has_no_features_but_what_is_told_of_the_whole() -> None:
    nothing = Case(facts=Facts(id="c", day=100.0), differences=("bill-gross-differs",))
    told = {name: value for name, value in measured(nothing, seasoned()).values.items() if value is not None}
    assert told == {"papers_differ": 1.0}


@pytest.mark.parametrize(
    ("changes", "unknown"),
    [
        (
            {"importer": None},
            {"importer_rate", "importer_hs_rate", "importer_days", "importer_found", "importer_heading_new"},
        ),
        ({"declarant": None}, {"declarant_rate"}),
        ({"seller": None}, {"seller_rate", "seller_days"}),
        ({"export_country": None}, {"route_rarity"}),
        ({"freight": None}, {"freight_share"}),
        (
            {"items": (item(hs=None),)},
            {"hs2_rate", "hs4_rate", "hs6_rate", "hs_origin_rate", "importer_hs_rate", "price_gap"},
        ),
        ({"items": (item(value=None),)}, {"ln_value", "price_gap", "price_position", "tax_share", "freight_share"}),
        ({"items": (item(packages=None),)}, {"package_gap"}),
        ({"items": (item(gross_mass_kg=None),)}, {"tare_gap"}),
        ({"items": (item(duty=None),)}, {"tax_share"}),
        ({"items": (item(origin=None),)}, {"origin_rate", "hs_origin_rate", "route_rarity"}),
        ({"differences": None}, {"papers_differ"}),
    ],
)
def test_what_is_missing_makes_its_own_features_unknown(changes: dict[str, object], unknown: set[str]) -> None:
    full, less = measured(case(), seasoned()).values, measured(case(**changes), seasoned()).values  # type: ignore[arg-type]
    assert unknown <= {name for name in NAMES if less[name] is None and full[name] is not None}


def test_the_worst_item_speaks_for_all_and_is_named() -> None:
    cheap, heavy = item(number=2, value=Decimal(10000)), item(number=3, packages=1)
    told = measured(case(items=(item(), cheap, heavy)), seasoned())
    assert told["price_gap"] == pytest.approx(measured(case(items=(cheap,)), seasoned())["price_gap"])
    assert (told.item("price_gap"), told.item("package_gap"), told.item("items")) == ("2", "3", "1")
    light = item(number=4, packages=2000)
    assert measured(case(items=(light, heavy)), seasoned()).item("package_gap") == "4"


def test_a_single_item_is_its_declaration_and_one_without_number_counts_by_its_place() -> None:
    bare = ItemFacts(hs="61091000", origin="XB", value=Decimal(1), net_mass_kg=100.0)
    told = measured(Case(facts=facts(items=(item(), bare))), seasoned())
    assert told.item("price_gap") == "2"
    assert measured(case(), seasoned()).item("price_gap") == "1"
    assert measured(Case(facts=Facts(id="c", day=100.0)), seasoned()).item("price_gap") == "–"


def test_items_of_one_declaration_know_nothing_of_each_other() -> None:
    one, three = case(), case(items=tuple(item(number=n) for n in (1, 2, 3)))
    whole = measured(three, seasoned())
    for name in ("importer_count", "importer_days", "bill_rows_30_days", "seller_days", "importer_heading_new"):
        assert whole[name] == measured(one, seasoned())[name], name
    history = seasoned()
    history.observe(three.facts)
    later = measured(case(id="later", day=101.0), history, 101.0)
    assert later["importer_count"] == pytest.approx(0.5 ** (1 / 180), rel=1e-3)


def test_what_is_told_of_the_whole_is_parted_so_that_ratios_stay() -> None:
    items = (item(), item(number=2, value=Decimal(150000), gross_mass_kg=330.0, packages=30))
    told = facts(items=items, bill_gross_kg=880.0, bill_packages=44.0)
    entries = entries_of(told)
    assert [entry.freight for entry in entries] == [750.0, 2250.0]
    assert [entry.bill_gross_kg for entry in entries] == [220.0, 660.0]
    assert [entry.bill_packages for entry in entries] == [11.0, 33.0]
    assert {(entry.declaration, entry.share) for entry in entries} == {("c1", 0.5)}
    assert [entry.id for entry in entries] == ["c1#0", "c1#1"]
    assert entries_of(facts())[0].declaration is None
    unknown = entries_of(facts(items=(item(), item(gross_mass_kg=None)), bill_gross_kg=880.0))
    assert [entry.bill_gross_kg for entry in unknown] == [None, None]


def test_no_second_paper_is_not_the_same_as_no_difference() -> None:
    assert measured(case(differences=None), seasoned())["papers_differ"] is None
    assert measured(case(differences=()), seasoned())["papers_differ"] == 0.0
    assert measured(case(differences=("bill-gross-differs",)), seasoned())["papers_differ"] == 1.0


def test_a_bill_that_tells_another_mass_is_measured() -> None:
    told = measured(case(bill_gross_kg=220.0), seasoned())
    assert told["bill_gross_gap"] == pytest.approx(math.log(2.0))
    assert measured(case(), seasoned())["bill_differs"] is None
    assert measured(case(bill_gross_kg=110.0, bill_packages=10.0), seasoned())["bill_differs"] == 0.0


def test_a_finding_raises_the_rates_of_all_who_took_part_and_of_nobody_else() -> None:
    before, after = seasoned(), seasoned()
    for n in range(3):
        after.learn(outcome(id=f"f{n}", returned=100.0))
    for n in range(40):
        after.learn(outcome(id=f"g{n}", found=False, returned=100.0, importer="Z", declarant="Z", seller="Z",
                            items=(item(hs="99999999", origin="XZ"),)))  # fmt: skip
    here, there = measured(case(), before), measured(case(), after)
    for name in ("importer_rate", "declarant_rate", "seller_rate", "origin_rate", "hs6_rate", "importer_hs_rate"):
        assert there[name] > here[name]  # type: ignore[operator]
    stranger = measured(case(importer="Q", declarant="Q", seller="Q"), after)
    assert stranger["importer_rate"] < there["importer_rate"]  # type: ignore[operator]


def test_the_evidence_is_for_models_to_tell() -> None:
    assert measured(case(), seasoned())[EVIDENCE.name] is None

# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from decimal import Decimal

import pytest

from cocket.risk import FEATURES, Case, Facts, History, ItemFacts, compute
from cocket.risk.features import NAMES, measure
from tests.risk.given import case, facts, item, outcome, seasoned


def values(each: Case, history: History, now: float = 100.0) -> dict[str, float | None]:
    return dict(zip(NAMES, compute(each, history, now), strict=True))


def test_names_are_unique_and_every_feature_says_why() -> None:
    assert len(set(NAMES)) == len(FEATURES)
    assert all(f.source and f.description and f.reason for f in FEATURES)


def test_every_rate_is_held_to_rise_with_risk() -> None:
    assert all(f.direction == "up" for f in FEATURES if f.name.endswith("_rate"))


def test_a_case_that_says_nothing_has_no_features() -> None:
    nothing = Case(facts=Facts(id="c", day=100.0))
    assert set(compute(nothing, seasoned(), 100.0)) == {None}


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
            {"hs2_rate", "hs4_rate", "hs6_rate", "hs_origin_rate", "importer_hs_rate", "words_astray"},
        ),
        ({"items": (item(value=None),)}, {"value", "value_gap", "value_position", "duty_share", "freight_share"}),
        ({"items": (item(packages=None),)}, {"package_mass_gap"}),
        ({"items": (item(gross_mass_kg=None),)}, {"net_share"}),
        ({"items": (item(duty=None),)}, {"duty_share"}),
        ({"items": (item(origin=None),)}, {"origin_rate", "hs_origin_rate", "route_rarity"}),
        ({"differences": None}, {"papers_differ"}),
    ],
)
def test_what_is_missing_makes_only_its_own_features_unknown(changes: dict[str, object], unknown: set[str]) -> None:
    full, less = values(case(), seasoned()), values(case(**changes), seasoned())  # type: ignore[arg-type]
    assert unknown <= {name for name in NAMES if less[name] is None and full[name] is not None}


def test_the_worst_item_speaks_for_all_and_is_named() -> None:
    cheap = item(number=2, value=Decimal(10000))
    measured = measure(case(items=(item(), cheap, item(number=3))), seasoned(), 100.0)
    alone = measure(case(items=(cheap,)), seasoned(), 100.0)
    assert measured["value_gap"] == alone["value_gap"]
    assert measured.item("value_gap") == "2"
    assert measured.item("items") == "–"


def test_no_second_paper_is_not_the_same_as_no_difference() -> None:
    assert values(case(differences=None), seasoned())["papers_differ"] is None
    assert values(case(differences=()), seasoned())["papers_differ"] == 0.0
    assert values(case(differences=("bill-gross-differs",)), seasoned())["papers_differ"] == 1.0


def test_a_finding_raises_the_rates_of_all_who_took_part_and_of_nobody_else() -> None:
    before, after = seasoned(), seasoned()
    for n in range(3):
        after.learn(outcome(id=f"f{n}", returned=100.0))
    for n in range(40):
        after.learn(outcome(id=f"g{n}", found=False, returned=100.0, importer="Z", declarant="Z", seller="Z",
                            items=(item(hs="99999999", origin="XZ"),)))  # fmt: skip
    after.advance(100.0)
    here, there = values(case(), before), values(case(), after)
    for name in ("importer_rate", "declarant_rate", "seller_rate", "origin_rate", "hs6_rate", "importer_hs_rate"):
        assert there[name] > here[name]  # type: ignore[operator]
    stranger = values(case(importer="Q", declarant="Q", seller="Q"), after)
    assert stranger["importer_rate"] < there["importer_rate"]  # type: ignore[operator]


def test_computing_features_changes_nothing() -> None:
    history = seasoned()
    before = history.snapshot()
    compute(case(), history, 100.0)
    assert history.snapshot() == before


def test_an_item_without_number_counts_by_its_place() -> None:
    bare = ItemFacts(hs="61091000", origin="XB", value=Decimal(1), net_mass_kg=100.0)
    measured = measure(Case(facts=facts(items=(item(), bare))), seasoned(), 100.0)
    assert measured.item("value_gap") == "2"

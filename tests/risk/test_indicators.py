# SPDX-License-Identifier: Apache-2.0
"""Each rule: a hit, a near miss, a missing field."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from cocket.risk import INDICATORS, Case, History
from cocket.risk.features import ROW_NAMES, measure
from tests.risk.given import case, facts, item, outcome, seasoned

BY_CODE = {indicator.code: indicator for indicator in INDICATORS}


def fired(code: str, each: Case, history: History, now: float = 100.0) -> dict[str, str] | None:
    return BY_CODE[code].check(each, measure(each, history.look(each.facts, now).looks))


def convicted(found: bool = True, returned: float = 99.0) -> History:
    history = seasoned()
    history.learn(outcome(found=found, returned=returned))
    return history


def long_known() -> History:
    history = seasoned()
    history.observe(facts("first", 10.0))
    return history


@pytest.mark.parametrize("indicator", INDICATORS, ids=lambda each: each.code)
def test_a_rule_is_named_after_its_code_and_says_what_it_rests_on(indicator) -> None:  # type: ignore[no-untyped-def]
    assert indicator.check.__name__ == indicator.code.replace("-", "_")
    assert indicator.message and "Source:" not in indicator.message
    assert indicator.source
    assert 0 < indicator.weight < 1
    assert set(indicator.features) <= set(ROW_NAMES)


def test_there_are_eleven_rules_with_different_codes() -> None:
    assert len(BY_CODE) == len(INDICATORS) == 11


def test_intelligence_is_passed_on_and_its_absence_is_silent() -> None:
    named = msgspec.structs.replace(case(), intelligence=("r1",))
    assert fired("intelligence", named, seasoned()) == {}
    assert fired("intelligence", case(), seasoned()) is None


def test_a_red_alert_from_the_way_is_passed_on_in_its_own_words() -> None:
    told = msgspec.structs.replace(case(), alerts=("The seal was opened.", "Cut.", "Left.", "Stood."))
    assert fired("alert-on-the-way", told, seasoned()) == {"alerts": "The seal was opened. Cut. Left. And 1 more."}
    assert fired("alert-on-the-way", case(), seasoned()) is None


def test_what_a_partner_has_otherwise_is_passed_on_in_its_words_and_agreement_is_silent() -> None:
    says = ("The partner's export says 12000 kg net, the import 1200 kg", "Other.", "A third.", "A fourth.")
    assert fired("partner-differs", msgspec.structs.replace(case(), mirror=says[:1]), seasoned()) == {
        "differences": says[0]
    }
    several = fired("partner-differs", msgspec.structs.replace(case(), mirror=says), seasoned())
    assert several == {"differences": f"{says[0]}; Other.; (+2)"}
    assert fired("partner-differs", case(), seasoned()) is None


def test_a_version_that_was_refused_is_a_question_and_none_is_silent() -> None:
    says = ("ACME, R1: gross kg", "Other.", "A third.")
    told = msgspec.structs.replace(case(), versions=says[:1])
    assert fired("version-refused", told, seasoned()) == {"versions": says[0]}
    several = fired("version-refused", msgspec.structs.replace(case(), versions=says), seasoned())
    assert several == {"versions": f"{says[0]}; Other.; (+1)"}
    assert fired("version-refused", case(), seasoned()) is None
    assert "?" in BY_CODE["version-refused"].message


def test_value_under_peers_hits_at_half_the_usual_value_and_says_how_far() -> None:
    arguments = fired("value-under-peers", case(items=(item(value=Decimal(25000)),)), seasoned())
    assert arguments == {"item": "1", "percent": "50"}


def test_value_under_peers_nearly_misses_at_seven_tenths() -> None:
    assert fired("value-under-peers", case(items=(item(value=Decimal(35000)),)), seasoned()) is None


@pytest.mark.parametrize("missing", [{"value": None}, {"net_mass_kg": None, "gross_mass_kg": None}, {"hs": None}])
def test_value_under_peers_is_silent_where_it_cannot_compare(missing: dict[str, None]) -> None:
    assert fired("value-under-peers", case(items=(item(**missing),)), seasoned()) is None


def test_value_under_peers_is_silent_while_peers_are_few() -> None:
    assert fired("value-under-peers", case(items=(item(value=Decimal(25000)),)), History()) is None


def test_importer_new_hits_on_first_sight() -> None:
    assert fired("importer-new", case(), seasoned()) == {"days": "0"}


def test_importer_new_nearly_misses_after_a_month() -> None:
    history = seasoned()
    history.observe(facts("first", 69.5))
    assert fired("importer-new", case(day=99.0), history, now=99.0) == {"days": "30"}
    assert fired("importer-new", case(), history) is None


def test_importer_new_is_silent_without_an_importer() -> None:
    assert fired("importer-new", case(importer=None), seasoned()) is None


def test_past_offence_hits_after_a_finding_was_returned() -> None:
    assert fired("past-offence", case(), convicted()) is not None


def test_past_offence_nearly_misses_a_clean_examination_and_a_result_still_out() -> None:
    assert fired("past-offence", case(), convicted(found=False)) is None
    assert fired("past-offence", case(), convicted(returned=100.1)) is None


def test_past_offence_is_silent_about_others_and_without_an_importer() -> None:
    assert fired("past-offence", case(importer="A2"), convicted()) is None
    assert fired("past-offence", case(importer=None), convicted()) is None


def test_route_odd_hits_a_way_that_nobody_else_takes() -> None:
    assert fired("route-odd", case(export_country="XS"), seasoned()) == {"country": "XS"}


def test_route_odd_nearly_misses_a_way_that_one_in_ten_takes() -> None:
    history = seasoned()
    for n in range(4):
        history.observe(facts(f"n{n}", importer=f"N{n}", export_country="XS"))
    assert fired("route-odd", case(export_country="XS"), history) is None


@pytest.mark.parametrize("missing", [{"export_country": None}, {"items": (item(origin=None),)}])
def test_route_odd_is_silent_without_origin_or_dispatch(missing: dict[str, object]) -> None:
    assert fired("route-odd", case(**missing), seasoned()) is None  # type: ignore[arg-type]


def test_mass_per_package_odd_hits_at_three_times_the_usual() -> None:
    heavy = case(items=(item(), item(number=2, packages=30)))
    assert fired("mass-per-package-odd", heavy, seasoned()) == {"item": "2", "times": "3.0"}


def test_mass_per_package_odd_nearly_misses_at_one_and_a_half_times() -> None:
    assert fired("mass-per-package-odd", case(items=(item(packages=15),)), seasoned()) is None


def test_mass_per_package_odd_is_silent_without_packages() -> None:
    assert fired("mass-per-package-odd", case(items=(item(packages=None),)), seasoned()) is None


def test_papers_disagree_hits_and_names_the_differences() -> None:
    each = case(differences=("bill-gross-differs", "seal-differs"))
    assert fired("papers-disagree", each, seasoned()) == {"findings": "bill gross differs, seal differs"}


def test_papers_disagree_nearly_misses_papers_that_agree() -> None:
    assert fired("papers-disagree", case(differences=()), seasoned()) is None


def test_papers_disagree_is_silent_without_a_second_paper() -> None:
    assert fired("papers-disagree", case(differences=None), seasoned()) is None


def test_a_usual_case_of_a_known_importer_fires_nothing() -> None:
    history = long_known()
    assert [code for code in BY_CODE if fired(code, case(), history) is not None] == []

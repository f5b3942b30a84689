# SPDX-License-Identifier: Apache-2.0
"""Every reason that is shown can be checked: it has evidence to open, it weighs, and its figures differ as they are written."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from random import Random

import msgspec
import pytest

from cocket.consignment import Paper
from cocket.findings import Finding
from cocket.model import BillOfLading, Manifest
from cocket.risk import Case, History, Past, Sitting, assess, explain
from cocket.risk.assessment import Assessment, Basis
from cocket.risk.conflicts import conflicts_of, shortage_of, shortages_of, suspicion_of
from cocket.risk.heads import _suspicion, head_of
from cocket.risk.models.layered_v1 import LayeredModel
from cocket.risk.signs import Around, _carried_by, record_of, signs_of
from cocket.risk.suspicion import LEAST_WEIGHT, Exhibit, Fact, Head, Kind, Likely, ground, lead, said_as
from tests.risk.given import facts
from tests.risk.models.test_following import mixed, model  # noqa: F401  (a fixture)

AROUND = Around(declaration="m-1", currency="XTS")
PLACE = re.compile(r"{(\w+)}")


def all_cases() -> Past:
    """Generated dossiers, some of them far off in price, mass, words and route."""
    whole, dice = mixed(700), Random(9)
    cases = []
    for each in whole.cases:
        one = each.case.facts
        items = tuple(
            msgspec.structs.replace(
                item,
                value=item.value and item.value * dice.choice((1, 1, Decimal("0.3"), Decimal("0.95"))),
                packages=dice.choice((item.packages, item.packages, 1)),
                words=dice.choice((item.words, item.words, ("VARIOUS", "GOODS"))),
                preference=dice.choice((None, None, "200")),
            )
            for item in one.items
        )
        told = msgspec.structs.replace(one, items=items, export_country=dice.choice((one.export_country, "XZ")))
        cases.append(msgspec.structs.replace(each, case=msgspec.structs.replace(each.case, facts=told)))
    return Past(tuple(cases), whole.outcomes)


def heads(model: LayeredModel | None, whole: Past) -> list[tuple[Head, tuple[Fact, ...], Assessment]]:  # noqa: F811
    history, found = History(), []
    waiting = sorted(whole.outcomes.values(), key=lambda outcome: outcome.returned)
    for each in whole.cases:
        while waiting and waiting[0].returned <= each.case.facts.day:
            history.learn(waiting.pop(0))
        seen: dict[str, Basis] = {}
        (one,) = assess([each.case], history, model, sitting=Sitting(takes=True, seen=seen))
        history.count(each.case.facts)
        signs = signs_of(one, seen[one.id], model, AROUND)
        head = msgspec.structs.replace(head_of(signs, one, model, is_random=False), record=record_of(seen[one.id]))
        found.append((head, signs, one))
    return found


@pytest.fixture(scope="module")
def shown(model: LayeredModel) -> list[tuple[Head, tuple[Fact, ...], Assessment]]:  # noqa: F811
    return heads(model, all_cases())


def test_the_chance_shown_is_the_models_word_for_any_find_and_counts_no_cases_of_other_suspicions(
    shown: list[tuple[Head, tuple[Fact, ...], Assessment]],
) -> None:
    assert len({head.likely for head, _, _ in shown}) > 3
    for head, _, assessed in shown:
        assert head.likely == said_as(assessed.score)
    assert Likely.__struct_fields__ == ("of", "out_of")


def test_every_shown_reason_opens_and_weighs(shown: list[tuple[Head, tuple[Fact, ...], Assessment]]) -> None:
    facts = [fact for head, _, _ in shown for fact in (*head.facts, *head.against)]
    assert len(facts) > 500
    for fact in facts:
        assert fact.evidence, fact
        assert all(one.id for one in fact.evidence), fact
        assert fact.weight is None or abs(fact.weight) >= LEAST_WEIGHT, fact
    assert {fact.code for fact in facts} >= {"results-found", "results-clean", "own:price"}


def test_every_sign_is_shown_or_counted(shown: list[tuple[Head, tuple[Fact, ...], Assessment]]) -> None:
    for head, signs, _ in shown:
        assert len(head.facts) + len(head.against) + head.too_little + head.nothing_to_open == len(signs)


def test_no_sentence_has_an_open_place_or_two_figures_that_are_the_same(
    shown: list[tuple[Head, tuple[Fact, ...], Assessment]],
) -> None:
    for head, _, _ in shown:
        for fact in (*head.facts, *head.against):
            assert set(PLACE.findall(fact.message)) <= set(fact.arguments), fact
            for suffix in ("money", "kg", "count"):
                pair = [fact.arguments.get(f"{who}_{suffix}") for who in ("mine", "usual")]
                assert pair[0] is None or pair[0] != pair[1], fact
            counts = [int(fact.arguments[name]) for name in ("some_count", "found_count") if name in fact.arguments]
            assert all(counts), fact
            off = fact.arguments.get("percent_count")
            assert off is None or int(off) >= 10, fact


def test_old_sentences_of_features_are_no_reasons(
    model: LayeredModel,  # noqa: F811
    shown: list[tuple[Head, tuple[Fact, ...], Assessment]],
) -> None:
    said = {fact.message for head, _, _ in shown for fact in (*head.facts, *head.against)}
    said |= {reason.message for _, _, one in shown for reason in explain(one, model).reasons}
    for message in said:
        assert not re.search(r"faded number|by a factor of|spreads|[Ff]reight is|show together", message), message


def test_contributions_sum_to_what_the_model_adds(
    model: LayeredModel,  # noqa: F811
    shown: list[tuple[Head, tuple[Fact, ...], Assessment]],
) -> None:
    """Nothing is weighed twice: a feature is spoken for by one fact."""
    for _, signs, _ in shown:
        codes = [fact.code for fact in signs]
        assert len(codes) == len(set(codes))


def test_a_sign_without_evidence_or_weight_is_counted_not_shown() -> None:
    some = (Exhibit(source="paper", id="m"),)
    facts = (
        Fact(code="heavy", message="heavy", weight=0.4, evidence=some),
        Fact(code="light", message="light", weight=0.049, evidence=some),
        Fact(code="bare", message="bare", weight=2.0),
        Fact(code="against", message="against", weight=-0.3, evidence=some),
        Fact(code="stands", message="stands", evidence=some),
    )
    shown, too_little, nothing_to_open = ground(facts)
    assert [fact.code for fact in shown] == ["stands", "heavy", "against"]
    assert (too_little, nothing_to_open) == (1, 1)


def test_rules_alone_still_show_facts_with_evidence() -> None:
    told = heads(None, all_cases())
    speaking = [head for head, _, one in told if one.reasons and head.facts]
    assert speaking
    assert all(fact.evidence and fact.weight is None for head in speaking for fact in head.facts)


def conflict(code: str, found: str, expected: str) -> Finding:
    return Finding(code=code, severity="warning", message="{found} {expected}", expected=expected, found=found)


def test_packages_that_are_short_are_the_suspicion(model: LayeredModel) -> None:  # noqa: F811
    fact = Fact(
        code="bill-packages-differ",
        message="{found} {expected}",
        arguments={"found": "84", "expected": "118"},
        kind="quantity",
        evidence=(Exhibit(source="paper", id="m"),),
    )
    shortage = shortage_of([fact])
    assert shortage is not None
    assert shortage.missing == 34
    told = suspicion_of(shortage)
    assert told.message.format(**told.arguments) == "34 of 118 packages are not declared"
    (one,) = assess([Case(facts=facts("x", 10.0))], History(), model)
    head = head_of([fact], one, model, is_random=False)
    assert head.suspicion == told
    assert head.because == (fact,)


def test_packages_and_mass_that_are_short_are_named_together() -> None:
    packages = Fact(code="bill-packages-differ", message="x", arguments={"found": "3540", "expected": "3595"})
    mass = Fact(code="bill-gross-differs", message="x", arguments={"found": "77246.77", "expected": "91717.31"})
    shortages = shortages_of([packages, mass])
    assert [one.is_mass for one in shortages] == [True, False], "the greater part of the goods first"
    told = suspicion_of(*shortages)
    said = told.message.format(**told.arguments)
    assert said == "55 of 3595 packages and 14470.54 of 91717.31 gross are not declared"


@pytest.mark.parametrize(
    ("found", "expected", "said"),
    [
        ("397 packages", "497 packages", "100 of 497 packages were not landed"),
        ("800 kg", "1000 kg", "200 of 1000 gross were not landed"),
    ],
)
def test_what_was_landed_short_of_the_manifest_is_a_shortage(found: str, expected: str, said: str) -> None:
    told = Finding(
        code="bill-short-landed", severity="warning", message="{found} were landed", found=found, expected=expected
    )
    moment, bill = datetime(2026, 11, 30, tzinfo=UTC), Manifest(bills=(BillOfLading(id="B1"),))
    papers = [
        Paper(message_id="v1", index=0, sender="a", standing="superseded", received=moment, document=bill),
        Paper(message_id="v2", index=1, sender="a", received=moment, document=bill),
    ]
    (fact,) = conflicts_of([told], papers)
    assert (fact.kind, fact.weight, [one.id for one in fact.evidence]) == ("quantity", None, ["v1", "v2"])
    (shortage,) = shortages_of([fact])
    suspicion = suspicion_of(shortage)
    assert suspicion.message.format(**suspicion.arguments) == said
    packages = Fact(code="bill-packages-differ", message="x", arguments={"found": "84", "expected": "118"})
    assert shortage_of([fact, packages]) == shortage_of([packages]), "papers that differ as they stand come first"


def test_what_stands_for_another_suspicion_is_among_the_two_reasons() -> None:
    def standing(code: str, kind: Kind) -> Fact:
        return Fact(code=code, message="x", kind=kind, evidence=(Exhibit(source="paper", id="m"),))

    packages, mass = standing("bill-packages-differ", "quantity"), standing("bill-gross-differs", "quantity")
    used = standing("permit-quantity-exceeded", "permit")
    weighed = Fact(code="own:words", message="x", kind="code", weight=2.0)
    assert lead([packages, mass, used, weighed], "quantity") == (packages, used, mass, weighed)
    assert lead([packages, mass, weighed], "quantity") == (packages, mass, weighed)


def test_a_permit_that_does_not_hold_is_not_called_missing(model: LayeredModel) -> None:  # noqa: F811
    used = Fact(
        code="permit-quantity-exceeded", message="x", kind="permit", evidence=(Exhibit(source="paper", id="m"),)
    )
    (one,) = assess([Case(facts=facts("x", 10.0))], History(), model)
    head = head_of([used], one, model, is_random=False)
    assert head.suspicion is not None
    assert head.suspicion.message == "a permit does not hold for these goods"


@pytest.mark.parametrize(
    ("offences", "kind"),
    [
        (["smuggling", "smuggling", "revenue", "revenue"], None),
        (["smuggling"], None),
        (["weapons", "undervaluation"], None),
        (["weapons", "narcotics", "undervaluation"], "prohibited"),
        (["undervaluation", "undervaluation", "weapons"], "value"),
    ],
)
def test_results_make_suspicious_what_most_of_the_finds_were_of(offences: list[str], kind: Kind | None) -> None:
    assert _carried_by(offences) == kind


def test_what_the_model_alone_takes_for_likely_names_no_threat() -> None:
    found = Fact(code="results-found", message="x", weight=1.0, evidence=(Exhibit(source="paper", id="m"),))
    assert _suspicion([found], {"weapons": 0.9}, is_random=False) is None
    told = _suspicion([found], {"undervaluation": 0.9}, is_random=False)
    assert told is not None and told.kind == "value"


def test_a_conflict_without_a_second_paper_is_no_fact() -> None:
    papers: tuple[Paper, ...] = ()
    assert conflicts_of([conflict("bill-packages-differ", "84", "118")], papers) == ()


def test_an_alert_leads_whatever_weighs(model: LayeredModel) -> None:  # noqa: F811
    some = (Exhibit(source="alert", id="a"),)
    alert = Fact(code="alert", message="The seal was opened without an officer's leave.", kind="seal", evidence=some)
    weighed = {"mine_money": "1", "usual_money": "2", "item": "1"}
    heavy = Fact(code="own:price", message="x", arguments=weighed, kind="value", weight=3.0, evidence=some)
    (one,) = assess([Case(facts=facts("x", 10.0))], History(), model)
    head = head_of([heavy, alert], one, model, is_random=True)
    assert head.suspicion is not None
    assert head.suspicion.kind == "seal"
    assert head.because[0] == alert


@pytest.mark.parametrize(
    ("chance", "said"), [(0.34, (1, 3)), (0.5, (1, 2)), (0.02, (1, 50)), (0.97, (9, 10)), (0.0, (1, 100))]
)
def test_a_chance_is_said_as_people_say_it(chance: float, said: tuple[int, int]) -> None:
    told = said_as(chance)
    assert (told.of, told.out_of) == said


def test_a_reason_speaks_the_way_it_reads(shown: list[tuple[Head, tuple[Fact, ...], Assessment]]) -> None:
    raising = [fact for head, _, _ in shown for fact in head.facts if fact.weight is not None]
    lowering = [fact for head, _, _ in shown for fact in head.against]
    assert raising and lowering
    assert not [fact for fact in raising if fact.code == "results-clean"], (
        "that nothing was found is no reason to examine"
    )
    assert {fact.code for fact in lowering} <= {"results-clean", "own:price"}
    for several, is_low in ((raising, True), (lowering, False)):
        priced = [fact.arguments for fact in several if fact.code == "own:price"]
        for told in priced:
            assert (float(told["mine_money"].split()[0]) < float(told["usual_money"].split()[0])) == is_low
    turned = [
        fact for _, signs, _ in shown for fact in signs if fact.code == "results-clean" and (fact.weight or 0.0) > 0.0
    ]
    assert turned and not any(fact.evidence for fact in turned), "the world has some that a model takes the other way"


def test_a_way_that_one_in_fifty_takes_is_rare_and_one_in_ten_is_not(
    shown: list[tuple[Head, tuple[Fact, ...], Assessment]],
) -> None:
    ways = [fact for _, signs, _ in shown for fact in signs if fact.code == "own:route" and fact.evidence]
    assert all(float(fact.arguments["share_count"]) <= 2.0 for fact in ways)
    assert not [fact for _, signs, _ in shown for fact in signs if fact.code == "past:preference" and fact.evidence]


def test_the_sentence_of_results_and_the_record_of_the_trader_are_one_count(
    shown: list[tuple[Head, tuple[Fact, ...], Assessment]],
) -> None:
    told = 0
    for head, signs, _ in shown:
        for fact in signs:
            if fact.code == "results-found" and fact.arguments:
                assert head.record is not None
                counted = (head.record.first_day, str(head.record.irregular), str(head.record.results))
                assert counted == tuple(fact.arguments[name] for name in ("since_day", "found_count", "all_count"))
                assert head.record.declared_since <= head.record.first_day <= head.record.last_day
                told += 1
    assert told > 5

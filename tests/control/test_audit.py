# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocket.control import audit as work
from cocket.control.audit import (
    ACTS,
    AuditCase,
    AuditedLine,
    AuditPolicy,
    Before,
    Close,
    Difference,
    Disclosure,
    LineFinding,
    PastAudit,
    Period,
    Plan,
    Released,
    TraderYear,
)
from cocket.control.draw import commit_seed, draw_number, verify_draw
from cocket.errors import ProofError, SenderError, SettingsError
from cocket.model import Amount
from cocket.risk import Facts
from cocket.risk.facts import ItemFacts

SEED = bytes(range(32))
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))
NOW = datetime(2027, 2, 1, 9, tzinfo=UTC)
POLICY = AuditPolicy()


def released(trader: str = "T1", value: str | None = "100", **changes: object) -> Released:
    facts = {"flow": "import", "importer": trader, "office": "XA1", "day": 20500.0, "id": "c"}
    items = (
        ItemFacts(
            number=1, hs="640391", value=None if value is None else Decimal(value), duty=changes.pop("duty", None)
        ),
    )  # type: ignore[arg-type]
    facts |= {name: changes.pop(name) for name in ("flow", "seller", "office", "day") if name in changes}
    return Released(**{"facts": Facts(items=items, **facts), "lane": "green", **changes})  # type: ignore[arg-type]


def year(*all_released: Released, **before: object) -> TraderYear:
    return work.trader_years(all_released, YEAR, Before(**before), POLICY.sensitive)[0]  # type: ignore[arg-type]


def years(n: int, seed: int = 1) -> list[TraderYear]:
    dice = Random(seed)
    several = [
        released(f"T{k:03d}", str(dice.randint(1, 9999)), duty=Decimal(dice.randint(0, 999)), lane=dice.choice(("blue", "green")),
                 found=dice.choice((None, None, False, True)))
        for k in range(n) for _ in range(dice.randint(1, 4))
    ]  # fmt: skip
    return work.trader_years(several, YEAR, Before(), POLICY.sensitive)


# Trader-years


def test_a_traders_year_adds_up_what_is_known_and_says_what_is_not() -> None:
    one = year(
        released(value="100", duty=Decimal(10), lane="blue", found=True, doubts=2, name="OLD NAME", day=20400.0),
        released(value="50", stake=Decimal(7), duty=Decimal(99), name="NEW NAME"),
        released(value=None, office="XB2", found=False),
        values={"T1": Decimal(50)},
    )
    assert (one.declarations, one.lanes, one.lines) == (3, {"blue": 1, "green": 2}, 3)
    assert (one.value, one.sensitive, one.growth) == (Decimal(150), Decimal(150), 3.0)
    assert (one.money, one.money_unknown) == (Decimal(17), 1)
    assert (one.examined, one.found, one.doubts) == (2, 1, 2)
    assert (one.name, one.office) == ("NEW NAME", "XA1")


def test_unknown_is_not_zero() -> None:
    one = year(released(value=None))
    assert (one.value, one.money, one.growth, one.sensitive_share) == (None, None, None, None)
    assert year(released(duty=Decimal(0))).money == Decimal(0)


def test_an_export_is_its_exporters_and_what_names_no_trader_is_left_out() -> None:
    exported = released(flow="export", seller="S1")
    nobody = msgspec.structs.replace(exported, facts=Facts(id="n", day=1.0, flow="import", seller="S1"))
    assert [one.trader for one in work.trader_years([exported, nobody], YEAR, Before(), ())] == ["S1"]


@pytest.mark.parametrize(
    ("found", "examined", "low", "high"), [(0, 10, 0.0, 0.2130), (1, 10, 0.0228, 0.3484), (5, 10, 0.2693, 0.7307)]
)
def test_the_interval_is_wilsons(found: int, examined: int, low: float, high: float) -> None:
    assert work.interval(found, examined) == pytest.approx((low, high), abs=1e-3)


def test_of_no_examination_nothing_is_known() -> None:
    assert work.interval(0, 0) == (0.0, 1.0)


# Ranking


CLEAN = PastAudit(closed=date(2025, 3, 1), result="compliant")


@pytest.mark.parametrize(
    ("code", "hit", "near"),
    [
        ("released-for-audit", [released(lane="blue")] + [released()] * 19, [released(lane="blue")] + [released()] * 20),
        ("past-findings", [released(found=False)], [released()]),
        ("value-doubts", [released(doubts=1)], [released(doubts=0)]),
    ],
)  # fmt: skip
def test_a_reason_is_given_where_it_holds_and_not_where_it_nearly_does(
    code: str, hit: list[Released], near: list[Released]
) -> None:
    others = [year(released("T9", found=True))]
    assert code in {
        reason.code
        for one in work.rank([year(*hit), *others], POLICY)
        for reason in one.reasons
        if one.year.trader == "T1"
    }
    assert code not in {
        reason.code
        for one in work.rank([year(*near), *others], POLICY)
        for reason in one.reasons
        if one.year.trader == "T1"
    }


def reasons(one: TraderYear) -> dict[str, dict[str, str]]:
    return {reason.code: reason.arguments for reason in work.rank([one], POLICY)[0].reasons}


def test_reasons_stand_strongest_first_and_without_a_weight_there_is_none() -> None:
    one = year(released(lane="blue", doubts=1), values={"T1": Decimal(50)})
    (ranked,) = work.rank([one], POLICY)
    weights = [reason.weight or 0.0 for reason in ranked.reasons]
    assert len(weights) > 2 and weights == sorted(weights, reverse=True)
    unweighted = msgspec.structs.replace(POLICY, weights={"value-doubts": 0.7})
    assert [(each.code, each.weight) for each in work.rank([one], unweighted)[0].reasons] == [("value-doubts", 0.7)]
    assert reasons(one)["released-for-audit"] == {"count": "1", "all": "1"}


def test_sensitive_goods_growth_and_past_audits_are_reasons() -> None:
    assert reasons(year(released()))["sensitive-goods"] == {"percent": "100"}
    assert "sensitive-goods" not in reasons(year(released(value=None)))
    assert reasons(year(released(value="100"), values={"T1": Decimal(50)}))["fast-growth"] == {"times": "2.0"}
    assert "fast-growth" not in reasons(year(released(value="99"), values={"T1": Decimal(50)}))
    assert "never-audited" in reasons(year(released()))
    assert reasons(year(released(), audits={"T1": CLEAN}))["audited-compliant"] == {"day": "2025-03-01"}
    irregular = msgspec.structs.replace(CLEAN, result="irregular")
    assert "audited-irregular" in reasons(year(released(), audits={"T1": irregular}))
    unsure = msgspec.structs.replace(CLEAN, result="not-concluded")
    assert not {"never-audited", "audited-irregular", "audited-compliant"} & set(
        reasons(year(released(), audits={"T1": unsure}))
    )


def test_every_reason_has_its_places_filled_and_its_source() -> None:
    from cocket.control.audit import ranking

    for rule in ranking.RULES:
        assert "Source:" in (rule.__doc__ or "")
    full = year(released(lane="blue", found=True, doubts=1), values={"T1": Decimal(1)}, audits={"T1": CLEAN})
    for reason in work.rank([full, year(released("T2", found=False))], POLICY)[0].reasons:
        assert "{" not in reason.message.format(**reason.arguments)
        assert reason.source


def test_money_and_chance_make_the_order_and_unknown_money_is_not_none() -> None:
    rich, poor = year(released("A", duty=Decimal(1000))), year(released("B", duty=Decimal(10)))
    unknown = year(released("C", duty=None))
    assert [one.year.trader for one in work.rank([poor, unknown, rich], POLICY)] == ["A", "C", "B"]
    found = year(released("D", duty=Decimal(10), found=True))
    assert [one.year.trader for one in work.rank([poor, found], POLICY)] == ["D", "B"]


def test_more_findings_never_lower_the_chance() -> None:
    others = years(30)
    chances = []
    for found in range(6):
        one = year(*([released("X", found=True)] * found), *([released("X", found=False)] * (5 - found)))
        chances.append(next(each.chance for each in work.rank([*others, one], POLICY) if each.year.trader == "X"))
    assert chances == sorted(chances)
    assert all(0 < chance < 1 for chance in chances)


# Plan


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 400), st.integers(0, 60), st.floats(0, 1))
def test_a_plan_never_spends_more_days_than_there_are_nor_audits_twice(
    capacity: int, traders: int, share: float
) -> None:
    policy = AuditPolicy(random_share=share)
    proposals = work.plan(work.rank(years(traders), policy), capacity, SEED, policy)
    assert sum(proposal.days for proposal in proposals) <= capacity
    names = [proposal.ranked.year.trader for proposal in proposals]
    assert len(set(names)) == len(names)
    assert all(0 < proposal.propensity <= 1 for proposal in proposals)


def test_the_part_of_chance_can_be_drawn_again_by_anybody_who_has_the_seed() -> None:
    ranked = work.rank(years(60), POLICY)
    proposals = work.plan(ranked, 100, SEED, POLICY)
    drawn = [proposal for proposal in proposals if proposal.is_random]
    chosen = {proposal.ranked.year.trader for proposal in proposals if not proposal.is_random}
    assert drawn
    rest = {
        one.year.trader: work.trader_number_drawn(SEED, YEAR, one.year.trader)
        for one in ranked
        if one.year.trader not in chosen
    }
    assert [proposal.ranked.year.trader for proposal in drawn] == sorted(rest, key=rest.__getitem__)[: len(drawn)]
    assert {proposal.propensity for proposal in drawn} == {len(drawn) / len(rest)}
    verify_draw(
        SEED,
        commit_seed(SEED),
        f"audit plan {YEAR.name} T001",
        rest.get("T001", draw_number(SEED, f"audit plan {YEAR.name} T001")),
    )
    others = work.plan(ranked, 100, bytes(32), POLICY)
    assert [p for p in others if not p.is_random] == [p for p in proposals if not p.is_random]
    assert [p for p in others if p.is_random] != drawn


def test_the_propensity_of_a_drawn_trader_is_how_often_seeds_draw_him() -> None:
    ranked = work.rank(years(40), POLICY)
    times, propensity, drawn = 0, set(), None
    seeds = [bytes([n % 256, n // 256] * 16) for n in range(600)]
    for seed in seeds:
        picks = [one for one in work.plan(ranked, 60, seed, POLICY) if one.is_random]
        drawn = drawn or picks[0].ranked.year.trader
        propensity |= {one.propensity for one in picks}
        times += any(one.ranked.year.trader == drawn for one in picks)
    assert len(propensity) == 1
    assert times / len(seeds) == pytest.approx(propensity.pop(), abs=0.05)


@pytest.mark.parametrize(
    "wrong", [{"random_share": 1.2}, {"field_share": 0.8, "desk_share": 0.8}, {"lines": 0}, {"desk_days": 0}]
)
def test_a_policy_that_does_not_hold_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(SettingsError) as refused:
        AuditPolicy(**wrong)  # type: ignore[arg-type]
    assert refused.value.problems


# Sample


values = st.one_of(st.none(), st.integers(-2, 3).map(Decimal), st.integers(1, 10**7).map(lambda n: Decimal(n) / 100))
populations = st.lists(st.tuples(st.integers(0, 12), values), max_size=80).map(
    lambda rows: [AuditedLine(consignment=f"c{c:02d}", item=n, value=v) for n, (c, v) in enumerate(rows)]
)


@settings(max_examples=200, deadline=None)
@given(populations, st.integers(1, 40), st.binary(min_size=32, max_size=32))
def test_a_sample_is_as_large_as_asked_for_and_drawn_from_the_lines_alone(
    lines: list[AuditedLine], wanted: int, seed: bytes
) -> None:
    sample = work.draw_sample(lines, wanted, seed)
    names = [one.line.name for one in sample.lines]
    assert len(set(names)) == len(names)
    assert {one.line for one in sample.lines} <= set(lines)
    assert len(names) <= wanted + 1
    assert (
        len(names) == len(lines)
        or len(names) >= min(wanted, len(lines))
        or any(one.stratum == "certain" for one in sample.lines)
    )
    assert all(0 < one.probability <= 1 for one in sample.lines)
    assert set(sample.chances) == {one.line.consignment for one in sample.lines}
    assert all(0 < chance <= 1 + 1e-9 for chance in sample.chances.values())
    assert work.verify_sample(sample, list(reversed(lines)), seed) == sample


def fixed_lines(n: int = 60) -> list[AuditedLine]:
    dice = Random(5)
    values = [None if k % 9 == 0 else Decimal(dice.randint(1, 90_000)) / 100 for k in range(n)]
    return [AuditedLine(consignment=f"c{k // 3:02d}", item=k % 3 + 1, value=value) for k, value in enumerate(values)]


def test_chances_are_how_often_seeds_draw_lines_and_consignments() -> None:
    lines = fixed_lines()
    seeds = [bytes([n % 256, n // 256] * 16) for n in range(3000)]
    line_times: dict[str, int] = {}
    consignment_times: dict[str, int] = {}
    line_chance, consignment_chance = {}, {}
    for seed in seeds:
        sample = work.draw_sample(lines, 12, seed)
        for each in sample.lines:
            line_times[each.line.name] = line_times.get(each.line.name, 0) + 1
            line_chance[each.line.name] = each.probability
        for name, chance in sample.chances.items():
            consignment_times[name] = consignment_times.get(name, 0) + 1
            consignment_chance[name] = chance
    for times, chances in ((line_times, line_chance), (consignment_times, consignment_chance)):
        assert max(abs(times[name] / len(seeds) - chances[name]) for name in times) < 0.035


def test_lines_worth_an_interval_are_always_looked_at() -> None:
    lines = [*fixed_lines(), AuditedLine(consignment="z", item=1, value=Decimal(1_000_000))]
    for n in range(50):
        sample = work.draw_sample(lines, 5, bytes([n] * 32))
        assert [(one.stratum, one.probability) for one in sample.lines if one.line.consignment == "z"] == [
            ("certain", 1.0)
        ]


def test_a_sample_of_other_lines_or_another_seed_does_not_verify() -> None:
    lines = fixed_lines()
    sample = work.draw_sample(lines, 12, SEED)
    dearer = msgspec.structs.replace(lines[1], value=Decimal(5))
    swapped = msgspec.structs.replace(sample, lines=sample.lines[1:])
    luckier = msgspec.structs.replace(sample, chances=dict.fromkeys(sample.chances, 1.0))
    for given_sample, given_lines, seed, code in (
        (sample, lines, bytes(32), "seed-other"),
        (sample, [lines[0], dearer, *lines[2:]], SEED, "population-other"),
        (swapped, lines, SEED, "sample-other"),
        (luckier, lines, SEED, "chances-other"),
    ):
        with pytest.raises(ProofError) as refused:
            work.verify_sample(given_sample, given_lines, seed)
        assert refused.value.code == code


def test_the_estimate_is_right_on_average_over_seeds() -> None:
    lines = fixed_lines()
    owed = {line.name: (line.value or Decimal(0)) / 10 if line.item == 2 else Decimal(0) for line in lines}
    truth = sum(owed.values(), Decimal(0))
    estimates = []
    for n in range(800):
        sample = work.draw_sample(lines, 12, bytes([n % 256, n // 256] * 16))
        whole = work.estimate(sample, {one.line.name: owed[one.line.name] for one in sample.lines})
        assert whole is not None
        estimates.append(whole)
    assert float(sum(estimates, Decimal(0)) / len(estimates)) == pytest.approx(float(truth), rel=0.05)
    assert work.estimate(sample, {}) is None


# Case


def case(state: str = "proposed", **changes: object) -> AuditCase:
    sample = work.draw_sample(fixed_lines(12), 4, SEED)
    begun = sample if state in ("in-progress", "handed-on", "closed") else None
    made = AuditCase(
        trader="T1", period=YEAR, kind="desk", days=5, declarations=4, commitment=commit_seed(SEED), state=state, sample=begun,
        propensity=0.5,
    )  # type: ignore[arg-type]  # fmt: skip
    return msgspec.structs.replace(made, **changes)


def finding(of: AuditCase, place: int = 0, conclusion: str = "conform", **changes: object) -> LineFinding:
    line = of.lines[place].line
    made = LineFinding(consignment=line.consignment, item=line.item, conclusion=conclusion)  # type: ignore[arg-type]
    if conclusion == "irregular":
        made = msgspec.structs.replace(made, differences=(Difference(what="value", declared="100", found="140"),))
    return msgspec.structs.replace(made, **changes)


DO = {
    "plan": lambda one: work.plan_case(one, Plan(auditor="lea", begins=date(2027, 3, 1))),
    "notify": work.notify,
    "start": lambda one: work.start(one, work.draw_sample(fixed_lines(12), 4, SEED)),
    "find": lambda one: work.find(one, finding(case("in-progress"))),
    "disclose": lambda one: work.disclose(one, Disclosure(at=NOW, text="two invoices were left out")),
    "hand-on": work.hand_on,
    "resume": work.resume,
    "close": lambda one: work.close(one, Close(result="not-concluded", recommendation="keep books", seed=SEED), NOW),
    "drop": work.drop,
}
STATES = ("proposed", "planned", "notified", "in-progress", "handed-on", "closed", "dropped")


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("act", ACTS)
def test_an_act_is_done_in_its_states_and_refused_in_all_others(state: str, act: str) -> None:
    before = case(state)
    if state in ACTS[act][0]:
        assert DO[act](before).state == (ACTS[act][1] or state)
        assert act in work.acts_of(before)
    else:
        with pytest.raises(SenderError) as refused:
            DO[act](before)
        assert (refused.value.code, refused.value.found) == ("audit-order", state)


def test_a_suspicion_is_handed_on_and_nothing_is_found_while_it_is() -> None:
    away = work.hand_on(case("in-progress"))
    assert work.acts_of(away) == ("resume",)
    assert work.resume(away).state == "in-progress"


def test_a_sample_drawn_with_another_seed_than_was_committed_to_does_not_start_an_audit() -> None:
    with pytest.raises(SenderError) as refused:
        work.start(case("notified"), work.draw_sample(fixed_lines(12), 4, bytes(32)))
    assert refused.value.code == "audit-seed"
    with pytest.raises(SenderError) as refused:
        work.start(case("notified"), work.draw_sample([], 4, SEED))
    assert refused.value.code == "audit-empty"


def codes(act: object) -> list[str]:
    with pytest.raises(SenderError) as refused:
        act()  # type: ignore[operator]
    return [found.code for found in refused.value.findings]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"consignment": "elsewhere"}, "audit-line"),
        ({"conclusion": "irregular"}, "audit-difference"),
        ({"additional_duty": Amount(Decimal(5), "XAD")}, "audit-traces"),
        ({"conclusion": "not-verified", "penalty": Amount(Decimal(5), "XAD")}, "audit-traces"),
    ],
)
def test_a_finding_that_contradicts_itself_is_refused(changes: dict[str, object], code: str) -> None:
    at_work = case("in-progress")
    assert codes(lambda: work.find(at_work, msgspec.structs.replace(finding(at_work), **changes))) == [code]


@pytest.mark.parametrize(
    ("amount", "code"), [(Amount(Decimal(-1), "XAD"), "audit-amount"), (Amount(Decimal(1), None), "audit-currency")]
)
def test_an_amount_is_not_negative_and_has_a_currency(amount: Amount, code: str) -> None:
    at_work = case("in-progress")
    assert codes(lambda: work.find(at_work, finding(at_work, 0, "irregular", additional_duty=amount))) == [code]


def test_a_line_beside_the_sample_is_taken_where_the_trader_disclosed_it_and_a_later_finding_replaces_an_earlier() -> (
    None
):
    at_work = case("in-progress")
    told = work.find(at_work, finding(at_work, 0, "irregular", consignment="elsewhere", is_disclosed=True))
    again = work.find(work.find(told, finding(told, 0, "irregular")), finding(told, 0))
    assert [(one.consignment, one.conclusion) for one in again.findings] == [
        ("elsewhere", "irregular"),
        (at_work.lines[0].line.consignment, "conform"),
    ]

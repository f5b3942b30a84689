# SPDX-License-Identifier: Apache-2.0
"""Variance, orders, bounds: against published figures and closed forms."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest

from cocket.control import commit_seed
from cocket.errors import CocketError
from cocket.trials.pilots.bounds import harm_now, harm_sequence, obrien_fleming, spent
from cocket.trials.pilots.enough import enough_of, with_periods
from cocket.trials.pilots.estimate import days_effect, shares_effect, wedge_effect
from cocket.trials.pilots.protocol import (
    PilotPlan,
    arm_of,
    canonical_json,
    check_plan,
    check_seed,
    fractions_of,
    power_of,
)
from cocket.trials.pilots.sequences import order_count, wedge_of, wedge_orders, wedge_steps
from cocket.trials.pilots.variance import (
    Spread,
    consignments_per_arm,
    effect_variance,
    smallest_effect,
    spread_of_past,
)
from cocket.trials.pilots.worlds import World, cells_of, wedge_power
from tests.trials.pilots.many import NOW, OFFICES, plan, protocol

SEED = b"0123456789abcdef0123456789abcdef"


def _even(offices: int, steps: int) -> np.ndarray:
    return wedge_of([1 + place % steps for place in range(offices)], steps + 1)


@pytest.mark.parametrize(("offices", "steps"), [(8, 4), (8, 8), (16, 4), (24, 6)])
@pytest.mark.parametrize("size", [20, 200, 5000])
def test_the_variance_is_that_of_hoopers_closed_form(offices: int, steps: int, size: int) -> None:
    icc, cac = 0.01, 0.8
    r = size * icc * cac / (1 + (size - 1) * icc)
    effect = (1 + (size - 1) * icc) * 3 * steps * (1 - r) * (1 + steps * r) / ((steps**2 - 1) * (2 + steps * r))
    due = 4 / (offices * size) * effect
    found = effect_variance(_even(offices, steps), size, Spread(icc=icc, cac=cac))
    assert found == pytest.approx(due, rel=1e-12)


@pytest.mark.parametrize(
    ("offices", "steps", "due"),
    [(8, 4, (2.8, 1.9, 1.6)), (8, 8, (2.0, 1.4, 1.2)), (16, 4, (2.0, 1.3, 1.2)), (24, 6, (1.3, 0.9, 0.8))],
)
def test_smallest_effects_are_those_of_the_table(offices: int, steps: int, due: tuple[float, ...]) -> None:
    spread = Spread(icc=0.01, cac=0.8)
    found = [
        100 * smallest_effect(effect_variance(_even(offices, steps), size, spread, 0.05 * 0.95))
        for size in (200, 1000, 5000)
    ]
    assert found == pytest.approx(due, abs=0.06)


def test_a_design_that_compares_nothing_has_no_end_of_variance() -> None:
    assert math.isinf(effect_variance(np.zeros((8, 5)), 200, Spread()))


def test_decay_and_an_office_that_is_not_there_yet_make_it_less_exact() -> None:
    whole = _even(8, 4)
    late = whole.copy()
    late[2, 0] = np.nan
    spread = Spread(icc=0.02, cac=0.8)
    assert effect_variance(late, 200, spread) > effect_variance(whole, 200, spread)
    assert effect_variance(whole, 200, Spread(icc=0.02, cac=0.8, is_decay=True)) != effect_variance(whole, 200, spread)


@pytest.mark.parametrize("spread", [Spread(icc=-0.1), Spread(icc=1.0), Spread(cac=1.1), Spread(iac=-1)])
def test_a_spread_that_cannot_be_is_refused(spread: Spread) -> None:
    with pytest.raises(CocketError):
        effect_variance(_even(8, 4), 200, spread)


def test_consignments_per_arm_are_those_of_the_table() -> None:
    assert [consignments_per_arm(0.05, one) for one in (0.01, 0.02, 0.05)] == pytest.approx([8155, 2209, 432], abs=1)
    with pytest.raises(CocketError):
        consignments_per_arm(0.05, 0)


def test_the_past_tells_how_alike_outcomes_are() -> None:
    true = Spread(icc=0.03, cac=0.7)
    means = cells_of(World(base=0.2, cell_size=400, spread=true), np.zeros((80, 8)), np.random.default_rng(1))
    told = spread_of_past(means * 400, np.full(means.shape, 400.0))
    assert told.likely.icc == pytest.approx(0.03, abs=0.01)
    assert told.likely.cac == pytest.approx(0.7, abs=0.15)
    assert told.spread.icc > told.likely.icc, "one plans by the pessimistic end"
    assert told.spread.cac < told.likely.cac
    with pytest.raises(CocketError, match="too few"):
        spread_of_past([[1, 2]], [[10, 10]])
    with pytest.raises(CocketError, match="Nothing"):
        spread_of_past([[0, 0]] * 6, [[10, 10]] * 6)


def test_bounds_are_those_published() -> None:
    assert obrien_fleming((0.25, 0.5, 0.75, 1)) == pytest.approx((4.333, 2.963, 2.359, 2.014), abs=5e-4)
    assert obrien_fleming((0.3, 0.55, 1)) == pytest.approx((3.929, 2.808, 1.974), abs=6e-4)
    assert obrien_fleming((1,)) == pytest.approx((1.96,), abs=1e-3)
    assert spent(0, 0.025) == 0
    assert spent(1, 0.025) == pytest.approx(0.025)
    for bad in ((), (0.5, 0.5), (0.5, 0.4), (0.5, 1.1)):
        with pytest.raises(CocketError):
            obrien_fleming(bad)


def test_bounds_err_as_seldom_as_they_say() -> None:
    bounds = np.array(obrien_fleming((0.25, 0.5, 0.75, 1)))
    walk = np.cumsum(np.random.default_rng(3).standard_normal((200_000, 4)) / 2, axis=1) / np.sqrt([0.25, 0.5, 0.75, 1])
    assert (walk >= bounds).any(axis=1).mean() == pytest.approx(0.025, abs=0.0015)
    assert (np.abs(walk) >= 1.96).any(axis=1).mean() > 0.1, "the control: peeking at 1.96 errs far more often"


def test_harm_is_seen_at_any_moment_and_rarely_where_there_is_none() -> None:
    chance = np.random.default_rng(11)
    crossed = {0.0: 0, -0.02: 0}
    for effect in crossed:
        for _ in range(150):
            given = chance.random(20_000) < 0.5
            found = chance.random(20_000) < np.where(given, 0.05 + effect, 0.05)
            mean, radius = harm_sequence(given, found)
            crossed[effect] += bool((mean + radius < 0).any())
    assert crossed[0.0] / 150 <= 0.05
    assert crossed[-0.02] / 150 >= 0.95
    assert harm_now([], []).radius is None
    assert not harm_now([True] * 10, [False] * 10).is_harm, "too early to say"


def test_orders_are_drawn_from_the_seed_and_each_step_is_as_frequent() -> None:
    offices = [f"XA{one}" for one in range(8)]
    steps = wedge_steps(SEED, offices, 4)
    assert steps == wedge_steps(SEED, offices, 4)
    assert sorted(steps[one] for one in offices[:4]) == [1, 2, 3, 4], "each block of neighbours holds every step"
    assert steps != wedge_steps(b"x" * 32, offices, 4)
    assert order_count(8, 4) == 576 == len({tuple(one) for one in wedge_orders(8, 4)})
    assert len(wedge_orders(24, 6)) == 999


def test_an_office_that_a_step_is_left_out_of_is_still_drawn() -> None:
    assert order_count(7, 3) == 6 * 6 * 3 == len({tuple(one) for one in wedge_orders(7, 3)})


def test_a_wedge_without_noise_gives_the_effect_itself() -> None:
    order = [1, 2, 3, 4, 1, 2, 3, 4]
    treated = wedge_of(order, 5)
    offices, periods = np.arange(8)[:, None] * 0.01, np.arange(5) * 0.02
    flat = wedge_effect(0.1 + offices + periods + 0.07 * treated, order, 4, "constant")
    assert flat.value == pytest.approx(0.07)
    since = np.cumsum(treated, axis=1)
    learnt = wedge_effect(0.1 + offices + periods + 0.02 * since, order, 4, "exposure")
    assert learnt.value == pytest.approx(0.02 * np.mean([1, 2, 3, 4])), "the mean over the time since the switch"
    hidden = wedge_effect(0.1 + offices + periods + 0.02 * since, order, 4, "constant")
    assert hidden.value < learnt.value / 2, "a constant effect hides what is learnt"


def test_a_wedge_in_which_nobody_switched_tells_nothing() -> None:
    with pytest.raises(CocketError, match="nothing"):
        wedge_effect(np.full((8, 1), 0.2), [1, 2, 3, 4] * 2, 4)


def test_days_and_consignments_give_the_difference() -> None:
    chance = np.random.default_rng(2)
    treated = (chance.random((4, 60)) < 0.5).astype(float)
    means = 0.1 + 0.05 * treated + np.sin(np.arange(60)) * 0.01
    found = days_effect(means, treated)
    assert found.value == pytest.approx(0.05)
    assert found.p is not None
    assert found.p <= 0.002
    with pytest.raises(CocketError):
        days_effect(means, np.zeros((4, 60)))
    effect = shares_effect((56, 70), (48, 80))  # Newcombe 1998, table II (a), method 10
    assert effect.value == pytest.approx(0.2)
    assert (effect.low, effect.high) == pytest.approx((0.0524, 0.3339), abs=1e-4)
    with pytest.raises(CocketError, match="no consignment"):
        shares_effect((0, 0), (1, 2))


def test_the_power_of_the_simulation_is_below_the_formulas() -> None:
    found = wedge_power(World(base=0.2, effect=0.06, spread=Spread(icc=0.02)), 8, 4, "constant", 300)
    assert 0.55 < found.power < 0.8
    assert found.mean == pytest.approx(0.06, abs=0.01)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"first": date(2026, 1, 1)}, "pilot-late"),
        ({"first": date(2020, 1, 1)}, "pilot-late"),
        ({"offices": ("XA1", "XA2", "XA3", "XA4")}, "pilot-offices"),
        ({"offices": ("XA1",) * 8}, "pilot-offices"),
        ({"offices": ()}, "pilot-offices"),
        ({"periods": 2}, "pilot-steps"),
        ({"periods": 3, "offices": tuple("ABCDEF")}, "pilot-orders"),
        ({"base": 0.0}, "pilot-effect"),
        ({"effect": float("nan")}, "pilot-number"),
        ({"effect": 0.9}, "pilot-effect"),
        ({"stop": ()}, "pilot-stop"),
        ({"stop": plan().stop * 2}, "pilot-stop"),
        ({"looks": (3, 2)}, "pilot-looks"),
        ({"looks": (9,)}, "pilot-looks"),
        ({"title": " "}, "pilot-title"),
        ({"question": "x" * 2001}, "pilot-question"),
        ({"alpha": 0.5}, "pilot-alpha"),
        ({"cell_size": 0}, "pilot-size"),
        ({"design": "shadow", "applies": "host-advice"}, "pilot-applies"),
        ({"spread": Spread(icc=2)}, "pilot-spread"),
    ],
)
def test_a_plan_that_cannot_be_carried_out_is_refused(fields: dict[str, object], code: str) -> None:
    with pytest.raises(CocketError) as refused:
        check_plan(plan(**fields), NOW.date())
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("fields", "says", "field"),
    [
        ({"base": 0.0}, "The share without the treatment must be more than 0 and less than 100 of 100", "base"),
        ({"base": 5.0}, "The share without the treatment must be more than 0 and less than 100 of 100", "base"),
        ({"effect": 0.0}, "The smallest difference worth finding must not be 0 of 100", "effect"),
        ({"effect": 5.0}, "The smallest difference worth finding is too large", "effect"),
        ({"effect": -0.2}, "less than 100 of 100", "effect"),
        ({"looks": (3, 5, 70)}, "A look is planned after period 70, and the last period is 5.", "looks"),
    ],
)
def test_a_refusal_names_the_field_in_the_unit_of_the_form(fields: dict[str, object], says: str, field: str) -> None:
    with pytest.raises(CocketError) as refused:
        check_plan(plan(**fields), NOW.date())
    assert says in refused.value.message
    assert refused.value.pointer == field


def test_a_plan_in_order_is_taken() -> None:
    check_plan(plan(), NOW.date())
    sealed = protocol()
    assert sealed.commitment == commit_seed(b"s" * 32)
    assert canonical_json(sealed) == canonical_json(protocol())
    check_seed(sealed, b"s" * 32)
    with pytest.raises(CocketError, match="committed"):
        check_seed(sealed, b"t" * 32)


def test_arms_follow_from_the_protocol_alone() -> None:
    sealed = protocol()
    early, late = date(2026, 2, 1), date(2026, 6, 20)
    for office in sealed.plan.offices:
        assert arm_of(sealed, SEED, office, early, "one") == "control"
        assert arm_of(sealed, SEED, office, late, "one") == "treated"
    assert arm_of(sealed, SEED, "XB01", early, "one") is None
    assert arm_of(sealed, SEED, None, early, "one") is None
    assert arm_of(sealed, SEED, "XA00", date(2026, 1, 31), "one") is None
    drawn = protocol(plan(design="consignments"))
    arms = [arm_of(drawn, SEED, "XA00", early, str(one)) for one in range(2000)]
    assert arms.count("treated") == pytest.approx(1000, abs=100)
    days = protocol(plan(design="days"))
    assert arm_of(days, SEED, "XA00", early, "one") == arm_of(days, SEED, "XA00", early, "two")
    shadow: PilotPlan = plan(design="shadow")
    assert arm_of(protocol(shadow), SEED, "XA00", early, "one") == "control"


def test_information_in_a_wedge_is_not_the_calendar() -> None:
    sealed = protocol()
    found = dict(fractions_of(sealed.plan, sealed.steps_of))
    assert found[5] == pytest.approx(1)
    assert found[2] < 2 / 5
    assert fractions_of(plan(design="days", looks=(1, 5))) == ((1, 0.2), (5, 1.0))


def test_a_wedge_that_is_too_small_is_told_what_would_do() -> None:
    small = plan(effect=0.03)
    found = enough_of(small)
    assert found is not None and found.effect is not None
    assert found.tried <= 2 * 8 * 200, "a bounded number of pilots"
    power = power_of(plan(effect=found.effect), 200)
    assert power is not None and power.power >= 0.8
    less = power_of(plan(effect=found.effect - 0.0076), 200)
    assert less is not None and less.power < 0.8
    assert found.most_periods == 9
    middle = enough_of(plan(effect=0.05))
    assert middle is not None and middle.periods is not None and 5 < middle.periods <= 9
    enough, fewer = (power_of(with_periods(plan(effect=0.05), middle.periods - one), 200) for one in (0, 1))
    assert enough is not None and enough.power >= 0.8
    assert fewer is not None and fewer.power < 0.8
    assert with_periods(small, 9).looks[-1] == 9
    assert enough_of(plan(design="days")) is None
    down = enough_of(plan(effect=-0.03))
    assert down is not None and down.effect is not None and down.effect < -0.03
    assert (
        enough_of(plan(base=0.97, effect=0.01, offices=OFFICES[:6], periods=7, looks=(7,), cell_size=1)).effect is None
    )

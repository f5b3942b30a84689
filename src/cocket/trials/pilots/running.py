# SPDX-License-Identifier: Apache-2.0
"""A pilot while it runs and when it ends: who was in which arm, what was done, what is missing, and what may be said by now."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

import msgspec
import numpy as np

from cocket.errors import SenderError
from cocket.trials.pilots.bounds import HarmSequence, harm_now, obrien_fleming
from cocket.trials.pilots.estimate import (
    Effect,
    Estimator,
    Looked,
    days_effect,
    days_weights,
    share_interval,
    shares_effect,
    wedge_effect,
    wedge_looked,
    weights_of,
)
from cocket.trials.pilots.protocol import Arm, PilotProtocol, StopCode, StopRule, fractions_of, looks_of, wedge_cells
from cocket.trials.pilots.variance import Array

#: Of a shadow, how consignments came to be examined and what we advised: by the host's own choice or by chance; to examine or not.
SHADOW: Final = ("anyway-advised", "anyway-not", "drawn-advised", "drawn-not")

#: Lanes in which we advise to examine.
_EXAMINE: Final = ("red", "yellow")

#: Consignments of an arm from which rates of it may stop a pilot (count).
FEWEST: Final = 30

#: Consignments of a group below which its figures are not shown (count).
SHOWN: Final = 10


class PilotRow(msgspec.Struct, frozen=True, kw_only=True):
    """A consignment of the pilot.

    Attributes:
        office: Office of declaration.
        day: Day of declaration.
        arm: As assigned, whatever was done.
        is_ordered: Whether an examination was ordered, by us or the host.
        is_examined: Whether it took place.
        is_found: Whether an irregularity was found; None while nobody knows.
        hours: From advice to result; None without.
        size: Group of the trader by size; empty where not known.
        lane: Lane advised.
        done_lane: Lane in which it was handled; None where not known.
        is_overridden: Whether an officer set another lane.
        is_drawn: Whether chance drew it for examination, by our draw or the host's.
        is_drawn_here: Whether it was our draw alone that advised to examine it: its lane tells nothing of what it is like.
    """

    office: str
    day: date
    arm: Arm = "control"
    is_ordered: bool = False
    is_examined: bool = False
    is_found: bool | None = None
    hours: float | None = None
    size: str = ""
    lane: str = ""
    done_lane: str | None = None
    is_overridden: bool = False
    is_drawn: bool = False
    is_drawn_here: bool = False


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen of consignments that are told apart by our advice.

    Attributes:
        name: Of a shadow how they came to be examined and what was advised, of `SHADOW`; of advice held back the lane advised.
        consignments: All (count).
        examined: Of them examined, with a result.
        found: Of them with an irregularity found.
    """

    name: str
    consignments: int = 0
    examined: int = 0
    found: int = 0


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted of some consignments.

    Attributes:
        name: Office, group of traders, or arm.
        period: Period, or day of the pilot, from 0; None of all.
        arm: As assigned.
        consignments: All (count).
        ordered: Of them with an examination ordered.
        examined: Of them examined.
        found: Of them with an irregularity found.
        missing: Ordered, and what came of it is not known.
        overridden: With another lane set by an officer.
        followed: Handled in the lane advised.
        known: Of them those of which the lane of handling is known.
    """

    name: str
    period: int | None = None
    arm: Arm
    consignments: int = 0
    ordered: int = 0
    examined: int = 0
    found: int = 0
    missing: int = 0
    overridden: int = 0
    followed: int = 0
    known: int = 0


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """How long examinations took in an arm, from advice to result (hours): mean, median and 95th percentile; None without any."""

    arm: Arm
    results: int
    mean: float | None = None
    median: float | None = None
    p95: float | None = None


class PilotData(msgspec.Struct, frozen=True, kw_only=True):
    """What a pilot had come to at a moment; sealed with each look, and all that a report is made from.

    Attributes:
        until: Last day of declaration that is counted.
        cells: By office, period (or day) and arm (0..n).
        sizes: By group of traders and arm (0..n).
        waiting: By arm.
        order: Of `consignments`: each in the order of its day: 0 control, 1 treated, plus 2 where something was found.
        left_out: Consignments of the days that took no part, by reason (counts).
        advised: Of a shadow: what was examined anyway and by the draw, by what was advised (0..4).
        held: What was advised and the host was not told, by lane (0..4).
    """

    until: date
    cells: tuple[Count, ...] = ()
    sizes: tuple[Count, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    order: str = ""
    left_out: dict[str, int] = {}
    advised: tuple[Seen, ...] = ()
    held: tuple[Seen, ...] = ()


class ShadowShare(msgspec.Struct, frozen=True, kw_only=True):
    """A share of what was examined that was irregular, in a shadow.

    Attributes:
        name: Of what, of `SHADOW`.
        value: Share (0–1).
        low: Lower end of the interval.
        high: Upper end; 0 to 1 where nothing was examined.
        examined: Of so many (count).
    """

    name: str
    value: float
    low: float
    high: float
    examined: int


class Bound(msgspec.Struct, frozen=True, kw_only=True):
    """A planned look and the bounds that its z is held against.

    Attributes:
        period: Periods after which it is.
        fraction: Share of the information then (0–1).
        benefit: z from which an effect is proven early; None where no order of a wedge is rare enough yet.
        harm: z (negative) from which harm is; likewise.
    """

    period: int
    fraction: float
    benefit: float | None
    harm: float | None


class Fired(msgspec.Struct, frozen=True, kw_only=True):
    """A stop rule, held against what is known.

    Attributes:
        code: Which.
        limit: From where on it stops.
        value: What was found; None where too little is known.
        is_fired: Whether it says stop; None where too little is known.
        person: Who acts on it.
    """

    code: StopCode
    limit: float
    value: float | None = None
    is_fired: bool | None = None
    person: str = ""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What a pilot says at a moment.

    Attributes:
        periods: Whole periods that are counted.
        is_final: Whether it is the end, so that the p of the effect counts; before, the bounds do.
        effect: The primary effect; None while nothing can be said, or of a shadow.
        lack: Why there is none, in words; empty else.
        z: Effect over its error, of the two of `either` the one that stands out more; None likewise.
        p: Two-sided, and counting that earlier looks could have found it: what the verdict of the end rests on; None likewise.
        other: Of a wedge the effect by the other estimator, beside the primary one; None else.
        best: The effect if everything missing had gone the treatment's way; None where nothing is missing.
        worst: The effect if everything missing had gone against it; likewise.
        bound: The bounds of this look, of a wedge as the orders give them; None of a look that was not planned.
        is_proven: Whether the bound of benefit is passed.
        harm: Of `consignments` what may be said of harm at any moment; None else.
        fired: Every stop rule.
        arms: Each arm.
        offices: Effect in each office, difference of shares without more; None where it has one arm alone (0..n).
        sizes: The same by size of trader (0..n).
        shadow: Of a shadow: the share irregular, of each of `SHADOW` (0..4).
        advice: Of a shadow: share irregular where our advice was to examine less the share where it was not, of what the host examined
            anyway; None where one of them is empty.
    """

    periods: int
    is_final: bool
    effect: Effect | None = None
    lack: str = ""
    z: float | None = None
    p: float | None = None
    other: Effect | None = None
    best: float | None = None
    worst: float | None = None
    bound: Bound | None = None
    is_proven: bool = False
    harm: HarmSequence | None = None
    fired: tuple[Fired, ...] = ()
    arms: tuple[Count, ...] = ()
    offices: tuple[tuple[str, Effect | None], ...] = ()
    sizes: tuple[tuple[str, Effect | None], ...] = ()
    shadow: tuple[ShadowShare, ...] = ()
    advice: Effect | None = None

    @property
    def stops(self) -> tuple[Fired, ...]:
        """Rules that say stop (0..n)."""
        return tuple(one for one in self.fired if one.is_fired)


def gather(protocol: PilotProtocol, rows: Iterable[PilotRow], until: date, left_out: dict[str, int]) -> PilotData:
    """Count the consignments of a pilot.

    Args:
        protocol: The protocol.
        rows: Consignments that take part, in the order of their day.
        until: Last day that is counted; later ones are left out.
        left_out: Consignments that take no part, by reason.
    """
    plan = protocol.plan
    cells: dict[tuple[str, int, Arm], Counter[str]] = defaultdict(Counter)
    sizes: dict[tuple[str, Arm], Counter[str]] = defaultdict(Counter)
    hours: dict[Arm, list[float]] = {"treated": [], "control": []}
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    held: dict[str, Counter[str]] = defaultdict(Counter)
    marks = []
    for row in rows:
        period = plan.period_of(row.day)
        if row.day > until or period is None:
            continue
        place = (row.day - plan.first).days if plan.design == "days" else period
        counted = _counted(row)
        cells[row.office, place, row.arm].update(counted)
        sizes[row.size or "unknown", row.arm].update(counted)
        if row.hours is not None:
            hours[row.arm].append(row.hours)
        known = {"consignments": 1, "examined": int(row.is_found is not None), "found": int(bool(row.is_found))}
        if plan.design == "shadow" and row.is_found is not None:
            how = "drawn" if row.is_drawn else "anyway"
            seen[f"{how}-{'advised' if row.lane in _EXAMINE and not row.is_drawn_here else 'not'}"].update(known)
        if plan.applies == "host-advice" and row.arm == "control":
            held[row.lane or "unknown"].update(known)
        if plan.design == "consignments":
            marks.append(str((row.arm == "treated") + 2 * bool(row.is_found)))
    return PilotData(
        until=until,
        cells=tuple(
            Count(name=office, period=period, arm=arm, **counted)
            for (office, period, arm), counted in sorted(cells.items())
        ),
        sizes=tuple(Count(name=name, arm=arm, **counted) for (name, arm), counted in sorted(sizes.items())),
        waiting=tuple(_waiting(arm, hours[arm]) for arm in ("treated", "control")),
        order="".join(marks),
        left_out={name: count for name, count in sorted(left_out.items()) if count},
        advised=tuple(Seen(name=name, **seen[name]) for name in SHADOW if name in seen),
        held=tuple(Seen(name=name, **counted) for name, counted in sorted(held.items())),
    )


def _counted(row: PilotRow) -> dict[str, int]:
    return {
        "consignments": 1,
        "ordered": int(row.is_ordered),
        "examined": int(row.is_examined),
        "found": int(bool(row.is_found)),
        "missing": int(row.is_ordered and row.is_found is None),
        "overridden": int(row.is_overridden),
        "followed": int(row.done_lane is not None and row.done_lane == row.lane),
        "known": int(row.done_lane is not None),
    }


def _waiting(arm: Arm, hours: Sequence[float]) -> Waiting:
    if not hours:
        return Waiting(arm=arm, results=0)
    return Waiting(
        arm=arm,
        results=len(hours),
        mean=float(np.mean(hours)),
        median=float(np.median(hours)),
        p95=float(np.quantile(hours, 0.95)),
    )


def judge(protocol: PilotProtocol, data: PilotData) -> Result:
    """What a pilot says: the analysis that was planned, and every stop rule.

    Args:
        protocol: The newest version of the protocol.
        data: What was counted.
    """
    plan = protocol.plan
    periods = _whole_periods(protocol, data.until)
    arms = _total(data.cells, "treated", "treated"), _total(data.cells, "control", "control")
    is_final = periods >= plan.periods
    effect, other, lack = None, None, ""
    shadow: tuple[ShadowShare, ...] = ()
    advice: Effect | None = None
    best = worst = None
    if plan.design == "shadow":
        lack = "In a shadow nothing was changed, so there is no effect to estimate."
        shadow, advice = _shadow(data, 1 - plan.alpha)
    else:
        try:
            effect = _effect(protocol, data, periods)
            if plan.design == "wedge":
                other = _effect(protocol, data, periods, is_other=True)
        except SenderError as error:
            lack = error.message
        if effect is not None and any(one.missing for one in data.cells):
            best, worst = _bounds_of_missing(protocol, data, periods)
            best, worst = max(best, effect.value), min(worst, effect.value)
    z = effect.value / effect.error if effect is not None and effect.error > 0 else None
    p = effect.p if effect is not None else None
    bound = next((one for one in bounds_of(protocol) if one.period == periods), None)
    is_proven = bool(bound and bound.benefit is not None and z is not None and z >= bound.benefit)
    is_harm = bool(bound and bound.harm is not None and z is not None and z <= bound.harm)
    if plan.design == "wedge" and effect is not None:
        looked = _looked(protocol, data, periods)
        z, p, is_proven, is_harm = looked.z, looked.p, looked.is_proven, looked.is_harm
        if bound is not None:
            bound = msgspec.structs.replace(bound, benefit=looked.benefit, harm=looked.harm)
    harm = None
    if plan.design == "consignments":
        alpha = next((one.limit for one in plan.stop if one.code == "harm"), 0.05)
        harm = harm_now([one in "13" for one in data.order], [one in "23" for one in data.order], alpha, plan.share)
    return Result(
        periods=periods,
        is_final=is_final,
        effect=effect,
        lack=lack,
        z=z,
        p=p,
        other=other,
        best=best,
        worst=worst,
        bound=bound,
        is_proven=is_proven and not is_final,
        harm=harm,
        fired=tuple(_held(rule, data, arms, (z if bound else None, is_harm, harm)) for rule in plan.stop),
        arms=arms,
        offices=_by(plan.measure, data.cells),
        sizes=_by(plan.measure, data.sizes),
        shadow=shadow,
        advice=advice,
    )


def _shadow(data: PilotData, level: float) -> tuple[tuple[ShadowShare, ...], Effect | None]:
    """What a shadow can tell: shares of what was examined that were irregular, by what we advised."""
    seen = {one.name: one for one in data.advised}
    shares = []
    for one in data.advised:
        value, low, high = share_interval(one.found, one.examined, level)
        shares.append(ShadowShare(name=one.name, value=value, low=low, high=high, examined=one.examined))
    up, down = seen.get("anyway-advised"), seen.get("anyway-not")
    if up is None or down is None:
        return tuple(shares), None
    return tuple(shares), shares_effect((up.found, up.examined), (down.found, down.examined), level)


def bounds_of(protocol: PilotProtocol) -> tuple[Bound, ...]:
    """The bounds of every planned look (0..n); O'Brien–Fleming for benefit, a looser one of the same kind for harm."""
    plan = protocol.plan
    looks = fractions_of(plan, protocol.steps_of)
    if not looks or plan.design == "shadow":
        return ()
    fractions = [fraction for _, fraction in looks]
    harm = next((one.limit for one in plan.stop if one.code == "harm"), 0.05)
    benefits, harms = obrien_fleming(fractions, plan.alpha / 2), obrien_fleming(fractions, harm)
    return tuple(
        Bound(period=period, fraction=fraction, benefit=up, harm=-down)
        for (period, fraction), up, down in zip(looks, benefits, harms, strict=True)
    )


def _whole_periods(protocol: PilotProtocol, until: date) -> int:
    plan = protocol.plan
    return min(max((until - plan.first).days + 1, 0) // plan.period_days, plan.periods)


def _outcome(measure: str, one: Count, missing: int | None = None) -> tuple[float, int]:
    """Outcomes and what they are of; `missing` counts what is missing as found (1) or not (0), None as if it were not there."""
    if measure == "examined":
        return one.examined, one.consignments
    found = one.found + (missing or 0) * one.missing
    if measure == "finds":
        return found, one.consignments
    return found, one.examined + (0 if missing is None else one.missing)


def _effect(protocol: PilotProtocol, data: PilotData, periods: int, *, is_other: bool = False) -> Effect:
    plan, level = protocol.plan, 1 - protocol.plan.alpha
    if plan.design == "consignments":
        return _shares(protocol, data, None, None)
    means, treated = _means(protocol, data, periods, None)
    if plan.design == "days":
        return days_effect(means, treated, level=level)
    if not treated.any():
        raise SenderError("No office has switched yet.", code="pilot-nothing")
    other: Estimator = "exposure" if plan.estimator == "constant" else "constant"
    steps_of = [protocol.steps_of[one] for one in plan.offices]
    return wedge_effect(means, steps_of, plan.steps, other if is_other else plan.estimator, level)


def _looked(protocol: PilotProtocol, data: PilotData, periods: int) -> Looked:
    """What the orders that could have been drawn say of a wedge by now."""
    plan = protocol.plan
    means, _ = _means(protocol, data, periods, None)
    looks = [one for one in looks_of(plan, protocol.steps_of) if one[0] <= periods]
    steps_of = [protocol.steps_of[one] for one in plan.offices]
    return wedge_looked(means, steps_of, plan.steps, looks, plan.estimator)


def _shares(protocol: PilotProtocol, data: PilotData, treated: int | None, control: int | None) -> Effect:
    """The difference of the arms, with what is missing filled in each, or left as it is."""
    filled = {"treated": treated, "control": control}
    totals = dict.fromkeys(filled, (0.0, 0))
    for one in data.cells:
        found, of = _outcome(protocol.plan.measure, one, filled[one.arm])
        totals[one.arm] = totals[one.arm][0] + found, totals[one.arm][1] + of
    (up, of_up), (down, of_down) = totals["treated"], totals["control"]
    return shares_effect((int(up), of_up), (int(down), of_down), 1 - protocol.plan.alpha)


def _means(protocol: PilotProtocol, data: PilotData, periods: int, missing: int | None) -> tuple[Array, Array]:
    """Mean of each cell, NaN where there is none, and which cells have the treatment; offices in the order of the plan."""
    plan = protocol.plan
    width = periods if plan.design == "wedge" else plan.period_days * plan.periods
    if width < 1:
        raise SenderError("No whole period is over yet.", code="pilot-nothing")
    place = {name: at for at, name in enumerate(plan.offices)}
    sums, counts = np.zeros((len(place), width)), np.zeros((len(place), width))
    treated = wedge_cells(protocol, width) if plan.design == "wedge" else np.zeros((len(place), width))
    for one in data.cells:
        if one.period is None or one.period >= width or one.name not in place:
            continue
        found, of = _outcome(plan.measure, one, missing)
        sums[place[one.name], one.period] += found
        counts[place[one.name], one.period] += of
        treated[place[one.name], one.period] = one.arm == "treated"
    means: Array = np.full_like(sums, np.nan)
    np.divide(sums, counts, out=means, where=counts > 0)
    return means, treated


def _bounds_of_missing(protocol: PilotProtocol, data: PilotData, periods: int) -> tuple[float, float]:
    """The effect if all that is missing spoke for the treatment, and against it, as far as that is possible.

    In a wedge a cell with the treatment may weigh against it, so each cell is filled by the sign of its own weight. No end goes
    beyond what the cells with the treatment leave room for: without it their share would have been between none and all.
    """
    plan = protocol.plan
    if plan.design == "consignments":
        ends = [_shares(protocol, data, treated, control).value for treated, control in ((1, 0), (0, 1))]
        return max(ends), min(ends)
    low, treated = _means(protocol, data, periods, 0)
    high, _ = _means(protocol, data, periods, 1)
    there = ~np.isnan(low)
    weights = days_weights(low, treated) if plan.design == "days" else weights_of(treated, there, plan.estimator)[there]
    down, up = low[there], high[there]
    best = float(np.where(weights > 0, weights * up, weights * down).sum())
    worst = float(np.where(weights > 0, weights * down, weights * up).sum())
    given = treated[there] > 0
    return min(best, float(up[given].mean())), max(worst, float(down[given].mean()) - 1.0)


def _total(cells: Iterable[Count], arm: Arm, name: str) -> Count:
    names = ("consignments", "ordered", "examined", "found", "missing", "overridden", "followed", "known")
    own = [one for one in cells if one.arm == arm]
    return Count(name=name, arm=arm, **{each: sum(getattr(one, each) for one in own) for each in names})


def _by(measure: str, counts: Sequence[Count]) -> tuple[tuple[str, Effect | None], ...]:
    found = []
    for name in sorted({one.name for one in counts}):
        up, down = (_total([one for one in counts if one.name == name], arm, name) for arm in ("treated", "control"))
        (got, of), (other, others) = _outcome(measure, up), _outcome(measure, down)
        is_enough = min(of, others) >= SHOWN
        found.append((name, shares_effect((int(got), of), (int(other), others)) if is_enough else None))
    return tuple(found)


def _held(
    rule: StopRule,
    data: PilotData,
    arms: tuple[Count, Count],
    looked: tuple[float | None, bool, HarmSequence | None],
) -> Fired:
    """A stop rule, held against what is known; `looked` has z at a planned look, whether harm's bound is passed, its sequence."""
    z, is_harm, harm = looked
    up, down = arms
    value: float | None = None
    is_fired: bool | None = None
    if rule.code == "harm":
        if harm is not None:
            value = None if harm.radius is None else harm.effect + harm.radius
            is_fired = None if harm.radius is None else harm.is_harm
        elif z is not None:
            value, is_fired = z, is_harm
        return Fired(code=rule.code, limit=rule.limit, value=value, is_fired=is_fired, person=rule.person)
    if rule.code == "delay":
        times = {one.arm: one for one in data.waiting}
        one, two = times.get("treated"), times.get("control")
        if one and two and one.p95 is not None and two.p95 is not None and min(one.results, two.results) >= FEWEST:
            value = one.p95 - two.p95
    elif rule.code == "queue":
        value = float(up.missing + down.missing)
    elif rule.code == "overrides" and up.consignments >= FEWEST:
        value = up.overridden / up.consignments
    elif rule.code == "not-examined" and up.ordered >= FEWEST:
        value = (up.ordered - up.examined) / up.ordered
    elif rule.code == "missing" and min(up.ordered, down.ordered) >= FEWEST:
        value = abs(up.missing / up.ordered - down.missing / down.ordered)
    if value is not None:
        is_fired = value >= rule.limit
    return Fired(code=rule.code, limit=rule.limit, value=value, is_fired=is_fired, person=rule.person)

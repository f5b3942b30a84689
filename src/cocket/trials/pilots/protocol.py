# SPDX-License-Identifier: Apache-2.0
"""The protocol of a pilot: everything that is decided before the first day, in one document, so that nobody moves the goal."""

from __future__ import annotations

import hmac
import math
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Final, Literal

import msgspec
import numpy as np
import rfc8785

from cocket.control import commit_seed
from cocket.errors import ProofError, SenderError
from cocket.trials.pilots.bounds import spent
from cocket.trials.pilots.estimate import Estimator
from cocket.trials.pilots.sequences import check_orders, is_consignment_treated, is_day_treated, wedge_of, wedge_steps
from cocket.trials.pilots.variance import Array, Spread, effect_variance
from cocket.trials.pilots.worlds import Power, World, consignments_power, days_power, wedge_power

#: How arms are made. `shadow`: nothing changes anywhere, our advice is compared with what was done. `wedge`: offices switch one
#: after another. `days`: each day in each office is drawn. `consignments`: each consignment is drawn.
Design = Literal["shadow", "wedge", "days", "consignments"]

#: What is measured. `finds`: irregularities found, of all declared. `hits`: of those examined. `examined`: examinations, of all declared.
Measure = Literal["finds", "hits", "examined"]

#: What the treatment does here. `record`: the pilot says who is in which arm, and people do it; how far they did is measured.
#: `host-advice`: where it is not due, the host is not told our advice.
Applies = Literal["record", "host-advice"]

#: What may stop a pilot. `harm`: finds go down. `delay`: the slowest examinations get slower (95th percentile, hours more than
#: without). `not-examined`: orders without a result (share). `overrides`: lanes set otherwise by officers (share). `missing`: results
#: missing in one arm more than in the other (difference of shares). `queue`: orders that wait now (count).
StopCode = Literal["harm", "delay", "not-examined", "overrides", "missing", "queue"]

Arm = Literal["treated", "control"]

#: Bounds of a plan.
MOST_OFFICES: Final = 200
MOST_PERIODS: Final = 60
LONGEST_TEXT: Final = 2_000


class StopRule(msgspec.Struct, frozen=True, kw_only=True):
    """When a pilot is to be stopped.

    Attributes:
        code: What is looked at.
        limit: From which value on; of `harm` the one-sided error that is accepted.
        person: Who acts on it.
    """

    code: StopCode
    limit: float
    person: str = ""


class ProtocolChange(msgspec.Struct, frozen=True, kw_only=True):
    """What a later version changed.

    Attributes:
        at: When, UTC.
        by: Who, all who answer for it.
        fields: What changed (1..n).
        reason: Why.
        is_after_start: Whether the pilot had begun; then the report says so beside its result.
    """

    at: datetime
    by: str
    fields: tuple[str, ...]
    reason: str
    is_after_start: bool


class PilotPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a planner states.

    Attributes:
        title: What the pilot is called.
        question: What is asked, in words.
        treatment: What differs where the treatment is due, in words.
        measure: The primary measure.
        design: How arms are made.
        applies: What the treatment does here.
        offices: Customs offices (1..n); of a wedge largest first where they are to be spread by size.
        first: First day.
        period_days: Days of a period.
        periods: Periods (count); of a wedge one more than its steps.
        share: Chance of the treatment, of `days` and `consignments`.
        base: Share expected without the treatment (0–1).
        effect: Smallest difference worth finding (of the share).
        cell_size: Consignments of an office in a period, as the measure counts them.
        spread: How alike outcomes of an office are.
        basis: Where base, cell size and spread come from, in words.
        estimator: Of a wedge: `either`, `exposure` or `constant`.
        alpha: Two-sided error.
        looks: Periods after which a look is planned, increasing; the last is the end.
        stop: Stop rules (1..n).
        lock_days: Days after the last on which results still count.
        board: Who looks and decides, in words.
        hours: Hours of work a week that it is expected to cost; None where nobody said.
        ethics: Who approved it, and how people are informed; empty prints "not recorded".
        frozen: What does not change while it runs: name → version or digest (0..n).
    """

    title: str
    question: str
    treatment: str
    measure: Measure = "finds"
    design: Design = "wedge"
    applies: Applies = "record"
    offices: tuple[str, ...]
    first: date
    period_days: int = 28
    periods: int = 5
    share: float = 0.5
    base: float = 0.05
    effect: float = 0.03
    cell_size: float = 200
    spread: Spread = Spread()
    basis: str = ""
    estimator: Estimator = "either"
    alpha: float = 0.05
    looks: tuple[int, ...] = ()
    stop: tuple[StopRule, ...] = ()
    lock_days: int = 30
    board: str = ""
    hours: float | None = None
    ethics: str = ""
    frozen: dict[str, str] = {}

    @property
    def last(self) -> date:
        """Last day."""
        return self.first + timedelta(days=self.period_days * self.periods - 1)

    @property
    def locked(self) -> date:
        """Day on which results no longer count: what is missing then is missing."""
        return self.last + timedelta(days=self.lock_days)

    @property
    def steps(self) -> int:
        """Steps of a wedge (count)."""
        return self.periods - 1

    def start_of(self, period: int) -> date:
        """First day of a period, from 0."""
        return self.first + timedelta(days=self.period_days * period)

    def period_of(self, day: date) -> int | None:
        """Period of a day, from 0; None outside the pilot."""
        since = (day - self.first).days
        return since // self.period_days if 0 <= since < self.period_days * self.periods else None


class PilotProtocol(msgspec.Struct, frozen=True, kw_only=True):
    """A plan as it was sealed.

    Attributes:
        id: Its id.
        version: From 1; each change is a version of its own.
        plan: What was planned.
        commitment: SHA-256 of the seed of the draw, as `cocket.control.commit_seed`.
        steps_of: Of a wedge: office → step at which it switches, as drawn; empty else.
        power: What the design finds if the effect is as stated, by simulation; None of `shadow`.
        by: Who planned it.
        sealed: When this version was sealed, UTC.
        changes: What changed since the first version (0..n).
        stopped: When it was stopped, UTC; None while it runs, and where it ended by itself.
        stop_reason: Why it was stopped; empty else.
        stopped_by: Who answers for it; empty else.
        replayed: Day by the calendar that was replayed when it was sealed; None where the calendar was that of the clock.
    """

    id: str
    version: int
    plan: PilotPlan
    commitment: str
    steps_of: dict[str, int] = {}
    power: Power | None = None
    by: str
    sealed: datetime
    changes: tuple[ProtocolChange, ...] = ()
    stopped: datetime | None = None
    stop_reason: str = ""
    stopped_by: str = ""
    replayed: date | None = None


def check_plan(plan: PilotPlan, today: date) -> None:
    """Refuse a plan that cannot be carried out, or that comes too late.

    Raises:
        SenderError: It says what is wrong, in words.
    """
    for name in ("title", "question", "treatment"):
        text = getattr(plan, name)
        if not text.strip() or len(text) > LONGEST_TEXT:
            raise SenderError(f"Say the {name} in at most {LONGEST_TEXT} characters.", code=f"pilot-{name}")
    if plan.first <= today:
        raise SenderError(
            "A pilot is sealed before its first day, and this one begins today or in the past.",
            code="pilot-late",
            expected=f"after {today}",
            found=str(plan.first),
        )
    if not plan.offices or len(set(plan.offices)) != len(plan.offices) or len(plan.offices) > MOST_OFFICES:
        raise SenderError(f"Name each office once, 1 to {MOST_OFFICES} of them.", code="pilot-offices")
    if any(not one.strip() or one != one.strip() or len(one) > 30 for one in plan.offices):
        raise SenderError("An office is named by its code.", code="pilot-offices")
    if not 1 <= plan.period_days <= 366 or not 1 <= plan.periods <= MOST_PERIODS:
        raise SenderError(f"A pilot has 1 to {MOST_PERIODS} periods of 1 to 366 days.", code="pilot-periods")
    if not all(map(math.isfinite, (plan.base, plan.effect, plan.cell_size, plan.share, plan.alpha))):
        raise SenderError("A figure of the plan is not a number.", code="pilot-number")
    _check_effect(plan)
    if not 0.001 <= plan.alpha <= 0.2:
        raise SenderError("Alpha must be between 0.001 and 0.2.", code="pilot-alpha", found=str(plan.alpha))
    if not 0.05 <= plan.share <= 0.95:
        raise SenderError("The chance of the treatment must be 0.05 to 0.95.", code="pilot-share")
    if not 1 <= plan.cell_size <= 1_000_000:
        raise SenderError("An office has 1 to 1,000,000 consignments in a period.", code="pilot-size")
    if not 0 <= plan.lock_days <= 730:
        raise SenderError("Results may come up to 730 days after the last day.", code="pilot-lock")
    if plan.design == "wedge":
        check_orders(len(plan.offices), plan.steps, plan.alpha)
    _check_looks(plan)
    if plan.design == "shadow" and plan.applies != "record":
        raise SenderError("In a shadow nothing is held back: it changes nothing.", code="pilot-applies")
    effect_variance(np.zeros((1, 1)), plan.cell_size, plan.spread)  # refuses a spread that cannot be


def _check_effect(plan: PilotPlan) -> None:
    if not 0 < plan.base < 1:
        raise SenderError(
            "The share without the treatment must be more than 0 and less than 100 of 100; in a plan file it stands between 0 and 1.",
            code="pilot-effect",
            pointer="base",
            found=f"{100 * plan.base:g} of 100",
        )
    if plan.effect == 0:
        raise SenderError(
            "The smallest difference worth finding must not be 0 of 100: a difference of nothing cannot be found.",
            code="pilot-effect",
            pointer="effect",
            found="0",
        )
    if not 0 < plan.base + plan.effect < 1:
        raise SenderError(
            "The smallest difference worth finding is too large: with the share without the treatment it must come to more than 0 and "
            "less than 100 of 100; in a plan file both stand between 0 and 1.",
            code="pilot-effect",
            pointer="effect",
            found=f"{100 * plan.base:g} and {100 * plan.effect:g} of 100",
        )


def _check_looks(plan: PilotPlan) -> None:
    late = [one for one in plan.looks if one > plan.periods]
    if late:
        raise SenderError(
            f"A look is planned after period {late[0]}, and the last period is {plan.periods}.",
            code="pilot-looks",
            pointer="looks",
            expected=f"1 to {plan.periods}",
            found=str(late[0]),
        )
    if list(plan.looks) != sorted(set(plan.looks)) or any(not 1 <= one <= plan.periods for one in plan.looks):
        raise SenderError(
            "Looks are planned after periods, each once, in order, the first after period 1 or later.",
            code="pilot-looks",
            pointer="looks",
            expected=f"1 to {plan.periods}",
        )
    if not plan.stop:
        raise SenderError("A pilot needs at least one rule that stops it.", code="pilot-stop")
    if len({one.code for one in plan.stop}) != len(plan.stop):
        raise SenderError("Each stop rule stands once.", code="pilot-stop")
    for rule in plan.stop:
        top = {"harm": 0.2, "delay": 10_000.0, "queue": 1e9}.get(rule.code, 1.0)
        if not math.isfinite(rule.limit) or not 0 < rule.limit <= top:
            raise SenderError(
                f"The limit of the stop rule {rule.code} must be above 0 and at most {top:g}.",
                code="pilot-stop",
                found=str(rule.limit),
            )


def sealed_plan(plan: PilotPlan, seed: bytes, identity: str, by: str, now: datetime) -> PilotProtocol:
    """The first version of a protocol: the order is drawn, and the power found by simulation.

    Args:
        plan: What was planned; see `check_plan`.
        seed: Of the draw, at least 32 bytes.
        identity: Id of the pilot.
        by: Who planned it.
        now: When, UTC.
    """
    steps_of = wedge_steps(seed, plan.offices, plan.steps) if plan.design == "wedge" else {}
    return PilotProtocol(
        id=identity,
        version=1,
        plan=plan,
        commitment=commit_seed(seed),
        steps_of=steps_of,
        power=power_of(plan),
        by=by,
        sealed=now,
    )


def power_of(plan: PilotPlan, runs: int = 300, effect: float | None = None) -> Power | None:
    """What a design finds by simulation, with the analysis that it is judged by; None of a shadow.

    Args:
        plan: The plan.
        runs: Pilots tried (count).
        effect: The effect there is; None for the smallest worth finding.
    """
    world = World(
        base=plan.base,
        effect=plan.effect if effect is None else effect,
        cell_size=plan.cell_size,
        spread=plan.spread,
    )
    if plan.design == "wedge":
        steps_of = wedge_steps(b"any order has the same share of the information", plan.offices, plan.steps)
        looks = [one for one in looks_of(plan, steps_of) if one[0] < plan.periods]
        return wedge_power(world, len(plan.offices), plan.steps, plan.estimator, runs, alpha=plan.alpha, looks=looks)
    if plan.design == "days":
        days = min(plan.period_days * plan.periods, 120)
        daily = msgspec.structs.replace(world, cell_size=max(plan.cell_size / plan.period_days, 1))
        return days_power(daily, min(len(plan.offices), 30), days, min(runs, 60), alpha=plan.alpha)
    if plan.design == "consignments":
        number = int(plan.cell_size * plan.periods * len(plan.offices))
        return consignments_power(world, number, 1_000, alpha=plan.alpha)
    return None


def arm_of(protocol: PilotProtocol, seed: bytes, office: str | None, day: date | None, consignment: str) -> Arm | None:
    """In which arm a consignment is.

    Args:
        protocol: The newest version of the protocol.
        seed: The committed seed; a wedge has its order in the protocol.
        office: Office of declaration.
        day: Day of declaration.
        consignment: Stable id.

    Returns:
        None of what takes no part: another office, another day, one without office or day, or after the stop.
    """
    plan = protocol.plan
    if office is None or day is None or office not in plan.offices:
        return None
    period = plan.period_of(day)
    if period is None or (protocol.stopped is not None and day > protocol.stopped.date()):
        return None
    if plan.design == "shadow":
        return "control"
    if plan.design == "wedge":
        return "treated" if period >= protocol.steps_of[office] else "control"
    if plan.design == "days":
        return "treated" if is_day_treated(seed, office, day.isoformat(), plan.share) else "control"
    return "treated" if is_consignment_treated(seed, consignment, plan.share) else "control"


def check_seed(protocol: PilotProtocol, seed: bytes) -> None:
    """Refuse a seed that is not the one committed to.

    Raises:
        ProofError: It is another: the key that it comes from was changed, and arms would be others.
    """
    given = commit_seed(seed)
    if not hmac.compare_digest(given, protocol.commitment):
        raise ProofError(
            "The seed of this pilot is not the one that was committed to.",
            code="pilot-seed",
            expected=protocol.commitment,
            found=given,
        )


def wedge_cells(protocol: PilotProtocol, periods: int | None = None) -> Array:
    """Which offices have the treatment in which periods; (n_offices, n_periods)."""
    plan = protocol.plan
    return wedge_of([protocol.steps_of[one] for one in plan.offices], periods or plan.periods)


def fractions_of(plan: PilotPlan, steps_of: dict[str, int] | None = None) -> tuple[tuple[int, float], ...]:
    """Share of the information that each planned look has (period, 0–1); looks that tell nothing yet are left out.

    In a wedge that is not the share of the time: before offices have switched there is nothing to compare.
    """
    if plan.design != "wedge" or not steps_of:
        found = [(one, one / plan.periods) for one in plan.looks]
    else:
        whole = wedge_of([steps_of[one] for one in plan.offices], plan.periods)
        variance = plan.base * (1 - plan.base)
        final = effect_variance(whole, plan.cell_size, plan.spread, variance)
        found = []
        for one in plan.looks:
            now = effect_variance(whole[:, :one], plan.cell_size, plan.spread, variance)
            if math.isfinite(now):
                found.append((one, min(final / now, 1.0)))
    kept: list[tuple[int, float]] = []
    for one, fraction in found:
        if fraction > 0.01 and (not kept or fraction - kept[-1][1] > 1e-4):
            kept.append((one, fraction))
    return tuple(kept)


def looks_of(plan: PilotPlan, steps_of: dict[str, int]) -> tuple[tuple[int, float, float], ...]:
    """Planned looks of a wedge as `wedge_looked` takes them: periods, and what benefit and harm may have spent by then (0–1)."""
    harm = next((one.limit for one in plan.stop if one.code == "harm"), 0.05)
    return tuple(
        (period, spent(fraction, plan.alpha / 2), spent(fraction, harm))
        for period, fraction in fractions_of(plan, steps_of)
    )


def canonical_json(value: msgspec.Struct) -> bytes:
    """A document as canonical JSON, the same bytes for the same content.

    Source: RFC 8785 (JSON Canonicalization Scheme).
    """
    return rfc8785.dumps(msgspec.to_builtins(value))


def digest_of(value: msgspec.Struct) -> str:
    """SHA-256 of the canonical JSON, 64 hexadecimal digits."""
    return sha256(canonical_json(value)).hexdigest()

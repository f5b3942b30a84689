# SPDX-License-Identifier: Apache-2.0
"""The director's figures: what our advice, the host and chance find with the same examinations, from this instance's past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import cast

import msgspec

from cocket.consignment import DayBasis, DeclarationDay, Period, period_of
from cocket.control.counting import one_an_order
from cocket.governance import Principal
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.kept import Kept
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.outcomes import Examined, all_results
from cocket.pipeline.risk.read_past import PastReader
from cocket.risk import Outcome
from cocket.risk.effort import Choice, EqualEffort, RandomShare, by, equal_effort, random_share, readable
from cocket.risk.estimate import Estimate, share
from cocket.stores.base.database import Connection
from cocket.stores.risk.rules import StoredMeasured

#: Results from which an officer's figures are shown (count).
OF_OFFICERS = 30

#: Days that are looked at where nobody says otherwise.
_YEAR = timedelta(days=365)


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """Part of the declarations, compared by itself.

    Attributes:
        name: Its office, lane of the host, or month (`2026-11`); "" for those of which it is not known.
        effort: The three ways at equal effort.
    """

    name: str
    effort: EqualEffort


class OfficerFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What one officer's examinations found; from `OF_OFFICERS` results on.

    Attributes:
        officer: Sign-in name.
        results: Results that say whether something was found (count).
        found: Of them with a find (count).
        share: The same as a share (0–1), with its interval.
    """

    officer: str
    results: int
    found: int
    share: Estimate


class HostDraws(msgspec.Struct, frozen=True, kw_only=True):
    """What the host says that chance chose: on its word, and apart from our sealed draw.

    Attributes:
        drawn: Declarations of which it says so (count).
        examined: Of them with an examination that says whether something was found (count).
        found: Of these with a find (count).
        unknown: Of the examined those whose chance it does not state; they are weighted for nothing (count).
        effort: The three ways at equal effort by its draws alone; None where it states no chance.
    """

    drawn: int
    examined: int
    found: int
    unknown: int
    effort: EqualEffort | None


class FiguresView(msgspec.Struct, frozen=True, kw_only=True):
    """Our advice, the host and chance over some days.

    Attributes:
        since: First day of declaration.
        until: Last day of declaration.
        office: The one office that is spoken of; None for all.
        whole: All declarations together.
        offices: By office of declaration (0..n); these add up to the whole, as lanes and months do.
        lanes: By lane of the host (0..n).
        months: By month of declaration, oldest first (0..n).
        declared: Assessed consignments declared on these days (count).
        bases: Which day of each that is, by `cocket.consignment.declaration_day` → consignments.
        undated: Assessed consignments left out of every period, as no day can be read (count).
        future: Likewise, dated after today (count).
        examined: Consignments declared on these days with an examination that says whether something was found
            (count): those compared, and the next two.
        examined_unknown: Of them left out of the comparison because the chance of their examination is not known (count).
        examined_unscored: Of them left out because no model had scored them (count).
        officers: By officer; None for who may not see that.
        too_few: Officers with fewer results than are shown (count).
        random: What the random share tells; None if nothing was drawn.
        by_host: What the host says that chance chose; None if it says so of nothing.
        currency: Of every amount; None where none or several were told, and then no amount is to be shown.
        is_shadow: Whether every examination was the host's own: then what it did is what it chose.
        unscored: Consignments left out (count): no model had scored them.
        at: When these figures were measured, UTC; they are kept for a while where that took long.
    """

    since: date
    until: date
    office: str | None
    whole: EqualEffort
    offices: tuple[Slice, ...]
    lanes: tuple[Slice, ...]
    months: tuple[Slice, ...]
    declared: int
    bases: dict[DayBasis, int]
    undated: int
    future: int
    examined: int
    examined_unknown: int
    examined_unscored: int
    officers: tuple[OfficerFigures, ...] | None
    too_few: int
    random: RandomShare | None
    by_host: HostDraws | None
    currency: str | None
    is_shadow: bool
    unscored: int
    at: datetime


class EffortFigures(Service):
    """Figures at equal effort, of this instance.

    Args:
        stores: The stores of this process.
        past: Reads what is measured; None for a reader of its own.
    """

    def __init__(self, stores: Stores, past: PastReader | None = None) -> None:
        super().__init__(stores)
        self._past = past or PastReader(stores)
        self._kept: Kept[FiguresView] = Kept()

    def figures(
        self,
        principal: Principal,
        since: date | None = None,
        until: date | None = None,
        *,
        again: bool = False,
        patience: float | None = None,
    ) -> FiguresView:
        """Consignments declared on some days; of his office alone for whoever is bound to one. The look is sealed.

        Args:
            principal: Who asks.
            since: First day of declaration; None for a year before the last.
            until: Last day; None for today.
            again: Whether to measure now, though figures are kept.
            patience: How long to wait for them (seconds); None for as long as it takes.

        Raises:
            PolicyError: The principal may not see statistics.
            StillMeasuringError: It takes longer.
        """
        self._access.require(principal, "stats:read")
        first, last = days_of(since, until)
        sees_officers = self._access.may(principal, "stats:read-officers")
        key = first, last, self._access.reach(principal), principal.office, sees_officers
        at, view = self._kept.get(
            key,
            lambda: self._measured(principal, (first, last), sees_officers=sees_officers, again=again),
            again=again,
            patience=patience,
        )
        with self._stores.database.transaction() as connection:
            self._access.seal(connection, self._access.record(principal, "figures", ()))
        return msgspec.structs.replace(view, at=at)

    def _measured(
        self, principal: Principal, days: tuple[date, date], *, sees_officers: bool, again: bool
    ) -> FiguresView:
        first, last = days
        with self._stores.database.transaction() as connection:
            past = self._past.read(connection, first, self._access.reach(principal), again=again)
            known, outcomes = past.rows, past.examined
            period = declared_between(known, first, last)
            rows = [one for one in known if str(one.consignment) in period.days]
            officers = None
            if sees_officers:
                officers = self._officers(connection, {str(one.consignment) for one in rows}, past.size)
        choices, is_shadow = choices_of(rows, outcomes)
        currencies = {one.currency for one in rows if one.duty and str(one.consignment) in outcomes}
        names = {str(one.consignment): one for one in rows}
        whole, scored = readable(equal_effort(choices)), sum(one.is_examined for one in choices)
        examined = sum(name in outcomes for name in names)
        return FiguresView(
            since=first,
            until=last,
            office=principal.office,
            whole=whole,
            offices=_slices(choices, {name: one.office for name, one in names.items() if one.office}),
            lanes=_slices(choices, {name: one.host_lane for name, one in names.items() if one.host_lane}),
            months=_slices(choices, {name: f"{day:%Y-%m}" for name, day in period.days.items()}),
            declared=len(rows),
            bases=period.bases,
            undated=period.undated,
            future=period.future,
            examined=examined,
            examined_unknown=scored - whole.examinations,
            examined_unscored=examined - scored,
            officers=None if officers is None else tuple(one for one in officers if one.results >= OF_OFFICERS),
            too_few=sum(one.results < OF_OFFICERS for one in officers or ()),
            random=random_share(choices),
            by_host=host_draws(rows, outcomes),
            currency=currencies.pop() if len(currencies) == 1 else None,
            is_shadow=is_shadow,
            unscored=len(rows) - len(choices),
            at=datetime.now(UTC),
        )

    def _officers(self, connection: Connection, consignments: set[str], size: int) -> list[OfficerFigures]:
        counted: dict[str, list[bool]] = {}
        for result in one_an_order(all_results(self._stores, connection, size)).values():
            if result.is_found is not None and result.consignment in consignments and result.officer != "host":
                counted.setdefault(result.officer, []).append(result.is_found)
        told = ((name, finds, share(sum(finds), len(finds))) for name, finds in sorted(counted.items()))
        return [
            OfficerFigures(officer=name, results=len(finds), found=sum(finds), share=rate)
            for name, finds, rate in told
            if rate is not None
        ]


def days_of(since: date | None, until: date | None) -> tuple[date, date]:
    """First and last day that figures are of; without any the year before today."""
    last = until or datetime.now(UTC).date()
    return min(since or last - _YEAR, last), last


def declared_between(rows: Sequence[StoredMeasured], first: date | None, last: date | None) -> Period:
    """Which of some consignments were declared on some days; one rule for every figure."""
    days = ((str(one.consignment), day_of(one)) for one in rows)
    return period_of(days, first, last, datetime.now(UTC).date())


def day_of(one: StoredMeasured) -> DeclarationDay | None:
    """The day of its declaration; None where none can be read."""
    if one.declared_on is None or one.declared_by is None:
        return None
    return DeclarationDay(day=one.declared_on, basis=cast(DayBasis, one.declared_by))


def is_by_host(rows: Sequence[StoredMeasured], outcomes: Mapping[str, Outcome | Examined]) -> bool:
    """Whether every examination was the host's own; not where nothing was examined and no host has told of a lane.

    Args:
        rows: Consignments declared in some time (0..n).
        outcomes: Consignment → its latest examination.
    """
    tells = bool(outcomes) or any(one.host_lane for one in rows)
    return tells and not any(one.propensity is not None for one in outcomes.values())


def choices_of(rows: Sequence[StoredMeasured], outcomes: Mapping[str, Outcome | Examined]) -> tuple[list[Choice], bool]:
    """What this instance assessed, as declarations that might have been examined.

    Where every examination was the host's own, its choice is what was examined. Where our advice led, it is its red lane. Beside
    a host, what it examined because our draw chose it is drawn (`chance_beside_host`); its own reds are known for certain.

    Args:
        rows: Consignments declared in some time (0..n).
        outcomes: Consignment → its latest examination.

    Returns:
        One choice a consignment that a model scored, and whether every examination was the host's own.
    """
    is_shadow = is_by_host(rows, outcomes)
    knows_lanes = any(one.host_lane for one in rows)
    choices = []
    for one in rows:
        if one.score is None:
            continue
        outcome = outcomes.get(str(one.consignment))
        chance = None if is_shadow else one.propensity or None
        if outcome is not None:
            chance = outcome.propensity or (None if is_shadow else _chance_by_host(one))
        choices.append(
            Choice(
                id=str(one.consignment),
                place=f"{one.office or ''} {one.declared_on}",
                score=one.score,
                duty=None,
                is_examined=outcome is not None,
                is_drawn=outcome is not None and outcome.propensity is not None and one.is_random,
                found=bool(outcome and outcome.found),
                recovered=(one.duty or 0.0) if outcome and outcome.found else 0.0,
                chance=chance,
                is_host=None if is_shadow else one.host_lane == "red" if knows_lanes else False,
            )
        )
    return choices, is_shadow


def host_draws(rows: Sequence[StoredMeasured], outcomes: Mapping[str, Outcome | Examined]) -> HostDraws | None:
    """What the host says that chance chose, apart from our sealed draw; None if it says so of nothing.

    Of what it chose the stated chance speaks. Where it states one and the same for all that it drew, that is the chance of
    whatever no rule of its sent to red. Red lanes by its rules, and what was examined for another reason, are known for certain.
    What an officer there chose is left out, as is a draw without a stated chance.

    Args:
        rows: Consignments declared in some time (0..n).
        outcomes: Consignment → its latest examination.
    """
    drawn = [one for one in rows if one.host_random]
    if not drawn:
        return None
    told = [outcomes[str(one.consignment)] for one in drawn if str(one.consignment) in outcomes]
    stated = {one.host_chance for one in drawn if one.host_chance is not None}
    usual = next(iter(stated)) if len(stated) == 1 else None
    choices = [_choice_by_host(one, outcomes.get(str(one.consignment)), usual) for one in rows if one.score is not None]
    return HostDraws(
        drawn=len(drawn),
        examined=len(told),
        found=sum(one.found for one in told),
        unknown=sum(one.host_chance is None and str(one.consignment) in outcomes for one in drawn),
        effort=readable(equal_effort(choices)) if stated else None,
    )


def _choice_by_host(one: StoredMeasured, outcome: Outcome | Examined | None, usual: float | None) -> Choice:
    is_examined = outcome is not None
    chance = one.host_chance or usual
    if one.host_override is not None or (one.host_random and one.host_chance is None):
        chance = None
    elif not one.host_random and (one.host_lane == "red" or is_examined):
        chance = one.host_chance or 1.0
    return Choice(
        id=str(one.consignment),
        place=f"{one.office or ''} {one.declared_on}",
        score=one.score or 0.0,
        duty=None,
        is_examined=is_examined,
        is_drawn=is_examined and bool(one.host_random) and chance is not None,
        found=bool(outcome and outcome.found),
        recovered=(one.duty or 0.0) if outcome and outcome.found else 0.0,
        chance=chance,
    )


def _chance_by_host(one: StoredMeasured) -> float | None:
    """Chance of an examination that a host tells of, and that our draw did not bring about.

    What the host's own lane sends to red it examines whatever we draw, so what it found there is known for certain and speaks for
    nothing else; likewise what it says that its own chance chose, and what our advice was sure of. Of any other nobody knows why
    it was examined.
    """
    if one.host_lane == "red" or one.host_random:
        return 1.0
    return one.propensity if one.lane == "red" and one.propensity == 1.0 else None


def _slices(choices: Sequence[Choice], of: dict[str, str]) -> tuple[Slice, ...]:
    return tuple(Slice(name=name, effort=readable(equal_effort(part))) for name, part in by(choices, of).items())

# SPDX-License-Identifier: Apache-2.0
"""Whether groups of traders are held to the same bar, from this instance's past."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import msgspec

from cocket.codes import country
from cocket.governance import Principal
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.examination_policy import policy_of
from cocket.pipeline.base.kept import Kept
from cocket.pipeline.base.sealed_advice import SealedAdvice
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.outcomes import Examined, examined_until
from cocket.pipeline.risk.effort_figures import days_of, declared_between, is_by_host
from cocket.pipeline.risk.read_past import PastReader, ReadPast
from cocket.risk.fairness import Case, Compared, Dimension, age_of, country_of, fairness, size_of
from cocket.stores.base.database import Connection
from cocket.stores.consignment.marks import Marks
from cocket.stores.risk.rules import RuleHits, StoredMeasured

#: Days that are looked at where nobody says otherwise.
YEAR = timedelta(days=365)

#: Sealed advice read at a time (count).
_BATCH = 2_000


class FairnessView(msgspec.Struct, frozen=True, kw_only=True):
    """Groups of traders over some days.

    Attributes:
        since: First day of declaration.
        until: Last day.
        office: The one office that is spoken of; None for all.
        dimensions: Groups by dimension.
        cases: Assessed consignments declared on these days (count).
        without_trader: Of them those whose importer is not known (count).
        is_shadow: Whether every examination was the host's own: then no score of ours chose, and there is no margin.
        at: When this was measured, UTC.
    """

    since: date
    until: date
    office: str | None
    dimensions: tuple[Compared, ...]
    cases: int
    without_trader: int
    is_shadow: bool
    at: datetime


class FairnessFigures(Service):
    """Groups of traders, of this instance.

    Args:
        stores: The stores of this process.
        past: Reads what is measured; None for a reader of its own.
    """

    def __init__(self, stores: Stores, past: PastReader | None = None) -> None:
        super().__init__(stores)
        self._past = past or PastReader(stores)
        self._kept: Kept[FairnessView] = Kept()

    def fairness(
        self,
        principal: Principal,
        since: date | None = None,
        until: date | None = None,
        *,
        again: bool = False,
        patience: float | None = None,
    ) -> FairnessView:
        """Groups of traders whose consignments were declared on some days. The look is sealed.

        Args:
            principal: Who asks; of his office alone for whoever is bound to one.
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
        reach = self._access.reach(principal)
        key = first, last, reach, principal.office
        at, view = self._kept.get(key, lambda: self._measured(principal, first, last), again=again, patience=patience)
        with self._stores.database.transaction() as connection:
            self._access.seal(connection, self._access.record(principal, "fairness", ()))
        return msgspec.structs.replace(view, at=at)

    def _measured(self, principal: Principal, first: date, last: date) -> FairnessView:
        with self._stores.database.transaction() as connection:
            offices = None if principal.office is None else (principal.office,)
            past = self._past.read(connection, first, offices)
            return _measured(self._stores, connection, (first, last), past, principal.office)


def measure(
    stores: Stores,
    connection: Connection,
    days: tuple[date, date],
    upto: tuple[int, datetime | None],
    office: str | None = None,
) -> FairnessView:
    """Groups of traders, as far as a part of the book tells.

    Args:
        stores: The stores.
        connection: The transaction.
        days: First and last day of declaration.
        upto: Index of the first leaf that no longer counts, and when the last that does was sealed, UTC; None for now.
        office: Of this office alone; None for all.
    """
    end = upto[1] or datetime.now(UTC)
    known = RuleHits().measured(connection, days[0], None if office is None else (office,))
    rows = tuple(one for one in known if one.made <= end)
    past = ReadPast(rows, examined_until(stores, connection, upto[0] - 1), upto[0])
    return _measured(stores, connection, days, past, office)


def _measured(
    stores: Stores, connection: Connection, days: tuple[date, date], past: ReadPast, office: str | None
) -> FairnessView:
    known, outcomes = past.rows, past.examined
    inside = declared_between(known, *days).days
    rows = [one for one in known if str(one.consignment) in inside]
    is_shadow = is_by_host(rows, outcomes)
    importers = Marks().importers(connection, [one.consignment for one in rows])
    bars = {} if is_shadow else _bars(stores, connection, [one for one in rows if _is_chosen(one, outcomes)])
    begun = Marks().first_day(connection)
    cases = _cases(rows, outcomes, (importers, begun), bars, is_shadow=is_shadow)
    return FairnessView(
        since=days[0],
        until=days[1],
        office=office,
        dimensions=fairness(cases),
        cases=len(rows),
        without_trader=sum(one.consignment not in importers for one in rows),
        is_shadow=is_shadow,
        at=datetime.now(UTC),
    )


def _is_chosen(one: StoredMeasured, outcomes: Mapping[str, Examined]) -> bool:
    return one.lane == "red" and not one.is_random and str(one.consignment) in outcomes


def _bars(stores: Stores, connection: Connection, chosen: Sequence[StoredMeasured]) -> dict[UUID, float | None]:
    """Of consignments that their score chose, what was required of it; None where duty was weighed with it."""
    is_plain = not policy_of(stores.settings).usual.revenue_weight
    found: dict[UUID, float | None] = {}
    for start in range(0, len(chosen), _BATCH):
        ids = [one.consignment for one in chosen[start : start + _BATCH]]
        advised = {one.id: one.consignment for one in stores.orders.assessed(connection, ids).values()}
        for record, (_, body) in stores.leaves.bodies(connection, list(advised)).items():
            advice = msgspec.json.decode(body, type=SealedAdvice)
            if advice.why == "score":
                found[advised[record]] = advice.threshold if is_plain else None
    return found


def _cases(
    rows: Sequence[StoredMeasured],
    outcomes: Mapping[str, Examined],
    traders: tuple[Mapping[UUID, tuple[str, date]], date | None],
    bars: Mapping[UUID, float | None],
    *,
    is_shadow: bool,
) -> list[Case]:
    importers, begun = traders
    knows_lanes = any(one.host_lane for one in rows)
    lodged = Counter(importers[one.consignment][0] for one in rows if one.consignment in importers)
    cases = []
    for one in rows:
        outcome = outcomes.get(str(one.consignment))
        groups: dict[Dimension, str] = {"office": one.office or ""}
        trader, since = importers.get(one.consignment, (None, None))
        if trader is not None and since is not None:
            known = max(0, ((one.declared_on or one.made.date()) - since).days)
            groups["size"] = size_of(lodged[trader])
            groups["age"] = age_of(known, (since - (begun or since)).days)
            groups["country"] = country_of(trader, _is_country)
        if is_shadow:
            is_chosen = one.host_lane == "red" if knows_lanes else outcome is not None
        else:
            is_chosen = one.lane == "red" and not one.is_random
        cases.append(
            Case(
                groups=groups,
                trader=trader,
                score=one.score,
                bar=bars.get(one.consignment),
                is_chosen=is_chosen,
                by_score=one.consignment in bars,
                is_examined=outcome is not None,
                is_drawn=outcome is not None and outcome.propensity is not None and one.is_random,
                found=bool(outcome and outcome.found),
                chance=outcome.propensity if outcome else None if is_shadow else one.propensity or None,
            )
        )
    return cases


def _is_country(letters: str) -> bool:
    found = country(letters)
    return found is not None and found.alpha2 == letters

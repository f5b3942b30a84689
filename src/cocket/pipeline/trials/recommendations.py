# SPDX-License-Identifier: Apache-2.0
"""The ledger of recommendations: made, decided on, and measured by what was measured on the day that was named beforehand.

Policy actions: `lesson:read`, `lesson:keep`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import msgspec

from cocket.errors import SenderError
from cocket.governance import Principal, Resource
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.document_files import DocumentFiles, file_id
from cocket.pipeline.base.ids import new_id
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.trials.house_figures import HouseFigures
from cocket.stores.base.database import Connection
from cocket.trials.lessons.card import TRIALS, USE_CASE
from cocket.trials.lessons.recommendations import (
    RECOMMENDATION,
    Calibration,
    Decision,
    NewRecommendation,
    Recommendation,
    calibration_of,
    checked_recommendation,
    decided,
    due_forecast,
    judged,
)
from cocket.trials.lessons.sharing import TAKEN

#: Recommendations that are kept at most (count).
MOST: Final = 2_000

#: Kinds of documents that a recommendation may rest on.
_EVIDENCE: Final = (USE_CASE, TAKEN, *TRIALS)


class RecommendationLedger(msgspec.Struct, frozen=True, kw_only=True):
    """Every recommendation, last changed first (0..n), and how well forecasts are made."""

    recommendations: tuple[Recommendation, ...]
    calibration: Calibration


class Recommendations(Service):
    """Making, deciding on and judging recommendations.

    Args:
        stores: The stores of this process.
        figures: Measures what the house holds.
    """

    def __init__(self, stores: Stores, figures: HouseFigures) -> None:
        super().__init__(stores)
        self._figures = figures
        self._files = DocumentFiles(stores)

    def ledger(self, principal: Principal) -> RecommendationLedger:
        """Every recommendation; the look is sealed.

        Raises:
            PolicyError: The principal may not.
        """
        self._access.require(principal, "lesson:read", Resource())
        with self._stores.database.transaction() as connection:
            every = self._files.every(connection, RECOMMENDATION, Recommendation)
            self._access.seal(connection, self._access.record(principal, "recommendations", ("ledger",)))
        return RecommendationLedger(recommendations=every, calibration=calibration_of(every))

    def recommendation(self, principal: Principal, recommendation_id: str) -> Recommendation:
        """One recommendation; the look is sealed.

        Raises:
            NotFoundError: There is none.
            PolicyError: The principal may not.
        """
        self._access.require(principal, "lesson:read", Resource())
        with self._stores.database.transaction() as connection:
            found = self._one(connection, recommendation_id)
            self._access.seal(connection, self._access.record(principal, "recommendations", (found.id,)))
        return found

    def recommend(self, principal: Principal, new: NewRecommendation) -> Recommendation:
        """Make a recommendation; neither it nor its forecast is changed afterwards.

        Raises:
            PolicyError: The principal may not.
            SenderError: It cannot be kept as it is, or a document that it rests on is not there.
        """
        self._access.require(principal, "lesson:keep", Resource())
        checked = checked_recommendation(new, self._figures.today())
        with self._stores.database.transaction() as connection:
            self._stores.case_files.lock(connection, RECOMMENDATION)
            if len(self._files.every(connection, RECOMMENDATION, Recommendation)) >= MOST:
                raise SenderError(f"There are {MOST} recommendations already.", code="advice-most")
            for name in checked.evidence:
                places = [file_id(kind, name) for kind in _EVIDENCE]
                if all(self._stores.case_files.get(connection, one) is None for one in places):
                    raise SenderError(
                        f"There is no use case or pilot {name}.", code="advice-evidence", pointer="evidence", found=name
                    )
            made = Recommendation(
                **{name: getattr(checked, name) for name in NewRecommendation.__struct_fields__},
                id=str(new_id()),
                by=principal.id,
                at=datetime.now(UTC),
            )
            self._keep(connection, principal, made)
        return made

    def decide(self, principal: Principal, recommendation_id: str, decision: Decision, reason: str) -> Recommendation:
        """Accept, decline or withdraw a recommendation; what was decided before stays beside it.

        Raises:
            NotFoundError: There is none.
            PolicyError: The principal may not.
            SenderError: No reason is given, or the same holds already.
        """
        self._access.require(principal, "lesson:keep", Resource())
        with self._stores.database.transaction() as connection:
            known = self._one(connection, recommendation_id, to_change=True)
            made = decided(known, decision, reason, (principal.id, datetime.now(UTC)))
            self._keep(connection, principal, made)
        return made

    def judge(self, principal: Principal, recommendation_id: str) -> Recommendation:
        """Measure what was forecast, once its day has come; the answer stands for good.

        Raises:
            NotFoundError: There is none.
            PolicyError: The principal may not.
            SenderError: Nothing was forecast, its day has not come, or it was judged already.
        """
        self._access.require(principal, "lesson:keep", Resource())
        with self._stores.database.transaction() as connection:
            forecast = due_forecast(self._one(connection, recommendation_id), self._figures.today())
        measured = self._figures.measure(principal, (forecast.measure,), forecast.since, forecast.until)
        with self._stores.database.transaction() as connection:
            known = self._one(connection, recommendation_id, to_change=True)
            who = principal.id, datetime.now(UTC)
            made = judged(known, measured[forecast.measure], self._figures.today(), who)
            self._keep(connection, principal, made)
        return made

    def _one(self, connection: Connection, name: str, *, to_change: bool = False) -> Recommendation:
        found = self._files.read(connection, RECOMMENDATION, name, Recommendation, to_change=to_change)
        if found is None:
            raise NotFoundError("There is no such recommendation.")
        return found

    def _keep(self, connection: Connection, principal: Principal, made: Recommendation) -> None:
        self._files.keep(connection, RECOMMENDATION, made.id, (made, principal), made.state)

# SPDX-License-Identifier: Apache-2.0
"""The self-assessment of the house: answers kept as a sealed document, figures measured at each look, and the plan that follows.

Policy actions: `lesson:read`, `lesson:keep`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

import msgspec

from cocket.governance import Principal, Resource
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.document_files import DocumentFiles
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.trials.house_figures import HouseFigures
from cocket.stores.base.database import Connection
from cocket.trials.lessons.card import Cost, checked_cost
from cocket.trials.readiness.assessment import READINESS, Answer, Readiness, checked_answer, plan_of, standings_of
from cocket.trials.readiness.export import ReadinessView
from cocket.trials.readiness.questions import QUESTIONS, question_of

#: Days back that figures are measured over.
DAYS: Final = 90

_NAME: Final = Readiness().name
_MEASURES: Final = tuple(dict.fromkeys(name for one in QUESTIONS for name in one.measures))


class ReadinessDesk(Service):
    """Answering, costing and looking at the self-assessment.

    Args:
        stores: The stores of this process.
        figures: Measures what the house holds.
    """

    def __init__(self, stores: Stores, figures: HouseFigures) -> None:
        super().__init__(stores)
        self._figures = figures
        self._files = DocumentFiles(stores)

    def standing(self, principal: Principal) -> ReadinessView:
        """How each question stands, measured over the last 90 days, and the plan; the look is sealed.

        Raises:
            PolicyError: The principal may not.
        """
        self._access.require(principal, "lesson:read", Resource())
        today = self._figures.today()
        measured = self._figures.measure(principal, _MEASURES, today - timedelta(days=DAYS - 1), today)
        with self._stores.database.transaction() as connection:
            known = self._known(connection)
            self._access.seal(connection, self._access.record(principal, "readiness", (_NAME,)))
        standings = standings_of(known, measured)
        return ReadinessView(
            administration=self._stores.settings.administration,
            revision=known.revision,
            changed=known.at,
            measured=datetime.now(UTC),
            standings=standings,
            plan=plan_of(standings, known.costs),
        )

    def answer(
        self, principal: Principal, question: str, level: int, evidence: str, on: date | None = None
    ) -> Readiness:
        """Answer a question, in place of the answer before; earlier ones stay sealed.

        Args:
            principal: Who answers.
            question: Its id.
            level: 0 to 4.
            evidence: What the answer rests on; needed for every level above 0.
            on: Day on which that was seen; None for today.

        Raises:
            PolicyError: The principal may not.
            SenderError: The answer cannot be kept.
        """
        self._access.require(principal, "lesson:keep", Resource())
        now, today = datetime.now(UTC), self._figures.today()
        seen = on or today
        words = checked_answer(question, level, evidence, seen, today)
        with self._stores.database.transaction() as connection:
            known = self._known(connection, to_change=True)
            made = Answer(level=level, evidence=words, on=seen, by=principal.id, at=now)
            answers = dict(sorted({**known.answers, question: made}.items()))
            return self._keep(connection, principal, msgspec.structs.replace(known, answers=answers), now)

    def set_cost(self, principal: Principal, question: str, cost: Cost | None) -> Readiness:
        """Say what the step for a question would cost, as a range; None where that is not known any more.

        Raises:
            PolicyError: The principal may not.
            SenderError: There is no such question, or the range is none.
        """
        self._access.require(principal, "lesson:keep", Resource())
        question_of(question)
        kept = None if cost is None else checked_cost(cost)
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            known = self._known(connection, to_change=True)
            others = {name: one for name, one in known.costs.items() if name != question}
            costs = dict(sorted({**others, **({question: kept} if kept else {})}.items()))
            return self._keep(connection, principal, msgspec.structs.replace(known, costs=costs), now)

    def _known(self, connection: Connection, *, to_change: bool = False) -> Readiness:
        if to_change:
            self._stores.case_files.lock(connection, READINESS)
        found = self._files.read(connection, READINESS, _NAME, Readiness, to_change=to_change)
        return found if found is not None else Readiness()

    def _keep(self, connection: Connection, principal: Principal, changed: Readiness, now: datetime) -> Readiness:
        made = msgspec.structs.replace(changed, revision=changed.revision + 1, by=principal.id, at=now)
        self._files.keep(connection, READINESS, _NAME, (made, principal))
        return made

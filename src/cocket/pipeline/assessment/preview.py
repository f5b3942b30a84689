# SPDX-License-Identifier: Apache-2.0
"""Advice without lodging: for a host that wants to know before it decides. Nothing is kept but that it was asked."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from hashlib import sha256
from threading import Lock

from cocket import standards
from cocket.control import Candidate, Selection, links_of_declaration, select
from cocket.findings import Finding
from cocket.governance import Principal, disclose
from cocket.model import Declaration, Envelope
from cocket.pipeline.assessment.advice_steps import reason_views
from cocket.pipeline.assessment.worker_state import WorkerState
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.examination_policy import policy_of
from cocket.pipeline.base.ids import new_id
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.control.exploration import control_state
from cocket.pipeline.control.views import AdviceView
from cocket.pipeline.risk.hubs import hubs_in_use
from cocket.pipeline.risk.intelligence import named_by
from cocket.risk import Assessment, Case, assess, day_number, explain, facts_of
from cocket.standards import Options
from cocket.stores.base.database import Connection
from cocket.stores.ledger.leaves import ASSESSMENT_PLACE

#: How old the analysts' knowledge may be.
_FRESH_SECONDS = 60.0


class Preview(Service):
    """Advising ahead.

    Args:
        shelves: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._analysts = WorkerState(stores)
        self._one_at_a_time = Lock()
        self._asked = float("-inf")

    def assess_only(self, principal: Principal, envelope: Envelope) -> AdviceView | tuple[Finding, ...]:
        """What would be advised on a declaration if it were lodged now; the random share is left out.

        Args:
            principal: Who asks.
            envelope: The declaration.

        Returns:
            The advice, or the findings (1..n) for which it would be refused or could not be assessed.

        Raises:
            PolicyError: The principal may not know advice.
        """
        self._access.require(principal, "assessment:read")
        reading = standards.read(envelope.content, Options(profile=envelope.profile))
        if reading.outcome == "refused":
            return reading.findings
        if len(reading.readings) > 1:
            return (_several(len(reading.readings)),)
        if not isinstance(reading.document, Declaration):
            return (Finding(code="not-a-declaration", severity="error", message="only a declaration can be assessed"),)
        now = datetime.now(UTC)
        made, links = new_id(), frozenset(links_of_declaration(reading.document))
        with self._one_at_a_time, self._stores.database.transaction() as connection:
            self._remember(connection)
            hit = named_by(self._stores, connection, {made: links}, now).get(made)
            case = Case(
                facts=hubs_in_use(self._stores, connection).without(facts_of(reading.document, str(made), now)),
                intelligence=hit.reports if hit else (),
                intelligence_lane=hit.lane if hit else None,
            )
            champion = self._analysts.speakers.champion
            assessment = self._assess(case, now)
            assessment = explain(assessment, champion)
            selection = self._select(connection, reading.document.office.code or "", assessment, case)
            asked = {"content": sha256(envelope.content).hexdigest(), "lane": selection.lane, "who": principal.id}
            record = self._stores.sealer.record("advice-ahead", principal.id, asked)
            index = self._access.seal(connection, record)[0]
        advice = _view(assessment, selection, (str(record.leaf.record), index), now)
        return disclose(principal, "advice", advice)

    def _remember(self, connection: Connection) -> None:
        """Bring model and history up to date, now and then, and whenever the worker has written its own down."""
        if time.monotonic() - self._asked > _FRESH_SECONDS or self._analysts.has_moved:
            place = self._stores.places.get(connection, ASSESSMENT_PLACE)
            self._analysts.open_to_read(connection, int(place) if place is not None else -1)
            self._asked = time.monotonic()

    def _assess(self, case: Case, now: datetime) -> Assessment:
        """Assess a case as of now; what comes next is not held to have come after it."""
        history = self._analysts.history
        day = history.day
        try:
            return assess([case], history, self._analysts.speakers.champion, day_number(now))[0]
        finally:
            history.day = day
            self._analysts.rest()

    def _select(self, connection: Connection, office: str, assessment: Assessment, case: Case) -> Selection:
        """A lane on a copy of today's state, so that nobody's place is taken."""
        state = control_state(self._stores, connection)
        candidate = Candidate(
            consignment=assessment.id,
            office=office,
            flow=case.facts.flow,
            day=datetime.now(UTC).date(),
            score=assessment.score,
            duty=None if case.facts.duty is None else float(case.facts.duty),
            rules=assessment.rules,
            degraded=assessment.degraded,
            intelligence=case.intelligence_lane,
        )
        policy = policy_of(self._stores.settings).without_chance()
        return select([candidate], state, policy, bytes(32))[0]


def _view(assessment: Assessment, selection: Selection, sealed: tuple[str, int], now: datetime) -> AdviceView:
    record, index = sealed
    return AdviceView(
        assessment_id=record,
        index=index,
        made=now,
        lane=selection.lane,
        score=None if assessment.degraded else assessment.score,
        is_random=False,
        propensity=selection.propensity,
        is_degraded=assessment.degraded,
        reasons=reason_views(assessment),
        features=assessment.features,
        shortfall=assessment.shortfall,
        families=assessment.families,
        model_version=assessment.model_version,
        rules_version=assessment.rules_version,
        is_query=selection.is_query,
        asked_by=selection.asked_by,
        delay_minutes=selection.delay_minutes,
    )


def _several(count: int) -> Finding:
    """What whoever asks ahead with a file of several messages is told: one answer has room for one advice."""
    return Finding(
        code="several-messages",
        severity="error",
        message="the file has {found} messages, and one declaration at a time is assessed ahead; send each alone",
        expected="1",
        found=str(count),
    )

# SPDX-License-Identifier: Apache-2.0
"""Self-assessments: a trader answers theme by theme, sees what is missing, and submits to customs. Each change is sealed.

Customs sees one only once it is submitted, and then as it was submitted. Policy actions: `self-assessment:keep` of the trader, by
his own right and not by a mandate; `standing:read` of officers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from cocket.control.self_assessment import (
    SELF_ASSESSMENT,
    MeasuredFacts,
    SelfAnswer,
    SelfAssessment,
    check_answers,
    missing_of,
    questions_of,
)
from cocket.errors import SenderError
from cocket.governance import Principal, Resource
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.document_files import DocumentFiles, Place, file_id, read_body
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.marks import value_of
from cocket.stores.base.database import Connection

#: Over how many days what a trader sent is counted.
DAYS: Final = 365

#: What was submitted, kept beside what is being changed.
SUBMITTED: Final = "self-assessment-submitted"


class OwnAssessment(msgspec.Struct, frozen=True, kw_only=True):
    """A trader's self-assessment as he sees it.

    Attributes:
        assessment: The answers; empty ones where nothing was answered yet.
        missing: Ids of questions without a whole answer (0..n).
        facts: What the house knows of his own messages today.
    """

    assessment: SelfAssessment
    missing: tuple[str, ...]
    facts: MeasuredFacts


class SelfAssessments(Service):
    """Keeping self-assessments.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._files = DocumentFiles(stores)

    def own_assessment(self, principal: Principal, sender: str = "") -> OwnAssessment:
        """One's own, with what is missing; the look is sealed.

        Args:
            principal: The trader.
            sender: About which of his senders; empty for the only one.

        Raises:
            PolicyError: He does not act for it by his own right.
            SenderError: No sender is named and there are several.
        """
        with self._stores.database.transaction() as connection:
            trader = self._own(principal, sender)
            view = self._view(connection, self._read(connection, trader) or _empty(trader))
            look = self._access.record(principal, "own self-assessment", (str(file_id(SELF_ASSESSMENT, trader)),))
            self._access.seal(connection, look)
        return view

    def answer(
        self, principal: Principal, theme: str, answers: Mapping[str, SelfAnswer], sender: str = ""
    ) -> OwnAssessment:
        """Put the answers of one theme in the place of those before; what was submitted stays with customs as it is.

        Raises:
            PolicyError: As for `own_assessment`.
            SenderError: There is no such theme, or an answer does not hold; `findings` say why.
        """
        trader = self._own(principal, sender)
        asked = {one.id for one in questions_of(theme)}
        findings = check_answers(theme, answers)
        if findings:
            raise SenderError("The answers cannot be kept so.", code="assessment-answers", findings=findings)
        given = {name: one for name, one in answers.items() if one != SelfAnswer()}
        with self._stores.database.transaction() as connection:
            before = self._read(connection, trader, to_change=True) or _empty(trader)
            kept = {name: one for name, one in before.answers.items() if name not in asked}
            if {**kept, **given} == before.answers:
                return self._view(connection, before)
            made = SelfAssessment(trader=trader, answers=dict(sorted({**kept, **given}.items())), changed=_now())
            self._keep(connection, made, principal)
            return self._view(connection, made)

    def submit(self, principal: Principal, sender: str = "") -> OwnAssessment:
        """Give it to customs, with what is measured today.

        Raises:
            PolicyError: As for `own_assessment`.
            SenderError: Questions are not answered (`assessment-missing`), or it was submitted and has not changed since.
        """
        trader = self._own(principal, sender)
        with self._stores.database.transaction() as connection:
            before = self._read(connection, trader, to_change=True) or _empty(trader)
            missing = missing_of(before.answers)
            if missing:
                raise SenderError(
                    "Answer all questions before you submit.", code="assessment-missing", found=", ".join(missing)[:200]
                )
            if before.submitted is not None:
                raise SenderError(
                    "It was submitted before, and nothing has changed since.", code="assessment-submitted"
                )
            facts = self._facts(connection, trader)
            made = msgspec.structs.replace(before, submitted=_now(), facts=facts)
            self._keep(connection, made, principal)
            return self._view(connection, made)

    def submitted_by(self, principal: Principal, trader: str) -> SelfAssessment | None:
        """What a trader submitted last, for officers; the look is sealed. None if there is nothing.

        Args:
            principal: The officer.
            trader: Number or name of the trader, in any form.

        Raises:
            PolicyError: The principal may not see standings.
        """
        with self._stores.database.transaction() as connection:
            self._access.require(principal, "standing:read")
            key = ("trader", value_of(trader))
            files = self._stores.case_files.found_by(connection, SUBMITTED, [key]).get(key, [])
            if not files:
                return None
            look = self._access.record(principal, "self-assessment", (str(files[-1].id),))
            self._access.seal(connection, look)
            return read_body(files[-1], SelfAssessment)

    def _own(self, principal: Principal, sender: str) -> str:
        own = sorted({one for one in principal.senders if one not in principal.clients})
        mine = [one for one in own if self._access.may(principal, "self-assessment:keep", Resource(sender=one))]
        if not mine or (sender and sender not in mine):
            self._access.require(
                msgspec.structs.replace(principal, senders=tuple(own)),
                "self-assessment:keep",
                Resource(sender=sender or None),
            )
        if not sender and len(mine) != 1:
            raise SenderError("Say for whom it is.", code="assessment-sender", expected=", ".join(mine)[:200])
        return sender or mine[0]

    def _read(self, connection: Connection, trader: str, *, to_change: bool = False) -> SelfAssessment | None:
        return self._files.read(connection, SELF_ASSESSMENT, trader, SelfAssessment, to_change=to_change)

    def _view(self, connection: Connection, assessment: SelfAssessment) -> OwnAssessment:
        return OwnAssessment(
            assessment=assessment,
            missing=missing_of(assessment.answers),
            facts=self._facts(connection, assessment.trader),
        )

    def _facts(self, connection: Connection, trader: str) -> MeasuredFacts:
        since = _now() - timedelta(days=DAYS)
        counts = self._stores.messages.counts_of(connection, trader, since)
        accepted = {function: number for (outcome, function), number in counts.items() if outcome == "accepted"}
        of = {
            outcome: sum(n for (one, _), n in counts.items() if one == outcome) for outcome in ("refused", "conflict")
        }
        return MeasuredFacts(
            since=since,
            received=sum(counts.values()),
            accepted=sum(accepted.values()),
            refused=of["refused"],
            conflicts=of["conflict"],
            amendments=accepted.get("amendment", 0),
            cancellations=accepted.get("cancellation", 0),
        )

    def _keep(self, connection: Connection, made: SelfAssessment, principal: Principal) -> None:
        kinds = (SELF_ASSESSMENT, SUBMITTED) if made.submitted is not None else (SELF_ASSESSMENT,)
        for kind in kinds:
            place = Place(state=made.state, names=tuple(sorted(assessment_names(made))))
            record = self._files.write(connection, kind, made.trader, (made, principal.id), place)
            if record is not None:
                self._access.seal(connection, record)


def assessment_names(made: SelfAssessment) -> set[tuple[str, str]]:
    """The names by which the file of a self-assessment is found."""
    return {("name", made.trader[:500]), ("trader", value_of(made.trader))}


def _empty(trader: str) -> SelfAssessment:
    return SelfAssessment(trader=trader, changed=_now())


def _now() -> datetime:
    return datetime.now(UTC)

# SPDX-License-Identifier: Apache-2.0
"""A house of cards: what the doors need of the pipeline, kept in memory, sealing nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from cocket.errors import PolicyError
from cocket.findings import Finding
from cocket.model import Envelope
from cocket.pipeline import NotFoundError
from cocket.pipeline.base.sealed_advice import ReasonView
from cocket.pipeline.control.views import AdviceView, ConsignmentView, NewResult, ResultView
from cocket.pipeline.intake.messages import Answer
from cocket.pipeline.operations.health import Check, Health
from cocket.pipeline.queries.views import DossierView, MessageView, TimelineEntry
from cocket.settings import Settings
from tests.simulators.services import stand_for_services

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Caller:
    """Stands for a principal of governance."""

    id: str
    senders: tuple[str, ...]
    roles: tuple[str, ...] = ("lodger",)
    kind: str = "key"
    office: str | None = None


class CardHouse:
    """Takes any bytes that begin with `<` as a message; its reference is what stands between `<ref>` tags.

    Args:
        settings: Limits; `home` holds the log folder.
        callers: Presented key → caller.
    """

    def __init__(self, settings: Settings, callers: dict[str, Caller]) -> None:
        stand_for_services(self)
        self.settings = settings
        self.log_folder: Path = settings.log_folder
        self.callers = callers
        self.taken: list[Envelope] = []
        self.refused: list[tuple[str, str, str]] = []
        self.messages: dict[str, tuple[Envelope, Answer]] = {}
        self.checks: tuple[Check, ...] = ()
        self.is_in_head = False
        self.results: list[NewResult] = []

    def note_refusal(self, who: str, method: str, path: str, error: Exception) -> None:
        if isinstance(error, PolicyError | NotFoundError):
            self.refused.append((who, method, path))

    def principal_of_key(self, presented: str, shown: tuple[bytes, ...] = ()) -> Caller | None:
        return self.callers.get(presented)

    async def take(self, envelope: Envelope, *, principal: Caller, wait_for_lane: float = 0.0) -> Answer:
        self.taken.append(envelope)
        number = f"m{len(self.messages) + 1}"
        digest = sha256(envelope.content).hexdigest()
        for earlier, answer in self.messages.values():
            if earlier.content == envelope.content and earlier.sender == envelope.sender:
                return replace_answer(answer, is_repeat=True)
        answer = Answer(
            id=number,
            outcome=self._outcome(envelope),
            findings=tuple(self._findings(envelope)),
            receipt={"index": len(self.messages), "content": digest},
            is_unreadable=not envelope.content.startswith(b"<"),
            lane="green" if wait_for_lane and "host" in principal.roles else None,
        )
        self.messages[number] = (envelope, answer)
        return answer

    def message(self, principal: Caller, message_id: str) -> MessageView:
        envelope, answer = self._seen(principal, message_id)
        return MessageView(
            id=answer.id,
            index=answer.receipt["index"],
            version=1,
            standard="card",
            reference=None,
            outcome=answer.outcome,
            function="original",
            sender=envelope.sender,
            received=envelope.received,
            proof_state="in-head" if self.is_in_head else "sealed",
            findings=answer.findings,
        )

    def receipt(self, principal: Caller, message_id: str) -> dict[str, Any]:
        return self._seen(principal, message_id)[1].receipt

    def proof(self, principal: Caller, message_id: str) -> dict[str, Any] | None:
        self._seen(principal, message_id)
        return {"path": []} if self.is_in_head else None

    def content(self, principal: Caller, message_id: str) -> bytes:
        return self._seen(principal, message_id)[0].content

    def find(self, principal: Caller, reference: str, kind: str | None = None) -> tuple[ConsignmentView, ...]:
        return (_CONSIGNMENT,) if reference == "TSTB0100007" else ()

    def dossier(self, principal: Caller, consignment_id: str, *, purpose: str = "control") -> DossierView:
        if consignment_id == "foreign":
            raise PolicyError("Not allowed: dossier.", reasons=("sender",))
        if consignment_id != _CONSIGNMENT.id:
            raise NotFoundError("There is no such consignment.")
        event = TimelineEntry(at=NOW, code="assessed", message="assessed as {lane}", arguments={"lane": "red"})
        return DossierView(
            summary=_CONSIGNMENT, references=(), papers=(), rows=(), findings=(_FINDING,), timeline=(event,)
        )

    def assess_only(self, principal: Caller, envelope: Envelope) -> AdviceView | tuple[Finding, ...]:
        return _ADVICE if envelope.content.startswith(b"<") else (_FINDING,)

    def record_result(self, principal: Caller, order_id: str, result: NewResult) -> ResultView:
        self.results.append(result)
        return ResultView(
            id="r1",
            at=NOW,
            officer=principal.id,
            depth=result.depth,
            found=result.found,
            offence=result.offence,
            duty_recovered=result.duty_recovered,
            currency=result.currency,
            note=result.note,
        )

    def health(self) -> Health:
        return Health(datetime.now(UTC), self.checks)

    def _seen(self, principal: Caller, message_id: str) -> tuple[Envelope, Answer]:
        if message_id not in self.messages:
            raise NotFoundError("There is no such message.")
        if self.messages[message_id][0].sender not in principal.senders:
            raise PolicyError("Not allowed: message.", reasons=("sender",))
        return self.messages[message_id]

    def _outcome(self, envelope: Envelope) -> Any:
        if b"<conflict/>" in envelope.content:
            return "conflict"
        return "refused" if self._findings(envelope) else "accepted"

    def _findings(self, envelope: Envelope) -> list[Finding]:
        if not envelope.content.startswith(b"<"):
            return [Finding(code="xml-not-well-formed", severity="error", message="not readable as XML")]
        return [_FINDING] if b"<wrong/>" in envelope.content else []


def replace_answer(answer: Answer, **changes: Any) -> Answer:
    """An answer with some fields changed."""
    return Answer(**{name: getattr(answer, name) for name in answer.__struct_fields__} | changes)


_FINDING = Finding(code="card-wrong", severity="error", message="{found} is wrong", found="this")
_ADVICE = AdviceView(
    assessment_id="a1",
    index=3,
    made=NOW,
    lane="red",
    score=0.5,
    is_random=False,
    propensity=1.0,
    is_degraded=False,
    reasons=(ReasonView(code="value-low", message="value is {found}", arguments={"found": "low"}),),
)
_CONSIGNMENT = ConsignmentView(
    id="c1",
    title="B/L TSTB0100007",
    office=None,
    trader=None,
    goods=None,
    equipment=1,
    value=None,
    received=NOW,
    advice=_ADVICE,
)

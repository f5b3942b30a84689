# SPDX-License-Identifier: Apache-2.0
"""The bodies of the transit unit: a guarantee registered, changed and claimed, a seal handled, an on-call list kept."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from cocket.api.permit_body import Day, Figure, Name, Words
from cocket.gate import RequestError
from cocket.pipeline.tracking.guarantees import NewGuarantee


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class GuaranteeBody(_Body):
    """A guarantee to register."""

    reference: Name
    type: Literal["individual", "comprehensive", "waiver"]
    holder: Name
    guarantor: Words = ""
    reference_amount: Figure
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    valid_from: Day | None = None
    valid_until: Day | None = None


class GuaranteeActBody(_Body):
    """What is done with a guarantee, and why."""

    act: Literal["suspend", "restore", "cancel"]
    reason: Words


class ClaimBody(_Body):
    """What is claimed of a guarantor for a journey, and why."""

    journey: Name
    amount: Figure
    reason: Words


class SealBody(_Body):
    """What is done with a seal of the stock."""

    act: Literal["arm", "disarm", "workshop", "blacklist", "use", "calibrate"]
    note: Words = ""
    until: Day | None = None


class ShiftBody(_Body):
    """Hours in which an officer is on call, each week alike."""

    officer: Name
    days: list[Annotated[int, Field(ge=0, le=6)]] = Field([0, 1, 2, 3, 4, 5, 6], max_length=7)
    begins: Annotated[str, Field(max_length=5)] = "00:00"
    ends: Annotated[str, Field(max_length=5)] = "24:00"


class OnCallBody(_Body):
    """An on-call list; an empty office is for offices without a list."""

    office: Annotated[str, Field(max_length=100)] = ""
    shifts: list[ShiftBody] = Field([], max_length=200)


class HandOverBody(_Body):
    """To whom a journey is handed over, and where."""

    partner: Annotated[str, Field(pattern=r"^did:[a-z]+:[^\s]{1,200}$")]
    place: Name
    note: Words = ""


class TakeOverBody(_Body):
    """A journey that a partner handed over, and how it goes on here."""

    document: Annotated[str, Field(max_length=262_144)]
    departure: Name
    destination: Name
    devices: list[Name] | None = Field(None, max_length=50)
    corridor: Name | None = None
    places: list[Name] = Field([], max_length=100)


class AnswerBody(_Body):
    """What a partner states of a journey that was handed over to it."""

    answer: Annotated[str, Field(max_length=262_144)]


class ConvoyBody(_Body):
    """The journey that leads; an empty one lets the journey travel alone."""

    lead: Annotated[str, Field(max_length=60)] = ""
    note: Words = ""


class EnquiryBody(_Body):
    """An act of an enquiry: asked, answered or closed."""

    act: Literal["ask", "answer", "close"]
    words: Words
    days: int = Field(28, ge=1, le=365)
    outcome: Literal["presented", "debt", "lost", "other"] | None = None


class FineBody(_Body):
    """A fine on a journey."""

    amount: Figure
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    reason: Words


class FineActBody(_Body):
    """How a fine was settled."""

    state: Literal["paid", "waived"]
    note: Words


#: Every body of this file.
GUARANTEE_BODIES = (
    GuaranteeBody,
    GuaranteeActBody,
    ClaimBody,
    SealBody,
    OnCallBody,
    HandOverBody,
    TakeOverBody,
    AnswerBody,
    ConvoyBody,
    EnquiryBody,
    FineBody,
    FineActBody,
)


def guarantee_of(body: GuaranteeBody) -> NewGuarantee:
    """The guarantee that a body registers.

    Raises:
        RequestError: A day is none.
    """
    return NewGuarantee(
        reference=body.reference,
        type=body.type,
        holder=body.holder,
        guarantor=body.guarantor,
        reference_amount=Decimal(body.reference_amount),
        currency=body.currency,
        valid_from=day_of(body.valid_from, "guarantee-malformed"),
        valid_until=day_of(body.valid_until, "guarantee-malformed"),
    )


def day_of(text: str | None, code: str) -> date | None:
    """A day of a body; None if it has none.

    Raises:
        RequestError: It is none of the calendar.
    """
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise RequestError(f"{text} is not a day.", status=422, code=code) from error

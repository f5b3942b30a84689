# SPDX-License-Identifier: Apache-2.0
"""The bodies in which a guarantee is registered, changed and claimed, and a seal handled."""

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


#: Every body of this file.
GUARANTEE_BODIES = (GuaranteeBody, GuaranteeActBody, ClaimBody, SealBody)


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

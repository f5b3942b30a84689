# SPDX-License-Identifier: Apache-2.0
"""The body in which a system of customs places a legal hold."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from cocket.api.permit_body import Day, Name
from cocket.errors import SenderError
from cocket.pipeline.operations.legal_holds import LegalHold, TargetKind


class LegalHoldBody(BaseModel):
    """A legal hold: its name, what it is on, why and by whose order, and when to ask whether it is still needed."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Name
    target: TargetKind
    value: Annotated[str, Field(max_length=1000)] = ""
    ground: Annotated[str, Field(min_length=1, max_length=1000)]
    review_on: Day | None = None


#: Every body of this file.
RETENTION_BODIES = (LegalHoldBody,)


def hold_of(body: LegalHoldBody) -> LegalHold:
    """The hold that a body asks for.

    Raises:
        SenderError: Its day is no day.
    """
    try:
        review_on = date.fromisoformat(body.review_on) if body.review_on else None
    except ValueError as error:
        raise SenderError(
            "The review day is not in the calendar.", code="hold-malformed", found=body.review_on
        ) from error
    return LegalHold(
        name=body.name,
        target=body.target,
        value=body.value,
        ground=body.ground,
        review_on=review_on,
        by="",
        placed=datetime.now(UTC),
    )

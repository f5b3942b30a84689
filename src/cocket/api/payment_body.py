# SPDX-License-Identifier: Apache-2.0
"""The bodies in which payers and the treasury say what they have to say of payments."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from cocket.gate import RequestError
from cocket.measures.payments import Payer

Account = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[0-9A-Za-z /.:-]*$")]
Bank = Annotated[str, Field(max_length=11, pattern=r"^[0-9A-Za-z]*$")]
Line = Annotated[str, Field(max_length=140, pattern=r"^[^\x00-\x1f\x7f]*$")]
Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


class PayerBody(BaseModel):
    """Whose bank is to pay."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"examples": [{"account": "GB33BUKB20201555555555"}]}
    )

    account: Account
    bic: Bank = ""
    name: Line = ""
    day: Day | None = None


class RefundBody(PayerBody):
    """To whom what was paid too much is paid back, and why."""

    reason: Annotated[str, Field(min_length=1, max_length=4000)]


class AssignmentBody(BaseModel):
    """For which advice a payment counts, and why."""

    model_config = ConfigDict(extra="forbid", strict=True)

    reference: Annotated[str, Field(min_length=1, max_length=40)]
    reason: Annotated[str, Field(min_length=1, max_length=4000)]


#: For the description of the interface.
PAYMENT_BODIES = (PayerBody, RefundBody, AssignmentBody)


def payer_of(body: PayerBody) -> Payer:
    """The payer that a body names.

    Raises:
        RequestError: Its day is none of the calendar (422).
    """
    try:
        day = date.fromisoformat(body.day) if body.day else None
    except ValueError as error:
        raise RequestError(f"day: {body.day} is not a date.", status=422, code="payment-malformed") from error
    return Payer(account="".join(body.account.split()), bic=body.bic.upper(), name=body.name.strip(), day=day)

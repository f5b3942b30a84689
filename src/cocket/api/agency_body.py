# SPDX-License-Identifier: Apache-2.0
"""The bodies in which an agency's system says what it decides and finds, and when it can come."""

from __future__ import annotations

import base64
import binascii
from datetime import date, time
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from cocket.gate import RequestError
from cocket.pipeline.partners.agencies import NewDecision, NewFinding
from cocket.pipeline.partners.appointments import NewSlots

_NO_CONTROLS = r"^[^\x00-\x1f\x7f]*$"
_Name = Annotated[str, Field(min_length=1, max_length=100, pattern=_NO_CONTROLS)]
_Agency = Annotated[str, Field(max_length=100, pattern=_NO_CONTROLS)]
_Words = Annotated[str, Field(max_length=2_000)]
_Figure = Annotated[str, Field(pattern=r"^[0-9]{1,16}(\.[0-9]{1,6})?$")]
_Slot = Annotated[str, Field(min_length=1, max_length=60, pattern=_NO_CONTROLS)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class PermitDecisionBody(_Body):
    """An agency's word on a permit or certificate."""

    type: _Name
    number: _Name
    word: Literal["accepted", "refused", "used-up"]
    quantity: _Figure | None = None
    unit: Annotated[str, Field(max_length=20, pattern=_NO_CONTROLS)] = ""
    reason: _Words = ""
    agency: _Agency = ""

    def decision(self) -> NewDecision:
        """The word."""
        quantity = Decimal(self.quantity) if self.quantity is not None else None
        return NewDecision(
            type=self.type, number=self.number, word=self.word, quantity=quantity, unit=self.unit, reason=self.reason
        )


class PaperBody(_Body):
    """A paper: its name, and its bytes in base64."""

    name: _Name
    content: Annotated[str, Field(max_length=1_500_000)]


class AgencyResultBody(_Body):
    """What an agency's examination found."""

    outcome: Literal["conforms", "does-not-conform", "treated", "sampled", "destroyed"]
    words: Annotated[str, Field(min_length=1, max_length=2_000)]
    papers: list[PaperBody] = Field([], max_length=5)
    agency: _Agency = ""

    def finding(self) -> NewFinding:
        """The result.

        Raises:
            RequestError: A paper is not base64 (422).
        """
        try:
            papers = tuple((one.name, base64.b64decode(one.content, validate=True)) for one in self.papers)
        except (binascii.Error, ValueError) as error:
            raise RequestError("A paper is not base64.", status=422, code="agency-malformed") from error
        return NewFinding(outcome=self.outcome, words=self.words, papers=papers)


class HoldOverrideBody(_Body):
    """Customs would end an agency's hold against it."""

    agency: _Name
    item: int | None = Field(None, ge=1, le=99_999)
    reason: Annotated[str, Field(min_length=1, max_length=4_000)]


class SlotsBody(_Body):
    """Slots of one day, one after another."""

    office: _Name
    day: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    begins: Annotated[str, Field(pattern=r"^[0-2][0-9]:[0-5][0-9]$")]
    minutes: int = Field(60, ge=5, le=720)
    count: int = Field(1, ge=1, le=60)
    places: int = Field(1, ge=1, le=50)
    place: Annotated[str, Field(max_length=100, pattern=_NO_CONTROLS)] = ""

    def slots(self) -> NewSlots:
        """The slots.

        Raises:
            RequestError: The day is none of the calendar, or the time none of the clock (422).
        """
        try:
            day, begins = date.fromisoformat(self.day), time.fromisoformat(self.begins)
        except ValueError as error:
            raise RequestError("There is no such day or time.", status=422, code="agency-malformed") from error
        return NewSlots(
            office=self.office,
            day=day,
            begins=begins,
            minutes=self.minutes,
            count=self.count,
            places=self.places,
            place=self.place,
        )


class SlotClosingBody(_Body):
    """Why a slot is closed."""

    slot: _Slot
    reason: Annotated[str, Field(min_length=1, max_length=400)]


class AttendanceBody(_Body):
    """How many consignments an agency can attend in a slot; 0 for none."""

    slot: _Slot
    places: int = Field(ge=0, le=50)
    agency: _Agency = ""


class AppointmentMoveBody(_Body):
    """To which slot an appointment is moved, and why."""

    slot: _Slot
    reason: Annotated[str, Field(min_length=1, max_length=400)]
    agency: _Agency = ""


class AppointmentEndBody(_Body):
    """That an appointment took place, or who did not come: `customs`, `trader` or an agency."""

    missed: Annotated[str, Field(max_length=100, pattern=_NO_CONTROLS)] = ""
    agency: _Agency = ""


#: Every body of this file.
AGENCY_BODIES = (
    PermitDecisionBody,
    AgencyResultBody,
    HoldOverrideBody,
    SlotsBody,
    SlotClosingBody,
    AttendanceBody,
    AppointmentMoveBody,
    AppointmentEndBody,
)

# SPDX-License-Identifier: Apache-2.0
"""The bodies of what is done about a journey, its alerts and its devices."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from cocket.api.permit_body import Figure, Name, Words
from cocket.gate import RequestError
from cocket.pipeline.tracking.views import NewJourney
from cocket.tracking.journey import Authority, Detour


def _in_utc(moment: datetime) -> datetime:
    """The same moment in UTC.

    Raises:
        ValueError: It lies outside what can be written in UTC.
    """
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("out of range") from error


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Degrees = Annotated[float, Field(ge=-180, le=180)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class AlertActBody(_Body):
    """What is done about an alert: `value` is the officer, the unit or the reason, where the act needs one."""

    act: Literal["acknowledge", "assign", "dispatch", "there", "close"]
    value: Annotated[str, Field(max_length=100)] = ""
    note: Words = ""


class LeaveBody(_Body):
    """Permission to touch a seal at one place of a journey, within a time."""

    act: Literal["affix", "open", "remove"]
    place: Name
    since: Moment
    until: Moment
    seal: Name | None = None

    def given_by(self, officer: str) -> Authority:
        """The permission, in an officer's name."""
        return Authority(
            act=self.act, officer=officer, place=self.place, since=self.since, until=self.until, seal=self.seal
        )


class DetourBody(_Body):
    """Another way that may be taken for a time; `line` is points of longitude and latitude in degrees."""

    line: list[Annotated[list[Degrees], Field(min_length=2, max_length=2)]] = Field(min_length=2, max_length=10_000)
    since: Moment
    until: Moment
    reason: Words

    def detour(self) -> Detour:
        """The detour."""
        return Detour(line=tuple((lon, lat) for lon, lat in self.line), since=self.since, until=self.until)


class JourneyBody(_Body):
    """A journey to activate; places are named, and what is left out is taken from the papers or not asked for."""

    reference: Name
    devices: list[Name] = Field(min_length=1, max_length=50)
    departure: Name
    destination: Name
    time_limit: Moment
    starts_at: Moment | None = None
    mode: Literal["road", "rail", "sea", "air", "unknown"] = "road"
    equipment: list[Name] | None = Field(None, max_length=100)
    seals: list[Name] | None = Field(None, max_length=100)
    guarantee_amount: Figure | None = None
    guarantee_currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    guarantee: Name | None = None
    guarantee_override: Words = ""
    corridor: Name | None = None
    places: list[Name] = Field([], max_length=100)
    authorities: list[LeaveBody] = Field([], max_length=100)
    temperature_c: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    report_every_s: Annotated[float, Field(gt=0, le=86_400)] | None = None
    expected_arrival: Moment | None = None
    operator: Annotated[str, Field(max_length=100)] = ""

    def plan(self, officer: str) -> NewJourney:
        """The journey, its permissions in an officer's name.

        Raises:
            RequestError: A figure is not finite.
        """
        fields: dict[str, Any] = self.model_dump(exclude_none=True, exclude={"authorities", "guarantee_amount"})
        fields["authorities"] = tuple(each.given_by(officer) for each in self.authorities)
        if self.guarantee_amount is not None:
            fields["guarantee_amount"] = Decimal(self.guarantee_amount)
        try:
            return msgspec.convert(fields, NewJourney)
        except msgspec.ValidationError as error:
            raise RequestError(f"{error}.", status=422, code="journey-malformed") from error


class DischargeBody(_Body):
    """What was observed as a journey is discharged; `irregular` discharges it though a seal is not whole, and the note says why."""

    note: Words = ""
    irregular: bool = False


class CustodyBody(_Body):
    """Who has a device: handed out to `holder`, taken back by the office `holder`, or missing with a note."""

    act: Literal["issue", "recover", "missing"]
    holder: Annotated[str, Field(max_length=100)] = ""
    note: Words = ""


#: Every body of this file.
JOURNEY_BODIES = (AlertActBody, LeaveBody, DetourBody, JourneyBody, DischargeBody, CustodyBody)

# SPDX-License-Identifier: Apache-2.0
"""The body in which a host system reports the result of an examination."""

from __future__ import annotations

from typing import Annotated

import msgspec
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from cocket.api.permit_body import read
from cocket.control.found import Concealment, Conveyance, Detection
from cocket.control.offences import Offence
from cocket.control.results import Depth
from cocket.gate import RequestError
from cocket.pipeline.control.views import NewResult

_MOST = 999

Number = Annotated[str, Field(pattern=r"^[0-9]{1,16}(\.[0-9]{1,6})?$")]
Money = Annotated[str, Field(pattern=r"^[0-9]{1,16}(\.[0-9]{1,4})?$")]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Line = Annotated[str, Field(min_length=1, max_length=400)]

_EXAMPLE: JsonDict = {
    "depth": "full",
    "found": True,
    "offence": "undervaluation",
    "items": [{"item": 1, "found": {"value": {"value": "6250.00", "currency": "NZD"}}}],
    "duty_recovered": "1250.00",
    "currency": "NZD",
}


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class AmountBody(_Body):
    """A sum of money; without a currency, that of the declaration."""

    value: Money
    currency: Currency | None = None


class QuantityBody(_Body):
    """How much; without a unit, that of the declaration."""

    value: Number
    unit: str | None = Field(None, pattern=r"^[A-Za-z0-9]{1,8}$")


class FoundBody(_Body):
    """What was found of an item to be otherwise; what is left out is as declared."""

    value: AmountBody | None = None
    classification: str | None = Field(None, pattern=r"^[0-9][0-9 .]{0,20}$")
    origin: str | None = Field(None, pattern=r"^[A-Z]{2}$")
    quantity: QuantityBody | None = None
    description: Line | None = None


class ItemBody(_Body):
    """One item, by its number on the declaration; goods that were not declared have a number after the last."""

    item: int = Field(ge=1, le=99_999)
    found: FoundBody


class SampleBody(_Body):
    """A sample sent to a laboratory."""

    number: Line
    laboratory: Line | None = None
    question: Line | None = None
    answer: str | None = Field(None, max_length=4000)
    answered: str | None = Field(None, pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")


class SeizureBody(_Body):
    """Goods that were seized."""

    offence: Offence
    goods: Line
    quantity: QuantityBody | None = None
    value: AmountBody | None = None
    concealment: Concealment | None = None
    place: Line | None = None
    detection: Detection | None = None
    conveyance: Conveyance | None = None
    conveyance_id: Line | None = None
    route: list[Annotated[str, Field(pattern=r"^[A-Z]{2}([A-Z0-9]{3})?$")]] = Field([], max_length=20)


class EvidenceBody(_Body):
    """A file that proves the finding: by its SHA-256 and where it is kept, or with its bytes in base64."""

    name: Line
    sha256: str | None = Field(None, pattern=r"^[0-9a-fA-F]{64}$")
    kept: Line | None = None
    content: str | None = Field(None, pattern=r"^[A-Za-z0-9+/]+={0,2}$")


class ResultBody(_Body):
    """What an officer found when examining, as a host system reports it."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [_EXAMPLE]})

    depth: Depth
    found: bool | None = None
    offence: Offence | None = None
    other_offences: list[Offence] = Field([], max_length=20)
    items: list[ItemBody] = Field([], max_length=_MOST)
    duty_recovered: Money | None = None
    currency: Currency | None = None
    sample: SampleBody | None = None
    seizures: list[SeizureBody] = Field([], max_length=_MOST)
    evidence: list[EvidenceBody] = Field([], max_length=_MOST)
    amends: str | None = Field(None, pattern=r"^[0-9a-fA-F-]{36}$")
    note: str | None = Field(None, max_length=4000)


def read_result(body: bytes) -> NewResult:
    """The result in a body.

    Raises:
        RequestError: It is malformed (422); the text says where.
    """
    told = read(body, ResultBody, "result-malformed").model_dump(exclude_none=True)
    try:
        return msgspec.convert(told, NewResult)
    except msgspec.ValidationError as error:
        raise RequestError(f"{error}.", status=422, code="result-malformed") from error

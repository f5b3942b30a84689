# SPDX-License-Identifier: Apache-2.0
"""The bodies in which an agency's system says what it has to say of permits and of goods."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

import msgspec
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.config import JsonDict

from cocket.errors import UnreadableError
from cocket.gate import RequestError, check_words, texts_of
from cocket.measures.permits import Hold, Permit, PermitName
from cocket.standards.json import refuse_repeated_names

_NO_CONTROLS = r"^[^\x00-\x1f\x7f]*$"

Name = Annotated[str, Field(min_length=1, max_length=100, pattern=_NO_CONTROLS)]
Words = Annotated[str, Field(max_length=4000)]
Figure = Annotated[str, Field(pattern=r"^[0-9]{1,16}(\.[0-9]{1,6})?$")]
Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Body = TypeVar("Body", bound=BaseModel)

_EXAMPLE: JsonDict = {
    "agency": "Ministry of Trade",
    "type": "C400",
    "number": "XALIC77",
    "codes": ["8703"],
    "valid_to": "2027-12-31",
    "quantity": "4000",
    "unit": "KGM",
}


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class PermitBody(_Body):
    """One line of a permit as its agency gives it; what is left out has no limit."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [_EXAMPLE]})

    agency: Name
    type: Name
    number: Name
    line: int = Field(1, ge=1, le=99_999)
    status: Literal["valid", "suspended", "withdrawn"] = "valid"
    holder: Name | None = None
    codes: list[Name] = Field([], max_length=999)
    goods: Words | None = None
    origins: list[Country] = Field([], max_length=300)
    destinations: list[Country] = Field([], max_length=300)
    valid_from: Day | None = None
    valid_to: Day | None = None
    quantity: Figure | None = None
    unit: Name | None = None
    value: Figure | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    uses: int | None = Field(None, ge=0, le=999_999_999)
    reason: Words = ""


class LicenceBody(_Body):
    """A licence that was lodged as a message, with the names that the message does not carry."""

    message: str = Field(pattern=r"^[0-9a-fA-F-]{36}$")
    agency: Name
    type: Name
    number: Name


class StatusBody(_Body):
    """What an agency says of a permit with all its lines from now on."""

    status: Literal["valid", "suspended", "withdrawn"]
    reason: str = Field(min_length=1, max_length=4000)


class HoldBody(_Body):
    """An agency's word on goods, in place of an earlier one on the same item."""

    agency: Name
    item: int | None = Field(None, ge=1, le=99_999)
    is_held: bool
    reason: str = Field(min_length=1, max_length=4000)
    law: Annotated[str, Field(max_length=400, pattern=_NO_CONTROLS)] = ""
    examines: bool = False


#: Every body of this file.
BODIES = (PermitBody, LicenceBody, StatusBody, HoldBody)


def read(body: bytes, kind: type[Body], code: str = "permit-malformed") -> Body:
    """What a body says.

    Args:
        body: JSON.
        kind: What it must be.
        code: Of the error, where it is not.

    Raises:
        RequestError: It is malformed, or has words with a character that cannot be seen (422); the text says where.
    """
    try:
        read = kind.model_validate_json(body)
        refuse_repeated_names(body)
    except UnreadableError as error:
        raise RequestError(str(error), status=422, code=code) from error
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "the body"
        raise RequestError(f"{where}: {first['msg']}.", status=422, code=code) from error
    check_words(texts_of(read.model_dump()))
    return read


def permit_of(body: PermitBody) -> Permit:
    """The permit that a body describes.

    Raises:
        RequestError: A day is none of the calendar (422).
    """
    try:
        return msgspec.convert(body.model_dump(exclude_none=True, exclude={"reason"}), Permit, strict=False)
    except msgspec.ValidationError as error:
        raise RequestError(f"{error}.", status=422, code="permit-malformed") from error


def name_of(body: LicenceBody) -> PermitName:
    """By what the permits of a licence are to be known."""
    return PermitName(body.agency, body.type, body.number)


def hold_of(body: HoldBody) -> Hold:
    """The word that a body holds."""
    return Hold(
        agency=body.agency,
        item=body.item,
        is_held=body.is_held,
        reason=body.reason,
        law=body.law,
        examines=body.examines,
    )

# SPDX-License-Identifier: Apache-2.0
"""Answers and notices of customs, both ways: a `Response`, with what it tells of the declaration as its correction.

Source: DG TAXUD, NCTS, DDNTA 6.4.1 and 5.1: IE004, IE009, IE017, IE019, IE022, IE023, IE025, IE028, IE029, IE035,
IE040, IE042, IE043, IE045, IE048, IE051, IE055, IE056, IE057, IE060, IE182, IE190, IE191, IE228, IE906, IE917, IE928.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import structs

from cocket.model import (
    AdditionalDocument,
    AdditionalInformation,
    Amount,
    CustomsOffice,
    Party,
    Response,
    ResponseError,
    ResponsePayment,
    ResponseStatus,
)
from cocket.standards.leaves import Leaves
from cocket.standards.ncts import places
from cocket.standards.ncts.movements import MOVEMENTS
from cocket.standards.ncts.names import names_in
from cocket.standards.ncts.places import (
    Place,
    put_each,
    put_number,
    put_part,
    take_each,
    take_number,
    take_one,
    take_part,
)
from cocket.standards.ncts.reader import AGENT, FUNCTIONS, HOLDER, MESSAGE_TYPE, parted, read_declaration
from cocket.standards.ncts.tables import MESSAGES, shape_of
from cocket.standards.ncts.writer import put_declaration, put_type

_OPERATION = "TransitOperation[1]/"
_HEADER = "Header[1]/"
_TRADER = "TraderAtDestination[1]/"

#: All messages that customs sends.
ANSWERS = tuple(name for name in MESSAGES if name not in FUNCTIONS and name not in MOVEMENTS)

#: Answers that have what they tell of it in a header.
_WITH_HEADER = ("CC906C", "CC917C")

#: Offices that answer, the telling one first.
_OFFICES = ("CustomsOfficeOfDeparture", "CustomsOfficeOfDestinationActual", "CustomsOfficeOfDestination")

#: Answers that tell of the declaration itself.
_WITH_DECLARATION = ("CC017C", "CC025C", "CC029C", "CC043C")

_RESPONSE = (
    Place("functional_reference", "messageIdentification[1]"),
    Place("issued", "preparationDateAndTime[1]", "instant"),
    Place("declaration_accepted", f"{_OPERATION}declarationAcceptanceDate[1]", "day"),
)
_FUNCTIONAL_ERROR = (
    Place("location", "errorPointer[1]"),
    Place("type_code", "errorCode[1]"),
    Place("code", "errorReason[1]"),
    Place("found", "originalAttributeValue[1]"),
)
_XML_ERROR = (
    Place("location", "errorPointer[1]"),
    Place("type_code", "errorCode[1]"),
    Place("description", "errorText[1]"),
    Place("found", "originalAttributeValue[1]"),
)
_GUARANTEE_ERROR = (Place("code", "code[1]"), Place("description", "text[1]"))
_CONTROL = (Place("code", "type[1]"), Place("text", "text[1]"))
_REQUESTED = (Place("type_code", "documentType[1]"), Place("name", "description[1]"))

_REJECTION = (
    Place("code", f"{_OPERATION}rejectionCode[1]"),
    Place("text", f"{_OPERATION}rejectionReason[1]"),
    Place("effective", f"{_OPERATION}rejectionDateAndTime[1]", "instant"),
)

#: What each answer says came about: a code of the message's own list, words, when.
_STATUS: dict[str, tuple[Place, ...]] = {
    "CC004C": (Place("effective", f"{_OPERATION}amendmentAcceptanceDateAndTime[1]", "instant"),),
    "CC009C": (
        Place("code", "Invalidation[1]/decision[1]"),
        Place("text", "Invalidation[1]/justification[1]"),
        Place("effective", "Invalidation[1]/decisionDateAndTime[1]", "instant"),
    ),
    "CC017C": (
        Place("code", "ControlResult[1]/code[1]"),
        Place("text", "ControlResult[1]/text[1]"),
        Place("effective", "ControlResult[1]/date[1]", "day"),
    ),
    "CC019C": (
        Place("text", f"{_OPERATION}discrepanciesNotificationText[1]"),
        Place("effective", f"{_OPERATION}discrepanciesNotificationDate[1]", "day"),
    ),
    "CC022C": (Place("effective", f"{_OPERATION}amendmentNotificationDateAndTime[1]", "instant"),),
    "CC023C": (
        Place("text", "GuarantorNotification[1]/guarantorNotificationText[1]"),
        Place("effective", "GuarantorNotification[1]/guarantorNotificationDate[1]", "day"),
    ),
    "CC025C": (
        Place("code", f"{_OPERATION}releaseIndicator[1]"),
        Place("released", f"{_OPERATION}releaseDate[1]", "day"),
    ),
    "CC029C": (
        Place("code", "ControlResult[1]/code[1]"),
        Place("text", "ControlResult[1]/text[1]"),
        Place("effective", "ControlResult[1]/date[1]", "day"),
        Place("released", f"{_OPERATION}releaseDate[1]", "day"),
    ),
    "CC035C": (
        Place("text", "RecoveryNotification[1]/recoveryNotificationText[1]"),
        Place("effective", "RecoveryNotification[1]/recoveryNotificationDate[1]", "day"),
    ),
    "CC043C": (Place("code", "CTLControl[1]/continueUnloading[1]"),),
    "CC045C": (Place("effective", f"{_OPERATION}writeOffDate[1]", "day"),),
    "CC048C": (Place("effective", f"{_OPERATION}recoveryCommunicationDate[1]", "day"),),
    "CC051C": (
        Place("code", f"{_OPERATION}noReleaseMotivationCode[1]"),
        Place("text", f"{_OPERATION}noReleaseMotivationText[1]"),
    ),
    "CC056C": _REJECTION,
    "CC057C": _REJECTION,
    "CC060C": (
        Place("code", f"{_OPERATION}notificationType[1]"),
        Place("effective", f"{_OPERATION}controlNotificationDateAndTime[1]", "instant"),
    ),
    "CC182C": (Place("effective", f"{_OPERATION}incidentNotificationDateAndTime[1]", "instant"),),
    "CC191C": (
        Place("code", "AESResults[1]/globalValidationResponse[1]"),
        Place("effective", "AESResults[1]/responseDateAndTime[1]", "instant"),
    ),
}

#: A decision on an invalidation that lets it be.
_INVALIDATED = "1"
#: A rejected message that was a declaration, and not a change of one.
_DECLARATION_REJECTED = "015"

_CONTROLS = "TypeOfControls"
_INCIDENT = "Consignment[1]/Incident"
_CLAIM = "RecoveryNotification[1]/"


def number_of(message: str) -> str:
    """What people call a message, such as `IE028`.

    Source: DDNTA, names of information exchanges.
    """
    return f"IE{message[2:5]}"


def read_answer(leaves: Leaves, message: str) -> Response:
    """Read an answer of customs.

    Args:
        leaves: The message; what is read is taken out of it.
        message: Its name.

    Returns:
        The answer. Its function code is its number. What has no place in the model is in `extensions`, of items in
        theirs.

    Source: see the module.
    """
    names = names_in(leaves)
    if leaves.peek(MESSAGE_TYPE) == message:
        leaves.take(MESSAGE_TYPE)
    status = take_one(leaves, "", _STATUS.get(message, ()), ResponseStatus)
    head = _HEADER if message in _WITH_HEADER else _OPERATION
    amount = leaves.take_decimal(f"{_CLAIM}amountClaimed[1]")
    claimed = None if amount is None else Amount(amount, leaves.take(f"{_CLAIM}currency[1]"))
    office = _office(message)
    response = Response(
        function_code=number_of(message),
        **take_part(leaves, "", _RESPONSE),
        declaration_reference=leaves.take(f"{head}LRN[1]"),
        declaration_id=leaves.take(f"{head}MRN[1]"),
        office=CustomsOffice(code=leaves.take(f"{office}[1]/referenceNumber[1]") if office else None),
        declarant=take_one(leaves, _declarant(message), places.PARTY, Party),
        agent=take_one(leaves, AGENT, places.REPRESENTATIVE, Party),
        statuses=() if status is None else (status,),
        errors=tuple(_errors(leaves, message)),
        information=(*_controls(leaves), *take_each(leaves, _INCIDENT, places.INFORMATION, AdditionalInformation)),
        documents=take_each(leaves, "RequestedDocument", _REQUESTED, AdditionalDocument),
        payments=() if claimed is None else (ResponsePayment(amount=claimed),),
        references=names.all,
    )
    correction = read_declaration(leaves, None) if message in _WITH_DECLARATION else None
    items, rest = parted(correction.shipment.items if correction else (), leaves)
    if correction:
        shipment = structs.replace(correction.shipment, items=items)
        correction = structs.replace(correction, shipment=shipment, references=())
    return structs.replace(response, **_told(leaves, message, status), correction=correction, extensions=rest)


def _told(leaves: Leaves, message: str, status: ResponseStatus | None) -> dict[str, Any]:
    """What a status means for the declaration."""
    if status is None or status.effective is None:
        return {}
    if message == "CC009C" and status.code == _INVALIDATED:
        return {"declaration_cancelled": status.effective}
    if message == "CC056C" and leaves.peek(f"{_OPERATION}businessRejectionType[1]") == _DECLARATION_REJECTED:
        return {"declaration_rejected": status.effective}
    return {}


def _office(message: str) -> str | None:
    """The element of the office that answers; None if the message names none."""
    outline = shape_of("6").outline
    return next((name for name in _OFFICES if name in outline.classes[outline.roots[message]]), None)


def _declarant(message: str) -> str:
    """The path of the trader who is told: at destination he is another one."""
    outline = shape_of("6").outline
    return _TRADER if "TraderAtDestination" in outline.classes[outline.roots[message]] else HOLDER


def _errors(leaves: Leaves, message: str) -> Iterator[ResponseError]:
    yield from take_each(leaves, "FunctionalError", _FUNCTIONAL_ERROR, ResponseError)
    yield from take_each(leaves, "XMLError", _XML_ERROR, ResponseError)
    last = None
    for guarantee in leaves.each("GuaranteeReference") if message == "CC055C" else ():
        number = leaves.peek(f"{guarantee}/GRN[1]")
        if number == last:
            continue  # named twice in a row: reasons could not be told apart again
        last = number
        take_number(leaves, guarantee)
        for error in take_each(leaves, f"{guarantee}/InvalidGuaranteeReason", _GUARANTEE_ERROR, ResponseError):
            yield structs.replace(error, found=number)


def _controls(leaves: Leaves) -> Iterator[AdditionalInformation]:
    """Controls that are to be, told apart from other statements by their kind."""
    for each in take_each(leaves, _CONTROLS, _CONTROL, AdditionalInformation):
        yield structs.replace(each, type_code=_CONTROLS)


# Writing -------------------------------------------------------------------------------------------------------------


def message_of(response: Response) -> str | None:
    """The message an answer is to be written as, by its function code; None if it is none of these.

    Source: DDNTA, names of information exchanges.
    """
    name = f"CC{(response.function_code or '').removeprefix('IE')}C"
    return name if name in ANSWERS else None


def answer_leaves(response: Response, message: str) -> Leaves:
    """An answer as a message.

    Args:
        response: What to write.
        message: Name of the message.

    Returns:
        All texts of the message.

    Source: see the module.
    """
    leaves = Leaves()
    leaves.lay_back(response.extensions)
    if response.correction:
        put_declaration(leaves, response.correction, message)
    head = _HEADER if message in _WITH_HEADER else _OPERATION
    office = _office(message)
    put_type(leaves, message)
    put_part(leaves, "", _RESPONSE, response)
    leaves.put(f"{head}LRN[1]", response.declaration_reference)
    leaves.put(f"{head}MRN[1]", response.declaration_id)
    if office:
        leaves.put(f"{office}[1]/referenceNumber[1]", response.office.code)
    put_part(leaves, _declarant(message), places.PARTY, response.declarant)
    put_part(leaves, AGENT, places.REPRESENTATIVE, response.agent)
    for status in response.statuses[:1]:
        put_part(leaves, "", _STATUS.get(message, ()), status)
    _put_errors(leaves, response, message)
    controls = [each for each in response.information if each.type_code == _CONTROLS]
    put_each(leaves, _CONTROLS, _CONTROL, controls)
    put_each(leaves, _INCIDENT, places.INFORMATION, (each for each in response.information if each not in controls))
    put_each(leaves, "RequestedDocument", _REQUESTED, response.documents)
    for payment in response.payments[:1]:
        if payment.amount is not None:
            leaves.put(f"{_CLAIM}amountClaimed[1]", payment.amount.value)
            leaves.put(f"{_CLAIM}currency[1]", payment.amount.currency)
    return leaves


def _put_errors(leaves: Leaves, response: Response, message: str) -> None:
    if message == "CC055C":
        _put_guarantee_errors(leaves, response.errors)
        return
    element, where = ("XMLError", _XML_ERROR) if message == "CC917C" else ("FunctionalError", _FUNCTIONAL_ERROR)
    for place, error in enumerate(response.errors, 1):
        path = f"{element}[{place}]"
        put_part(leaves, f"{path}/", where, error)
        if message == "CC022C":  # the only one that numbers them
            put_number(leaves, path)


def _put_guarantee_errors(leaves: Leaves, errors: tuple[ResponseError, ...]) -> None:
    """Why guarantees are not valid, each reason under the reference it is about."""
    guarantee, reason = 1, 0
    for error in errors:
        while leaves.peek(f"GuaranteeReference[{guarantee}]/GRN[1]") not in (None, error.found):
            guarantee, reason = guarantee + 1, 0
        path = f"GuaranteeReference[{guarantee}]"
        reason += 1
        put_number(leaves, path)
        leaves.put(f"{path}/GRN[1]", error.found)
        put_number(leaves, f"{path}/InvalidGuaranteeReason[{reason}]")
        put_part(leaves, f"{path}/InvalidGuaranteeReason[{reason}]/", _GUARANTEE_ERROR, error)

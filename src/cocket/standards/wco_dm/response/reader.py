# SPDX-License-Identifier: Apache-2.0
"""From a Response element to the model; what has no place there stays as extensions.

Nothing here can fail: a value that is not what its place asks for is left over, and the schema has said so already.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from cocket.model import (
    AdditionalInformation,
    CustomsOffice,
    Declaration,
    DutyTaxFee,
    Extension,
    Reference,
    Response,
    ResponseAmendment,
    ResponseError,
    ResponseItem,
    ResponsePayment,
    ResponsePointer,
    ResponseStatus,
)
from cocket.standards.leaves import Leaves, leaves_of
from cocket.standards.wco_dm.fields import DECLARATION_NAMESPACE
from cocket.standards.wco_dm.reader import read_declaration
from cocket.standards.wco_dm.response.fields import SHAPE
from cocket.standards.wco_dm.tree import tree_of

#: Name of the element in which customs tells what it corrected.
CORRECTION = f"{{{DECLARATION_NAMESPACE}}}Declaration"

_ABOUT = "Declaration[1]"


def read_response(element: etree._Element, headers: tuple[Extension, ...] = ()) -> Response:
    """A response from its element.

    Args:
        element: The Response element; what is in it may be anything.
        headers: What the envelope states, to be kept with the extensions (0..n).

    Returns:
        The response; what has no place in the model is in `extensions`, by paths from the Response element down.

    Source: WCO Data Model 3.6, Response (07B).
    """
    corrected = next((foreign for foreign in foreign_in(element) if foreign.tag == CORRECTION), None)
    leaves = leaves_of(element, SHAPE.outline, but=corrected)
    lrn, mrn = leaves.take(f"{_ABOUT}/FunctionalReferenceID[1]"), leaves.take(f"{_ABOUT}/ID[1]")
    names = [Reference("LRN", lrn)] if lrn else []
    names += [Reference("MRN", mrn)] if mrn else []
    return Response(
        function_code=leaves.take("FunctionCode[1]"),
        functional_reference=leaves.take("FunctionalReferenceID[1]"),
        issued=leaves.take_moment("IssueDateTime[1]"),
        office=CustomsOffice(code=leaves.take("ContactOffice[1]/ID[1]")),
        declaration_reference=lrn,
        declaration_id=mrn,
        declaration_version=leaves.take_whole(f"{_ABOUT}/VersionID[1]"),
        declaration_accepted=leaves.take_moment(f"{_ABOUT}/AcceptanceDateTime[1]"),
        declaration_rejected=leaves.take_moment(f"{_ABOUT}/RejectionDateTime[1]"),
        declaration_cancelled=leaves.take_moment(f"{_ABOUT}/CancellationDateTime[1]"),
        statuses=tuple(_status(leaves, path) for path in leaves.each("Status")),
        errors=tuple(_error(leaves, path) for path in leaves.each("Error")),
        information=tuple(_information(leaves, path) for path in leaves.each("AdditionalInformation")),
        amendments=tuple(_amendment(leaves, path) for path in leaves.each("Amendment")),
        payments=tuple(_payment(leaves, f"{path}/Payment[1]") for path in leaves.each(f"{_ABOUT}/DutyTaxFee")),
        items=tuple(
            _item(leaves, path) for path in leaves.each(f"{_ABOUT}/GoodsShipment[1]/GovernmentAgencyGoodsItem")
        ),
        correction=None if corrected is None else _correction(corrected),
        references=tuple(names),
        extensions=(*headers, *leaves.left()),
    )


def foreign_in(element: etree._Element) -> Iterator[etree._Element]:
    """What a response holds of the namespace of declarations: the Declaration with what customs corrected, if any.

    Args:
        element: The Response element.

    Returns:
        The elements in order (0..n); a sound response has one at most, named Declaration.

    Source: WCO Data Model 3.6, Response (07B), as profiled by the UK's Declaration Management System.
    """
    return element.iterchildren(f"{{{DECLARATION_NAMESPACE}}}*")


def _correction(element: etree._Element) -> Declaration:
    return read_declaration(tree_of(element))


def _pointers(leaves: Leaves, path: str) -> tuple[ResponsePointer, ...]:
    return tuple(
        ResponsePointer(
            section=leaves.take(f"{each}/DocumentSectionCode[1]"),
            sequence=leaves.take_whole(f"{each}/SequenceNumeric[1]"),
            tag=leaves.take(f"{each}/TagID[1]"),
        )
        for each in leaves.each(f"{path}/Pointer")
    )


def _error(leaves: Leaves, path: str) -> ResponseError:
    return ResponseError(
        code=leaves.take(f"{path}/ValidationCode[1]"),
        description=leaves.take(f"{path}/Description[1]"),
        pointers=_pointers(leaves, path),
    )


def _amendment(leaves: Leaves, path: str) -> ResponseAmendment:
    return ResponseAmendment(code=leaves.take(f"{path}/ChangeReasonCode[1]"), pointers=_pointers(leaves, path))


def _status(leaves: Leaves, path: str) -> ResponseStatus:
    return ResponseStatus(
        code=leaves.take(f"{path}/NameCode[1]"),
        effective=leaves.take_moment(f"{path}/EffectiveDateTime[1]"),
        released=leaves.take_moment(f"{path}/ReleaseDateTime[1]"),
    )


def _information(leaves: Leaves, path: str) -> AdditionalInformation:
    return AdditionalInformation(
        code=leaves.take(f"{path}/StatementCode[1]"),
        text=leaves.take(f"{path}/StatementDescription[1]"),
        type_code=leaves.take(f"{path}/StatementTypeCode[1]"),
    )


def _payment(leaves: Leaves, path: str) -> ResponsePayment:
    guarantees = [f"{each}/ReferenceID[1]" for each in leaves.each(f"{path}/ObligationGuarantee")]
    are_known = all(leaves.peek(each) for each in guarantees)  # else their places would shift in writing
    return ResponsePayment(
        reference=leaves.take(f"{path}/ReferenceID[1]"),
        assessed=leaves.take_amount(f"{path}/TaxAssessedAmount[1]"),
        amount=leaves.take_amount(f"{path}/PaymentAmount[1]"),
        due=leaves.take_moment(f"{path}/DueDateTime[1]"),
        guarantees=tuple(leaves.take(each) or "" for each in guarantees) if are_known else (),
    )


def _item(leaves: Leaves, path: str) -> ResponseItem:
    return ResponseItem(
        sequence=leaves.take_whole(f"{path}/SequenceNumeric[1]"),
        duties=tuple(_duty(leaves, each) for each in leaves.each(f"{path}/Commodity[1]/DutyTaxFee")),
    )


def _duty(leaves: Leaves, path: str) -> DutyTaxFee:
    base, is_specific = leaves.take_decimal(f"{path}/AdValoremTaxBaseAmount[1]"), False
    if base is None:
        base, is_specific = leaves.take_decimal(f"{path}/SpecificTaxBaseQuantity[1]"), True
    return DutyTaxFee(
        type_code=leaves.take(f"{path}/TypeCode[1]"),
        base=base,
        rate_as_written=leaves.take_decimal(f"{path}/TaxRateNumeric[1]"),
        is_specific=None if base is None else is_specific,
        amount=leaves.take_amount(f"{path}/Payment[1]/PaymentAmount[1]"),
    )

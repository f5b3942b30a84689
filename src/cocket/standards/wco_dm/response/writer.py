# SPDX-License-Identifier: Apache-2.0
"""From the model to a Response element, and the envelope around one or several."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from cocket.findings import Finding
from cocket.model import DutyTaxFee, Response, ResponsePayment, ResponsePointer
from cocket.standards.leaves import Leaves, element_of
from cocket.standards.wco_dm.response.fields import RESPONSE_NAMESPACE, SHAPE
from cocket.standards.wco_dm.tree import element_of as declaration_element_of
from cocket.standards.wco_dm.writer import declaration_node

_ABOUT = "Declaration[1]"

#: Fields of the model that this message has no room for.
_NO_ROOM = ("declarant", "agent", "documents", "duties", "transport", "equipment")


def response_element(response: Response) -> etree._Element:
    """The Response element of a response; further ones are not in it.

    Args:
        response: What to write.

    Returns:
        The element, its children in the order of the message.

    Raises:
        ValueError: A text is one that XML does not allow.

    Source: WCO Data Model 3.6, Response (07B).
    """
    leaves = Leaves()
    leaves.put("FunctionCode[1]", response.function_code)
    leaves.put("FunctionalReferenceID[1]", response.functional_reference)
    leaves.put_moment("IssueDateTime[1]", response.issued)
    leaves.put("ContactOffice[1]/ID[1]", response.office.code)
    leaves.put(f"{_ABOUT}/FunctionalReferenceID[1]", response.declaration_reference)
    leaves.put(f"{_ABOUT}/ID[1]", response.declaration_id)
    leaves.put(f"{_ABOUT}/VersionID[1]", response.declaration_version)
    leaves.put_moment(f"{_ABOUT}/AcceptanceDateTime[1]", response.declaration_accepted)
    leaves.put_moment(f"{_ABOUT}/RejectionDateTime[1]", response.declaration_rejected)
    leaves.put_moment(f"{_ABOUT}/CancellationDateTime[1]", response.declaration_cancelled)
    _put_reasons(leaves, response)
    for place, payment in enumerate(response.payments, 1):
        _put_payment(leaves, f"{_ABOUT}/DutyTaxFee[{place}]/Payment[1]", payment)
    for place, item in enumerate(response.items, 1):
        path = f"{_ABOUT}/GoodsShipment[1]/GovernmentAgencyGoodsItem[{place}]"
        leaves.put(f"{path}/SequenceNumeric[1]", item.sequence)
        for number, duty in enumerate(item.duties, 1):
            _put_duty(leaves, f"{path}/Commodity[1]/DutyTaxFee[{number}]", duty)
    leaves.lay_back(response.extensions)
    element = element_of(leaves, SHAPE.outline, "Response")
    if response.correction is not None:
        known = SHAPE.outline.classes["Response"]
        named = [child for child in element if etree.QName(child).localname in known and _is_ours(child)]
        element.insert(len(named), declaration_element_of(declaration_node(response.correction)))
    return element


def no_room(response: Response) -> Iterator[Finding]:
    """What a response holds that this message has no room for.

    Args:
        response: What is to be written.

    Returns:
        An error for each field (0..n).

    Source: WCO Data Model 3.6, Response (07B), as profiled by the UK's Declaration Management System.
    """
    names = [name for name in _NO_ROOM if getattr(response, name)]
    names += ["office.name"] if response.office.name else []
    names += ["errors.location"] if any(error.location for error in response.errors) else []
    names += ["errors.found"] if any(error.found for error in response.errors) else []
    for name in names:
        yield Finding(
            code="res-no-room",
            severity="error",
            message="a response does not support {name}",
            arguments={"name": name},
        )


def _is_ours(element: etree._Element) -> bool:
    return etree.QName(element).namespace == RESPONSE_NAMESPACE


def _put_reasons(leaves: Leaves, response: Response) -> None:
    """What was found, changed, decided and said."""
    for place, error in enumerate(response.errors, 1):
        leaves.put(f"Error[{place}]/Description[1]", error.description)
        leaves.put(f"Error[{place}]/ValidationCode[1]", error.code)
        _put_pointers(leaves, f"Error[{place}]", error.pointers)
    for place, amendment in enumerate(response.amendments, 1):
        leaves.put(f"Amendment[{place}]/ChangeReasonCode[1]", amendment.code)
        _put_pointers(leaves, f"Amendment[{place}]", amendment.pointers)
    for place, status in enumerate(response.statuses, 1):
        leaves.put(f"Status[{place}]/NameCode[1]", status.code)
        leaves.put_moment(f"Status[{place}]/EffectiveDateTime[1]", status.effective)
        leaves.put_moment(f"Status[{place}]/ReleaseDateTime[1]", status.released)
    for place, information in enumerate(response.information, 1):
        leaves.put(f"AdditionalInformation[{place}]/StatementCode[1]", information.code)
        leaves.put(f"AdditionalInformation[{place}]/StatementDescription[1]", information.text)
        leaves.put(f"AdditionalInformation[{place}]/StatementTypeCode[1]", information.type_code)


def _put_pointers(leaves: Leaves, path: str, pointers: tuple[ResponsePointer, ...]) -> None:
    for place, pointer in enumerate(pointers, 1):
        leaves.put(f"{path}/Pointer[{place}]/SequenceNumeric[1]", pointer.sequence)
        leaves.put(f"{path}/Pointer[{place}]/DocumentSectionCode[1]", pointer.section)
        leaves.put(f"{path}/Pointer[{place}]/TagID[1]", pointer.tag)


def _put_payment(leaves: Leaves, path: str, payment: ResponsePayment) -> None:
    leaves.put(f"{path}/ReferenceID[1]", payment.reference)
    leaves.put_amount(f"{path}/TaxAssessedAmount[1]", payment.assessed)
    leaves.put_moment(f"{path}/DueDateTime[1]", payment.due)
    leaves.put_amount(f"{path}/PaymentAmount[1]", payment.amount)
    for place, guarantee in enumerate(payment.guarantees, 1):
        leaves.put(f"{path}/ObligationGuarantee[{place}]/ReferenceID[1]", guarantee)


def _put_duty(leaves: Leaves, path: str, duty: DutyTaxFee) -> None:
    base = "SpecificTaxBaseQuantity" if duty.is_specific else "AdValoremTaxBaseAmount"
    leaves.put(f"{path}/{base}[1]", duty.base)
    leaves.put(f"{path}/TaxRateNumeric[1]", duty.rate_as_written)
    leaves.put(f"{path}/TypeCode[1]", duty.type_code)
    leaves.put_amount(f"{path}/Payment[1]/PaymentAmount[1]", duty.amount)

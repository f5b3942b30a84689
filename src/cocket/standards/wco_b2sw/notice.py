# SPDX-License-Identifier: Apache-2.0
"""Between the arrival notice and the model, both ways; what has no place in the model stays as extensions."""

from __future__ import annotations

from lxml import etree

from cocket.model import Declaration, GoodsShipment, Party, PreviousDocument, Reference, TransportMeans
from cocket.standards.leaves import Leaves, element_of, leaves_of
from cocket.standards.wco_b2sw.fields import MAI

_MEANS = "BorderTransportMeans[1]"
_DECLARANT = "Declarant[1]"
_PREVIOUS = "PreviousDocument[1]/ID[1]"


def read_notice(element: etree._Element) -> Declaration:
    """A declaration from the element of an arrival notice.

    Args:
        element: The Declaration element; what is in it may be anything.

    Returns:
        The declaration; port call, port, communications and version are in its `extensions`.

    Source: WCO Data Model, B2SW, MAI 01A.
    """
    leaves = leaves_of(element, MAI.outline)
    reference = leaves.take("FunctionalReferenceID[1]")
    means = _means(leaves) if leaves.has("BorderTransportMeans") else None
    previous = leaves.take(_PREVIOUS)
    return Declaration(
        function_code=leaves.take("FunctionCode[1]"),
        functional_reference=reference,
        type_code=leaves.take("TypeCode[1]"),
        flow="other",
        issued=leaves.take_moment("IssueDateTime[1]"),
        declarant=_declarant(leaves) if leaves.has("Declarant") else None,
        shipment=GoodsShipment(
            border_transport=means,
            previous_documents=(PreviousDocument(id=previous),) if previous else (),
        ),
        references=(Reference("LRN", reference),) if reference else (),
        extensions=leaves.left(),
    )


def notice_element(document: Declaration) -> etree._Element:
    """The element of an arrival notice.

    Args:
        document: What to write.

    Returns:
        The Declaration element, its children in the order of the message.

    Raises:
        ValueError: A text is one that XML does not allow.

    Source: WCO Data Model, B2SW, MAI 01A.
    """
    leaves = Leaves()
    leaves.put("FunctionCode[1]", document.function_code)
    leaves.put("FunctionalReferenceID[1]", document.functional_reference)
    leaves.put_moment("IssueDateTime[1]", document.issued)
    leaves.put("TypeCode[1]", document.type_code)
    means, declarant = document.shipment.border_transport, document.declarant
    if means:
        leaves.put(f"{_MEANS}/ID[1]", means.id)
        leaves.put(f"{_MEANS}/IdentificationTypeCode[1]", means.id_type_code)
    if declarant:
        leaves.put(f"{_DECLARANT}/Name[1]", declarant.name)
        leaves.put(f"{_DECLARANT}/ID[1]", declarant.id)
        leaves.put(f"{_DECLARANT}/RoleCode[1]", declarant.function_code)
        leaves.put(f"{_DECLARANT}/Contact[1]/Name[1]", declarant.contact)
    for previous in document.shipment.previous_documents[:1]:
        leaves.put(_PREVIOUS, previous.id)
    leaves.lay_back(document.extensions)
    return element_of(leaves, MAI.outline, "Declaration")


def _means(leaves: Leaves) -> TransportMeans:
    return TransportMeans(
        id=leaves.take(f"{_MEANS}/ID[1]"), id_type_code=leaves.take(f"{_MEANS}/IdentificationTypeCode[1]")
    )


def _declarant(leaves: Leaves) -> Party:
    return Party(
        name=leaves.take(f"{_DECLARANT}/Name[1]"),
        id=leaves.take(f"{_DECLARANT}/ID[1]"),
        function_code=leaves.take(f"{_DECLARANT}/RoleCode[1]"),
        contact=leaves.take(f"{_DECLARANT}/Contact[1]/Name[1]"),
    )

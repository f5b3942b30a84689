# SPDX-License-Identifier: Apache-2.0
"""The standard as the house sees it."""

from __future__ import annotations

from lxml import etree

from cocket.errors import SenderError
from cocket.findings import Finding
from cocket.model import Document, Movement, Reading
from cocket.standards.inventory_linking.fields import EXPORTS, EXPORTS_NAMESPACE, IMPORTS, shape_of
from cocket.standards.inventory_linking.reader import read_movement
from cocket.standards.inventory_linking.writer import movement_element
from cocket.standards.kind import Options, Source, Standard
from cocket.standards.reasons import explain, first, only_unknown
from cocket.standards.written import unwritable
from cocket.standards.xml import location_of

_NAME = "inventory-linking"
_VERSION = "v1"
_REQUEST = "{http://www.hmrc.gov.uk/cds/inventorylinking/exportmovement}InventoryLinkingExportsInboundRequest"
_DETAIL = "{http://www.hmrc.gov.uk/cds/inventorylinking/exportmovement}requestDetail"


def recognises(source: Source) -> bool:
    """Whether a message is one of inventory linking, by its root element.

    Source: UK inventory linking APIs; the inbound request of exports.
    """
    return source.root is not None and (source.root.tag == _REQUEST or shape_of(source.root.tag) is not None)


def read(source: Source, options: Options) -> Reading:
    """Read and check one message.

    Args:
        source: The message, alone or in an inbound request, whose headers are the transport's and are not kept.
        options: How to read; there is one profile.

    Returns:
        The reading. A refused message is read too, as far as it goes.

    Source: UK inventory linking exports API 2.0 and inventory linking imports API 2.0.
    """
    message = source.root if source.root.tag != _REQUEST else _inside(source.root)
    shape = None if message is None else shape_of(message.tag)
    if message is None or shape is None:
        return Reading(
            standard=_NAME, version=_VERSION, profile=_NAME, outcome="refused", findings=(_missing(source.root),)
        )
    document = read_movement(message, shape)
    is_sound = shape.accepts(message)
    return Reading(
        standard=_NAME,
        version=_VERSION,
        profile=_NAME,
        outcome="accepted" if is_sound else "refused",
        document=document,
        findings=() if is_sound else first(explain(shape, message), options.limit),
        reference=document.functional_reference,
    )


def write(document: Document) -> bytes:
    """Write a message.

    Args:
        document: What to write; `message_name` says as which message.

    Returns:
        The message as UTF-8.

    Raises:
        SenderError: It is no movement, names no message of this standard, or holds what the message has no room for.

    Source: UK inventory linking exports API 2.0 and inventory linking imports API 2.0.
    """
    name = document.message_name if isinstance(document, Movement) else None
    shape = next((each for each in (EXPORTS, IMPORTS) if name in each.outline.roots), None)
    if not isinstance(document, Movement) or shape is None:
        known = ", ".join((*EXPORTS.outline.roots, *IMPORTS.outline.roots))
        unnamed = (unwritable("message_name", name),) if isinstance(document, Movement) else ()
        raise SenderError("This is not an inventory linking message.", expected=known, found=name, findings=unnamed)
    try:
        element = movement_element(document, shape)
    except ValueError as error:  # lxml's word for a character or a name that XML has no way to write
        raise SenderError("This movement contains text that XML does not allow.", found=str(error)) from error
    if not shape.accepts(element):
        findings = first(explain(shape, element), Options().limit)
        # A field that was unknown when read is written back where it stood, and is as unknown there.
        if not only_unknown(findings):
            raise SenderError("This movement does not fit into the message.", findings=findings)
    return etree.tostring(element, encoding="UTF-8", xml_declaration=True)


def _inside(request: etree._Element) -> etree._Element | None:
    details = request.iterchildren(_DETAIL)
    return next((child for detail in details for child in detail if shape_of(child.tag)), None)


def _missing(request: etree._Element) -> Finding:
    return Finding(
        code="inventory-message-missing",
        severity="error",
        message="the request holds no message of {expected}",
        location=location_of(request),
        expected=EXPORTS_NAMESPACE,
    )


INVENTORY_LINKING = Standard(
    name=_NAME,
    title="UK inventory linking",
    recognises=recognises,
    read=read,
    write=write,
    profiles=(_NAME,),
)

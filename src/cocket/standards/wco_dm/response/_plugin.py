# SPDX-License-Identifier: Apache-2.0
"""The standard as the house sees it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import msgspec
from lxml import etree

from cocket.errors import SenderError
from cocket.findings import Finding
from cocket.model import Document, Reading, Response
from cocket.standards.kind import Options, Source, Standard
from cocket.standards.reasons import explain, first, only_unknown
from cocket.standards.wco_dm.explanation import explain as explain_declaration
from cocket.standards.wco_dm.response.envelope import is_response, open_envelope, wrap
from cocket.standards.wco_dm.response.fields import SHAPE
from cocket.standards.wco_dm.response.lifecycle import NOTICES
from cocket.standards.wco_dm.response.reader import CORRECTION, foreign_in, read_response
from cocket.standards.wco_dm.response.writer import no_room, response_element
from cocket.standards.wco_dm.schema import accepts as accepts_declaration
from cocket.standards.xml import location_of

_NAME = "wco-res"


def recognises(source: Source) -> bool:
    """Whether a message is a response of this standard, by its root element and what is in it.

    Source: WCO Data Model 3.6, Response and MetaData.
    """
    return source.root is not None and is_response(source.root)


def read(source: Source, options: Options) -> Reading:
    """Read and check the responses of one message.

    Args:
        source: The message.
        options: How to read; there is one profile.

    Returns:
        The reading. Its document is the first response; the others of the same envelope are its `further` ones. A
        refused response is read too, as far as it goes.

    Source: WCO Data Model 3.6, Response (07B) and MetaData.
    """
    opened = open_envelope(source.root)
    read_ones = [
        read_response(element, opened.headers if place == 0 else ()) for place, element in enumerate(opened.responses)
    ]
    document = msgspec.structs.replace(read_ones[0], further=tuple(read_ones[1:])) if read_ones else None
    verdicts = [accepts(element) for element in opened.responses]
    checked = map(_check, opened.responses, read_ones, verdicts)
    findings = first(chain(opened.findings, chain.from_iterable(checked)), options.limit)
    return Reading(
        standard=_NAME,
        version=opened.version,
        profile=_NAME,
        outcome="accepted" if verdicts and all(verdicts) else "refused",
        document=document,
        findings=findings,
        reference=document.functional_reference if document else None,
    )


def write(document: Document) -> bytes:
    """Write a response, and its further ones, in one envelope.

    Args:
        document: What to write.

    Returns:
        The message as UTF-8.

    Raises:
        SenderError: It is no response, or holds what this message has no room for; `findings` say what.

    Source: WCO Data Model 3.6, Response (07B) and MetaData.
    """
    if not isinstance(document, Response):
        raise SenderError("Only a response can be written as a response.", expected="response")
    responses = (document, *document.further)
    findings = tuple(finding for response in responses for finding in no_room(response))
    if findings:
        raise SenderError("This response has content that the message does not support.", findings=findings)
    try:
        elements = [response_element(response) for response in responses]
    except ValueError as error:  # lxml's word for a character or a name that XML has no way to write
        raise SenderError("This response contains text that XML does not allow.", found=str(error)) from error
    refused = (element for element in elements if not accepts(element))
    findings = first(chain.from_iterable(map(_explain, refused)), Options().limit)
    # A field that was unknown when read is written back where it stood, and is as unknown there.
    if not only_unknown(findings):
        raise SenderError("This response does not fit into the message.", findings=findings)
    return etree.tostring(wrap(elements, document.extensions), encoding="UTF-8", xml_declaration=True)


def accepts(element: etree._Element) -> bool:
    """Whether the structure of a response is right, that of the corrected declaration in it included.

    Args:
        element: The Response element, alone or inside its envelope.

    Returns:
        The verdict of the published schema on this element.

    Source: WCO Data Model 3.6, RES as profiled by the UK's Declaration Management System.
    """
    return SHAPE.accepts(element) and all(map(accepts_declaration, foreign_in(element)))


def _explain(element: etree._Element) -> Iterator[Finding]:
    """Why the schema refuses a response; nothing if it does not."""
    yield from explain(SHAPE, element)
    for foreign in foreign_in(element):
        if foreign.tag != CORRECTION:
            yield Finding(
                code="res-element-unexpected",
                severity="error",
                message="{found} is not expected here",
                location=location_of(foreign),
                expected="Declaration",
                found=etree.QName(foreign).localname[:200],
            )
        elif not accepts_declaration(foreign):
            yield from explain_declaration(foreign)


def _check(element: etree._Element, response: Response, is_sound: bool) -> Iterator[Finding]:
    if not is_sound:
        yield from _explain(element)
    elif response.function_code and response.function_code not in NOTICES:
        yield Finding(
            code="res-function-unknown",
            severity="warning",
            message="{found} is not a known function of a response",
            pointer="07B/017",
            location=f"{location_of(element)}/{_written(element)}",
            found=response.function_code[:200],
        )


def _written(element: etree._Element) -> str:
    prefix = f"{element.prefix}:" if element.prefix else ""
    return f"{prefix}FunctionCode[1]"


WCO_RES = Standard(
    name=_NAME,
    title="WCO Data Model response",
    recognises=recognises,
    read=read,
    write=write,
    profiles=(_NAME, "wco-dm"),  # the structure of a message of the Data Model is what either name asks for
)

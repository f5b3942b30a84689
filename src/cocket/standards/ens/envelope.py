# SPDX-License-Identifier: Apache-2.0
"""Where a message stands: alone, or in what the transport put around it.

What is around it belongs to the transport and is not kept.
Source: SOAP 1.1 §4, SOAP 1.2 part 1 §5; UK Safety and Security Import API 1.0, responses that carry a message.
"""

from __future__ import annotations

from itertools import islice

from lxml import etree

from cocket.standards.ens.fields import MESSAGES, Message

_BY_TAG = {message.tag: message for message in MESSAGES.values()}

#: Root elements that may have a message inside, and how deep it may be in them.
_ENVELOPES = (
    "{http://www.w3.org/2003/05/soap-envelope}Envelope",
    "{http://schemas.xmlsoap.org/soap/envelope/}Envelope",
    "notificationResponse",
    "entryDeclarationResponse",
)


def messages_in(root: etree._Element) -> list[tuple[Message, etree._Element]]:
    """The messages in what was received.

    Args:
        root: Root element of what was received.

    Returns:
        Each message with its root element in document order (0..2): none, the one there is, or two where there are
        more, which is one too many.

    Source: see the module.
    """
    if root.tag in _BY_TAG:
        return [(_BY_TAG[root.tag], root)]
    if root.tag not in _ENVELOPES:
        return []
    return [(_BY_TAG[each.tag], each) for each in islice(root.iter(*_BY_TAG), 2)]


def location_of(element: etree._Element) -> str:
    """The absolute XPath of an element, with a place on every step and the prefixes of the message.

    Args:
        element: The element, in what was received.

    Returns:
        Such as `/ie:CC313A[1]/TRACONCE1[1]/CitCE124[1]`.

    Source: XML Path Language 1.0 §2.
    """
    steps = []
    step: etree._Element | None = element
    while step is not None:
        place = 1 + sum(1 for _ in step.itersiblings(step.tag, preceding=True))
        steps.append(f"{written_name(step)}[{place}]")
        step = step.getparent()
    return "/" + "/".join(reversed(steps))


def written_name(element: etree._Element) -> str:
    """The name of an element with the prefix it has in the message.

    Source: Namespaces in XML 1.0 §4.
    """
    name = str(element.tag).rpartition("}")[2]
    return f"{element.prefix}:{name}" if element.prefix else name

# SPDX-License-Identifier: Apache-2.0
"""XML as it comes in from outside: parsed once, with nothing looked up and everything limited."""

from __future__ import annotations

import msgspec
from lxml import etree

from cocket.errors import UnreadableError
from cocket.findings import Finding


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a message may measure at most.

    Attributes:
        size: Bytes of the whole message.
        depth: Elements nested in each other (count).
        attributes: Attributes on one element (count).
        text: Characters in one text (count).
        namespaces: Namespace declarations in the whole message (count).
    """

    size: int = 10 * 1024 * 1024
    depth: int = 64
    attributes: int = 32
    text: int = 100_000
    namespaces: int = 64


LIMITS = Limits()


def parse_xml(data: bytes, limits: Limits = LIMITS) -> etree._Element:
    """Parse XML from an untrusted sender: no DOCTYPE, no entity, no network, no oversize.

    Args:
        data: The bytes as received, in any encoding XML itself declares.
        limits: What the message may measure at most.

    Returns:
        The root element.

    Raises:
        UnreadableError: It is not well-formed XML, carries a DOCTYPE, or exceeds a limit; `findings` says where.

    Source: XML 1.0 (5th edition) §2.1; limits are ours.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _unreadable("xml-not-well-formed", str(error)) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise _unreadable("xml-doctype", "a DOCTYPE is not allowed")
    return root


def _unreadable(code: str, why: str) -> UnreadableError:
    finding = Finding(code=code, severity="error", message="not readable as XML: {why}", arguments={"why": why[:200]})
    return UnreadableError(f"Not readable as XML: {why}", code=code, findings=(finding,))

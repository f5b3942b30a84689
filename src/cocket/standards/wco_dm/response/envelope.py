# SPDX-License-Identifier: Apache-2.0
"""What responses come wrapped in: nothing, or a MetaData element with one or several of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from lxml import etree

from cocket.findings import Finding
from cocket.model import Extension
from cocket.standards.wco_dm.envelope import ENVELOPE_NAMESPACE, HEADERS
from cocket.standards.wco_dm.response.fields import RESPONSE_NAMESPACE
from cocket.standards.xml import location_of

_RESPONSE = f"{{{RESPONSE_NAMESPACE}}}Response"
_ENVELOPE = f"{{{ENVELOPE_NAMESPACE}}}MetaData"
_ROOT = "/MetaData[1]/"
_STANDARD_HEADERS = {"WCODataModelVersionCode": "3.6", "WCOTypeName": "RES"}


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """An envelope taken apart.

    Attributes:
        responses: The Response elements in order (0..n).
        version: Edition of the WCO Data Model that the envelope states; None if it states none.
        headers: What the envelope states that a writer would not (0..n), with paths that start with `/`.
        findings: What is wrong with the envelope (0..n).
    """

    responses: tuple[Any, ...]  # etree._Element; msgspec cannot name lxml's class
    version: str | None = None
    headers: tuple[Extension, ...] = ()
    findings: tuple[Finding, ...] = ()


def is_response(root: etree._Element) -> bool:
    """Whether a root element is a Response, or an envelope that holds one or says so while it holds nothing else.

    Args:
        root: Root element of the message.

    Source: WCO Data Model 3.6, Response and MetaData.
    """
    if root.tag == _RESPONSE:
        return True
    if root.tag != _ENVELOPE:
        return False
    inside = [child for child in root if etree.QName(child).namespace != ENVELOPE_NAMESPACE]
    if not inside:
        return (root.findtext(f"{{{ENVELOPE_NAMESPACE}}}WCOTypeName") or "").strip() == "RES"
    return etree.QName(inside[0]).namespace == RESPONSE_NAMESPACE


def open_envelope(root: etree._Element) -> Opened:
    """Take an envelope apart.

    Args:
        root: Root element of the message, one of those of `is_response`.

    Returns:
        The responses and what stands around them.

    Source: WCO Data Model 3.6, MetaData.
    """
    if root.tag == _RESPONSE:
        return Opened(responses=(root,))
    texts = {etree.QName(child).localname: (child.text or "").strip() for child in root if not len(child)}
    headers = {name: texts[name] for name in HEADERS if texts.get(name)}
    responses = tuple(root.iterchildren(_RESPONSE))
    return Opened(
        responses=responses,
        version=headers.get("WCODataModelVersionCode"),
        headers=tuple(
            Extension(f"{_ROOT}{name}[1]", text)
            for name, text in headers.items()
            if text != _STANDARD_HEADERS.get(name)
        ),
        findings=() if responses else (_missing(root),),
    )


def wrap(responses: Iterable[etree._Element], extensions: tuple[Extension, ...]) -> etree._Element:
    """Put responses into their envelope.

    Args:
        responses: Response elements (1..n).
        extensions: Those of the first response; the headers among them are used.

    Returns:
        The MetaData element, which says WCO Data Model 3.6, RES, if the headers say nothing else.

    Source: WCO Data Model 3.6, MetaData.
    """
    stated = {each.path: each.value for each in extensions if each.path.startswith("/")}
    envelope = etree.Element(_ENVELOPE, nsmap={"md": ENVELOPE_NAMESPACE})
    for name in HEADERS:
        text = stated.get(f"{_ROOT}{name}[1]") or _STANDARD_HEADERS.get(name)
        if text:
            etree.SubElement(envelope, f"{{{ENVELOPE_NAMESPACE}}}{name}").text = text
    envelope.extend(responses)
    return envelope


def _missing(envelope: etree._Element) -> Finding:
    inside = ", ".join(str(child.tag) for child in envelope)
    return Finding(
        code="res-response-missing",
        severity="error",
        message="{expected} in its namespace is expected here; found {found}",
        location=location_of(envelope),
        expected="Response",
        found=inside[:200] or None,
    )

# SPDX-License-Identifier: Apache-2.0
"""What a Declaration comes wrapped in: nothing, a MetaData element, or that in a submission request."""

from __future__ import annotations

from typing import Any

import msgspec
from lxml import etree

from cocket.findings import Finding
from cocket.model import Extension
from cocket.standards.wco_dm.fields import DECLARATION_NAMESPACE
from cocket.standards.wco_dm.places import location_of

ENVELOPE_NAMESPACE = "urn:wco:datamodel:WCO:DocumentMetaData-DMS:2"
REQUEST_NAMESPACE = "http://uk/gov/hmrc/mdg/declarationmanagement/submitdeclaration/request/schema/v1"

_DECLARATION = f"{{{DECLARATION_NAMESPACE}}}Declaration"
_ENVELOPE = f"{{{ENVELOPE_NAMESPACE}}}MetaData"
_REQUEST = f"{{{REQUEST_NAMESPACE}}}submitDeclarationRequest"
_DETAIL = f"{{{REQUEST_NAMESPACE}}}requestDetail"

_ROOT = "/MetaData[1]/"
_VERSION, _TYPE = "WCODataModelVersionCode", "WCOTypeName"

#: The headers of an envelope in their order; the last two are national.
HEADERS = (
    _VERSION,
    _TYPE,
    "ResponsibleCountryCode",
    "ResponsibleAgencyName",
    "AgencyAssignedCustomizationCode",
    "AgencyAssignedCustomizationVersionCode",
)

#: Edition of the WCO Data Model that the namespace of the Declaration belongs to. Each edition has its own.
EDITION = "3.6"

_STANDARD_HEADERS = {_VERSION: EDITION, _TYPE: "DEC"}


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """An envelope taken apart.

    Attributes:
        declaration: The Declaration element; None if there is none.
        version: Edition of the WCO Data Model: as the envelope states it, else as the namespace tells; None if neither.
        headers: What the envelope states that a writer would not (0..n), with paths that start with `/`.
        findings: What is wrong with the envelope (0..n).
    """

    declaration: Any  # etree._Element | None; msgspec cannot name lxml's class
    version: str | None = None
    headers: tuple[Extension, ...] = ()
    findings: tuple[Finding, ...] = ()


def is_envelope(tag: str) -> bool:
    """Whether a root element is one that a Declaration comes in, or a Declaration itself.

    Args:
        tag: Name of the root element as `{namespace}name`.

    Source: WCO Data Model 3.6, Declaration and MetaData; UK customs declarations API, submission request.
    """
    return tag in (_DECLARATION, _ENVELOPE, _REQUEST)


def open_envelope(root: etree._Element) -> Opened:
    """Take an envelope apart.

    Args:
        root: Root element of the message, one of those of `is_envelope`.

    Returns:
        The declaration and what stands around it. The headers of a submission request are the transport's and are
        not kept.

    Source: WCO Data Model 3.6, MetaData; UK customs declarations API, submission request.
    """
    if root.tag == _DECLARATION:
        return Opened(declaration=root, version=EDITION)
    envelope = root if root.tag == _ENVELOPE else _inside_request(root)
    if envelope is None:
        return Opened(declaration=None, findings=(_missing(root, "MetaData"),))
    declarations = [child for child in envelope if child.tag == _DECLARATION]
    texts = {str(child.tag).rpartition("}")[2]: (child.text or "").strip() for child in envelope if not len(child)}
    headers = {name: texts[name] for name in HEADERS if texts.get(name)}
    return Opened(
        declaration=declarations[0] if declarations else None,
        version=headers.get(_VERSION) or (EDITION if declarations else None),
        headers=tuple(
            Extension(f"{_ROOT}{name}[1]", text)
            for name, text in headers.items()
            if text != _STANDARD_HEADERS.get(name)
        ),
        findings=tuple(_check(envelope, declarations, headers)),
    )


def wrap(declaration: etree._Element, extensions: tuple[Extension, ...]) -> etree._Element:
    """Put a Declaration into its envelope.

    Args:
        declaration: The Declaration element.
        extensions: Those of the document; the headers among them are used.

    Returns:
        The MetaData element, which says WCO Data Model 3.6, DEC, if the headers say nothing else.

    Source: WCO Data Model 3.6, MetaData.
    """
    stated = {each.path: each.value for each in extensions if each.path.startswith("/")}
    envelope = etree.Element(_ENVELOPE, nsmap={"md": ENVELOPE_NAMESPACE})
    for name in HEADERS:
        text = stated.get(f"{_ROOT}{name}[1]") or _STANDARD_HEADERS.get(name)
        if text:
            etree.SubElement(envelope, f"{{{ENVELOPE_NAMESPACE}}}{name}").text = text
    envelope.append(declaration)
    return envelope


def _inside_request(request: etree._Element) -> etree._Element | None:
    details = (child for child in request if child.tag == _DETAIL)
    return next((child for detail in details for child in detail if child.tag == _ENVELOPE), None)


def _check(envelope: etree._Element, declarations: list[etree._Element], headers: dict[str, str]) -> list[Finding]:
    if not declarations:
        return [_missing(envelope, "Declaration")]
    findings = [
        Finding(
            code="wco-declaration-repeated",
            severity="error",
            message="an envelope holds one declaration; this is another",
            location=location_of(another),
            expected="one Declaration",
            found=str(len(declarations)),
        )
        for another in declarations[1:2]
    ]
    if headers.get(_VERSION, EDITION) != EDITION:
        findings.append(
            Finding(
                code="wco-edition",
                severity="warning",
                message="the envelope states edition {found}, but the namespace belongs to {expected}, which is used",
                location=location_of(envelope),
                expected=EDITION,
                found=headers[_VERSION][:200],
            )
        )
    if not headers.get(_TYPE, "DEC").startswith("DEC"):
        findings.append(
            Finding(
                code="wco-envelope-type",
                severity="warning",
                message="the envelope states that it contains {found}, not {expected}",
                location=location_of(envelope),
                expected="DEC",
                found=headers[_TYPE][:200],
            )
        )
    return findings


def _missing(envelope: etree._Element, name: str) -> Finding:
    inside = ", ".join(str(child.tag) for child in envelope)
    return Finding(
        code="wco-declaration-missing",
        severity="error",
        message="{expected} in its namespace is expected here; found {found}",
        location=location_of(envelope),
        expected=name,
        found=inside[:200] or None,
    )

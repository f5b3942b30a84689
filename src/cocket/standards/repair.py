# SPDX-License-Identifier: Apache-2.0
"""Known slips of senders, repaired before a message is recognised, each with a finding that says so.

Strict reading refuses all of these. What is repaired here are slips that leave no doubt about what was meant: a
message copied out of a log with the log's text behind it, a comment with `--` in it, WCO names that lost their
namespaces or the colon behind their prefixes, white space around a code. Nothing is guessed, and no value is changed
but for the white space around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from cocket.errors import UnreadableError
from cocket.findings import Finding
from cocket.standards.xml import LIMITS, Limits, as_utf8, location_of, parse_xml

ENVELOPE_NAMESPACE = "urn:wco:datamodel:WCO:DocumentMetaData-DMS:2"

#: What a WCO document is named, with the namespaces of its elements and of the dates in it.
_DOCUMENTS = {
    "Declaration": ("urn:wco:datamodel:WCO:DEC-DMS:2", "urn:wco:datamodel:WCO:Declaration_DS:DMS:2"),
    "Response": ("urn:wco:datamodel:WCO:RES-DMS:2", "urn:wco:datamodel:WCO:Response_DS:DMS:2"),
}
_ENVELOPE, _DATE = "MetaData", "DateTimeString"
_BODY_NAMESPACES = {namespace for namespace, _ in _DOCUMENTS.values()}

#: A prefix that lost its colon: WCO names begin with a capital, prefixes do not (`_2_1Response`, `mdMetaData`).
_LOST_COLON = re.compile(r"^[_a-z][_a-z0-9]*(?=[A-Z])")

_COMMENT_OR_CDATA = (b"<!--", b"-->"), (b"<![CDATA[", b"]]>")
_ROOT_NAME = re.compile(rb"<(?P<name>[^\s<>/!?]+)")
_EMPTY_PREFIX = re.compile(rb"""(?P<start><[^\s<>/!?][^<>]*?)\sxmlns:=(?:"[^"<>]*"|'[^'<>]*')""")

_SPACE = " \t\r\n"
_SHOWN = 200

#: Ends of the names of elements that hold a code, an identifier, a number or a time, where white space means nothing.
_CODED = ("Code", "ID", "DateTime", _DATE, "Amount", "Measure", "Numeric", "Quantity")
_INVENTORY = "inventoryLinking"

_MESSAGES = {
    "repaired-comment": "two hyphens inside a comment were removed; XML does not allow them there",
    "repaired-trailing-text": "text after the document was left out: {found}",
    "repaired-empty-prefix": "a namespace declaration without a prefix after its colon was removed",
    "repaired-prefixes": "{count} names had no colon after their prefix, such as {found}",
    "repaired-namespaces": "{count} elements were not in their namespace {expected}",
    "repaired-white-space": "white space around {expected} was removed",
}


def parse_leniently(data: bytes, limits: Limits = LIMITS) -> tuple[etree._Element, tuple[Finding, ...]]:
    """Parse XML from an untrusted sender and repair the slips that are known.

    Args:
        data: The bytes as received.
        limits: What the message may measure at most.

    Returns:
        The root element, and a warning for each repair (0..n).

    Raises:
        UnreadableError: It is not readable as XML, even once repaired; the findings are those of strict reading.

    Source: XML 1.0 (5th edition) §2.1, §2.5; WCO Data Model 3.6, names and namespaces of DEC and RES; slips seen in
        public sample messages.
    """
    findings: list[Finding] = []
    try:
        root = parse_xml(data, limits)
    except UnreadableError as strict:
        if strict.code != "xml-not-well-formed":
            raise
        repaired = _repaired_bytes(as_utf8(data), findings)
        try:
            root = parse_xml(repaired, limits)
        except UnreadableError:
            raise strict from None
    root = _renamed(root, findings)
    if _is_coded(root):
        findings.extend(_trimmed(root))
    return root, tuple(findings)


# Bytes -------------------------------------------------------------------------------------------------------------


def _repaired_bytes(data: bytes, findings: list[Finding]) -> bytes:
    without = _without_hyphens(data)
    if without != data:
        findings.append(_finding("repaired-comment"))
    found = _ROOT_NAME.search(without)
    if found:
        end_tag = b"</" + found["name"]
        end = without.find(b">", max(without.rfind(end_tag), 0)) + 1
        rest = without[end:]
        if end_tag in without and rest.strip() and b"<" not in rest:
            findings.append(_finding("repaired-trailing-text", found=rest.decode("utf-8", "replace").strip()))
            without = without[:end]
    repaired = _EMPTY_PREFIX.sub(rb"\g<start>", without)
    if repaired != without:
        findings.append(_finding("repaired-empty-prefix"))
    return repaired


def _without_hyphens(data: bytes) -> bytes:
    """The bytes with every `--` inside a comment blanked; each byte is looked at once."""
    parts, at = [], 0
    while True:
        starts = [(data.find(start, at), start, end) for start, end in _COMMENT_OR_CDATA]
        known = [each for each in starts if each[0] >= 0]
        if not known:
            break
        begin, start, end = min(known)
        close = data.find(end, begin + len(start))
        if close < 0:
            break
        inside = data[begin + len(start) : close]
        if start == b"<!--":
            inside = inside.replace(b"--", b"  ").removesuffix(b"-")
        parts += [data[at : begin + len(start)], inside, end]
        at = close + len(end)
    return b"".join((*parts, data[at:]))


# Names -------------------------------------------------------------------------------------------------------------


def _renamed(root: etree._Element, findings: list[Finding]) -> etree._Element:
    """The tree with WCO names in the namespaces they belong to; the same tree if they are there already."""
    name = _bare(etree.QName(root))
    if name != _ENVELOPE and name not in _DOCUMENTS:
        return root
    lost: list[str] = []
    moved: dict[str, int] = {}
    for element in root.iter(etree.Element):
        qualified = etree.QName(element)
        bare = _bare(qualified)
        if bare != qualified.localname:
            lost.append(qualified.localname)
        namespace = _home(element, bare)
        if namespace != qualified.namespace:
            moved[namespace or ""] = moved.get(namespace or "", 0) + 1
    if not lost and not moved:
        return root
    if lost:
        findings.append(_finding("repaired-prefixes", found=lost[0], count=str(len(lost))))
    findings += [_finding("repaired-namespaces", expected=each, count=str(count)) for each, count in moved.items()]
    return _moved(root, None)


def _bare(name: etree.QName) -> str:
    """A name without what was its prefix; one that has a namespace has not lost anything."""
    return name.localname if name.namespace else _LOST_COLON.sub("", name.localname, count=1)


def _home(element: etree._Element, bare: str) -> str | None:
    """The namespace an element belongs to: as the document around it says if it has none, or is a date in the wrong."""
    namespace = etree.QName(element).namespace
    if namespace is not None and not (bare == _DATE and namespace in _BODY_NAMESPACES):
        return namespace
    around = [_bare(etree.QName(each)) for each in (element, *element.iterancestors())]
    document = next((each for each in reversed(around) if each in _DOCUMENTS), None)
    if document is None:
        return ENVELOPE_NAMESPACE
    elements, dates = _DOCUMENTS[document]
    return dates if bare == _DATE else elements


def _moved(element: etree._Element, parent: etree._Element | None) -> etree._Element:
    """A copy of an element and all in it, each in its namespace, with the prefixes of the message where it had any."""
    name = etree.QName(element)
    bare = _bare(name)
    namespace = _home(element, bare)
    tag = f"{{{namespace}}}{bare}" if namespace else bare
    prefixes = dict(element.nsmap)
    if namespace != name.namespace:
        prefixes[None] = namespace or ""
    nsmap: Any = {prefix: uri for prefix, uri in prefixes.items() if uri}
    attributes = {str(key): str(value) for key, value in element.items()}
    if parent is None:
        copy = etree.Element(tag, attributes, nsmap)
    else:
        copy = etree.SubElement(parent, tag, attributes, nsmap)
    copy.text, copy.tail = element.text, element.tail
    for child in element:
        _moved(child, copy)
    return copy


# Values ------------------------------------------------------------------------------------------------------------


def _is_coded(root: etree._Element) -> bool:
    namespace = etree.QName(root).namespace or ""
    return namespace in (ENVELOPE_NAMESPACE, *_BODY_NAMESPACES) or _INVENTORY in namespace or _is_request(root)


def _is_request(root: etree._Element) -> bool:
    return etree.QName(root).localname == "submitDeclarationRequest"


def _trimmed(root: etree._Element) -> Iterator[Finding]:
    for element in root.iter(etree.Element):
        text = element.text
        if not text or len(element) or (text[0] not in _SPACE and text[-1] not in _SPACE):
            continue
        name = etree.QName(element)
        bare = text.strip(_SPACE)
        if bare and (name.localname.endswith(_CODED) or _INVENTORY in (name.namespace or "")):
            element.text = bare
            yield _finding("repaired-white-space", location=location_of(element), expected=bare, found=text)


def _finding(
    code: str, *, location: str | None = None, expected: str | None = None, found: str | None = None, **more: str
) -> Finding:
    return Finding(
        code=code,
        severity="warning",
        message=_MESSAGES[code],
        location=location,
        expected=expected,
        found=None if found is None else found[:_SHOWN],
        arguments=more,
    )

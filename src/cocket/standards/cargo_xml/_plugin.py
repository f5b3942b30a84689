# SPDX-License-Identifier: Apache-2.0
"""The messages as the house sees them: one standard for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal

import msgspec
from lxml import etree
from msgspec import structs

from cocket.errors import SenderError
from cocket.findings import Finding, Gathered
from cocket.model import Document, Extension, Manifest, Movement, Reading, Response
from cocket.model.message import Function
from cocket.standards.air import require_air
from cocket.standards.cargo_xml import lists, messages, waybill
from cocket.standards.cargo_xml.fields import OUTLINES
from cocket.standards.cargo_xml.rules import check_list, check_waybill
from cocket.standards.cargo_xml.structure import check_structure
from cocket.standards.cargo_xml.waybill import BUSINESS, HEADER
from cocket.standards.kind import Options, Source, Standard
from cocket.standards.leaves import Leaves, element_of, leaves_of
from cocket.standards.placi import PROFILE
from cocket.standards.shape import Outline
from cocket.standards.written import differences
from cocket.standards.xml import location_of

_PROFILE = "cargo-xml"

_FUNCTIONS: dict[str, Function] = {
    **dict.fromkeys(("update", "change", "replace", "amendment", "4", "5"), "amendment"),
    **dict.fromkeys(("cancellation", "cancel", "deletion", "delete", "1", "3"), "cancellation"),
}


class _Message(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of message.

    Attributes:
        title: Name for people.
        kind: What it is read into.
        read: Leaves → document.
        write: Document → leaves.
        reference: Path of what identifies it within its sender's messages.
        is_single: Whether it is of one bill.
        level: Whether its bills are houses, or waybills of airlines; None if it has no bills.
    """

    title: str
    kind: type
    read: Callable[[Leaves], Any]
    write: Callable[[Any], Leaves]
    reference: str
    is_single: bool = False
    level: Literal["house", "master"] | None = None


_MESSAGES = {
    "xfwb": _Message(
        title="Cargo-XML air waybill (XFWB)", kind=Manifest, read=waybill.read_waybill, write=waybill.write_waybill, level="master",
        reference=f"{BUSINESS}ID[1]", is_single=True,
    ),
    "xfzb": _Message(
        title="Cargo-XML house waybill (XFZB)", kind=Manifest, read=waybill.read_house, write=waybill.write_house, level="house",
        reference=f"{BUSINESS}ID[1]", is_single=True,
    ),
    "xfhl": _Message(
        title="Cargo-XML house manifest (XFHL)", kind=Manifest, read=lists.read_houses, write=lists.write_houses, level="house",
        reference=f"{BUSINESS}ID[1]",
    ),
    "xffm": _Message(
        title="Cargo-XML flight manifest (XFFM)", kind=Manifest, read=lists.read_flight, write=lists.write_flight, level="master",
        reference=f"{BUSINESS}ID[1]",
    ),
    "xfsu": _Message(
        title="Cargo-XML status (XFSU)", kind=Movement, read=messages.read_status, write=messages.write_status,
        reference=f"{HEADER}ID[1]",
    ),
    "xfnm": _Message(
        title="Cargo-XML response (XFNM)", kind=Response, read=messages.read_response, write=messages.write_response,
        reference=f"{HEADER}ID[1]",
    ),
}  # fmt: skip


def _recognises(outline: Outline, source: Source) -> bool:
    if source.root is None:
        return False
    namespace, name = source.root_name
    return f"rsm:{name}" in outline.roots and namespace == outline.prefixes["rsm"]


def _read(name: str, source: Source, options: Options) -> Reading:
    outline, message = OUTLINES[name], _MESSAGES[name]
    whole = leaves_of(source.root, outline)
    version = whole.peek(f"{HEADER}VersionID[1]")
    reference = whole.peek(message.reference)
    function = _FUNCTIONS.get((whole.peek(f"{HEADER}PurposeCode[1]") or "").casefold(), "original")
    document = message.read(whole.copy())
    is_placi = options.profile == PROFILE
    told = Gathered(options.limit)
    for finding in check_structure(source.root, outline):
        told.add(finding)
        if told.is_full and told.has_error:
            break  # where each of the others stands costs more than it tells
    for finding in _rules(document, whole, is_placi=is_placi, message=message):
        told.add(structs.replace(finding, location=_located(source.root, outline, finding.location or "")))
    return Reading(
        standard=f"{_PROFILE}-{name}",
        version=version,
        profile=PROFILE if is_placi else _PROFILE,
        outcome="refused" if told.has_error else "accepted",
        document=document,
        findings=told.result(),
        function=function,
        reference=reference,
    )


def _rules(document: Document, whole: Leaves, *, is_placi: bool, message: _Message) -> Iterator[Finding]:
    if not isinstance(document, Manifest):
        return
    if message.is_single:
        yield from check_waybill(document, whole, is_placi=is_placi)
    else:
        yield from check_list(document, whole, is_placi=is_placi)


def _located(root: etree._Element, outline: Outline, path: str) -> str:
    """The XPath of a place in the notation of leaves, as far as the message goes."""
    element = root
    for step in path.removesuffix("/").split("/"):
        name, _, place = step.removesuffix("]").partition("[")
        prefix, _, local = name.rpartition(":")
        inner = element.findall(f"{{{outline.prefixes[prefix]}}}{local}") if local else []
        if not place or len(inner) < int(place):
            break
        element = inner[int(place) - 1]
    return location_of(element)


def _write(name: str, document: Document) -> bytes:
    outline, message = OUTLINES[name], _MESSAGES[name]
    if not isinstance(document, (Manifest, Movement, Response)) or not isinstance(document, message.kind):
        found = type(document).__name__
        raise SenderError(f"{message.title} does not support this.", expected=message.kind.__name__, found=found)
    if message.is_single and isinstance(document, Manifest) and len(document.bills) != 1:
        found = str(len(document.bills))
        raise SenderError("A waybill has one bill.", expected="1", found=found, hint="Choose one with --bill.")
    if isinstance(document, Manifest) and not document.extensions:
        require_air(document, message.level)
    try:
        element = element_of(message.write(document), outline, next(iter(outline.roots)))
    except ValueError as error:  # lxml's word for a character or a name that XML has no way to write
        raise SenderError("This document contains text that XML does not allow.", found=str(error)) from error
    again = message.read(leaves_of(element, outline)) if document.extensions else document
    if _without_units(again) != _without_units(document):
        raise SenderError(
            "This document was changed in a value that its message repeats in several places.",
            code="cargo-xml-changed",
            hint="Write it without extensions, as a new message.",
            findings=differences(document, again),
        )
    return etree.tostring(element, encoding="UTF-8", xml_declaration=True)


def _without_units(document: Document) -> Document:
    """A document without the units that its message is written in: a measure may be written in another one."""
    if not isinstance(document, Manifest):
        return document
    bills = tuple(structs.replace(each, extensions=_but_units(each.extensions)) for each in document.bills)
    return structs.replace(document, bills=bills, extensions=_but_units(document.extensions))


def _but_units(extensions: tuple[Extension, ...]) -> tuple[Extension, ...]:
    return tuple(each for each in extensions if not each.path.endswith("/@unitCode"))


def _standard(name: str, message: _Message) -> Standard:
    def recognises(source: Source) -> bool:
        return _recognises(OUTLINES[name], source)

    def read(source: Source, options: Options) -> Reading:
        return _read(name, source, options)

    def write(document: Document) -> bytes:
        return _write(name, document)

    profiles = (_PROFILE, PROFILE) if message.kind is Manifest else (_PROFILE,)
    return Standard(
        name=f"{_PROFILE}-{name}", title=message.title, recognises=recognises, read=read, write=write, profiles=profiles
    )


#: The messages, in the order in which they are told apart.
CARGO_XML = tuple(_standard(name, message) for name, message in _MESSAGES.items())

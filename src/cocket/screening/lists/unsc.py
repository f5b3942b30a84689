# SPDX-License-Identifier: Apache-2.0
"""The United Nations Security Council Consolidated List in its own XML.

Source: UN Security Council, Consolidated List, XML schema `sc-sanctions.xsd` (element names and the quality of an alias).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from cocket.errors import UnreadableError
from cocket.screening.entries import Kind, ListedName, ListEntry

ROOT: Final = "CONSOLIDATED_LIST"
_KINDS: Final[tuple[tuple[str, Kind], ...]] = (("INDIVIDUAL", "person"), ("ENTITY", "organisation"))
_IMO: Final = re.compile(r"\bIMO\b\D{0,20}(\d{7})\b")
_NOTE: Final = 600
_PARTS: Final = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
_BRACKETED: Final = re.compile(r"\(([A-Z]{2,10})\)\s*$")


def read_unsc(data: bytes) -> tuple[list[ListEntry], list[str], str | None]:
    """Read the list.

    Args:
        data: The XML file.

    Returns:
        Entries, places left out with the reason, and when the list was generated.

    Raises:
        UnreadableError: It is no well-formed XML, has a document type, or is no such list.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, remove_comments=True)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableError(f"The list is not well-formed XML: {error.msg}.", code="list-unreadable") from error
    if root.getroottree().docinfo.internalDTD is not None or root.tag != ROOT:
        raise UnreadableError(
            "The XML is not a consolidated list.", code="list-unreadable", expected=ROOT, found=str(root.tag)[:200]
        )
    entries: list[ListEntry] = []
    left_out: list[str] = []
    for tag, kind in _KINDS:
        for element in root.iter(tag):
            entry = _entry(element, tag, kind)
            if entry is None:
                left_out.append(f"line {element.sourceline}: no reference number or no name")
            else:
                entries.append(entry)
    return entries, left_out, root.get("dateGenerated")


def _entry(element: etree._Element, tag: str, kind: Kind) -> ListEntry | None:
    reference = _text(element, "REFERENCE_NUMBER") or _text(element, "DATAID")
    names = tuple(_names(element, tag))
    if not reference or not names:
        return None
    note = _text(element, "COMMENTS1")
    return ListEntry(
        id=reference,
        kind=kind,
        names=names,
        numbers=tuple(dict.fromkeys(_numbers(element, tag, note or ""))),
        countries=tuple(dict.fromkeys(_countries(element, tag))),
        programme=_text(element, "UN_LIST_TYPE"),
        listed=_text(element, "LISTED_ON"),
        note=note[:_NOTE] if note else None,
    )


def _names(element: etree._Element, tag: str) -> Iterator[ListedName]:
    first = " ".join(part for name in _PARTS if (part := _text(element, name)))
    if first:
        yield ListedName(first)
        if found := _BRACKETED.search(first):
            yield ListedName(first[: found.start()].strip(), is_alias=True)
            yield ListedName(found[1], is_weak=True, is_alias=True)
    for text in (_text(element, "NAME_ORIGINAL_SCRIPT"),):
        if text:
            yield ListedName(text, is_alias=True)
    for alias in element.iterfind(f"{tag}_ALIAS"):
        if text := _text(alias, "ALIAS_NAME"):
            yield ListedName(text, is_weak=_text(alias, "QUALITY") == "Low", is_alias=True)


def _numbers(element: etree._Element, tag: str, note: str) -> Iterator[str]:
    for document in element.iterfind(f"{tag}_DOCUMENT"):
        number = "".join(filter(str.isalnum, _text(document, "NUMBER") or "")).upper()
        if len(number) >= 5:
            yield number
    yield from (f"IMO{number}" for number in _IMO.findall(note))


def _countries(element: etree._Element, tag: str) -> Iterator[str]:
    for nationality in element.iterfind("NATIONALITY/VALUE"):
        if nationality.text:
            yield " ".join(nationality.text.split())
    for address in element.iterfind(f"{tag}_ADDRESS"):
        if country := _text(address, "COUNTRY"):
            yield country


def _text(element: etree._Element, name: str) -> str | None:
    """Text of a child with its white space made single; None if it is absent or empty."""
    return " ".join((element.findtext(name) or "").split()) or None

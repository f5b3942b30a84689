# SPDX-License-Identifier: Apache-2.0
"""The standards as the house sees them: one form each, JSON and XML, of the same documents."""

from __future__ import annotations

from lxml import etree

from cocket.errors import UnreadableError
from cocket.model import Reading
from cocket.standards.epcis.checks import finding
from cocket.standards.epcis.reader import BODIES, NAME, OTHERS, kind_of, read_form
from cocket.standards.epcis.tables import EVENTS, OLD_EVENT
from cocket.standards.epcis.writer import write_epcis, write_epcis_xml
from cocket.standards.epcis.xml_form import OWN, disordered, json_form
from cocket.standards.kind import Options, Source, Standard
from cocket.standards.xml import location_of, written_name

_XML = "epcis-xml"
_ROOTS = frozenset({*BODIES, *OTHERS})


def _recognises(source: Source) -> bool:
    return kind_of(source.value) is not None


def _read(source: Source, options: Options) -> Reading:
    if kind_of(source.value) is None:
        raise UnreadableError("Not an EPCIS message.", findings=(finding("message-unknown", ""),))
    return read_form(source.value, NAME, options)


def _recognises_xml(source: Source) -> bool:
    if source.root is None:
        return False
    name = etree.QName(source.root)
    if name.localname in _ROOTS:
        return name.namespace in OWN and name.namespace is not None
    return name.localname in (*EVENTS, OLD_EVENT) and name.namespace in OWN


def _read_xml(source: Source, options: Options) -> Reading:
    if not _recognises_xml(source):
        raise UnreadableError("Not an EPCIS message.", findings=(finding("message-unknown", ""),))
    before = (finding("order", location_of(each), name, written_name(each)) for each, name in disordered(source.root))
    return read_form(json_form(source.root), _XML, options, before)


EPCIS = Standard(
    name=NAME,
    title="GS1 EPCIS (JSON)",
    recognises=_recognises,
    read=_read,
    write=write_epcis,
    profiles=(NAME,),
)

EPCIS_XML = Standard(
    name=_XML,
    title="GS1 EPCIS (XML)",
    recognises=_recognises_xml,
    read=_read_xml,
    write=write_epcis_xml,
    profiles=(NAME,),
)

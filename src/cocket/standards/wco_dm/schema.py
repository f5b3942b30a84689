# SPDX-License-Identifier: Apache-2.0
"""The verdict on the structure of a declaration: an XML Schema written from our own tables, judged by lxml.

The published schema's named types are named alike here, so that `xsi:type` is judged alike too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from threading import Lock
from typing import Any

import msgspec
from lxml import etree

from cocket.standards.wco_dm.fields import (
    ATTRIBUTES,
    CLASSES,
    DATE_NAMESPACE,
    DECLARATION,
    DECLARATION_NAMESPACE,
    Class,
    Field,
    Term,
)

_TYPES = "urn:types"  # where the import of the value types points; answered by `_Types`, never looked up

#: XML Schema type that a value of a term restricts.
_BASES: dict[Term, str] = {
    "Amount": "decimal",
    "Code": "token",
    "DateTime": "string",
    "ID": "string",
    "Measure": "decimal",
    "Numeric": "decimal",
    "Quantity": "decimal",
    "Text": "string",
}

#: Day, or day and time with offset. The format code beside it is not compared with it: neither does the schema.
_DATE_PATTERN = r"(20\d{6})(\d{6}(Z|[-+]\d\d))?"

FORMAT = re.compile(r"(?P<characters>an|a|n)(?P<upto>\.\.)?(?P<size>\d+)(,(?P<decimals>\d+))?")

#: What the characters of a format allow. `an` asks for one that is no space, all in one line; `a` and `n` for nothing.
_PATTERNS = {"an": r".*[^\s].*", "a": "([a-zA-Z])*", "n": "([0-9])*"}


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One thing the schema has against a declaration, in libxml2's words.

    Attributes:
        kind: Name of libxml2's error, such as `SCHEMAV_CVC_MAXLENGTH_VALID`.
        path: Where, as libxml2 writes it, from the declaration down.
        message: What, in English.
    """

    kind: str
    path: str
    message: str


def accepts(declaration: etree._Element) -> bool:
    """Whether the structure of a declaration is right: elements, order, cardinality, formats, attributes.

    Args:
        declaration: The Declaration element, alone or inside its envelope.

    Returns:
        The verdict of the published schema on this element.

    Source: WCO Data Model 3.6, DEC as profiled by the UK's Declaration Management System.
    """
    return bool(_schema().validate(declaration))


def faults(declaration: etree._Element) -> tuple[Fault, ...]:
    """What the schema has against a declaration.

    Args:
        declaration: The Declaration element, alone or inside its envelope.

    Returns:
        All faults in document order (0..n); one place can have several.

    Source: WCO Data Model 3.6, DEC as profiled by the UK's Declaration Management System.
    """
    with _EXPLAINING:
        schema = _explaining_schema()
        schema.validate(declaration)
        log: Any = schema.error_log
        return tuple(Fault(kind=entry.type_name, path=entry.path or "", message=entry.message) for entry in log)


# A compiled schema keeps the log of its last validation. The one that only judges is shared by all threads; the one
# whose log is read is used by one thread at a time.
_EXPLAINING = Lock()


@lru_cache(maxsize=1)
def _schema() -> etree.XMLSchema:
    return _compile()


@lru_cache(maxsize=1)
def _explaining_schema() -> etree.XMLSchema:
    return _compile()


class _Types(etree.Resolver):
    """Hands the schema of the value types to the schema that imports it."""

    def resolve(self, system_url: str, public_id: str, context: Any = None) -> Any:
        return self.resolve_string(_value_types(), context, base_url=None) if system_url == _TYPES else None


def _compile() -> etree.XMLSchema:
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Types())
    return etree.XMLSchema(etree.fromstring(_structure(), parser))


def _structure() -> str:
    return (
        f'<schema xmlns="http://www.w3.org/2001/XMLSchema" xmlns:dec="{DECLARATION_NAMESPACE}"'
        f' xmlns:ds="{DATE_NAMESPACE}" targetNamespace="{DECLARATION_NAMESPACE}" elementFormDefault="qualified">'
        f'<import namespace="{DATE_NAMESPACE}" schemaLocation="{_TYPES}"/>'
        f'<element name="Declaration" type="dec:Declaration"/>'
        f'<complexType name="Declaration">{_content(DECLARATION)}</complexType></schema>'
    )


def _content(parent: Class) -> str:
    return f"<sequence>{''.join(_element(field, parent) for field in parent.fields.values())}</sequence>"


def _element(field: Field, parent: Class) -> str:
    most = "unbounded" if field.most is None else field.most
    head = f'<element name="{field.name}" minOccurs="{field.least}" maxOccurs="{most}"'
    if field.block is None:
        return f'{head} type="ds:{_type_name(field, parent)}"/>'
    return f"{head}><complexType>{_content(CLASSES[field.block])}</complexType></element>"


def _type_name(field: Field, parent: Class) -> str:
    """The published name of a value's type: class, element and representation term."""
    element = "Identification" if field.name == "ID" else field.name.removesuffix(field.term or "")
    if parent.name == "ExportCountry":
        element = "Country"
    return f"{parent.name}{element}{field.term}Type"


def _value_types() -> str:
    body = {}
    for parent in CLASSES.values():
        for field in parent.fields.values():
            if field.term:
                name = _type_name(field, parent)
                body[name] = "".join(_value_type(name, field.term, field))
    return (
        f'<schema xmlns="http://www.w3.org/2001/XMLSchema" xmlns:ds="{DATE_NAMESPACE}"'
        f' targetNamespace="{DATE_NAMESPACE}" elementFormDefault="qualified">{"".join(body.values())}</schema>'
    )


def _value_type(name: str, term: Term, field: Field) -> Iterator[str]:
    if term == "Numeric":
        yield f'<simpleType name="{name}">{_restriction(term, field)}</simpleType>'
        return
    yield f'<simpleType name="{name}-value">{_restriction(term, field)}</simpleType>'
    attributes = "".join(_attribute(*attribute, term) for attribute in ATTRIBUTES[term].items())
    value = f'<simpleContent><extension base="ds:{name}-value">{attributes}</extension></simpleContent>'
    if term == "DateTime":
        value = f'<sequence><element name="DateTimeString"><complexType>{value}</complexType></element></sequence>'
    yield f'<complexType name="{name}">{value}</complexType>'


def _attribute(name: str, content: str, term: Term) -> str:
    use = "required" if term == "DateTime" else "optional"
    if content.isalpha():
        return f'<attribute name="{name}" use="{use}" type="{content}"/>'
    restriction = f'<restriction base="string"><pattern value="{content}"/></restriction>'
    return f'<attribute name="{name}" use="{use}"><simpleType>{restriction}</simpleType></attribute>'


def _restriction(term: Term, field: Field) -> str:
    found = FORMAT.fullmatch(field.format or "")
    facets = ""
    if term == "DateTime":
        facets = _facet("pattern", _DATE_PATTERN)
    elif found and _BASES[term] != "decimal":
        facets = _facet("maxLength" if found["upto"] else "length", found["size"])
        facets += _facet("pattern", _PATTERNS[found["characters"]])
        facets += "".join(_facet("enumeration", code) for code in field.codes)
    elif found and found["characters"] == "n":
        facets = _facet("totalDigits", found["size"]) + _facet("fractionDigits", found["decimals"] or "0")
    return f'<restriction base="{_BASES[term]}">{facets}</restriction>'


def _facet(name: str, value: str) -> str:
    return f'<{name} value="{value}"/>'

# SPDX-License-Identifier: Apache-2.0
"""The shape of an XML message as a table, and the verdict of an XML Schema written from it.

A table says which classes a message has, which elements stand in each, in which order and how often, and what their
values look like. The schema is compiled once, when first asked. Names of types are given so that `xsi:type` is judged
as a published schema that names them alike would judge it.

Source: XML Schema 1.0, parts 1 and 2.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from threading import Lock
from typing import Any
from xml.sax.saxutils import quoteattr

import msgspec
from lxml import etree

_VALUES = "urn:values"  # where the import of the value types points; answered by `_Values`, never looked up

#: Content of a field that stands for any one element of another namespace, which somebody else judges.
FOREIGN = "*"


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """What the text of an element, or of an attribute, may be.

    Attributes:
        base: Built-in type of XML Schema that it restricts, or, after `v:`, another value of the outline.
        shortest: Fewest characters (count); None if there is no such limit.
        longest: Most characters (count); None if there is no such limit.
        digits: Most digits of a number (count); None if there is no such limit.
        decimals: Most of them behind the point (count); None if there is no such limit.
        lowest: Lowest number allowed; None if there is no such limit.
        highest: Highest number allowed; None if there is no such limit.
        patterns: Regular expressions of XML Schema, one of which the text follows; empty if it may be anything.
        codes: The only texts allowed; empty if there are others.
        attributes: Attributes that may stand beside the text, by name.
        required: Names of those that must (0..n).
        inside: Name of the element, of the namespace of the values, that holds the text; None if the text stands alone.
    """

    base: str = "string"
    shortest: int | None = None
    longest: int | None = None
    digits: int | None = None
    decimals: int | None = None
    lowest: int | None = None
    highest: int | None = None
    patterns: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    attributes: dict[str, Value] = {}
    required: tuple[str, ...] = ()
    inside: str | None = None


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One element of a class.

    Attributes:
        name: Element name; for a foreign one the prefix of its namespace.
        content: Name of a value or class of the same outline, a built-in type as `xs:dateTime`, or `FOREIGN`.
        least: Fewest occurrences (count).
        most: Most occurrences (count); None if there is no limit.
        wco_id: Identifier of the WCO Data Model; None where the message has none.
        is_nillable: Whether it may be empty if it says so by `xsi:nil`.
        default: What an empty one stands for; None if it stands for nothing.
    """

    name: str
    content: str
    least: int = 0
    most: int | None = 1
    wco_id: str | None = None
    is_nillable: bool = False
    default: str | None = None


Class = dict[str, Field]


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a table says about the messages of one namespace.

    Attributes:
        code: What codes of findings begin with, such as `res`.
        prefixes: Namespaces by prefix; the empty prefix is that of the elements. `ds` is that of the values, if they
            have one of their own.
        roots: Names of the message elements, with the class of each.
        classes: Elements of each class by name, in order.
        values: Values by name. A name that begins with `_` is ours alone and becomes no type of its own.
        wco_ids: Identifier of each root in the WCO Data Model; empty where it has none.
        names_classes: Whether the published schema names its classes; if not, they are written where they stand.
        is_qualified: Whether all elements are of the namespace; if not, roots alone are, and the others of none.
        root_attributes: Attributes that roots may have, by name, with the name of a value.
    """

    code: str
    prefixes: dict[str, str]
    roots: dict[str, str]
    classes: dict[str, Class]
    values: dict[str, Value]
    wco_ids: dict[str, str] = {}
    names_classes: bool = False
    is_qualified: bool = True
    root_attributes: dict[str, str] = {}


def rows(table: str) -> dict[str, Class]:
    """Classes from a table in text form.

    Args:
        table: Blocks with an empty line between them. The first line of a block names the class; each further one is
            an element: name, WCO ID or `-`, content, cardinality as `0..1` or `1..n`, then `nil` and `=default` where
            they apply.

    Returns:
        Elements of each class by name, in order.
    """
    return {
        head.strip(): {field.name: field for field in map(_field, lines)}
        for head, *lines in (block.splitlines() for block in table.strip().split("\n\n"))
    }


def _field(line: str) -> Field:
    name, wco_id, content, cardinality, *flags = line.split()
    least, _, most = cardinality.partition("..")
    return Field(
        name=name,
        content=content,
        least=int(least),
        most=None if most == "n" else int(most),
        wco_id=None if wco_id == "-" else wco_id,
        is_nillable="nil" in flags,
        default=next((flag[1:] for flag in flags if flag.startswith("=")), None),
    )


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One thing the schema has against a message, in libxml2's words.

    Attributes:
        kind: Name of libxml2's error, such as `SCHEMAV_CVC_MAXLENGTH_VALID`.
        path: Where, as libxml2 writes it, from the judged element down.
        message: What, in English.
    """

    kind: str
    path: str
    message: str


class Shape:
    """The schema of an outline.

    Args:
        outline: What the messages look like.
    """

    def __init__(self, outline: Outline) -> None:
        self.outline = outline
        self._explaining = Lock()

    def accepts(self, element: etree._Element) -> bool:
        """Whether the structure of a message is right: elements, order, cardinality, formats, attributes.

        Args:
            element: A root of the outline, alone or inside its envelope.

        Returns:
            The verdict of the schema. Foreign elements are passed over.

        Source: that of the table.
        """
        return bool(self._schema.validate(element))

    def faults(self, element: etree._Element) -> tuple[Fault, ...]:
        """What the schema has against a message.

        Args:
            element: A root of the outline, alone or inside its envelope.

        Returns:
            All faults in document order (0..n); one place can have several.

        Source: that of the table.
        """
        with self._explaining:  # a compiled schema keeps the log of its last validation
            schema = self._explaining_schema
            schema.validate(element)
            log: Any = schema.error_log
            return tuple(Fault(kind=entry.type_name, path=entry.path or "", message=entry.message) for entry in log)

    @cached_property
    def _schema(self) -> etree.XMLSchema:
        return _compile(self.outline)

    @cached_property
    def _explaining_schema(self) -> etree.XMLSchema:
        return _compile(self.outline)


class _Values(etree.Resolver):
    """Hands the schema of the value types to the schema that imports it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def resolve(self, system_url: str, public_id: str, context: Any = None) -> Any:
        return self.resolve_string(self._text, context, base_url=None) if system_url == _VALUES else None


def _compile(outline: Outline) -> etree.XMLSchema:
    parser = etree.XMLParser(no_network=True)
    types = "".join(_type(name, value) for name, value in outline.values.items() if name[0] != "_")
    space = outline.prefixes.get("ds")
    if space is None:
        text = _document(outline, outline.prefixes[""], types + "".join(_structure(outline)))
    else:
        parser.resolvers.add(_Values(_document(outline, space, types)))
        imported = f'<import namespace="{space}" schemaLocation="{_VALUES}"/>'
        text = _document(outline, outline.prefixes[""], imported + "".join(_structure(outline)))
    return etree.XMLSchema(etree.fromstring(text, parser))


def _document(outline: Outline, target: str, body: str) -> str:
    values = outline.prefixes.get("ds") or outline.prefixes[""]
    return (
        f'<schema xmlns="http://www.w3.org/2001/XMLSchema" xmlns:xs="http://www.w3.org/2001/XMLSchema"'
        f' xmlns:m="{outline.prefixes[""]}" xmlns:v="{values}" targetNamespace="{target}"'
        f' elementFormDefault="{"qualified" if outline.is_qualified else "unqualified"}">{body}</schema>'
    )


def _structure(outline: Outline) -> Iterator[str]:
    for root, kind in outline.roots.items():
        if outline.names_classes:
            yield f'<element name="{root}" type="m:{kind}"/>'
        else:
            yield f'<element name="{root}">{_class(outline, kind)}</element>'
    if outline.names_classes:
        for kind in outline.classes:
            yield _class(outline, kind).replace("<complexType>", f'<complexType name="{kind}">', 1)


def _class(outline: Outline, kind: str) -> str:
    content = "".join(_element(outline, field) for field in outline.classes[kind].values())
    named = outline.root_attributes.items() if kind in outline.roots.values() else ()
    attributes = "".join(f'<attribute name="{name}" type="v:{value}"/>' for name, value in named)
    return f"<complexType><sequence>{content}</sequence>{attributes}</complexType>"


def _element(outline: Outline, field: Field) -> str:
    times = f'minOccurs="{field.least}" maxOccurs="{"unbounded" if field.most is None else field.most}"'
    if field.content == FOREIGN:
        return f'<any namespace="{outline.prefixes[field.name]}" processContents="skip" {times}/>'
    head = f'<element name="{field.name}" {times}'
    head += ' nillable="true"' if field.is_nillable else ""
    head += "" if field.default is None else f" default={quoteattr(field.default)}"
    if field.content in outline.classes:
        if outline.names_classes:
            return f'{head} type="m:{field.content}"/>'
        return f"{head}>{_class(outline, field.content)}</element>"
    if field.content.startswith("_"):
        return f"{head}>{_simple(outline.values[field.content])}</element>"
    return f'{head} type="{"" if field.content.startswith("xs:") else "v:"}{field.content}"/>'


def _type(name: str, value: Value) -> str:
    """A named type: simple if only a text, complex if attributes or an element of its own stand around the text."""
    if not value.attributes and value.inside is None:
        return _simple(value).replace("<simpleType>", f'<simpleType name="{name}">', 1)
    attributes = "".join(_attribute(key, each, key in value.required) for key, each in value.attributes.items())
    content = f'<simpleContent><extension base="v:{name}-text">{attributes}</extension></simpleContent>'
    if value.inside:
        content = f'<sequence><element name="{value.inside}"><complexType>{content}</complexType></element></sequence>'
    text = _simple(value).replace("<simpleType>", f'<simpleType name="{name}-text">', 1)
    return f'{text}<complexType name="{name}">{content}</complexType>'


def _attribute(name: str, value: Value, is_required: bool) -> str:
    use = "required" if is_required else "optional"
    return f'<attribute name="{name}" use="{use}">{_simple(value)}</attribute>'


def _simple(value: Value) -> str:
    facets = {
        "length": value.longest if value.longest is not None and value.longest == value.shortest else None,
        "minLength": value.shortest if value.shortest != value.longest else None,
        "maxLength": value.longest if value.shortest != value.longest else None,
        "totalDigits": value.digits,
        "fractionDigits": value.decimals,
        "minInclusive": value.lowest,
        "maxInclusive": value.highest,
    }
    body = "".join(f'<{name} value="{limit}"/>' for name, limit in facets.items() if limit is not None)
    body += "".join(f"<pattern value={quoteattr(pattern)}/>" for pattern in value.patterns)
    body += "".join(f"<enumeration value={quoteattr(code)}/>" for code in value.codes)
    base = value.base if value.base.startswith("v:") else f"xs:{value.base}"
    return f'<simpleType><restriction base="{base}">{body}</restriction></simpleType>'

# SPDX-License-Identifier: Apache-2.0
"""The verdict on the structure of a message: an XML Schema written from our own tables, judged by lxml.

Types are named and kept in namespaces as in the published schemas, so that `xsi:type` is judged alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import quoteattr

from lxml import etree

from cocket.standards.ens.fields import MESSAGES, NAMESPACES, TYPES, Field, Group, Type

_HEAD = (
    '<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="{namespace}"'
    + "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
    + "{more}>"
)


def accepts(root: etree._Element, message: str, *, is_new: bool) -> bool:
    """Whether the structure of a message is right: elements, order, cardinality, formats, attributes.

    Args:
        root: The message's own root element, alone or inside an envelope.
        message: Its name, such as `CC315A`.
        is_new: Whether the new variant is meant, which asks for less.

    Returns:
        The verdict of the published schema.

    Source: ICS functional specification (DDNIA ICS), schema version 11.2 (declarations) and 10.0 (answers).
    """
    return bool(_schema(message, is_new).validate(root))


@lru_cache(maxsize=2 * len(MESSAGES))
def _schema(message: str, is_new: bool) -> etree.XMLSchema:
    parts = {prefix: "".join(_simple_types(prefix)) for prefix in ("simple", "tcl")}
    own: dict[str, str] = {}
    parts["complex_ics"] = ""
    for group in _groups(MESSAGES[message].group):
        text = _complex_type(group, is_new=is_new)
        if group.prefix == "ie":
            own[group.name] = text
        else:
            parts[group.prefix] += text
    namespace = MESSAGES[message].namespace
    structure = (
        _HEAD.format(namespace=namespace, more=f' xmlns:ie="{namespace}"')
        + _imports(NAMESPACES)
        + f'<element name="{message}" type="ie:{message}Type"/>{"".join(own.values())}</schema>'
    )
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Parts(parts))
    return etree.XMLSchema(etree.fromstring(structure, parser))


class _Parts(etree.Resolver):
    """Hands a schema to the one that imports it; nothing is looked up outside."""

    def __init__(self, parts: dict[str, str]) -> None:
        self._parts = parts

    def resolve(self, system_url: str, public_id: str, context: Any = None) -> Any:
        prefix = system_url.removeprefix("urn:")
        if prefix not in self._parts:
            return None
        imports = _imports(["simple"]) if prefix == "complex_ics" else ""
        text = _HEAD.format(namespace=NAMESPACES[prefix], more="") + imports + self._parts[prefix] + "</schema>"
        return self.resolve_string(text, context, base_url=system_url)


def _imports(prefixes: Iterable[str]) -> str:
    return "".join(f'<import namespace="{NAMESPACES[each]}" schemaLocation="urn:{each}"/>' for each in prefixes)


def _groups(group: Group) -> Iterator[Group]:
    yield group
    for field in group.fields.values():
        if field.group:
            yield from _groups(field.group)


def _complex_type(group: Group, *, is_new: bool) -> str:
    elements = "".join(_element(field, is_new=is_new) for field in group.fields.values())
    return f'<complexType name="{group.name}Type"><sequence>{elements}</sequence></complexType>'


def _element(field: Field, *, is_new: bool) -> str:
    least = field.least_new if is_new else field.least
    most = "unbounded" if field.most is None else field.most
    if field.type:
        kind = f"{field.type.prefix}:{field.type.name}"
    else:
        kind = f"{field.group.prefix}:{field.name}Type" if field.group else ""
    return f'<element name="{field.name}" type="{kind}" minOccurs="{least}" maxOccurs="{most}"/>'


def _simple_types(prefix: str) -> Iterator[str]:
    for kind in TYPES.values():
        if kind.prefix == prefix:
            facets = "".join(f"<{name} value={quoteattr(str(value))}/>" for name, value in _facets(kind))
            yield f'<simpleType name="{kind.name}"><restriction base="{kind.base}">{facets}</restriction></simpleType>'


def _facets(kind: Type) -> Iterator[tuple[str, str | int]]:
    if kind.digits:
        yield "totalDigits", kind.digits[0]
        yield "fractionDigits", kind.digits[1]
        return
    for code in kind.codes:
        yield "enumeration", code
    if kind.codes:
        return
    yield "minLength", kind.shortest
    yield "maxLength", kind.longest
    if kind.pattern:
        yield "pattern", kind.pattern

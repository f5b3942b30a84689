# SPDX-License-Identifier: Apache-2.0
"""Documents of the XML binding as the JSON binding would have them, and back.

Every rule is then told once, and an event has one hash in both. Fields of version 1 that stood in `extension`,
`baseExtension` or the like stand where version 2 has them.

Source: GS1 EPCIS 2.0 §9 (XML binding) and §10 (JSON binding).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from lxml import etree

from cocket.errors import SenderError
from cocket.standards.epcis.tables import EVENTS, OLD_EVENT
from cocket.standards.epcis.vocabulary import STANDARD_PREFIXES, words

EPCIS_2, EPCIS_1 = "urn:epcglobal:epcis:xsd:2", "urn:epcglobal:epcis:xsd:1"
QUERY_2, QUERY_1 = "urn:epcglobal:epcis-query:xsd:2", "urn:epcglobal:epcis-query:xsd:1"
MASTER_2, MASTER_1 = "urn:epcglobal:epcis-masterdata:xsd:2", "urn:epcglobal:epcis-masterdata:xsd:1"
OWN = (None, EPCIS_2, EPCIS_1, QUERY_2, QUERY_1, MASTER_2, MASTER_1)
_OWN = frozenset(OWN)
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"

#: Elements that only wrap what version 2 has one level higher.
_WRAPPERS = ("extension", "baseExtension")
_LISTS = {
    "epcList": "epc",
    "childEPCs": "epc",
    "inputEPCList": "epc",
    "outputEPCList": "epc",
    "quantityList": "quantityElement",
    "childQuantityList": "quantityElement",
    "inputQuantityList": "quantityElement",
    "outputQuantityList": "quantityElement",
    "bizTransactionList": "bizTransaction",
    "sourceList": "source",
    "destinationList": "destination",
    "sensorElementList": "sensorElement",
    "correctiveEventIDs": "correctiveEventID",
    "children": "id",
}
_NAMED = ("bizTransaction", "source", "destination")
_NUMBERS = frozenset(words("quantity value minValue maxValue meanValue sDev percRank percValue"))
_REPEATED = frozenset({"set", "unset", "sensorReport"})
_AS_ATTRIBUTES = frozenset({"sensorMetadata", "sensorReport"})
_RENAMED = {
    "EPCISBody": "epcisBody",
    "EPCISHeader": "epcisHeader",
    "EPCISMasterData": "epcisMasterData",
    "EventList": "eventList",
    "VocabularyList": "vocabularyList",
    "VocabularyElementList": "vocabularyElementList",
    "QueryResults": "queryResults",
}
#: The form of JSON has `type` for what the document is, so that of a problem has another name there.
_PROBLEM = "problem"
_BACK = {json: xml for xml, json in _RENAMED.items()} | {_PROBLEM: "type"}
_ATTRIBUTES = frozenset(words("schemaVersion creationDate captureID running success"))
#: What the events of each kind tell of, which stands between what all have and `_AFTER`.
_OF_KIND = {
    "ObjectEvent": "epcList",
    "AggregationEvent": "parentID childEPCs",
    "TransactionEvent": "bizTransactionList parentID epcList",
    "TransformationEvent": "inputEPCList inputQuantityList outputEPCList outputQuantityList transformationID",
    "AssociationEvent": "parentID childEPCs childQuantityList",
    "QuantityEvent": "epcClass quantity",
}
_BEFORE = "eventTime recordTime eventTimeZoneOffset eventID errorDeclaration certificationInfo baseExtension"
_AFTER = (
    "action bizStep disposition readPoint bizLocation bizTransactionList quantityList childQuantityList sourceList"
    " destinationList sensorElementList persistentDisposition ilmd"
)
#: Fields of an event in the order of XML; extensions follow.
_ORDER = {kind: tuple(dict.fromkeys(words(f"{_BEFORE} {own} {_AFTER}"))) for kind, own in _OF_KIND.items()}
_ANY_ORDER = tuple(dict.fromkeys(words(" ".join((_BEFORE, *_OF_KIND.values(), _AFTER)))))

#: Fields of everything else in the order of XML: no two elements have the same two in another order.
_INSIDE = words(
    "EPCISHeader EPCISBody captureErrorBehaviour createdAt finishedAt errors errorFile type title status detail instance"
    " id declarationTime reason correctiveEventIDs severity name value epcClass quantity uom unset set sensorMetadata"
    " sensorReport second minute hour dayOfMonth month dayOfWeek schedule trigger initialRecordTime reportIfEmpty"
    " queryName params dest controls subscriptionID resultsBody attribute children"
)
#: Elements whose order is looked at; those of a declaration of error may stand in any, but in version 1.
_ORDERED = frozenset(
    words(
        "EPCISDocument EPCISQueryDocument EPCISMasterDataDocument EPCISCaptureJob error readPoint bizLocation param"
        " quantityElement persistentDisposition sensorElement Poll Subscribe QueryResults controls schedule"
        " VocabularyElement ImplementationException QueryTooLargeException"
    )
)


def _rank(order: tuple[str, ...]) -> Mapping[str, int]:
    """The place of each name in an order; `extension` stands last, and what has another namespace after it."""
    return MappingProxyType({name: place for place, name in enumerate((*order, "extension"))})


_INSIDE_RANK, _ANY_RANK = _rank(_INSIDE), _rank(_ANY_ORDER)
_RANKS = dict.fromkeys(_ORDERED, _INSIDE_RANK) | {kind: _rank(order) for kind, order in _ORDER.items()}
#: The one element of another namespace that has a place before those of EPCIS: the header of the envelope, in its header.
_FIRST = ":StandardBusinessDocumentHeader"
_HEADER_SPACE = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
#: The order of what stands in it, by the element around; JSON keeps none.
_IN_HEADER = {
    "StandardBusinessDocumentHeader": words(
        "HeaderVersion Sender Receiver DocumentIdentification Manifest BusinessScope"
    ),
    "Sender": words("Identifier ContactInformation"),
    "Receiver": words("Identifier ContactInformation"),
    "ContactInformation": words("Contact EmailAddress FaxNumber TelephoneNumber ContactTypeIdentifier"),
    "DocumentIdentification": words("Standard TypeVersion InstanceIdentifier Type MultipleType CreationDateAndTime"),
    "Manifest": words("NumberOfItems ManifestItem"),
    "ManifestItem": words("MimeTypeQualifierCode UniformResourceIdentifier Description LanguageCode"),
    "Scope": words("Type InstanceIdentifier Identifier"),
}

#: Where version 1 has what came after its first edition: in a wrapper, and what came with version 2 in one within it.
_IN_BASE = frozenset(("eventID", "errorDeclaration"))
_WITH_1_1 = frozenset(words("quantityList childQuantityList sourceList destinationList ilmd"))
_WITH_2 = frozenset(words("sensorElementList persistentDisposition"))
#: How many wrappers version 1 has around an event in its list.
_WRAPPED = {"TransformationEvent": 1, "AssociationEvent": 2}


class Prefixes:
    """Prefixes that a document gives to namespaces, each for one namespace only."""

    def __init__(self) -> None:
        self.spaces: dict[str, str] = {}
        self._prefixes = {space: prefix for prefix, space in STANDARD_PREFIXES.items()}

    def named(self, element: etree._Element, tag: str) -> str:
        """A qualified name as prefix and name; a name of no namespace or of EPCIS itself stands bare."""
        space, name = _split(tag)
        if space is None or space in _OWN:
            return name
        if space not in self._prefixes:
            self.declare(min((p for p, each in element.nsmap.items() if each == space and p), default="ext"), space)
        return f"{self._prefixes[space]}:{name}"

    def declare(self, prefix: str, space: str) -> None:
        """Give a namespace a prefix, another one than wanted if that is taken; the first one stays."""
        number, wanted = 1, prefix
        taken = STANDARD_PREFIXES | self.spaces
        while taken.get(wanted, space) != space:
            number, wanted = number + 1, f"{prefix}{number + 1}"
        if space not in self._prefixes:
            self.spaces[wanted], self._prefixes[space] = space, wanted


def json_form(root: etree._Element) -> dict[str, Any]:
    """A document or event of XML in the form of JSON.

    Args:
        root: Its root element.

    Returns:
        The document; what cannot be a field of JSON (a wrong number) stays text, for the table to tell.

    Source: GS1 EPCIS 2.0 §9 and §10.
    """
    prefixes = Prefixes()
    for prefix, space in sorted((p, s) for p, s in root.nsmap.items() if p and s not in (*OWN, _XSI)):
        prefixes.declare(prefix, space)
    kind = etree.QName(root).localname
    if kind in (*EVENTS, OLD_EVENT):
        found = _event(root, prefixes)
    else:
        found = {"type": kind}
        for key, value in root.items():
            name = str(key)
            if not name.startswith("{"):
                found[name if name in _ATTRIBUTES else f"@{name}"] = str(value)
        group = _group(root, prefixes)
        if "type" in group:
            group[_PROBLEM] = group.pop("type")
        found |= group
    context: list[Any] = [CONTEXT]
    space = etree.QName(root).namespace or EPCIS_2
    if space.endswith(":1") is not _states_1(found):
        context.append({"epcis": EPCIS_1 if space.endswith(":1") else EPCIS_2})
    return {"@context": context + [{p: s} for p, s in sorted(prefixes.spaces.items())], **found}


def _states_1(document: dict[str, Any]) -> bool:
    """Whether a document says that it is of version 1."""
    return str(document.get("schemaVersion", "")).startswith("1")


def disordered(root: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """Elements that stand after one before which they belong, each with the name of that one.

    Args:
        root: Root element of a document or event.

    Source: GS1 EPCIS 2.0 §9.5 and 1.2 §9.5: the schemas are sequences.
    """
    is_1 = (etree.QName(root).namespace or EPCIS_2).endswith(":1")
    waiting = [(root, 0)]
    while waiting:
        element, depth = waiting.pop()
        children = [each for each in element if isinstance(each.tag, str)]
        if not children:
            continue
        name = _split(element.tag)[1]
        rank = _RANKS.get(name)
        wraps = name in _WRAPPERS
        if wraps:
            if (depth := depth + 1) > 1 and is_1:
                continue  # of what came with version 2, the schema of version 1 knows nothing
            rank = _ANY_RANK
        elif name == "errorDeclaration" and is_1:
            rank = _INSIDE_RANK
        if rank is not None:
            yield from _out_of(rank, children)
        below = depth if wraps else 0
        waiting += [(each, below) for each in reversed(children) if _split(each.tag)[0] in _OWN]


def _out_of(rank: Mapping[str, int], children: list[etree._Element]) -> Iterator[tuple[etree._Element, str]]:
    highest, before = -1, ""
    for child in children:
        space, name = _split(child.tag)
        place = rank.get(name) if space in _OWN else len(rank)
        if place is None:
            continue
        if place < highest:
            yield child, before
        else:
            highest, before = place, name


@lru_cache(maxsize=1024)
def _split(tag: str) -> tuple[str | None, str]:
    """Namespace and local name of a qualified name."""
    space, brace, name = tag.rpartition("}")
    return (space[1:] if brace else None), name


def _children(element: etree._Element) -> list[etree._Element]:
    """Child elements, those in wrappers among them."""
    found: list[etree._Element] = []
    for child in element:
        if isinstance(child.tag, str):
            space, name = _split(child.tag)
            wraps = name in _WRAPPERS and space in _OWN
            found.extend(_children(child) if wraps else (child,))
    return found


def _text(element: etree._Element) -> str:
    return "".join([element.text or "", *(child.tail or "" for child in element)]).strip()


def _group(element: etree._Element, prefixes: Prefixes) -> dict[str, Any]:
    """The children of an element of the standard."""
    found: dict[str, Any] = {}
    for child in _children(element):
        name = prefixes.named(child, child.tag)
        if child.get(f"{{{_XSI}}}nil") in ("true", "1") and not _text(child):
            continue
        if ":" in name:
            _put(found, name, _free(child, prefixes))
        elif name == "EventList":
            found["eventList"] = [_event(each, prefixes) for each in _children(child)]
        elif name == "VocabularyList":
            found["vocabularyList"] = [_vocabulary(each, prefixes) for each in _children(child)]
        else:
            _put(found, _RENAMED.get(name, name), _known(child, name, prefixes))
    return found


def _put(into: dict[str, Any], name: str, value: Any) -> None:
    """A value under its name; a name that comes again makes a list, as JSON has it."""
    if name not in into:
        into[name] = [value] if name in _REPEATED else value
    elif isinstance(into[name], list):
        into[name].append(value)
    else:
        into[name] = [into[name], value]


def _event(element: etree._Element, prefixes: Prefixes) -> dict[str, Any]:
    return {"type": prefixes.named(element, element.tag), **_group(element, prefixes)}


def _vocabulary(element: etree._Element, prefixes: Prefixes) -> dict[str, Any]:
    found: dict[str, Any] = {"type": element.get("type")} if element.get("type") else {}
    listed = [each for child in _children(element) for each in _children(child)]
    found["vocabularyElementList"] = [_vocabulary_element(each, prefixes) for each in listed]
    return found


def _vocabulary_element(element: etree._Element, prefixes: Prefixes) -> dict[str, Any]:
    found: dict[str, Any] = {"id": element.get("id")} if element.get("id") else {}
    attributes: list[Any] = []
    for child in _children(element):
        name = prefixes.named(child, child.tag)
        if name == "attribute":
            inner = _free(child, prefixes)
            value = inner.pop("#text", None) if isinstance(inner, dict) else inner
            inside = {k: v for k, v in inner.items() if k != "@id"} if isinstance(inner, dict) else {}
            attributes.append({"id": child.get("id"), "attribute": inside or value or ""})
        elif name == "children":
            found["children"] = [_text(each) for each in _children(child)]
        else:
            _put(found, name, _free(child, prefixes))
    return found | ({"attributes": attributes} if attributes else {})


def _known(element: etree._Element, name: str, prefixes: Prefixes) -> Any:
    """The value of a field of the standard."""
    if name in _LISTS:
        return [_known(each, prefixes.named(each, each.tag), prefixes) for each in _children(element)]
    if name in _NAMED:
        kind = element.get("type")
        return ({"type": kind} if kind is not None else {}) | {name: _text(element)}
    if name in _AS_ATTRIBUTES or name == "sensorElement":
        attributes = {prefixes.named(element, str(key)): _typed(str(key), str(v).strip()) for key, v in element.items()}
        return attributes | _group(element, prefixes)
    children = _children(element)
    if children or name in (
        "ilmd",
        "readPoint",
        "bizLocation",
        "errorDeclaration",
        "persistentDisposition",
        "epcisBody",
    ):
        return _group(element, prefixes)
    return _typed(name, _text(element))


def _typed(name: str, text: str) -> Any:
    if name in _NUMBERS:
        try:
            number = Decimal(text)
        except InvalidOperation:
            return text
        return number if number.is_finite() and abs(number.adjusted()) <= 400 else text
    if name == "booleanValue":
        return {"true": True, "1": True, "false": False, "0": False}.get(text, text)
    return text


def _free(element: etree._Element, prefixes: Prefixes) -> Any:
    """An extension: text, or an object of its attributes and children."""
    found: dict[str, Any] = {}
    for key, value in element.items():
        if not str(key).startswith(f"{{{_XSI}}}"):
            found[f"@{prefixes.named(element, str(key))}"] = str(value)
    for child in element:
        if isinstance(child.tag, str):
            _put(found, prefixes.named(child, child.tag), _free(child, prefixes))
    text = _text(element)
    if not found:
        return text
    return found | ({"#text": text} if text else {})


def xml_form(document: dict[str, Any]) -> etree._Element:
    """A document or event in the form of JSON as XML.

    Args:
        document: The document.

    Raises:
        SenderError: It holds a name or text that XML does not allow.

    Source: GS1 EPCIS 2.0 §9.
    """
    return _Xml(document).root


def _place(name: str) -> tuple[bool, int]:
    """Where a field stands among others: fields of others last."""
    tag = _BACK.get(name, name)
    if tag.endswith(_FIRST):
        return False, -1
    return ":" in name, _INSIDE.index(tag) if tag in _INSIDE else len(_INSIDE)


class _Xml:
    def __init__(self, document: dict[str, Any]) -> None:
        kind = str(document.get("type"))
        context = document.get("@context")
        stated = next((each for each in _contexts(context) if each.get("epcis") in (EPCIS_1, EPCIS_2)), None)
        self._is_1 = _states_1(document) if stated is None else stated["epcis"] == EPCIS_1
        self._query = QUERY_1 if self._is_1 else QUERY_2
        self._spaces = (
            {"epcis": EPCIS_1, "epcisq": QUERY_1, "epcismd": MASTER_1}
            if self._is_1
            else {"epcis": EPCIS_2, "epcisq": QUERY_2, "epcismd": MASTER_2}
        )
        ours = tuple(self._spaces)
        for each in [context, *(event.get("@context") for event in _events_of(document))]:
            self._spaces |= _declared(each)
        prefix = {"EPCISQueryDocument": "epcisq", "EPCISMasterDataDocument": "epcismd"}.get(kind, "epcis")
        is_event = kind in (*EVENTS, OLD_EVENT)
        used = {n: s for n, s in self._spaces.items() if n not in ours or (n == prefix and not is_event)}
        try:
            if is_event:
                self.root = etree.Element(kind, nsmap=used)
                self._event_fields(self.root, document)
                return
            self.root = etree.Element(f"{{{self._spaces[prefix]}}}{kind}", nsmap=used)
            given = {n: v for n, v in document.items() if n not in ("@context", "type")}
            plain = {n: v for n, v in given.items() if n in _ATTRIBUTES or (n[:1] == "@" and isinstance(v, str))}
            for name, value in plain.items():
                self.root.set(name.removeprefix("@"), _written(value))
            self._fields(self.root, {n: v for n, v in given.items() if n not in plain}, kind)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise SenderError("This document contains text that XML does not allow.", found=str(error)[:200]) from error

    def _tag(self, name: str) -> str:
        prefix, colon, rest = name.partition(":")
        if not colon:
            return _BACK.get(name, name)
        return f"{{{self._spaces.get(prefix) or STANDARD_PREFIXES[prefix]}}}{rest}"

    def _fields(self, parent: etree._Element, fields: dict[str, Any], within: str = "") -> None:
        """Fields in the order of XML, those of others last.

        Args:
            parent: Where they go.
            fields: Values by name.
            within: Name of what they are of, where that says how some are written.
        """
        for name in sorted(fields, key=_place):
            value, into = fields[name], parent
            if name == "eventList":
                self._events(etree.SubElement(parent, "EventList"), value)
            elif name == "vocabularyList":
                self._vocabularies(etree.SubElement(parent, "VocabularyList"), value)
            elif ":" in name:
                self._free(parent, name, value)
            elif within == "epcisBody" and self.root.tag == f"{{{self._query}}}EPCISQueryDocument":
                self._known(parent, name, value, f"{{{self._query}}}{_BACK.get(name, name)}")
            else:
                if name == "epcisMasterData" or (
                    within == "EPCISDocument" and name not in ("epcisHeader", "epcisBody")
                ):
                    into = self._wrapper(parent, 1)
                self._known(into, name, value)

    def _events(self, listed: etree._Element, events: list[dict[str, Any]]) -> None:
        for event in events:
            kind = event["type"]
            wrappers = _WRAPPED.get(kind, 0) if self._is_1 else 0
            parent = listed
            for _ in range(1 if ":" in kind and not wrappers else wrappers):
                parent = etree.SubElement(parent, "extension")
            self._event_fields(etree.SubElement(parent, self._tag(kind)), event)

    def _event_fields(self, element: etree._Element, event: dict[str, Any]) -> None:
        kind = event["type"]
        order = _ORDER.get(kind, _ANY_ORDER)
        given = [name for name in event if name not in ("@context", "type")]
        names = [name for name in order if name in event] + [name for name in given if name not in order]
        names.sort(key=lambda name: self._depth(kind, name) if ":" not in name else 9)
        for name in sorted(names, key=lambda name: ":" in name):
            if ":" in name:
                self._free(element, name, event[name])
                continue
            into = element
            if self._is_1 and name in _IN_BASE:
                base = element.find("baseExtension")
                into = etree.SubElement(element, "baseExtension") if base is None else base
            self._known(self._wrapper(into, self._depth(kind, name)), name, event[name])

    def _depth(self, kind: str, name: str) -> int:
        """How many wrappers stand around a field of an event."""
        if not self._is_1 or kind == "AssociationEvent":
            return 0
        is_later = kind == "TransformationEvent"
        if name in _WITH_2:
            return 1 if is_later else 2
        return int(name in _WITH_1_1 and not is_later)

    @staticmethod
    def _wrapper(element: etree._Element, depth: int) -> etree._Element:
        """The wrapper within wrappers of an element, made where there is none yet."""
        for _ in range(depth):
            found = element.find("extension")
            element = etree.SubElement(element, "extension") if found is None else found
        return element

    def _known(self, parent: etree._Element, name: str, value: Any, tag: str | None = None) -> None:
        if name in _LISTS:
            element = etree.SubElement(parent, name)
            for each in value:
                self._known(element, _LISTS[name], each)
        elif isinstance(value, list):
            for each in value:
                self._known(parent, name, each, tag)
        elif name in _NAMED:
            element = etree.SubElement(parent, name, {"type": value["type"]} if "type" in value else {})
            element.text = value[name]
        elif isinstance(value, dict):
            element = etree.SubElement(parent, tag or self._tag(name))
            is_leaf = name in _AS_ATTRIBUTES
            plain = {n: v for n, v in value.items() if is_leaf and not isinstance(v, (dict, list))}
            for each, text in plain.items():
                element.set(self._tag(each), _written(text))
            self._fields(element, {n: v for n, v in value.items() if n not in plain}, name)
        else:
            etree.SubElement(parent, tag or self._tag(name)).text = _written(value)

    def _vocabularies(self, listed: etree._Element, vocabularies: list[dict[str, Any]]) -> None:
        for each in vocabularies:
            element = etree.SubElement(listed, "Vocabulary", {"type": each["type"]})
            inside = etree.SubElement(element, "VocabularyElementList")
            for one in each.get("vocabularyElementList", ()):
                node = etree.SubElement(inside, "VocabularyElement", {"id": one["id"]})
                for attribute in one.get("attributes", ()):
                    leaf = etree.SubElement(node, "attribute", {"id": attribute["id"]})
                    value = attribute.get("attribute", "")
                    if isinstance(value, dict):
                        self._inside(leaf, value)
                    else:
                        leaf.text = _written(value)
                self._fields(node, {n: v for n, v in one.items() if n not in ("id", "attributes")})

    def _free(self, parent: etree._Element, name: str, value: Any) -> None:
        if isinstance(value, list):
            for each in value:
                self._free(parent, name, each)
            return
        element = etree.SubElement(parent, self._tag(name))
        if isinstance(value, dict):
            self._inside(element, value)
        else:
            element.text = _written(value)

    def _inside(self, element: etree._Element, value: dict[str, Any]) -> None:
        tag = etree.QName(element)
        order = _IN_HEADER.get(tag.localname, ()) if tag.namespace == _HEADER_SPACE else ()
        for name, each in sorted(value.items(), key=lambda field: _at(order, field[0])) if order else value.items():
            if name == "#text":
                element.text = _written(each)
            elif name.startswith("@"):
                element.set(self._tag(name[1:]), _written(each))
            else:
                self._free(element, name, each)


def _at(order: tuple[str, ...], name: str) -> int:
    """Where a name with its prefix stands in an order; what is not in it comes last."""
    local = name.rpartition(":")[2]
    return order.index(local) if local in order else len(order)


def _events_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The events of a document, wherever they stand in it."""
    found, level = list[dict[str, Any]](), [document]
    while level:
        each = level.pop()
        events = each.get("eventList")
        found += [event for event in (events if isinstance(events, list) else ()) if isinstance(event, dict)]
        level += [each[n] for n in ("epcisBody", "queryResults", "resultsBody") if isinstance(each.get(n), dict)]
    return found


def _contexts(context: Any) -> list[dict[str, Any]]:
    """The parts of a context that say what names stand for."""
    return [each for each in (context if isinstance(context, list) else [context]) if isinstance(each, dict)]


def _declared(context: Any) -> dict[str, str]:
    """The namespaces that a context gives to prefixes."""
    return {
        name: space
        for each in _contexts(context)
        for name, space in each.items()
        if isinstance(space, str) and space not in OWN and name[:1] != "@" and ":" not in name
    }


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)

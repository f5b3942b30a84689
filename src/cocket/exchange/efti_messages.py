# SPDX-License-Identifier: Apache-2.0
"""What eFTI gates, platforms and authorities say to each other: identifiers, questions and answers, as XML.

The bodies of the REST form and the payloads of the eDelivery form are the same elements. How a payload travels between gates (AS4) is
the access point's affair, not ours. The namespaces are those of the public reference implementation.

Source: Regulation (EU) 2020/1056; Implementing Regulation (EU) 2024/1942, Articles 6 and 11; schemas of `EFTI4EU/reference-implementation`
0.6 (`edelivery/gate.xsd`, `edelivery/platform.xsd`, `consignment-identifier.xsd`), from which element names are taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final, Literal, get_args

import msgspec
from lxml import etree

from cocket.errors import SenderError, UnreadableError
from cocket.standards import Limits
from cocket.standards.xml import parse_xml

MESSAGES: Final = "http://efti.eu/v1/edelivery"
IDENTIFIERS: Final = "http://efti.eu/v1/consignment/identifier"
DATASET: Final = "http://efti.eu/v1/consignment/common"

#: What an identifier names: means of transport (eFTI618), equipment (eFTI374), equipment carried on it (eFTI448).
IdentifierType = Literal["means", "equipment", "carried"]
TYPES: Final = get_args(IdentifierType)

#: Status of an answer, as the schema numbers it after those of HTTP.
STATUSES: Final = ("200", "400", "404", "500", "501", "502", "503", "504")

#: Longest identifier, id of a dataset or a party, and message of a follow-up (characters); identifiers of one consignment (count).
LONGEST_IDENTIFIER: Final = 17
LONGEST_ID: Final = 200
LEAST_MESSAGE: Final = 2
LONGEST_MESSAGE: Final = 255
MOST_IDENTIFIERS: Final = 2000

_TOKEN: Final = re.compile(r"[\w.:/@#&+-]{1,200}", re.ASCII)
_COUNTRY: Final = re.compile(r"[A-Z]{2}")


class Uil(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A unique identifying link: gate, platform there, and the dataset there.

    Source: Implementing Regulation (EU) 2024/1942, Article 11(2).
    """

    gate: str
    platform: str
    dataset: str


class Movement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A main carriage: mode (UN/ECE Recommendation 19), whether goods are dangerous, its means and where that is registered.

    None where it is not stated.
    """

    mode: str | None = None
    is_dangerous: bool | None = None
    means: str | None = None
    country: str | None = None


class Carried(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Equipment carried on other equipment, and its number in the sequence; None where it is not stated."""

    id: str | None = None
    sequence: str | None = None


class Equipment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Equipment that is used: id, where registered, category (UN/CEFACT), number in the sequence, and what it carries (0..n)."""

    id: str | None = None
    country: str | None = None
    category: str | None = None
    sequence: str | None = None
    carried: tuple[Carried, ...] = ()


class ConsignmentIdentifiers(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The identifier subset of a consignment, all that a gate keeps of it.

    Attributes:
        accepted: When the carrier accepted it, as (format, value); None where it is not stated.
        delivered: When it was delivered, likewise.
        movements: Main carriages (0..n).
        equipment: Equipment that is used (0..n).
    """

    accepted: tuple[str, str] | None = None
    delivered: tuple[str, str] | None = None
    movements: tuple[Movement, ...] = ()
    equipment: tuple[Equipment, ...] = ()

    @property
    def names(self) -> tuple[tuple[IdentifierType, str], ...]:
        """Everything by which it is found, as (type, identifier), without repeats (0..n)."""
        found: list[tuple[IdentifierType, str]] = [("means", one.means) for one in self.movements if one.means]
        for one in self.equipment:
            found += [("equipment", one.id)] if one.id else []
            found += [("carried", each.id) for each in one.carried if each.id]
        return tuple(dict.fromkeys(found))


class StatedAuthority(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The authority for which is asked, as whoever asks states it; no one checked it.

    Attributes:
        name: Its name; empty where it is not stated.
        country: Its country, likewise.
        identifier: Its number in its state, likewise.
        is_emergency: Whether it states to be an emergency service.
    """

    name: str = ""
    country: str = ""
    identifier: str = ""
    is_emergency: bool = False

    @property
    def words(self) -> str:
        """All of it in one line; empty where nothing is stated."""
        said = (self.name, self.country, self.identifier, "emergency service" if self.is_emergency else "")
        return ", ".join(one for one in said if one)


class IdentifierQuery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A question which consignments are known by an identifier.

    Attributes:
        request: Id of the request; goes unchanged from the first asker to the last answerer.
        identifier: By what; case makes no difference.
        types: What it may name; all where none is stated (0..3).
        country: Where it is registered; None for anywhere. Carried equipment has no such country, so nothing is left out by it.
        mode: Mode of a main carriage; None for any.
        is_dangerous: Whether a main carriage is of dangerous goods; None for either.
    """

    request: str
    identifier: str
    types: tuple[IdentifierType, ...] = ()
    country: str | None = None
    mode: str | None = None
    is_dangerous: bool | None = None


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A consignment that is known by an identifier: where it lives, and its identifiers."""

    uil: Uil
    identifiers: ConsignmentIdentifiers


class IdentifierResponse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An answer to an identifier query: status, why in words, and the consignments (0..n)."""

    status: str
    request: str = ""
    description: str = ""
    found: tuple[Found, ...] = ()


class UilQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A question for a dataset, cut to subsets (1..n)."""

    request: str
    uil: Uil
    subsets: tuple[str, ...]


class UilResponse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An answer to a UIL query: status, why in words, and the dataset as XML; empty where there is none."""

    status: str
    request: str = ""
    description: str = ""
    dataset: bytes = b""


class FollowUp(msgspec.Struct, frozen=True, kw_only=True):
    """A message of an authority about a dataset that it was given; `query` is the request by which it was."""

    request: str
    uil: Uil
    query: str
    message: str


class FollowUpResponse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An answer to a follow-up."""

    status: str
    request: str = ""
    description: str = ""


class SaveIdentifiers(msgspec.Struct, frozen=True, kw_only=True):
    """A platform gives the identifiers of a dataset to its gate."""

    request: str
    dataset: str
    identifiers: ConsignmentIdentifiers


class SaveIdentifiersResponse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An answer to that."""

    status: str
    request: str = ""
    description: str = ""


Payload = (
    IdentifierQuery
    | IdentifierResponse
    | UilQuery
    | UilResponse
    | FollowUp
    | FollowUpResponse
    | SaveIdentifiers
    | SaveIdentifiersResponse
)


def matches(query: IdentifierQuery, told: ConsignmentIdentifiers) -> bool:
    """Whether a consignment is known by what is asked for, and fits every filter.

    Mode, danger and, of means, the country are those of one main carriage.

    Source: `identifier-query-test-cases.xml` of the reference implementation.
    """
    types = query.types or TYPES
    wanted = query.identifier.casefold()

    def is_it(name: str | None) -> bool:
        return name is not None and name.casefold() == wanted

    movements = [
        one
        for one in told.movements
        if (query.mode is None or one.mode == query.mode)
        and (query.is_dangerous is None or one.is_dangerous == query.is_dangerous)
    ]
    if "means" in types and any(
        is_it(one.means) and (query.country is None or one.country == query.country) for one in movements
    ):
        return True
    if not movements and (query.mode is not None or query.is_dangerous is not None):
        return False
    if "equipment" in types and any(
        is_it(one.id) and (query.country is None or one.country == query.country) for one in told.equipment
    ):
        return True
    return "carried" in types and any(is_it(each.id) for one in told.equipment for each in one.carried)


def check_token(value: str, what: str) -> str:
    """An id of a party, a dataset or a subset as it may be sent on.

    Raises:
        SenderError: It is empty, too long, or has characters that no id has.
    """
    if not _TOKEN.fullmatch(value):
        raise SenderError(
            f"The {what} must be 1 to {LONGEST_ID} letters, digits and signs of a URL.",
            code="efti-id",
            found=value[:60],
        )
    return value


def read_identifiers(content: bytes) -> ConsignmentIdentifiers:
    """Read the identifier subset of a consignment, as a platform gives it.

    Args:
        content: XML: the element `consignment`, of the identifier namespace.

    Raises:
        UnreadableError: It is not one; the message says why.
    """
    root = parse_xml(content)
    if root.tag not in (f"{{{IDENTIFIERS}}}consignment", f"{{{DATASET}}}consignment"):
        raise _unreadable("the root element is consignment of the identifier subset")
    return identifiers_in(root)


def write_identifiers(told: ConsignmentIdentifiers) -> bytes:
    """The identifier subset of a consignment as XML, in the order of the schema."""
    root = etree.Element(f"{{{IDENTIFIERS}}}consignment", nsmap=_plain_map(IDENTIFIERS))
    _put_identifiers(root, told)
    return _bytes(root)


def read_payload(content: bytes) -> Payload:
    """Read a payload as an access point hands it on.

    Raises:
        UnreadableError: It is none; the message says why.
    """
    root = parse_xml(content, Limits(size=64 << 20, elements=1_000_000))
    name = etree.QName(root)
    reader = _READERS.get(name.localname)
    if name.namespace != MESSAGES or reader is None:
        raise _unreadable(f"there is no message {name.localname[:60]}; there are {', '.join(_READERS)}")
    made: Payload = reader(root)
    return made


def write_payload(payload: Payload) -> bytes:
    """A payload as an access point takes it."""
    name, fill = _WRITERS[type(payload)]
    root = etree.Element(f"{{{MESSAGES}}}{name}", nsmap=_plain_map(MESSAGES))
    for attribute, value in (("requestId", payload.request), ("status", getattr(payload, "status", ""))):
        if value:
            root.set(attribute, value)
    if description := getattr(payload, "description", ""):
        _put(root, MESSAGES, "description", description)
    fill(root, payload)
    return _bytes(root)


def identifiers_in(root: Any) -> ConsignmentIdentifiers:
    """The identifiers in an element `consignment` of the identifier or the common data set.

    Raises:
        UnreadableError: One of them is no identifier.
    """
    movements = []
    for one in _every(root, "mainCarriageTransportMovement"):
        means = _first(one, "usedTransportMeans")
        movements.append(
            Movement(
                mode=_text(one, "modeCode"),
                is_dangerous=_boolean(_text(one, "dangerousGoodsIndicator")),
                means=_identifier(means),
                country=_country(means),
            )
        )
    equipment = tuple(
        Equipment(
            id=_identifier(one),
            country=_country(one),
            category=_text(one, "categoryCode"),
            sequence=_text(one, "sequenceNumber"),
            carried=tuple(
                Carried(id=_identifier(each), sequence=_text(each, "sequenceNumber"))
                for each in _every(one, "carriedTransportEquipment")
            ),
        )
        for one in _every(root, "usedTransportEquipment")
    )
    event = _first(root, "deliveryEvent")
    made = ConsignmentIdentifiers(
        accepted=_moment(_first(root, "carrierAcceptanceDateTime")),
        delivered=_moment(_first(event, "actualOccurrenceDateTime")) if event is not None else None,
        movements=tuple(movements),
        equipment=equipment,
    )
    if len(made.names) > MOST_IDENTIFIERS:
        raise _unreadable(f"it has more than {MOST_IDENTIFIERS} identifiers")
    return made


def _identifier_query(root: Any) -> IdentifierQuery:
    element = _needed(root, "identifier")
    types: tuple[Any, ...] = tuple(dict.fromkeys((element.get("type") or "").split()))
    if unknown := [one for one in types if one not in TYPES]:
        raise _unreadable(f"{unknown[0][:40]!r} is not a type of identifier; the types are {', '.join(TYPES)}")
    return IdentifierQuery(
        request=root.get("requestId") or "",
        identifier=checked_identifier(_plain(element)),
        types=types,
        country=_text(root, "registrationCountryCode"),
        mode=_text(root, "modeCode"),
        is_dangerous=_boolean(_text(root, "dangerousGoodsIndicator")),
    )


def checked_identifier(value: str) -> str:
    """An identifier by which is asked.

    Raises:
        UnreadableError: It is empty or too long.
    """
    if not 0 < len(value) <= LONGEST_IDENTIFIER or not value.isprintable():
        raise _unreadable(f"an identifier has 1 to {LONGEST_IDENTIFIER} characters")
    return value


def _identifier_response(root: Any) -> IdentifierResponse:
    found = tuple(Found(uil=_uil(one), identifiers=identifiers_in(one)) for one in _every(root, "consignment"))
    return IdentifierResponse(found=found, **_answered(root))


def _uil_query(root: Any) -> UilQuery:
    subsets = tuple(dict.fromkeys(_plain(one) for one in _every(root, "subsetId") if _plain(one)))
    if not subsets:
        raise _unreadable("a UIL query names at least one subset")
    return UilQuery(request=_request(root), uil=_uil(root), subsets=subsets)


def _uil_response(root: Any) -> UilResponse:
    element = _first(root, "consignment")
    dataset = etree.tostring(element, encoding="UTF-8", with_tail=False) if element is not None else b""
    return UilResponse(dataset=dataset, **_answered(root))


def _follow_up(root: Any) -> FollowUp:
    query = root.get("uilQueryRequestId") or ""
    if not query:
        raise _unreadable("a follow-up names the UIL query that it follows")
    return FollowUp(
        request=_request(root), uil=_uil(root), query=query, message=checked_message(_plain(_needed(root, "message")))
    )


def checked_message(text: str) -> str:
    """The message of a follow-up.

    Raises:
        UnreadableError: It is too short or too long.
    """
    if not LEAST_MESSAGE <= len(text) <= LONGEST_MESSAGE:
        raise _unreadable(f"the message of a follow-up has {LEAST_MESSAGE} to {LONGEST_MESSAGE} characters")
    return text


def _save(root: Any) -> SaveIdentifiers:
    return SaveIdentifiers(
        request=_request(root),
        dataset=check_token(root.get("datasetId") or "", "id of the dataset"),
        identifiers=identifiers_in(_needed(root, "consignment")),
    )


def _answered(root: Any) -> dict[str, str]:
    status = root.get("status") or ""
    if status not in STATUSES:
        raise _unreadable(f"the status {status[:20]!r} is none of {', '.join(STATUSES)}")
    return {
        "status": status,
        "request": root.get("requestId") or "",
        "description": (_text(root, "description") or "")[:LONGEST_MESSAGE],
    }


_READERS: Final[dict[str, Any]] = {
    "identifierQuery": _identifier_query,
    "identifierResponse": _identifier_response,
    "uilQuery": _uil_query,
    "uilResponse": _uil_response,
    "postFollowUpRequest": _follow_up,
    "postFollowUpResponse": lambda root: FollowUpResponse(**_answered(root)),
    "saveIdentifiersRequest": _save,
    "saveIdentifiersResponse": lambda root: SaveIdentifiersResponse(**_answered(root)),
}


def _fill_query(root: Any, one: IdentifierQuery) -> None:
    element = _put(root, MESSAGES, "identifier", one.identifier)
    if one.types:
        element.set("type", " ".join(one.types))
    danger = None if one.is_dangerous is None else str(one.is_dangerous).lower()
    for name, value in (
        ("registrationCountryCode", one.country), ("modeCode", one.mode), ("dangerousGoodsIndicator", danger),
    ):  # fmt: skip
        if value is not None:
            _put(root, MESSAGES, name, value)


def _fill_found(root: Any, one: IdentifierResponse) -> None:
    for each in one.found:
        element = etree.SubElement(root, f"{{{MESSAGES}}}consignment", nsmap={"id": IDENTIFIERS})
        _put_identifiers(element, each.identifiers)
        _put_uil(element, each.uil)


def _fill_uil_query(root: Any, one: UilQuery) -> None:
    _put_uil(root, one.uil)
    for subset in one.subsets:
        _put(root, MESSAGES, "subsetId", subset)


def _fill_dataset(root: Any, one: UilResponse) -> None:
    if one.dataset:
        root.append(parse_xml(one.dataset, Limits(size=64 << 20, elements=1_000_000)))


def _fill_follow_up(root: Any, one: FollowUp) -> None:
    root.set("uilQueryRequestId", one.query)
    _put_uil(root, one.uil)
    _put(root, MESSAGES, "message", one.message)


def _fill_save(root: Any, one: SaveIdentifiers) -> None:
    root.set("datasetId", one.dataset)
    element = etree.SubElement(root, f"{{{IDENTIFIERS}}}consignment", nsmap={"id": IDENTIFIERS})
    _put_identifiers(element, one.identifiers)


def _fill_nothing(_root: Any, _one: Any) -> None:
    """Status and description are all there is."""


_WRITERS: Final[dict[type, tuple[str, Any]]] = {
    IdentifierQuery: ("identifierQuery", _fill_query),
    IdentifierResponse: ("identifierResponse", _fill_found),
    UilQuery: ("uilQuery", _fill_uil_query),
    UilResponse: ("uilResponse", _fill_dataset),
    FollowUp: ("postFollowUpRequest", _fill_follow_up),
    FollowUpResponse: ("postFollowUpResponse", _fill_nothing),
    SaveIdentifiers: ("saveIdentifiersRequest", _fill_save),
    SaveIdentifiersResponse: ("saveIdentifiersResponse", _fill_nothing),
}


def _put_identifiers(root: Any, told: ConsignmentIdentifiers) -> None:
    if told.accepted is not None:
        _put(root, IDENTIFIERS, "carrierAcceptanceDateTime", told.accepted[1]).set("formatId", told.accepted[0])
    if told.delivered is not None:
        event = etree.SubElement(root, f"{{{IDENTIFIERS}}}deliveryEvent")
        _put(event, IDENTIFIERS, "actualOccurrenceDateTime", told.delivered[1]).set("formatId", told.delivered[0])
    for one in told.movements:
        movement = etree.SubElement(root, f"{{{IDENTIFIERS}}}mainCarriageTransportMovement")
        danger = None if one.is_dangerous is None else str(one.is_dangerous).lower()
        _put_all(movement, (("dangerousGoodsIndicator", danger), ("modeCode", one.mode)))
        if one.means is not None or one.country is not None:
            means = etree.SubElement(movement, f"{{{IDENTIFIERS}}}usedTransportMeans")
            _put_all(means, (("id", one.means),))
            _put_country(means, one.country)
    for each in told.equipment:
        equipment = etree.SubElement(root, f"{{{IDENTIFIERS}}}usedTransportEquipment")
        for carried in each.carried:
            element = etree.SubElement(equipment, f"{{{IDENTIFIERS}}}carriedTransportEquipment")
            _put_all(element, (("id", carried.id), ("sequenceNumber", carried.sequence)))
        _put_all(equipment, (("categoryCode", each.category), ("id", each.id)))
        _put_country(equipment, each.country)
        _put_all(equipment, (("sequenceNumber", each.sequence),))


def _put_country(parent: Any, country: str | None) -> None:
    if country is not None:
        _put(etree.SubElement(parent, f"{{{IDENTIFIERS}}}registrationCountry"), IDENTIFIERS, "code", country)


def _put_all(parent: Any, values: Iterable[tuple[str, str | None]]) -> None:
    for name, value in values:
        if value is not None:
            _put(parent, IDENTIFIERS, name, value)


def _put_uil(parent: Any, uil: Uil) -> None:
    element = etree.SubElement(parent, f"{{{MESSAGES}}}uil")
    for name, value in (("gateId", uil.gate), ("platformId", uil.platform), ("datasetId", uil.dataset)):
        _put(element, MESSAGES, name, value)


def _put(parent: Any, namespace: str, name: str, text: str) -> Any:
    element = etree.SubElement(parent, f"{{{namespace}}}{name}")
    element.text = text
    return element


def _plain_map(namespace: str) -> Any:
    """One namespace without a prefix."""
    return {None: namespace}


def _uil(root: Any) -> Uil:
    element = _needed(root, "uil")
    values = {name: _text(element, name) or "" for name in ("gateId", "platformId", "datasetId")}
    for name, value in values.items():
        check_token(value, f"{name} of a UIL")
    return Uil(gate=values["gateId"], platform=values["platformId"], dataset=values["datasetId"])


def _request(root: Any) -> str:
    return check_token(root.get("requestId") or "", "id of the request")


def _every(parent: Any, name: str) -> list[Any]:
    """Children of a local name, of whichever of our namespaces."""
    return [one for one in parent if isinstance(one.tag, str) and etree.QName(one).localname == name]


def _first(parent: Any, name: str) -> Any:
    found = _every(parent, name)
    return found[0] if found else None


def _needed(parent: Any, name: str) -> Any:
    found = _first(parent, name)
    if found is None:
        raise _unreadable(f"the element {name} is missing")
    return found


def _plain(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def _text(parent: Any, name: str) -> str | None:
    found = _first(parent, name) if parent is not None else None
    text = _plain(found)[:LONGEST_MESSAGE] if found is not None else ""
    return text or None


def _identifier(parent: Any) -> str | None:
    text = _text(parent, "id")
    if text is not None and len(text) > LONGEST_IDENTIFIER:
        raise _unreadable(f"the identifier {text[:40]!r} is longer than {LONGEST_IDENTIFIER} characters")
    return text


def _country(parent: Any) -> str | None:
    text = _text(_first(parent, "registrationCountry"), "code") if parent is not None else None
    if text is not None and not _COUNTRY.fullmatch(text):
        raise _unreadable(f"the country {text[:20]!r} is not of two capital letters")
    return text


def _boolean(text: str | None) -> bool | None:
    if text is None:
        return None
    if text not in ("true", "false", "1", "0"):
        raise _unreadable(f"{text[:20]!r} is neither true nor false")
    return text in ("true", "1")


def _moment(element: Any) -> tuple[str, str] | None:
    if element is None:
        return None
    return (element.get("formatId") or "")[:3], _plain(element)[:35]


def _bytes(root: Any) -> bytes:
    made: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return made


def _unreadable(why: str) -> UnreadableError:
    return UnreadableError(f"This is not a message of eFTI: {why}.", code="efti")

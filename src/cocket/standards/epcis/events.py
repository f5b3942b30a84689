# SPDX-License-Identifier: Apache-2.0
"""Events ↔ movements of the model.

What the model has a place for is put there; all else of an event is kept as extensions, each a JSON pointer with the
JSON text of what stood there, so that a message is written as it was read. Equipment, means of transport and names of
papers are drawn from identifiers, which stay where they are; those that a movement has beyond them are written too.

Source: GS1 EPCIS 2.0 §7.4; GS1 CBV 2.0 §8; ISO 6346 and IMO numbers as EPC URNs (EPC Tag Data Standard 2.0 §6.3.18,
§6.3.19).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from cocket.errors import SenderError
from cocket.model import Extension, Movement, Reference, TransportEquipment, TransportMeans
from cocket.model.declaration import GoodsLocation
from cocket.model.party import ReferenceKind
from cocket.standards.epcis import vocabulary
from cocket.standards.json import parse_json, write_json
from cocket.standards.json_shape import escaped, time_of

_BIC, _VESSEL, _DEAL = "urn:epc:id:bic:", "urn:epc:id:imovn:", "urn:epcglobal:cbv:bt:"
_LISTS = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
_KINDS: dict[str, ReferenceKind] = {"bol": "BL", "inv": "INVOICE", "po": "ORDER", "poc": "ORDER"}
_TYPES: dict[str, str | None] = {"BL": "bol", "INVOICE": "inv", "ORDER": "po", "DOCUMENT": None}
#: Fields that go to a field of the model as they are.
_PLAIN = {"type": "message_name", "action": "action_code", "bizStep": "message_code", "eventID": "functional_reference"}
_DISPOSITION = "disposition"


def read_event(event: Mapping[str, Any]) -> Movement:
    """An event as a movement.

    Args:
        event: The event in the form of JSON, right or wrong.

    Source: GS1 EPCIS 2.0 §7.4.
    """
    rest = dict(event)
    fields: dict[str, Any] = {}
    for name, field in _PLAIN.items():
        if isinstance(rest.get(name), str):
            fields[field] = rest.pop(name)
    occurred = time_of(rest.get("eventTime"))
    if occurred is not None:
        fields["occurred"] = occurred
        if time_text(occurred) == rest["eventTime"]:
            del rest["eventTime"]
        if rest.get("eventTimeZoneOffset") == _offset(occurred):
            del rest["eventTimeZoneOffset"]
    if isinstance(rest.get(_DISPOSITION), str):
        fields["statuses"] = ((_DISPOSITION, rest.pop(_DISPOSITION)),)
    things = list(_things(event))
    place = _place(event)
    return Movement(
        **fields,
        location=None if place is None else GoodsLocation(id=place),
        equipment=tuple(TransportEquipment(id=each) for each in _after(things, _BIC)),
        transport=next((TransportMeans(id=each) for each in _after(things, _VESSEL)), None),
        references=named(_references(event, things)),
        extensions=extensions_of(rest),
    )


def write_event(movement: Movement) -> dict[str, Any]:
    """A movement as an event.

    Args:
        movement: What to write; from scratch it needs `message_name`, `occurred` and what its kind of event asks for.

    Returns:
        The event in the form of JSON.

    Raises:
        SenderError: It names a paper in a way for which EPCIS has no writing, or an extension is none of this standard.

    Source: GS1 EPCIS 2.0 §7.4.
    """
    kept = restored(movement.extensions)
    event: dict[str, Any] = {
        name: value for name, place in _PLAIN.items() if (value := getattr(movement, place)) is not None
    }
    event |= {name: code for name, code in movement.statuses if name == _DISPOSITION}
    if movement.occurred is not None:
        if time_of(kept.get("eventTime")) != movement.occurred:
            kept.pop("eventTime", None)
            event["eventTime"] = time_text(movement.occurred)
        if "eventTimeZoneOffset" not in kept:
            event["eventTimeZoneOffset"] = _offset(movement.occurred)
    event |= kept
    if movement.location is not None and movement.location.id and _place(event) is None:
        event["readPoint"] = {"id": movement.location.id}
    _add_things(event, movement)
    _add_papers(event, movement)
    return event


def named(references: Iterable[Reference]) -> tuple[Reference, ...]:
    """Names, each once, by kind and value (0..n)."""
    return tuple(sorted(set(references), key=lambda name: (name.kind, name.value, name.issuer or "")))


def extensions_of(rest: Mapping[str, Any]) -> tuple[Extension, ...]:
    """The members of an object as extensions: JSON pointer and JSON text (0..n).

    Source: RFC 6901.
    """
    found = (Extension(f"/{escaped(name)}", write_json(value, by_name=True).decode()) for name, value in rest.items())
    return tuple(sorted(found, key=lambda each: each.path))


def restored(extensions: Iterable[Extension]) -> dict[str, Any]:
    """The members that extensions hold.

    Raises:
        SenderError: One is no JSON.

    Source: RFC 6901.
    """
    found: dict[str, Any] = {}
    for each in extensions:
        name = each.path.removeprefix("/").replace("~1", "/").replace("~0", "~")
        found[name] = None if each.value is None else parse_json(each.value.encode())
    return found


def time_text(time: datetime) -> str:
    """A time as EPCIS writes it, with thousandths of a second only where it has them.

    Source: RFC 3339 §5.6.
    """
    precision = "seconds" if not time.microsecond else "microseconds" if time.microsecond % 1000 else "milliseconds"
    text = time.isoformat(timespec=precision)
    return text.removesuffix("+00:00") + "Z" if time.utcoffset() == UTC.utcoffset(None) else text


def _offset(time: datetime) -> str:
    return time.strftime("%z")[:3] + ":" + time.strftime("%z")[3:5]


def _place(event: Mapping[str, Any]) -> str | None:
    for name in ("bizLocation", "readPoint"):
        place = event.get(name)
        if isinstance(place, dict) and isinstance(place.get("id"), str):
            return str(place["id"])
    return None


def _things(event: Mapping[str, Any]) -> Iterator[str]:
    for name in _LISTS:
        listed = event.get(name)
        yield from (each for each in (listed if isinstance(listed, list) else ()) if isinstance(each, str))
    if isinstance(event.get("parentID"), str):
        yield event["parentID"]


def _after(things: Iterable[str], prefix: str) -> list[str]:
    return list(dict.fromkeys(each.removeprefix(prefix) for each in things if each.startswith(prefix)))


def _references(event: Mapping[str, Any], things: list[str]) -> Iterator[Reference]:
    for number in _after(things, _BIC):
        yield Reference("EQUIPMENT", number)
    deals = event.get("bizTransactionList")
    papers = [each for each in (deals if isinstance(deals, list) else ()) if isinstance(each, dict)]
    for each in papers:
        value, kind = each.get("bizTransaction"), each.get("type")
        if isinstance(value, str) and value.strip():
            word = vocabulary.TRANSACTIONS.word_of(kind) if isinstance(kind, str) else None
            yield _paper(value, _KINDS.get(word or "", "DOCUMENT"))
            things = [*things, value]
    for prefix, key in (("urn:epc:id:gsin:", "UCR"), ("urn:epc:id:ginc:", "HBL")):
        for value in _after(things, prefix):
            yield Reference(key, value.replace(".", ""))  # type: ignore[arg-type]  # both are kinds


def _paper(value: str, kind: ReferenceKind) -> Reference:
    """The name of a paper: its number and, where the identifier tells, who gave it."""
    if value.startswith(_DEAL):
        issuer, _, number = value.removeprefix(_DEAL).partition(":")
        return Reference(kind, number or issuer, issuer if number else None)
    if value.startswith("urn:epc:id:gdti:"):
        company, _, rest = value.removeprefix("urn:epc:id:gdti:").partition(".")
        return Reference(kind, rest.partition(".")[2] or value, company or None)
    return Reference(kind, value)


def _add_things(event: dict[str, Any], movement: Movement) -> None:
    known = set(_things(event))
    new = [f"{_BIC}{each.id}" for each in movement.equipment if f"{_BIC}{each.id}" not in known]
    if movement.transport is not None and movement.transport.id and f"{_VESSEL}{movement.transport.id}" not in known:
        new.append(f"{_VESSEL}{movement.transport.id}")
    if new:
        name = "childEPCs" if event.get("type") in ("AggregationEvent", "AssociationEvent") else "epcList"
        event[name] = [*event.get(name, ()), *new]


def _add_papers(event: dict[str, Any], movement: Movement) -> None:
    known = {(each.kind, each.value) for each in _references(event, list(_things(event)))}
    for each in movement.references:
        if (each.kind, each.value) in known:
            continue
        if each.kind not in _TYPES or not (each.issuer and len(each.issuer) == 13 and each.issuer.isdigit()):
            raise SenderError(
                "EPCIS identifies a document by the global location number of its issuer.",
                expected="an issuer of 13 digits",
                found=f"{each.kind} {each.value}",
            )
        kind = _TYPES[each.kind]
        deal = ({"type": kind} if kind else {}) | {"bizTransaction": f"{_DEAL}{each.issuer}:{each.value}"}
        event["bizTransactionList"] = [*event.get("bizTransactionList", ()), deal]

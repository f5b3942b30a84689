# SPDX-License-Identifier: Apache-2.0
"""Nouns that our own JSON forms write alike: parties, sums of money, days; to the model and back, with their table.

Source: WCO Data Model 3.6, classes of parties and their attributes; ISO 3166-1, ISO 4217, Harmonized System.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from cocket.codes import country, currency
from cocket.model import Amount, Declaration, Party, Reference, TransportMeans
from cocket.model.message import Function
from cocket.model.party import ReferenceKind
from cocket.standards.json_drawing import inside, number, text
from cocket.standards.json_shape import Test, is_date, time_of

#: The classes, for a table of `json_shape`.
TABLE = """
Party closed
  id ? text 1..35
  name ? text 1..140
  address ? [1..5] text 1..140
  city ? text 1..70
  postcode ? text 1..17
  country ? country
  contact ? text 1..140
  phone ? text 1..35
  email ? text 3..256

Money closed
  amount 1 number 0..
  currency 1 currency

Paper closed
  type 1 text 1..17
  id 1 text 1..70

Remark closed
  code ? text 1..17
  text ? text 1..512
  ! code | text

Transport closed
  mode ? code 1 2 3 4 5 7 8
  id ? text 1..35
  name ? text 1..35
  nationality ? country
  voyage ? text 1..17
"""

_HS_CODE = re.compile(r"\d{6}(\d{2}(\d{2})?)?", re.ASCII)
_BILLION = 10**9
_LOCODE = re.compile(r"[A-Z]{2}[A-Z2-9]{3}", re.ASCII)
_FUNCTIONS: dict[str, str] = {"original": "9", "amendment": "13", "cancellation": "1"}

#: Tests of the values that the tables name.
VALUES: dict[str, Test] = {
    "country": lambda value: isinstance(value, str) and len(value) == 2 and value.isupper() and bool(country(value)),
    "currency": lambda value: isinstance(value, str) and len(value) == 3 and value.isupper() and bool(currency(value)),
    "hs-code": lambda value: isinstance(value, str) and _HS_CODE.fullmatch(value) is not None,
    "location": lambda value: isinstance(value, str) and _LOCODE.fullmatch(value) is not None,
    "moment": lambda value: time_of(value) is not None,
}


def stated(**members: Any) -> dict[str, Any]:
    """An object with the members that have a value: neither None nor empty.

    Source: RFC 8259 §4.
    """
    return {name: each for name, each in members.items() if each is not None and each not in ({}, [], ())}


def party(value: Any) -> Party | None:
    """A party; None if there is none, or nothing that the model has a place for.

    Source: WCO Data Model 3.6.
    """
    lines = inside(value, "address")
    lines = lines if isinstance(lines, list) and all(isinstance(line, str) and line.strip() for line in lines) else ()
    found = Party(
        id=text(value, "id"),
        name=text(value, "name"),
        address=tuple(line.strip() for line in lines),
        city=text(value, "city"),
        postcode=text(value, "postcode"),
        country_code=text(value, "country"),
        contact=text(value, "contact"),
    )
    return None if found == Party() else found


def party_value(found: Party | None) -> dict[str, Any]:
    """A party as an object, empty if there is none.

    Source: WCO Data Model 3.6.
    """
    if found is None:
        return {}
    return stated(
        id=found.id,
        name=found.name,
        address=list(found.address),
        city=found.city,
        postcode=found.postcode,
        country=found.country_code,
        contact=found.contact,
    )


def money(value: Any) -> Amount | None:
    """A sum of money; None if it is none.

    Source: ISO 4217.
    """
    found, unit = number(value, "amount"), text(value, "currency")
    return None if found is None else Amount(found, unit)


def money_value(found: Amount | None) -> dict[str, Any]:
    """A sum of money as an object, empty if there is none.

    Source: ISO 4217.
    """
    return {} if found is None else stated(amount=found.value, currency=found.currency)


def means(value: Any) -> TransportMeans | None:
    """A means of transport; None if there is none, or nothing that the model has a place for.

    Source: WCO Data Model 3.6, BorderTransportMeans (15A).
    """
    found = TransportMeans(
        id=text(value, "id"),
        name=text(value, "name"),
        mode_code=text(value, "mode"),
        nationality_code=text(value, "nationality"),
        voyage=text(value, "voyage"),
    )
    return None if found == TransportMeans() else found


def means_value(found: TransportMeans | None) -> dict[str, Any]:
    """A means of transport as an object, empty if there is none.

    Source: WCO Data Model 3.6, BorderTransportMeans (15A).
    """
    if found is None:
        return {}
    return stated(
        mode=found.mode_code,
        id=found.id,
        name=found.name,
        nationality=found.nationality_code,
        voyage=found.voyage,
    )


def total(values: list[Amount | None]) -> Amount | None:
    """The sum of sums of one currency; None if one is not stated, or currencies differ.

    Source: ISO 4217.
    """
    found = [value for value in values if value is not None]
    if not found or len(found) < len(values) or len({value.currency for value in found}) > 1:
        return None
    return Amount(sum((value.value for value in found), Decimal()), found[0].currency)


def whole(value: Any, *path: str) -> int | None:
    """The whole number of at most nine digits at a path; None if there is none.

    Source: RFC 8259 §6.
    """
    found = number(value, *path)
    return int(found) if found is not None and abs(found) < _BILLION and found == found.to_integral_value() else None


def moment(value: Any, *path: str) -> datetime | None:
    """The time with offset at a path; None if there is none.

    Source: RFC 3339 §5.6.
    """
    return time_of(inside(value, *path))


def moment_value(found: datetime | None) -> str | None:
    """A time with offset as a text; None if it has no offset, and so cannot be written as one.

    Source: RFC 3339 §5.6.
    """
    return None if found is None or found.tzinfo is None else found.isoformat().replace("+00:00", "Z")


def day(value: Any, *path: str) -> date | None:
    """The day at a path; None if there is none.

    Source: RFC 3339 §5.6.
    """
    found = inside(value, *path)
    return date.fromisoformat(found) if is_date(found) else None


def function_code(value: Any) -> str | None:
    """The code of what a message does to an earlier one; None if it does not say.

    Source: UNCL 1225.
    """
    return _FUNCTIONS.get(text(value, "function") or "")


def function_name(declaration: Declaration) -> Function | None:
    """What a declaration does to an earlier one, in words; None if it does not say.

    Source: UNCL 1225.
    """
    names: dict[str, Function] = {"9": "original", "13": "amendment", "1": "cancellation"}
    return names.get(declaration.function_code or "")


def references(*names: tuple[ReferenceKind, str | None]) -> tuple[Reference, ...]:
    """Names that are stated, each once, in their order (0..n).

    Source: WCO Data Model 3.6.
    """
    return tuple(dict.fromkeys(Reference(kind, value) for kind, value in names if value))


def named(found: tuple[Reference, ...], *kinds: ReferenceKind) -> Iterator[str]:
    """The names of these kinds, kind by kind (0..n).

    Source: WCO Data Model 3.6.
    """
    return (name.value for kind in kinds for name in found if name.kind == kind)

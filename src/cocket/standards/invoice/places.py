# SPDX-License-Identifier: Apache-2.0
"""Where the values of the model stand in a message: read and written by the same list of places.

A path is in the notation of `cocket.standards.leaves`, from the element around it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from cocket.model import Amount, InvoiceTotals
from cocket.standards.leaves import Leaves

#: Kilograms and cubic metres of the units of UN/ECE Recommendation 20 that are taken.
KILOGRAMS = {
    "KGM": Decimal(1), "GRM": Decimal("0.001"), "TNE": Decimal(1000), "LBR": Decimal("0.45359237"),
    "ONZ": Decimal("0.028349523125"),
}  # fmt: skip
CUBIC_METRES = {"MTQ": Decimal(1), "DMQ": Decimal("0.001"), "LTR": Decimal("0.001"), "FTQ": Decimal("0.028316846592")}

_UNIT, _CURRENCY, _FORMAT = "/@unitCode", "/@currencyID", "/@format"
_DAY, _CODED_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII), re.compile(r"\d{8}", re.ASCII)


class One(msgspec.Struct, frozen=True):
    """A single value.

    Attributes:
        field: Attribute of the model.
        path: Where it stands.
        kind: `text`, `whole`, `decimal`, `amount`, `mass`, `volume`, `flag`, `day`, or `coded-day` with its format.
        also: Where else it may be said; it is looked up there and stays there (0..n).
    """

    field: str
    path: str
    kind: str = "text"
    also: tuple[str, ...] = ()


class Texts(msgspec.Struct, frozen=True):
    """Several texts in order.

    Attributes:
        field: Attribute of the model.
        paths: Where the first ones stand.
        more: Path of the element that holds each further one, without its place; None if there are no more.
        inside: Path of the text in that element.
    """

    field: str
    paths: tuple[str, ...]
    more: str | None = None
    inside: str = ""


class Group(msgspec.Struct, frozen=True):
    """A noun of the model with its own places.

    Attributes:
        field: Attribute of the model.
        type: The noun.
        path: Where its places begin; empty for where this one's do.
        places: Its places.
        also: Where it may stand instead; it is taken from there, and written at `path`.
    """

    field: str
    type: type[Any]
    path: str
    places: tuple[Any, ...]
    also: str | None = None


class Many(msgspec.Struct, frozen=True):
    """Nouns that stand one after another.

    Attributes:
        field: Attribute of the model.
        type: The noun.
        path: Their elements, without place.
        places: Places in each.
        needs: Attribute without which none is taken, and none after it, so that all keep their places; None for none.
    """

    field: str
    type: type[Any]
    path: str
    places: tuple[Any, ...]
    needs: str | None = None


class Rows(msgspec.Struct, frozen=True):
    """Nouns that keep what has no place in them as their own extensions.

    Attributes:
        field: Attribute of the model.
        type: The noun.
        path: Their elements, without place.
        places: Places in each, further rows first.
    """

    field: str
    type: type[Any]
    path: str
    places: tuple[Any, ...]


Texted = dict[str, str | None]


# Reading ---------------------------------------------------------------------------------------------------------------


def read_values(texts: Texted, places: tuple[Any, ...]) -> dict[str, Any]:
    """The values of a noun, with what is left as its extensions.

    Args:
        texts: Leaves of its element by path.
        places: Where its values stand.

    Source: the notation of `cocket.standards.leaves`.
    """
    values: dict[str, Any] = {}
    for place in places:
        if isinstance(place, Rows):
            texts, parts = _parted(texts, place.path)
            values[place.field] = tuple(place.type(**read_values(part, place.places)) for part in parts)
    leaves = Leaves(texts)
    values |= _taken(leaves, "", tuple(place for place in places if not isinstance(place, Rows)))
    return values | {"extensions": leaves.left()}


def _parted(texts: Texted, path: str) -> tuple[Texted, list[Texted]]:
    """The leaves of the rows, each by the path within its row, and those of no row."""
    rest: Texted = {}
    parts: list[Texted] = []
    begin = f"{path}["
    for name, text in texts.items():
        place, found, inside = name.removeprefix(begin).partition("]/")
        if not found or not name.startswith(begin) or not place.isdecimal():
            rest[name] = text
            continue
        while len(parts) < int(place):
            parts.append({})
        parts[int(place) - 1][inside] = text
    return rest, parts


def _taken(leaves: Leaves, at: str, places: tuple[Any, ...]) -> dict[str, Any]:
    return {place.field: _TAKE[type(place)](leaves, at, place) for place in places}


def _take_one(leaves: Leaves, at: str, place: One) -> Any:
    elsewhere = next((text for path in place.also if (text := leaves.peek(at + path))), None)
    if elsewhere is not None and leaves.peek(at + place.path) in (None, elsewhere):
        return elsewhere  # where it is said twice both places stay, so that they are told from one alone
    return _KINDS[place.kind](leaves, at + place.path)


def _take_texts(leaves: Leaves, at: str, place: Texts) -> tuple[str, ...]:
    paths = [at + path for path in place.paths]
    if place.more is not None:
        paths += [each + place.inside for each in leaves.each(at + place.more)]
    return tuple(text for path in paths if (text := leaves.take(path)))


def _take_group(leaves: Leaves, at: str, place: Group) -> Any:
    for path in (place.path, place.also):
        values = {} if path is None else _taken(leaves, at + path, place.places)
        if any(value not in (None, ()) for value in values.values()):
            return place.type(**values)
    return InvoiceTotals() if place.type is InvoiceTotals else None


def _take_many(leaves: Leaves, at: str, place: Many) -> tuple[Any, ...]:
    found: list[Any] = []
    needed = next((each for each in place.places if each.field == place.needs), None)
    for path in leaves.each(at + place.path):
        if needed is not None and leaves.peek(f"{path}/{needed.path}") is None:
            break
        values = _taken(leaves, f"{path}/", place.places)
        if all(value in (None, ()) for value in values.values()):
            break
        found.append(place.type(**values))
    return tuple(found)


def _amount(leaves: Leaves, path: str) -> Amount | None:
    value = leaves.take_decimal(path)
    return None if value is None else Amount(value, leaves.take(path + _CURRENCY))


def _converted(units: dict[str, Decimal]) -> Callable[[Leaves, str], Decimal | None]:
    def take(leaves: Leaves, path: str) -> Decimal | None:
        """A measure in the unit of the model; one in an unknown unit stays where it is."""
        factor = units.get(leaves.peek(path + _UNIT) or "")
        value = leaves.take_decimal(path) if factor is not None else None
        if value is None or factor is None:
            return None
        leaves.take(path + _UNIT)
        return value * factor

    return take


def _flag(leaves: Leaves, path: str) -> bool | None:
    value = {"true": True, "1": True, "false": False, "0": False}.get(leaves.peek(path) or "")
    if value is not None:
        leaves.take(path)
    return value


def _day(leaves: Leaves, path: str) -> date | None:
    text = leaves.peek(path) or ""
    try:
        found = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None
    if found is not None:
        leaves.take(path)
    return found


def _coded_day(leaves: Leaves, path: str) -> date | None:
    text = leaves.peek(path) or ""
    if leaves.peek(path + _FORMAT) != "102" or not _CODED_DAY.fullmatch(text):
        return None
    try:
        found = datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - the message states no offset
    except ValueError:
        return None
    leaves.take(path)
    leaves.take(path + _FORMAT)
    return found


_KINDS: dict[str, Callable[[Leaves, str], Any]] = {
    "text": Leaves.take,
    "whole": Leaves.take_whole,
    "decimal": Leaves.take_decimal,
    "amount": _amount,
    "mass": _converted(KILOGRAMS),
    "volume": _converted(CUBIC_METRES),
    "flag": _flag,
    "day": _day,
    "coded-day": _coded_day,
}
_TAKE: dict[type, Callable[[Leaves, str, Any], Any]] = {
    One: _take_one,
    Texts: _take_texts,
    Group: _take_group,
    Many: _take_many,
}


class Said(msgspec.Struct, frozen=True):
    """What a document says beside its nouns.

    Attributes:
        currency: That of amounts which do not say theirs; None leaves it unsaid.
        kept: What is laid back, by path; a value that one of its other places says there gets no second.
    """

    currency: str | None = None
    kept: Texted = {}


# Writing ---------------------------------------------------------------------------------------------------------------


def put_values(
    leaves: Leaves,
    at: str,
    noun: Any,
    places: tuple[Any, ...],
    said: Said | None = None,
) -> None:
    """Put the values of a noun where they stand.

    Args:
        leaves: Where they are put.
        at: Path of its element with a stroke behind, empty for the root.
        noun: The noun.
        places: Where its values stand.
        said: What the document says beside the noun; None for nothing.

    Source: the notation of `cocket.standards.leaves`.
    """
    said = said or Said()
    for place in places:
        value = getattr(noun, place.field)
        if value is None or value == ():
            continue
        if isinstance(place, One):
            if not _is_said(said.kept, at, place, value):
                _put_one(leaves, at + place.path, place.kind, value, said.currency)
        elif isinstance(place, Texts):
            _put_texts(leaves, at, place, value)
        elif isinstance(place, Group):
            put_values(leaves, at + place.path, value, place.places, said)
        else:
            for number, each in enumerate(value, 1):
                put_values(leaves, f"{at}{place.path}[{number}]/", each, place.places, said)


def _is_said(kept: Texted, at: str, place: One, value: Any) -> bool:
    """Whether the first of the other places that says anything says this value."""
    said = next((text.strip() for path in place.also if (text := kept.get(at + path)) and text.strip()), None)
    return said is not None and said == value


def extensions_of(noun: Any, places: tuple[Any, ...], at: str = "") -> list[tuple[str, str | None]]:
    """What a noun and its rows keep beside themselves, by path from the root (0..n).

    Source: the notation of `cocket.standards.leaves`.
    """
    found = [(at + each.path, each.value) for each in noun.extensions]
    for place in places:
        if isinstance(place, Rows):
            for number, row in enumerate(getattr(noun, place.field), 1):
                found += extensions_of(row, place.places, f"{at}{place.path}[{number}]/")
    return found


def _put_one(leaves: Leaves, path: str, kind: str, value: Any, currency: str | None) -> None:
    match kind:
        case "amount":
            leaves.put(path, value.value)
            leaves.put(path + _CURRENCY, value.currency or currency)
        case "mass" | "volume":
            leaves.put(path, value)
            leaves.put(path + _UNIT, "KGM" if kind == "mass" else "MTQ")
        case "flag":
            leaves.put(path, "true" if value else "false")
        case "day":
            leaves.put(path, value.isoformat())
        case "coded-day":
            leaves.put(path, f"{value:%Y%m%d}")
            leaves.put(path + _FORMAT, "102")
        case _:
            leaves.put(path, value)


def _put_texts(leaves: Leaves, at: str, place: Texts, texts: tuple[str, ...]) -> None:
    own = len(place.paths)
    for path, text in zip(place.paths, texts, strict=False):
        leaves.put(at + path, text)
    further = texts[own:]
    if place.more is None and further:  # the last line has room for the rest
        leaves.put(at + place.paths[-1], " ".join(texts[own - 1 :]))
        return
    for number, text in enumerate(further, 1):
        leaves.put(f"{at}{place.more}[{number}]{place.inside}", text)

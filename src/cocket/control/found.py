# SPDX-License-Identifier: Apache-2.0
"""What was found, piece by piece: goods declared against goods seen, samples, seizures, and what proves them."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from cocket.control.offences import Offence
from cocket.measures.tariff.units import quantity_in
from cocket.model import Amount, Declaration, GovernmentAgencyGoodsItem

Difference = Literal["value", "classification", "origin", "quantity", "description"]
Concealment = Literal[
    "none", "goods", "packing", "container", "vehicle", "vessel", "aircraft", "baggage", "person", "mail", "other"
]
Detection = Literal[
    "profile", "random", "intelligence", "tip", "scanner", "dog", "documents", "search", "other-agency", "other"
]
Conveyance = Literal["vessel", "aircraft", "road", "rail", "mail", "express", "pedestrian", "other"]

#: A SHA-256 as it is written: 64 hexadecimal digits, small letters.
DIGEST = re.compile(r"[0-9a-f]{64}\Z")

#: Units that an examiner is offered beside the one declared, by what they measure.
_ALIKE: tuple[tuple[str, ...], ...] = (
    ("KGM", "GRM", "TNE", "LBR"),
    ("LTR", "MLT", "HLT", "MTQ"),
    ("NMB", "DZN", "CEN", "MIL"),
    ("MTR", "KMT"),
)

#: Ways to write a number of pieces that are one.
_PIECES = {"NMB": "NAR", "EA": "NAR"}

#: A carat to a tariff and a carton to a packing list: it is compared with itself alone.
_AMBIGUOUS = {"CT"}

_DIFFERENCES: tuple[Difference, ...] = ("value", "classification", "origin", "quantity", "description")


class Quantity(msgspec.Struct, frozen=True, omit_defaults=True):
    """How much, of what unit.

    Attributes:
        value: Number of units.
        unit: UNECE Recommendation 20 or national unit; None where not stated.
    """

    value: Decimal
    unit: str | None = None


def in_unit_of(found: Quantity, declared: Quantity) -> Quantity | None:
    """What was found, in the unit of what was declared.

    Args:
        found: As counted or measured; without a unit it is in that of the declaration.
        declared: As declared.

    Returns:
        The same quantity, as it is where the declaration names no unit; None where the two units measure different
        things, such as cartons and kilograms.
    """
    unit, wanted = (found.unit or "").upper(), (declared.unit or "").upper()
    if not unit or unit == wanted:
        return Quantity(found.value, declared.unit)
    if not wanted:
        return found
    if {unit, wanted} & _AMBIGUOUS:
        return None
    value = quantity_in(_PIECES.get(wanted, wanted), {_PIECES.get(unit, unit): found.value})
    return None if value is None else Quantity(value, declared.unit)


def units_beside(unit: str | None) -> tuple[str, ...]:
    """Units in which a quantity declared in this one can be found, itself first; empty where none was declared."""
    if unit is None:
        return ()
    alike = next((group for group in _ALIKE if _PIECES.get(unit, unit) in {_PIECES.get(one, one) for one in group}), ())
    return (unit, *(one for one in alike if _PIECES.get(one, one) != _PIECES.get(unit, unit)))


class SeenGoods(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The goods of one item, as somebody states them; what he does not state is None.

    Attributes:
        value: Value for customs.
        classification: Commodity code, as written.
        origin: Country of origin, ISO 3166 alpha-2.
        quantity: How much: the supplementary quantity where there is one, else the net mass in KGM.
        description: What it is, in words.
    """

    value: Amount | None = None
    classification: str | None = None
    origin: str | None = None
    quantity: Quantity | None = None
    description: str | None = None


class ExaminedItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One item, declared against found.

    Attributes:
        item: Goods item (1-based); one that was not declared at all has a number after the last.
        declared: As declared; empty if it was not declared at all.
        found: What was found to be otherwise; None where it is as declared.
    """

    item: int
    declared: SeenGoods = SeenGoods()
    found: SeenGoods

    @property
    def differences(self) -> tuple[Difference, ...]:
        """What was found to be otherwise (0..5)."""
        return tuple(
            name
            for name in _DIFFERENCES
            if getattr(self.found, name) is not None and getattr(self.found, name) != getattr(self.declared, name)
        )

    @property
    def corrected(self) -> SeenGoods:
        """The item as it should have been declared."""
        found = {name: getattr(self.found, name) for name in self.differences}
        return msgspec.structs.replace(self.declared, **found)


class SeenContainer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A container that was looked for.

    Attributes:
        number: As on the papers.
        state: `here`; `other` where another one stood in its place; `absent`.
        found: Number of that other one; None if not said.
        read: How its number was read: `camera` or `typed`; None if it was only ticked.
    """

    number: str
    state: Literal["here", "other", "absent"]
    found: str | None = None
    read: Literal["camera", "typed"] | None = None


class SeenSeal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A seal that was looked at before anything was opened.

    Attributes:
        number: As on the papers.
        state: `whole`, `cut`, `other` where another one was on the door, `absent`.
        container: Container it closes; None if the papers do not say.
        found: Number of that other one; None if not said.
    """

    number: str
    state: Literal["whole", "cut", "other", "absent"]
    container: str | None = None
    found: str | None = None


class PackageCount(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Packages counted (counts).

    Attributes:
        counted: How many there are.
        declared: How many the declaration has; None where it does not say.
        opened: How many of them were opened; None if not said.
    """

    counted: int
    declared: int | None = None
    opened: int | None = None

    @property
    def differs(self) -> bool:
        """Whether it is another number than declared."""
        return self.declared is not None and self.counted != self.declared


class Sample(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A sample that went to a laboratory.

    Attributes:
        number: Its number on the seal of the sample.
        laboratory: Which one; None if not said.
        question: What it was asked; None if not said.
        answer: What it said; None as long as it has not answered.
        answered: Day of the answer; None as long as there is none, or it is not known.
    """

    number: str
    laboratory: str | None = None
    question: str | None = None
    answer: str | None = None
    answered: date | None = None


class Seizure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Goods that were seized.

    Attributes:
        offence: What they were seized for.
        goods: What they are.
        quantity: How much; None if it is not known yet.
        value: What they are worth; None if not known.
        concealment: Where they were hidden, by kind of place; `none` if they lay open, None if not said.
        place: Description of the place; None if not said.
        detection: How they were detected; None if not said.
        conveyance: What carried them; None if not said.
        conveyance_id: Which one: ship, flight, number plate; None if not said.
        route: Countries (ISO 3166 alpha-2) or places (UN/LOCODE) from departure to destination (0..n).
    """

    offence: Offence
    goods: str
    quantity: Quantity | None = None
    value: Amount | None = None
    concealment: Concealment | None = None
    place: str | None = None
    detection: Detection | None = None
    conveyance: Conveyance | None = None
    conveyance_id: str | None = None
    route: tuple[str, ...] = ()


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that proves a finding: a photograph, a scanner image, a paper.

    Attributes:
        name: Name of the file.
        sha256: SHA-256 of its bytes, 64 hexadecimal digits.
        kept: Where it is kept; None if it is sealed here.
        record: Id of the record that holds its bytes; None if they are kept elsewhere.
    """

    name: str
    sha256: str
    kept: str | None = None
    record: str | None = None


def declared_goods(declaration: Declaration) -> dict[int, SeenGoods]:
    """What a declaration says of its items, in the form in which it is held against what is found.

    Args:
        declaration: As read.

    Returns:
        Item number (1-based) → its goods, in the order declared; an item without a number has that of its place.
    """
    items = enumerate(declaration.shipment.items, start=1)
    return {item.sequence or place: _declared(item) for place, item in items}


def declared_packages(declaration: Declaration) -> int | None:
    """Packages that a declaration has in all (count); None where an item does not say."""
    counts = [one.quantity for item in declaration.shipment.items for one in item.packaging]
    return sum(one for one in counts if one is not None) if counts and None not in counts else None


def _declared(item: GovernmentAgencyGoodsItem) -> SeenGoods:
    commodity = item.commodity
    classification = commodity.classifications[0].id if commodity.classifications else None
    return SeenGoods(
        value=item.customs_value or item.statistical_value or commodity.price,
        classification=classification,
        origin=item.origins[0].country_code if item.origins else None,
        quantity=_quantity(item),
        description=commodity.description or commodity.commercial_description,
    )


def _quantity(item: GovernmentAgencyGoodsItem) -> Quantity | None:
    if item.commodity.supplementary:
        first = item.commodity.supplementary[0]
        return Quantity(first.quantity, first.unit_code)
    mass = item.commodity.net_mass_kg
    return Quantity(mass, "KGM") if mass is not None else None

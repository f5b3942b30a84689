# SPDX-License-Identifier: Apache-2.0
"""What a paper says of the goods, in a form in which papers can be held against each other, and what several say together."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

import msgspec

from cocket.codes import EquipmentNumber
from cocket.model import Amount, Party, TransportEquipment

#: Container numbers whose names are remembered: those of a batch of the assessment worker (count).
_REMEMBERED = 1 << 13

#: Units that mean a piece, which papers write each in their own way (UNECE Recommendation 20 and national lists).
_PIECES = frozenset({"H87", "C62", "EA", "PCE", "NAR", "NMB", "NIU", "NO", "U", "UN", "PCS", "ST"})


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """What one paper says of the goods, or several of one kind together; None or empty where they do not say.

    Attributes:
        goods: Descriptions of the goods, without repeats (0..n).
        packages: Packages (count).
        gross_mass_kg: Gross mass.
        origins: Countries of origin, sorted (0..n).
        hs_codes: Commodity codes as written, sorted (0..n).
        consignee: Who gets the goods.
        consignor: Who sends them.
        equipment: Containers in canonical form, sorted (0..n).
        seals: Seals as `container seal`, sorted (0..n).
        value: Invoice value, or the customs value of a bill.
        quantities: Quantities by unit, sorted (0..n).
    """

    goods: tuple[str, ...] = ()
    packages: int | None = None
    gross_mass_kg: Decimal | None = None
    origins: tuple[str, ...] = ()
    hs_codes: tuple[str, ...] = ()
    consignee: Party | None = None
    consignor: Party | None = None
    equipment: tuple[str, ...] = ()
    seals: tuple[str, ...] = ()
    value: Amount | None = None
    quantities: tuple[tuple[str, Decimal], ...] = ()


def together(statements: Iterable[Statement]) -> Statement:
    """What several papers of one kind say together: quantities summed, lists joined.

    Args:
        statements: What each says (1..n).

    Returns:
        The whole. A quantity is None unless every one states it; a value also unless all are in one currency. Parties
        are those of the first.
    """
    parts = tuple(statements)
    return Statement(
        goods=once(text for part in parts for text in part.goods),
        packages=sum_of_counts(part.packages for part in parts),
        gross_mass_kg=sum_of(part.gross_mass_kg for part in parts),
        origins=every_of(part.origins for part in parts),
        hs_codes=every_of(part.hs_codes for part in parts),
        consignee=parts[0].consignee,
        consignor=parts[0].consignor,
        equipment=every_of(part.equipment for part in parts),
        seals=every_of(part.seals for part in parts),
        value=sum_of_money(part.value for part in parts),
        quantities=by_unit(quantity for part in parts for quantity in part.quantities),
    )


def alone(one: Statement) -> Statement:
    """What a declaration says that stands alone, as `together` says it: its lists are sorted, each entry once, already."""
    return msgspec.structs.replace(one, gross_mass_kg=sum_of((one.gross_mass_kg,)), value=sum_of_money((one.value,)))


@lru_cache(_REMEMBERED)
def equipment_name(number: str) -> str:
    """A container number as numbers are compared: canonical, or letters and digits alone if it has not the shape."""
    parsed = EquipmentNumber.parse(number)
    return parsed.canonical if parsed else "".join(filter(str.isalnum, number.upper()))


def seals_of(equipment: Iterable[TransportEquipment]) -> tuple[str, ...]:
    """Seals as `container seal`, sorted."""
    return every_of(tuple(f"{equipment_name(unit.id)} {seal.id.upper()}" for seal in unit.seals) for unit in equipment)


def once(texts: Iterable[str | None]) -> tuple[str, ...]:
    """Texts that say something, each once, in order."""
    return tuple(dict.fromkeys(text for text in texts if text))


def every_of(lists: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """All entries of lists, each once, sorted."""
    return tuple(sorted({entry for entries in lists for entry in entries}))


def sum_of_counts(counts: Iterable[int | None]) -> int | None:
    """The sum of counts; None unless there are some and all are known."""
    known = tuple(counts)
    return sum(count for count in known if count is not None) if known and None not in known else None


def sum_of(quantities: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of quantities; None unless there are some and all are known."""
    known = tuple(quantities)
    return sum((q for q in known if q is not None), Decimal()) if known and None not in known else None


def sum_of_money(amounts: Iterable[Amount | None]) -> Amount | None:
    """The sum of money; None unless there is some, all is known and in one currency."""
    known = tuple(amounts)
    currencies = {amount.currency for amount in known if amount}
    total = sum_of(amount.value if amount else None for amount in known)
    return Amount(total, currencies.pop()) if total is not None and len(currencies) == 1 else None


def by_unit(quantities: Iterable[tuple[str, Decimal]]) -> tuple[tuple[str, Decimal], ...]:
    """Quantities summed by unit, sorted; units that mean a piece are one."""
    found: dict[str, Decimal] = {}
    for unit, quantity in quantities:
        unit = "H87" if unit.upper() in _PIECES else unit.upper()
        found[unit] = found.get(unit, Decimal()) + quantity
    return tuple(sorted(found.items()))

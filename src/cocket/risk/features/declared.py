# SPDX-License-Identifier: Apache-2.0
"""A declaration as rows: one entry a goods item, as the tables that models learn from have them."""

from __future__ import annotations

from cocket.risk.facts import Facts
from cocket.risk.features.columns import Entry


def entries_of(facts: Facts, day: float | None = None) -> tuple[Entry, ...]:
    """The items of a declaration as entries.

    What is told of the whole declaration (freight, what the bill tells) is parted by value or mass, so that a ratio is the
    same for an item as for the whole; where an item does not state its part, it is unknown of all.

    Args:
        facts: The declaration.
        day: Day number on which it is looked at; None for its own.

    Returns:
        One entry an item, in order (0..n); each counts for its part of the declaration.
    """
    n = len(facts.items)
    values = _parts([None if item.value is None else float(item.value) for item in facts.items])
    masses = _parts([item.gross_mass_kg for item in facts.items])
    packages = _parts([None if item.packages is None else float(item.packages) for item in facts.items])
    freight = None if facts.freight is None else float(facts.freight)
    return tuple(
        Entry(
            id=facts.id if n == 1 else f"{facts.id}#{place}",
            declaration=None if n == 1 else facts.id,
            share=1.0 / n,
            day=facts.day if day is None else day,
            office=facts.office,
            importer=facts.importer,
            importer_name=facts.importer_name,
            importer_address=facts.importer_address,
            declarant=facts.declarant,
            seller=facts.seller,
            carrier=facts.carrier,
            origin=item.origin,
            export_country=facts.export_country,
            hs=item.hs,
            description=" ".join(item.words) or None,
            preference=item.preference,
            value=None if item.value is None else float(item.value),
            freight=_part(freight, values, place),
            duty_and_tax=None if item.duty is None else float(item.duty),
            net_kg=item.net_mass_kg,
            gross_kg=item.gross_mass_kg,
            packages=item.packages,
            transport_document=facts.transport_document,
            bill_gross_kg=_part(facts.bill_gross_kg, masses, place),
            bill_packages=_part(facts.bill_packages, packages, place),
        )
        for place, item in enumerate(facts.items)
    )


def _parts(amounts: list[float | None]) -> list[float] | None:
    """The share of each in their sum; None where any is unknown or they come to nothing."""
    known = [amount for amount in amounts if amount is not None]
    total = sum(known)
    return [amount / total for amount in known] if len(known) == len(amounts) and total > 0 else None


def _part(whole: float | None, parts: list[float] | None, place: int) -> float | None:
    return None if whole is None or parts is None else whole * parts[place]

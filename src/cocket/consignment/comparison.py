# SPDX-License-Identifier: Apache-2.0
"""Where the sides of a dossier disagree: the one comparison behind cross-checks, the cells side by side and the scorecards.

Several declarations may share a bill of lading (part shipments): quantities and lists are therefore compared as wholes,
all that was declared against all that was billed. Parties are compared paper by paper.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Literal

import msgspec

from cocket.consignment import agreement
from cocket.consignment.references import LinkKey, key_of
from cocket.consignment.sides import Sides, Voice
from cocket.model import Reference

#: A side that what is declared is held against.
OtherSide = Literal["bills", "invoices", "packing_lists"]

#: What is compared as a whole; `currency` is that of the value.
Subject = Literal[
    "goods", "packages", "gross_mass_kg", "quantities", "hs_codes", "origins", "equipment", "seals", "value", "currency"
]


class _Comparison(msgspec.Struct, frozen=True):
    """How a subject is compared.

    Attributes:
        same: Whether two statements of it agree; None where one does not say.
        sides: Sides that it is held against.
        is_sum: Whether it is summed, so that invoices count only when every one that is declared is here.
    """

    same: Callable[[Any, Any], bool | None]
    sides: tuple[OtherSide, ...] = ("bills", "invoices", "packing_lists")
    is_sum: bool = False


_COMPARISONS: Final[dict[Subject, _Comparison]] = {
    "goods": _Comparison(agreement.same_goods, ("bills",)),
    "packages": _Comparison(agreement.same_count, is_sum=True),
    "gross_mass_kg": _Comparison(agreement.same_mass, is_sum=True),
    "quantities": _Comparison(agreement.same_quantities, ("invoices",), is_sum=True),
    "hs_codes": _Comparison(agreement.same_codes),
    "origins": _Comparison(agreement.same_origins, ("invoices",)),
    "equipment": _Comparison(agreement.same_set),
    "seals": _Comparison(agreement.same_seals),
    "value": _Comparison(agreement.same_money, is_sum=True),
    "currency": _Comparison(agreement.same_currency, ("invoices",)),
}


def disagrees(two: Sides, subject: Subject, side: OtherSide) -> bool:
    """Whether a side says otherwise than what is declared; False where one of them does not say.

    Args:
        two: The papers that hold today, by side.
        subject: What is compared.
        side: What it is held against.
    """
    comparison = _COMPARISONS[subject]
    said = {"bills": two.billed, "invoices": two.invoiced, "packing_lists": two.packed}[side]
    if two.declared is None or said is None or side not in comparison.sides:
        return False
    name = _field_of(subject)
    if comparison.same(getattr(two.declared, name), getattr(said, name)) is not False:
        return False
    return not comparison.is_sum or side != "invoices" or _is_whole(two)


def sides_that_disagree(two: Sides, field: str) -> Iterator[OtherSide]:
    """Sides that say otherwise than what is declared in a field (0..3).

    Args:
        two: The papers that hold today, by side.
        field: Name of a field of `Statement`.
    """
    subjects = [subject for subject in _COMPARISONS if _field_of(subject) == field]
    sides: tuple[OtherSide, ...] = ("bills", "invoices", "packing_lists")
    return (side for side in sides if any(disagrees(two, subject, side) for subject in subjects))


def other_consignees(two: Sides) -> Iterator[tuple[Voice, Voice]]:
    """Declarations and bills whose consignees are not one, as pairs (0..n)."""
    for bill in two.bills:
        for declaration in two.declarations:
            if agreement.same_party(declaration.says.consignee, bill.says.consignee) is False:
                yield declaration, bill


def _field_of(subject: Subject) -> str:
    return "value" if subject == "currency" else subject


def _is_whole(two: Sides) -> bool:
    """Whether every invoice that is declared is here."""
    named = [name.value for v in two.declarations for name in v.paper.names if name.kind == "INVOICE"]
    here = [v.paper.invoice.number for v in two.invoices if v.paper.invoice and v.paper.invoice.number]
    return _invoice_keys(named) <= _invoice_keys(here)


def _invoice_keys(numbers: Iterable[str]) -> set[LinkKey]:
    return {key for number in numbers if (key := key_of(Reference("INVOICE", number), "")) is not None}

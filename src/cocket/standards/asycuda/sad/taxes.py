# SPDX-License-Identifier: Apache-2.0
"""What a tax rate means: per cent in some countries, a fraction in others, an amount per unit of some excises."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec

from cocket.model import Extension
from cocket.standards.asycuda.mapping import Record
from cocket.standards.asycuda.profiles import Profile, RateUnit
from cocket.standards.asycuda.sheet import Sheet

LINES = "Taxation/Taxation_line"

_HUNDRED = Decimal(100)
_QUANTITIES = (
    "Valuation_item/Weight_itm/Net_weight_itm",
    "Valuation_item/Weight_itm/Gross_weight_itm",
    "Packages/Number_of_packages",
)
_UNITS, _UNIT_QUANTITY = "Tarification/Supplementary_unit", "Suppplementary_unit_quantity"


def near(figure: Decimal, written: Decimal) -> bool:
    """Whether a figure is what was written: hosts round to cents or to whole units of a currency.

    Source: public SAD files: 737 of 1,875 tax amounts have no decimals.
    """
    tolerance = Decimal(1) if written == written.to_integral_value() else Decimal("0.02")
    return abs(figure - written) <= tolerance


def unit_shown(items: Iterable[Sheet]) -> RateUnit | None:
    """The unit of rates as the file's own arithmetic shows it.

    Args:
        items: Sheets of the items.

    Returns:
        The unit in which base times rate gives the amount; None if no line decides, or lines decide differently.

    Source: public SAD files: 148 of 148 VAT lines of one country in fractions, 194 of 194 of another in per cent.
    """
    shown = {unit for item in items for line in item.tables.get(LINES, ()) if (unit := _line_shows(line))}
    return shown.pop() if len(shown) == 1 else None


def rate_of(line: Sheet, unit: RateUnit | None) -> tuple[Decimal | None, bool | None]:
    """The rate of one tax line.

    Args:
        line: Sheet of the line, its item around it.
        unit: Unit of rates; None where it is not known.

    Returns:
        The rate as a fraction or, if specific, as amount per unit, None where ambiguous; and whether it is specific,
        None where not known.

    Source: public SAD files: a specific excise has the amount per unit as rate and a quantity as base (14 of 17).
    """
    rate = line.numbers.get("Duty_tax_rate")
    if rate is None or rate == 0:
        return rate, None
    times_rate, is_quantity = _holds(line, rate), _has_quantity_as_base(line)
    if unit == "percent":
        is_share = _holds(line, rate / _HUNDRED) or not (times_rate or is_quantity)
        return (rate / _HUNDRED, False) if is_share else (rate, True)
    if is_quantity and times_rate:
        return rate, True
    if unit == "fraction" and rate <= 1:
        return rate, False
    return None, None


class TaxLine(Record):
    """A tax line, whose rate is read as far as its unit is known."""

    def read(self, sheet: Sheet, profile: Profile, extensions: list[Extension]) -> dict[str, Any]:
        """As `Record.read`, with the rate.

        Source: `rate_of`.
        """
        told = super().read(sheet, profile, extensions)
        rate, is_specific = rate_of(sheet, profile.rate_unit)
        if rate is not None:
            told["rate"] = rate
        if is_specific is not None:
            told["is_specific"] = is_specific
        return told

    def write(self, document: Any, profile: Profile, kept: dict[str, str], sheet: Sheet) -> None:
        """As `Record.write`; a rate that was never written, or has changed since, is put in the country's unit.

        Source: `rate_of`.
        """
        if document is not None and document.rate is not None:
            as_percent = profile.rate_unit != "fraction" and not document.is_specific
            unit = _HUNDRED if as_percent else Decimal(1)
            written = document.rate_as_written
            if written is None or written / unit != document.rate:
                document = msgspec.structs.replace(document, rate_as_written=document.rate * unit)
        super().write(document, profile, kept, sheet)


def _line_shows(line: Sheet) -> RateUnit | None:
    rate = line.numbers.get("Duty_tax_rate")
    if not rate:
        return None
    as_percent, as_fraction = _holds(line, rate / _HUNDRED), _holds(line, rate)
    if as_percent == as_fraction:
        return None
    if as_percent:
        return "percent"
    return "fraction" if rate <= 1 and not _has_quantity_as_base(line) else None


def _holds(line: Sheet, share: Decimal) -> bool:
    base, amount = line.numbers.get("Duty_tax_Base"), line.numbers.get("Duty_tax_amount")
    return base is not None and amount is not None and near(base * share, amount)


def _has_quantity_as_base(line: Sheet) -> bool:
    base, item = line.numbers.get("Duty_tax_Base"), line.parent
    if base is None or item is None or base == item.numbers.get("Valuation_item/Total_CIF_itm"):
        return False
    units = (row.numbers.get(_UNIT_QUANTITY) for row in item.tables.get(_UNITS, ()))
    return base in (*(item.numbers.get(path) for path in _QUANTITIES), *units)

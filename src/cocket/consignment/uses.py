# SPDX-License-Identifier: Apache-2.0
"""Numbers that end: for how long a number means one consignment, and of which day a paper speaks.

An air waybill number is given again after a year, a seller's invoice numbers begin anew, the year in a UCR has one digit.
Two papers are one consignment by such a number only if what they are about is near in time. A sender's own reference that is
such a number ends too: a later use of it is another paper, which is held under a name of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final, Literal

import msgspec

from cocket.consignment.declaration_day import declaration_day
from cocket.model import CommercialInvoice, Declaration, Document, Manifest, Movement, PackingList, Response

#: What a number is, as far as it matters for how long it means one consignment.
Reuse = Literal["air-waybill", "transport-document", "ucr", "invoice"]

#: How far apart two papers may be (days) and still mean one consignment by a number of this sort; half of the time after
#: which such numbers are known to be given again, so that a late paper does not tie two uses together.
#: Source: IATA Cargo Services Conference Resolution 600a (serial numbers are not to be used again within twelve months);
#: WCO Recommendation on the Unique Consignment Reference, year in one digit (ten years); that carriers and sellers may number
#: anew each year is the house's own choice, measured by `cocket bench linking`.
WINDOW_DAYS: Final[dict[Reuse, int]] = {"air-waybill": 180, "transport-document": 180, "ucr": 1825, "invoice": 180}

#: A stated day that is further before or after receipt (days) is a slip of the pen, and the day of receipt speaks.
_EARLIEST, _LATEST = 3653, 366

_WAYBILL_DIGITS: Final = 11

#: Uses of one reference that are told apart (count): more than a house keeps messages for.
MOST_USES: Final = 32

#: What parts a reference from the number of its use; no standard has it in a reference.
_USE_MARK: Final = " ×"


class Use(msgspec.Struct, frozen=True):
    """From when to when a dossier's papers bear a number, by what they are about.

    Attributes:
        first: First day; None where no paper tells one.
        last: Last day; None where no paper tells one.
    """

    first: date | None = None
    last: date | None = None

    def widened(self, other: Use) -> Use:
        """Both together; a day that is not known widens nothing."""
        firsts = [day for day in (self.first, other.first) if day is not None]
        lasts = [day for day in (self.last, other.last) if day is not None]
        return Use(min(firsts, default=None), max(lasts, default=None))


def is_air_waybill(number: str) -> bool:
    """Whether a bill number, letters and digits alone, is one of an airline: a prefix of three digits, seven, a check digit.

    Source: IATA Resolution 600a: the last digit is what remains of the seven before it divided by seven.
    """
    return len(number) == _WAYBILL_DIGITS and number.isdecimal() and int(number[3:10]) % 7 == int(number[10])


def reuse_of(kind: str, value: str) -> Reuse | None:
    """What sort of ending number a key is; None if it means the same for ever.

    Args:
        kind: Kind of link key.
        value: Its value. A bill under its manifest has the manifest's day in its name, an invoice without seller joins nothing.
    """
    if kind == "BL":
        return None if "/" in value else "air-waybill" if is_air_waybill(value) else "transport-document"
    if kind == "INVOICE":
        return "invoice" if "/" in value else None
    return "ucr" if kind == "UCR" else None


def meet(pair: tuple[str, str], one: Use, other: Use) -> bool | None:
    """Whether two uses of a number are of one consignment; None where a day is missing, so that time does not tell."""
    reuse = reuse_of(*pair)
    if reuse is None:
        return True
    between = apart(one, other)
    return None if between is None else between <= timedelta(days=WINDOW_DAYS[reuse])


def use_name(reference: str, use: int) -> str:
    """The name under which the papers of one use of a reference are held.

    Args:
        reference: As its sender gave it.
        use: 1 for the first use, which has the reference itself for a name.
    """
    return reference if use == 1 else f"{reference}{_USE_MARK}{use}"


def as_given(name: str | None) -> str | None:
    """The reference as its sender gave it, whichever use of it a name stands for."""
    if name is None:
        return None
    reference, mark, use = name.rpartition(_USE_MARK)
    is_later = bool(mark) and use.isascii() and use.isdecimal() and 2 <= int(use[:3]) <= MOST_USES
    return reference if is_later else name


def apart(one: Use, other: Use) -> timedelta | None:
    """How far two uses are apart, negative where they overlap; None where a day is missing."""
    if one.first is None or one.last is None or other.first is None or other.last is None:
        return None
    return max(one.first - other.last, other.first - one.last)


def day_of(document: Document | None, received: datetime | None) -> date | None:
    """The day of what a paper is about: the journey's where it tells that, else its own.

    Args:
        document: What was read; None if nothing was.
        received: When it came, UTC; None where it was not lodged here.

    Returns:
        The day; that of receipt where the stated one cannot be. None where a paper tells none, and for goods out of a warehouse or
        another procedure, which came at some earlier time that their declaration does not tell; these go with the newest use
        of the number.
    """
    if isinstance(document, Declaration) and is_of_earlier(document):
        return None
    stated = _stated(document)
    day = received.date() if received is not None else None
    if stated is None or day is None:
        return stated
    return stated if is_likely(stated, day) else day


def is_likely(stated: date, received: date) -> bool:
    """Whether a paper may be of the day that it states; one far before or after its receipt is a slip of the pen."""
    return -_LATEST <= (received - stated).days <= _EARLIEST


def is_of_earlier(declaration: Declaration) -> bool:
    """Whether goods were under another procedure before, as a warehouse."""
    return any(item.procedure and item.procedure.previous not in (None, "00") for item in declaration.shipment.items)


def _stated(document: Document | None) -> date | None:
    if isinstance(document, Declaration):
        arrival = document.shipment.expected_arrival
        told = declaration_day(document)
        return arrival.date() if arrival else told.day if told else None
    return _first(_days(document))


def _days(document: Document | None) -> Iterable[date | datetime | None]:
    if isinstance(document, Manifest):
        return document.arrives, document.departed, document.issued
    if isinstance(document, Movement):
        return document.arrived, document.departed, document.occurred
    if isinstance(document, CommercialInvoice | PackingList | Response):
        return (document.issued,)
    return ()


def _first(days: Iterable[date | datetime | None]) -> date | None:
    found = next((day for day in days if day is not None), None)
    return found.date() if isinstance(found, datetime) else found

# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with the procedure a SAD asks for: a journey, a stay in a warehouse, goods taken out of one.

Whether it is a transit is told by the first digit of the procedure (8) or by its type (`T`, `T1`, `TR`); whether goods come out
of a warehouse by the second half of their own procedure (7…).

Source: SAD boxes 1, 37, 40, 49 to 53 and D; UNCTAD SAD XML message description.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from cocket.codes import country
from cocket.findings import Severity
from cocket.standards.asycuda.judging import Deviation, Rule
from cocket.standards.asycuda.sad.codecs import EARLIER_PARTS, WRITTEN_OFF, marks_of
from cocket.standards.asycuda.sad.paper import Sad
from cocket.standards.asycuda.sheet import Sheet
from cocket.standards.asycuda.values import day, plain, readings, whole

TYPE = "Identification/Type/Type_of_declaration"
GENERAL = "Identification/Type/Declaration_gen_procedure_code"
PROCEDURE = "Tarification/Extended_customs_procedure"
PRINCIPAL = "Transit/Principal"
DESTINATION = "Transit/Destination"
SEALS, SEAL_MARKS = "Transit/Seals/Number", "Transit/Seals/Identity"
TIME_LIMIT = "Transit/Time_limit"
GUARANTEE = "Financial/Guarantee"
EXCLUDED = "Financial/Guarantee/Excluded_country/Code"
GOODS_DESTINATION = "General_information/Country/Destination/Destination_country_code"
WAREHOUSE, DELAY = "Warehouse/Identification", "Warehouse/Delay"
EARLIER_REFERENCE = "Previous_doc/Previous_document_reference"
CURRENT_ITEM = "Prev_decl_current_item"
HS, EARLIER_HS = "Tarification/HScode/Commodity_code", "Prev_decl_HS_code"
REGISTERED = "Identification/Registration/Date"
ASSESSED = "Identification/Assessment/Date"
PAID = "Identification/receipt/Date"
EXITED = "Export_release/Date_of_exit"

_KEY = tuple(f"Prev_decl_{part}" for part in ("office_code", "reg_year", "reg_serial", "reg_number"))
_STOCK = tuple(f"Prev_decl_{part}" for part in ("number_packages", "weight", "supp_quantity", "ref_value"))
_TRANSIT, _WAREHOUSE = "8", "7"
_TRANSIT_TYPE = re.compile(r"T\d?|TR", re.IGNORECASE)
_ROUNDING = Decimal("0.01")


def sad_transit_principal_missing(sad: Sad) -> Iterator[Deviation]:
    """The goods are to travel under customs control, but nobody answers for their arrival.

    Source: SAD box 50; UNCTAD SAD XML message description.
    """
    if is_transit(sad) and not any(sad.text(f"{PRINCIPAL}/{part}") for part in ("Code", "Name")):
        yield Deviation(sad.whole, PRINCIPAL)


def sad_transit_destination_missing(sad: Sad) -> Iterator[Deviation]:
    """The goods are to travel under customs control, but the office where they are to arrive is not stated.

    Source: SAD box 53.
    """
    if is_transit(sad) and not sad.text(f"{DESTINATION}/Office"):
        yield Deviation(sad.whole, f"{DESTINATION}/Office")


def sad_transit_guarantee_missing(sad: Sad) -> Iterator[Deviation]:
    """The goods are to travel under customs control, and no guarantee is stated.

    Source: SAD box 52. Countries waive it, so that it is a notice only.
    """
    if is_transit(sad) and not any(sad.text(f"{GUARANTEE}/{part}") for part in ("Name", "Amount")):
        yield Deviation(sad.whole, GUARANTEE)


def sad_transit_time_limit(sad: Sad) -> Iterator[Deviation]:
    """The time limit {found} is neither a day nor a number of days.

    Source: SAD box D: no public file has it filled, so that both are taken.
    """
    text = sad.text(TIME_LIMIT)
    days = whole(text) if text else None
    if text and not readings(text) and (days is None or days <= 0):
        yield Deviation(sad.whole, TIME_LIMIT, None, text)


def sad_seals_count(sad: Sad) -> Iterator[Deviation]:
    """{found} seals are counted; the marks listed are {expected}.

    Source: SAD box D. A range of marks is one entry, so that fewer entries than seals are let pass.
    """
    marks, stated = len(marks_of(sad.text(SEAL_MARKS))), sad.whole.numbers.get(SEALS)
    if stated is not None and (stated < marks or (stated > 0 and not marks)):
        yield Deviation(sad.whole, SEALS, str(marks), plain(stated))


def sad_guarantee_excluded(sad: Sad) -> Iterator[Deviation]:
    """The guarantee does not hold in {found}, where the goods are to go.

    Source: SAD box 52: countries in which a guarantee is not valid.
    """
    excluded = _letters(sad.text(EXCLUDED))
    if excluded and excluded in {_letters(sad.text(path)) for path in (f"{DESTINATION}/Country", GOODS_DESTINATION)}:
        yield Deviation(sad.whole, EXCLUDED, None, excluded)


def sad_warehouse_missing(sad: Sad) -> Iterator[Deviation]:
    """The goods are to be put into a warehouse, but which one is not stated.

    Source: SAD boxes 37 and 49: procedures 70 to 79.
    """
    if not sad.text(WAREHOUSE) and any(_procedure(item).startswith(_WAREHOUSE) for item in sad.items):
        yield Deviation(sad.whole, WAREHOUSE)


def sad_warehouse_delay(sad: Sad) -> Iterator[Deviation]:
    """The goods cannot stay in the warehouse for {found} days.

    Source: SAD box 49.
    """
    days = sad.whole.numbers.get(DELAY)
    if days is not None and (days < 0 or days != days.to_integral_value()):
        yield Deviation(sad.whole, DELAY, None, plain(days))


def sad_delay_without_warehouse(sad: Sad) -> Iterator[Deviation]:
    """A stay of {found} days is stated, but no warehouse.

    Source: SAD box 49.
    """
    days = sad.whole.numbers.get(DELAY)
    if days is not None and days > 0 and not sad.text(WAREHOUSE):
        yield Deviation(sad.whole, DELAY, None, plain(days))


def sad_previous_missing(sad: Sad) -> Iterator[Deviation]:
    """The goods come out of a warehouse, but the declaration by which they went in is not stated.

    Source: SAD boxes 37 and 40: an ex-warehouse entry writes off an earlier declaration.
    """
    named = {whole(row.values.get(CURRENT_ITEM, "")) for row in sad.earlier}
    if None in named:
        return  # a row that names no item may be for any
    for item in sad.items:
        stated = item.values.get(EARLIER_REFERENCE, "").strip()
        if _is_out_of_warehouse(item) and item.position not in named and not stated:
            yield Deviation(item, EARLIER_REFERENCE)


def sad_previous_incomplete(sad: Sad) -> Iterator[Deviation]:
    """The earlier declaration cannot be told from {found}: office, year, serial and number are needed.

    Source: SAD box 40; five rows of public SAD files, all complete.
    """
    for row in sad.earlier:
        parts = [row.values.get(path, "").strip() for path in _KEY]
        if not all(parts):
            yield Deviation(row, _KEY[parts.index("")], "/".join(EARLIER_PARTS), "/".join(filter(None, parts)) or None)


def sad_previous_item_unknown(sad: Sad) -> Iterator[Deviation]:
    """The earlier declaration is for item {found}, which this declaration does not have.

    Source: SAD box 40.
    """
    known = {item.position for item in sad.items}
    for row in sad.earlier:
        text = row.values.get(CURRENT_ITEM, "").strip()
        if text and whole(text) not in known:
            yield Deviation(row, CURRENT_ITEM, None, text)


def sad_previous_goods(sad: Sad) -> Iterator[Deviation]:
    """The goods went into the warehouse under commodity code {expected} and come out under {found}.

    Source: SAD boxes 33 and 40. Judged for goods out of a warehouse only: processing may change them.
    """
    items = {item.position: item for item in sad.items if _is_out_of_warehouse(item)}
    for row in sad.earlier:
        item = items.get(whole(row.values.get(CURRENT_ITEM, "")) or 0)
        before = row.values.get(EARLIER_HS, "").strip()
        now = item.values.get(HS, "").strip() if item else ""
        if before and now and not _is_same_code(before, now):
            yield Deviation(row, EARLIER_HS, before, now)


def sad_written_off_over(sad: Sad) -> Iterator[Deviation]:
    """More is written off the earlier declaration than it held: {found} of {expected}.

    Source: SAD box 40: packages, mass, supplementary quantity and value, each with what is written off.
    """
    for row in sad.earlier:
        for path in _STOCK:
            held, taken = row.numbers.get(path), row.numbers.get(path + WRITTEN_OFF)
            if held is not None and taken is not None and taken > held + _ROUNDING:
                yield Deviation(row, path + WRITTEN_OFF, plain(held), plain(taken))


def sad_written_off_negative(sad: Sad) -> Iterator[Deviation]:
    """{found} is written off the earlier declaration, which would put goods back.

    Source: SAD box 40.
    """
    for row in sad.earlier:
        for path in (path + WRITTEN_OFF for path in _STOCK):
            if (taken := row.numbers.get(path)) is not None and taken < 0:
                yield Deviation(row, path, None, plain(taken))


def sad_dates_order(sad: Sad) -> Iterator[Deviation]:
    """The day {found} is before {expected}, though registration, assessment, payment and exit follow each other.

    Source: UNCTAD SAD XML message description: states of a declaration.
    """
    latest: date | None = None
    for path in (REGISTERED, ASSESSED, PAID):
        on = day(text, sad.profile.date_order) if (text := sad.text(path)) else None
        if on is not None and latest is not None and on < latest:
            yield Deviation(sad.whole, path, latest.isoformat(), on.isoformat())
        latest = on or latest
    left = day(text, sad.profile.date_order) if (text := sad.text(EXITED)) else None
    registered = day(text, sad.profile.date_order) if (text := sad.text(REGISTERED)) else None
    if left is not None and registered is not None and left < registered:
        yield Deviation(sad.whole, EXITED, registered.isoformat(), left.isoformat())


def is_transit(sad: Sad) -> bool:
    """Whether a declaration is for goods that travel under customs control.

    Source: SAD box 1: general procedure 8; types T, T1, T2, TR.
    """
    return sad.text(GENERAL)[:1] == _TRANSIT or _TRANSIT_TYPE.fullmatch(sad.text(TYPE)) is not None


def _procedure(item: Sheet) -> str:
    return item.values.get(PROCEDURE, "").strip()


def _is_out_of_warehouse(item: Sheet) -> bool:
    return _procedure(item)[2:3] == _WAREHOUSE


def _is_same_code(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _letters(text: str) -> str:
    known = country(text) if text.isdigit() else None
    return known.alpha2 if known else text.upper()


#: Rules of the procedure with their severities, in the order in which findings are told.
PROCEDURE_RULES: tuple[tuple[Rule, Severity], ...] = (
    (sad_transit_principal_missing, "warning"),
    (sad_transit_destination_missing, "warning"),
    (sad_transit_guarantee_missing, "info"),
    (sad_transit_time_limit, "warning"),
    (sad_seals_count, "warning"),
    (sad_guarantee_excluded, "warning"),
    (sad_warehouse_missing, "warning"),
    (sad_warehouse_delay, "warning"),
    (sad_delay_without_warehouse, "warning"),
    (sad_previous_missing, "warning"),
    (sad_previous_incomplete, "warning"),
    (sad_previous_item_unknown, "warning"),
    (sad_previous_goods, "warning"),
    (sad_written_off_over, "warning"),
    (sad_written_off_negative, "warning"),
    (sad_dates_order, "warning"),
)

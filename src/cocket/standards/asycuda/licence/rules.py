# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with a licence. Only one that licenses nothing is refused.

Source: public schema of the licence; the logic of a licence: who, what, how much, until when.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from cocket.codes import HsCode
from cocket.findings import Finding, Severity
from cocket.standards.asycuda.judging import Deviation, Rule, judge
from cocket.standards.asycuda.legibility import LEGIBILITY
from cocket.standards.asycuda.reading import Judged
from cocket.standards.asycuda.values import day, plain

HEAD = "General_segment/"
APPLIED, EXPIRES = f"{HEAD}Application_date", f"{HEAD}Expiry_date"
ARRIVES, IMPORTED = f"{HEAD}Arrival_date", f"{HEAD}Importation_date"
REQUESTED, APPROVED = "Quantity_requested", "Quantity_to_approve"

_ITEM = "Lic_item_segment"
_SAME_GOODS = ("Commodity_code", "Description", "Origin", "Unit_of_measurement")


def licence_no_item(form: Judged) -> Iterator[Deviation]:
    """The licence names no goods: it licenses nothing.

    Source: public schema of the licence: one item at least.
    """
    if not form.rows(_ITEM):
        yield Deviation(form.whole, "")


def licence_holder_missing(form: Judged) -> Iterator[Deviation]:
    """The licence does not say whose it is.

    Source: public schema of the licence: importer.
    """
    if not any(form.text(HEAD + name) for name in ("Importer_code", "Importer_name")):
        yield Deviation(form.whole, f"{HEAD}Importer_code")


def licence_application_missing(form: Judged) -> Iterator[Deviation]:
    """The licence does not say when it was applied for.

    Source: public schema of the licence: application date is always there.
    """
    if not form.text(APPLIED):
        yield Deviation(form.whole, APPLIED)


def licence_expiry_missing(form: Judged) -> Iterator[Deviation]:
    """The licence has no end: the day it expires is not stated.

    Source: public schema of the licence: expiry may be left empty, as on one that is only asked for.
    """
    if not form.text(EXPIRES):
        yield Deviation(form.whole, EXPIRES)


def licence_expired_before_application(form: Judged) -> Iterator[Deviation]:
    """The licence expires on {found}, before it was applied for on {expected}.

    Source: the logic of a licence.
    """
    yield from _before(form, EXPIRES, APPLIED)


def licence_arrival_after_expiry(form: Judged) -> Iterator[Deviation]:
    """The goods arrive on {found}, after the licence has expired on {expected}.

    Source: the logic of a licence.
    """
    yield from _after(form, ARRIVES, EXPIRES)


def licence_importation_after_expiry(form: Judged) -> Iterator[Deviation]:
    """The goods are to be imported on {found}, after the licence has expired on {expected}.

    Source: the logic of a licence.
    """
    yield from _after(form, IMPORTED, EXPIRES)


def licence_importation_before_application(form: Judged) -> Iterator[Deviation]:
    """The goods were to be imported on {found}, before the licence was applied for on {expected}.

    Source: Agreement on Import Licensing Procedures, Article 1.1: licensing is prior to importation.
    """
    yield from _before(form, IMPORTED, APPLIED)


def licence_description_missing(form: Judged) -> Iterator[Deviation]:
    """The goods are named neither in words nor by a commodity code.

    Source: public schema of the licence.
    """
    for row in form.rows(_ITEM):
        if not any(row.values.get(name, "").strip() for name in ("Description", "Commodity_code")):
            yield Deviation(row, "Description")


def licence_commodity_code(form: Judged) -> Iterator[Deviation]:
    """{found} is not a commodity code of the Harmonized System.

    Source: Harmonized System: chapters 01 to 97 without 77.
    """
    for row in form.rows(_ITEM):
        text = row.values.get("Commodity_code", "").strip()
        code = HsCode.parse(text) if text else None
        if text and (code is None or code.subheading is None or code.realm != "harmonized"):
            yield Deviation(row, "Commodity_code", None, text)


def licence_quantity_missing(form: Judged) -> Iterator[Deviation]:
    """How much of the goods is asked for is not stated.

    Source: public schema of the licence.
    """
    for row in form.rows(_ITEM):
        if REQUESTED not in row.values:
            yield Deviation(row, REQUESTED)


def licence_quantity_not_positive(form: Judged) -> Iterator[Deviation]:
    """A licence is asked for {found} of the goods.

    Source: the logic of a licence.
    """
    for row in form.rows(_ITEM):
        if (asked := row.numbers.get(REQUESTED)) is not None and asked <= 0:
            yield Deviation(row, REQUESTED, None, plain(asked))


def licence_nothing_approved(form: Judged) -> Iterator[Deviation]:
    """Nothing of the goods is approved.

    Source: public schema of the licence: quantity to approve.
    """
    for row in form.rows(_ITEM):
        if (granted := row.numbers.get(APPROVED)) is not None and granted <= 0:
            yield Deviation(row, APPROVED, None, plain(granted))


def licence_approved_over_requested(form: Judged) -> Iterator[Deviation]:
    """More is approved than was asked for: {found} of {expected}.

    Source: the logic of a licence.
    """
    for row in form.rows(_ITEM):
        asked, granted = row.numbers.get(REQUESTED), row.numbers.get(APPROVED)
        if asked is not None and granted is not None and granted > asked:
            yield Deviation(row, APPROVED, plain(asked), plain(granted))


def licence_unit_missing(form: Judged) -> Iterator[Deviation]:
    """A quantity of {found} is stated without its unit.

    Source: public schema of the licence.
    """
    for row in form.rows(_ITEM):
        if (asked := row.numbers.get(REQUESTED)) is not None and not row.values.get("Unit_of_measurement", "").strip():
            yield Deviation(row, "Unit_of_measurement", None, plain(asked))


def licence_origin_missing(form: Judged) -> Iterator[Deviation]:
    """The country of origin of the goods is not stated.

    Source: public schema of the licence.
    """
    for row in form.rows(_ITEM):
        if not row.values.get("Origin", "").strip():
            yield Deviation(row, "Origin")


def licence_item_repeated(form: Judged) -> Iterator[Deviation]:
    """The same goods of the same origin stand more than once: the quantities may have been counted twice.

    Source: the logic of a licence.
    """
    met: set[tuple[str, ...]] = set()
    for row in form.rows(_ITEM):
        goods = tuple(" ".join(row.values.get(name, "").split()).upper() for name in _SAME_GOODS)
        if any(goods) and goods in met:
            yield Deviation(row, "Commodity_code" if goods[0] else "Description", None, goods[0] or goods[1])
        met.add(goods)


def _days(form: Judged, one: str, other: str) -> tuple[date, date] | None:
    days = (day(text, form.profile.date_order) if (text := form.text(path)) else None for path in (one, other))
    first, second = days
    return (first, second) if first and second else None


def _before(form: Judged, path: str, limit: str) -> Iterator[Deviation]:
    if (days := _days(form, path, limit)) and days[0] < days[1]:
        yield Deviation(form.whole, path, days[1].isoformat(), days[0].isoformat())


def _after(form: Judged, path: str, limit: str) -> Iterator[Deviation]:
    if (days := _days(form, path, limit)) and days[0] > days[1]:
        yield Deviation(form.whole, path, days[1].isoformat(), days[0].isoformat())


#: Every rule with its severity, in the order in which findings are told.
RULES: tuple[tuple[Rule, Severity], ...] = (
    (licence_no_item, "error"),
    *LEGIBILITY,
    (licence_holder_missing, "warning"),
    (licence_application_missing, "warning"),
    (licence_expiry_missing, "info"),
    (licence_expired_before_application, "warning"),
    (licence_arrival_after_expiry, "warning"),
    (licence_importation_after_expiry, "warning"),
    (licence_importation_before_application, "warning"),
    (licence_description_missing, "warning"),
    (licence_commodity_code, "warning"),
    (licence_quantity_missing, "warning"),
    (licence_quantity_not_positive, "warning"),
    (licence_nothing_approved, "info"),
    (licence_approved_over_requested, "warning"),
    (licence_unit_missing, "warning"),
    (licence_origin_missing, "info"),
    (licence_item_repeated, "warning"),
)


def check(form: Judged) -> Iterator[Finding]:
    """Check one licence by all rules.

    Source: each rule's own.
    """
    return judge(RULES, form, form.paper, {})

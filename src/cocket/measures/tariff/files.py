# SPDX-License-Identifier: Apache-2.0
"""A tariff and exchange rates as files of our own, so that an installation keeps what it once loaded."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from cocket.errors import UnreadableError
from cocket.measures.tariff.book import Tariff
from cocket.measures.tariff.formula import is_too_deep
from cocket.standards.json import decode_json

_FORM = "cocket-tariff-1"
_EURO = "EUR"

#: (currency, first day, units of the tariff's currency for one of it).
ToldRate = tuple[str, date, Decimal]


class _File(msgspec.Struct, frozen=True):
    form: str
    tariff: Tariff


class _Head(msgspec.Struct, frozen=True):
    form: str = ""


class _Monthly(msgspec.Struct, frozen=True):
    child_monetary_unit_code: str
    exchange_rate: Decimal
    validity_start_date: str


class _MonthlyRow(msgspec.Struct, frozen=True):
    attributes: _Monthly


_TARIFF = msgspec.json.Decoder(_File)
_MONTHLY = msgspec.json.Decoder(list[_MonthlyRow])


def write_tariff(tariff: Tariff) -> bytes:
    """A tariff as JSON of our own form: UTF-8, decimals as strings, the same tariff always the same bytes."""
    return msgspec.json.encode(_File(_FORM, tariff), order="sorted") + b"\n"


def read_tariff(content: bytes) -> Tariff:
    """Read what `write_tariff` wrote.

    Raises:
        UnreadableError: It is not of that form.
    """
    try:
        file = decode_json(content, _TARIFF)
    except UnreadableError as error:
        raise UnreadableError(f"This is not a tariff in Cocket's format: {error}", code="tariff-unreadable") from error
    if file.form != _FORM:
        raise UnreadableError(f"The format {file.form} is not supported.", code="tariff-unreadable", expected=_FORM)
    for several in file.tariff.measures.values():
        for one in several:
            formulas = (one.formula, *(condition.formula for condition in one.conditions))
            if any(formula is not None and is_too_deep(formula) for formula in formulas):
                text = f"A rate on {one.code} has rates nested too deeply."
                raise UnreadableError(text, code="tariff-unreadable")
    return file.tariff


def is_tariff(content: Any) -> bool:
    """Whether the value of a JSON file is a tariff of our own form."""
    return isinstance(content, dict) and str(content.get("form", "")).startswith("cocket-tariff")


def is_monthly_rates(content: Any) -> bool:
    """Whether the value of a JSON file is the list of monthly exchange rates that goes with TARIC-like answers."""
    one = content[0] if isinstance(content, list) and content else None
    return isinstance(one, dict) and "exchange_rate" in (one.get("attributes") or {})


def read_rates(content: bytes, currency: str) -> tuple[ToldRate, ...]:
    """Read exchange rates.

    Args:
        content: CSV with the columns `currency`, `from`, `rate` (units of the tariff's currency for one of it), or the
            JSON list of monthly rates of the euro.
        currency: Currency of the tariff.

    Returns:
        Rates towards the tariff's currency, as told: they may be wrong.

    Raises:
        UnreadableError: It is neither.
    """
    try:
        if content.lstrip()[:1] in (b"[", b"{"):
            return tuple(_of_euro(_monthly(content), currency))
        rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        if not {"currency", "from", "rate"} <= set(rows.fieldnames or ()):
            raise UnreadableError("Exchange rates need the columns currency, from, rate.", code="rates-unreadable")
        if len(set(rows.fieldnames or ())) < len(rows.fieldnames or ()):
            raise UnreadableError("A column of the exchange rates stands twice.", code="rates-unreadable")
        return tuple(_told_rate(row, rows.line_num) for row in rows)
    except (ValueError, InvalidOperation, csv.Error) as error:
        raise UnreadableError(f"Exchange rates cannot be read: {error}.", code="rates-unreadable") from error


def _monthly(content: bytes) -> list[_MonthlyRow]:
    try:
        return decode_json(content, _MONTHLY)
    except UnreadableError as error:
        raise UnreadableError(f"Exchange rates cannot be read: {error}", code="rates-unreadable") from error


def _told_rate(row: dict[str, str | None], line: int) -> ToldRate:
    cells = {name: (row.get(name) or "").strip() for name in ("currency", "from", "rate")}
    empty = next((name for name, text in cells.items() if not text), None)
    if empty is not None:
        raise ValueError(f"line {line}: the {empty if empty != 'from' else 'first day'} is missing")
    try:
        day = date.fromisoformat(cells["from"])
    except ValueError as error:
        raise ValueError(f"line {line}: {cells['from'][:40]} is not a date (YYYY-MM-DD)") from error
    try:
        return cells["currency"], day, Decimal(cells["rate"])
    except InvalidOperation as error:
        raise ValueError(f"line {line}: {cells['rate'][:40]} is not a rate") from error


def _of_euro(rows: Iterable[_MonthlyRow], currency: str) -> Iterator[ToldRate]:
    """The euro, and through it every other currency of the same month, towards the tariff's."""
    of_month: dict[date, dict[str, Decimal]] = {}
    for row in rows:
        told = row.attributes
        day = date.fromisoformat(told.validity_start_date[:10])
        of_month.setdefault(day, {})[told.child_monetary_unit_code] = told.exchange_rate
    for day, told_rates in sorted(of_month.items()):
        own = Decimal(1) if currency == _EURO else told_rates.get(currency)
        if own is None:
            continue
        if currency != _EURO:
            yield _EURO, day, own
        for name, rate in told_rates.items():
            if name != currency:
                yield name, day, own / rate if rate else rate

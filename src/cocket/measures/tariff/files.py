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

from cocket.codes import currency as currency_of
from cocket.errors import UnreadableError
from cocket.measures.tariff.book import Tariff
from cocket.measures.tariff.formula import is_too_deep
from cocket.measures.tariff.numbers import check_blanks_of_json, decode_numbers, read_number
from cocket.measures.tariff.plan import strangers_in

_FORM = "cocket-tariff-1"
_EURO = "EUR"

#: (currency, first day, units of the tariff's currency for one of it).
ToldRate = tuple[str, date, Decimal]


class _File(msgspec.Struct, frozen=True, omit_defaults=True):
    """A tariff as a file.

    Attributes:
        form: Which form it is.
        tariff: The tariff.
        columns: Names of the rates on goods; None if the file does not say.
        on_goods: Charges whose rates stand on goods: a charge that is here without cause has lost its own rate, one that is
            missing has lost its name. None if the file does not say.
    """

    form: str
    tariff: Tariff
    columns: tuple[str, ...] | None = None
    on_goods: tuple[str, ...] | None = None


class _Head(msgspec.Struct, frozen=True):
    form: str = ""


class _Monthly(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    child_monetary_unit_code: str
    exchange_rate: Decimal
    validity_start_date: str
    operation_date: str | None = None
    id: Any = None
    meta: Any = None


class _MonthlyRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    attributes: _Monthly
    id: Any = None
    type: Any = None
    meta: Any = None


#: Columns of a file of rates; the last three are for people and change no rate.
_COLUMNS = ("currency", "from", "rate")
_FOR_PEOPLE = ("name", "note", "source")

_TARIFF = msgspec.json.Decoder(_File)
_MONTHLY = msgspec.json.Decoder(list[_MonthlyRow])


def write_tariff(tariff: Tariff) -> bytes:
    """A tariff as JSON of our own form: UTF-8, decimals as strings, the same tariff always the same bytes."""
    columns = _columns(tariff)
    return msgspec.json.encode(_File(_FORM, tariff, columns, _on_goods(tariff, columns)), order="sorted") + b"\n"


def _columns(tariff: Tariff) -> tuple[str, ...]:
    return tuple(sorted({one.type_code for several in tariff.measures.values() for one in several}))


def _on_goods(tariff: Tariff, columns: tuple[str, ...]) -> tuple[str, ...]:
    rated = {one.name for one in tariff.charges if one.rate or one.steps}
    return tuple(sorted({one.name for one in tariff.charges if one.name not in rated or one.name in columns}))


def read_tariff(content: bytes) -> Tariff:
    """Read what `write_tariff` wrote.

    Raises:
        UnreadableError: It is not of that form.
    """
    try:
        file = decode_numbers(content, _TARIFF)
        check_blanks_of_json(content)
        _check_whole(file)
    except (UnreadableError, ValueError) as error:
        text = f"This is not a tariff in Cocket's format: {str(error).rstrip('.')}."
        raise UnreadableError(text, code="tariff-unreadable") from error
    if file.form != _FORM:
        raise UnreadableError(f"The format {file.form} is not supported.", code="tariff-unreadable", expected=_FORM)
    for several in file.tariff.measures.values():
        for one in several:
            formulas = (one.formula, *(condition.formula for condition in one.conditions))
            if any(formula is not None and is_too_deep(formula) for formula in formulas):
                text = f"A rate on {one.code} has rates nested too deeply."
                raise UnreadableError(text, code="tariff-unreadable")
    return file.tariff


def _check_whole(file: _File) -> None:
    """Refuse what a mapping would be refused for: areas that no goods come from, charges that lost rate or name.

    Raises:
        ValueError: There is one.
    """
    tariff = file.tariff
    for area, members in tariff.areas.items():
        if not members:
            raise ValueError(f"the area {area[:40]} has no members")
        if strangers := strangers_in(tariff, area):
            raise ValueError(f"the area {area[:40]} has the member {strangers[0][:40]!r}, which is not a country")
    columns = _columns(tariff)
    if file.columns is not None and (other := set(columns).symmetric_difference(file.columns)):
        raise ValueError(f"the rates of {min(other)[:40]!r} are not those that the file was written with")
    on_goods = _on_goods(tariff, columns)
    if file.on_goods is not None and (other := set(on_goods).symmetric_difference(file.on_goods)):
        name = min(other)
        if name in file.on_goods:
            raise ValueError(f"the charge {name[:40]!r} is missing, and rates on goods are of it")
        raise ValueError(f"the charge {name[:40]!r} has no rate, and the tariff has no rates on goods of that name")


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
        UnreadableError: It is neither; or it says more than is understood of it: a further column or cell, a currency
            that does not exist, a rate of the tariff's own currency that is not 1. Nothing of it is passed over.
    """
    try:
        if content.lstrip()[:1] in (b"[", b"{"):
            return tuple(_of_euro(_monthly(content), currency))
        rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        heads = rows.fieldnames or ()
        if not set(_COLUMNS) <= set(heads):
            raise UnreadableError("Exchange rates need the columns currency, from, rate.", code="rates-unreadable")
        if len(set(heads)) < len(heads):
            raise UnreadableError("A column of the exchange rates stands twice.", code="rates-unreadable")
        if unknown := [name for name in heads if name not in (*_COLUMNS, *_FOR_PEOPLE)]:
            known = ", ".join((*_COLUMNS, *_FOR_PEOPLE))
            raise ValueError(f"the column {unknown[0][:40]!r} is not known; known are {known}")
        return tuple(_told_rate(row, rows.line_num, currency) for row in rows)
    except (ValueError, InvalidOperation, csv.Error) as error:
        raise UnreadableError(f"Exchange rates cannot be read: {error}.", code="rates-unreadable") from error


def _monthly(content: bytes) -> list[_MonthlyRow]:
    try:
        return decode_numbers(content, _MONTHLY)
    except (UnreadableError, ValueError) as error:
        raise UnreadableError(
            f"Exchange rates cannot be read: {str(error).rstrip('.')}.", code="rates-unreadable"
        ) from error


def _told_rate(row: dict[str, str | None], line: int, own: str) -> ToldRate:
    if row.get(None) is not None:  # type: ignore[call-overload]
        raise ValueError(f"line {line} has more cells than heads; the decimal mark is a point")
    cells = {name: (row.get(name) or "").strip() for name in _COLUMNS}
    empty = next((name for name, text in cells.items() if not text), None)
    if empty is not None:
        raise ValueError(f"line {line}: the {empty if empty != 'from' else 'first day'} is missing")
    try:
        day = date.fromisoformat(cells["from"])
    except ValueError as error:
        raise ValueError(f"line {line}: {cells['from'][:40]} is not a date (YYYY-MM-DD)") from error
    try:
        rate = read_number(cells["rate"])
    except ValueError as error:
        raise ValueError(f"line {line}: {cells['rate'][:40]} is not a rate") from error
    name = _letters(cells["currency"], own, f"line {line}")
    if name == own and rate != 1:
        raise ValueError(
            f"line {line}: the rate of {own}, the tariff's own currency, is {cells['rate'][:40]} and not 1"
        )
    return name, day, rate


def _letters(written: str, own: str, where: str) -> str:
    """A currency in capitals; ValueError if there is none of these letters."""
    name = written.strip().upper()
    if name != own and currency_of(name) is None:
        raise ValueError(f"{where}: {written[:40]} is not a currency")
    return name


def _of_euro(rows: Iterable[_MonthlyRow], currency: str) -> Iterator[ToldRate]:
    """The euro, and through it every other currency of the same month, towards the tariff's."""
    of_month: dict[date, dict[str, set[Decimal]]] = {}
    for row in rows:
        told = row.attributes
        day = date.fromisoformat(told.validity_start_date[:10])
        name = _letters(told.child_monetary_unit_code, currency, f"the rates from {day}")
        of_month.setdefault(day, {}).setdefault(name, set()).add(told.exchange_rate)
    is_of_own = any(currency in told_rates for told_rates in of_month.values())
    for day, told_rates in sorted(of_month.items()):
        every = {Decimal(1)} if currency == _EURO else told_rates.get(currency, set())
        if not every and is_of_own:
            raise ValueError(f"the rates from {day} have none of {currency}")
        if len(every) > 1:
            raise ValueError(f"the rates from {day} have two of {currency}")
        for own in every:
            if currency != _EURO:
                yield _EURO, day, own
            for name, rates in told_rates.items():
                for rate in sorted(rates):
                    if name != currency:
                        yield name, day, own / rate if rate else rate

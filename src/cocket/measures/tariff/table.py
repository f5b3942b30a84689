# SPDX-License-Identifier: Apache-2.0
"""Any national tariff from a table, with a mapping that says which column is what."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from typing import Literal

import msgspec

from cocket.errors import SettingsError, UnreadableError
from cocket.findings import Finding, Gathered, Severity
from cocket.measures.tariff.book import ANY_CODE, Line, Measure, Tariff
from cocket.measures.tariff.charges import Charge, graph_of
from cocket.measures.tariff.claims import may_cost_more
from cocket.measures.tariff.formula import Formula, NotUnderstood
from cocket.measures.tariff.kinds import ADDING, COMPETING, Kind, Rounding
from cocket.measures.tariff.national import with_national
from cocket.measures.tariff.notation import NotationError, read_rate
from cocket.measures.tariff.numbers import check_blanks, check_numbers, decode_numbers
from cocket.measures.tariff.plan import columns_of, duties_of, is_land
from cocket.measures.tariff.procedures import MOST_CODE_DIGITS, Procedure, Relief, code_digits

_ENOUGH = 1_000

#: Signs that people set between the digits of a code.
_BETWEEN = str.maketrans("", "", ". -")

#: Kinds whose cells are words, and no rates.
_WITHOUT_MONEY: tuple[Kind, ...] = ("supplementary-unit", "prohibition", "control")


class RateColumn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One column of rates.

    Attributes:
        column: Its head.
        kind: What the measures of it are.
        type: The tariff's name of it; the head if none is given.
        area: Country (ISO alpha-2) or area for which it holds; None for all.
        preference: Preference code that claims it; None where any claim does.
        act: Legal act of all its rates, where the table has no column of acts.
        is_percent: Whether a bare number in it is a per cent.
        uses: End use that it is for; None for all goods.
        additional_code: Additional code that must be declared; None for none.
        order_number: Quota that must have room; None for none.
        base: What its rates are taken on, where `charges` does not say it.
    """

    column: str
    kind: Kind
    type: str | None = None
    area: str | None = None
    preference: str | None = None
    act: str = ""
    is_percent: bool = True
    uses: str | None = None
    additional_code: str | None = None
    order_number: str | None = None
    base: str = ""


class TableMapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which column of a table is what.

    Attributes:
        name: Short name of the tariff.
        currency: ISO 4217 of amounts payable.
        edition: Name of the edition.
        delimiter: Between cells.
        encoding: Of the file.
        date_format: Of days, as Python writes it.
        code: Head of the column of codes.
        description: Head of the column of descriptions; None for none.
        units: Heads of the columns of units (0..n).
        laws: Head of the column of other-law codes, parted by blanks or commas; None for none.
        valid_from: Head of the column of first days; None for none.
        valid_to: Head of the column of last days; None for none.
        act: Head of the column of legal acts; None for none.
        rates: Columns of rates (0..n); without any, charges have their own rates.
        areas: Area → countries.
        rounding: Kind of measure → how its amounts become payable; `""` for all others.
        source: Where the tariff is from, for people.
        charges: What columns are taken on, and charges on all goods (0..n), in the order of the law.
        national: Charges that Cocket has of a country (`br`), in the place of `charges` and what goes with them.
        amounts: Names of further amounts that bases may name (0..n).
        defaults: Amount that is not stated → what the law puts in its place.
        single: Kinds of which one column applies alone, the highest.
        basis: What a customs value includes by law.
        exchange_day: Day whose rate of exchange applies.
        procedures: What procedures do (0..n).
        reliefs: Reliefs for low value (0..n).
    """

    name: str
    currency: str
    code: str
    rates: tuple[RateColumn, ...] = ()
    edition: str = ""
    delimiter: str = ","
    encoding: Literal["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16"] = "utf-8-sig"
    date_format: str = "%Y-%m-%d"
    description: str | None = None
    units: tuple[str, ...] = ()
    laws: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    act: str | None = None
    areas: dict[str, frozenset[str]] = {}
    rounding: dict[str, Rounding] = {}
    source: str = ""
    charges: tuple[Charge, ...] = ()
    national: str = ""
    amounts: tuple[str, ...] = ()
    defaults: dict[str, str] = {}
    single: frozenset[Kind] = frozenset()
    basis: Literal["CIF", "FOB"] | None = None
    exchange_day: Literal["acceptance", "shipment"] = "acceptance"
    procedures: tuple[Procedure, ...] = ()
    reliefs: tuple[Relief, ...] = ()

    def heads(self) -> Iterator[str]:
        """Every head that the mapping names."""
        yield self.code
        yield from self.units
        yield from (rate.column for rate in self.rates)
        yield from filter(None, (self.description, self.laws, self.valid_from, self.valid_to, self.act))


_MAPPING = msgspec.json.Decoder(TableMapping)


def read_mapping(content: bytes) -> TableMapping:
    """Read a mapping.

    Args:
        content: TOML, or JSON if it begins with a brace.

    Raises:
        SettingsError: It is none.
    """
    try:
        if content.lstrip()[:1] == b"{":
            mapping, raw = decode_numbers(content, _MAPPING), msgspec.json.decode(content)
        else:
            mapping, raw = msgspec.toml.decode(content, type=TableMapping), msgspec.toml.decode(content)
            check_numbers(raw, mapping)
        check_blanks((*raw.get("charges", ()), *raw.get("rates", ())))
    except (UnreadableError, ValueError, RecursionError) as error:
        raise SettingsError(
            f"The mapping cannot be read: {str(error).rstrip('.')}.", code="mapping-unreadable"
        ) from error
    if unknown := sorted(set(mapping.rounding) - {"", *COMPETING, *ADDING}):
        text = f"The mapping rounds {unknown[0]}, which is not a kind of charge."
        raise SettingsError(text, code="mapping-unreadable")
    for kind, rule in mapping.rounding.items():
        if (fault := rule.fault()) is not None:
            raise SettingsError(
                f"The rounding of {kind or 'all others'} is not valid: {fault}.", code="mapping-unreadable"
            )
    if not (mapping.rates or mapping.charges) or len(mapping.delimiter) != 1:
        raise SettingsError(
            "The mapping needs a column of rates, or a charge, and a delimiter of one sign.", code="mapping-unreadable"
        )
    _check_rates(mapping)
    _check_areas(mapping)
    return mapping


def _check_areas(mapping: TableMapping) -> None:
    """Refuse areas that no goods could ever come from: what is for them would silently never hold."""
    wrong = [f"the area {area} has no members" for area, members in sorted(mapping.areas.items()) if not members]
    wrong += [
        f"the area {area} has the member {one!r}, which is not a country (ISO 3166-1 alpha-2, in capitals)"
        for area, members in sorted(mapping.areas.items())
        for one in sorted(members)
        if not is_land(one)
    ]
    named: list[tuple[str, tuple[str, ...]]] = [
        (f"the column {one.column}", (one.area,)) for one in mapping.rates if one.area is not None
    ]
    named += [(f"the charge {one.name}", (*one.origins, *one.except_origins)) for one in mapping.charges]
    wrong += [
        f"{whose} names {area!r}, which is neither a country nor an area of the mapping"
        for whose, areas in named
        for area in areas
        if area not in mapping.areas and not is_land(area)
    ]
    if wrong:
        raise SettingsError(
            f"The areas of the mapping are not valid: {'; '.join(dict.fromkeys(wrong))}.", code="area-unknown"
        )


def _check_rates(mapping: TableMapping) -> None:
    """Refuse charges that could never come to anything: without a rate, and without a column of rates of their name."""
    columns = {(one.type or one.column, one.kind) for one in mapping.rates}
    columns |= {(one.kind, one.kind) for one in mapping.rates if one.kind in mapping.single}
    names = {name for name, _ in columns}
    for one in mapping.charges:
        is_rated = any(other.rate or other.steps for other in mapping.charges if other.name == one.name)
        if one.kind in COMPETING or is_rated or (one.name, one.kind) in columns or one.name in names:
            continue
        meant = next((name for name in sorted(names) if name.casefold() == one.name.casefold()), None)
        hint = f"; is the column {meant} meant?" if meant else ""
        raise SettingsError(
            f"The charge {one.name} has no rate, and the mapping has no column of rates of that name{hint}",
            code="charges-not-in-order",
        )


def load_table(content: bytes, mapping: TableMapping) -> tuple[Tariff, tuple[Finding, ...]]:
    """Load a tariff from a table, one row a line of the tariff and period.

    Args:
        content: CSV with a row of heads.
        mapping: Which column is what.

    Returns:
        The tariff, and every cell that could not be read, with its line in the file (0..n). A rate that is not understood,
        or of which it is not known for which goods or days it is, stays as one that cannot be computed
        (`NotUnderstood`): wherever it could hold there is no sum.

    Raises:
        UnreadableError: The file is not of the encoding, or a head that the mapping names is missing or stands twice.
        SettingsError: The charges are not in order.
    """
    try:
        rows = csv.DictReader(io.StringIO(content.decode(mapping.encoding), newline=""), delimiter=mapping.delimiter)
        missing = sorted(set(mapping.heads()) - set(rows.fieldnames or ()))
        if missing:
            raise UnreadableError(f"The table has no column {', '.join(missing)}.", code="tariff-unreadable")
        heads = [head for head in rows.fieldnames or () if head]
        if twice := sorted({head for head in heads if heads.count(head) > 1} & set(mapping.heads())):
            text = f"The table has the column {', '.join(twice)} twice; which of them is meant is not known."
            raise UnreadableError(text, code="tariff-unreadable")
        loading = _Loading(mapping)
        for row in rows:
            loading.take(row, rows.line_num)
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableError(f"The table cannot be read: {error}.", code="tariff-unreadable") from error
    tariff = Tariff(
        charges=(*mapping.charges, *_of_columns(mapping)),
        amounts=mapping.amounts,
        defaults=mapping.defaults,
        single=mapping.single,
        basis=mapping.basis,
        exchange_day=mapping.exchange_day,
        procedures=mapping.procedures,
        reliefs=mapping.reliefs,
        name=mapping.name,
        edition=mapping.edition,
        currency=mapping.currency,
        lines=loading.lines,
        measures={code: tuple(found) for code, found in loading.measures.items()},
        areas=dict(mapping.areas),
        rounding=dict(mapping.rounding),
        source=mapping.source,
    )
    if mapping.national:
        tariff = with_national(tariff, mapping.national)
    may_cost_more(tariff, graph_of(tariff.charges, columns_of(tariff), tariff.amounts, duties_of(tariff)))
    loading.doubt_codes()
    return tariff, loading.findings.result()


def _of_columns(mapping: TableMapping) -> Iterator[Charge]:
    """Charges that are written with their columns."""
    named: dict[str, Charge] = {one.name: one for one in mapping.charges}
    for column in mapping.rates:
        if not column.base:
            continue
        one = Charge(name=column.type or column.column, kind=column.kind, base=column.base, act=column.act)
        known = named.setdefault(one.name, one)
        if known is one:
            yield one
        elif known.base != one.base:
            text = f"The mapping gives {one.name} two bases: {known.base or 'none'} and {one.base}."
            raise SettingsError(text, code="charges-not-in-order")


def _trimmed(text: str | None) -> str | None:
    return text.strip() if text is not None else None


def _where(place: int, column: RateColumn) -> str:
    return f"line {place}, column {column.column}"


class _Loading:
    """A tariff on its way."""

    def __init__(self, mapping: TableMapping) -> None:
        self._map = mapping
        self.lines: dict[str, Line] = {}
        self.measures: dict[str, list[Measure]] = {}
        self.findings = Gathered(limit=_ENOUGH)
        self._written: dict[str, tuple[str, int]] = {}

    def take(self, row: dict[str, str], place: int) -> None:
        cell = {name: (value or "").strip() for name, value in row.items() if isinstance(name, str)}
        absent = {name for name, value in row.items() if value is None}
        written = cell[self._map.code]
        code = "".join(filter(str.isdigit, written)) if written.isascii() else ""
        is_code = bool(code) and code == written.translate(_BETWEEN) and written[:1] != "-"
        if not is_code or len(code) > MOST_CODE_DIGITS:
            self._say("tariff-code", "{found} is not a code; its rates are not understood", written, place)
            self._not_understood(ANY_CODE, cell, (written or "no code", "tariff-code", place))
            return
        self._written.setdefault(code, (written, place))
        if code not in self.lines:
            laws = cell.get(self._map.laws or "", "").replace(",", " ").split()
            units = tuple(unit for head in self._map.units if (unit := cell[head]))
            self.lines[code] = Line(
                code=code, description=cell.get(self._map.description or "", ""), units=units, laws=tuple(laws)
            )
        if len(cell) < len(row):
            message = "the row of {found} has more cells than heads; its rates are not understood"
            self._say("row-too-long", message, written, place)
            self._not_understood(code, None, (written, "row-too-long", place))
            return
        if absent.intersection(self._map.heads()):
            message = "the row of {found} has fewer cells than heads; its rates are not understood"
            self._say("row-too-short", message, written, place)
            self._not_understood(code, None, (written, "row-too-short", place))
            return
        days: list[date | None] = []
        wrong: tuple[str, str, int] | None = None
        for head in (self._map.valid_from, self._map.valid_to):
            try:
                days.append(self._day(cell.get(head or "", "")))
            except ValueError:
                days.append(None)
                text = cell[head or ""]
                self._say("day-unreadable", "{found} is not a date", text, place)
                wrong = wrong or (text, "day-unreadable", place)
        first, last = days
        if first and last and last < first:
            self._say("days-turned-round", "the row ends on {found}, before it begins", last.isoformat(), place)
            wrong = (f"{first.isoformat()} to {last.isoformat()}", "days-turned-round", place)
            first = last = None
        if wrong is not None:
            self._not_understood(code, cell, wrong, (first, last))
            return
        for column in self._map.rates:
            if cell[column.column]:
                self._measure(code, column, cell, (first, last, place))

    def doubt_codes(self) -> None:
        """Warn of codes that the nomenclature is unlikely to have."""
        lengths = Counter(map(len, self._written))
        for code, (written, place) in self._written.items():
            message = ""
            if code.startswith("00"):
                message = "the code {found} is of chapter 00, which no nomenclature has"
            elif len(code) % 2 and lengths[len(code)] * 2 <= len(self._written):
                message = "the code {found} has an odd number of digits"
            elif "-" in written and code_digits(written) is None:
                message = "the code {found} may be a range; its row is read as one code"
            if message:
                self._say("code-doubtful", message, written, place, severity="warning")

    def _measure(
        self, code: str, column: RateColumn, cell: dict[str, str], when: tuple[date | None, date | None, int]
    ) -> None:
        first, last, place = when
        found = cell[column.column]
        formula: Formula | None = None
        text = ""
        if column.kind in _WITHOUT_MONEY:
            text = found
        else:
            try:
                formula = read_rate(found, is_bare_percent=column.is_percent)
            except NotationError as error:
                message = "{found} in {column}: {why}"
                self._say("rate-not-understood", message, found, place, column=column.column, why=str(error))
                formula = NotUnderstood(found, "rate-not-understood")
                text = _where(place, column)
        self._add(code, column, formula, days=(first, last), act=self._act(cell), text=text)

    def _not_understood(
        self,
        code: str,
        cell: dict[str, str] | None,
        why: tuple[str, str, int],
        days: tuple[date | None, date | None] = (None, None),
    ) -> None:
        """Keep the rates of a row that is not understood, as rates that cannot be computed.

        Args:
            code: Its code; `ANY_CODE` where that cannot be read.
            cell: Its cells by head; None if it is not known which is which.
            why: What is not understood, the reason, and the line in the file.
            days: Between which days it may hold.
        """
        text, reason, place = why
        for column in self._map.rates:
            written = cell[column.column] if cell is not None else ""
            if cell is not None and not written:
                continue
            says = f"{written}, {text}" if written else text
            formula = None if column.kind in _WITHOUT_MONEY else NotUnderstood(says, reason)
            where = _where(place, column) if formula is not None else says
            self._add(code, column, formula, days=days, act=self._act(cell or {}), text=where)

    def _add(
        self,
        code: str,
        column: RateColumn,
        formula: Formula | None,
        *,
        days: tuple[date | None, date | None],
        act: str,
        text: str,
    ) -> None:
        self.measures.setdefault(code, []).append(
            Measure(
                code=code,
                kind=column.kind,
                type_code=column.type or column.column,
                formula=formula,
                area=column.area,
                preference=_trimmed(column.preference),
                valid_from=days[0],
                valid_to=days[1],
                act=act or column.act,
                uses=_trimmed(column.uses),
                additional_code=_trimmed(column.additional_code),
                order_number=_trimmed(column.order_number),
                text=text,
            )
        )

    def _act(self, cell: dict[str, str]) -> str:
        return cell.get(self._map.act or "", "") if self._map.act else ""

    def _day(self, text: str) -> date | None:
        """A day; ValueError if it is none."""
        return datetime.strptime(text, self._map.date_format).date() if text else None  # noqa: DTZ007 - a day has no time zone

    def _say(
        self, code: str, message: str, found: str, place: int, *, severity: Severity = "error", **arguments: str
    ) -> None:
        self.findings.add(
            Finding(
                code=code,
                severity=severity,
                message=message,
                location=f"line {place}",
                found=found[:200],
                arguments=arguments,
            )
        )

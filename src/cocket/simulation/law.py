# SPDX-License-Identifier: Apache-2.0
"""The law of the synthetic country: its tariff, exchange rates and permit matrix. Acts, rates and agencies are invented.

`tax_lines` is how the country's host reckons by it, in arithmetic of its own, so that ours can be held against it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib import resources
from random import Random

import msgspec

from cocket.measures.permits import Matrix, read_matrix
from cocket.measures.tariff import Charge, Condition, Kind, Line, Measure, Tariff
from cocket.measures.tariff.formula import AdValorem, Formula, Free, Specific
from cocket.model import Amount, DutyTaxFee
from cocket.simulation.parameters import Parameters
from cocket.simulation.people import HOME, ORIGINS, PORTS, Goods, goods_list
from cocket.simulation.trade import CURRENCY, USD_RATE, VAT

#: The code under which the preference is claimed, and the papers of which one proves it: a certificate, or the invoice.
PREFERENCE, PROOFS = "200", ("954", "380")

#: What is left of the duty under the preference.
_PREFERRED = Decimal("0.4")

#: Countries whose goods the preference is for.
_PARTNERS = "STRAITS"

#: Every country of the world that is invented: ISO 3166-1 knows none of them, so the tariff must name them.
_EVERY = "WORLD"

_HUNDRED, _CENT, _NOTHING = Decimal(100), Decimal("0.01"), Decimal()
_TARIFF_ACT, _IN_FORCE = "Customs Tariff Act 2019, sch. 1", date(2020, 1, 1)
_AMENDED_ACT, _AMENDED = "Customs Tariff (Amendment) Act 2023, sch. 1", date(2024, 1, 1)
_AGREEMENT, _AGREED = "Straits Trade Agreement, annex 2", date(2022, 7, 1)
_VAT_ACT, _VAT_BEFORE = "Value Added Tax Act 2017, s. 9", Decimal("0.18")
_VAT_NOW = "Finance Act 2023, s. 4"

#: What the drinks of chapter 22 and tobacco paid on top of today's duty until the amendment of 2023.
_BEFORE = Decimal("0.05")


class Levy(msgspec.Struct, frozen=True, kw_only=True):
    """Something due beside duty and value added tax.

    Attributes:
        kind: What it is.
        host_code: What the host calls it on its tax lines.
        heading: First digits of the goods it is on.
        rate: Share of the value for customs (0.3 is 30 %), or money for one `unit`.
        unit: Unit of a specific rate; None for a share of the value.
        origin: Country of origin that it is on; None for all.
        act: Legal act.
        first: First day.
        last: Last day; None if open.
    """

    kind: Kind
    host_code: str
    heading: str
    rate: Decimal
    unit: str | None = None
    origin: str | None = None
    act: str
    first: date
    last: date | None = None

    def is_on(self, hs: str, origin: str, day: date) -> bool:
        """Whether goods of an origin owe it on a day."""
        is_in_force = self.first <= day and (self.last is None or day <= self.last)
        return is_in_force and hs.startswith(self.heading) and self.origin in (None, origin)


#: In the order in which they are reckoned.
LEVIES = (
    Levy(
        kind="anti-dumping",
        host_code="DAD",
        heading="4011",
        rate=Decimal("0.18"),
        origin="XC",
        act="Anti-Dumping Order 2024/7",
        first=date(2024, 3, 1),
        last=date(2034, 2, 28),
    ),
    Levy(
        kind="excise",
        host_code="EXC",
        heading="2203",
        rate=Decimal(14),
        unit="LTR",
        act="Excise Act 2016, sch. 2, item 1",
        first=date(2017, 1, 1),
    ),
    Levy(
        kind="excise",
        host_code="EXC",
        heading="2208",
        rate=Decimal("187.50"),
        unit="LTR",
        act="Excise Act 2016, sch. 2, item 3",
        first=date(2017, 1, 1),
    ),
    Levy(
        kind="excise",
        host_code="EXC",
        heading="2402",
        rate=Decimal("0.30"),
        act="Excise Act 2016, sch. 2, item 6",
        first=date(2017, 1, 1),
    ),
)


class Charged(msgspec.Struct, frozen=True, kw_only=True):
    """One item on which the host reckons duty and tax.

    Attributes:
        goods: What it is declared as.
        origin: Country of origin declared.
        preference: Code of the preference claimed; None if none.
        day: Day whose law applies.
        value: Value for customs, national currency.
        units: Number of the goods' supplementary unit; None if they have none.
    """

    goods: Goods
    origin: str
    preference: str | None
    day: date
    value: Decimal
    units: Decimal | None


def tax_lines(item: Charged) -> tuple[DutyTaxFee, ...]:
    """The host's tax lines of an item: duty, what else lies on value or quantity, then value added tax on all of it.

    Args:
        item: The item; its proof of preference is taken to be there.

    Returns:
        Lines (2..n), each to the cent, halves up.
    """
    lines = [_tax("DOG", item.value, duty_rate(item.goods, item.preference))]
    for levy in LEVIES:
        if levy.is_on(item.goods.hs, item.origin, item.day):
            base = item.value if levy.unit is None else item.units or _NOTHING
            lines.append(_tax(levy.host_code, base, levy.rate, is_specific=levy.unit is not None))
    due = sum((one.amount.value for one in lines if one.amount), _NOTHING)
    return (*lines, _tax("TVS", item.value + due, Decimal(str(VAT))))


def duty_rate(goods: Goods, preference: str | None) -> Decimal:
    """Rate of duty on goods as a share of their value, with the preference claimed or none."""
    full = Decimal(str(goods.duty))
    return (full * _PREFERRED if preference == PREFERENCE else full).normalize()


@cache
def tariff() -> Tariff:
    """The tariff of the country: duty, the preference with its proof, excise, an anti-dumping duty and VAT, with days."""
    measures: dict[str, tuple[Measure, ...]] = {}
    for one in (*_on_lines(), *_of_levies(), *_of_vat()):
        measures[one.code] = (*measures.get(one.code, ()), one)
    return Tariff(
        name="alphaland",
        edition="2024",
        currency=CURRENCY,
        lines={
            goods.hs: Line(code=goods.hs, description=goods.text, units=(goods.unit,) if goods.unit else ())
            for goods in goods_list()
        },
        measures=measures,
        areas={_PARTNERS: frozenset(ORIGINS), _EVERY: frozenset((HOME, *PORTS))},
        charges=(
            Charge(name="EXC", kind="excise", base="value", act="Excise Act 2016, s. 5"),
            Charge(name="VAT", kind="vat", base="value + duties + excise", act=_VAT_ACT),
        ),
        source="invented for the synthetic country",
    )


def exchange_rates(parameters: Parameters) -> bytes:
    """Exchange rates as a table that `cocket measures` reads: by the month, from before the history to two years on.

    The US dollar is pegged; the others drift.

    Args:
        parameters: The country; the same parameters give the same bytes.
    """
    dice = Random(f"{parameters.seed}:rates")
    table = io.StringIO(newline="")
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(("currency", "from", "rate"))
    worth = {"EUR": 1.12, "GBP": 1.29, "JPY": 0.0068}
    first = parameters.start.year * 12 + parameters.start.month - 1 - (parameters.history_days // 28 + 1)
    for month in range(first, first + parameters.history_days // 28 + 26):
        day = date(month // 12, month % 12 + 1, 1).isoformat()
        writer.writerow(("USD", day, USD_RATE))
        worth = {name: value * (1.0 + dice.gauss(0.0, 0.012)) for name, value in worth.items()}
        writer.writerows((name, day, f"{value * USD_RATE:.4f}") for name, value in worth.items())
    return table.getvalue().encode()


def permit_matrix_file() -> bytes:
    """The permit matrix as the file that a house keeps."""
    return resources.files("cocket.simulation").joinpath("data/permit-matrix.toml").read_bytes()


@cache
def permit_matrix() -> Matrix:
    """Which goods need which paper of which of the three agencies."""
    return read_matrix(permit_matrix_file(), "toml")[0]


def _on_lines() -> Iterator[Measure]:
    for goods in goods_list():
        now = duty_rate(goods, None)
        before = now + _BEFORE if goods.family == "drink" else now
        if before == now:
            yield _duty(goods.hs, now, (_IN_FORCE, None), _TARIFF_ACT)
        else:
            yield _duty(goods.hs, before, (_IN_FORCE, date(2023, 12, 31)), _TARIFF_ACT)
            yield _duty(goods.hs, now, (_AMENDED, None), _AMENDED_ACT)
        yield Measure(
            code=goods.hs,
            kind="preference",
            type_code="STA",
            formula=_share(duty_rate(goods, PREFERENCE)),
            area=_PARTNERS,
            preference=PREFERENCE,
            conditions=(Condition(code="P", documents=PROOFS), Condition(code="P", applies=False)),
            valid_from=_AGREED,
            act=_AGREEMENT,
        )


def _duty(code: str, rate: Decimal, days: tuple[date, date | None], act: str) -> Measure:
    return Measure(
        code=code, kind="duty", type_code="MFN", formula=_share(rate), valid_from=days[0], valid_to=days[1], act=act
    )


def _of_levies() -> Iterator[Measure]:
    for levy in LEVIES:
        specific = Specific(levy.rate, CURRENCY, levy.unit) if levy.unit else None
        yield Measure(
            code=levy.heading,
            kind=levy.kind,
            type_code=levy.host_code,
            formula=specific or _share(levy.rate),
            area=levy.origin,
            valid_from=levy.first,
            valid_to=levy.last,
            act=levy.act,
        )


def _of_vat() -> Iterator[Measure]:
    for chapter in sorted({goods.hs[:2] for goods in goods_list()}):
        for rate, days, act in (
            (_VAT_BEFORE, (_IN_FORCE, date(2023, 12, 31)), _VAT_ACT),
            (Decimal(str(VAT)), (_AMENDED, None), _VAT_NOW),
        ):
            yield Measure(
                code=chapter,
                kind="vat",
                type_code="VAT",
                formula=AdValorem(rate * _HUNDRED),
                valid_from=days[0],
                valid_to=days[1],
                act=act,
            )


def _share(rate: Decimal) -> Formula:
    return AdValorem(rate * _HUNDRED) if rate else Free()


def _tax(code: str, base: Decimal, rate: Decimal, *, is_specific: bool = False) -> DutyTaxFee:
    amount = Amount((base * rate).quantize(_CENT, ROUND_HALF_UP), CURRENCY)
    return DutyTaxFee(
        type_code=code,
        base=base,
        rate=rate,
        rate_as_written=rate,
        is_specific=is_specific,
        amount=amount,
        payment_code="1",
    )

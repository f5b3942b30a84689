# SPDX-License-Identifier: Apache-2.0
"""What has to be known of an item to say what it costs, and exchange rates by date."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from cocket.codes import currency
from cocket.findings import Finding, render

_MOST_DIGITS = 20


class Assumption(msgspec.Struct, frozen=True, gc=False):
    """Something that was taken for granted, because nobody said it.

    Attributes:
        code: What it is, such as `procedure-not-stated`.
        says: What was taken, in words that are understood without the code: payment advices and pages show them alone.
    """

    code: str
    says: str


class Goods(msgspec.Struct, frozen=True, kw_only=True):
    """One item, as far as duties ask.

    Attributes:
        code: Goods code; anything but digits is left out when it is looked up.
        day: Day whose tariff applies.
        value: Customs value; None if not known.
        currency: ISO 4217 of `value` and `amounts`; None for the tariff's.
        origin: Country of origin, ISO alpha-2; None if not known.
        quantities: Unit → number of units.
        preference: Preference claimed: a code, or the tariff's name of the column; None for none.
        procedure: Procedure asked for and before (`4000`); None for release for home use.
        additional_codes: Additional codes declared (0..n); None if it is not known which are.
        documents: Codes of papers presented; None if it is not known which are.
        quotas: Order numbers of quotas drawn on, which have room (0..n).
        use: End use claimed; None for none.
        cases: Cases that the goods are, in the words of the tariff, where a rate hangs on words (0..n); `other` says
            that they are none of those named.
        retail_price: Retail price; None if not known.
        retail_price_currency: ISO 4217 of `retail_price`; None for the tariff's, where the value is in it too.
        facts: Name → number, of what some rates ask besides: `standard-import-price` in the tariff's currency for one
            unit of the rate, `lactose-content` in per cent by weight, `months` of a temporary admission.
        amounts: Name → amount of money in `currency`, of what charges are taken on besides: `FOB`, `freight`, ….
        persons: What the importer is, in words of the tariff (`filer`, `registered`); None if not known.
        transport: Mode of transport: `sea`, `air`, `road`, `rail`, `post`; None if not known.
        rate_day: Day whose rate of exchange applies, where it is another than `day`; None if not known.
        assumed: What was taken for granted when the question was put (0..n).
    """

    code: str
    day: date
    value: Decimal | None = None
    currency: str | None = None
    origin: str | None = None
    quantities: dict[str, Decimal] = {}
    preference: str | None = None
    procedure: str | None = None
    additional_codes: tuple[str, ...] | None = None
    documents: tuple[str, ...] | None = None
    quotas: tuple[str, ...] = ()
    use: str | None = None
    cases: tuple[str, ...] = ()
    retail_price: Decimal | None = None
    retail_price_currency: str | None = None
    facts: dict[str, Decimal] = {}
    amounts: dict[str, Decimal] = {}
    persons: tuple[str, ...] | None = None
    transport: str | None = None
    rate_day: date | None = None
    assumed: tuple[Assumption, ...] = ()


class Rates:
    """Exchange rates by date, towards one currency.

    A rate that cannot be used (not above 0, or two of one day) takes the place of the rate before it all the same: from
    that day on the rate is not known, until a later one is.

    Args:
        own: Currency of the tariff, ISO 4217.
        told: (currency, first day, units of the tariff's currency for one of it), in any order. A rate holds until
            the next of its currency.

    Attributes:
        currency: The same.
        findings: Rates that cannot be used (0..n), each with the reason.
    """

    def __init__(self, own: str, told: Iterable[tuple[str, date, Decimal]] = ()) -> None:
        self.currency = own
        self.findings: list[Finding] = []
        self._days: dict[str, list[date]] = {}
        self._rates: dict[str, list[Decimal | None]] = {}
        self._why: dict[tuple[str, date], Finding] = {}
        for name, day, rate in sorted(told, key=lambda one: one[:2]):
            self._add(name, day, rate)

    def of(self, currency: str | None, day: date) -> Decimal | None:
        """Units of the tariff's currency for one of a currency on a day; None if no rate is known."""
        if currency is None or currency == self.currency:
            return Decimal(1)
        days = self._days.get(currency, [])
        place = bisect_right(days, day)
        return self._rates[currency][place - 1] if place else None

    def since(self, currency: str, day: date) -> date | None:
        """First day of the rate that holds on a day; None if there is none."""
        days = self._days.get(currency, [])
        place = bisect_right(days, day)
        return days[place - 1] if place else None

    def lacking(self, currency: str | None, day: date) -> str:
        """In words: which rate is not known, and why, if one was told that cannot be used."""
        since = self.since(currency or "", day)
        why = self._why.get((currency or "", since)) if since else None
        return f"{currency} on {day.isoformat()}{f': {render(why)}' if why else ''}"

    def on(self, day: date) -> dict[str, Decimal]:
        """Every rate that holds on a day, by currency; the tariff's own is 1."""
        known = {name: rate for name in self._days if (rate := self.of(name, day)) is not None}
        return {self.currency: Decimal(1), **known}

    def _add(self, name: str, day: date, rate: Decimal) -> None:
        if name == self.currency:
            if rate != 1:
                message = (
                    "a rate of the tariff's own currency, {currency}, from {day} is {found}; it counts for nothing"
                )
                self._leave_out("exchange-rate-of-own", message, (name, day, rate), "warning")
            return
        if currency(name) is None:
            self._leave_out("currency-unknown", "{currency} is not a currency; its rate is left out", (name, day, rate))
            return
        days, rates = self._days.setdefault(name, []), self._rates.setdefault(name, [])
        is_again = bool(days) and days[-1] == day
        if not is_again:
            days.append(day)
            rates.append(rate)
        if not rate.is_finite() or rate <= 0 or abs(rate.adjusted()) > _MOST_DIGITS:
            rates[-1] = None
            self._leave_out(
                "exchange-rate-not-positive", "the rate of {currency} from {day} is {found}", (name, day, rate)
            )
        elif is_again and rates[-1] != rate:
            message = "two rates of {currency} from {day}; {found} is one of them, and none is used"
            rates[-1] = None
            self._leave_out("exchange-rate-twice", message, (name, day, rate))

    def _leave_out(
        self,
        code: str,
        message: str,
        told: tuple[str, date, Decimal],
        severity: Literal["error", "warning"] = "error",
    ) -> None:
        name, day, rate = told
        arguments = {"currency": name, "day": day.isoformat()}
        finding = Finding(code=code, severity=severity, message=message, found=str(rate), arguments=arguments)
        self.findings.append(finding)
        self._why.setdefault((name, day), finding)

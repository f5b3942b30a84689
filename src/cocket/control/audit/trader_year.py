# SPDX-License-Identifier: Apache-2.0
"""What a trader's released declarations of one period add up to: the ground on which an audit is proposed.

Unknown stays unknown: a line without a value adds to no sum, and a trader of whom no money is known is not one with none.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from cocket.model.message import Lane
from cocket.risk import Facts

ResultCode = Literal["compliant", "irregular", "not-concluded"]


class Period(msgspec.Struct, frozen=True, order=True):
    """A stretch of days, both ends included."""

    first: date
    last: date

    @property
    def name(self) -> str:
        """Such as `2026-01-01/2026-12-31` (ISO 8601)."""
        return f"{self.first.isoformat()}/{self.last.isoformat()}"


class Released(msgspec.Struct, frozen=True, kw_only=True):
    """One released declaration.

    Attributes:
        facts: As it stood when it was released.
        lane: Lane by which it was released in the end.
        name: Its trader in words; None if unknown.
        found: What an examination found; None where nobody looked.
        doubts: Doubts raised about its values (count).
        stake: Duty at stake as measures have it, national currency; None where it was not computed.
    """

    facts: Facts
    lane: Lane
    name: str | None = None
    found: bool | None = None
    doubts: int = 0
    stake: Decimal | None = None

    @property
    def money(self) -> Decimal | None:
        """Duty at stake, else the duty declared, national currency; None if neither is known."""
        return self.facts.duty if self.stake is None else self.stake


class PastAudit(msgspec.Struct, frozen=True, kw_only=True):
    """How a trader's last audit ended."""

    closed: date
    result: ResultCode


class Before(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the time before the period, by trader.

    Attributes:
        values: Customs value of the period of the same length before, national currency; absent where there was no trade.
        audits: How the last audit ended; absent where none is on record.
    """

    values: Mapping[str, Decimal] = {}
    audits: Mapping[str, PastAudit] = {}


class TraderYear(msgspec.Struct, frozen=True, kw_only=True):
    """One trader's period in sums.

    Attributes:
        trader: His number, else his name without case, spaces and marks.
        name: His name in words; None if unknown.
        office: Office at which he declared most; None if none is stated.
        period: The period.
        declarations: Released declarations (count).
        lanes: Lane → declarations released by it.
        lines: Goods lines (count).
        value: Customs value of the lines that state one, national currency; None if none does.
        sensitive: Value of those lines under sensitive headings, national currency.
        money: Duty at stake, else declared, of the declarations for which it is known; None if it is of none.
        money_unknown: Declarations for which it is not (count).
        examined: Declarations that somebody examined (count).
        found: Of them irregular (count).
        doubts: Doubts raised about values (count).
        growth: Value over that of the period before; None if either is unknown.
        last_audit: His last audit; None if none is on record.
    """

    trader: str
    name: str | None
    office: str | None
    period: Period
    declarations: int
    lanes: dict[str, int]
    lines: int
    value: Decimal | None
    sensitive: Decimal
    money: Decimal | None
    money_unknown: int
    examined: int
    found: int
    doubts: int
    growth: float | None
    last_audit: PastAudit | None

    @property
    def sensitive_share(self) -> float | None:
        """Share of his value under sensitive headings (0–1); None if no value is known."""
        return float(self.sensitive / self.value) if self.value else None


def trader_of(facts: Facts) -> str | None:
    """Whose declaration it is: the importer's, of an export the exporter's; None where not stated."""
    return facts.seller if facts.flow == "export" else facts.importer


def trader_years(
    released: Iterable[Released], period: Period, before: Before, sensitive: tuple[str, ...]
) -> list[TraderYear]:
    """Sum up the released declarations of a period by trader.

    Args:
        released: Declarations of the period, in any order (0..n); those that name no trader are left out.
        period: The period.
        before: What is known of the time before.
        sensitive: Headings, by the first digits of their codes, that ask for more care (0..n).

    Returns:
        One a trader, by trader (0..n).
    """
    by_trader: dict[str, list[Released]] = {}
    for one in released:
        if trader := trader_of(one.facts):
            by_trader.setdefault(trader, []).append(one)
    return [_year(trader, by_trader[trader], (period, before, sensitive)) for trader in sorted(by_trader)]


def interval(found: int, examined: int) -> tuple[float, float]:
    """Between which shares the true one lies, nine times in ten.

    Args:
        found: Examinations that found something (count).
        examined: Examinations (count); of none nothing is known, and the answer is 0 to 1.

    Returns:
        Lower and upper bound (0–1).

    Source: Wilson, Probable inference, the law of succession, and statistical inference, JASA 22, 1927 (score interval,
    z = 1.645).
    """
    if examined == 0:
        return 0.0, 1.0
    share, spread = found / examined, 1.645**2
    middle = (share + spread / (2 * examined)) / (1 + spread / examined)
    half = math.sqrt(spread * (share * (1 - share) + spread / (4 * examined)) / examined) / (1 + spread / examined)
    return max(0.0, middle - half), min(1.0, middle + half)


def _year(trader: str, released: list[Released], around: tuple[Period, Before, tuple[str, ...]]) -> TraderYear:
    period, before, sensitive = around
    items = [item for one in released for item in one.facts.items]
    valued = [item for item in items if item.value is not None]
    value = sum((item.value for item in valued if item.value), Decimal(0)) if valued else None
    money = [one.money for one in released if one.money is not None]
    earlier = before.values.get(trader)
    newest = sorted(released, key=lambda one: one.facts.day)
    return TraderYear(
        trader=trader,
        name=next((one.name for one in reversed(newest) if one.name), None),
        office=_most([one.facts.office for one in released if one.facts.office]),
        period=period,
        declarations=len(released),
        lanes=_counts([one.lane for one in released]),
        lines=len(items),
        value=value,
        sensitive=sum((i.value for i in valued if i.value and (i.hs or "").startswith(sensitive)), Decimal(0)),
        money=sum(money, Decimal(0)) if money else None,
        money_unknown=len(released) - len(money),
        examined=sum(one.found is not None for one in released),
        found=sum(one.found is True for one in released),
        doubts=sum(one.doubts for one in released),
        growth=float(value / earlier) if value is not None and earlier else None,
        last_audit=before.audits.get(trader),
    )


def _counts(names: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    return counts


def _most(names: list[str]) -> str | None:
    counts = _counts(names)
    return min(counts, key=lambda name: (-counts[name], name), default=None)

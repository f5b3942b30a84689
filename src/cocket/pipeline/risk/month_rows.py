# SPDX-License-Identifier: Apache-2.0
"""What a host's tables tell of each declaration of a month, several rows of one put together: in any order the same.

An examination may be told in a row an item, or a row an infraction. It found something if any of them did, and recovered what
these recovered together. What cannot be so is left out and counted: nothing is guessed, and nothing goes missing in silence.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final

import msgspec

from cocket.control.results import Depth
from cocket.model.message import Lane
from cocket.pipeline.consignment.outcomes import HostRow

#: Looks that did not see the goods: they find nothing that could be learnt from.
NO_GOODS: Final[frozenset[Depth | None]] = frozenset({"not-examined", "documents"})

_STRICTNESS: Final = {"green": 0, "blue": 1, "yellow": 2, "red": 3}


class Examined(msgspec.Struct, frozen=True, kw_only=True):
    """One examination, whatever number of rows told it.

    Attributes:
        found: Whether any row tells of an irregularity.
        returned: When the last row came back; None if none tells.
        amounts: Currency ("" if not stated) → what the rows that found something recovered.
    """

    found: bool
    returned: datetime | None
    amounts: dict[str, Decimal]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the host tells of one declaration.

    Attributes:
        lane: Its lane; None if not told, and where rows differ and none is the latest.
        override: Lane an officer set instead; the strictest where rows differ. None if none did.
        examined: The examination of its goods; None without.
    """

    lane: Lane | None = None
    override: Lane | None = None
    examined: Examined | None = None


class MonthRows(msgspec.Struct, frozen=True, kw_only=True):
    """The tables of a month.

    Attributes:
        told: Declaration → what is told of it.
        counts: What was put together or left out: `rows together` (declarations), `rows repeated` (of results), `lanes differ`
            (declarations), `result future`, `result before`, `amount negative`, `amount nothing found` (rows).
    """

    told: dict[str, Told]
    counts: dict[str, int]


def put_together(rows: Iterable[HostRow], declared: Mapping[str, date], today: date) -> MonthRows:
    """Put the rows of each declaration together.

    Args:
        rows: Rows in any order (0..n).
        declared: Declaration → day of its registration; of others nothing is said about when a result can be.
        today: No result is later.
    """
    counts: Counter[str] = Counter()
    by_name: dict[str, list[HostRow]] = defaultdict(list)
    seen: set[bytes] = set()
    for row in rows:
        as_told = msgspec.json.encode(row)
        if as_told in seen:
            counts["rows repeated"] += row.is_examined is not None
            continue
        seen.add(as_told)
        by_name[row.reference.value].append(row)
    told = {
        name: Told(
            lane=_lane(several, counts),
            override=_override(several),
            examined=_examined(several, declared.get(name), today, counts),
        )
        for name, several in by_name.items()
    }  # fmt: skip
    return MonthRows(told=told, counts=dict(counts))


def _override(rows: Sequence[HostRow]) -> Lane | None:
    """The lane that an officer set; the strictest where rows differ."""
    lanes = [row.decision.override for row in rows if row.decision.override]
    return max(lanes, key=lambda lane: _STRICTNESS[lane], default=None)


def _lane(rows: Sequence[HostRow], counts: Counter[str]) -> Lane | None:
    """The lane; of several the one decided last, if all tell when."""
    lanes = {row.decision.lane for row in rows if row.decision.lane}
    if len(lanes) < 2:
        return next(iter(lanes), None)
    counts["lanes differ"] += 1
    decided = [(row.decision.decided, row.decision.lane) for row in rows if row.decision.lane]
    last = max((moment for moment, _ in decided if moment), default=None)
    newest = {lane for moment, lane in decided if moment == last}
    return newest.pop() if all(moment for moment, _ in decided) and len(newest) == 1 else None


def _examined(rows: Sequence[HostRow], declared: date | None, today: date, counts: Counter[str]) -> Examined | None:
    held = []
    for row in rows:
        if row.is_examined is None or row.decision.found is None or row.depth in NO_GOODS:
            continue
        day = row.returned.date() if row.returned else None
        if day is not None and day > today:
            counts["result future"] += 1
        elif day is not None and declared is not None and day < declared:
            counts["result before"] += 1
        else:
            held.append(row)
    if not held:
        return None
    counts["rows together"] += len(held) > 1
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    for row in held:
        if row.decision.duty_recovered is None:
            continue
        amount = Decimal(row.decision.duty_recovered)
        if amount < 0:
            counts["amount negative"] += 1
        elif row.decision.found:
            amounts[(row.currency or "").upper()] += amount
        elif amount:
            counts["amount nothing found"] += 1
    return Examined(
        found=any(row.decision.found for row in held),
        returned=max((row.returned for row in held if row.returned), default=None),
        amounts=dict(amounts),
    )


def main_currency(examined: Iterable[Examined]) -> tuple[str | None, dict[str, Decimal]]:
    """The currency in which most results state what was recovered, and what was recovered in each.

    Amounts of several currencies are never added. An amount without one is in that of all others, where these have but one.

    Args:
        examined: Examinations (0..n).

    Returns:
        The currency ("" where none is stated; None where no amount is, or amounts in as many results are in another one, so that
        none is the main one), and currency → sum.
    """
    results: Counter[str] = Counter()
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for one in examined:
        for currency, amount in one.amounts.items():
            results[currency] += 1
            sums[currency] += amount
    if len(sums) == 2 and "" in sums:
        (name,) = (currency for currency in sums if currency)
        return name, {name: sum(sums.values(), Decimal())}
    most = results.most_common(2)
    is_tie = len(most) > 1 and most[0][1] == most[1][1]
    return (None if is_tie or not most else most[0][0]), dict(sorted(sums.items()))


def amount_in(one: Examined, currency: str | None, sums: Mapping[str, Decimal]) -> float | None:
    """What an examination recovered in a currency; None if it states nothing that is in it.

    Args:
        one: The examination.
        currency: The currency that counts, of `main_currency`.
        sums: Sums by currency, of the same.
    """
    if currency is None:
        return None
    names = {currency, ""} if len(sums) == 1 else {currency}
    told = [amount for name, amount in one.amounts.items() if name in names]
    return float(sum(told, Decimal())) if told else None

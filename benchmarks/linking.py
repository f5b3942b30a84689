# SPDX-License-Identifier: Apache-2.0
"""Linking in the simulated country, with numbers given again and papers that come late: what is joined or parted wrongly.

Two seasons of the same trade, the second 400 days after the first. Half of the bills are air waybills. Of every consignment
it is known which papers are its own, so that each wrong joining and each wrong parting counts.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from uuid import UUID

import msgspec

from benchmarks.figures import Figure
from cocket import standards
from cocket.consignment import Claim, Filing, Holder, LinkKey, consignments_of
from cocket.simulation import WORLDS, simulate

#: Declarations of a season; shares of numbers of the first season that the second uses again, of declarations that come up
#: to 150 days late without telling a day of the journey, and of those that come 200 to 300 days late.
_SIZE, _AGAIN, _LATE, _TOO_LATE = 1_500, 0.1, 0.05, 0.005

_SEASON = timedelta(days=400)
_START = date(2026, 3, 2)


class _Told(msgspec.Struct, frozen=True, kw_only=True):
    """A claim, and which consignment it is truly of."""

    claim: Claim
    truth: str


def bench_linking(seconds: float) -> Iterator[Figure]:
    """False joins and false splits with numbers given again: by shared numbers alone, and by numbers and days."""
    told = _planted(_claims(), Random("linking"))
    count = len({one.truth for one in told})
    again = sum(one.truth.startswith("again") for one in told if one.claim.role == "bill")
    yield Figure(
        name="consignments", value=count, unit="consignments", note=f"{again} with a number used 400 days before"
    )
    orders = {"as they came": told, "in another order": Random("order").sample(told, len(told))}
    for name, claims in orders.items():
        before, after = _filed(claims, has_days=False), _filed(claims, has_days=True)
        for words, dossiers in (("numbers alone", before), ("numbers and days", after)):
            joined, parted = _wrong(claims, dossiers)
            yield Figure(
                name=f"false joins, {words}", value=joined, unit="consignments", note=f"of {count}, papers {name}"
            )
            yield Figure(
                name=f"false splits, {words}", value=parted, unit="consignments", note=f"of {count}, papers {name}"
            )
    begun = time.process_time()
    _filed(told, has_days=True)
    each = (time.process_time() - begun) / len(told) * 1e6
    yield Figure(name="linking", value=each, unit="µs/claim", note="in memory, one core")


def _claims() -> list[_Told]:
    """Bills and declarations of a season that belong together, by the bill that they name."""
    with TemporaryDirectory() as folder:
        parameters = msgspec.structs.replace(
            WORLDS["alphaland"], size=_SIZE, history_size=0, lodged_directly=0.2, start=_START
        )
        simulate(parameters, Path(folder))
        paths = sorted(Path(folder).glob("host/*/*.xml")) + sorted(Path(folder).glob("lodge/*.xml"))
        readings = [standards.read(path.read_bytes()) for path in paths]
    received = datetime(_START.year, _START.month, _START.day, tzinfo=UTC)
    claims = [claim for reading in readings for claim in consignments_of(reading, "host", received)]
    named = [(claim, [key for key in claim.strong if key.kind == "BL"]) for claim in claims]
    return [_Told(claim=claim, truth=bills[0].value) for claim, bills in named if len(bills) == 1]


def _planted(first: Sequence[_Told], dice: Random) -> list[_Told]:
    """Both seasons, with numbers of the first given again in the second and declarations that come late."""
    names = sorted({one.truth for one in first})
    air = {name: _air_waybill(place) for place, name in enumerate(names) if dice.random() < 0.5}
    again = {name for name in names if dice.random() < _AGAIN}
    late: dict[str, timedelta] = {}
    for name in names:
        drawn = dice.random()
        if drawn < _TOO_LATE:
            late[name] = timedelta(days=dice.randint(200, 300))
        elif drawn < _LATE + _TOO_LATE:
            late[name] = timedelta(days=dice.randint(30, 150))
    told = []
    for one in first:
        number = air.get(one.truth, one.truth)
        slow = late.get(one.truth, timedelta()) if one.claim.role == "declaration" else timedelta()
        told.append(_named(one, number, "", slow, one.truth))
        truth = f"{'again' if one.truth in again else 'new'} {one.truth}"
        own = number if one.truth in again else _other(number)
        told.append(_named(one, own, "Y2-", slow + _SEASON, truth))
    return told


def _named(one: _Told, number: str, season: str, later: timedelta, truth: str) -> _Told:
    keys = tuple(
        LinkKey(key.kind, number if key.kind == "BL" else season + key.value, key.is_strong) for key in one.claim.keys
    )
    day = one.claim.day + later if one.claim.day else None
    return _Told(claim=msgspec.structs.replace(one.claim, keys=keys, day=day), truth=truth)


def _air_waybill(place: int) -> str:
    return f"618{place:07d}{place % 7}"


def _other(number: str) -> str:
    """A number of the same sort that the first season has not."""
    return "999" + number[3:] if number.isdecimal() else f"N{number}"


def _filed(told: Sequence[_Told], *, has_days: bool) -> list[Holder]:
    """The dossier of each claim; without days a number joins for ever, as it did before numbers ended."""
    moved: dict[Holder, Holder] = {}
    filing = Filing(joined=lambda source, target, reasons: moved.update({source: target}))
    went = [
        filing.file(one.claim.keys, one.claim.day if has_days else _START, partial(Holder, place, UUID(int=place)))[0]
        for place, one in enumerate(told)
    ]
    return [_standing(holder, moved) for holder in went]


def _standing(holder: Holder, moved: dict[Holder, Holder]) -> Holder:
    while holder in moved:
        holder = moved[holder]
    return holder


def _wrong(told: Sequence[_Told], dossiers: Sequence[Holder]) -> tuple[int, int]:
    """Consignments that lie with papers of another, and consignments whose papers lie apart (counts)."""
    truths: defaultdict[Holder, set[str]] = defaultdict(set)
    lies: defaultdict[str, Counter[Holder]] = defaultdict(Counter)
    for one, dossier in zip(told, dossiers, strict=True):
        truths[dossier].add(one.truth)
        lies[one.truth][dossier] += 1
    joined = {truth for several in truths.values() if len(several) > 1 for truth in several}
    return len(joined), sum(len(several) > 1 for several in lies.values())

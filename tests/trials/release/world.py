# SPDX-License-Identifier: Apache-2.0
"""Consignments whose true times are known, and what systems make of them: a table of stamps with planted dirt."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from cocket.control import Office, OfficeBook

#: Clocks go back on 25 October 2026 and forward on 28 March 2027.
ZONE = ZoneInfo("Europe/Madrid")
FAST = timedelta(minutes=7)
BOOK = OfficeBook(
    offices=(
        Office(code="XAPRT", weekdays=(1, 2, 3, 4, 5), holidays=(date(2026, 10, 12), date(2026, 11, 2))),
        Office(code="XAAIR", weekdays=(1, 2, 3, 4, 5, 6, 7)),
    )
)
FIRST, LAST = date(2026, 10, 5), date(2026, 11, 15)
AS_OF = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass
class Truth:
    """One consignment as it was."""

    id: str
    office: str
    lane: str
    mode: str
    regime: str
    trader: str
    aeo: str
    stamps: dict[str, datetime]
    reopened: tuple[datetime, datetime] | None = None
    #: What of it a reader of the table can know: without what was lost or cannot be placed.
    known: dict[str, datetime] = field(default_factory=dict)


def consignments(count: int, seed: int = 7) -> list[Truth]:
    """Consignments with times to the minute."""
    random, made = Random(seed), []
    days = (LAST - FIRST).days + 1
    for number in range(count):
        lane = random.choices(("green", "yellow", "red"), (70, 20, 10))[0]
        mode = random.choices(("1", "4"), (60, 40))[0]
        lodged = datetime.combine(FIRST, datetime.min.time(), ZONE).astimezone(UTC) + timedelta(
            days=random.randrange(days), minutes=random.randrange(6 * 60, 20 * 60)
        )
        if random.random() < 0.08:  # at night, through the hour that comes twice
            lodged = datetime(2026, 10, 24, 22, tzinfo=UTC) + timedelta(minutes=random.randrange(0, 6 * 60))

        def after(at: datetime, hours: float) -> datetime:
            return at + timedelta(minutes=max(1, round(60 * random.lognormvariate(math.log(hours), 0.8))))

        stamps = {"lodgement": lodged}
        # a third is declared before it arrives
        early = random.random() < 0.33
        stamps["arrival"] = lodged + (1 if early else -1) * timedelta(minutes=random.randrange(10, 60 * 60))
        stamps["acceptance"] = lodged + timedelta(minutes=random.randrange(0, 15))
        stamps["lane"] = stamps["acceptance"] + timedelta(minutes=random.randrange(0, 3))
        ready = stamps["lane"]
        if lane == "yellow":
            ready = stamps["documents-checked"] = after(ready, 5)
        if lane == "red":
            stamps["examination-ordered"] = ready
            stamps["examination-began"] = after(ready, 20)
            ready = stamps["examination-ended"] = after(stamps["examination-began"], 3)
        stamps["payment"] = after(stamps["acceptance"], 4)
        stamps["release"] = max(ready, stamps["payment"]) + timedelta(minutes=random.randrange(1, 30))
        stamps["gate-out"] = max(after(stamps["release"], 18), stamps["arrival"] + timedelta(minutes=30))
        made.append(
            Truth(
                id=f"C{number:05}",
                office="XAAIR" if mode == "4" else "XAPRT",
                lane=lane,
                mode=mode,
                regime=random.choice(("4000", "7100")),
                trader=f"T{random.randrange(400):03}",
                aeo=random.choice(("yes", "no")),
                stamps=stamps,
            )
        )
    return made


COLUMNS = ("consignment", "kind", "at", "source", "office", "lane", "mode", "regime", "trader", "aeo", "announced")


def table(made: list[Truth], seed: int = 8) -> tuple[str, dict[str, int]]:
    """The stamps as several systems wrote them, and how much of each dirt there is (counts).

    `known` of each consignment is filled with what can be known of it: stamps that were lost, that state no offset within the
    hour that comes twice, or lie after the study, are not.
    """
    random, rows = Random(seed), []
    dirt = dict.fromkeys(("repeated", "beside", "hour-twice", "moment", "lost", "reopened", "announced"), 0)
    for one in made:
        # every tenth release is taken back, and given again
        if random.random() < 0.05:
            first = one.stamps["release"]
            back = first + timedelta(minutes=random.randrange(10, 300))
            again = back + timedelta(minutes=random.randrange(10, 600))
            one.reopened = (first, back)
            one.stamps["release"] = again
            one.stamps["gate-out"] = max(one.stamps["gate-out"], again + timedelta(minutes=5))
            dirt["reopened"] += 1
        for kind, at in one.stamps.items():
            if at > AS_OF:
                continue
            if kind not in ("lodgement",) and random.random() < 0.02:
                dirt["lost"] += 1
                continue
            text, is_known = _written(at, random)
            if random.random() < 0.004:
                text, is_known = random.choice(("25/11/2026 14:00", "soon", "2026-13-01T00:00Z")), False
                dirt["moment"] += 1
            elif not is_known:
                dirt["hour-twice"] += 1
            rows.append(_row(one, kind, text, "gate" if kind in ("arrival", "gate-out") else "host"))
            if is_known:
                one.known[kind] = at
            if is_known and random.random() < 0.03:
                rows.append(_row(one, kind, at.astimezone(UTC).isoformat(), rows[-1][3]))
                dirt["repeated"] += 1
            if kind == "arrival" and is_known:
                # another camera, whose clock is seven minutes fast, sees the same; an earlier announcement does not count
                rows.append(_row(one, kind, (at + FAST).isoformat(), "camera"))
                dirt["beside"] += 1
                if random.random() < 0.2:
                    rows.append(_row(one, kind, (at - timedelta(hours=9)).isoformat(), "manifest", announced="yes"))
                    dirt["announced"] += 1
        if one.reopened:
            first, back = one.reopened
            if back <= AS_OF:
                rows += [
                    _row(one, "release", first.isoformat(), "host"),
                    _row(one, "reopened", back.isoformat(), "host"),
                ]
                if "release" in one.known:
                    dirt["beside"] += 1
    random.shuffle(rows)
    lines = [",".join(COLUMNS), *(",".join(row) for row in rows)]
    return "\n".join(lines) + "\n", dirt


def _written(at: datetime, random: Random) -> tuple[str, bool]:
    """A moment as one of several systems writes it, and whether it can be placed."""
    how = random.randrange(5)
    if how == 0:
        return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), True
    if how == 1:
        return at.astimezone(ZoneInfo("Asia/Kolkata")).isoformat(), True
    if how == 2:
        return at.astimezone(ZONE).isoformat(), True
    here = at.astimezone(ZONE)
    is_twice = here.utcoffset() != here.replace(fold=1 - here.fold).utcoffset()
    return here.replace(tzinfo=None).isoformat(" ", "minutes"), not is_twice


def _row(one: Truth, kind: str, at: str, source: str, announced: str = "") -> tuple[str, ...]:
    return (one.id, kind, at, source, one.office, one.lane, one.mode, one.regime, one.trader, one.aeo, announced)


def truth(made: list[Truth], start: str, end: str, share: float) -> timedelta | None:
    """By when a share is through, from what can be known, by the product limit written out plainly."""
    spans = []
    for one in made:
        begun, ended = one.known.get(start), one.known.get(end)
        if begun is None:
            continue
        if ended is not None:
            spans.append((ended - begun, 0))
        elif not _went_on(one, end):
            spans.append((AS_OF - begun, 1))
    left, through = 1.0, len(spans)
    for span, is_open in sorted(spans):
        if not is_open:
            left *= 1 - 1 / through
        if 1 - left >= share - 1e-9:
            return span
        through -= 1
    return None


_ORDER = ("arrival", "lodgement", "acceptance", "lane", "payment", "documents-checked", "examination-ordered",
          "examination-began", "examination-ended", "release", "gate-out")  # fmt: skip


def _went_on(one: Truth, end: str) -> bool:
    return any(kind in one.known for kind in _ORDER[_ORDER.index(end) + 1 :])


def worked(office: str, start: datetime, end: datetime) -> timedelta:
    """Working time, minute by minute."""
    if end < start:
        return -worked(office, end, start)
    book = BOOK.of(office)
    assert book is not None
    at, total = start, 0
    while at < end:
        total += book.is_open(at.astimezone(ZONE).date())
        at += timedelta(minutes=1)
    return timedelta(minutes=total)

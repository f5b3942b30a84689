# SPDX-License-Identifier: Apache-2.0
"""A release study: the time of each segment by groups, what it rests on, what was left out, and where the time goes.

Source: WCO, Guide to Measure the Time Required for the Release of Goods, version 4; WTO Agreement on Trade Facilitation, article 7.6.
"""

from __future__ import annotations

import itertools
import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Literal, get_args

import msgspec
import numpy as np
from numpy.typing import NDArray

from cocket.trials.release.clocks import ClockPair, ClockPairs
from cocket.trials.release.hours import Calendars, Floats
from cocket.trials.release.stamps import KINDS, Actor, Case, Kind, Passage, passage_of
from cocket.trials.release.survival import SHARES, fences, intervals, quantiles

#: By what consignments are grouped.
Dimension = Literal["lane", "office", "mode", "aeo", "regime", "agency", "cause"]

DIMENSIONS: Final[tuple[Dimension, ...]] = get_args(Dimension)

#: Dimensions in words, and names of groups that are codes of ours.
DIMENSION_NAMES: Final[dict[Dimension, str]] = {
    "lane": "Lane",
    "office": "Office",
    "mode": "Mode of transport",
    "aeo": "Trusted trader",
    "regime": "Customs procedure",
    "agency": "Other agency",
    "cause": "Longest wait before release",
}

#: Groups below this are masked where figures are published: consignments, and traders among them (counts).
FEWEST_CASES: Final = 30
FEWEST_TRADERS: Final = 3

#: Part of the consignments that wait longer than any that is through, above which it is said that stamps may be missing.
DOUBTFUL: Final = 0.05

#: Stamps before the first day by more than this are taken for mistakes.
_LONG_AGO: Final = timedelta(days=1_100)

#: Slowest consignments of a segment that are named (count), and ways through that are listed (count).
_SLOWEST: Final = 50
_WAYS: Final = 12

#: Part of an office's consignments of a lane that have a stamp, below which its absence is taken as not recorded, not as waiting.
_RECORDED: Final = 1 / 3

#: Part of the mix that must be known in a group before figures at a fixed mix are given.
_COVERED: Final = 0.8


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """The time from one kind of stamp to another.

    Attributes:
        code: Its name.
        start: Kind with which it begins.
        end: Kind with which it ends.
        is_headline: Whether it spans the work of several; then it has intervals.
        is_partial: Whether only some consignments have it: those without its start are not counted as missing it.
        lane: Lane that has it always; other lanes only where its end was stamped. Empty for every lane.
    """

    code: str
    start: Kind
    end: Kind
    is_headline: bool = False
    is_partial: bool = False
    lane: str = ""


SEGMENTS: Final[tuple[Segment, ...]] = (
    Segment(code="arrival-release", start="arrival", end="release", is_headline=True),
    Segment(code="lodgement-release", start="lodgement", end="release", is_headline=True),
    Segment(code="arrival-gate-out", start="arrival", end="gate-out", is_headline=True),
    Segment(code="arrival-lodgement", start="arrival", end="lodgement"),
    Segment(code="lodgement-acceptance", start="lodgement", end="acceptance"),
    Segment(code="lodgement-lane", start="lodgement", end="lane"),
    Segment(code="lane-documents-checked", start="lane", end="documents-checked", lane="yellow"),
    Segment(code="lane-examination-ended", start="lane", end="examination-ended", lane="red"),
    Segment(code="examination-ordered-began", start="examination-ordered", end="examination-began", is_partial=True),
    Segment(code="examination-began-ended", start="examination-began", end="examination-ended", is_partial=True),
    Segment(code="permit-asked-given", start="permit-asked", end="permit-given", is_partial=True),
    Segment(code="lodgement-payment", start="lodgement", end="payment"),
    Segment(code="payment-release", start="payment", end="release", is_partial=True),
    Segment(code="release-gate-out", start="release", end="gate-out"),
)

BY_CODE: Final = {one.code: one for one in SEGMENTS}


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """The time of one segment in one group; times are seconds, and None where so many are not through yet.

    Attributes:
        segment: Code of the segment.
        timed: Consignments with both stamps (count).
        open: Those that have begun it and wait still, counted as waiting (count).
        missing_start: Left out because the first stamp is missing (count).
        missing_end: Left out because the second stamp is missing, though the consignment went on, or no source of its office gives such
            stamps (count).
        negative: Of those timed, those whose second stamp is before the first, as where goods are declared before they arrive (count).
        mean: Mean of those timed; None for none.
        elapsed: By the clock: by when half, three quarters, 90 and 95 of 100 are through.
        within: Intervals of these that hold the true figure 95 times of 100; None where there are too few days.
        working: The same by the hours that the office is open.
        outliers: Times beyond the outer fences (count).
        without_outliers: As `elapsed`, without these.
        fixed_mix: As `elapsed`, with the mix of mode, lane and procedure of the whole study; None where the group lacks a fifth of it.
        covered: Part of that mix which the group has (0–1).
        ended: As `elapsed`, of those timed alone; empty in figures of an earlier edition.
        open_over_p95: Of those that wait, those that have waited longer than 95 of 100 of those timed took (count).
        open_over_longest: Of those that wait, those that have waited longer than any that is through took (count).
    """

    segment: str
    timed: int
    open: int
    missing_start: int
    missing_end: int
    negative: int
    mean: float | None
    elapsed: tuple[float | None, ...]
    within: tuple[tuple[float | None, float | None] | None, ...]
    working: tuple[float | None, ...]
    outliers: int
    without_outliers: tuple[float | None, ...]
    fixed_mix: tuple[float | None, ...] | None
    covered: float
    ended: tuple[float | None, ...] = ()
    open_over_p95: int = 0
    open_over_longest: int = 0

    @property
    def is_doubtful(self) -> bool:
        """Whether so many wait longer than any that is through that their stamps may be missing rather than their goods."""
        return self.open_over_longest > DOUBTFUL * (self.timed + self.open)


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A group of consignments.

    Attributes:
        name: Its name; empty where it is not known.
        cases: Consignments (count).
        traders: Traders among them, as far as they are known (count).
        times: The time of every segment that any of them has (0..n).
    """

    name: str
    cases: int
    traders: int
    times: tuple[Times, ...]

    @property
    def is_small(self) -> bool:
        """Whether it is masked where figures are published."""
        return self.cases < FEWEST_CASES or self.traders < FEWEST_TRADERS

    def of(self, segment: str) -> Times | None:
        """The time of a segment; None where none of them has it."""
        return next((one for one in self.times if one.segment == segment), None)


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One stamp right after another, over all consignments.

    Attributes:
        start: The first kind.
        end: The kind right after it.
        cases: Consignments (count).
        median: Time between them in the middle (seconds).
        total: Time between them together (seconds).
    """

    start: Kind
    end: Kind
    cases: int
    median: float
    total: float


class Slow(msgspec.Struct, frozen=True, kw_only=True):
    """One of the consignments that took, or wait, longest.

    Attributes:
        id: The consignment.
        seconds: How long.
        is_open: Whether it waits still.
    """

    id: str
    seconds: float
    is_open: bool


class Study(msgspec.Struct, frozen=True, kw_only=True):
    """Release times of some days.

    Attributes:
        first: First day of lodgement.
        last: Last day.
        as_of: Up to when stamps count, UTC; what is open then counts as waiting.
        by: By what the groups are.
        cases: Consignments (count).
        whole: All of them.
        groups: Groups, the largest first (0..n).
        steps: What follows what, where most time goes first (0..n).
        lost: Who was waited for → how long together (seconds).
        ways: Orders of steps → consignments, the most frequent first (0..n).
        waiting: Last kind of stamp → consignments that are not released and wait since then (count).
        slowest: Segment of a headline → those that take longest (0..50 each).
        clocks: Clocks of sources compared (0..n).
        sources: Source and kind → stamps that count (count).
        counts: What was repeated, put aside, or left out, and why (count).
        mix: Mode, lane and procedure → part of the consignments (0–1).
        seed: Of the draws for intervals.
        hours: Hours of an open day, as `08:00-17:00`; empty for the whole day.
        no_calendar: Offices without days of their own, taken as open on every day (0..n).
        corrected: Source → seconds by which its clock was taken to be fast.
    """

    first: date
    last: date
    as_of: datetime
    by: Dimension
    cases: int
    whole: Group
    groups: tuple[Group, ...]
    steps: tuple[Step, ...]
    lost: dict[Actor, float]
    ways: tuple[tuple[tuple[Kind, ...], int], ...]
    waiting: dict[Kind, int]
    slowest: dict[str, tuple[Slow, ...]]
    clocks: tuple[ClockPair, ...]
    sources: dict[str, int]
    counts: dict[str, int]
    mix: dict[str, float]
    seed: int
    hours: str
    no_calendar: tuple[str, ...]
    corrected: dict[str, float]


class Collected:
    """Consignments as they come, kept as columns: about 300 bytes each.

    Args:
        days: First and last day of lodgement that is reported.
        as_of: Up to when stamps count; later ones are left out.
        calendars: Working time of offices.
        clocks: Source → by how much its clock is fast, where someone chose to correct it.
    """

    def __init__(
        self,
        days: tuple[date, date],
        as_of: datetime,
        calendars: Calendars,
        clocks: Mapping[str, timedelta] | None = None,
    ) -> None:
        self._days, self._as_of, self._calendars = days, as_of.astimezone(UTC), calendars
        self._clocks = dict(clocks or {})
        self._begin = datetime.combine(days[0], datetime.min.time(), UTC) - _LONG_AGO
        self._ids: list[str] = []
        self._instants = {kind: array("d") for kind in KINDS}
        self._names: dict[str, list[str]] = {one: [] for one in (*DIMENSIONS, "trader")}
        self._known: dict[str, str] = {}
        self._ways: list[tuple[int, ...]] = []
        self._way_of: dict[tuple[int, ...], tuple[int, ...]] = {}
        self._by: list[tuple[Actor, ...]] = []
        self._by_of: dict[tuple[Actor, ...], tuple[Actor, ...]] = {}
        self._pairs = ClockPairs()
        self._sources: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, case: Case) -> None:
        """Take in a consignment; what cannot be used of it is counted in `counts`."""
        if case.is_cancelled:
            self.counts["cancelled"] += 1
            return
        usable = []
        for stamp in case.stamps:
            if stamp.at > self._as_of:
                self.counts["stamp-future"] += 1
            elif stamp.at < self._begin:
                self.counts["stamp-long-ago"] += 1
            else:
                usable.append(stamp)
        passage = passage_of(msgspec.structs.replace(case, stamps=tuple(usable)), self._clocks)
        if not passage.stamps:
            self.counts["no-stamps"] += 1
            return
        self.counts["stamp-repeated"] += passage.repeats
        self.counts["stamp-beside"] += passage.beside
        self.counts["reopened"] += passage.reopened
        self._pairs.add(passage.differences)
        self._keep(passage)

    def _keep(self, passage: Passage) -> None:
        case, stamps = passage.case, passage.stamps
        self._ids.append(case.id)
        for kind in KINDS:
            one = stamps.get(kind)
            self._instants[kind].append(math.nan if one is None else one.at.timestamp())
            if one is not None:
                self._sources[f"{one.source} · {kind}"] += 1
        in_order = sorted(stamps.items(), key=lambda pair: (pair[1].at, KINDS.index(pair[0])))
        way = tuple(KINDS.index(kind) for kind, _ in in_order)
        by = tuple(one.by for _, one in in_order)
        self._ways.append(self._way_of.setdefault(way, way))
        self._by.append(self._by_of.setdefault(by, by))
        for name in ("lane", "office", "mode", "aeo", "regime", "agency", "trader"):
            text = getattr(case, name)
            self._names[name].append(self._known.setdefault(text, text))
        self._names["cause"].append(_cause(in_order))

    def study(
        self,
        by: Dimension = "lane",
        *,
        only: Mapping[Dimension, str] | None = None,
        seed: int = 1,
        mix: Mapping[str, float] | None = None,
    ) -> Study:
        """The study of what came.

        Args:
            by: By what consignments are grouped.
            only: Dimension → the one group that is looked at; empty for all.
            seed: Of the draws for intervals.
            mix: Mode, lane and procedure → part of the consignments, by which figures at a fixed mix are weighted; None for those of
                this study.
        """
        names = {name: np.array(several, dtype=object) for name, several in self._names.items()}
        kept = np.ones(len(self._ids), dtype=bool)
        for dimension, group in (only or {}).items():
            kept &= names[dimension] == group
        rows = np.flatnonzero(kept)
        table = _Table(self, names, rows, (seed, mix))
        groups = [table.group(name, np.flatnonzero(names[by][rows] == name)) for name in sorted(set(names[by][rows]))]
        groups.sort(key=lambda one: (-one.cases, one.name))
        steps, lost = self._followed(rows)
        ways = Counter(self._ways[row] for row in rows)
        return Study(
            first=self._days[0],
            last=self._days[1],
            as_of=self._as_of,
            by=by,
            cases=len(rows),
            whole=table.group("", np.arange(len(rows))),
            groups=tuple(groups),
            steps=steps,
            lost=lost,
            ways=tuple((tuple(KINDS[one] for one in way), often) for way, often in ways.most_common(_WAYS)),
            waiting=self._waiting(rows),
            slowest=table.slowest(self._ids),
            clocks=self._pairs.pairs(),
            sources=dict(sorted(self._sources.items())),
            counts={name: often for name, often in sorted(self.counts.items()) if often},
            mix=table.mix,
            seed=seed,
            hours=_hours(self._calendars),
            no_calendar=tuple(
                one for one in sorted(set(names["office"][rows])) if one and not self._calendars.has(one)
            ),
            corrected={source: fast.total_seconds() for source, fast in sorted(self._clocks.items())},
        )

    def _followed(self, rows: NDArray[np.int64]) -> tuple[tuple[Step, ...], dict[Actor, float]]:
        """What follows what, and who was waited for."""
        waits: defaultdict[tuple[int, int], array[float]] = defaultdict(lambda: array("d"))
        lost: Counter[Actor] = Counter()
        columns = [self._instants[kind] for kind in KINDS]
        for row in rows:
            way, by = self._ways[row], self._by[row]
            for place in range(1, len(way)):
                seconds = columns[way[place]][row] - columns[way[place - 1]][row]
                waits[way[place - 1], way[place]].append(seconds)
                lost[by[place]] += seconds
        steps = [
            Step(
                start=KINDS[start],
                end=KINDS[end],
                cases=len(several),
                median=float(np.median(several)),
                total=float(np.sum(several)),
            )
            for (start, end), several in waits.items()
        ]
        steps.sort(key=lambda one: (-one.total, one.start, one.end))
        return tuple(steps), dict(sorted(lost.items(), key=lambda pair: (-pair[1], pair[0])))

    def _waiting(self, rows: NDArray[np.int64]) -> dict[Kind, int]:
        done = {KINDS.index("release"), KINDS.index("gate-out")}
        found = Counter(KINDS[way[-1]] for row in rows if not done & set(way := self._ways[row]))
        return dict(found.most_common())

    def columns(self) -> Iterator[tuple[Kind, Floats]]:
        """Seconds since 1970 of every kind; NaN where there is no stamp. Shape `(n,)` each."""
        for kind in KINDS:
            yield kind, np.frombuffer(self._instants[kind], dtype=np.float64) if self._ids else np.empty(0)

    @property
    def calendars(self) -> Calendars:
        """Working time of offices."""
        return self._calendars

    @property
    def as_of(self) -> datetime:
        """Up to when stamps count."""
        return self._as_of


class _Table:
    """The chosen rows as columns, with what every group needs of them."""

    def __init__(
        self,
        of: Collected,
        names: Mapping[str, NDArray[Any]],
        rows: NDArray[np.int64],
        how: tuple[int, Mapping[str, float] | None],
    ) -> None:
        self._seed, self._rows = how[0], rows
        offices = names["office"]
        instants = {kind: column[rows] for kind, column in of.columns()}
        at_office = offices[rows]
        self._traders = names["trader"][rows]
        now = of.as_of.timestamp()
        begun = np.full(len(rows), np.nan)
        for kind in ("lodgement", "arrival", *KINDS):
            begun = np.where(np.isnan(begun), instants[kind], begun)
        self._days = np.floor(np.nan_to_num(begun) / 86_400).astype(np.int64)
        strata = [
            f"{one} · {two} · {three}"
            for one, two, three in zip(*(names[each][rows] for each in ("mode", "lane", "regime")), strict=True)
        ]
        self._mix_names, self._mix = (
            np.unique(np.array(strata, dtype=object), return_inverse=True)
            if strata
            else (np.empty(0), np.empty(0, np.int64))
        )
        own = np.bincount(self._mix, minlength=len(self._mix_names)) / max(1, len(rows))
        self.mix = {str(name): round(float(share), 6) for name, share in zip(self._mix_names, own, strict=True)}
        self._shares = own if how[1] is None else np.array([how[1].get(str(name), 0.0) for name in self._mix_names])
        working = {kind: np.full(len(rows), np.nan) for kind in KINDS}
        now_working = np.full(len(rows), np.nan)
        gives = {kind: np.zeros(len(rows), dtype=bool) for kind in KINDS}
        lanes = names["lane"][rows]
        for office in set(at_office):
            here = np.flatnonzero(at_office == office)
            several = [instants[kind][here] for kind in KINDS]
            found = of.calendars.of(office).positions(np.concatenate([*several, [now]]))
            for place, kind in enumerate(KINDS):
                working[kind][here] = found[place * len(here) : (place + 1) * len(here)]
            now_working[here] = found[-1]
            for lane in set(lanes[here]):
                alike = here[lanes[here] == lane]
                for kind in KINDS:
                    gives[kind][alike] = np.mean(~np.isnan(instants[kind][alike])) >= _RECORDED
        self._segments = [
            (one, *_spans(one, (instants, working), (now, now_working), (gives, lanes))) for one in SEGMENTS
        ]
        self._fences = {one.code: fences(elapsed[state == _TIMED]) for one, state, elapsed, _ in self._segments}

    def group(self, name: str, rows: NDArray[np.int64]) -> Group:
        """A group of rows."""
        times = [
            self._times(one, rows, (state[rows], elapsed[rows], working[rows]))
            for one, state, elapsed, working in self._segments
        ]
        return Group(
            name=name,
            cases=len(rows),
            traders=len(set(self._traders[rows]) - {""}),
            times=tuple(one for one in times if one.timed or one.open),
        )

    def _times(
        self, segment: Segment, rows: NDArray[np.int64], columns: tuple[NDArray[np.int64], Floats, Floats]
    ) -> Times:
        state, elapsed, working = columns
        kept = (state == _TIMED) | (state == _OPEN)
        is_over, spans = (state == _TIMED)[kept], elapsed[kept]
        fence = self._fences[segment.code]
        inside = (
            np.ones(len(spans), dtype=bool) if fence is None else ~is_over | ((spans >= fence[0]) & (spans <= fence[1]))
        )
        timed, waiting = spans[is_over], spans[~is_over]
        ended = quantiles(timed, np.ones(len(timed), dtype=bool))
        fixed, covered = self._fixed(rows[kept], spans, is_over)
        return Times(
            segment=segment.code,
            timed=int(is_over.sum()),
            open=int((~is_over).sum()),
            missing_start=int((state == _NO_START).sum()),
            missing_end=int((state == _NO_END).sum()),
            negative=int((timed < 0).sum()),
            mean=float(timed.mean()) if len(timed) else None,
            elapsed=quantiles(spans, is_over),
            within=intervals(spans, is_over, self._days[rows[kept]], self._seed)
            if segment.is_headline
            else (None,) * len(SHARES),
            working=quantiles(working[kept], is_over),
            outliers=int((~inside).sum()),
            without_outliers=quantiles(spans[inside], is_over[inside]),
            fixed_mix=fixed,
            covered=round(covered, 4),
            ended=ended,
            open_over_p95=int((waiting > ended[-1]).sum()) if ended[-1] is not None else 0,
            open_over_longest=int((waiting > timed.max()).sum()) if len(timed) else 0,
        )

    def _fixed(
        self, rows: NDArray[np.int64], spans: Floats, is_over: NDArray[np.bool_]
    ) -> tuple[tuple[float | None, ...] | None, float]:
        """Figures with the mix of the whole study, and how much of that mix these rows have."""
        if not len(rows):
            return None, 0.0
        mix = self._mix[rows]
        often = np.bincount(mix, minlength=len(self._shares))
        covered = float(self._shares[often > 0].sum())
        if covered < _COVERED:
            return None, covered
        return quantiles(spans, is_over, self._shares[mix] / often[mix]), covered

    def slowest(self, ids: Sequence[str]) -> dict[str, tuple[Slow, ...]]:
        """Those that take longest, of each headline; `ids` are of all rows that came."""
        found = {}
        for one, state, elapsed, _ in self._segments:
            if one.is_headline:
                kept = np.flatnonzero((state == _TIMED) | (state == _OPEN))
                order = kept[np.argsort(-elapsed[kept], kind="stable")][:_SLOWEST]
                found[one.code] = tuple(
                    Slow(id=ids[self._rows[row]], seconds=float(elapsed[row]), is_open=bool(state[row] == _OPEN))
                    for row in order
                )
        return found


_NOT_OF_IT, _TIMED, _OPEN, _NO_START, _NO_END = range(5)


def _spans(
    segment: Segment,
    columns: tuple[Mapping[Kind, Floats], Mapping[Kind, Floats]],
    now: tuple[float, Floats],
    known: tuple[Mapping[Kind, NDArray[np.bool_]], NDArray[Any]],
) -> tuple[NDArray[np.int64], Floats, Floats]:
    """How each row stands in a segment, and its time by the clock and by working hours (seconds)."""
    (instants, working), (gives, lanes) = columns, known
    start, end = instants[segment.start], instants[segment.end]
    has_start, has_end = ~np.isnan(start), ~np.isnan(end)
    after = KINDS[KINDS.index(segment.end) + 1 :]
    went_on = np.zeros(len(start), dtype=bool)
    for kind in after:
        if kind != "reopened":
            went_on |= ~np.isnan(instants[kind])
    state = np.full(len(start), _NOT_OF_IT)
    state[has_start & has_end] = _TIMED
    waits = has_start & ~has_end
    state[waits] = np.where(went_on | ~gives[segment.end], _NO_END, _OPEN)[waits]
    state[~has_start & (has_end | (not segment.is_partial))] = _NO_START
    if segment.lane:
        state[(lanes != segment.lane) & ~has_end] = _NOT_OF_IT
    is_open = state == _OPEN
    elapsed = np.where(is_open, now[0] - start, end - start)
    return (
        state,
        elapsed,
        np.where(is_open, now[1] - working[segment.start], working[segment.end] - working[segment.start]),
    )


def _cause(in_order: Sequence[tuple[Kind, Any]]) -> str:
    """The kind of stamp that was waited for longest before release; empty where nothing was."""
    longest, cause = 0.0, ""
    for (_, before), (kind, after) in itertools.pairwise(in_order):
        waited = (after.at - before.at).total_seconds()
        if waited > longest:
            longest, cause = waited, kind
        if kind == "release":
            break
    return cause


def _hours(calendars: Calendars) -> str:
    opens, closes = calendars.hours
    return "" if opens == closes else f"{opens:%H:%M}-{closes:%H:%M}"


def collect(cases: Iterable[Case], into: Collected) -> Collected:
    """Take in consignments one by one, so that no more than one is held whole."""
    for case in cases:
        into.add(case)
    return into

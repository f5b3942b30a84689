# SPDX-License-Identifier: Apache-2.0
"""The features of a whole table at once: for every row what `online.Memory` would have given on its day, to 1e-9.

NumPy and Polars are loaded here; a process that forks must not import this module before it does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cocket.errors import SettingsError
from cocket.risk.features.columns import (
    AGAINST,
    AGES,
    COLUMN_NAMES,
    CORRECTIONS,
    COUNTS,
    DECIMALS,
    GAPS,
    GROUPS,
    HABITS,
    LAST,
    LEVELS,
    MEANT,
    MOST_CORRECTED,
    OWN,
    PROVED,
    RATES,
    REACH,
    REFERENCES,
    SHARED,
    TALLIES,
    TAUGHT,
    TRENDS,
    WINDOWS,
    Terms,
)
from cocket.risk.features.editions import place_of
from cocket.risk.features.online import RATED, STATED
from cocket.risk.features.parts import Coded, code, code_parts, combined
from cocket.risk.features.references import Usual, usual_of
from cocket.risk.features.runs import MOST_CENTS
from cocket.risk.features.segments import (
    Events,
    Floats,
    Group,
    Ints,
    at,
    before,
    between,
    bits_of,
    events,
    first_places,
    group,
    running,
)
from cocket.risk.features.shared import ring_sizes, sharing
from cocket.risk.features.texts import readings
from cocket.risk.features.turns import Doing, in_turn

#: Columns that labels need, and those that tell what was corrected, as of `Label`.
_LABELS = ("id", "returned", "found")
CORRECTED: dict[str, type[pl.DataType]] = {
    "value_ratio": pl.Float64, "quantity_ratio": pl.Float64, "found_hs": pl.String, "found_origin": pl.String,
}  # fmt: skip


class Arrays:
    """`Ops` on arrays."""

    @staticmethod
    def ratio(one: Floats | float, other: Floats) -> Floats:
        """See `Ops`."""
        result: Floats = np.divide(one, other, out=np.full(other.shape, np.nan), where=other > 0.0)
        return result

    @staticmethod
    def ln(value: Floats) -> Floats:
        """See `Ops`."""
        result: Floats = np.log(value, out=np.full(value.shape, np.nan), where=value > 0.0)
        return result

    @staticmethod
    def exp(value: Floats) -> Floats:
        """See `Ops`."""
        result: Floats = np.exp(value)
        return result

    @staticmethod
    def largest(one: Floats, other: Floats | float) -> Floats:
        """See `Ops`."""
        result: Floats = np.maximum(one, other)
        return result

    @staticmethod
    def smallest(one: Floats, other: Floats | float) -> Floats:
        """See `Ops`."""
        result: Floats = np.minimum(one, other)
        return result

    @staticmethod
    def hidden(value: Floats, figure: Floats, least: float) -> Floats:
        """See `Ops`."""
        return np.where(figure < least, np.nan, value)

    @staticmethod
    def rounded(value: Floats) -> Floats:
        """See `Ops`."""
        result: Floats = np.rint(value * DECIMALS) / DECIMALS
        return result

    @staticmethod
    def flag(value: Floats, least: float) -> Floats:
        """See `Ops`."""
        return np.where(np.isnan(value), np.nan, (value > least).astype(np.float64))

    @staticmethod
    def between(value: Floats, low: float, high: float) -> Floats:
        """See `Ops`."""
        return np.where(np.isnan(value), np.nan, ((value > low) & (value <= high)).astype(np.float64))


def features_of(
    entries: pl.DataFrame, labels: pl.DataFrame, terms: Terms | None = None, doing: Doing = in_turn
) -> pl.DataFrame:
    """The features of every row of a table.

    Args:
        entries: One row an entry with the names of `Entry` as columns, `id` and `day` among them, in the order of `day`;
            columns that are absent count as not stated. Items of one declaration stand together, on the same day.
        labels: Results: `id`, `returned` (day number), `found`, and `weight` (0–1) if they do not all weigh the same; if known
            what was corrected, as `CORRECTED` names it. A row without `found`, of an unknown id, or returned before its entry
            counts for nothing.
        terms: What the administration sets.
        doing: Does what can be done side by side; the figures are the same to the last bit.

    Returns:
        One row an entry in the same order, the columns of `COLUMNS`, NaN where unknown.

    Raises:
        SettingsError: A column that is needed is absent, the entries are not in order, or a declaration is torn apart.
    """
    _check(entries, labels)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        table = _Table(entries, labels, terms or Terms(), doing)
        table.compute()
    figures = table.figures
    for name in figures.keys() - set(COLUMN_NAMES):
        del figures[name]
    # a column at a time, so that no table of millions stands twice
    return pl.DataFrame([pl.Series(name, figures.pop(name)) for name in COLUMN_NAMES])


class Frame:
    """A table of entries whose results keep coming: what does not depend on them is computed once.

    Args:
        entries: As for `features_of`.
        terms: What the administration sets.

    Raises:
        SettingsError: As of `features_of`.
    """

    def __init__(self, entries: pl.DataFrame, terms: Terms | None = None) -> None:
        nothing = pl.DataFrame(schema={"id": pl.String, "returned": pl.Float64, "found": pl.Boolean})
        _check(entries, nothing)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            self._table = _Table(entries, nothing, terms or Terms())
            self._table.compute(keep=True)

    def features(self, labels: pl.DataFrame) -> dict[str, Floats]:
        """What `features_of` gives with these results, as arrays by name; they hold until the next call."""
        self._table.take(labels)
        return {name: self._table.figures[name] for name in COLUMN_NAMES}

    def numbers(self, group_name: str) -> Ints:
        """Number of the group of each row, -1 for rows of none."""
        return combined(self._table.parts, GROUPS[group_name])

    @property
    def figures(self) -> dict[str, Floats]:
        """Everything that was computed of each row, by name, as of the results that `features` took last."""
        return self._table.figures

    def meant(self, place: int) -> str | None:
        """The other heading that the words of a row mean; None where they mean none, or its own."""
        return self._table.meant(place)

    def named(self, part: str) -> Coded:
        """A part of groups by row, with the names of its codes."""
        return self._table.parts[part]


def _check(entries: pl.DataFrame, labels: pl.DataFrame) -> None:
    absent = [f"entries.{name}" for name in ("id", "day") if name not in entries.columns]
    absent += [f"labels.{name}" for name in _LABELS if name not in labels.columns]
    if absent:
        raise SettingsError(
            f"Columns are missing: {', '.join(absent)}.", code="features-columns", found=", ".join(absent)
        )
    if not entries["day"].is_sorted() or entries["day"].null_count():
        raise SettingsError(
            "The entries must be in the order of `day`.", code="features-order", hint="Sort them by day."
        )


def _corrected(ratio: pl.Series) -> Floats:
    """Ln of ratios, held within `MOST_CORRECTED`; 0 of none, or of one that is no number above zero."""
    values = ratio.cast(pl.Float64).fill_null(1.0).to_numpy()
    values = np.where(np.isfinite(values) & (values > 0.0), values, 1.0)
    return np.clip(np.log(values), -MOST_CORRECTED, MOST_CORRECTED)


def _sums_of_cents(value: Floats) -> NDArray[Any]:
    """Value of all rows before each and of all, `(n + 1,)` hundredths, as of `cents_of`; exact, however large they grow."""
    hundredths = np.clip(100.0 * np.where(np.isfinite(value), value, 0.0), -float(MOST_CENTS), float(MOST_CENTS))
    cents: NDArray[Any] = np.rint(hundredths).astype(np.int64)
    if np.abs(hundredths).sum() >= 2.0**62:  # no 64 bits may hold the sums
        cents = cents.astype(object)
    return np.concatenate([[0], np.cumsum(cents)])


def _declarations(entries: pl.DataFrame, day: Floats) -> tuple[Ints | None, Ints]:
    """Place of the first row of each row's declaration, None where each row is one of its own; and of the row after it."""
    rows = np.arange(len(day))
    codes = code(entries, "declaration").codes
    starts = np.flatnonzero(np.r_[True, (codes[1:] != codes[:-1]) | (codes[1:] < 0)]) if len(codes) else rows
    if len(starts) == len(rows):
        return None, rows + 1
    named = codes[starts][codes[starts] >= 0]
    number = np.cumsum(np.isin(rows, starts)) - 1
    begin: Ints = starts[number]
    if len(np.unique(named)) < len(named) or (day[begin] != day).any():
        raise SettingsError("The items of a declaration must be adjacent and have the same day.", code="features-order")
    return begin, np.r_[starts[1:], len(rows)][number]


def _families() -> list[list[str]]:
    """Groups apart from each other, those whose rates lean on one another together, wider before narrower; large ones first."""
    family_of = {name: [name] for name in GROUPS}
    for chain in RATES.values():
        for name in chain[1:]:
            joined = family_of[chain[0]]
            joined += [each for each in family_of[name] if each not in joined]
            for each in joined:
                family_of[each] = joined
    families = {id(family): sorted(family, key=list(GROUPS).index) for family in family_of.values()}
    return sorted(families.values(), key=len, reverse=True)


class _Table:
    """One table on its way through the features."""

    def __init__(self, entries: pl.DataFrame, labels: pl.DataFrame, terms: Terms, doing: Doing = in_turn) -> None:
        self.terms = terms
        self._do = doing
        self.figures: dict[str, Floats] = {}
        self._kept: dict[str, tuple[Ints, Group]] = {}
        self._of_headings: dict[str, Usual] = {}
        self._meant = np.empty(0, dtype=np.int64)
        self._rates: dict[tuple[str, ...], Floats] = {}
        self._entries = entries
        self._n = len(entries)
        self._bits = bits_of(self._n)
        self._day = entries["day"].cast(pl.Float64).to_numpy()
        self._zero = float(self._day[0]) if self._n else 0.0
        self._fade = np.exp2((self._zero - self._day) / terms.half_life_days)
        self._grow = 1.0 / self._fade
        self.parts = code_parts(entries, terms, doing)
        self._begin, self._after = _declarations(entries, self._day)
        self._share = entries["share"].cast(pl.Float64).to_numpy() if "share" in entries.columns else np.ones(self._n)
        self._labels(labels)

    def meant(self, place: int) -> str | None:
        """See `Frame`."""
        code = int(self._meant[place]) if len(self._meant) else -1
        return None if code < 0 else str(self.parts["hs4"].values[int(code)])

    def take(self, labels: pl.DataFrame) -> None:
        """Compute anew what depends on results."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            self._labels(labels)
            self._rates = {(): self._whole()}
            for name, (codes, grouped) in self._kept.items():
                self._results(name, codes, grouped)
            self._rates.clear()
            self._recodings()
            for name, compute in TAUGHT:
                self.figures[name] = compute(self.figures, Arrays, self.terms)

    def compute(self, keep: bool = False) -> None:
        """All features, wider groups before narrower ones; `keep` what `take` needs."""
        self._keep = keep
        self._stated()
        for name, compute in OWN:
            self.figures[name] = compute(self.figures, Arrays, self.terms)
        self._rates = {(): self._whole()}
        tasks: list[Callable[[], None]] = [self._texts, self._rings]
        tasks += [partial(self._of_family, names) for names in _families()]
        self._do(tasks)
        self._rates.clear()
        self._recodings()
        for figure in REFERENCES:
            self._usual(figure)
        for figure in MEANT:
            self._usual_meant(figure)
        self._do([partial(self._level, figure) for figure in LEVELS])
        for name, compute in AGAINST:
            self.figures[name] = compute(self.figures, Arrays, self.terms)
        habits = dict.fromkeys(name for name, _ in HABITS.values())
        self._do([partial(self._habits, name) for name in habits])
        for name, compute in (*LAST, *TAUGHT):
            self.figures[name] = compute(self.figures, Arrays, self.terms)

    def _stated(self) -> None:
        columns = self._entries.columns
        for name in STATED:
            self.figures[name] = (
                self._entries[name].cast(pl.Float64).fill_null(math.nan).to_numpy()
                if name in columns
                else np.full(self._n, np.nan)
            )
        claimed = self._entries["preference"].fill_null("") != "" if "preference" in columns else None
        self.figures["preference"] = np.zeros(self._n) if claimed is None else claimed.to_numpy().astype(np.float64)
        self.figures["is_authorised"] = (
            self._entries["is_authorised"].cast(pl.Float64).fill_null(math.nan).to_numpy()
            if "is_authorised" in columns
            else np.full(self._n, np.nan)
        )

    def _labels(self, labels: pl.DataFrame) -> None:
        """Results that count, in the order of their return, with the row they are of and the first row that knows."""
        places = self._entries.select("id").with_row_index("place")
        weight = pl.col("weight") if "weight" in labels.columns else pl.lit(1.0)
        known = (
            labels.select(
                "id",
                "returned",
                "found",
                weight.cast(pl.Float64).alias("weight"),
                *(
                    (pl.col(name) if name in labels.columns else pl.lit(None)).cast(kind).alias(name)
                    for name, kind in CORRECTED.items()
                ),
            )
            .drop_nulls([*_LABELS, "weight"])
            .join(places, on="id", how="inner", maintain_order="left")
            .sort("returned", maintain_order=True)
        )
        place = known["place"].cast(pl.Int64).to_numpy()
        returned = known["returned"].cast(pl.Float64).to_numpy()
        counts = returned > self._day[place]
        self._of, returned = place[counts], returned[counts]
        self._known_from = np.searchsorted(self._day, returned, side="left").astype(np.int64)
        examined = known["weight"].to_numpy()[counts] * np.exp2((returned - self._zero) / self.terms.half_life_days)
        self._examined, self._found = examined, examined * known["found"].cast(pl.Float64).to_numpy()[counts]
        self._corrections(known.filter(pl.Series(counts)))

    def _corrections(self, known: pl.DataFrame) -> None:
        """What results that count corrected, in their order."""
        told = known.select(pl.any_horizontal(pl.col(name).is_not_null() for name in CORRECTED))
        is_checked = ~known["found"].cast(pl.Boolean).to_numpy() | told.to_series().to_numpy()
        self._checked = self._examined * is_checked
        value, quantity = (_corrected(known[name]) for name in ("value_ratio", "quantity_ratio"))
        is_other = {name: known[f"found_{name}"].is_not_null().to_numpy() for name in ("hs", "origin")}
        lessons = {"value": value, "quantity": quantity, "code": is_other["hs"], "origin": is_other["origin"]}
        self._lessons = {kind: self._checked * lesson for kind, lesson in lessons.items()}
        self._moved = {"unit_price": value - quantity, "package_mass": quantity}
        self._true = {name: self.parts[name].codes[self._of].copy() for name in ("hs4", "hs6", "origin")}
        numbers = {name: {each: n for n, each in enumerate(self.parts[name].values)} for name in self._true}
        edition = self._entries["hs_edition"] if "hs_edition" in self._entries.columns else None
        # what stands under no code of the table touches none of its rows
        for place in np.flatnonzero(is_other["hs"]).tolist():
            year = None if edition is None else edition[int(self._of[place])]
            goods = place_of(known["found_hs"][place], year, self.terms.crossings)
            for name, stands in (("hs4", goods.hs4), ("hs6", goods.hs6)):
                self._true[name][place] = -1 if stands is None else numbers[name].get(stands, -1)
        for place in np.flatnonzero(is_other["origin"]).tolist():
            self._true["origin"][place] = numbers["origin"].get(known["found_origin"][place], -1)

    def _whole(self) -> Floats:
        """Rate of all, smoothed towards the prior."""
        terms = self.terms
        last = np.searchsorted(self._known_from, np.arange(self._n), side="right") - 1
        seen = [
            at(np.cumsum(values), np.maximum(last, 0), last >= 0) * self._fade
            for values in (self._examined, self._found)
        ]
        whole: Floats = (seen[1] + terms.prior_weight * terms.prior_rate) / (seen[0] + terms.prior_weight)
        return whole

    def _of_family(self, names: Sequence[str]) -> None:
        for name in names:
            self._of_group(name)

    def _of_group(self, name: str) -> None:
        """Everything that is taken from one group."""
        codes = combined(self.parts, GROUPS[name])
        grouped = group(codes, self._bits, self._begin)
        if self._keep and name in RATED:
            self._kept[name] = codes, grouped
        self._results(name, codes, grouped)
        self._traffic(name, grouped)
        for feature, (of, days, kind) in WINDOWS.items():
            if of == name:
                self.figures[feature] = self._window(grouped, days, kind)
        for figure, chain in REFERENCES.items():
            if name in chain:
                self._reference(figure, name, grouped)

    def _results(self, name: str, codes: Ints, grouped: Group) -> None:
        chains = {chain[: chain.index(name) + 1] for chain in RATES.values() if name in chain}
        wanted = [(feature, kind) for feature, (of, kind) in TALLIES.items() if of == name]
        for figure, groups in PROVED.items():
            if name in groups:
                self._proofs(figure, name, codes, grouped)
        if not chains and not wanted:
            return
        known = events(codes[self._of], self._known_from, self._bits)
        place, is_known = known.last(grouped)
        seen = {
            kind: self._back(grouped, at(running(values[known.order], known.first), place, is_known))
            for kind, values in (("examined", self._examined), ("found", self._found))
        }
        for feature, kind in wanted:
            self.figures[feature] = seen[kind]
        weight = self.terms.back_off_weight
        examined, found = np.nan_to_num(seen["examined"], copy=True), np.nan_to_num(seen["found"], copy=True)
        for chain in chains:
            rate = (found + weight * self._rates[chain[:-1]]) / (examined + weight)
            self._rates[chain] = rate
            self.figures |= {feature: rate for feature, whole in RATES.items() if whole == chain}
        self._corrected_of(name, grouped, known)

    def _corrected_of(self, name: str, grouped: Group, known: Events) -> None:
        """Means of what was corrected in a group."""
        kinds = {(chain[: chain.index(name) + 1], kind) for chain, kind in CORRECTIONS.values() if name in chain}
        if not kinds:
            return
        weight, checked = self.terms.back_off_weight, self._sums(self._checked, grouped, known)
        for chain, kind in kinds:
            wider = self._rates.get((f"corrected {kind}", *chain[:-1]), 0.0)
            mean = (self._sums(self._lessons[kind], grouped, known) + weight * wider) / (checked + weight)
            self._rates[(f"corrected {kind}", *chain)] = mean
            self.figures |= {feature: mean for feature, whole in CORRECTIONS.items() if whole == (chain, kind)}

    def _sums(self, values: Floats, grouped: Group, known: Events) -> Floats:
        """Grown values of the results that each row knows of its group, faded to its day; 0 for rows of no group."""
        place, is_known = known.last(grouped)
        return np.nan_to_num(self._back(grouped, at(running(values[known.order], known.first), place, is_known)))

    def _proofs(self, figure: str, name: str, codes: Ints, grouped: Group) -> None:
        """Sums of a figure as results proved it, and of what they weigh, in the groups of the code and origin found."""
        both = {
            part: Coded(np.r_[self.parts[part].codes, self._true[part]], self.parts[part].values)
            for part in GROUPS[name]
        }
        every = combined(both, GROUPS[name])
        if not np.array_equal(every[: self._n], codes):  # numbered anew
            grouped = group(every[: self._n], self._bits, self._begin)
        proved = self.figures[figure][self._of] + self._moved[figure]
        is_known = np.isfinite(proved) & (self._checked > 0.0)
        known = events(every[self._n :], self._known_from, self._bits)
        sums = np.where(is_known, self._checked * np.nan_to_num(proved), 0.0)
        self.figures[f"{figure}/{name}/proved"] = self._sums(sums, grouped, known)
        self.figures[f"{figure}/{name}/proofs"] = self._sums(np.where(is_known, self._checked, 0.0), grouped, known)

    def _recodings(self) -> None:
        """What results put from the heading of each row under the one that its words mean."""
        headings = self.parts["hs4"]
        mine, size = headings.codes, len(headings.values)
        true = self._true["hs4"]
        of_results = np.where(
            (mine[self._of] >= 0) & (true >= 0) & (true != mine[self._of]), mine[self._of] * size + true, -1
        )
        of_rows = np.where((mine >= 0) & (self._meant >= 0), mine * size + self._meant, -1)
        grouped = group(of_rows, self._bits, self._begin)
        known = events(of_results, self._known_from, self._bits)
        self.figures["meant_code_corrections"] = self._sums(self._checked, grouped, known)

    def _back(self, grouped: Group, values: Floats) -> Floats:
        """Grown sums of sorted rows, faded to the day of each row, in the order of the table."""
        return grouped.back(values) * self._fade

    def _traffic(self, name: str, grouped: Group) -> None:
        counts = [feature for feature, of in COUNTS.items() if of == name]
        ages = [feature for feature, of in AGES.items() if of == name]
        gaps = [feature for feature, of in GAPS.items() if of == name]
        if counts:
            sums = self._back(grouped, before((self._grow * self._share)[grouped.places], grouped))
            self.figures |= dict.fromkeys(counts, sums)
        if ages or gaps:
            day = self._day[grouped.places]
            if ages:
                self.figures |= dict.fromkeys(ages, grouped.back(day - day[first_places(grouped.first)]))
            if gaps:
                gap = np.diff(day, prepend=np.nan)
                gap[grouped.first] = np.nan
                self.figures |= dict.fromkeys(gaps, grouped.back(grouped.known(gap).copy()))

    def _window(self, grouped: Group, days: float, kind: str) -> Floats:
        """Rows of the group before each row and not longer ago than some days, or their value."""
        start, end = self._since(grouped, days), grouped.known(np.arange(self._n))
        if kind == "rows":
            sums = np.concatenate([[0.0], np.cumsum(self._share[grouped.places])])
            return grouped.back(sums[end] - sums[start])
        value = self.figures["value"]
        if kind == "small":
            value = np.where(self.figures["under_threshold"] <= 1.0, value, 0.0)
        sums = _sums_of_cents(value[grouped.places])
        return grouped.back(((sums[end] - sums[start]) / 100.0).astype(np.float64))

    def _since(self, grouped: Group, days: float) -> Ints:
        """Sorted place of the first row of each row's group that is not longer ago than some days."""
        since = np.searchsorted(self._day, self._day - days, side="left")
        start: Ints = np.searchsorted(
            grouped.keys, ((grouped.keys >> self._bits) << self._bits) | since[grouped.places], side="left"
        )
        return start

    def _reference(self, figure: str, name: str, grouped: Group) -> None:
        usual = usual_of(grouped, self.figures[figure])
        self.figures[f"{figure}/{name}"], self.figures[f"{figure}/{name}/spread"] = usual.of_rows()
        if name == "hs4" and figure in MEANT:
            self._of_headings[figure] = usual

    def _usual_meant(self, figure: str) -> None:
        """The reference under the heading that the words of a row mean, where that is another than its own."""
        usual, found = self._of_headings.pop(figure), np.full(self._n, np.nan)
        rows = np.flatnonzero(self._meant >= 0)
        places = rows if self._begin is None else self._begin[rows]
        found[rows] = usual.of(self._meant[rows], places)
        self.figures[f"{figure}_meant"] = found

    def _usual(self, figure: str) -> None:
        """The reference of the narrowest group that knows one."""
        chain = REFERENCES[figure]
        middle, spread = (self.figures.pop(f"{figure}/{chain[0]}{end}") for end in ("", "/spread"))
        for name in chain[1:]:
            wider, wider_spread = (self.figures.pop(f"{figure}/{name}{end}") for end in ("", "/spread"))
            unknown = np.isnan(middle)
            middle, spread = np.where(unknown, wider, middle), np.where(unknown, wider_spread, spread)
        self.figures[f"{figure}_usual"], self.figures[f"{figure}_spread"] = middle, spread

    def _level(self, figure: str) -> None:
        """The level of a figure, its trend included."""
        value, level = self.figures[figure], self.figures[f"{figure}_usual"]
        held = np.clip(value, level - REACH, level + REACH)
        known = np.isfinite(held)
        for name, worth in LEVELS[figure]:
            grouped = group(combined(self.parts, GROUPS[name]), self._bits, self._begin)
            grow = self._grow[grouped.places]
            total, rows = (
                np.nan_to_num(self._back(grouped, before(each[grouped.places] * grow, grouped)))
                for each in (np.where(known, held, 0.0), known.astype(np.float64))
            )
            level = (total + worth * level) / (rows + worth)
        name, days, worth = TRENDS[figure]
        grouped = group(combined(self.parts, GROUPS[name]), self._bits, self._begin)
        off = np.clip(value - level, -REACH, REACH)
        known = np.isfinite(off)
        total, rows = (
            np.nan_to_num(grouped.back(between(each[grouped.places], self._since(grouped, days), grouped)))
            for each in (np.where(known, off, 0.0), known.astype(np.float64))
        )
        self.figures[f"{figure}_level"] = level + total / (rows + worth)

    def _texts(self) -> None:
        lesson = np.floor(self._day / self.terms.lesson_days).astype(np.int64)
        description = self._entries["description"] if "description" in self._entries.columns else None
        fit, least, unknown, gain, self._meant = readings(
            description, self.parts["hs4"], lesson, self.terms.word_needed, self._bits
        )
        self.figures["text_fit"], self.figures["text_least_fit"], self.figures["text_unknown"] = fit, least, unknown
        self.figures["text_meant_gain"] = gain

    def _rings(self) -> None:
        importer = self.parts["importer"].codes
        nodes = {name: self.parts[GROUPS[name][0]].codes for name in SHARED.values()}
        for feature, name in SHARED.items():
            self.figures[feature] = sharing(importer, nodes[name], self._after, self._bits)
        self.figures["ring_size"] = ring_sizes(
            importer, list(nodes.values()), self._after, self._bits, self.terms.ring_most
        )

    def _habits(self, name: str) -> None:
        grouped = group(combined(self.parts, GROUPS[name]), self._bits, self._begin)
        grow = self._grow[grouped.places]
        for feature, (of, figure) in HABITS.items():
            if of != name:
                continue
            value = self.figures[figure][grouped.places]
            known = np.isfinite(value)
            total = self._back(grouped, before(np.where(known, value, 0.0) * grow, grouped))
            weight = self._back(grouped, before(known * grow, grouped))
            self.figures[feature] = total / (weight + self.terms.habit_weight)

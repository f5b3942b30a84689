# SPDX-License-Identifier: Apache-2.0
"""Which exports of one side and which imports of the other are one shipment, why, and how sure that is.

First by identifiers, the surest first, then of what is left by parties, goods, mass and time. A number that was used again is told by
time; what shares a container with others is told by goods and parties. An import serves one export, unless loads were joined; one
export may be imported in parts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Final, Literal, get_args

import msgspec

from cocket.findings import Finding
from cocket.mirror.records import IDENTIFIERS, TradeRecord, blocks_of, named_alike

Basis = Literal["UCR", "MRN", "BL", "INVOICE", "EQUIPMENT", "facts"]

#: What a match rests on, the surest first → its confidence (0–1), as we judge it: `cocket bench mirror` measures in synthetic worlds how
#: many are right, and none of these is above that.
BASES: Final[dict[Basis, float]] = {
    "UCR": 0.99,
    "MRN": 0.99,
    "BL": 0.97,
    "INVOICE": 0.95,
    "EQUIPMENT": 0.93,
    "facts": 0.90,
}

#: Masses, prices and counts that agree within this share are the same (of the greater).
SAME: Final = 0.02

#: Most parts of which an export without shared identifiers is put together, and among how many candidates.
_MOST_PARTS, _MOST_CANDIDATES = 4, 8

#: What speaks for two records without shared identifiers, and from how much on they are one; the next best must lie this far off.
_ENOUGH: Final = 0.62
_CLEAR: Final = 0.08

#: From how many records on, and below which share of them with a counterpart, the sides are doubted.
_LEAST_RECORDS: Final = 20
_LEAST_MATCHED: Final = 0.3

#: From how many matched pairs on lags are learnt, which of them counts as the longest, and how many days are given beyond.
_LEAST_LAGS: Final = 50
_LAST_LAG: Final = 0.99
_SPARE_DAYS: Final = 7

_CLASHES: Final = {"ucrs": 0.10, "transport_documents": 0.06, "equipment": 0.10, "invoices": 0.10}

#: A block in which more records of one side meet says nothing.
_MOST_IN_BLOCK: Final = 200

_SAID: Final[dict[str, str]] = {
    "UCR": "Both name the consignment {value}",
    "MRN": "The import follows the export {value}",
    "BL": "Both name the transport document {value}",
    "INVOICE": "Both name the invoice {value}",
    "EQUIPMENT": "Both name the container {value}",
    "importer": "The importer is named alike",
    "exporter": "The exporter is named alike",
    "goods": "The goods are of the same subheading",
    "heading": "The goods are of the same heading",
    "mass": "The mass is the same",
    "price": "The price is the same",
    "packages": "The packages are as many",
    "origin": "The country of origin is the same",
    "days": "Days from export to import: {days_count}",
    "parts": "Imports that together are the export: {several_count}",
    "joined": "Exports that together are the import: {several_count}",
}

_WEIGHTS: Final = {
    "importer": 0.22,
    "exporter": 0.22,
    "goods": 0.16,
    "heading": 0.08,
    "mass": 0.20,
    "price": 0.20,
    "packages": 0.12,
    "origin": 0.04,
}


class Windows(msgspec.Struct, frozen=True, kw_only=True):
    """Days from an export to its import, least and most, by mode of transport; `default` where no mode is stated; and, where the exports
    are only some of the exporting side's, the first and last day that all of its records cover (`covered`).

    Source: goods declared before arrival make the least negative; the most are those of IMTS 2010 Compilers Manual, 17 (time lag),
    as we judge them.
    """

    sea: tuple[int, int] = (-5, 90)
    land: tuple[int, int] = (-3, 30)
    air: tuple[int, int] = (-3, 20)
    default: tuple[int, int] = (-5, 90)
    covered: tuple[date, date] | None = None

    def of(self, mode: str | None) -> tuple[int, int]:
        """Least and most days for a mode, by the first digit of UNECE Recommendation 19."""
        by_mode = {"1": self.sea, "2": self.land, "3": self.land, "4": self.air, "8": self.sea}
        return by_mode.get(mode or "", self.default)


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """Exports and imports that are one shipment.

    Attributes:
        exports: Ids of the exports, sorted (1..n).
        imports: Ids of the imports, sorted (1..n).
        basis: The surest thing that it rests on.
        confidence: How sure such matches are, by their basis (0–1).
        reasons: Why, in words (1..n).
        is_part: Whether the imports are less than the export in packages, mass and price alike, as where further parts follow.
        open_until: Last day on which further parts may be declared in time.
    """

    exports: tuple[str, ...]
    imports: tuple[str, ...]
    basis: Basis
    confidence: float
    reasons: tuple[Finding, ...]
    is_part: bool = False
    open_until: date


State = Literal["missing", "waits", "unclear", "not-expected"]
STATES: Final[tuple[State, ...]] = get_args(State)


class Lone(msgspec.Struct, frozen=True, kw_only=True):
    """A record without counterpart.

    Attributes:
        record: Its id.
        state: `missing` (it should have one by now), `waits` (its time has not passed, or the other side's records do not reach so
            far), `unclear` (records are left that may be it, and none clearly is), or `not-expected` (its counterpart is with another
            country).
        until: Day until which it waits; None where it does not wait, and where it waits for records rather than for time.
    """

    record: str
    state: State
    until: date | None = None


class Matched(msgspec.Struct, frozen=True, kw_only=True):
    """What became of all records.

    Attributes:
        matches: Matches, by their first export (0..n).
        exports: Exports without counterpart (0..n).
        imports: Imports without counterpart (0..n).
        is_doubtful: Whether so few of the records that should have a counterpart have one that the two sides can hardly be of the
            same trade, or that both state too little: then nothing is told as missing.
    """

    matches: tuple[Match, ...] = ()
    exports: tuple[Lone, ...] = ()
    imports: tuple[Lone, ...] = ()
    is_doubtful: bool = False


def match(
    exports: Iterable[TradeRecord],
    imports: Iterable[TradeRecord],
    countries: tuple[str | None, str | None],
    today: date,
    windows: Windows | None = None,
) -> Matched:
    """Find which exports and imports are one shipment.

    Args:
        exports: Of the exporting side (0..n).
        imports: Of the importing side (0..n).
        countries: Exporting and importing country, ISO 3166 alpha-2; None where it is not known, and then nothing is left out for it.
        today: The day on which it is asked; what is later than this has not happened.
        windows: Days from export to import; the usual ones if None.

    Returns:
        Every record in a match, or alone. The same records give the same answer in whatever order they come.
    """
    pairing = _Pairing(exports, imports, windows or Windows())
    groups = [*pairing.by_identifiers(), *pairing.by_facts()]
    pairing.learn_lags(groups)
    exported, imported = (
        list(pairing.lone_exports(countries[1], today)),
        list(pairing.lone_imports(countries[0], today)),
    )
    lost = [sum(one.state == "missing" for one in side) for side in (exported, imported)]
    met = [sum(len(one) for one, _ in groups), sum(len(one) for _, one in groups)]
    is_doubtful = any(
        missing + found >= _LEAST_RECORDS and found < _LEAST_MATCHED * (missing + found)
        for missing, found in zip(lost, met, strict=True)
    )
    return Matched(
        matches=tuple(sorted((pairing.told(*one) for one in groups), key=lambda one: (one.exports, one.imports))),
        exports=tuple(_doubted(exported) if is_doubtful else exported),
        imports=tuple(_doubted(imported) if is_doubtful else imported),
        is_doubtful=is_doubtful,
    )


def _doubted(lone: Iterable[Lone]) -> list[Lone]:
    """Records alone, of which nothing is told as missing."""
    return [msgspec.structs.replace(one, state="unclear") if one.state == "missing" else one for one in lone]


def leaving_days(brought: TradeRecord, windows: Windows | None = None) -> tuple[date, date]:
    """First and last day on which what an import brought can have left, as the partner's records must cover before it is missing."""
    most = (windows or Windows()).of(brought.mode)[1]
    return brought.day - timedelta(days=most), brought.day


class _Pairing:
    """Records of both sides, and what joins them."""

    def __init__(self, exports: Iterable[TradeRecord], imports: Iterable[TradeRecord], windows: Windows) -> None:
        self.exports = {one.id: one for one in sorted(exports, key=lambda one: one.id)}
        self.imports = {one.id: one for one in sorted(imports, key=lambda one: one.id)}
        self.windows = windows
        self._alike: dict[tuple[str, str, str], bool | None] = {}
        self._basis: dict[tuple[str, str], list[tuple[Basis, str]]] = {}
        self._left = (set(self.exports), set(self.imports))
        self._near: tuple[dict[str, set[str]], dict[str, set[str]]] = (defaultdict(set), defaultdict(set))
        self._lags: dict[str | None, int] = {}

    def by_identifiers(self) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
        """Groups that share identifiers (0..n)."""
        self._basis = self._shared()
        chosen: dict[str, tuple[str, ...]] = {}
        of_import: dict[str, list[str]] = defaultdict(list)
        for export, brought in self._basis:
            of_import[brought].append(export)
        for brought, several in sorted(of_import.items()):
            chosen[brought] = self._exports_of(brought, sorted(several))
        return self._grouped(chosen)

    def by_facts(self) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
        """Groups of what is left, by parties, goods, mass and time (0..n)."""
        scores = self._scores()
        best: dict[str, list[tuple[float, str]]] = defaultdict(list)
        for (export, brought), score in scores.items():
            best[f"e{export}"].append((score, brought))
            best[f"i{brought}"].append((score, export))
        for several in best.values():
            several.sort(key=lambda one: (-one[0], one[1]))
        groups: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
        for (export, brought), score in sorted(scores.items(), key=lambda one: (-one[1], one[0])):
            if export not in self._left[0] or brought not in self._left[1] or score < _ENOUGH:
                continue
            rivals = [s for s, other in best[f"e{export}"] if other != brought and other in self._left[1]]
            rivals += [s for s, other in best[f"i{brought}"] if other != export and other in self._left[0]]
            if score - max(rivals, default=0.0) >= _CLEAR:
                groups.append(self._take((export,), (brought,)))
        return [*groups, *self._in_parts()]

    def told(self, exports: tuple[str, ...], imports: tuple[str, ...]) -> Match:
        """A group as a match, with why."""
        shared = sorted(
            {one for e in exports for i in imports for one in self._basis.get((e, i), ())},
            key=lambda one: (list(BASES).index(one[0]), one[1]),
        )
        mine, others = [self.exports[one] for one in exports], [self.imports[one] for one in imports]
        basis: Basis = shared[0][0] if shared else "facts"
        reasons = [_said(kind, value=value) for kind, value in shared]
        reasons += [_said(code) for code in self._agreeing(mine[0], others[0])]
        if len(others) > 1:
            reasons.append(_said("parts", several_count=str(len(others))))
        if len(mine) > 1:
            reasons.append(_said("joined", several_count=str(len(mine))))
        gap = (min(one.day for one in others) - min(one.day for one in mine)).days
        reasons.append(_said("days", days_count=str(gap)))
        return Match(
            exports=exports,
            imports=imports,
            basis=basis,
            confidence=BASES[basis],
            reasons=tuple(reasons),
            is_part=_is_part(mine, others),
            open_until=max(one.day for one in mine) + timedelta(days=self.windows.of(_mode(mine, others))[1]),
        )

    def learn_lags(self, groups: Iterable[tuple[tuple[str, ...], tuple[str, ...]]]) -> None:
        """Take from what was matched how many days an import follows its export at most, by mode of transport."""
        seen: dict[str | None, list[int]] = defaultdict(list)
        for exports, imports in groups:
            one, other = self.exports[exports[0]], self.imports[imports[0]]
            seen[other.mode or one.mode].append((other.day - one.day).days)
        for mode, lags in seen.items():
            if len(lags) >= _LEAST_LAGS:
                last = sorted(lags)[int(len(lags) * _LAST_LAG)]
                self._lags[mode] = min(last + _SPARE_DAYS, self.windows.of(mode)[1])

    def lone_exports(self, country: str | None, today: date) -> Iterator[Lone]:
        """What became of exports that are in no match."""
        for name in sorted(self._left[0]):
            one = self.exports[name]
            until = one.day + timedelta(days=self._latest(one.mode))
            if _is_of_another(one, country):
                yield Lone(record=name, state="not-expected")
            elif today <= until:
                yield Lone(record=name, state="waits", until=until)
            else:
                may_be = any(self._may_be(one, self.imports[other]) for other in self._near[0].get(name, ()))
                yield Lone(record=name, state="unclear" if may_be else "missing")

    def lone_imports(self, country: str | None, today: date) -> Iterator[Lone]:
        """What became of imports that are in no match. One waits until the other side's records cover the days it can have left on."""
        days = self.windows.covered or [one.day for one in self.exports.values()]
        for name in sorted(self._left[1]):
            one = self.imports[name]
            first = one.day - timedelta(days=self._latest(one.mode))
            if _is_of_another(one, country):
                yield Lone(record=name, state="not-expected")
            elif not days or min(days) > first or max(days) < min(one.day, today):
                yield Lone(record=name, state="waits")
            else:
                may_be = any(self._may_be(self.exports[other], one) for other in self._near[1].get(name, ()))
                yield Lone(record=name, state="unclear" if may_be else "missing")

    def _latest(self, mode: str | None) -> int:
        """Days after which an import no longer follows its export, as was learnt, else as is usual."""
        return self._lags.get(mode, self.windows.of(mode)[1])

    def _may_be(self, export: TradeRecord, brought: TradeRecord) -> bool:
        """Whether two records that are left may be one shipment, or a part of it, though it is not clear."""
        if export.id not in self._left[0] or brought.id not in self._left[1]:
            return False
        return (
            self._in_time(export, brought)
            and self._parties(export, brought) is not False
            and bool(_share(export.headings, brought.headings))
        )

    def _shared(self) -> dict[tuple[str, str], list[tuple[Basis, str]]]:
        """Pairs that share an identifier and may be one by time and goods, with what they share."""
        found: dict[tuple[str, str], list[tuple[Basis, str]]] = defaultdict(list)
        for field, kinds in IDENTIFIERS.items():
            basis: Basis = kinds[0]  # type: ignore[assignment]
            held = tuple(_by_value(side.values(), field) for side in (self.exports, self.imports))
            for value in sorted(held[0].keys() & held[1].keys()):
                sides = held[0][value], held[1][value]
                for export in sides[0]:
                    for brought in sides[1]:
                        is_alone = len(sides[0]) == len(sides[1]) == 1
                        if self._may_share(export, brought, basis, is_alone=is_alone):
                            found[export.id, brought.id].append((basis, value))
        return found

    def _may_share(self, export: TradeRecord, brought: TradeRecord, basis: Basis, *, is_alone: bool) -> bool:
        """Whether a shared identifier can mean the same shipment."""
        if not self._in_time(export, brought):
            return False
        parties = self._parties(export, brought)
        goods = _share(export.headings, brought.headings)
        if basis in ("UCR", "MRN"):
            return not (parties is False and goods is False)
        if basis == "BL":
            return (
                not (parties is False and goods is False) if is_alone else parties is not False and goods is not False
            )
        if basis == "INVOICE":
            return parties is True and (is_alone or goods is not False)
        return parties is True or (parties is None and goods is True)

    def _exports_of(self, brought: str, several: Sequence[str]) -> tuple[str, ...]:
        """Of the exports that share an identifier with an import, those that it is: one, or several that were joined."""
        rank = {one: min(list(BASES).index(kind) for kind, _ in self._basis[one, brought]) for one in several}
        surest = [one for one in several if rank[one] == min(rank.values())]
        own = self.imports[brought]
        fits = sorted(surest, key=lambda one: self._fit((self.exports[one],), own))
        if len(surest) > 1:
            every = tuple(self.exports[one] for one in surest)
            apart = _apart(every, own)
            if apart is not None and apart <= SAME and (_apart((self.exports[fits[0]],), own) or 1.0) > SAME:
                return tuple(surest)
        return (fits[0],)

    def _fit(self, exports: Sequence[TradeRecord], brought: TradeRecord) -> tuple[float, float, int, str]:
        """How well an export fits an import, best first: by the number of things that agree, by mass, by days."""
        one = exports[0]
        agreeing = sum(_WEIGHTS[code] for code in self._agreeing(one, brought))
        apart = _apart(exports, brought)
        return (
            -round(agreeing, 1),
            round(min(apart if apart is not None else 1.0, 1.0), 1),
            abs((brought.day - one.day).days),
            one.id,
        )

    def _grouped(self, chosen: Mapping[str, tuple[str, ...]]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
        """Imports of the same exports together, those that are too much for them left alone."""
        together: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for brought, exports in sorted(chosen.items()):
            together[exports].append(brought)
        groups = []
        for exports, imports in sorted(together.items(), key=lambda one: (-len(one[0]), one[0])):
            if any(one not in self._left[0] for one in exports):
                continue  # joined with others already
            kept = self._without_surplus([self.exports[one] for one in exports], imports)
            groups.append(self._take(exports, tuple(kept)))
        return groups

    def _without_surplus(self, exports: Sequence[TradeRecord], imports: Sequence[str]) -> list[str]:
        """Imports of one export; where one alone is the whole of it and others make it too much, that one."""
        if len(imports) == 1:
            return list(imports)
        total = _total(exports)
        masses = [self.imports[one].mass_kg for one in imports]
        if total is None or None in masses or float(sum(mass for mass in masses if mass)) <= total * (1 + SAME):
            return list(imports)
        whole = [one for one in imports if (_apart(exports, self.imports[one]) or 0.0) <= SAME]
        if not whole:
            return list(imports)
        return [min(whole, key=lambda one: self._fit(exports, self.imports[one]))]

    def _scores(self) -> dict[tuple[str, str], float]:
        """Pairs of what is left that may be one, each with what speaks for it (0–1)."""
        blocks: dict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
        for place, side in enumerate((self.exports, self.imports)):
            for name in sorted(self._left[place]):
                for block in blocks_of(side[name]):
                    blocks[block][place].append(name)
        found: dict[tuple[str, str], float] = {}
        for exports, imports in blocks.values():
            if max(len(exports), len(imports)) > _MOST_IN_BLOCK:
                continue
            for export in exports:
                for brought in imports:
                    if (export, brought) not in found:
                        self._near[0][export].add(brought)
                        self._near[1][brought].add(export)
                        found[export, brought] = self._score(self.exports[export], self.imports[brought])
        return {pair: score for pair, score in found.items() if score > 0}

    def _score(self, export: TradeRecord, brought: TradeRecord) -> float:
        """How much speaks for a pair, of what both sides state (0–1)."""
        if not self._in_time(export, brought) or self._parties(export, brought) is not True:
            return 0.0
        agreeing = set(self._agreeing(export, brought))
        if not agreeing & {"mass", "price", "packages"} or len(agreeing & {"goods", "heading", "mass", "price"}) < 2:
            return 0.0
        stated = self._stated(export, brought)
        whole = sum(_WEIGHTS[code] for code in stated)
        return sum(_WEIGHTS[code] for code in agreeing) / whole - _clash(export, brought)

    def _in_parts(self) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
        """Exports of which several imports of the same parties and goods are the whole, and no one is."""
        groups = []
        for export in sorted(self._left[0]):
            one = self.exports[export]
            near = (self.imports[name] for name in sorted(self._near[0].get(export, set()) & self._left[1]))
            fitting = [brought.id for brought in near if self._may_be_part(one, brought)][:_MOST_CANDIDATES]
            sums = [
                parts
                for size in range(2, min(_MOST_PARTS, len(fitting)) + 1)
                for parts in combinations(fitting, size)
                if _is_whole(one, [self.imports[name] for name in parts])
            ]
            if len(sums) == 1:
                groups.append(self._take((export,), sums[0]))
        return groups

    def _may_be_part(self, export: TradeRecord, brought: TradeRecord) -> bool:
        return (
            self._in_time(export, brought)
            and self._parties(export, brought) is True
            and _share(export.subheadings, brought.subheadings) is True
        )

    def _take(self, exports: tuple[str, ...], imports: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        self._left[0].difference_update(exports)
        self._left[1].difference_update(imports)
        return tuple(sorted(exports)), tuple(sorted(imports))

    def _in_time(self, export: TradeRecord, brought: TradeRecord) -> bool:
        least, most = self.windows.of(brought.mode or export.mode)
        return least <= (brought.day - export.day).days <= most

    def _named(self, role: str, export: TradeRecord, brought: TradeRecord) -> bool | None:
        one, other = getattr(export, role), getattr(brought, role)
        key = (role, one or "", other or "")
        if key not in self._alike:
            self._alike[key] = named_alike(one, other)
        return self._alike[key]

    def _parties(self, export: TradeRecord, brought: TradeRecord) -> bool | None:
        """Whether the parties are the same: some are and none is another."""
        said = [self._named(role, export, brought) for role in ("importer", "exporter")]
        if False in said:
            return False if True not in said else None
        return True if True in said else None

    def _stated(self, export: TradeRecord, brought: TradeRecord) -> set[str]:
        """What both sides state, by the codes of `_WEIGHTS`."""
        stated = {
            "importer": export.importer and brought.importer,
            "exporter": export.exporter and brought.exporter,
            "goods": export.headings and brought.headings,
            "mass": export.mass_kg and brought.mass_kg,
            "price": _prices(export, brought) is not None,
            "packages": export.packages and brought.packages,
            "origin": _origins(export) and _origins(brought),
        }
        return {code for code, is_stated in stated.items() if is_stated}

    def _agreeing(self, export: TradeRecord, brought: TradeRecord) -> list[str]:
        """What both sides state alike, by the codes of `_WEIGHTS`."""
        found = [role for role in ("importer", "exporter") if self._named(role, export, brought)]
        if _share(export.subheadings, brought.subheadings):
            found.append("goods")
        elif _share(export.headings, brought.headings):
            found.append("heading")
        if (apart := _apart((export,), brought)) is not None and apart <= SAME:
            found.append("mass")
        prices = _prices(export, brought)
        if prices is not None and _gap(*prices) <= SAME:
            found.append("price")
        if export.packages and export.packages == brought.packages:
            found.append("packages")
        if _origins(export) and _origins(export) == _origins(brought):
            found.append("origin")
        return found


def _is_of_another(one: TradeRecord, country: str | None) -> bool:
    """Whether a record's counterpart is with another country than is asked about."""
    return one.country is not None and country is not None and one.country != country


def _by_value(records: Iterable[TradeRecord], field: str) -> dict[str, list[TradeRecord]]:
    found: dict[str, list[TradeRecord]] = defaultdict(list)
    for one in records:
        for value in getattr(one, field):
            found[value].append(one)
    return found


def _share(one: Collection[str], other: Collection[str]) -> bool | None:
    """Whether two sets have a member in common; None where one is empty."""
    return bool(set(one) & set(other)) if one and other else None


def _origins(record: TradeRecord) -> frozenset[str]:
    return frozenset(line.origin for line in record.lines if line.origin)


def _prices(export: TradeRecord, brought: TradeRecord) -> tuple[Decimal, Decimal] | None:
    """Prices on the invoice of both sides, where both are in one currency; that they agree tells much, under whatever terms."""
    one, other = export.price, brought.price
    if one is None or other is None or one.currency is None or one.currency != other.currency:
        return None
    return (one.value, other.value) if one.value > 0 and other.value > 0 else None


def _gap(one: Decimal | float, other: Decimal | float) -> float:
    """How far two numbers above 0 lie apart, as a share of the greater."""
    return abs(float(one) - float(other)) / max(float(one), float(other))


def _total(records: Sequence[TradeRecord]) -> float | None:
    """The mass of several records together, all by net or all by gross mass; None unless all state it."""
    for name in ("net_kg", "gross_kg"):
        masses = [getattr(one, name) for one in records]
        if all(masses):
            return float(sum(masses))
    return None


def _apart(exports: Sequence[TradeRecord], brought: TradeRecord) -> float | None:
    """How far the mass of exports together and of an import lie apart, like with like; None if either is not stated."""
    for name in ("net_kg", "gross_kg"):
        masses, own = [getattr(one, name) for one in exports], getattr(brought, name)
        if all(masses) and own:
            return _gap(sum(masses), own)
    return None


def _clash(export: TradeRecord, brought: TradeRecord) -> float:
    """What it takes off that both name identifiers of a kind, and share none: an importing country may give its own."""
    return sum(
        less for field, less in _CLASHES.items() if _share(getattr(export, field), getattr(brought, field)) is False
    )


def _is_part(exports: Sequence[TradeRecord], imports: Sequence[TradeRecord]) -> bool:
    """Whether imports are less than the exports in all that both state, and by about as much in each."""
    shares = []
    for name in ("net_kg", "gross_kg", "packages"):
        mine, others = ([getattr(one, name) for one in side] for side in (exports, imports))
        if all(mine) and all(others):
            shares.append(float(sum(others)) / float(sum(mine)))
    prices = [_price_of(side) for side in (exports, imports)]
    if prices[0] and prices[1] and prices[0][1] == prices[1][1]:
        shares.append(prices[1][0] / prices[0][0])
    kinds = 2
    return len(shares) >= kinds and max(shares) < 1 - SAME and max(shares) - min(shares) <= _ALIKE_PART * max(shares)


def _price_of(side: Sequence[TradeRecord]) -> tuple[float, str] | None:
    """The price of several records together and its currency; None unless all state it, in one currency, above 0."""
    prices = [one.price for one in side]
    known = [one for one in prices if one is not None and one.currency and one.value > 0]
    if len(known) < len(prices) or len({one.currency for one in known}) != 1:
        return None
    return float(sum(one.value for one in known)), known[0].currency or ""


#: How far packages, mass and price of a part may lie apart, as shares of the whole (of the greatest).
_ALIKE_PART: Final = 0.1


def _is_whole(export: TradeRecord, imports: Sequence[TradeRecord]) -> bool:
    """Whether imports together are an export, by mass and packages."""
    mine, others = _total([export]), _total(imports)
    if mine is None or others is None or _gap(mine, others) > SAME / 2:
        return False
    counts = [one.packages for one in imports]
    return export.packages is None or None in counts or sum(one or 0 for one in counts) == export.packages


def _mode(exports: Sequence[TradeRecord], imports: Sequence[TradeRecord]) -> str | None:
    return next((one.mode for one in (*imports, *exports) if one.mode), None)


def _said(code: str, **arguments: str) -> Finding:
    return Finding(code=f"mirror-{code.lower()}", severity="info", message=_SAID[code], arguments=arguments)

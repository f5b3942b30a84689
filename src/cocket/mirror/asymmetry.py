# SPDX-License-Identifier: Apache-2.0
"""The asymmetry of a month: exports there against imports here, by chapter of the Harmonized System, as trade statistics compare them.

What belongs elsewhere is left out and counted. Imports are brought to the value of exports by a factor that is told with what it rests
on. A chapter in which few traders take part is masked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from statistics import median
from typing import Final

import msgspec

from cocket.mirror.differences import Compared, Exchange
from cocket.mirror.matching import STATES, Lone, Matched
from cocket.mirror.records import TradeRecord

#: Fewer traders than this in a chapter, on either side, and it is masked.
#: Source: UN, International Merchandise Trade Statistics 2010, 10.3–10.5 (passive confidentiality); the number is as we judge it.
LEAST_TRADERS: Final = 3

#: Matched pairs below which a factor is not taken of a chapter, or of the month.
LEAST_PAIRS: Final = 5

#: Of a record whose goods have no code.
NO_CHAPTER: Final = "–"

_ROUND: Final = Decimal("0.01")
_SHARE: Final = Decimal("0.0001")


class Cell(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One chapter of a month.

    Attributes:
        chapter: Two digits; a dash for goods without a code.
        exports: Items exported (count).
        imports: Items imported (count).
        export_value: Statistical value of the exports, national currency; None where masked, or where any is not known.
        import_value: The same of the imports, with freight and insurance.
        export_kg: Net mass exported; None where masked, or where any is not stated.
        import_kg: Net mass imported.
        factor: Value of imports over that of exports where both are known (median of matched pairs); None where there are too few pairs.
        pairs: Matched pairs that it rests on (count); those of the month where the chapter has too few.
        asymmetry: (imports brought to the value of exports − exports) / their mean (−2 to 2, above 0 if more came than left); None where
            it cannot be known.
        matched: Items of exports that have a counterpart (count).
        unvalued: Items left out of the values because none is stated, or no rate is known (count).
        is_masked: Whether values and masses are withheld, because too few traders take part.
    """

    chapter: str
    exports: int = 0
    imports: int = 0
    export_value: Decimal | None = None
    import_value: Decimal | None = None
    export_kg: Decimal | None = None
    import_kg: Decimal | None = None
    factor: Decimal | None = None
    pairs: int = 0
    asymmetry: Decimal | None = None
    matched: int = 0
    unvalued: int = 0
    is_masked: bool = False


#: What is noted where the values of two sides were not compared.
_NO_VALUES: Final = frozenset(("mirror-no-rate", "mirror-no-value"))


class Asymmetry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A month of trade with a partner, from both sides.

    Attributes:
        cells: Chapters, sorted (0..n).
        exports: Declarations of exports (count).
        imports: Declarations of imports (count).
        matched_exports: Of these exports, with a counterpart (count).
        matched_imports: Of these imports, with a counterpart (count).
        export_states: Of the other exports: by state (count).
        import_states: Of the other imports, likewise.
        differing: Matched shipments that differ in anything (count).
        values_left: Matched shipments whose values were not compared: no rate of a currency is known, or a side states none (count).
        factor: Value of imports over that of exports over all pairs (median); None where there are too few.
        pairs: Pairs it rests on (count).
        currency: Of every value.
    """

    cells: tuple[Cell, ...] = ()
    exports: int = 0
    imports: int = 0
    matched_exports: int = 0
    matched_imports: int = 0
    export_states: dict[str, int] = {}
    import_states: dict[str, int] = {}
    differing: int = 0
    values_left: int = 0
    factor: Decimal | None = None
    pairs: int = 0
    currency: str = ""


def asymmetry_of(
    exports: Sequence[TradeRecord],
    imports: Sequence[TradeRecord],
    matched: Matched,
    compared: Mapping[int, Compared],
    exchange: Exchange,
) -> Asymmetry:
    """The asymmetry of a month.

    Args:
        exports: Exports of the month (0..n).
        imports: Imports of the month (0..n); a counterpart of either may lie in another month.
        matched: What became of these and of those around them.
        compared: Place of a match in `matched.matches` → its two sides held against each other.
        exchange: Exchange rates.

    Source: UN, IMTS 2010 Compilers Manual, 17 (bilateral asymmetries; CIF/FOB adjustment); OECD, ITIC.
    """
    by_record: dict[str, int] = {}
    for place, one in enumerate(matched.matches):
        by_record |= dict.fromkeys((*one.exports, *one.imports), place)
    states = {one.record: one.state for one in (*matched.exports, *matched.imports)}
    left = [[one for one in side if states.get(one.id) != "not-expected"] for side in (exports, imports)]
    places = {by_record[one.id] for side in left for one in side if one.id in by_record}
    factors = {place: factor for place in places if (factor := compared[place].factor) is not None}
    whole = _factor(factors.values())
    chapters: dict[str, tuple[list[_Item], list[_Item]]] = defaultdict(lambda: ([], []))
    for number, side in enumerate(left):
        for record in side:
            for item in _items(record, exchange, by_record.get(record.id)):
                chapters[item.chapter][number].append(item)
    return Asymmetry(
        cells=tuple(_cell(name, chapters[name], factors, whole) for name in sorted(chapters)),
        exports=len(exports),
        imports=len(imports),
        matched_exports=sum(one.id in by_record for one in exports),
        matched_imports=sum(one.id in by_record for one in imports),
        export_states=_counted(exports, matched.exports),
        import_states=_counted(imports, matched.imports),
        differing=sum(bool(compared[place].differences) for place in places),
        values_left=sum(not _NO_VALUES.isdisjoint(note.code for note in compared[place].notes) for place in places),
        factor=whole,
        pairs=len(factors),
        currency=exchange.currency,
    )


class _Item(msgspec.Struct, frozen=True, kw_only=True):
    """Goods of one item, as a cell counts them."""

    chapter: str
    trader: str
    value: Decimal | None
    net_kg: Decimal | None
    match: int | None


def _items(record: TradeRecord, exchange: Exchange, place: int | None) -> Iterable[_Item]:
    trader = (record.exporter if record.flow == "export" else record.importer) or record.id
    for line in record.lines:
        value = line.value
        rate = exchange.rate_of(value.currency, record.day) if value is not None and value.currency else None
        yield _Item(
            chapter=line.hs[:2] or NO_CHAPTER,
            trader=trader,
            value=value.value * rate if value is not None and rate is not None else None,
            net_kg=line.net_kg,
            match=place,
        )


def _cell(
    chapter: str,
    sides: tuple[Sequence[_Item], Sequence[_Item]],
    factors: Mapping[int, Decimal],
    whole: Decimal | None,
) -> Cell:
    places = {one.match for side in sides for one in side if one.match is not None}
    own = [factors[place] for place in places if place in factors]
    factor, pairs = (_factor(own), len(own)) if len(own) >= LEAST_PAIRS else (whole, len(factors))
    values = [_sum([one.value for one in side]) for side in sides]
    masses = [_sum([one.net_kg for one in side]) for side in sides]
    is_masked = any(0 < len({one.trader for one in side}) < LEAST_TRADERS for side in sides)
    counted = Cell(
        chapter=chapter,
        exports=len(sides[0]),
        imports=len(sides[1]),
        matched=sum(one.match is not None for one in sides[0]),
        unvalued=sum(one.value is None for side in sides for one in side),
        is_masked=is_masked,
    )
    if is_masked:
        return counted
    return msgspec.structs.replace(
        counted,
        export_value=_rounded(values[0]),
        import_value=_rounded(values[1]),
        export_kg=masses[0],
        import_kg=masses[1],
        factor=factor,
        pairs=pairs if factor is not None else 0,
        asymmetry=_asymmetry(values[0], values[1], factor),
    )


def _asymmetry(exported: Decimal | None, imported: Decimal | None, factor: Decimal | None) -> Decimal | None:
    if exported is None or imported is None or factor is None or not exported + imported:
        return None
    brought = imported / factor
    return ((brought - exported) / ((brought + exported) / 2)).quantize(_SHARE)


def _factor(factors: Iterable[Decimal]) -> Decimal | None:
    known = sorted(factors)
    return Decimal(median(known)).quantize(_SHARE) if len(known) >= LEAST_PAIRS else None


def _sum(values: Sequence[Decimal | None]) -> Decimal | None:
    """The sum; nothing is 0, and what is not known makes the whole not known."""
    return None if None in values else sum((one for one in values if one is not None), Decimal())


def _rounded(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(_ROUND)


def _counted(records: Sequence[TradeRecord], lone: Sequence[Lone]) -> dict[str, int]:
    names = {one.id for one in records}
    return {state: sum(one.state == state and one.record in names for one in lone) for state in STATES}

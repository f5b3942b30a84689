# SPDX-License-Identifier: Apache-2.0
"""Records of a partner held against ours in trade whose truth is known: two worlds, with identifiers and without, and a file of no use."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Final

import msgspec

from benchmarks.figures import Figure
from benchmarks.other_habits import TOLD, other_trade
from cocket.mirror import Exchange, Matched, TradeRecord, differences_of, match, record_of
from cocket.simulation.mirror_trade import HERE, MONEY, RATE, THERE, SideDeclaration, two_sides

_SEEDS: Final = (101, 102, 103)
_SHIPMENTS: Final = 2_000

#: What is planted in the first world → codes of which one tells it.
CODES: Final = {
    "mass": {"mirror-net-differs", "mirror-gross-differs"},
    "packages": {"mirror-packages-differ"},
    "value": {"mirror-price-differs", "mirror-value-differs"},
    "code": {"mirror-code-differs"},
    "heading": {"mirror-heading-differs"},
    "origin": {"mirror-origin-differs"},
    "no-import": {"missing"},
    "no-export": {"missing"},
}

#: Rates of both worlds.
EXCHANGE: Final = Exchange(
    currency=MONEY[HERE], rate_of=lambda currency, _: {MONEY[HERE]: Decimal(1), MONEY[THERE]: RATE}.get(currency)
)


class World(msgspec.Struct, frozen=True, kw_only=True):
    """Records of both sides, and the truth.

    Attributes:
        exports: Of the exporting side.
        imports: Of the importing side.
        pairs: Ids of export and import that are one shipment, or of one of its parts.
        planted: Id of an export, or of an import without one → codes of which one tells what is planted.
        today: The day on which it is asked.
    """

    exports: tuple[TradeRecord, ...]
    imports: tuple[TradeRecord, ...]
    pairs: frozenset[tuple[str, str]]
    planted: dict[str, set[str]]
    today: date


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """How a world was seen through.

    Attributes:
        pairs: True pairs (count).
        found: Of these, matched (count).
        wrong: Pairs matched that are none (count).
        planted: Mismatches planted (count).
        told: Of these, told by their kind (count).
        clean: Shipments in which nothing is planted (count).
        alerted: Of these, with any difference or counted as missing (count).
        by_basis: Basis → matches, and those of them in which every pair is true (counts).
        seconds: CPU time.
    """

    pairs: int
    found: int
    wrong: int
    planted: int
    told: int
    clean: int
    alerted: int
    by_basis: dict[str, tuple[int, int]]
    seconds: float


def first_world(seed: int, shipments: int, *, has_identifiers: bool = True) -> World:
    """The world of `cocket.simulation.mirror_trade`, its declarations read as records."""
    sides = two_sides(seed, shipments, has_identifiers=has_identifiers)
    return World(
        exports=_records(sides.exports),
        imports=_records(sides.imports),
        pairs=sides.pairs,
        planted={name: CODES[kind] for name, kind in sides.planted.items()},
        today=sides.today,
    )


def second_world(seed: int, shipments: int, *, has_identifiers: bool = True) -> World:
    """The world of `benchmarks.other_habits`."""
    other = other_trade(seed, shipments, numbers=has_identifiers)
    return World(
        exports=tuple(other.exports),
        imports=tuple(other.imports),
        pairs=frozenset(other.pairs),
        planted={name: TOLD[kind] for name, kind in other.planted.items()},
        today=other.today,
    )


def score(world: World) -> Score:
    """Match a world and hold what is found against the truth."""
    began = time.process_time()
    matched = match(world.exports, world.imports, (THERE, HERE), world.today)
    said = told_of(matched, (*world.exports, *world.imports), world.today)
    seconds = time.process_time() - began
    pairs = {(e, i) for one in matched.matches for e in one.exports for i in one.imports}
    by_basis: dict[str, tuple[int, int]] = {}
    for one in matched.matches:
        every, good = by_basis.get(one.basis, (0, 0))
        is_good = all((e, i) in world.pairs for e in one.exports for i in one.imports)
        by_basis[one.basis] = every + 1, good + is_good
    shipment = {brought: export for export, brought in world.pairs}
    names = {shipment.get(one.id, one.id) for one in (*world.exports, *world.imports)}
    alerted = {shipment.get(name, name) for name, codes in said.items() if codes}
    return Score(
        pairs=len(world.pairs),
        found=len(pairs & world.pairs),
        wrong=len(pairs - world.pairs),
        planted=len(world.planted),
        told=sum(bool(said.get(name, set()) & codes) for name, codes in world.planted.items()),
        clean=len(names - world.planted.keys()),
        alerted=len(alerted - world.planted.keys()),
        by_basis=by_basis,
        seconds=seconds,
    )


def told_of(matched: Matched, records: Iterable[TradeRecord], today: date) -> Mapping[str, set[str]]:
    """Id of a record → codes of its differences, and `missing` where it should have a counterpart and has none."""
    by_id = {one.id: one for one in records}
    said: dict[str, set[str]] = defaultdict(set)
    for one in matched.matches:
        codes = {each.code for each in differences_of(one, by_id, today, EXCHANGE).differences}
        for name in (*one.exports, *one.imports):
            said[name] |= codes
    for lone in (*matched.exports, *matched.imports):
        if lone.state == "missing":
            said[lone.record].add("missing")
    return said


def bench_mirror(_seconds: float) -> Iterator[Figure]:
    """Recall of what is planted, false alerts, and pairs, over seeds that no rule was made by."""
    worlds = {
        "first world": (first_world, True),
        "first world, no identifiers": (first_world, False),
        "second world": (second_world, True),
        "second world, no identifiers": (second_world, False),
    }
    for name, (make, has_identifiers) in worlds.items():
        scores = [score(make(seed, _SHIPMENTS, has_identifiers=has_identifiers)) for seed in _SEEDS]
        planted, told = (sum(getattr(one, field) for one in scores) for field in ("planted", "told"))
        clean, alerted = (sum(getattr(one, field) for one in scores) for field in ("clean", "alerted"))
        pairs, found, wrong = (sum(getattr(one, field) for one in scores) for field in ("pairs", "found", "wrong"))
        note = f"{len(_SEEDS)} seeds of {_SHIPMENTS:,} shipments"
        yield Figure(
            name=f"{name}: recall", value=100 * told / planted, unit="%", note=f"{told:,} of {planted:,}, {note}"
        )
        yield Figure(name=f"{name}: false", value=100 * alerted / clean, unit="%", note=f"{alerted:,} of {clean:,}")
        yield Figure(name=f"{name}: pairs found", value=100 * found / pairs, unit="%", note=f"{wrong:,} wrong ones")
        spent = sum(one.seconds for one in scores)
        records = len(_SEEDS) * _SHIPMENTS
        yield Figure(name=f"{name}: shipments", value=records / spent, unit="/s", note="matched and compared, a core")
        for basis in ("UCR", "MRN", "BL", "INVOICE", "EQUIPMENT", "facts"):
            every, good = (sum(one.by_basis.get(basis, (0, 0))[place] for one in scores) for place in (0, 1))
            if every:
                yield Figure(
                    name=f"{name}: right by {basis}", value=100 * good / every, unit="%", note=f"{every:,} matches"
                )
    yield from _useless()


def _useless() -> Iterator[Figure]:
    """A partner's file that is of another trade altogether."""
    own, strange = first_world(_SEEDS[0], _SHIPMENTS), second_world(_SEEDS[0], _SHIPMENTS)
    matched = match(strange.exports, own.imports, (THERE, HERE), max(own.today, strange.today))
    said = told_of(matched, (*strange.exports, *own.imports), own.today)
    note = (
        f"of {len(strange.exports) + len(own.imports):,} records; both sides said to be doubtful: {matched.is_doubtful}"
    )
    yield Figure(name="file of no use: alerts", value=sum(map(bool, said.values())), unit="", note=note)


def _records(sides: Iterable[SideDeclaration]) -> tuple[TradeRecord, ...]:
    found = (record_of(one.declaration, one.id, one.day) for one in sides)
    return tuple(one for one in found if one is not None)

# SPDX-License-Identifier: Apache-2.0
"""What is traded, whence, and what it usually costs; all codes have the shape of HS codes and name invented goods."""

from __future__ import annotations

import csv
from importlib import resources

import msgspec
import numpy as np

from cocket.simulation.people import HUBS, ORIGINS
from cocket.simulation.worlds.parameters import SCHEME_NAMES, World
from cocket.simulation.worlds.play import REGIONS, WAYS, Floats, Ints, dice

#: Value added tax on the customs value and the duty.
VAT = 0.20

#: National currency for one US dollar.
USD_RATE = 112.0

#: Customs value below which clearance is simplified, national currency; what is split is split to fall under it.
THRESHOLD = 500_000.0

#: Mean and deviation of ln(customs value in national currency).
WORTH = (14.4, 1.0)

#: Origins with which a free trade agreement is in force, and what is left of the duty under it.
PARTNERS, LEFT_OF_DUTY = ORIGINS[:5], 0.2

OFFICES = tuple(f"XA{n:02d}0000" for n in range(11, 11 + 2 * REGIONS))
OFFICERS_AN_OFFICE = 6
CARRIERS = tuple(f"CARRIER {letter}" for letter in "ABCDEFGHIJKL")

_HEADINGS, _SUBHEADINGS = 4, 4
_QUALIFIERS = (
    "frozen", "dried", "new", "industrial", "household", "printed", "coated", "moulded", "woven", "knitted", "steel",
    "plastic", "wooden", "electric", "portable", "refined", "processed", "packed", "assembled", "unfinished", "heavy",
    "light", "small", "large", "mixed", "coloured", "white", "black", "natural", "synthetic",
)  # fmt: skip


class Market(msgspec.Struct, frozen=True, kw_only=True):
    """The goods and lanes of one world. `n` is the number of goods, `o` of origins.

    Attributes:
        hs6: Code of each kind, and of the edition before where it was another `(2, n)`.
        chapter: Position of its chapter `(n,)`.
        heading: Position of its heading `(n,)`.
        weight: Its share of trade `(n,)`.
        price: ln(usual national currency per kg) by origin `(n, o)`.
        package_kg: Usual gross mass of a package `(n,)`.
        duty: Rate of duty (0.25 is 25 %) `(n,)`.
        words: What honest declarants call it: noun, second noun, qualifier `(n, 3)`.
        pull: How much each way of declaring is drawn to a kind `(WAYS, n)`, and to an origin: `origin_pull` `(WAYS, o)`.
        seasonality: Phase of the yearly swing of prices by chapter.
        redrawn: Whether the code is new in the later edition `(n,)`.
        carrier: Usual carrier of each origin `(o,)`.
    """

    hs6: list[list[str]]
    chapter: Ints
    heading: Ints
    weight: Floats
    price: Floats
    package_kg: Floats
    duty: Floats
    words: list[tuple[str, str, str]]
    pull: Floats
    origin_pull: Floats
    seasonality: Floats
    redrawn: Ints
    carrier: Ints

    def usual_price(self, goods: Ints, origin: Ints, day: Floats) -> Floats:
        """ln(usual national currency per kg) on a day of the stretch, `(n_rows,)`."""
        swing = 0.06 * np.sin(2.0 * np.pi * day / 365.0 + self.seasonality[self.chapter[goods]])
        level: Floats = self.price[goods, origin] + swing
        return level

    def has_preference(self, goods: Ints, origin: Ints) -> Ints:
        """1 where the tariff grants a preference, `(n_rows,)`."""
        return ((origin < len(PARTNERS)) & (self.duty[goods] > 0.0)).astype(np.int64)


def open_market(world: World) -> Market:
    """The market of a world."""
    draw = dice(world.seed, "market")
    chapters = _chapters()
    each = _HEADINGS * _SUBHEADINGS
    n = len(chapters) * each
    chapter = np.repeat(np.arange(len(chapters)), each)
    spread = draw.normal(0.0, 0.35, n)
    base = np.log([float(row["usd_kg"]) * USD_RATE for row in chapters])[chapter] + spread
    duty = np.array([float(row["duty"]) for row in chapters])[chapter] * draw.choice([0.6, 1.0, 1.4], n)
    weight = np.array([float(row["pull"]) for row in chapters])[chapter] * draw.gamma(0.8, 1.0, n)
    old, new, redrawn = _codes(draw, chapters)
    pull = np.exp(draw.normal(0.0, 0.30, (WAYS, len(chapters))))[:, chapter] * np.clip(0.4 + 3.0 * duty, 0.4, 1.5)
    pull[1 + SCHEME_NAMES.index("concealment")] /= np.clip(0.4 + 3.0 * duty, 0.4, 1.5)
    origin_pull = np.exp(draw.normal(0.0, 0.30, (WAYS, len(ORIGINS))))
    return Market(
        hs6=[old, new],
        chapter=chapter,
        heading=np.arange(n) // _SUBHEADINGS,
        weight=weight / weight.sum(),
        price=base[:, None] + draw.normal(0.0, 0.05, (n, len(ORIGINS))),
        package_kg=np.array([float(row["package_kg"]) for row in chapters])[chapter] * np.exp(draw.normal(0, 0.3, n)),
        duty=np.round(duty, 3),
        words=_words(draw, chapters),
        pull=pull / (pull @ weight / weight.sum())[:, None],
        origin_pull=origin_pull / origin_pull.mean(axis=1, keepdims=True),
        seasonality=draw.uniform(0.0, 2.0 * np.pi, len(chapters)),
        redrawn=redrawn,
        carrier=draw.integers(0, len(CARRIERS), len(ORIGINS) + len(HUBS)),
    )


def _chapters() -> list[dict[str, str]]:
    text = resources.files("cocket.simulation").joinpath("data/chapters.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def _codes(draw: np.random.Generator, chapters: list[dict[str, str]]) -> tuple[list[str], list[str], Ints]:
    """Codes in the old and the new edition; one in twelve was renumbered, always within its chapter."""
    old, new, redrawn = [], [], []
    for row in chapters:
        for heading in range(1, _HEADINGS + 1):
            for sub in range(1, _SUBHEADINGS + 1):
                is_new = draw.random() < 1 / 12
                old.append(f"{row['chapter']}{heading:02d}{sub}0")
                new.append(f"{row['chapter']}{heading + 40:02d}{sub}0" if is_new else old[-1])
                redrawn.append(int(is_new))
    return old, new, np.array(redrawn)


def _words(draw: np.random.Generator, chapters: list[dict[str, str]]) -> list[tuple[str, str, str]]:
    """Two nouns that a heading shares, and a qualifier of the kind's own."""
    words: list[tuple[str, str, str]] = []
    for row in chapters:
        nouns = row["words"].split()
        for heading in range(_HEADINGS):
            pair = nouns[2 * heading], nouns[2 * heading + 1]
            words.extend((*pair, str(draw.choice(_QUALIFIERS))) for _ in range(_SUBHEADINGS))
    return words

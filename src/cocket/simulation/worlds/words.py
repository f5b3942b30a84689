# SPDX-License-Identifier: Apache-2.0
"""What is written in words: goods descriptions, names, addresses and telephones, with the sloppiness of daily life."""

from __future__ import annotations

import msgspec
import numpy as np

from cocket.simulation.worlds.market import Market
from cocket.simulation.worlds.parameters import World
from cocket.simulation.worlds.play import Ints, dice
from cocket.simulation.worlds.traders import Traders

_FORMS = ("{q} {a}", "{a} {q} {b}", "{q} {a} and {b}", "{a}", "{b} {q}", "{a}, {b}")
_VAGUE = (
    "goods as per invoice", "general merchandise", "assorted articles", "spare parts", "various samples",
    "consumer goods", "mixed consignment", "personal effects", "promotional items", "household articles",
)  # fmt: skip
_ADDITIONS = ("", "", "", " lot {n}", " order {n}", " ref {n}", " in cartons", " on pallets")
_SYLLABLES = (
    "bal", "cor", "dan", "elm", "far", "gol", "har", "ino", "kes", "lor", "man", "nor", "ova", "pel", "ric", "sol",
    "tam", "ulm", "val", "wic", "yar", "zen",
)  # fmt: skip
_STREETS, _TOWNS = ("Harbour", "Market", "Mill", "Station", "Church", "Quay", "Garden", "Bridge"), 12
_NEW_WORDS_A_SEASON = 60


class Entries(msgspec.Struct, frozen=True):
    """How one importer, or anybody else with a number, is registered: `id`, `name`, `address`, `telephone`."""

    id: list[str]
    name: list[str]
    address: list[str]
    telephone: list[str]


def describe(world: World, market: Market, rows: tuple[Ints, Ints, Ints]) -> list[str]:
    """Descriptions of goods.

    Args:
        world: The world; `novelty` of the fitting texts name the goods in words that are new in their season.
        market: Its goods.
        rows: Goods, kind of text and season of each row.
    """
    goods, kind, season = rows
    draw = dice(world.seed, "words")
    n, forms = len(goods), len(_FORMS)
    fitting = [form.format(q=q, a=a, b=b) for a, b, q in market.words for form in _FORMS]
    named = goods.copy()
    other = kind == 2
    near = (goods // 16) * 16 + (goods % 16 + 4 * draw.integers(1, 4, n)) % 16
    named[other] = np.where(draw.random(n) < 0.5, near, draw.integers(0, len(market.words), n))[other]
    place = named * forms + draw.integers(0, forms, n)
    texts = np.array([*fitting, *_VAGUE, *_new_words(draw, world, market)], dtype=object)
    place = np.where(kind == 1, len(fitting) + draw.integers(0, len(_VAGUE), n), place)
    fresh = (kind == 0) & (draw.random(n) < world.novelty)
    novel = len(fitting) + len(_VAGUE) + season * len(market.words) + goods
    place = np.where(fresh, novel, place)
    additions = np.array([each.format(n=number) for each in _ADDITIONS for number in range(100, 140)], dtype=object)
    written: list[str] = (texts[place] + additions[draw.integers(0, len(additions), n)]).tolist()
    return written


def _new_words(draw: np.random.Generator, world: World, market: Market) -> list[str]:
    """What each kind of goods is called in each season by those who follow the fashion."""
    names = []
    for _ in range(world.seasons):
        brands = [_word(draw, 3) for _ in range(_NEW_WORDS_A_SEASON)]
        names += [f"{brands[int(draw.integers(0, len(brands)))]} {_word(draw, 2)}" for _ in market.words]
    return names


def register_importers(world: World, traders: Traders, importers: Ints) -> Entries:
    """Numbers, names, addresses and telephones of importers.

    Args:
        world: The world.
        traders: Who is behind them: a telephone and mostly an address for each, spelt anew at every registration.
        importers: Trader behind each importer `(n,)`.
    """
    draw = dice(world.seed, "register")
    house = [_address(draw) for _ in range(traders.count)]
    centres = [_address(draw) for _ in range(max(2, traders.count // 60))]
    shared = draw.random(traders.count) < 0.08
    for trader in np.flatnonzero(shared):
        house[trader] = centres[int(draw.integers(0, len(centres)))]
    numbers = draw.permutation(len(importers)) + 100_000
    return Entries(
        id=[f"A{number}{'KLMNPRST'[number % 8]}" for number in numbers.tolist()],
        name=[_company(draw) for _ in range(len(importers))],
        address=[_spelt(draw, house[trader]) for trader in importers.tolist()],
        telephone=[_dialled(draw, 2_000_000 + 7 * trader) for trader in importers.tolist()],
    )


def register_others(world: World, name: str, count: int, prefix: str) -> Entries:
    """Numbers and names of brokers or sellers; `prefix` begins their numbers."""
    draw = dice(world.seed, f"register-{name}")
    numbers = (draw.permutation(count) + 10_000).tolist()
    return Entries([f"{prefix}{number}" for number in numbers], [_company(draw) for _ in range(count)], [], [])


def _word(draw: np.random.Generator, length: int) -> str:
    return "".join(_SYLLABLES[int(each)] for each in draw.integers(0, len(_SYLLABLES), length))


def _company(draw: np.random.Generator) -> str:
    form = ("LTD", "LIMITED", "TRADING CO", "IMPORTS", "AND SONS", "GROUP")[int(draw.integers(0, 6))]
    return f"{_word(draw, 2)} {_word(draw, 2)} {form}".upper()


def _address(draw: np.random.Generator) -> tuple[int, str, int]:
    """House number, street and town; a street of a town has many houses, so that few addresses fall together."""
    street = f"{_STREETS[int(draw.integers(0, len(_STREETS)))]} {_word(draw, 2).title()}"
    return int(draw.integers(1, 200)), street, int(draw.integers(0, _TOWNS))


def _spelt(draw: np.random.Generator, address: tuple[int, str, int]) -> str:
    number, street, town = address
    written = (
        "{n} {s} Street, Town {t}", "{n}, {s} St., TOWN {t}", "No. {n} {s} Street Town {t}", "{s} Str. {n}, Town {t}",
    )[int(draw.integers(0, 4))]  # fmt: skip
    text = written.format(n=number, s=street, t=town)
    return text.upper() if draw.random() < 0.3 else text


def _dialled(draw: np.random.Generator, number: int) -> str:
    digits = f"{number:07d}"
    return ("+999 {0} {1}", "00999-{0}-{1}", "+999{0}{1}", "+999 ({0}) {1}")[int(draw.integers(0, 4))].format(
        digits[:3], digits[3:]
    )

# SPDX-License-Identifier: Apache-2.0
"""Who trades in the synthetic country, and how much each of them is tempted. All names and countries are invented."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from random import Random
from typing import Literal

import msgspec

from cocket.simulation.parameters import Parameters

Scheme = Literal["undervaluation", "misclassification", "short-declaration", "false-origin", "concealment"]
SCHEMES: tuple[Scheme, ...] = (
    "undervaluation",
    "misclassification",
    "short-declaration",
    "false-origin",
    "concealment",
)

#: Country codes that ISO 3166 leaves to users, so that no real country is slandered.
HOME = "XA"
#: Countries abroad, each with its port (UN/LOCODE shape).
PORTS = {
    "XB": "XBBAY",
    "XC": "XCCOR",
    "XD": "XDDOM",
    "XE": "XEELM",
    "XG": "XGGUL",
    "XH": "XHHAF",
    "XL": "XLLAN",
    "XM": "XMMOR",
    "XP": "XPPOL",
    "XQ": "XQQUA",
    "XR": "XRRIM",
    "XS": "XSSAL",
    "XF": "XFFAR",
    "XJ": "XJJET",
}

#: Countries that make nothing and pass everything on.
HUBS = ("XF", "XJ")
ORIGINS = tuple(country for country in PORTS if country not in HUBS)


class Office(msgspec.Struct, frozen=True):
    """A customs office: code, name, and its share of trade (0–1)."""

    code: str
    name: str
    share: float


OFFICES = (
    Office("XA110000", "PORT ALPHA", 0.55),
    Office("XA210000", "ALPHA CITY", 0.30),
    Office("XA310000", "NORTH GATE", 0.15),
)


class Goods(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of goods.

    Attributes:
        hs: Eight-digit code.
        family: Kinds that could pass for each other.
        text: What an honest declarant writes.
        usd_kg: Usual price per kg net.
        package_kg: Usual gross mass of a package.
        package: Kind of package, UNECE Recommendation 21.
        duty: Rate of duty (0.25 is 25 %).
        unit: Supplementary unit; None if the tariff asks for none.
        unit_kg: Mass of one such unit; None with `unit`.
        likeness: The same family's dearer kinds, whose goods might be passed off as these (0..n).
    """

    hs: str
    family: str
    text: str
    usd_kg: float
    package_kg: float
    package: str
    duty: float
    unit: str | None
    unit_kg: float | None
    likeness: tuple[str, ...] = ()


class Importer(msgspec.Struct, frozen=True, kw_only=True):
    """An importer with his habits.

    Attributes:
        id: Tax number.
        name: Name.
        weight: How much he trades, relative.
        since: Day, counted from the start of the history, on which he began; below 0 for old hands.
        temptation: Log-odds of fraud over the country's.
        scheme: What he does when he does it.
        goods: Positions in the list of goods that he deals in (1..n).
        sellers: Positions in the list of sellers he buys from (1..n).
        broker: Position in the list of brokers.
        office: Position in the list of offices.
        is_watched: Whether he is on the host's static watch list.
    """

    id: str
    name: str
    weight: float
    since: float
    temptation: float
    scheme: Scheme
    goods: tuple[int, ...]
    sellers: tuple[int, ...]
    broker: int
    office: int
    is_watched: bool


class Seller(msgspec.Struct, frozen=True):
    """A seller abroad: name, country, and log-odds of fraud over the country's."""

    name: str
    country: str
    temptation: float


class Broker(msgspec.Struct, frozen=True):
    """A customs broker: number and name."""

    id: str
    name: str


class People(msgspec.Struct, frozen=True):
    """Everybody of one country."""

    goods: tuple[Goods, ...]
    importers: tuple[Importer, ...]
    sellers: tuple[Seller, ...]
    brokers: tuple[Broker, ...]


@cache
def goods_list() -> tuple[Goods, ...]:
    """The goods of the country, from the table of this package."""
    text = resources.files("cocket.simulation").joinpath("data/goods.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    return tuple(
        Goods(
            hs=row["hs"],
            family=row["family"],
            text=row["text"],
            usd_kg=float(row["usd_kg"]),
            package_kg=float(row["package_kg"]),
            package=row["package"],
            duty=float(row["duty"]),
            unit=row["unit"] or None,
            unit_kg=float(row["unit_kg"]) if row["unit_kg"] else None,
            likeness=tuple(
                other["text"]
                for other in rows
                if other["family"] == row["family"] and float(other["duty"]) >= float(row["duty"]) + 0.05
            ),
        )
        for row in rows
    )


def settle(parameters: Parameters) -> People:
    """Make the people of a country.

    Args:
        parameters: Seed and numbers.

    Returns:
        The same people for the same parameters.
    """
    dice = Random(f"{parameters.seed}:people")
    goods = goods_list()
    sellers = tuple(_seller(dice, n) for n in range(parameters.sellers))
    brokers = tuple(Broker(f"90{n:05d}", f"{_name(dice)} CLEARING") for n in range(1, parameters.brokers + 1))
    importers = tuple(_importer(dice, n, parameters) for n in range(parameters.importers))
    return People(goods, importers, sellers, brokers)


def _importer(dice: Random, number: int, parameters: Parameters) -> Importer:
    families = sorted({g.family for g in goods_list()})
    family = dice.choice(families)
    kinds = [n for n, g in enumerate(goods_list()) if g.family == family]
    temptation = _temptation(dice)
    days = parameters.history_days + parameters.days
    return Importer(
        id=f"A{1_000_000 + 37 * number + dice.randrange(37)}K",
        name=f"{_name(dice)} {dice.choice(('TRADING', 'IMPORTS', 'SUPPLIES', 'AND SONS', 'COMPANY'))} {number + 1}",
        weight=1.0 / (1.0 + number / 8.0),
        since=dice.uniform(0.0, days) if dice.random() < 1 / 6 else -1.0,
        temptation=temptation,
        scheme=dice.choices(SCHEMES, (0.38, 0.22, 0.18, 0.14, 0.08))[0],
        goods=tuple(dice.sample(kinds, min(len(kinds), dice.randint(1, 4)))),
        sellers=tuple(dice.sample(range(parameters.sellers), dice.randint(1, 5))),
        broker=dice.randrange(parameters.brokers),
        office=dice.choices(range(len(OFFICES)), [office.share for office in OFFICES])[0],
        is_watched=dice.random() < (0.25 if temptation > 1.0 else 0.03),
    )


def _seller(dice: Random, number: int) -> Seller:
    name = f"{_name(dice)} {dice.choice(('EXPORT LTD', 'TRADING CO', 'INDUSTRIES', 'FOODS', 'GENERAL TRADE'))}"
    return Seller(f"{name} {number + 1}", dice.choice(ORIGINS), 0.5 * _temptation(dice))


def _temptation(dice: Random) -> float:
    """Most are nearly honest, some slip, a few live on it."""
    kind = dice.random()
    if kind < 0.80:
        return dice.gauss(-1.2, 0.4)
    return dice.gauss(0.8, 0.5) if kind < 0.95 else dice.gauss(3.0, 0.6)


def _name(dice: Random) -> str:
    first = dice.choice(
        ("BAL", "COR", "DAN", "ELM", "FAR", "GOL", "HAR", "KES", "LOR", "MAN", "NOR", "PEL", "SOL", "TAM", "VAL")
    )
    last = dice.choice(
        ("ADO", "BERG", "DINE", "ELLE", "FORD", "INA", "MAR", "OVA", "RICK", "STAN", "TINE", "WICK", "YARD")
    )
    return first + last

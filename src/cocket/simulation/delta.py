# SPDX-License-Identifier: Apache-2.0
"""A third style of world to challenge models: free texts, firms that cheat in part of their trade, consignments in parts.

`delta` shares no code with the other worlds. Its goods are described in several words of several trades with brands and
numbers between them; whoever misdeclares a code may keep the honest words, blur them, or use those of the declared goods.
Quantities are misstated in three ways. Parts of one consignment go to invented names at one address, beside honest parcels
and a business centre with many honest receivers.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
import numpy as np

Dice = np.random.Generator

#: Offences of this world, named as results name them.
KINDS: Final = ("undervaluation", "classification", "origin", "quantity", "splitting")

#: How many of the firms that cheat do which.
_SHARES: Final = (0.23, 0.23, 0.23, 0.23, 0.08)

#: Value under which clearance is simplified.
THRESHOLD: Final = 1000.0

#: Chance that an examination finds what there is, by offence.
SIGHT: Final = {"undervaluation": 0.7, "classification": 0.85, "origin": 0.65, "quantity": 0.85, "splitting": 0.75}

_COUNTRIES: Final = ("CN", "IN", "TR", "IT", "MA", "VN", "PL", "MX", "KE", "TH")
_FAVOURED: Final = ("IT", "MA", "PL", "MX")
_SYLLABLES: Final = (
    "ba",
    "ko",
    "ri",
    "tel",
    "mun",
    "sa",
    "ver",
    "do",
    "lin",
    "pas",
    "gor",
    "ni",
    "fa",
    "che",
    "zu",
    "mar",
)
_VAGUE: Final = ("assorted articles", "general goods", "spare parts", "household items", "samples various")


class Goods(msgspec.Struct, frozen=True):
    """Goods of one subheading: words, usual price per kg, kg per package, gross over net mass, rate of duty."""

    hs: str
    words: tuple[str, ...]
    price: float
    heft: float
    tare: float
    rate: float


class Firm(msgspec.Struct, frozen=True, kw_only=True):
    """One importer and what he does; `way` is None for an honest one, and `falsely` the goods he declares others as."""

    number: int
    goods: tuple[int, ...]
    origin: str
    level: float
    heft: float
    address: str
    broker: str
    sellers: tuple[str, ...]
    way: str | None
    dares: float
    since: float
    until: float
    falsely: int
    keeps_words: str


class Shipment(msgspec.Struct, frozen=True, kw_only=True):
    """One row with its truth: `stated` as `Entry` names it, `way` None if regular, `duty` evaded, and how an examination that
    finds it corrects it, as `features.batch.CORRECTED` names it.
    """

    stated: dict[str, Any]
    way: str | None
    duty: float
    dares: float
    corrected: dict[str, Any] = {}


def shipments(seed: int, size: int, days: int) -> list[Shipment]:
    """Draw a world.

    Args:
        seed: Seed; it determines the whole output.
        size: Rows (count), about.
        days: Days they are spread over (count).

    Returns:
        Rows in the order of their day.
    """
    dice = np.random.default_rng([seed, 4711])
    goods = _goods(dice)
    firms = _firms(dice, goods, days, max(150, size // 40))
    rows: list[Shipment] = []
    weight = dice.lognormal(0, 1.1, len(firms))
    weight /= weight.sum()
    while len(rows) < size:
        day = 19_000.0 + dice.uniform(0, days)
        if dice.random() < 0.12:
            rows.append(_parcel(dice, goods, day, int(dice.integers(0, 4000))))
            continue
        firm = firms[int(dice.choice(len(firms), p=weight))]
        active = firm.way is not None and firm.since <= day < firm.until
        dares = firm.dares if active else 0.0
        if firm.way == "splitting" and dice.random() < dares:
            rows += _parts(dice, goods, firm, day)
            continue
        rows.append(_regular(dice, goods, firm, (day, dares)))
    rows.sort(key=lambda row: float(row.stated["day"]))
    return [
        msgspec.structs.replace(row, stated={"id": f"d{place:06d}", **row.stated}) for place, row in enumerate(rows)
    ]


def _goods(dice: Dice) -> list[Goods]:
    """Eighty subheadings of sixteen chapters; those of a chapter share some words and lie near in price."""
    made = []
    for chapter in dice.choice(np.arange(10, 97), 16, replace=False).tolist():
        common = tuple(_word(dice) for _ in range(3))
        price, heft = float(dice.lognormal(2.0, 1.0)), float(dice.lognormal(2.8, 0.8))
        for place in range(5):
            own = tuple(_word(dice) for _ in range(int(dice.integers(4, 8))))
            made.append(
                Goods(
                    f"{chapter:02d}{place + 1:02d}{int(dice.integers(10, 99))}",
                    own + common[: int(dice.integers(1, 4))],
                    price * float(dice.lognormal(0, 0.5)),
                    heft * float(dice.lognormal(0, 0.4)),
                    float(dice.uniform(1.03, 1.25)),
                    float(dice.choice([0.0, 0.05, 0.1, 0.2, 0.35])),
                )
            )
    return made


def _word(dice: Dice) -> str:
    return "".join(dice.choice(_SYLLABLES, int(dice.integers(2, 5))))


def _firms(dice: Dice, goods: list[Goods], days: int, count: int) -> list[Firm]:
    firms = []
    for number in range(count):
        way = str(dice.choice(KINDS, p=_SHARES)) if dice.random() < 0.3 else None
        mine = tuple(int(each) for each in dice.choice(len(goods), int(dice.integers(1, 5)), replace=False))
        if way is not None:
            paying = [each for each in range(len(goods)) if goods[each].rate >= 0.1]
            mine = (int(dice.choice(paying)), *mine[1:])
        low = [each for each in range(len(goods)) if goods[each].rate < min(0.1, goods[mine[0]].rate)]
        near = [each for each in low if goods[each].hs[:2] == goods[mine[0]].hs[:2]]
        starts = 19_000.0 + float(dice.uniform(-days, 0.6 * days))
        firms.append(
            Firm(
                number=number,
                goods=mine,
                origin=str(dice.choice(_COUNTRIES)),
                level=float(dice.normal(0, 0.15)),
                heft=float(dice.normal(0, 0.12)),
                address=f"CENTRE 1 FLOOR {int(dice.integers(1, 4))}" if dice.random() < 0.08 else f"{number} MILL LANE",
                broker=f"BR{int(dice.integers(0, 25)):02d}",
                sellers=tuple(f"SE{each:04d}" for each in dice.integers(0, 2 * count, 3)),
                way=way,
                dares=float(dice.uniform(0.15, 0.75)),
                since=starts,
                until=starts + float(dice.exponential(2.0 * days)),
                falsely=int(dice.choice(near or low or [0])),
                keeps_words=str(dice.choice(["honest", "vague", "false"], p=[0.6, 0.2, 0.2])),
            )
        )
    return firms


def _text(dice: Dice, words: tuple[str, ...]) -> str:
    """Some of the words in any order, with a brand, a number or a count between them."""
    told = [str(each) for each in dice.choice(words, min(len(words), int(dice.integers(2, 5))), replace=False)]
    if dice.random() < 0.4:
        told.insert(int(dice.integers(0, len(told) + 1)), _word(dice))
    if dice.random() < 0.5:
        told.append(f"ref {int(dice.integers(100, 99999))}")
    return " ".join(told)


def _regular(dice: Dice, goods: list[Goods], firm: Firm, when: tuple[float, float]) -> Shipment:
    """A consignment of a firm that may misdeclare it, when = (day, chance that it does)."""
    day, dares = when
    place = int(dice.choice(firm.goods))
    way = firm.way if firm.way != "splitting" and dice.random() < dares else None
    if way is None and dice.random() < 0.003:
        way = "undervaluation"
    if way is not None:
        place = firm.goods[0] if way == "classification" else place
    real = goods[place]
    packages = max(1, int(dice.lognormal(3.0, 0.9)))
    net = packages * real.heft * float(np.exp(firm.heft + dice.normal(0, 0.12)))
    gross = net * (1.0 + (real.tare - 1.0) * float(dice.lognormal(0, 0.2)))
    value = net * real.price * float(np.exp(firm.level + dice.normal(0, 0.18)))
    stated: dict[str, Any] = {"hs": real.hs, "description": _text(dice, real.words), "origin": firm.origin}
    stated |= {"net_kg": net, "gross_kg": gross, "packages": packages, "value": value}
    claims = firm.origin in _FAVOURED and dice.random() < 0.5
    due = value * real.rate * (0.0 if claims else 1.0)
    paid_rate, exporter = real.rate, firm.origin
    corrected: dict[str, Any] = {}
    if way == "undervaluation":
        stated["value"] = value * float(dice.uniform(0.4, 0.8))
        corrected = {"value_ratio": value / stated["value"]}
    elif way == "classification":
        false = goods[firm.falsely]
        stated["hs"], paid_rate = false.hs, false.rate
        corrected = {"found_hs": real.hs}
        if firm.keeps_words == "false":
            stated["description"] = _text(dice, false.words)
        elif firm.keeps_words == "vague":
            stated["description"] = str(dice.choice(_VAGUE))
    elif way == "quantity":
        part, manner = float(dice.uniform(0.45, 0.8)), int(dice.integers(0, 3))
        stated["packages"] = max(1, int(packages * part)) if manner == 0 else packages
        if manner > 0:  # the invoice is written for the part that is declared
            stated["net_kg"], stated["value"] = net * part, value * part
            stated["gross_kg"] = gross if manner == 1 else gross * part
        else:
            stated["value"] = value * part
        corrected = {"value_ratio": 1.0 / part} | ({"quantity_ratio": 1.0 / part} if manner else {})
    elif way == "origin":
        corrected = {"found_origin": firm.origin}
        stated["origin"], claims = str(dice.choice(_FAVOURED)), True
    rate = 0.0 if claims else paid_rate
    stated["duty_and_tax"] = float(stated["value"]) * (rate + 0.1)
    evaded = max(due - float(stated["value"]) * rate, 0.03 * value) if way else 0.0
    return Shipment(
        stated={
            "day": day,
            "office": f"OFF{firm.number % 4}",
            "importer": f"F{firm.number:05d}",
            "importer_name": f"{_name(firm.number)} LTD",
            "importer_address": firm.address,
            "declarant": firm.broker,
            "seller": str(dice.choice(firm.sellers)),
            "export_country": exporter,
            "preference": "300" if claims else "",
            **stated,
        },
        way=way,
        duty=evaded,
        dares=dares,
        corrected=corrected,
    )


def _name(number: int) -> str:
    return "".join(_SYLLABLES[number // 16**place % 16] for place in range(4)).upper()


def _parcel(dice: Dice, goods: list[Goods], day: float, receiver: int) -> Shipment:
    """An honest parcel under the threshold; one receiver in eight sits in the business centre."""
    real = goods[int(dice.integers(0, len(goods)))]
    value = float(dice.uniform(60, THRESHOLD))
    return Shipment(
        stated=_small(dice, real, day, value)
        | {
            "importer": f"R{receiver:05d}",
            "importer_name": f"{_name(7919 + receiver)} {_name(receiver)}",
            "importer_address": "CENTRE 1 FLOOR 2" if receiver % 8 == 0 else f"{receiver % 3500} RIVER STREET",
            "origin": str(dice.choice(_COUNTRIES)),
        },
        way=None,
        duty=0.0,
        dares=0.0,
    )


def _parts(dice: Dice, goods: list[Goods], firm: Firm, day: float) -> list[Shipment]:
    """One consignment in parts under the threshold, to names that may be invented, at one address within three days."""
    real = goods[firm.goods[0]]
    count, straws = int(dice.integers(3, 8)), bool(dice.random() < 0.6)
    made = []
    for part in range(count):
        value = float(dice.uniform(0.6, 0.99)) * THRESHOLD
        who = int(dice.integers(50_000, 90_000)) if straws else 0
        stated = _small(dice, real, day + float(dice.uniform(0, 2.5)) * (part > 0), value)
        stated |= {
            "importer": f"R{who:05d}" if straws else f"F{firm.number:05d}",
            "importer_name": f"{_name(who)} {_name(who * 7 + 1)}" if straws else f"{_name(firm.number)} LTD",
            "importer_address": firm.address,
            "origin": firm.origin,
        }
        made.append(Shipment(stated=stated, way="splitting", duty=value * (real.rate + 0.1), dares=1.0))
    return made


def _small(dice: Dice, real: Goods, day: float, value: float) -> dict[str, Any]:
    net = value / (real.price * float(dice.lognormal(0, 0.2)))
    return {
        "day": day,
        "office": "POST",
        "declarant": f"COURIER{int(dice.integers(0, 3))}",
        "seller": f"SE{int(dice.integers(0, 900)):04d}",
        "export_country": str(dice.choice(_COUNTRIES)),
        "preference": "",
        "hs": real.hs,
        "description": _text(dice, real.words),
        "net_kg": net,
        "gross_kg": net * real.tare,
        "packages": max(1, round(net / real.heft)),
        "value": value,
        "duty_and_tax": 0.0,
    }

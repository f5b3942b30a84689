# SPDX-License-Identifier: Apache-2.0
"""An ordinary stretch of declarations, with trades that only look like threats; and the threats in what is declared."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

from cocket.simulation.threat_logs.desk import START, Line

_CODES = (
    "610910",
    "640399",
    "850760",
    "851713",
    "330499",
    "870899",
    "220421",
    "940360",
    "392690",
    "732690",
    "420221",
    "950300",
)
_ORIGINS = ("XA", "XB", "XC", "XD", "XE")
_PORTS = ("XAPRT", "XBPRT", "XCPRT", "XDPRT")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LANES = ("green", "blue", "yellow", "red")


class Trader:
    """One importer: his goods, prices, consignees and ways to travel."""

    def __init__(self, random: Random, number: int, addresses: list[str]) -> None:
        self.name = f"T{random.randrange(10**7, 10**8)}"
        self.goods = {
            code: (random.lognormvariate(2.5, 0.8), random.lognormvariate(3.5, 1.0), random.choice(_ORIGINS))
            for code in random.sample(_CODES, random.randrange(1, 5))
        }
        self.consignees = [
            f"{random.randrange(1, 400)} Quay Road, Dock {random.randrange(30)}" for _ in range(random.randrange(1, 4))
        ]
        self.scatter = random.choice((0.02, 0.1, 0.2, 0.3))  # of his prices
        self.is_steady = random.random() < 0.1
        self.drift = random.choice((0.0, 0.0, 0.0, 0.004, -0.004))  # of his prices, a day
        self.weight = random.paretovariate(1.3)
        self.begins = random.uniform(0.2, 0.9) if random.random() < 0.08 else 0.0
        self.identity = {
            "phone": f"+{random.randrange(10**9, 10**10)}",
            "account": f"XA{random.randrange(10**12, 10**13)}",
            "address": random.choice(addresses) if random.random() < 0.25 else f"{number} Market Street",
        }
        self.declarant = f"B{random.randrange(12)}"


class Trade:
    """The traders and habits of one log.

    Args:
        random: Draws everything.
    """

    def __init__(self, random: Random) -> None:
        self.random = random
        self.days = random.randrange(28, 61)
        accountants = [f"{n} Chamber Square" for n in range(random.randrange(2, 5))]
        self.traders = [Trader(random, n, accountants) for n in range(random.randrange(50, 200))]
        self.amended = random.uniform(0.02, 0.07)
        self.again = random.uniform(0.1, 0.3)
        self.cancelled = random.uniform(0.01, 0.03)
        self.threshold = random.choice((135.0, 150.0, 800.0))
        self.lines: list[Line] = []

    def add(self, day: float, trader: Trader, hs: str, **told: Any) -> Line:
        """One more declaration, ordinary in what is not told."""
        random = self.random
        price, mass, origin = trader.goods.get(hs) or (
            random.lognormvariate(2.5, 0.8),
            random.lognormvariate(3.5, 1),
            "XA",
        )
        kg = mass if trader.is_steady else mass * random.lognormvariate(0, 0.6)
        value = price * kg * random.lognormvariate(0, trader.scatter) * (1 + trader.drift) ** day
        at = START + timedelta(days=day)
        sailed = at - timedelta(days=random.uniform(9, 20))
        line: Line = {
            "t": _text(at), "lrn": f"L{random.randrange(10**8):08d}", "importer": trader.name,
            "declarant": trader.declarant, "consignee": random.choice(trader.consignees), "hs": hs, "origin": origin,
            "value": round(value, 2), "weight": round(kg, 2), "vessel": f"V{random.randrange(60)}",
            "lane": random.choices(_LANES, (82, 4, 9, 5))[0], "equipment": _container(random),
            "port_from": random.choice(_PORTS), "port_to": "XZPRT", "departed": _text(sailed),
            "arrived": _text(sailed + timedelta(days=random.uniform(6, 9))), **trader.identity,
        }  # fmt: skip
        line |= told
        if random.random() < 0.6:
            line.setdefault("mirror_value", round(line["value"] / random.lognormvariate(0.05, 0.12), 2))
        self.lines.append(line)
        return line


def ordinary(trade: Trade) -> None:
    """Fill a log with ordinary trade."""
    random = trade.random
    weights = [trader.weight for trader in trade.traders]
    for _ in range(random.randrange(1500, 3500)):
        trader = random.choices(trade.traders, weights)[0]
        day = trade.days * random.random()
        if day < trader.begins * trade.days:
            continue
        line = trade.add(day, trader, random.choice(list(trader.goods)))
        _corrected(trade, line, day, trader)
    _subscriptions(trade)
    _new_lines(trade)


def _corrected(trade: Trade, line: Line, day: float, trader: Trader) -> None:
    """Amended, perhaps again; or cancelled, and often lodged anew, as honest traders do."""
    random = trade.random
    version, at = 0, day
    chance = trade.amended
    while random.random() < chance:
        version, at, chance = version + 1, at + random.uniform(0.02, 0.5), trade.again
        value = round(line["value"] * random.uniform(0.96, 1.05), 2)
        trade.lines.append({**line, "t": _text(START + timedelta(days=at)), "version": version, "value": value})
    if random.random() < trade.cancelled:
        trade.lines.append(_cancellation(line, at + 0.1))
        if random.random() < 0.4:
            same = {name: line[name] for name in ("consignee", "weight", "vessel")}
            trade.add(at + 0.3, trader, line["hs"], value=round(line["value"] * random.uniform(0.97, 1.03), 2), **same)


def _subscriptions(trade: Trade) -> None:
    """People who buy the same small thing every week, at the same price."""
    random = trade.random
    for n in range(random.randrange(2, 8)):
        trader, price = random.choice(trade.traders), round(random.uniform(15, 220), 2)
        for week in range(trade.days // 7):
            trade.add(
                week * 7 + random.random(),
                trader,
                "330499",
                value=price,
                weight=0.5,
                consignee=f"{n} Hill Lane",
                equipment=None,
            )


def _new_lines(trade: Trade) -> None:
    """Traders who give up one line of goods for another, at another price."""
    random = trade.random
    for trader in random.sample(trade.traders, random.randrange(1, 4)):
        old, new = random.sample(_CODES, 2)
        price, half, factor = random.uniform(200, 4000), trade.days / 2, random.choice((0.6, 1.5))
        for _ in range(random.randrange(8, 20)):
            trade.add(random.uniform(0, half), trader, old, value=round(price * random.gauss(1, 0.05), 2), weight=50.0)
            value = round(price * factor * random.gauss(1, 0.05), 2)
            trade.add(random.uniform(half, trade.days), trader, new, value=value, weight=50.0)


def _container(random: Random) -> str:
    return f"{''.join(random.choices(_LETTERS, k=3))}U{random.randrange(10**7):07d}"


def _cancellation(line: Line, day: float) -> Line:
    return {"t": _text(START + timedelta(days=day)), "lrn": line["lrn"], "act": "cancel", "importer": line["importer"]}


def _text(moment: Any) -> str:
    return str(moment.isoformat()).replace("+00:00", "Z")


def _split(trade: Trade) -> list[Line]:
    """One consignment in many parts within a day, through several importers."""
    random = trade.random
    place, day = f"{random.randrange(900)} Long Street", random.uniform(3, trade.days - 2)
    return [
        trade.add(day + random.uniform(0, 0.8), random.choice(trade.traders), "851713", consignee=place, weight=0.4,
            value=round(trade.threshold * random.uniform(0.92, 0.999), 2))
        for _ in range(random.randrange(6, 25))
    ]  # fmt: skip


def _split_over_days(trade: Trade) -> list[Line]:
    """Parts of one trade, one every day or two."""
    random = trade.random
    trader, place, step = random.choice(trade.traders), f"{random.randrange(900)} Long Street", random.uniform(0.5, 2.0)
    return [
        trade.add(
            1 + n * step,
            trader,
            "640399",
            consignee=place,
            value=round(trade.threshold * random.uniform(0.93, 0.999), 2),
        )
        for n in range(min(random.randrange(8, 30), int((trade.days - 2) / step)))
    ]


def _probe(trade: Trade) -> list[Line]:
    """The same goods, lower and lower or closing in, until nobody asks."""
    random = trade.random
    trader, value, low, high = random.choice(trade.traders), random.uniform(800, 5000), 0.0, 1.0
    day, place, planted = random.uniform(2, trade.days - 6), random.choice(trader.consignees), []
    closes_in, limit = random.random() < 0.4, random.uniform(0.3, 0.7)
    for n in range(random.randrange(10, 26)):
        told = value * (0.4 + 0.6 * (low + high) / 2) if closes_in else value * random.uniform(0.93, 0.99) ** n
        day += random.uniform(0.05, 0.12)
        planted.append(trade.add(day, trader, "851713", consignee=place, weight=12.0, value=round(told, 2)))
        low, high = ((low + high) / 2, high) if (low + high) / 2 < limit else (low, (low + high) / 2)
    return planted


def _amend(trade: Trade) -> list[Line]:
    """One declaration, amended until it passes."""
    random = trade.random
    day = random.uniform(2, trade.days - 3)
    line = trade.add(day, random.choice(trade.traders), "851713", lane="red", version=0)
    planted = [line]
    for n in range(1, random.randrange(7, 18)):
        hs = random.choice(("851713", "851762", "852990"))
        day += random.uniform(0.01, 0.06)
        told = {"t": _text(START + timedelta(days=day)), "version": n, "value": round(line["value"] * 0.98**n, 2)}
        planted.append({**line, **told, "hs": hs})
    trade.lines += planted[1:]
    return planted


def _resubmit(trade: Trade) -> list[Line]:
    """Cancelled once red, and lodged anew under a sister company."""
    random = trade.random
    one, sister = random.sample(trade.traders, 2)
    place, planted = random.choice(one.consignees), []
    for _ in range(random.randrange(5, 14)):
        day = random.uniform(1, trade.days - 2)
        first = trade.add(day, one, "610910", consignee=place, lane=random.choice(("red", "red", "yellow")))
        gone = _cancellation(first, day + random.uniform(0.02, 0.2))
        trade.lines.append(gone)
        told = {
            "consignee": place,
            "weight": first["weight"],
            "value": round(first["value"] * random.uniform(0.93, 1.0), 2),
        }
        planted += [first, gone, trade.add(day + random.uniform(0.3, 1.2), sister, "610910", lane="green", **told)]
    return planted


def _switch(trade: Trade, name: str) -> list[Line]:
    """A steady trade moves to another code, or another origin."""
    random = trade.random
    trader, price, when = (
        random.choice(trade.traders),
        random.uniform(300, 5000),
        trade.days * random.uniform(0.35, 0.65),
    )
    planted = []
    for _ in range(random.randrange(12, 35)):
        told: Line = {"weight": round(40 * random.lognormvariate(0, 0.3), 2), "origin": "XA"}
        told["value"] = round(price / 40 * told["weight"] * random.gauss(1, 0.05), 2)
        trade.add(random.uniform(0, when), trader, "850760", **told)
        told = told | {"origin": "XD"} if name == "origin" else told
        planted.append(
            trade.add(random.uniform(when, trade.days), trader, "850760" if name == "origin" else "854231", **told)
        )
    return planted


def _surge(trade: Trade) -> list[Line]:
    """A trader nobody knows, and at once much trade."""
    random = trade.random
    trader, day = Trader(random, 900, ["900 Market Street"]), random.uniform(0.3 * trade.days, trade.days - 12)
    many = int(random.uniform(6, 12) * len(trade.lines) / len(trade.traders) * 14 / trade.days) + 40
    return [trade.add(day + random.uniform(0, 10), trader, random.choice(list(trader.goods))) for _ in range(many)]


def _busy(trade: Trade) -> list[Line]:
    """A larger one, of which the log sees but the first days."""
    random = trade.random
    trader, days = Trader(random, 901, ["901 Market Street"]), random.uniform(4, 9)
    many = int(random.uniform(12, 24) * len(trade.lines) / len(trade.traders) * days / trade.days) + 40
    return [
        trade.add(trade.days - days * random.random(), trader, random.choice(list(trader.goods))) for _ in range(many)
    ]


def _mirror(trade: Trade) -> list[Line]:
    """Values far under those of the exporting side."""
    random = trade.random
    trader, planted = random.choice(trade.traders), []
    for _ in range(random.randrange(8, 30)):
        line = trade.add(random.uniform(0, trade.days), trader, "420221")
        line["mirror_value"] = round(line["value"] / random.uniform(0.35, 0.75), 2)
        planted.append(line)
    return planted


def _ring(trade: Trade) -> list[Line]:
    """Companies that come and go behind one telephone and one account."""
    random = trade.random
    planted, shared = [], {"phone": "+5550000001", "account": "XA5550000000001"}
    members = [Trader(random, 950 + n, [f"{950 + n} Market Street"]) for n in range(random.randrange(4, 9))]
    for n, trader in enumerate(members):
        trader.identity |= shared
        for _ in range(random.randrange(3, 9)):
            day = trade.days * random.uniform(n / len(members), min(1.0, (n + 1.5) / len(members)))
            planted.append(trade.add(day, trader, random.choice(list(trader.goods))))
    return planted


def _journey(trade: Trade) -> list[Line]:
    """One container on two ships at once, or a voyage that nobody can make."""
    random = trade.random
    trader, day = random.choice(trade.traders), random.uniform(5, trade.days - 5)
    first = trade.add(day, trader, random.choice(list(trader.goods)))
    if random.random() < 0.5:
        first["arrived"] = _text(START + timedelta(days=day - 8))
        first["departed"] = _text(START + timedelta(days=day - 8 - random.uniform(-2, 1.5)))
        return [first]
    same = {name: first[name] for name in ("equipment", "departed", "arrived")}
    return [
        first,
        trade.add(day + random.uniform(0.1, 3), random.choice(trade.traders), first["hs"], vessel="V99", **same),
    ]


TRADE_THREATS: dict[str, Callable[[Trade], list[Line]]] = {
    "split": _split,
    "split-over-days": _split_over_days,
    "probe": _probe,
    "amend-until-green": _amend,
    "cancel-and-resubmit": _resubmit,
    "misclass-shift": lambda trade: _switch(trade, "code"),
    "route-shift": lambda trade: _switch(trade, "origin"),
    "new-trader-surge": _surge,
    "new-trader-busy": _busy,
    "mirror-mismatch": _mirror,
    "ring": _ring,
    "impossible-logistics": _journey,
}

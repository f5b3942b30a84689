# SPDX-License-Identifier: Apache-2.0
"""A second trade between two countries, written apart from the first: other goods, other numbers, other ways of declaring.

Declarations have several items, masses are gross alone on one side, values of imports hold freight that nobody states, terms differ,
transport documents lose the carrier's letters on the way, names come in another order or with a town behind them.
"""

from __future__ import annotations

from collections import namedtuple
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from cocket.mirror import TradeLine, TradeRecord
from cocket.model import Amount

Other = namedtuple("Other", "exports imports pairs planted today")

_WARES = {
    "08051022": 0.8, "87084020": 14, "61091000": 17, "33030010": 60, "84713000": 220, "44071110": 0.6,
    "02023050": 5.1, "94054231": 16, "95030035": 8, "39269097": 6, "25232900": 0.12, "16041411": 5,
}  # fmt: skip
_TOWNS = ("Mersal", "Port Anwe", "Ostrelle", "Quinta Nova", "Halvik")
_HEADS = ("Almar", "Bricon", "Cestal", "Dunmore", "Elvaro", "Fontis", "Gravitas", "Hestia", "Ironbark", "Jolanta", "Kestrel",
          "Lumera", "Marisol", "Norvento", "Optima", "Palisade", "Quorra", "Rivendal", "Solara", "Tramonta")  # fmt: skip
_TAILS = ("Agro", "Auto Parts", "Cosmetics", "Electronics", "Timber", "Meat", "Lighting", "Toys", "Plastics", "Cement")

FAULTS = ("grams", "short", "invoice", "chapter", "country", "lost", "unknown")

#: Fault → codes of which one tells it.
TOLD = {
    "grams": {"mirror-gross-differs", "mirror-net-differs"},
    "short": {"mirror-packages-differ"},
    "invoice": {"mirror-price-differs", "mirror-value-differs"},
    "chapter": {"mirror-code-differs"},
    "country": {"mirror-origin-differs"},
    "lost": {"missing"},
    "unknown": {"missing"},
}


def other_trade(seed: int, many: int, *, numbers: bool = True) -> Other:
    """Draw it: records of both sides, pairs, faults by the export's id (of `unknown` by the import's), and the day of asking."""
    rng = Random(seed * 7919 + 3)
    start = date(2025, 9, 1)
    firms = [(f"{rng.choice(_HEADS)}{rng.choice(('', rng.choice(('ia', 'on', 'ex'))))}", rng.choice(_TAILS),
              rng.choice(_TOWNS)) for _ in range(many // 6 + 6)]  # fmt: skip
    exports, imports, pairs, planted = [], [], set(), {}
    box = ""
    for n in range(many):
        seller, buyer = rng.sample(firms, 2)
        by = rng.choice(("1", "1", "4", None))
        gone = start + timedelta(days=rng.randrange(150))
        lag = rng.randint(0, 8) if by == "4" else rng.randint(10, 45)
        came = gone + timedelta(days=lag)
        goods = []
        for code in rng.sample(sorted(_WARES), rng.choice((1, 1, 2, 4))):
            net = Decimal(str(round(rng.paretovariate(1.3) * 120, 1)))
            cartons = max(2, int(net / rng.randint(6, 25)))
            price = (net * Decimal(str(_WARES[code])) * Decimal(str(round(rng.uniform(0.7, 1.4), 3)))).quantize(
                Decimal("0.01")
            )
            goods.append(
                (
                    code,
                    net,
                    (net * Decimal("1.08")).quantize(Decimal("0.1")),
                    cartons,
                    max(price, Decimal("1")),
                    rng.choice(("XA", "XA", "XG")),
                )
            )
        fault = rng.choice(FAULTS) if rng.random() < 0.15 else None
        if fault == "unknown" and not 50 < (came - start).days < 145:
            fault = "short"
        waybill = (
            f"{rng.choice(('KQLM', 'ZZTR'))}{rng.randrange(10**9):09d}" if numbers and rng.random() < 0.7 else None
        )
        if (
            numbers and by == "1" and (not box or rng.random() < 0.6)
        ):  # a container of one's own, or that of the one before
            box = f"QZXU{rng.randrange(10**7):07d}"
        has_box = numbers and by == "1" and rng.random() < 0.9
        ucr = f"26XA{n:05d}{seed:03d}Z{rng.randrange(1000)}" if numbers and rng.random() < 0.35 else None
        bill = str(rng.randrange(1, 900)) if numbers and rng.random() < 0.6 else None
        x, m = f"X{n}", f"M{n}"
        if fault != "unknown":
            exports.append(
                TradeRecord(
                    id=x, reference=f"25XA{n:09d}", flow="export", day=gone, country="XB", mode=by, terms="FCA",
                    exporter=f"{seller[0]} {seller[1]} AB", importer=f"{buyer[0]} {buyer[1]} ({buyer[2]})",
                    ucrs=(ucr,) if ucr else (), transport_documents=(waybill,) if waybill else (),
                    equipment=(box,) if has_box else (), invoices=(bill,) if bill else (),
                    lines=tuple(
                        TradeLine(number=k, hs=g[0][:6], net_kg=g[1], gross_kg=g[2], packages=g[3], origin=g[5],
                                  value=Amount(g[4] * Decimal("1.01"), "USD"), price=Amount(g[4], "USD"))
                        for k, g in enumerate(goods, 1)
                    ),
                )
            )  # fmt: skip
        if fault:
            planted[x if fault != "unknown" else m] = fault
        if fault == "lost":
            continue
        lines = []
        margin = Decimal(str(round(rng.uniform(1.02, 1.14), 3)))
        for k, (code, net, gross, cartons, price, origin) in enumerate(goods, 1):
            first = k == 1
            if fault == "grams" and first:
                net, gross = net / 1000, gross / 1000
            if fault == "short":
                cartons = max(1, cartons - rng.randint(1, cartons // 2 + 1))
            if fault == "invoice":
                price = price * Decimal(str(rng.choice((0.25, 0.45, 0.6))))
            if fault == "chapter" and first:
                code = rng.choice([c for c in sorted(_WARES) if c[:4] not in {g[0][:4] for g in goods}])
            if fault == "country" and first:
                origin = "XH"
            lines.append(
                TradeLine(number=k, hs=code[:6], gross_kg=gross.quantize(Decimal("0.001")), packages=cartons, origin=origin,
                          net_kg=net.quantize(Decimal("0.001")) if n % 3 else None,
                          value=Amount((price * margin * Decimal("0.9")).quantize(Decimal("0.01")), "EUR"), price=Amount(price, "USD"))
            )  # fmt: skip
        names = [f"{buyer[1]} {buyer[0]}", f"{buyer[0]} {buyer[1]} AB, {buyer[2]}"]
        imports.append(
            TradeRecord(
                id=m, reference=f"25XB{n:09d}", flow="import", day=came, country="XA", mode=by, terms="CIP",
                exporter=f"{seller[0].upper()} {seller[1].upper()}", importer=rng.choice(names),
                ucrs=(ucr,) if ucr and rng.random() < 0.9 else (),
                transport_documents=((waybill if rng.random() < 0.85 else waybill[4:]),) if waybill else (),
                equipment=(box,) if has_box else (), invoices=(bill,) if bill and rng.random() < 0.9 else (),
                lines=tuple(lines),
            )
        )  # fmt: skip
        if fault != "unknown":
            pairs.add((x, m))
    return Other(exports, imports, pairs, planted, start + timedelta(days=290))

# SPDX-License-Identifier: Apache-2.0
"""Trade between two countries as each declares it, with mismatches planted and the truth known.

Both sides write with habits of their own: names short or long, masses rounded, values with freight or without, numbers left out. Some
goods come in parts, some share a container, some numbers are used again, some goods go elsewhere. Countries are user-assigned codes.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Final, Literal

import msgspec

from cocket.model import (
    Amount,
    Classification,
    Commodity,
    Declaration,
    GoodsShipment,
    GovernmentAgencyGoodsItem,
    Origin,
    Packaging,
    Party,
    Reference,
    TradeTerms,
    TransportMeans,
    ValuationCharges,
)

Planted = Literal["mass", "packages", "value", "code", "heading", "origin", "no-import", "no-export"]

#: What is planted, each as often.
PLANTED: Final[tuple[Planted, ...]] = (
    "mass", "packages", "value", "code", "heading", "origin", "no-import", "no-export",
)  # fmt: skip

#: The exporting and the importing country, one further, and the money of the first two.
THERE, HERE, ELSEWHERE = "XA", "XB", "XC"
MONEY: Final = {THERE: "USD", HERE: "EUR"}

#: Units of the importing country's money for one of the exporting country's.
RATE: Final = Decimal("0.90")

#: Days within which everything arrives.
_LONGEST: Final = 77

_FIRST: Final = date(2026, 1, 5)
_GOODS: Final = (
    ("090111", "coffee, not roasted", 3.2), ("620342", "cotton trousers", 18.0), ("851713", "telephones", 310.0),
    ("870323", "motor cars", 11.0), ("390120", "polyethylene", 1.3), ("240220", "cigarettes", 21.0),
    ("640399", "leather shoes", 24.0), ("300490", "medicaments", 95.0), ("841510", "air conditioners", 9.0),
    ("150910", "olive oil", 5.5), ("940360", "wooden furniture", 4.2), ("852872", "television sets", 29.0),
    ("401110", "tyres", 4.8), ("220421", "wine in bottles", 6.0), ("721049", "steel sheets", 0.9),
)  # fmt: skip
_SYLLABLES: Final = ("ba", "dor", "kel", "mi", "ran", "sto", "tu", "vel", "zan", "pri", "lo", "gar", "fen", "hu", "nis")
_TRADES: Final = ("Trading", "Import Export", "Foods", "Textiles", "Motors", "Industries", "Logistics", "Commerce")
_FORMS: Final = (("Ltd", "Limited"), ("SA", "S.A."), ("GmbH", "GMBH"), ("Co Ltd", "Company Limited"), ("LLC", "L.L.C."))


class SideDeclaration(msgspec.Struct, frozen=True, kw_only=True):
    """A declaration of one side, with an id and the day it was made."""

    id: str
    declaration: Declaration
    day: date


class TwoSides(msgspec.Struct, frozen=True, kw_only=True):
    """What two administrations hold of the trade between them.

    Attributes:
        exports: Of the exporting side (0..n).
        imports: Of the importing side (0..n).
        pairs: Ids of export and import that are one shipment, or of one of its parts (0..n).
        planted: Id of an export, or of an import without export → what is wrong with that shipment.
        elsewhere: Ids of records whose counterpart is with another country (0..n).
        today: The day on which it is asked.
    """

    exports: tuple[SideDeclaration, ...]
    imports: tuple[SideDeclaration, ...]
    pairs: frozenset[tuple[str, str]]
    planted: dict[str, Planted]
    elsewhere: frozenset[str]
    today: date


def two_sides(
    seed: int, shipments: int, *, faults: float = 0.2, has_identifiers: bool = True, days: int = 120
) -> TwoSides:
    """Draw the trade of some months between two countries.

    Args:
        seed: The same gives the same.
        shipments: Shipments (count).
        faults: Share of them with something planted (0–1).
        has_identifiers: Whether the sides share numbers; without, each states none of the other's.
        days: Over which they are exported; who asks does so 120 days after the last.
    """
    return _World(Random(seed), shipments, faults, has_identifiers=has_identifiers, days=days).draw()


class _Shipment(msgspec.Struct, kw_only=True):
    """What truly is sent."""

    number: int
    exporter: tuple[str, int]
    importer: tuple[str, int]
    hs: str
    goods: str
    net: float
    packages: int
    price: float
    origin: str
    mode: str
    left: date
    came: date
    names: tuple[Reference, ...]
    planted: Planted | None = None


class _World:
    def __init__(self, dice: Random, shipments: int, faults: float, *, has_identifiers: bool, days: int) -> None:
        self._dice, self._count, self._faults = dice, shipments, faults
        self._has_identifiers, self._days = has_identifiers, days
        self._sellers = [self._coined() for _ in range(max(8, shipments // 12))]
        self._buyers = [self._coined() for _ in range(max(8, shipments // 10))]
        self._exports: list[SideDeclaration] = []
        self._imports: list[SideDeclaration] = []
        self._pairs: set[tuple[str, str]] = set()
        self._planted: dict[str, Planted] = {}
        self._elsewhere: set[str] = set()
        self._containers: list[tuple[date, str]] = []
        self._used: list[Reference] = []

    def draw(self) -> TwoSides:
        for number in range(self._count):
            one = self._shipment(number)
            if self._dice.random() < self._faults:
                # What came early may have left before the first day of the exports, what came late after the last: it says nothing.
                is_covered = _LONGEST < (one.came - _FIRST).days < self._days - 2
                one.planted = self._dice.choice(PLANTED if is_covered else PLANTED[:-1])
            elif self._dice.random() < 0.05:
                self._sent_elsewhere(one)
                continue
            self._declare(one)
        return TwoSides(
            exports=tuple(self._exports),
            imports=tuple(self._imports),
            pairs=frozenset(self._pairs),
            planted=self._planted,
            elsewhere=frozenset(self._elsewhere),
            today=_FIRST + timedelta(days=self._days + 120),
        )

    def _shipment(self, number: int) -> _Shipment:
        dice = self._dice
        hs, goods, per_kg = dice.choice(_GOODS)
        net = round(dice.lognormvariate(7.5, 1.0), 1)
        mode = dice.choices("134", (6, 3, 1))[0]
        left = _FIRST + timedelta(days=dice.randrange(self._days))
        lag = {"1": dice.randint(6, 70), "3": dice.randint(0, 12), "4": dice.randint(0, 6)}[mode]
        came = left + timedelta(days=lag)
        return _Shipment(
            number=number,
            exporter=dice.choice(self._sellers),
            importer=dice.choice(self._buyers),
            hs=hs,
            goods=goods,
            net=net,
            packages=max(1, round(net / dice.uniform(8, 40))),
            price=round(net * per_kg * dice.lognormvariate(0, 0.25), 2),
            origin=THERE if dice.random() < 0.8 else dice.choice(("XD", "XE", "XF")),
            mode=mode,
            left=left,
            came=came,
            names=self._names(number, mode, left) if self._has_identifiers else (),
        )

    def _names(self, number: int, mode: str, left: date) -> tuple[Reference, ...]:
        """What both sides may state: a UCR, a transport document, a container, an invoice, any of them or several."""
        dice = self._dice
        found = []
        if dice.random() < 0.5:
            found.append(Reference("UCR", f"6{THERE}{dice.randrange(10**6):06d}{number:05d}"))
        if mode == "1" and (dice.random() < 0.8 or not found):
            found.append(Reference("EQUIPMENT", self._container(left)))
        if dice.random() < 0.8 or not found:
            found.append(Reference("BL", f"{dice.choice(('MXQU', 'TSTB', 'QWEL'))}{dice.randrange(10**8):08d}"))
        if dice.random() < 0.5:
            found.append(Reference("INVOICE", f"{dice.randrange(1, 400):04d}/26"))
        reused = [one for one in self._used if one.kind != "EQUIPMENT"]
        if dice.random() < 0.01 and reused:
            found.append(dice.choice(reused))  # an exporter's number, used again
        self._used += [one for one in found if one.kind == "UCR"]
        return tuple(found)

    def _container(self, left: date) -> str:
        """A container of its own, or one that others fill too."""
        if self._containers and self._dice.random() < 0.15:
            day, number = self._dice.choice(self._containers[-20:])
            if abs((day - left).days) < 150:
                return number
        number = f"TSTU{self._dice.randrange(10**6):06d}{self._dice.randrange(10)}"
        self._containers.append((left, number))
        return number

    def _declare(self, one: _Shipment) -> None:
        dice, name = self._dice, f"e{one.number:06d}"
        if one.planted == "no-export":
            self._imports.append(self._import(one, f"i{one.number:06d}", 1.0, one.came))
            self._planted[f"i{one.number:06d}"] = one.planted
            return
        self._exports.append(self._export(one, name))
        if one.planted is not None:
            self._planted[name] = one.planted
        if one.planted == "no-import":
            return
        if one.planted is None and one.packages >= 6 and dice.random() < 0.08:  # in parts
            shares, day = self._parts(one.packages), one.came
            for part, share in enumerate(shares, start=1):
                self._pair(name, self._import(one, f"i{one.number:06d}.{part}", share, day))
                day += timedelta(days=dice.randint(0, 6))
            return
        self._pair(name, self._import(one, f"i{one.number:06d}", 1.0, one.came))

    def _parts(self, packages: int) -> list[float]:
        """Shares of whole packages."""
        many = self._dice.choice((2, 2, 3))
        cuts = sorted(self._dice.sample(range(1, packages), many - 1))
        return [(b - a) / packages for a, b in zip([0, *cuts], [*cuts, packages], strict=True)]

    def _pair(self, export: str, brought: SideDeclaration) -> None:
        self._imports.append(brought)
        self._pairs.add((export, brought.id))

    def _sent_elsewhere(self, one: _Shipment) -> None:
        """To a third country by the export, or from a third one by the import: of neither there is a counterpart here."""
        if self._dice.random() < 0.5:
            name = f"e{one.number:06d}"
            self._exports.append(self._export(one, name, destination=ELSEWHERE))
        else:
            name = f"i{one.number:06d}"
            self._imports.append(self._import(one, name, 1.0, one.came, sent_from=ELSEWHERE))
        self._elsewhere.add(name)

    def _export(self, one: _Shipment, name: str, destination: str = HERE) -> SideDeclaration:
        net = Decimal(str(one.net))
        return self._written(
            name,
            "export",
            one.left,
            one,
            goods=(one.hs, net, one.packages, Decimal(str(one.price)), one.origin),
            value=Amount(Decimal(str(one.price)), MONEY[THERE]),
            route=(THERE, destination),
        )

    def _import(self, one: _Shipment, name: str, share: float, day: date, sent_from: str = THERE) -> SideDeclaration:
        dice, fault = self._dice, one.planted
        net, packages, price, hs, origin = (
            one.net * share,
            round(one.packages * share),
            one.price * share,
            one.hs,
            one.origin,
        )
        if fault == "mass":
            net *= dice.choice((0.1, 0.5, 0.7, 0.9, 1.2))
        elif fault == "packages":
            packages = max(1, round(packages * dice.choice((0.5, 0.8, 1.3)))) if packages > 4 else packages + 1
        elif fault == "value":
            price *= dice.choice((0.3, 0.5, 0.7, 0.85))
        elif fault == "code":
            hs = dice.choice([code for code, _, _ in _GOODS if code[:4] != hs[:4]])
        elif fault == "heading":
            hs = f"{hs[:4]}{(int(hs[4:]) + 11) % 90 + 10:02d}"
        elif fault == "origin":
            origin = dice.choice([c for c in ("XD", "XE", "XF", THERE) if c != origin])
        mass = Decimal(round(net)) if dice.random() < 0.3 and net > 200 else Decimal(str(round(net, 2)))
        paid = Decimal(str(round(price, 2)))
        freight = (paid * Decimal(str(round(dice.uniform(0.02, 0.10), 3)))).quantize(Decimal("0.01"))
        cif = ((paid + freight) * RATE).quantize(Decimal("0.01"))
        return self._written(
            name,
            "import",
            day,
            one,
            goods=(hs, mass, packages, paid, origin),
            value=Amount(cif, MONEY[HERE]),
            route=(sent_from, HERE),
            freight=Amount((freight * RATE).quantize(Decimal("0.01")), MONEY[HERE]) if dice.random() < 0.6 else None,
        )

    def _written(
        self,
        name: str,
        flow: Literal["export", "import"],
        day: date,
        one: _Shipment,
        *,
        goods: tuple[str, Decimal, int, Decimal, str],
        value: Amount,
        route: tuple[str, str],
        freight: Amount | None = None,
    ) -> SideDeclaration:
        hs, net, packages, paid, origin = goods
        gross = (net * Decimal("1.06")).quantize(Decimal("0.1"))
        is_export = flow == "export"
        item = GovernmentAgencyGoodsItem(
            sequence=1,
            commodity=Commodity(
                description=one.goods,
                classifications=(Classification(id=hs + ("" if is_export else "0000"), type_code="HS"),),
                net_mass_kg=net,
                gross_mass_kg=gross,
                price=Amount(paid, MONEY[THERE]),
            ),
            packaging=(Packaging(quantity=packages, type_code="CT"),),
            origins=(Origin(country_code=origin),),
            statistical_value=value,
        )
        names = [ref for ref in one.names if is_export or len(one.names) == 1 or self._dice.random() < 0.92]
        declaration = Declaration(
            functional_reference=name,
            id=f"26{route[0] if is_export else HERE}{name.upper()}",
            flow=flow,
            issued=datetime.combine(day, time(9), UTC),
            shipment=GoodsShipment(
                exporter=Party(name=self._as_written(one.exporter, is_own=is_export)),
                importer=Party(name=self._as_written(one.importer, is_own=not is_export)),
                export_country_code=route[0],
                destination_country_code=route[1],
                border_transport=TransportMeans(mode_code=one.mode),
                trade_terms=TradeTerms(code="FOB"),
                items=(item,),
            ),
            valuation=ValuationCharges(charges={"freight": freight} if freight else {}),
            references=tuple(names),
        )
        return SideDeclaration(id=name, declaration=declaration, day=day)

    def _coined(self) -> tuple[str, int]:
        word = "".join(self._dice.sample(_SYLLABLES, self._dice.choice((2, 3, 3)))).capitalize()
        other = "".join(self._dice.sample(_SYLLABLES, 2)).capitalize()
        return f"{word} {other} {self._dice.choice(_TRADES)}", self._dice.randrange(len(_FORMS))

    def _as_written(self, party: tuple[str, int], *, is_own: bool) -> str:
        """A name as its own country writes it, or the other one: another form of business, capitals, sometimes a slip."""
        name, form = party
        written = f"{name} {_FORMS[form][not is_own]}"
        if is_own:
            return written
        if self._dice.random() < 0.15:
            place = self._dice.randrange(1, len(name) - 1)
            written = written[:place] + written[place + 1 :]
        return written.upper() if self._dice.random() < 0.5 else written

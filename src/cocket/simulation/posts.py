# SPDX-License-Identifier: Apache-2.0
"""Border posts, and a weighbridge that goes from one to the next: of every lorry it is known what would come of it with and without.

No pilot ever sees both; a synthetic country does, so that a pilot's report can be held against the truth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Final

import msgspec

from cocket.model import (
    Amount,
    Classification,
    Commodity,
    CustomsOffice,
    Declaration,
    GoodsShipment,
    GovernmentAgencyGoodsItem,
    GovernmentProcedure,
    HostStatus,
    Origin,
    Packaging,
    Party,
    TransportMeans,
    ValuationCharges,
)
from cocket.simulation.people import HOME
from cocket.simulation.trade import CURRENCY, USD_RATE

#: Border posts, largest first.
POSTS: Final = tuple(f"XA4{place}0000" for place in range(1, 9))

#: Weeks of the pilot, and lorries of a post in a week (counts).
WEEKS: Final = 5
A_WEEK: Final = 4

#: Share of lorries of which another weight than declared is found: by eye, and on the weighbridge.
BY_EYE: Final = 0.05
WEIGHED: Final = 0.55

#: What lorries carry: code, words, kg of a bag.
_GOODS: Final = (
    ("25232900", "Portland cement", 50),
    ("10063000", "Milled rice", 50),
    ("11010000", "Wheat flour", 25),
    ("17019900", "Refined sugar", 50),
)


class Lorry(msgspec.Struct, frozen=True, kw_only=True):
    """A lorry at a post.

    Attributes:
        post: Its customs office.
        week: Week of the pilot, from 0.
        declaration: What is declared.
        by_eye: Whether another weight is found without the weighbridge.
        weighed: Whether it is found with it.
    """

    post: str
    week: int
    declaration: Declaration
    by_eye: bool
    weighed: bool

    @property
    def registration(self) -> str:
        """Office, year, serial and number, as the host's tables name it."""
        status = self.declaration.status or HostStatus()
        serial, number, *_ = (status.registration or "").split()
        return f"{self.post}/{status.registered:%Y}/{serial}/{number}"


class PilotTruth(msgspec.Struct, frozen=True, kw_only=True):
    """What only the simulation knows of a pilot at the posts.

    Attributes:
        treated: Lorries at posts that had the weighbridge (count).
        found: Of them those of which another weight was found (count).
        without: Of them those of which it would have been found without it (count).
        effect: What the weighbridge added, of all that were treated (share).
    """

    treated: int
    found: int
    without: int
    effect: float


def lorries(first: date, seed: int) -> tuple[Lorry, ...]:
    """The lorries of a pilot, in the order of their days (WEEKS · A_WEEK · 8).

    Args:
        first: Its first day.
        seed: Everything follows from it.
    """
    dice, made = Random(seed), []
    for week in range(WEEKS):
        for place, post in enumerate(POSTS):
            for turn in range(A_WEEK):
                number = (place + 1) * 1_000 + week * A_WEEK + turn
                day = first + timedelta(days=7 * week + turn)
                chance = dice.random()
                made.append(
                    Lorry(
                        post=post,
                        week=week,
                        declaration=_declaration(dice, post, number, day),
                        by_eye=chance < BY_EYE,
                        weighed=chance < WEIGHED,
                    )
                )
    return tuple(sorted(made, key=lambda one: (one.week, one.registration)))


def pilot_truth(several: Sequence[Lorry], since: Mapping[str, int]) -> PilotTruth:
    """What the weighbridge did, with both outcomes of every lorry in hand.

    Args:
        several: The lorries.
        since: Post → week from which on it had the weighbridge.
    """
    treated = [one for one in several if one.week >= since[one.post]]
    found, without = sum(one.weighed for one in treated), sum(one.by_eye for one in treated)
    return PilotTruth(
        treated=len(treated), found=found, without=without, effect=(found - without) / max(len(treated), 1)
    )


def _declaration(dice: Random, post: str, number: int, day: date) -> Declaration:
    """A lorry with one kind of goods, as the host holds it."""
    code, text, bag = dice.choice(_GOODS)
    bags = dice.randrange(300, 580)
    net = Decimal(bags * bag)
    gross = net + bags // 2
    price = (net * Decimal("0.35")).quantize(Decimal("0.01"))
    value = (price * USD_RATE).quantize(Decimal("0.01"))
    importer = dice.randrange(40)
    return Declaration(
        functional_reference=f"{post}-{number}",
        type_code="IM 4",
        flow="import",
        office=CustomsOffice(code=post, name=f"POST {post[3]}"),
        declarant=Party(id="9000900", name="BORDER CLEARING"),
        items_declared=1,
        packages_declared=bags,
        gross_mass_kg_declared=gross,
        shipment=GoodsShipment(
            exporter=Party(name="BETALAND BULK TRADING", address=("XBCIT",)),
            importer=Party(id=f"A19{importer:05d}K", name=f"BORDER SUPPLIES {importer + 1}", address=("ALPHA CITY",)),
            export_country_code="XB",
            destination_country_code=HOME,
            border_transport=TransportMeans(id=f"BP {number} XB", mode_code="3", nationality_code="XB"),
            items=(
                GovernmentAgencyGoodsItem(
                    sequence=1,
                    commodity=Commodity(
                        description=text,
                        classifications=(Classification(id=code),),
                        gross_mass_kg=gross,
                        net_mass_kg=net,
                        price=Amount(price, "USD"),
                    ),
                    packaging=(Packaging(quantity=bags, type_code="BG", marks="N/M"),),
                    origins=(Origin(country_code="XB"),),
                    procedure=GovernmentProcedure(current="40", previous="00", national=("000",)),
                    customs_value=Amount(value, CURRENCY),
                    statistical_value=Amount(value, CURRENCY),
                    valuation_method="1",
                ),
            ),
            transaction_nature_code="11",
        ),
        valuation=ValuationCharges(
            invoice=Amount(price, "USD"),
            invoice_national=Amount(value, CURRENCY),
            exchange_rate=Decimal(USD_RATE),
            total_cif=Amount(value, CURRENCY),
        ),
        status=HostStatus(registration=f"C {number} {day.isoformat()}", registered=day, assessed=day),
    )

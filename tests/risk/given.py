# SPDX-License-Identifier: Apache-2.0
"""Cases, outcomes and a small past to test with."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import msgspec

from cocket.risk import Case, Facts, History, ItemFacts, Outcome, Past, PastCase


def item(**changes: object) -> ItemFacts:
    usual = ItemFacts(
        number=1,
        hs="61091000",
        origin="XB",
        value=Decimal("50000"),
        duty=Decimal("20000"),
        gross_mass_kg=110.0,
        net_mass_kg=100.0,
        packages=10,
        procedure="40",
        words=("COTTON", "SHIRTS"),
    )
    return msgspec.structs.replace(usual, **changes)


def facts(id: str = "c1", day: float = 100.0, **changes: object) -> Facts:
    usual = Facts(
        id=id,
        day=day,
        office="XA110000",
        flow="import",
        importer="A1",
        declarant="B1",
        seller="S1",
        export_country="XB",
        freight=Decimal("3000"),
        is_containerised=True,
        items=(item(),),
    )
    return msgspec.structs.replace(usual, **changes)


def case(differences: tuple[str, ...] | None = (), **changes: object) -> Case:
    return Case(facts=facts(**changes), differences=differences)


def outcome(found: bool = True, returned: float = 110.0, **changes: object) -> Outcome:
    return Outcome(facts=facts(**changes), found=found, returned=returned)


def seasoned(**changes: object) -> History:
    """A history that has seen forty usual declarations of many importers, by many ways."""
    history = History()
    for n in range(40):
        value = Decimal(50000 + 100 * (n % 7))
        history.observe(facts(f"old{n}", 50.0 + n / 10, importer=f"O{n}", items=(item(value=value, **changes),)))
    return history


def past(n: int = 1500, seed: int = 1, cheats_know_price: bool = True) -> Past:
    """A past in which cheats undervalue: a third of importers never cheat, a few often do."""
    dice = Random(seed)
    cases, outcomes = [], {}
    for number in range(n):
        importer = dice.randrange(60)
        is_fraud = dice.random() < (0.5 if importer < 6 else 0.02)
        cut = 0.5 if is_fraud and cheats_know_price else 1.0
        value = Decimal(round(50000 * cut * dice.lognormvariate(0, 0.1)))
        each = PastCase(
            case=case(
                id=f"p{number:05d}",
                day=number / 20,
                importer=f"A{importer}",
                seller=f"S{dice.randrange(9)}",
                items=(item(value=value, origin=dice.choice(("XB", "XC"))),),
            ),
            lane="red",
            propensity=0.5 if number % 2 else 1.0,
        )
        cases.append(each)
        if number % 3:
            outcomes[each.case.facts.id] = Outcome(
                facts=each.case.facts,
                found=is_fraud,
                returned=each.case.facts.day + dice.uniform(1, 5),
                propensity=each.propensity,
            )
    return Past(tuple(cases), outcomes)

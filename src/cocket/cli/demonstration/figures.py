# SPDX-License-Identifier: Apache-2.0
"""What the demo can tell in figures of the country's law: duties, permits, and faults in manifests, told against the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from cocket.cli.demonstration.country import Country, bill_of, day_of
from cocket.governance import Principal
from cocket.measures.permits import items_of, match
from cocket.measures.tariff import Calculator, at_stake, goods_of
from cocket.model import Declaration
from cocket.pipeline.consignment.manifest_views import ManifestFilter
from cocket.pipeline.consignment.manifests import Manifests
from cocket.simulation.law import permit_matrix, tariff
from cocket.simulation.manifest_faults import CODES, Fault

#: More than any country of the demo has.
_EVERY = 10_000


class Costs(msgspec.Struct, frozen=True, kw_only=True):
    """What goods cost by the tariff of the house.

    Attributes:
        currency: ISO 4217 of the sums.
        due: Duties and taxes of everything declared.
        on_preferences: What more would be due if no preference held.
        compared: Declarations of which the host told its own tax lines (count).
        agreeing: Of these, those of which every line is ours to the cent (count).
    """

    currency: str
    due: Decimal
    on_preferences: Decimal
    compared: int
    agreeing: int


class FaultCount(msgspec.Struct, frozen=True, kw_only=True):
    """Faults of manifests.

    Attributes:
        manifests: Manifests under control (count).
        planted: Faults that were planted (count).
        found: Of these, those that the house tells (count).
        others: Findings of the same kinds that nobody planted (count).
    """

    manifests: int
    planted: int
    found: int
    others: int


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is told in figures.

    Attributes:
        costs: What goods cost.
        needs: Verdict on what agencies ask → how often (count).
        lacking: Bill of the first declaration that lacks a paper; None if none does.
        faults: Faults of manifests.
    """

    costs: Costs
    needs: dict[str, int]
    lacking: str | None
    faults: FaultCount


def figures_of(manifests: Manifests, principal: Principal, country: Country) -> Figures:
    """The figures of a country in a house."""
    declarations = country.declarations()
    verdicts = _verdicts(country, declarations)
    return Figures(
        costs=_costs(declarations),
        needs=dict(Counter(verdict for verdict, _ in verdicts).most_common()),
        lacking=next((bill for verdict, bill in verdicts if verdict == "missing" and bill), None),
        faults=_faults(manifests, principal, country),
    )


def _costs(declarations: Iterable[Declaration]) -> Costs:
    calculator = Calculator(tariff())
    due, on_preferences = Decimal(0), Decimal(0)
    compared = agreeing = 0
    for declaration in declarations:
        items = [(item, goods_of(item, day_of(declaration))) for item in declaration.shipment.items]
        ours = calculator.declaration(goods for _, goods in items)
        due += sum((one.total or Decimal(0) for one in ours), Decimal(0))
        claims = (goods for _, goods in items if goods.preference is not None)
        stakes = (at_stake(calculator, goods, msgspec.structs.replace(goods, preference=None)) for goods in claims)
        on_preferences += sum((stake.amount or Decimal(0) for stake in stakes), Decimal(0))
        theirs = [[line.amount.value for line in item.commodity.duties if line.amount] for item, _ in items]
        compared += all(theirs)
        agreeing += all(theirs) and theirs == [[line.amount for line in one.lines] for one in ours]
    return Costs(
        currency=tariff().currency, due=due, on_preferences=on_preferences, compared=compared, agreeing=agreeing
    )


def _verdicts(country: Country, declarations: Iterable[Declaration]) -> list[tuple[str, str | None]]:
    """Verdict and bill for every need of every declaration, each as if it alone drew on the permits.

    What others take off a permit is told in the dossier.
    """
    return [
        (need.verdict, bill_of(declaration))
        for declaration in declarations
        for item in match(items_of(declaration, day_of(declaration)), permit_matrix(), country.permits).items
        for need in item.needs
    ]


def _faults(manifests: Manifests, principal: Principal, country: Country) -> FaultCount:
    kinds = {code: kind for kind, code in CODES.items()}
    lines = manifests.manifests(principal, ManifestFilter(limit=_EVERY)).lines
    told: Counter[Fault] = Counter()
    for line in lines:
        if not line.findings and not line.overdue and not line.over:
            continue
        view = manifests.manifest(principal, line.id, ManifestFilter(show="findings", limit=_EVERY))
        for finding in (*view.strays, *(one for bill in view.bills for one in bill.findings)):
            if finding.code in kinds:
                bill = finding.arguments.get("bill") or finding.found or ""
                told[Fault(kinds[finding.code], bill, line.voyage or "")] += 1
    planted = Counter(country.faults)
    found = (planted & told).total()
    return FaultCount(manifests=len(lines), planted=planted.total(), found=found, others=told.total() - found)

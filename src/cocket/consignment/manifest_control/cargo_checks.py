# SPDX-License-Identifier: Apache-2.0
"""What the bills of a manifest have to say against each other: masters and houses, containers, seals, landings.

Each check is a function named after its code; its first paragraph is the text for the officer. It yields the bill with
each finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property

from cocket.consignment import agreement
from cocket.consignment.manifest_control.accounts import Account
from cocket.consignment.manifest_control.checks import Sight, finding_on
from cocket.consignment.manifest_control.stock import BillKey, StockLine
from cocket.consignment.sides import as_number
from cocket.findings import Finding


class Cargo:
    """All accounts of one manifest, looked at together.

    Args:
        sights: One a bill.
        landed: Containers reported landed, by bill number as numbers are compared.
    """

    def __init__(self, sights: Mapping[BillKey, Sight], landed: Mapping[str, frozenset[str]]) -> None:
        self.sights = sights
        self.landed = landed

    @cached_property
    def lines(self) -> dict[BillKey, StockLine]:
        """The stock lines, in order."""
        return {key: sight.account.line for key, sight in self.sights.items()}

    @cached_property
    def by_container(self) -> dict[str, list[BillKey]]:
        """Bills by the containers they name."""
        found: dict[str, list[BillKey]] = {}
        for key, line in self.lines.items():
            for number in line.equipment:
                found.setdefault(number, []).append(key)
        return found

    def houses_of(self, account: Account) -> list[StockLine]:
        """The houses under a master (0..n)."""
        return [self.lines[key] for key in account.houses]

    def consolidation(self, key: BillKey) -> BillKey:
        """The master a bill stands under, or itself."""
        master = self.lines[key].master
        return key if master is None else BillKey(master)


Found = Iterable[tuple[BillKey, Finding]]
Check = Callable[[Cargo], Found]


def house_without_master(cargo: Cargo) -> Found:
    """A house stands under a master that the manifest does not have.

    Source: UNCTAD manifest XML message description, degroupage: the reference number of the master bill.
    """
    for key, line in cargo.lines.items():
        if line.master is not None and BillKey(line.master) not in cargo.lines:
            yield (
                key,
                finding_on(
                    cargo.sights[key],
                    "house-without-master",
                    "house bill {bill} belongs to master {found}, which manifest {manifest} does not have",
                    found=line.master,
                ),
            )


def master_houses_differ(cargo: Cargo) -> Found:
    """The houses reported do not add up to their master, in packages or in gross mass.

    Source: rules given to carriers (Bangladesh): of a degroupage the packages and gross mass equal the master's. Masses
    within 1 % or 1 kg agree: the tolerance is ours.
    """
    for key, sight in cargo.sights.items():
        houses = cargo.houses_of(sight.account) if sight.account.houses else ()
        if not houses:
            continue
        for has, sums in _differences(sight.account.line, houses):
            yield (
                key,
                finding_on(
                    sight,
                    "master-houses-differ",
                    "the house bills of master {bill} of manifest {manifest} have {found} in all, the master has {expected}",
                    found=sums,
                    expected=has,
                    houses=", ".join(house.title for house in houses),
                ),
            )


def container_not_on_master(cargo: Cargo) -> Found:
    """A house names a container that its master, and so the manifest, does not have.

    Source: WCO Data Model, TransportEquipment 31B of the cargo report; UNCTAD manifest XML message description.
    """
    for key, line in cargo.lines.items():
        master = cargo.lines.get(BillKey(line.master)) if line.master is not None else None
        if master is None or not master.equipment:
            continue
        for number in sorted(set(line.equipment) - set(master.equipment)):
            yield (
                key,
                finding_on(
                    cargo.sights[key],
                    "container-not-on-master",
                    "container {found} of house bill {bill} is not on master {master} of manifest {manifest}",
                    found=number,
                    expected=", ".join(master.equipment),
                    master=master.title,
                ),
            )


def container_on_two_bills(cargo: Cargo) -> Found:
    """A container stands on two bills that are not one consolidation.

    Groupage that says so (part load, LCL) is only told.

    Source: as `container_not_on_master`.
    """
    for number, bills in cargo.by_container.items():
        if len(bills) < 2:
            continue
        roots = dict.fromkeys(cargo.consolidation(key) for key in bills)
        if len(roots) < 2:
            continue
        is_shared = all(number in cargo.lines[key].part_loads for key in bills)
        for key in bills:
            own = cargo.consolidation(key)
            others = [cargo.lines[other].title for other in bills if cargo.consolidation(other) != own]
            yield (
                key,
                finding_on(
                    cargo.sights[key],
                    "container-on-two-bills",
                    "container {found} is on bill {bill} of manifest {manifest} and on {others}, which are not one consolidation",
                    "info" if is_shared else "warning",
                    found=number,
                    others=", ".join(others),
                ),
            )


def seal_on_bills_differs(cargo: Cargo) -> Found:
    """A container has one seal on one bill, and another on a bill of the same consolidation or of the same container.

    Source: WCO SAFE Framework, pillar 1, seal integrity programme (recording and verifying seals).
    """
    for number, bills in cargo.by_container.items():
        if len(bills) < 2:
            continue
        seals = {key: frozenset(seal for unit, seal in cargo.lines[key].seals if unit == number) for key in bills}
        first = next((key for key in bills if seals[key]), None)
        for key in bills if first is not None else ():
            if first is not None and seals[key] and seals[key].isdisjoint(seals[first]):
                yield (
                    key,
                    finding_on(
                        cargo.sights[key],
                        "seal-on-bills-differs",
                        "container {container} has seal {found} on bill {bill}, and {expected} on {other} of manifest {manifest}",
                        found=", ".join(sorted(seals[key])),
                        expected=", ".join(sorted(seals[first])),
                        container=number,
                        other=cargo.lines[first].title,
                    ),
                )


def container_not_landed(cargo: Cargo) -> Found:
    """Containers are reported landed under this bill, but not this one, and the days for reporting are over.

    Source: Revised Kyoto Convention, specific annex A, chapter 1 (unloading of goods).
    """
    for key, sight in cargo.sights.items():
        reported = cargo.landed.get(key.number)
        missing = set(sight.account.line.equipment) - reported if reported else set()
        if missing and sight.is_past(sight.terms.landing_days):
            yield (
                key,
                finding_on(
                    sight,
                    "container-not-landed",
                    "container {found} of bill {bill} of manifest {manifest} is not reported landed",
                    found=", ".join(sorted(missing)),
                ),
            )


def container_landed_not_manifested(cargo: Cargo) -> Found:
    """A container is reported landed under a bill that does not have it.

    Source: as `container_not_landed`.
    """
    for key, sight in cargo.sights.items():
        reported = cargo.landed.get(key.number)
        line = sight.account.line
        if not reported or not line.equipment:
            continue
        for number in sorted(reported - set(line.equipment)):
            yield (
                key,
                finding_on(
                    sight,
                    "container-landed-not-manifested",
                    "container {found} is reported landed under bill {bill}, which manifest {manifest} has with {expected}",
                    found=number,
                    expected=", ".join(line.equipment),
                ),
            )


#: All checks of bills against each other, in the order in which they are told.
CARGO_CHECKS: tuple[Check, ...] = (
    house_without_master,
    master_houses_differ,
    container_not_on_master,
    container_on_two_bills,
    seal_on_bills_differs,
    container_not_landed,
    container_landed_not_manifested,
)


def check_cargo(cargo: Cargo) -> dict[BillKey, list[Finding]]:
    """Run every check on the bills of one manifest.

    Args:
        cargo: Its accounts.

    Returns:
        Findings by bill, in the order of `CARGO_CHECKS`; bills without any are left out.
    """
    found: dict[BillKey, list[Finding]] = {}
    for check in CARGO_CHECKS:
        for key, finding in check(cargo):
            found.setdefault(key, []).append(finding)
    return found


def _differences(master: StockLine, houses: Sequence[StockLine]) -> Iterable[tuple[str, str]]:
    """What the master has and what its houses sum to, where both are known and differ."""
    counts = [house.packages for house in houses]
    if master.packages is not None and None not in counts:
        total = sum(count or 0 for count in counts)
        if total != master.packages:
            yield f"{master.packages} packages", f"{total} packages"
    masses = [house.gross_mass_kg for house in houses]
    if master.gross_mass_kg is not None and None not in masses:
        weight = sum((mass or Decimal(0) for mass in masses), Decimal(0))
        if agreement.same_mass(weight, master.gross_mass_kg) is False:
            yield f"{as_number(master.gross_mass_kg)} kg", f"{as_number(weight)} kg"

# SPDX-License-Identifier: Apache-2.0
"""What the bills of a manifest add up to, counted one by one, so that none of them has to be kept.

Source: rules given to carriers (Bangladesh): bills are counted as masters, gross mass is the sum of masters, packages
are the sum of house bills.
"""

from __future__ import annotations

from array import array
from decimal import Decimal

from cocket.model import BillOfLading

#: Counts that a machine word can hold; a larger one is kept beside them.
_UNKNOWN = -(2**63)
_LARGEST = 2**62


class Names:
    """A set of names that keeps eight bytes of each, in a table that is at most half full.

    Two names would be taken for one where their 64-bit hashes are the same: once in 37 million manifests of a million
    bills. Python keys its hash of texts, so that nobody can make such names on purpose.
    """

    def __init__(self) -> None:
        self._slots = array("q", bytes(8 * 64))
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, name: str) -> bool:
        """Take a name in; whether it is new."""
        key = key_of(name)
        place = self._place(key)
        if self._slots[place]:
            return False
        self._slots[place] = key
        self._count += 1
        if self._count * 2 > len(self._slots):
            self._grow()
        return True

    def holds(self, key: int) -> bool:
        """Whether the name of this key, as `key_of` gives it, is there."""
        return self._slots[self._place(key)] != 0

    def _place(self, key: int) -> int:
        """Where a key stands, or the free place where it would."""
        slots, mask = self._slots, len(self._slots) - 1
        place = key & mask
        while slots[place] not in (0, key):
            place = (place + 1) & mask
        return place

    def _grow(self) -> None:
        before = self._slots
        self._slots = array("q", bytes(2 * len(before) * before.itemsize))
        for key in before:
            if key:
                self._slots[self._place(key)] = key


def key_of(name: str | None) -> int:
    """The eight bytes that stand for a name; never 0."""
    return hash(name) or 1


class Tally:
    """Counts and sums over the bills of one manifest.

    Attributes:
        outermost: Bills that are masters or stand alone (count).
        gross_mass_kg: Sum of the gross mass of these, as far as it is stated.
        masses: How many of these state it (count).
        containers: Containers named, each time counted.
    """

    def __init__(self) -> None:
        self.outermost = self.masses = self.containers = 0
        self.gross_mass_kg = Decimal(0)
        self._numbers, self._masters, self._containers = Names(), Names(), Names()
        self._house_packages: int | None = 0
        self._houses = 0
        self._others, self._packages = array("q"), array("q")
        self._large: dict[int, int] = {}

    @property
    def distinct_containers(self) -> int:
        """Containers named, one under several bills counted once."""
        return len(self._containers)

    def add(self, bill: BillOfLading) -> bool:
        """Count one bill; whether its number is new, as that of a bill without one always is."""
        self.containers += len(bill.equipment)
        for unit in bill.equipment:
            self._containers.add(unit.id)
        packages = bill.packaging[0].quantity if bill.packaging else None
        if bill.level == "house":
            self._add_house(bill, packages)
        else:
            self._add_other(bill, packages)
        return bill.id is None or self._numbers.add(bill.id)

    def packages(self) -> int | None:
        """Packages, a master counted by its house bills and one without any here by its own.

        Returns:
            The sum; None if one of them does not say, or there are none.
        """
        total, known = self._house_packages, self._houses
        for place, key in enumerate(self._others):
            if self._masters.holds(key):
                continue
            known += 1
            own = self._large.get(place, self._packages[place])
            total = None if total is None or own == _UNKNOWN else total + own
        return total if known else None

    def _add_house(self, bill: BillOfLading, packages: int | None) -> None:
        self._houses += 1
        if bill.master_id is not None:
            self._masters.add(bill.master_id)
        before = self._house_packages
        self._house_packages = None if before is None or packages is None else before + packages

    def _add_other(self, bill: BillOfLading, packages: int | None) -> None:
        self.outermost += 1
        if bill.gross_mass_kg is not None:
            self.masses += 1
            self.gross_mass_kg += bill.gross_mass_kg
        if packages is not None and abs(packages) > _LARGEST:
            self._large[len(self._others)] = packages
            packages = 0
        self._others.append(key_of(bill.id))
        self._packages.append(_UNKNOWN if packages is None else packages)

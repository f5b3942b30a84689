# SPDX-License-Identifier: Apache-2.0
"""The write-off itself: stock lines and write-offs meet, and each bill has its account.

One pass over the stock and one over the write-offs, so that the cost a line does not grow with the manifest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from cocket.consignment import agreement
from cocket.consignment.manifest_control.stock import BillKey, StockLine, plus
from cocket.consignment.manifest_control.write_offs import Named, WriteOff
from cocket.model.declaration import Flow

State = Literal["open", "partly", "closed", "over"]

#: What a bill of this nature is declared for. Other declarations on it (a transit before import) do not add up to it.
FLOW_OF_NATURE: dict[str, Flow] = {"22": "export", "23": "import", "24": "transit"}

#: Of a bill that states no nature, goods that were carried in transit and then declared count as declared.
_LAST_FLOWS: tuple[Flow, ...] = ("import", "export", "other", "transit", "cargo-report")

_NONE = Decimal(0)


class Elsewhere(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """The same bill on other manifests.

    Attributes:
        manifests: Names of those that bring a further part of it (0..n).
        packages: Packages they bring (count); None if one does not say.
        gross_mass_kg: Gross mass they bring; None likewise.
        onward: Names of those that take it, or a container of it, on from here (0..n).
    """

    manifests: tuple[str, ...] = ()
    packages: int | None = 0
    gross_mass_kg: Decimal | None = _NONE
    onward: tuple[str, ...] = ()


NOWHERE = Elsewhere()


class Account(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """How one bill stands.

    Attributes:
        line: What it brought into stock.
        write_offs: Every write-off on it, oldest first (0..n).
        counted: Those of them that count: of the bill's own flow, and the host's alone where the host speaks (0..n).
        packages_written: Packages written off (count), as far as stated; of a master with those of its houses.
        mass_written_kg: Gross mass written off, likewise.
        packages_left: Balance of packages, negative if more was declared (at least that much, if some do not say how much);
            None where it is not known.
        mass_left_kg: Balance of gross mass, likewise.
        state: `open` (nothing written off), `partly`, `closed` or `over`.
        houses: Houses under it (0..n).
        elsewhere: The same bill on other manifests.
    """

    line: StockLine
    write_offs: tuple[WriteOff, ...] = ()
    counted: tuple[WriteOff, ...] = ()
    packages_written: int = 0
    mass_written_kg: Decimal = _NONE
    packages_left: int | None = None
    mass_left_kg: Decimal | None = None
    state: State = "open"
    houses: tuple[BillKey, ...] = ()
    elsewhere: Elsewhere = NOWHERE


class Balanced(msgspec.Struct, frozen=True):
    """The accounts of a manifest.

    Attributes:
        accounts: One a bill, in the order of the stock.
        strays: Write-offs on bills that the manifest does not have, oldest first (0..n).
    """

    accounts: dict[BillKey, Account]
    strays: tuple[WriteOff, ...]


def balance(
    stock: Mapping[BillKey, StockLine],
    write_offs: Iterable[WriteOff],
    elsewhere: Mapping[BillKey, Elsewhere] | None = None,
    names: Iterable[str] = (),
) -> Balanced:
    """Write declarations off a manifest.

    Args:
        stock: Its stock lines.
        write_offs: What declarations take, in any order; the outcome does not depend on it.
        elsewhere: Bills of it that other manifests have too; those left out are on none.
        names: Names of this manifest, for write-offs that name it and a line.

    Returns:
        Accounts and strays. Nothing is lost: each write-off is in one account or among the strays.
    """
    others = elsewhere or {}
    by_bill, strays = _sorted_to_bills(stock, write_offs, frozenset(names))
    houses = _houses(stock)
    accounts: dict[BillKey, Account] = {}
    for key, line in stock.items():
        if key not in houses:
            accounts[key] = _account(line, by_bill.get(key, ()), others.get(key, NOWHERE))
    for key, under in houses.items():
        below = [accounts[house] for house in under if house in accounts]
        accounts[key] = _of_master(stock[key], by_bill.get(key, ()), others.get(key, NOWHERE), below)
    for key, under in houses.items():
        _cover(accounts, key, under)
    return Balanced({key: accounts[key] for key in stock}, strays)


def _sorted_to_bills(
    stock: Mapping[BillKey, StockLine], write_offs: Iterable[WriteOff], names: frozenset[str]
) -> tuple[dict[BillKey, list[WriteOff]], tuple[WriteOff, ...]]:
    by_line = {line.line: key for key, line in stock.items() if line.line is not None and not key.is_house}
    by_bill: dict[BillKey, list[WriteOff]] = {}
    strays = []
    for one in write_offs:
        key = _bill_of(one.bill, stock, by_line, names)
        if key is None:
            strays.append(one)
        elif key in by_bill:
            by_bill[key].append(one)
        else:
            by_bill[key] = [one]
    return by_bill, tuple(sorted(strays, key=_age))


def _bill_of(
    bill: Named, stock: Mapping[BillKey, StockLine], by_line: Mapping[int, BillKey], names: frozenset[str]
) -> BillKey | None:
    """The bill that is meant: of the kind named if there is one of that number, else of the other kind, else by line."""
    key = BillKey(bill.number, bill.is_house)
    if key in stock:
        return key
    other = BillKey(bill.number, not bill.is_house)
    if other in stock:
        return other
    return by_line.get(bill.line or 0) if bill.manifest and bill.manifest in names else None


def _houses(stock: Mapping[BillKey, StockLine]) -> dict[BillKey, list[BillKey]]:
    """Masters that stand in this stock, with their houses."""
    found: dict[BillKey, list[BillKey]] = {}
    for key, line in stock.items():
        if line.master is not None and (master := BillKey(line.master)) in stock:
            found.setdefault(master, []).append(key)
    return found


def _account(line: StockLine, write_offs: Sequence[WriteOff], elsewhere: Elsewhere) -> Account:
    if not write_offs:
        state: State = "closed" if elsewhere.onward else "open"
        packages, mass = line.stock_packages, line.stock_mass_kg
        if elsewhere.manifests:
            packages, mass = plus(packages, elsewhere.packages), plus(mass, elsewhere.gross_mass_kg)
        return Account(line=line, packages_left=packages, mass_left_kg=mass, state=state, elsewhere=elsewhere)
    every = tuple(sorted(write_offs, key=_age))
    return _settled(Account(line=line, write_offs=every, counted=counting(every, line.nature), elsewhere=elsewhere))


def _of_master(
    line: StockLine, write_offs: Sequence[WriteOff], elsewhere: Elsewhere, below: Sequence[Account]
) -> Account:
    """The account of a master: what is written off its houses is written off it."""
    every = tuple(sorted(write_offs, key=_age))
    counted = counting(every, line.nature)
    keys = tuple(one.line.key for one in below)
    own = Account(line=line, write_offs=every, counted=counted, houses=keys, elsewhere=elsewhere)
    return _settled(own, below)


def _settled(account: Account, below: Sequence[Account] = ()) -> Account:
    counted = (*account.counted, *(one for house in below for one in house.counted))
    packages = mass = None
    written, weighed = 0, _NONE
    all_counted = all_weighed = True
    for one in counted:
        if one.packages is None or one.packages < 0:
            all_counted = False
        else:
            written += one.packages
        if one.gross_mass_kg is None or one.gross_mass_kg < 0:
            all_weighed = False
        else:
            weighed += one.gross_mass_kg
    line, elsewhere = account.line, account.elsewhere
    stock, stocked = plus(line.stock_packages, elsewhere.packages), plus(line.stock_mass_kg, elsewhere.gross_mass_kg)
    if stock is not None and (all_counted or written > stock):  # what is not stated cannot make it less
        packages = stock - written
    if stocked is not None and (all_weighed or weighed > stocked):
        mass = stocked - weighed
    return msgspec.structs.replace(
        account,
        packages_written=written,
        mass_written_kg=weighed,
        packages_left=packages,
        mass_left_kg=mass,
        state=_state(packages, mass, weighed, has_any=bool(counted), is_onward=bool(elsewhere.onward)),
    )


def counting(write_offs: Sequence[WriteOff], nature: str | None) -> tuple[WriteOff, ...]:
    """The write-offs that add up.

    Goods may be carried in transit and then imported under one bill: those of one flow add up, the bill's own if it
    states its nature, else what they are carried for in the end. What a host registered and what its trader sent
    himself are one telling of the goods.

    Args:
        write_offs: All on one bill, in any order.
        nature: Of the bill; None where not stated.
    """
    if len(write_offs) < 2:
        return tuple(write_offs)
    wanted = FLOW_OF_NATURE.get(nature or "")
    flows = {one.flow for one in write_offs}
    flow = wanted if wanted in flows else min(flows, key=_LAST_FLOWS.index)
    of_flow = tuple(one for one in write_offs if one.flow == flow)
    return tuple(one for one in of_flow if one.is_of_host) or of_flow


def _state(packages: int | None, mass: Decimal | None, weighed: Decimal, *, has_any: bool, is_onward: bool) -> State:
    if not has_any:
        return "closed" if is_onward else "open"
    is_weight_right = None if mass is None else agreement.same_mass(mass + weighed, weighed)
    if (packages is not None and packages < 0) or (mass is not None and mass < 0 and not is_weight_right):
        return "over"
    if packages is None and mass is None:
        return "partly"
    return "closed" if not packages and is_weight_right is not False else "partly"


def _cover(accounts: dict[BillKey, Account], master: BillKey, houses: Sequence[BillKey]) -> None:
    """Houses that nobody declares are closed where their master is declared whole."""
    whole = accounts[master]
    if whole.counted and whole.state in ("closed", "over"):
        for house in houses:
            if accounts[house].state == "open":
                accounts[house] = msgspec.structs.replace(accounts[house], state="closed")


def _age(one: WriteOff) -> tuple[int, str, str]:
    return one.index, one.message_id, one.bill.number

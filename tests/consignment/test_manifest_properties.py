# SPDX-License-Identifier: Apache-2.0
"""What holds of any manifest: the order of papers does not matter, and sums conserve."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from cocket.consignment import Paper
from cocket.consignment.manifest_control import BillKey, balance, control, totals_of, write_offs_of
from cocket.consignment.manifest_control.stock import lines_of
from cocket.model import HostStatus, Manifest, Packaging, Reference
from tests.consignment.making import bill, declaration, manifest, paper

NAME = "XA110000/2026/1"
NOW = datetime(2027, 1, 1, tzinfo=UTC)
ISSUED = datetime(2026, 11, 20, tzinfo=UTC)
NUMBERS = [f"TSTB010000{n}" for n in range(5)]

counts = st.none() | st.integers(0, 40)
bills = st.builds(
    lambda number, packages, is_house, nature: bill(
        number,
        packaging=() if packages is None else (Packaging(quantity=packages, type_code="CT"),),
        gross_mass_kg=None if packages is None else Decimal(packages * 7),
        level="house" if is_house else None,
        master_id=NUMBERS[0] if is_house else None,
        nature_code=nature,
    ),
    st.sampled_from(NUMBERS) | st.none(),
    counts,
    st.booleans(),
    st.sampled_from([None, "22", "23", "24", "28"]),
)
manifests = st.builds(
    lambda rows, kind, other: manifest(
        *rows,
        kind=kind,
        arrives=date(2026, 11, 26),
        references=(Reference("MANIFEST", "2026 2" if other else "2026 1", "XA110000"),),
    ),
    st.lists(bills, min_size=1, max_size=6),
    st.sampled_from(["whole", "whole", "append", "degroupage"]),
    st.booleans(),
)
declarations = st.builds(
    lambda number, second, packages, flow, is_of_host: declaration(
        number,
        flow=flow,
        packages_declared=packages,
        gross_mass_kg_declared=None if packages is None else Decimal(packages * 7),
        status=HostStatus() if is_of_host else None,
        references=(
            *(Reference("BL", one) for one in {number, second} if one),
            Reference("MANIFEST", "2026 1", "XA110000"),
        ),
        shipment={"items": ()} if packages is None else {},
    ),
    st.sampled_from(NUMBERS),
    st.none() | st.sampled_from([*NUMBERS, "STRANGE0001"]),
    counts,
    st.sampled_from(["import", "transit", "export", "cargo-report"]),
    st.booleans(),
)


@st.composite
def dossiers(draw: st.DrawFn) -> list[Paper]:
    """Papers of any kind and standing, indexed in some order."""
    documents = draw(st.lists(manifests | declarations, min_size=1, max_size=9))
    return [
        paper(
            document,
            index,
            part=0,
            standing=draw(st.sampled_from(["accepted", "accepted", "accepted", "superseded", "refused"])),
            function=draw(st.sampled_from(["original", "original", "amendment", "cancellation"])),
        )
        for index, document in enumerate(documents)
    ]


@settings(max_examples=150, deadline=None)
@given(dossiers(), st.randoms(use_true_random=False))
def test_the_order_of_papers_does_not_matter(papers: list[Paper], dice: Random) -> None:
    shuffled = papers.copy()
    dice.shuffle(shuffled)
    assert control(shuffled, NAME, NOW) == control(papers, NAME, NOW)


@settings(max_examples=300, deadline=None)
@given(dossiers(), st.randoms(use_true_random=False))
def test_papers_close_a_manifest_alike_in_whatever_order_they_come(papers: list[Paper], dice: Random) -> None:
    said = [
        msgspec.structs.replace(one, document=msgspec.structs.replace(one.document, issued=ISSUED + timedelta(hours=n)))
        if isinstance(one.document, Manifest)
        else one
        for n, one in enumerate(papers)
    ]
    came = said.copy()
    dice.shuffle(came)
    late = [
        msgspec.structs.replace(one, index=100 + n, received=NOW + timedelta(minutes=n)) for n, one in enumerate(came)
    ]
    assert closing(late) == closing(said)


def closing(papers: list[Paper]) -> Any:
    """How each bill of the manifest stands, without the names of the messages it was taken from."""
    found = control(papers, NAME, NOW)
    if found is None:
        return None
    accounts = {
        key: (one.state, one.packages_left, one.mass_left_kg, one.packages_written, one.line.nature, one.line.kinds)
        for key, one in found.accounts.items()
    }
    return accounts, {key: sorted(one.code for one in told) for key, told in found.findings.items()}, len(found.strays)


@settings(max_examples=150, deadline=None)
@given(dossiers(), st.randoms(use_true_random=False))
def test_the_order_of_write_offs_does_not_matter(papers: list[Paper], dice: Random) -> None:
    stock = {
        key: line
        for one in papers
        if isinstance(one.document, Manifest)
        for key, line in lines_of(one.document).items()
    }
    taken = [one for each in papers for one in write_offs_of(each)]
    shuffled = taken.copy()
    dice.shuffle(shuffled)
    assert balance(stock, shuffled) == balance(stock, taken)


@settings(max_examples=150, deadline=None)
@given(dossiers())
def test_every_write_off_is_in_one_account_or_astray(papers: list[Paper]) -> None:
    stock = {
        key: line
        for one in papers
        if isinstance(one.document, Manifest)
        for key, line in lines_of(one.document).items()
    }
    taken = [one for each in papers for one in write_offs_of(each)]
    balanced = balance(stock, taken)
    placed = [*balanced.strays, *(one for account in balanced.accounts.values() for one in account.write_offs)]
    assert sorted(map(repr, placed)) == sorted(map(repr, taken))


@settings(max_examples=150, deadline=None)
@given(dossiers())
def test_stock_less_what_is_written_off_is_what_is_left(papers: list[Paper]) -> None:
    found = control(papers, NAME, NOW)
    for account in found.accounts.values() if found else ():
        stock, elsewhere = account.line.stock_packages, account.elsewhere.packages
        if account.packages_left is not None:
            assert stock is not None
            assert elsewhere is not None
            assert stock + elsewhere == account.packages_left + account.packages_written
        if account.mass_left_kg is not None and account.elsewhere.gross_mass_kg is not None:
            assert account.line.stock_mass_kg is not None
            weighed = account.mass_left_kg + account.mass_written_kg
            assert account.line.stock_mass_kg + account.elsewhere.gross_mass_kg == weighed


@settings(max_examples=150, deadline=None)
@given(dossiers())
def test_what_all_bills_have_written_off_is_what_counting_declarations_take(papers: list[Paper]) -> None:
    found = control(papers, NAME, NOW)
    if found is None:
        return
    packages, mass = totals_of(found)
    counted = [one for account in found.accounts.values() for one in account.counted]
    assert packages == sum(one.packages or 0 for one in counted)
    assert mass == sum((one.gross_mass_kg or Decimal(0) for one in counted), Decimal(0))
    leaves = [account for account in found.accounts.values() if not account.houses]
    masters = [account for account in found.accounts.values() if account.houses]
    own = sum(one.packages or 0 for account in masters for one in account.counted)
    assert packages == sum(account.packages_written for account in leaves) + own


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_part_shipments_that_add_up_leave_nothing_and_one_package_more_is_over(parts: list[int], dice: Random) -> None:
    whole = bill(packaging=(Packaging(quantity=sum(parts)),), gross_mass_kg=Decimal(sum(parts) * 100))
    given_papers = [
        paper(manifest(whole), 0, part=0),
        *(_part(n, packages) for n, packages in enumerate(parts, start=1)),
    ]
    dice.shuffle(given_papers)
    found = control(given_papers, NAME, datetime(2026, 11, 28, tzinfo=UTC))
    assert found is not None
    account = found.accounts[BillKey("TSTB0100007")]
    assert (account.state, account.packages_left, found.every_finding) == ("closed", 0, ())
    more = control([*given_papers, _part(99, 1)], NAME, datetime(2026, 11, 28, tzinfo=UTC))
    assert more is not None
    assert [finding.code for finding in more.every_finding] == ["bill-used-twice"]


def _part(index: int, packages: int) -> Paper:
    mass = Decimal(packages * 100)
    return paper(declaration(packages_declared=packages, gross_mass_kg_declared=mass), index)

# SPDX-License-Identifier: Apache-2.0
"""What many share without a scheme accuses nobody: by how many share it, or because it is listed; a ring among them is found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cocket.risk.hubs import Hubs, read_hubs
from cocket.risk.threats import Alert, Declared, find_likely_hubs, find_threats, log_of
from tests.risk.threats.shared import BIG_BROKER, CENTRE, CHAIN, LISTED, SMALL_BROKER, ring, shared
from tests.risk.threats.slow import Slow

SEEDS = (21, 22, 23)
HUBS = Hubs(read_hubs(LISTED).hubs)


def accused(log: Slow, alerts: tuple[Alert, ...]) -> set[str]:
    rows = {row for one in alerts for row in one.rows}
    return {one.importer or "" for one in log.declared if one.row in rows}


@pytest.mark.parametrize("hubs", [None, HUBS], ids=["by degree", "listed"])
def test_a_business_centre_of_sixty_firms_accuses_none_of_them(hubs: Hubs | None) -> None:
    for seed in SEEDS:
        log = shared(seed)
        centre = {f"C{firm}" for firm in range(60)}
        assert centre <= {one.importer for one in log.declared}
        assert not accused(log, find_threats(log.log(), hubs=hubs)) & centre, seed


def test_a_chain_and_a_brokers_small_office_look_like_hubs_until_they_are_listed_and_accuse_nobody() -> None:
    for seed in SEEDS:
        log = shared(seed)
        shops, office = {f"S{shop}" for shop in range(8)}, {f"O{firm}" for firm in range(7)}
        for hubs in (None, HUBS):
            assert not (shops | office) & accused(log, find_threats(log.log(), hubs=hubs))
        likely = {(one.identity, one.value) for one in find_likely_hubs(log.log())}
        assert {("address", CENTRE), ("phone", BIG_BROKER), ("phone", SMALL_BROKER), *CHAIN} <= likely
        assert len(likely) < 15
        assert {one.value for one in find_likely_hubs(log.log(), hubs=HUBS)} <= {"1 Tower Plaza"}, "it is on no list"


@pytest.mark.parametrize("hubs", [None, HUBS], ids=["without a list", "listed"])
def test_at_most_five_in_a_thousand_traders_of_each_log_are_accused(hubs: Hubs | None) -> None:
    for seed in SEEDS:
        log = shared(seed)
        traders = len({one.importer for one in log.declared})
        assert len(accused(log, find_threats(log.log(), hubs=hubs))) <= 0.005 * traders, seed


@pytest.mark.parametrize("hubs", [None, HUBS], ids=["without a list", "listed"])
def test_a_ring_among_clients_of_hubs_is_named_by_what_only_its_members_share(hubs: Hubs | None) -> None:
    for seed in SEEDS:
        log = shared(seed)
        ring(log)
        named = {row for one in find_threats(log.log(), hubs=hubs) if one.kind == "ring" for row in one.rows}
        assert log.planted <= named, seed


def test_parcels_to_firms_of_a_listed_centre_are_not_parts_of_one_consignment() -> None:
    """Twenty firms that buy once, at one address: straws, unless the address is a listed centre."""
    start = datetime(2026, 1, 5, tzinfo=UTC)
    address = "12 Meridian Tower, Harbour District"
    parts = [
        Declared(
            row=n + 1,
            at=start + timedelta(hours=n),
            reference=f"P{n}",
            importer=f"P{n}",
            consignee=address,
            hs="640399",
            value=148.0 - n / 10,
            mass_kg=1.0 + n / 9,
        )
        for n in range(20)
    ]
    others = [
        Declared(
            row=100 + n,
            at=start + timedelta(hours=n),
            reference=f"Q{n}",
            importer=f"Q{n % 40}",
            consignee=f"{n % 40} Road",
            hs="640399",
            value=20.0 + 13 * n,
            mass_kg=2.0 + n,
        )
        for n in range(200)
    ]
    log = log_of([*parts, *others], [])
    assert {one.kind for one in find_threats(log)} == {"split"}
    assert find_threats(log, hubs=HUBS) == ()

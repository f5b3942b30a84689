# SPDX-License-Identifier: Apache-2.0
"""Permits of the synthetic country: what is presented holds, but for what is left out and for one that is used up."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from cocket import standards
from cocket.measures.permits import check_permit, items_of, match
from cocket.model import Declaration
from cocket.simulation import Parameters, simulate
from cocket.simulation.law import permit_matrix
from cocket.simulation.permits import Licensed, present_permits


def country(folder: Path, seed: int) -> list[Declaration]:
    """Declarations of a synthetic country, read from its files."""
    simulate(Parameters(seed=seed, size=300, days=5, history_size=0), folder)
    read = (standards.read(path.read_bytes()).document for path in sorted((folder / "host/sad").glob("*.xml")))
    return [one for one in read if isinstance(one, Declaration)]


def verdicts(licensed: Licensed) -> Counter[str]:
    """Verdicts on every declaration, each as if it alone drew on the permits."""
    return Counter(
        need.verdict
        for declaration in licensed.declarations
        if declaration.status and declaration.status.registered
        for item in match(items_of(declaration, declaration.status.registered), permit_matrix(), licensed.permits).items
        for need in item.needs
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_is_presented_holds_and_what_is_missing_is_counted(tmp_path: Path, seed: int) -> None:
    licensed = present_permits(country(tmp_path, seed), permit_matrix(), seed)
    told = verdicts(licensed)
    assert told["missing"] == licensed.missing > 0
    assert told["satisfied"] > 5 * licensed.missing
    assert set(told) <= {"satisfied", "missing", "quantity-exceeded"}
    assert [finding for permit in licensed.permits for finding in check_permit(permit)] == []


def test_one_permit_has_room_for_its_first_declaration_alone(tmp_path: Path) -> None:
    licensed = present_permits(country(tmp_path, 1), permit_matrix(), 1)
    asked: Counter[str] = Counter()
    for declaration in licensed.declarations:
        for item in declaration.shipment.items:
            for paper in item.documents:
                asked[paper.id or ""] += int(item.commodity.net_mass_kg or 0)
    short = [one.number for one in licensed.permits if one.quantity is not None and asked[one.number] > one.quantity]
    assert len(short) == 1


def test_the_same_seed_presents_the_same_and_a_file_keeps_it(tmp_path: Path) -> None:
    declared = country(tmp_path, 4)
    licensed = present_permits(declared, permit_matrix(), 4)
    assert present_permits(declared, permit_matrix(), 4) == licensed
    assert present_permits(declared, permit_matrix(), 5) != licensed
    changed = next(one for one, old in zip(licensed.declarations, declared, strict=True) if one != old)
    again = standards.read(standards.write(changed, "asycuda-sad")).document
    assert isinstance(again, Declaration)
    assert [[paper.id for paper in item.documents] for item in again.shipment.items] == [
        [paper.id for paper in item.documents] for item in changed.shipment.items
    ]

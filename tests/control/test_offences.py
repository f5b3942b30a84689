# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from cocket.control import OFFENCES, OLD, THREATS, group_of


def test_every_offence_has_one_group() -> None:
    groups = {offence: group_of(offence) for offence in OFFENCES}
    assert {name for name, group in groups.items() if group == "threat"} == set(THREATS)
    assert (groups["undervaluation"], groups["revenue"], groups["ipr"]) == ("revenue", "revenue", "other")


def test_old_names_are_known_and_told_apart() -> None:
    assert set(OFFENCES) > OLD == {"revenue", "smuggling"}

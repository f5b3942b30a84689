# SPDX-License-Identifier: Apache-2.0
"""The country next door in the demo: what its customs signs is taken as that of any other administration."""

from __future__ import annotations

from pathlib import Path

from cocket.cli.demonstration.neighbour import NEIGHBOUR, Neighbour
from tests.pipeline.tracking.tracked import SUPERVISOR, A, tracked


def test_one_journey_is_taken_over_there_and_one_comes_from_there(tmp_path: Path) -> None:
    one = tracked(tmp_path / "a", log_origin="customs.a.example/log/2026")
    tracking = one.house.tracking
    try:
        neighbour = Neighbour(one.house.credentials, tracking, (SUPERVISOR, SUPERVISOR), A)
        told = neighbour.exchange(("FROM", "TO"), ("dev-1", "dev-2"))
        known = {each.direction: each for each in tracking.hand_overs.hand_overs(SUPERVISOR)}
        devices = {each.id: each.holder for each in tracking.devices.devices(SUPERVISOR)}
        journeys = {line.reference: line for line in tracking.journeys.journeys(SUPERVISOR).lines}
    finally:
        one.close()
    assert set(known) == {"in", "out"}
    assert all(each.partner == NEIGHBOUR and each.stage == "taken-over" and each.answer for each in known.values())
    assert devices["dev-1"] == NEIGHBOUR
    assert journeys[known["in"].content.reference].id == known["in"].journey
    assert known["out"].content.reference in told and known["in"].content.reference in told

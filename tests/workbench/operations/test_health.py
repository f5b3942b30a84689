# SPDX-License-Identifier: Apache-2.0
"""Officers see since when no advice came; a supervisor also what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from cocket.pipeline.operations.health import Check
from tests.simulators.workbench_country import NOW
from tests.simulators.workbench_house import SimulatedHouse

Enter = Callable[..., httpx.Client]
LATE = Check(name="advice", state="degraded", words="The desk is late.", since=NOW - timedelta(hours=2), hint="See it.")
DISK = Check(name="disk", state="degraded", words="12 MB are free on <the disk>.")


@pytest.mark.parametrize("name", ["officer.a", "analyst.b", "auditor.d", "head.c"])
def test_late_advice_is_told_to_everybody_and_its_cause_to_a_supervisor(
    enter: Enter, house: SimulatedHouse, name: str
) -> None:
    client = enter(name)
    assert "No advice since" not in client.get("/queue").text
    house.checks = (LATE, DISK)
    page = client.get("/queue").text
    assert "No advice since" in page
    assert "(2\u00a0h)" in page or "(2 h)" in page
    assert ("12 MB are free on &lt;the disk&gt;" in page, "2 things are not well" in page) == (name == "head.c",) * 2


def test_late_advice_is_told_in_french(enter: Enter, house: SimulatedHouse) -> None:
    house.checks = (LATE,)
    page = enter("officer.a").get("/tracking", headers={"accept-language": "fr"}).text
    assert "Aucun avis depuis" in page
    assert "circuits de l&#39;hôte" in page


def test_nobody_who_is_not_signed_in_is_told(client: httpx.Client, house: SimulatedHouse) -> None:
    house.checks = (LATE, DISK)
    assert "advice" not in client.get("/sign-in").text

# SPDX-License-Identifier: Apache-2.0
"""A control room that is open is one look: what it shows is recorded once, what comes into view at once, and its end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from cocket.governance import Principal
from cocket.pipeline.base.access import AccessRecord
from cocket.pipeline.base.continuous_access import AccessEnded
from cocket.tracking.adapters.open_e_seal import SealPart
from tests.pipeline.tracking.tracked import SUPERVISOR, Tracked, tracked


@pytest.fixture
def lorry(tmp_path: Path) -> Iterator[Tracked]:
    found = tracked(tmp_path / "home")
    found.activate()
    found.hear(range(3))
    yield found
    found.close()


def looks(lorry: Tracked, what: str = "positions", who: Principal = SUPERVISOR) -> list[tuple[str, ...]]:
    sealed = [msgspec.json.decode(body, type=AccessRecord) for body in lorry.built.bodies("look")]
    return [one.subjects for one in sealed if (one.what, one.who) == (what, who.id)]


def ends(lorry: Tracked) -> list[AccessEnded]:
    return [msgspec.json.decode(body, type=AccessEnded) for body in lorry.built.bodies("look-ended")]


def let_pass(lorry: Tracked, span: timedelta) -> None:
    """As if so much time had passed since."""
    with lorry.built.stores.database.transaction() as connection:
        connection.execute("update watch set began = began - %s, last = last - %s", (span, span))


def refresh(lorry: Tracked, times: int) -> None:
    for _ in range(times):
        let_pass(lorry, timedelta(seconds=30))
        assert lorry.house.positions(SUPERVISOR, watch="go-on").positions
        lorry.house.alerts(SUPERVISOR, watch="go-on")


def test_a_page_that_refreshes_itself_is_one_look(lorry: Tracked) -> None:
    lorry.house.positions(SUPERVISOR, watch="begin")
    refresh(lorry, 20)
    assert looks(lorry) == [("dev-1",)]
    assert ends(lorry) == []


def test_what_comes_into_view_is_recorded_before_it_is_given(lorry: Tracked) -> None:
    lorry.house.positions(SUPERVISOR, watch="begin")
    lorry.house.alerts(SUPERVISOR, watch="begin")
    refresh(lorry, 2)
    lorry.keep([lorry.told(3, dev="dev-2")], [lorry.at(3)], device="dev-2")
    lorry.hear(range(3, 5), seal=SealPart(n="S1", lock=0))
    refresh(lorry, 3)
    assert looks(lorry) == [("dev-1",), ("dev-2",)]
    (alert,) = lorry.house.alerts(SUPERVISOR).alerts
    assert looks(lorry, "alerts")[0] == (alert.id,)


def test_the_end_says_what_was_shown_from_when_to_when(lorry: Tracked) -> None:
    lorry.house.positions(SUPERVISOR, watch="begin")
    refresh(lorry, 3)
    lorry.keep([lorry.told(3, dev="dev-2")], [lorry.at(3)], device="dev-2")
    lorry.work(lorry.at(4))
    refresh(lorry, 2)
    let_pass(lorry, timedelta(minutes=3))
    lorry.tracker._end_looks(datetime.now(UTC))
    assert ends(lorry) == [], "it was looked for already, within the half minute"
    lorry.tracker._end_looks_at = 0.0
    lorry.tracker._end_looks(datetime.now(UTC))
    (end,) = [one for one in ends(lorry) if one.what == "positions"]
    assert set(end.spans) == {"dev-1", "dev-2"}
    assert end.spans["dev-1"][0] <= end.spans["dev-2"][0] <= end.spans["dev-2"][1] <= datetime.now(UTC)
    lorry.tracker._end_looks_at = 0.0
    lorry.tracker._end_looks(datetime.now(UTC))
    assert len([one for one in ends(lorry) if one.what == "positions"]) == 1


def test_a_page_that_is_opened_again_is_looked_at_again(lorry: Tracked) -> None:
    for _ in range(2):
        lorry.house.positions(SUPERVISOR, watch="begin")
    lorry.house.positions(SUPERVISOR)
    assert looks(lorry) == [("dev-1",)] * 3


def test_a_refresh_of_a_page_that_was_away_is_a_look_of_its_own(lorry: Tracked) -> None:
    lorry.house.positions(SUPERVISOR, watch="begin")
    let_pass(lorry, timedelta(minutes=2))
    lorry.house.positions(SUPERVISOR, watch="go-on")
    assert looks(lorry) == [("dev-1",)] * 2
    assert [one.what for one in ends(lorry)] == ["positions"]


def test_a_long_look_is_sealed_every_quarter_of_an_hour(lorry: Tracked) -> None:
    lorry.house.positions(SUPERVISOR, watch="begin")
    refresh(lorry, 65)  # 32 minutes
    assert len(looks(lorry)) == 3
    assert len([one for one in ends(lorry) if one.what == "positions"]) == 2


def test_the_looks_of_two_people_are_their_own(lorry: Tracked) -> None:
    other = Principal(id="test-other", kind="officer", roles=("supervisor",))
    lorry.house.positions(SUPERVISOR, watch="begin")
    lorry.house.positions(other, watch="go-on")
    for _ in range(4):
        refresh(lorry, 1)
        lorry.house.positions(other, watch="go-on")
    assert (looks(lorry), looks(lorry, who=other)) == ([("dev-1",)], [("dev-1",)])

# SPDX-License-Identifier: Apache-2.0
"""A tracker that cannot take in a message, or judge a device, sets that aside; the other devices go on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cocket.errors import StoreError
from cocket.pipeline.base.set_aside import SetAsideView, StandstillError
from cocket.pipeline.tracking import worker as tracker_module
from cocket.pipeline.tracking.alert_evaluation import Judging
from cocket.pipeline.tracking.device_reading import Reader
from cocket.pipeline.tracking.worker import Tracker
from cocket.stores.tracking.device_batches import DeviceMessage
from cocket.stores.tracking.device_events import DeviceEvents
from tests.houses import officer
from tests.pipeline.tracking.tracked import Tracked

SUPERVISOR = officer("supervisor")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Tracked]:
    made = Tracked(tmp_path)
    yield made
    made.close()


def aside(house: Tracked) -> tuple[SetAsideView, ...]:
    return house.house.operations.set_aside.set_aside_list(SUPERVISOR).lines


def refuse(monkeypatch: pytest.MonkeyPatch, mark: bytes, error: Exception) -> None:
    """A defect that shows with messages that hold certain bytes."""
    real = Reader.read

    def read(self: Reader, messages: Sequence[DeviceMessage], *rest: Any) -> Any:
        if any(mark in message.payload for message in messages):
            raise error
        return real(self, messages, *rest)

    monkeypatch.setattr(Reader, "read", read)


def events(house: Tracked, device: str) -> int:
    with house.built.stores.database.transaction() as connection:
        return len(DeviceEvents().events(connection, device, None)[0])


def test_a_message_that_cannot_be_taken_in_stops_no_other(house: Tracked, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(20):
        house.keep([house.told(number)], [house.at(number)])
    house.keep([house.told(0, dev="dev-2", eq="ZZZU7777777"), house.told(1, dev="dev-2")], [house.at(20)] * 2, "dev-2")
    house.keep([house.told(20)], [house.at(20)])
    with monkeypatch.context() as patch:
        refuse(patch, b"ZZZU", KeyError("x"))
        house.work(house.at(21))
        assert (events(house, "dev-1"), events(house, "dev-2")) == (21, 1)
        (found,) = aside(house)
        assert (found.role, found.kind, found.subject) == ("tracker", "device-message", "dev-2 21/0")
        assert "KeyError" in found.reason
        house.house.operations.set_aside.retry_set_aside(SUPERVISOR, found.id, "repaired, it was said")
        again(house)
        (found,) = aside(house)
        assert (found.attempts, found.state) == (2, "waiting")
    house.house.operations.set_aside.retry_set_aside(SUPERVISOR, found.id, "repaired")
    again(house)
    assert aside(house) == ()
    assert events(house, "dev-2") == 2


def again(house: Tracked) -> None:
    """A tracker that looks at once for what is to be tried again."""
    house.tracker = Tracker(house.built.stores, is_eager=True)
    house.tracker.open()
    house.work(house.at(22))


def test_without_taking_apart_the_tracker_stops(house: Tracked, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: what the first test shows is the work of taking rows apart."""
    monkeypatch.setattr(Tracker, "_take_apart", lambda *_: None)
    house.keep([house.told(0, eq="ZZZU7777777"), house.told(1)], [house.at(1)] * 2)
    refuse(monkeypatch, b"ZZZU", KeyError("x"))
    for _ in range(20):
        house.tracker.turn(house.at(2))
    assert events(house, "dev-1") == 0


def test_a_row_that_is_damaged_is_left_and_the_next_are_read(house: Tracked) -> None:
    for number in range(3):
        house.keep([house.told(number)], [house.at(number)])
    with house.built.stores.database.transaction() as connection:
        connection.execute("update device_batch set content = 'x' where id = 2")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Tracker, "_seal_rows", lambda *_: False)
        house.work(house.at(4))
    assert events(house, "dev-1") == 2
    assert [one.kind for one in aside(house)] == ["device-row"]


def test_an_outage_sets_nothing_aside(house: Tracked, monkeypatch: pytest.MonkeyPatch) -> None:
    house.keep([house.told(0, eq="ZZZU7777777")], [house.at(0)])
    with monkeypatch.context() as patch:
        refuse(patch, b"ZZZU", StoreError("The database does not answer."))
        with pytest.raises(StoreError):
            house.tracker.turn(house.at(1))
    house.tracker.open()
    house.work(house.at(1))
    assert (events(house, "dev-1"), aside(house)) == (1, ())


def test_where_nothing_can_be_taken_in_the_tracker_stands_still(
    house: Tracked, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        house.keep([house.told(number)], [house.at(number)])
    with monkeypatch.context() as patch:
        refuse(patch, b"dev-1", KeyError("x"))
        with pytest.raises(StandstillError, match="is stalled"):
            house.work(house.at(7))
    assert aside(house) == ()
    house.tracker.open()
    house.work(house.at(7))
    assert events(house, "dev-1") == 6


def test_a_device_that_cannot_be_judged_stops_no_other(house: Tracked, monkeypatch: pytest.MonkeyPatch) -> None:
    house.activate()
    house.activate(reference="26XX000000000002T2", devices=("dev-2",), equipment=(), seals=())
    real = Judging._judged
    judged: list[str] = []

    def fail(self: Judging, device: str, *rest: Any) -> Any:
        if device == "dev-2":
            raise ArithmeticError("x")
        judged.append(device)
        return real(self, device, *rest)

    house.keep([house.told(0)], [house.at(0)])
    house.keep([house.told(0, dev="dev-2")], [house.at(0)], "dev-2")
    with monkeypatch.context() as patch:
        patch.setattr(Judging, "_judged", fail)
        house.work(house.at(1))
        house.keep([house.told(1)], [house.at(1)])
        house.work(house.at(2))
    assert "dev-1" in judged
    (found,) = aside(house)
    assert (found.kind, found.subject) == ("device", "dev-2")
    house.house.operations.set_aside.retry_set_aside(SUPERVISOR, found.id, "repaired")
    again(house)
    assert aside(house) == ()


def test_judging_together_that_fails_is_left_and_the_rest_goes_on(
    house: Tracked, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.activate()

    def fail(*_: Any) -> Any:
        raise ArithmeticError("x")

    monkeypatch.setattr(tracker_module, "judge_fleet", fail)
    house.keep([house.told(0)], [house.at(0)])
    house.work(house.at(1) + timedelta(seconds=5))
    assert {one.kind for one in aside(house)} <= {"fleet", "device"}
    assert len(aside(house)) == 1

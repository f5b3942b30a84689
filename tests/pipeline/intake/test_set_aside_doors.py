# SPDX-License-Identifier: Apache-2.0
"""Doors: one bad message of a device, one bad row of the host, is set aside; the others are kept and acknowledged."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket.errors import StoreError
from cocket.model import HostDecision, Reference
from cocket.pipeline import HostRow
from cocket.pipeline.control import host_decisions as host_rows
from cocket.pipeline.tracking.device_intake import Arrival, GroupCommit, PostgresLog, Source
from cocket.pipeline.tracking.device_register import DeviceRegister, key_credential, make_device_key, new_device
from cocket.pipeline.tracking.worker import Tracker
from tests.houses import Built, build, officer

SUPERVISOR = officer("supervisor")
GOOD = Source("dev-1", "open-e-seal", "iot/dev-1/telemetry", "certificate")
BAD = Source("dev-2", "open-e-seal", "iot/dev-2/\ud800", "certificate")


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path)
    register = DeviceRegister(made.stores)
    for name in ("dev-1", "dev-2"):
        register.add((new_device(name, "open-e-seal"), key_credential(make_device_key())))
    yield made
    made.house.close()


def keep(built: Built, sources: list[Source]) -> int:
    """Let messages gather in one batch; how many are told to be kept."""
    done, told = threading.Event(), [0]

    def kept(durable: int) -> None:
        told[0] = durable
        done.set()

    commit = GroupCommit(PostgresLog(built.stores.database), 0.2, kept, lambda _: None)
    for number, source in enumerate(sources):
        commit.put(Arrival(source, 1_700_000_000_000_000 + number, b"%d" % number))
    done.wait(20)
    commit.close()
    return told[0]


def stored(built: Built) -> list[bytes]:
    with built.stores.database.transaction() as connection:
        found = PostgresLog(built.stores.database)._batches.after(connection, 0, 100)
    return [one.payload for one in found]


def test_a_bad_message_of_a_device_is_kept_apart_and_all_are_acknowledged(built: Built) -> None:
    assert keep(built, [GOOD] * 3 + [BAD] + [GOOD] * 3) == 7
    assert stored(built) == [b"0", b"1", b"2", b"4", b"5", b"6"]
    (found,) = built.house.operations.set_aside.set_aside_list(SUPERVISOR).lines
    assert (found.role, found.kind) == ("ingress", "device-message")
    tracker = Tracker(built.stores, is_eager=True)
    tracker.open()
    while tracker.turn():
        pass
    assert len(built.bodies("set-aside")) == 1
    built.house.operations.set_aside.retry_set_aside(SUPERVISOR, found.id, "the door was repaired")
    again = Tracker(built.stores, is_eager=True)
    again.open()
    while again.turn():
        pass
    assert stored(built)[-1] == b"3"
    assert built.house.operations.set_aside.set_aside_list(SUPERVISOR).lines == ()


def test_an_outage_of_the_door_sets_nothing_aside(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    real, failures = PostgresLog.append, [3]

    def append(self: PostgresLog, *what: Any) -> None:
        if failures[0]:
            failures[0] -= 1
            raise StoreError("The database does not answer.")
        real(self, *what)

    monkeypatch.setattr(PostgresLog, "append", append)
    assert keep(built, [GOOD] * 4) == 4
    assert stored(built) == [b"0", b"1", b"2", b"3"]
    assert built.house.operations.set_aside.set_aside_list(SUPERVISOR).total == 0


def row(number: int, lane: str = "red", reason: str | None = None) -> HostRow:
    reference = Reference("SAD", f"XA1 2026 C {number}")
    return HostRow(reference=reference, decision=HostDecision(lane=lane, override_reason=reason))  # type: ignore[arg-type]


def test_a_bad_row_of_the_host_is_set_aside_and_the_others_are_kept(built: Built) -> None:
    rows = [row(1), row(2, reason="bad\0"), *(row(n) for n in range(3, 30))]
    assert built.house.control.host_decisions.take_host_rows(rows) == 28
    assert len(built.bodies("host-lane")) == 28
    (found,) = built.house.operations.set_aside.set_aside_list(SUPERVISOR).lines
    assert (found.role, found.kind, found.code) == ("feeds", "host-row", "data-refused")
    assert built.house.operations.set_aside.retry_set_aside(SUPERVISOR, found.id, "try").attempts == 2
    assert built.house.control.host_decisions.take_host_rows(rows) == 0
    assert built.house.operations.set_aside.set_aside_list(SUPERVISOR).total == 1


def test_a_row_that_failed_by_a_defect_is_kept_when_it_is_tried_again(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = host_rows.merged

    def fail(told: Any, known: Any) -> Any:
        if getattr(told, "override_reason", None) == "odd":
            raise KeyError("x")
        return real(told, known)

    with monkeypatch.context() as patch:
        patch.setattr(host_rows, "merged", fail)
        assert built.house.control.host_decisions.take_host_rows([row(1), row(2, reason="odd")]) == 1
    (found,) = built.house.operations.set_aside.set_aside_list(SUPERVISOR).lines
    assert built.house.operations.set_aside.retry_set_aside(SUPERVISOR, found.id, "repaired").state == "worked"
    assert len(built.bodies("host-lane")) == 2
    assert msgspec.json.decode(built.bodies("set-aside-worked")[0])["kind"] == "host-row"

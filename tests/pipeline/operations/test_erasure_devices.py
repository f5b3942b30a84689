# SPDX-License-Identifier: Apache-2.0
"""Erasing what devices sent, as it came: nothing of it is left, and what is sealed of the rows still holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
import zstandard

from cocket.ledger.tree import leaf_hashes, merkle_root
from cocket.pipeline.base.unopenable import SealedErasure as Sealed
from cocket.pipeline.operations.erasure import Erasure
from cocket.pipeline.tracking.device_intake import Arrival, Source
from cocket.stores.tracking.device_batches import DeviceBatches, pack, row_hash, without
from tests.pipeline.tracking.test_journeys import lodged as dossier
from tests.pipeline.tracking.tracked import SUPERVISOR, Tracked, tracked


@pytest.fixture
def lorry(tmp_path: Path) -> Iterator[Tracked]:
    found = tracked(tmp_path / "home")
    yield found
    found.close()


def keep_together(lorry: Tracked, numbers: range) -> None:
    """One row in which both devices told something; dev-2 says what no other does."""
    arrivals = [
        Arrival(
            Source(device=device, adapter="open-e-seal", topic=f"iot/{device}/telemetry", proof="certificate"),
            int(lorry.at(number).timestamp() * 1_000_000),
            lorry.told(number, dev=device, ext={"word": f"says-{device}"}),
        )
        for number in numbers
        for device in ("dev-1", "dev-2")
    ]
    lorry.log.append(uuid4(), arrivals)


def rows(lorry: Tracked) -> dict[int, tuple[bytes | None, bytes]]:
    with lorry.built.stores.database.transaction() as connection:
        found = connection.execute("select id, hash, content from device_batch order by id").fetchall()
    return {number: (known, content) for number, known, content in found}


def hashes(lorry: Tracked) -> list[bytes]:
    with lorry.built.stores.database.transaction() as connection:
        return DeviceBatches().hashes(connection, 1, 1_000)


def devices_in(lorry: Tracked) -> dict[str, int]:
    """How many messages of each device can be read in the door's rows."""
    with lorry.built.stores.database.transaction() as connection:
        messages = DeviceBatches().after(connection, 0, 1_000)
    found: dict[str, int] = {}
    for message in messages:
        found[message.source.device] = found.get(message.source.device, 0) + 1
        assert f"says-{message.source.device}".encode() in message.payload
    return found


def test_raw_messages_of_a_journey_go_and_those_of_others_in_the_same_rows_stay(lorry: Tracked) -> None:
    line, reference = dossier(lorry)
    lorry.activate(reference=reference)
    for first in (0, 4, 8):
        keep_together(lorry, range(first, first + 4))
    lorry.tracker._sealed_at = -1e9
    lorry.work(lorry.at(12))
    keep_together(lorry, range(12, 14))  # nobody has read these yet
    before = hashes(lorry)
    assert devices_in(lorry) == {"dev-1": 14, "dev-2": 14}
    done = Erasure(lorry.built.stores).erase(line.id, who="root", reason="order 17")
    assert done.device_messages == 14
    assert devices_in(lorry) == {"dev-2": 14}
    assert hashes(lorry) == before, "what is sealed of each row is the same"
    assert [row_hash(content) for _, content in rows(lorry).values()] == before, "and follows from what is left"
    assert all(known is None for known, _ in rows(lorry).values())
    (sealed,) = [json.loads(body) for body in lorry.built.bodies("device-batches")]
    root = merkle_root(leaf_hashes(hashes(lorry)[sealed["first"] - 1 : sealed["last"]]))
    assert sealed["root"] == root.hex()
    (erasure,) = [json.loads(body) for body in lorry.built.bodies("erasure")]
    assert erasure["rows"] == [1, 2, 3, 4]
    assert Sealed(**{**erasure, "leaves": tuple(erasure["leaves"]), "rows": tuple(erasure["rows"])}).who == "root"


def test_the_tracker_forgets_too_and_goes_on(lorry: Tracked) -> None:
    line, reference = dossier(lorry)
    lorry.activate(reference=reference)
    keep_together(lorry, range(4))
    lorry.work(lorry.at(4))
    assert lorry.tracker._memory.cases
    Erasure(lorry.built.stores).erase(line.id, who="root", reason="order 17")
    keep_together(lorry, range(4, 5))
    lorry.work(lorry.at(5))
    with lorry.built.stores.database.transaction() as connection:
        told = connection.execute("select sum(events) from device_told where device = 'dev-1'").fetchone()
    assert told == (1,), "what came after the erasure, and nothing of before"
    assert all(len(kept.events) <= 1 for name, kept in lorry.tracker._memory._kept.items() if name == "dev-1")


def test_what_a_device_sends_late_after_discharge_is_of_the_journey(lorry: Tracked) -> None:
    line, reference = dossier(lorry)
    journey = lorry.activate(reference=reference)
    keep_together(lorry, range(4))
    lorry.work(lorry.at(4))
    for alert in lorry.house.tracking.alerts.alerts(SUPERVISOR).alerts:
        lorry.house.tracking.alerts.close_alert(
            SUPERVISOR, alert.id, "explained", "another container than the papers say"
        )
    lorry.house.tracking.journeys.discharge_journey(SUPERVISOR, journey.id, "")
    keep_together(lorry, range(4, 6))
    lorry.work(datetime.now(UTC) + timedelta(seconds=1))
    Erasure(lorry.built.stores).erase(line.id, who="root", reason="order 17")
    assert "dev-1" not in devices_in(lorry)


def test_a_row_keeps_its_hash_whatever_is_erased_of_it_and_no_other_row_has_it() -> None:
    def arrival(device: str, at: int) -> Arrival:
        return Arrival(Source(device, "jt808", "tcp", "none"), at, f"{device} at {at}".encode())

    content = pack([arrival("a", 1), arrival("b", 2), arrival("a", 3), arrival("c", 4)])
    once, count = without(content, {"a"})
    twice, second = without(once, {"c", "nobody"})
    assert (count, second) == (2, 1)
    assert row_hash(content) == row_hash(once) == row_hash(twice)
    assert len(pack([])) < len(twice) < len(content) + 200
    changed = pack([arrival("a", 1), arrival("b", 2), arrival("a", 3), arrival("c", 5)])
    assert row_hash(changed) != row_hash(content)
    assert row_hash(pack([arrival("a", 1)])) != row_hash(pack([arrival("a", 1)])), "nobody can guess what was erased"


def test_a_row_of_an_earlier_form_keeps_the_hash_that_was_sealed(lorry: Tracked) -> None:
    line, reference = dossier(lorry)
    lorry.activate(reference=reference)
    keep_together(lorry, range(2))
    raw = msgspec.msgpack.decode(zstandard.ZstdDecompressor().decompress(rows(lorry)[1][1]))
    old = zstandard.ZstdCompressor().compress(msgspec.msgpack.encode(raw[:2]))
    with lorry.built.stores.database.transaction() as connection:
        connection.execute("update device_batch set content = %b where id = 1", (old,))
    before = hashes(lorry)
    lorry.work(lorry.at(3) + timedelta(seconds=1))
    Erasure(lorry.built.stores).erase(line.id, who="root", reason="order 17")
    assert devices_in(lorry) == {"dev-2": 2}
    assert hashes(lorry) == before

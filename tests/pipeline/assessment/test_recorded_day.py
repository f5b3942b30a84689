# SPDX-License-Identifier: Apache-2.0
"""A day of the synthetic country, worked off again with clock, ids and keys as they were: what is sealed is the same, byte for byte.

`python -m tests.pipeline.assessment.test_recorded_day` prints a digest of it, to be compared before and after a change that
is to make something quicker and nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from cocket.pipeline import AssessmentWorker
from cocket.pipeline.assessment import worker as worker_module
from cocket.pipeline.base import ids, sealing
from cocket.risk import replay
from cocket.simulation import WORLDS, simulate
from tests.houses import Built, build, envelope, trader
from tests.risk.given import past

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
_AT_A_TIME = 16

#: What of a leaf says what was sealed: who, what kind, about whom (the how manyth, as names are under keys of the home), when, and
#: the digest of the sealed bytes.
Sealed = tuple[str, str, int, datetime, bytes]


class _Noon(datetime):
    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        return NOON


def recorded_day(folder: Path, size: int = 40) -> list[bytes]:
    """Declarations of one day, in the order in which they are lodged."""
    parameters = msgspec.structs.replace(
        WORLDS["alphaland"], size=2 * size, history_size=0, lodged_directly=0.6, start=date(2026, 11, 2)
    )
    simulate(parameters, folder)
    return [path.read_bytes() for path in sorted(Path(folder, "lodge").glob("*.xml"))[:size]]


def worked_off(
    home: Path, messages: list[bytes], monkeypatch: pytest.MonkeyPatch, **given: Any
) -> tuple[list[Sealed], list[bytes]]:
    """Every leaf, and every advice, of a house to which these were lodged, a worker going along and starting again midway."""
    numbers = count(1)
    monkeypatch.setattr(ids, "os", SimpleNamespace(urandom=lambda size: next(numbers).to_bytes(size, "big")))
    monkeypatch.setattr(ids, "time", SimpleNamespace(time_ns=lambda: int(NOON.timestamp()) * 10**9))
    monkeypatch.setattr(worker_module, "datetime", _Noon)
    monkeypatch.setattr(sealing, "datetime", _Noon)
    built = build(home, **given)
    object.__setattr__(built.stores, "draw_key", b"d" * 32)
    built.settings.first_history_file.write_bytes(replay(past(60)).snapshot())
    if given.get("history_values") is None:
        built.settings.history_folder.write_text("In the way: all of it stays in memory.")
    worker = AssessmentWorker(built.stores)
    worker.open()
    for start in range(0, len(messages), _AT_A_TIME):
        envelopes = [
            msgspec.structs.replace(envelope(content), received=NOON - timedelta(minutes=len(messages) - number))
            for number, content in enumerate(messages[start : start + _AT_A_TIME], start)
        ]
        built.house.intake.messages.take_many(envelopes, principal=trader("ACME"))
        while worker.turn():
            pass
        if start == _AT_A_TIME:
            worker._save()
            worker = AssessmentWorker(built.stores)
            worker.open()
    sealed, advice = list(_leaves(built)), built.bodies("assessment")
    built.house.close()
    return sealed, advice


def _leaves(built: Built) -> Iterator[Sealed]:
    subjects: dict[str, int] = {}
    with built.stores.database.transaction() as connection:
        rows = connection.execute("select record from leaf where record is not null order by idx").fetchall()
        for leaf in built.stores.leaves.of_records(connection, [row[0] for row in rows]):
            subject = subjects.setdefault(leaf.subject, len(subjects))
            yield leaf.actor, leaf.kind, subject, leaf.at, leaf.digest


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    return recorded_day(tmp_path_factory.mktemp("day"))


def test_a_recorded_day_gives_the_same_leaves_and_advice_over_a_store_of_any_size_and_in_memory(
    day: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed, advice = worked_off(tmp_path / "memory", day, monkeypatch)
    assert len(advice) >= len(day)
    for values in (1_000, 100_000):
        again = worked_off(tmp_path / str(values), day, monkeypatch, history_values=values)
        assert again == (sealed, advice)


def test_a_message_more_or_less_changes_what_is_sealed(
    day: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = worked_off(tmp_path / "one", day[:8], monkeypatch)
    assert worked_off(tmp_path / "other", day[1:9], monkeypatch) != first


if __name__ == "__main__":
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        found = worked_off(Path(folder, "home"), recorded_day(Path(folder, "day")), patch, history_values=100_000)
    print(len(found[0]), hashlib.sha256(repr(found).encode()).hexdigest())

# SPDX-License-Identifier: Apache-2.0
"""What the assessment worker has learnt, kept by key in the home: whatever becomes of it, advice is the same."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zstandard

from cocket.api.measures import house_metrics
from cocket.pipeline import AssessmentWorker
from cocket.pipeline.assessment import worker_state as module
from cocket.pipeline.assessment.worker_state import WorkerState
from cocket.pipeline.operations.backup_files import copy_tree
from cocket.pipeline.operations.backups import _APART
from cocket.pipeline.operations.erasure import Erasure
from cocket.pipeline.operations.health import look
from cocket.risk import History, replay
from cocket.stores.risk.kept_history import KeptHistory, Standing
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.risk.given import past
from tests.risk.test_keyed import told_of


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path / "home")
    made.settings.first_history_file.write_bytes(replay(past(60)).snapshot())
    yield made
    made.house.close()


def lodge(built: Built, *names: str, sender: str = "ACME") -> list[str]:
    """Lodge declarations; their ids."""
    envelopes = [envelope(declaration(name), sender) for name in names]
    return [one.id for one in built.house.intake.messages.take_many(envelopes, principal=trader(sender))]


def worked(built: Built, *names: str) -> AssessmentWorker:
    """A worker that has worked off all there is, some more messages among it, and has written down what it learnt."""
    lodge(built, *names)
    desk = built.desk()
    desk._save()
    return desk


def standing(built: Built) -> Standing:
    kept = KeptHistory(built.settings.history_folder)
    found = kept.open()
    kept.close()
    assert found is not None
    return found


def fresh(built: Built) -> Any:
    """Everything that a worker knows that goes through all from the first."""
    with built.stores.database.transaction() as connection:
        state = WorkerState(built.stores)
        state._is_reading = True
        state.history, state._saved = state._first_history(), -1
        state._go_through(connection, 0, int(built.stores.places.get(connection, "desk") or -1))
    return told_of(state.history)


def opened(built: Built) -> AssessmentWorker:
    desk = AssessmentWorker(built.stores)
    desk.open()
    return desk


def known(desk: AssessmentWorker) -> Any:
    return told_of(desk._analysts.history)


def learning(built: Built) -> Any:
    return next(one for one in look(built.stores).checks if one.name == "learning")


def gone_through(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The ranges of leaves that are gone through from now on."""
    found: list[tuple[int, int]] = []
    before = WorkerState._remember

    def remember(self: WorkerState, connection: Any, start: int, end: int, history: History) -> None:
        found.append((start, end))
        before(self, connection, start, end, history)

    monkeypatch.setattr(WorkerState, "_remember", remember)
    return found


def test_a_worker_goes_on_from_what_is_kept_and_goes_through_nothing_again(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = worked(built, *(f"R{n}" for n in range(6)))
    assert known(desk) == fresh(built)
    upto = standing(built).upto
    assert upto == desk._upto
    seen = gone_through(monkeypatch)
    again = opened(built)
    assert seen == []
    assert known(again) == known(desk)
    lodge(built, "LATER")
    while again.turn():
        pass
    assert known(again) == fresh(built)
    with built.stores.database.transaction() as connection:  # the database has names alone
        assert len(built.stores.places.get(connection, "analysts") or b"") < 100


def test_what_came_after_it_was_written_down_last_is_gone_through_again(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    upto = worked(built, "R1", "R2")._upto
    lodge(built, "R3")
    lost = built.desk()  # killed here
    seen = gone_through(monkeypatch)
    assert known(opened(built)) == known(lost) == fresh(built)
    assert seen[0][0] == upto + 1


def _truncated(built: Built) -> None:
    file = built.settings.history_folder / "data.mdb"
    os.truncate(file, file.stat().st_size // 2)


def _removed(built: Built) -> None:
    shutil.rmtree(built.settings.history_folder)


def _ahead(built: Built) -> None:
    kept = KeptHistory(built.settings.history_folder)
    kept.open()
    kept.write([], 1_000_000, b"")
    kept.close()


def _of_another_log(built: Built) -> None:
    kept = KeptHistory(built.settings.history_folder)
    found = kept.open()
    kept.write([], found.upto if found else 0, b"another leaf")
    kept.close()


def _foreign(built: Built) -> None:
    kept = KeptHistory(built.settings.history_folder)
    kept.open()
    entries = list(kept.items(b""))
    found = standing(built)
    kept.begin(found.edition)
    kept.write([one for one in entries if one[0] != b"\x00standing"], found.upto, found.leaf)
    kept.close()


def _of_another_edition(built: Built) -> None:
    found = standing(built)
    kept = KeptHistory(built.settings.history_folder)
    kept.begin("0-another")
    kept.write([], found.upto, found.leaf)
    kept.close()


def _untrusted(built: Built) -> None:
    with built.stores.database.transaction() as connection:
        connection.execute("update place set value = value || 'x' where name = 'analysts'")


HARMS = {
    _truncated: "shorter",
    _removed: None,
    _ahead: "only at leaf",
    _of_another_log: "another than",
    _foreign: "not made for this database",
    _of_another_edition: "another version",
    _untrusted: "not made for this database",
}


@pytest.mark.parametrize("harm", HARMS)
def test_what_cannot_be_trusted_is_made_anew_and_health_says_why(built: Built, harm: Any) -> None:
    worked(built, "R1", "R2", "R3")._analysts.close()
    harm(built)
    again = opened(built)
    assert known(again) == fresh(built)
    check, said = learning(built), HARMS[harm]
    assert check.state == "well"
    assert ("rebuilt" in check.words) == (said is not None)
    assert said is None or said in check.words
    again._save()
    assert standing(built).upto == again._upto
    assert known(opened(built)) == fresh(built)


def test_a_turn_reaches_so_many_leaves_beside_its_own_advice_and_is_done_with_that(built: Built) -> None:
    lodge(built, "R1", "R2")
    built.desk()
    lodge(built, "R3")
    desk = built.desk()
    with built.stores.database.transaction() as connection:
        rows = connection.execute("select idx, kind from leaf order by idx").fetchall()
        assert [kind for _, kind in rows if kind == "assessment"] == ["assessment"] * 3
        for after, limit in ((after, limit) for after in range(-1, len(rows)) for limit in (1, 2, 5)):
            others = [idx for idx, kind in rows if idx > after and kind != "assessment"]
            every = [idx for idx, _ in rows if idx > after]
            expected = others[limit - 1] if len(others) >= limit else max(every, default=after)
            assert built.stores.messages.reach(connection, after, limit) == expected
        assert desk._upto == rows[-1][0] == int(built.stores.places.get(connection, "desk") or -1)


def test_what_room_the_history_takes_is_measured(built: Built) -> None:
    assert learning(built).figures["history_mb"] == 0
    worked(built, "R1", "R2")._analysts.close()
    found = {metric.name: metric for metric in house_metrics(look(built.stores))}
    assert 0 < found["cocket_history_size_bytes"].samples[0].value < 2**24


def test_what_an_earlier_version_wrote_into_the_database_is_taken_over_once(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = worked(built, "R1", "R2", "R3")
    snapshot = desk._analysts.history.snapshot()
    shutil.rmtree(built.settings.history_folder)
    with built.stores.database.transaction() as connection:
        written = {"upto": desk._upto, "history": zstandard.compress(snapshot, 1)}
        built.stores.places.put(connection, "analysts", msgspec.msgpack.encode(written))
    seen = gone_through(monkeypatch)
    again = opened(built)
    assert seen == []
    assert known(again) == told_of(History.restore(snapshot))
    assert standing(built).upto == desk._upto
    with built.stores.database.transaction() as connection:
        assert len(built.stores.places.get(connection, "analysts") or b"") < 100


def test_after_an_erasure_it_is_made_anew_though_it_was_written_down_in_between(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BESIDE", 2)
    desk = worked(built, "R1", "R2")
    message = lodge(built, "R3", sender="OTHER")[0]
    while desk.turn():
        pass
    [dossier] = built.house.queries.records.message(officer(), message).consignment_ids
    Erasure(built.stores).erase(dossier, who="test", reason="asked for")
    desk._save()
    before = known(desk)
    again = opened(built)
    assert known(again) == before  # it works on with that
    while again.turn():
        pass
    assert "being rebuilt without it" in learning(built).words
    while again._analysts.is_untidy:
        again.turn()
    assert known(again) == fresh(built) != before
    assert "being rebuilt" not in learning(built).words
    assert known(opened(built)) == fresh(built)


def test_a_worker_whose_history_another_has_changed_goes_on_from_that(built: Built) -> None:
    one, other = worked(built, "R1"), opened(built)
    lodge(built, "R2")
    while other.turn():
        pass
    other._save()
    lodge(built, "R3")
    while one.turn():
        pass
    one._save()
    assert known(one) == fresh(built)
    lodge(built, "R4")
    while other.turn():
        pass
    assert known(other) == fresh(built)
    assert learning(built).words == "The assessment worker's state can be saved."


def test_memory_is_bounded_by_the_setting_while_much_is_gone_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_STRIDE", 5)
    made = build(tmp_path / "home", history_values=1_000)
    made.settings.first_history_file.write_bytes(replay(past(200)).snapshot())
    lodge(made, *(f"R{n}" for n in range(8)))
    desk = made.desk()
    assert desk._analysts.history.held <= 1_000
    desk.close()
    made.house.close()


def test_with_a_folder_that_cannot_be_made_the_worker_works_in_memory_and_says_so(built: Built) -> None:
    built.settings.history_folder.write_text("a file stands in its place")
    lodge(built, "R1", "R2")
    desk = built.desk()
    assert desk.unwritten
    assert known(desk) == fresh(built)
    assert learning(built).state == "degraded"
    built.settings.history_folder.unlink()
    desk._save()
    assert (desk.unwritten, learning(built).state) == (None, "well")
    assert known(opened(built)) == fresh(built)


def test_a_reader_knows_what_the_worker_knows_and_writes_nothing(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = worked(built, "R1", "R2")
    lodge(built, "R3")
    while desk.turn():
        pass
    before, seen = standing(built), gone_through(monkeypatch)
    reader = WorkerState(built.stores)
    for _ in range(2):
        with built.stores.database.transaction() as connection:
            reader.open_to_read(connection, desk._upto)
            assert told_of(reader.history) == known(desk)
        reader.rest()
    assert standing(built) == before
    assert not reader.has_moved
    assert [start for start, _ in seen] == [before.upto + 1] * 2
    desk._save()
    assert reader.has_moved


def test_a_reader_where_no_worker_is_goes_through_everything_once(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = worked(built, "R1", "R2")
    shutil.rmtree(built.settings.history_folder)
    reader, seen, starts = WorkerState(built.stores), gone_through(monkeypatch), []
    for name in ("R3", "R4"):
        lodge(built, name)
        while desk.turn():
            pass
        shutil.rmtree(built.settings.history_folder, ignore_errors=True)
        seen.clear()
        with built.stores.database.transaction() as connection:
            reader.open_to_read(connection, desk._upto)
        starts += [start for start, _ in seen]
        assert told_of(reader.history) == fresh(built)
    assert starts.count(0) == 1
    assert len(starts) == 2
    assert not built.settings.history_folder.exists()


def test_changes_are_written_down_before_too_many_are_in_memory(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_UNSAVED", 50)
    lodge(built, *(f"R{n}" for n in range(4)))
    desk = built.desk()
    desk._analysts.settle(is_to_wait=True)
    assert standing(built).upto > 0  # and not 30 seconds or 5,000 leaves later
    assert desk._analysts.history.unsaved < 50


@pytest.fixture
def held_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """What lets the writing go on that is begun beside the work."""
    may_go, before = threading.Event(), KeptHistory.write_handed

    def write(self: KeptHistory, upto: int, leaf: bytes) -> Standing:
        assert may_go.wait(60)
        return before(self, upto, leaf)

    monkeypatch.setattr(KeptHistory, "write_handed", write)
    yield may_go
    may_go.set()


def test_while_the_history_is_written_down_the_work_goes_on_as_if_it_were_written(
    built: Built, held_up: threading.Event
) -> None:
    desk = worked(built, "R1", "R2")
    before = standing(built).upto
    lodge(built, "R3")
    while desk.turn():
        pass
    began = desk._upto
    assert desk._analysts.begin_saving(began)
    state = desk._analysts
    for _ in range(2):
        for table in state.history._tables._tables:
            table.age()  # nothing is in memory but what changes from now on
    lodge(built, "R4")
    while desk.turn():
        pass
    assert state.is_saving
    assert standing(built).upto == before
    assert known(desk) == fresh(built) == known(opened(built))  # and who is begun now goes through it again
    held_up.set()
    assert state.settle(is_to_wait=True)
    assert standing(built).upto == began < desk._upto
    assert known(desk) == known(opened(built)) == fresh(built)
    desk.close()
    assert standing(built).upto == desk._upto


def test_what_could_not_be_written_beside_the_work_is_written_the_next_time(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = worked(built, "R1", "R2")
    before = standing(built).upto
    lodge(built, "R3")
    while desk.turn():
        pass

    def fail(self: KeptHistory, upto: int, leaf: bytes) -> Standing:
        raise OSError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(KeptHistory, "write_handed", fail)
        assert desk._analysts.begin_saving(desk._upto)
        assert not desk._analysts.settle(is_to_wait=True)
    assert desk.unwritten
    assert learning(built).state == "degraded"
    assert standing(built).upto == before
    lodge(built, "R4")
    while desk.turn():
        pass
    desk._save()
    assert (desk.unwritten, learning(built).state) == (None, "well")
    assert standing(built).upto == desk._upto
    assert known(desk) == known(opened(built)) == fresh(built)


def test_what_was_written_beside_the_work_though_not_into_the_database_is_gone_on_with(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = worked(built, "R1", "R2")
    lodge(built, "R3")
    while desk.turn():
        pass

    def fail(self: WorkerState, connection: Any) -> None:
        raise OSError("the database went away")

    with monkeypatch.context() as patched:
        patched.setattr(WorkerState, "_note_written", fail)
        assert desk._analysts.begin_saving(desk._upto)
        assert not desk._analysts.settle(is_to_wait=True)
    assert standing(built).upto == desk._upto
    assert learning(built).state == "degraded"
    lodge(built, "R4")
    while desk.turn():
        pass
    desk._save()
    assert (desk.unwritten, learning(built).state) == (None, "well")
    assert standing(built).upto == desk._upto
    assert known(desk) == known(opened(built)) == fresh(built)


def test_a_backup_leaves_out_what_the_worker_rebuilds_from_the_log(built: Built, tmp_path: Path) -> None:
    worked(built, "R1")
    for name in ("history-next", "history-former"):
        (built.settings.home / name).mkdir()
    copy_tree(built.settings.home, tmp_path / "copy", _APART)
    assert (tmp_path / "copy" / "first.history").exists()
    assert not [*(tmp_path / "copy").glob("history*")]

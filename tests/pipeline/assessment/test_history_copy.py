# SPDX-License-Identifier: Apache-2.0
"""The copy of the history in the database: a home that lost its own goes on from there at once, and knows the same."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket.errors import StoreError
from cocket.pipeline import AssessmentWorker
from cocket.pipeline.assessment import worker_state as module
from cocket.pipeline.assessment.worker_state import WorkerState
from cocket.pipeline.operations.erasure import Erasure
from cocket.risk import replay
from cocket.stores.risk.history_copy import COPY_PLACE, CopyStanding, HistoryCopy, copy_standing
from cocket.stores.risk.kept_history import _Sums
from tests.houses import Built, build, officer
from tests.pipeline.assessment.test_worker_state import (
    fresh,
    gone_through,
    known,
    learning,
    lodge,
    opened,
    standing,
    worked,
)
from tests.risk.given import past


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Built]:
    monkeypatch.setattr(module, "_SOME", 50)  # so that it takes several steps
    made = build(tmp_path / "home")
    made.settings.first_history_file.write_bytes(replay(past(60)).snapshot())
    yield made
    made.house.close()


def tidied(desk: AssessmentWorker) -> int:
    """Let a worker have nothing to do until it has copied and taken over all; how many steps that took."""
    steps = 0
    while desk._analysts.is_untidy:
        desk.turn()
        steps += 1
        assert steps < 1_000
    return steps


def copied(built: Built, *names: str) -> AssessmentWorker:
    """A worker that has worked off some messages, and whose history is copied."""
    desk = worked(built, *names)
    assert tidied(desk) > 2
    assert desk._analysts.unwritten is None
    return desk


def copy_of(built: Built) -> CopyStanding:
    with built.stores.database.transaction() as connection:
        found = copy_standing(built.stores.places.learnt(connection, COPY_PLACE))
    assert found is not None
    return found


def rows(built: Built) -> int:
    with built.stores.database.transaction() as connection:
        (count,) = connection.execute("select count(*) from history_value").fetchone() or (0,)
    return int(count)


def lost(built: Built, desk: AssessmentWorker) -> None:
    """End a worker, and take away what its home has of the history."""
    desk._analysts.close()
    shutil.rmtree(built.settings.history_folder)


def test_a_home_that_lost_its_history_goes_on_from_the_copy_and_reads_no_leaf_before_it(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = copied(built, *(f"R{n}" for n in range(6)))
    upto = copy_of(built).upto
    lodge(built, "AFTER")
    while desk.turn():
        pass
    lost(built, desk)
    seen = gone_through(monkeypatch)
    again = opened(built)
    assert [start for start, _ in seen] == [upto + 1]
    assert known(again) == fresh(built)
    assert "rebuilt from its copy in the database" in learning(built).words
    lodge(built, "LATER", "LATEST")  # beside which it is taken over
    while again.turn():
        pass
    again._save()
    assert known(again) == fresh(built)
    assert standing(built).filled is not None
    assert tidied(again) > 2
    assert standing(built).filled is None
    assert known(again) == fresh(built)
    lost(built, again)
    seen.clear()
    last = opened(built)
    assert 0 not in {start for start, _ in seen}
    assert known(last) == fresh(built)  # the copy was kept up meanwhile


def test_a_worker_that_is_killed_while_it_takes_over_goes_on_with_that(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost(built, copied(built, "R1", "R2", "R3"))
    killed = opened(built)
    killed.turn()
    killed.turn()
    place = standing(built).filled
    assert place
    seen = gone_through(monkeypatch)
    again = opened(built)
    assert 0 not in {start for start, _ in seen}
    assert standing(built).filled == place
    tidied(again)
    assert standing(built).filled is None
    assert known(again) == fresh(built)


def test_what_was_written_and_not_committed_is_copied_anew(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = copied(built, "R1", "R2")
    lodge(built, "R3")
    while desk.turn():
        pass
    put = WorkerState._put_copy

    def fail(self: WorkerState, connection: Any, copy: Any) -> None:
        raise StoreError("the power went between the store and the database")

    monkeypatch.setattr(WorkerState, "_put_copy", fail)
    desk._save()
    assert standing(built).changes == copy_of(built).changes + 1
    monkeypatch.setattr(WorkerState, "_put_copy", put)
    again = opened(built)
    tidied(again)
    assert copy_of(built).changes == standing(built).changes
    lost(built, again)
    last = opened(built)
    assert known(last) == fresh(built)
    tidied(last)
    assert standing(built).filled is None


def _altered(built: Built) -> None:
    with built.stores.database.transaction() as connection:
        connection.execute("update history_value set value = set_byte(value, 20, get_byte(value, 20) # 1)")


def _exchanged(built: Built) -> None:
    with built.stores.database.transaction() as connection:
        connection.execute(
            """update history_value set value = (select value from history_value o
            where o.name <> history_value.name order by o.name limit 1)"""
        )


def _removed(built: Built) -> None:
    with built.stores.database.transaction() as connection:
        connection.execute(
            "delete from history_value where name in (select name from history_value order by 1 limit 3)"
        )


def _emptied(built: Built) -> None:
    with built.stores.database.transaction() as connection:
        connection.execute("delete from history_value")


def _of_another_edition(built: Built) -> None:
    _put(built, msgspec.structs.replace(copy_of(built), edition="0-another"))


def _of_another_log(built: Built) -> None:
    _put(built, msgspec.structs.replace(copy_of(built), leaf=b"another"))


def _unfinished(built: Built) -> None:
    _put(built, msgspec.structs.replace(copy_of(built), copied=b"k"))


def _with_its_key_destroyed(built: Built) -> None:
    built.stores.leaves.keys.destroy([copy_of(built).slot])


def _of_a_place_that_was_altered(built: Built) -> None:
    with built.stores.database.transaction() as connection:
        connection.execute("update place set value = value || 'x' where name = %s", (COPY_PLACE,))


def _put(built: Built, copy: CopyStanding) -> None:
    with built.stores.database.transaction() as connection:
        built.stores.places.put(connection, COPY_PLACE, msgspec.msgpack.encode(copy))


@pytest.mark.parametrize(
    "harm",
    [
        _altered,
        _exchanged,
        _removed,
        _emptied,
        _of_another_edition,
        _of_another_log,
        _unfinished,
        _with_its_key_destroyed,
        _of_a_place_that_was_altered,
    ],
)
def test_a_copy_that_cannot_be_trusted_is_found_out_and_everything_is_gone_through_again(
    built: Built, harm: Callable[[Built], None]
) -> None:
    lost(built, copied(built, "R1", "R2", "R3"))
    harm(built)
    again = _opened_in_the_end(built)
    assert known(again) == fresh(built)
    assert standing(built).filled is None
    again._save()
    tidied(again)
    lost(built, again)
    assert known(opened(built)) == fresh(built)  # and is copied anew


def _opened_in_the_end(built: Built) -> AssessmentWorker:
    """A worker as the crew has it: it is started again when it ends on what it finds."""
    for _ in range(3):
        desk = AssessmentWorker(built.stores)
        try:
            desk.open()
            tidied(desk)
        except StoreError:
            desk._analysts._kept.close()
            continue
        return desk
    raise AssertionError("It ends again and again.")


def test_values_that_are_put_back_as_they_were_are_found_out(built: Built) -> None:
    desk = copied(built, "R1", "R2")
    with built.stores.database.transaction() as connection:
        before = connection.execute("select name, value from history_value").fetchall()
    lodge(built, "R3", "R4")
    while desk.turn():
        pass
    desk._save()
    lost(built, desk)
    with built.stores.database.transaction() as connection:
        for name, value in before:
            connection.execute("update history_value set value = %s where name = %s", (value, name))
    again = _opened_in_the_end(built)
    assert known(again) == fresh(built)


def test_an_erasure_removes_the_copy_and_destroys_its_key(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = worked(built, "R1", "R2")
    message = lodge(built, "R3", sender="OTHER")[0]
    while desk.turn():
        pass
    desk._save()
    tidied(desk)
    slot = copy_of(built).slot
    assert rows(built) > 0
    [dossier] = built.house.queries.records.message(officer(), message).consignment_ids
    Erasure(built.stores).erase(dossier, who="test", reason="asked for")
    assert rows(built) == 0
    assert built.stores.leaves.keys.get(slot) is None
    desk._save()
    tidied(desk)
    assert known(desk) == fresh(built)  # learnt anew beside the work, and copied
    assert rows(built) > 0
    assert copy_of(built).slot != slot
    lost(built, desk)
    seen = gone_through(monkeypatch)
    assert opened(built)._upto
    assert 0 not in {start for start, _ in seen}


def test_learning_anew_beside_the_work_goes_on_after_a_kill_and_with_what_comes_meanwhile(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BESIDE", 2)
    monkeypatch.setattr(module, "_MOST_UNSAVED", 1)
    desk = erased(built)
    desk._save()
    for _ in range(5):
        desk.turn()
    seen = gone_through(monkeypatch)
    again = opened(built)  # the other was killed
    lodge(built, "MEANWHILE")
    while again.turn():
        pass
    again._save()
    tidied(again)
    assert min(start for start, _ in seen) > 0  # it went on where the other was
    last = opened(built)
    assert known(again) == known(last) == fresh(built)
    assert not built.settings.next_history_folder.exists()


def test_an_erasure_while_it_is_learnt_anew_begins_that_again(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BESIDE", 2)
    desk = erased(built)
    message = lodge(built, "R9", sender="THIRD")[0]
    while desk.turn():
        pass
    desk._save()
    desk.turn()
    [dossier] = built.house.queries.records.message(officer(), message).consignment_ids
    Erasure(built.stores).erase(dossier, who="test", reason="asked for")
    seen = gone_through(monkeypatch)
    desk._save()
    tidied(desk)
    assert 0 in {start for start, _ in seen}
    assert known(desk) == fresh(built)


@pytest.mark.parametrize("step", ["former", "moved"])
def test_a_kill_while_it_takes_the_place_of_the_other_loses_neither(
    built: Built, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    monkeypatch.setattr(module, "_BESIDE", 2)
    desk = erased(built)
    rename, calls = Path.rename, []

    def cut(self: Path, target: Path) -> Path:
        calls.append(target)
        if len(calls) == (1 if step == "former" else 2):
            raise OSError(5, "the power went")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", cut)
    desk._save()
    tidied(desk)
    assert "the power went" in (desk.unwritten or "")
    monkeypatch.setattr(Path, "rename", rename)
    seen = gone_through(monkeypatch)
    again = opened(built)
    if step == "moved":
        assert 0 not in {start for start, _ in seen}
        assert known(again) == fresh(built)
    again._save()
    tidied(again)
    assert known(again) == fresh(built)
    assert not (built.settings.home / "history-former").exists()


def erased(built: Built) -> AssessmentWorker:
    """A worker of what was erased since it learnt from it."""
    desk = worked(built, "R1", "R2")
    message = lodge(built, "R3", sender="OTHER")[0]
    while desk.turn():
        pass
    [dossier] = built.house.queries.records.message(officer(), message).consignment_ids
    Erasure(built.stores).erase(dossier, who="test", reason="asked for")
    return desk


def test_no_key_and_no_value_of_the_history_stands_in_the_database_in_clear(built: Built) -> None:
    desk = copied(built, "R1", "R2", "R3")
    entries = desk._analysts._kept.after(b"", 10_000)
    assert len(entries) == rows(built) > 100
    with built.stores.database.transaction() as connection:
        found = connection.execute("select name, value from history_value", binary=True).fetchall()
    clear = b"\n".join(bytes(part) for row in found for part in row)
    assert not [key for key, value in entries if (len(key) > 8 and key in clear) or (len(value) > 8 and value in clear)]


def test_a_store_of_an_earlier_version_is_summed_up_and_copied(built: Built) -> None:
    desk = worked(built, "R1", "R2")
    kept = desk._analysts._kept
    kept._change((), None, _no_sums(kept.standing))
    assert standing(built).digest == b""
    desk._analysts.close()
    again = opened(built)
    tidied(again)
    assert standing(built).digest
    lost(built, again)
    last = opened(built)
    tidied(last)
    assert known(last) == fresh(built)


def _no_sums(found: Any) -> Any:
    return _Sums(msgspec.structs.replace(found, digest=b""))


def copying(built: Built, *names: str) -> AssessmentWorker:
    """A worker that has copied a part of its history."""
    desk = worked(built, *names)
    desk.turn()
    desk.turn()
    assert copy_of(built).copied
    return desk


def is_copied(built: Built, desk: AssessmentWorker) -> bool:
    """Whether the copy has what the store has, and nothing else."""
    copy, kept = copy_of(built), desk._analysts._kept
    with built.stores.database.transaction() as connection:
        found, _ = HistoryCopy(_key(built)).after(connection, b"", 100_000, 1_000_000_000)
    stands = kept.standing
    assert stands is not None
    is_followed = (copy.id, copy.changes, copy.digest, copy.copied) == (stands.id, stands.changes, stands.digest, None)
    return is_followed and sorted(found) == kept.after(b"", 100_000)


def test_while_it_is_copied_steps_follow_without_a_wait_and_a_message_that_comes_is_worked_on_next(
    built: Built,
) -> None:
    desk = copying(built, "R1", "R2")
    assert desk.is_tidying
    [message] = lodge(built, "MEANWHILE")
    assert desk.turn()  # not a step of copying
    assert not desk.is_tidying
    assert built.house.queries.records.message(officer(), message).consignment_ids
    while desk.turn():
        pass
    tidied(desk)
    assert not desk.is_tidying
    assert is_copied(built, desk)


def test_what_changes_while_it_is_copied_is_in_the_copy_wherever_it_stands(built: Built) -> None:
    desk = copying(built, "R1", "R2")
    lodge(built, "MEANWHILE", "R3")
    while desk.turn():
        pass
    desk._save()
    part = copy_of(built)
    with built.stores.database.transaction() as connection:
        found, _ = HistoryCopy(_key(built)).after(connection, b"", 100_000)
    assert part.copied == max(key for key, _ in found)  # what stands behind is not written twice
    tidied(desk)
    assert is_copied(built, desk)


def test_a_kill_while_it_is_copied_goes_on_with_that(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    copying(built, "R1", "R2")
    part = copy_of(built)
    again = opened(built)
    tidied(again)
    whole = copy_of(built)
    assert (whole.slot, whole.id) == (part.slot, part.id)
    assert whole.done == whole.total == rows(built)
    assert is_copied(built, again)
    lost(built, again)
    seen = gone_through(monkeypatch)
    assert known(opened(built)) == fresh(built)
    assert [start for start, _ in seen if start == 0] == [0]  # by `fresh` alone


def test_a_kill_within_a_step_leaves_it_as_it_was_before(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = copying(built, "R1", "R2")
    before, count = copy_of(built), rows(built)

    def fail(self: WorkerState, connection: Any, copy: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(WorkerState, "_put_copy", fail)
        with pytest.raises(KeyboardInterrupt):
            desk.turn()
    assert (copy_of(built), rows(built)) == (before, count)
    again = opened(built)
    tidied(again)
    assert is_copied(built, again)


def test_a_copy_that_a_lost_store_left_unfinished_is_begun_again(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    lost(built, copying(built, "R1", "R2"))
    again = opened(built)
    left = copy_of(built)
    tidied(again)
    assert copy_of(built) == left  # another machine may be at it
    assert not again.is_tidying
    monkeypatch.setattr(module.time, "monotonic", _later(module._ABANDONED_SECONDS))
    tidied(again)
    assert is_copied(built, again)


def test_a_copy_that_another_machine_goes_on_with_is_left_to_it(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    lost(built, copying(built, "R1", "R2"))
    again = opened(built)
    tidied(again)
    moved = msgspec.structs.replace(copy_of(built), copied=b"k")
    _put(built, moved)
    monkeypatch.setattr(module.time, "monotonic", _later(module._ABANDONED_SECONDS))
    tidied(again)
    assert copy_of(built) == moved


def test_a_copy_of_another_edition_is_of_no_use_to_anybody_and_replaced_at_once(built: Built) -> None:
    lost(built, copied(built, "R1", "R2"))
    _of_another_edition(built)
    again = opened(built)
    tidied(again)
    assert is_copied(built, again)


def test_an_unfinished_copy_of_an_earlier_version_is_begun_again(built: Built) -> None:
    desk = copying(built, "R1", "R2")
    [behind] = desk._analysts._kept.after(copy_of(built).copied or b"", 1)
    with built.stores.database.transaction() as connection:  # which wrote what stands behind too
        HistoryCopy(_key(built)).put(connection, [behind])
    _put(built, msgspec.structs.replace(copy_of(built), done=None))
    tidied(desk)
    assert desk.unwritten is None
    assert is_copied(built, desk)


def test_large_values_go_alone(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = copying(built, "R1", "R2")
    kept = desk._analysts._kept
    large = [(b"k\x00large%d" % n, bytes([n]) * 3_000_000) for n in range(1, 9)]
    stands = kept.standing
    assert stands is not None
    kept.write(large, stands.upto, stands.leaf)
    added: list[int] = []
    add = HistoryCopy.add

    def count(self: HistoryCopy, connection: Any, entries: list[tuple[bytes, bytes]]) -> None:
        added.append(sum(len(value) for _, value in entries))
        add(self, connection, entries)

    monkeypatch.setattr(HistoryCopy, "add", count)
    tidied(desk)
    assert max(added) < 3_100_000
    assert is_copied(built, desk)
    with built.stores.database.transaction() as connection:
        some, _ = HistoryCopy(_key(built)).after(connection, b"", 1_000, 6_000_000)
    assert 6_000_000 < sum(len(value) for _, value in some) < 9_100_000  # nor are more taken over at a time


def _key(built: Built) -> Any:
    return built.stores.leaves.keys.get(copy_of(built).slot)


def _later(seconds: float) -> Callable[[], float]:
    begun = time.monotonic
    return lambda: begun() + seconds


def test_health_says_how_far_it_is_copied_and_what_that_means(built: Built) -> None:
    desk = copying(built, "R1", "R2")
    part = copy_of(built)
    words = learning(built).words
    assert f"copied into the database: {part.done:,} of {part.total:,} values." in words
    assert "If the power fails before this is done, nothing is lost" in words
    assert learning(built).state == "well"
    tidied(desk)
    assert "copied into the database" not in learning(built).words


@pytest.mark.parametrize(("seconds", "then"), [(0.03, 500), (0.06, 250), (3.0, 125), (0.001, 1_000)])
def test_the_next_step_does_as_much_as_fits_into_its_time(seconds: float, then: int) -> None:
    pace = module._Pace(100, 500)
    assert pace.within(20_000) == 500
    pace.took(seconds)
    assert pace.within(20_000) == then


def test_a_step_does_something_however_slow_it_is_and_no_more_than_it_may() -> None:
    pace = module._Pace(100, 500)
    for _ in range(9):
        pace.took(60.0)
    assert pace.within(20_000) == 100
    for _ in range(20):
        pace.within(20_000)
        pace.took(0.0)
    assert pace.within(20_000) == 20_000
    assert pace.within(50) == 50

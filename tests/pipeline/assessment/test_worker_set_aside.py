# SPDX-License-Identifier: Apache-2.0
"""A desk that cannot work on a message sets that message aside, and goes on; an outage sets nothing aside."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket.errors import RefusedDataError, StoreError
from cocket.pipeline import AssessmentWorker, QueueFilter
from cocket.pipeline.assessment import worker as desk_module
from cocket.pipeline.assessment import worker_state as analysts
from cocket.pipeline.assessment.worker_set_aside import BatchSize
from cocket.pipeline.base.batch import Batch, Context
from cocket.pipeline.base.set_aside import StandstillError
from cocket.pipeline.operations.erasure import Erasure
from cocket.pipeline.operations.health import Check, look
from cocket.pipeline.operations.row_audit import RowAudit, RowDifference
from cocket.pipeline.operations.row_audit_schedule import Lookout
from cocket.pipeline.operations.row_repair import RowRepair
from cocket.risk import History
from cocket.stores.base.set_aside import StoredSetAside
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.pipeline.assessment.poison import lodge_crafted, with_long_reference, with_nul


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path)
    yield made
    made.house.close()


def lodge(built: Built, *names: str, sender: str = "ACME") -> list[str]:
    """Lodge declarations; their ids."""
    envelopes = [envelope(declaration(name), sender) for name in names]
    return [one.id for one in built.house.intake.messages.take_many(envelopes, principal=trader(sender))]


def aside(built: Built, *, is_open: bool = True) -> list[StoredSetAside]:
    with built.stores.database.transaction() as connection:
        return built.stores.set_aside.listed(connection, is_open=is_open)[0]


def with_lane(built: Built) -> int:
    """How many dossiers have a lane."""
    return built.house.queries.records.queue(officer("supervisor"), QueueFilter(state="all", limit=1000)).total


def sealed(built: Built, kind: str) -> list[Any]:
    return [msgspec.json.decode(body) for body in built.bodies(kind)]


def fail_on(monkeypatch: pytest.MonkeyPatch, names: set[str], error: Exception) -> None:
    """A defect of a step of the desk that shows with certain messages or dossiers alone."""

    def step(turn: Batch, context: Context) -> Batch:
        touched = {message.reference for message in (*turn.messages, *turn.touched.values())}
        if touched & names:
            raise error
        return turn

    steps = (*desk_module.STEPS[:-1], step, desk_module.STEPS[-1])
    monkeypatch.setattr(desk_module, "STEPS", steps)


@pytest.mark.parametrize("change", [with_nul, with_long_reference])
def test_one_message_that_the_database_refuses_stops_nothing(
    built: Built, change: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cocket.consignment.references.LONGEST", 10**6)  # what the desk does must not rest on bounds
    lodge(built, *(f"A{n}" for n in range(5)))
    bad = lodge_crafted(built, "BAD", change)
    lodge(built, *(f"B{n}" for n in range(5)))
    desk = built.desk()
    assert with_lane(built) == 10
    (found,) = aside(built)
    assert (found.role, found.kind, found.subject, found.state) == ("desk", "message", bad.id, "waiting")
    assert found.code == "data-refused"
    assert [one["subject"] for one in sealed(built, "set-aside")] == [bad.id]
    lodge(built, "LATER")
    while desk.turn():
        pass
    assert with_lane(built) == 11
    assert len(aside(built)) == 1


def test_without_bisecting_the_same_message_stops_the_desk(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: what the other tests show is the work of the bisecting."""
    monkeypatch.setattr(BatchSize, "failed", lambda *_, **__: True)
    lodge(built, "A")
    lodge_crafted(built, "BAD", with_nul)
    desk = AssessmentWorker(built.stores)
    desk.open()
    for _ in range(20):
        assert desk.turn()
    assert with_lane(built) == 0


def test_several_culprits_among_many_are_each_found(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_on(monkeypatch, {"R3", "R17", "R18"}, KeyError("what the message says"))
    ids = lodge(built, *(f"R{n}" for n in range(40)))
    built.desk()
    assert with_lane(built) == 37
    found = aside(built)
    assert {one.subject for one in found} == {ids[3], ids[17], ids[18]}
    assert {one.code for one in found} == {"defect"}
    assert all("KeyError" in one.reason and "what the message says" not in one.reason for one in found)


def test_a_later_version_of_what_was_set_aside_is_worked_on_without_it(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    lodge(built, "GOOD")
    lodge_crafted(built, "BAD", with_nul)
    built.house.intake.messages.take_many([envelope(declaration("BAD", sample="amendment"))], principal=trader("ACME"))
    built.desk()
    assert with_lane(built) == 2
    assert len(aside(built)) == 1


def test_an_outage_sets_nothing_aside_and_loses_nothing(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    lodge(built, *(f"R{n}" for n in range(10)))
    with monkeypatch.context() as patch:
        fail_on(patch, {"R4"}, StoreError("The disk is full."))
        desk = AssessmentWorker(built.stores)
        desk.open()
        for _ in range(3):
            with pytest.raises(StoreError, match="disk"):
                desk.turn()
    assert aside(built) == []
    desk.open()
    while desk.turn():
        pass
    assert (with_lane(built), aside(built)) == (10, [])


def test_where_everything_fails_the_desk_stands_still_and_sets_nothing_aside(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {f"R{n}" for n in range(40)} | {f"N{n}" for n in range(40)}
    lodge(built, *(f"R{n}" for n in range(5)))
    desk = built.desk()
    before = with_lane(built)
    lodge(built, *(f"N{n}" for n in range(40)))
    with monkeypatch.context() as patch:
        fail_on(patch, names, ValueError("no model"))
        with pytest.raises(StandstillError, match="is stalled"):
            for _ in range(50):
                desk.turn()
        with pytest.raises(StandstillError):
            for _ in range(50):
                desk.open()
                desk.turn()
    assert (aside(built), with_lane(built)) == ([], before)
    desk.open()
    while desk.turn():
        pass
    assert with_lane(built) == 45


def test_in_a_fresh_house_too_a_defect_of_everything_sets_nothing_aside(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_on(monkeypatch, {f"N{n}" for n in range(40)}, ValueError("no model"))
    for sender in ("A", "B", "C"):
        lodge(built, f"N{ord(sender) - 64}", sender=sender)
    desk = AssessmentWorker(built.stores)
    desk.open()
    with pytest.raises(StandstillError):
        for _ in range(50):
            desk.turn()
    assert aside(built) == []


def test_many_bad_messages_of_one_sender_do_not_make_the_desk_stand_still(built: Built) -> None:
    for n in range(6):
        lodge_crafted(built, f"BAD{n}", with_nul)
    lodge(built, "GOOD", sender="OTHER")
    built.desk()
    assert (with_lane(built), len(aside(built))) == (1, 6)


def test_a_dossier_to_be_assessed_again_that_fails_is_set_aside_and_the_others_are_done(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    lodge(built, *(f"R{n}" for n in range(8)))
    desk = built.desk()
    before = len(built.bodies("assessment"))
    built.house.screening.lists.import_list(
        officer("analyst"), "own", b"id,name,kind\n7,BETANIA LOOMS COMPANY,organisation\n"
    )
    with monkeypatch.context() as patch:
        fail_on(patch, {"R5"}, ArithmeticError("no"))
        while desk.turn():
            pass
        lodge(built, "NEW")
        while desk.turn():
            pass
    (found,) = aside(built)
    assert (found.kind, found.role) == ("recall", "desk")
    assert len(built.bodies("assessment")) == before + 7 + 1
    retry(built, found)
    built.desk()
    assert len(built.bodies("assessment")) == before + 7 + 1 + 1
    assert aside(built) == []


def retry(built: Built, one: StoredSetAside) -> None:
    built.house.operations.set_aside.retry_set_aside(officer("supervisor"), str(one.id), "the program was repaired")


def test_once_the_defect_is_repaired_a_retry_works_and_is_sealed(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        fail_on(patch, {"R3"}, KeyError("x"))
        lodge(built, *(f"R{n}" for n in range(5)))
        desk = built.desk()
        (found,) = aside(built)
        retry(built, found)
        again = AssessmentWorker(built.stores)
        again.open()
        while again.turn():
            pass
        (found,) = aside(built)
        assert (found.attempts, found.state, with_lane(built)) == (2, "waiting", 4)
    retry(built, found)
    desk = AssessmentWorker(built.stores)
    desk.open()
    while desk.turn():
        pass
    assert (aside(built), with_lane(built)) == ([], 5)
    (worked,) = aside(built, is_open=False)
    assert worked.state == "worked"
    assert len(sealed(built, "set-aside")) == 2
    assert [one["reason"] for one in sealed(built, "set-aside-retry")] == ["the program was repaired"] * 2
    assert len(sealed(built, "set-aside-worked")) == 1
    assert len(built.bodies("assessment")) == 5


def test_a_stored_reading_that_was_altered_is_set_aside(built: Built) -> None:
    ids = lodge(built, *(f"R{n}" for n in range(5)))
    with built.stores.database.transaction() as connection:
        connection.execute("update message set reading = 'x'::bytea || reading where id = %s", (ids[2],))
    built.desk()
    assert with_lane(built) == 4
    assert [(one.subject, one.code) for one in aside(built)] == [(ids[2], "content-altered")]


def test_a_damaged_reading_of_an_earlier_paper_sets_aside_what_needs_it_and_the_rest_goes_on(built: Built) -> None:
    ids = lodge(built, *(f"R{n}" for n in range(3)))
    desk = built.desk()
    with built.stores.database.transaction() as connection:
        connection.execute("update message set reading = 'x'::bytea || reading where id = %s", (ids[2],))
    (later,) = built.house.intake.messages.take_many(
        [envelope(declaration("R2", sample="amendment"), "ACME")], principal=trader("ACME")
    )
    lodge(built, *(f"N{n}" for n in range(4)))
    while desk.turn():
        pass
    assert with_lane(built) == 7
    assert [(one.subject, one.code) for one in aside(built)] == [(later.id, "content-altered")]


def test_where_no_stored_reading_can_be_read_nothing_is_set_aside(built: Built) -> None:
    """As with a wrong file of keys."""
    lodge(built, *(f"R{n}" for n in range(5)))
    desk = built.desk()
    lodge(built, *(f"N{n}" for n in range(5)))
    with built.stores.database.transaction() as connection:
        connection.execute("update message set reading = 'x'::bytea || reading")
    with pytest.raises(StandstillError, match="is stalled"):
        for _ in range(20):
            desk.turn()
    assert aside(built) == []


def test_what_was_set_aside_of_a_message_goes_with_its_erasure(built: Built) -> None:
    bad = lodge_crafted(built, "BAD", with_nul)
    lodge(built, "GOOD", sender="OTHER")
    built.desk()
    assert len(aside(built)) == 1
    Erasure(built.stores).erase(bad.id, who="test", reason="asked for")
    assert aside(built, is_open=False) == []
    assert built.bodies("set-aside") == []


def test_a_desk_killed_in_the_middle_of_bisecting_loses_and_doubles_nothing(built: Built) -> None:
    """A process of its own works on 60 messages of which two cannot be worked on, and is killed again and again."""
    for n in range(60):
        if n in (20, 41):
            lodge_crafted(built, f"R{n}", with_nul)
        else:
            lodge(built, f"R{n}", sender=f"T{n % 3}")
    cut = 0
    for wait in (0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0, 1.5, 2.0):
        before = place(built)
        asked = [sys.executable, "-c", _WORK, str(built.settings.home), built.dsn]
        with subprocess.Popen(asked, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            assert child.stdout.readline().strip() == "ready"
            time.sleep(wait)
            is_done = child.poll() is not None
            child.kill()
        cut += not is_done and place(built) != before
    built.desk()
    assert cut > 0
    assert (with_lane(built), len(built.bodies("assessment"))) == (58, 58)
    assert len(aside(built)) == 2
    assert len(sealed(built, "set-aside")) == 2


def place(built: Built) -> int:
    with built.stores.database.transaction() as connection:
        value = built.stores.places.get(connection, "desk")
    return int(value) if value else -1


_WORK = """
import sys
from pathlib import Path
from cocket.pipeline import AssessmentWorker, open_stores
from cocket.settings import Settings
from tests.houses import LOG
desk = AssessmentWorker(open_stores(Settings(home=Path(sys.argv[1]), log_origin=LOG, head_step=1), sys.argv[2]))
desk.open()
print("ready", flush=True)
while desk.turn():
    pass
"""


@pytest.mark.parametrize(
    "statement",
    ["select pg_terminate_backend(pg_backend_pid())", "select * from a_table_that_is_not_there"],
    ids=["connection cut", "table missing"],
)
def test_a_real_outage_in_the_middle_of_a_turn_sets_nothing_aside(
    built: Built, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    lodge(built, *(f"R{n}" for n in range(10)))

    def step(turn: Batch, context: Context) -> Batch:
        context.connection.execute(statement)  # type: ignore[arg-type]  # a literal of this test
        return turn

    with monkeypatch.context() as patch:
        patch.setattr(desk_module, "STEPS", (*desk_module.STEPS[:-1], step, desk_module.STEPS[-1]))
        desk = AssessmentWorker(built.stores)
        desk.open()
        for _ in range(2):
            with pytest.raises(StoreError) as failed:
                desk.turn()
            assert not isinstance(failed.value, RefusedDataError | StandstillError)
    assert aside(built) == []
    desk.open()
    while desk.turn():
        pass
    assert (with_lane(built), aside(built)) == (10, [])


@pytest.mark.parametrize("error", [OverflowError("what a value says"), StoreError("The disk is full.")])
def test_what_was_learnt_and_cannot_be_written_down_stops_nothing_and_is_said(
    built: Built, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fails(*_: object) -> bytes:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(analysts, "_OFTEN", 1)
        patch.setattr(History, "changes", fails)
        fail_on(patch, {"R3"}, KeyError("x"))
        lodge(built, *(f"R{n}" for n in range(6)))
        desk = AssessmentWorker(built.stores)
        desk.open()
        while desk.turn():
            pass
        assert (with_lane(built), len(aside(built))) == (5, 1)
        lodge(built, "LATER")
        while desk.turn():
            pass
        assert with_lane(built) == 6
        assert desk.unwritten
        assert "value says" not in desk.unwritten
        (check,) = [one for one in look(built.stores).checks if one.name == "learning"]
        assert (check.state, desk.unwritten in check.words) == ("degraded", True)
    monkeypatch.setattr(analysts, "_OFTEN", 1)
    again = AssessmentWorker(built.stores)
    again.open()
    lodge(built, "LAST")
    while again.turn():
        pass
    (check,) = [one for one in look(built.stores).checks if one.name == "learning"]
    assert (with_lane(built), again.unwritten, check.state) == (7, None, "well")


#: What an insider does to hide that a message was set aside, or to pretend it; then what is found, of the row alone.
HIDDEN = {
    "update set_aside set state = 'worked'": ("state", "worked", "waiting"),
    "update set_aside set state = 'closed'": ("state", "closed", "waiting"),
    "update set_aside set subject = 'another'": ("subject", "another", None),
    "update set_aside set record = null": ("record", "none", None),
    "delete from set_aside": ("", None, None),
}


def compared(built: Built) -> list[RowDifference]:
    """Every difference after a whole pass."""
    audit = RowAudit(built.stores)
    audit.begin_anew()
    while audit.step() is None:
        pass
    return audit.differences()


def rows_said(built: Built) -> Check:
    return next(one for one in look(built.stores).checks if one.name == "rows")


@pytest.mark.parametrize("harm", HIDDEN)
def test_a_message_set_aside_cannot_be_hidden_from_health_and_the_audit(
    built: Built, harm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_on(monkeypatch, {"BAD"}, KeyError("planned"))
    lodge(built, "A", "BAD", "C")
    built.desk()
    (row,) = aside(built)
    lookout = Lookout(built.stores)
    assert not lookout.look()
    assert rows_said(built).state == "well"
    assert compared(built) == []
    with built.stores.database.transaction() as connection:
        connection.execute(harm)
    lookout.look()
    assert rows_said(built).state == "degraded"
    column, stands, sealed_as = HIDDEN[harm]
    (found,) = [one for one in compared(built) if one.table == "set_aside"]
    assert (found.id, found.column, found.stands) == (str(row.id), column, stands)
    assert sealed_as is None or found.sealed == sealed_as
    RowRepair(built.stores).set_row_right(officer("supervisor"), "set_aside", str(row.id), "hidden on 3 May")
    lookout.look()
    assert compared(built) == []
    (again,) = aside(built)
    assert (again.id, again.kind, again.subject, again.state) == (row.id, "message", row.subject, "waiting")
    monkeypatch.undo()
    built.house.operations.set_aside.retry_set_aside(officer("supervisor"), str(row.id), "mended")
    built.desk()
    assert with_lane(built) == 3
    lookout.look()
    assert compared(built) == []
    assert rows_said(built).state == "well"


def test_an_item_set_aside_that_no_record_mentions_is_found_and_removed(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_on(monkeypatch, {"BAD"}, KeyError("planned"))
    lodge(built, "A", "BAD")
    built.desk()
    with built.stores.database.transaction() as connection:
        connection.execute("create temporary table one as select * from set_aside")
        connection.execute("update one set id = gen_random_uuid(), subject = 'forged'")
        connection.execute("insert into set_aside select * from one")
    Lookout(built.stores).look()
    assert rows_said(built).figures["differ"] == 1
    (found,) = compared(built)
    assert (found.table, found.sealed) == ("set_aside", "no sealed record mentions it")
    RowRepair(built.stores).set_row_right(officer("supervisor"), "set_aside", found.id, "forged")
    assert compared(built) == []


def test_a_message_without_advice_that_is_said_to_have_been_worked_on_is_named(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_on(monkeypatch, {"BAD"}, KeyError("planned"))
    message = lodge(built, "A", "BAD")[1]
    built.desk()
    with built.stores.database.transaction() as connection:
        connection.execute("update set_aside set state = 'worked'")
    assert any(one.table == "consignment_message" and message in one.id for one in compared(built))


def test_what_is_erased_is_not_missed_among_what_was_set_aside(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_on(monkeypatch, {"BAD"}, KeyError("planned"))
    message = lodge(built, "A", "BAD")[1]
    built.desk()
    lookout = Lookout(built.stores)
    lookout.look()
    Erasure(built.stores).erase(message, who="cli", reason="asked for")
    lookout.look()
    assert rows_said(built).state == "well"
    assert compared(built) == []

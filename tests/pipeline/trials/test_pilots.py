# SPDX-License-Identifier: Apache-2.0
"""A pilot over a real house: sealed before it begins, run by its draw, looked at, stopped, and reported from what was sealed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from cocket.control import verify_draw
from cocket.errors import CocketError, PolicyError, ProofError, SenderError
from cocket.governance import Principal
from cocket.governance.proposals import Proposal
from cocket.pipeline import NewResult, QueueFilter, WriteBackReport
from cocket.pipeline.base.access import NotFoundError
from cocket.pipeline.base.pilot_protocols import ANSWER, LOOK, PILOT, seed_of
from cocket.pipeline.operations.row_audit import RowAudit
from cocket.pipeline.trials.pilots import PilotDeed, Pilots
from cocket.trials.pilots.changes import changes_of
from cocket.trials.pilots.protocol import PilotPlan, PilotProtocol, StopRule, arm_of
from cocket.trials.pilots.report import Answer, SignedReport, read_signed
from cocket.trials.pilots.report_files import write_report
from tests.exchange.test_write_back import HOST
from tests.feeds.tables import csv_feed
from tests.houses import Built, build, officer, trader
from tests.simulators.host_database import Tables, write_csv

TODAY = datetime.now(UTC).date()
FIRST = TODAY - timedelta(days=40)
OFFICES = tuple(f"XA11000{place}" for place in range(6))
ANNA = Principal(id="anna", kind="officer", roles=("analyst",))
SIONE = Principal(id="sione", kind="officer", roles=("supervisor",))
VEA = Principal(id="vea", kind="officer", roles=("supervisor",))


def tables() -> Tables:
    """A declaration in each office on every second day from before the first day to today."""
    days = [FIRST + timedelta(days=day) for day in range(-4, 41, 2)]
    general = [
        {
            "INSTANCEID": number, "IDE_CUO_COD": office, "IDE_REG_SER": "C", "IDE_REG_NBR": number, "IDE_REG_DAT": day,
            "DEC_COD": "9000", "DEC_REF_NBR": f"R-{number}",
        }
        for number, (office, day) in enumerate(((office, day) for day in days for office in OFFICES), start=1)
    ]  # fmt: skip
    items = [{"INSTANCEID": row["INSTANCEID"], "KEY_ITM_NBR": 1, "TAR_HSC_NB1": "87032100"} for row in general]
    return {"SAD_GENERAL_SEGMENT": general, "SAD_ITEM": items}


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(
        tmp_path / "home", red_per_day=1000, yellow_per_day=1000, random_share=0.3, write_back_days=1000,
        second_person_for="access trials",
    )  # fmt: skip
    for one in (SIONE, VEA):
        made.house.governance.accounts.put_officer(one.id, one.id, "supervisor", None, "seal and cord and wax")
    assert not csv_feed(made.house, write_csv(tmp_path / "csv", tables())).once().refused
    made.desk()
    yield made
    made.house.close()


def plan(**fields: object) -> PilotPlan:
    usual = PilotPlan(
        title="Score at the counter",
        question="Do officers find more with the score?",
        treatment="Officers see the score.",
        offices=OFFICES,
        first=FIRST,
        period_days=8,
        periods=5,
        base=0.2,
        effect=0.1,
        cell_size=20,
        looks=(2, 5),
        stop=(StopRule(code="harm", limit=0.05, person="the board"), StopRule(code="queue", limit=1)),
        lock_days=30,
    )
    return msgspec.structs.replace(usual, **fields)


def at(built: Built, day: date) -> Pilots:
    """The service as it is on a day."""
    return Pilots(built.stores, built.house.governance.second_person, today=lambda: day)


def sealed(built: Built, **fields: object) -> PilotProtocol:
    """A plan that was sealed before its first day."""
    return at(built, FIRST - timedelta(days=5)).plan(ANNA, plan(**fields))


def examine(built: Built, found: bool = True) -> str:
    """An examination recorded here; its consignment."""
    lines = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines
    with built.stores.database.transaction() as connection:
        rows = connection.execute(
            "select id::text from consignment where declared_on between %s and %s", (FIRST, FIRST + timedelta(days=30))
        )
        inside = {one for (one,) in rows.fetchall()}
    line = next(one for one in lines if one.id in inside and one.order is not None and one.order.status == "open")
    assert line.order is not None
    result = NewResult(depth="full", found=found, offence="undervaluation" if found else None)
    built.house.control.officer_acts.record_result(officer(), line.order.id, result)
    return line.id


def test_a_protocol_is_sealed_once_and_never_for_days_that_are_over(built: Built) -> None:
    made = sealed(built)
    assert built.bodies(PILOT) == [msgspec.json.encode(made)]
    assert sorted(made.steps_of[one] for one in OFFICES[:4]) == [1, 2, 3, 4]
    assert made.power is not None
    for day in (FIRST, FIRST + timedelta(days=1), TODAY):
        with pytest.raises(SenderError, match="before its first day"):
            at(built, day).plan(ANNA, plan())
    with pytest.raises(SenderError, match="before its first day"):
        built.house.trials.pilots.plan(ANNA, plan())
    assert len(built.bodies(PILOT)) == 1
    other = sealed(built)
    assert other.commitment != made.commitment, "each pilot has a draw of its own"


def test_an_office_that_is_not_there_is_told_before_sealing_and_sealed_by_nobody(built: Built) -> None:
    before = at(built, FIRST - timedelta(days=5))
    slip = plan(offices=(*OFFICES[:-1], "XA11O005"))
    with pytest.raises(SenderError, match="There is no office XA11O005 here"):
        before.plan(ANNA, slip)
    assert built.bodies(PILOT) == []
    assert before.replaying(FIRST - timedelta(days=5)).plan(ANNA, slip), (
        "a past that is replayed brings its offices later"
    )
    found = before.preview(ANNA, slip)
    assert "There is no office XA11O005 here" in found.problem and "XA110005" in found.problem
    assert not before.preview(ANNA, plan()).problem


def test_the_power_before_sealing_is_the_power_that_is_sealed(built: Built) -> None:
    preview = at(built, FIRST - timedelta(days=5)).preview(ANNA, plan())
    assert sealed(built).power == preview.power


def test_only_analysts_and_supervisors_of_no_office_plan_and_those_of_an_office_read_nothing(built: Built) -> None:
    made = sealed(built)
    pilots = at(built, TODAY)
    bound = Principal(id="b", kind="officer", roles=("supervisor",), office="XA110000")
    for who in (officer(), officer("auditor"), bound, trader("ACME")):
        for act in (
            lambda who=who: pilots.plan(who, plan(first=TODAY + timedelta(days=9))),
            lambda who=who: pilots.look(who, made.id),
            lambda who=who: pilots.past(who),
            lambda who=who: pilots.preview(who, plan()),
            lambda who=who: pilots.propose_stop(who, made.id, "why"),
            lambda who=who: pilots.propose_change(who, made.id, plan(board="x"), "why"),
        ):
            with pytest.raises(PolicyError):
                act()
    for who in (bound, trader("ACME")):
        for look in (lambda who=who: pilots.pilots(who), lambda who=who: pilots.pilot(who, made.id)):
            with pytest.raises(PolicyError):
                look()
    assert pilots.pilots(officer("auditor"))[0].protocol.id == made.id
    with pytest.raises(NotFoundError):
        pilots.pilot(ANNA, "no such thing")


def test_a_look_counts_each_consignment_in_its_arm_and_is_sealed(built: Built) -> None:
    made = sealed(built)
    for place in range(3):
        examine(built, found=place != 1)
    with pytest.raises(SenderError, match="no whole day"):
        at(built, FIRST).look(ANNA, made.id)
    look = at(built, TODAY).look(ANNA, made.id, hours=6.5)
    assert look.result.periods == 5
    assert look.result.is_final
    counted = sum(one.consignments for one in look.data.cells)
    assert counted == 20 * 6, "each second day of forty, in six offices; those before and after take no part"
    for cell in look.data.cells:
        assert cell.period is not None
        assert cell.arm == ("treated" if cell.period >= made.steps_of[cell.name] else "control")
    assert sum(one.examined for one in look.data.cells) == 3
    assert sum(one.found for one in look.data.cells) == 2
    assert sum(one.missing for one in look.data.cells) > 0
    assert look.result.effect is not None
    assert look.result.best is not None and look.result.worst is not None
    assert look.result.worst <= look.result.effect.value <= look.result.best
    assert "queue" in {one.code for one in look.result.stops}, "harm too, as the lot falls"
    assert built.bodies(LOOK) == [msgspec.json.encode(look)]
    with pytest.raises(SenderError, match="Nothing has changed"):
        at(built, TODAY).look(ANNA, made.id)
    view = at(built, TODAY).pilot(ANNA, made.id)
    assert view.standing == "waiting"
    assert not view.due
    assert len(view.record.sealed) == 2
    assert [one.what for one in map(_what, built.bodies("look")) if one.what in ("pilot", "pilots")]


class _Look(msgspec.Struct):
    what: str = ""


def _what(body: bytes) -> _Look:
    return msgspec.json.decode(body, type=_Look)


def test_a_planned_look_is_due_once_its_period_is_over(built: Built) -> None:
    made = sealed(built)
    assert not at(built, FIRST + timedelta(days=15)).pilot(ANNA, made.id).due
    assert at(built, FIRST + timedelta(days=16)).pilot(ANNA, made.id).due
    at(built, FIRST + timedelta(days=16)).look(ANNA, made.id)
    assert not at(built, FIRST + timedelta(days=16)).pilot(ANNA, made.id).due


def test_a_change_needs_a_second_person_says_that_it_came_late_and_moves_no_arm(built: Built) -> None:
    made = sealed(built)
    pilots = built.house.trials.pilots
    second = built.house.governance.second_person
    for bad in (
        {"offices": (*OFFICES[:-1], "XB")},
        {"measure": "hits"},
        {"periods": 6, "looks": (2, 6)},
        {"first": FIRST - timedelta(1)},
        {"title": "Scanner rule"},
        {"question": "Fewer overrides?"},
        {"treatment": "They see nothing."},
        {"applies": "host-advice"},
        {"alpha": 0.2},
        {"effect": 0.2},
        {"looks": (2, 4, 5)},
        {"cell_size": 500},
    ):
        with pytest.raises(SenderError, match="another pilot"):
            pilots.propose_change(SIONE, made.id, plan(**bad), "better so")
    harm, queue = plan().stop
    for bad in (
        (harm,),
        (msgspec.structs.replace(harm, limit=0.01), queue),
        (harm, msgspec.structs.replace(queue, limit=9)),
    ):
        with pytest.raises(SenderError, match="only become stricter"):
            pilots.propose_change(SIONE, made.id, plan(stop=bad), "better so")
    with pytest.raises(SenderError, match="Nothing is changed"):
        pilots.propose_change(SIONE, made.id, plan(), "better so")
    with pytest.raises(SenderError, match="reason"):
        pilots.propose_change(SIONE, made.id, plan(board="the head"), " ")
    given = pilots.propose_change(SIONE, made.id, plan(board="the head", lock_days=60), "the board changed")
    assert not given.is_done
    with pytest.raises(PolicyError):
        second.vote(SIONE, given.proposal.id, given.proposal.digest, lambda name: name)
    assert second.proposal(VEA, given.proposal.id).proposal.text is not None, "what is approved is shown in full"
    second.vote(VEA, given.proposal.id, given.proposal.digest, lambda name: name)
    record = pilots.pilot(ANNA, made.id).record
    assert [one.version for one in record.versions] == [1, 2]
    (change,) = record.protocol.changes
    assert (set(change.fields), change.is_after_start, change.by) == ({"board", "lock_days"}, True, "sione, vea")
    assert record.protocol.steps_of == made.steps_of


def test_before_its_first_day_bounds_and_days_may_change_and_each_change_says_what_it_was(built: Built) -> None:
    before = at(built, FIRST - timedelta(days=5))
    made = sealed(built)
    deed, day = PilotDeed(built.stores, lambda: FIRST - timedelta(days=4)), FIRST + timedelta(days=2)
    stricter = (StopRule(code="harm", limit=0.1), StopRule(code="delay", limit=24), plan().stop[1])

    def wanted(**fields: object) -> Proposal:
        text = msgspec.json.encode(plan(**fields)).decode()
        return Proposal(kind="pilot-change", subject=made.id, after={"plan": text}, reason="as the board asked")

    with built.stores.database.transaction() as connection:
        with pytest.raises(SenderError, match="another pilot"):
            deed.check(connection, wanted(question="Another?"))
        with pytest.raises(SenderError, match="lie ahead"):
            deed.check(connection, wanted(first=FIRST - timedelta(days=4)))
    deed.carry_out(wanted(effect=0.15, alpha=0.1, first=day, stop=stricter), SIONE, None, lambda name: name)
    record = before.pilot(ANNA, made.id).record
    (change,) = changes_of(record.versions)
    assert (change.version, change.by, change.reason, change.is_after_start) == (
        2,
        "sione",
        "as the board asked",
        False,
    )
    told = {one.name: (one.before, one.after) for one in change.fields}
    assert told == {
        "first": (str(FIRST), str(day)),
        "effect": ("10 / 100", "15 / 100"),
        "alpha": ("0.05", "0.1"),
        "stop": ("harm 0.05 (the board); queue 1", "harm 0.1; delay 24; queue 1"),
    }
    assert record.versions[0].by == record.protocol.by == "anna"


def test_a_pilot_is_stopped_by_two_and_nobody_takes_part_afterwards(built: Built) -> None:
    made = sealed(built, period_days=20, looks=(2, 5))
    pilots = built.house.trials.pilots
    given = pilots.propose_stop(SIONE, made.id, "examinations wait too long")
    assert pilots.pilot(ANNA, made.id).standing == "running"
    done = built.house.governance.second_person.vote(VEA, given.proposal.id, given.proposal.digest, lambda name: name)
    assert done.is_done
    view = pilots.pilot(ANNA, made.id)
    assert view.standing == "stopped"
    stopped = view.record.protocol
    assert (stopped.stop_reason, stopped.stopped_by) == ("examinations wait too long", "sione, vea")
    assert arm_of(stopped, b"", OFFICES[0], TODAY + timedelta(days=2), "x") is None
    for act in (
        lambda: pilots.propose_stop(SIONE, made.id, "again"),
        lambda: pilots.propose_change(SIONE, made.id, plan(period_days=20, board="x"), "again"),
    ):
        with pytest.raises(SenderError, match="stopped already"):
            act()


def test_one_person_suffices_where_the_setting_says_so(tmp_path: Path) -> None:
    made = build(tmp_path / "home")
    day = TODAY + timedelta(days=30)
    protocol = made.house.trials.pilots.plan(ANNA, plan(first=day))
    assert made.house.trials.pilots.propose_stop(ANNA, protocol.id, "not now").is_done
    made.house.close()


def test_in_the_arm_without_it_the_host_is_not_told(built: Built, tmp_path: Path) -> None:
    made = sealed(built, applies="host-advice", design="consignments")
    report = built.house.control.write_back.write_back(tmp_path / "advice", HOST)
    rows = at(built, TODAY).look(ANNA, made.id)
    control = sum(one.consignments for one in rows.data.cells if one.arm == "control")
    assert control > 20
    assert report.kept >= control
    assert isinstance(report, WriteBackReport)
    lines = built.house.queries.records.queue(
        officer("supervisor"),
        QueueFilter(state="all"),
    ).lines
    assert lines, "inside, advice is shown as ever"
    told = {msgspec.json.decode(body)["consignment"] for body in built.bodies("write-back")}
    seed = seed_of(built.stores, made.id)
    with built.stores.database.transaction() as connection:
        known = connection.execute("select id::text, office, declared_on from consignment").fetchall()
    arms = {one: arm_of(made, seed, office, day, one) for one, office, day in known}
    assert told, "the control: what is in no arm or in the other is told"
    assert all(arms[one] != "control" for one in told)


def test_a_pilot_that_only_records_holds_nothing_back(built: Built, tmp_path: Path) -> None:
    sealed(built)
    report = built.house.control.write_back.write_back(tmp_path / "advice", HOST)
    assert report.written == 23 * 6


def test_three_questions_are_asked_once_after_an_examination(built: Built) -> None:
    made = sealed(built)
    consignment = examine(built)
    pilots = built.house.trials.pilots
    assert [one.id for one in pilots.open_forms(officer(), consignment)] == [made.id]
    assert pilots.open_forms(ANNA, consignment) == (), "asked of who examines alone"
    given = Answer(pilot=made.id, useful="partly", time="more", alone="unsure", words="the score came late")
    with pytest.raises(SenderError, match="three questions"):
        pilots.answer(officer(), consignment, msgspec.structs.replace(given, useful="perhaps"))
    with pytest.raises(SenderError, match="at most"):
        pilots.answer(officer(), consignment, msgspec.structs.replace(given, words="x" * 501))
    with pytest.raises(NotFoundError):
        pilots.answer(officer(), consignment, msgspec.structs.replace(given, pilot="another"))
    pilots.answer(officer(), consignment, given)
    assert len(built.bodies(ANSWER)) == 1
    with pytest.raises(NotFoundError):
        pilots.answer(officer(), consignment, given)
    (told,) = pilots.pilot(ANNA, made.id).record.answers
    assert (told.words, told.by) == ("the score came late", ""), "reports name nobody"


@pytest.mark.parametrize("design", ["wedge", "days", "consignments", "shadow"])
def test_a_report_is_made_from_sealed_records_alone_the_same_each_time(built: Built, design: str) -> None:
    made = sealed(built, design=design)
    examine(built)
    pilots = built.house.trials.pilots
    with pytest.raises(SenderError, match="has no look yet"):
        pilots.report(ANNA, made.id)
    pilots.look(ANNA, made.id)
    one, two = pilots.report(ANNA, made.id), pilots.report(SIONE, made.id)
    assert one == two
    assert one.is_same
    for form in ("html", "json", "pdf", "docx"):
        if form in ("pdf", "docx"):
            pytest.importorskip({"pdf": "typst", "docx": "docx"}[form])
        assert write_report(one, form) == write_report(two, form)
    assert read_signed(write_report(one, "json"), one.key) == one
    drawn = verify_draw(bytes.fromhex(one.seed), made.commitment, "any", _number(one))
    assert drawn.commitment == made.commitment


def _number(report: SignedReport) -> float:
    from cocket.control import draw_number

    return draw_number(bytes.fromhex(report.seed), "any")


def test_a_report_that_was_changed_is_found_out(built: Built) -> None:
    made = sealed(built)
    built.house.trials.pilots.look(ANNA, made.id)
    report = built.house.trials.pilots.report(ANNA, made.id)
    look = report.record.looks[0]
    better = msgspec.structs.replace(look, hours=1.0)
    forged = msgspec.structs.replace(report, record=msgspec.structs.replace(report.record, looks=(better,)))
    with pytest.raises(ProofError, match="changed"):
        read_signed(msgspec.json.encode(forged))
    with pytest.raises(ProofError, match="another key"):
        read_signed(msgspec.json.encode(report), "other+00000000+AAAA")
    unsigned = msgspec.structs.replace(report, signature="00" * 64)
    with pytest.raises(ProofError, match="signature"):
        read_signed(msgspec.json.encode(unsigned))
    with pytest.raises(SenderError):
        read_signed(b"{}")


def test_a_protocol_that_was_changed_in_the_database_is_not_believed(built: Built) -> None:
    made = sealed(built)
    with built.stores.database.transaction() as connection:
        connection.execute(
            "update case_file set body = replace(convert_from(body,'UTF8'),'\"base\":0.2','\"base\":0.3')::bytea where kind = 'pilot'"
        )
    with pytest.raises(CocketError):
        built.house.trials.pilots.look(ANNA, made.id)


def test_rows_agree_with_what_was_sealed(built: Built) -> None:
    made = sealed(built)
    consignment = examine(built)
    built.house.trials.pilots.look(ANNA, made.id)
    built.house.trials.pilots.answer(
        officer(), consignment, Answer(pilot=made.id, useful="yes", time="less", alone="no")
    )
    audit = RowAudit(built.stores)
    while audit.step() is None:
        pass
    assert list(audit.differences()) == []


def test_the_past_and_a_preview_tell_a_planner(built: Built) -> None:
    pilots = built.house.trials.pilots
    examine(built)
    past = pilots.past(ANNA, "finds", 10)
    assert set(past.offices) == set(OFFICES)
    assert past.spread is not None
    assert past.spread.cell_size == 30 / 6
    with pytest.raises(SenderError):
        pilots.past(ANNA, "nothing")
    preview = pilots.preview(ANNA, plan())
    assert preview.power is not None and preview.error is not None
    assert preview.problem, "it begins in the past"
    assert preview.orders == 24 * 12
    small = pilots.preview(ANNA, plan(offices=OFFICES[:4]))
    assert small.power is None
    assert "at least 6 offices" in small.problem
    single = pilots.preview(ANNA, plan(design="consignments", base=0.05, effect=0.02, first=TODAY + timedelta(days=2)))
    assert single.needed == 2 * 2210
    assert not single.problem


def test_the_deed_refuses_what_is_no_plan(built: Built) -> None:
    made = sealed(built)
    deed = PilotDeed(built.stores)
    with built.stores.database.transaction() as connection, pytest.raises(SenderError, match="not a plan"):
        deed.check(connection, Proposal(kind="pilot-change", subject=made.id, after={"plan": "{"}, reason="x"))

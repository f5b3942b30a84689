# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket.control import audit as work
from cocket.control.audit import Difference, LineFinding, Period, Plan
from cocket.errors import PolicyError, SenderError
from cocket.model import Amount
from cocket.pipeline import Instance, NewResult, NotFoundError, QueueFilter
from cocket.pipeline.consignment.outcomes import case_of_step
from cocket.pipeline.control.audit_population import lines_of_trader
from cocket.pipeline.control.audit_views import AuditView
from cocket.risk import Facts, ItemFacts
from tests.houses import build, envelope, officer, trader
from tests.messages import declaration

ACME, HEAD, OFFICER = trader("ACME"), officer("supervisor"), officer()
TODAY = datetime.now(UTC).date()
PERIOD = Period(TODAY - timedelta(days=30), TODAY + timedelta(days=1))


def build_with_audits(home: Path, **given: object) -> Any:
    made = build(home, **given)
    return dataclasses.replace(made, house=Instance(made.stores))


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Any]:
    made = build_with_audits(tmp_path, red_per_day=0, yellow_per_day=0, random_share=0.0)
    made.house.intake.messages.take_many([envelope(declaration(f"R{n}")) for n in range(4)], principal=ACME)
    made.desk()
    yield made
    made.house.close()


def proposed(built: Any) -> str:
    (line,) = built.house.control.audits.plan_audits(HEAD, PERIOD, 20).proposed
    return line.id


def begun(built: Any) -> AuditView:
    audit = proposed(built)
    built.house.control.audits.plan_audit(HEAD, audit, Plan(auditor="test-officer", begins=TODAY))
    built.house.control.audits.notify_audit(OFFICER, audit)
    return built.house.control.audits.start_audit(OFFICER, audit)


def conclude(built: Any, view: AuditView, *irregular: int) -> AuditView:
    for place, line in enumerate(view.sample):
        found = LineFinding(consignment=line.consignment, item=line.item, conclusion="conform")
        if place in irregular:
            found = msgspec.structs.replace(
                found, conclusion="irregular", additional_duty=Amount(Decimal("120.50"), "XAD"),
                differences=(Difference(what="value", declared="100", found="140"),),
            )  # fmt: skip
        view = built.house.control.audits.record_line(OFFICER, view.summary.id, found)
    return view


def kinds(built: Any) -> list[str]:
    with built.stores.database.transaction() as connection:
        return [row[0] for row in connection.execute("select kind from leaf order by idx")]


def test_a_plan_proposes_traders_with_reasons_and_commits_its_seed_before(built: Any) -> None:
    made = built.house.control.audits.plan_audits(HEAD, PERIOD, 20)
    (line,) = made.proposed
    assert (made.traders, line.state, made.days) == (1, "proposed", line.days)
    assert "never-audited" in {reason.code for reason in line.reasons}
    sealed = kinds(built)
    assert sealed.index("audit-seed") < sealed.index("audit-propose")


def test_a_trader_under_audit_is_not_proposed_again_and_one_whose_audit_was_dropped_is(built: Any) -> None:
    audit = proposed(built)
    assert built.house.control.audits.plan_audits(HEAD, PERIOD, 20).proposed == ()
    built.house.control.audits.drop_audit(HEAD, audit, "trader has closed")
    (again,) = built.house.control.audits.plan_audits(HEAD, PERIOD, 20).proposed
    first, second = built.house.control.audits.audit(HEAD, audit), built.house.control.audits.audit(HEAD, again.id)
    assert first.commitment == second.commitment
    assert kinds(built).count("audit-seed") == 1


def test_what_waits_for_examination_is_not_released_until_it_is_done(tmp_path: Path) -> None:
    made = build_with_audits(tmp_path, red_per_day=1000, yellow_per_day=1000, random_share=0.5)
    made.house.intake.messages.take_many([envelope(declaration(f"R{n}")) for n in range(2)], principal=ACME)
    made.desk()
    lines = made.house.queries.records.queue(OFFICER, QueueFilter(state="open")).lines
    assert all(line.order for line in lines)
    assert made.house.control.audits.plan_audits(HEAD, PERIOD, 20).traders == 0
    made.house.control.officer_acts.record_result(
        OFFICER, lines[0].order.id, NewResult(depth="full", found=True, offence="revenue")
    )  # type: ignore[union-attr]
    (line,) = made.house.control.audits.plan_audits(HEAD, PERIOD, 20).proposed
    assert made.house.control.audits.audit(HEAD, line.id).declarations == 1
    made.house.close()


def test_a_period_without_trade_has_no_audits(built: Any) -> None:
    assert built.house.control.audits.plan_audits(HEAD, Period(date(2001, 1, 1), date(2001, 12, 31)), 20).traders == 0


@pytest.mark.parametrize(("period", "days"), [(Period(PERIOD.last, PERIOD.first), 20), (PERIOD, -1)])
def test_a_plan_that_makes_no_sense_is_refused(built: Any, period: Period, days: int) -> None:
    with pytest.raises(SenderError):
        built.house.control.audits.plan_audits(HEAD, period, days)


def test_an_audit_is_walked_to_its_end_and_its_sample_can_be_drawn_again(built: Any) -> None:
    view = begun(built)
    assert (view.summary.state, view.lines > 0, view.open_lines) == ("in-progress", True, len(view.sample))
    view = conclude(built, view, 0)
    assert (view.open_lines, view.summary.additional_duty) == (0, {"XAD": "120.50"})
    assert view.estimate is not None
    assert view.estimate.startswith("XAD ")
    assert view.seed is None
    told = built.house.control.audits.record_disclosure(OFFICER, view.summary.id, "freight was left out")
    assert [one.text for one in told.disclosures] == ["freight was left out"]
    ended = built.house.control.audits.close_audit(
        OFFICER, view.summary.id, "irregular", "pay and correct", TODAY + timedelta(days=400)
    )
    assert (ended.summary.state, ended.summary.result, ended.acts) == ("closed", "irregular", ())
    with built.stores.database.transaction() as connection:
        file = built.stores.case_files.get(connection, _id(ended))
        assert file is not None
        case = case_of_step(file.body)
        lines = lines_of_trader(built.stores, connection, case.period, case.trader)
    assert case.sample is not None
    work.verify_sample(case.sample, lines, bytes.fromhex(ended.seed or ""))


def _id(view: AuditView):  # type: ignore[no-untyped-def]
    from uuid import UUID

    return UUID(view.summary.id)


def test_each_step_is_sealed_about_the_audit_and_told_in_order(built: Any) -> None:
    view = begun(built)
    view = built.house.control.audits.hand_on_audit(OFFICER, view.summary.id, "two sets of books")
    built.house.control.audits.resume_audit(OFFICER, view.summary.id, "no case was made")
    conclude(built, view)
    built.house.control.audits.close_audit(OFFICER, view.summary.id, "compliant")
    steps = built.house.control.audits.audit(OFFICER, view.summary.id).steps
    told = [step.message.format_map(step.arguments) for step in steps]
    assert told[:6] == [
        "proposed by test-supervisor",
        "given to test-officer by test-supervisor",
        "the trader was informed by test-officer",
        "started by test-officer, sample drawn",
        "test-officer referred a suspicion: two sets of books",
        "test-officer resumed the audit: no case was made",
    ]
    assert told[-1] == "closed by test-officer"
    assert [step.index for step in steps] == sorted(step.index for step in steps)
    assert built.house.control.audits.audit(OFFICER, view.summary.id).steps[-1].code == "look"


def test_acts_out_of_order_are_refused_and_change_nothing(built: Any) -> None:
    audit = proposed(built)
    before = kinds(built)
    for act in (
        lambda: built.house.control.audits.start_audit(OFFICER, audit),
        lambda: built.house.control.audits.close_audit(OFFICER, audit, "compliant"),
        lambda: built.house.control.audits.resume_audit(OFFICER, audit, "x"),
        lambda: built.house.control.audits.hand_on_audit(OFFICER, audit, "x"),
        lambda: built.house.control.audits.drop_audit(HEAD, audit, "  "),
    ):
        with pytest.raises(SenderError):
            act()
    assert kinds(built) == before


def test_who_may_not_audit_does_not_and_a_trader_never_knows(built: Any) -> None:
    with pytest.raises(PolicyError):
        built.house.control.audits.plan_audits(OFFICER, PERIOD, 20)
    audit = proposed(built)
    for principal in (officer("auditor"), OFFICER):
        with pytest.raises(PolicyError):
            built.house.control.audits.plan_audit(principal, audit, Plan(auditor="x", begins=TODAY))
    with pytest.raises(PolicyError):
        built.house.control.audits.audits(ACME)
    with pytest.raises(NotFoundError):
        built.house.control.audits.audit(ACME, audit)
    with pytest.raises(NotFoundError):
        built.house.control.audits.audit(officer(office="ELSEWHERE"), audit)
    assert built.house.control.audits.audits(officer(office="ELSEWHERE")).lines == ()
    with pytest.raises(NotFoundError):
        built.house.control.audits.audit(HEAD, "nonsense")


def test_an_officer_sees_the_audit_but_not_its_chances_and_his_look_is_sealed(built: Any) -> None:
    view = begun(built)
    seen, known = (
        built.house.control.audits.audit(OFFICER, view.summary.id),
        built.house.control.audits.audit(officer("analyst"), view.summary.id),
    )
    assert {line.probability for line in seen.sample} == {None}
    assert seen.propensity is None
    assert all(line.probability for line in known.sample)
    assert known.propensity == 1.0
    assert kinds(built)[-1] == "look"


def test_the_list_counts_states_and_days_and_filters(built: Any) -> None:
    audit = proposed(built)
    listed = built.house.control.audits.audits(OFFICER)
    assert (listed.counts, [line.id for line in listed.lines]) == ({"proposed": 1}, [audit])
    assert listed.days == listed.lines[0].days
    built.house.control.audits.drop_audit(HEAD, audit, "trader has closed")
    assert built.house.control.audits.audits(OFFICER).lines == ()
    assert [line.state for line in built.house.control.audits.audits(OFFICER, "closed").lines] == ["dropped"]


def test_a_closed_audit_is_learnt_from_once_and_by_a_desk_that_starts_later_too(built: Any) -> None:
    view = conclude(built, begun(built), 0)
    desk = built.desk()
    day = (datetime.now(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(days=1) + 1
    before = results(desk, day)[0]
    built.house.control.audits.close_audit(OFFICER, view.summary.id, "irregular", "pay")
    while desk.turn():
        pass
    consignments = len({line.consignment for line in view.sample})
    for one in (desk, built.desk()):
        examined, found = results(one, day)
        assert examined - before == pytest.approx(consignments, rel=0.02)
        assert found == pytest.approx(1, rel=0.02)


def results(desk: Any, day: float) -> tuple[float, float]:
    """Faded numbers of results that a desk has learnt from, and of finds among them."""
    history = desk._analysts.history
    rate = history.look(Facts(id="probe", day=day, items=(ItemFacts(),))).looks[0].figures["importer_rate"]
    memory = history._memory
    examined, found = memory._tallies.get(("all",)) or (0.0, 0.0)
    faded = examined / memory._grow(day), found / memory._grow(day)
    assert rate == pytest.approx((faded[1] + 1.0) / (faded[0] + 20.0))
    return faded


def test_the_next_plan_knows_how_the_last_audit_ended(built: Any) -> None:
    view = conclude(built, begun(built), 0)
    built.house.control.audits.close_audit(OFFICER, view.summary.id, "irregular", "pay")
    (line,) = built.house.control.audits.plan_audits(HEAD, PERIOD, 20).proposed
    assert line.last_audit == datetime.now(UTC).date()
    assert "audited-irregular" in {reason.code for reason in line.reasons}

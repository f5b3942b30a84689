# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from cocket.errors import PolicyError
from cocket.model import HostDecision, Reference
from cocket.pipeline import HostRow, NewResult, QueueFilter
from cocket.pipeline.consignment import outcomes as of_results
from cocket.pipeline.consignment.outcomes import examined_until, learnt_until, outcomes_between
from cocket.pipeline.risk.effort_figures import choices_of
from cocket.risk import Facts, Outcome
from cocket.risk.effort import by, equal_effort
from cocket.stores.risk.rules import RuleHits, StoredMeasured
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, red_per_day=1000, yellow_per_day=1000, random_share=0.5)
    names = [f"R{number}" for number in range(4)]
    made.house.intake.messages.take_many([envelope(declaration(name)) for name in names], principal=trader("ACME"))
    made.desk()
    yield made
    made.house.close()


def test_figures_of_an_instance_are_asked_of_policy_narrowed_and_sealed_as_a_look(built: Built) -> None:
    view = built.house.risk.figures.figures(officer("supervisor"))
    assert view.unscored + view.whole.declarations == 4 and view.officers == ()
    assert view.until - view.since == timedelta(days=365)
    assert (view.whole.verdict, view.random, view.whole.draw) == ("cannot say yet", None, 50)
    assert any(msgspec.json.decode(body)["what"] == "figures" for body in built.bodies("look"))
    assert built.house.risk.figures.figures(officer("analyst")).officers is None
    elsewhere = built.house.risk.figures.figures(officer("officer", "XZNOWHERE"))
    assert elsewhere.unscored + elsewhere.whole.declarations == 0
    early = built.house.risk.figures.figures(officer("analyst"), date(2001, 1, 1), date(2001, 2, 1))
    assert early.unscored + early.whole.declarations == 0
    with pytest.raises(PolicyError):
        built.house.risk.figures.figures(trader("ACME"))


def test_a_result_that_an_officer_recorded_counts_under_his_name(built: Built) -> None:
    orders = [line.order for line in built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines]
    order = next(one for one in orders if one is not None)
    found = NewResult(depth="full", found=True, offence="undervaluation", duty_recovered="100", currency="XTS")
    built.house.control.officer_acts.record_result(officer(), order.id, found)
    view = built.house.risk.figures.figures(officer("supervisor"))
    assert view.too_few == 1 and view.currency == "XTS" and not view.is_shadow
    with built.stores.database.transaction() as connection:
        rows = RuleHits().measured(connection, date(2000, 1, 1))
    assert len(rows) == 4 and {row.currency for row in rows} == {"XTS", None}


def measured(number: int, **changes: Any) -> StoredMeasured:
    one = StoredMeasured(
        consignment=UUID(int=number), made=datetime(2026, 11, 2, tzinfo=UTC), propensity=0.1, lane="green", host_lane="green",
        rules=(), duty=None, currency=None, score=0.2, is_random=False, office="XA1",
        declared_on=date(2026, 11, 2), declared_by="registered",
    )  # fmt: skip
    return msgspec.structs.replace(one, **changes)


def outcome(number: int, propensity: float | None, *, found: bool = False) -> tuple[str, Outcome]:
    name = str(UUID(int=number))
    return name, Outcome(facts=Facts(id=name, day=20_000.0), found=found, returned=20_001.0, propensity=propensity)


def test_where_the_host_examined_its_choice_is_that_and_nothing_was_drawn() -> None:
    rows = [measured(1, host_lane="red", is_random=True, lane="red"), measured(2)]
    choices, is_shadow = choices_of(rows, dict([outcome(1, None, found=True)]))
    assert is_shadow and [one.is_drawn for one in choices] == [False, False]
    assert [one.is_host for one in choices] == [None, None] and equal_effort(choices).verdict == "cannot say yet"


def test_where_our_advice_led_the_host_is_its_red_lane_and_only_the_random_share_is_drawn() -> None:
    rows = [
        measured(1, lane="red", propensity=1.0, score=0.9, host_lane="red"),
        measured(2, lane="red", propensity=0.5, is_random=False),
        measured(3, lane="red", is_random=True),
        measured(4),
        measured(5, score=None),
    ]
    choices, is_shadow = choices_of(rows, dict([outcome(1, 1.0), outcome(2, 0.5), outcome(3, 0.1, found=True)]))
    assert not is_shadow and len(choices) == 4
    assert [one.is_drawn for one in choices] == [False, False, True, False]
    assert [one.is_host for one in choices] == [True, False, False, False]
    assert equal_effort(choices).host is not None


def test_beside_a_host_what_it_examined_because_we_drew_it_is_drawn_and_its_own_reds_are_known_for_certain() -> None:
    rows = [
        measured(1, host_lane="red", score=0.9),
        measured(2, lane="red", is_random=True),
        measured(3, host_lane="red", lane="red", is_random=True),
        measured(4, lane="red", propensity=1.0),
        measured(5),
        measured(6),
    ]
    told = dict([outcome(1, None, found=True), outcome(2, 0.1), outcome(3, None), outcome(4, None), outcome(5, None)])
    choices, is_shadow = choices_of(rows, told)
    assert not is_shadow
    assert [one.is_drawn for one in choices] == [False, True, False, False, False, False]
    assert [one.chance for one in choices] == [1.0, 0.1, 1.0, 1.0, None, 0.1]
    whole = equal_effort(choices)
    assert (whole.drawn, whole.examinations, whole.left_out) == (1, 4, 1)


def test_a_host_tells_what_our_sealed_draw_found_only_where_it_had_no_reason_of_its_own(tmp_path: Path) -> None:
    built = build(tmp_path, red_per_day=1000, yellow_per_day=1000, random_share=0.5)
    names = [f"H{number}" for number in range(40)]
    built.house.intake.messages.take_many([envelope(declaration(name)) for name in names], principal=trader("ACME"))
    built.desk()
    lines = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines
    with built.stores.database.transaction() as connection:
        advice = built.stores.orders.assessed(connection, [UUID(line.id) for line in lines])
    drawn = [line.id for line in lines if advice[UUID(line.id)].is_random]
    others = [line.id for line in lines if not advice[UUID(line.id)].is_random]
    assert len(drawn) >= 6 and others
    now = datetime.now(UTC)
    told = {
        drawn[0]: (HostDecision(lane="green", found=True), now),
        drawn[1]: (HostDecision(lane="blue", found=False), now),
        drawn[2]: (HostDecision(lane="red", found=False), now),
        drawn[3]: (HostDecision(lane="green", override="red", found=True), now),
        drawn[4]: (HostDecision(found=False), now),
        drawn[5]: (HostDecision(lane="green", found=False), now - timedelta(days=2)),
        others[0]: (HostDecision(lane="green", found=True), now),
    }
    rows = []
    for name, (decision, returned) in told.items():
        references = built.house.queries.records.dossier(officer(), name).references
        value = next(value for kind, value in references if kind == "UCR")
        rows.append(HostRow(reference=Reference("UCR", value), decision=decision, returned=returned, is_examined=True))
    built.house.control.host_decisions.take_host_rows(rows)
    with built.stores.database.transaction() as connection:
        last = built.stores.leaves.size(connection) - 1
        outcomes = {one.facts.id: one for one in outcomes_between(built.stores, connection, 0, last)}
        examined = examined_until(built.stores, connection, last)
        learnt = learnt_until(built.stores, connection, last)
    assert {name: (one.found, one.propensity) for name, one in outcomes.items()} == {
        name: (one.found, one.propensity) for name, one in examined.items()
    }
    assert learnt == {name: _without_facts(one) for name, one in outcomes.items()}
    chances = [outcomes[name].propensity for name in told]
    sealed = [advice[UUID(name)].propensity for name in drawn[:2]]
    assert chances == [*sealed, None, None, None, None, None] and 0.0 < sealed[0] < 1.0
    built.house.close()


def test_parts_add_up_to_the_whole_also_where_chance_drew_at_one_office_alone(built: Built) -> None:
    rows = [
        measured(1, lane="red", is_random=True),
        measured(2, office="XA2"),
        measured(3, office="XA2"),
        measured(4, office=None),
        measured(5, office=None),
    ]
    choices, _ = choices_of(
        rows, dict([outcome(1, 0.1, found=True), outcome(2, 1.0), outcome(3, None), outcome(4, 0.5)])
    )
    parts = by(choices, {str(one.consignment): one.office for one in rows if one.office})
    assert list(parts) == ["XA1", "XA2", ""]
    assert [equal_effort(part).examinations for part in parts.values()] == [1, 1, 1]
    assert equal_effort(choices).examinations == 3


def test_every_examination_is_compared_or_counted_among_those_left_out(built: Built) -> None:
    lines = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines
    orders = [line.order for line in lines if line.order is not None]
    for order, depth in zip(orders[:3], ("full", "full", "documents"), strict=True):
        built.house.control.officer_acts.record_result(officer(), order.id, NewResult(depth=depth, found=False))
    view = built.house.risk.figures.figures(officer("supervisor"))
    assert view.examined == 2
    assert view.examined == view.whole.examinations + view.examined_unknown + view.examined_unscored
    for parts in (view.offices, view.lanes, view.months):
        assert sum(part.effort.examinations for part in parts) == view.whole.examinations
    today = datetime.now(UTC).date()
    acts, records = built.house.control.officer_acts, built.house.queries.records
    counted = acts.count_results(officer("supervisor"), today - timedelta(days=1), today)
    assert counted.results == counted.irregular + counted.conform + counted.pending + counted.not_examined == 3
    assert counted.irregular + counted.conform - counted.documents_alone == view.examined
    assert acts.count_results(officer("supervisor"), None, today - timedelta(days=1)).results == 0
    assert records.stats(officer("supervisor"), None, today).consignments == 4
    assert records.stats(officer("supervisor"), None, date(2026, 3, 4)).consignments == 0


def test_figures_read_what_examinations_found_and_no_paper(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines
    orders = [line.order for line in lines if line.order is not None]
    built.house.control.officer_acts.record_result(officer(), orders[0].id, NewResult(depth="full", found=False))
    monkeypatch.setattr(of_results, "papers_of", lambda *_: pytest.fail("a paper was read"))
    assert built.house.risk.figures.figures(officer("supervisor")).examined == 1
    assert built.house.risk.fairness.fairness(officer("supervisor")).cases == 4
    assert sum(one.figures.examined for one in built.house.risk.rules.rules(officer("supervisor")) if one.figures)


def test_rows_that_another_hand_altered_are_noted_and_left_out_and_no_others(built: Built) -> None:
    lines = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines
    order = next(line.order for line in lines if line.order is not None)
    found = NewResult(depth="full", found=True, offence="undervaluation", duty_recovered="100.50", currency="XTS")
    built.house.control.officer_acts.record_result(officer(), order.id, found)

    def read() -> tuple[list[StoredMeasured], set[str]]:
        with built.stores.database.transaction() as connection:
            rows = RuleHits().measured(connection, date(2000, 1, 1))
            return rows, {row[0] for row in connection.execute("select tbl from row_difference")}

    before, noted = read()
    assert (len(before), sum(one.duty == 100.5 for one in before), noted) == (4, 1, set())
    with built.stores.database.transaction() as connection:
        connection.execute("update result set duty = duty + 1")
        connection.execute(
            "update assessment set is_random = not is_random where id = (select min(id::text)::uuid from assessment)"
        )
    after, noted = read()
    assert (len(after), sum(one.duty is not None for one in after), noted) == (3, 0, {"assessment", "result"})
    assert {one.consignment for one in after} < {one.consignment for one in before}


def _without_facts(one: Outcome) -> Outcome:
    return msgspec.structs.replace(one, facts=Facts(id=one.facts.id, day=0.0))

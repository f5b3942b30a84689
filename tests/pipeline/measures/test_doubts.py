# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from cocket.errors import PolicyError, SenderError
from cocket.governance import Principal
from cocket.measures.tariff import Line, write_tariff
from cocket.measures.valuation import DoubtOrderError
from cocket.pipeline import Instance, NotFoundError, QueueFilter
from cocket.pipeline.measures import doubts as module
from cocket.pipeline.measures.doubt_views import DoubtView, NewDoubt, doubt_entries
from tests.houses import Built, build, envelope, officer, trader
from tests.measures.making import measure, percent, tariff
from tests.messages import declaration

ACME = trader("ACME")


class Clock:
    """The day it is, as the tests move it."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "_now", clock)
    return clock


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path)
    yield made
    made.house.close()


def dossier_of(built: Built, content: bytes | None = None) -> str:
    """A consignment in the house; its id."""
    built.house.intake.messages.take_many([envelope(content or declaration("R1"))], principal=ACME)
    built.desk()
    return built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines[0].id


def question(clock: Clock, **fields: Any) -> NewDoubt:
    whole = {"item": 1, "to": "Importer", "question": "How was the price made?", "papers": ("contract",), **fields}
    return NewDoubt(**{"answer_by": clock.now.date() + timedelta(days=30), **whole})


def raised(built: Built, clock: Clock, *, needs_second: bool = False) -> tuple[Instance, DoubtView]:
    house = Instance(built.stores)
    house.measures.doubts.needs_second = needs_second
    return house, house.measures.doubts.raise_doubt(officer(), dossier_of(built), question(clock))


def later(clock: Clock, days: int) -> str:
    """The last day of a time that begins now, as a form has it."""
    return (clock.now.date() + timedelta(days=days)).isoformat()


def seal_kinds(built: Built) -> list[str]:
    with built.stores.database.transaction() as connection:
        rows = connection.execute("select kind from leaf where kind like 'doubt-%%' order by idx", ())
        return [row[0] for row in rows]


def test_an_item_with_nothing_comparable_says_so_and_gives_no_figure(built: Built) -> None:
    house = Instance(built.stores)
    views = house.measures.doubts.values(officer(), dossier_of(built))
    assert views
    assert {one.indication.outcome for one in views} == {"cannot-say"}
    assert all(one.indication.set is None and one.points == () for one in views)


def test_the_house_compares_with_what_it_holds_from_before_that_day(built: Built) -> None:
    house = Instance(built.stores)
    consignment = dossier_of(built)
    with built.stores.database.transaction() as connection, house.measures.doubts._value_memory().lock:
        house.measures.doubts._value_memory().catch_up(connection)
    known = house.measures.doubts.values(officer(), consignment)[0]
    assert known.indication.outcome == "cannot-say"
    paper = _declared(built)
    value = house.measures.doubts._value_memory().values_in(paper, datetime.now(UTC))[0]
    for number in range(12):
        others = msgspec.structs.replace(
            value, day=value.day - timedelta(days=5 + number), value=value.value * 10, trader=f"T{number}"
        )
        house.measures.doubts._value_memory().comparisons.add(others)
    assert house.measures.doubts.values(officer(), consignment)[0].indication.outcome == "ask"


def _declared(built: Built) -> Any:
    from cocket.pipeline.base.readings import reading_of

    with built.stores.database.transaction() as connection:
        messages, _ = built.stores.messages.after(connection, -1, 10)
    return reading_of(messages[0]).document


def test_an_amended_declaration_no_longer_serves_as_comparison(built: Built) -> None:
    house = Instance(built.stores)
    dossier_of(built)
    value = house.measures.doubts._value_memory().values_in(_declared(built), datetime.now(UTC))[0]
    comparisons = house.measures.doubts._value_memory().comparisons
    with built.stores.database.transaction() as connection:
        house.measures.doubts._value_memory().catch_up(connection)
    tomorrow = msgspec.structs.replace(value, day=datetime.now(UTC).date() + timedelta(days=1))
    comparisons.practice = msgspec.structs.replace(comparisons.practice, least_members=1)
    before = comparisons.compare(tomorrow)
    amended = declaration("R1").replace(b"FunctionCode>9<", b"FunctionCode>13<")
    answer = built.house.intake.messages.take_many([envelope(amended)], principal=ACME)[0]
    assert answer.outcome == "accepted", answer.findings
    with built.stores.database.transaction() as connection:
        house.measures.doubts._value_memory().catch_up(connection)
    after = comparisons.compare(tomorrow)
    assert before.set.spread.size == 1  # type: ignore[union-attr]
    assert after.set.spread.size == 1  # type: ignore[union-attr]


def test_a_doubt_lives_from_question_to_close_and_each_step_is_sealed(built: Built, clock: Clock) -> None:
    house, doubt = raised(built, clock)
    assert (doubt.state, doubt.due) == ("asked", clock.now.date() + timedelta(days=30))
    who = officer()
    house.measures.doubts.take_step(
        who, doubt.id, "answered", {"received": clock.now.date().isoformat(), "words": "A discount."}
    )
    house.measures.doubts.take_step(
        who, doubt.id, "guaranteed", {"amount": "1200.50", "currency": "XAD", "form": "surety"}
    )
    house.measures.doubts.take_step(
        who, doubt.id, "grounds-told", {"grounds": "No proof of it.", "answer_by": later(clock, 14)}
    )
    clock.now += timedelta(days=15)
    decision = {"outcome": "not-determinable", "cause": "answer-does-not-explain", "grounds": "No proof of a discount."}
    assert house.measures.doubts.take_step(who, doubt.id, "decided", decision).state == "not-determinable"
    house.measures.doubts.take_step(
        who, doubt.id, "valued", {"method": "3", "passed_over": "No identical goods were found."}
    )
    house.measures.doubts.take_step(
        who, doubt.id, "appealed", {"to": "Tax court", "lodged": clock.now.date().isoformat()}
    )
    house.measures.doubts.take_step(who, doubt.id, "appeal-decided", {"outcome": "confirmed", "grounds": "As decided."})
    house.measures.doubts.take_step(who, doubt.id, "guarantee-ended", {"how": "drawn"})
    closed = house.measures.doubts.take_step(who, doubt.id, "closed", {})
    assert (closed.state, closed.guarantee, closed.open_steps) == ("closed", None, ())
    kinds = ["asked", "answered", "guaranteed", "grounds-told", "decided", "valued", "appealed", "appeal-decided"]
    assert seal_kinds(built) == [f"doubt-{kind}" for kind in (*kinds, "guarantee-ended", "closed")]
    shown = house.measures.doubts.doubt(who, doubt.id)
    assert shown.title and shown.trader and shown.value
    assert msgspec.structs.replace(shown, title=None, trader=None, goods=None, value=None) == closed
    assert house.measures.doubts.doubts(who, doubt.consignment) == (closed,)


def test_every_step_stands_in_the_timeline_with_its_leaf(built: Built, clock: Clock) -> None:
    house, doubt = raised(built, clock)
    house.measures.doubts.take_step(officer(), doubt.id, "decided", {"outcome": "accepted"})
    with built.stores.database.transaction() as connection:
        entries = list(doubt_entries(built.stores, connection, UUID(doubt.consignment)))
    assert [entry.code for entry in entries] == ["doubt-asked", "doubt-decided"]
    assert entries[0].arguments["to"] == "Importer"
    assert all(entry.index is not None and entry.actor == "test-officer" for entry in entries)


def test_a_refused_step_leaves_nothing_behind(built: Built, clock: Clock) -> None:
    house, doubt = raised(built, clock)
    decision = {"outcome": "not-determinable", "cause": "papers-missing", "grounds": "None came."}
    with pytest.raises(DoubtOrderError) as refused:
        house.measures.doubts.take_step(officer(), doubt.id, "decided", decision)
    assert [one.code for one in refused.value.findings] == ["grounds-not-told"]
    assert house.measures.doubts.doubt(officer(), doubt.id).state == "asked"
    assert seal_kinds(built) == ["doubt-asked"]


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("valued-freely", {}),
        ("answered", {"received": "soon", "words": "x"}),
        ("valued", {"method": "7", "passed_over": "x"}),
        ("guaranteed", {"amount": "much", "currency": "XAD"}),
        ("decided", {"outcome": "accepted", "value": "100"}),
    ],
)
def test_a_step_that_cannot_be_read_is_refused_in_words(
    built: Built, clock: Clock, kind: str, fields: dict[str, Any]
) -> None:
    house, doubt = raised(built, clock)
    with pytest.raises(SenderError):
        house.measures.doubts.take_step(officer(), doubt.id, kind, fields)
    assert house.measures.doubts.doubt(officer(), doubt.id).state == "asked"


def test_an_analyst_asks_and_only_an_examiner_decides(built: Built, clock: Clock) -> None:
    house = Instance(built.stores)
    doubt = house.measures.doubts.raise_doubt(officer("analyst"), dossier_of(built), question(clock))
    with pytest.raises(PolicyError):
        house.measures.doubts.take_step(officer("analyst"), doubt.id, "decided", {"outcome": "accepted"})
    with pytest.raises(PolicyError):
        house.measures.doubts.take_step(
            officer("auditor"), doubt.id, "answered", {"received": later(clock, 0), "words": "x"}
        )
    assert (
        house.measures.doubts.take_step(officer("supervisor"), doubt.id, "decided", {"outcome": "accepted"}).state
        == "accepted"
    )


def test_a_trader_neither_sees_nor_raises_a_doubt(built: Built, clock: Clock) -> None:
    house, doubt = raised(built, clock)
    for ask in (
        lambda: house.measures.doubts.values(ACME, doubt.consignment),
        lambda: house.measures.doubts.doubts(ACME, doubt.consignment),
        lambda: house.measures.doubts.doubt(ACME, doubt.id),
        lambda: house.measures.doubts.raise_doubt(ACME, doubt.consignment, question(clock)),
    ):
        with pytest.raises(NotFoundError):
            ask()


def test_where_the_house_asks_for_two_a_decision_waits_for_the_second(built: Built, clock: Clock) -> None:
    house, doubt = raised(built, clock, needs_second=True)
    first, second = officer(), Principal(id="colleague", kind="officer", roles=("supervisor",))
    assert house.measures.doubts.take_step(first, doubt.id, "decided", {"outcome": "accepted"}).state == "proposed"
    with pytest.raises(PolicyError) as refused:
        house.measures.doubts.take_step(first, doubt.id, "decided", {"outcome": "accepted"})
    assert refused.value.reasons == ("second-person-needed",)
    assert (
        house.measures.doubts.take_step(second, doubt.id, "sent-back", {"reason": "Wait for the answer."}).state
        == "asked"
    )
    house.measures.doubts.take_step(first, doubt.id, "decided", {"outcome": "accepted"})
    decided = house.measures.doubts.take_step(second, doubt.id, "decided", {"outcome": "accepted"})
    assert decided.state == "accepted"
    assert decided.steps[-1].proposed_by == first.id


def test_a_doubt_about_an_item_that_is_not_there_is_not_raised(built: Built, clock: Clock) -> None:
    house = Instance(built.stores)
    with pytest.raises(NotFoundError):
        house.measures.doubts.raise_doubt(officer(), dossier_of(built), question(clock, item=99))
    assert seal_kinds(built) == []


def test_an_unanswered_question_is_overdue_after_its_last_day(built: Built, clock: Clock) -> None:
    house, doubt = raised(built, clock)
    assert not doubt.is_overdue
    clock.now += timedelta(days=30)
    assert not house.measures.doubts.doubt(officer(), doubt.id).is_overdue
    clock.now += timedelta(days=1)
    assert house.measures.doubts.doubt(officer(), doubt.id).is_overdue


def test_looking_at_values_and_doubts_is_on_record(built: Built, clock: Clock) -> None:
    house, doubt = raised(built, clock)
    house.measures.doubts.values(officer(), doubt.consignment)
    house.measures.doubts.doubt(officer(), doubt.id)
    looked = [msgspec.json.decode(body)["what"] for body in built.bodies("look")]
    assert {"value", "doubt"} <= set(looked)


def test_where_the_house_keeps_a_tariff_the_sufficient_security_is_computed(built: Built, clock: Clock) -> None:
    house = Instance(built.stores)
    consignment = dossier_of(built)
    document = _declared(built)
    item = document.shipment.items[0]
    code = item.commodity.classifications[0].id
    whole = tariff(measure("duty", percent("10"), code=code), lines={code: Line(code=code)}, currency=_currency(item))
    built.settings.tariff_file.write_bytes(write_tariff(whole))
    value = house.measures.doubts._value_memory().values_in(document, datetime.now(UTC))[0]
    for number in range(12):
        house.measures.doubts._value_memory().comparisons.add(
            msgspec.structs.replace(value, day=value.day - timedelta(days=5 + number), value=value.value * 10)
        )
    doubt = house.measures.doubts.raise_doubt(officer(), consignment, question(clock))
    security = house.measures.doubts.guarantee(officer(), doubt.id)
    assert security is not None
    assert security.amount == pytest.approx(
        item.customs_value.value * 9 / 10 if item.customs_value else value.value * 9 / 10
    )
    assert built.house.queries.records.queue(officer(), QueueFilter(state="all")).total == 1


def _currency(item: Any) -> str:
    stated = item.customs_value or item.statistical_value or item.commodity.price
    return str(stated.currency)


def test_without_a_tariff_no_security_is_named(built: Built, clock: Clock) -> None:
    house, doubt = raised(built, clock)
    assert house.measures.doubts.guarantee(officer(), doubt.id) is None

# SPDX-License-Identifier: Apache-2.0
"""The queue in a real database: in the order of work or another, page after page, and the order on paper."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from cocket import ledger
from cocket.errors import UnreadableError
from cocket.governance import Principal
from cocket.pipeline import Instance, NotFoundError, QueueFilter
from cocket.pipeline.control.views import AdviceView
from cocket.pipeline.queries.evidence import registered_as, with_names
from cocket.risk.suspicion import Exhibit, Fact, Head, Suspicion
from cocket.stores.consignment import queue_lines
from cocket.stores.consignment.queue_lines import LineFilter, QueueLines, StoredRank
from cocket.workbench.base.drawings import path_of
from tests.houses import build, envelope, officer, trader
from tests.messages import declaration

ANALYST = officer("analyst")
HOST = Principal(id="host-1", kind="key", roles=("host",), senders=("HOST",))
SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Any]:
    made = build(tmp_path, red_per_day=1000, yellow_per_day=1000, random_share=0.5)
    made = dataclasses.replace(made, house=Instance(made.stores))
    made.house.intake.messages.take_many(
        [envelope(declaration(f"R{number}")) for number in range(12)], principal=trader("ACME")
    )
    made.desk()
    yield made
    made.house.close()


def ids(built: Any, **wanted: Any) -> list[str]:
    """Every line that fits, page after page of three."""
    found: list[str] = []
    after = None
    for _ in range(20):
        page = built.house.queries.records.queue(ANALYST, QueueFilter(state="all", limit=3, after=after, **wanted))
        found += [line.id for line in page.lines]
        after = page.further
        if after is None:
            return found
    raise AssertionError("the pages have no end")


def rank(built: Any, ranks: dict[str, StoredRank]) -> None:
    with built.stores.database.transaction() as connection:
        for one, rank in ranks.items():
            kept = connection.execute("select id, lane, score, assessment from consignment where id = %s", (one,))
            built.stores.consignments.advise_ranked(connection, [(kept.fetchone(), rank)])


@pytest.mark.parametrize("sort", ["work", "stake", "time", "received", "title"])
def test_pages_that_follow_a_place_are_the_whole_queue_once(built: Any, sort: str) -> None:
    whole = built.house.queries.records.queue(ANALYST, QueueFilter(state="all", sort=sort, limit=100))
    assert whole.total == 12
    assert ids(built, sort=sort) == [line.id for line in whole.lines]
    assert len({line.id for line in whole.lines}) == 12


@pytest.mark.parametrize("state", ["all", "done", "open"])
def test_dossiers_with_an_order_are_sorted_by_an_index_alone(built: Any, state: str) -> None:
    with built.stores.database.transaction() as connection:
        for kind in ("seqscan", "indexscan", "bitmapscan"):
            connection.execute(f"set local enable_{kind} = off")
        order = [*(expression for expression, _ in queue_lines._KEYS["work"]), "c.id"]
        for offices in (None, ("XA110000",)):
            wanted = LineFilter(state=state, offices=offices)
            asked = queue_lines._paged(wanted, "inner", "", order, "")
            plan = connection.execute(f"explain {asked}", queue_lines._values(wanted)).fetchall()
            assert any("Index Only Scan using consignment_work" in line for (line,) in plan), plan


def test_a_breach_stands_before_money_and_money_before_chance(built: Any) -> None:
    lines = built.house.queries.records.queue(ANALYST, QueueFilter(state="open", limit=100)).lines
    ordered = [line.id for line in lines if line.order is not None]
    assert len(ordered) >= 4
    bands = {
        ordered[0]: StoredRank(band=5, worth=0.0),
        ordered[1]: StoredRank(band=4, worth=10.0, stake=Decimal(900)),
        ordered[2]: StoredRank(band=4, worth=500.0, stake=Decimal(700)),
        ordered[3]: StoredRank(band=1, worth=0.0, stake=Decimal(5)),
    } | {one: StoredRank(band=4, worth=0.0) for one in ordered[4:]}
    rank(built, bands)
    shown = ids(built, sort="work")
    assert shown[:3] == [ordered[3], ordered[2], ordered[1]]
    assert shown.index(ordered[0]) == len(ordered) - 1
    assert ids(built, sort="stake")[:3] == [ordered[1], ordered[2], ordered[3]]


def test_the_next_case_is_the_one_after_it_and_one_alone_is_looked_at(built: Any) -> None:
    whole, records = ids(built), built.house.queries.records
    wanted = QueueFilter(state="all")
    for one, other in pairwise(whole):
        found = records.following(ANALYST, wanted, one)
        assert found is not None
        assert found.id == other
    assert records.following(ANALYST, wanted, whole[-1]) is None
    assert records.following(ANALYST, wanted, "gone").id == whole[0]
    assert len(msgspec.json.decode(built.bodies("look")[-1])["subjects"]) == 1


@pytest.mark.parametrize("place", ["nonsense", "W10", "WyJ3b3JrIiwiaW5uZXIiLCJhIiwiYiIsImMiLCJkIl0"])
def test_a_place_that_is_none_is_refused_in_words(built: Any, place: str) -> None:
    with pytest.raises(UnreadableError, match="not a place in the queue"):
        built.house.queries.records.queue(ANALYST, QueueFilter(state="all", after=place))


def test_a_rank_that_the_house_did_not_write_is_noted(built: Any) -> None:
    one = ids(built)[0]
    with built.stores.database.transaction() as connection:
        assert UUID(one) in QueueLines().ranks_of(connection, [UUID(one)])
        connection.execute("update consignment set work_band = 6 where id = %s", (one,))
        assert QueueLines().ranks_of(connection, [UUID(one)]) == {}
        noted = connection.execute("select count(*) from row_difference where about = %s", (one,)).fetchone()
    assert noted is not None
    assert noted[0] > 0


def test_counts_and_lines_agree_for_every_state(built: Any) -> None:
    with built.stores.database.transaction() as connection:
        for state in ("open", "done", "all"):
            wanted = LineFilter(state=state, limit=100)
            assert len(QueueLines().lines(connection, wanted)) == QueueLines().total(connection, wanted)
            assert sum(QueueLines().counts(connection, wanted).values()) == QueueLines().total(connection, wanted)


def test_each_tab_counts_the_lines_it_leads_to(built: Any) -> None:
    records = built.house.queries.records
    first = next(line for line in records.queue(ANALYST, QueueFilter(limit=100)).lines if line.order is not None)
    built.house.control.officer_acts.release(officer("supervisor"), first.order.id, "small")
    filters: list[dict[str, Any]] = [{"state": state} for state in ("open", "done", "all")]
    filters += [{"text": "R1", "state": "all"}, {"examiner": "nobody", "state": "all"}]
    for wanted in filters:
        counts = records.queue(ANALYST, QueueFilter(limit=100, **wanted)).counts
        for lane in ("red", "yellow", "blue", "green"):
            shown = records.queue(ANALYST, QueueFilter(limit=100, lane=lane, **wanted))
            assert (shown.counts, shown.total) == (counts, counts.get(lane, 0)), (wanted, lane)
            assert len(shown.lines) == counts.get(lane, 0), (wanted, lane)
    assert records.queue(ANALYST, QueueFilter(state="done")).counts == {first.advice.lane: 1}


def test_a_place_for_red_stays_taken_when_its_order_is_done(built: Any) -> None:
    records = built.house.queries.records
    before = records.queue(ANALYST, QueueFilter(limit=100))
    reds = [line for line in before.lines if line.advice.lane == "red"]
    assert (before.taken, before.places) == (len(reds), 1000)
    built.house.control.officer_acts.release(officer("supervisor"), reds[0].order.id, "small")
    after = records.queue(ANALYST, QueueFilter(limit=100))
    assert (after.counts["red"], after.taken) == (len(reds) - 1, len(reds))
    assert records.queue(ANALYST, QueueFilter(office="elsewhere")).taken == 0


def test_an_order_is_printed_with_its_copy_and_its_proof(built: Any) -> None:
    lines = built.house.queries.records.queue(ANALYST, QueueFilter(state="open", limit=100)).lines
    ordered = next(line for line in lines if line.order is not None)
    sheets = built.house.queries.order_sheets
    looked = sheets.sheet(ANALYST, ordered.id, is_print=False)
    assert looked.copy == 0 and b'"what":"order"' in built.bodies("look")[-1]
    first, second = sheets.sheet(ANALYST, ordered.id), sheets.sheet(ANALYST, ordered.id)
    assert (first.copy, second.copy) == (1, 2), "a look is no copy"
    assert first.index == ordered.advice.index
    assert first.items
    assert b'"what":"control order"' in built.bodies("look")[-1]
    proof = sheets.proof(ANALYST, ordered.id)
    assert proof.index == ordered.advice.index
    assert len(proof.leaf_hash) == 2 * len(ledger.leaf_hash(b""))
    assert proof.root is None or path_of(proof).holds


def test_what_has_no_order_is_not_printed(built: Any) -> None:
    lines = built.house.queries.records.queue(ANALYST, QueueFilter(state="all", limit=100)).lines
    bare = next((line for line in lines if line.order is None), None)
    if bare is None:
        pytest.skip("chance drew every one")
    with pytest.raises(NotFoundError):
        built.house.queries.order_sheets.sheet(ANALYST, bare.id)


def test_a_head_is_sealed_with_the_advice_and_lists_name_no_other_consignment(built: Any) -> None:
    lines = built.house.queries.records.queue(ANALYST, QueueFilter(state="open", limit=100)).lines
    heads = [line.advice.head for line in lines if line.order is not None and line.advice]
    assert heads
    assert all(head is not None for head in heads)
    assert all(
        not one.id for head in heads for fact in head.facts for one in fact.evidence if one.source == "consignment"
    )
    assert all(line.advice.head is None for line in lines if line.order is None and line.advice)


def test_evidence_of_a_history_opens_the_dossier_that_bears_its_registration(tmp_path: Path) -> None:
    built = build(tmp_path)
    content = (SAMPLES / "asycuda-sad" / "import-alphaland.xml").read_bytes()
    built.house.intake.messages.take_many([envelope(content, "HOST", door="feeds")], principal=HOST)
    built.desk()
    (line,) = built.house.queries.records.queue(ANALYST, QueueFilter(state="all")).lines
    references = built.house.queries.records.dossier(ANALYST, line.id).references
    known = next(value for kind, value in references if kind == "SAD")
    with built.stores.database.transaction() as connection:
        found = registered_as(built.stores, connection, [known, "XA9/2025/C/1"])
    assert {name: str(one) for name, one in found.items()} == {known: line.id}
    head = Head(facts=(Fact(code="x", message="x", evidence=tuple(history(one) for one in (known, "XA9/2025/C/1"))),))
    named = with_names(head, {known: (line.id, line.title)}, past={"XA9/2025/C/1"})
    assert [(one.id, one.name) for one in named.facts[0].evidence] == [(line.id, line.title), ("XA9/2025/C/1", None)]
    bound = with_names(head, {})
    assert [(one.id, one.name) for one in bound.facts[0].evidence] == [("", None)] * 2
    built.house.close()


def history(registration: str) -> Exhibit:
    return Exhibit(source="consignment", id=registration)


def test_what_chance_drew_with_nothing_suspected_has_no_reasons() -> None:
    fact = Fact(code="own:package", message="x", weight=0.3, evidence=(Exhibit(source="paper", id="m"),))
    drawn = AdviceView(
        assessment_id="a",
        index=0,
        made=datetime(2026, 11, 30, tzinfo=UTC),
        lane="red",
        score=0.1,
        is_degraded=False,
        reasons=(),
        is_random=True,
        head=Head(facts=(fact,)),
    )
    assert drawn.because == ()
    assert msgspec.structs.replace(drawn, is_random=False).because == (fact,)
    suspected = Head(facts=(fact,), suspicion=Suspicion(kind="seal", message="x"))
    assert msgspec.structs.replace(drawn, head=suspected).because == (fact,), "what stands is said whoever drew it"

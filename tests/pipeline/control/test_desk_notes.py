# SPDX-License-Identifier: Apache-2.0
"""Assigning orders, comments with mentions, notices, cases put off, views of the queue, and the next case."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from cocket.errors import PolicyError, SenderError
from cocket.governance import Principal
from cocket.pipeline.base.access import NotFoundError
from cocket.pipeline.control.desk_notes import MOST_DAYS, Comment
from cocket.pipeline.control.officer_acts import UNDO
from cocket.pipeline.control.officer_allocation import Assignment
from cocket.pipeline.control.views import ConsignmentView
from cocket.pipeline.operations.row_audit import RowAudit
from cocket.pipeline.queries.views import QueueFilter
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration

SECRET = "seal and cord"
HEAD = officer("supervisor")
STAFF = (("anna.a", "officer", None), ("boris.b", "officer", None), ("far.f", "officer", "ZZ999999"))


def who(name: str, role: str = "officer", office: str | None = None) -> Principal:
    return Principal(id=name, kind="officer", roles=(role,), office=office)


ANNA, BORIS, FAR = (who(name, role, office) for name, role, office in STAFF)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = build(tmp_path_factory.mktemp("house"), red_per_day=1000, yellow_per_day=1000, random_share=0.5)
    made.house.intake.messages.take_many(
        [envelope(declaration(f"R{number}")) for number in range(12)], principal=trader("ACME")
    )
    made.desk()
    for name, role, office in (*STAFF, ("head.h", "supervisor", None)):
        made.house.governance.accounts.put_officer(name, name, role, office, SECRET)
    yield made
    made.house.close()


def opened(built: Built) -> list[ConsignmentView]:
    lines = built.house.queries.records.queue(HEAD, QueueFilter(limit=100)).lines
    return [line for line in lines if line.order and line.order.status == "open"]


def order_of(built: Built, consignment: str) -> tuple[str, str | None]:
    order = built.house.queries.records.dossier(HEAD, consignment).summary.order
    assert order is not None
    return order.id, order.examiner


def test_a_supervisor_gives_an_order_to_an_examiner_who_is_told(built: Built) -> None:
    line = opened(built)[0]
    order, before = order_of(built, line.id)
    assert built.house.control.officer_acts.assign(HEAD, [order], "anna.a", "knows these goods") == 1
    assert order_of(built, line.id)[1] == "anna.a"
    sealed = msgspec.json.decode(built.bodies("assignment")[-1], type=Assignment)
    assert (sealed.examiner, sealed.before, sealed.reason) == ("anna.a", before, "knows these goods")
    items = built.house.queries.inbox.inbox(ANNA).items
    assert {(one.kind, one.line.id, one.by) for one in items} >= {
        ("due", line.id, None), ("assigned", line.id, "test-supervisor"),
    }  # fmt: skip
    assert sum(built.house.queries.inbox.asks(ANNA)) == 1
    assert sum(built.house.queries.inbox.asks(BORIS)) == 0
    told = [entry.message for entry in built.house.queries.records.dossier(HEAD, line.id).timeline]
    assert "{officer} gave the order to {examiner}" in told


def test_whoever_may_not_assign_does_not_and_nobody_gets_what_he_may_not_examine(built: Built) -> None:
    acts, line = built.house.control.officer_acts, opened(built)[1]
    order, before = order_of(built, line.id)
    for person in (ANNA, who("carl", "analyst"), who("dora", "auditor")):
        with pytest.raises(PolicyError):
            acts.assign(person, [order], "boris.b")
    with pytest.raises(NotFoundError):
        acts.assign(who("far.h", "supervisor", "ZZ999999"), [order], "far.f")
    for name in ("far.f", "nobody", "test-supervisor-2"):
        with pytest.raises(SenderError) as error:
            acts.assign(HEAD, [order], name)
        assert error.value.code == "examiner-elsewhere"
    assert {one.id for one in acts.examiners_for(HEAD, order)} == {"anna.a", "boris.b", "head.h"}
    assert order_of(built, line.id)[1] == before


def test_orders_are_assigned_together_or_not_at_all_and_taken_back_together(built: Built) -> None:
    acts, lines = built.house.control.officer_acts, opened(built)[2:5]
    orders = [order_of(built, line.id)[0] for line in lines]
    before = [order_of(built, line.id)[1] for line in lines]
    with pytest.raises(NotFoundError):
        acts.assign(HEAD, [*orders, "01a21032-dbd8-7236-9320-ac0953c99041"], "boris.b")
    assert [order_of(built, line.id)[1] for line in lines] == before
    assert acts.assign(HEAD, orders, "boris.b") == 3
    assert acts.assign(HEAD, orders, "boris.b") == 0
    assert acts.take_back_assignment(HEAD, orders) == 3
    assert [order_of(built, line.id)[1] for line in lines] == before
    with pytest.raises(SenderError) as error:  # it was taken back already; the newest act is that
        acts.take_back_assignment(who("head.h", "supervisor"), orders)
    assert error.value.code == "undo-late"


def test_an_assignment_that_somebody_acted_on_is_not_taken_back(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    acts, line = built.house.control.officer_acts, opened(built)[0]
    order, _ = order_of(built, line.id)
    acts.assign(HEAD, [order], "boris.b")
    acts.take_over(who("head.h", "supervisor"), order, "urgent")
    with pytest.raises(SenderError) as error:
        acts.take_back_assignment(HEAD, [order])
    assert error.value.code == "undo-late"
    acts.assign(HEAD, [order], "anna.a")
    monkeypatch.setattr("cocket.pipeline.control.officer_acts.UNDO", timedelta(0))
    with pytest.raises(SenderError):
        acts.take_back_assignment(HEAD, [order])
    assert timedelta(0) < UNDO


def test_a_comment_is_sealed_and_tells_whom_it_mentions(built: Built) -> None:
    notes, line = built.house.control.desk_notes, opened(built)[0]
    unread = sum(built.house.queries.inbox.asks(BORIS))
    told = notes.comment(ANNA, line.id, "Ask @Boris.B, he saw the seal. Mail a@boris.b is no mention.")
    assert told.mentions == ("boris.b",)
    assert msgspec.json.decode(built.bodies("comment")[-1], type=Comment) == told
    assert [one.text for one in notes.comments(BORIS, line.id)] == [told.text]
    assert sum(built.house.queries.inbox.asks(BORIS)) == unread + 1
    mention = next(one for one in built.house.queries.inbox.inbox(BORIS).items if one.kind == "mention")
    assert (mention.line.id, mention.by) == (line.id, "anna.a")
    assert mention.notice is not None
    with pytest.raises(NotFoundError):
        notes.dismiss(ANNA, mention.notice)
    notes.dismiss(BORIS, mention.notice)
    assert sum(built.house.queries.inbox.asks(BORIS)) == unread


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("  ", "comment-empty"),
        ("x" * 4001, "comment-long"),
        ("@nobody", "mention-unknown"),
        ("@far.f look", "mention-unknown"),
    ],
)
def test_what_cannot_be_a_comment_is_refused_and_nothing_is_kept(built: Built, text: str, code: str) -> None:
    notes, line = built.house.control.desk_notes, opened(built)[1]
    with pytest.raises(SenderError) as error:
        notes.comment(ANNA, line.id, text)
    assert error.value.code == code
    assert notes.comments(ANNA, line.id) == ()
    assert sum(built.house.queries.inbox.asks(FAR)) == 0


def test_an_auditor_reads_comments_and_writes_none_and_another_office_does_neither(built: Built) -> None:
    notes, line = built.house.control.desk_notes, opened(built)[2]
    notes.comment(ANNA, line.id, "weighed twice")
    assert len(notes.comments(who("dora", "auditor"), line.id)) == 1
    with pytest.raises(PolicyError):
        notes.comment(who("dora", "auditor"), line.id, "well")
    for act in (lambda: notes.comments(FAR, line.id), lambda: notes.comment(FAR, line.id, "x")):
        with pytest.raises(NotFoundError):
            act()


def test_a_case_put_off_leaves_inbox_and_next_cases_until_its_time(built: Built) -> None:
    notes, inbox, acts = built.house.control.desk_notes, built.house.queries.inbox, built.house.control.officer_acts
    line = opened(built)[3]
    order, _ = order_of(built, line.id)
    acts.assign(HEAD, [order], "anna.a")
    now = datetime.now(UTC)
    assert any(one.kind == "due" and one.line.id == line.id for one in inbox.inbox(ANNA).items)
    notes.snooze(ANNA, line.id, now + timedelta(hours=4))
    kinds = {one.kind for one in inbox.inbox(ANNA).items if one.line.id == line.id}
    assert "snoozed" in kinds
    assert "due" not in kinds
    assert any(one.kind == "due" and one.line.id != line.id for one in inbox.inbox(ANNA).items)
    assert "snoozed" not in {one.kind for one in inbox.inbox(BORIS).items}
    seen = {inbox.next_case(ANNA, taken).id for taken in range(10) if inbox.next_case(ANNA, taken)}  # type: ignore[union-attr]
    assert line.id not in seen
    notes.wake(ANNA, line.id)
    assert any(one.kind == "due" and one.line.id == line.id for one in inbox.inbox(ANNA).items)
    for until in (now - timedelta(minutes=1), now + timedelta(days=MOST_DAYS, minutes=5)):
        with pytest.raises(SenderError):
            notes.snooze(ANNA, line.id, until)
    with pytest.raises(NotFoundError):
        notes.wake(BORIS, line.id)


def test_one_in_five_next_cases_is_one_that_chance_drew(built: Built) -> None:
    inbox = built.house.queries.inbox
    lines = [line for line in opened(built) if line.order and line.order.examiner in (None, "boris.b")]
    bands = [case.band if (case := inbox.next_case(BORIS, taken)) else None for taken in range(10)]
    mine = [line for line in lines if line.order and line.order.examiner == "boris.b"] or lines
    drawn = [line for line in mine if line.band == 5]
    assert drawn, "the house of this test has draws"
    assert bands[4] == bands[9] == 5
    assert {*bands[:4], *bands[5:9]} == {mine[0].band}


def test_next_is_not_the_case_one_comes_from(built: Built) -> None:
    inbox = built.house.queries.inbox
    first = inbox.next_case(BORIS, 0)
    assert first is not None
    second = inbox.next_case(BORIS, 0, first.id)
    assert second is None or second.id != first.id


def test_views_of_the_queue_are_ones_own(built: Built) -> None:
    notes = built.house.control.desk_notes
    red = notes.save_view(ANNA, " red  ones ", "?lane=red")
    assert notes.save_view(ANNA, "red ones", "?lane=red&sort=time").id == red.id
    assert [(view.name, view.query) for view in notes.views(ANNA)] == [("red ones", "?lane=red&sort=time")]
    assert notes.views(BORIS) == ()
    with pytest.raises(NotFoundError):
        notes.drop_view(BORIS, red.id)
    with pytest.raises(SenderError):
        notes.save_view(ANNA, "x" * 41, "")
    notes.drop_view(ANNA, red.id)
    assert notes.views(ANNA) == ()


def audited(built: Built) -> set[tuple[str, str]]:
    """Tables and columns that the audit of rows says differ."""
    audit = RowAudit(built.stores)
    while audit.step() is None:
        pass
    return {(one.table, one.column) for one in audit.differences()}


def test_the_audit_of_rows_agrees_with_all_of_it_and_finds_what_was_changed(built: Built) -> None:
    assert audited(built) == set()
    with built.stores.database.transaction() as connection:
        connection.execute("delete from case_file where kind = 'comment' and body::text like %s", ("%",))
    assert ("case_file", "") in audited(built)


def test_a_comment_changed_in_the_database_is_not_shown(built: Built) -> None:
    notes, line = built.house.control.desk_notes, opened(built)[4]
    notes.comment(ANNA, line.id, "three cartons were missing")
    with built.stores.database.transaction() as connection:
        connection.execute(
            """update case_file set body = convert_to(replace(convert_from(body, 'UTF8'), 'three', 'no'), 'UTF8')
            where kind = 'comment' and consignment = %s""",
            (line.id,),
        )
    assert notes.comments(ANNA, line.id) == ()

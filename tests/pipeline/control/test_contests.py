# SPDX-License-Identifier: Apache-2.0
"""Contests in a real house: lodged by the trader, answered by somebody who decided nothing, and learnt from."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket.control import ExaminedItem, Quantity, SeenGoods
from cocket.errors import PolicyError, SenderError, SettingsError
from cocket.governance import Principal
from cocket.governance.contest import Contest, ContestOrderError
from cocket.model import Amount
from cocket.pipeline import NewResult, NotFoundError, QueueFilter
from cocket.pipeline.consignment.outcomes import outcomes_between
from cocket.pipeline.control import contests as module
from cocket.pipeline.control.contests import NewAnswer, NewContest
from cocket.pipeline.control.correspondence import Correspondence
from cocket.pipeline.control.evidence_files import parts_named
from cocket.pipeline.operations.row_audit import RowAudit
from cocket.pipeline.risk.rule_figures import instance_past
from cocket.stores.operations.row_audits import RowDifference
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration

ACME = trader("ACME")
EXAMINER = Principal(id="examiner", kind="officer", roles=("officer",))
OTHER = Principal(id="other", kind="officer", roles=("officer",))
FOUND = (
    ExaminedItem(item=1, found=SeenGoods(value=Amount(Decimal(15000)))),
    ExaminedItem(item=2, found=SeenGoods(quantity=Quantity(Decimal(77)))),
)
IRREGULAR = NewResult(depth="full", found=True, offence="undervaluation", items=FOUND)
WRONG = NewContest(ground="value", words="The price is that of the contract, which I attach.")
UPHELD = NewAnswer(outcome="upheld", grounds="The contract bears the price out.", effect="finding-withdrawn")


class Clock:
    """The day it is, as the tests move it."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "_now", clock)
    return clock


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, red_per_day=1000, yellow_per_day=1000, random_share=0.0)
    yield made
    made.house.close()


def lodged(built: Built, reference: str = "R1") -> str:
    """A declaration in the house; our id of the message."""
    (answer,) = built.house.intake.messages.take_many([envelope(declaration(reference))], principal=ACME)
    built.desk()
    return str(answer.id)


def examined(built: Built, message: str, result: NewResult = IRREGULAR, by: Principal = EXAMINER) -> str:
    """The dossier of a declaration, after an order on it was carried out; its id."""
    (consignment,) = built.house.queries.records.message(officer("analyst"), message).consignment_ids
    acts = built.house.control.officer_acts
    acts.override(by, consignment, "red", "to look at it")
    order = built.house.queries.records.dossier(by, consignment).summary.order
    assert order is not None
    acts.record_result(by, order.id, result)
    return str(consignment)


def contested(built: Built, new: NewContest = WRONG) -> tuple[str, str, str]:
    """A find that the trader contests; message, dossier and contest, by id."""
    message = lodged(built)
    consignment = examined(built, message)
    return message, consignment, built.house.control.contests.lodge(ACME, message, new).id


def taught(built: Built) -> list[bool]:
    """What each result teaches, in the order in which it was told."""
    with built.stores.database.transaction() as connection:
        last = built.stores.leaves.size(connection) - 1
        return [one.found for one in outcomes_between(built.stores, connection, 0, last)]


def steps(built: Built) -> list[str]:
    return [msgspec.json.decode(body, type=Contest).state for body in built.bodies("contest")]


def test_a_contest_opens_by_the_result_or_after_the_set_days_in_any_lane(built: Built, clock: Clock) -> None:
    contests, message = built.house.control.contests, lodged(built)
    case = contests.own_case(ACME, message)
    assert (case.is_open, case.result, case.opens) == (False, None, clock.now.date() + timedelta(days=7))
    with pytest.raises(ContestOrderError) as early:
        contests.lodge(ACME, message, WRONG)
    assert (early.value.code, early.value.expected) == ("contest-early", case.opens.isoformat())
    (consignment,) = built.house.queries.records.message(officer("analyst"), message).consignment_ids
    built.house.control.officer_acts.override(EXAMINER, consignment, "red", "to look at it")
    assert contests.own_case(ACME, message) == case
    clock.now += timedelta(days=7)
    assert contests.own_case(ACME, message) == msgspec.structs.replace(case, is_open=True)
    assert contests.lodge(ACME, message, WRONG).state == "lodged"


def test_what_was_found_opens_it_and_a_look_at_papers_that_found_nothing_is_not_told(
    built: Built, clock: Clock
) -> None:
    contests = built.house.control.contests
    message, quiet = lodged(built), lodged(built, "R2")
    examined(built, message)
    examined(built, quiet, NewResult(depth="documents", found=False))
    case = contests.own_case(ACME, message)
    assert case.is_open and case.result is not None
    assert (case.result.found, case.result.offences) == (True, ("undervaluation",))
    assert [(one.item, one.differences) for one in case.result.items] == [(1, ("value",)), (2, ("quantity",))]
    assert not contests.own_case(ACME, quiet).is_open
    clock.now += timedelta(days=7)
    told = contests.own_case(ACME, quiet)
    assert (told.is_open, told.result) == (True, None)


def test_only_ones_own_declaration_can_be_asked_about(built: Built) -> None:
    message, _, contest = contested(built)
    contests = built.house.control.contests
    for act in (
        lambda: contests.own_case(trader("OTHER"), message),
        lambda: contests.lodge(trader("OTHER"), message, WRONG),
        lambda: contests.own_contest(trader("OTHER"), contest),
        lambda: contests.withdraw(trader("OTHER"), contest),
        lambda: contests.add_own_paper(trader("OTHER"), contest, "a.pdf", b"%PDF-1.4"),
        lambda: contests.own_case(officer(), message),
        lambda: contests.own_contest(ACME, message),
        lambda: contests.own_contest(ACME, "nothing"),
    ):
        with pytest.raises(NotFoundError):
            act()
    assert contests.own_contests(trader("OTHER")) == ()
    assert [one.id for one in contests.own_contests(ACME)] == [contest]


def test_a_manifest_and_an_unread_message_cannot_be_contested(built: Built) -> None:
    manifest = (Path(__file__).parents[2] / "samples" / "asycuda-awmds" / "awmds-bangladesh.xml").read_bytes()
    for content in (manifest, b"<nothing/>"):
        (answer,) = built.house.intake.messages.take_many([envelope(content)], principal=ACME)
        built.desk()
        with pytest.raises(NotFoundError):
            built.house.control.contests.own_case(ACME, str(answer.id))


def test_the_clock_runs_by_the_law_of_the_settings_and_data_by_data_protection(tmp_path: Path, clock: Clock) -> None:
    made = build(tmp_path, contest_law="NL", contest_after_days=0)
    message = lodged(made)
    contests = made.house.control.contests
    value = contests.lodge(ACME, message, WRONG)
    data = contests.lodge(ACME, message, NewContest(ground="data", words="My name is spelt wrong."))
    assert (value.law, data.law) == ("NL", "GDPR")
    assert value.due - value.lodged.date() >= timedelta(days=42)
    assert timedelta(days=28) <= data.due - data.lodged.date() <= timedelta(days=33)
    clock.now = datetime(1990, 1, 1, tzinfo=UTC)
    with pytest.raises(ContestOrderError):
        contests.lodge(ACME, message, NewContest(ground="origin", words="It was made in Betania."))
    made.house.close()


def test_whoever_examined_or_released_does_not_answer_and_another_does(built: Built) -> None:
    _, _, contest = contested(built)
    contests = built.house.control.contests
    view = contests.contest(EXAMINER, contest)
    assert (view.deciders, view.may_answer) == (("examiner",), False)
    for act in (contests.acknowledge, lambda who, one: contests.answer(who, one, UPHELD)):
        with pytest.raises(PolicyError) as error:
            act(EXAMINER, contest)
        assert error.value.reasons == ("decider-does-not-answer",)
    for role in ("auditor", "analyst"):
        assert not contests.contest(officer(role), contest).may_answer
        with pytest.raises(PolicyError):
            contests.answer(officer(role), contest, UPHELD)
    assert contests.contest(OTHER, contest).may_answer
    assert contests.acknowledge(OTHER, contest).acknowledged is not None
    told = contests.answer(OTHER, contest, NewAnswer(outcome="not-upheld", grounds="The contract is not signed."))
    assert told.state == "answered" and told.answer is not None and told.answer.by == "other"
    assert steps(built) == ["lodged", "acknowledged", "answered"]
    own = contests.own_contest(ACME, contest)
    assert own.answer is not None and own.answer.grounds == "The contract is not signed."
    assert b"examiner" not in msgspec.json.encode(own) and b"other" not in msgspec.json.encode(own)


def test_an_officer_of_another_office_sees_no_contest(built: Built) -> None:
    _, _, contest = contested(built)
    far = Principal(id="far", kind="officer", roles=("officer",), office="XNOWHERE")
    near = Principal(id="near", kind="officer", roles=("officer",), office="XAPRT001")
    contests = built.house.control.contests
    with pytest.raises(NotFoundError):
        contests.contest(far, contest)
    assert (contests.contests(far).lines, contests.waiting(far)) == ((), (0, 0))
    assert [one.id for one in contests.contests(near).lines] == [contest]
    with pytest.raises(PolicyError):
        contests.contests(ACME)


def test_a_contest_upheld_corrects_the_result_and_reaches_what_is_learnt(built: Built) -> None:
    _, consignment, contest = contested(built)
    assert taught(built) == [True]
    built.house.control.contests.answer(OTHER, contest, UPHELD)
    now, before = built.house.queries.records.dossier(officer(), consignment).results
    assert (before.found, before.is_amended, now.found, now.amends) == (True, True, False, before.id)
    assert (
        now.officer == "other"
        and "The contract bears the price out." in (now.note or "")
        and contest in (now.note or "")
    )
    assert now.items == () and now.offence is None and now.duty_recovered is None
    assert taught(built) == [True, False]
    with built.stores.database.transaction() as connection:
        past, _, _ = instance_past(built.stores, connection, date(2000, 1, 1))
    assert [one.found for one in past.outcomes.values()] == [False]
    own = built.house.control.contests.own_contest(ACME, contest)
    assert own.answer is not None and own.answer.effect == "finding-withdrawn"
    assert built.house.control.officer_acts.count_results(officer("supervisor")).irregular == 0


def test_a_find_on_papers_that_is_withdrawn_is_no_longer_taught(built: Built) -> None:
    message = lodged(built)
    examined(built, message, NewResult(depth="documents", found=True, offence="other"))
    contest = built.house.control.contests.lodge(ACME, message, WRONG).id
    assert taught(built) == [True]
    built.house.control.contests.answer(OTHER, contest, UPHELD)
    assert taught(built) == [True, False]


def test_a_value_held_wrong_counts_again_for_others_once_the_finding_is_withdrawn(built: Built) -> None:
    _, _, contest = contested(built)
    memory = built.house.measures.doubts._value_memory()

    def counting() -> int:
        """Members of the windows that count tomorrow."""
        with built.stores.database.transaction() as connection, memory.lock:
            memory.catch_up(connection)
        tomorrow = (datetime.now(UTC).date() + timedelta(days=1)).toordinal()
        return sum(len(window.on(tomorrow)) for window in memory.comparisons._windows.values())

    assert counting() == 0
    built.house.control.contests.answer(OTHER, contest, UPHELD)
    assert counting() > 0


def test_what_is_withdrawn_of_one_item_leaves_the_other(built: Built) -> None:
    _, consignment, contest = contested(built)
    part = NewAnswer(outcome="upheld-in-part", grounds="As the contract says.", effect="items-withdrawn", items=(1,))
    view = built.house.control.contests.answer(OTHER, contest, part)
    now = built.house.queries.records.dossier(officer(), consignment).results[0]
    assert (now.found, [one.item for one in now.items]) == (True, [2])
    assert view.answer is not None and view.answer.effect.result == now.id
    assert taught(built) == [True]


def test_a_finding_of_the_withdrawn_items_alone_falls_whole(built: Built) -> None:
    _, consignment, contest = contested(built)
    both = NewAnswer(outcome="upheld", grounds="As the contract says.", effect="items-withdrawn", items=(1, 2))
    built.house.control.contests.answer(OTHER, contest, both)
    assert built.house.queries.records.dossier(officer(), consignment).results[0].found is False


def test_nothing_is_withdrawn_where_nothing_was_found(built: Built, clock: Clock) -> None:
    message = lodged(built)
    clock.now += timedelta(days=8)
    contest = built.house.control.contests.lodge(ACME, message, WRONG).id
    with pytest.raises(SenderError) as error:
        built.house.control.contests.answer(OTHER, contest, UPHELD)
    assert [one.code for one in error.value.findings] == ["contest-no-finding"]
    assert steps(built) == ["lodged"]
    unknown = msgspec.structs.replace(UPHELD, outcome="upheld", effect="items-withdrawn", items=(9,))
    _, _, other = contested_again(built)
    with pytest.raises(SenderError) as wrong:
        built.house.control.contests.answer(OTHER, other, unknown)
    assert [one.code for one in wrong.value.findings] == ["contest-item"]


def contested_again(built: Built) -> tuple[str, str, str]:
    message = lodged(built, "R2")
    return message, examined(built, message), built.house.control.contests.lodge(ACME, message, WRONG).id


def test_what_is_overdue_is_counted_and_comes_first(built: Built, clock: Clock) -> None:
    contests = built.house.control.contests
    _, _, first = contested(built)
    contests.acknowledge(OTHER, first)
    clock.now += timedelta(days=20)
    _, _, second = contested_again(built)
    assert (contests.waiting(OTHER), contests.waiting(EXAMINER), contests.waiting(officer("analyst"))) == (
        (2, 0), (0, 0), (0, 0),
    )  # fmt: skip
    clock.now += timedelta(days=10)
    found = contests.contests(OTHER)
    assert (found.overdue, [one.id for one in found.lines]) == (1, [second, first])
    clock.now += timedelta(days=10)
    assert (contests.contests(OTHER).overdue, contests.waiting(OTHER)) == (2, (2, 2))
    contests.answer(OTHER, first, NewAnswer(outcome="explained", grounds="Goods of this kind are looked at often."))
    assert [one.id for one in contests.contests(OTHER, "closed").lines] == [first]
    assert [one.id for one in contests.contests(OTHER).lines] == [second]


def audited(built: Built) -> list[RowDifference]:
    """Rows that differ from what was sealed."""
    audit = RowAudit(built.stores)
    while audit.step() is None:
        pass
    return list(audit.differences())


def picture() -> bytes:
    from PIL import Image

    written = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(written, "PNG")
    return written.getvalue()


def test_papers_are_kept_encrypted_and_given_to_officers_as_they_came(built: Built) -> None:
    _, _, contest = contested(built)
    contests = built.house.control.contests
    content = picture()
    once = contests.add_own_paper(ACME, contest, "C:\\scans\\contract.png", content)
    again = contests.add_own_paper(ACME, contest, "contract.png", content)
    assert [(one.name, one.type) for one in once.papers] == [("contract.png", "image/png")] and again == once
    (paper,) = contests.contest(OTHER, contest).papers
    assert contests.paper(OTHER, contest, paper.record) == ("contract.png", content)
    kept = [path.read_bytes() for path in built.settings.blobs_folder.rglob("*.original")]
    assert len(kept) == 1 and content not in kept[0]
    with built.stores.database.transaction() as connection:
        assert {str(record) for record, _ in parts_named(built.stores, connection)} == {paper.record}
    with pytest.raises(NotFoundError):
        contests.paper(OTHER, contest, contest)
    with pytest.raises(SenderError) as error:
        contests.add_own_paper(ACME, contest, "macro.doc", b"\xd0\xcf\x11\xe0 not a paper")
    assert [one.code for one in error.value.findings] == ["paper-type"]


def test_a_paper_whose_contest_cannot_be_kept_leaves_nothing(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, contest = contested(built)

    def broken(*_: Any) -> None:
        raise SenderError("The disk is full.")

    monkeypatch.setattr(Correspondence, "keep", broken)
    with pytest.raises(SenderError):
        built.house.control.contests.add_own_paper(ACME, contest, "contract.png", picture())
    assert list(built.settings.blobs_folder.rglob("*.original")) == []


def test_what_was_taken_back_is_closed(built: Built) -> None:
    _, _, contest = contested(built)
    contests = built.house.control.contests
    assert contests.withdraw(ACME, contest).state == "withdrawn"
    with pytest.raises(ContestOrderError):
        contests.answer(OTHER, contest, UPHELD)
    assert contests.lodge(ACME, contests.own_contest(ACME, contest).message, WRONG).id != contest


def test_the_dossier_tells_each_step_and_every_row_agrees_with_its_record(built: Built) -> None:
    _, consignment, contest = contested(built)
    contests = built.house.control.contests
    contests.add_own_paper(ACME, contest, "contract.png", picture())
    contests.acknowledge(OTHER, contest)
    contests.answer(OTHER, contest, UPHELD)
    told = built.house.queries.records.dossier(officer("supervisor"), consignment).timeline
    assert [one.code for one in told if one.code.startswith("contest-")] == [
        "contest-lodged", "contest-acknowledged", "contest-answered",
    ]  # fmt: skip
    assert audited(built) == []


def test_a_contest_that_was_changed_by_hand_is_found(built: Built) -> None:
    contested(built)
    with built.stores.database.transaction() as connection:
        connection.execute("update case_file set state = 'answered' where kind = 'contest'")
    assert [(one.table, one.column) for one in audited(built)] == [("case_file", "state")]


def test_looks_of_traders_and_officers_are_sealed(built: Built) -> None:
    message, _, contest = contested(built)
    contests = built.house.control.contests
    contests.own_case(ACME, message)
    contests.own_contests(ACME)
    contests.contest(OTHER, contest)
    contests.contests(OTHER)
    looks = [msgspec.json.decode(body) for body in built.bodies("look")]
    told = [(one["who"], one["what"], one["purpose"]) for one in looks][-4:]
    assert told == [
        ("key-1", "own case", "own-affairs"), ("key-1", "own contests", "own-affairs"),
        ("other", "contest", "control"), ("other", "contests", "control"),
    ]  # fmt: skip


def test_lists_show_what_they_ask_for(built: Built) -> None:
    _, _, contest = contested(built)
    assert built.house.queries.records.queue(officer(), QueueFilter(state="all")).total == 1
    assert built.house.control.contests.contests(OTHER, "closed").lines == ()
    assert built.house.control.contests.contests(OTHER).lines[0].id == contest


def test_a_law_without_a_clock_is_a_fault_of_the_settings(tmp_path: Path) -> None:
    from cocket.settings import read_settings

    with pytest.raises(SettingsError):
        read_settings({"COCKET_CONTEST_LAW": "CANON"}, home=tmp_path)

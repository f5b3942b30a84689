# SPDX-License-Identifier: Apache-2.0
"""Retention over a real house: what is due, holds that beat it, erasing by two persons, and the report held against the log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket import ledger
from cocket.errors import PolicyError, ReasonMissingError, SenderError, SettingsError
from cocket.governance import Principal
from cocket.pipeline import NotFoundError
from cocket.pipeline.base.proposals import SealedFile
from cocket.pipeline.operations import retention as module
from cocket.pipeline.operations.erasure import Erasure
from cocket.pipeline.operations.legal_holds import LegalHold
from cocket.pipeline.operations.retention import Destruction, Retention, RetentionPlan
from cocket.pipeline.operations.row_audit import RowAudit
from cocket.stores.base.packing import unpack
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.pipeline.risk.test_intelligence import report as intelligence_report

ACME = trader("ACME")
SIONE = Principal(id="sione", kind="officer", roles=("supervisor",))
VEA = Principal(id="vea", kind="officer", roles=("supervisor",))
REASON = "schedule of 2026"

SCHEDULE = b"""
[[rule]]
class = "consignment"
law = "Code, Article 51"
from_event = "last-message"
from_end_of_year = true
period = "3 years"
on_end = "erase"
hold = ["open-order", "open-doubt"]

[[rule]]
class = "message"
law = "Code, Article 52"
from_event = "received"
period = "90 days"
on_end = "review"

[[rule]]
class = "intelligence"
law = "Police Data Act, Section 8"
from_event = "ended"
period = "1 year"
on_end = "erase"
"""


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, red_per_day=0, yellow_per_day=0, random_share=0.0)
    for one in (SIONE, VEA):
        made.house.governance.accounts.put_officer(one.id, one.id, "supervisor", None, "seal and cord and wax")
    made.settings.retention_file.write_bytes(SCHEDULE)
    yield made
    made.house.close()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> date:
    """A day on which every period of the schedule is over."""
    day = datetime.now(UTC).date() + timedelta(days=5 * 366)
    monkeypatch.setattr(module._Judging, "today", lambda self: day)
    return day


def lodged(built: Built, *contents: bytes, sender: str = "ACME") -> list[str]:
    answers = built.house.intake.messages.take_many(
        [envelope(content, sender=sender) for content in contents], principal=trader(sender)
    )
    built.desk()
    return [one.id for one in answers]


def dossier_of(built: Built, message: str) -> str:
    [dossier] = built.house.queries.records.message(officer(), message).consignment_ids
    return dossier


def retention_of(built: Built) -> Retention:
    return built.house.governance.retention


def hold(name: str = "2026-KB-17", target: Any = "party", value: str = "", **more: Any) -> LegalHold:
    given = {"ground": "order of the court", "by": "", "placed": datetime.now(UTC), **more}
    return LegalHold(name=name, target=target, value=value, **given)


def states(built: Built) -> dict[str, str]:
    return {one.id: one.state for one in retention_of(built).due(SIONE).lines}


def erased(built: Built, *ids: str) -> Destruction:
    """What is due, or these, proposed by one and confirmed by another."""
    given = retention_of(built).propose_erasure(SIONE, REASON, ids)
    assert not given.is_done
    retention_of(built).confirm_erasure(VEA, given.proposal.id)
    return msgspec.json.decode(built.bodies("destruction")[-1], type=Destruction)


def test_a_plan_counts_and_changes_nothing(built: Built) -> None:
    lodged(built, declaration("R1"), declaration("R2"), b"<nothing/>")
    plan = retention_of(built).plan(SIONE)
    assert plan.classes == {"consignment": {"running": 2}, "message": {"running": 1}}
    assert [one.counts for one in plan.rules] == [{"running": 2}, {"running": 1}, {}]
    assert plan.rules[0].next == date(datetime.now(UTC).year + 3, 12, 31)
    later = retention_of(built).plan(SIONE, on=date(datetime.now(UTC).year + 4, 1, 1))
    assert later.classes == {"consignment": {"due": 2}, "message": {"review": 1}, "accesses": {"no-rule": 1}}
    assert retention_of(built).due(SIONE).lines == ()
    assert built.bodies("erasure") == built.bodies("destruction") == []


def test_a_draft_is_tried_and_not_put_in_force(built: Built) -> None:
    lodged(built, declaration("R1"))
    draft = SCHEDULE.replace(b"3 years", b"1 day").replace(b"from_end_of_year = true\n", b"")
    tried = retention_of(built).plan(SIONE, draft, datetime.now(UTC).date() + timedelta(days=3))
    assert (tried.is_draft, tried.rules[0].counts) == (True, {"due": 1})
    assert retention_of(built).plan(SIONE).rules[0].counts == {"running": 1}
    with pytest.raises(SenderError, match="not a retention schedule"):
        retention_of(built).plan(SIONE, b"[[rule]]")


def test_without_a_schedule_nothing_is_ever_due(built: Built, later: date) -> None:
    built.settings.retention_file.unlink()
    lodged(built, declaration("R1"))
    plan = retention_of(built).plan(SIONE)
    assert (plan.rules, plan.classes) == ((), {"consignment": {"no-rule": 1}})
    assert states(built) == {}
    with pytest.raises(SenderError, match="Nothing is due"):
        retention_of(built).propose_erasure(SIONE, REASON)


def test_a_broken_schedule_makes_nothing_due(built: Built, later: date) -> None:
    built.settings.retention_file.write_bytes(b"[[rule]]\nclass = 3\n")
    with pytest.raises(SettingsError, match="not a retention schedule"):
        retention_of(built).due(SIONE)


def test_a_schedule_is_put_in_force_by_two(built: Built) -> None:
    other = SCHEDULE.replace(b"3 years", b"7 years")
    given = retention_of(built).put_schedule(SIONE, "seven.toml", other)
    assert not given.is_done
    assert built.settings.retention_file.read_bytes() == SCHEDULE
    with pytest.raises(PolicyError):
        retention_of(built).confirm_erasure(SIONE, given.proposal.id)
    retention_of(built).confirm_erasure(VEA, given.proposal.id)
    assert built.settings.retention_file.read_bytes() == other
    with pytest.raises(SenderError, match="not a retention schedule"):
        retention_of(built).put_schedule(SIONE, "none.toml", b"")


def test_what_is_due_is_erased_by_two_and_never_by_one(built: Built, later: date) -> None:
    message, other = lodged(built, declaration("ERASEME1"), declaration("ERASEME2"))
    dossier = dossier_of(built, message)
    assert set(states(built).values()) == {"due"}
    given = retention_of(built).propose_erasure(SIONE, REASON)
    _, things = retention_of(built).proposed_erasure(VEA, given.proposal.id)
    names = {one.title for one in things}
    assert len(names) == 2 and all(names)
    assert built.house.queries.records.message(ACME, message)
    with pytest.raises(PolicyError):
        retention_of(built).confirm_erasure(SIONE, given.proposal.id)
    assert built.house.queries.records.message(ACME, message)
    retention_of(built).confirm_erasure(VEA, given.proposal.id)
    for one in (message, other):
        with pytest.raises(NotFoundError):
            built.house.queries.records.message(ACME, one)
    [told] = [msgspec.json.decode(body, type=Destruction) for body in built.bodies("destruction")]
    assert (told.by, told.reason, told.spared) == (("sione", "vea"), REASON, ())
    assert {one.law for one in told.destroyed} == {"Code, Article 51"}
    assert dossier in {one.id for one in told.destroyed}
    [file] = built.bodies("proposed-file")  # what was erased is named nowhere any more
    sealed = [
        unpack(msgspec.json.decode(file, type=SealedFile).content),
        *built.bodies("proposal"),
        *built.bodies("destruction"),
    ]
    assert not any(name.encode() in body for name in names for body in sealed)
    with pytest.raises(SenderError, match="no longer waiting"):
        retention_of(built).confirm_erasure(VEA, given.proposal.id)


def test_the_log_verifies_and_the_audit_finds_nothing_after_it(built: Built, later: date) -> None:
    lodged(built, declaration("R1"), declaration("R2"), b"<nothing/>")
    retention_of(built).place_hold(SIONE, hold(target="everything"))
    given = retention_of(built).release_hold(SIONE, "2026-KB-17", "the case is closed")
    retention_of(built).confirm_erasure(VEA, given.proposal.id)
    erased(built)
    lodged(built, declaration("R3"))
    built.sign()
    files = built.stores.log_files
    assert ledger.verify_log(files.read, files.paths).holds
    audit = RowAudit(built.stores)
    while audit.step() is None:
        pass
    assert audit.differences() == []


def test_what_is_to_be_looked_at_is_erased_one_by_one_only(built: Built, later: date) -> None:
    (message,) = lodged(built, b"<nothing/>")
    assert states(built) == {message: "review"}
    with pytest.raises(SenderError, match="Nothing is due"):
        retention_of(built).propose_erasure(SIONE, REASON)
    assert [one.id for one in erased(built, message).destroyed] == [message]


def test_what_is_not_due_cannot_be_proposed(built: Built) -> None:
    (message,) = lodged(built, declaration("R1"))
    with pytest.raises(SenderError, match="is not due") as refused:
        retention_of(built).propose_erasure(SIONE, REASON, (dossier_of(built, message),))
    assert refused.value.code == "retention-not-due"


def test_no_reason_no_erasure(built: Built, later: date) -> None:
    lodged(built, declaration("R1"))
    with pytest.raises(ReasonMissingError):
        retention_of(built).propose_erasure(SIONE, " ")


@pytest.mark.parametrize("target", ["consignment", "message", "party", "sender", "everything"])
def test_a_hold_beats_the_period_and_the_command_until_two_release_it(built: Built, later: date, target: str) -> None:
    message, free = lodged(built, declaration("R1"), declaration("R2"))
    dossier = dossier_of(built, message)
    with built.stores.database.transaction() as connection:
        party = connection.execute(
            "select value from consignment_mark where consignment = %s and kind = 'IMPORTER'", (dossier,)
        ).fetchone()
    assert party is not None
    values = {"consignment": dossier, "message": message, "party": party[0], "sender": "ACME", "everything": ""}
    retention_of(built).place_hold(SIONE, hold(target=target, value=values[target]))
    line = next(one for one in retention_of(built).due(SIONE).lines if one.id == dossier)
    assert (line.state, line.why) == ("held", ("2026-KB-17",))
    if target in ("consignment", "message"):
        assert states(built)[dossier_of(built, free)] == "due"  # the control: what no hold is on is due
    with pytest.raises(SenderError, match="is not due"):
        retention_of(built).propose_erasure(SIONE, REASON, (dossier,))
    with pytest.raises(SenderError, match="legal hold 2026-KB-17") as refused:
        Erasure(built.stores).erase(dossier, who="root", reason="order")
    assert refused.value.code == "erasure-held"
    given = retention_of(built).release_hold(SIONE, "2026-KB-17", "the case is closed")
    with pytest.raises(PolicyError):
        retention_of(built).confirm_erasure(SIONE, given.proposal.id)
    assert states(built)[dossier] == "held"
    retention_of(built).confirm_erasure(VEA, given.proposal.id)
    assert states(built)[dossier] == "due"
    assert [(one.state, one.released_by) for one in retention_of(built).holds(SIONE)] == [("released", "sione, vea")]


def test_a_hold_whose_row_an_insider_took_out_still_holds(built: Built, later: date) -> None:
    (message,) = lodged(built, declaration("R1"))
    retention_of(built).place_hold(SIONE, hold(target="sender", value="ACME"))
    with built.stores.database.transaction() as connection:
        connection.execute(
            "delete from case_file_key where file in (select id from case_file where kind = 'legal-hold')"
        )
        connection.execute("delete from case_file where kind = 'legal-hold'")
    assert states(built) == {dossier_of(built, message): "held"}


def test_what_a_hold_came_on_meanwhile_is_spared_and_said(built: Built, later: date) -> None:
    held, free = (dossier_of(built, one) for one in lodged(built, declaration("R1"), declaration("R2")))
    given = retention_of(built).propose_erasure(SIONE, REASON)
    retention_of(built).place_hold(SIONE, hold(target="consignment", value=held))
    retention_of(built).confirm_erasure(VEA, given.proposal.id)
    told = msgspec.json.decode(built.bodies("destruction")[-1], type=Destruction)
    assert [one.id for one in told.destroyed] == [free]
    assert [(one.id, one.why) for one in told.spared] == [(held, "held (2026-KB-17)")]
    assert built.house.queries.records.dossier(officer(), held)


def test_a_time_that_was_changed_in_the_database_destroys_nothing(built: Built, later: date) -> None:
    (message,) = lodged(built, declaration("R1"))
    dossier = dossier_of(built, message)
    with built.stores.database.transaction() as connection:
        connection.execute("update leaf set at = at - interval '10 years' where record = %s", (message,))
    told = erased(built, dossier)
    assert (told.destroyed, [one.id for one in told.spared]) == ((), [dossier])
    assert "differ from the sealed ones" in told.spared[0].why
    assert built.house.queries.records.message(ACME, message)


def test_what_is_on_nothing_or_known_already_is_no_hold(built: Built) -> None:
    place = retention_of(built).place_hold
    place(SIONE, hold(value="ACME Ltd."))
    wrong = (
        (hold(value="X"), "already"),
        (hold("a", target="consignment", value="01a21032-dbd8-7236-9320-ac0953c99041"), "no such consignment"),
        (hold("b", target="message", value="nothing"), "no such message"),
        (hold("c", value=" "), "what the hold is on"),
        (hold(" ", value="X"), "name"),
        (hold("d", value="X", ground=" "), "ground"),
    )
    for one, says in wrong:
        with pytest.raises(SenderError, match=says):
            place(SIONE, one)
    assert [one.value for one in retention_of(built).holds(SIONE)] == ["ACMELTD"]
    with pytest.raises(SenderError, match="no legal hold other"):
        retention_of(built).release_hold(SIONE, "other", "done")


def test_the_report_is_held_against_what_stands(built: Built, later: date) -> None:
    by_order, _ = (dossier_of(built, one) for one in lodged(built, declaration("R1"), declaration("R2")))
    Erasure(built.stores).erase(by_order, who="root", reason="order 17")
    erased(built)
    today = datetime.now(UTC).date()
    report = retention_of(built).report(SIONE, today - timedelta(days=1), today + timedelta(days=1))
    assert report.holds
    assert [(one.kind, one.things, one.laws) for one in report.lines] == [
        ("schedule", 1, {"Code, Article 51": 1}),
        ("order", None, {}),
    ]
    assert all(one.leaves == one.emptied > 0 and one.keys == one.keys_gone > 0 for one in report.lines)
    before = retention_of(built).report(SIONE, today - timedelta(days=9), today - timedelta(days=8))
    assert (before.lines, before.holds) == ((), True)
    told = msgspec.json.decode(built.bodies("destruction")[-1], type=Destruction)
    with built.stores.database.transaction() as connection:
        connection.execute("update leaf set seal = '' where idx = %s", (told.destroyed[0].leaves[0],))
    assert not retention_of(built).report(SIONE, today - timedelta(days=1), today + timedelta(days=1)).holds


def test_a_key_that_came_back_shows_in_the_report(built: Built, later: date) -> None:
    lodged(built, declaration("R1"))
    keys = built.settings.subject_keys_folder / "00000000.keys"
    copy = keys.read_bytes()
    erased(built)
    keys.write_bytes(copy)
    today = datetime.now(UTC).date()
    [line] = retention_of(built).report(SIONE, today - timedelta(days=1), today + timedelta(days=1)).lines
    assert line.keys_gone < line.keys and not line.holds


def test_an_ended_report_is_erased_and_an_active_one_is_not(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    house = built.house.risk.intelligence
    first, second = (house.add_intelligence(SIONE, intelligence_report()) for _ in range(2))
    house.end_intelligence(SIONE, first.id, "wrong")
    day = datetime.now(UTC).date() + timedelta(days=370)
    monkeypatch.setattr(module._Judging, "today", lambda self: day)
    assert states(built).get(first.id) == "due"
    assert [one.id for one in erased(built, first.id).destroyed] == [first.id]
    assert first.id not in {one.id for one in house.intelligence(SIONE, is_active=False)}
    with pytest.raises(NotFoundError):
        Erasure(built.stores).erase(second.id, who="root", reason="order")


@pytest.mark.parametrize(
    "who",
    [
        officer("analyst"),
        officer("officer"),
        officer("supervisor", "XA110000"),
        ACME,
        Principal(id="host", kind="key", roles=("host",), senders=("HOST",)),
    ],
)
def test_others_learn_nothing_and_do_nothing(built: Built, later: date, who: Principal) -> None:
    lodged(built, declaration("R1"))
    retention = retention_of(built)
    today = datetime.now(UTC).date()
    for act in (
        lambda: retention.plan(who),
        lambda: retention.due(who),
        lambda: retention.holds(who),
        lambda: retention.report(who, today, today),
        lambda: retention.place_hold(who, hold(target="everything")),
        lambda: retention.propose_erasure(who, REASON),
        lambda: retention.put_schedule(who, "x.toml", SCHEDULE),
    ):
        with pytest.raises(PolicyError):
            act()


def test_an_auditor_reads_and_changes_nothing(built: Built, later: date) -> None:
    lodged(built, declaration("R1"))
    auditor = officer("auditor")
    assert isinstance(retention_of(built).plan(auditor), RetentionPlan)
    assert len(retention_of(built).due(auditor).lines) == 1
    for act in (
        lambda: retention_of(built).place_hold(auditor, hold(target="everything")),
        lambda: retention_of(built).propose_erasure(auditor, REASON),
    ):
        with pytest.raises(PolicyError):
            act()
    given = retention_of(built).propose_erasure(SIONE, REASON)
    with pytest.raises((PolicyError, NotFoundError)):
        retention_of(built).confirm_erasure(auditor, given.proposal.id)


def test_looks_at_it_are_sealed(built: Built, later: date) -> None:
    (message,) = lodged(built, declaration("R1"))
    retention_of(built).due(SIONE)
    look = msgspec.json.decode(built.bodies("look")[-1])
    assert (look["who"], look["what"], look["purpose"]) == ("sione", "retention", "oversight")
    assert dossier_of(built, message) in look["subjects"]

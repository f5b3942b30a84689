# SPDX-License-Identifier: Apache-2.0
"""Accesses under retention, day by day, in a real house: what is due, what holds a day, and what is said once it is gone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cocket import ledger
from cocket.errors import SenderError
from cocket.governance import Principal
from cocket.governance.emergencies import Emergency
from cocket.oversight import Evidence
from cocket.pipeline.base.access import AccessRecord
from cocket.pipeline.base.document_files import DocumentFiles
from cocket.pipeline.governance.look_pages import LookFilter
from cocket.pipeline.governance.watch_views import CASE, WatchFile
from cocket.pipeline.operations.erasure import Erasure
from cocket.pipeline.operations.retention import Destruction
from cocket.pipeline.operations.row_audit import RowAudit
from cocket.pipeline.queries import own_affairs
from cocket.stores.governance.continuous_access import StoredWatch, Watches
from cocket.stores.operations.retention import access_day_id, access_day_of
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.pipeline.operations.test_retention import REASON, SIONE, VEA, erased, hold, retention_of

ACME = trader("ACME")
AFFAIRS = Principal(id="ines", kind="officer", roles=("internal-affairs",))
LAW = "Police Data Act, Section 26"
TODAY = datetime.now(UTC).date()

#: Days whose accesses are over, and one on which they are not.
OLD, OLDER, FRESH = TODAY - timedelta(days=400), TODAY - timedelta(days=500), TODAY - timedelta(days=20)

SCHEDULE = f"""
[[rule]]
class = "accesses"
law = "{LAW}"
from_event = "accessed"
period = "12 months"
on_end = "erase"
""".encode()


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, red_per_day=0, yellow_per_day=0, random_share=0.0)
    for one in (SIONE, VEA):
        made.house.governance.accounts.put_officer(one.id, one.id, "supervisor", None, "seal and cord and wax")
    made.settings.retention_file.write_bytes(SCHEDULE)
    yield made
    made.house.close()


def lodged(built: Built, name: str = "R1", received: datetime | None = None) -> tuple[str, str]:
    """A declaration of ACME's: our id of the message, and its dossier."""
    sent = msgspec.structs.replace(envelope(declaration(name)), **({"received": received} if received else {}))
    (answer,) = built.house.intake.messages.take_many([sent], principal=ACME)
    built.desk()
    (dossier,) = built.house.queries.records.message(officer(), answer.id).consignment_ids
    return answer.id, dossier


def accessed(built: Built, day: date, who: str = "anna", about: str = "", hour: int = 9, **more: Any) -> UUID:
    """An access on a day, sealed as the doors seal it; the id of its record."""
    told = {"roles": ("officer",), "what": "dossier" if about else "queue", "purpose": "control", **more}
    look = AccessRecord(who=who, subjects=(about or "list",), **told)
    at = datetime.combine(day, time(hour), UTC)
    record = built.stores.sealer.record("look", who, look, about=UUID(about) if about else None, at=at)
    with built.stores.database.transaction() as connection:
        built.stores.leaves.append_records(connection, [record])
    return record.leaf.record


def standing(built: Built) -> dict[date, str]:
    """How each day stands whose period has ended."""
    lines = retention_of(built).due(SIONE).lines
    return {day: one.state for one in lines if (day := access_day_of(UUID(one.id))) is not None}


def rows(built: Built, *days: date) -> list[tuple[Any, ...]]:
    """Everything that the database holds of the accesses of some days, byte for byte, with what opens it."""
    with built.stores.database.transaction() as connection:
        found = connection.execute(
            """select l.*, r.* from leaf l join record r on r.id = l.record where l.kind like 'look%%'
            and (l.at at time zone 'UTC')::date = any(%s) order by l.idx""",
            (list(days),),
        ).fetchall()
        ids = [row[1] for row in found]
        opened = built.stores.leaves.bodies(connection, ids)
    return [*found, *((one, opened[one][1]) for one in sorted(opened))]


def audited(built: Built) -> list[Any]:
    audit = RowAudit(built.stores)
    while audit.step() is None:
        pass
    return list(audit.differences())


def case_of(built: Built, record: UUID, day: date, state: Any = "open") -> WatchFile:
    """A case of internal affairs that rests on an access."""
    evidence = Evidence(id=str(record), at=datetime.combine(day, time(9), UTC), what="look", subject="", officer="anna")
    return WatchFile(
        id="01a21032-dbd8-7236-9320-ac0953c99041", about="anna", reason="unexplained", message="x", arguments={},
        chance=0.0, rank=1, explained={}, unexplained=1, accepted=(), evidence=(evidence,), version=1, digest="",
        found=datetime.now(UTC), state=state,
    )  # fmt: skip


def kept(built: Built, kind: str, name: str, body: Any, state: str = "kept") -> None:
    with built.stores.database.transaction() as connection:
        DocumentFiles(built.stores).keep(connection, kind, name, (body, AFFAIRS), state)


def test_an_id_says_its_day_and_other_ids_say_none() -> None:
    assert access_day_of(access_day_id(OLD)) == OLD
    assert str(access_day_id(date(2026, 3, 1))).endswith("20260301")
    for other in ("01a21032-dbd8-7236-9320-ac0953c99041", "acce5500-0000-8000-8000-000020269901"):
        assert access_day_of(UUID(other)) is None


def test_each_day_is_one_thing_and_due_after_its_last_access(built: Built) -> None:
    for day in (OLDER, OLD, OLD, FRESH):
        accessed(built, day)
    accessed(built, OLD, hour=23)
    assert standing(built) == {OLDER: "due", OLD: "due"}
    plan = retention_of(built).plan(SIONE)
    assert plan.classes["accesses"] == {"due": 2, "running": 2}  # that day and today, on which the plan was asked for
    with pytest.raises(SenderError, match="is not due"):
        retention_of(built).propose_erasure(SIONE, REASON, (str(access_day_id(FRESH)),))


def test_a_day_is_erased_by_two_and_the_log_and_the_audit_hold(built: Built) -> None:
    _, dossier = lodged(built)
    gone = [accessed(built, OLD, about=dossier), accessed(built, OLD, "bert")]
    accessed(built, FRESH, about=dossier)
    before = rows(built, FRESH)
    told = erased(built)
    [line] = told.destroyed
    assert (line.id, line.class_, line.law, len(line.leaves)) == (str(access_day_id(OLD)), "accesses", LAW, 2)
    assert (rows(built, OLD), rows(built, FRESH)) == ([], before)
    with built.stores.database.transaction() as connection:
        leaves = built.stores.leaves.of_records(connection, gone)
    assert [(one.kind, one.actor, one.digest, one.nonce) for one in leaves] == [("look", "", b"", None)] * 2
    built.sign()
    files = built.stores.log_files
    assert ledger.verify_log(files.read, files.paths).holds
    assert audited(built) == []
    report = retention_of(built).report(SIONE, TODAY - timedelta(days=1), TODAY + timedelta(days=1))
    assert report.holds
    assert [(one.kind, one.laws, one.leaves, one.keys_gone) for one in report.lines] == [("schedule", {LAW: 1}, 2, 2)]


_OFFSETS = st.lists(st.integers(370, 390), min_size=1, max_size=12)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(offsets=_OFFSETS, data=st.data())
def test_erasing_days_never_changes_a_record_of_another(built: Built, offsets: list[int], data: st.DataObject) -> None:
    for number, offset in enumerate(offsets):
        accessed(built, TODAY - timedelta(days=offset), hour=number)
    every = sorted(standing(built))
    chosen = data.draw(st.sets(st.sampled_from(every), min_size=1))
    others = [one for one in every if one not in chosen] + [TODAY - timedelta(days=n) for n in range(1, 300)]
    before = rows(built, *others)
    told = erased(built, *(str(access_day_id(one)) for one in sorted(chosen)))
    assert {access_day_of(UUID(one.id)) for one in told.destroyed} == chosen
    assert rows(built, *chosen) == []
    assert rows(built, *others) == before
    assert sorted(standing(built)) == [one for one in every if one not in chosen]


def test_a_look_that_lasted_goes_with_its_day(built: Built) -> None:
    at = datetime.combine(OLD, time(9), UTC)
    look = AccessRecord(who="anna", roles=("officer",), what="positions", purpose="control", subjects=("D1",), since=at)
    record = built.stores.sealer.record("look", "anna", look, at=at)
    spans = msgspec.json.encode({"D1": (at, at)})
    watch = StoredWatch(
        who="anna", what="positions", purpose="control", roles=["officer"], began=at, last=at, spans=spans
    )
    with built.stores.database.transaction() as connection:
        Watches().put(connection, watch)
        built.stores.leaves.append_records(connection, [record])
    [line] = erased(built).destroyed
    assert len(line.leaves) == 2  # the look, and its end that was sealed first
    assert (rows(built, OLD), audited(built)) == ([], [])


@pytest.mark.parametrize(
    "target", ["accesses", "span", "account", "case", "consignment", "message", "sender", "everything"]
)
def test_a_hold_over_accesses_beats_the_period_until_two_release_it(built: Built, target: str) -> None:
    message, dossier = lodged(built)
    accessed(built, OLD, "anna", about=dossier, case="XA/7")
    accessed(built, OLDER, "bert")
    values = {
        "accesses": str(OLD), "span": f"{OLD - timedelta(days=3)}..{OLD + timedelta(days=3)}", "account": "anna", "case": "XA/7",
        "consignment": dossier, "message": message, "sender": "ACME", "everything": "",
    }  # fmt: skip
    built.house.governance.accounts.put_officer("anna", "Anna", "officer", None, "seal and cord and wax")
    kind: Any = "accesses" if target == "span" else target
    retention_of(built).place_hold(SIONE, hold(target=kind, value=values[target]))
    free = {} if target == "everything" else {OLDER: "due"}
    assert standing(built) == {OLD: "held", OLDER: "held", **free}
    with pytest.raises(SenderError, match="is not due"):
        retention_of(built).propose_erasure(SIONE, REASON, (str(access_day_id(OLD)),))
    given_ = retention_of(built).release_hold(SIONE, "2026-KB-17", "the case is closed")
    retention_of(built).confirm_erasure(VEA, given_.proposal.id)
    assert standing(built) == {OLD: "due", OLDER: "due"}


def test_a_hold_that_comes_after_the_proposal_spares_its_days_alone(built: Built) -> None:
    accessed(built, OLD)
    accessed(built, OLDER)
    proposed = retention_of(built).propose_erasure(SIONE, REASON)
    retention_of(built).place_hold(SIONE, hold(target="accesses", value=str(OLD)))
    retention_of(built).confirm_erasure(VEA, proposed.proposal.id)
    told = msgspec.json.decode(built.bodies("destruction")[-1], type=Destruction)
    assert [access_day_of(UUID(one.id)) for one in told.destroyed] == [OLDER]
    assert [(access_day_of(UUID(one.id)), one.why) for one in told.spared] == [(OLD, "held (2026-KB-17)")]


@pytest.mark.parametrize(
    ("target", "value", "says"),
    [
        ("accesses", "yesterday", "a day such as"),
        ("accesses", "2026-03-31..2026-03-01", "a day such as"),
        ("accesses", "2026-03-01..2026-03-02..2026-03-03", "a day such as"),
        ("accesses", "0001-01-01..9999-12-31", "a day such as"),
        ("accesses", "", "what the hold is on"),
        ("account", "nobody", "no such account"),
        ("case", " ", "what the hold is on"),
    ],
)
def test_a_hold_on_no_day_or_nobody_is_none(built: Built, target: Any, value: str, says: str) -> None:
    with pytest.raises(SenderError, match=says):
        retention_of(built).place_hold(SIONE, hold(target=target, value=value))
    assert retention_of(built).holds(SIONE) == ()


def test_an_open_case_keeps_its_days_and_nobody_is_told_that_it_is_one(built: Built) -> None:
    record = accessed(built, OLD)
    accessed(built, OLDER)
    case = case_of(built, record, OLD)
    kept(built, CASE, case.id, case, "open")
    assert standing(built) == {OLD: "suspended", OLDER: "due"}
    with built.stores.database.transaction() as connection:  # an insider takes the case out of the database
        connection.execute(
            "delete from case_file_key where file in (select id from case_file where kind = 'watch-case')"
        )
        connection.execute("delete from case_file where kind = 'watch-case'")
    [line] = [one for one in retention_of(built).due(SIONE).lines if one.state == "suspended"]
    assert line.why == ("open-matter",)
    assert [access_day_of(UUID(one.id)) for one in erased(built).destroyed] == [OLDER]


def test_a_case_that_is_closed_keeps_nothing(built: Built) -> None:
    case = case_of(built, accessed(built, OLD), OLD, "closed")
    kept(built, CASE, case.id, case, "closed")
    assert standing(built) == {OLD: "due"}


def test_an_emergency_that_nobody_reviewed_looks_the_same_as_a_case(built: Built) -> None:
    _, dossier = lodged(built)
    accessed(built, OLD, about=dossier)
    at = datetime.combine(OLD, time(9), UTC)
    told = Emergency(
        id="01a21032-dbd8-7236-9320-ac0953c99041", by="anna", consignment=dossier, reference="R1", reason="fire", case="1", opened=at,
        until=at + timedelta(hours=1),
    )  # fmt: skip
    kept(built, "emergency", told.id, told)
    [line] = [one for one in retention_of(built).due(SIONE).lines if access_day_of(UUID(one.id)) == OLD]
    assert (line.state, line.why) == ("suspended", ("open-matter",))


def test_an_order_erases_no_day(built: Built) -> None:
    accessed(built, OLD)
    wanted = str(access_day_id(OLD))
    for act in (
        lambda: Erasure(built.stores).erase(wanted, who="root", reason="order"),
        lambda: retention_of(built).propose_order(SIONE, wanted, "order"),
        lambda: retention_of(built).plan_order(SIONE, wanted),
    ):
        with pytest.raises(SenderError, match="under a retention schedule alone") as refused:
            act()
        assert refused.value.code == "erasure-schedule-only"
    assert len(rows(built, OLD)) == 2


def test_a_time_that_was_changed_in_the_database_destroys_no_access(built: Built) -> None:
    record = accessed(built, FRESH)
    with built.stores.database.transaction() as connection:
        connection.execute("update leaf set at = at - interval '500 days' where record = %s", (record,))
    day = FRESH - timedelta(days=500)
    told = erased(built, str(access_day_id(day)))
    assert told.destroyed == ()
    assert "differ from the sealed ones" in told.spared[0].why


def test_the_trader_is_told_that_it_is_not_known_and_not_that_there_was_no_access(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    came = datetime.combine(OLDER, time(8), UTC)
    message, dossier = lodged(built, received=came)
    later, _ = lodged(built, "R2")
    accessed(built, OLDER, about=dossier)
    accessed(built, FRESH, about=dossier, purpose="release")
    monkeypatch.setattr(own_affairs, "_now", lambda: datetime.now(UTC) + timedelta(days=30))
    affairs = built.house.queries.own_affairs
    assert {one.day for one in affairs.own_accesses(ACME, message).accesses} >= {OLDER, FRESH}
    assert affairs.own_accesses(ACME, message).destroyed_until is None
    erased(built)
    told = affairs.own_accesses(ACME, message)
    assert (told.destroyed_until, told.destroyed_under) == (OLDER, (LAW,))
    assert {one.day for one in told.accesses} >= {FRESH} and OLDER not in {one.day for one in told.accesses}
    assert affairs.own_accesses(ACME, later).destroyed_until is None  # it came after all that was destroyed
    entries = built.house.queries.records.dossier(officer(), dossier).timeline
    [entry] = [one for one in entries if one.code == "looks-destroyed"]
    assert entry.arguments == {"day": OLDER.isoformat(), "law": LAW}
    export, _ = built.house.governance.subjects.export(SIONE, "ACME", "request of the person")
    assert (export.looks_destroyed_until, export.looks_destroyed_under) == (OLDER, (LAW,))


def test_a_trader_cannot_tell_from_what_is_left_that_a_day_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_affairs, "_now", lambda: datetime.now(UTC) + timedelta(days=30))
    answers = []
    for is_held in (False, True):
        made = build(tmp_path / str(is_held), red_per_day=0, yellow_per_day=0, random_share=0.0)
        made.settings.retention_file.write_bytes(SCHEDULE)
        for one in (SIONE, VEA):
            made.house.governance.accounts.put_officer(one.id, one.id, "supervisor", None, "seal and cord and wax")
        message, dossier = lodged(made, received=datetime.combine(OLDER, time(8), UTC))
        for day in (OLDER, OLD):
            accessed(made, day, about=dossier)
        if is_held:
            retention_of(made).place_hold(SIONE, hold(target="accesses", value=str(OLDER)))
        erased(made)
        told = made.house.queries.own_affairs.own_accesses(ACME, message)
        answers.append(msgspec.structs.replace(told, message="", opens=TODAY))
        assert bool(rows(made, OLDER)) == is_held  # the control: the worlds do differ
        made.house.close()
    assert answers[0] == answers[1]
    assert answers[0].destroyed_until == OLD


def test_overseers_and_watchers_are_told_from_which_day_they_see(built: Built) -> None:
    accessed(built, OLD)
    accessed(built, OLDER)
    policies, watchers = built.house.governance.policies, built.house.governance.watchers
    assert policies.looks(SIONE).destroyed is None
    assert watchers.cases(AFFAIRS).sees_from is None
    erased(built)
    gone = policies.looks(SIONE).destroyed
    assert gone is not None and (gone.until, gone.days, gone.laws, gone.seen_from) == (
        OLD,
        2,
        (LAW,),
        OLD + timedelta(days=1),
    )
    assert policies.looks(SIONE, LookFilter(first=OLD + timedelta(days=2))).destroyed is None
    assert watchers.cases(AFFAIRS).sees_from == OLD + timedelta(days=1)
    assert watchers.find(AFFAIRS).sees_from is None  # the last 60 days are whole
    assert watchers.find(AFFAIRS, days=450).sees_from == OLD + timedelta(days=1)


def test_a_record_that_was_altered_says_nothing_of_destroyed_days(built: Built) -> None:
    accessed(built, OLD)
    erased(built)
    assert built.house.governance.policies.looks(SIONE).destroyed is not None
    with built.stores.database.transaction() as connection:
        connection.execute("update leaf set at = at - interval '1 day' where kind = 'destruction'")
    assert built.house.governance.policies.looks(SIONE).destroyed is None

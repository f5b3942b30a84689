# SPDX-License-Identifier: Apache-2.0
"""Break-glass over a database: one consignment, for a short time, to be read; told at once, marked, and judged by another."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket.errors import PolicyError, SenderError
from cocket.governance import Principal
from cocket.governance.emergencies import Emergency
from cocket.pipeline.base.access import NotFoundError
from cocket.pipeline.base.notices import KINDS
from cocket.pipeline.operations import health
from cocket.pipeline.operations.notice_sending import SENTENCES
from cocket.pipeline.operations.row_audit import RowAudit
from cocket.pipeline.queries import emergencies as module
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration

REASON, CASE = "goods burn at the quay", "2026-17"


def person(name: str, role: str = "officer", office: str | None = "XB999999") -> Principal:
    return Principal(id=name, kind="officer", roles=(role,), office=office)


BEN, OLGA = person("ben"), person("olga")
HEAD, FAR_HEAD = person("head", "supervisor", None), person("far", "supervisor")
HOME_HEAD = person("home", "supervisor", "XAPRT001")
AUDITOR = person("arjun", "auditor", None)


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, emergency_per_day=2)
    for one in (BEN, HEAD, FAR_HEAD, HOME_HEAD):
        made.house.governance.accounts.put_without_password(
            one.id, one.id, one.roles[0], one.office, by="cli", shown_to="cli"
        )
    given = [envelope(declaration(name)) for name in ("R1", "R2", "R3")]
    made.house.intake.messages.take_many(given, principal=trader("ACME"))
    made.desk()
    yield made
    made.house.close()


def found(built: Built, reference: str = "R1") -> Any:
    (view,) = built.house.queries.records.find(officer("supervisor"), reference)
    return view


def opened(built: Built, who: Principal = BEN, reference: str = "R1") -> Emergency:
    return built.house.queries.emergencies.open_emergency(who, reference, REASON, CASE)


def later(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    class Later(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + by

    monkeypatch.setattr(module, "datetime", Later)


def check(built: Built) -> health.Check | None:
    return next((one for one in health.look(built.stores).checks if one.name == "emergencies"), None)


def test_an_officer_of_another_office_reads_the_one_consignment_and_its_papers(built: Built) -> None:
    service, records = built.house.queries.emergencies, built.house.queries.records
    wanted = found(built)
    with pytest.raises(NotFoundError):
        records.dossier(BEN, wanted.id)
    one = opened(built)
    assert (one.consignment, one.by, one.until - one.opened) == (wanted.id, "ben", timedelta(minutes=60))
    _, dossier = service.dossier(BEN, one.id)
    assert dossier.summary.id == wanted.id
    assert dossier.summary.advice is not None
    (paper,) = dossier.papers
    assert service.content(BEN, one.id, paper.id) == declaration("R1")
    with pytest.raises(NotFoundError):
        records.dossier(BEN, wanted.id)
    with pytest.raises(NotFoundError):
        records.content(BEN, paper.id)


def test_nothing_else_is_seen_under_it_and_nobody_else_uses_it(built: Built) -> None:
    service, one = built.house.queries.emergencies, opened(built)
    other = found(built, "R2")
    (paper,) = built.house.queries.records.dossier(officer("supervisor"), other.id).papers
    with pytest.raises(NotFoundError):
        service.content(BEN, one.id, paper.id)
    for who in (OLGA, HEAD, AUDITOR, trader("ACME"), msgspec.structs.replace(BEN, kind="key")):
        with pytest.raises((NotFoundError, PolicyError)):
            service.dossier(who, one.id)
        with pytest.raises((NotFoundError, PolicyError)):
            service.end_emergency(who, one.id) if who.id != "ben" else service.content(who, one.id, paper.id)


def test_no_act_is_allowed_by_it(built: Built) -> None:
    one = opened(built)
    acts = built.house.control.officer_acts
    for act in (
        lambda: built.house.control.desk_notes.comment(BEN, one.consignment, "seen"),
        lambda: acts.override(BEN, one.consignment, "green", "it burns"),
        lambda: built.house.measures.payments.advise(BEN, one.consignment),
    ):
        with pytest.raises((NotFoundError, PolicyError)):
            act()


def test_each_look_is_marked_and_stands_in_the_timeline_with_reason_and_case(built: Built) -> None:
    service, one = built.house.queries.emergencies, opened(built)
    service.dossier(BEN, one.id)
    look = msgspec.json.decode(built.bodies("look")[-1])
    assert (look["who"], look["emergency"], look["case"], look["what"]) == ("ben", one.id, CASE, "dossier")
    service.end_emergency(BEN, one.id)
    service.review_emergency(HEAD, one.id, "it did burn", is_justified=True)
    timeline = built.house.queries.records.dossier(officer("supervisor"), one.consignment).timeline
    told = [entry.message.format(**entry.arguments) for entry in timeline]
    for said in (
        f"ben opened it in an emergency, case {CASE}: {REASON}",
        f"ben accessed the dossier in an emergency, case {CASE}",
        "ben ended the access in an emergency",
        "head reviewed the access in an emergency, justified: it did burn",
    ):
        assert said in told
    other = next(body for body in map(msgspec.json.decode, built.bodies("look")) if body["who"] != "ben")
    assert "emergency" not in other


def test_it_ends_by_itself_and_early_and_then_lets_in_no_more(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    service, first = built.house.queries.emergencies, opened(built)
    second = opened(built, reference="R2")
    service.end_emergency(BEN, first.id)
    with pytest.raises(NotFoundError):
        service.dossier(BEN, first.id)
    with pytest.raises(SenderError):
        service.end_emergency(BEN, first.id)
    later(monkeypatch, timedelta(minutes=59))
    service.dossier(BEN, second.id)
    later(monkeypatch, timedelta(minutes=61))
    with pytest.raises(NotFoundError):
        service.dossier(BEN, second.id)


@pytest.mark.parametrize(
    ("reason", "case"),
    [("", CASE), ("x", CASE), (REASON, " "), ("x" * 401, CASE), (REASON, "x" * 81), (REASON, "a\u200bb")],
)
def test_reason_and_case_are_needed(built: Built, reason: str, case: str) -> None:
    with pytest.raises(SenderError) as refused:
        built.house.queries.emergencies.open_emergency(BEN, "R1", reason, case)
    assert refused.value.code == "emergency-words"
    assert built.bodies("emergency") == []


def test_what_one_may_see_anyway_has_open_or_that_is_not_there_is_not_opened(built: Built) -> None:
    service = built.house.queries.emergencies
    near = person("near", office="XAPRT001")
    with pytest.raises(SenderError) as refused:
        service.open_emergency(near, "R1", REASON, CASE)
    assert refused.value.code == "emergency-needless"
    with pytest.raises(NotFoundError):
        service.open_emergency(BEN, "NOTHING", REASON, CASE)
    opened(built)
    with pytest.raises(SenderError) as refused:
        opened(built)
    assert refused.value.code == "emergency-open"


def test_one_person_opens_so_many_a_day(built: Built) -> None:
    for reference in ("R1", "R2"):
        opened(built, reference=reference)
    with pytest.raises(SenderError) as refused:
        opened(built, reference="R3")
    assert refused.value.code == "emergency-limit"
    with pytest.raises(SenderError) as refused:  # whether it is there is not told either
        opened(built, reference="NOTHING")
    assert refused.value.code == "emergency-limit"
    opened(built, OLGA, "R3")


@pytest.mark.parametrize(
    "who",
    [
        trader("ACME"),
        Principal(id="host", kind="key", roles=("host",)),
        Principal(id="program", kind="key", roles=("officer",), office="XB999999"),
        person("ana", "analyst"),
        person("aud", "auditor"),
        person("ia", "internal-affairs"),
    ],
)
def test_machines_traders_and_other_roles_open_none(built: Built, who: Principal) -> None:
    with pytest.raises(PolicyError):
        built.house.queries.emergencies.open_emergency(who, "R1", REASON, CASE)


def test_supervisors_are_told_at_once_and_health_is_not_well_until_it_ends(built: Built) -> None:
    assert check(built) is None
    one = opened(built)
    found_check = check(built)
    assert found_check is not None and found_check.state == "degraded" and "ben opened R1" in found_check.words
    inbox = built.house.queries.inbox
    assert [inbox.inbox(who).emergencies for who in (HEAD, HOME_HEAD, FAR_HEAD)] == [1, 1, 0]
    assert inbox.asks(HEAD)[0] == 1
    built.house.queries.emergencies.end_emergency(BEN, one.id)
    found_check = check(built)
    assert found_check is not None and found_check.state == "well"


def test_a_review_is_by_another_supervisor_with_words_and_once(built: Built) -> None:
    service, one = built.house.queries.emergencies, opened(built)
    for who in (AUDITOR, FAR_HEAD, OLGA, BEN):
        with pytest.raises((NotFoundError, PolicyError)):
            service.review_emergency(who, one.id, "why", is_justified=True)
    with pytest.raises((SenderError, PolicyError)):
        service.review_emergency(HEAD, one.id, " ", is_justified=True)
    after = service.review_emergency(HOME_HEAD, one.id, "no fire there", is_justified=False)
    assert (after.reviewer, after.is_justified) == ("home", False)
    with pytest.raises(NotFoundError):
        service.dossier(BEN, one.id)
    with pytest.raises(SenderError):
        service.review_emergency(HEAD, one.id, "why", is_justified=True)


def test_nobody_reviews_his_own(built: Built) -> None:
    service, one = built.house.queries.emergencies, opened(built, FAR_HEAD)
    with pytest.raises((NotFoundError, PolicyError)):
        service.review_emergency(msgspec.structs.replace(FAR_HEAD, office=None), one.id, "why", is_justified=True)


def test_a_review_that_is_overdue_is_told(built: Built) -> None:
    one = opened(built)
    late = one.until + timedelta(hours=24)
    assert one.is_overdue(late, 24.0) and not one.is_overdue(late - timedelta(seconds=1), 24.0)


@pytest.mark.parametrize(
    ("who", "sees"), [(BEN, True), (HEAD, True), (HOME_HEAD, True), (AUDITOR, True), (OLGA, False), (FAR_HEAD, False)]
)
def test_who_knows_of_it(built: Built, who: Principal, sees: bool) -> None:
    service, one = built.house.queries.emergencies, opened(built)
    assert [view.emergency.id for view in service.emergencies(who)] == ([one.id] if sees else [])
    if sees:
        assert service.emergency(who, one.id).is_open
    else:
        with pytest.raises(NotFoundError):
            service.emergency(who, one.id)


@pytest.mark.parametrize("who", [trader("ACME"), person("ia", "internal-affairs"), person("ana", "analyst")])
def test_to_all_others_there_are_none(built: Built, who: Principal) -> None:
    one = opened(built)
    with pytest.raises(PolicyError):
        built.house.queries.emergencies.emergencies(who)
    with pytest.raises(NotFoundError):
        built.house.queries.emergencies.emergency(who, one.id)


def test_a_house_may_have_none(tmp_path: Path) -> None:
    made = build(tmp_path, emergency_minutes=0)
    with pytest.raises(PolicyError):
        made.house.queries.emergencies.open_emergency(BEN, "R1", REASON, CASE)
    made.house.close()


def test_a_row_that_is_put_back_opens_nothing(built: Built) -> None:
    service, one = built.house.queries.emergencies, opened(built)
    with built.stores.database.transaction() as connection:
        before = connection.execute("select body, changed, mac from case_file where kind = 'emergency'").fetchone()
    service.end_emergency(BEN, one.id)
    with built.stores.database.transaction() as connection:
        connection.execute("update case_file set body = %s, changed = %s, mac = %s where kind = 'emergency'", before)
    with pytest.raises(Exception, match="not what was sealed last"):
        service.dossier(BEN, one.id)


def test_one_that_was_not_justified_is_a_case_of_the_watchers_once(built: Built) -> None:
    service, watchers = built.house.queries.emergencies, built.house.governance.watchers
    affairs = person("ia", "internal-affairs", None)
    first, second = opened(built), opened(built, OLGA, "R2")
    service.review_emergency(HEAD, first.id, "no fire there", is_justified=False)
    service.review_emergency(HEAD, second.id, "there was", is_justified=True)
    for _ in range(2):
        watchers.find(affairs)
    (case,) = [one.file for one in watchers.cases(affairs).cases if one.file.reason == "emergency"]
    assert (case.about, case.arguments, [one.subject for one in case.evidence]) == (
        "ben",
        {"number": "1"},
        [first.consignment],
    )


def test_every_row_agrees_with_its_record_after_each_step(built: Built) -> None:
    service, one = built.house.queries.emergencies, opened(built)
    service.dossier(BEN, one.id)
    service.end_emergency(BEN, one.id)
    service.review_emergency(HEAD, one.id, "it did burn", is_justified=True)
    audit = RowAudit(built.stores)
    while audit.step() is None:
        pass
    assert [told for told in audit.differences() if told.table == "case_file"] == []


def test_every_kind_of_notice_has_words_to_send() -> None:
    assert set(SENTENCES) == {*KINDS, "test"}

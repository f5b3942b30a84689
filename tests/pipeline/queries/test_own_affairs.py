# SPDX-License-Identifier: Apache-2.0
"""What a trader sees of his own affairs, in a real house."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from cocket.errors import PolicyError
from cocket.governance import Principal, Resource, stating
from cocket.pipeline import NotFoundError
from cocket.pipeline.base.access import Access, Subject
from cocket.pipeline.queries import own_affairs as module
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.pipeline.partners.test_efti import ROAD

ACME = trader("ACME")


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path)
    yield made
    made.house.close()


def sent(built: Built, *contents: bytes, sender: str = "ACME") -> list[str]:
    answers = [
        built.house.intake.messages.take_many([envelope(content, sender)], principal=trader(sender))[0]
        for content in contents
    ]
    built.desk()
    return [str(one.id) for one in answers]


def test_a_trader_sees_his_messages_with_what_is_wrong_and_no_others(built: Built) -> None:
    wrong = declaration("R2").replace(b">4120.5<", b">no mass<")
    good, refused, unread = sent(built, declaration("R1"), wrong, b"<nothing/>")
    sent(built, declaration("R9"), sender="OTHER")
    found = built.house.queries.own_affairs.own_messages(ACME)
    assert [one.id for one in found.messages] == [unread, refused, good] and found.next is None
    last, middle, first = found.messages
    assert (first.outcome, first.findings, first.opens) == (
        "accepted", (), datetime.now(UTC).date() + timedelta(days=7),
    )  # fmt: skip
    assert middle.outcome == "refused" and middle.findings and middle.opens is None
    assert (last.standard, last.opens) == (None, None)
    with pytest.raises(PolicyError):
        built.house.queries.own_affairs.own_messages(officer("supervisor"))
    assert b'"what":"own messages"' in built.bodies("look")[-1]


def test_the_list_goes_on_where_it_ended(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = sent(built, *(declaration(f"R{number}") for number in range(5)))
    monkeypatch.setattr(module, "PAGE", 2)
    affairs, seen, before = built.house.queries.own_affairs, [], None
    while True:
        page = affairs.own_messages(ACME, before)
        seen += [one.id for one in page.messages]
        before = page.next
        if before is None:
            break
    assert seen == ids[::-1]


def test_who_accessed_is_told_once_it_is_open_by_agency_and_purpose_and_no_investigation(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    (message,) = sent(built, declaration("R1"))
    records, affairs = built.house.queries.records, built.house.queries.own_affairs
    (consignment,) = records.message(officer("analyst"), message).consignment_ids
    records.dossier(stating(officer(), "analysis"), consignment)
    records.dossier(stating(officer("auditor"), "oversight"), consignment)
    before = affairs.own_accesses(ACME, message)
    assert (before.accesses, before.opens) == ((), datetime.now(UTC).date() + timedelta(days=7))
    monkeypatch.setattr(module, "_now", lambda: datetime.now(UTC) + timedelta(days=7))
    told = affairs.own_accesses(ACME, message)
    assert [(one.agency, one.purpose) for one in told.accesses] == [("customs", "control")]
    records.dossier(stating(officer(), "release"), consignment)
    assert [one.purpose for one in affairs.own_accesses(ACME, message).accesses] == ["release", "control"]


def test_only_his_own_declaration(built: Built) -> None:
    message, unread = sent(built, declaration("R1"), b"<nothing/>")
    for who, wanted in ((trader("OTHER"), message), (officer(), message), (ACME, unread), (ACME, "nothing")):
        with pytest.raises(NotFoundError):
            built.house.queries.own_affairs.own_accesses(who, wanted)


def test_of_another_paper_only_what_partners_were_given_under_agreements_is_told(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared, dataset = sent(built, declaration("R1"), ROAD)
    stores, affairs, access = built.stores, built.house.queries.own_affairs, Access(built.stores)
    gate = Principal(id="gate-b", kind="key", roles=("agency",), senders=("GATEB",), purpose="control")

    def given(what: str, *subjects: str) -> None:
        with stores.database.transaction() as connection:
            access.require(gate, "efti:ask", Resource(sender="GATEB"))
            access.seal(connection, access.given(gate, what, Subject(ids=subjects, about=UUID(subjects[0])), "gate-b"))

    (dossier,) = built.house.queries.records.message(officer("analyst"), declared).consignment_ids
    given("efti dataset", dossier, declared)
    given("efti dataset", dataset)
    built.house.queries.records.message(stating(officer(), "control"), dataset)
    for message in (declared, dataset):
        before = affairs.own_accesses(ACME, message)
        assert (before.accesses, before.opens) == ((), datetime.now(UTC).date() + timedelta(days=7))
    monkeypatch.setattr(module, "_now", lambda: datetime.now(UTC) + timedelta(days=7))
    told = affairs.own_accesses(ACME, dataset)
    partner = ("agency", "control", "efti-dataset", "gate-b")
    assert [(one.agency, one.purpose, one.given, one.agreement) for one in told.accesses] == [partner]
    assert told.is_given_only
    told = affairs.own_accesses(ACME, declared)
    assert partner in [(one.agency, one.purpose, one.given, one.agreement) for one in told.accesses]
    assert not told.is_given_only

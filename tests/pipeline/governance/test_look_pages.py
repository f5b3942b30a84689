# SPDX-License-Identifier: Apache-2.0
"""Accesses page by page: each once, none left out unsaid, and only for whoever oversees all offices."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket.errors import PolicyError, SenderError
from cocket.governance import Principal, stating
from cocket.pipeline.governance import look_pages
from cocket.pipeline.governance.look_pages import LookFilter, LookLine
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration

VEA = Principal(id="vea", kind="officer", roles=("supervisor",))
LUPE = Principal(id="lupe", kind="officer", roles=("officer",))
TODAY = datetime.now(UTC).date()


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Built]:
    made = build(tmp_path)
    monkeypatch.setattr(look_pages, "PAGE", 3)
    monkeypatch.setattr(look_pages, "_AT_ONCE", 2)
    yield made
    made.house.close()


def looked(built: Built) -> list[str]:
    """Two consignments, at which lupe looks four times and anna once, for an audit."""
    ids = []
    for name in ("R1", "R2"):
        (answer,) = built.house.intake.messages.take_many([envelope(declaration(name))], principal=trader("ACME"))
        built.desk()
        ids += built.house.queries.records.message(officer("auditor"), answer.id).consignment_ids
    for consignment in (*ids, *ids):
        built.house.queries.records.dossier(LUPE, consignment)
    anna = stating(Principal(id="anna", kind="officer", roles=("analyst",)), "analysis", "A-17")
    built.house.queries.records.dossier(anna, ids[0])
    return ids


def every(built: Built, **wanted: Any) -> list[LookLine]:
    """All pages of a question."""
    found: list[LookLine] = []
    before = None
    while True:
        page = built.house.governance.policies.looks(VEA, LookFilter(**wanted), before)
        assert len(page.lines) <= 3
        found += page.lines
        if page.next is None:
            return found
        assert before is None or page.next < before
        before = page.next


def test_page_after_page_each_access_comes_once_the_newest_first(built: Built) -> None:
    looked(built)
    lines = every(built, who="lupe")
    assert len(lines) == 4 == len({one.id for one in lines})
    assert [one.index for one in lines] == sorted((one.index for one in lines), reverse=True)
    sealed = len(built.bodies("look"))
    assert len([one for one in every(built) if one.who != "vea"]) == sum(
        msgspec.json.decode(body)["who"] != "vea" for body in built.bodies("look")
    )
    assert len(built.bodies("look")) > sealed  # to read accesses is one


def test_they_are_narrowed_by_who_role_purpose_case_object_and_day(built: Built) -> None:
    first, second = looked(built)
    assert {one.who for one in every(built, subject=first, what="dossier")} == {"lupe", "anna"}
    assert {one.who for one in every(built, subject=second, what="dossier")} == {"lupe"}
    for narrowed in ({"role": "analyst"}, {"purpose": "analysis", "case": "A-17"}, {"case": "A-17"}):
        assert [one.who for one in every(built, what="dossier", **narrowed)] == ["anna"], narrowed
    assert every(built, who="nobody") == [] and every(built, case="A-1") == []
    for days, count in (({"first": TODAY - timedelta(days=1), "last": TODAY + timedelta(days=1)}, 4),
                        ({"first": TODAY + timedelta(days=2)}, 0), ({"last": TODAY - timedelta(days=2)}, 0)):  # fmt: skip
        assert len(every(built, who="lupe", **days)) == count, days
    assert every(built, who="lupe", shown="part") == []


def test_a_narrow_question_says_how_far_it_searched_and_goes_on_from_there(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked(built)
    monkeypatch.setattr(look_pages, "MOST_SEARCHED", 2)
    page = built.house.governance.policies.looks(VEA, LookFilter(case="A-17", what="message"))
    assert (page.lines, page.searched) == ((), 2) and page.next is not None
    assert [one.who for one in every(built, case="A-17")] == ["anna"]


def test_what_can_no_longer_be_opened_is_counted(built: Built) -> None:
    looked(built)
    with built.stores.database.transaction() as connection:
        rows = connection.execute(
            "select l.key from leaf l join record r on r.id = l.record where r.kind = 'look' and l.actor = 'lupe' limit 2"
        ).fetchall()
    built.stores.leaves.keys.destroy([row[0] for row in rows])
    pages = [built.house.governance.policies.looks(VEA, LookFilter(who="lupe"))]
    while pages[-1].next is not None:
        pages.append(built.house.governance.policies.looks(VEA, LookFilter(who="lupe"), pages[-1].next))
    assert (sum(len(one.lines) for one in pages), sum(one.unread for one in pages)) == (2, 2)


def test_a_question_without_sense_and_whoever_is_of_an_office_are_refused(built: Built) -> None:
    policies = built.house.governance.policies
    for wanted in ({"role": "king"}, {"purpose": "fun"}, {"first": TODAY, "last": TODAY - timedelta(days=1)}):
        with pytest.raises(SenderError):
            policies.looks(VEA, LookFilter(**wanted))
    for who in (LUPE, trader("ACME"), msgspec.structs.replace(VEA, office="XA000001")):
        with pytest.raises(PolicyError):
            policies.looks(who)

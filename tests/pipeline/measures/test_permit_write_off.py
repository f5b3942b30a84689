# SPDX-License-Identifier: Apache-2.0
"""The desk writes declarations off the permits they name, without being asked."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from cocket.measures.permits import Permit, Taken
from cocket.pipeline import QueueFilter
from tests.houses import Built, build, envelope, officer, put_permit_issuers, trader
from tests.messages import declaration
from tests.pipeline.measures.test_permits import AGENCY, MINISTRY, NAME, permit


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path)
    put_permit_issuers(made, (AGENCY, "C400"))
    yield made
    made.house.close()


def lodge(built: Built, content: bytes) -> None:
    answer = built.house.intake.messages.take_many([envelope(content)], principal=trader("ACME"))[0]
    assert answer.outcome == "accepted", answer.findings
    built.desk()


def held(built: Built) -> Permit:
    return built.house.measures.permits.permit(officer(), NAME).permit


def kinds(built: Built) -> list[str]:
    with built.stores.database.transaction() as connection:
        rows = connection.execute("select kind from leaf where kind like 'permits-%%' order by idx")
        return [row[0] for row in rows]


def test_a_lodged_declaration_reserves_and_its_dossier_says_so(built: Built) -> None:
    built.house.measures.permits.register_permit(MINISTRY, permit())
    lodge(built, declaration("R1"))
    assert held(built).taken == Taken(Decimal("1800.5"), Decimal(0), 1)
    dossier = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines[0].id
    assert "permits-reserve" in {
        entry.code for entry in built.house.queries.records.dossier(officer(), dossier).timeline
    }


def test_a_third_declaration_is_refused_what_is_no_longer_there(built: Built) -> None:
    built.house.measures.permits.register_permit(MINISTRY, permit())
    for reference in ("R1", "R2", "R3"):
        lodge(built, declaration(reference))
    assert held(built).taken == Taken(Decimal(3601), Decimal(0), 2)
    assert kinds(built) == ["permits-reserve"] * 3


def test_papers_that_are_no_permits_leave_no_trace(built: Built) -> None:
    lodge(built, declaration("R1"))
    assert kinds(built) == []

# SPDX-License-Identifier: Apache-2.0
"""An insider links messages and dossiers: who reads what stays as the house filed it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cocket.errors import RowDiffersError
from cocket.pipeline.base.access import NotFoundError
from cocket.pipeline.operations.row_audit import RowAudit
from cocket.pipeline.operations.row_mac_upgrade import adopt_rows
from cocket.stores.ledger.leaves import PROMISES
from cocket.stores.operations.protected import PROTECTED
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration

HEAD = officer("supervisor")
ELSEWHERE = b"XA999999"


@dataclass(frozen=True)
class Two:
    """A house with a declaration at each of two offices.

    Attributes:
        made: The house.
        messages: Their messages (2).
        dossiers: Their dossiers (2).
        offices: Their offices (2).
    """

    made: Built
    messages: tuple[str, str]
    dossiers: tuple[str, str]
    offices: tuple[str, str]

    def sql(self, statement: str, *values: object) -> int:
        with self.made.stores.database.transaction() as connection:
            return connection.execute(statement, values).rowcount  # type: ignore[arg-type]

    def put_in(self) -> None:
        """What the insider does: the message of the second office becomes part of the first office's dossier."""
        self.sql(
            "insert into consignment_message (consignment, message, part) values (%s, %s, 0)",
            self.dossiers[0],
            self.messages[1],
        )

    def noted(self) -> int:
        return self.sql("select from row_difference where tbl = 'consignment_message'")


def filed(made: Built, content: bytes) -> tuple[str, str, str]:
    answer = made.house.intake.messages.take_many([envelope(content)], principal=trader("ACME"))[0]
    made.desk()
    (dossier,) = made.house.queries.records.message(HEAD, answer.id).consignment_ids
    office = made.house.queries.records.dossier(HEAD, dossier).summary.office
    assert office is not None
    return answer.id, dossier, office


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    made = build(tmp_path / "home")
    first = filed(made, declaration("R1"))
    second = filed(made, declaration("R2").replace(first[2].encode(), ELSEWHERE))
    messages, dossiers, offices = zip(first, second, strict=True)
    assert offices[0] != offices[1]
    yield Two(made, messages, dossiers, offices)
    made.stores.database.close()


def test_a_link_put_in_opens_no_message_of_another_office(two: Two) -> None:
    reader = officer(office=two.offices[0])
    two.put_in()
    with pytest.raises(NotFoundError):
        two.made.house.queries.records.message(reader, two.messages[1])
    with pytest.raises(NotFoundError):
        two.made.house.queries.records.content(reader, two.messages[1])
    assert two.made.house.queries.records.content(reader, two.messages[0])


def test_a_link_put_in_is_no_paper_of_the_dossier_and_is_noted(two: Two) -> None:
    two.put_in()
    assert two.noted() == 0
    assert [paper.id for paper in two.made.house.queries.records.dossier(HEAD, two.dossiers[0]).papers] == [
        two.messages[0]
    ]
    assert two.noted() == 1


def test_a_link_put_in_is_found_by_the_audit(two: Two) -> None:
    audit = RowAudit(two.made.stores)
    two.put_in()
    while audit.step() is None:
        pass
    assert "consignment_message" in {one.table for one in audit.differences()}


def test_a_dossier_whose_links_were_removed_says_so_in_words(two: Two) -> None:
    two.sql("delete from consignment_message where consignment = %s", two.dossiers[0])
    with pytest.raises(RowDiffersError, match="lists no message of this consignment"):
        two.made.house.queries.records.dossier(HEAD, two.dossiers[0])


def test_links_of_an_older_house_are_adopted(two: Two) -> None:
    for one in (*PROTECTED, PROMISES):
        two.sql(f"update {one.table} set {one.mac} = null")
    two.sql("delete from place where name = 'rows/adopted'")
    assert adopt_rows(two.made.stores) > 0
    assert [paper.id for paper in two.made.house.queries.records.dossier(HEAD, two.dossiers[1]).papers] == [
        two.messages[1]
    ]

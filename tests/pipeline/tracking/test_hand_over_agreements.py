# SPDX-License-Identifier: Apache-2.0
"""A journey is handed over as far as the agreement with the other administration goes, and not at all when that is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket.governance.agreements import read_agreement
from cocket.pipeline.base.access import AccessRecord
from cocket.pipeline.base.document_files import DocumentFiles
from cocket.pipeline.base.partner_agreements import AGREEMENT, AgreementOverError
from tests.governance.agreements.given import text
from tests.pipeline.tracking.tracked import SUPERVISOR, A, B, Tracked, neighbours


@pytest.fixture
def houses(tmp_path: Path) -> Iterator[tuple[Tracked, Tracked]]:
    made = neighbours(tmp_path)
    yield made
    for one in made:
        one.close()


def agree(house: Tracked, **instead: Any) -> None:
    """An agreement as two persons have put it in force."""
    read = read_agreement(text(partner=f'"{B}"', **instead))
    made = msgspec.structs.replace(read, by="sione, vea", at=datetime.now(UTC))
    stores = house.built.stores
    with stores.database.transaction() as connection:
        DocumentFiles(stores).keep(connection, AGREEMENT, made.name, (made, SUPERVISOR))


def test_fields_are_those_of_the_agreement_and_none_are_given_after_it(houses: tuple[Tracked, Tracked]) -> None:
    a, b = houses
    hand_over = a.house.tracking.hand_overs.hand_over
    lines = [
        a.activate(reference=f"26XX00000000000{n}T1", devices=(f"dev-{n}",), operator="Kestrel Haulage") for n in (1, 2)
    ]
    agree(a, ends="2020-02-01")
    with pytest.raises(AgreementOverError, match=r"expired on 2020-02-01\. Nothing is given under it"):
        hand_over(SUPERVISOR, lines[0].id, B, "MALABA", "a note")
    agree(a)
    sent = hand_over(SUPERVISOR, lines[0].id, B, "MALABA", "a note")
    _, content = b.house.tracking.hand_overs.read_hand_over(SUPERVISOR, sent.token)
    assert (content.operator, content.note, content.place) == ("Kestrel Haulage", "", "MALABA")
    looks = [msgspec.json.decode(one, type=AccessRecord) for one in a.built.bodies("look")]
    (look,) = [one for one in looks if one.agreement]
    assert (look.who, look.what, look.purpose, look.agreement, look.subjects[-1]) == (
        "partner:betania-2026", "partner exchange", "control", "betania-2026", lines[0].id,
    )  # fmt: skip
    # A row that an insider takes out frees nothing.
    with a.built.stores.database.transaction() as connection:
        connection.execute(
            "delete from case_file_key where file in (select id from case_file where kind = 'agreement')"
        )
        connection.execute("delete from case_file where kind = 'agreement'")
    bound = hand_over(SUPERVISOR, lines[1].id, B, "MALABA", "a note")
    assert bound.content.note == ""
    assert [b'"agreement"' in one for one in a.built.bodies("look")].count(True) == 2
    # The control: where no agreement was ever made all is given, as before.
    free = b.activate(operator="Kestrel Haulage")
    assert b.house.tracking.hand_overs.hand_over(SUPERVISOR, free.id, A, "MALABA", "a note").content.note == "a note"

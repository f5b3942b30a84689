# SPDX-License-Identifier: Apache-2.0
"""What goes to an officer with an advice, and what it costs to find it out."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from cocket.consignment import Paper
from cocket.findings import Finding
from cocket.pipeline.assessment.heads import _missing
from cocket.pipeline.base.sealed_advice import SealedAdvice
from cocket.pipeline.measures.permit_needs import NeedView
from tests.houses import Built, build, envelope, trader
from tests.messages import declaration
from tests.pipeline.consignment.test_manifests import HOST, bill, manifest, sad

MATRIX = """
name = "test"
source = "test"

[[requirements]]
code = "T01"
agency = "TEXTILES"
says = "import licence for goods of every chapter"
law = "Act 1"
codes = [{codes}]
flows = ["import"]
papers = ["T01"]
is_registered = true
valid_from = 2018-07-01
"""


def with_matrix(home: Path) -> Built:
    """A house that examines all it can, and in which an agency asks for a paper of goods of every chapter."""
    made = build(home, red_per_day=1000, yellow_per_day=1000)
    codes = ", ".join(f'"{chapter:02d}"' for chapter in range(1, 98) if chapter != 77)
    made.settings.permit_matrix_file.write_text(MATRIX.format(codes=codes), "utf-8")
    return made


def take(made: Built, *references: str) -> None:
    taken = made.house.intake.messages.take_many(
        [envelope(declaration(one)) for one in references], principal=trader("ACME")
    )
    assert {one.outcome for one in taken} == {"accepted"}


def advice(made: Built) -> list[SealedAdvice]:
    return [msgspec.json.decode(body, type=SealedAdvice) for body in made.bodies("assessment")]


def test_what_an_agency_asks_for_and_was_not_presented_is_in_the_head_of_each_case(tmp_path: Path) -> None:
    made = with_matrix(tmp_path)
    take(made, "P1", "P2", "P3")
    made.desk()
    heads = [one.head for one in advice(made)]
    assert len(heads) == 3
    for head in heads:
        assert head is not None
        told = {fact.code: fact for fact in head.because}
        assert told["permit-missing"].arguments["agency"] == "TEXTILES"


def test_a_batch_asks_the_database_as_often_for_many_examinations_as_for_few(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[Any] = []
    execute = psycopg.Cursor.execute

    def counting(self: Any, *args: Any, **named: Any) -> Any:
        counted.append(args)
        return execute(self, *args, **named)

    costs = []
    for count in (4, 24):
        made = with_matrix(tmp_path / str(count))
        take(made, *(f"C{number}" for number in range(count)))
        with monkeypatch.context() as patched:
            patched.setattr(psycopg.Cursor, "execute", counting)
            made.desk()
        assert len([one for one in advice(made) if one.head]) == count
        costs.append(len(counted))
        counted.clear()
    assert abs(costs[1] - costs[0]) < 20, costs


def need(verdict: str, *reasons: Finding) -> NeedView:
    return NeedView(
        item=2, agency="TEXTILES", colour="red", paper="red", verdict=verdict, says="import licence", reasons=reasons
    )


def test_a_permit_that_is_used_up_is_a_reason_as_one_that_is_missing_and_one_not_known_is_none() -> None:
    paper = Paper(message_id="m", index=0, sender="a", standard="sad", received=datetime(2026, 11, 30, tzinfo=UTC))
    used = Finding(
        code="permit-quantity-exceeded",
        severity="error",
        message="Item {item}: {expected} are left of {number}, and {found} are declared",
        expected="0 KGM",
        found="3938.57 KGM",
        arguments={"item": "2", "number": "L-1"},
    )
    fact = _missing(need("quantity-exceeded", used), paper)
    assert fact is not None
    assert (fact.code, fact.kind, fact.weight) == ("permit-quantity-exceeded", "permit", None)
    assert fact.message.format(**fact.arguments) == "Item 2: 0 KGM are left of L-1, and 3938.57 KGM are declared"
    assert fact.evidence
    missing = _missing(need("missing"), paper)
    assert missing is not None and missing.code == "permit-missing"
    for verdict in ("satisfied", "exempt", "unknown", "undecided"):
        assert _missing(need(verdict, msgspec.structs.replace(used, severity="warning")), paper) is None


def test_what_was_not_landed_is_what_to_look_for(tmp_path: Path) -> None:
    made = build(tmp_path, red_per_day=1000, yellow_per_day=1000)
    contents = [manifest(bill("TSTB0100001")), sad(1, "TSTB0100001", 8), manifest(bill("TSTB0100001", 8))]
    for content in contents:
        (answer,) = made.house.intake.messages.take_many(
            [envelope(content, sender="HOST", door="feeds")], principal=HOST
        )
        assert answer.outcome == "accepted"
        made.desk()
    head = advice(made)[-1].head
    assert head is not None and head.suspicion is not None
    assert (head.suspicion.kind, head.suspicion.message) == (
        "quantity",
        "{missing_count} of {all_count} packages were not landed",
    )
    assert [fact.code for fact in head.because] == ["bill-short-landed"]
    made.house.close()

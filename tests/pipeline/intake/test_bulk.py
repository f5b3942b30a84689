# SPDX-License-Identifier: Apache-2.0
"""Bulk messages of post and express: every declaration and every bill in them reaches a dossier of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.houses import Built, build, envelope, officer, trader

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path)
    yield made
    made.house.close()


def lodge(built: Built, name: str) -> Any:
    answer = built.house.intake.messages.take_many([envelope((SAMPLES / name).read_bytes())], principal=trader("ACME"))[
        0
    ]
    built.desk()
    return answer


def dossiers(built: Built, message_id: str) -> list[Any]:
    found = built.house.queries.records.message(officer("analyst"), message_id).consignment_ids
    return [built.house.queries.records.dossier(officer("analyst"), one) for one in found]


def names(dossier: Any, kind: str) -> set[str]:
    return {value for each, value in dossier.references if each == kind}


def test_every_declaration_of_a_message_has_a_dossier_and_meets_its_bill_there(built: Built) -> None:
    declared = lodge(built, "low-value/h7.json")
    assert (declared.outcome, len(declared.findings)) == ("accepted", 0)
    found = dossiers(built, declared.id)
    assert [names(each, "LRN") for each in found] in (
        [{"H7-2026-000901"}, {"H7-2026-000902"}],
        [{"H7-2026-000902"}, {"H7-2026-000901"}],
    )
    listed = lodge(built, "express-manifest/flight.json")
    assert len(dossiers(built, listed.id)) == 3
    for each in dossiers(built, declared.id):
        assert {paper.id for paper in each.papers} == {declared.id, listed.id}


def test_every_postal_item_meets_the_list_it_was_told_of_in(built: Built) -> None:
    listed = lodge(built, "postal-list/itmatt.json")
    declared = [lodge(built, f"postal-item/{name}.json") for name in ("cn23", "cusitm")]
    every = [each for one in declared for each in dossiers(built, one.id)]
    assert len(every) == 3
    for each in every:
        assert listed.id in {paper.id for paper in each.papers}
    items = json.loads((SAMPLES / "postal-list/itmatt.json").read_bytes())["items"]
    assert {name for each in every for name in names(each, "LRN")} == {item["itemId"] for item in items}


def test_no_name_of_crew_or_passengers_is_in_what_a_dossier_shows(built: Built) -> None:
    for name in ("fal-crew", "fal-passengers"):
        answer = lodge(built, f"{name}/arrival.json")
        assert answer.outcome == "accepted"
        persons = json.loads((SAMPLES / name / "arrival.json").read_bytes())["persons"]
        shown = "".join(map(repr, dossiers(built, answer.id)))
        assert dossiers(built, answer.id)
        for person in persons:
            assert person["documentNumber"] not in shown and person["givenNames"] not in shown

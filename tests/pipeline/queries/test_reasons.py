# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cocket.errors import PolicyError
from cocket.governance import Principal
from cocket.pipeline import Instance, NotFoundError
from tests.houses import build, envelope, officer, trader
from tests.messages import declaration

ACME = trader("ACME")


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Any]:
    made = build(tmp_path, red_per_day=1000, yellow_per_day=1000, random_share=0.0, contest_after_days=0)
    made = dataclasses.replace(made, house=Instance(made.stores))
    yield made
    made.house.close()


def lodged(built: Any) -> str:
    (answer,) = built.house.intake.messages.take_many([envelope(declaration("R1"))], principal=ACME)
    built.desk()
    (consignment,) = built.house.queries.records.message(officer("analyst"), answer.id).consignment_ids
    return str(consignment)


def test_an_officer_reads_a_card_in_his_language_and_the_look_is_sealed(built: Any) -> None:
    consignment = lodged(built)
    card = built.house.queries.reasons.reasons(officer("officer"), consignment, "fr")
    assert card.id == consignment and card.lane and not card.look_at
    assert "aucun modèle n'était disponible ; seules les règles ont parlé" in card.caveats
    assert b'"what":"reasons"' in built.bodies("look")[-1]
    with pytest.raises(NotFoundError):
        built.house.queries.reasons.reasons(officer("officer"), "00000000-0000-0000-0000-000000000000")


def test_a_trader_is_told_only_where_terms_allow_only_after_release_and_only_his_own(
    built: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (answer,) = built.house.intake.messages.take_many([envelope(declaration("R1"))], principal=ACME)
    built.desk()
    (consignment,) = built.house.queries.records.message(officer("analyst"), answer.id).consignment_ids
    with pytest.raises(PolicyError, match="gives traders no reasons"):
        built.house.queries.reasons.own_reasons(ACME, answer.id)
    (built.settings.home / "control.toml").write_text("tells_traders = true\nyellow_score = 0.0\n")
    with pytest.raises(NotFoundError):
        built.house.queries.reasons.own_reasons(trader("OTHER"), answer.id)
    with pytest.raises(NotFoundError):
        built.house.queries.reasons.reasons(ACME, consignment)
    built.house.control.officer_acts.override(officer("officer"), consignment, "yellow", "to see the papers")
    with pytest.raises(PolicyError, match="released"):
        built.house.queries.reasons.own_reasons(ACME, answer.id)
    order = built.house.queries.records.dossier(officer("officer"), consignment).summary.order
    built.house.control.officer_acts.release(officer("officer"), order.id, "nothing found")
    with pytest.raises(PolicyError, match="released"):  # in the first week, so that no lane is told
        built.house.queries.reasons.own_reasons(ACME, answer.id)
    monkeypatch.setattr("cocket.pipeline.control.contests.LOOK_DAYS", 0)
    card = built.house.queries.reasons.own_reasons(ACME, answer.id)
    assert (card.id, card.lane, card.score, card.rules, card.similar) == (answer.id, None, None, (), ())


def test_a_card_opens_by_days_as_contests_do_and_not_by_a_lane(tmp_path: Path) -> None:
    made = build(tmp_path, red_per_day=0, yellow_per_day=0, random_share=0.0)
    (answer,) = made.house.intake.messages.take_many([envelope(declaration("R1"))], principal=ACME)
    made.desk()
    (made.settings.home / "control.toml").write_text("tells_traders = true\n")
    with pytest.raises(PolicyError, match="released"):
        made.house.queries.reasons.own_reasons(ACME, answer.id)
    made.house.close()


def test_who_sent_a_paper_that_is_no_declaration_is_told_nothing_of_one(built: Any) -> None:
    (built.settings.home / "control.toml").write_text("tells_traders = true\n")
    manifest = (Path(__file__).parents[2] / "samples" / "asycuda-awmds" / "awmds-bangladesh.xml").read_bytes()
    (lodged_manifest,) = built.house.intake.messages.take_many([envelope(manifest, "LINE")], principal=trader("LINE"))
    built.desk()
    with pytest.raises(NotFoundError):
        built.house.queries.reasons.own_reasons(trader("LINE"), lodged_manifest.id)


def test_a_host_is_told_the_lane_and_not_the_card(built: Any) -> None:
    host = Principal(id="host", kind="key", roles=("host",), senders=("ACME",))
    with pytest.raises(NotFoundError):
        built.house.queries.reasons.reasons(host, lodged(built))

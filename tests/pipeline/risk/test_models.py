# SPDX-License-Identifier: Apache-2.0
"""Which model speaks is decided by a person with a reason, and the book knows of it before it holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket.errors import PolicyError, SenderError
from cocket.gate import make_key
from cocket.governance import Principal, principal
from cocket.pipeline.risk.models import KIND, Models
from cocket.risk.models.registry import ModelAct
from tests.houses import build, officer
from tests.pipeline.risk.test_model_registry import models

__all__ = ["models"]

HEAD = officer("supervisor")

pytestmark = pytest.mark.skipif(
    '"model:set"' not in Path(principal.__file__).read_text("utf-8"), reason="the policy knows no model:set"
)


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Any]:
    made = build(tmp_path, red_per_day=10, yellow_per_day=10, random_share=0.0)
    yield made
    made.house.close()


def test_a_supervisor_with_a_reason_chooses_and_each_act_is_sealed(built: Any, models: tuple[bytes, bytes]) -> None:
    house = Models(built.stores)
    one, other = (house.register_model(HEAD, data, "trained on the past year") for data in models)
    house.promote_model(HEAD, one, "champion", "the first")
    house.promote_model(HEAD, other, "champion", "better in shadow")
    assert house.roll_back_model(HEAD, "hit rate fell").champion == one
    with built.stores.database.transaction() as connection:
        bodies = [body for _, body in built.stores.leaves.with_records_of_kind(connection, KIND)]
    acts = [msgspec.json.decode(body, type=ModelAct) for body in bodies]
    assert [act.kind for act in acts] == ["registered", "registered", "champion", "champion", "rolled-back"]
    assert {act.by for act in acts} == {HEAD.id}


@pytest.mark.parametrize("role", ["officer", "analyst", "auditor"])
def test_nobody_else_chooses(built: Any, models: tuple[bytes, bytes], role: str) -> None:
    with pytest.raises(PolicyError):
        Models(built.stores).register_model(officer(role), models[0], "a try")


def test_nobody_chooses_without_a_reason(built: Any, models: tuple[bytes, bytes]) -> None:
    with pytest.raises(PolicyError):
        Models(built.stores).register_model(HEAD, models[0], "")


def test_where_two_are_asked_for_a_model_gets_its_role_from_another_and_not_once_roles_changed(
    tmp_path: Path, models: tuple[bytes, bytes]
) -> None:
    made = build(tmp_path, second_person_for="models")
    for name in ("sione", "vea"):
        made.house.governance.accounts.put_officer(name, name.title(), "supervisor", None, "seal and cord and wax")
    sione, vea = (Principal(id=name, kind="officer", roles=("supervisor",)) for name in ("sione", "vea"))
    house, second = made.house.risk.models, made.house.governance.second_person
    one, other = (house.register_model(sione, data, "trained on the past year") for data in models)
    for act in (
        lambda: house.promote_model(sione, one, "champion", "the first"),
        lambda: house.roll_back_model(sione, "the first"),
    ):
        with pytest.raises(PolicyError):
            act()
    asked = [
        second.propose(sione, house.proposed_promotion(sione, version, "champion", "better"), make_key).proposal
        for version in (one, other)
    ]
    with pytest.raises(PolicyError):
        second.vote(sione, asked[0].id, asked[0].digest, make_key)
    assert second.vote(vea, asked[0].id, asked[0].digest, make_key).is_done
    with pytest.raises(SenderError, match="has changed since it was proposed: champion"):
        second.vote(vea, asked[1].id, asked[1].digest, make_key)
    roles, acts = house.model_acts(vea)
    assert roles.champion == one and acts[-1].by == "sione, vea"
    made.house.close()

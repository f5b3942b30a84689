# SPDX-License-Identifier: Apache-2.0
"""Where two persons are asked for, what was set aside is given up by two."""

from __future__ import annotations

from pathlib import Path

import pytest

from cocket.errors import PolicyError, SenderError
from cocket.gate import make_key
from cocket.governance import Principal
from tests.houses import build
from tests.pipeline.assessment.poison import lodge_crafted, with_nul

SIONE, VEA = (Principal(id=name, kind="officer", roles=("supervisor",)) for name in ("sione", "vea"))


def test_a_thing_is_closed_by_two_and_not_once_it_was_retried(tmp_path: Path) -> None:
    built = build(tmp_path, second_person_for="set-aside")
    for one in (SIONE, VEA):
        built.house.governance.accounts.put_officer(one.id, one.id.title(), "supervisor", None, "seal and cord and wax")
    for name in ("BAD", "WORSE"):
        lodge_crafted(built, name, with_nul)
    built.desk()
    aside, second = built.house.operations.set_aside, built.house.governance.second_person
    first, other = aside.set_aside_list(SIONE).lines
    with pytest.raises(PolicyError):
        aside.close_set_aside(SIONE, first.id, "sent again")
    asked = []
    for line in (first, other):
        wanted = aside.proposed_closing(SIONE, line.id, "sent again")
        assert wanted is not None
        asked.append(second.propose(SIONE, wanted, make_key).proposal)
    assert {line.state for line in aside.set_aside_list(SIONE).lines} == {"waiting"}
    assert second.vote(VEA, asked[0].id, asked[0].digest, make_key).is_done
    assert aside.set_aside_one(VEA, first.id).state == "closed"
    aside.retry_set_aside(SIONE, other.id, "a new version reads it")
    with pytest.raises(SenderError, match="has changed since it was proposed: state"):
        second.vote(VEA, asked[1].id, asked[1].digest, make_key)
    assert aside.set_aside_one(VEA, other.id).state == "retrying"
    assert aside.proposed_closing_of_lost(SIONE, "all sent again") is not None
    built.house.close()

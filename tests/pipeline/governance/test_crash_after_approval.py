# SPDX-License-Identifier: Apache-2.0
"""What two persons approved is carried out at the next start, where the machine fell before or after it was done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cocket.gate import make_key
from cocket.governance import Principal, shipped_policy
from cocket.governance.proposals import Proposal
from cocket.pipeline import Instance, open_stores
from tests.houses import Built, build

SIONE, VEA = (Principal(id=name, kind="officer", roles=("supervisor",)) for name in ("sione", "vea"))
FORBIDDEN = (
    '@id("auditors-see-no-figures")\nforbid (principal in Role::"auditor", action == Action::"stats:read", resource);'
)
TEXT = f"{shipped_policy().text}\n{FORBIDDEN}\n"

#: Approves a proposal, and is killed before (`carry_out`) or after (`applied`) the policy is published.
APPROVE = """
import os, signal, sys
from pathlib import Path
from cocket.gate import make_key
from cocket.governance import Principal
from cocket.pipeline import Instance, open_stores
from cocket.pipeline.governance import policies, second_person
from cocket.settings import Settings

home, dsn, proposal, digest, where = sys.argv[1:]

def fall(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

if where == "before":
    policies.PolicyDeed.carry_out = fall
else:
    second_person.applied = fall
instance = Instance(open_stores(Settings(home=Path(home), database_url=dsn), dsn))
vea = Principal(id="vea", kind="officer", roles=("supervisor",))
instance.governance.second_person.vote(vea, proposal, digest, make_key)
"""


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path)
    for name in ("sione", "vea"):
        made.house.governance.accounts.put_officer(name, name.title(), "supervisor", None, "seal and cord and wax")
    yield made
    made.house.close()


def proposed(built: Built) -> Proposal:
    """A policy that was drafted, tried and proposed."""
    policies = built.house.governance.policies
    policies.put_draft(SIONE, "figures", TEXT)
    policies.try_draft(SIONE, "figures")
    return policies.propose(SIONE, "figures", datetime.now(UTC), "figures are for analysts", make_key).proposal


@pytest.mark.parametrize("where", ["before", "after"])
def test_a_policy_that_was_approved_is_in_force_after_the_next_start_and_once(built: Built, where: str) -> None:
    one = proposed(built)
    words = (str(built.settings.home), built.dsn, one.id, one.digest, where)
    fallen = subprocess.run([sys.executable, "-c", APPROVE, *words], env=dict(os.environ), timeout=240, check=False)
    assert fallen.returncode == -signal.SIGKILL
    second, policies = built.house.governance.second_person, built.house.governance.policies
    assert second.proposal(VEA, one.id).proposal.state == "approved"
    assert len(policies.overview(VEA).versions) == (0 if where == "before" else 1)
    started = Instance(open_stores(built.settings, built.dsn))
    assert started.governance.second_person.resume(make_key) == ()
    (version,) = started.governance.policies.overview(VEA).versions
    assert (version.digest, version.proposal, version.approver) == (one.after["digest"], one.id, "vea")
    closed = started.governance.second_person.proposal(VEA, one.id).proposal
    assert (closed.state, closed.closed_by) == ("applied", "cocket")
    assert started.governance.second_person.resume(make_key) == ()
    assert len(started.governance.policies.overview(VEA).versions) == 1
    started.close()


def test_a_proposal_that_only_one_made_is_not_carried_out_at_a_start(built: Built) -> None:
    one = proposed(built)
    assert built.house.governance.second_person.resume(make_key) == ()
    assert built.house.governance.second_person.proposal(VEA, one.id).proposal.state == "open"
    assert built.house.governance.policies.overview(VEA).versions == ()

# SPDX-License-Identifier: Apache-2.0
"""Four eyes: what moves a proposal on, and what does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from cocket.errors import PolicyError, SenderError
from cocket.governance.proposals import (
    Proposal,
    amended,
    applied,
    changed_since,
    digest_of,
    expired,
    is_over,
    proposed,
    stale,
    voted,
    withdrawn,
)

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
WANTED = Proposal(
    kind="list",
    subject="watch",
    before={"version": "1"},
    after={"version": "2"},
    reason="a new edition",
    needs=1,
    expires=NOW + timedelta(days=30),
)


def made(**more: Any) -> Proposal:
    return proposed(msgspec.structs.replace(WANTED, **more), "id-1", "anna", NOW)


def approved(**more: Any) -> Proposal:
    one = made(**more)
    return voted(one, "boris", one.digest, NOW)


def test_one_person_proposes_another_approves_and_it_is_applied_once() -> None:
    one = made()
    assert (one.state, one.proposer, one.digest) == ("open", "anna", digest_of(one))
    two = voted(one, "boris", one.digest, NOW)
    assert (two.state, two.persons) == ("approved", ("anna", "boris"))
    done = applied(two, "boris", NOW)
    assert (done.state, done.closed_by) == ("applied", "boris")
    with pytest.raises(SenderError, match="no longer waiting"):
        applied(done, "boris", NOW)


def test_where_one_person_suffices_it_is_approved_as_it_is_taken_in() -> None:
    assert made(needs=0).state == "approved"


def test_what_is_not_approved_is_not_applied() -> None:
    with pytest.raises(SenderError, match="still waits"):
        applied(made(), "anna", NOW)


def test_nobody_approves_or_refuses_what_he_proposed() -> None:
    one = made()
    for refusal in (None, "no"):
        with pytest.raises(PolicyError) as refused:
            voted(one, "anna", one.digest, NOW, refusal=refusal)
        assert refused.value.reasons == ("second-person-needed",)


def test_nobody_approves_twice_and_as_many_as_are_needed_approve() -> None:
    one = made(needs=2)
    two = voted(one, "boris", one.digest, NOW)
    assert two.state == "open"
    with pytest.raises(SenderError, match="before"):
        voted(two, "boris", two.digest, NOW)
    assert voted(two, "carla", two.digest, NOW).state == "approved"


def test_an_approval_of_an_older_digest_fails_and_a_change_drops_earlier_votes() -> None:
    one = made(needs=2)
    two = voted(one, "boris", one.digest, NOW)
    later = msgspec.structs.replace(WANTED, needs=2, after={"version": "3"})
    changed = amended(two, later, NOW)
    assert (changed.id, changed.votes, changed.state) == ("id-1", (), "open")
    assert changed.digest != one.digest
    with pytest.raises(SenderError) as refused:
        voted(changed, "carla", one.digest, NOW)
    assert refused.value.code == "proposal-digest"
    with pytest.raises(PolicyError):
        amended(two, msgspec.structs.replace(later, proposer="boris"), NOW)


@pytest.mark.parametrize("field", ["kind", "subject", "before", "after", "reason", "proposer"])
def test_the_digest_covers_all_that_an_approval_is_for(field: str) -> None:
    one = made()
    other: Any = {"version": "9"} if field in ("before", "after") else "other"
    assert digest_of(msgspec.structs.replace(one, **{field: other})) != one.digest


def test_one_refusal_with_a_reason_refuses() -> None:
    one = made(needs=2)
    with pytest.raises(SenderError, match="reason"):
        voted(one, "boris", one.digest, NOW, refusal=" ")
    refused = voted(one, "boris", one.digest, NOW, refusal="not this one")
    assert (refused.state, refused.outcome) == ("refused", "not this one")
    with pytest.raises(SenderError):
        voted(refused, "carla", one.digest, NOW)


def test_only_who_proposed_it_withdraws_it() -> None:
    with pytest.raises(PolicyError):
        withdrawn(made(), "boris", NOW)
    assert withdrawn(approved(), "anna", NOW).state == "withdrawn"


@pytest.mark.parametrize(
    "step",
    [
        lambda one, now: voted(one, "carla", one.digest, now),
        lambda one, now: amended(one, WANTED, now),
        lambda one, now: applied(msgspec.structs.replace(one, state="approved"), "boris", now),
    ],
)
def test_after_its_time_nothing_comes_of_it(step: Callable[[Proposal, datetime], Proposal]) -> None:
    last = NOW + timedelta(days=30)
    assert step(made(), last - timedelta(seconds=1)).state in ("open", "approved", "applied")
    assert is_over(made(), last) and not is_over(made(expires=None), last)
    with pytest.raises(SenderError) as refused:
        step(made(), last)
    assert refused.value.code == "proposal-expired"
    assert expired(made(), "boris", last).state == "expired"


def test_what_has_changed_since_is_named_and_it_is_stale() -> None:
    assert changed_since(made(), {"version": "1"}) == ()
    assert changed_since(made(), {"version": "7"}) == ("version",)
    assert changed_since(made(), {"version": "1", "lane": "red"}) == ("lane",)
    gone = stale(approved(), "boris", NOW, "it has changed")
    assert (gone.state, gone.outcome) == ("stale", "it has changed")
    with pytest.raises(SenderError):
        applied(gone, "boris", NOW)

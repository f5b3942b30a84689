# SPDX-License-Identifier: Apache-2.0
"""Whether two accounts are two persons: who made one is not agreed with by it before it is its own person's for a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from cocket.errors import PolicyError, SenderError
from cocket.gate import make_key
from cocket.governance import Principal
from cocket.governance.proposals import Proposal
from cocket.pipeline.base import independence
from cocket.pipeline.base.independence import MADE_BY, is_independent
from tests.houses import Built, build

SIONE, VEA, BEN = (Principal(id=name, kind="officer", roles=("supervisor",)) for name in ("sione", "vea", "ben"))
PASSWORD, OWN = "seal and cord and wax", "a cord of nine strands"
WANTED = Proposal(kind="account", subject="olga", after={"roles": "analyst"})
THEN = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(hours=24)


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path)
    for name, role in (("sione", "supervisor"), ("vea", "supervisor"), ("olga", "officer")):
        made.house.governance.accounts.put_officer(name, name.title(), role, None, PASSWORD)
    yield made
    made.house.close()


def make_ben(built: Built) -> str:
    """The account of another supervisor, proposed by one and approved by the other; its temporary password."""
    second = built.house.governance.second_person
    one = second.propose(SIONE, Proposal(kind="account", subject="ben", after={"roles": "supervisor"}), make_key)
    done = second.vote(VEA, one.proposal.id, one.proposal.digest, make_key)
    assert done.is_done and done.secret is None
    return built.house.governance.administration.show_password(SIONE, "ben")


def set_own(built: Built, password: str) -> None:
    accounts = built.house.governance.accounts
    signed = accounts.sign_in("ben", password, "192.0.2.7")
    assert signed is not None
    officer = accounts.officer_of_session(signed.token)
    assert officer is not None and officer.must_change
    assert accounts.change_password(officer, password, OWN, "192.0.2.7") is not None


def test_who_approves_never_has_the_password_and_who_proposed_has_it_once(built: Built) -> None:
    people, second = built.house.governance.administration, built.house.governance.second_person
    one = second.propose(SIONE, Proposal(kind="password", subject="olga"), make_key).proposal
    assert second.vote(VEA, one.id, one.digest, make_key).secret is None
    accounts = built.house.governance.accounts
    assert accounts.sign_in("olga", PASSWORD, "192.0.2.7") is None
    assert accounts.sign_in("olga", "unset:sione", "192.0.2.7") is None
    assert people.access(SIONE).unset == {"olga": "sione"}
    with pytest.raises(SenderError):
        people.show_password(VEA, "olga")
    with pytest.raises(PolicyError):
        people.show_password(Principal(id="sione", kind="officer", roles=("officer",)), "olga")
    password = people.show_password(SIONE, "olga")
    assert accounts.sign_in("olga", password, "192.0.2.7") is not None
    with pytest.raises(SenderError):
        people.show_password(SIONE, "olga")
    assert people.access(SIONE).unset == {}


def test_nobody_is_shown_the_password_of_an_account_that_was_disabled(built: Built) -> None:
    second = built.house.governance.second_person
    one = second.propose(SIONE, Proposal(kind="password", subject="olga"), make_key).proposal
    second.vote(VEA, one.id, one.digest, make_key)
    built.house.governance.accounts.enable_officer("vea", "olga", is_enabled=False)
    with pytest.raises(SenderError):
        built.house.governance.administration.show_password(SIONE, "olga")


@pytest.mark.parametrize("maker", [SIONE, VEA])
def test_an_account_agrees_to_nothing_of_its_makers_for_a_day(
    built: Built, maker: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    password, second = make_ben(built), built.house.governance.second_person
    one = second.propose(maker, WANTED, make_key).proposal
    for step in (lambda: None, lambda: set_own(built, password)):
        step()
        assert not [each for each in second.waiting(BEN) if each.may_approve]
        with pytest.raises(PolicyError) as refused:
            second.vote(BEN, one.id, one.digest, make_key)
        assert refused.value.code == MADE_BY
    monkeypatch.setattr(independence, "OF_ITS_OWN", timedelta(0))
    assert second.vote(BEN, one.id, one.digest, make_key).is_done


def test_what_others_propose_it_agrees_to_at_once(built: Built) -> None:
    set_own(built, make_ben(built))
    built.house.governance.accounts.put_officer("tavita", "Tavita", "supervisor", None, PASSWORD)
    second, tavita = built.house.governance.second_person, msgspec.structs.replace(VEA, id="tavita")
    one = second.propose(tavita, WANTED, make_key).proposal
    assert second.vote(BEN, one.id, one.digest, make_key).is_done


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([("officer", THEN, "sione")], True),
        ([("officer-temporary", THEN, "vea")], True),
        ([("officer-temporary", THEN, "vea, sione")], False),
        ([("officer-temporary", THEN, "sione"), ("password", THEN, "ben")], True),
        ([("officer-temporary", THEN, "sione"), ("password", THEN + timedelta(seconds=1), "ben")], False),
        ([("officer-temporary", THEN, "sione"), ("officer", THEN, "vea")], False),
        ([("officer-temporary", THEN, "sione"), ("password", THEN, "ben"), ("officer", THEN, "vea")], True),
        ([("password", THEN, "ben"), ("officer-temporary", THEN, "sione")], False),
        ([("officer-temporary", THEN, "sione"), ("officer-temporary", THEN, "vea")], False),
    ],
)
def test_it_is_its_own_a_day_after_its_own_password(given: list[tuple[str, datetime, str]], expected: bool) -> None:
    assert is_independent(given, "sione", THEN + DAY) is expected

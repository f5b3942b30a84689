# SPDX-License-Identifier: Apache-2.0
"""Keys that are limited to acts, expire, and change their secrets: what each lets in, and what it does not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket.errors import PolicyError, SenderError
from cocket.gate import make_key
from cocket.governance import Principal, Resource, decide
from cocket.pipeline.governance.key_terms import KEY_TERMS, KeyTerms
from cocket.pipeline.intake.machine_access import MachineAccess
from tests.houses import Built, build

WEEK = timedelta(days=7)


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path)
    yield made
    made.house.close()


def given(built: Built, name: str = "acme", **terms: Any) -> str:
    presented = make_key(name)
    built.house.governance.accounts.add_key(presented, "ACME Ltd", ("trader",), ("ACME",), **terms)
    return presented


def who(built: Built, presented: str) -> Principal | None:
    """Whom a key lets in, asked of a process that does not know it yet."""
    return MachineAccess(built.stores).principal_of_key(presented)


def terms(built: Built) -> KeyTerms:
    return msgspec.json.decode(built.bodies(KEY_TERMS)[-1], type=KeyTerms)


def test_a_key_without_terms_is_as_it_was_and_nothing_is_noted(built: Built) -> None:
    found = who(built, given(built))
    assert found is not None
    assert found.scopes == ()
    assert decide(found, "message:lodge", Resource(sender="ACME")).allowed
    assert built.bodies(KEY_TERMS) == []


@pytest.mark.parametrize(
    ("scopes", "action", "allowed"),
    [
        (("message:lodge",), "message:lodge", True),
        (("message:*",), "message:lodge", True),
        (("receipt:read",), "message:lodge", False),
        (("message:read",), "message:lodge", False),
        (("message:*",), "receipt:read", False),
    ],
)
def test_a_scope_takes_away_and_never_gives(built: Built, scopes: tuple[str, ...], action: str, allowed: bool) -> None:
    found = who(built, given(built, scopes=scopes))
    assert found is not None
    decision = decide(found, action, Resource(sender="ACME"))
    assert decision.allowed is allowed
    assert allowed or decision.reasons == ("scope-missing",)
    assert not decide(found, "message:lodge", Resource(sender="OTHER")).allowed
    assert not decide(msgspec.structs.replace(found, scopes=("queue:read",)), "queue:read", Resource()).allowed


def test_a_scope_that_is_none_is_refused(built: Built) -> None:
    for scope in ("message", "*", "message:lodgement", "messages:*", ""):
        with pytest.raises(SenderError) as caught:
            given(built, scopes=(scope,))
        assert caught.value.code == "key-scope"


def test_the_pipeline_refuses_what_a_key_is_not_limited_to(built: Built) -> None:
    found = who(built, given(built, scopes=("receipt:read",)))
    assert found is not None
    with pytest.raises(PolicyError) as caught:
        built.house.intake.messages._access.require(found, "message:lodge", Resource(sender="ACME"))
    assert caught.value.reasons == ("scope-missing",)


def test_a_key_is_of_no_use_after_its_day(built: Built) -> None:
    now = datetime.now(UTC)
    assert who(built, given(built, "past", until=now - timedelta(seconds=1))) is None
    assert who(built, given(built, "future", until=now + WEEK)) is not None


def test_of_two_secrets_both_are_good_until_the_former_ends_and_its_last_use_is_known(built: Built) -> None:
    former, accounts = given(built, scopes=("message:lodge",)), built.house.governance.accounts
    newer = make_key("acme")
    assert accounts.rotate_key(newer, WEEK)
    assert [one.used for one in terms(built).secrets] == [None, None]
    found = who(built, former)
    assert found is not None
    assert found.scopes == ("message:lodge",)
    assert who(built, newer) is not None
    ((holder, shown),) = accounts.keys()
    assert holder.id == "acme"
    assert shown is not None
    assert [one.used is not None for one in shown.secrets] == [True, True]
    noted = len(built.bodies(KEY_TERMS))
    assert who(built, former) is not None
    assert len(built.bodies(KEY_TERMS)) == noted  # once a day
    with pytest.raises(SenderError) as caught:
        accounts.rotate_key(make_key("acme"), WEEK)
    assert caught.value.code == "key-rotating"
    assert who(built, make_key("acme")) is None


def test_a_former_secret_ends_and_a_third_follows(built: Built) -> None:
    former, accounts = given(built), built.house.governance.accounts
    second, third = make_key("acme"), make_key("acme")
    assert accounts.rotate_key(second, timedelta(0))
    assert who(built, former) is None
    assert who(built, second) is not None
    assert accounts.rotate_key(third, WEEK)
    assert who(built, former) is None
    assert len(terms(built).secrets) == 2
    assert accounts.revoke_key("acme")
    assert [who(built, one) for one in (former, second, third)] == [None, None, None]
    assert not accounts.rotate_key(make_key("acme"), WEEK)


def test_an_expired_key_is_not_rotated(built: Built) -> None:
    given(built, until=datetime.now(UTC) - timedelta(seconds=1))
    with pytest.raises(SenderError) as caught:
        built.house.governance.accounts.rotate_key(make_key("acme"), WEEK)
    assert caught.value.code == "key-expired"


@pytest.mark.parametrize("act", ["changed", "put back", "removed"])
def test_a_row_that_is_not_what_was_sealed_last_lets_no_one_in(built: Built, act: str) -> None:
    presented = given(built, scopes=("receipt:read",))
    columns = "body = %s, changed = %s, mac = %s"
    with built.stores.database.transaction() as connection:
        before = connection.execute("select body, changed, mac from case_file where kind = %s", (KEY_TERMS,)).fetchone()
        assert before is not None
    assert built.house.governance.accounts.rotate_key(make_key("acme"), WEEK)
    assert who(built, presented) is not None
    with built.stores.database.transaction() as connection:
        if act == "put back":
            connection.execute(f"update case_file set {columns} where kind = %s", (*before, KEY_TERMS))
        elif act == "changed":
            connection.execute("update case_file set body = %s where kind = %s", (b'{"key":"acme"}', KEY_TERMS))
        else:
            files = "select id from case_file where kind = %s"
            connection.execute(f"delete from case_file_key where file in ({files})", (KEY_TERMS,))
            connection.execute("delete from case_file where kind = %s", (KEY_TERMS,))
    assert who(built, presented) is None

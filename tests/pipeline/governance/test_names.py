# SPDX-License-Identifier: Apache-2.0
"""One space of names over a database: what is given once is nobody else's, and what clashes from before is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cocket.errors import SenderError
from cocket.gate import make_key
from cocket.governance import Principal
from cocket.governance.proposals import Proposal
from cocket.pipeline.operations import health
from tests.houses import Built, build

SIONE = Principal(id="sione", kind="officer", roles=("supervisor",))
PASSWORD = "seal and cord and wax"


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, second_person_for="")
    account(made, "sione")
    key(made, "acme")
    yield made
    made.house.close()


def account(built: Built, name: str) -> None:
    built.house.governance.accounts.put_officer(name, name, "supervisor", None, PASSWORD)


def key(built: Built, name: str) -> None:
    built.house.governance.accounts.add_key(make_key(name), name, ("trader",), ("ACME",))


def by_page(kind: str) -> Callable[[Built, str], None]:
    def propose(built: Built, name: str) -> None:
        roles = "officer" if kind == "account" else "trader"
        wanted = Proposal(kind=kind, subject=name, after={"roles": roles})
        built.house.governance.second_person.propose(SIONE, wanted, make_key)

    return propose


@pytest.mark.parametrize(
    ("give", "name"),
    [
        (account, "acme"),
        (account, "ACME"),
        (account, "ａｃｍｅ"),
        (account, "Sione"),
        (account, "cli"),
        (key, "sione"),
        (key, "acme"),
        (key, "tracker"),
        (by_page("account"), "Acme"),
        (by_page("key"), "sione"),
        (by_page("key"), "acme"),
    ],
)
def test_a_name_that_is_taken_is_refused_for_another(built: Built, give: Callable[..., None], name: str) -> None:
    with pytest.raises(SenderError) as refused:
        give(built, name)
    assert refused.value.code == "name-taken"


def test_names_of_disabled_accounts_and_revoked_keys_stay_taken(built: Built) -> None:
    accounts = built.house.governance.accounts
    accounts.enable_officer("cli", "sione", is_enabled=False)
    assert accounts.revoke_key("acme")
    for give, name in ((key, "sione"), (account, "acme"), (key, "acme")):
        with pytest.raises(SenderError):
            give(built, name)


def test_an_account_is_changed_under_its_own_name(built: Built) -> None:
    account(built, "sione")
    built.house.governance.accounts.change_officer("cli", "sione", "Sione T.", "auditor", None)


def test_of_two_who_give_the_same_name_at_once_one_is_refused(built: Built) -> None:
    refused: list[str] = []

    def give(what: Callable[..., None], name: str) -> None:
        try:
            what(built, name)
        except SenderError as error:
            refused.append(error.code)

    running = [threading.Thread(target=give, args=one) for one in ((account, "Twin"), (key, "twin"))]
    for one in running:
        one.start()
    for one in running:
        one.join(60)
    assert refused == ["name-taken"]


def test_a_clash_from_before_is_told_and_nothing_is_broken(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as before:
        before.setattr("cocket.pipeline.governance.sign_in.require_free", lambda *_: None)
        account(built, "acme")
    check = found(built)
    assert check.state == "degraded"
    assert "acme, acme" in check.words
    assert built.house.governance.accounts.sign_in("acme", PASSWORD, "127.0.0.1") is not None
    assert built.house.governance.accounts.revoke_key("acme")
    check = found(built)
    assert check.state == "well"
    assert "acme, acme" in check.words


def test_without_a_clash_all_is_well(built: Built) -> None:
    assert found(built).state == "well"
    assert found(built).figures["clashes_ever"] == 0


def found(built: Built) -> health.Check:
    return next(one for one in health.look(built.stores).checks if one.name == "names")

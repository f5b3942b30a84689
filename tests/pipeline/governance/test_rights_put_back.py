# SPDX-License-Identifier: Apache-2.0
"""An insider puts back rows of before, with the MACs they had: nobody has a right again that was taken from him."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from cocket.pipeline import Instance, open_stores
from tests.houses import Built, build

PASSWORD, OTHER = "a password that is long", "another password that is long"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    house = build(tmp_path_factory.mktemp("rights") / "home")
    yield house
    house.stores.database.close()


def sql(made: Built, statement: str) -> int:
    """What an insider does, past everything; how many rows it changed."""
    with made.stores.database.transaction() as connection:
        return connection.execute(statement).rowcount  # type: ignore[arg-type]


def fresh(made: Built, name: str) -> Instance:
    """A supervisor's account and a key, as an insider finds and keeps them."""
    house = Instance(made.stores)
    house.put_officer(name, name.title(), "supervisor", None, PASSWORD)
    return house


def session_of(house: Instance, name: str, password: str = PASSWORD) -> str:
    let_in = house.sign_in(name, password, "127.0.0.1")
    assert let_in is not None
    return let_in.token


def kept(made: Built, table: str) -> Callable[[], int]:
    """Keep the rows of a table; gives the act that puts them back in place of what stands then."""
    sql(made, f"drop table if exists old_{table}")
    sql(made, f"create table old_{table} as table {table}")

    def put_back() -> int:
        with made.stores.database.transaction() as connection:
            connection.execute("set local session_replication_role = replica")
            connection.execute(f"delete from {table}")  # type: ignore[arg-type]
            return connection.execute(f"insert into {table} table old_{table}").rowcount  # type: ignore[arg-type]

    return put_back


@contextmanager
def undone(made: Built, *tables: str) -> Iterator[None]:
    """Whatever is done to tables meanwhile is undone afterwards."""
    acts = [kept(made, table) for table in tables]
    try:
        yield
    finally:
        for act in acts:
            act()


CHANGES: dict[str, Callable[[Instance, str], Any]] = {
    "made-officer": lambda house, name: house.put_officer(name, "X", "officer", "XA1", PASSWORD),
    "disabled": lambda house, name: house.enable_officer("cli", name, is_enabled=False),
    "new-password": lambda house, name: house.put_officer(name, "X", "supervisor", None, OTHER),
}


@pytest.mark.parametrize("change", CHANGES)
def test_an_account_put_back_as_it_was_gives_no_rights_and_is_noted(made: Built, change: str) -> None:
    name = f"lupe-{change}"
    house = fresh(made, name)
    token = session_of(house, name)
    accounts, sessions = kept(made, "officer"), kept(made, "session")
    CHANGES[change](house, name)
    accounts()
    sessions()
    assert house.officer_of_session(token) is None
    assert house.sign_in(name, PASSWORD, "127.0.0.1") is None
    assert sql(made, f"delete from row_difference where tbl = 'officer' and id = '{name}'") == 1
    assert house.officer_of_session(token) is None, "a list that the insider empties is not what refuses him"


#: What an insider does to the book so that the record that took rights away is not seen.
HIDINGS = {
    "deleted": "delete from record where id = (select record from leaf order by idx desc limit 1)",
    "about-another": (
        "update record set about = gen_random_uuid() where id = (select record from leaf order by idx desc limit 1)"
    ),
    "leaf-deleted": "delete from leaf where idx = (select max(idx) from leaf)",
}


@pytest.mark.parametrize("hiding", HIDINGS)
@pytest.mark.parametrize("change", CHANGES)
def test_hiding_the_record_that_took_rights_away_gives_none_back(made: Built, change: str, hiding: str) -> None:
    name = f"mata-{change}-{hiding}"
    house = fresh(made, name)
    token = session_of(house, name)
    accounts, sessions = kept(made, "officer"), kept(made, "session")
    CHANGES[change](house, name)
    with undone(made, "record", "leaf"):
        accounts()
        sessions()
        sql(made, HIDINGS[hiding])
        assert house.officer_of_session(token) is None
        assert Instance(made.stores).sign_in(name, PASSWORD, "127.0.0.1") is None
        other = Instance(open_stores(made.settings, made.dsn))
        assert other.officer_of_session(token) is None, "another process knows it too"
        other.close()
    sql(made, f"delete from session where officer = '{name}'")
    sql(made, f"delete from row_difference where id = '{name}'")


def test_without_the_mark_in_the_home_a_hidden_record_is_believed(made: Built) -> None:
    """The control: what is in the database alone cannot show it."""
    house = fresh(made, "hemi")
    token = session_of(house, "hemi")
    accounts, sessions = kept(made, "officer"), kept(made, "session")
    house.enable_officer("cli", "hemi", is_enabled=False)
    (made.settings.home / "rows.accounts").unlink()
    with undone(made, "record", "leaf"):
        accounts()
        sessions()
        sql(made, HIDINGS["about-another"])
        assert house.officer_of_session(token) is not None


def test_hiding_that_a_key_was_revoked_does_not_bring_it_back(made: Built) -> None:
    house = Instance(made.stores)
    house.add_key("cocket_hidden_secret", "A trader", ["trader"], ["ACME"])
    keys = kept(made, "api_key")
    assert house.revoke_key("hidden")
    with undone(made, "record", "leaf"):
        keys()
        sql(made, HIDINGS["deleted"])
        assert Instance(made.stores).principal_of_key("cocket_hidden_secret") is None


def test_an_account_that_nobody_changed_since_has_its_rights(made: Built) -> None:
    """The control: the same rows put back while they are the newest."""
    house = fresh(made, "mere")
    token = session_of(house, "mere")
    accounts, sessions = kept(made, "officer"), kept(made, "session")
    accounts()
    sessions()
    assert house.officer_of_session(token) is not None


ENDINGS: dict[str, Callable[[Instance, str, str], Any]] = {
    "sign-out": lambda house, name, token: house.sign_out(token),
    "new-role": lambda house, name, token: house.put_officer(name, "X", "officer", None, PASSWORD),
    "off-and-on": lambda house, name, token: [
        house.enable_officer("cli", name, is_enabled=one) for one in (False, True)
    ],
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_session_that_was_ended_does_not_come_alive(made: Built, ending: str) -> None:
    name = f"anna-{ending}"
    house = fresh(made, name)
    token = session_of(house, name)
    sessions = kept(made, "session")
    ENDINGS[ending](house, name, token)
    sessions()
    assert house.officer_of_session(token) is None
    assert sql(made, f"select from row_difference where tbl = 'session' and stands like '%{name}%'") == 1
    assert house.officer_of_session(session_of(house, name)) is not None


def test_one_session_ends_and_another_of_the_same_officer_goes_on(made: Built) -> None:
    house = fresh(made, "rewi")
    first, second = session_of(house, "rewi"), session_of(house, "rewi")
    house.sign_out(first)
    house.sign_out(first)
    assert house.officer_of_session(first) is None
    assert house.officer_of_session(second) is not None


def test_a_session_goes_on_after_its_own_officer_changed_the_password(made: Built) -> None:
    house = fresh(made, "tama")
    officer = house.officer_of_session(session_of(house, "tama"))
    assert officer is not None
    changed = house.change_password(officer, PASSWORD, OTHER, "127.0.0.1")
    assert changed is not None
    assert house.officer_of_session(changed.token) is not None


@pytest.mark.parametrize("act", ["revoked", "narrowed"])
def test_a_key_put_back_as_it_was_opens_nothing(made: Built, act: str) -> None:
    presented = f"cocket_{act}_secret"
    house = Instance(made.stores)
    house.add_key(presented, "A trader", ["trader"], ["ACME", "OTHER"])
    assert house.principal_of_key(presented) is not None
    keys = kept(made, "api_key")
    assert house.revoke_key(act) if act == "revoked" else house.grant_senders(act, ["ACME"])
    keys()
    assert Instance(made.stores).principal_of_key(presented) is None
    assert not house.grant_senders(act, ["ACME", "OTHER"]), "what was put back is not made good by the next change"


def test_enabling_an_account_that_was_put_back_does_not_make_it_good(made: Built) -> None:
    house = fresh(made, "sione")
    accounts = kept(made, "officer")
    house.put_officer("sione", "Sione", "officer", None, PASSWORD)
    accounts()
    house.enable_officer("cli", "sione", is_enabled=True)
    assert house.sign_in("sione", PASSWORD, "127.0.0.1") is None
    house.put_officer("sione", "Sione", "officer", None, PASSWORD)
    found = house.officer_of_session(session_of(house, "sione"))
    assert found is not None
    assert found.role == "officer"


def test_an_account_noted_as_different_gives_no_rights_until_set_right(made: Built) -> None:
    house = fresh(made, "hine")
    token = session_of(house, "hine")
    sql(made, "insert into row_difference (tbl, id, col) values ('officer', 'hine', 'role')")
    assert house.officer_of_session(token) is None
    assert house.sign_in("hine", PASSWORD, "127.0.0.1") is None
    house.put_officer("hine", "Hine", "officer", None, PASSWORD)
    assert house.officer_of_session(session_of(house, "hine")) is not None

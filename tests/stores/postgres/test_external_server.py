# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL that somebody else runs is used only if it keeps its word."""

from __future__ import annotations

from urllib.parse import urlsplit

import psycopg
import pytest

from cocket.errors import SettingsError, StoreError
from cocket.stores.postgres import external_server as given_postgres
from cocket.stores.postgres.external_server import ExternalPostgres
from tests.postgres import shared_database

#: The tests' server flushes nothing, which is a lie by itself; the other tests look past that one.
LIES_BUT_FSYNC = {name: bad for name, bad in given_postgres._LIES.items() if name != "fsync"}


@pytest.fixture
def looking_past_fsync(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given_postgres, "_LIES", LIES_BUT_FSYNC)


def test_a_server_that_does_not_flush_is_refused() -> None:
    with pytest.raises(StoreError, match="fsync off"):
        ExternalPostgres(shared_database()).start()


@pytest.mark.usefixtures("looking_past_fsync")
def test_a_good_server_is_used_as_it_is() -> None:
    url = shared_database()
    with ExternalPostgres(url) as server:
        assert (server.dsn, server.start(), server.warnings, server.is_running()) == (url, url, (), True)
    assert server.is_running(), "it is not ours to stop"


@pytest.mark.usefixtures("looking_past_fsync")
@pytest.mark.parametrize(
    ("option", "said"),
    [("synchronous_commit=off", "synchronous_commit off"), ("default_transaction_read_only=on", "read_only on")],
)
def test_a_server_that_would_forget_or_keeps_nothing_is_refused(option: str, said: str) -> None:
    with pytest.raises(StoreError, match=said) as refused:
        ExternalPostgres(f"{shared_database()}&options=-c{option.replace('=', '%3D')}").start()
    assert refused.value.code == "postgres-unsafe"


@pytest.mark.usefixtures("looking_past_fsync")
def test_a_weak_setting_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given_postgres, "_WEAK", {"jit": ("off", "an example")})
    server = ExternalPostgres(shared_database())
    server.start()
    assert server.warnings == ("The database has jit off: an example.",)


@pytest.mark.usefixtures("looking_past_fsync")
def test_a_database_of_another_encoding_is_refused() -> None:
    url = shared_database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE latin ENCODING LATIN1 TEMPLATE template0")
    with pytest.raises(StoreError, match="encoding LATIN1"):
        ExternalPostgres(urlsplit(url)._replace(path="/latin").geturl()).start()


@pytest.mark.usefixtures("looking_past_fsync")
def test_a_server_too_old_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given_postgres, "OLDEST_MAJOR", 99)
    with pytest.raises(StoreError, match="99 or newer is needed") as refused:
        ExternalPostgres(shared_database()).start()
    assert refused.value.code == "postgres-version"


def test_a_server_that_is_not_there_is_told_without_its_password() -> None:
    server = ExternalPostgres("postgresql://me:sesame@127.0.0.1:1/none")
    with pytest.raises(StoreError) as refused:
        server.start()
    assert refused.value.code == "postgres-unreachable"
    assert "sesame" not in str(refused.value)
    assert not server.is_running()


@pytest.mark.parametrize("url", ["mysql://me:sesame@host/x", "host", "nonsense=1", "postgresql://h/x?y=z"])
def test_what_is_no_url_is_a_fault_of_the_settings(url: str) -> None:
    with pytest.raises(SettingsError) as refused:
        ExternalPostgres(url).start()
    assert len(refused.value.problems) == 1
    assert "sesame" not in str(refused.value)

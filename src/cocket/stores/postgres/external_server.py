# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL server that somebody else runs: used as it is, once it is known to keep its word."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg.conninfo import conninfo_to_dict

from cocket.errors import SettingsError, StoreError
from cocket.stores.postgres.binaries import OLDEST_MAJOR
from cocket.stores.postgres.durability import UNSAFE, meaning
from cocket.stores.postgres.sessions import ENCODING

_CONNECT_S = 5

#: What refuses the server: setting → value.
_LIES = UNSAFE

#: What is weaker than it should be: setting → (value, what it means).
_WEAK = {
    "full_page_writes": ("off", "a power cut may leave torn pages"),
    "data_checksums": ("off", "bit rot on its disk goes unnoticed"),
}


def check_url(url: str) -> None:
    """See that a text is a connection URL or string of libpq; nothing is connected to.

    Raises:
        SettingsError: It is not.
    """
    try:
        conninfo_to_dict(url)
    except psycopg.Error as problem:
        raise _no_url() from problem


def _no_url() -> SettingsError:
    sentence = "COCKET_DATABASE_URL is not a connection URL of PostgreSQL."
    return SettingsError(
        sentence,
        problems=(sentence,),
        expected="postgresql://user@host/database",
        hint="Use a URL such as postgresql://user@host/database.",
    )


class ExternalPostgres:
    """A server known by its connection URL.

    Args:
        url: Connection URL or string of libpq.

    Attributes:
        dsn: The same.
        warnings: What is weaker than it should be, as sentences (0..n); known after `start`.
    """

    def __init__(self, url: str) -> None:
        self.dsn = url
        self.warnings: tuple[str, ...] = ()

    def start(self) -> str:
        """See that the server answers, is new enough and flushes what it acknowledges.

        Returns:
            Its connection URL.

        Raises:
            SettingsError: The URL cannot be read.
            StoreError: The server does not answer, is too old, is read only, or is set to forget.
        """
        with self._connection() as connection:
            found = _settings_of(connection)
        self._refuse_unfit(found)
        self.warnings = tuple(
            f"The database has {name} {bad}: {meaning}." for name, (bad, meaning) in _WEAK.items() if found[name] == bad
        )
        return self.dsn

    def stop(self) -> None:
        """Nothing to do: the server is not ours."""

    def is_running(self) -> bool:
        """Whether the server answers now."""
        try:
            with self._connection():
                return True
        except (StoreError, SettingsError):
            return False

    @contextlib.contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        """A connection, its errors told without the URL, which may hold a password."""
        try:
            # without what we pin: the server is judged by its own settings
            with psycopg.connect(self.dsn, connect_timeout=_CONNECT_S, client_encoding=ENCODING) as connection:
                yield connection
        except psycopg.OperationalError as problem:
            reason = " ".join(str(problem).split()).rstrip(".?")
            raise StoreError(
                f"The database does not answer: {reason}.",
                code="postgres-unreachable",
                hint="Check that it runs, and that COCKET_DATABASE_URL is correct.",
            ) from problem
        except psycopg.ProgrammingError as problem:
            raise _no_url() from problem
        except psycopg.Error as problem:
            raise StoreError(f"The database cannot be used: {problem}.", code="postgres-unusable") from problem

    def _refuse_unfit(self, found: dict[str, str]) -> None:
        major = int(found["server_version_num"]) // 10_000
        if major < OLDEST_MAJOR:
            raise StoreError(
                f"The database is PostgreSQL {major}; {OLDEST_MAJOR} or newer is needed.",
                code="postgres-version",
                expected=f"{OLDEST_MAJOR} or newer",
                found=str(major),
            )
        if found["server_encoding"] != "UTF8":
            raise StoreError(
                f"The database has the encoding {found['server_encoding']}; UTF8 is needed.",
                code="postgres-encoding",
                expected="UTF8",
                found=found["server_encoding"],
                hint="Create one with `createdb --encoding=UTF8 --template=template0`.",
            )
        for name, lie in _LIES.items():
            if found[name] == lie:
                raise StoreError(
                    f"The database has {name} {lie}: {meaning(name)}.",
                    code="postgres-unsafe",
                    found=f"{name}={lie}",
                    hint="Change that setting, or use another server.",
                )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _settings_of(connection: psycopg.Connection[tuple[Any, ...]]) -> dict[str, str]:
    """The settings to be judged, by name."""
    wanted = ["server_version_num", "server_encoding", *_LIES, *_WEAK]
    return dict(connection.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", (wanted,)).fetchall())

# SPDX-License-Identifier: Apache-2.0
"""Revisions of the tables: which this program knows, which a database has, and the way from one to the other.

Each revision is one file in `migrations/versions` and one transaction, so that a way that was cut off goes on from
where it stands. A file that has landed is never changed.
"""

from __future__ import annotations

import ast
import functools
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from cocket.errors import StoreError

Connection = psycopg.Connection[tuple[Any, ...]]

#: The advisory lock of whoever changes the tables.
MIGRATION_LOCK = 0x436F636B01

_FOLDER = Path(__file__).parent.parent / "migrations"

#: How long another host may take over its upgrade before this one gives up waiting for it, and how often it looks.
_PATIENCE_S, _PAUSE_S = 3600.0, 0.2


class Revision(msgspec.Struct, frozen=True):
    """One revision of the tables.

    Attributes:
        number: Four digits, such as `0008`.
        title: What it is for, in one sentence.
    """

    number: str
    title: str


class OlderSession(msgspec.Struct, frozen=True):
    """A connection to the database by a Cocket that is older than this one.

    Attributes:
        pid: Process of the database's that serves it.
        host: Where it comes from.
        since: When it was opened, UTC.
    """

    pid: int
    host: str
    since: datetime


@functools.cache
def revisions() -> tuple[Revision, ...]:
    """All revisions that this program knows, oldest first (1..n)."""
    files = sorted((_FOLDER / "versions").glob("m[0-9]*.py"))
    return tuple(Revision(file.name[1:5], _title(file.read_text("utf-8"))) for file in files)


def newest_revision() -> str:
    """Newest revision of the tables that this program knows, such as `0008`: that of the last file of migrations."""
    return revisions()[-1].number


def revision_of(connection: Connection) -> str | None:
    """The revision of a database; None if it has no tables of ours."""
    found = connection.execute("select to_regclass('alembic_version')").fetchone()
    if found is None or found[0] is None:
        return None
    row = connection.execute("select version_num from alembic_version").fetchone()
    return str(row[0]) if row else None


def check_known(found: str | None) -> None:
    """Refuse a database whose tables this program does not know.

    Raises:
        StoreError: They were made by a newer program.
    """
    if found is not None and found not in {one.number for one in revisions()}:
        raise StoreError(
            f"The database's tables are of revision {found}; this program knows them up to {newest_revision()}."
            " They were created by a newer Cocket. Nothing was changed.",
            code="database-newer",
            expected=newest_revision(),
            found=found,
            hint="Install that version of Cocket on this machine, or restore a backup made before the upgrade.",
        )


def pending(found: str | None) -> tuple[Revision, ...]:
    """Revisions that a database does not have yet, oldest first (0..n)."""
    return tuple(one for one in revisions() if found is None or one.number > found)


def older_sessions(connection: Connection) -> list[OlderSession]:
    """Connections of older Cockets under the same role of the database (0..n).

    From revision 0011 on they say which revision they know; those before gave no name at all.
    """
    rows = connection.execute(
        """select pid, coalesce(host(client_addr), 'this machine'), backend_start from pg_stat_activity
        where datname = current_database() and usename = current_user and backend_type = 'client backend'
        and pid <> pg_backend_pid() and (application_name = ''
        or (application_name ~ '^cocket [0-9]{4}$' and right(application_name, 4) < %s)) order by backend_start""",
        (newest_revision(),),
    ).fetchall()
    return [OlderSession(*row) for row in rows]


def cocket_sessions(connection: Connection) -> int:
    """Connections of other Cockets to this database (count)."""
    row = connection.execute(
        """select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
        and application_name like 'cocket %'"""
    ).fetchone()
    return int(row[0]) if row else 0


def upgrade(
    dsn: str, options: Mapping[str, Any], begins: Callable[[Revision], None] = lambda revision: None
) -> tuple[Revision, ...]:
    """Bring the tables to this program's newest revision; of several programs that try at once, one does it.

    Args:
        dsn: The database; fresh, or of any earlier revision.
        options: What its connections are opened with besides.
        begins: Called before each revision.

    Returns:
        The revisions that this call made (0..n): none if there was nothing to do, or another did it meanwhile.

    Raises:
        StoreError: It cannot be reached, is of a newer program, or an older Cocket works on it.
    """
    from sqlalchemy import create_engine
    from sqlalchemy.exc import SQLAlchemyError
    from sqlalchemy.pool import NullPool

    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(dsn, **options), poolclass=NullPool)
    try:
        with engine.connect() as alembic, psycopg.connect(dsn, autocommit=True, **options) as plain:
            _lock(plain)
            found = revision_of(plain)
            check_known(found)
            wanted = pending(found)
            if wanted and found is not None:
                _refuse_older(older_sessions(plain))
            for revision in wanted:
                begins(revision)
                _step(alembic, revision)
    except (SQLAlchemyError, psycopg.Error) as error:
        reason = str(error).strip().partition("\n")[0]
        raise StoreError(f"The database's tables cannot be prepared: {reason}") from error
    finally:
        engine.dispose()
    return wanted


def _step(connection: object, revision: Revision) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, revision.number)
    except CommandError as error:
        raise StoreError(f"Revision {revision.number} of the tables cannot be created: {error}") from error
    connection.commit()  # type: ignore[attr-defined]


def _lock(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Take the right to change the tables, until the connection ends."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        row = connection.execute("select pg_try_advisory_lock(%s)", (MIGRATION_LOCK,)).fetchone()
        if row and row[0]:
            return
        if time.monotonic() > deadline:
            raise StoreError(
                "Another host has been upgrading the database for an hour.", hint="Check what it is doing."
            )
        time.sleep(_PAUSE_S)


def _refuse_older(sessions: list[OlderSession]) -> None:
    if sessions:
        hosts = ", ".join(sorted({one.host for one in sessions}))
        pids = ", ".join(str(one.pid) for one in sessions)
        raise StoreError(
            f"An older Cocket is using this database: {len(sessions)} connections from {hosts}"
            f" (processes {pids} of the database). Nothing was changed.",
            code="database-in-use",
            hint="Stop it there, then upgrade. If no such Cocket is running, end these with pg_terminate_backend.",
        )


def _title(source: str) -> str:
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]

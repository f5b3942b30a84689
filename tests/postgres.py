# SPDX-License-Identifier: Apache-2.0
"""One PostgreSQL for a whole test run, and a fresh database in it for whoever asks."""

from __future__ import annotations

import atexit
import functools
import itertools
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from cocket.stores.postgres import cluster
from cocket.stores.postgres.server import EmbeddedPostgres

#: Where the server's folder is made; None for the system's folder for temporary files.
parent: Path | None = None

#: Connections that the server takes (count): houses of earlier tests of a module hold theirs until it ends.
CONNECTIONS = 300

_numbers = itertools.count(1)

#: Databases that end with the module whose tests asked for them.
_passing: list[str] = []


def shared_database(template: str = "template1", *, is_lasting: bool = False) -> str:
    """Connection URL of a new database, empty or a copy of another.

    The server is started at the first call and removed at exit. It flushes nothing to disk, so it survives a kill but
    no power cut: tests of durability start their own.

    Args:
        template: Database to copy, by name or connection URL; nobody may be connected to it.
        is_lasting: Whether it is there until the run ends, not only until its module does.
    """
    url = _server().dsn
    name = f"test_{next(_numbers)}"
    with psycopg.connect(url, autocommit=True) as connection:
        source = urlsplit(template).path.lstrip("/") or template
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(source)
            )
        )
    if not is_lasting:
        _passing.append(name)
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def drop_databases() -> None:
    """Drop the databases that do not last, whoever is still connected: hundreds of them fill a disk."""
    if _passing:
        with psycopg.connect(_server().dsn, autocommit=True) as connection:
            while _passing:
                connection.execute(
                    sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(_passing.pop()))
                )


@functools.cache
def _server() -> EmbeddedPostgres:
    folder = Path(tempfile.mkdtemp(prefix="cocket-tests-", dir=parent))
    server = EmbeddedPostgres(folder, durable=False)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(server.stop)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(cluster._SETTINGS, "max_connections", str(CONNECTIONS))
        server.start()
    return server

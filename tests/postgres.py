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
from psycopg import sql

from cocket.stores.postgres import EmbeddedPostgres

_numbers = itertools.count(1)


def shared_database(template: str = "template1") -> str:
    """Connection URL of a new database, empty or a copy of another.

    The server is started at the first call and removed at exit. It flushes nothing to disk, so it survives a kill but
    no power cut: tests of durability start their own.

    Args:
        template: Database to copy, by name or connection URL; nobody may be connected to it.
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
    return urlsplit(url)._replace(path=f"/{name}").geturl()


@functools.cache
def _server() -> EmbeddedPostgres:
    folder = Path(tempfile.mkdtemp(prefix="cocket-tests-"))
    server = EmbeddedPostgres(folder, durable=False)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(server.stop)
    server.start()
    return server

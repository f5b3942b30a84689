# SPDX-License-Identifier: Apache-2.0
"""kill -9 of everything while a host's folder is taken in, with a pipe, links and damaged files before all others."""

from __future__ import annotations

import gzip
import os
import random
import time
from pathlib import Path

import psycopg

from cocket.errors import StoreError
from cocket.stores.postgres.server import EmbeddedPostgres
from tests.faults.serving import Served, cocket, until
from tests.messages import declaration

FILES = 500

_TWICE = "select l.digest::text from message m join leaf l on l.record = m.id group by l.digest having count(*) > 1"


def fill(folder: Path, home: Path) -> None:
    """A folder whose first names are those that must not stop the others."""
    folder.mkdir()
    (folder / "000.xml.gz").write_bytes(gzip.compress(declaration("R0"))[:-9])
    os.mkfifo(folder / "001.xml")
    (folder / "002.xml").symlink_to(next(path for path in (home / "keys").iterdir() if path.is_file()))
    (folder / "003").symlink_to(home / "keys", target_is_directory=True)
    (folder / "004.xml").write_bytes(b"")
    for number in range(FILES):
        (folder / f"decl-{number:04}.xml").write_bytes(declaration(f"R{number + 1}"))


def messages(home: Path) -> tuple[int, int, list[str]]:
    """How many messages were accepted, how many were refused, and contents that are there twice."""
    with EmbeddedPostgres(home / "postgres") as server, psycopg.connect(server.dsn, autocommit=True) as connection:
        counts = dict(connection.execute("select outcome, count(*) from message group by outcome").fetchall())
        twice = [row[0] for row in connection.execute(_TWICE).fetchall()]
    return counts.get("accepted", 0), counts.get("refused", 0), twice


def taken(served: Served) -> int:
    """Messages taken in so far, as the log counts leaves; -1 while the database does not answer."""
    try:
        return messages(served.home)[0]
    except (StoreError, psycopg.Error):  # it may be down: it was killed
        return -1


def test_a_folder_is_taken_in_once_and_whole_whatever_is_killed(home: Path, tmp_path: Path) -> None:
    folder, dice = tmp_path / "export", random.Random(5)
    fill(folder, home)
    served = Served(home, feed=folder)
    seen = [0]
    while seen[-1] < FILES * 3 // 4 and len(seen) < 9:
        with served:
            until(lambda: taken(served) > seen[-1], f"nothing is taken in: {served.said}")
            time.sleep(dice.uniform(0.0, 0.4))
            served.kill_all()
        seen.append(messages(home)[0])
    assert len(seen) > 2, "everything came before the first kill: the test shows nothing"
    with served:
        until(lambda: taken(served) >= FILES, f"not all is taken in: {served.said}")
        time.sleep(3)  # looks further, which bring nothing
    assert messages(home) == (FILES, 0, [])
    listed = cocket("feed", "--problems", "--json", home=home)
    assert listed.returncode == 1
    assert listed.stdout.count('"code"') == 5
    last = served.said.rpartition("truncated packed file")[2]
    assert last.count("is a pipe, not a file") <= 1  # told once, not at every look


def test_a_folder_that_comes_later_is_waited_for(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "not mounted yet"
    with Served(home, feed=folder) as served:
        until(lambda: "cannot be read" in served.said, f"the absent folder is not told: {served.said}")
        folder.mkdir()
        (folder / "one.xml").write_bytes(declaration("R1"))
        until(lambda: taken(served) == 1, f"the folder is not looked at again: {served.said}")

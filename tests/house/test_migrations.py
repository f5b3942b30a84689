# SPDX-License-Identifier: Apache-2.0
"""Migrations that have landed are never edited: a house that took the old wording would differ for ever from a new one.

A migration lands with the release that carries it. Add its line here then; the message of the failing test has it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from cocket.stores.base.database import newest_revision
from cocket.stores.base.revisions import check_known, pending, revisions
from tests.house.source import PACKAGE

FOLDER = PACKAGE / "stores" / "migrations"

#: Each migration that has landed, with the first half of its file's SHA-256.
LANDED = {
    "m0001_first.py": "b2025f0c0c6bdf4b5bb24188b196149e",
    "m0002_measures.py": "cca941ff8deae8893c0e26e55723fbcf",
    "m0003_book.py": "3375ccc09c3f0f1fac7f89714e8050c0",
    "m0004_screening.py": "6b4f64340686f5f67c4bcbdc326529c3",
    "m0005_tracking.py": "5d9cdb54064fbe9233b2cd7da26fa658",
    "m0006_rules.py": "33b6c6d84b56462eb31d9f01e44ae3ff",
    "m0007_journeys.py": "fcaf1ce932674e67ce694a31ece783ce",
    "m0008_devices.py": "03c510d834a4b615dced7afc88d9ccbb",
    "m0009_set_aside.py": "2cb6526ae69e72a6207afce5dd77b30d",
    "m0010_health.py": "20b2e720cd66465cc4d349aabda7d7c1",
    "m0011_identity.py": "ba8f2ac5382662584550937299354c4f",
    "m0012_sign_in.py": "9fdf4363bb53ec9357895f74e7084e4d",
    "m0013_row_macs.py": "ae169e761e15bc4f73dd703cf15053d4",
    "m0014_feed.py": "34f1dcb4e10721dbad6a011a0908bd91",
    "m0015_offices.py": "3666d653341e0a4d1749fbd54d20f4f0",
}


def digest(path: Path) -> str:
    """The first half of a file's SHA-256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:32]


def edited(folder: Path, landed: dict[str, str]) -> list[str]:
    """Migrations that landed and are not there as they were."""
    return [
        f"{name} was edited or removed: put it back, and write a new migration for what is to change"
        for name, known in landed.items()
        if not (folder / name).is_file() or digest(folder / name) != known
    ]


def chain() -> list[tuple[str, str | None]]:
    """Each revision with the one before it, oldest first, as Alembic reads them."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    found = list(ScriptDirectory.from_config(config).walk_revisions())
    return [(one.revision, one.down_revision) for one in reversed(found)]  # type: ignore[misc]


def test_no_migration_that_has_landed_was_edited() -> None:
    assert edited(FOLDER / "versions", LANDED) == []


def test_an_edited_migration_is_found(tmp_path: Path) -> None:
    file = tmp_path / "m0001_first.py"
    file.write_text("revision = 1\n")
    landed = {file.name: digest(file)}
    assert edited(tmp_path, landed) == []
    file.write_text("revision = 2\n")
    assert len(edited(tmp_path, landed)) == 1
    file.unlink()
    assert len(edited(tmp_path, landed)) == 1


def test_revisions_are_one_chain_without_a_gap() -> None:
    numbers = [f"{number:04}" for number in range(1, len(revisions()) + 1)]
    assert [one.number for one in revisions()] == numbers
    assert chain() == list(zip(numbers, [None, *numbers[:-1]], strict=True))


def test_the_newest_revision_is_the_head_and_each_has_a_title() -> None:
    assert newest_revision() == chain()[-1][0]
    assert all(one.title.endswith(".") for one in revisions())


def test_a_revision_that_nobody_knows_is_newer(tmp_path: Path) -> None:
    check_known(None)
    check_known(newest_revision())
    with pytest.raises(Exception, match="created by a newer Cocket"):
        check_known("9999")
    assert [one.number for one in pending("0006")][:2] == ["0007", "0008"]
    assert pending(newest_revision()) == ()
    assert pending(None) == revisions()

# SPDX-License-Identifier: Apache-2.0
"""A process says what is not well once, and ends in order whatever fails at its end."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from cocket.cli.roles.roles import Ground, Post
from cocket.errors import StoreError
from cocket.pipeline import AssessmentWorker, open_stores
from cocket.pipeline.assessment.worker_state import WorkerState
from cocket.settings import Settings
from tests.faults.serving import cocket
from tests.houses import build, envelope, trader
from tests.messages import declaration


def test_what_is_noted_is_said_once_and_again_after_it_was_over(tmp_path: Path) -> None:
    said: list[str] = []
    post = Post(Ground(Settings(home=tmp_path), "", {}, said.append), "assessment", threading.Event())
    for words in ("the disk is full", "the disk is full", None, None, "the disk is full", "no rights"):
        post.note(words)
    assert said == ["the disk is full", "the disk is full", "no rights"]


def test_a_desk_that_cannot_write_down_what_it_learnt_works_ends_in_order_and_learns_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = build(tmp_path)
    built.house.intake.messages.take_many([envelope(declaration(f"R{n}")) for n in range(3)], principal=trader("ACME"))
    saved: list[int] = []

    def fails(analysts: WorkerState, connection: object, upto: int) -> None:
        saved.append(upto)
        raise StoreError("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(WorkerState, "save", fails)
        desk = AssessmentWorker(built.stores)
        desk.open()
        while desk.turn():
            pass
        desk.close()
    assert saved
    assert "The disk is full" in (desk.unwritten or "")
    again = AssessmentWorker(open_stores(built.settings, built.stores.database.dsn))
    assert again.open() >= 2
    again.close()
    assert again.unwritten is None


def test_status_says_that_an_address_is_none_of_postgresql(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    done = cocket("status", "--json", home=tmp_path, database_url="mysql://u:secret@host/db")
    assert "COCKET_DATABASE_URL is not a connection URL of PostgreSQL" in done.stdout + done.stderr
    assert "secret" not in done.stdout + done.stderr
    assert done.returncode in (1, 2)

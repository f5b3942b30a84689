# SPDX-License-Identifier: Apache-2.0
"""The note on what an audit of tables found: written, read, and refused where it is not the log's own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cocket.errors import ProofError
from cocket.ledger import TABLES_FILE, Signer, TablesNote, read_tables_note, verify_log, write_tables_note
from tests.ledger.logs import ORIGIN, SIGNER, grown

TOLD = TablesNote(origin=ORIGIN, is_equal=True, size=4, at=datetime(2026, 11, 28, 2, 13, 5, tzinfo=UTC))


def test_it_is_read_as_it_was_written() -> None:
    note = write_tables_note(TOLD, [SIGNER])
    assert note.decode().startswith(f"{ORIGIN}\ntables\nequal up to 4\n2026-11-28T02:13:05Z\n\n— {ORIGIN} ")
    assert read_tables_note(note, [SIGNER.verifier]) == TOLD


def test_a_log_with_it_holds_and_says_it() -> None:
    folder = grown([4])
    folder[TABLES_FILE] = write_tables_note(TOLD, [SIGNER])
    verdict = verify_log(folder.get, lambda: folder)
    assert verdict.holds
    assert verdict.tables == TOLD


@pytest.mark.parametrize(
    "change",
    [
        lambda note: note.replace(b"equal", b"differ"),
        lambda note: note + b"x",
        lambda note: note.replace(b"up to 4", b"up to 04"),
        lambda note: write_tables_note(TOLD, [Signer.from_bytes(ORIGIN, b"x" * 32)]),
        lambda note: note + write_tables_note(TOLD, [Signer.from_bytes("other", b"x" * 32)]).split(b"\n\n")[1],
        lambda note: b"",
    ],
)
def test_a_changed_note_is_named(change: object) -> None:
    folder = grown([4])
    folder[TABLES_FILE] = change(write_tables_note(TOLD, [SIGNER]))  # type: ignore[operator]
    verdict = verify_log(folder.get, lambda: folder)
    assert [problem.file for problem in verdict.problems] == [TABLES_FILE]
    with pytest.raises(ProofError):
        read_tables_note(folder[TABLES_FILE], [SIGNER.verifier])

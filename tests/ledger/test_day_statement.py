# SPDX-License-Identifier: Apache-2.0
"""The statement of a day: every byte of it counts, and a log folder with one is as sound as without."""

from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec
import pytest

from cocket.errors import ProofError
from cocket.ledger import (
    CHECKPOINT_FILE,
    DayStatement,
    Signer,
    TablesStated,
    read_checkpoint,
    read_statement,
    sign_note,
    split_note,
    statement_day,
    statement_file,
    verify_log,
    write_statement,
)
from tests.ledger.logs import ORIGIN, SIGNER, Folder, grown

DAY = date(2026, 11, 28)
AT = datetime(2026, 11, 29, 0, 5, tzinfo=UTC)


def stated(folder: Folder, **changed: object) -> DayStatement:
    """A statement about the head of a folder."""
    head = read_checkpoint(split_note(folder[CHECKPOINT_FILE])[0])
    told = DayStatement(
        log=ORIGIN,
        day=DAY,
        at=AT,
        size=head.size,
        root=head.root,
        messages=128,
        advice=128,
        draws=64,
        looks=1024,
        kept=128,
        open=0,
        broken=0,
        policies="ab" * 32,
        tables=TablesStated(is_equal=True, size=40, at=datetime(2026, 11, 28, 2, 13, 5, tzinfo=UTC)),
    )
    return msgspec.structs.replace(told, **changed)


@pytest.mark.parametrize("tables", [None, TablesStated(is_equal=False, size=7, at=AT)])
def test_what_is_written_is_read_again(tables: TablesStated | None) -> None:
    told = stated(grown([40]), tables=tables)
    assert read_statement(write_statement(told, [SIGNER]), [SIGNER.verifier]) == told


def test_no_byte_of_it_can_be_changed() -> None:
    note = write_statement(stated(grown([40])), [SIGNER])
    for place in range(len(note)):
        changed = bytearray(note)
        changed[place] ^= 1
        with pytest.raises(ProofError):
            read_statement(bytes(changed), [SIGNER.verifier])


def test_another_key_and_another_note_of_the_same_key_are_no_statement() -> None:
    folder = grown([40])
    note = write_statement(stated(folder), [SIGNER])
    with pytest.raises(ProofError):
        read_statement(note, [Signer.from_bytes(ORIGIN, bytes(32)).verifier])
    with pytest.raises(ProofError):
        read_statement(folder[CHECKPOINT_FILE], [SIGNER.verifier])
    with pytest.raises(ProofError):
        read_statement(
            sign_note(stated(folder).text, [SIGNER, Signer.from_bytes("other", bytes(32))]), [SIGNER.verifier]
        )


@pytest.mark.parametrize(
    "changed", [{"at": datetime(2026, 11, 28, 23, 59, 59, tzinfo=UTC)}, {"policies": "AB"}, {"broken": -1}]
)
def test_what_cannot_be_stated_is_not_signed(changed: dict[str, object]) -> None:
    with pytest.raises(ProofError):
        write_statement(stated(grown([40]), **changed), [SIGNER])


def test_its_file_names_its_day() -> None:
    assert statement_day(statement_file(DAY)) == DAY
    assert [statement_day(path) for path in ("statement/2026-02-30", "statement/x", "2026-11-28")] == [None] * 3


def test_a_log_with_statements_holds_and_a_false_one_is_named() -> None:
    folder = grown([40, 300])
    early = write_statement(stated(grown([40])), [SIGNER])
    folder[statement_file(DAY)] = early
    verdict = verify_log(folder.get, folder.keys, SIGNER.verifier.vkey)
    assert verdict.holds, verdict.problems
    assert [one.day for one in verdict.statements] == [DAY]
    folder["statement/2026-11-27"] = early
    folder[statement_file(DAY)] = write_statement(stated(folder, root=bytes(32)), [SIGNER])
    found = verify_log(folder.get, folder.keys, SIGNER.verifier.vkey).problems
    assert [(one.file, one.code) for one in found] == [
        ("statement/2026-11-27", "altered"),
        (statement_file(DAY), "altered"),
    ]
    folder[statement_file(DAY)] = early.replace(b"broken 0", b"broken 1")
    del folder["statement/2026-11-27"]
    (problem,) = verify_log(folder.get, folder.keys, SIGNER.verifier.vkey).problems
    assert (problem.file, problem.code) == (statement_file(DAY), "signature")

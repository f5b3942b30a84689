# SPDX-License-Identifier: Apache-2.0
"""The whole log, byte by byte: is every file what the signed checkpoint says it must be?

A log folder holds `checkpoint`, `key.vkey`, `tile/…` and the house's own signed notes, nothing else. Besides the files
that must be there, two kinds may be: *older* partial files of earlier checkpoints, which must be the beginning of the
file that grew out of them, and files *ahead*, of a growth whose checkpoint was never published. The former are as good as
signed; the latter are told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from cocket.errors import ProofError
from cocket.ledger.ahead import find_ahead
from cocket.ledger.checkpoint import Checkpoint, open_checkpoint, read_checkpoint
from cocket.ledger.cose import check_root_signature, line_id
from cocket.ledger.day_statement import DayStatement, read_statement, statement_day
from cocket.ledger.descent import Descent, Problem
from cocket.ledger.handover import HANDOVERS, Tenure, read_tenures, verifiers_for
from cocket.ledger.note import Note, Verifier, split_note
from cocket.ledger.proof import Prover
from cocket.ledger.tables_note import TABLES_FILE, TablesNote, read_tables_note
from cocket.ledger.tiles import Read

KEY_FILE = "key.vkey"
CHECKPOINT_FILE = "checkpoint"


class LogVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What came of reading a whole log.

    Attributes:
        origin: Name of the log; None if its checkpoint cannot be read.
        size: Entries the checkpoint covers (count); None if it cannot be read.
        root: Root hash the checkpoint states (32 bytes); None if it cannot be read.
        problems: Files that are not what they must be (0..n), in the order they were met.
        ahead: Files beyond the checkpoint that carry the log on (0..n); no signature covers them.
        older: Partial files of earlier checkpoints (0..n), all checked.
        notes: What the reader should know besides, in sentences (0..n).
        tables: What the house says of its tables, under the log's key; None if it says nothing.
        statements: What the house states of days, under the log's key (0..n), oldest first.
    """

    origin: str | None
    size: int | None
    root: bytes | None
    problems: tuple[Problem, ...]
    ahead: tuple[str, ...]
    older: tuple[str, ...]
    notes: tuple[str, ...]
    tables: TablesNote | None = None
    statements: tuple[DayStatement, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether every file is what it must be.

        Source: C2SP tlog-tiles.
        """
        return not self.problems


def verify_log(read: Read, list_files: Callable[[], Iterable[str]], vkey: str | None = None) -> LogVerdict:
    """Check a whole log folder: every byte of it counts.

    Args:
        read: Gives the bytes of a file by its path, None if there is none.
        list_files: Gives the path of every file in the folder.
        vkey: A public key of the log as one knows it from elsewhere, its first or one it was handed over to; None to
            take the folder's own, which shows that the folder is whole but not whose it is.

    Returns:
        What was found; each file that is missing, unexpected, cut or changed is named.

    Raises:
        ProofError: `vkey` is not a public key.

    Source: C2SP tlog-tiles, tlog-checkpoint, signed-note; RFC 6962 §2.1.
    """
    paths = set(list_files())
    of_days = {path for path in paths if statement_day(path)}
    descent = Descent(read, paths - {KEY_FILE, CHECKPOINT_FILE, TABLES_FILE} - of_days)
    problems: list[Problem] = []
    notes: list[str] = []
    tenures = _check_keys(read, vkey, problems, notes)
    descent.left.difference_update(f"{HANDOVERS}/{number}" for number in range(1, len(tenures)))
    head, signed = _check_checkpoint(read(CHECKPOINT_FILE), tenures, problems, notes)
    tables = _check_tables(read(TABLES_FILE), tenures, problems)
    statements = _check_statements(sorted(of_days), read, head, tenures, problems)
    ahead: list[str] = []
    if head is None or not (signed or descent.is_of(head)):
        notes.append("No tile was checked: without a valid checkpoint nothing authenticates them.")
    else:
        descent.check(head)
        problems += descent.problems
        if not descent.problems:
            ahead = find_ahead(head.size, read, descent.left)
        if descent.is_cut:
            notes.append("The check stopped early: there are more problems.")
        else:
            problems += [_unexpected(path) for path in sorted(descent.left.difference(ahead))]
    return LogVerdict(
        origin=None if head is None else head.origin,
        size=None if head is None else head.size,
        root=None if head is None else head.root,
        problems=tuple(problems),
        ahead=tuple(ahead),
        older=tuple(descent.older),
        tables=tables,
        statements=statements,
        notes=tuple(notes),
    )


def _check_keys(read: Read, vkey: str | None, problems: list[Problem], notes: list[str]) -> tuple[Tenure, ...]:
    """The log's keys, from the folder's first on; where one was given, only it and those after it are good for a head."""
    given = None if vkey is None else Verifier.from_vkey(vkey)
    alone = () if given is None else (Tenure(given.vkey, 0, None),)
    found = _own_key(read(KEY_FILE), problems)
    if found is None:
        return alone
    try:
        tenures = read_tenures(found.vkey, read)
    except ProofError as error:
        problems.append(Problem(file=error.pointer or HANDOVERS, code="signature", message=str(error)))
        tenures = (Tenure(found.vkey, 0, None),)
    if given is None:
        notes.append(
            f"The key {found.name}+{found.key_id} was taken from the folder itself: "
            "this shows that the folder is consistent, not whose it is."
        )
        return tenures
    if given.vkey not in {tenure.vkey for tenure in tenures}:
        problems.append(Problem(file=KEY_FILE, code="altered", message=f"It is not the given key, {vkey}."))
        return alone
    place = [tenure.vkey for tenure in tenures].index(given.vkey)
    return tuple(Tenure(one.vkey, 0, 0) for one in tenures[:place]) + tenures[place:]


def _own_key(data: bytes | None, problems: list[Problem]) -> Verifier | None:
    """The first key of the log, as the folder has it: one line."""
    if data is None:
        problems.append(Problem(file=KEY_FILE, code="missing", message="The log's public key is missing."))
        return None
    try:
        found = Verifier.from_vkey(data.decode("utf-8").removesuffix("\n"))
    except (ProofError, UnicodeDecodeError) as error:
        message = f"It does not contain one public key: {error}"
        problems.append(Problem(file=KEY_FILE, code="unreadable", message=message))
        return None
    if data != f"{found.vkey}\n".encode():
        problems.append(Problem(file=KEY_FILE, code="length", message="It does not end with one newline."))
    return found


def _check_checkpoint(
    data: bytes | None, tenures: tuple[Tenure, ...], problems: list[Problem], notes: list[str]
) -> tuple[Checkpoint | None, bool]:
    """The head the checkpoint states, None if it cannot be read; and whether it is signed by a key good for it."""
    if data is None:
        problems.append(Problem(file=CHECKPOINT_FILE, code="missing", message="It is missing."))
        return None, False
    verifiers = [Verifier.from_vkey(tenure.vkey) for tenure in tenures]
    try:
        head, note = open_checkpoint(data, verifiers)
    except ProofError as error:
        problems.append(Problem(file=CHECKPOINT_FILE, code="signature", message=str(error)))
        return _unsigned_head(data), False
    if head.origin != verifiers[0].name:
        message = f"It is for {head.origin}, but the key is for {verifiers[0].name}."
        problems.append(Problem(file=CHECKPOINT_FILE, code="signature", message=message))
    good = {verifier.key_id for verifier in verifiers_for(tenures, head.size)}
    if not any(signature.key_id in good for signature in note.verified):
        message = f"It depends on a key that is not valid for a head of {head.size} entries."
        problems.append(Problem(file=CHECKPOINT_FILE, code="signature", message=message))
    _check_cose(data, note, verifiers, problems)
    in_cose = {(verifier.name, line_id(verifier)) for verifier in verifiers}
    others = [line for line in note.unknown if (line.name, line.key_id) not in in_cose]
    if others:
        names = ", ".join(f"{line.name}+{line.key_id}" for line in others)
        notes.append(f"Signatures of other keys were not checked: {names}.")
    return head, True


def _check_tables(data: bytes | None, tenures: tuple[Tenure, ...], problems: list[Problem]) -> TablesNote | None:
    """What the house says of its tables, under a key of the log; None if it says nothing."""
    if data is None or not tenures:
        return None
    try:
        return read_tables_note(data, [Verifier.from_vkey(tenure.vkey) for tenure in tenures])
    except ProofError as error:
        problems.append(Problem(file=TABLES_FILE, code="signature", message=str(error)))
        return None


def _check_statements(
    paths: Sequence[str], read: Read, head: Checkpoint | None, tenures: tuple[Tenure, ...], problems: list[Problem]
) -> tuple[DayStatement, ...]:
    """What the house states of days: each under a key of the log, of the day its file names, and of a head of this log."""
    if head is None or not tenures:
        return ()
    keys = [Verifier.from_vkey(tenure.vkey) for tenure in tenures]
    prover = Prover(head.size, read)
    found = []
    for path in paths:
        try:
            told = read_statement(read(path) or b"", keys)
        except ProofError as error:
            problems.append(Problem(file=path, code="signature", message=str(error)))
            continue
        try:
            is_of_log = told.size <= head.size and prover.root(told.size) == told.root
        except ProofError:
            continue  # the tiles it rests on are named among the problems
        if not is_of_log or told.day != statement_day(path):
            message = f"It does not state day and head of this log: it is of {told.day} and {told.size} entries."
            problems.append(Problem(file=path, code="altered", message=message))
        found.append(told)
    return tuple(found)


def _check_cose(data: bytes, note: Note, verifiers: Sequence[Verifier], problems: list[Problem]) -> None:
    """What the log's keys signed in COSE beside the note: it must hold for each that signed the note."""
    signed = {signature.key_id for signature in note.verified}
    for verifier in verifiers:
        check = check_root_signature(data.decode(), verifier) if verifier.key_id in signed else None
        if check is not None and check.outcome == "failed":
            problems.append(Problem(file=CHECKPOINT_FILE, code="signature", message=check.reason))


def _unsigned_head(data: bytes) -> Checkpoint | None:
    try:
        return read_checkpoint(split_note(data)[0])
    except ProofError:
        return None


def _unexpected(path: str) -> Problem:
    return Problem(file=path, code="unexpected", message="It does not belong to a log of this size.")

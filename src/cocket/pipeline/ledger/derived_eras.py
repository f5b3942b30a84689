# SPDX-License-Identifier: Apache-2.0
"""The rows of `era` once more, where they were altered or removed: what is published proves them.

Each published entry is a leaf or padding entry of the database, known by its commitment. So it is known which leaf stands
at which place, and with that how long the steps are by which leaves were ordered: only the right length gives that order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cocket import ledger
from cocket.errors import ProofError
from cocket.pipeline.base.wiring import Stores
from cocket.stores.base.database import Connection
from cocket.stores.ledger.log_files import LogFiles
from cocket.stores.ledger.yearly_logs import LogYear, LogYears

#: The longest step that a setting allows (leaves).
_LONGEST = 4096

#: Ends of a row that are tried, the farthest first, and most rows of one log (counts).
_ENDS, _MOST_ROWS = 16, 64


@dataclass(frozen=True)
class _PublishedOrder:
    """Which leaves stand where in one published log.

    Attributes:
        log: Its origin.
        start: The book's index of its entry 0.
        opening: Entry 0 of a log that follows another; None for a first log.
        placed: Place → index of the leaf that stands there; None where the database has no leaf of that commitment.
    """

    log: str
    start: int
    opening: bytes | None
    placed: Sequence[int | None]

    @property
    def base(self) -> int:
        """Index of its first leaf."""
        return self.start + (self.opening is not None)

    @property
    def end(self) -> int:
        """Index behind its last published entry."""
        return self.start + len(self.placed)


def signed_head(stores: Stores, files: LogFiles) -> ledger.Checkpoint | None:
    """The head of a log whose every byte holds, signed by this house; None if there is none.

    Raises:
        ProofError: The log does not hold.
    """
    note = files.read(ledger.CHECKPOINT_FILE)
    if note is None:
        return None
    head = ledger.read_checkpoint(ledger.split_note(note)[0])
    ledger.open_checkpoint(
        note, [ledger.Signer.from_bytes(head.origin, key).verifier for key in stores.checkpoint_keys]
    )
    verdict = ledger.verify_log(files.read, lambda: ledger.year_folders(files.paths())[""])
    if not verdict.holds:
        file = verdict.problems[0].file
        raise ProofError(f"The published log {head.origin} is not valid: {file}.", code="log-broken", pointer=file)
    return head


def eras_again(stores: Stores, connection: Connection) -> tuple[tuple[LogYear, ...], int]:
    """What the rows of `era` must be: what is kept of them or stands there, where what is published agrees; else made anew.

    Args:
        stores: The stores, opened with the checkpoint key.
        connection: The transaction.

    Returns:
        The rows (0..n), and the index up to which what is published proves them. No rows: nothing authentic is left.

    Raises:
        ProofError: A published log does not hold, or the leaves of the database stand otherwise in it than any rows allow.
    """
    eras = stores.leaves.eras
    logs = list(_published(stores, connection))
    proven = logs[-1].end if logs else 0
    kept, authentic, are_all = eras.written(connection)
    for known in (kept, authentic if are_all else None):
        if known and all(_agrees(eras, known, log) for log in logs):
            return known, proven
    if not logs:
        return (), 0
    made = [era for log in logs for era in _made(eras, log, authentic, stores.settings.head_step)]
    return (*made, *(era for era in authentic if era.first >= proven)), proven


def _published(stores: Stores, connection: Connection) -> Iterator[_PublishedOrder]:
    start = 0
    for folder in ledger.year_folders(stores.log_files.paths()):
        files = stores.log_files.of(folder)
        head = signed_head(stores, files)
        if head is None or not head.size:
            return
        end, leaves = start + head.size, stores.leaves
        rows = connection.execute("select seal, idx from leaf where idx >= %s and idx < %s", (start, end)).fetchall()
        at = {leaves.eras.cover(index): index for index in leaves.covers(connection, start, end)}
        at |= {bytes(seal): index for seal, index in rows}
        entries = ledger.log_entries(0, head.size, files.read)
        opening = entries[0] if start else None
        seals: list[bytes | None] = [None] if start else []
        seals += [ledger.read_entry(entry) for entry in entries[len(seals) :]]
        yield _PublishedOrder(head.origin, start, opening, [at.get(seal) if seal else None for seal in seals])
        start = end


def _fits(eras: LogYears, log: _PublishedOrder, step: int, at: int) -> bool:
    """Whether the leaves of one step stand as this step has them stand."""
    if at + step > log.end:
        return False
    if step == 1:
        return log.placed[at - log.start] in (None, at)
    order = eras.order(step, at)
    return all(log.placed[at - log.start + place] in (None, at + within) for within, place in enumerate(order))


def _reach(eras: LogYears, log: _PublishedOrder, step: int, at: int) -> int:
    """Index up to which steps of one length explain what is published, from one index on."""
    while at < log.end and _fits(eras, log, step, at):
        at += step
    return at


def _agrees(eras: LogYears, known: Sequence[LogYear], log: _PublishedOrder) -> bool:
    """Whether rows explain a published log, byte for byte."""
    own = [era for era in known if era.log == log.log]
    if not own or any((era.log_first, era.begins_with) != (log.start, log.opening) for era in own):
        return False
    if own[0].first != log.start:
        return False
    ends = [later.first for _, later in pairwise(own)] + [log.end]
    return all(_reach(eras, log, era.step, era.base) >= min(end, log.end) for era, end in zip(own, ends, strict=True))


def _made(eras: LogYears, log: _PublishedOrder, authentic: Sequence[LogYear], usual: int) -> list[LogYear]:
    """The rows of one published log, made of the order of its leaves: the fewest that explain all of it.

    A step may seem to go on for a few leaves behind its last by chance, so that a row may begin at any of the farthest ends.

    Raises:
        ProofError: No rows explain where some leaf stands.
    """
    if log.base >= log.end:
        return [LogYear(log.start, log.log, log.start, usual, log.opening)]
    if all(index is None for index in log.placed):
        raise ProofError(
            f"The database has no leaf of the published log {log.log}.",
            code="era-altered",
            hint="Restore the newest backup (cocket restore). Then run cocket ledger reimport.",
        )
    explained: dict[int, tuple[tuple[int, int], ...]] = {log.base: ()}  # up to where, by rows of which first and step
    farthest = log.base
    for _ in range(_MOST_ROWS):
        further: dict[int, tuple[tuple[int, int], ...]] = {}
        for at in sorted(explained, reverse=True)[:_ENDS]:
            first = log.start if at == log.base else at
            known = [era.step for era in authentic if (era.log, era.first) == (log.log, first)]
            for step in dict.fromkeys((*known, usual, *_closed(log, at))):
                rows = (*explained[at], (first, step))
                reach = _reach(eras, log, step, at)
                if reach == log.end:
                    return [LogYear(one, log.log, log.start, length, log.opening) for one, length in rows]
                for end in range(reach, max(at, reach - _ENDS * step), -step):
                    further.setdefault(end, rows)
        explained = further
        farthest = max((farthest, *further))
    raise ProofError(
        f"Leaf {farthest} does not stand in the database as it does in the published log {log.log}.",
        code="era-altered",
        found=str(farthest),
        hint="Leaves were exchanged too. Restore the newest backup (cocket restore), then run cocket ledger reimport.",
    )


def _closed(log: _PublishedOrder, at: int) -> list[int]:
    """Lengths of steps whose leaves would all stand within one step from an index on, the longest first."""
    found, highest = [], at
    for length, index in enumerate(log.placed[at - log.start : at - log.start + _LONGEST], 1):
        highest = max(highest, at if index is None else index)
        if highest < at + length:
            found.append(length)
    return found[::-1]

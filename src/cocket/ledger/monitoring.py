# SPDX-License-Identifier: Apache-2.0
"""Watching a log that is not ours: every new entry hashed again, every new head held against the last one.

The monitor keeps the last good head and the hash of each leaf below it, 32 bytes an entry. So it can tell, when a head
does not carry on from that one, which entry became another; and it keeps what convicts the log without us.
Source: C2SP tlog-tiles, tlog-checkpoint, tlog-cosignature; RFC 6962 §2.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

from cocket.errors import ProofError
from cocket.ledger.audit import CHECKPOINT_FILE
from cocket.ledger.broken_promise import BrokenPromise
from cocket.ledger.checkpoint import Checkpoint, open_checkpoint, read_checkpoint
from cocket.ledger.descent import Descent
from cocket.ledger.encoding import from_base64, to_base64
from cocket.ledger.growth import Growth, Tree
from cocket.ledger.handover import read_tenures, verifiers_for
from cocket.ledger.note import Verifier, split_note
from cocket.ledger.proof import Prover, verify_consistency
from cocket.ledger.tiles import TILE_WIDTH, Read, Tile, log_entries, partial_tiles, read_hashes
from cocket.ledger.tree import Frontier, leaf_hashes
from cocket.ledger.witness_policy import Judgement, Policy, judge_by_any

AlarmKind = Literal[
    "fork", "rollback", "altered", "signature", "missing", "cosignature", "stale", "unwitnessed", "promise"
]

#: Alarms that may pass by themselves, so that the head beside them is still taken for good.
_PASSING = ("stale", "unwitnessed")

_AT_A_TIME = 16 * TILE_WIDTH
_MOST_ALARMS = 20


class LeafMemory(Protocol):
    """Hashes of the leaves of a log as one has seen them."""

    def get(self, first: int, end: int) -> list[bytes]:
        """Hashes of the leaves from `first` to before `end` (32 bytes each); fewer if it knows fewer."""

    def put(self, first: int, hashes: Sequence[bytes]) -> None:
        """Keep hashes of leaves from `first` on, in place of whatever was kept from there on."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What a monitor knows of a log.

    Attributes:
        vkey: First public key of the log, trusted.
        note: Last good head, as published; empty before the first.
        since: When that head was first seen (POSIX seconds, UTC).
        witnessed: When a head that met the quorum was last seen; None if none was yet.
    """

    vkey: str
    note: str = ""
    since: int = 0
    witnessed: int | None = None

    @property
    def head(self) -> Checkpoint | None:
        """The last good head; None before the first."""
        return read_checkpoint(split_note(self.note.encode())[0]) if self.note else None


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What convicts a log by itself: two heads it signed that cannot both be true.

    Attributes:
        before: The smaller head, a note; or, of two of one size, the one seen first.
        after: The other, a note.
        prefix: Root that the later tree has at the size of the earlier one, in Base64.
        proof: Consistency proof from that root to the later one, in Base64 (0..65 hashes).
    """

    before: str
    after: str
    prefix: str
    proof: tuple[str, ...]


class Alarm(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is not as it must be.

    Attributes:
        kind: `fork` (two histories are signed), `rollback` (an older head is shown), `altered` (a file is not what the
            head says), `signature`, `missing`, `cosignature`, `stale` (no new head for too long), `unwitnessed`,
            `promise` (a receipt was not kept; no monitor raises it, but whoever has the receipt).
        message: What, in a sentence.
        entry: First entry concerned; None if that cannot be told.
        file: File concerned; None if it is none in particular.
        evidence: What convicts the log without us of two histories; None where nothing does.
        promise: What convicts it without us of a broken promise; None where nothing does.
    """

    kind: AlarmKind
    message: str
    entry: int | None = None
    file: str | None = None
    evidence: Evidence | None = None
    promise: BrokenPromise | None = None


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """What one look at a log showed.

    Attributes:
        seen: What is known now; the same as before where an alarm keeps the head from being taken.
        note: The checkpoint shown, as it came; empty if there is none.
        head: The head it states; None if there is none that is signed.
        alarms: What is wrong (0..n).
        judgement: How well the head is witnessed; None without a policy.
    """

    seen: Seen
    note: str
    head: Checkpoint | None
    alarms: tuple[Alarm, ...]
    judgement: Judgement | None = None


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """What a monitor asks of a log.

    Attributes:
        policies: Whose cosignatures it wants to see (0..n); none for no policy.
        stale_seconds: How long a head may stand, or heads go without their quorum; None for ever.
        is_whole: Whether to read again what was read before.
    """

    policies: tuple[Policy, ...] = ()
    stale_seconds: int | None = None
    is_whole: bool = False


def look(read: Read, seen: Seen, memory: LeafMemory, watch: Watch, now: int) -> Sight:
    """Look at a log once.

    Args:
        read: Gives the files of the log.
        seen: What is known of it.
        memory: Hashes of its leaves; new ones are put there.
        watch: What to ask of it.
        now: The time (POSIX seconds, UTC).

    Returns:
        What it showed.

    Source: C2SP tlog-tiles, tlog-checkpoint, tlog-cosignature.
    """
    note = read(CHECKPOINT_FILE)
    if note is None:
        missing = Alarm(kind="missing", message="It has no checkpoint.")
        return Sight(seen=seen, note="", head=None, alarms=(missing,))
    text = note.decode("utf-8", "replace")
    try:
        keys, head = _signed_head(read, note, seen)
    except ProofError as error:
        return Sight(seen=seen, note=text, head=None, alarms=(Alarm(kind="signature", message=str(error)),))
    alarms = _compare(read, seen, memory, (note, head), watch)
    judgement = None
    if watch.policies:
        try:
            judgement = judge_by_any(watch.policies, note, keys)
        except ProofError as error:
            alarms.append(Alarm(kind="cosignature", message=str(error)))
    if not alarms:
        seen = _advance(seen, text, head, judgement, now)
    late = _late(seen, watch, now)
    return Sight(seen=seen, note=text, head=head, alarms=(*alarms, *late), judgement=judgement)


def is_grave(alarm: Alarm) -> bool:
    """Whether an alarm is about what the log says, not only about its being late.

    Source: ours.
    """
    return alarm.kind not in _PASSING


def convict(evidence: Evidence, vkeys: Sequence[str]) -> str:
    """What evidence proves against a log, checked with nothing but its public key.

    Args:
        evidence: Two heads, and a proof where they are of different sizes.
        vkeys: Public keys of the log, from elsewhere (1..n).

    Returns:
        What is proved, in a sentence.

    Raises:
        ProofError: It proves nothing.

    Source: C2SP tlog-checkpoint; RFC 9162 §2.1.4.2.
    """
    keys = [Verifier.from_vkey(vkey) for vkey in vkeys]
    before, after = (open_checkpoint(note.encode(), keys)[0] for note in (evidence.before, evidence.after))
    if before.origin != after.origin or before.origin not in {key.name for key in keys}:
        raise ProofError("The heads do not both belong to the log of that key.", code="evidence")
    prefix = from_base64(evidence.prefix, "root")
    proof = [from_base64(one, "proof hash") for one in evidence.proof]
    verify_consistency(before.size, after.size, proof, prefix, after.root)
    if prefix == before.root:
        raise ProofError("The later head is consistent with the earlier one.", code="evidence")
    if before.size == after.size:
        return f"{before.origin} signed two roots for size {before.size}."
    return (
        f"{before.origin} signed a head over {after.size} entries whose first {before.size} differ from "
        "those of the head it had signed over them."
    )


def _signed_head(read: Read, note: bytes, seen: Seen) -> tuple[list[Verifier], Checkpoint]:
    """The keys of the log, and the head, signed by one that is good for it."""
    tenures = read_tenures(seen.vkey, read)
    keys = [Verifier.from_vkey(tenure.vkey) for tenure in tenures]
    head = open_checkpoint(note, keys)[0]
    if head.origin != keys[0].name:
        raise ProofError(f"The checkpoint is for {head.origin}, the key for {keys[0].name}.", code="note-unknown-key")
    open_checkpoint(note, verifiers_for(tenures, head.size))
    return keys, head


def _compare(read: Read, seen: Seen, memory: LeafMemory, shown: tuple[bytes, Checkpoint], watch: Watch) -> list[Alarm]:
    """Hold a head against the last one, and the files against the head."""
    note, head = shown
    last = seen.head or Checkpoint(head.origin, 0, Tree().root)
    if head.size < last.size:
        return _shrunk(seen, memory, note.decode(), head, last)
    sound = _grows(read, memory, last, head)
    if sound and not (watch.is_whole and last.size):
        return []
    alarms = [] if sound else _forked(read, seen, memory, note.decode(), (last, head))
    walk = Descent(read, ())
    walk.check(head)
    alarms += [
        Alarm(kind="altered", message=problem.message, entry=problem.entry, file=problem.file)
        for problem in walk.problems[:_MOST_ALARMS]
    ]
    if not (sound or alarms):
        alarms.append(Alarm(kind="altered", message="Its files changed while they were read."))
    return alarms


def _grows(read: Read, memory: LeafMemory, last: Checkpoint, head: Checkpoint) -> bool:
    """Whether the entries since the last head, hashed again, give the new tiles and the new root."""
    try:
        tree = Tree.resume(last.size, read)
        if tree.root != last.root:
            return False
        edge = set(partial_tiles(head.size))
        while tree.size < head.size:
            first = tree.size
            end = min(head.size, (first // _AT_A_TIME + 1) * _AT_A_TIME)
            entries = log_entries(first, end, read)
            growth = tree.grow(entries)
            if not _has_tiles(read, growth, edge):
                return False
            memory.put(first, leaf_hashes(entries))
    except ProofError:
        return False
    return tree.root == head.root


def _has_tiles(read: Read, growth: Growth, edge: set[Tile]) -> bool:
    """Whether the log has the hash tiles that a growth makes, as far as its head has them."""
    for path, data in growth.files.items():
        tile = Tile.from_path(path)
        is_of_head = tile is not None and (tile.width == TILE_WIDTH or tile in edge)
        if tile is not None and tile.level is not None and is_of_head and b"".join(read_hashes(read, tile)) != data:
            return False
    return True


def _forked(read: Read, seen: Seen, memory: LeafMemory, note: str, heads: tuple[Checkpoint, Checkpoint]) -> list[Alarm]:
    """Whether the tiles prove that the new head does not carry on from the last; with the proof that convicts."""
    last, head = heads
    if head.size == last.size and head.root != last.root:
        evidence = _evidence(seen.note, note, head.root, ())
    else:
        try:
            prover = Prover(head.size, read)
            prefix, proof = prover.root(last.size), prover.consistency(last.size)
            verify_consistency(last.size, head.size, proof, prefix, head.root)
        except ProofError:
            return []
        if prefix == last.root:
            return []
        evidence = _evidence(seen.note, note, prefix, proof)
    entry = _first_other(read, memory, last.size, head.size)
    which = "" if entry is None else f" Entry {entry} is the first that differs."
    message = f"The head over {head.size} entries is not consistent with the one over {last.size}.{which}"
    return [Alarm(kind="fork", message=message, entry=entry, evidence=evidence)]


def _evidence(before: str, after: str, prefix: bytes, proof: Sequence[bytes]) -> Evidence:
    return Evidence(before=before, after=after, prefix=to_base64(prefix), proof=tuple(map(to_base64, proof)))


def _shrunk(seen: Seen, memory: LeafMemory, note: str, head: Checkpoint, last: Checkpoint) -> list[Alarm]:
    """A smaller head: an old one shown again, or one of another history, by the leaves remembered."""
    frontier = Frontier()
    for first in range(0, last.size, _AT_A_TIME):
        frontier.extend(memory.get(first, min(last.size, first + _AT_A_TIME)))
    message = f"It shows a head over {head.size} entries, after one over {last.size}."
    prover = Prover(last.size, lambda path: _tile_from(memory, last.size, path))
    evidence = None
    kind: AlarmKind = "rollback"
    if frontier.root() == last.root and (prefix := prover.root(head.size)) != head.root:
        kind = "fork"
        message += " The two do not belong to one history."
        evidence = _evidence(note, seen.note, prefix, prover.consistency(head.size))
    return [Alarm(kind=kind, message=message, evidence=evidence)]


def _tile_from(memory: LeafMemory, size: int, path: str) -> bytes | None:
    """A hash tile made of the leaves remembered."""
    tile = Tile.from_path(path)
    if tile is None or tile.level is None:
        return None
    span = 1 << 8 * tile.level
    hashes = []
    for place in range(tile.index * TILE_WIDTH, tile.index * TILE_WIDTH + tile.width):
        frontier = Frontier()
        for first in range(place * span, (place + 1) * span, _AT_A_TIME):
            frontier.extend(memory.get(first, min((place + 1) * span, first + _AT_A_TIME)))
        hashes.append(frontier.root())
    return b"".join(hashes)


def _first_other(read: Read, memory: LeafMemory, known: int, size: int) -> int | None:
    """The first leaf that the log's tiles now have otherwise than remembered; None if that cannot be told."""
    for first in range(0, known, TILE_WIDTH):
        width = min(TILE_WIDTH, size - first)
        try:
            shown = read_hashes(read, Tile(0, first // TILE_WIDTH, width))
        except ProofError:
            return None
        for place, (was, is_now) in enumerate(
            zip(memory.get(first, min(known, first + TILE_WIDTH)), shown, strict=False), first
        ):
            if was != is_now:
                return place
    return None


def _advance(seen: Seen, note: str, head: Checkpoint, judgement: Judgement | None, now: int) -> Seen:
    is_new = seen.head != head
    return Seen(
        vkey=seen.vkey,
        note=note,
        since=now if is_new else seen.since,
        witnessed=now if judgement is not None and judgement.holds else seen.witnessed,
    )


def _late(seen: Seen, watch: Watch, now: int) -> list[Alarm]:
    """What has been wanting for too long."""
    limit = watch.stale_seconds
    if limit is None or not seen.note:
        return []
    alarms = []
    if now - seen.since > limit:
        message = f"No new head for {(now - seen.since) / 3600:.1f} hours."
        alarms.append(Alarm(kind="stale", message=message))
    if watch.policies and now - (seen.witnessed or seen.since) > limit:
        message = f"No head has met its quorum for {(now - (seen.witnessed or seen.since)) / 3600:.1f} hours."
        alarms.append(Alarm(kind="unwitnessed", message=message))
    return alarms

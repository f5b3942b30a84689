# SPDX-License-Identifier: Apache-2.0
"""Whether a log kept what a receipt promised; and where it did not, what convicts it without anyone's word.

A promise is broken in two ways: the place promised has another leaf under a signed head, or the log states, after the
time promised, a newest head that does not reach so far. A head has no time, so an old one alone shows nothing: whoever
serves it may only have a late copy. The statement of a day has both, head and time, under the log's key.

Whatever else is found is *not known yet*: a log that cannot be read, a head that is behind, files that do not lead to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from cocket.errors import ProofError
from cocket.ledger.audit import CHECKPOINT_FILE, KEY_FILE
from cocket.ledger.checkpoint import Checkpoint, open_checkpoint, read_checkpoint
from cocket.ledger.day_statement import DayStatement, read_statement, statement_file
from cocket.ledger.encoding import from_base64, to_base64
from cocket.ledger.handover import read_tenures, verifiers_for
from cocket.ledger.leaf import write_entry
from cocket.ledger.note import Verifier, split_note
from cocket.ledger.proof import prove_inclusion, verify_inclusion
from cocket.ledger.receipt import Promise, Receipt
from cocket.ledger.tiles import TILE_WIDTH, Read, Tile, read_entries
from cocket.ledger.tree import leaf_hash
from cocket.ledger.years import family_of, year_of

PromiseState = Literal["kept", "broken", "unknown"]

#: How many days of statements are looked through for the first one made after the time promised.
_MOST_DAYS = 31


class BrokenPromise(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What convicts a log of a broken promise by itself. It tells nothing of what was sealed: the opening stays with its holder.

    Attributes:
        promise: What was promised.
        key: Name and id of the receipt key, `name+id`.
        signature: Its signature over the promise, in Base64.
        checkpoint: A signed head that covers the place promised; None where the log was late.
        entry: The entry that stands at that place, in Base64; None likewise.
        path: From the entry up to the root of that head, in Base64, lowest first (0..64); empty likewise.
        statement: The statement of a day, made after the time promised, whose newest head does not reach the place promised;
            None where another leaf stands there.
    """

    promise: Promise
    key: str
    signature: str
    checkpoint: str | None = None
    entry: str | None = None
    path: tuple[str, ...] = ()
    statement: str | None = None


class PromiseVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a log shows of a promise.

    Attributes:
        state: `kept`, `broken`, or `unknown` as long as the log does not show one or the other.
        reason: In a sentence.
        evidence: What convicts the log; None unless the promise is broken.
    """

    state: PromiseState
    reason: str
    evidence: BrokenPromise | None = None


def judge_promise(receipt: Receipt, read: Read, log_vkeys: Sequence[str], now: datetime) -> PromiseVerdict:
    """Look in a log for what a receipt promised. The receipt's own signature is for `verify_receipt`.

    Args:
        receipt: The receipt.
        read: Gives the files of the log, or of the folder with the logs of all years.
        log_vkeys: Public keys of the log, from elsewhere (0..n); those of other logs are no harm.
        now: The time, UTC: it decides what is said of a head that is behind, never whether a promise is broken.

    Returns:
        What the log shows.

    Raises:
        ProofError: A public key is not one.

    Source: RFC 9162 §2.1.3.2; C2SP tlog-checkpoint, tlog-tiles; RFC 6962 §3, maximum merge delay.
    """
    promise = receipt.promise
    keys = [key for key in log_vkeys if Verifier.from_vkey(key).name == promise.log]
    if not keys:
        return _unknown(f"No public key was given for the log {promise.log}.")
    within = _log_within(read, promise.log)
    if within is None:
        return _unknown(f"There is no log {promise.log} there.")
    note, place = within
    try:
        head = _signed(note, place, keys)
    except ProofError as error:
        return _unknown(f"The head there is not one of {promise.log}: {error}")
    late = _late(receipt, place, keys, now)
    if head.size <= promise.index:
        return late or _unknown(_behind(promise, head, now))
    try:
        entry, path = _entry_under(promise.index, head, place)
    except ProofError as error:
        return late or _unknown(f"The files there do not lead from entry {promise.index} to the head: {error}")
    if entry == write_entry(promise.commit):
        kept = f"Entry {promise.index} of {head.size} has what was promised."
        return late or PromiseVerdict(state="kept", reason=kept)
    evidence = _evidence(receipt, checkpoint=note.decode("utf-8", "replace"), entry=entry, path=path)
    return PromiseVerdict(
        state="broken", reason=convict_promise_of_log(evidence, _good(place, keys, head.size)), evidence=evidence
    )


def convict_promise(evidence: BrokenPromise, vkeys: Sequence[str]) -> str:
    """What evidence of a broken promise proves, checked with nothing but public keys.

    Args:
        evidence: The signed promise, with what breaks it.
        vkeys: Public keys of the log and of its receipts, from elsewhere (2..n).

    Returns:
        What is proved, in a sentence.

    Raises:
        ProofError: It proves nothing.

    Source: RFC 8032 §5.1.7; RFC 9162 §2.1.3.2; C2SP tlog-checkpoint.
    """
    log = evidence.promise.log
    given = [Verifier.from_vkey(vkey) for vkey in vkeys]
    names = (f"{family_of(log)}/receipts", f"{log}/receipts")
    signers = [key for key in given if key.name in names and f"{key.name}+{key.key_id}" == evidence.key]
    if not signers:
        raise ProofError(f"No public key was given for receipts of {log}.", code="evidence")
    signature = from_base64(evidence.signature, "signature")
    if not signers[0].signed(msgspec.json.encode(evidence.promise), signature):
        raise ProofError("The receipt key did not sign this promise.", code="evidence")
    return convict_promise_of_log(evidence, [key for key in given if key.name == log])


def convict_promise_of_log(evidence: BrokenPromise, log_keys: Sequence[Verifier]) -> str:
    """What the log's own signature adds to a promise that is known to be signed.

    Raises:
        ProofError: The promise is not broken by it.

    Source: RFC 9162 §2.1.3.2; C2SP tlog-checkpoint.
    """
    promise = evidence.promise
    if not log_keys:
        raise ProofError(f"No public key was given for the log {promise.log}.", code="evidence")
    if evidence.statement is not None:
        return _convict_late(promise, read_statement(evidence.statement.encode(), log_keys))
    if evidence.checkpoint is None or evidence.entry is None:
        raise ProofError("There is neither a signed head nor a statement.", code="evidence")
    head = open_checkpoint(evidence.checkpoint.encode(), log_keys)[0]
    if head.origin != promise.log:
        raise ProofError("The head is not of the log that was promised.", code="evidence")
    entry = from_base64(evidence.entry, "entry")
    path = [from_base64(one, "hash") for one in evidence.path]
    verify_inclusion(leaf_hash(entry), promise.index, head.size, path, head.root)
    if entry == write_entry(promise.commit):
        raise ProofError("The place has the leaf that was promised.", code="evidence")
    return (
        f"{promise.log} promised entry {promise.index} to one leaf, "
        f"and signed a head over {head.size} entries in which another stands there."
    )


def _convict_late(promise: Promise, told: DayStatement) -> str:
    if told.log != promise.log:
        raise ProofError("The statement is not of the log that was promised.", code="evidence")
    if told.at < _moment(promise.include_by):
        raise ProofError("The statement was made before the time promised.", code="evidence")
    if told.size > promise.index:
        raise ProofError("The head stated reaches the place that was promised.", code="evidence")
    return (
        f"{promise.log} promised entry {promise.index} under a head by {promise.include_by}, "
        f"and stated at {told.at:%Y-%m-%dT%H:%M:%SZ} that its newest head covers {told.size} entries."
    )


def _unknown(reason: str) -> PromiseVerdict:
    return PromiseVerdict(state="unknown", reason=reason)


def _log_within(read: Read, log: str) -> tuple[bytes, Read] | None:
    """The checkpoint of a log and what reads its files: in the folder itself, or in the one of its year; None if neither."""
    year = year_of(log)
    for folder in ("", *([f"{year:04}/"] if year is not None else [])):
        note = read(f"{folder}{CHECKPOINT_FILE}")
        if note is None:
            continue
        try:
            origin = read_checkpoint(split_note(note)[0]).origin
        except ProofError:
            continue
        if origin == log:
            return note, _below(read, folder)
    return None


def _below(read: Read, folder: str) -> Read:
    return lambda path: read(f"{folder}{path}")


def _good(place: Read, keys: Sequence[str], size: int) -> list[Verifier]:
    """The keys that a head of a size may rest on: those given, and those they were handed over to.

    Raises:
        ProofError: The keys given do not belong to this log, or a handover is none.
    """
    own = place(KEY_FILE)
    if own is None:
        return [Verifier.from_vkey(key) for key in keys]
    tenures = read_tenures(own.decode("utf-8", "replace").strip(), place)
    known = [tenure.vkey for tenure in tenures]
    places = [known.index(key) for key in keys if key in known]
    if not places:
        raise ProofError("Its keys are not the one that was given.", code="note-unknown-key")
    return verifiers_for(tenures[min(places) :], size)


def _signed(note: bytes, place: Read, keys: Sequence[str]) -> Checkpoint:
    stated = read_checkpoint(split_note(note)[0])
    return open_checkpoint(note, _good(place, keys, stated.size))[0]


def _entry_under(index: int, head: Checkpoint, place: Read) -> tuple[bytes, list[bytes]]:
    """An entry and its path, checked up to the head's root.

    Raises:
        ProofError: A file is missing or broken, or they do not lead there.
    """
    bundle, at = divmod(index, TILE_WIDTH)
    entry = read_entries(place, Tile(None, bundle, min(TILE_WIDTH, head.size - bundle * TILE_WIDTH)))[at]
    path = prove_inclusion(index, head.size, place)
    verify_inclusion(leaf_hash(entry), index, head.size, path, head.root)
    return entry, path


def _late(receipt: Receipt, place: Read, keys: Sequence[str], now: datetime) -> PromiseVerdict | None:
    """Whether a statement shows that the log was late; the first one made after the time promised is looked at."""
    try:
        by = _moment(receipt.promise.include_by)
    except ProofError:
        return None
    for number in range(_MOST_DAYS):
        day = by.date() + timedelta(days=number)
        if day > now.date():
            return None
        data = place(statement_file(day))
        if data is None:
            continue
        try:
            size = read_statement(data, None).size
            told = read_statement(data, _good(place, keys, size))
        except ProofError:
            continue
        if told.at < by:
            continue
        if told.size > receipt.promise.index:
            return None
        evidence = _evidence(receipt, statement=data.decode())
        try:
            return PromiseVerdict(state="broken", reason=_convict_late(receipt.promise, told), evidence=evidence)
        except ProofError:
            return None
    return None


def _behind(promise: Promise, head: Checkpoint, now: datetime) -> str:
    """What is said of a head that does not reach the place promised."""
    reach = f"The head there covers {head.size} entries, and entry {promise.index} is promised by {promise.include_by}"
    try:
        is_due = now >= _moment(promise.include_by)
    except ProofError:
        is_due = False
    if not is_due:
        return f"{reach}."
    return f"{reach}, which is past. A head has no time, so this may be a late copy: the log's statement of that day decides."


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ProofError("The time promised is not one.", code="evidence", found=text[:40]) from error
    if moment.tzinfo is None:
        raise ProofError("The time promised has no time zone.", code="evidence", found=text[:40])
    return moment


def _evidence(
    receipt: Receipt,
    *,
    checkpoint: str | None = None,
    entry: bytes | None = None,
    path: Sequence[bytes] = (),
    statement: str | None = None,
) -> BrokenPromise:
    return BrokenPromise(
        promise=receipt.promise,
        key=receipt.key,
        signature=to_base64(receipt.signature),
        checkpoint=checkpoint,
        entry=None if entry is None else to_base64(entry),
        path=tuple(map(to_base64, path)),
        statement=statement,
    )

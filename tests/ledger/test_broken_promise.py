# SPDX-License-Identifier: Apache-2.0
"""A log that breaks its promise is convicted by keys alone; one that keeps it, and a late copy of one, never are."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from cocket.errors import ProofError
from cocket.ledger import (
    CHECKPOINT_FILE,
    KEY_FILE,
    BrokenPromise,
    Promise,
    PromiseVerdict,
    Signer,
    Tree,
    convict_promise,
    judge_promise,
    make_receipt,
    statement_file,
    write_handover,
    write_statement,
)
from tests.ledger.logs import ORIGIN, SIGNER, Folder, entries, grown, publish, write
from tests.ledger.test_day_statement import DAY, stated
from tests.ledger.test_receipt import LEAF, PROMISE, RECEIPT, RECEIPT_KEY, VKEY

LOG_VKEY = SIGNER.verifier.vkey
KEYS = [VKEY, LOG_VKEY]
BY = datetime.fromisoformat(PROMISE.include_by)
LATER = BY + timedelta(days=30)
OF_DAY = date(2026, 11, 24)


def log(sizes: list[int], at_300: bytes = LEAF.entry, signer: Signer = SIGNER) -> Folder:
    """A log with the leaf promised at its place, or another one there."""
    folder: Folder = {KEY_FILE: f"{signer.verifier.vkey}\n".encode()}
    tree, every = Tree(), [*entries(0, 300), at_300, *entries(301, 1000)]
    for size in sizes:
        growth = tree.grow(every[tree.size : size])
        write(folder, growth)
        publish(folder, growth, signer)
    return folder


def judged(folder: Folder, now: datetime = LATER) -> PromiseVerdict:
    return judge_promise(RECEIPT, folder.get, KEYS, now)


def with_statement(folder: Folder, of: Folder, day: date = OF_DAY, **changed: Any) -> Folder:
    """The folder with a statement about the head of another state of it."""
    at = changed.pop("at", datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1, minutes=5))
    return folder | {statement_file(day): write_statement(stated(of, day=day, at=at, **changed), [SIGNER])}


# ── Honest logs are never convicted ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("size", [301, 512, 555])
def test_a_promise_that_was_kept_is_kept_and_nothing_convicts(size: int) -> None:
    for folder in (log([100, size]), with_statement(log([100, size]), log([100, 301]))):
        verdict = judged(folder)
        assert (verdict.state, verdict.evidence) == ("kept", None)


def test_a_log_in_the_folder_of_its_year_is_found() -> None:
    nested = {f"2026/{path}": data for path, data in log([100, 555]).items()}
    other = grown([7], Signer.from_bytes("customs.example/log/2025", bytes(32)))
    assert judged(other | nested).state == "kept"
    assert judged(other).state == "unknown"


@pytest.mark.parametrize("now", [BY - timedelta(seconds=1), BY, LATER])
@pytest.mark.parametrize("size", [1, 256, 300])
def test_a_late_copy_of_an_honest_log_is_not_known_however_late_it_is(size: int, now: datetime) -> None:
    verdict = judged(log([size]), now)
    assert (verdict.state, verdict.evidence) == ("unknown", None)
    assert ("may be a late copy" in verdict.reason) == (now >= BY)


def test_a_late_copy_with_statements_from_before_the_promise_is_not_known() -> None:
    copy = log([300])
    early = with_statement(copy, copy, day=OF_DAY - timedelta(days=1))
    assert judged(early).state == "unknown"
    # The same under the name of the day promised: it was made before, whatever it is called.
    moved = copy | {statement_file(OF_DAY): early[statement_file(OF_DAY - timedelta(days=1))]}
    assert judged(moved).state == "unknown"


def test_a_copy_that_lacks_files_or_has_damaged_ones_is_not_known() -> None:
    whole = log([555])
    for path in [path for path in whole if path.startswith("tile/")]:
        lacking = {name: data for name, data in whole.items() if name != path}
        assert judged(lacking).state in ("unknown", "kept")
        data = bytearray(whole[path])
        data[len(data) // 2] ^= 1
        assert judged(whole | {path: bytes(data)}).state in ("unknown", "kept")
    assert judged({name: data for name, data in whole.items() if name != "tile/entries/001"}).state == "unknown"
    forged = whole["tile/entries/001"].replace(LEAF.entry, entries(300, 301)[0])
    assert forged != whole["tile/entries/001"]
    assert judged(whole | {"tile/entries/001": forged}).state == "unknown", "a damaged copy convicts nobody"


def test_a_head_or_statement_under_another_key_shows_nothing() -> None:
    stranger = Signer.from_bytes(ORIGIN, bytes(32))
    assert judged(log([555], entries(300, 301)[0], stranger)).state == "unknown"
    copy = log([300])
    forged = copy | {statement_file(OF_DAY): write_statement(stated(copy, day=OF_DAY), [stranger])}
    assert judged(forged).state == "unknown"
    assert judge_promise(RECEIPT, log([555]).get, [VKEY], LATER).state == "unknown", "without a key of the log"
    assert judged({}).state == "unknown"


# ── Broken promises are found, and convict ────────────────────────────────────────────────────────────────────────────


def broken(folder: Folder) -> BrokenPromise:
    verdict = judged(folder)
    assert verdict.state == "broken", verdict
    assert verdict.evidence is not None
    assert convict_promise(verdict.evidence, KEYS) == verdict.reason
    return verdict.evidence


def other_leaf() -> BrokenPromise:
    return broken(log([100, 555], entries(300, 301)[0]))


def late() -> BrokenPromise:
    return broken(with_statement(log([300]), log([300])))


def test_another_leaf_at_the_place_promised_convicts() -> None:
    said = convict_promise(other_leaf(), KEYS)
    assert said.startswith(f"{ORIGIN} promised entry 300 to one leaf, and signed a head over 555 entries")
    assert broken(log([301], b"no leaf of ours")).entry is not None


def test_a_head_stated_after_the_time_promised_without_the_leaf_convicts() -> None:
    assert "2026-11-25T00:05:00Z that its newest head covers 300 entries" in convict_promise(late(), KEYS)


def test_a_leaf_that_came_in_late_convicts_by_the_statement_in_between() -> None:
    broken(with_statement(log([100, 555]), log([100])))


def test_a_day_without_statement_is_bridged_by_the_next_one() -> None:
    broken(with_statement(log([100]), log([100]), day=OF_DAY + timedelta(days=3)))
    assert judged(with_statement(log([100]), log([100]), day=OF_DAY + timedelta(days=60)), LATER).state == "unknown"


def test_evidence_tells_nothing_of_what_was_sealed() -> None:
    assert RECEIPT.opening is not None
    for evidence in (other_leaf(), late()):
        told = msgspec.json.encode(evidence).decode()
        assert RECEIPT.opening.content not in told and RECEIPT.opening.actor not in told


@pytest.mark.parametrize("make", [other_leaf, late])
def test_it_convicts_with_both_keys_and_not_with_others(make: Any) -> None:
    evidence = make()
    stranger = Signer.from_bytes(RECEIPT_KEY.verifier.name, bytes(32)).verifier.vkey
    for keys in (
        [],
        [VKEY],
        [LOG_VKEY],
        [stranger, LOG_VKEY],
        [VKEY, Signer.from_bytes(ORIGIN, bytes(32)).verifier.vkey],
    ):
        with pytest.raises(ProofError):
            convict_promise(evidence, keys)


@pytest.mark.parametrize("make", [other_leaf, late])
def test_no_changed_evidence_convicts(make: Any) -> None:
    data = msgspec.json.encode(make())
    said = 0
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 1
        try:
            evidence = msgspec.json.decode(bytes(changed), type=BrokenPromise)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        if evidence == make():
            continue  # a field of another name is left out where nothing rests on it
        said += 1
        with pytest.raises(ProofError):
            convict_promise(evidence, KEYS)
    assert said > 300


def test_an_honest_log_cannot_be_convicted_by_a_promise_of_someone_elses_key() -> None:
    forger = Signer.from_bytes("forger.example/receipts", bytes(32))
    promise = Promise(log=ORIGIN, index=7, commit=LEAF.commit, include_by=PROMISE.include_by, degraded=False)
    receipt = make_receipt(promise, LEAF, forger)
    verdict = judge_promise(receipt, log([555]).get, KEYS, LATER)
    assert verdict.evidence is not None
    for keys in (KEYS, [*KEYS, forger.verifier.vkey]):
        with pytest.raises(ProofError, match="No public key was given for receipts"):
            convict_promise(verdict.evidence, keys)


def test_evidence_of_a_promise_that_was_kept_convicts_nobody() -> None:
    kept = log([555])
    evidence = other_leaf()
    true = broken(log([555], b"x"))
    replace = msgspec.structs.replace
    with pytest.raises(ProofError):
        convict_promise(replace(evidence, checkpoint=kept[CHECKPOINT_FILE].decode()), KEYS)
    with pytest.raises(ProofError, match="before the time promised"):
        early = write_statement(
            stated(log([300]), day=OF_DAY - timedelta(days=1), at=BY - timedelta(hours=1)), [SIGNER]
        )
        convict_promise(replace(true, statement=early.decode()), KEYS)
    with pytest.raises(ProofError, match="reaches the place"):
        convict_promise(replace(late(), statement=write_statement(stated(kept, day=DAY), [SIGNER]).decode()), KEYS)
    with pytest.raises(ProofError, match="neither"):
        convict_promise(replace(evidence, checkpoint=None), KEYS)


def test_a_key_that_was_handed_over_to_is_followed_from_the_one_given() -> None:
    new = Signer.from_bytes(ORIGIN, bytes([7]) * 32)
    folder = log([555], b"another", SIGNER)
    publish(folder, _growth(folder), new)
    folder["handover/1"] = write_handover(SIGNER, new, 500, 500)
    verdict = judged(folder)
    assert verdict.state == "broken" and verdict.evidence is not None
    assert convict_promise(verdict.evidence, [VKEY, new.verifier.vkey])
    folder["handover/1"] = write_handover(new, new, 500, 500)
    assert judged(folder).state == "unknown"


def _growth(folder: Folder) -> Any:
    """The head of a folder again, to be signed anew."""
    return Tree.resume(555, folder.get).grow([])

# SPDX-License-Identifier: Apache-2.0
"""The monitor: what it takes for good, what it raises on, and what of that convicts the log without it."""

from __future__ import annotations

import random
from collections.abc import Sequence

import msgspec
import pytest

from cocket.errors import ProofError
from cocket.ledger import CHECKPOINT_FILE, KEY_FILE, Checkpoint, Signer, Tree, sign_checkpoint, write_handover
from cocket.ledger.cosignature import Cosigner, Kind
from cocket.ledger.monitoring import Alarm, Seen, Sight, Watch, convict, look
from cocket.ledger.witness_policy import read_policy
from cocket.ledger.witnessing import add_signatures
from tests.ledger.logs import ORIGIN, SIGNER, Folder, entries, entry, grown, publish, write

VKEY = SIGNER.verifier.vkey
NOW = 1_795_000_000
NEW_ONLY, WHOLE = Watch(), Watch(is_whole=True)


class Memory:
    """Leaf hashes in memory."""

    def __init__(self) -> None:
        self.leaves: list[bytes] = []

    def get(self, first: int, end: int) -> list[bytes]:
        return self.leaves[first:end]

    def put(self, first: int, hashes: Sequence[bytes]) -> None:
        self.leaves[first:] = hashes


class Monitor:
    """A monitor of one log and what it has seen."""

    def __init__(self, vkey: str = VKEY) -> None:
        self.seen = Seen(vkey=vkey)
        self.memory = Memory()

    def look(self, folder: Folder, watch: Watch = NEW_ONLY, now: int = NOW) -> Sight:
        sight = look(folder.get, self.seen, self.memory, watch, now)
        self.seen = sight.seen
        return sight

    def alarm(self, folder: Folder, watch: Watch = NEW_ONLY) -> Alarm:
        before = self.seen
        sight = self.look(folder, watch)
        assert self.seen == before, "a head with an alarm is never taken for good"
        assert sight.alarms
        return sight.alarms[0]


def rewritten(sizes: list[int], changed: int) -> Folder:
    """The log that another history would have made, otherwise by its own rules: one entry is another."""
    folder: Folder = {KEY_FILE: f"{VKEY}\n".encode()}
    tree = Tree()
    for size in sizes:
        some = entries(tree.size, size)
        if tree.size <= changed < size:
            some[changed - tree.size] = entry(10**6)
        growth = tree.grow(some)
        write(folder, growth)
        publish(folder, growth)
    return folder


@pytest.mark.parametrize("sizes", [[1], [1, 2, 3], [40, 300], [256, 512], [255, 256, 257], [300, 300], [5000, 70_000]])
def test_a_log_that_grows_raises_nothing(sizes: list[int]) -> None:
    monitor = Monitor()
    for upto in range(1, len(sizes) + 1):
        for watch in (NEW_ONLY, WHOLE):
            assert monitor.look(grown(sizes[:upto]), watch).alarms == ()
    assert monitor.seen.head == Checkpoint(ORIGIN, sizes[-1], monitor.seen.head.root if monitor.seen.head else b"")
    assert len(monitor.memory.leaves) == sizes[-1]


@pytest.mark.parametrize(
    ("changed", "before", "after"), [(3, 10, 20), (0, 1, 300), (255, 256, 512), (256, 300, 700), (17, 300, 300)]
)
def test_a_fork_is_raised_with_its_first_entry_and_convicts(changed: int, before: int, after: int) -> None:
    monitor = Monitor()
    assert monitor.look(grown([before])).alarms == ()
    alarm = monitor.alarm(rewritten([after], changed))
    assert (alarm.kind, alarm.entry) == ("fork", changed)
    assert alarm.evidence is not None
    assert ORIGIN in convict(alarm.evidence, [VKEY])


def test_a_fork_is_raised_again_until_the_log_comes_back() -> None:
    monitor = Monitor()
    monitor.look(grown([10]))
    assert monitor.alarm(rewritten([20], 3)).kind == "fork"
    assert monitor.alarm(rewritten([30], 3)).kind == "fork"
    assert monitor.look(grown([10, 30])).alarms == ()


def test_a_smaller_head_of_the_same_history_is_a_rollback() -> None:
    monitor = Monitor()
    monitor.look(grown([10, 300]))
    alarm = monitor.alarm(grown([10]))
    assert (alarm.kind, alarm.evidence) == ("rollback", None)


@pytest.mark.parametrize(("before", "after"), [(300, 10), (1000, 999), (513, 256)])
def test_a_smaller_head_of_another_history_is_a_fork_that_convicts(before: int, after: int) -> None:
    monitor = Monitor()
    monitor.look(grown([before]))
    alarm = monitor.alarm(rewritten([after], 3))
    assert alarm.kind == "fork"
    assert alarm.evidence is not None
    assert "whose first" in convict(alarm.evidence, [VKEY])


def test_a_flipped_bit_in_a_new_file_is_found_and_its_entry_named() -> None:
    chance = random.Random(6)
    log = grown([300, 700])
    paths = sorted(path for path in log if path.startswith(("tile/entries/001", "tile/entries/002", "tile/0/002")))
    for _ in range(200):
        folder = dict(log)
        path = chance.choice(paths)
        data = bytearray(folder[path])
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        folder[path] = bytes(data)
        monitor = Monitor()
        monitor.look(grown([300]))
        alarm = monitor.alarm(folder)
        assert (alarm.kind, alarm.file) == ("altered", path)
        if path.startswith("tile/entries"):
            assert alarm.entry is not None or "followed by extra data" in alarm.message


def test_a_flipped_bit_in_an_old_file_is_found_when_all_is_read_again() -> None:
    log = grown([600])
    monitor = Monitor()
    monitor.look(log)
    data = bytearray(log["tile/entries/000"])
    data[300] ^= 1
    log["tile/entries/000"] = bytes(data)
    assert monitor.look(log).alarms == (), "what was read before is not read again unless asked for"
    alarm = monitor.alarm(log, WHOLE)
    assert (alarm.kind, alarm.file) == ("altered", "tile/entries/000")
    assert alarm.entry is not None


@pytest.mark.parametrize("path", ["tile/entries/001", "tile/0/001", "tile/1/000.p/2", "tile/entries/002.p/88"])
def test_a_missing_file_is_named(path: str) -> None:
    log = grown([600])
    del log[path]
    assert path in {alarm.file for alarm in Monitor().look(log).alarms}


def test_a_log_without_checkpoint_raises() -> None:
    log = grown([5])
    del log[CHECKPOINT_FILE]
    assert Monitor().alarm(log).kind == "missing"


def test_a_head_of_another_key_raises() -> None:
    stranger = Signer.from_bytes(ORIGIN, bytes(32))
    assert Monitor().alarm(grown([5], stranger)).kind == "signature"
    other = Signer.from_bytes("else.example/log", bytes(range(32)))
    log = grown([5])
    log[CHECKPOINT_FILE] = sign_checkpoint(Checkpoint(other.verifier.name, 5, bytes(32)), SIGNER)
    assert Monitor().alarm(log).kind == "signature"


def test_a_head_that_its_files_do_not_have_raises() -> None:
    log = grown([300])
    log[CHECKPOINT_FILE] = sign_checkpoint(Checkpoint(ORIGIN, 300, bytes(32)), SIGNER)
    assert Monitor().alarm(log).kind == "altered"
    log[CHECKPOINT_FILE] = sign_checkpoint(Checkpoint(ORIGIN, 10**18, bytes(32)), SIGNER)
    assert Monitor().alarm(log).kind == "altered"


def test_a_key_that_was_handed_over_is_followed() -> None:
    new = Signer.from_bytes(ORIGIN, bytes([7]) * 32)
    log = grown([10])
    monitor = Monitor()
    monitor.look(log)
    log["handover/1"] = write_handover(SIGNER, new, 11, 15)
    tree = Tree()
    write(log, tree.grow(entries(0, 20)))
    log[CHECKPOINT_FILE] = sign_checkpoint(Checkpoint(ORIGIN, 20, tree.root), new)
    assert monitor.look(log).alarms == ()
    del log["handover/1"]
    assert monitor.alarm(log).kind == "signature"


def test_a_head_that_stands_too_long_is_stale_and_still_taken() -> None:
    monitor, watch = Monitor(), Watch(stale_seconds=3600)
    assert monitor.look(grown([5]), watch).alarms == ()
    assert monitor.look(grown([5]), watch, NOW + 3600).alarms == ()
    assert [alarm.kind for alarm in monitor.look(grown([5]), watch, NOW + 3601).alarms] == ["stale"]
    assert monitor.look(grown([5, 6]), watch, NOW + 7200).alarms == ()


def test_heads_without_their_quorum_for_too_long_raise() -> None:
    witness = Cosigner("w.example", Kind.ED25519, bytes(32))
    policy = read_policy(f"witness w {witness.key.vkey}\nquorum w\n".encode())
    watch = Watch(policies=(policy,), stale_seconds=3600)
    monitor = Monitor()
    cosigned = grown([5])
    head = Checkpoint(ORIGIN, 5, Tree().grow(entries(0, 5)).root)
    cosigned[CHECKPOINT_FILE] = add_signatures(cosigned[CHECKPOINT_FILE], [witness.cosign(head, NOW)])
    sight = monitor.look(cosigned, watch)
    assert sight.judgement is not None
    assert (sight.judgement.holds, sight.alarms) == (True, ())
    assert monitor.look(grown([5, 6]), watch, NOW + 60).alarms == ()
    sight = monitor.look(grown([5, 6, 7]), watch, NOW + 3700)
    assert [alarm.kind for alarm in sight.alarms] == ["unwitnessed"]


def test_a_forged_cosignature_raises() -> None:
    witness = Cosigner("w.example", Kind.ED25519, bytes(32))
    policy = read_policy(f"witness w {witness.key.vkey}\nquorum w\n".encode())
    log = grown([5])
    wrong = witness.cosign(Checkpoint(ORIGIN, 6, bytes(32)), NOW)
    log[CHECKPOINT_FILE] = add_signatures(log[CHECKPOINT_FILE], [wrong])
    assert Monitor().alarm(log, Watch(policies=(policy,))).kind == "cosignature"


def test_two_heads_of_one_history_convict_nobody() -> None:
    monitor = Monitor()
    monitor.look(grown([10]))
    evidence = monitor.alarm(rewritten([20], 3)).evidence
    assert evidence is not None
    good = grown([10, 20])[CHECKPOINT_FILE].decode()
    for harmless in (
        msgspec.structs.replace(evidence, after=good),
        msgspec.structs.replace(evidence, after=evidence.before),
        msgspec.structs.replace(evidence, before=evidence.after),
        msgspec.structs.replace(evidence, proof=()),
        msgspec.structs.replace(evidence, prefix="AAAA"),
    ):
        with pytest.raises(ProofError):
            convict(harmless, [VKEY])
    with pytest.raises(ProofError):
        convict(evidence, [Signer.from_bytes(ORIGIN, bytes(32)).verifier.vkey])

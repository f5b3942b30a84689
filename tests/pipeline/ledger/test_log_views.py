# SPDX-License-Identifier: Apache-2.0
"""What officers are shown of the logs: a real book, real witnesses and a real monitor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cocket.api.witness import BOUNDS, build_witness
from cocket.errors import PolicyError, StoreError
from cocket.exchange.watch_files import WatchFiles, watch_folder
from cocket.ledger import CHECKPOINT_FILE, KEY_FILE, read_checkpoint, split_note
from cocket.ledger.cosignature import Cosigner, Kind
from cocket.ledger.monitoring import Seen, Watch, look
from cocket.ledger.witnessing import add_signatures
from cocket.pipeline.ledger.cosignatures import Cosigning
from cocket.pipeline.ledger.log_views import AlarmView, LogsView
from cocket.pipeline.ledger.witness import Witness
from tests.exchange.test_witness_cosigning import lodge, until, witnesses, write_policy
from tests.exchange.test_witness_door import Log, post
from tests.houses import LOG, Built, build, officer, trader
from tests.ledger.logs import ORIGIN, SIGNER, Folder, grown
from tests.ledger.test_monitoring import rewritten
from tests.simulators.doors import open_door

NOW = 1_795_000_000


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path / "home", witness_policy=str(tmp_path / "peers.policy"))
    (tmp_path / "peers.policy").write_text("quorum none\n")
    yield made
    made.house.close()


def shown(built: Built) -> LogsView:
    return built.house.ledger.logs.logs(officer())


def watch(built: Built, files: Folder) -> None:
    """One look of a monitor that keeps its state in the house."""
    kept = WatchFiles(watch_folder(built.settings.home) / "peer.json")
    sight = look(files.get, kept.read() or Seen(vkey=SIGNER.verifier.vkey), kept, Watch(), NOW)
    kept.write(sight.seen)
    for alarm in sight.alarms:
        kept.keep_alarm(sight, alarm, NOW)
    kept.close()


def test_a_log_is_shown_with_its_head_and_with_nobody_asked(tmp_path: Path) -> None:
    built = build(tmp_path)
    assert shown(built) == LogsView(own=(), asked=(), failure=None, foreign=())
    lodge(built, 1)
    assert [(log.log, log.size) for log in shown(built).own] == [(LOG, None)]
    size = built.sign()
    [log] = shown(built).own
    assert (log.log, log.size, log.witnessed, log.problem) == (LOG, size, None, None)
    assert log.root is not None
    assert log.signed is not None
    built.house.close()


def test_who_witnessed_it_is_told_with_the_times(built: Built, tmp_path: Path) -> None:
    lodge(built, 1)
    size = built.sign()
    vkey = (built.settings.log_folder / KEY_FILE).read_text().strip()
    with witnesses(tmp_path, vkey, 2) as peers:
        write_policy(tmp_path / "peers.policy", peers, needed=2, silent=1)
        [log] = shown(built).own
        assert log.witnessed is not None
        assert (log.witnessed.has, log.witnessed.holds, log.witnessed.last_size) == ((), False, None)
        cosigning = Cosigning(built.settings)
        assert until(cosigning, lambda: (seen := shown(built).own[0].witnessed) is not None and seen.holds)
        cosigning.close()
    [log] = shown(built).own
    assert log.witnessed is not None
    assert (log.witnessed.has, log.witnessed.wanting, log.witnessed.needed) == (("w0", "w1"), ("s0",), 2)
    assert log.witnessed.last_size == size
    assert {(one.witness, one.kind) for one in log.witnessed.cosignatures} == {
        (f"w{n}.example", kind) for n in (0, 1) for kind in ("ed25519", "ml-dsa-44")
    }
    assert all(one.time is not None for one in log.witnessed.cosignatures)


def test_cosignatures_short_of_the_quorum_are_told_too(built: Built, tmp_path: Path) -> None:
    lodge(built, 1)
    built.sign()
    vkey = (built.settings.log_folder / KEY_FILE).read_text().strip()
    with witnesses(tmp_path, vkey, 1) as peers:
        write_policy(tmp_path / "peers.policy", peers, needed=2, silent=1)
        cosigning = Cosigning(built.settings)
        cosigning._told = -1e9
        assert until(cosigning, lambda: (seen := shown(built).own[0].witnessed) is not None and bool(seen.has))
        cosigning.close()
    view = shown(built)
    assert view.own[0].witnessed is not None
    assert (view.own[0].witnessed.has, view.own[0].witnessed.holds) == (("w0",), False)
    assert len(view.own[0].witnessed.cosignatures) == 2
    assert [bool(one.failure) for one in view.asked] == [False, True]


def test_the_newest_head_may_wait_while_an_older_one_is_witnessed(built: Built, tmp_path: Path) -> None:
    lodge(built, 1)
    size = built.sign()
    vkey = (built.settings.log_folder / KEY_FILE).read_text().strip()
    with witnesses(tmp_path, vkey, 1) as peers:
        write_policy(tmp_path / "peers.policy", peers, needed=1)
        cosigning = Cosigning(built.settings)
        assert until(cosigning, lambda: (seen := shown(built).own[0].witnessed) is not None and seen.holds)
        cosigning.close()
    lodge(built, 2)
    assert built.sign() > size
    witnessed = shown(built).own[0].witnessed
    assert witnessed is not None
    assert (witnessed.holds, witnessed.last_size) == (False, size)


def test_a_head_that_is_not_ours_is_told_and_so_is_a_policy_that_is_none(built: Built, tmp_path: Path) -> None:
    lodge(built, 1)
    built.sign()
    (tmp_path / "peers.policy").write_text("banana\n")
    view = shown(built)
    assert view.failure is not None
    assert "Line 1" in view.failure
    file = built.settings.log_folder / CHECKPOINT_FILE
    file.write_bytes(grown([5])[CHECKPOINT_FILE])
    [log] = shown(built).own
    assert (log.size, log.root) == (None, None)
    assert log.problem is not None


def test_a_witness_that_states_a_time_beyond_the_calendar_stops_no_page(built: Built, tmp_path: Path) -> None:
    lodge(built, 1)
    built.sign()
    cosigner = Cosigner("odd.example", Kind.ED25519, bytes(32))
    (tmp_path / "peers.policy").write_text(f"witness odd {cosigner.key.vkey}\nquorum odd\n")
    file = built.settings.log_folder / CHECKPOINT_FILE
    note = file.read_bytes()
    head = read_checkpoint(split_note(note)[0])
    file.write_bytes(add_signatures(note, [cosigner.cosign(head, 2**62)]))
    [log] = shown(built).own
    assert log.witnessed is not None
    assert [one.time for one in log.witnessed.cosignatures] == [None]


def test_alarms_of_the_monitor_are_told_until_their_file_is_taken_away(built: Built) -> None:
    watch(built, grown([40, 300]))
    [peer] = shown(built).foreign
    assert (peer.log, peer.is_cosigned, peer.size, peer.alarms) == (ORIGIN, False, 300, ())
    watch(built, rewritten([350], 17))
    [peer] = shown(built).foreign
    [alarm] = peer.alarms
    assert (alarm.kind, alarm.convicts, peer.size) == ("fork", True, 300)
    assert "Entry 17 is the first" in alarm.message
    assert alarm.time is not None
    assert alarm.time.timestamp() == NOW
    Path(alarm.file).write_text("not an alarm")
    assert shown(built).foreign[0].alarms == (
        AlarmView(kind="unreadable", message="It cannot be read.", time=None, convicts=False, file=alarm.file),
    )
    Path(alarm.file).unlink()
    assert shown(built).foreign[0].alarms == ()


def test_a_fork_that_our_witness_was_asked_to_cosign_is_told(built: Built) -> None:
    settings = built.settings
    witness = Witness("us.example/witness", settings.witness_folder, settings.keys_folder, is_new=True)
    witness.add_log((SIGNER.verifier.vkey,))
    assert [(one.log, one.size) for one in shown(built).foreign] == [(ORIGIN, None)]
    log, fork = Log(), Log(start=1000)
    log.grow(5)
    fork.grow(5)
    with open_door(build_witness(witness), BOUNDS) as port:
        assert post(f"http://127.0.0.1:{port}", log.request(0)).status_code == 200
        assert post(f"http://127.0.0.1:{port}", fork.request(5)).status_code == 422
    [peer] = shown(built).foreign
    assert (peer.is_cosigned, peer.size) == (True, 5)
    assert [(alarm.kind, alarm.message) for alarm in peer.alarms] == [("fork", "It signed two roots for size 5.")]


def test_what_a_monitor_keeps_and_cannot_be_read_is_a_fault_of_the_store(built: Built) -> None:
    watch(built, grown([40]))
    (watch_folder(built.settings.home) / "peer.json").write_text('{"vkey": "x"}')
    with pytest.raises(StoreError):
        shown(built)


def test_a_trader_is_not_shown_it(built: Built) -> None:
    with pytest.raises(PolicyError):
        built.house.ledger.logs.logs(trader("ACME"))

# SPDX-License-Identifier: Apache-2.0
"""A real book and real witnesses: heads are published at once, cosigned when it comes, and work never waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from cocket import ledger
from cocket.api.witness import BOUNDS, build_witness
from cocket.errors import SettingsError
from cocket.exchange.policy_files import read_policies
from cocket.ledger.witness_policy import Judgement
from cocket.pipeline.ledger.cosignatures import Cosigning, read_witnessing
from cocket.pipeline.ledger.witness import Witness
from cocket.settings import Settings
from cocket.stores.ledger.witness_state import name_of
from tests.houses import LOG, Built, build, envelope, trader
from tests.messages import declaration
from tests.simulators.doors import open_door


@contextmanager
def witnesses(folder: Path, vkey: str, count: int) -> Iterator[list[tuple[Witness, str]]]:
    """Witnesses that know a log, each at its address."""
    with ExitStack() as stack:
        found = []
        for number in range(count):
            home = folder / f"w{number}"
            witness = Witness(f"w{number}.example", home / "state", home / "keys", is_new=True)
            witness.add_log((vkey,))
            port = stack.enter_context(open_door(build_witness(witness), BOUNDS))
            found.append((witness, f"http://127.0.0.1:{port}"))
        yield found


def write_policy(path: Path, peers: list[tuple[Witness, str]], needed: int, silent: int = 0) -> Path:
    """A policy over witnesses, some more of which are nowhere to be reached."""
    lines = []
    members = []
    for number, (witness, url) in enumerate(peers):
        for kind, vkey in enumerate(witness.vkeys):
            lines.append(f"witness w{number}-{kind} {vkey} {url}")
        names = " ".join(f"w{number}-{kind}" for kind in range(len(witness.vkeys)))
        lines.append(f"group w{number} any {names}")
        members.append(f"w{number}")
    for number in range(silent):
        witness = Witness(
            f"silent{number}.example", path.parent / f"s{number}", path.parent / f"sk{number}", is_new=True
        )
        lines.append(f"witness s{number} {witness.vkeys[0]} http://127.0.0.1:9")
        members.append(f"s{number}")
    path.write_text("\n".join([*lines, f"group all {needed} {' '.join(members)}", "quorum all", ""]), "utf-8")
    return path


def lodge(built: Built, number: int) -> None:
    built.house.take_many([envelope(declaration(f"LRN{number:04}"))], principal=trader("ACME"))


def judge(built: Built) -> Judgement:
    """What anyone who has the policy makes of the published checkpoint."""
    [policy] = read_policies(built.settings.witness_policy)
    log = built.settings.log_folder
    key = ledger.Verifier.from_vkey((log / ledger.KEY_FILE).read_text().strip())
    return policy.judge((log / ledger.CHECKPOINT_FILE).read_bytes(), [key])


def until(cosigning: Cosigning, is_so: Callable[[], bool]) -> bool:
    never = threading.Event()
    for _ in range(200):
        cosigning.tend(never, 0.1)
        if is_so():
            return True
    return False


@pytest.fixture
def built(tmp_path: Path) -> Built:
    return build(tmp_path / "home", witness_policy=str(tmp_path / "peers.policy"))


def test_a_head_is_published_at_once_and_cosigned_when_the_quorum_has_come(built: Built, tmp_path: Path) -> None:
    lodge(built, 1)
    size = built.sign()
    vkey = (built.settings.log_folder / ledger.KEY_FILE).read_text().strip()
    with witnesses(tmp_path, vkey, 2) as peers:
        write_policy(tmp_path / "peers.policy", peers, needed=2, silent=1)
        assert judge(built).has == ()
        cosigning = Cosigning(built.settings)
        assert until(cosigning, lambda: judge(built).holds)
        judgement = judge(built)
        assert (judgement.head.size, judgement.phrase, len(judgement.cosignatures)) == (size, "witnessed 2 of 3", 4)
        kept = built.settings.home / "witnessed" / name_of(LOG)
        assert kept.read_bytes() == (built.settings.log_folder / ledger.CHECKPOINT_FILE).read_bytes()

        lodge(built, 2)
        larger = built.sign()
        assert larger > size
        assert until(cosigning, lambda: judge(built).holds and judge(built).head.size == larger)
        assert until(
            cosigning, lambda: (view := read_witnessing(built.settings.home)) is not None and view.size == larger
        )
        view = read_witnessing(built.settings.home)
        assert view is not None
        assert any(one.failure and "does not answer" in one.failure for one in view.witnesses)
        cosigning.close()
    read = built.stores.log_files.read
    assert ledger.verify_log(read, built.stores.log_files.paths, vkey).holds
    assert built.sign() == larger, "the book goes on from a cosigned head"


def test_silent_witnesses_hold_up_nothing(built: Built, tmp_path: Path) -> None:
    write_policy(tmp_path / "peers.policy", [], needed=1, silent=3)
    lodge(built, 1)
    built.sign()
    cosigning = Cosigning(built.settings)
    begun = time.monotonic()
    for number in range(2, 12):
        lodge(built, number)
        built.sign()
        cosigning.turn()
    cosigning.close()
    note = (built.settings.log_folder / ledger.CHECKPOINT_FILE).read_bytes()
    assert {one.name for one in ledger.split_note(note)[1]} == {LOG}, "the log's own signatures and no other"
    assert judge(built).phrase == "witnessed 0 of 3"
    assert time.monotonic() - begun < 60


def test_a_witness_that_was_away_catches_up_from_where_it_was(built: Built, tmp_path: Path) -> None:
    lodge(built, 1)
    built.sign()
    vkey = (built.settings.log_folder / ledger.KEY_FILE).read_text().strip()
    with witnesses(tmp_path, vkey, 1) as peers:
        write_policy(tmp_path / "peers.policy", peers, needed=1)
        cosigning = Cosigning(built.settings)
        assert until(cosigning, lambda: judge(built).holds)
        cosigning.close()
        lodge(built, 2)
        lodge(built, 3)
        built.sign()
        again = Cosigning(built.settings)
        assert until(again, lambda: judge(built).holds)
        again.close()


def test_a_cosigned_head_is_not_asked_for_again(built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lodge(built, 1)
    built.sign()
    vkey = (built.settings.log_folder / ledger.KEY_FILE).read_text().strip()
    with witnesses(tmp_path, vkey, 1) as peers:
        write_policy(tmp_path / "peers.policy", peers, needed=1)
        cosigning = Cosigning(built.settings)
        assert until(cosigning, lambda: judge(built).holds)
        cosigning.close()
        monkeypatch.setattr(Witness, "add_checkpoint", lambda *_: pytest.fail("it was asked"))
        again = Cosigning(built.settings)
        assert again.tend(threading.Event(), 0.3) is False
        again.close()
        assert judge(built).holds


def test_without_a_policy_it_only_waits(tmp_path: Path) -> None:
    stopping = threading.Event()
    cosigning = Cosigning(Settings(home=tmp_path))
    assert cosigning.tend(stopping, 0.01) is False
    stopping.set()
    assert cosigning.tend(stopping, 30) is True


def test_a_policy_that_is_none_is_refused_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "a.policy").write_text("quorum nobody\n")
    (tmp_path / "b.policy").write_text("banana\n")
    with pytest.raises(SettingsError) as caught:
        read_policies(str(tmp_path))
    assert len(caught.value.problems) == 2
    with pytest.raises(SettingsError):
        read_policies(str(tmp_path / "none"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(SettingsError):
        read_policies(str(tmp_path / "empty"))
    assert read_policies("") == ()

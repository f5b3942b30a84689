# SPDX-License-Identifier: Apache-2.0
"""An insider who holds every key of the house edits its database and signs the whole log anew.

What he leaves behind is whole and signed, so that looking at it alone finds nothing. Whoever kept something from before
finds him: a witness, a monitor, and the trader with his receipt.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cocket import ledger
from cocket.api.witness import BOUNDS, build_witness
from cocket.errors import PartnerError
from cocket.exchange.log_reader import open_log
from cocket.exchange.watch_files import WatchFiles
from cocket.exchange.witness_client import WitnessClient
from cocket.ledger.cosignature import WitnessKey
from cocket.ledger.monitoring import Seen, Sight, Watch, convict, look
from cocket.ledger.witness_policy import Policy, read_policy
from cocket.ledger.witnessing import add_signatures
from cocket.pipeline import LogPublisher
from cocket.pipeline.ledger import log as book
from cocket.pipeline.ledger.witness import Witness
from tests.houses import LOG, Built, build, envelope, trader
from tests.messages import declaration
from tests.simulators.doors import open_door

NOW = 1_795_000_000
EDITED = 3


@dataclass
class Country:
    """A house, and those outside it who keep something of its log."""

    built: Built
    witness: Witness
    client: WitnessClient
    monitor: WatchFiles

    def lodge(self, *numbers: int) -> list[ledger.Receipt]:
        messages = [envelope(declaration(f"LRN{number:04}")) for number in numbers]
        answers = self.built.house.take_many(messages, principal=trader("ACME"))
        found = [ledger.read_proof(json.dumps(answer.receipt).encode()) for answer in answers]
        return [receipt for receipt in found if isinstance(receipt, ledger.Receipt)]

    @property
    def folder(self) -> Path:
        return self.built.settings.log_folder

    @property
    def vkey(self) -> str:
        return (self.folder / ledger.KEY_FILE).read_text().strip()

    @property
    def note(self) -> bytes:
        return (self.folder / ledger.CHECKPOINT_FILE).read_bytes()

    @property
    def head(self) -> ledger.Checkpoint:
        return ledger.read_checkpoint(ledger.split_note(self.note)[0])

    @property
    def policy(self) -> Policy:
        return read_policy(f"witness w {self.witness.vkeys[0]}\nquorum w\n".encode())

    def read(self, path: str) -> bytes | None:
        return self.built.stores.log_files.read(path)

    def cosign(self) -> bytes:
        """The newest head with the witness's cosignature."""

        def prove(old: int) -> list[bytes]:
            return ledger.prove_consistency(old, self.head.size, self.read)

        return add_signatures(self.note, self.client.cosign(LOG, self.head.size, self.note, prove))

    def watch(self) -> Sight:
        """One look of the monitor, at the files of the log."""
        with open_log(str(self.folder)) as read:
            sight = look(read, self.monitor.read() or Seen(vkey=self.vkey), self.monitor, Watch(), NOW)
        self.monitor.write(sight.seen)
        return sight

    def check_receipt(self, receipt: ledger.Receipt) -> ledger.Verdict:
        """What the trader finds who asks for the proof that he was promised."""
        proof = ledger.prove_leaf(receipt.promise.index, self.head.size, self.note, self.read)
        return ledger.verify_inclusion_proof(proof, self.vkey, receipt)

    def verify_locally(self) -> ledger.LogVerdict:
        """What anyone finds who looks at the log alone, even with its key from elsewhere."""
        return ledger.verify_log(self.read, self.built.stores.log_files.paths, self.vkey)


@pytest.fixture
def country(tmp_path: Path) -> Iterator[Country]:
    built = build(tmp_path / "home")
    witness = Witness("neighbour.example", tmp_path / "state", tmp_path / "keys", is_new=True)
    with open_door(build_witness(witness), BOUNDS) as port:
        keys = [WitnessKey.from_vkey(vkey) for vkey in witness.vkeys]
        with WitnessClient(f"http://127.0.0.1:{port}", keys) as client:
            files = WatchFiles(tmp_path / "monitor" / "peer.json")
            yield Country(built, witness, client, files)
            files.close()


@pytest.fixture
def before(country: Country) -> list[ledger.Receipt]:
    """Six messages, sealed and seen by all; the receipts of their senders."""
    receipts = country.lodge(*range(6))
    country.built.sign()
    country.witness.add_log((country.vkey,))
    assert country.policy.judge(country.cosign(), [ledger.Verifier.from_vkey(country.vkey)]).holds
    assert country.watch().alarms == ()
    return receipts


def rewrite(country: Country, monkeypatch: pytest.MonkeyPatch) -> None:
    """The insider's night: another commitment in the database, no trace of the old heads, all signed anew."""
    database = country.built.stores.database
    with database.transaction() as connection:
        connection.execute("update leaf set seal = sha256('another truth') where idx = %s", (EDITED,))
        connection.execute("delete from heads")
    shutil.rmtree(country.folder / "tile")
    (country.folder / ledger.CHECKPOINT_FILE).unlink()
    monkeypatch.setattr(book, "check_sealed", lambda *_: None)
    country.built.sign()


def test_an_honest_log_passes_all_of_them(country: Country, before: list[ledger.Receipt]) -> None:
    country.lodge(6, 7)
    country.built.sign()
    assert country.verify_locally().holds
    assert country.cosign()
    assert country.watch().alarms == ()
    assert all(country.check_receipt(receipt).holds for receipt in before)


@pytest.mark.usefixtures("before")
def test_looking_at_the_log_alone_does_not_find_him(country: Country, monkeypatch: pytest.MonkeyPatch) -> None:
    rewrite(country, monkeypatch)
    verdict = country.verify_locally()
    assert (verdict.holds, verdict.problems, verdict.size) == (True, (), 6)
    assert LogPublisher(country.built.stores).open() == 6


@pytest.mark.usefixtures("before")
@pytest.mark.parametrize("further", [0, 2])
def test_the_witness_does_not_cosign_what_he_signs(
    country: Country, further: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rewrite(country, monkeypatch)
    if further:
        country.lodge(*range(6, 6 + further))
        country.built.sign()
    with pytest.raises(PartnerError, match="answers 422"):
        country.cosign()
    assert not country.policy.judge(country.note, [ledger.Verifier.from_vkey(country.vkey)]).holds
    assert len(country.witness.forks()) == (0 if further else 1)


@pytest.mark.usefixtures("before")
@pytest.mark.parametrize("further", [0, 2])
def test_the_monitor_names_the_entry_and_keeps_what_convicts_him(
    country: Country, further: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rewrite(country, monkeypatch)
    if further:
        country.lodge(*range(6, 6 + further))
        country.built.sign()
    [alarm] = country.watch().alarms
    assert (alarm.kind, alarm.entry) == ("fork", EDITED)
    assert alarm.evidence is not None
    assert LOG in convict(alarm.evidence, [country.vkey])


def test_the_trader_whose_record_it_was_has_it_in_writing(
    country: Country, before: list[ledger.Receipt], monkeypatch: pytest.MonkeyPatch
) -> None:
    rewrite(country, monkeypatch)
    verdicts = [country.check_receipt(receipt) for receipt in before]
    assert [verdict.holds for verdict in verdicts] == [receipt.promise.index != EDITED for receipt in before]
    failed = [check for check in verdicts[EDITED].checks if check.outcome == "failed"]
    assert [check.name for check in failed] == ["receipt"]

# SPDX-License-Identifier: Apache-2.0
"""Messages that prove themselves, in the house: what an attacker sends is refused, what a seal sends late is not."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cocket.errors import SettingsError, StoreError
from cocket.pipeline.base.secret_box import SecretBox
from cocket.pipeline.tracking.device_proofs import public_key, secret_key
from cocket.pipeline.tracking.device_register import DeviceRegister
from cocket.pipeline.tracking.views import AlertFilter
from cocket.tracking.adapters.open_e_seal import BatchPart, Message, SealPart, read_message, take_apart
from cocket.tracking.adapters.open_e_seal_proof import batch_root
from cocket.tracking.adapters.open_e_seal_write import Form, chained, mac, sign, write_message
from tests.pipeline.tracking.tracked import STEP_DEG, SUPERVISOR, Tracked, tracked

SECRET, NEWER, OTHERS = bytes(range(32)), bytes(range(1, 33)), bytes(range(2, 34))
COUNT = 30


class Guarded:
    """A lorry whose seal proves each message, under `k1`; dev-2 has a key of its own."""

    def __init__(self, home: Path) -> None:
        self.lorry: Tracked = tracked(home)
        self.register = DeviceRegister(self.lorry.built.stores)
        self.register.add_proof_key("dev-1", secret_key("k1", SECRET), timedelta(0))
        self.register.add_proof_key("dev-2", secret_key("k1", OTHERS), timedelta(0))
        self.sql("update device_proof_key set since = %s", self.lorry.start - timedelta(hours=1))
        self.journey = self.lorry.activate()

    def sql(self, text: str, *values: Any) -> list[Any]:
        with self.lorry.built.stores.database.transaction() as connection:
            found = connection.execute(text, values)
            return found.fetchall() if found.description else []

    def messages(self, numbers: range = range(COUNT), **fields: Any) -> list[Message]:
        """What the seal tells, not chained yet."""
        return [read_message(take_apart(self.lorry.told(number, **fields))) for number in numbers]

    def contents(self, numbers: range = range(COUNT), form: Form = "json") -> list[bytes]:
        return chained(self.messages(numbers), form)

    def hear(self, payloads: list[bytes], at: datetime, device: str = "dev-1") -> None:
        self.lorry.keep(payloads, [at] * len(payloads), device)
        self.lorry.work(at + timedelta(seconds=1))

    def fixes(self) -> int:
        return self.lorry.house.tracking.journeys.journey(SUPERVISOR, self.journey.id).all_fixes

    def refused(self, device: str = "dev-1") -> int:
        rows = self.sql("select refused from device_standing where device = %s", device)
        return int(rows[0][0]) if rows else 0

    def kinds(self) -> set[str]:
        wanted = AlertFilter(state="to-do", limit=100)
        return {one.kind for one in self.lorry.house.tracking.alerts.alerts(SUPERVISOR, wanted).alerts}

    def why(self, kind: str) -> str:
        (alert,) = self.lorry.house.tracking.alerts.alerts(SUPERVISOR, AlertFilter(kind=kind)).alerts
        return str(alert.measured["why"])


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Guarded]:
    found = Guarded(tmp_path / "home")
    yield found
    found.lorry.close()


def under(contents: list[bytes], secret: bytes = SECRET, kid: str = "k1", form: Form = "json") -> list[bytes]:
    return [mac(content, form, secret, kid) for content in contents]


@pytest.mark.parametrize("form", ["json", "cbor"])
def test_what_a_seal_sends_late_twice_and_in_any_order_counts_all_of_it(guarded: Guarded, form: Form) -> None:
    payloads = under(guarded.contents(form=form), form=form)
    random.Random(7).shuffle(payloads)
    at = guarded.lorry.at(COUNT)
    guarded.hear(payloads[:17], at)
    guarded.hear(payloads[10:], at + timedelta(minutes=1))
    assert (guarded.fixes(), guarded.refused(), guarded.kinds()) == (COUNT, 0, set())


def test_a_changed_message_is_never_taken_for_what_happened(guarded: Guarded) -> None:
    honest = under(guarded.contents())
    guarded.hear(honest, guarded.lorry.at(COUNT))
    changed = []
    for place in range(0, len(honest[5]), 3):
        payload = bytearray(honest[5])
        payload[place] ^= 1
        changed.append(bytes(payload))
    guarded.hear(changed, guarded.lorry.at(COUNT + 1))
    assert guarded.refused() == len(changed)
    assert guarded.fixes() == COUNT
    assert "message-forged" in guarded.kinds()
    told = guarded.lorry.house.tracking.journeys.journey(SUPERVISOR, guarded.journey.id)
    assert (told.line.guarantee, told.line.seal) == ("held", "sealed")


def test_messages_of_another_device_are_refused_whichever_way_they_come(guarded: Guarded) -> None:
    honest = under(guarded.contents())
    guarded.hear(honest, guarded.lorry.at(COUNT))
    at = guarded.lorry.at(COUNT + 1)
    theirs = chained(guarded.messages(range(COUNT, COUNT + 3), dev="dev-2"), "json")
    mine = guarded.contents(range(COUNT, COUNT + 3))
    guarded.hear(under(theirs, OTHERS), at)  # of dev-2, by the session of dev-1
    guarded.hear(under(mine, OTHERS), at)  # in the name of dev-1, with the key of dev-2
    guarded.hear(honest[:4], at, "dev-2")  # of dev-1, by the session of dev-2
    assert (guarded.refused(), guarded.refused("dev-2")) == (6, 4)
    assert guarded.fixes() == COUNT
    subjects = {
        one.subject
        for one in guarded.lorry.house.tracking.alerts.alerts(SUPERVISOR, AlertFilter(kind="message-forged")).alerts
    }
    assert subjects == {"dev-1", "dev-2"}


def test_messages_sent_again_add_nothing_and_are_told(guarded: Guarded) -> None:
    honest = under(guarded.contents())
    guarded.hear(honest, guarded.lorry.at(COUNT))
    guarded.hear(under(guarded.contents(range(COUNT + 1)))[-1:], guarded.lorry.at(COUNT + 20))
    guarded.hear(honest[3:9], guarded.lorry.at(COUNT + 30))
    assert guarded.fixes() == COUNT + 1
    assert "message-replayed" in guarded.kinds()


def test_a_message_without_proof_or_under_an_unknown_key_is_refused_once_the_device_has_one(guarded: Guarded) -> None:
    contents = guarded.contents()
    guarded.hear(under(contents[:20]), guarded.lorry.at(20))
    guarded.hear([contents[20], *under(contents[21:22], OTHERS, "k9")], guarded.lorry.at(21))
    assert (guarded.fixes(), guarded.refused()) == (20, 2)
    assert guarded.why("message-unproven") == "key-unknown, proof-missing"


def test_a_copy_that_holds_the_key_is_refused_as_soon_as_the_seal_goes_on(guarded: Guarded) -> None:
    contents = guarded.contents()
    guarded.hear(under(contents[:20]), guarded.lorry.at(20))
    elsewhere = msgspec.structs.replace(
        guarded.messages()[19], pos=(400_000_000, 0, 10), prev=sha256(contents[18]).digest(),
        seal=SealPart(n="S1", lock=0),
    )  # fmt: skip
    copy = chained([elsewhere], "json")
    rolled_back = chained([msgspec.structs.replace(guarded.messages()[22], prev=sha256(contents[4]).digest())], "json")
    guarded.hear(under(copy + rolled_back), guarded.lorry.at(21))
    assert guarded.fixes() == 19, "of two that contradict each other neither counts"
    guarded.hear(under(contents[20:]), guarded.lorry.at(COUNT))
    assert guarded.fixes() == COUNT, "the chain says which of them the seal made"
    assert {"seal-opened", "sequence-conflict"} <= guarded.kinds(), (
        "what says that a seal was opened is told, whoever made it"
    )


def test_a_link_that_does_not_hold_is_told_and_neither_end_of_it_counts(guarded: Guarded) -> None:
    contents = guarded.contents()
    guarded.hear(under(contents[:20]), guarded.lorry.at(20))
    false = msgspec.structs.replace(guarded.messages()[20], prev=bytes(32))
    guarded.hear(under(chained([false], "json")), guarded.lorry.at(21))
    assert guarded.fixes() == 19
    assert "chain-broken" in guarded.kinds()


def test_a_back_dated_message_is_refused_even_under_the_key(guarded: Guarded) -> None:
    contents = guarded.contents()
    guarded.hear(under(contents), guarded.lorry.at(COUNT))
    early = int(guarded.lorry.at(3).timestamp() * 1000)
    (back,) = [
        msgspec.structs.replace(one, t=early, prev=sha256(contents[-1]).digest(), seal=SealPart(n="S1", lock=0))
        for one in guarded.messages(range(COUNT, COUNT + 1))
    ]
    old_start = [
        msgspec.structs.replace(one, boot=0, seq=900, prev=None) for one in guarded.messages(range(20, 21))
    ]  # a start before the present one, at a time after it began
    guarded.hear(under(chained([back], "json") + chained(old_start, "json")), guarded.lorry.at(COUNT + 1))
    assert guarded.fixes() == COUNT
    assert {"seal-opened", "time-backdated"} <= guarded.kinds(), (
        "what says that a seal was opened is told, whatever its time"
    )


def test_keys_change_with_an_overlap_and_the_chain_vouches_for_what_comes_later_still(guarded: Guarded) -> None:
    contents = guarded.contents()
    guarded.hear(under(contents[:10]), guarded.lorry.at(10))
    guarded.register.add_proof_key("dev-1", secret_key("k2", NEWER), timedelta(0))
    guarded.sql("update device_proof_key set since = %s where kid = 'k2'", guarded.lorry.at(11))
    guarded.sql("update device_proof_key set until = %s where device = 'dev-1' and kid = 'k1'", guarded.lorry.at(15))
    guarded.hear(under(contents[10:12]), guarded.lorry.at(14))  # the former key, within the overlap
    assert (guarded.fixes(), guarded.refused()) == (12, 0)
    guarded.hear(under(contents[12:16]), guarded.lorry.at(17))  # the former key, after it had ended
    assert guarded.fixes() == 12
    assert guarded.why("message-unproven") == "key-ended"
    (shown,) = guarded.lorry.house.tracking.devices.positions(SUPERVISOR).positions
    assert shown.lon == pytest.approx(30 + STEP_DEG * 11, abs=1e-6), "nor is the seal shown where they say"
    guarded.hear(under(contents[16:], NEWER, "k2"), guarded.lorry.at(COUNT))
    assert guarded.fixes() == COUNT, "the first message under the new key names the last one under the former"
    assert guarded.kinds() == set()


def test_nothing_counts_that_comes_after_a_device_was_revoked(guarded: Guarded) -> None:
    contents = guarded.contents()
    guarded.hear(under(contents[:10]), guarded.lorry.at(10))
    guarded.register.put_state("dev-1", "revoked")
    guarded.sql("update device set changed = %s where id = 'dev-1'", guarded.lorry.at(12))
    guarded.hear(under(contents[10:11]), guarded.lorry.at(11))
    guarded.hear(under(contents[11:14]), guarded.lorry.at(14))
    assert (guarded.fixes(), guarded.refused()) == (11, 3)
    assert guarded.why("message-unproven") == "device-revoked"


def test_evidence_holds_nothing_that_the_message_claims_and_says_where_its_bytes_are(guarded: Guarded) -> None:
    forged = under(guarded.contents(range(1)), OTHERS)
    guarded.hear(forged, guarded.lorry.at(1))
    (alert,) = guarded.lorry.house.tracking.alerts.alerts(SUPERVISOR, AlertFilter(kind="message-forged")).alerts
    assert (alert.path, alert.sequences, len(alert.events)) == ((), (), 1)
    (last,) = guarded.sql("select last, heard from device_standing where device = 'dev-1'")
    assert last == (None, None), "a forged message is no word of the device"


def test_a_devices_own_key_proves_as_well(guarded: Guarded) -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(3, 35)))
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    guarded.register.add_proof_key("dev-1", public_key("own", pem), timedelta(hours=1))
    guarded.sql("update device_proof_key set since = %s", guarded.lorry.start - timedelta(hours=1))
    payloads = [sign(content, "cbor", key, "own") for content in guarded.contents(form="cbor")]
    guarded.hear([*payloads[:5], payloads[5][:-1] + bytes([payloads[5][-1] ^ 1])], guarded.lorry.at(6))
    assert (guarded.fixes(), guarded.refused()) == (5, 1)


def test_a_signed_batch_is_held_against_what_came_and_late_messages_complete_it(guarded: Guarded) -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(3, 35)))
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    guarded.register.add_proof_key("dev-1", public_key("own", pem), timedelta(hours=1))
    guarded.sql("update device_proof_key set since = %s", guarded.lorry.start - timedelta(hours=1))
    contents = guarded.contents()
    messages = [read_message(take_apart(content)) for content in contents]
    first, last = ((one.boot, one.seq) for one in (messages[0], messages[-1]))
    part = BatchPart(first=first, last=last, n=COUNT, root=batch_root(contents))
    at = guarded.lorry.at(COUNT)
    prev = sha256(contents[-1]).digest()
    stated = Message(
        v=1, dev="dev-1", boot=last[0], seq=last[1] + 1, t=int(at.timestamp() * 1000), prev=prev, batch=part
    )
    signed = sign(write_message(stated, "json"), "json", key, "own")
    payloads = under(contents)
    guarded.hear([signed, *payloads[:7], *payloads[9:]], at)
    (batch,) = guarded.lorry.house.tracking.journeys.journey(SUPERVISOR, guarded.journey.id).batches
    assert (batch.outcome, batch.missing, batch.messages) == ("incomplete", 2, COUNT)
    assert "batch-incomplete" in guarded.kinds() and "message-forged" not in guarded.kinds()
    guarded.hear(payloads[7:9], guarded.lorry.at(COUNT + 1))
    (batch,) = guarded.lorry.house.tracking.journeys.journey(SUPERVISOR, guarded.journey.id).batches
    assert (batch.outcome, batch.missing) == ("holds", 0)
    assert guarded.kinds() == set()
    wrong = msgspec.structs.replace(
        stated,
        seq=stated.seq + 1,
        prev=sha256(write_message(stated, "json")).digest(),
        batch=msgspec.structs.replace(part, root=bytes(32)),
    )
    content = write_message(wrong, "json")
    guarded.hear([sign(content, "json", Ed25519PrivateKey.generate(), "own")], guarded.lorry.at(COUNT + 2))
    assert guarded.kinds() == {"message-forged"}, "a batch that the device did not sign says nothing of its messages"
    assert len(guarded.lorry.house.tracking.journeys.journey(SUPERVISOR, guarded.journey.id).batches) == 1
    guarded.hear([sign(content, "json", key, "own")], guarded.lorry.at(COUNT + 3))
    assert "batch-contradicted" in guarded.kinds()


def test_keys_are_kept_wrapped_sealed_by_their_hash_and_named_once(guarded: Guarded) -> None:
    rows = guarded.sql("select material from device_proof_key where device = 'dev-1'")
    assert all(SECRET not in bytes(row[0]) for row in rows)
    sealed = [json.loads(body) for body in guarded.lorry.built.bodies("device")]
    assert next(one["digest"] for one in sealed if one["act"] == "proof-key") == sha256(SECRET).hexdigest()
    with pytest.raises(SettingsError, match="named k1"):
        guarded.register.add_proof_key("dev-1", secret_key("k1", NEWER), timedelta(0))
    with pytest.raises(SettingsError, match="16 bytes"):
        secret_key("k3", bytes(15))
    with pytest.raises(SettingsError, match="not a public key"):
        public_key("k3", b"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----")
    box = SecretBox(bytes(32))
    with pytest.raises(StoreError, match="cannot be decrypted"):
        box.unwrap("dev-2\nk1", box.wrap("dev-1\nk1", SECRET))


def test_the_lorry_is_where_its_seal_says(guarded: Guarded) -> None:
    guarded.hear(under(guarded.contents()), guarded.lorry.at(COUNT))
    (shown,) = guarded.lorry.house.tracking.devices.positions(SUPERVISOR).positions
    assert shown.lon == pytest.approx(30 + STEP_DEG * (COUNT - 1), abs=1e-6)


def test_a_secret_that_is_lost_holds_up_nobody_else(guarded: Guarded) -> None:
    guarded.sql("update device_proof_key set material = 'lost'::bytea where device = 'dev-1'")
    theirs = chained(guarded.messages(range(3), dev="dev-2"), "json")
    guarded.lorry.keep(under(theirs, OTHERS), [guarded.lorry.at(3)] * 3, "dev-2")
    guarded.hear(under(guarded.contents(range(3))), guarded.lorry.at(3))
    assert (guarded.refused(), guarded.refused("dev-2")) == (3, 0)
    assert guarded.why("message-unproven") == "key-lost"

# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime
from typing import Any

import cbor2
import msgspec
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st

from cocket.errors import ProofError, UnreadableError
from cocket.tracking.adapters import read
from cocket.tracking.adapters.open_e_seal import (
    SIGN1,
    BatchPart,
    Message,
    Wire,
    read_message,
    signed_bytes,
    take_apart,
)
from cocket.tracking.adapters.open_e_seal_proof import (
    Key,
    Link,
    batch_root,
    link_of,
    standing,
    verify,
    verify_batch,
)
from cocket.tracking.adapters.open_e_seal_write import chained, mac, sign, write_message
from tests.house.source import ROOT
from tests.tracking.device_messages import RECEIVED, SECRET, SIGNING, seal_message

DEVICE = "KE-SEAL-000123"
SHARED = Key(kid="k1", device=DEVICE, algorithm="HS256", material=SECRET)
PUBLIC = Key(kid="k2", device=DEVICE, algorithm="EdDSA", material=SIGNING.public_key().public_bytes_raw())
FORMS = ("json", "cbor")


def vector(name: str) -> bytes:
    """A value of the test vector on the profile's page."""
    page = (ROOT / "docs" / "standards" / "open-e-seal.md").read_text(encoding="utf-8")
    found = re.search(rf"^\| `{name}` \| `([^`]+)` \|$", page, re.MULTILINE)
    assert found, name
    return found[1].encode()


def test_a_message_is_read_into_units() -> None:
    (event,) = read("open-e-seal", write_message(seal_message(), "json"), received_at=RECEIVED)
    assert (event.device, event.boot, event.sequence) == (DEVICE, 4, 17)
    assert event.time == datetime(2026, 11, 20, 7, 15, 30, 250000, UTC)
    assert event.position is not None
    assert (event.position.lat, event.position.lon, event.position.accuracy_m) == (-4.039083, 39.668724, 8)
    assert (event.speed_m_s, event.course_deg, event.satellites) == (20.0, 270.0, 9)
    assert event.seal is not None
    assert (event.seal.number, event.seal.lock, event.seal.strap, event.seal.case) == (
        "KE000123",
        "locked",
        "intact",
        "closed",
    )
    assert (event.door, event.equipment, event.alarms) == ("closed", "CSQU3054383", ("vibration",))
    assert (event.battery_percent, event.battery_v, event.temperature_c) == (87, 3.91, -18.05)
    assert (event.humidity_percent, event.light_lux, event.shock_g) == (55.5, 0, 0.35)
    assert event.cells[0].signal_dbm == -85
    assert event.attributes["ropeCount"] == 2


def test_what_is_absent_is_unknown() -> None:
    message = Message(v=1, dev=DEVICE, boot=0, seq=1)
    (event,) = read("open-e-seal", write_message(message, "cbor"), received_at=RECEIVED)
    unset = set(event.__struct_fields__) - {"id", "protocol", "device", "received_at", "kind", "boot", "sequence"}
    empty = {name for name in unset if getattr(event, name) in (None, (), {})}
    assert unset - empty == {"attributes"}
    assert set(event.attributes) == {"digest", "leaf"}


@pytest.mark.parametrize("form", FORMS)
def test_what_is_written_reads_the_same(form: Any) -> None:
    for message in (seal_message(), seal_message(prev=bytes(32), tmp=(), alm=(), ext={}, cell=())):
        content = write_message(message, form)
        assert read_message(take_apart(content)) == message
        assert write_message(read_message(take_apart(content)), form) == content


def test_json_and_cbor_say_the_same() -> None:
    one, other = (read("open-e-seal", write_message(seal_message(), form), received_at=RECEIVED)[0] for form in FORMS)  # type: ignore[arg-type]
    differing = {name for name in one.__struct_fields__ if getattr(one, name) != getattr(other, name)}
    assert differing == {"id", "attributes"}  # the bytes differ, and with them the digest
    hashes = {"digest", "leaf"}
    assert {k: v for k, v in one.attributes.items() if k not in hashes} == {
        k: v for k, v in other.attributes.items() if k not in hashes
    }


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("key", [SHARED, PUBLIC])
def test_a_proof_holds_under_its_own_key_and_no_other(form: Any, key: Key) -> None:
    content = write_message(seal_message(), form)
    payload = mac(content, form, SECRET, "k1") if key is SHARED else sign(content, form, SIGNING, "k2")
    wire = take_apart(payload)
    assert verify(wire, key) == seal_message()
    stranger = msgspec.structs.replace(key, material=bytes(reversed(key.material)))
    with pytest.raises(ProofError):
        verify(wire, stranger)
    with pytest.raises(ProofError) as caught:
        verify(wire, msgspec.structs.replace(key, device="other"))
    assert caught.value.code == "device-other"
    with pytest.raises(ProofError) as caught:
        verify(wire, msgspec.structs.replace(key, kid="k9"))
    assert caught.value.code == "key-other"


def test_a_proof_of_p256_holds() -> None:
    private = ec.derive_private_key(77, ec.SECP256R1())
    point = private.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    content = write_message(seal_message(), "cbor")
    protected = cbor2.dumps({1: -7})
    halves = decode_dss_signature(private.sign(signed_bytes(SIGN1, protected, content), ec.ECDSA(hashes.SHA256())))
    signature = b"".join(half.to_bytes(32, "big") for half in halves)
    wire = take_apart(cbor2.dumps(cbor2.CBORTag(SIGN1, [protected, {4: b"k3"}, content, signature])))
    key = Key(kid="k3", device=DEVICE, algorithm="ES256", material=point)
    assert verify(wire, key) == seal_message()
    with pytest.raises(ProofError):
        verify(msgspec.structs.replace(wire, proof=signature[:63]), key)


def test_a_public_key_is_never_taken_for_a_secret() -> None:
    content = write_message(seal_message(), "json")
    forged = take_apart(mac(content, "json", PUBLIC.material, "k2"))
    with pytest.raises(ProofError) as caught:
        verify(forged, PUBLIC)
    assert caught.value.code == "key-other"


def test_a_bare_message_proves_nothing() -> None:
    with pytest.raises(ProofError) as caught:
        verify(take_apart(write_message(seal_message(), "json")), SHARED)
    assert caught.value.code == "proof-missing"


@pytest.mark.parametrize("form", FORMS)
def test_no_bit_of_a_message_under_proof_can_be_changed(form: Any) -> None:
    payload = mac(write_message(seal_message(), form), form, SECRET, "k1")
    for at, place in itertools.product(range(len(payload)), range(8)):
        changed = bytearray(payload)
        changed[at] ^= 1 << place
        try:
            verify(take_apart(bytes(changed)), SHARED)
        except (ProofError, UnreadableError):
            continue
        raise AssertionError(f"byte {at}, bit {place} does not count")


@pytest.mark.parametrize(
    "payload",
    [
        b"{}",
        b'{"v":2,"dev":"a","boot":0,"seq":1}',
        b'{"v":1,"dev":"a","boot":0,"seq":1,"unknown":1}',
        b'{"v":1,"dev":"a","boot":0,"seq":-1}',
        b'{"v":1,"dev":"a","boot":0,"seq":1,"pos":[1.5,2,3]}',
        b'{"v":1,"dev":"a","boot":0,"seq":1,"door":2}',
        cbor2.dumps({0: 1, 1: "a", 2: 0, 3: 1, 99: 1}),
        cbor2.dumps([1, 2]),
        b"\xbf\x00\x01\xff",
        b"\xa2\x00\x01\x00\x01",
        cbor2.dumps({0: 1, 1: "a", 2: 0, 3: 1}) + b"\0",
        b"eyJhbGciOiJub25lIn0.e30.",
        b"\xd2\x84\x43\xa1\x01\x05\xa0\x40\x40",
    ],
)
def test_what_is_not_of_the_profile_is_unreadable(payload: bytes) -> None:
    with pytest.raises(UnreadableError):
        read("open-e-seal", payload, received_at=RECEIVED)


def journey(count: int = 12) -> list[tuple[Message, Link]]:
    """A chain of messages over two starts of the device."""
    messages = [
        Message(v=1, dev=DEVICE, boot=1 + number // 7, seq=1 + number % 7, t=1795158930_000 + number * 60_000)
        for number in range(count)
    ]
    wires = [take_apart(content) for content in chained(messages, "cbor")]
    return [(message, link_of(wire, message)) for wire in wires for message in [read_message(wire)]]


@settings(deadline=None, max_examples=200)
@given(st.permutations(range(12)))
def test_messages_in_any_order_are_all_new(order: list[int]) -> None:
    chain = journey()
    seen: dict[tuple[int, int], Link] = {}
    for number in order:
        message, link = chain[number]
        assert standing(message, link, seen) == "new"
        seen[message.boot, message.seq] = link


def test_a_replay_is_a_repeat_and_a_clone_a_conflict() -> None:
    chain = journey()
    seen = {(message.boot, message.seq): link for message, link in chain}
    message, link = chain[3]
    assert standing(message, link, seen) == "repeat"
    clone = take_apart(write_message(msgspec.structs.replace(message, door=1), "cbor"))
    assert standing(message, link_of(clone, message), seen) == "conflict"


def test_a_message_slipped_into_a_chain_breaks_it() -> None:
    chain = journey()
    seen = {(message.boot, message.seq): link for message, link in chain if (message.boot, message.seq) != (1, 4)}
    wire = take_apart(write_message(msgspec.structs.replace(chain[3][0], door=1), "cbor"))
    assert standing(chain[3][0], link_of(wire, chain[3][0]), seen) == "chain-broken"
    orphan = msgspec.structs.replace(chain[3][0], prev=bytes(32))
    wire = take_apart(write_message(orphan, "cbor"))
    assert standing(orphan, link_of(wire, orphan), {k: v for k, v in seen.items() if k == (1, 3)}) == "chain-broken"


def batch(contents: list[bytes]) -> Message:
    """A message that signs a batch."""
    messages = [read_message(take_apart(content)) for content in contents]
    part = BatchPart(
        first=(messages[0].boot, messages[0].seq),
        last=(messages[-1].boot, messages[-1].seq),
        n=len(contents),
        root=batch_root(contents),
    )
    return Message(v=1, dev=DEVICE, boot=2, seq=9, batch=part)


@pytest.mark.parametrize("form", FORMS)
def test_a_signed_batch_covers_its_messages_and_no_others(form: Any) -> None:
    contents = chained([seal_message(seq=number) for number in range(1, 6)], form)
    payload = sign(write_message(batch(contents), form), form, SIGNING, "k2")
    signed = verify(take_apart(payload), PUBLIC)
    verify_batch(signed, contents)
    verify_batch(signed, [mac(content, form, SECRET, "k1") for content in contents])
    (event,) = read("open-e-seal", payload, received_at=RECEIVED)
    assert (event.attributes["batch_messages"], event.attributes["batch_root"]) == (5, batch_root(contents).hex())
    assert event.position is None and event.seal is None
    other = write_message(seal_message(seq=3, door=1), form)
    for wrong in (contents[:-1], contents[::-1], [*contents[:2], other, *contents[3:]], [*contents, contents[-1]], []):
        with pytest.raises(ProofError):
            verify_batch(signed, wrong)


def test_the_test_vector_of_the_page_is_what_the_profile_gives() -> None:
    message = seal_message()
    assert bytes.fromhex(vector("secret").decode()) == SECRET
    json_content, cbor_content = write_message(message, "json"), write_message(message, "cbor")
    assert json_content == vector("json")
    assert cbor_content.hex().encode() == vector("cbor")
    assert take_apart(cbor_content).digest.hex().encode() == vector("sha256 of cbor")
    assert mac(json_content, "json", SECRET, "k1") == vector("jws")
    assert mac(cbor_content, "cbor", SECRET, "k1").hex().encode() == vector("cose mac0")
    assert sign(cbor_content, "cbor", SIGNING, "k2").hex().encode() == vector("cose sign1")
    assert batch_root([cbor_content]).hex().encode() == vector("batch root of cbor alone")
    assert verify(take_apart(vector("jws")), SHARED) == message


def test_a_key_does_not_show_what_it_holds() -> None:
    assert SECRET.hex() not in repr(SHARED) and repr(SECRET) not in repr(SHARED)


def test_the_proof_of_a_wire_is_kept_apart_from_its_message() -> None:
    content = write_message(seal_message(), "json")
    wire = take_apart(mac(content, "json", SECRET, "k1"))
    assert isinstance(wire, Wire)
    assert wire.content == content
    assert wire.digest == take_apart(content).digest

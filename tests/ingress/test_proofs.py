# SPDX-License-Identifier: Apache-2.0
"""From the real doors to the tracker: messages that prove themselves, forged ones, and sentences of AIS."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pyais
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cocket.pipeline.tracking.device_proofs import public_key, secret_key
from cocket.pipeline.tracking.worker import Tracker
from cocket.stores.tracking.device_events import DeviceEvents
from cocket.stores.tracking.vessels import Vessels
from cocket.tracking.adapters.open_e_seal import BatchPart, Message
from cocket.tracking.adapters.open_e_seal_proof import batch_root
from cocket.tracking.adapters.open_e_seal_write import chained, mac, sign, write_message
from tests.ingress.doors import Opened
from tests.ingress.test_http_door import post

SECRET = bytes(range(32))


def work(doors: Opened) -> None:
    tracker = Tracker(doors.register._stores, is_eager=True)
    tracker.open()
    while tracker.turn():
        pass


def test_the_tracker_believes_what_proves_itself_and_keeps_the_rest_as_evidence(doors: Opened) -> None:
    doors.add("seal-1", adapter="open-e-seal")
    doors.register.add_proof_key("seal-1", secret_key("k1", SECRET), timedelta(hours=1))
    now = int(time.time() * 1000)
    told = [
        Message(v=1, dev="seal-1", boot=1, seq=number, t=now + number, pos=(0, number, 5)) for number in range(1, 4)
    ]
    honest = [mac(content, "cbor", SECRET, "k1") for content in chained(told, "cbor")]
    forged = mac(chained(told[:1], "cbor")[0], "cbor", bytes(32), "k1")
    bare = chained(told[:1], "json")[0]
    for payload in (*honest, forged):
        assert post(doors, "seal-1", payload, "application/octet-stream").status_code == 202
    assert post(doors, "seal-1", bare, "application/json").status_code == 202
    work(doors)
    with doors.register._stores.database.transaction() as connection:
        events, _ = DeviceEvents().events(connection, "seal-1", None)
        standing = DeviceEvents().standings(connection, ["seal-1"])["seal-1"]
    assert [event.sequence for event in events if event.position] == [1, 2, 3]
    assert sorted(event.doubts for event in events if not event.position) == [("proof-missing",), ("proof-wrong",)]
    assert standing.refused == 2
    assert doors.payloads("seal-1") == [*honest, forged, bare], "the bytes are evidence, and stay as they came"


def test_a_signed_batch_that_comes_by_the_door_is_held_against_what_came_before_it_and_after(doors: Opened) -> None:
    doors.add("seal-2", adapter="open-e-seal")
    key = Ed25519PrivateKey.generate()
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    doors.register.add_proof_key("seal-2", secret_key("k1", SECRET), timedelta(hours=1))
    doors.register.add_proof_key("seal-2", public_key("own", pem), timedelta(hours=1))
    now = int(time.time() * 1000)
    told = [
        Message(v=1, dev="seal-2", boot=1, seq=number, t=now + number, pos=(0, number, 5)) for number in range(1, 5)
    ]
    contents = chained(told, "cbor")
    part = BatchPart(first=(1, 1), last=(1, 4), n=4, root=batch_root(contents))
    stated = Message(v=1, dev="seal-2", boot=1, seq=5, t=now + 5, prev=sha256(contents[-1]).digest(), batch=part)
    macs = [mac(content, "cbor", SECRET, "k1") for content in contents]
    signed = sign(write_message(stated, "cbor"), "cbor", key, "own")

    def alerts(payloads: list[bytes]) -> list[tuple[str, bool]]:
        for payload in payloads:
            assert post(doors, "seal-2", payload, "application/octet-stream").status_code == 202
        work(doors)
        with doors.register._stores.database.transaction() as connection:
            return connection.execute("select kind, is_withdrawn from alert where kind like 'batch-%'").fetchall()

    assert alerts([signed, *macs[:2], macs[3]]) == [("batch-incomplete", False)]
    assert alerts([macs[2]]) == [("batch-incomplete", True)]


def test_what_a_receiver_of_ais_hears_is_kept_of_the_vessels(doors: Opened) -> None:
    doors.add("ais-1", adapter="ais")
    place = {"type": 1, "mmsi": 538001234, "lat": -4.06, "lon": 39.66, "second": 10}
    sentences = [*pyais.encode_dict(place, talker_id="AI")]
    sentences += pyais.encode_dict({"type": 5, "mmsi": 538001234, "imo": 9074729, "shipname": "STAR"}, talker_id="AI")
    body = "\r\n".join(sentences).encode() + b"\r\n"
    assert post(doors, "ais-1", body, "application/octet-stream").status_code == 202
    work(doors)
    now = datetime.now(UTC)
    with doors.register._stores.database.transaction() as connection:
        (fix,) = Vessels().fixes(connection, "538001234", now - timedelta(minutes=5), now)
        names = connection.execute("select kind, value from vessel_name order by kind").fetchall()
        told = DeviceEvents().standings(connection, ["ais-1"])["ais-1"]
    assert (fix.lat, fix.lon, fix.receiver) == (-4.06, 39.66, "ais-1")
    assert fix.time.second == 10 and now - fix.time < timedelta(seconds=70)
    assert names == [("imo", "9074729"), ("name", "STAR")]
    assert told.refused == 0, "vessels that a receiver hears are nobody's false identity"

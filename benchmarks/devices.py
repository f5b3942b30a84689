# SPDX-License-Identifier: Apache-2.0
"""Reading what devices send: each adapter on one core, beside what the bytes cost to hash, and beside its peer."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from typing import Any

import msgspec
import pyais

from benchmarks.figures import Figure
from cocket.tracking.adapters import read
from cocket.tracking.adapters.open_e_seal import Message, SealPart, take_apart
from cocket.tracking.adapters.open_e_seal_proof import Key, verify
from cocket.tracking.adapters.open_e_seal_write import mac, write_message

_RECEIVED = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
_ROUND = 500
_SECRET = bytes(range(32))
_MESSAGE = Message(
    v=1,
    dev="KE-SEAL-000123",
    boot=4,
    seq=17,
    t=1795158930250,
    pos=(-40390830, 396687240, 8),
    spd=2000,
    crs=27000,
    sat=9,
    seal=SealPart(n="KE000123", lock=1, strap=1, case=1),
    door=0,
    bat=(87, 3910),
    tmp=(-1805,),
    hum=5550,
)
_SENTENCE = b"!AIVDM,1,1,,A,13HOI:?P00099t00TWh00001P000,0*42"

#: One message of each family, made for this bench.
_MESSAGES: dict[str, bytes] = {
    "jt600": bytes.fromhex(
        "247560001234171100272011260715300402345003940123452487000004d2090000000020c05710e1004d15000000002a"
    ),
    "jt808": bytes.fromhex(
        "7e02000035013912345678004d0000000000000006003da1ab025d4bf4001102d0005a261120151530"
        "0104000003e830011f310109600b0004003132333435363738bb7e"
    ),
    "eseal": b"##S,eSeal,1000900,7,3.1.0,Normal,12,2026-11-20,07:15:30,15,A,4.039083S 39.668724E,90,50,Close,0.35,0:0:1:0,3.9,-71,E##",
    "open-e-seal": mac(write_message(_MESSAGE, "cbor"), "cbor", _SECRET, "k1"),
    "ais": _SENTENCE,
    "osmand": b"/?id=phone-7&lat=-4.039083&lon=39.668724&timestamp=1795158930&speed=36&bearing=270&altitude=17&batt=81",
    "teltonika": bytes.fromhex(
        "000000000000002b0801000001a1f7cf72500117a4f788fd97af520011010e080048000301ef010142316a0110000181cd000100008bac"
    ),
    "tzone": bytes.fromhex(
        "545a00642424010b021e000008637710239476271a0b14070f1e0016090024fa99016b2d921a0b14070f1e04d2000064090e0004004d10e1"
        "0010a3c000001437019c04e20001000280000005010431323400000000000000000001010006000005000003007712340d0a"
    ),
    "json": b'{"device":"dev-1","seq":3,"time":"2026-11-20T07:15:30Z","lat":-4.039083,"lon":39.668724,"temp":4.2,"door":"closed"}',
}


def bench_devices(seconds: float) -> Iterator[Figure]:
    """Events a second and core of each adapter, the proof of a seal's message, and what the peers need."""
    share = seconds / (2 * len(_MESSAGES) + 6)
    for name, payload in _MESSAGES.items():
        reading = partial(read, name, payload, received_at=_RECEIVED, device="d")
        took, bare = _paired(reading, partial(sha256, payload), share)
        note = f"a core; {took / bare:.0f} × hashing the same bytes"
        yield Figure(name=f"read {name}", value=1 / took, unit="/s", note=note)
    yield from _beside_pyais(share)
    yield from _proofs(share)


def _beside_pyais(share: float) -> Iterator[Figure]:
    ours, theirs = _paired(
        lambda: read("ais", _SENTENCE, received_at=_RECEIVED), lambda: pyais.decode(_SENTENCE).asdict(), share
    )
    yield Figure(
        name="read ais, beside pyais alone", value=ours / theirs, unit="×", note="ours takes the bits apart with it"
    )


def _proofs(share: float) -> Iterator[Figure]:
    payload = _MESSAGES["open-e-seal"]
    key = Key(kid="k1", device=_MESSAGE.dev, algorithm="HS256", material=_SECRET)
    ours, bare = _paired(lambda: verify(take_apart(payload), key), lambda: hmac.digest(_SECRET, payload, sha256), share)
    yield Figure(
        name="verify a seal's message", value=1 / ours, unit="/s", note=f"a core; {ours / bare:.0f} × the bare HMAC"
    )
    content = write_message(_MESSAGE, "json")
    ours, bare = _paired(
        lambda: read("open-e-seal", content, received_at=_RECEIVED), lambda: msgspec.json.decode(content), share
    )
    yield Figure(
        name="read open-e-seal in JSON, beside bare msgspec", value=ours / bare, unit="×", note="typed and in units"
    )


def _paired(one: Callable[[], Any], other: Callable[[], Any], seconds: float) -> tuple[float, float]:
    """CPU seconds a call of the best round of each, taken in turns within a time limit."""
    best = [float("inf"), float("inf")]
    deadline = time.monotonic() + seconds
    while True:
        for place, work in enumerate((one, other)):
            started = time.process_time()
            for _ in range(_ROUND):
                work()
            best[place] = min(best[place], (time.process_time() - started) / _ROUND)
        if time.monotonic() > deadline:
            return best[0], best[1]

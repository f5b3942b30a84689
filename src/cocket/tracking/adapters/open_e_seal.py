# SPDX-License-Identifier: Apache-2.0
"""The open e-seal profile: what a seal of any maker can send, and how it is read.

A message is a map with short names in JSON, or with the same map under numbers in CBOR; all quantities are whole numbers,
so that both forms hold exactly the same. It stands bare, as JWS (JSON) or as COSE_Mac0 or COSE_Sign1 (CBOR). Reading
checks no key: `open_e_seal_proof` does, and says whether a message is new, a repeat, or forged.
Source: docs/standards/open-e-seal.md; RFC 7515 (JWS), RFC 9052 (COSE), RFC 8949 (CBOR).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from typing import Annotated, Any, Literal, NoReturn

import cbor2
import msgspec

from cocket.errors import UnreadableError
from cocket.ledger.tree import leaf_hashes
from cocket.tracking.adapters._adapter import Adapter
from cocket.tracking.adapters._base64url import from_base64url
from cocket.tracking.adapters._draft import Context, Draft, finished
from cocket.tracking.events import Alarm, Cell, LockState, TrackingEvent

NAME = "open-e-seal"
VERSION = 1

#: Numbers of the names of a message in CBOR, by name.
NUMBERS = {
    name: number
    for number, name in enumerate(
        (
            *("v", "dev", "boot", "seq", "t", "prev", "pos", "spd", "crs", "sat", "seal", "door"),
            *("bat", "tmp", "hum", "lux", "shk", "cell", "eq", "alm", "ext", "batch"),
        )
    )
}
_NAMES = {number: name for name, number in NUMBERS.items()}

MAC0, SIGN1 = 17, 18
_MOST_BYTES = 64 * 1024
_MOST_DEPTH = 8
#: Names under which this module keeps what it says of a message; nothing of `ext` may stand there.
_TAKEN = frozenset(
    {"digest", "leaf", "previous", "batch_root", "batch_messages"}
    | {"batch_first_boot", "batch_first", "batch_last_boot", "batch_last"}
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOCKS: tuple[LockState, ...] = ("unlocked", "locked", "open")

_U16 = Annotated[int, msgspec.Meta(ge=0, le=0xFFFF)]
_U32 = Annotated[int, msgspec.Meta(ge=0, le=0xFFFFFFFF)]
_U53 = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
_I32 = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)]
_Hash = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
_Text = Annotated[str, msgspec.Meta(max_length=1024)]
_Flag = Literal[0, 1]
_Word = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class SealPart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The part `seal` of a message.

    Attributes:
        n: Number on the seal.
        lock: 0 unlocked, 1 locked, 2 found open.
        strap: 0 cut, 1 intact.
        case: 0 opened, 1 closed.
        by: Card, key or user presented for opening.
    """

    n: _Word | None = None
    lock: Literal[0, 1, 2] | None = None
    strap: _Flag | None = None
    case: _Flag | None = None
    by: _Word | None = None


class BatchPart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The part `batch` of a message: what is signed of many messages at once.

    Attributes:
        first: Boot and sequence of the first message of the batch.
        last: Boot and sequence of the last.
        n: How many there are (count).
        root: Merkle root over the bytes of the messages in order (32 bytes; Base64 in JSON).
    """

    first: tuple[_U32, _U53]
    last: tuple[_U32, _U53]
    n: Annotated[int, msgspec.Meta(ge=1, le=2**20)]
    root: _Hash


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One message of the profile; what is absent is unknown.

    Attributes:
        v: Version of the profile, 1.
        dev: Identity of the device.
        boot: How often it has started; never smaller than before.
        seq: Number of the message since it started, from 1, without a gap.
        t: Milliseconds since 1970 UTC.
        prev: SHA-256 of the message before this one (32 bytes; Base64 in JSON); absent in a device's first.
        pos: Latitude and longitude in 1e-7 degrees, and radius of accuracy in metres (or null).
        spd: Speed over ground in cm/s.
        crs: Course over ground in 0.01 degrees.
        sat: Satellites used (count).
        seal: The seal.
        door: 0 closed, 1 open.
        bat: Charge in percent and voltage in mV, each or null.
        tmp: Temperatures in 0.01 °C, one a probe, null where a probe is silent.
        hum: Relative humidity in 0.01 %.
        lux: Light in lux.
        shk: Greatest shock since the last message, in 0.001 g.
        cell: Cells heard: country, network, area, cell, and strength in dBm (or null).
        eq: Number of the container.
        alm: Alarms, by the names of `TrackingEvent`.
        ext: Anything else: names to numbers, texts and truth values.
        batch: Set in a message that signs others; it then tells nothing else.
    """

    v: Literal[1]
    dev: _Word
    boot: _U32
    seq: _U53
    t: _U53 | None = None
    prev: _Hash | None = None
    pos: tuple[_I32, _I32, _U32 | None] | None = None
    spd: _U32 | None = None
    crs: Annotated[int, msgspec.Meta(ge=0, lt=36000)] | None = None
    sat: Annotated[int, msgspec.Meta(ge=0, le=255)] | None = None
    seal: SealPart | None = None
    door: _Flag | None = None
    bat: tuple[Annotated[int, msgspec.Meta(ge=0, le=100)] | None, _U32 | None] | None = None
    tmp: Annotated[tuple[_I32 | None, ...], msgspec.Meta(max_length=16)] = ()
    hum: Annotated[int, msgspec.Meta(ge=0, le=10000)] | None = None
    lux: _U32 | None = None
    shk: _U32 | None = None
    cell: Annotated[tuple[tuple[_U16, _U16, _U32, _U53, _I32 | None], ...], msgspec.Meta(max_length=16)] = ()
    eq: _Word | None = None
    alm: Annotated[tuple[Alarm, ...], msgspec.Meta(max_length=16)] = ()
    ext: Annotated[dict[_Word, bool | _I32 | _Text], msgspec.Meta(max_length=64)] = {}
    batch: BatchPart | None = None


class Wire(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it came, taken apart and not yet checked.

    Attributes:
        content: The bytes of the message itself: what is hashed, chained and signed.
        form: Whether those bytes are JSON or CBOR.
        algorithm: `HS256`, `EdDSA` or `ES256`; None for a bare message.
        kid: Name of the key; None where it is not said.
        signed: What code or signature is over; empty for a bare message.
        proof: The code or signature; empty for a bare message.
    """

    content: bytes
    form: Literal["json", "cbor"]
    algorithm: Literal["HS256", "EdDSA", "ES256"] | None = None
    kid: str | None = None
    signed: bytes = b""
    proof: bytes = b""

    @property
    def digest(self) -> bytes:
        """SHA-256 of the message's own bytes: what `prev` of the next message repeats (32 bytes)."""
        return sha256(self.content).digest()


_COSE_ALGORITHMS: dict[int, Literal["HS256", "EdDSA", "ES256"]] = {5: "HS256", -8: "EdDSA", -19: "EdDSA", -7: "ES256"}
_ALG, _CRIT, _KID = 1, 2, 4


class _Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Head of a JWS; `crit` and other names are refused, since they would have to be understood."""

    alg: Literal["HS256", "EdDSA", "ES256"]
    kid: str | None = None
    typ: str | None = None


def take_apart(payload: bytes) -> Wire:
    """Take a payload apart into message and proof.

    Args:
        payload: Bare JSON or CBOR, a JWS in compact form, or a tagged COSE_Mac0 or COSE_Sign1.

    Returns:
        Its parts; no key was used.

    Raises:
        UnreadableError: It is none of these.
    """
    if len(payload) > _MOST_BYTES:
        _refuse("longer than 64 KiB")
    start = payload.lstrip()[:1]
    if start == b"{":
        return Wire(content=payload, form="json")
    if start == b"e" and payload.count(b".") == 2:
        return _jws(payload.strip())
    item = _cbor(payload)
    if isinstance(item, cbor2.CBORTag):
        return _cose(item)
    return Wire(content=payload, form="cbor")


def _jws(payload: bytes) -> Wire:
    head, body, proof = payload.split(b".")
    try:
        stated = msgspec.json.decode(from_base64url(head), type=_Head)
        content, code = from_base64url(body), from_base64url(proof)
    except (ValueError, msgspec.MsgspecError) as error:
        _refuse(f"no JWS of this profile: {error}", error)
    return Wire(
        content=content, form="json", algorithm=stated.alg, kid=stated.kid, signed=head + b"." + body, proof=code
    )


def _cose(item: cbor2.CBORTag) -> Wire:
    parts = item.value
    if item.tag not in (MAC0, SIGN1) or not isinstance(parts, list | tuple) or len(parts) != 4:
        _refuse("no COSE_Mac0 or COSE_Sign1")
    protected, unprotected, content, proof = parts
    if not all(isinstance(part, bytes) for part in (protected, content, proof)):
        _refuse("COSE whose parts are not byte strings")
    head = _cbor(protected) if protected else {}
    if not isinstance(head, Mapping) or not isinstance(unprotected, Mapping) or _CRIT in head:
        _refuse("COSE whose headers are not maps, or contain unsupported critical headers")
    number, kid = head.get(_ALG), head.get(_KID, unprotected.get(_KID))
    algorithm = _COSE_ALGORITHMS.get(number) if isinstance(number, int) else None
    if algorithm is None or (algorithm == "HS256") is not (item.tag == MAC0):
        _refuse("COSE with an algorithm that this profile does not support")
    return Wire(
        content=content,
        form="cbor",
        algorithm=algorithm,
        kid=kid.decode("utf-8", "replace") if isinstance(kid, bytes) else None,
        signed=signed_bytes(item.tag, protected, content),
        proof=proof,
    )


def signed_bytes(tag: int, protected: bytes, content: bytes) -> bytes:
    """What a COSE code or signature is over (RFC 9052 §4.4 and §6.3), without outer data."""
    return cbor2.dumps(["MAC0" if tag == MAC0 else "Signature1", protected, b"", content])


def _cbor(data: bytes) -> Any:
    stream = BytesIO(data)
    try:
        decoder = cbor2.CBORDecoder(
            stream, max_depth=_MOST_DEPTH, allow_indefinite=False, allow_duplicate_keys=False, read_size=1
        )
        item = decoder.decode()
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, RecursionError) as error:
        _refuse("neither JSON, JWS nor CBOR", error)
    if stream.read(1):
        _refuse("CBOR followed by extra data")
    return item


def read_message(wire: Wire) -> Message:
    """The message within a payload.

    Args:
        wire: A payload, taken apart.

    Returns:
        The message.

    Raises:
        UnreadableError: It is none of this profile.
    """
    try:
        if wire.form == "json":
            return msgspec.json.decode(wire.content, type=Message)
        return msgspec.convert(_by_names(_cbor(wire.content)), Message)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        _refuse(f"no message of the open e-seal profile: {error}", error)


def _by_names(item: Any) -> dict[str, Any]:
    if not isinstance(item, dict) or not all(type(key) is int and key in _NAMES for key in item):
        _refuse("a CBOR map whose keys are not the numbers of this profile")
    return {_NAMES[key]: value for key, value in item.items()}


def _refuse(what: str, cause: Exception | None = None) -> NoReturn:
    raise UnreadableError(
        "This is not a message of the open e-seal profile.", code="open-e-seal", found=what[:200]
    ) from cause


def read(payload: bytes, context: Context) -> tuple[TrackingEvent, ...]:
    """Read one payload.

    Args:
        payload: As `take_apart` takes it.
        context: What else is known.

    Returns:
        One event; of a message that signs a batch it holds the batch and nothing else.

    Raises:
        SenderError: It is none of this profile.
    """
    wire = take_apart(payload)
    return events_of(wire, read_message(wire), context)


def events_of(wire: Wire, message: Message, context: Context) -> tuple[TrackingEvent, ...]:
    """The event of a message that was taken apart, and perhaps verified, before (1).

    Args:
        wire: The payload, taken apart.
        message: Its message.
        context: What else is known.

    Raises:
        SenderError: The message names a device by what cannot be a device's name.
    """
    draft = Draft(context, message.dev)
    draft.put("boot", message.boot)
    draft.put("sequence", message.seq)
    draft.at(None if message.t is None else _EPOCH + timedelta(milliseconds=min(message.t, 2**47)))
    if message.batch is not None:
        _batch(message.batch, draft)
    else:
        _place(message, draft)
        _state(message, draft)
        _sensors(message, draft)
    draft.put("digest", wire.digest.hex())
    draft.put("leaf", leaf_hashes([wire.content])[0].hex())
    draft.put("previous", message.prev.hex() if message.prev else None)
    return finished(NAME, wire.content, [draft])


def _batch(batch: BatchPart, draft: Draft) -> None:
    draft.put("batch_first_boot", batch.first[0])
    draft.put("batch_first", batch.first[1])
    draft.put("batch_last_boot", batch.last[0])
    draft.put("batch_last", batch.last[1])
    draft.put("batch_messages", batch.n)
    draft.put("batch_root", batch.root.hex())


def _place(message: Message, draft: Draft) -> None:
    if message.pos is not None:
        lat, lon, radius = message.pos
        draft.place(lat / 1e7, lon / 1e7, accuracy_m=radius)
    draft.move(None if message.spd is None else message.spd / 100, None if message.crs is None else message.crs / 100)
    draft.put("satellites", message.sat)
    for mcc, mnc, area, cell, signal in message.cell:
        draft.cells.append(Cell(mcc=mcc, mnc=mnc, area=area, cell=cell, signal_dbm=signal))


def _state(message: Message, draft: Draft) -> None:
    seal = message.seal
    if seal is not None:
        draft.seal(
            number=seal.n,
            lock=None if seal.lock is None else _LOCKS[seal.lock],
            strap=None if seal.strap is None else ("cut", "intact")[seal.strap],
            case=None if seal.case is None else ("opened", "closed")[seal.case],
            opened_by=seal.by,
        )
    if message.door is not None:
        draft.put("door", message.door == 1)
    draft.fields |= {"equipment": message.eq} if message.eq else {}
    draft.alarm(*message.alm)


def _sensors(message: Message, draft: Draft) -> None:
    percent, millivolts = message.bat or (None, None)
    draft.put("batteryLevel", percent)
    draft.put("battery", None if millivolts is None else millivolts / 1000)
    for number, hundredths in enumerate(message.tmp, start=1):
        draft.put(f"temp{number}", None if hundredths is None else hundredths / 100)
    draft.put("humidity", None if message.hum is None else message.hum / 100)
    draft.put("light_lux", message.lux)
    draft.put("shock_g", None if message.shk is None else message.shk / 1000)
    draft.attributes |= {name: value for name, value in message.ext.items() if name not in _TAKEN}
    if not _TAKEN.isdisjoint(message.ext):
        draft.doubt("ext-name-taken")


ADAPTER = Adapter(
    name=NAME,
    title="Open e-seal profile (JSON, CBOR; JWS, COSE)",
    read=read,
    source="docs/standards/open-e-seal.md",
)

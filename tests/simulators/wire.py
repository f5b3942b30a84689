# SPDX-License-Identifier: Apache-2.0
"""What crossed a line, read by somebody who has it all, and the secrets of TLS as well: frames → streams of TCP → what TLS 1.3 hid.

Source: RFC 9293 §3.1; RFC 8446 §5.2, §7; the key log file of NSS (`SSLKEYLOGFILE`).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, HashAlgorithm
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

_IP, _TCP, _SYN = 0x0800, 6, 0x02
_HANDSHAKE, _DATA = 22, 23

#: Ciphers of TLS 1.3 → hash, length of the key (bytes), and the cipher.
_CIPHERS: dict[int, tuple[type[HashAlgorithm], int, Any]] = {
    0x1301: (SHA256, 16, AESGCM),
    0x1302: (SHA384, 32, AESGCM),
    0x1303: (SHA256, 32, ChaCha20Poly1305),
}

#: One direction of a connection: address and port of who sends, and of who receives.
Way = tuple[bytes, int, bytes, int]


def streams(frames: Iterable[bytes]) -> dict[Way, bytes]:
    """Streams of TCP over IPv4, each direction by itself; what came again is taken once, and a gap ends a stream."""
    begun: dict[Way, int] = {}
    pieces: dict[Way, dict[int, bytes]] = defaultdict(dict)
    for frame in frames:
        if int.from_bytes(frame[12:14], "big") != _IP or frame[23] != _TCP:
            continue
        packet = frame[14 : 14 + int.from_bytes(frame[16:18], "big")]
        segment = packet[4 * (packet[0] & 15) :]
        way = (packet[12:16], int.from_bytes(segment[:2], "big"), packet[16:20], int.from_bytes(segment[2:4], "big"))
        sequence = int.from_bytes(segment[4:8], "big")
        if segment[13] & _SYN:
            begun[way] = sequence + 1
        if way in begun and (data := segment[4 * (segment[12] >> 4) :]):
            place = (sequence - begun[way]) % 2**32
            pieces[way][place] = max(pieces[way].get(place, b""), data, key=len)
    found = {}
    for way, several in pieces.items():
        whole = bytearray()
        for place, data in sorted(several.items()):
            if place > len(whole):
                break
            whole[place : place + len(data)] = data
        found[way] = bytes(whole)
    return found


@dataclass
class Connection:
    """One connection over TLS: what each side said, in the clear."""

    client: bytes
    server: bytes


def deciphered(frames: Iterable[bytes], key_log: str) -> list[Connection]:
    """Every connection over TLS 1.3 whose secrets are known."""
    secrets: dict[bytes, dict[str, bytes]] = defaultdict(dict)
    for line in key_log.splitlines():
        if line.startswith("#"):
            continue
        label, random, secret = line.split()
        secrets[bytes.fromhex(random)][label] = bytes.fromhex(secret)
    every, found = streams(frames), []
    for way, said in every.items():
        answered = every.get((way[2], way[3], way[0], way[1]), b"")
        if said[:1] != bytes([_HANDSHAKE]) or said[5:6] != b"\x01" or answered[5:6] != b"\x02":
            continue
        known = secrets.get(said[11:43])
        if not known:
            continue
        place = 5 + 4 + 2 + 32
        cipher = int.from_bytes(answered[place + 1 + answered[place] :][:2], "big")
        sides = [
            _opened(data, [known[f"{who}_HANDSHAKE_TRAFFIC_SECRET"], known[f"{who}_TRAFFIC_SECRET_0"]], cipher)
            for who, data in (("CLIENT", said), ("SERVER", answered))
        ]
        found.append(Connection(*sides))
    return found


def bodies(said: bytes, form: str) -> Iterator[dict[str, Any]]:
    """Every JSON object that begins with this form."""
    decode, mark, place = json.JSONDecoder().raw_decode, b'{"form":"' + form.encode() + b'"', 0
    while (place := said.find(mark, place)) >= 0:
        yield decode(said[place:].decode("utf-8", "replace"))[0]
        place += 1


def _opened(data: bytes, secrets: list[bytes], cipher: int) -> bytes:
    """What the records of one direction hold of data, under the secret of the handshake, then of the connection."""
    hashed, length, form = _CIPHERS[cipher]
    said, place, number = bytearray(), 0, 0
    keys = [(form(_label(one, hashed, b"key", length)), _label(one, hashed, b"iv", 12)) for one in secrets]
    while place + 5 <= len(data):
        head, size = data[place : place + 5], int.from_bytes(data[place + 3 : place + 5], "big")
        record, place = data[place + 5 : place + 5 + size], place + 5 + size
        if head[0] != _DATA or len(record) < size:
            continue
        while keys:
            key, salt = keys[0]
            nonce = (int.from_bytes(salt, "big") ^ number).to_bytes(12, "big")
            try:
                inner = key.decrypt(nonce, record, head).rstrip(b"\0")
            except InvalidTag:
                keys, number = keys[1:], 0
                continue
            number += 1
            if inner[-1] == _DATA:
                said += inner[:-1]
            break
    return bytes(said)


def _label(secret: bytes, hashed: type[HashAlgorithm], label: bytes, length: int) -> bytes:
    name = b"tls13 " + label
    info = length.to_bytes(2, "big") + bytes([len(name)]) + name + b"\0"
    return HKDFExpand(hashed(), length, info).derive(secret)

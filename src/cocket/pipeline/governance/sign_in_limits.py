# SPDX-License-Identifier: Apache-2.0
"""The brake on guessing passwords: what counts against which attempt, without letting a stranger lock an officer out.

Each attempt takes its tokens before the password is looked at, and gets them back if it was right. An officer is known by
the browser (a cookie of its own) and by the network from which he has signed in before; such attempts are counted apart
from those of strangers. Source: OWASP, Slow Down Online Guessing Attacks with Device Cookies; ADR 0026.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import IPv6Address, ip_address
from typing import Final

import msgspec

from cocket.errors import SenderError
from cocket.stores.governance.sign_in import Level

_PER_SECOND: Final = 1 / 60

#: Wrong passwords at once: from one browser or network for one name, from one network for all names, and for one name
#: from all networks where its officer is not known; then one a minute each (count).
PAIR, NETWORK, STRANGERS = 5, 20, 20

#: After this long an untouched bucket is full.
REFILLED: Final = timedelta(seconds=max(PAIR, NETWORK, STRANGERS) / _PER_SECOND)

_NETWORK_BITS: Final = 64


class SignInDelayedError(SenderError):
    """An attempt that was not looked at (HTTP 429); `seconds` says when the next one is."""

    code = "sign-in-wait"

    def __init__(self, message: str, seconds: int, code: str | None = None) -> None:
        super().__init__(message, code=code, hint=f"Try again in {seconds} s.")
        self.seconds = seconds


class Bucket(msgspec.Struct, frozen=True):
    """One thing that is counted.

    Attributes:
        name: SHA-256 of what it is.
        burst: Attempts at once (count).
    """

    name: bytes
    burst: int


def network_of(address: str) -> str:
    """The network that one sender has at his disposal: an IPv4 address, or the first 64 bits of an IPv6 address."""
    try:
        found = ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(IPv6Address(int(found) >> _NETWORK_BITS << _NETWORK_BITS))
    return str(found)


def buckets_of(name: str, network: str, browser: bytes | None, *, is_usual: bool) -> tuple[Bucket, ...]:
    """What an attempt is counted against (1..n).

    Args:
        name: Sign-in name that is tried.
        network: From where, as `network_of` gives it.
        browser: Digest of a browser by which this officer is known; None if it is not.
        is_usual: Whether the officer is known by this network.
    """
    if browser is not None:
        return (_bucket(PAIR, "browser", name, browser.hex()),)
    counted = (_bucket(PAIR, "pair", name, network), _bucket(NETWORK, "network", network))
    return counted if is_usual else (*counted, _bucket(STRANGERS, "strangers", name))


def take(buckets: tuple[Bucket, ...], known: Mapping[bytes, Level], now: datetime) -> dict[bytes, float]:
    """Take a token of each bucket.

    Returns:
        Their new levels.

    Raises:
        SignInDelayedError: One of them is empty; nothing is taken of any.
    """
    levels = {one.name: _level(one, known, now) for one in buckets}
    lowest = min(levels.values())
    if lowest < 1:
        seconds = max(1, math.ceil((1 - lowest) / _PER_SECOND))
        raise SignInDelayedError("Too many attempts have failed.", seconds)
    return {name: level - 1 for name, level in levels.items()}


def give_back(buckets: tuple[Bucket, ...], known: Mapping[bytes, Level], now: datetime) -> dict[bytes, float]:
    """Levels after the token of each bucket was given back."""
    return {one.name: min(float(one.burst), _level(one, known, now) + 1) for one in buckets}


def _level(bucket: Bucket, known: Mapping[bytes, Level], now: datetime) -> float:
    found = known.get(bucket.name)
    if found is None:
        return float(bucket.burst)
    seconds = max(0.0, (now - found.at).total_seconds())
    return min(float(bucket.burst), found.level + seconds * _PER_SECOND)


def _bucket(burst: int, *what: str) -> Bucket:
    parts = (part.encode("utf-8", "replace") for part in what)
    return Bucket(sha256(b"".join(len(part).to_bytes(4, "big") + part for part in parts)).digest(), burst)

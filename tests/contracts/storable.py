# SPDX-License-Identifier: Apache-2.0
"""Whether a reading can be stored, indexed and computed with: what PostgreSQL, JSON and the calendar ask, and no more.

This knows nothing of `cocket.standards.bounds`, so that neither can be wrong as the other is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from cocket.consignment import consignments_of
from cocket.findings import describe
from cocket.model import Reading

#: Bytes of one entry of an index of PostgreSQL at most, and what its head and its other columns may take.
ENTRY, OTHERS = 2704, 200

SENDER = "S" * 60


def flaws(reading: Reading) -> list[str]:
    """Why a reading cannot be stored, indexed or computed with (0..n)."""
    found = [flaw for place, value in _leaves(reading, "reading") if (flaw := _flaw(place, value))]
    found += _form_flaws(reading)
    if not found:
        found += _index_flaws(reading)
    return found


def _leaves(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _leaves(getattr(value, name), f"{place}.{name}")
    elif isinstance(value, dict):
        for key, each in value.items():
            yield f"{place}.key", key
            yield from _leaves(each, f"{place}[{key!a:.40}]")
    elif isinstance(value, (tuple, list)):
        for number, each in enumerate(value, 1):
            yield from _leaves(each, f"{place}[{number}]")
    elif value is not None:
        yield place, value


def _flaw(place: str, value: Any) -> str | None:
    if isinstance(value, str):
        if "\0" in value:
            return f"{place} has NUL"
        if any("\ud800" <= mark <= "\udfff" for mark in value):
            return f"{place} has half a surrogate pair"
        if len(value) > (2_000 if ".findings" in place else 1_000_000):
            return f"{place} has {len(value)} characters"
    elif isinstance(value, date):
        try:
            moved = value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo else value
            assert moved - timedelta(days=3_650) < moved + timedelta(days=3_650)
        except OverflowError:
            return f"{place} is {value}, too near to an end of the calendar"
    elif isinstance(value, (int, Decimal)):
        if isinstance(value, Decimal) and not value.is_finite():
            return f"{place} is {value}"
        if value != 0 and not (1e-30 < abs(float(value)) < 2**63):
            return f"{place} is {value:.3g}"
    elif isinstance(value, float):
        return f"{place} is a float"
    return None


def _form_flaws(reading: Reading) -> Iterator[str]:
    """What keeps a reading from being packed as it is stored, or told as it is answered."""
    try:
        packed = msgspec.msgpack.encode(reading)
        if msgspec.msgpack.decode(packed, type=Reading) != reading:
            yield "it is not what it was once unpacked"
        json.dumps([describe(finding) for finding in reading.findings]).encode()
        msgspec.json.encode([describe(finding) for finding in reading.findings])
    except (ValueError, OverflowError, msgspec.MsgspecError) as error:
        yield f"it cannot be packed: {error!r}"


def _index_flaws(reading: Reading) -> Iterator[str]:
    """What is too long to be found again."""
    texts = [(SENDER, reading.standard or "", reading.reference or "")]
    texts += [key.pair for claim in consignments_of(reading, SENDER) for key in claim.keys]
    for parts in texts:
        size = sum(len(part.encode()) for part in parts)
        if size > ENTRY - OTHERS:
            yield f"an index entry has {size} bytes: {parts[0][:20]} {parts[-1][:40]}"

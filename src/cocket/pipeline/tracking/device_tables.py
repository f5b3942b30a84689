# SPDX-License-Identifier: Apache-2.0
"""Devices in bulk: a table with a row each, every row recognised or not and why; those recognised are added at once."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Mapping
from typing import Final, Literal

import msgspec

from cocket.errors import CocketError, SenderError
from cocket.pipeline.tracking.device_register import StoredDevice, check_device, new_device
from cocket.tracking.adapters import ADAPTERS
from cocket.tracking.identity import skeleton

#: Why a row is none: the device has no name or one that it may not have, there is no such adapter, the topic is none, the
#: name, topic or identity is taken, also by a row above, or the name looks like another's; or it authenticates in a way that
#: is none.
RowProblem = Literal[
    "", "name-missing", "name", "adapter", "topic", "known", "look-alike", "topic-taken", "identity-taken", "proof"
]

#: The same in words; what stands there instead follows.
ROW_PROBLEMS: Final[dict[RowProblem, str]] = {
    "": "",
    "name-missing": "the device has no name",
    "name": "a device may not have this name or identity:",
    "adapter": "there is no such adapter:",
    "topic": "a device cannot be bound to this topic:",
    "known": "there is such a device already:",
    "look-alike": "the name could be confused with",
    "topic-taken": "another device is bound to this topic already:",
    "identity-taken": "another device has this identity already:",
    "proof": "authenticates must be key or nothing, not",
}

#: Columns of the table; the first two must be there.
COLUMNS: Final = ("device", "adapter", "identity", "topic", "authenticates")

#: How a device authenticates: by a key that is made for it, or not at all.
_WAYS: Final = ("", "key", "nothing")
_DIVIDERS: Final = ",;\t"
_MOST_ROWS: Final = 20_000


class DeviceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row.

    Attributes:
        line: Its line in the file, from 1.
        device: As it would be; None where it is none.
        named: What the row calls it.
        is_bare: Whether it cannot authenticate itself.
        problem: Why it is not recognised; empty if it is.
        found: What stands there instead; empty likewise.
    """

    line: int
    device: StoredDevice | None
    named: str
    is_bare: bool = False
    problem: RowProblem = ""
    found: str = ""


class DeviceImportRow(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one row of a table.

    Attributes:
        line: Its line in the file, from 1.
        device: What the row calls it.
        outcome: `added`; `recognised`, where the table was only to be read; or `not recognised`.
        key: Its key, shown once; None where it has none.
        problem: Why it is not recognised; empty if it is.
        found: What stands there instead; empty likewise.
        message: The problem in words; empty likewise.
    """

    line: int
    device: str
    outcome: Literal["added", "recognised", "not recognised"]
    key: str | None = None
    problem: RowProblem = ""
    found: str = ""
    message: str = ""


class DeviceImport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a table of devices: how many were added, and each row in order (1..n)."""

    added: int
    rows: tuple[DeviceImportRow, ...]


def import_of(rows: Collection[DeviceRow], keys: Mapping[str, str | None]) -> DeviceImport:
    """What became of a table.

    Args:
        rows: Its rows, as they were read.
        keys: Name of each device that was added, with its key.
    """
    found = []
    for row in rows:
        if row.device is None:
            words = f"{ROW_PROBLEMS[row.problem]} {row.found}".strip()
            found.append(
                DeviceImportRow(
                    line=row.line,
                    device=row.named,
                    outcome="not recognised",
                    problem=row.problem,
                    found=row.found,
                    message=words,
                )
            )
            continue
        is_added = row.device.id in keys
        found.append(
            DeviceImportRow(
                line=row.line,
                device=row.named,
                outcome="added" if is_added else "recognised",
                key=keys.get(row.device.id),
            )
        )
    return DeviceImport(added=len(keys), rows=tuple(found))


def read_device_table(content: bytes, known: Collection[StoredDevice]) -> tuple[DeviceRow, ...]:
    """Read a table of devices.

    Args:
        content: CSV with a head, divided by commas, semicolons or tabs, in UTF-8, UTF-16 with its mark, or Windows-1252.
            Columns are `device`, `adapter`, and if wanted `identity`, `topic` and `authenticates` (`key` or `nothing`).
        known: Devices that there are.

    Returns:
        Its rows in order (1..n), each recognised or not.

    Raises:
        SenderError: It is no such table, or has more than 20,000 rows.
    """
    rows = _rows(content)
    head = [name.strip().casefold() for name in rows[0]] if rows else []
    if not set(COLUMNS[:2]) <= set(head) or set(head) - {*COLUMNS, ""}:
        raise SenderError(
            "The first row must name the columns: device and adapter; identity, topic and authenticates if wanted.",
            code="device-table",
            found=", ".join(head)[:200],
        )
    if len(rows) - 1 > _MOST_ROWS:
        raise SenderError(f"A table has at most {_MOST_ROWS} devices.", code="device-table", found=str(len(rows) - 1))
    taken = _Taken(known)
    found = []
    for line, cells in enumerate(rows[1:], start=2):
        if not any(map(str.strip, cells)):
            continue
        values = dict(zip(head, (cell.strip() for cell in cells), strict=False))
        row = _row(line, values, taken)
        if row.device is not None:
            taken.add(row.device)
        found.append(row)
    if not found:
        raise SenderError("There is no device in the table.", code="device-table")
    return tuple(found)


class _Taken:
    """What each device has to itself: name, topic, and identity among those that its adapter reads."""

    def __init__(self, known: Collection[StoredDevice]) -> None:
        self._names: dict[str, str] = {}
        self._topics: dict[str, str] = {}
        self._identities: dict[tuple[str, str], str] = {}
        for one in known:
            self.add(one)

    def add(self, device: StoredDevice) -> None:
        """Let it have them."""
        self._names[skeleton(device.id)] = device.id
        self._topics[device.topic] = device.id
        self._identities[device.adapter, device.identity] = device.id

    def by_others(self, device: StoredDevice) -> tuple[RowProblem, str]:
        """What of it another has already, and what that is; empty for nothing."""
        other = self._names.get(skeleton(device.id))
        if other is not None:
            return ("known" if other == device.id else "look-alike"), other
        if device.topic in self._topics:
            return "topic-taken", device.topic
        if (device.adapter, device.identity) in self._identities:
            return "identity-taken", device.identity
        return "", ""


def _row(line: int, values: dict[str, str], taken: _Taken) -> DeviceRow:
    name, adapter = values.get("device", ""), values.get("adapter", "")
    way = values.get("authenticates", "").casefold()

    def wrong(problem: RowProblem, found: str) -> DeviceRow:
        return DeviceRow(line=line, device=None, named=name, problem=problem, found=found[:80])

    if not name:
        return wrong("name-missing", "")
    if adapter not in {one.name for one in ADAPTERS}:
        return wrong("adapter", adapter)
    if way not in _WAYS:
        return wrong("proof", way)
    device = new_device(name, adapter, values.get("topic") or None, values.get("identity") or None)
    try:
        check_device(device)
    except CocketError as error:
        return wrong(
            "topic" if error.code == "device-topic" else "name", device.topic if error.code == "device-topic" else name
        )
    problem, other = taken.by_others(device)
    if problem:
        return wrong(problem, other)
    return DeviceRow(line=line, device=device, named=name, is_bare=way == "nothing")


def _rows(content: bytes) -> list[list[str]]:
    text = _text(content)
    first = text.split("\n", 1)[0]
    divider = max(_DIVIDERS, key=first.count)
    try:
        return list(csv.reader(io.StringIO(text), delimiter=divider, strict=True))
    except csv.Error as error:
        raise SenderError(f"The table cannot be read: {error}.", code="device-table") from error


def _text(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")

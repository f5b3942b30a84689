# SPDX-License-Identifier: Apache-2.0
"""Hubs: addresses and telephones that many traders share without knowing each other, by a list that an administration keeps.

A business centre, a broker or a chain is no link between those who use it. What stands on the list is left out wherever traders
are linked by what they share.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable
from typing import Final, Literal, get_args

import msgspec

from cocket.errors import UnreadableError
from cocket.risk.facts import Facts
from cocket.risk.features.canonical import canonical_address, canonical_name, canonical_phone

#: By what traders can be linked.
Identity = Literal["address", "phone", "account", "director"]

#: What makes many traders share it.
HubKind = Literal["business-centre", "broker", "chain", "forwarder", "other"]

#: Entries of one list at most (count).
MOST_HUBS: Final = 20_000

_LONGEST: Final = 500
_COLUMNS: Final = ("identity", "value")
_COUNTRY: Final = re.compile(r",\s*[A-Z]{2}$")


def _account(text: str | None) -> str | None:
    return "".join(filter(str.isalnum, text or "")).upper() or None


_CANONICAL: Final[dict[str, Callable[[str | None], str | None]]] = {
    "address": canonical_address,
    "phone": canonical_phone,
    "account": _account,
    "director": canonical_name,
}


class Hub(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What many traders share.

    Attributes:
        identity: What it is: an address, a telephone, an account, a director.
        value: As declarations write it; spelling, order of words and prefixes of countries do not matter.
        kind: Why many share it.
        note: Whose it is, in words.
    """

    identity: Identity
    value: str
    kind: HubKind = "other"
    note: str | None = None


class Hubs:
    """Hubs, ready to be asked for.

    Args:
        hubs: Entries of all lists (0..n).
    """

    def __init__(self, hubs: Iterable[Hub] = ()) -> None:
        self._known = {(one.identity, _CANONICAL[one.identity](one.value)) for one in hubs}

    def __len__(self) -> int:
        return len(self._known)

    def has(self, identity: str, text: str | None) -> bool:
        """Whether an address, telephone, account or director is listed, however it is spelt; what is not stated is not.

        Declarations end an address with the code of its country, which a list may leave out.
        """
        if not text or not self._known or identity not in _CANONICAL:
            return False
        read = _CANONICAL[identity]
        if (identity, read(text)) in self._known:
            return True
        country = _COUNTRY.search(text) if identity == "address" else None
        return country is not None and (identity, read(text[: country.start()])) in self._known

    def without(self, facts: Facts) -> Facts:
        """A declaration without the importer's address, if that is a hub: it tells nothing of who he is."""
        if not self.has("address", facts.importer_address):
            return facts
        return msgspec.structs.replace(facts, importer_address=None)


class ReadHubs(msgspec.Struct, frozen=True):
    """A list as it was read: its entries (1..n), each once, and lines left out with the reason (0..n)."""

    hubs: tuple[Hub, ...]
    left_out: tuple[str, ...]


def read_hubs(content: bytes) -> ReadHubs:
    """Read a list from CSV, UTF-8, with a heading.

    Args:
        content: The file. Columns in any order and case: `identity` (address, phone, account or director) and `value` are needed;
            `kind` (business-centre, broker, chain, forwarder or other) and `note` may be there.

    Returns:
        Entries and lines left out.

    Raises:
        UnreadableError: It is no such table, holds no entry that can be read, or more than `MOST_HUBS`.
    """
    try:
        text = content.decode("utf-8-sig")
        heading = text.partition("\n")[0]
        rows = list(csv.reader(io.StringIO(text), delimiter=max(",;\t", key=heading.count)))
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableError(f"The list is not valid CSV in UTF-8: {error}.", code="hubs-unreadable") from error
    names = [cell.strip().lower() for cell in (rows[0] if rows else ())]
    if missing := [one for one in _COLUMNS if one not in names]:
        raise UnreadableError(
            f"The header of the list has no column `{missing[0]}`.", code="hubs-unreadable", expected=missing[0]
        )
    hubs: dict[tuple[str, str | None], Hub] = {}
    left_out: list[str] = []
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        cells = {name: cell.strip() for name, cell in zip(names, row, strict=False)}
        hub, why = _entry(cells)
        if hub is None:
            left_out.append(f"line {number}: {why}")
        else:
            hubs[hub.identity, _CANONICAL[hub.identity](hub.value)] = hub
    if not hubs:
        raise UnreadableError(
            "The list has no entry that can be read.",
            code="hubs-unreadable",
            hint="; ".join(left_out[:3]) or "Each line states what it is and its value, such as: address,1 Tower Plaza",
        )
    if len(hubs) > MOST_HUBS:
        raise UnreadableError(f"The list has more than {MOST_HUBS} entries.", code="hubs-too-many")
    return ReadHubs(tuple(hubs.values()), tuple(left_out))


def _entry(cells: dict[str, str]) -> tuple[Hub | None, str]:
    """An entry; None, and why, where a line is none."""
    identity, kind = cells.get("identity", "").lower(), cells.get("kind", "").lower() or "other"
    value = cells.get("value", "")
    if identity not in _CANONICAL:
        return None, f"identity {identity[:80] or '–'} is not one of {', '.join(_CANONICAL)}"
    if kind not in get_args(HubKind):
        return None, f"kind {kind[:80]} is not one of {', '.join(get_args(HubKind))}"
    if len(value) > _LONGEST or _CANONICAL[identity](value) is None:
        return None, f"{value[:80] or '–'} is no {identity}"
    return Hub(identity=identity, value=value, kind=kind, note=cells.get("note") or None), ""  # type: ignore[arg-type]

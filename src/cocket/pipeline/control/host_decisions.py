# SPDX-License-Identifier: Apache-2.0
"""What the host decided and found, as it tells row by row: kept beside our advice, each new word sealed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from hashlib import sha256
from typing import Final, TypeVar
from uuid import UUID

import msgspec

from cocket.consignment import LinkKey, keys
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.set_aside import Thing, culprits, put_aside
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.outcomes import HostRow
from cocket.pipeline.control.views import HostResultView
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.control.orders import StoredHostDecision, StoredHostDraw

_BATCH = 256

_Said = TypeVar("_Said", StoredHostDecision, StoredHostDraw)

#: Name of the role that brings rows of the host.
FEEDS: Final = "feeds"

#: Where the database keeps how far a host's tables have been read.
_FEED = "feed/"


class HostRows(Service):
    """Taking in what the host decided."""

    def take_host_rows(self, rows: Sequence[HostRow]) -> int:
        """Take in lanes and results; a row that says nothing new leaves no trace.

        Args:
            rows: In the order in which the host tells them.

        Returns:
            How many rows said something new. One that cannot be kept is set aside, and not counted.

        Raises:
            StoreError: The database failed; rows before those at hand are kept.
        """
        return sum(self._take_rows(rows[start : start + _BATCH]) for start in range(0, len(rows), _BATCH))

    def feed_position(self, name: str) -> str | None:
        """How far a host's tables have been read; None if they never were.

        Args:
            name: Name of what is read.
        """
        with self._stores.database.transaction() as connection:
            value = self._stores.places.get(connection, f"{_FEED}{name}")
        return None if value is None else value.decode()

    def keep_feed_position(self, name: str, position: str) -> None:
        """Remember how far a host's tables have been read; everything before must have been taken in."""
        with self._stores.database.transaction() as connection:
            self._stores.places.put(connection, f"{_FEED}{name}", position.encode())

    def _take_rows(self, rows: Sequence[HostRow]) -> int:
        """Take in some rows; one that cannot be kept is set aside, the others are kept."""
        new = 0

        def attempt(some: Sequence[HostRow]) -> None:
            nonlocal new
            with self._stores.database.transaction() as connection:
                records = keep_rows(self._stores, connection, some)
                self._access.seal(connection, *records)
            new += len(records)

        for row, error in culprits(rows, attempt):
            with self._stores.database.transaction() as connection:
                self._access.seal(connection, put_aside(connection, self._stores.sealer, FEEDS, _thing(row), error))
        return new


def keep_rows(stores: Stores, connection: Connection, rows: Sequence[HostRow]) -> list[NewRecord]:
    """Keep what rows say that was not known.

    Returns:
        Records to seal as the last act of the transaction, one for each row that said something new (0..n).
    """
    named = [(key, row) for row in rows for key in keys((row.reference,), "")[:1]]
    orders = stores.orders
    pairs = [key.pair for key, _ in named]
    known, draws = orders.told(connection, pairs), orders.host_draws(connection, pairs)
    drawn: dict[tuple[str, str], StoredHostDraw] = {}
    records: list[NewRecord] = []
    for key, row in named:
        said = merged(reported_by(key, row), known.get(key.pair))
        draw = draw_reported_by(key, row)
        why = merged(draw, draws.get(key.pair))
        is_news = why != (draws.get(key.pair) or merged(StoredHostDraw(kind=key.kind, value=key.value), None))
        if said != known.get(key.pair) or is_news:
            known[key.pair] = said
            if is_news:
                draws[key.pair] = drawn[key.pair] = why
            kind = "host-lane" if row.is_examined is None else "host-result"
            about = host_about(*key.pair)
            records.append(stores.sealer.record(kind, stores.settings.feed_sender, row, about=about))
    orders.put_host_decisions(connection, [known[pair] for pair in dict.fromkeys(pairs)])
    orders.put_host_draws(connection, list(drawn.values()))
    return records


def host_about(kind: str, value: str) -> UUID:
    """What records of the host's words on a declaration are about: made of its link key, so that erasure finds them."""
    return UUID(bytes=sha256(f"host\0{kind}\0{value}".encode()).digest()[:16])


def host_records(stores: Stores, connection: Connection, pairs: Sequence[tuple[str, str]]) -> list[UUID]:
    """Sealed records of what the host said of declarations, by their link keys (0..n).

    Records of before say in their bodies alone what they are about.
    """
    leaves, wanted = stores.leaves, set(pairs)
    found = leaves.ids_about(connection, [host_about(*pair) for pair in pairs])
    old = leaves.ids_about_none(connection, ("host-lane", "host-result")) if pairs else []
    for start in range(0, len(old), _BATCH):
        for record, (_, body) in leaves.bodies(connection, old[start : start + _BATCH]).items():
            row = msgspec.json.decode(body, type=HostRow)
            if wanted.intersection(key.pair for key in keys((row.reference,), "")[:1]):
                found.append(record)
    return found


def results_reported(
    stores: Stores, connection: Connection, decisions: Mapping[UUID, StoredHostDecision]
) -> dict[UUID, HostResultView]:
    """What the host reports of examinations, by consignment; those of which it reports none are left out.

    How deep a look was stands in the sealed records alone; where nothing of them can be read, it is not known.
    """
    told = {consignment: one for consignment, one in decisions.items() if one.is_examined is not None}
    depths: dict[UUID, str] = {}
    about = {host_about(one.kind, one.value) for one in told.values()}
    records = stores.leaves.ids_about(connection, list(about)) if about else []
    for leaf, body in sorted(stores.leaves.bodies(connection, records).values(), key=lambda one: one[0].index):
        if leaf.kind == "host-result" and (row := msgspec.json.decode(body, type=HostRow)).depth:
            key = next(iter(keys((row.reference,), "")))
            depths[host_about(*key.pair)] = row.depth
    return {
        consignment: HostResultView(
            outcome="not examined"
            if not one.is_examined
            else "irregularity found"
            if one.is_found
            else "nothing found",
            depth=depths.get(host_about(one.kind, one.value)) if one.is_examined else None,
            returned=one.returned,
        )
        for consignment, one in told.items()
    }


def keep_row_again(stores: Stores, connection: Connection, content: bytes | None) -> list[NewRecord]:
    """Keep a row that was set aside, from its bytes; the records to seal (0..1)."""
    row = msgspec.msgpack.decode(content, type=HostRow) if content else None
    return keep_rows(stores, connection, [row]) if row else []


def _thing(row: HostRow) -> Thing:
    """A row, as a thing to set aside; by what it holds, so that the same row is set aside once."""
    try:
        content = msgspec.msgpack.encode(row)
    except ValueError:  # text that is no Unicode
        content = None
    name = sha256(content or repr(row).encode("utf-8", "backslashreplace")).hexdigest()[:32]
    what = f"row of the host on {row.reference.kind} {row.reference.value[:80]}"
    return Thing(kind="host-row", subject=name, what=what, content=content)


def reported_by(key: LinkKey, row: HostRow) -> StoredHostDecision:
    """What one row says, and nothing else."""
    decision = row.decision
    return StoredHostDecision(
        kind=key.kind,
        value=key.value,
        lane=decision.lane,
        override=decision.override,
        override_reason=decision.override_reason,
        decided=decision.decided,
        is_examined=row.is_examined,
        is_found=decision.found,
        offence=decision.offence,
        duty=Decimal(decision.duty_recovered) if decision.duty_recovered else None,
        currency=row.currency,
        returned=row.returned,
    )


def draw_reported_by(key: LinkKey, row: HostRow) -> StoredHostDraw:
    """What one row says of why the host chose the declaration, and nothing else."""
    return StoredHostDraw(kind=key.kind, value=key.value, is_random=row.decision.is_random, chance=row.decision.chance)


def merged(told: _Said, known: _Said | None) -> _Said:
    """What is known after a row: its words, and earlier ones where it is silent."""
    earlier = msgspec.structs.asdict(known) if known else {}
    said = {name: value for name, value in msgspec.structs.asdict(told).items() if value is not None}
    return type(told)(**(earlier | said))

# SPDX-License-Identifier: Apache-2.0
"""What must hold after any fault: nothing acknowledged is lost, nothing is doubled, all of it ends in the signed head."""

from __future__ import annotations

import json
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import zstandard

from cocket import ledger
from cocket.errors import StoreError
from cocket.stores import read_keys
from cocket.stores.base.key_segments import KeyFolder
from cocket.stores.base.row_macs import RowMacs
from cocket.stores.base.subject_keys import SubjectKeys
from cocket.stores.ledger.yearly_logs import LogYears
from cocket.stores.postgres.server import EmbeddedPostgres
from tests.faults.lodging import Acknowledged, Line, sorted_json
from tests.faults.serving import Served, cocket, until
from tests.messages import declaration

Connection = psycopg.Connection[tuple[Any, ...]]

_UNPACK = zstandard.ZstdDecompressor()

#: What may be there once and no more, each as a query for what is there more often or not at all.
#:
#: The desk has worked exactly once if every accepted original has one assessment made because of it, and every
#: assessment has one sealed record. (Each declaration of these tests is a consignment of its own.)
_RULES = {
    "content stored twice": """
        select l.digest::text from message m join leaf l on l.record = m.id
        group by m.sender, l.digest having count(*) > 1""",
    "reference accepted twice": """
        select reference from message where outcome = 'accepted' and function = 'original'
        group by sender, standard, reference having count(*) > 1""",
    "message without one identity": """
        select m.id::text from message m left join identity i on i.message_id = m.id
        group by m.id having count(i.message_id) <> 1""",
    "identity without a message": """
        select message_id::text from identity where message_id not in (select id from message)""",
    "message without a leaf": "select id::text from message where id not in (select record from leaf)",
    "record without a leaf": "select id::text from record where id not in (select record from leaf)",
    "leaf of nothing": """
        select idx::text from leaf where record not in (select id from message union all select id from record)""",
    "gap in the leaves": """
        select 'between 0 and ' || max(idx) from (
            select idx from leaf union all select generate_series(first, upto - 1) from cover
        ) as leaves having count(*) <> max(idx) + 1 or count(distinct idx) <> count(*) or min(idx) <> 0""",
    "accepted original without one assessment": """
        select m.id::text from message m left join assessment a on a.message = m.id
        where m.outcome = 'accepted' and m.function = 'original' group by m.id having count(a.id) <> 1""",
    "assessment without its sealed record": """
        select id::text from assessment where id not in (select record from leaf where kind = 'assessment')""",
    "sealed assessment that is kept nowhere": """
        select record::text from leaf where kind = 'assessment' and record not in (select id from assessment)""",
    "consignment with other than one original": """
        select c.id::text from consignment c left join consignment_message p on p.consignment = c.id
        left join message m on m.id = p.message and m.function = 'original'
        where c.merged_into is null group by c.id having count(m.id) <> 1""",
}


def settle(served: Served) -> None:
    """Wait until desk and book have nothing left to do."""
    with (
        EmbeddedPostgres(served.home / "postgres") as server,
        psycopg.connect(server.dsn, autocommit=True) as connection,
    ):
        settle_on(connection, served.home)


def settle_on(connection: Connection, home: Path) -> None:
    """Wait until desk and book of this database have nothing left to do."""

    def is_settled() -> bool:
        (last, newest, upto) = connection.execute(
            """select (select coalesce(max(idx), -1) from leaf),
            (select coalesce(max(idx), -1) from leaf where kind like 'message-%'),
            (select convert_from(value, 'UTF8')::bigint from place where name = 'desk')"""
        ).fetchone() or (-1, -1, None)
        return bool(newest <= (-1 if upto is None else upto) and head_size(home) > last)

    until(is_settled, "desk and book do not get done")


def head_size(home: Path) -> int:
    """Leaves under the signed head; 0 if there is none."""
    try:
        return int((home / "log" / "checkpoint").read_bytes().splitlines()[1])
    except FileNotFoundError:
        return 0


def reckon(served: Served, acknowledged: Sequence[Acknowledged], *, ask_for: int = 200) -> list[str]:
    """Compare what was acknowledged with what there is, once desk and book are done.

    Args:
        served: The house, running.
        acknowledged: What senders hold.
        ask_for: How many receipts and proofs are also asked for at the door (count), the last ones first.

    Returns:
        Every fault, one sentence each; empty if the house kept its word.
    """
    settle(served)
    with EmbeddedPostgres(served.home / "postgres") as server, psycopg.connect(server.dsn) as connection:
        faults = reckon_on(connection, acknowledged, served.home)
    faults += door_faults(served.address, served.key, acknowledged[-ask_for:])
    return faults + log_faults(served.home)


def reckon_on(connection: Connection, acknowledged: Sequence[Acknowledged], home: Path) -> list[str]:
    """Faults of a database, in its present transaction; its keys are in the home."""
    faults = [f"lost: {fault}" for fault in lost(connection, acknowledged, home)]
    messages = Counter(one.message for one in acknowledged)
    faults += [f"doubled: {message} was answered for two contents" for message, n in messages.items() if n > 1]
    for rule, query in _RULES.items():
        faults += [f"{rule}: {row[0]}" for row in connection.execute(query)]
    return faults


def lost(connection: Connection, acknowledged: Sequence[Acknowledged], home: Path) -> Iterator[str]:
    """What was acknowledged and does not stand exactly as its receipt says."""
    keys = read_keys(home / "keys")
    subjects, eras = SubjectKeys(KeyFolder(home / "keys" / "subjects"), keys.wrapping), LogYears("", 1, keys.order)
    connection.row_macs = RowMacs(keys.rows)  # type: ignore[attr-defined]
    connection.notes = {}  # type: ignore[attr-defined]
    eras.load(connection)  # type: ignore[arg-type]
    eras.check()
    stored = {
        str(row[0]): row[1:]
        for row in connection.execute(
            """select m.id, m.outcome, coalesce(m.content, b.body), l.key, l.idx, l.seal, l.include_by, l.digest, l.is_degraded
            from message m join leaf l on l.record = m.id left join record_body b on b.id = m.id"""
        )
    }
    for one in acknowledged:
        if one.message not in stored:
            yield f"{one.reference} is not there"
            continue
        outcome, closed, slot, index, seal, include_by, digest, is_degraded = stored[one.message]
        content = declaration(one.reference)
        promised = {
            "commit": b64encode(seal).decode(),
            "degraded": is_degraded,
            "include_by": include_by.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "index": eras.place(index),
        }
        if outcome != "accepted" or _opened(subjects, slot, closed) != content or digest != sha256(content).digest():
            yield f"{one.reference} stands otherwise than it was sent"
        elif promised != {name: one.promise.get(name) for name in promised}:
            yield f"{one.reference} stands otherwise than its receipt promises"


def _opened(subjects: SubjectKeys, slot: int, closed: bytes | None) -> bytes | None:
    """What is stored of a message; None if nothing is, or it cannot be decrypted."""
    key = subjects.get(slot)
    try:
        return _UNPACK.decompress(key.open("content", closed)) if key and closed is not None else None
    except StoreError:
        return None


def door_faults(address: Callable[[], str], key: str, acknowledged: Sequence[Acknowledged]) -> list[str]:
    """What the door tells otherwise than it did: the receipt asked for, the receipt on lodging again, the proof."""

    def fault(one: Acknowledged) -> str | None:
        line = Line(address, key)
        try:
            again = line.lodge(declaration(one.reference)).body
            receipt = line.ask("GET", f"/v1/messages/{one.message}/receipt").body
            proof = line.ask("GET", f"/v1/messages/{one.message}/proof").body
        finally:
            line.close()
        if again["id"] != one.message or {sorted_json(again["receipt"]), sorted_json(receipt)} != {one.receipt}:
            return f"other receipt: {one.reference}"
        found = ledger.read_proof(json.dumps(proof).encode())
        if not isinstance(found, ledger.InclusionProof) or b64encode(found.commit).decode() != one.promise["commit"]:
            return f"no proof: {one.reference}"
        return None

    with ThreadPoolExecutor(4) as pool:
        return [told for told in pool.map(fault, acknowledged) if told]


def log_faults(home: Path) -> list[str]:
    """What `cocket ledger verify` says against the log."""
    verdict = cocket("ledger", "verify", str(home / "log"), home=home)
    return [] if verdict.returncode == 0 else [f"log: {verdict.stdout}{verdict.stderr}"]

# SPDX-License-Identifier: Apache-2.0
"""Whose database this is: a house takes it once, and no other house, and no other keys, work on it after that.

The database holds marks of the keys, never a key: the digest of a public key, or a check value that only the holder of
a secret can make.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID, uuid4

import zstandard

from cocket import ledger
from cocket.errors import ProofError, SettingsError, StoreError
from cocket.findings.words import counted
from cocket.pipeline.base.sealing import Sealer
from cocket.pipeline.base.wiring import key_folder
from cocket.settings import Settings
from cocket.stores import Database, read_keys
from cocket.stores.base import database_identity as rows
from cocket.stores.base.database import Connection
from cocket.stores.base.keys import NAMES, Keys
from cocket.stores.base.revisions import revision_of
from cocket.stores.base.subject_keys import SubjectKeys, keys_behind
from cocket.stores.ledger.log_files import LogFiles

#: Keys whose public half is known outside anyway.
_PUBLIC = ("checkpoint", "receipt")

#: How many of the oldest sealed leaves are tried, until one is found whose key was not destroyed (count).
_MOST_SAMPLES = 64

_COPY = "Copy the keys/ folder of the host on which this instance was created, or use another database."


def marks_of(keys: Keys, house: UUID) -> dict[str, str]:
    """Marks of keys by name; those not at hand are left out.

    Args:
        keys: The keys.
        house: The house's id, so that one secret has another mark in another database.
    """
    found = {name: getattr(keys, name) for name in NAMES if getattr(keys, name) is not None}
    return {name: _mark(name, key, house) for name, key in found.items()}


def _mark(name: str, key: bytes | ledger.SigningKey, house: UUID) -> str:
    if name in _PUBLIC or not isinstance(key, bytes):
        vkey = ledger.Signer.from_bytes(name, key).verifier.vkey
        return "ed25519:" + sha256(vkey.encode()).hexdigest()[:32]
    said = b"\0".join((b"cocket key mark", name.encode(), house.bytes))
    return "hmac-sha256:" + hmac.digest(key, said, "sha256").hex()[:32]


def check_before_upgrade(settings: Settings, dsn: str) -> None:
    """Try the keys on what a database without an identity holds, before its tables are changed.

    Raises:
        SettingsError: It is another house's.
        StoreError: It cannot be reached.
    """
    database = Database(dsn)
    try:
        with database.transaction() as connection:
            found = revision_of(connection)
            if found is not None and found < "0011":
                _try_keys(settings, _keys(settings, with_checkpoint=False), connection)
    finally:
        database.close()


def check_house(settings: Settings, dsn: str, *, with_checkpoint: bool, is_look: bool = False) -> None:
    """Refuse a database of another house; take one that no house has taken.

    Args:
        settings: The settings.
        dsn: The database, at this program's revision.
        with_checkpoint: Whether the checkpoint key is read too, where it is at hand.
        is_look: Whether to change nothing, not even what is known of the keys.

    Raises:
        SettingsError: Another house, or other keys; it says which.
        StoreError: The database cannot be reached.
    """
    keys = _keys(settings, with_checkpoint=with_checkpoint)
    database = Database(dsn)
    try:
        with database.transaction() as connection:
            house = rows.read_house(connection)
            if house is None:
                _try_keys(settings, keys, connection)
                log = ledger.family_of(settings.log_origin)
                house = rows.take(connection, rows.HouseRow(uuid4(), log, datetime.now(UTC), rows.LIVE))
            known = rows.read_marks(connection)
            _compare(settings, house, known, keys)
            new = {name: mark for name, mark in marks_of(keys, house.id).items() if known.get(name) != mark}
            if new and not is_look:
                rows.put_marks(connection, new)
    finally:
        database.close()


def refuse_foreign(settings: Settings, dsn: str) -> None:
    """Refuse a look at a database that another house has taken; nothing is written.

    Raises:
        SettingsError: Another house, or other keys; it says which.
        StoreError: The database cannot be reached.
    """
    database = Database(dsn)
    try:
        with database.transaction() as connection:
            found = revision_of(connection)
            is_taken = found is not None and found >= "0011" and rows.read_house(connection) is not None
    finally:
        database.close()
    if is_taken:
        check_house(settings, dsn, with_checkpoint=False, is_look=True)


def compare_house(settings: Settings, connection: Connection) -> None:
    """Hold the house that a database says it is of against the keys and settings at hand; nothing is written.

    Raises:
        SettingsError: Another house, or other keys; it says which.
    """
    house = rows.read_house(connection)
    if house is not None:
        _compare(settings, house, rows.read_marks(connection), _keys(settings, with_checkpoint=False))


def is_own(error: SettingsError) -> bool:
    """Whether a refusal is of a database whose keys are those at hand, so that only the name of its log is another."""
    return error.code == "identity" and bool(error.problems) and all(map(_is_of_log, error.problems))


def _is_of_log(problem: str) -> bool:
    return problem.startswith("log_origin:")


def _compare(settings: Settings, house: rows.HouseRow, known: Mapping[str, str], keys: Keys) -> None:
    """Hold the house and the keys at hand against those that the database knows."""
    own = ledger.family_of(settings.log_origin)
    here = marks_of(keys, house.id)
    other = [name for name, mark in here.items() if known.get(name, mark) != mark]
    if "checkpoint" in other and keys.former and _mark("checkpoint", keys.former, house.id) == known["checkpoint"]:
        other.remove("checkpoint")  # changed by `cocket ledger rotate-key` since
    if other == ["checkpoint"]:
        raise SettingsError(
            "keys/checkpoint.key is not the current signing key of this instance's log. Nothing was changed.",
            code="identity",
            expected=known["checkpoint"],
            found=here["checkpoint"],
            hint="Copy the keys/ folder of the host on which cocket ledger rotate-key was last run.",
        )
    if own == house.log and not other:
        return
    problems = tuple(f"keys/{name}.key: the database has {known[name]}, the file has {here[name]}" for name in other)
    if own != house.log:
        problems = (f"log_origin: the database's log is {house.log}, the setting is {own}", *problems)
    raise SettingsError(
        f"This database belongs to another instance than {settings.home}. "
        + "; ".join(problems)
        + ". Nothing was changed.",
        code="identity",
        problems=problems,
        hint=_COPY,
    )


def _keys(settings: Settings, *, with_checkpoint: bool) -> Keys:
    has_it = (settings.keys_folder / "checkpoint.key").exists()
    return read_keys(settings.keys_folder, with_checkpoint=with_checkpoint and has_it)


def _try_keys(settings: Settings, keys: Keys, connection: Connection) -> None:
    """Try keys on what is in a database that does not say whose it is; an empty one is anybody's.

    Raises:
        SettingsError: A key does not fit; `problems` names every one that is known not to.
    """
    problems = []
    first = rows.first_log(connection)
    if first is not None and ledger.family_of(first) != ledger.family_of(settings.log_origin):
        problems.append(f"log_origin: the database's log is {first}, the setting is {settings.log_origin}")
    if keys.checkpoint is not None and first is not None and not _signs(settings, keys, first):
        problems.append("keys/checkpoint.key: the log in this home is signed by another key")
    problems += _try_secrets(settings, keys, connection)
    if problems:
        raise SettingsError(
            f"What is in this database was not sealed with the keys of {settings.home}. "
            + "; ".join(problems)
            + ". Nothing was changed.",
            code="identity",
            problems=tuple(problems),
            hint=_COPY,
        )


def _signs(settings: Settings, keys: Keys, log: str) -> bool:
    """Whether the head of the first log in this home, if there is one, is signed by the checkpoint key or its former."""
    note = LogFiles(settings.log_folder).read(ledger.CHECKPOINT_FILE)
    if note is None:
        return True
    own = [ledger.Signer.from_bytes(log, key).verifier for key in (keys.checkpoint, keys.former) if key is not None]
    try:
        ledger.open_checkpoint(note, own)
    except ProofError:
        return False
    return True


def _try_secrets(settings: Settings, keys: Keys, connection: Connection) -> list[str]:
    """Which secrets do not fit the oldest leaves that can still be opened (0..n)."""
    subjects = SubjectKeys(key_folder(settings), keys.wrapping)
    sealer = Sealer(keys, settings.log_origin, settings.merge_delay_seconds)
    found: dict[str, str] = {}
    tried: set[str] = set()
    for leaf in rows.samples(connection, _MOST_SAMPLES):
        if not leaf.digest or {"wrapping", "identity", "subject"} <= tried:
            continue  # erased, or there is nothing left to try
        try:
            key = None if leaf.slot is None else subjects.get(leaf.slot)
        except StoreError:
            return ["keys/wrapping.key or the keys of the content: they do not decrypt leaves of the database"]
        if leaf.slot is not None and key is None:
            continue
        if key is not None:
            tried.add("wrapping")
            if ledger.commitment(_opening(leaf), key.nonce) != leaf.seal:
                return ["the keys of the content: they do not reproduce the commitments of leaves of the database"]
        if leaf.about is not None:
            tried.add("subject")
            if sealer.subject(str(leaf.about)) != leaf.subject:
                found["subject"] = "keys/subject.key: it does not reproduce the subjects of leaves of the database"
        if leaf.content is not None and leaf.content_mac is not None:
            tried.add("identity")
            packed = leaf.content if key is None else key.open("content", leaf.content)
            content = zstandard.ZstdDecompressor().decompress(packed)
            if sealer.content_mac(content) != leaf.content_mac:
                found["identity"] = "keys/identity.key: it does not recognise messages of the database"
    return list(found.values())


def _opening(leaf: rows.SealedSample) -> ledger.Opening:
    time = leaf.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return ledger.Opening(actor=leaf.actor, content=leaf.digest.hex(), subject=leaf.subject, time=time, type=leaf.kind)


def check_whole(settings: Settings, dsn: str) -> None:
    """Refuse to work on a database that was not restored whole, or that is a copy to be looked at only.

    A place in the log that is published already would be promised a second time.

    Raises:
        ProofError: It is behind the published log in this home.
        StoreError: It is a restored copy that nobody has put to work, or its keys are not at hand.
    """
    newest = published_sizes(
        LogFiles(settings.log_folder)
    )  # before the database, which is never behind what it publishes
    database = Database(dsn)
    try:
        with database.transaction() as connection:
            house = rows.read_house(connection)
            known = missing_leaves(connection, newest)
            slot = rows.highest_slot(connection)
    finally:
        database.close()
    if house and house.mode == rows.EXAMINATION:
        raise StoreError(
            f"{settings.home} is a restored copy for examination: it accepts nothing and signs nothing.",
            code="house-examined",
            hint="If the original is gone for good: cocket restore --take-over --home HOME.",
        )
    if known is not None:
        raise _behind(*known)
    slots = key_folder(settings).slots()
    if slot is not None and slot >= slots:
        raise keys_behind(settings.subject_keys_folder, slot, slots)


def published_sizes(files: LogFiles) -> dict[str, int]:
    """How many entries each log in a folder has under its checkpoint, by origin, oldest log first (0..n).

    A checkpoint that cannot be read is left out; the book says what is wrong with it.
    """
    years = sorted(path.parent.name for path in files.folder.glob("[0-9][0-9][0-9][0-9]/checkpoint"))
    found: dict[str, int] = {}
    for folder in ("", *years):
        note = files.of(folder).read(ledger.CHECKPOINT_FILE)
        try:
            if note is not None:
                head = ledger.read_checkpoint(ledger.split_note(note)[0])
                found[head.origin] = head.size
        except ProofError:
            continue
    return found


def missing_leaves(connection: Connection, published: Mapping[str, int]) -> tuple[str, int, int] | None:
    """What a database lacks of published logs, each of which begins where the one before it ended.

    Returns:
        Of the newest log: its origin, its entries, and how many of these the database has; None if it has all.
    """
    row = connection.execute(
        """select greatest(coalesce((select max(idx) from leaf) + 1, 0),
        coalesce((select upto from cover order by first desc limit 1), 0))"""
    ).fetchone()
    size = int(row[0]) if row else 0
    for origin, entries in reversed(list(published.items())):
        first = sum(published[earlier] for earlier in list(published)[: list(published).index(origin)])
        has = max(0, size - first)
        if has < entries:
            return origin, entries, has
    return None


def _behind(log: str, entries: int, has: int) -> ProofError:
    return ProofError(
        f"A head over {counted(entries, 'leaf', 'leaves')} of {log} is published, but the database has {has or 'none'} of them.",
        code="database-behind-head",
        expected=str(entries),
        found=str(has),
        hint="It was not restored, or restored from an older backup: cocket doctor lists what is missing. Restore the newest backup."
        " Then run cocket ledger reimport, which restores what is missing from the published tiles.",
    )

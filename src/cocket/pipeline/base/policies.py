# SPDX-License-Identifier: Apache-2.0
"""The policy in force: the newest published version whose day has come, else the one that Cocket comes with.

A version is a document of the house and a sealed text. What decides is read from the sealed text, by its digest; the row says
only which text that is, and from when.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

import msgspec

from cocket.errors import SettingsError
from cocket.governance import Policy, shipped_policy
from cocket.stores import CaseFiles, Database, Leaves
from cocket.stores.base.database import Connection, current_connection
from cocket.stores.base.packing import pack, unpack

#: Kind of the document that a published version is, and of its sealed record.
POLICY_VERSION: Final = "policy-version"

#: Kind of the sealed record of a text.
POLICY_TEXT: Final = "policy-text"

#: Kind of the document that a draft is, and of its sealed record.
POLICY_DRAFT: Final = "policy-draft"

#: For so long a process goes by what it knows to be in force (seconds).
KNOWN_FOR: Final = 1.0

#: Texts that a process keeps ready; an instance has one in force, and some are compared or tried.
_READY: Final = 8


class SealedPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of a text: its digest and its bytes, packed."""

    digest: str
    content: bytes


class PolicyVersion(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One published version of the policy.

    Attributes:
        number: 1 for the first that was published here.
        digest: SHA-256 of its text, 64 hexadecimal digits.
        text: Id of the sealed record of the text.
        in_force: From when, UTC.
        published: When it was published, UTC.
        proposer: Who drafted it.
        approver: Who approved its digest; empty where the one before let nobody, and it was put in force at the machine.
        reason: Why.
        again: Number of the version whose text it takes up again; None where its text is new.
        proposal: Id of the proposal that was approved.
    """

    number: int
    digest: str
    text: str
    in_force: datetime
    published: datetime
    proposer: str
    approver: str
    reason: str
    again: int | None = None
    proposal: str = ""


class PolicyInForce:
    """Which policy decides, in one process.

    Args:
        database: PostgreSQL.
        leaves: Sealed records.
        case_files: Documents.
        clock: Seconds that never go back.
    """

    def __init__(
        self, database: Database, leaves: Leaves, case_files: CaseFiles, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._leaves = leaves
        self._case_files = case_files
        self._clock = clock
        self._until = 0.0
        self._reading = threading.Lock()
        self._now: tuple[Policy, PolicyVersion | None] | None = None
        self._ready: dict[str, Policy] = {}

    def now(self) -> Policy:
        """The policy that decides now.

        Raises:
            SettingsError: Its text is gone or is not the one that was approved; nothing is allowed then.
            StoreError: The database does not answer.
        """
        known = self._now
        if known is not None and (self._clock() < self._until or _is_on_loop()):
            return known[0]
        if not self._reading.acquire(blocking=known is None):
            return known[0] if known is not None else self.now()  # another thread looks
        try:
            read = self._read(datetime.now(UTC))
            self._now, self._until = read, self._clock() + KNOWN_FOR
        finally:
            self._reading.release()
        return read[0]

    async def ready(self) -> None:
        """Look beside the loop which policy is in force, if it is time to; on the loop itself nothing waits for the database.

        Raises:
            SettingsError, StoreError: As for `now`.
        """
        is_due = self._clock() >= self._until and not self._reading.locked()
        if self._now is None or is_due:
            await asyncio.to_thread(self.now)

    def forget(self) -> None:
        """Look again at the next decision, as after a version was published here."""
        self._until = 0.0

    def versions(self, connection: Connection) -> tuple[PolicyVersion, ...]:
        """Every version published, the newest first (0..n)."""
        files = self._case_files.of_kind(connection, POLICY_VERSION)
        known = [msgspec.json.decode(file.body, type=PolicyVersion) for file in files]
        return tuple(sorted(known, key=lambda one: -one.number))

    def policy_of(self, connection: Connection, version: PolicyVersion) -> Policy:
        """The policy of a version, from its sealed text.

        Raises:
            SettingsError: As for `now`.
        """
        known = self._ready.get(version.digest)
        if known is None:
            known = Policy(self.text_of(connection, version.text, version.digest))
            if len(self._ready) >= _READY:
                self._ready.clear()
            self._ready[version.digest] = known
        return known

    def text_of(self, connection: Connection, record: str, digest: str) -> str:
        """A sealed text.

        Raises:
            SettingsError: It is gone, or not of this digest.
        """
        body = self._leaves.body(connection, UUID(record))
        content = unpack(msgspec.json.decode(body, type=SealedPolicy).content) if body is not None else b""
        if sha256(content).hexdigest() != digest:
            raise SettingsError(
                "The text of the policy in force is missing or altered; nothing is allowed.",
                problems=(f"no sealed text with the digest {digest}",),
                hint="Restore the sealed record from a backup.",
            )
        return content.decode("utf-8")

    def _read(self, now: datetime) -> tuple[Policy, PolicyVersion | None]:
        connection = current_connection()
        if connection is None:
            with self._database.transaction() as opened:
                return self._chosen(opened, now)
        return self._chosen(connection, now)

    def _chosen(self, connection: Connection, now: datetime) -> tuple[Policy, PolicyVersion | None]:
        version = in_force_at(self.versions(connection), now)
        return (shipped_policy(), None) if version is None else (self.policy_of(connection, version), version)


def _is_on_loop() -> bool:
    """Whether this thread runs an event loop, which must not wait for the database."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def in_force_at(versions: tuple[PolicyVersion, ...], moment: datetime) -> PolicyVersion | None:
    """The version that decides at a moment: of those whose day has come, the one published last; None before the first."""
    begun = [one for one in versions if one.in_force <= moment]
    return max(begun, key=lambda one: one.number, default=None)


def sealed_text(policy: Policy) -> SealedPolicy:
    """What seals the text of a policy."""
    return SealedPolicy(digest=policy.digest, content=pack(policy.text.encode("utf-8")))

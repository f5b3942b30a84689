# SPDX-License-Identifier: Apache-2.0
"""Rules as they are kept, version by version, and those that count, made ready for the assessment worker."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Final, Literal
from uuid import UUID

import msgspec

from cocket.errors import SenderError
from cocket.pipeline.base.access import NotFoundError
from cocket.pipeline.base.wiring import Stores
from cocket.risk.rules import BackTest, Rule, Rulebook, RuleFigures
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.control.case_files import StoredCaseFile

#: Kind of case file, and of the record that seals each step.
KIND: Final = "rule"

RuleState = Literal["draft", "tested", "shadow", "published", "ended"]

#: States in which the assessment worker reads a rule.
LIVE: Final = ("published", "shadow")


class RuleFile(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a rule and how far it has got; sealed at each step.

    Attributes:
        rule: The rule.
        version: 1 for the first of its code.
        state: How far it has got.
        author: Who wrote it.
        written: When, UTC.
        tested: What it would have been worth in the past; None if it was not tried.
        shadow_since: Since when it ran in shadow, UTC; None if it did not.
        sent: When it was sent to a colleague to be published, UTC; None if it was not. So it was done before publications were
            proposed.
        sent_to: To whom; None likewise.
        sent_by: By whom.
        publisher: Who approved its publication; never the author.
        published: When, UTC.
        proposal: Id of the proposal by which it was published; empty in records of before.
        urgent: Why it was published without its days in shadow; None if it had them.
        measured: When it was last measured in force, UTC; None if it was not.
        worth: What it was worth then.
        ended: When it was ended, UTC; None while it counts or may yet.
        ended_by: Who ended it.
        end_reason: Why.
    """

    rule: Rule
    version: int
    state: RuleState = "draft"
    author: str
    written: datetime
    tested: BackTest | None = None
    shadow_since: datetime | None = None
    sent: datetime | None = None
    sent_to: str | None = None
    sent_by: str | None = None
    publisher: str | None = None
    published: datetime | None = None
    proposal: str = ""
    urgent: str | None = None
    measured: datetime | None = None
    worth: RuleFigures | None = None
    ended: datetime | None = None
    ended_by: str | None = None
    end_reason: str | None = None


class Rulebooks:
    """The rules in force and in shadow, made ready; made afresh when one has changed. A broken one is left out."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._known: tuple[tuple[UUID, datetime], ...] = ()
        self._published = self._shadow = Rulebook(())

    def now(self, connection: Connection) -> tuple[Rulebook, Rulebook]:
        """Rules that count, and rules that run in shadow."""
        files = self._stores.case_files.of_kind(connection, KIND, LIVE)
        known = tuple((file.id, file.changed) for file in files)
        if known != self._known:
            rules = {state: [read_file(one).rule for one in files if one.state == state] for state in LIVE}
            self._published, self._shadow = (Rulebook.of_those_that_hold(rules[state]) for state in LIVE)
            self._known = known
        return self._published, self._shadow


class RuleFiles:
    """Versions of rules as they are kept, each step sealed.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def versions(self, connection: Connection, code: str) -> list[StoredCaseFile]:
        """All versions of a rule, the first first (0..n)."""
        return self._stores.case_files.found_by(connection, KIND, [("code", code)]).get(("code", code), [])

    def newest(self, connection: Connection, code: str, *, to_change: bool = False) -> StoredCaseFile:
        """The newest version of a rule; `to_change` locks it until the transaction ends.

        Raises:
            NotFoundError: There is no such rule.
        """
        versions = self.versions(connection, code)
        newest = versions[-1] if versions else None
        if newest is not None and to_change:
            newest = self._stores.case_files.get(connection, newest.id, to_change=True)
        if newest is None:
            raise NotFoundError(f"There is no rule {code}.")
        return newest

    def keep(
        self, connection: Connection, identity: UUID, file: RuleFile, by: tuple[str, datetime]
    ) -> tuple[StoredCaseFile, NewRecord]:
        """Write a version down; and the record that seals it."""
        actor, now = by
        record = self._stores.sealer.record(KIND, actor, file, about=identity, at=now)
        stored = StoredCaseFile(
            id=identity, kind=KIND, state=file.state, opened=file.written, changed=now, body=record.body
        )
        self._stores.case_files.put(connection, stored, [("code", file.rule.code)])
        return stored, record


def whole_digest(rule: Rule) -> str:
    """SHA-256 of a whole rule, its last day included; 64 hexadecimal digits."""
    return sha256(msgspec.json.encode(rule, order="sorted")).hexdigest()


def wrong_step(file: RuleFile, step: str) -> SenderError:
    """That a rule in its state cannot take a step."""
    return SenderError(f"A rule that is {file.state} cannot be {step}.", code="rule-state", found=file.state)


def read_file(stored: StoredCaseFile) -> RuleFile:
    """A version of a rule as it was written down."""
    return msgspec.json.decode(stored.body, type=RuleFile)

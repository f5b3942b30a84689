# SPDX-License-Identifier: Apache-2.0
"""Rules as they are kept, and those that count, made ready for the assessment worker."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from cocket.pipeline.base.wiring import Stores
from cocket.risk.rules import BackTest, Rule, Rulebook, RuleFigures
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
        sent: When it was last sent to a colleague to be published, UTC; None if it was not.
        sent_to: To whom; None likewise.
        sent_by: By whom.
        publisher: Who published it; never the author.
        published: When, UTC.
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


def read_file(stored: StoredCaseFile) -> RuleFile:
    """A version of a rule as it was written down."""
    return msgspec.json.decode(stored.body, type=RuleFile)

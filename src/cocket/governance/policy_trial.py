# SPDX-License-Identifier: Apache-2.0
"""A draft tried on the past: which accesses that were made it would have refused, and what was withheld that it would show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, Literal

import msgspec

from cocket.governance.policy import Decision, Facts, Policy
from cocket.governance.policy_schema import YES_OR_NO

#: Examples that are kept of each kind of change.
MOST_EXAMPLES: Final = 3


class PastDecision(msgspec.Struct, frozen=True):
    """A decision on which an access rested, as it was sealed.

    Attributes:
        action: What was asked for.
        purpose: For what.
        facts: Facts that were true, by name (0..n).
        was_allowed: What was decided then.
        is_main: Whether it is on what was asked for; else on a part of it.
    """

    action: str
    purpose: str
    facts: tuple[str, ...]
    was_allowed: bool
    is_main: bool


class PastLook(msgspec.Struct, frozen=True, kw_only=True):
    """One access of the past.

    Attributes:
        id: Id of its sealed record.
        at: When, UTC.
        who: Officer or key.
        roles: In which roles.
        what: What was disclosed.
        decisions: Decisions on which it rested (0..n); none in records of before these were sealed.
    """

    id: str
    at: datetime
    who: str
    roles: tuple[str, ...]
    what: str
    decisions: tuple[PastDecision, ...]


class TrialExample(msgspec.Struct, frozen=True):
    """An access that would have gone another way: id of its sealed record, when (UTC), who, and what he was shown."""

    look: str
    at: datetime
    who: str
    what: str


class TrialLine(msgspec.Struct, frozen=True, kw_only=True):
    """What would have gone another way, for some roles and one action.

    Attributes:
        roles: Roles of whoever asked, with `+` between several; empty for none.
        action: What was asked for.
        way: `refused`: allowed then, and refused by the draft; `admitted`: refused then, and allowed by the draft.
        looks: In how many accesses.
        people: By how many officers and keys.
        rules: Ids of the rules of the draft that decide, sorted (1..n).
        examples: Some of them, the first met (0..3); none for whoever may not see accesses.
    """

    roles: str
    action: str
    way: Literal["refused", "admitted"]
    looks: int
    people: int
    rules: tuple[str, ...]
    examples: tuple[TrialExample, ...]


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What a draft would have done to past accesses.

    Attributes:
        digest: Of the draft.
        first: From when accesses were looked at, UTC; None for the first there is.
        last: Until when; None for the last.
        looks: Accesses in that time (count).
        without_facts: Of these, those whose record holds no decisions, and which cannot be tried (count).
        refused_whole: Accesses that would not have been made at all (count).
        refused_in_part: Accesses of which a part would have been withheld (count).
        admitted: Accesses that would have shown something more (count).
        lines: What would have gone another way, the most frequent first (0..n).
        sees_from: Where records of accesses of that time were destroyed under the retention schedule, the first day (UTC) from which on
            none was: of days before it only what is kept was tried. None where all of that time could be.
    """

    digest: str
    first: datetime | None
    last: datetime | None
    looks: int
    without_facts: int
    refused_whole: int
    refused_in_part: int
    admitted: int
    lines: tuple[TrialLine, ...]
    sees_from: date | None = None


class _Met:
    """What is known of one kind of change so far."""

    def __init__(self) -> None:
        self.looks = 0
        self.people = set[str]()
        self.rules = set[str]()
        self.examples = list[TrialExample]()

    def add(self, look: PastLook, rules: tuple[str, ...]) -> None:
        self.looks += 1
        self.people.add(look.who)
        self.rules.update(rules)
        if len(self.examples) < MOST_EXAMPLES:
            self.examples.append(TrialExample(look.id, look.at, look.who, look.what))


class PolicyTrial:
    """Tries a draft on one access after the other; each different decision is asked once.

    Args:
        policy: The draft.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._met: dict[tuple[str, str, Literal["refused", "admitted"]], _Met] = {}
        self._known: dict[tuple[tuple[str, ...], str, str, tuple[str, ...]], Decision] = {}
        self._looks = self._without = self._whole = self._part = self._more = 0

    def add(self, look: PastLook) -> None:
        """Try it on one access.

        Raises:
            SettingsError: A rule cannot be worked out in these circumstances.
        """
        self._looks += 1
        if not look.decisions:
            self._without += 1
            return
        changed: dict[tuple[str, Literal["refused", "admitted"]], tuple[str, ...]] = {}
        main = [0, 0]
        for past in look.decisions:
            now = self._decide(look.roles, past)
            if past.is_main and past.was_allowed:
                main[now.allowed] += 1
            if now.allowed is not past.was_allowed:
                changed[past.action, "admitted" if now.allowed else "refused"] = now.reasons
        ways = {way for _, way in changed}
        is_whole = main[0] > 0 and main[1] == 0
        self._whole += is_whole
        self._part += "refused" in ways and not is_whole
        self._more += "admitted" in ways and not is_whole
        for (action, way), rules in changed.items():
            if way == "refused" or not is_whole:
                self._met.setdefault(("+".join(sorted(look.roles)), action, way), _Met()).add(look, rules)

    def result(self, first: datetime | None = None, last: datetime | None = None) -> Trial:
        """What came of it, over the time that the accesses are of."""
        lines = [
            TrialLine(
                roles=roles,
                action=action,
                way=way,
                looks=met.looks,
                people=len(met.people),
                rules=tuple(sorted(met.rules)),
                examples=tuple(met.examples),
            )
            for (roles, action, way), met in self._met.items()
        ]
        return Trial(
            digest=self._policy.digest,
            first=first,
            last=last,
            looks=self._looks,
            without_facts=self._without,
            refused_whole=self._whole,
            refused_in_part=self._part,
            admitted=self._more,
            lines=tuple(sorted(lines, key=lambda one: (-one.looks, one.roles, one.action, one.way))),
        )

    def _decide(self, roles: tuple[str, ...], past: PastDecision) -> Decision:
        key = (roles, past.action, past.purpose, past.facts)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._policy.decide(roles, past.action, facts_told(past.facts, past.purpose))
        return known


def facts_told(names: Sequence[str], purpose: str) -> Facts:
    """Facts from the names of those that were true; a fact that was not known then was not true."""
    true = set(names)
    return Facts(**{name: name in true for name in YES_OR_NO}, purpose=purpose)

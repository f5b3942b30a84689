# SPDX-License-Identifier: Apache-2.0
"""What the watchers seal, and what internal affairs are shown."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final, Literal

import msgspec

from cocket.oversight import RULES, CaseReason, Evidence, precision
from cocket.oversight.measured import BASE_RATE, DIGEST, MEASURED

#: Kind of the record that seals a run, with the version and digest of the rules.
RUN: Final = "watch-run"

#: Kind of case file, and of the record that seals each state of it.
CASE: Final = "watch-case"

#: Kind of the record that seals who was shown cases.
SEEN: Final = "watch-seen"

CaseState = Literal["waiting", "open", "closed", "dismissed"]
Outcome = Literal["founded", "unfounded", "unproven"]


class WatchRunRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of a run.

    Attributes:
        since: Begin of the stretch, UTC.
        until: End of the stretch, UTC.
        version: Version of the rules.
        digest: Digest of the rules, SHA-256, hexadecimal.
        looks: Looks read (count).
        explained: Of these, how many each explanation covers first (count).
        officer_days: Days on which an officer was seen at work, over all officers (count).
        opened: Ids of cases that are new (0..n).
        renewed: Ids of waiting cases that have new evidence (0..n).
        held_back: Cases beyond the cap (count).
        is_cut: Whether there was more than is read at once, and the oldest was left out.
        sees_from: Where records of accesses of the stretch were destroyed under the retention schedule, the first day (UTC) from which
            on none was; None where the whole stretch could be seen.
    """

    since: datetime
    until: datetime
    version: int
    digest: str
    looks: int
    explained: dict[str, int]
    officer_days: int
    opened: tuple[str, ...] = ()
    renewed: tuple[str, ...] = ()
    held_back: int = 0
    is_cut: bool = False
    sees_from: date | None = None


class WatchFile(msgspec.Struct, frozen=True, kw_only=True):
    """A case as it stands; also the sealed record.

    Attributes:
        id: Its id.
        about: Whom it is about.
        reason: Why, one of `cocket.oversight.CaseReason`.
        message: What was seen, an English sentence with `{name}` places.
        arguments: Values of the places.
        chance: Chance at most (0–1) that somebody would be named so by chance; 0 where a rule is broken.
        rank: Place in its run, 1 for the most telling.
        explained: Of all looks of that person in the stretch, how many each explanation covers first (count).
        unexplained: Those that none covers (count).
        accepted: Explanations after which a look does not count for this reason (0..n).
        evidence: What it rests on, in the order of time (1..n).
        version: Version of the rules.
        digest: Digest of the rules.
        found: When it was opened by a run, UTC.
        state: `waiting`, `open` (somebody works on it), `closed` or `dismissed`.
        outcome: What came of it; None unless closed.
        note: Reason of the last act, in words; empty for none yet.
        by: Who did the last act; empty for none yet.
    """

    id: str
    about: str
    reason: CaseReason
    message: str
    arguments: dict[str, str]
    chance: float
    rank: int
    explained: dict[str, int]
    unexplained: int
    accepted: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    version: int
    digest: str
    found: datetime
    state: CaseState = "waiting"
    outcome: Outcome | None = None
    note: str = ""
    by: str = ""


class WatchSeen(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of who was shown which cases, for what purpose, and in which case that he named.

    Records of before state no purpose.
    """

    who: str
    what: Literal["list", "case"]
    cases: tuple[str, ...]
    purpose: str = ""
    case: str = ""


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """How much to expect of a list: what the rules did on generated logs, and what that comes to where misuse is rare.

    Attributes:
        version: Version of the rules.
        recall: Share of planted officers that were named (0–1); None where these rules were not measured.
        false_per_1000: Alerts about others, per 1,000 officer-days; None likewise.
        base_rate: Officers who begin to misuse access, per million officer-days: an assumption.
        precision: Share of alerts that is true at this rate (0–1); None likewise.
        closed: Cases closed here (count).
        founded: Of these, founded (count).
        dismissed: Cases dismissed here (count).
    """

    version: int
    recall: float | None
    false_per_1000: float | None
    base_rate: float
    precision: float | None
    closed: int
    founded: int
    dismissed: int


class WatchCaseView(msgspec.Struct, frozen=True, kw_only=True):
    """A case, with names for people.

    Attributes:
        file: The case.
        name: Name shown of whom it is about.
        office: Office of that person; None for none.
        titles: Consignment → its best name, of those in the evidence.
        leaves: Id of a record in the evidence → index of its leaf in the log.
    """

    file: WatchFile
    name: str
    office: str | None
    titles: dict[str, str] = {}
    leaves: dict[str, int] = {}


class WatchList(msgspec.Struct, frozen=True, kw_only=True):
    """Cases, and what to expect of them.

    Attributes:
        cases: Ranked, the most telling first (0..n).
        expected: How much to expect.
        last_run: The newest run; None before the first.
        sees_from: First day (UTC) from which on no record of accesses was destroyed: of days before it the watchers see only what is
            kept; None where nothing was destroyed.
    """

    cases: tuple[WatchCaseView, ...]
    expected: Expected
    last_run: WatchRunRecord | None = None
    sees_from: date | None = None


def expected_of(version: int, states: dict[str, int], founded: int) -> Expected:
    """How much to expect of a list.

    Args:
        version: Version of the rules in force.
        states: State → cases in it (count).
        founded: Cases that were closed as founded (count).
    """
    measured = MEASURED[-1] if MEASURED and RULES.digest == DIGEST else None
    return Expected(
        version=version,
        recall=measured.recall if measured else None,
        false_per_1000=measured.false_per_day * 1000 if measured else None,
        base_rate=BASE_RATE,
        precision=precision(BASE_RATE, measured.recall, measured.false_per_day) if measured else None,
        closed=states.get("closed", 0),
        founded=founded,
        dismissed=states.get("dismissed", 0),
    )

# SPDX-License-Identifier: Apache-2.0
"""Scorecards of the data that senders send: of all for officers, of his own for a sender.

A sender is told nothing that follows from what another sent: else whoever names another's bill and guesses would learn from
his scorecard how well he guessed. His disagreements are those between his own papers alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from cocket.consignment import Paper, consignments_of, derive, groups, standing
from cocket.consignment.paper import statement
from cocket.consignment.quality import QUALITY_FIELDS, Sample, SenderQuality, quality_of
from cocket.consignment.uses import as_given
from cocket.findings import Finding
from cocket.governance import Principal, Resource
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.kept import Kept
from cocket.pipeline.base.readings import reading_of
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.filed_claims import filed_claim
from cocket.pipeline.consignment.papers import papers_from
from cocket.pipeline.intake.messages import findings_of
from cocket.stores.base.database import Connection
from cocket.stores.intake.messages import StoredMessage

#: Days that are looked at unless asked otherwise, and at most.
DAYS: Final = 30
MOST_DAYS: Final = 366

#: Times that pages offer (days).
OFFERED: Final = (7, DAYS, 90, MOST_DAYS)

#: Newest messages that are looked at, of all senders and of one's own (count).
_MOST: Final = 5_000
_MOST_OWN: Final = 500

#: Kinds of finding that are listed (count).
_MOST_KINDS: Final = 25


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """Scorecards of senders.

    Attributes:
        since: From when messages count, UTC.
        measured: When it was counted, UTC.
        looked_at: Messages looked at (count), of whatever outcome; the papers of `senders` may be more, for a message of several
            consignments has several.
        is_whole: Whether these are all of that time; else the newest of them.
        senders: Each sender, who sent most first (0..n).
    """

    since: datetime
    measured: datetime
    looked_at: int
    is_whole: bool
    senders: tuple[SenderQuality, ...]


class OwnMistake(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of finding in what a trader sent.

    Attributes:
        code: Its code.
        severity: Error, warning or info.
        messages: Messages with it (count).
        example: One such finding, in words.
        reference: Reference of the message that it is of; None if that has none.
    """

    code: str
    severity: str
    messages: int
    example: Finding
    reference: str | None


class OwnQuality(Quality, frozen=True, kw_only=True):
    """How good what a trader sent was: scorecards of his own senders, and the findings on it. Nothing rests on what was examined.

    Attributes:
        outcomes: Outcome → messages (count).
        clean: Messages accepted without any finding (count).
        mistakes: Kinds of finding, in most messages first (0..25).
    """

    outcomes: dict[str, int] = {}
    clean: int = 0
    mistakes: tuple[OwnMistake, ...] = ()


class DataQuality(Service):
    """Giving out scorecards.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._kept: Kept[Quality] = Kept()

    def senders(self, principal: Principal, days: int = DAYS, *, patience: float | None = None) -> Quality:
        """The scorecard of every sender; of messages of his office alone for whoever is bound to one.

        Args:
            principal: Who asks.
            days: Days back (1–366).
            patience: How long to wait (seconds); None for as long as it takes.

        Raises:
            PolicyError: The principal may not see statistics.
            StillMeasuringError: It takes longer.
        """
        self._access.require(principal, "stats:read")
        reach = self._access.reach(principal)
        wanted = min(max(days, 1), MOST_DAYS)
        _, found = self._kept.get((wanted, reach), lambda: self._measure(wanted, reach), patience=patience)
        with self._stores.database.transaction() as connection:
            self._access.seal(connection, self._access.record(principal, "figures", ()))
        return found

    def own(self, principal: Principal, days: int = DAYS) -> OwnQuality:
        """The scorecards of the senders that this principal speaks for, from their own papers alone, and the findings on what they sent.
        The look is sealed.

        Args:
            principal: Who asks.
            days: Days back (1–366).

        Raises:
            PolicyError: The principal speaks for no trader.
        """
        since, now = _since(days)
        with self._stores.database.transaction() as connection:
            mine = [
                one
                for one in sorted(set(principal.senders))
                if self._access.may(principal, "contest:read-own", Resource(sender=one))
            ]
            if not mine:
                self._access.require(principal, "contest:read-own")
            begun = dict(principal.since)
            senders = {one: begun.get(one) for one in mine}
            stored = self._stores.messages.of_senders(connection, senders, (None, ""), _MOST_OWN + 1) if mine else []
            messages = [one for one in stored[:_MOST_OWN] if one.received >= since]
            samples = list(_samples(messages, _own_parts(messages)))
            if messages:
                self._access.seal(connection, self._access.record(principal, "own quality", principal.senders))
        is_whole = len(stored) <= _MOST_OWN or stored[-1].received < since
        found = [(one, findings_of(one)) for one in messages]
        return OwnQuality(
            since=since,
            measured=now,
            looked_at=len(messages),
            is_whole=is_whole,
            senders=quality_of(samples),
            outcomes=dict(sorted(Counter(one.outcome for one in messages).items())),
            clean=sum(message.outcome == "accepted" and not findings for message, findings in found),
            mistakes=_mistakes(found),
        )

    def _measure(self, days: int, reach: tuple[str, ...] | None) -> Quality:
        since, now = _since(days)
        with self._stores.database.transaction() as connection:
            ids = self._stores.messages.since(connection, since, _MOST + 1)
            messages = self._stores.messages.get_many(connection, ids[:_MOST], "leave out")
            if reach is not None:
                offices = self._stores.consignments.offices_of_messages(connection, [one.id for one in messages])
                messages = [one for one in messages if set(offices.get(one.id, ())) & set(reach)]
            parts = self._all_parts(connection, messages)
            others = {message for message, _ in parts} - {one.id for one in messages}
            beside = self._stores.messages.get_many(connection, sorted(others), "leave out")
            samples = list(_samples(messages, parts, beside))
        return Quality(
            since=since,
            measured=now,
            looked_at=len(messages),
            is_whole=len(ids) <= _MOST,
            senders=quality_of(samples),
        )

    def _all_parts(self, connection: Connection, messages: Sequence[StoredMessage]) -> dict[tuple[UUID, int], UUID]:
        """Every part of the dossiers of some messages, with its dossier."""
        dossiers = self._stores.consignments.of_messages(connection, [one.id for one in messages])
        filed = self._stores.consignments.messages_of(connection, list(dossiers))
        return {part: dossier for dossier, several in filed.items() for part in several}


def _mistakes(found: Sequence[tuple[StoredMessage, Sequence[Finding]]]) -> tuple[OwnMistake, ...]:
    """Kinds of finding in some messages, in most messages first (0..25); the example is of the newest."""
    mistakes: defaultdict[str, list[tuple[StoredMessage, Finding]]] = defaultdict(list)
    for message, findings in found:
        for code, finding in {one.code: one for one in reversed(findings)}.items():
            mistakes[code].append((message, finding))
    order = sorted(mistakes.items(), key=lambda pair: (-len(pair[1]), pair[0]))[:_MOST_KINDS]
    return tuple(
        OwnMistake(
            code=code,
            severity=several[0][1].severity,
            messages=len(several),
            example=several[0][1],
            reference=as_given(several[0][0].reference),
        )
        for code, several in order
    )


def _own_parts(messages: Sequence[StoredMessage]) -> dict[tuple[UUID, int], UUID]:
    """Every part of some messages with a number of what it is of, by these messages alone: no paper of another joins them."""
    claims = [
        filed_claim(one, claim)
        for one in messages
        if one.outcome != "conflict"
        for claim in consignments_of(reading_of(one), one.sender, one.received)
    ]
    return {
        (UUID(one.message), one.claim.part): UUID(int=place)
        for place, several in enumerate(groups(standing(claims)))
        for one in several
    }


def _since(days: int) -> tuple[datetime, datetime]:
    now = datetime.now(UTC)
    return now - timedelta(days=min(max(days, 1), MOST_DAYS)), now


def _samples(
    messages: Sequence[StoredMessage], parts: dict[tuple[UUID, int], UUID], beside: Sequence[StoredMessage] = ()
) -> Iterator[Sample]:
    """Each message of some as it counts, held against those it lies with."""
    known = {one.id: one for one in (*messages, *beside)}
    readings = {one.id: reading_of(one) for one in known.values()}
    dossiers: defaultdict[UUID, list[tuple[StoredMessage, int]]] = defaultdict(list)
    for (filed_message, part), dossier in parts.items():
        if filed_message in known:
            dossiers[dossier].append((known[filed_message], part))
    compared: dict[tuple[str, int], tuple[frozenset[str], frozenset[str], Paper]] = {}
    for filed in dossiers.values():
        papers = papers_from(filed, readings)
        rows = derive(papers).rows if papers else ()
        for place, paper in enumerate(papers):
            both = frozenset(
                row.name
                for row in rows
                if row.cells[place].text is not None
                and paper.speaks
                and any(cell.text is not None and papers[n].speaks for n, cell in enumerate(row.cells) if n != place)
            )
            differs = frozenset(row.name for row in rows if row.cells[place].differs)
            compared[paper.message_id, paper.part] = both, differs & both, paper
    names = {name for name, _ in QUALITY_FIELDS}
    for message in messages:
        if message.outcome == "conflict":
            yield Sample(sender=message.sender, is_conflict=True)
            continue
        claims = consignments_of(readings[message.id], message.sender, message.received)
        for claim in claims or ():
            found = compared.get((str(message.id), claim.part))
            yield Sample(
                sender=message.sender,
                is_refused=message.outcome == "refused",
                is_amendment=message.version > 1 or message.function != "original",
                days=(message.received.date() - claim.day).days if claim.day else None,
                says=statement(found[2]) if found is not None else None,
                compared=found[0] & names if found is not None else frozenset(),
                differs=found[1] & names if found is not None else frozenset(),
            )
        if not claims:
            yield Sample(sender=message.sender, is_refused=message.outcome == "refused")

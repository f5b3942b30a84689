# SPDX-License-Identifier: Apache-2.0
"""Agreements with partners: added, listed, shown, and measured from the sealed times of what each side did.

The other party sees its own agreement and the same figures, by the key that speaks for its senders.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from cocket.errors import SettingsError
from cocket.governance import Principal, Resource
from cocket.governance.agreements import (
    Agreement,
    Case,
    LevelKept,
    Standing,
    level_kept,
    odrl_of,
    read_agreement,
    standing_on,
)
from cocket.governance.proposals import Proposal
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.document_files import file_id
from cocket.pipeline.base.partner_agreements import AGREEMENT, AgreementVersion, newest_agreements, today_of
from cocket.pipeline.base.sealing import is_as_sealed
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.governance.agreements import END, PUT
from cocket.pipeline.governance.second_person import Given, SecondPerson
from cocket.pipeline.tracking.hand_overs import HAND_OVER, HandOver
from cocket.stores.base.database import Connection
from cocket.stores.operations.agreement_times import AgreementTimes, CaseLeaves
from cocket.stores.partners.exchange_queue import ExchangeQueue

#: Days that are measured where none are named.
USUAL_DAYS: Final = 90


class AgreementView(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement as it stands today.

    Attributes:
        agreement: The agreement, as it is here.
        standing: How it stands here.
        problem: Why the last signed message under it did not go, in words, such as that it is over for the other side; empty where it
            went, where none was sent, and for the other side.
    """

    agreement: Agreement
    standing: Standing
    problem: str = ""


class AgreementMeasure(msgspec.Struct, frozen=True, kw_only=True):
    """How an agreement was kept by both sides.

    Attributes:
        name: The agreement.
        version: Its version.
        other: The other party.
        since: First day on which cases began.
        until: Last day.
        levels: Each service level, in the order of the agreement (0..n).
        unsealed: Cases left out because a time in the database differs from the sealed one (count).
    """

    name: str
    version: int
    other: str
    since: date
    until: date
    levels: tuple[LevelKept, ...]
    unsealed: int = 0


class Agreements(Service):
    """Agreements with partners.

    Args:
        stores: The stores of this process.
        second: Keeps acts waiting that two persons answer for.
    """

    def __init__(self, stores: Stores, second: SecondPerson) -> None:
        super().__init__(stores)
        self._second = second

    def propose_agreement(self, principal: Principal, name: str, content: bytes) -> Given:
        """Propose an agreement, or another version of one.

        Args:
            principal: Who proposes it.
            name: Of the file, as it was given.
            content: TOML, as `cocket.governance.agreements.read_agreement` takes it.

        Raises:
            PolicyError: The principal may not.
            SenderError: It is not an agreement.
        """
        self._access.require(principal, "agreement:keep", Resource())
        read = read_agreement(content)
        after = {"other": read.other, "begins": str(read.begins), "ends": str(read.ends or "")}
        wanted = Proposal(kind=PUT, subject=read.name, title=read.title, after=after)
        return self._second.propose(principal, wanted, _no_key, (name, content))

    def propose_end(self, principal: Principal, name: str, reason: str) -> Given:
        """Propose to end an agreement before its last day.

        Raises:
            PolicyError: The principal may not.
            ReasonMissingError: No reason is given.
            SenderError: There is no such agreement, or it has ended.
        """
        wanted = Proposal(kind=END, subject=name.strip(), reason=reason.strip())
        return self._second.propose(principal, wanted, _no_key)

    def agreements(self, principal: Principal) -> tuple[AgreementView, ...]:
        """Agreements, by name: all for overseers, and for a key those of its senders (0..n); the look is sealed.

        Raises:
            PolicyError: The principal may see none.
        """
        with self._stores.database.transaction() as connection:
            every = newest_agreements(self._stores, connection).values()
            shown = [one for one in every if self._may(principal, one)]
            if not shown and not self._access.may(principal, "agreement:read", Resource()):
                self._access.require(principal, "agreement:read-own", _any_own(principal))
            names = tuple(one.name for one in shown) or ("none",)
            views = self._views(connection, principal, sorted(shown, key=lambda one: one.name))
            self._access.seal(connection, self._access.record(principal, "agreements", names))
        return views

    def agreement(self, principal: Principal, name: str) -> AgreementView:
        """One agreement; the look is sealed.

        Raises:
            NotFoundError: There is none, or none for him.
        """
        with self._stores.database.transaction() as connection:
            found = self._one(connection, principal, name)
            (view,) = self._views(connection, principal, [found])
            self._access.seal(connection, self._access.record(principal, "agreements", (name,)))
        return view

    def versions(self, principal: Principal, name: str) -> tuple[AgreementVersion, ...]:
        """Every version of an agreement as it was sealed, oldest first (1..n).

        Raises:
            NotFoundError: There is none, or none for him.
        """
        with self._stores.database.transaction() as connection:
            self._one(connection, principal, name)
            told = self._stores.leaves.records_about(connection, file_id(AGREEMENT, name), (AGREEMENT,))
        return tuple(
            AgreementVersion(agreement=msgspec.json.decode(body, type=Agreement), leaf=leaf.index, at=leaf.at)
            for leaf, body in told
        )

    def odrl(self, principal: Principal, name: str) -> dict[str, Any]:
        """An agreement as an ODRL policy (JSON-LD).

        Raises:
            NotFoundError: There is none, or none for him.
        """
        found = self.agreement(principal, name).agreement
        settings = self._stores.settings
        host = settings.log_origin.partition("/")[0]
        return odrl_of(found, settings.administration, f"urn:cocket:administration:{host}")

    def measure(
        self, principal: Principal, name: str, since: date | None = None, until: date | None = None
    ) -> AgreementMeasure:
        """How an agreement was kept by both sides, from sealed times; the look is sealed.

        Args:
            principal: Who asks.
            name: The agreement.
            since: First day on which cases began; 90 days before the last one if not given.
            until: Last day; today if not given.

        Raises:
            NotFoundError: There is none, or none for him.
        """
        last = until or today_of(self._stores)
        first = since or last - timedelta(days=USUAL_DAYS)
        zone = ZoneInfo(self._stores.settings.time_zone)
        days = datetime.combine(first, time(), zone), datetime.combine(last + timedelta(days=1), time(), zone)
        now = datetime.now(UTC)
        levels, unsealed = [], 0
        with self._stores.database.transaction() as connection:
            found = self._one(connection, principal, name)
            for level in found.service_levels:
                if level.measure == "take-over":
                    cases = self._taken_over(connection, found.partner, days)
                else:
                    cases = AgreementTimes().cases(connection, level.measure, found.senders, days)
                good = self._as_sealed(connection, cases)
                unsealed += len(cases) - len(good)
                levels.append(level_kept(level, good, now))
            self._access.seal(connection, self._access.record(principal, "agreements", (name,)))
        return AgreementMeasure(
            name=found.name,
            version=found.version,
            other=found.other,
            since=first,
            until=last,
            levels=tuple(levels),
            unsealed=unsealed,
        )

    def _views(
        self, connection: Connection, principal: Principal, shown: Sequence[Agreement]
    ) -> tuple[AgreementView, ...]:
        is_ours, today = self._access.may(principal, "agreement:read", Resource()), today_of(self._stores)
        going = ExchangeQueue().sending(connection, [one.name for one in shown] if is_ours else [])
        problems = {name: one.problem for name, one in going.items()}
        return tuple(
            AgreementView(agreement=one, standing=standing_on(one, today), problem=problems.get(one.name, ""))
            for one in shown
        )

    def _one(self, connection: Connection, principal: Principal, name: str) -> Agreement:
        found = newest_agreements(self._stores, connection).get(name)
        if found is None or not self._may(principal, found):
            raise NotFoundError("There is no such agreement.")
        return found

    def _may(self, principal: Principal, one: Agreement) -> bool:
        if self._access.may(principal, "agreement:read", Resource()):
            return True
        own = msgspec.structs.replace(
            principal, senders=principal.by_right
        )  # a broker's client does not share them with him
        return any(self._access.may(own, "agreement:read-own", Resource(sender=sender)) for sender in one.senders)

    def _taken_over(self, connection: Connection, partner: str, days: tuple[datetime, datetime]) -> list[CaseLeaves]:
        """Journeys handed over to a partner, and when it said that it took each over."""
        began: dict[str, CaseLeaves] = {}
        for leaf, body in self._stores.leaves.readable_of_kind(connection, HAND_OVER):
            told = msgspec.json.decode(body, type=HandOver)
            if told.direction != "out" or told.partner != partner:
                continue
            known = began.get(told.id)
            if known is None and days[0] <= leaf.at < days[1]:
                began[told.id] = CaseLeaves(leaf.record, leaf.at, None, None)
            elif known is not None and known.answered is None and told.stage != "handed-over":
                began[told.id] = CaseLeaves(known.began, known.began_at, leaf.record, leaf.at)
        return list(began.values())

    def _as_sealed(self, connection: Connection, cases: Sequence[CaseLeaves]) -> list[Case]:
        """Cases whose times are those that were sealed."""
        records: list[UUID] = [one for case in cases for one in (case.began, case.answered) if one is not None]
        good = {leaf.record for leaf in self._stores.leaves.of_records(connection, records) if is_as_sealed(leaf)}
        return [
            Case(began=case.began_at, answered=case.answered_at)
            for case in cases
            if case.began in good and (case.answered is None or case.answered in good)
        ]


def _any_own(principal: Principal) -> Resource:
    return Resource(sender=principal.by_right[0] if principal.by_right else None)


def _no_key(name: str) -> str:
    raise SettingsError("No key is made here.")

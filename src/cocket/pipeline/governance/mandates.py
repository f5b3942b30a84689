# SPDX-License-Identifier: Apache-2.0
"""Mandates: a trader lets a broker act for him, until a day, and takes that back. Each is sealed.

Without a mandate in force a broker's key acts for nobody but its own senders. A mandate is given by who may act for the client by
his key itself, never by who may by a mandate: what is entrusted is not passed on. Policy action: `mandate:give`.

Source: Union Customs Code, articles 18 and 19 (customs representatives; empowerment shown on request); Revised Kyoto Convention,
General Annex, chapter 8 (third parties).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal

import msgspec

from cocket.errors import SenderError
from cocket.findings import Finding
from cocket.governance import Principal, Resource
from cocket.governance.names import folded, mixes_lookalikes
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.document_files import DocumentFiles, Place, file_id, read_body
from cocket.pipeline.base.ids import new_id, parse_id
from cocket.pipeline.base.wiring import Stores
from cocket.stores.base.database import Connection

#: Kind of the sealed record and case file of a mandate.
MANDATE: Final = "mandate"

#: Longest term of a mandate (days); it can be given again.
LONGEST: Final = 5 * 366

#: Longest name of a sender (characters).
_LONGEST_NAME: Final = 100


class Mandate(msgspec.Struct, frozen=True, kw_only=True):
    """That one sender may act for another; also its sealed record.

    Attributes:
        id: Its id.
        client: Sender for whom is acted.
        agent: Sender who acts.
        since: First day, UTC.
        until: Last day, UTC.
        given: When it was given, UTC.
        by: Key or account that gave it; empty for the agent, who is not told of his client's people.
        revoked: When it was taken back, UTC; None if it was not.
    """

    id: str
    client: str
    agent: str
    since: date
    until: date
    given: datetime
    by: str
    revoked: datetime | None = None

    @property
    def state(self) -> Literal["given", "revoked"]:
        """Whether it was taken back; that its term is over is no change of it."""
        return "given" if self.revoked is None else "revoked"

    def is_in_force(self, day: date) -> bool:
        """Whether the agent may act for the client on a day."""
        return self.revoked is None and self.since <= day <= self.until


class NewMandate(msgspec.Struct, frozen=True, kw_only=True):
    """A mandate to give: the client, who is to act for him, and the last day."""

    client: str
    agent: str
    until: date


class Mandates(Service):
    """Giving mandates and taking them back.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._files = DocumentFiles(stores)

    def give_mandate(self, principal: Principal, new: NewMandate) -> Mandate:
        """Let another sender act for a client from today on.

        Raises:
            PolicyError: The principal does not act for the client by its own right.
            SenderError: It does not hold; `findings` say why.
        """
        now = _now()
        client, agent = new.client.strip(), new.agent.strip()
        self._access.require(_by_right(principal), "mandate:give", Resource(sender=client))
        problems = []
        if not agent or len(agent) > _LONGEST_NAME or not agent.isprintable():
            problems.append(_error("mandate-agent", "name the sender who is to act for you"))
        elif mixes_lookalikes(agent):
            problems.append(_error("mandate-agent-script", "the name mixes letters of several scripts that look alike"))
        if folded(agent) == folded(client):
            problems.append(_error("mandate-self", "no mandate is needed to act for oneself"))
        if not now.date() <= new.until <= now.date() + timedelta(days=LONGEST):
            problems.append(_error("mandate-term", "the last day must lie between today and {days} days from now"))
        if problems:
            raise SenderError("The mandate cannot be given so.", code="mandate", findings=tuple(problems))
        mandate = Mandate(
            id=str(new_id()), client=client, agent=agent, since=now.date(), until=new.until, given=now, by=principal.id
        )
        with self._stores.database.transaction() as connection:
            self._keep(connection, mandate, principal)
        return mandate

    def revoke_mandate(self, principal: Principal, mandate_id: str) -> Mandate:
        """Take a mandate back; keys follow within ten seconds.

        Raises:
            NotFoundError: There is no such mandate of his own.
            SenderError: It was taken back before.
        """
        wanted = parse_id(mandate_id)
        with self._stores.database.transaction() as connection:
            place = file_id(MANDATE, str(wanted))
            file = self._stores.case_files.get(connection, place, to_change=True) if wanted else None
            mandate = read_body(file, Mandate) if file is not None else None
            if mandate is None or not self._gives(principal, mandate.client):
                raise NotFoundError("There is no such mandate.")
            if mandate.revoked is not None:
                raise SenderError("The mandate was revoked before.", code="mandate-revoked")
            mandate = msgspec.structs.replace(mandate, revoked=_now())
            self._keep(connection, mandate, principal)
        return mandate

    def own_mandates(self, principal: Principal) -> tuple[Mandate, ...]:
        """Mandates that one's own senders gave or were given, the last given first (0..n).

        Whose key gave one is told to the client alone: to the broker it names a person of the client's.

        Raises:
            PolicyError: The principal speaks for no trader.
        """
        own = _by_right(principal).senders
        with self._stores.database.transaction() as connection:
            if not any(self._gives(principal, one) for one in own):
                self._access.require(principal, "mandate:give")
            keys = [(side, sender) for side in ("client", "agent") for sender in sorted(set(own))]
            found = self._stores.case_files.found_by(connection, MANDATE, keys)
            every = {one.id: one for files in found.values() for one in (read_body(file, Mandate) for file in files)}
            shown = [
                one if self._gives(principal, one.client) else msgspec.structs.replace(one, by="")
                for one in every.values()
                if self._gives(principal, one.client) or self._gives(principal, one.agent)
            ]
            if shown:
                record = self._access.record(principal, "mandates", tuple(one.id for one in shown))
                self._access.seal(connection, record)
        told = [one if one.client in own else msgspec.structs.replace(one, by="") for one in shown]
        return tuple(sorted(told, key=lambda one: (one.given, one.id), reverse=True))

    def _gives(self, principal: Principal, sender: str) -> bool:
        return self._access.may(_by_right(principal), "mandate:give", Resource(sender=sender))

    def _keep(self, connection: Connection, mandate: Mandate, principal: Principal) -> None:
        place = Place(state=mandate.state, names=tuple(sorted(mandate_names(mandate))))
        record = self._files.write(connection, MANDATE, mandate.id, (mandate, principal.id), place)
        if record is not None:
            self._access.seal(connection, record)


def clients_of(stores: Stores, connection: Connection, agents: Collection[str]) -> dict[str, datetime]:
    """Sender for whom some senders may act today by a mandate → since when, UTC; by name.

    A mandate that was given again before the one before was over begins with that one.
    """
    keys = [("agent", agent) for agent in sorted(set(agents))]
    found = stores.case_files.found_by(connection, MANDATE, keys) if keys else {}
    today = _now().date()
    mandates = [read_body(file, Mandate) for files in found.values() for file in files]
    begun: dict[str, datetime] = {}
    for one in sorted(mandates, key=lambda one: one.since, reverse=True):
        if one.agent not in agents or one.client in agents:
            continue
        later = begun.get(one.client)
        goes_before = later is not None and one.revoked is None and one.until >= later.date() - timedelta(days=1)
        if one.is_in_force(today) or goes_before:
            begins = max(one.given, datetime.combine(one.since, time(), UTC))
            begun[one.client] = min(begins, later or begins)
    return dict(sorted(begun.items()))


def mandate_names(mandate: Mandate) -> set[tuple[str, str]]:
    """The names by which the file of a mandate is found."""
    return {("name", mandate.id), ("client", mandate.client), ("agent", mandate.agent)}


def _by_right(principal: Principal) -> Principal:
    """The principal as it stands by its own key, without what it may do by mandates."""
    return msgspec.structs.replace(principal, senders=principal.by_right)


def _error(code: str, message: str) -> Finding:
    return Finding(code=code, severity="error", message=message, arguments={"days": str(LONGEST)})


def _now() -> datetime:
    return datetime.now(UTC)

# SPDX-License-Identifier: Apache-2.0
"""Acts for which policy asks for a second person: one keeps them waiting, tells whoever may confirm, and has them done.

An act is done at once where `second_person_for` does not name its subject. Whoever proposed an act never confirms it. A
secret is made only when an act is done, and shown once, to the one who confirms.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final, Literal
from uuid import UUID

import msgspec

from cocket.errors import PolicyError, SenderError
from cocket.governance import Context, Principal
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.ids import new_id, parse_id
from cocket.pipeline.base.notices import Notice, tell
from cocket.pipeline.base.proposals import (
    Deed,
    MakeKey,
    Proposal,
    Waiting,
    decided_proposals,
    deed_of,
    file_of,
    keep_proposal,
    needs_second,
    seal_file,
    waiting_proposal,
    waiting_proposals,
)
from cocket.pipeline.base.wiring import Stores
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection

#: Where what waits is confirmed or declined.
WHERE: Final = "/inbox?kind=second"

#: Decided proposals that are shown (count).
_MOST_DECIDED: Final = 20


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an act.

    Attributes:
        proposal: The act.
        is_done: Whether it was done; else it waits.
        secret: The password or key that was made, to be shown once; None where none was.
    """

    proposal: Proposal
    is_done: bool
    secret: str | None = None


class SecondPerson(Service):
    """Proposing, confirming and declining.

    Args:
        stores: The stores of this process.
        deeds: Subject of `SUBJECTS` → whose acts they are.
    """

    def __init__(self, stores: Stores, deeds: Mapping[str, Deed]) -> None:
        super().__init__(stores)
        self._deeds = deeds

    def propose(
        self, principal: Principal, wanted: Proposal, make_key: MakeKey, file: tuple[str, bytes] | None = None
    ) -> Given:
        """Do an act, or propose it where a second person must confirm.

        Args:
            principal: Who does it.
            wanted: What; who and when are set here.
            make_key: Makes a key of a name, as its holder presents it.
            file: Name and bytes of the file it is about; None without one.

        Raises:
            PolicyError: The principal may not, or it is about himself.
            SenderError: It cannot be done as it stands.
        """
        deed = deed_of(self._deeds, wanted.act)
        deed.require(principal, wanted)
        now, identity = datetime.now(UTC), new_id()
        waits = needs_second(self._stores, wanted.act)
        with self._stores.database.transaction() as connection:
            records: list[NewRecord] = []
            wanted = msgspec.structs.replace(wanted, by=principal.id, proposed=now, state="waiting")
            if file is not None:
                sealed = seal_file(self._stores, *file, principal.id, now)
                wanted = msgspec.structs.replace(
                    wanted, file=str(sealed.leaf.record), sha256=sha256(file[1]).hexdigest()
                )
                records.append(sealed)
            deed.check(connection, wanted)
            records.append(keep_proposal(self._stores, connection, identity, wanted, (principal.id, now)))
            if waits:
                self._tell_others(connection, principal, wanted, now)
            self._access.seal(connection, *records)
        if waits:
            return Given(proposal=wanted, is_done=False)
        return self._do(principal, str(identity), make_key)

    def confirm(self, principal: Principal, proposal_id: str, make_key: MakeKey) -> Given:
        """Confirm what another proposed; it is done at once. `make_key` is as for `propose`.

        Raises:
            NotFoundError: There is no such proposal.
            PolicyError: The principal may not, proposed it, or it is about himself.
            SenderError: It no longer waits, or cannot be done any more.
        """
        proposal = self._waiting(proposal_id)
        self._require_second(principal, proposal)
        return self._do(principal, proposal_id, make_key)

    def decline(self, principal: Principal, proposal_id: str, reason: str) -> Proposal:
        """Decline what waits; whoever proposed it may take it back so.

        Raises:
            NotFoundError: There is no such proposal.
            PolicyError: The principal may not.
            SenderError: It no longer waits, or no reason is given.
        """
        if not self._may_decline(principal, self._waiting(proposal_id)):
            raise PolicyError("Not allowed: declining this proposal.", reasons=("nothing-permits",))
        if not reason.strip():
            raise SenderError("Give a reason; it is recorded under your name.", code="reason-missing")
        identity = _identity(proposal_id)
        with self._stores.database.transaction() as connection:
            proposal = waiting_proposal(self._stores, connection, identity)
            return self._decide(connection, (identity, proposal), "declined", principal, reason.strip())

    def waiting(self, principal: Principal) -> tuple[Waiting, ...]:
        """What waits and this principal may confirm, decline or take back, newest first (0..n)."""
        with self._stores.database.transaction() as connection:
            every = waiting_proposals(self._stores, connection)
        judged = [
            msgspec.structs.replace(
                one,
                may_confirm=self._may_confirm(principal, one.proposal),
                may_decline=self._may_decline(principal, one.proposal),
            )
            for one in every
        ]
        return tuple(one for one in judged if one.may_confirm or one.may_decline)

    def decided(self, principal: Principal) -> tuple[Proposal, ...]:
        """What was lately done or declined, the last first (0..20).

        Raises:
            PolicyError: The principal may not see accounts and settings.
        """
        self._access.require(principal, "settings:read")
        with self._stores.database.transaction() as connection:
            return decided_proposals(self._stores, connection, _MOST_DECIDED)

    def _waiting(self, proposal_id: str) -> Proposal:
        with self._stores.database.transaction() as connection:
            return waiting_proposal(self._stores, connection, _identity(proposal_id))

    def _require_second(self, principal: Principal, proposal: Proposal) -> None:
        circumstances = Context(needs_second=True, second=proposal.by, reason=proposal.why or None)
        deed_of(self._deeds, proposal.act).require(principal, proposal, circumstances)

    def _may_confirm(self, principal: Principal, proposal: Proposal) -> bool:
        try:
            self._require_second(principal, proposal)
        except (PolicyError, NotFoundError):
            return False
        return True

    def _may_decline(self, principal: Principal, proposal: Proposal) -> bool:
        if proposal.by == principal.id:
            return True
        try:
            deed_of(self._deeds, proposal.act).require(
                principal, msgspec.structs.replace(proposal, name=""), Context(reason=proposal.why or None)
            )
        except (PolicyError, NotFoundError):
            return False
        return True

    def _tell_others(self, connection: Connection, principal: Principal, wanted: Proposal, now: datetime) -> None:
        """Give notice to every officer who may confirm what is proposed."""
        for name, _, role, office, disabled, _ in self._stores.people.staff(connection, now):
            other = Principal(id=name, kind="officer", roles=(role,), office=office)
            if name != principal.id and disabled is None and self._may_confirm(other, wanted):
                tell(
                    self._stores,
                    connection,
                    Notice(officer=name, kind="second", by=principal.id, at=now, path=WHERE),
                )

    def _do(self, principal: Principal, proposal_id: str, make_key: MakeKey) -> Given:
        """Do it, then seal that it was done; of two who confirm at once the later finds that it no longer waits."""
        identity = _identity(proposal_id)
        with self._stores.database.transaction() as connection:
            proposal = waiting_proposal(self._stores, connection, identity)
            deed = deed_of(self._deeds, proposal.act)
            deed.check(connection, proposal)
            secret = deed.carry_out(proposal, principal, file_of(self._stores, connection, proposal), make_key)
            self._decide(connection, (identity, proposal), "done", principal)
        return Given(proposal=proposal, is_done=True, secret=secret)

    def _decide(
        self,
        connection: Connection,
        waiting: tuple[UUID, Proposal],
        state: Literal["done", "declined"],
        principal: Principal,
        reason: str = "",
    ) -> Proposal:
        identity, proposal = waiting
        now = datetime.now(UTC)
        decided = msgspec.structs.replace(proposal, state=state, decided_by=principal.id, decided=now, reason=reason)
        record = keep_proposal(self._stores, connection, identity, decided, (principal.id, now))
        self._access.seal(connection, record)
        return decided


def _identity(text: str) -> UUID:
    identity = parse_id(text)
    if identity is None:
        raise NotFoundError("There is no such proposal.")
    return identity

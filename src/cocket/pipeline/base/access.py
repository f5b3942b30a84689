# SPDX-License-Identifier: Apache-2.0
"""What every part of the house needs: the shelves, the one decision about each object, and the record of each look.

Whatever is given out passes `decided`, object by object, with the office and the sender that it belongs to. Lists are
narrowed in the database first, so that pages and counts are right, and then decided line by line like anything else.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from cocket.errors import PolicyError, ReasonMissingError, SenderError
from cocket.governance import HOUSE_WIDE, Context, Decision, Principal, Resource, decide
from cocket.pipeline.base.ids import parse_id
from cocket.pipeline.base.ownership import Belonging, belongings, ids_of, of_dossiers
from cocket.pipeline.base.wiring import Stores
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.consignment.rows import Line


class NotFoundError(SenderError):
    """There is no such thing, or the caller may not know that there is (HTTP 404)."""

    code = "not-found"


class AccessRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The sealed record of one look: who saw what, and for what purpose.

    Attributes:
        who: Key or officer.
        roles: In which roles.
        what: What was disclosed, such as `dossier`.
        purpose: For what.
        subjects: Ids of what was disclosed (1..n).
        since: When the look began that lasts (UTC), at a page that refreshes itself; None for a look of its own.
    """

    who: str
    roles: tuple[str, ...]
    what: str
    purpose: str
    subjects: tuple[str, ...]
    since: datetime | None = None


#: What is disclosed of one consignment or message, and so stands in its timeline; a list is a look at none of its lines.
_OF_ONE = {"dossier", "message", "content", "control order", "order"}


#: Rule of policy that refused → what to do.
_HINTS = {"second-person-needed": "Someone other than the author must do this."}


def decided(principal: Principal, action: str, resource: Resource, context: Context | None = None) -> Decision:
    """The decision about one object, or one act on it: every view that leaves the pipeline passes here."""
    return decide(principal, action, resource, context)


class Access:
    """The one decision about each object, and the record of each look; every service works with one.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def require(
        self, principal: Principal, action: str, resource: Resource = HOUSE_WIDE, context: Context | None = None
    ) -> None:
        """Refuse unless policy allows; without a resource it is asked of the house as a whole.

        Raises:
            PolicyError: It does not; reasons name the rules.
            ReasonMissingError: It does with a reason in words, and none was given.
        """
        decision = decided(principal, action, resource, context)
        if not decision.allowed:
            if context is not None and not (context.reason or "").strip():
                with_words = msgspec.structs.replace(context, reason="–")
                if decided(principal, action, resource, with_words).allowed:
                    raise ReasonMissingError(
                        "Give the reason; it is recorded under your name.", reasons=decision.reasons
                    )
            hint = next((_HINTS[reason] for reason in decision.reasons if reason in _HINTS), None)
            raise PolicyError(f"Not allowed: {action}.", reasons=decision.reasons, hint=hint)

    def may(self, principal: Principal, action: str, resource: Resource = HOUSE_WIDE) -> bool:
        """Whether policy allows; without a resource it is asked of the house as a whole."""
        return decided(principal, action, resource).allowed

    def reach(self, principal: Principal) -> tuple[str, ...] | None:
        """Offices whose objects a list of this principal's is narrowed to in the database; None for no bound."""
        return None if principal.office is None else (principal.office,)

    def dossier(
        self, connection: Connection, principal: Principal, consignment_id: str, missing: str = "consignment"
    ) -> tuple[Line, Belonging]:
        """A dossier that this principal may read, and where it belongs.

        Raises:
            NotFoundError: There is none, or none for him, which is the same to whoever asks.
        """
        wanted = parse_id(consignment_id)
        line = self._stores.consignments.line(connection, wanted) if wanted else None
        where = belongings(self._stores, connection, [line.id])[line.id] if line else None
        if line is None or where is None or not self.may(principal, "dossier:read", where.papers):
            raise NotFoundError(f"There is no such {missing}.")
        return line, where

    def advised_dossier(
        self, connection: Connection, principal: Principal, consignment_id: str, missing: str = "consignment"
    ) -> tuple[Line, Resource]:
        """A dossier of which this principal may know what was advised and ordered, and where that belongs.

        Raises:
            NotFoundError: There is none, or its advice is for another office.
        """
        line, where = self.dossier(connection, principal, consignment_id, missing)
        if not self.may(principal, "lane:read", where.advice):
            raise NotFoundError(f"There is no such {missing}.")
        return line, where.advice

    def seen(self, connection: Connection, principal: Principal, dossiers: Iterable[str | UUID | None]) -> set[UUID]:
        """Those of these dossiers that this principal may read, each decided by itself."""
        ids = ids_of(None if one is None else str(one) for one in dossiers)
        found = of_dossiers(self._stores, connection, ids)
        return {one for one in ids if self.may(principal, "dossier:read", found.get(one, Resource()))}

    def seen_advice(
        self, connection: Connection, principal: Principal, dossiers: Iterable[str | UUID | None]
    ) -> set[UUID]:
        """Those of these dossiers of which this principal may know what was advised, ordered and found."""
        ids = ids_of(None if one is None else str(one) for one in dossiers)
        found = belongings(self._stores, connection, ids)
        return {one for one in ids if one in found and self.may(principal, "lane:read", found[one].advice)}

    def record(self, principal: Principal, what: str, subjects: tuple[str, ...], purpose: str = "control") -> NewRecord:
        """The record of a look, to be appended in the transaction that reads, before anything is given out."""
        look = AccessRecord(
            who=principal.id, roles=tuple(principal.roles), what=what, purpose=purpose, subjects=subjects
        )
        about = UUID(subjects[0]) if what in _OF_ONE else None
        return self._stores.sealer.record("look", principal.id, look, about=about)

    def seal(self, connection: Connection, *records: NewRecord) -> range:
        """Append records as the last act of a transaction."""
        return self._stores.leaves.append_records(connection, records)


class Service:
    """What every service works with, and nothing else: the stores, and what decides and records access to them.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._access = Access(stores)

# SPDX-License-Identifier: Apache-2.0
"""What every part of the house needs: the shelves, the policy, and the record of each look."""

from __future__ import annotations

from uuid import UUID

import msgspec

from cocket.errors import PolicyError, SenderError
from cocket.governance import Context, Principal, Resource, decide
from cocket.pipeline.shelves import Shelves
from cocket.stores import NewRecord
from cocket.stores.consignments import Line
from cocket.stores.database import Connection


class NotFoundError(SenderError):
    """There is no such thing, or the caller may not know that there is (HTTP 404)."""

    code = "not-found"


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of one look: who saw what, and for what purpose.

    Attributes:
        who: Key or officer.
        roles: In which roles.
        what: What was disclosed, such as `dossier`.
        purpose: For what.
        subjects: Ids of what was disclosed (1..n).
    """

    who: str
    roles: tuple[str, ...]
    what: str
    purpose: str
    subjects: tuple[str, ...]


#: What is disclosed of one consignment or message, and so stands in its timeline; a list is a look at none of its lines.
_OF_ONE = {"dossier", "message", "content"}


#: Rule of policy that refused → what to do.
_HINTS = {"second-person-needed": "Another person than the author must do this."}


class FrontDesk:
    """Base of the house's parts.

    Args:
        shelves: The stores of this process.
    """

    def __init__(self, shelves: Shelves) -> None:
        self._shelves = shelves
        self.settings = shelves.settings
        self.log_folder = shelves.settings.log_folder

    def _require(
        self, principal: Principal, action: str, resource: Resource | None = None, context: Context | None = None
    ) -> None:
        """Refuse unless policy allows.

        Raises:
            PolicyError: It does not; reasons name the rules.
        """
        decision = decide(principal, action, resource or Resource(), context)
        if not decision.allowed:
            hint = next((_HINTS[reason] for reason in decision.reasons if reason in _HINTS), None)
            raise PolicyError(f"Not allowed: {action}.", reasons=decision.reasons, hint=hint)

    def _may(self, principal: Principal, action: str, resource: Resource | None = None) -> bool:
        return decide(principal, action, resource or Resource()).allowed

    def _office_for(self, connection: Connection, principal: Principal, line: Line) -> str | None:
        """The office by which policy decides on a consignment: that of its papers, or where its order is carried out."""
        if principal.office in (None, line.office):
            return line.office
        order = self._shelves.orders.order_of(connection, [line.id]).get(line.id)
        return order.office if order is not None and order.office == principal.office else line.office

    def _look(self, principal: Principal, what: str, subjects: tuple[str, ...], purpose: str = "control") -> NewRecord:
        """The record of a look, to be appended in the transaction that reads, before anything is given out."""
        look = Look(who=principal.id, roles=tuple(principal.roles), what=what, purpose=purpose, subjects=subjects)
        about = UUID(subjects[0]) if what in _OF_ONE else None
        return self._shelves.sealer.record("look", principal.id, look, about=about)

    def _seal(self, connection: Connection, *records: NewRecord) -> range:
        """Append records as the last act of a transaction."""
        return self._shelves.leaves.append_records(connection, records)

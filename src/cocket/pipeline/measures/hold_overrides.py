# SPDX-License-Identifier: Apache-2.0
"""Ending another agency's hold against it: two persons of customs, a reason, and a record that says so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from cocket.errors import SenderError
from cocket.governance import Context, Principal
from cocket.governance.proposals import Proposal
from cocket.measures.permits import Hold
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.ids import parse_id
from cocket.pipeline.base.proposals import MakeKey
from cocket.pipeline.measures.appointments import Calendar
from cocket.pipeline.measures.permits import holds_of, keep_hold
from cocket.stores.base.database import Connection

#: Kind of the act.
HOLD_OVERRIDE: Final = "hold-override"


class HoldOverrides(Service):
    """What two persons of customs do to an agency's hold."""

    def require(self, principal: Principal, wanted: Proposal, context: Context | None = None) -> None:
        """Refuse unless this principal may override holds on the consignment.

        Raises:
            NotFoundError: There is no such consignment that he may see.
            PolicyError: He may not, or no reason is given.
        """
        with self._stores.database.transaction() as connection:
            _, where = self._access.dossier(connection, principal, wanted.subject)
        self._access.require(
            principal, "agency:override", where.papers, context or Context(reason=wanted.reason or None)
        )

    def present(self, connection: Connection, wanted: Proposal) -> dict[str, str]:
        """The holds as they stand."""
        known = self._holds(connection, wanted)
        if not known:
            return {}
        reasons, laws = (dict.fromkeys(one) for one in zip(*((each.reason, each.law) for each in known), strict=True))
        return {"hold": "; ".join(reasons), "law": "; ".join(one for one in laws if one)}

    def check(self, connection: Connection, wanted: Proposal) -> None:
        """Refuse where the agency holds nothing there.

        Raises:
            SenderError: It holds nothing.
        """
        if not self._holds(connection, wanted):
            raise SenderError("This agency holds nothing of it.", code="hold-none", found=wanted.after.get("agency"))

    def carry_out(self, wanted: Proposal, principal: Principal, content: bytes | None, make_key: MakeKey) -> str | None:
        """End every hold that is meant, each sealed; None, since no secret is made."""
        with self._stores.database.transaction() as connection:
            calendar = Calendar(self._stores, connection, datetime.now(UTC))
            identity = parse_id(wanted.subject)
            line = self._stores.consignments.line(connection, identity) if identity else None
            holds = self._holds(connection, wanted)
            if line is None or not holds:
                raise SenderError("This agency holds nothing of it.", code="hold-none")
            records = []
            for known in holds:
                ended = Hold(
                    agency=known.agency,
                    item=known.item,
                    is_held=False,
                    reason=wanted.reason,
                    law=known.law,
                    is_own=known.is_own,
                    is_overridden=True,
                )
                records += keep_hold(self._stores, connection, (line, calendar), ended, ", ".join(wanted.persons))
            self._access.seal(connection, *records)
        return None

    def _holds(self, connection: Connection, wanted: Proposal) -> list[Hold]:
        """The holds that stand and are meant: of the item that is named, else every one of the agency's (0..n)."""
        identity = parse_id(wanted.subject)
        item = wanted.after.get("item", "")
        found = holds_of(self._stores, connection, identity) if identity else ()
        return [
            one
            for one in found
            if one.is_held and one.agency == wanted.after.get("agency") and item in ("", str(one.item or ""))
        ]

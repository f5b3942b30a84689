# SPDX-License-Identifier: Apache-2.0
"""Putting agreements with partners in force, and ending them before their last day: two persons answer for each. A `Deed`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import msgspec

from cocket.errors import SenderError
from cocket.governance import Context, Principal, Resource
from cocket.governance.agreements import Agreement, read_agreement
from cocket.governance.proposals import Proposal
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.document_files import DocumentFiles, file_id
from cocket.pipeline.base.partner_agreements import AGREEMENT
from cocket.pipeline.base.proposals import MakeKey
from cocket.pipeline.base.wiring import Stores
from cocket.stores.base.database import Connection

#: Kinds of act.
PUT: Final = "agreement"
END: Final = "agreement-end"


def proposed_agreement(kind: str, after: str) -> Agreement | None:
    """The agreement that a proposal would put in force.

    Args:
        kind: Kind of the proposal.
        after: The text that it proposes, in full; empty where it cannot be shown.

    Returns:
        The agreement; None of a proposal of another kind, or without its text.
    """
    return msgspec.json.decode(after, type=Agreement) if kind == PUT and after else None


class AgreementDeed(Service):
    """What two persons do to an agreement.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._files = DocumentFiles(stores)

    def require(self, principal: Principal, wanted: Proposal, context: Context | None = None) -> None:
        """Refuse unless this principal may keep agreements, in these circumstances."""
        action = "agreement:end" if wanted.kind == END else "agreement:keep"
        self._access.require(principal, action, Resource(), context or Context(reason=wanted.reason or None))

    def present(self, connection: Connection, wanted: Proposal) -> dict[str, str]:
        """The version in force; none where there is no such agreement yet."""
        found = self._files.read(connection, AGREEMENT, wanted.subject, Agreement)
        return {} if found is None else {"version": str(found.version), "ended": str(found.ended or "")}

    def check(self, connection: Connection, wanted: Proposal) -> None:
        """Refuse to end what is not there or has ended."""
        if wanted.kind == END:
            self._standing(connection, wanted.subject)  # not locked: it is carried out in a transaction of its own

    def texts(self, connection: Connection, wanted: Proposal, content: bytes | None) -> tuple[str, str]:
        """The version in force when it was proposed, and the proposed one, each as JSON in full; "" for none."""
        version = wanted.before.get("version")
        sealed = self._stores.leaves.records_about(connection, file_id(AGREEMENT, wanted.subject), (AGREEMENT,))
        every = [msgspec.json.decode(body, type=Agreement) for _, body in sealed]
        before = next((_in_full(one) for one in every if str(one.version) == version), "")
        if version is not None and not before:
            raise SenderError("The agreement before is not known here.", code="agreement-before", found=version)
        return before, "" if wanted.kind == END else _in_full(read_agreement(content or b""))

    def carry_out(self, wanted: Proposal, principal: Principal, content: bytes | None, make_key: MakeKey) -> str | None:
        """Do it; None, since no secret is made."""
        now, by = datetime.now(UTC), ", ".join(wanted.persons)
        with self._stores.database.transaction() as connection:
            if wanted.kind == END:
                known = self._standing(connection, wanted.subject, to_change=True)
                made = msgspec.structs.replace(
                    known, version=known.version + 1, ended=now, ended_by=by, reason=wanted.reason, by=by, at=now
                )
            else:
                earlier = self._files.read(connection, AGREEMENT, wanted.subject, Agreement, to_change=True)
                version = earlier.version + 1 if earlier is not None else 1
                made = msgspec.structs.replace(read_agreement(content or b""), version=version, by=by, at=now)
            self._files.keep(connection, AGREEMENT, made.name, (made, principal))
        return None

    def _standing(self, connection: Connection, name: str, *, to_change: bool = False) -> Agreement:
        found = self._files.read(connection, AGREEMENT, name, Agreement, to_change=to_change)
        if found is None or found.ended is not None:
            raise SenderError(
                f"There is no agreement {name} that could be ended.", code="agreement-unknown", found=name
            )
        return found


def _in_full(one: Agreement) -> str:
    """What was agreed, as JSON with a field a line; who put it in force and when is left out."""
    agreed = msgspec.structs.replace(one, version=1, by="", at=None, ended=None, ended_by=None, reason="")
    return msgspec.json.format(msgspec.json.encode(agreed)).decode("utf-8") + "\n"

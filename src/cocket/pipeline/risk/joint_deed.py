# SPDX-License-Identifier: Apache-2.0
"""Testing a table of partners on our own random draw, and turning it on or off: two persons answer for each. A `Deed`.

Policy actions: `mirror:read` to test, `model:set` to turn on and off.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import msgspec

from cocket.errors import SenderError
from cocket.governance import Context, Principal, Resource
from cocket.governance.proposals import Proposal
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.document_files import DocumentFiles
from cocket.pipeline.base.proposals import MakeKey
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.risk.joint_tables import (
    COMPARISON,
    IN_USE,
    TABLE,
    USE,
    KeptTable,
    TableUse,
    are_in_force,
    random_cases,
)
from cocket.risk.estimate import Estimate
from cocket.risk.joint import Comparison, compare
from cocket.stores.base.database import Connection

#: Kinds of act.
PUT: Final = "joint-use"
END: Final = "joint-end"

#: Share of the drawn cases that is examined, and weight that is not to be passed, where nothing is stated.
USUAL_BUDGET: Final = 0.1
USUAL_WEIGHT: Final = 1.0


class JointCompared(msgspec.Struct, frozen=True, kw_only=True):
    """A comparison as it is sealed: of which table, by whom and when."""

    table: str
    comparison: Comparison
    by: str
    at: datetime


class JointDeed(Service):
    """What is done with a table of partners.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._files = DocumentFiles(stores)

    def compare_table(
        self, principal: Principal, name: str, budget: float = USUAL_BUDGET, weight: float = USUAL_WEIGHT
    ) -> JointCompared:
        """Hold our own scores with a table against them without it, on our own random draw; what comes out is sealed.

        Args:
            principal: Who asks.
            name: Of the table.
            budget: Share of the drawn cases that is examined (above 0, at most 1).
            weight: Weight that is not to be passed (above 0, at most 1).

        Raises:
            NotFoundError: There is no such table.
            PolicyError: The principal may not.
            SenderError: A figure is out of range.
        """
        self._access.require(principal, "mirror:read", Resource())
        with self._stores.database.transaction() as connection:
            kept = self._table(connection, name)
            made = JointCompared(
                table=kept.name,
                comparison=self._compared(connection, kept, (budget, weight)),
                by=principal.id,
                at=datetime.now(UTC),
            )
            record = self._files.write(connection, COMPARISON, kept.name, (made, principal.id))
            self._access.seal(connection, *([record] if record is not None else []))
        return made

    def require(self, principal: Principal, wanted: Proposal, context: Context | None = None) -> None:
        """Refuse unless this principal may choose what scores, in these circumstances."""
        self._access.require(principal, "model:set", context=context or Context(reason=wanted.reason or None))

    def present(self, connection: Connection, wanted: Proposal) -> dict[str, str]:
        """Which table is in use; an approval is for that."""
        use = self._files.read(connection, USE, IN_USE, TableUse)
        return {"table": use.table if use is not None and use.state == "on" else "none"}

    def figures(self, principal: Principal, wanted: Proposal) -> dict[str, str]:
        """What a second person reads of a table that is to move scores: whose it is, its counts, and what it does on our own draw.

        Raises:
            NotFoundError: There is no such table.
            PolicyError: The principal may not propose it.
            SenderError: It is not shown to help here, or an agreement that it came under is over.
        """
        self.require(principal, wanted)
        with self._stores.database.transaction() as connection:
            kept, found = self._table(connection, wanted.subject), self._helping(connection, wanted)
        return {
            "partners": ", ".join(kept.parties),
            "agreement": kept.agreements[0],
            "table-examined": str(kept.table.examined),
            "table-found": str(kept.table.found),
            "drawn": str(found.cases),
            "drawn-found": str(found.finds),
            "verdict": found.verdict,
            "more": _interval(found.more),
            "fit": _interval(found.gain),
            "taken": f"{min(found.stated, found.pull.weight):.2f}",
        }

    def check(self, connection: Connection, wanted: Proposal) -> None:
        """Refuse a table that was not shown to help on our own random draw, as it is now; and to end what is not in use."""
        if wanted.kind == END:
            self._in_use(connection, wanted.subject)  # not locked: it is carried out in a transaction of its own
        else:
            self._helping(connection, wanted)

    def carry_out(self, wanted: Proposal, principal: Principal, content: bytes | None, make_key: MakeKey) -> str | None:
        """Do it; None, since no secret is made."""
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            if wanted.kind == END:
                made = msgspec.structs.replace(
                    self._in_use(connection, wanted.subject, to_change=True),
                    state="off",
                    persons=wanted.persons,
                    reason=wanted.reason,
                    at=now,
                )
            else:
                found = self._helping(connection, wanted)
                made = TableUse(
                    state="on",
                    table=wanted.subject,
                    weight=min(found.stated, found.pull.weight),
                    comparison=found,
                    persons=wanted.persons,
                    reason=wanted.reason,
                    at=now,
                )
            self._files.keep(connection, USE, IN_USE, (made, principal), made.state)
        return None

    def _helping(self, connection: Connection, wanted: Proposal) -> Comparison:
        kept = self._table(connection, wanted.subject)
        if not are_in_force(self._stores, connection, kept):
            raise SenderError(
                "An agreement that the table came under is not in force, or is not for control.",
                code="joint-agreement",
                found=kept.name,
            )
        found = self._compared(connection, kept, terms_of(wanted))
        if found.verdict != "helps":
            raise SenderError(
                SAID[found.verdict],
                code="joint-not-shown",
                found=found.verdict,
                hint=f"`cocket joint compare {kept.name}` shows the figures.",
            )
        return found

    def _compared(self, connection: Connection, kept: KeptTable, terms: tuple[float, float]) -> Comparison:
        budget, weight = terms
        for name, value in (("budget", budget), ("weight", weight)):
            if not 0 < value <= 1:
                raise SenderError(f"The {name} is above 0 and at most 1.", code="joint-terms", found=str(value))
        return compare(random_cases(self._stores, connection), kept.lifts(), budget, weight)

    def _table(self, connection: Connection, name: str) -> KeptTable:
        kept = self._files.read_sealed(connection, TABLE, name.strip(), KeptTable)
        if kept is None:
            raise NotFoundError("There is no such evidence table.")
        return kept

    def _in_use(self, connection: Connection, name: str, *, to_change: bool = False) -> TableUse:
        use = self._files.read(connection, USE, IN_USE, TableUse, to_change=to_change)
        if use is None or use.state != "on" or use.table != name:
            raise SenderError("This table is not in use.", code="joint-off", found=name[:80])
        return use


#: What a verdict says.
SAID: Final = {
    "helps": "It helps here: the chances fit what was found better beyond doubt, and no fewer are found.",
    "not-shown": "It is not shown to help here.",
    "harms": "It does not help here: what it says is the opposite of what is found, or fewer would be found.",
    "too-few": "Too few examinations drawn at random have a score and a result here to learn a weight on.",
}


def terms_of(wanted: Proposal) -> tuple[float, float]:
    """Budget and stated weight of a proposal.

    Raises:
        SenderError: They are no numbers.
    """
    try:
        return float(wanted.after["budget"]), float(wanted.after["weight"])
    except (KeyError, ValueError) as error:
        raise SenderError("Budget and weight are numbers above 0 and at most 1.", code="joint-terms") from error


def _interval(found: Estimate | None) -> str:
    return f"{found.value:+.1f} ({found.low:+.1f} – {found.high:+.1f})" if found is not None else ""

# SPDX-License-Identifier: Apache-2.0
"""Results of examinations: from what was handed in to what is sealed, shown, and learnt from.

A host's officers record them in the host, ours here; the analysts learn from both.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import msgspec

from cocket.consignment import keys
from cocket.control import (
    OFFENCES,
    ExaminationResult,
    ExaminedItem,
    Quantity,
    SeenGoods,
    label_of,
)
from cocket.errors import SenderError
from cocket.findings import Finding
from cocket.model import Amount, Declaration
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.dossiers import moment_of, newest_declaration
from cocket.pipeline.consignment.papers import papers_of
from cocket.pipeline.control.audit_labels import AUDIT_RECORD, audit_outcomes
from cocket.pipeline.control.host_decisions import HostRow
from cocket.pipeline.queries.views import NewResult, ResultView
from cocket.risk import Outcome, facts_of
from cocket.stores.base.database import Connection
from cocket.stores.control.orders import StoredResult
from cocket.stores.ledger.leaves import StoredLeaf

#: Computes what more is due: declaration and items found to be otherwise → the sum; None where it cannot be told.
DutyDifference = Callable[[Declaration, tuple[ExaminedItem, ...]], Amount | None]

_DECODE = msgspec.json.Decoder(ExaminationResult)


class Occasion(msgspec.Struct, frozen=True, kw_only=True):
    """What stands around a result that is handed in.

    Attributes:
        consignment: Dossier.
        office: Its customs office; None if not known.
        officer: Who hands it in.
        now: When, UTC.
        declared: Item → what is declared of it.
        selected: Why the consignment was chosen; None if not known.
        amended: The result that the new one takes the place of; None if it is the first.
    """

    consignment: str
    office: str | None
    officer: str
    now: datetime
    declared: dict[int, SeenGoods]
    selected: str | None = None
    amended: ExaminationResult | None = None


def result_of(new: NewResult, occasion: Occasion) -> ExaminationResult:
    """What was handed in, as a result; evidence is left to whoever keeps it.

    Raises:
        SenderError: A field cannot be read, or it is not said whether anything was found; `findings` say which.
    """
    earlier = occasion.amended
    is_examined = new.depth != "not-examined"
    try:
        return msgspec.convert(
            {
                "consignment": occasion.consignment,
                "office": occasion.office,
                "officer": occasion.officer,
                "examined": ((earlier and earlier.examined) or occasion.now) if is_examined else None,
                "returned": occasion.now,
                "amends": new.amends,
                "selected": occasion.selected,
                "depth": new.depth,
                "conclusion": _conclusion(new),
                "offences": _offences(new),
                "items": _otherwise(new.items, occasion.declared),
                "duty_recovered": {"value": new.duty_recovered, "currency": new.currency}
                if new.duty_recovered
                else None,
                "duty_basis": "given" if new.duty_recovered else None,
                "sample": new.sample,
                "seizures": new.seizures,
                "note": new.note,
            },
            ExaminationResult,
            from_attributes=True,
        )
    except msgspec.ValidationError as error:
        raise unreadable("result-value", "a field cannot be read: {found}", str(error)) from error


def with_computed_duty(
    result: ExaminationResult, declaration: Declaration | None, difference: DutyDifference | None
) -> ExaminationResult:
    """The result with the duty that follows from declared and found, where nobody gave it and it can be computed."""
    if result.duty_recovered or not result.items or declaration is None or difference is None:
        return result
    more = difference(declaration, result.items)
    if more is None or more.value <= 0:
        return result
    return msgspec.structs.replace(result, duty_recovered=more, duty_basis="computed")


def read_stored(body: bytes) -> ExaminationResult:
    """A result as it was sealed; those of earlier versions too."""
    return _DECODE.decode(body)


def view_of(stored: StoredResult, result: ExaminationResult, *, is_amended: bool = False) -> ResultView:
    """A result as it is shown."""
    duty = result.duty_recovered
    return ResultView(
        id=str(stored.id),
        at=stored.at,
        officer=result.officer,
        depth=result.depth,
        found=result.is_found,
        offence=result.offences[0] if result.offences else None,
        other_offences=result.offences[1:],
        items=result.items,
        duty_recovered=f"{duty.value:f}" if duty else None,
        currency=duty.currency if duty else None,
        duty_basis=result.duty_basis,
        sample=result.sample,
        seizures=result.seizures,
        evidence=result.evidence,
        amends=result.amends,
        is_amended=is_amended,
        note=result.note,
    )


def unreadable(code: str, message: str, found: str | None) -> SenderError:
    """The refusal of a result, with the one finding that is to blame."""
    finding = Finding(code=code, severity="error", message=message, found=found and found[:200])
    return SenderError("The result cannot be recorded as it is.", code="result", findings=(finding,))


def outcomes_between(stores: Stores, connection: Connection, first: int, last: int) -> list[Outcome]:
    """Examinations whose results were sealed among a range of leaves, in index order.

    Args:
        shelves: The stores.
        connection: The transaction.
        first: First leaf index.
        last: Last leaf index.

    Returns:
        Outcomes (0..n), those of audits after release last. A result of a declaration that is not known here, or of no
        examination, teaches nothing, and neither does an amendment that comes to the conclusion of what it amends.
    """
    told = stores.leaves.records_between(connection, first, last, ("result", "host-result"))
    found = [_told(stores, connection, leaf, body) for leaf, body in told]
    ids = list(dict.fromkeys(one[0] for one in found if one))
    papers = papers_of(stores, connection, ids) if ids else {}
    assessed = stores.orders.assessed(connection, ids) if ids else {}
    outcomes = []
    for one in found:
        paper = newest_declaration(papers.get(one[0], ())) if one else None
        if one is None or paper is None or paper.declaration is None:
            continue
        consignment, result, is_ours = one
        facts = facts_of(paper.declaration, str(consignment), moment_of(paper.declaration, paper.received))
        advice = assessed.get(consignment)
        propensity = advice.propensity if is_ours and advice and advice.propensity > 0 else None
        label = label_of(result, facts, propensity)
        earlier = _amended(stores, connection, result)
        taught = label_of(earlier, facts, propensity) if earlier else None
        if label is not None and (taught is None or taught.found != label.found):
            outcomes.append(label)
    for _, body in stores.leaves.records_between(connection, first, last, (AUDIT_RECORD,)):
        outcomes += audit_outcomes(stores, connection, body)
    return outcomes


def all_results(stores: Stores, connection: Connection) -> dict[str, ExaminationResult]:
    """Every result told so far, those of the host only where no officer recorded one here, by id, oldest first."""
    last = stores.leaves.size(connection) - 1
    told = stores.leaves.records_between(connection, 0, last, ("result", "host-result"))
    here = {str(leaf.record): read_stored(body) for leaf, body in told if leaf.kind == "result"}
    rows = [(leaf, msgspec.json.decode(body, type=HostRow)) for leaf, body in told if leaf.kind == "host-result"]
    names = {row.reference: keys((row.reference,), "") for _, row in rows}
    owners = stores.consignments.owners(connection, [key.pair for found in names.values() for key in found])
    covered = {result.consignment for result in here.values()}
    by_host: dict[UUID, tuple[str, ExaminationResult]] = {}
    for leaf, row in rows:
        owner = next((owners[key.pair] for key in names[row.reference] if key.pair in owners), None)
        if owner is not None and str(owner) not in covered:
            by_host[owner] = (str(leaf.record), _of_host(row, owner, leaf.at))
    return {**here, **dict(by_host.values())}


def _conclusion(new: NewResult) -> str:
    if new.found is not None:
        return "irregular" if new.found else "conform"
    if new.depth == "not-examined":
        return "not-examined"
    if new.sample is not None and new.sample.answer is None:
        return "pending"
    raise unreadable("result-found", "say whether an irregularity was found", None)


def _offences(new: NewResult) -> list[str]:
    named = (new.offence, *new.other_offences, *(seizure.offence for seizure in new.seizures))
    return list(dict.fromkeys(name for name in named if name))


def _otherwise(items: tuple[ExaminedItem, ...], declared: dict[int, SeenGoods]) -> tuple[ExaminedItem, ...]:
    """Items with what was declared of them; those that were found as declared are left out."""
    held = (_item(one, declared) for one in items)
    return tuple(one for one in held if one.differences)


def _item(one: ExaminedItem, declared: dict[int, SeenGoods]) -> ExaminedItem:
    """The item with what was declared of it, found reduced to what differs; units that go without saying are said."""
    said = declared.get(one.item, SeenGoods())
    found = one.found
    if found.quantity and found.quantity.unit is None and said.quantity:
        found = msgspec.structs.replace(found, quantity=Quantity(found.quantity.value, said.quantity.unit))
    if found.value and found.value.currency is None and said.value:
        found = msgspec.structs.replace(found, value=Amount(found.value.value, said.value.currency))
    whole = ExaminedItem(item=one.item, declared=said, found=found)
    only = SeenGoods(**{name: getattr(found, name) for name in whole.differences})
    return ExaminedItem(item=one.item, declared=said, found=only)


def _amended(stores: Stores, connection: Connection, result: ExaminationResult) -> ExaminationResult | None:
    body = stores.leaves.body(connection, UUID(result.amends)) if result.amends else None
    return read_stored(body) if body is not None else None


def _told(
    stores: Stores, connection: Connection, leaf: StoredLeaf, body: bytes
) -> tuple[UUID, ExaminationResult, bool] | None:
    """Consignment, result, and whether our advice selected it; None if the declaration is not known here."""
    if leaf.kind == "result":
        result = read_stored(body)
        return UUID(result.consignment), result, True
    host = msgspec.json.decode(body, type=HostRow)
    owners = stores.consignments.owners(connection, [key.pair for key in keys((host.reference,), "")])
    return next(((owner, _of_host(host, owner, leaf.at), False) for owner in owners.values()), None)


def _of_host(host: HostRow, consignment: UUID, told: datetime) -> ExaminationResult:
    found, returned = host.decision.found, host.returned or told
    is_examined = bool(host.is_examined) and found is not None
    return ExaminationResult(
        consignment=str(consignment),
        officer="host",
        examined=returned if is_examined else None,
        returned=returned,
        selected="host",
        depth=(host.depth or "full") if is_examined else "not-examined",
        conclusion="not-examined" if not is_examined else "irregular" if found else "conform",
        offences=tuple(name for name in OFFENCES if found and name == host.decision.offence),
    )

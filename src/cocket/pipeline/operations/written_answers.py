# SPDX-License-Identifier: Apache-2.0
"""The answer to a message in a form that its sender's system reads: for whoever may see the message, and for its sender by e-mail."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid5

import msgspec

from cocket.findings import Finding
from cocket.model import Reading
from cocket.pipeline.base.agency_holds import KeptHold, kept_holds
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.dossiers import newest_declaration
from cocket.pipeline.consignment.papers import papers_of
from cocket.standards.answers import AnswerForm, form_for, write_answer
from cocket.standards.wco_dm.response import AgencyHold, Decision


class WrittenAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a message as a message.

    Attributes:
        form: Which form, of `cocket.standards.answers.FORMS`.
        content: Its bytes.
    """

    form: AnswerForm
    content: bytes


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What the answer to a message is made of.

    Attributes:
        id: Our id of the message.
        standard: Its standard; None if not known.
        reference: Its sender's reference; None if it has none.
        is_accepted: Whether it was accepted.
        sender: Whose it is.
        received: When it came, UTC.
        version: Which version of its reference.
        findings: What was found in it (0..n).
    """

    id: str
    standard: str | None
    reference: str | None
    is_accepted: bool
    sender: str
    received: datetime
    version: int
    findings: tuple[Finding, ...]


def answer_to(stores: Stores, told: Answered, form: AnswerForm | None = None) -> WrittenAnswer:
    """The answer to a message as a message: the same bytes whenever it is asked for, while nothing it says changed.

    The answer to a declaration that stands says which other agencies hold its goods, or held them: those alone that work here
    themselves, since what customs writes down for one may hang on what was advised.

    Args:
        stores: The stores.
        told: The message.
        form: The form; None for the one that goes with the standard of the message.

    Raises:
        StoreError: The database does not answer.
    """
    form = form or form_for(told.standard)
    judged = Reading(
        outcome="accepted" if told.is_accepted else "refused",
        reference=told.reference,
        findings=told.findings,
    )
    message = UUID(told.id)
    holds = _told_holds(stores, message)
    reference = uuid5(message, repr(holds)).hex if holds else told.id.replace("-", "")
    decision = Decision(now=told.received, reference=reference, version=told.version, holds=holds)
    parties = stores.settings.log_origin, told.sender
    return WrittenAnswer(form=form, content=write_answer(judged, decision, form, parties))


def _told_holds(stores: Stores, message: UUID) -> tuple[AgencyHold, ...]:
    """What is told of agencies' holds on the goods of a declaration that stands (0..n)."""
    with stores.database.transaction() as connection:
        dossiers = stores.consignments.of_message(connection, message)
        every = kept_holds(stores, connection, dossiers)
        own = {one: tuple(each for each in words if each.hold.is_own) for one, words in every.items()}
        held = [one for one, words in own.items() if words]
        papers = papers_of(stores, connection, held) if held else {}
    found = []
    for one in held:
        standing = newest_declaration(papers.get(one, ()))
        if standing is not None and standing.message_id == str(message):
            found += [_told_hold(each) for each in own[one]]
    return tuple(found)


def _told_hold(kept: KeptHold) -> AgencyHold:
    """A hold as its trader is told of it: the reason is for customs."""
    hold = kept.hold
    return AgencyHold(
        agency=hold.agency,
        since=kept.at if hold.is_held else kept.first,
        ended=None if hold.is_held else kept.at,
        item=hold.item,
        law=hold.law,
    )

# SPDX-License-Identifier: Apache-2.0
"""Doubts about declared values: how values stand, the question, and every step after it, each sealed as it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from cocket.errors import SenderError
from cocket.findings import Finding
from cocket.governance import Context, Principal, Resource, disclose
from cocket.measures.customs_value import ValuedItem, valued_items
from cocket.measures.valuation import (
    Asked,
    Comparisons,
    Decided,
    DeclaredValue,
    Doubt,
    Guarantee,
    Proposed,
    Step,
    further_questions,
    guarantee_for,
    indicate,
    inquiry_of,
    kind_of,
    particulars,
    points_of,
    state_of,
    take,
    weaknesses,
)
from cocket.model import Declaration
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.ids import new_id, parse_id
from cocket.pipeline.base.tariff import calculator_of
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.dossiers import moment_of, newest_declaration
from cocket.pipeline.consignment.papers import papers_of
from cocket.pipeline.measures.doubt_views import VALUE_DOUBT, DoubtView, NewDoubt, SealedStep, ValueView, doubt_view
from cocket.pipeline.measures.value_forms import value_form_of
from cocket.pipeline.measures.value_history import ValueMemory
from cocket.stores.base.database import Connection
from cocket.stores.consignment.rows import Line
from cocket.stores.control.case_files import StoredCaseFile

#: Steps that belong to asking; all others need the right to decide.
_ASKING: Final = ("asked", "answered", "grounds-told")


class Doubts(Service):
    """Values and doubts.

    Args:
        shelves: The stores of this process.

    Attributes:
        needs_second: Whether a decision on a value waits for a second person.
    """

    needs_second = False

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._values_known: ValueMemory | None = None

    def values(self, principal: Principal, consignment_id: str) -> tuple[ValueView, ...]:
        """How the declared value of each item stands (0..n).

        Raises:
            NotFoundError: There is no such consignment that this principal may see.
        """
        with self._stores.database.transaction() as connection:
            line, _ = self._access.advised_dossier(connection, principal, consignment_id)
            shown = self._value_views(connection, line)
            self._access.seal(connection, self._access.record(principal, "value", (str(line.id),)))
        return tuple(disclose(principal, "value", one) for one in shown)

    def doubts(self, principal: Principal, consignment_id: str) -> tuple[DoubtView, ...]:
        """Doubts about the values of a consignment, oldest first (0..n).

        Raises:
            NotFoundError: There is no such consignment that this principal may see.
        """
        with self._stores.database.transaction() as connection:
            line, _ = self._access.dossier(connection, principal, consignment_id)
            files = self._stores.case_files.of_consignment(connection, line.id)
            today = _now().date()
            shown = tuple(doubt_view(_doubt(file), file.office, today) for file in files if file.kind == VALUE_DOUBT)
            if shown:
                self._access.seal(connection, self._access.record(principal, "doubt", tuple(one.id for one in shown)))
        return tuple(disclose(principal, "doubt", one) for one in shown)

    def doubt(self, principal: Principal, doubt_id: str) -> DoubtView:
        """One doubt.

        Raises:
            NotFoundError: There is none such that this principal may see.
        """
        with self._stores.database.transaction() as connection:
            file, _ = self._doubt_file(connection, principal, doubt_id)
            self._access.seal(connection, self._access.record(principal, "doubt", (str(file.id),)))
            view = doubt_view(_doubt(file), file.office, _now().date())
            line = self._stores.consignments.line(connection, UUID(view.consignment))
        if line is not None:
            view = msgspec.structs.replace(
                view, title=line.title, trader=line.trader, goods=line.goods, value=line.value
            )
        return disclose(principal, "doubt", view)

    def raise_doubt(self, principal: Principal, consignment_id: str, new: NewDoubt) -> DoubtView:
        """Ask for an explanation of a declared value; the doubt begins with the question.

        Raises:
            NotFoundError: There is no such consignment, or no such item in it.
            PolicyError: The principal may not ask.
            DoubtOrderError: The question lacks what it must say.
        """
        now = _now()
        with self._stores.database.transaction() as connection:
            line, where = self._access.advised_dossier(connection, principal, consignment_id)
            self._access.require(principal, "query:raise", where)
            doubt = self._new_doubt(connection, line, new.item)
            step = Asked(
                at=now,
                by=principal.id,
                to=new.to.strip(),
                question=new.question.strip(),
                papers=new.papers,
                answer_by=new.answer_by,
            )
            file = StoredCaseFile(
                id=UUID(doubt.id),
                kind=VALUE_DOUBT,
                state="new",
                consignment=line.id,
                office=line.office,
                opened=now,
                changed=now,
                body=b"",
            )
            doubt = self._keep_step(connection, (file, line.trader), doubt, step)
        return disclose(principal, "doubt", doubt_view(doubt, line.office, now.date()))

    def take_step(self, principal: Principal, doubt_id: str, kind: str, fields: Mapping[str, Any]) -> DoubtView:
        """Take a further step in the life of a doubt.

        Where the house asks for a second person, a decision is first kept as a proposal; a second person who decides the
        same makes it final, or sends it back.

        Args:
            principal: Who takes it.
            doubt_id: The doubt.
            kind: Kind of step, such as `answered`.
            fields: What the step says, by field; text is taken for numbers and days.

        Raises:
            NotFoundError: There is none such that this principal may see.
            PolicyError: The principal may not take this step.
            DoubtOrderError: It may not be taken now, or lacks what it must say.
            SenderError: A field cannot be read.
        """
        now = _now()
        with self._stores.database.transaction() as connection:
            file, where = self._doubt_file(connection, principal, doubt_id, to_change=True)
            doubt = _doubt(file)
            self._require_step(principal, kind, (doubt, where))
            step = _step(kind, {**fields, "at": now, "by": principal.id})
            if isinstance(step, Decided):
                step = self._decision_on(doubt, step)
            doubt = self._keep_step(connection, (file, None), doubt, step)
        return disclose(principal, "doubt", doubt_view(doubt, file.office, now.date()))

    def guarantee(self, principal: Principal, doubt_id: str) -> Guarantee | None:
        """The security that would be sufficient while a doubt is open; None where none is called for or no tariff is kept.

        Raises:
            NotFoundError: There is no such doubt that this principal may see.
            SettingsError: The tariff of the house is not valid.
        """
        calculator = calculator_of(self._stores.settings)
        with self._stores.database.transaction() as connection:
            file, _ = self._doubt_file(connection, principal, doubt_id)
            doubt = _doubt(file)
            papers = papers_of(self._stores, connection, [UUID(doubt.consignment)]).get(UUID(doubt.consignment), ())
            self._access.seal(connection, self._access.record(principal, "doubt", (str(file.id),)))
        paper = newest_declaration(papers)
        if calculator is None or doubt.indication is None or paper is None or paper.declaration is None:
            return None
        day = moment_of(paper.declaration, paper.received).date()
        by = calculator.tariff.basis
        valued, _ = valued_items(paper.declaration, day, calculator.rates, by, value_form_of(papers))
        for place, (item, one) in enumerate(zip(paper.declaration.shipment.items, valued, strict=True), start=1):
            if (item.sequence or place) == doubt.item:
                return guarantee_for(calculator, one.goods, doubt.indication)
        return None

    def _value_memory(self) -> ValueMemory:
        """What this process remembers of declared values; made when first asked for."""
        if self._values_known is None:
            calculator = calculator_of(self._stores.settings)
            self._values_known = ValueMemory(self._stores, calculator.rates if calculator else None)
        return self._values_known

    def _require_step(self, principal: Principal, kind: str, about: tuple[Doubt, Resource]) -> None:
        doubt, where = about
        if kind in _ASKING:
            self._access.require(principal, "query:raise", where)
            return
        last = doubt.steps[-1]
        is_second = kind in ("decided", "sent-back") and isinstance(last, Proposed)
        second = last.by if is_second else None
        self._access.require(principal, "value:decide", where, Context(needs_second=is_second, second=second))

    def _decision_on(self, doubt: Doubt, step: Decided) -> Decided | Proposed:
        """A decision as policy of the house has it: final at once, a proposal, or agreement to one."""
        last = doubt.steps[-1]
        if isinstance(last, Proposed):
            agreed = last if step.outcome == last.outcome else step
            return msgspec.structs.replace(
                step, proposed_by=last.by, cause=agreed.cause, grounds=agreed.grounds, in_writing=agreed.in_writing
            )
        if not self.needs_second:
            return msgspec.structs.replace(step, proposed_by=None)
        fields = msgspec.structs.asdict(step)
        del fields["proposed_by"]
        return Proposed(**fields)

    def _new_doubt(self, connection: Connection, line: Line, item: int | None) -> Doubt:
        about: dict[str, Any] = {}
        if item is not None:
            view = next((one for one in self._value_views(connection, line) if one.item == item), None)
            if view is None:
                raise NotFoundError("There is no such item in the declaration.")
            about = {"indication": view.indication, "points": view.points}
        return Doubt(id=str(new_id()), consignment=str(line.id), item=item, **about)

    def _keep_step(
        self, connection: Connection, file: tuple[StoredCaseFile, str | None], doubt: Doubt, step: Step
    ) -> Doubt:
        """Take the step, keep the file as it then stands, and seal the step as the last act of the transaction."""
        stored, trader = file
        after = take(doubt, step)
        keys = [("consignment", doubt.consignment), *((("trader", trader),) if trader else ())]
        kept = msgspec.structs.replace(
            stored, state=state_of(after.steps), changed=step.at, body=msgspec.json.encode(after)
        )
        self._stores.case_files.put(connection, kept, keys)
        sealed = SealedStep(
            doubt=after.id,
            consignment=after.consignment,
            item=after.item,
            indication=after.indication if not doubt.steps else None,
            step=step,
            points=after.points if not doubt.steps else None,
            trader=trader,
        )
        kind = f"doubt-{kind_of(step)}"
        self._access.seal(connection, self._stores.sealer.record(kind, step.by, sealed, about=stored.id, at=step.at))
        return after

    def _value_views(self, connection: Connection, line: Line) -> tuple[ValueView, ...]:
        papers = papers_of(self._stores, connection, [line.id]).get(line.id, ())
        paper = newest_declaration(papers)
        if paper is None or paper.declaration is None:
            return ()
        declaration, form = paper.declaration, value_form_of(papers)
        questions = further_questions(particulars(declaration, form))
        valued: tuple[ValuedItem, ...] = ()
        if (calculator := calculator_of(self._stores.settings)) is not None:
            day = moment_of(declaration, paper.received).date()
            valued, _ = valued_items(declaration, day, calculator.rates, calculator.tariff.basis, form)
        memory = self._value_memory()
        with memory.lock:
            memory.catch_up(connection)
            found = memory.values_in(declaration, paper.received)
            return tuple(
                _value_view(
                    value,
                    (declaration, place),
                    memory.comparisons,
                    (*_of_building(valued[place : place + 1]), *questions),
                )
                for place, value in enumerate(found)
            )

    def _doubt_file(
        self, connection: Connection, principal: Principal, doubt_id: str, *, to_change: bool = False
    ) -> tuple[StoredCaseFile, Resource]:
        """A doubt that this principal may see, and whose it is: of the office that raised it, and of those of the advice."""
        wanted = parse_id(doubt_id)
        file = self._stores.case_files.get(connection, wanted, to_change=to_change) if wanted else None
        if file is None or file.kind != VALUE_DOUBT:
            raise NotFoundError("There is no such doubt.")
        _, where = self._access.dossier(connection, principal, _doubt(file).consignment, "doubt")
        raised_at = (file.office,) if file.office else ()
        acting = msgspec.structs.replace(where.advice, offices=(*where.advice.offices, *raised_at))
        return file, acting


def _doubt(file: StoredCaseFile) -> Doubt:
    return msgspec.json.decode(file.body, type=Doubt)


def _of_building(valued: tuple[ValuedItem, ...]) -> tuple[Finding, ...]:
    """The question that a declared value puts which is not that of its own price, terms and charges (0..1)."""
    if not any(one.agrees is False for one in valued):
        return ()
    message = "The declared value is not what price, terms and stated charges come to. What was added or taken off?"
    return (Finding(code="value-differs-from-built", severity="warning", message=message),)


def _value_view(
    value: DeclaredValue, where: tuple[Declaration, int], comparisons: Comparisons, questions: tuple[Finding, ...]
) -> ValueView:
    declaration, place = where
    item = declaration.shipment.items[place]
    indication = indicate(value, comparisons)
    return ValueView(
        item=item.sequence or place + 1,
        goods=item.commodity.description or item.commodity.commercial_description,
        indication=indication,
        weaknesses=weaknesses(indication.set) if indication.set else (),
        points=points_of(value, comparisons),
        inquiry=inquiry_of(indication, questions),
        open_questions=questions,
    )


def _step(kind: str, fields: Mapping[str, Any]) -> Step:
    """What was entered, as a step.

    Raises:
        SenderError: There is no such step, or a field of it is missing or cannot be read.
    """
    try:
        step: Step = msgspec.convert({**fields, "kind": kind}, Step, strict=False)
    except msgspec.ValidationError as error:
        finding = Finding(
            code="step-unreadable", severity="error", message="a field cannot be read: {found}", found=str(error)[:200]
        )
        raise SenderError("The step cannot be read.", code="step", findings=(finding,)) from error
    return step


def _now() -> datetime:
    return datetime.now(UTC)

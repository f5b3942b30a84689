# SPDX-License-Identifier: Apache-2.0
"""Declarations filled in by hand: kept while they are filled in, and lodged through the same door as any message.

A draft is the trader's own and nobody else's: nothing of it is sealed and no officer sees it, until it is lodged. Then it is a
message of the WCO Data Model, judged and answered as one that came over HTTP. Policy action: `message:lodge`, of the sender.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from cocket import standards
from cocket.consignment.hand_drafts import (
    Draft,
    DraftLine,
    DraftSource,
    check_draft,
    declaration_of,
    draft_of_invoice,
    field_of,
)
from cocket.errors import SenderError, SettingsError, UnreadableError
from cocket.findings import Finding
from cocket.governance import Principal, Resource
from cocket.governance.retention import Schedule, end_of
from cocket.model import CommercialInvoice, Declaration, Envelope
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.ids import made_at, new_id, parse_id
from cocket.pipeline.base.retention_file import schedule_in_force
from cocket.pipeline.base.tariff import calculator_of
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.intake.draft_tables import INSTEAD, TAKEN, draft_of_table
from cocket.pipeline.intake.machine_access import MachineAccess
from cocket.pipeline.intake.messages import Answer
from cocket.pipeline.measures.duties import costs_of
from cocket.risk.classify import Classifier, Suggestion, builtin_examples
from cocket.standards import Options
from cocket.standards.invoice.hybrid import invoice_in_pdf, is_pdf
from cocket.stores.base.database import Connection
from cocket.stores.base.packing import pack, unpack
from cocket.stores.intake.declaration_drafts import DeclarationDrafts, StoredDraft

#: The standard in which drafts are lodged.
STANDARD: Final = "wco-dm"

#: Drafts of one sender at most (count), and the longest of one (bytes as JSON).
MOST_DRAFTS: Final = 200
LONGEST: Final = 4 * 1024 * 1024

#: Findings of an invoice that are kept (count).
_MOST_FOUND: Final = 2_000


class DraftEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One draft in a list.

    Attributes:
        id: Its id.
        sender: For whom.
        flow: Import or export.
        reference: Its reference.
        lines: How many lines (count).
        changed: When it last changed, UTC.
        kept_until: Last day on which it is kept for certain: afterwards it may be destroyed under the retention schedule, unless it
            changes before. None where no rule of the schedule speaks of drafts: it is kept until it is sent or thrown away.
    """

    id: str
    sender: str
    flow: str
    reference: str
    lines: int
    changed: datetime
    kept_until: date | None = None


class EstimatedLine(msgspec.Struct, frozen=True, kw_only=True):
    """What one line is estimated to cost.

    Attributes:
        line: Its number (1-based).
        code: Line of the tariff; empty if none was found.
        duties: Each duty or tax as (kind, rate in words, amount) (0..n).
        total: Their sum, as text; None if anything could not be computed.
        assumed: What was taken for granted, in words (0..n).
        not_computable: What could not be computed, and why, in words (0..n).
        controls: Prohibitions and controls of the tariff on these goods, in words (0..n).
    """

    line: int
    code: str
    duties: tuple[tuple[str, str, str], ...] = ()
    total: str | None = None
    assumed: tuple[str, ...] = ()
    not_computable: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """What a draft is estimated to cost by the tariff of the house; no decision of customs.

    Attributes:
        day: Day whose tariff and rates of exchange were taken.
        currency: ISO 4217 of all amounts.
        total: Sum of all lines, as text; None if that of any line is not known.
        is_on_price: Whether the price of each line was taken for its value, without charges or discounts on the whole: the
            tariff does not say what a value includes.
        lines: Line by line (0..n).
    """

    day: date
    currency: str
    total: str | None
    is_on_price: bool = False
    lines: tuple[EstimatedLine, ...] = ()


class DraftView(msgspec.Struct, frozen=True, kw_only=True):
    """A draft, with what stands against lodging it.

    Attributes:
        id: Its id.
        version: Which version this is; a change names the version that it changes.
        changed: When it last changed, UTC.
        draft: What was filled in.
        findings: What stands against it (0..n); `location` names the field. Errors keep it from being lodged.
        can_be_lodged: Whether none of them is an error.
        estimate: What it is estimated to cost; None where the installation has no tariff.
    """

    id: str
    version: int
    changed: datetime
    draft: Draft
    findings: tuple[Finding, ...] = ()
    can_be_lodged: bool = False
    estimate: Estimate | None = None


class Drafts(Service):
    """Keeping drafts, and lodging them.

    Args:
        stores: The stores of this process.
        messages: Take in what is lodged.
    """

    def __init__(self, stores: Stores, messages: MachineAccess) -> None:
        super().__init__(stores)
        self._messages = messages
        self._drafts = DeclarationDrafts()

    def own_drafts(self, principal: Principal) -> tuple[DraftEntry, ...]:
        """Drafts of the senders that this principal may lodge for, last changed first (0..n).

        Raises:
            PolicyError: The principal may lodge for nobody.
        """
        senders = self._senders(principal)
        with self._stores.database.transaction() as connection:
            stored = self._drafts.of_senders(connection, senders)
        mine = [one for one in stored if self._access.may(principal, "message:lodge", _begun(one))]
        keeping = self._keeping()
        return tuple(_entry(one, self._opened(one), keeping(one.changed)) for one in mine)

    def own_draft(self, principal: Principal, draft_id: str) -> DraftView:
        """One draft, with what stands against lodging it and what it is estimated to cost.

        Raises:
            NotFoundError: There is no such draft of his own.
        """
        with self._stores.database.transaction() as connection:
            stored = self._own(connection, principal, draft_id)
        return self._view(stored, self._opened(stored))

    def begin(self, principal: Principal, draft: Draft) -> DraftView:
        """Keep a new draft.

        Args:
            principal: Whose.
            draft: What is filled in so far; without a sender it is for the only one that the principal may lodge for.

        Raises:
            PolicyError: The principal may not lodge for its sender.
            SenderError: No sender is named and there are several, or there are too many drafts.
        """
        sender = self._sender(principal, draft.sender)
        draft = msgspec.structs.replace(draft, sender=sender, read_from=())
        stored = StoredDraft(id=new_id(), sender=sender, version=0, changed=_now(), content=b"")
        with self._stores.database.transaction() as connection:
            if self._drafts.count(connection, sender) >= MOST_DRAFTS:
                raise SenderError(
                    f"There are {MOST_DRAFTS} drafts of this sender; send one or throw one away first.",
                    code="drafts-many",
                )
            stored = self._keep(connection, stored, draft)
        return self._view(stored, draft)

    def change(self, principal: Principal, draft_id: str, version: int, draft: Draft) -> DraftView:
        """Put what is filled in now in the place of what was. What it was read from stays as it is, and so does its sender.

        Args:
            principal: Whose.
            draft_id: The draft.
            version: The version that is changed.
            draft: All of it.

        Raises:
            NotFoundError: There is no such draft of his own.
            SenderError: It was changed in another place since (`draft-changed`).
        """
        with self._stores.database.transaction() as connection:
            stored = self._own(connection, principal, draft_id, version)
            before = self._opened(stored)
            draft = msgspec.structs.replace(draft, sender=stored.sender, read_from=before.read_from)
            stored = self._keep(connection, stored, draft)
        return self._view(stored, draft)

    def read_file(self, principal: Principal, draft_id: str, version: int, name: str, content: bytes) -> DraftView:
        """Fill a draft from an invoice or a table of lines; what was filled in before stays.

        Args:
            principal: Whose.
            draft_id: The draft.
            version: The version that is changed.
            name: Name of the file.
            content: An invoice of any standard that is read, a PDF that carries one, or lines as CSV or a workbook.

        Raises:
            NotFoundError: There is no such draft of his own.
            SenderError: It was changed in another place since, or the file is none of these; `findings` say why.
        """
        with self._stores.database.transaction() as connection:
            stored = self._own(connection, principal, draft_id, version)
            before = self._opened(stored)
            lines = tuple(one for one in before.lines if one != DraftLine())
            draft = _known_again(_filled(msgspec.structs.replace(before, lines=lines), name, content), content)
            stored = self._keep(connection, stored, draft)
        return self._view(stored, draft)

    def shown(self, principal: Principal, draft_id: str, draft: Draft) -> DraftView:
        """A draft as it would be with other content, which is not kept; the version is the newest.

        Raises:
            NotFoundError: There is no such draft of his own.
        """
        with self._stores.database.transaction() as connection:
            stored = self._own(connection, principal, draft_id)
            before = self._opened(stored)
        return self._view(stored, msgspec.structs.replace(draft, sender=stored.sender, read_from=before.read_from))

    def codes(self, principal: Principal, text: str) -> tuple[Suggestion, ...]:
        """Subheadings that a description speaks for, most likely first (0..10); a suggestion is no ruling.

        Raises:
            PolicyError: The principal may lodge for nobody.
        """
        self._senders(principal)
        return _classifier().suggest([text])[0] if text.strip() else ()

    def discard(self, principal: Principal, draft_id: str) -> None:
        """Throw a draft away, for good.

        Raises:
            NotFoundError: There is no such draft of his own.
        """
        with self._stores.database.transaction() as connection:
            self._drafts.remove(connection, self._own(connection, principal, draft_id).id)

    def lodge(self, principal: Principal, draft_id: str, version: int) -> Answer:
        """Lodge a draft as a message; it is gone from the drafts once it is accepted.

        Where the answer is lost, the draft tells: if it is there still it can be lodged again, and the same content is the same
        message; if it is gone it was accepted, and is among the messages.

        Raises:
            NotFoundError: There is no such draft of his own.
            SenderError: It was changed in another place since, or something stands against it; `findings` say what.
            StoreError: It could not be stored; the draft is still there.
        """
        with self._stores.database.transaction() as connection:
            stored = self._own(connection, principal, draft_id, version)
        draft = self._opened(stored)
        findings = tuple(_judged(draft))
        if any(one.severity == "error" for one in findings):
            raise SenderError("The declaration cannot be sent yet.", code="draft-not-ready", findings=findings)
        envelope = Envelope(
            sender=stored.sender,
            actor=principal.id,
            door="workbench" if principal.kind == "officer" else "api",
            content=_message(draft),
            received=_now(),
            content_type="application/xml",
        )
        (answer,) = self._messages.take_many([envelope], principal=principal)
        if answer.outcome == "accepted":
            with self._stores.database.transaction() as connection:
                newest = self._drafts.get(connection, stored.id, to_change=True)
                if newest is not None and newest.version == version:
                    self._drafts.remove(connection, stored.id)
        return answer

    def _keeping(self) -> Callable[[datetime], date | None]:
        """What gives the last day on which a draft is kept for certain, by when it last changed."""
        try:
            schedule, _ = schedule_in_force(self._stores.settings)
        except SettingsError:  # nothing is erased by a schedule that is not in order, and it is no trader's affair
            schedule = Schedule()
        zone = ZoneInfo(self._stores.settings.time_zone)
        rules = [one for one in schedule.rules if one.class_ == "draft"]
        return lambda changed: max((end_of(one, changed, zone) for one in rules), default=None)

    def _senders(self, principal: Principal) -> list[str]:
        mine = [
            one
            for one in sorted(set(principal.senders))
            if self._access.may(principal, "message:lodge", Resource(sender=one))
        ]
        if not mine:
            self._access.require(principal, "message:lodge")
        return mine

    def _sender(self, principal: Principal, wanted: str) -> str:
        if wanted:
            self._access.require(principal, "message:lodge", Resource(sender=wanted))
            return wanted
        mine = self._senders(principal)
        if len(mine) != 1:
            raise SenderError("Say for whom it is.", code="draft-sender", expected=", ".join(mine)[:200] or None)
        return mine[0]

    def _own(
        self, connection: Connection, principal: Principal, draft_id: str, version: int | None = None
    ) -> StoredDraft:
        """A draft of this principal's own; to change it, if a version is named."""
        wanted: UUID | None = parse_id(draft_id)
        stored = self._drafts.get(connection, wanted, to_change=version is not None) if wanted else None
        if stored is None or not self._access.may(principal, "message:lodge", _begun(stored)):
            raise NotFoundError("There is no such draft.")
        if version is not None and version != stored.version:
            raise SenderError(
                "The draft was changed in another place since you opened it.",
                code="draft-changed",
                expected=str(stored.version),
                found=str(version),
                hint="Open it again and make your change there.",
            )
        return stored

    def _keep(self, connection: Connection, stored: StoredDraft, draft: Draft) -> StoredDraft:
        content = msgspec.json.encode(draft)
        if len(content) > LONGEST:
            raise SenderError("The draft is too long.", code="draft-long", expected=f"at most {LONGEST} bytes")
        closed = self._stores.secrets_box.wrap(_name(stored), pack(content))
        kept = msgspec.structs.replace(stored, version=stored.version + 1, changed=_now(), content=closed)
        self._drafts.put(connection, kept)
        return kept

    def _opened(self, stored: StoredDraft) -> Draft:
        content = unpack(self._stores.secrets_box.unwrap(_name(stored), stored.content))
        return msgspec.json.decode(content, type=Draft)

    def _view(self, stored: StoredDraft, draft: Draft) -> DraftView:
        findings = tuple(_judged(draft))
        return DraftView(
            id=str(stored.id),
            version=stored.version,
            changed=stored.changed,
            draft=draft,
            findings=findings,
            can_be_lodged=all(one.severity != "error" for one in findings),
            estimate=self._estimate(draft),
        )

    def _estimate(self, draft: Draft) -> Estimate | None:
        """What it would cost today; None without a tariff, or where the tariff is not in order, which is no trader's affair."""
        try:
            calculator = calculator_of(self._stores.settings)
        except SettingsError:
            return None
        if calculator is None or not draft.lines:
            return None
        day = _now().date()
        is_on_price = calculator.tariff.basis is None
        declaration = declaration_of(draft)
        costs = costs_of(_at_price(declaration) if is_on_price else declaration, day, calculator)
        totals = [one.total if one.payable is None else one.payable for one in costs]
        known = [Decimal(one) for one in totals if one is not None]
        return Estimate(
            day=day,
            currency=calculator.tariff.currency,
            total=str(sum(known, Decimal(0))) if len(known) == len(totals) else None,
            is_on_price=is_on_price,
            lines=tuple(
                EstimatedLine(
                    line=one.item,
                    code=one.code,
                    duties=tuple((each.kind, each.rate, each.amount) for each in one.lines),
                    total=total,
                    assumed=one.assumed,
                    not_computable=one.not_computable,
                    controls=one.controls,
                )
                for one, total in zip(costs, totals, strict=True)
            ),
        )


def _filled(draft: Draft, name: str, content: bytes) -> Draft:
    """A draft with what a file says.

    Raises:
        SenderError: The file is no invoice and no table of lines.
    """
    packed = invoice_in_pdf(content) if is_pdf(content) else content
    reading = standards.read(packed, Options(limit=_MOST_FOUND))
    if isinstance(reading.document, CommercialInvoice) and len(reading.readings) == 1:
        filled = draft_of_invoice(draft, reading.document, (name, str(reading.standard)), reading.findings)
        return _beside(filled, name) if packed is not content else filled
    if reading.standard is not None:
        raise SenderError(
            "The file is a message, but not one invoice.",
            code="draft-not-an-invoice",
            expected=TAKEN,
            found=reading.standard,
            hint=INSTEAD,
            findings=reading.findings if reading.outcome == "refused" else (),
        )
    if packed is not content:
        raise UnreadableError("The invoice in the PDF cannot be read.", code="draft-pdf", findings=reading.findings)
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        raise SenderError("An invoice in JSON is not read.", code="draft-json", expected=TAKEN, hint=INSTEAD)
    if content.startswith((b"UNA", b"UNB+")):
        raise SenderError("An invoice in EDIFACT is not read.", code="draft-edifact", expected=TAKEN, hint=INSTEAD)
    return draft_of_table(draft, name, content)


def _beside(draft: Draft, name: str) -> Draft:
    """A draft whose last source says that it is the file in a PDF that was read."""
    note = Finding(
        code="draft-pdf-page",
        severity="info",
        message="the file inside {found} was read, not what its page shows; compare them",
        found=name[:200],
    )
    last = draft.read_from[-1]
    said: DraftSource = msgspec.structs.replace(last, notes=(note, *last.notes))
    return msgspec.structs.replace(draft, read_from=(*draft.read_from[:-1], said))


def _known_again(draft: Draft, content: bytes) -> Draft:
    """A draft whose last source says which bytes it was read from."""
    last = msgspec.structs.replace(draft.read_from[-1], digest=sha256(content).hexdigest())
    return msgspec.structs.replace(draft, read_from=(*draft.read_from[:-1], last))


def _judged(draft: Draft) -> Iterator[Finding]:
    """What stands against a draft: its own checks, then those of the standard on the message that it would be."""
    own = check_draft(draft)
    yield from own
    named = {one.location for one in own}
    try:
        found = standards.read(_message(draft)).findings
    except SenderError as error:
        words = "the declaration cannot be written: {found}"
        found = error.findings or (Finding(code=error.code, severity="error", message=words, found=str(error)[:200]),)
    for one in found:
        field = field_of(one.location)
        if field is None or field not in named:
            yield msgspec.structs.replace(one, location=field)


def _message(draft: Draft) -> bytes:
    return standards.write(declaration_of(draft), STANDARD, is_compared=True)


@lru_cache(maxsize=1)
def _classifier() -> Classifier:
    return Classifier(builtin_examples())


def _at_price(declaration: Declaration) -> Declaration:
    """A declaration whose lines are worth what they cost."""
    items = tuple(msgspec.structs.replace(one, customs_value=one.commodity.price) for one in declaration.shipment.items)
    return msgspec.structs.replace(declaration, shipment=msgspec.structs.replace(declaration.shipment, items=items))


def _begun(stored: StoredDraft) -> Resource:
    """A draft as policy sees it: of its sender, and of when it was begun; an agent sees none of before his mandate."""
    return Resource(sender=stored.sender, lodged=made_at(stored.id))


def _entry(stored: StoredDraft, draft: Draft, kept_until: date | None) -> DraftEntry:
    return DraftEntry(
        id=str(stored.id),
        sender=stored.sender,
        flow=draft.flow,
        reference=draft.reference,
        lines=len(draft.lines),
        changed=stored.changed,
        kept_until=kept_until,
    )


def _name(stored: StoredDraft) -> str:
    """What the content of a draft is bound to: moved to another id or sender, it cannot be opened."""
    return f"draft {stored.id} {stored.sender}"


def _now() -> datetime:
    return datetime.now(UTC)

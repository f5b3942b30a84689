# SPDX-License-Identifier: Apache-2.0
"""Payment in the house: declarants are advised what to pay, and what the bank says was paid is matched with it.

An advice is a file of its own, found by its reference; a payment is another, found by every name the bank gives it. The
same payment on a notification and on a statement is one file, and so counts once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Final, Literal
from uuid import UUID, uuid5

import msgspec

from cocket.errors import SenderError, SettingsError
from cocket.findings import Finding
from cocket.governance import Context, Principal, disclose
from cocket.languages import Language
from cocket.measures.customs_value import valued_items
from cocket.measures.payments import (
    BankEntry,
    Payee,
    Payer,
    PaymentAdvice,
    Received,
    Standing,
    charges_due,
    grouped,
    make_reference,
    read_payee,
    read_statement,
    stand,
    write_order,
    write_refund,
    write_slip,
)
from cocket.measures.tariff import Calculator, Goods
from cocket.model import Declaration, ValueDeclaration
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.ids import parse_id
from cocket.pipeline.base.ownership import of_messages
from cocket.pipeline.base.readings import alone, each_in, reading_of
from cocket.pipeline.base.tariff import calculator_of, required_calculator, tariff_digest
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.dossiers import moment_of, newest_declaration
from cocket.pipeline.consignment.papers import papers_of
from cocket.pipeline.measures.permits import ledger_name
from cocket.pipeline.measures.value_forms import value_form_of
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.consignment.rows import Line
from cocket.stores.control.case_files import StoredCaseFile
from cocket.stores.intake.messages import StoredMessage

PAYMENT_ADVICE: Final = "payment-advice"
PAYMENT: Final = "payment"

#: Namespace of the ids of advices and payments: the same reference has the same id in every process.
_FILES = UUID("0a6a3c1e-8f7e-5b0b-9c54-6d1f3b2f5a40")

#: What became of an entry of a statement. Only what is `counted` counts for an advice.
Outcome = Literal[
    "counted",
    "repeat",  # the bank has told of it before
    "no-reference",
    "unknown-reference",
    "several-references",
    "other-currency",
    "possible-repeat",  # all but its names is as in a payment that counts, and the names are of different kinds
    "detailed",  # a later file of the bank tells the payments that it is made of, and they count instead
    "unidentified",  # the bank gives it no name of its own: it cannot be told from a repeat
    "other-account",
    "refunded",  # no payment to us: what was paid too much was ordered to be paid back, and counts against it
    "contradicts",  # the bank told of it before with another amount, currency or account
    "future",
]

#: Outcome → what it means and what to do next, in words.
OUTCOMES: Final[dict[str, str]] = {
    "counted": "counts for the advice {reference}",
    "repeat": "the bank has reported this payment before; it counts once",
    "no-reference": "it carries no payment reference; ask the payer, then assign it",
    "unknown-reference": "no payment advice has the reference {reference}; ask the payer, then assign it",
    "several-references": "it carries the references of several advices; assign it, or return it",
    "other-currency": "it is in another currency than the advice {reference}; exchange it, or return it",
    "possible-repeat": "a payment like it counts for {reference}, and the bank names them differently; ask the bank, then assign it",
    "detailed": "the payments that it is made of are reported one by one",
    "unidentified": "the bank gives it no reference of its own, so it could not be told from a repeat; not imported",
    "other-account": "it was booked on an account that is not that of the administration; not imported",
    "refunded": "refunded to the payer under the advice {reference}",
    "future": "it is booked on a day that has not come yet; not imported: ask the bank",
    "contradicts": "the bank has reported it before with another amount or currency; not imported: ask the bank",
}

#: What is said of a payment that counts, though it was booked when nothing was asked for yet.
EARLY: Final = (
    "counts for the advice {reference}, though it was booked before there was such an advice; ask the payer whether it is "
    "meant for it"
)


class SealedPayment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The sealed record of a payment as the bank reported it, and what it counts for; the body of its file.

    Attributes:
        id: Its file.
        by: Who brought the statement, or assigned the payment.
        entry: The payment.
        outcome: What became of it.
        reference: Reference of the advice that it counts for, or that it names; empty for none.
        consignment: Dossier of that advice; empty for none.
        statement: SHA-256 of the file that told of it, hexadecimal.
        reason: Why it was assigned by hand; empty if it was not.
    """

    id: str
    by: str
    entry: BankEntry
    outcome: Outcome
    reference: str = ""
    consignment: str = ""
    statement: str = ""
    reason: str = ""


class SealedStatement(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of a statement that was taken in.

    Attributes:
        by: Who brought it.
        form: Its form.
        digest: SHA-256 of the file, hexadecimal.
        outcomes: Outcome → how many entries (count).
        passed_over: Entries that are no payments to us (count).
        unreadable: Entries that could not be read (count).
    """

    by: str
    form: str
    digest: str
    outcomes: dict[str, int]
    passed_over: int
    unreadable: int


class PaymentLine(msgspec.Struct, frozen=True, kw_only=True):
    """One payment as it is kept.

    Attributes:
        id: Its file.
        amount: Amount; negative where the bank took an earlier payment back.
        currency: ISO 4217.
        booked: Day of booking; None if the bank does not say.
        outcome: What became of it.
        says: The same in words.
        reference: Reference that it counts for, or names; empty for none.
        said: What the payer wrote.
        payer: Who paid; empty if not stated.
        account: Account it was booked on.
        taken: When it was taken in, or assigned, UTC.
        reason: Why it was assigned by hand; empty if it was not.
        is_early: Whether it counts, though it was booked before its advice was first made.
    """

    id: str
    amount: Decimal
    currency: str
    booked: date | None
    outcome: Outcome
    says: str
    reference: str
    said: str
    payer: str
    account: str
    taken: datetime
    reason: str = ""
    is_early: bool = False


class PaymentView(msgspec.Struct, frozen=True, kw_only=True):
    """What a declarant was asked to pay, and what was paid.

    Attributes:
        consignment: Dossier it belongs to; empty for whoever may not see it.
        advice: The newest advice; None if none was made.
        standing: How it stands; None without an advice.
        payments: What counts for it (0..n), in the order of booking.
        is_outdated: Whether the declaration, its tariff or rates have changed since, so that a new advice is due.
    """

    consignment: str = ""
    advice: PaymentAdvice | None = None
    standing: Standing | None = None
    payments: tuple[PaymentLine, ...] = ()
    is_outdated: bool = False


class TakenEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one entry of a statement.

    Attributes:
        place: Where it stands in the file.
        amount: Amount; negative where the bank took an earlier payment back.
        currency: ISO 4217.
        outcome: What became of it.
        says: The same in words, with what to do next.
        reference: Reference that it counts for, or names; empty for none.
        state: How the advice stands now (`part`, `paid`, …); empty if it counts for none.
    """

    place: str
    amount: Decimal
    currency: str
    outcome: Outcome
    says: str
    reference: str = ""
    state: str = ""


class TakenStatement(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a statement of a bank.

    Attributes:
        form: Its form.
        digest: SHA-256 of the file, hexadecimal.
        entries: What became of each payment (0..n), in the order of the file.
        passed_over: Entries that are no payments to us, each as place and reason (0..n).
        findings: Entries that could not be read (0..n).
    """

    form: str
    digest: str
    entries: tuple[TakenEntry, ...]
    passed_over: tuple[tuple[str, str], ...] = ()
    findings: tuple[Finding, ...] = ()


class PaymentList(msgspec.Struct, frozen=True, kw_only=True):
    """Payments that count for no advice yet (0..n), last taken first."""

    payments: tuple[PaymentLine, ...]


class Overpayment(msgspec.Struct, frozen=True, kw_only=True):
    """More was paid for an advice than was asked for.

    Attributes:
        reference: Reference of the advice.
        consignment: Dossier it belongs to.
        declaration: Number of the declaration; empty if it has none.
        payer: Name of the importer or declarant; empty if none is stated.
        currency: ISO 4217.
        asked: What was asked for.
        paid: What was paid, less refunds.
        over: What is to be refunded.
    """

    reference: str
    consignment: str
    declaration: str
    payer: str
    currency: str
    asked: Decimal
    paid: Decimal
    over: Decimal


class OverpaymentList(msgspec.Struct, frozen=True, kw_only=True):
    """Advices for which too much was paid (0..n), by reference."""

    overpayments: tuple[Overpayment, ...]


class NoAccountError(SenderError):
    """The instance has no account to which duties are paid (HTTP 422)."""

    code = "no-payment-account"


class Payments(Service):
    """Advices of payment, and what was paid."""

    def advise(self, principal: Principal, consignment_id: str, *, strict: bool = False) -> PaymentView:
        """Ask the declarant of a consignment to pay what its newest declaration owes.

        Asked again, nothing new is made as long as nothing has changed. Every version of a declaration has the same
        reference, so that what was paid before counts for the new amount.

        Args:
            principal: Who acts.
            consignment_id: The consignment.
            strict: Whether anything that was taken for granted in the duty answer refuses the advice.

        Raises:
            NotFoundError: There is no such consignment that this principal may see, or no declaration in it.
            NoTariffError: The instance has no tariff.
            NoAccountError: It has no account.
            PolicyError: The principal may not advise payments.
            SenderError: An amount is unknown, or assumed under `strict`, or nothing is due.
            SettingsError: Tariff or account are not valid.
        """
        with self._stores.database.transaction() as connection:
            line, where = self._access.dossier(connection, principal, consignment_id)
            self._access.require(principal, "payment:advise", where.papers)
            declared = self._declared(connection, line)
            self._stores.case_files.lock(connection, PAYMENT_ADVICE)
            payee = self._payee()
            fresh = self._fresh(line, declared, payee, strict=strict)
            known = self._stores.case_files.get(connection, file_id(PAYMENT_ADVICE, fresh.reference), to_change=True)
            was = msgspec.json.decode(known.body, type=PaymentAdvice) if known else None
            if was is None or _bare(was) != _bare(fresh):
                record = self._stores.sealer.record(PAYMENT_ADVICE, principal.id, fresh, about=line.id)
                self._stores.case_files.put(connection, _advice_file(line, fresh, record.leaf.at), advice_names(fresh))
                self._access.seal(connection, record)
            else:
                fresh = was
                self._access.seal(connection, self._access.record(principal, "payment", (str(line.id),)))
            shown = self._view(connection, str(line.id), fresh)
        return disclose(principal, "payment", shown)

    def payment(self, principal: Principal, consignment_id: str) -> PaymentView:
        """What was asked for a consignment's newest declaration, and what was paid.

        Raises:
            NotFoundError: There is no such consignment that this principal may see.
        """
        with self._stores.database.transaction() as connection:
            line, _ = self._access.dossier(connection, principal, consignment_id)
            shown = payment_of(self._stores, connection, line.id)
            self._access.seal(connection, self._access.record(principal, "payment", (str(line.id),)))
        return disclose(principal, "payment", shown)

    def own_payment(self, principal: Principal, message_id: str) -> PaymentView:
        """What was asked for a declaration that this principal sent himself, and what was paid.

        Raises:
            NotFoundError: There is no such message, it is not his, or no payment was asked for.
        """
        wanted = parse_id(message_id)
        with self._stores.database.transaction() as connection:
            only = self._access.senders_alone(principal, "payment:read-own")
            message = self._stores.messages.get(connection, wanted, only) if wanted else None
            where = of_messages(self._stores, connection, [message])[message.id] if message else None
            if message is None or where is None or not self._access.may(principal, "payment:read-own", where):
                raise NotFoundError("There is no such message.")
            advice = self._advice_of(connection, message)
            if advice is None:
                raise NotFoundError("No payment has been asked for on this message.")
            shown = self._view(connection, "", msgspec.structs.replace(advice, consignment=""))
            self._access.seal(connection, self._access.record(principal, "payment", (message_id,)))
        return disclose(principal, "payment", shown)

    def order(self, view: PaymentView, payer: Payer) -> bytes:
        """A payment advice as an order to the payer's bank (pain.001.001.09).

        Raises:
            NotFoundError: There is no advice.
            SenderError: The order cannot be made.
        """
        return write_order(_of_view(view), payer, datetime.now(UTC))

    def slip(self, view: PaymentView, language: Language) -> bytes:
        """A payment advice as PDF.

        Args:
            view: What was asked for.
            language: Language of the page.

        Raises:
            NotFoundError: There is no advice.
            SettingsError: What writes PDF is not installed.
        """
        return write_slip(_of_view(view), language)

    def slip_data(self, view: PaymentView) -> bytes:
        """A payment advice as data, with its reference in groups and how it stands.

        Raises:
            NotFoundError: There is no advice.
        """
        advice = _of_view(view)
        told = {"reference_printed": grouped(advice.reference), "advice": advice, "standing": view.standing}
        return msgspec.json.format(msgspec.json.encode(told))

    def take(self, principal: Principal, content: bytes) -> TakenStatement:
        """Take in a statement of a bank: each payment is matched by its reference, counted once and sealed.

        Args:
            principal: Who brings it.
            content: camt.053, camt.054 or CSV; see `read_statement`.

        Raises:
            PolicyError: The principal may not bring statements.
            NoAccountError: There is no account for payments.
            SettingsError: It is not valid.
            UnreadableError: It is no statement.
        """
        self._access.require(principal, "payment:take")
        statement = read_statement(content)
        payee, digest = self._payee(), sha256(content).hexdigest()
        with self._stores.database.transaction() as connection:
            self._stores.case_files.lock(connection, PAYMENT_ADVICE)
            taking = _Taking(self._stores, connection, (principal.id, digest), payee)
            taken = tuple(taking.take(entry) for entry in statement.entries)
            body = SealedStatement(
                by=principal.id,
                form=statement.form,
                digest=digest,
                outcomes=dict(sorted(Counter(one.outcome for one in taken).items())),
                passed_over=len(statement.passed_over),
                unreadable=len(statement.findings),
            )
            self._access.seal(
                connection,
                *taking.records,
                self._stores.sealer.record("bank-statement", principal.id, body),
            )
        return TakenStatement(
            form=statement.form,
            digest=digest,
            entries=taken,
            passed_over=statement.passed_over,
            findings=statement.findings,
        )

    def unmatched(self, principal: Principal) -> PaymentList:
        """Payments that count for no advice: without a reference, with one that is unknown, in another currency.

        Raises:
            PolicyError: The principal may not see them.
        """
        self._access.require(principal, "payment:take")
        with self._stores.database.transaction() as connection:
            files = self._stores.case_files.of_kind(connection, PAYMENT, _OPEN)
            self._access.seal(connection, self._access.record(principal, "payments", ("unmatched",)))
        return PaymentList(payments=tuple(_line(file) for file in files))

    def assign(self, principal: Principal, payment_id: str, reference: str, reason: str) -> PaymentLine:
        """Let a payment count for an advice that it does not name, or name alone.

        Args:
            principal: Who acts.
            payment_id: The payment; one that counts already is refused.
            reference: Reference of the advice.
            reason: Why; it stays on record.

        Raises:
            NotFoundError: There is no such payment, or no such advice.
            PolicyError: The principal may not assign payments, or gave no reason.
            SenderError: It counts already, or is in another currency.
        """
        self._access.require(principal, "payment:assign", context=Context(reason=reason))
        wanted, named = parse_id(payment_id), "".join(reference.upper().split())
        with self._stores.database.transaction() as connection:
            self._stores.case_files.lock(connection, PAYMENT_ADVICE)
            file = self._stores.case_files.get(connection, wanted, to_change=True) if wanted else None
            if file is None or file.kind != PAYMENT:
                raise NotFoundError("There is no such payment.")
            was = msgspec.json.decode(file.body, type=SealedPayment)
            if file.state not in _OPEN:
                raise SenderError("This payment counts already, or its parts do.", code="payment-counted")
            advice_file = self._stores.case_files.get(connection, file_id(PAYMENT_ADVICE, named))
            if advice_file is None:
                raise NotFoundError(f"No payment advice has the reference {named[:40]}.")
            advice = msgspec.json.decode(advice_file.body, type=PaymentAdvice)
            if advice.currency != was.entry.currency:
                raise SenderError(
                    f"The payment is in {was.entry.currency}, and the advice is in {advice.currency}.",
                    code="payment-currency",
                    hint="Exchange it, or return it to the payer.",
                )
            body = msgspec.structs.replace(
                was,
                by=principal.id,
                outcome="counted",
                reference=named,
                consignment=_dossier_of(self._stores, connection, advice_file),
                reason=reason.strip(),
            )
            record = self._stores.sealer.record(PAYMENT, principal.id, body, about=parse_id(body.consignment))
            kept = _payment_file(body, record.leaf.at)
            self._stores.case_files.put(connection, kept, payment_names(body))
            self._access.seal(connection, record)
        return _line(kept)

    def overpaid(self, principal: Principal) -> OverpaymentList:
        """Advices for which more was paid than was asked for, and not refunded.

        Raises:
            PolicyError: The principal may not see them.
        """
        self._access.require(principal, "payment:take")
        with self._stores.database.transaction() as connection:
            found = tuple(self._overpaid(connection))
            self._access.seal(connection, self._access.record(principal, "payments", ("overpaid",)))
        return OverpaymentList(overpayments=found)

    def _overpaid(self, connection: Connection) -> Iterator[Overpayment]:
        files = self._stores.case_files.of_kind(connection, PAYMENT_ADVICE, ("asked",))
        advices = [(file, msgspec.json.decode(file.body, type=PaymentAdvice)) for file in files]
        keys = [("reference", one.reference) for _, one in advices]
        received = self._stores.case_files.found_by(connection, PAYMENT, keys) if keys else {}
        for file, one in sorted(advices, key=lambda each: each[1].reference):
            lines = [_line(paid) for paid in received.get(("reference", one.reference), [])]
            standing = stand(one.total, one.due, [Received(amount=each.amount) for each in lines])
            if standing.over:
                yield Overpayment(
                    reference=one.reference,
                    consignment=_dossier_of(self._stores, connection, file),
                    declaration=one.declaration,
                    payer=one.payer_name or one.payer,
                    currency=one.currency,
                    asked=standing.asked,
                    paid=standing.paid,
                    over=standing.over,
                )

    def refund(self, principal: Principal, consignment_id: str, payer: Payer, reason: str) -> bytes:
        """Order what was paid too much to be paid back: it is sealed, and counts against what was paid.

        Asked again for the same account, the same order is written again with the same number, and nothing more is paid.

        Args:
            principal: Who acts.
            consignment_id: The consignment.
            payer: To whom it is paid back.
            reason: Why; it stays on record.

        Returns:
            An order to the bank of the administration (pain.001.001.09).

        Raises:
            NotFoundError: There is no such consignment that this principal may see, or no advice.
            PolicyError: The principal may not refund, or gave no reason.
            SenderError: Nothing was paid too much, or the order cannot be made.
        """
        self._access.require(principal, "payment:assign", context=Context(reason=reason))
        with self._stores.database.transaction() as connection:
            line, _ = self._access.dossier(connection, principal, consignment_id)
            self._stores.case_files.lock(connection, PAYMENT_ADVICE)
            view = payment_of(self._stores, connection, line.id)
            advice, standing = _of_view(view), view.standing
            earlier = sorted((one for one in view.payments if one.outcome == "refunded"), key=lambda one: one.taken)
            target = " ".join(filter(None, (payer.account, payer.bic)))
            if standing is not None and not standing.over and earlier and earlier[-1].said == target:
                return write_refund(advice, _refund_number(advice, len(earlier)), -earlier[-1].amount, payer, _now())
            if standing is None or not standing.over:
                raise SenderError("Nothing was paid above what is due.", code="nothing-to-refund")
            number = _refund_number(advice, len(earlier) + 1)
            written = write_refund(advice, number, standing.over, payer, _now())
            entry = BankEntry(
                place="refund",
                account=advice.payee.account,
                amount=standing.over,
                currency=advice.currency,
                booked=payer.day or _now().date(),
                references=(advice.reference,),
                said=target,
                names=(f"refund {number}",),
                payer=payer.name or advice.payer_name,
                is_taken_back=True,
            )
            body = SealedPayment(
                id=str(file_id(PAYMENT, entry.names[0])),
                by=principal.id,
                entry=entry,
                outcome="refunded",
                reference=advice.reference,
                consignment=str(line.id),
                reason=reason.strip(),
            )
            record = self._stores.sealer.record(PAYMENT, principal.id, body, about=line.id)
            self._stores.case_files.put(connection, _payment_file(body, record.leaf.at), payment_names(body))
            self._access.seal(connection, record)
        return written

    def _payee(self) -> Payee:
        path = self._stores.settings.payment_file
        try:
            return read_payee(path.read_bytes())
        except FileNotFoundError as error:
            raise NoAccountError(
                "This installation has no account to which duties are paid.",
                code="no-payment-account",
                hint=f"Write name and account into {path}.",
            ) from error
        except OSError as error:
            raise SettingsError(f"{path} cannot be read: {error.strerror}.", code="file-unreadable") from error

    def _declared(self, connection: Connection, line: Line) -> _Declared:
        found = declared_of(self._stores, connection, line.id)
        if found is None:
            raise NotFoundError("There is no declaration for this consignment.")
        return found

    def _fresh(self, line: Line, declared: _Declared, payee: Payee, *, strict: bool) -> PaymentAdvice:
        """The advice as it would be made now."""
        message, declaration, moment, _ = declared
        calculator = required_calculator(self._stores.settings)
        goods = _goods_of(calculator, declared)
        due = charges_due(calculator, goods, payee, strict=strict)
        issued = datetime.now(UTC).date()
        party = declaration.shipment.importer or declaration.declarant
        return PaymentAdvice(
            reference=reference_of(self._stores, message),
            consignment=str(line.id),
            declaration=declaration.id or declaration.functional_reference or "",
            message=str(message.id),
            version=message.version,
            day=moment.date(),
            tariff=calculator.tariff.name,
            edition=calculator.tariff.edition,
            tariff_digest=tariff_digest(self._stores.settings),
            answer_digest=_answer_digest(calculator, declared),
            currency=due.currency,
            charges=due.charges,
            total=due.total,
            payee=payee,
            payer=(party.id or "") if party else "",
            payer_name=(party.name or "") if party else "",
            issued=issued,
            due=issued + timedelta(days=payee.days),
            assumed=due.assumed,
        )

    def _advice_of(self, connection: Connection, message: StoredMessage) -> PaymentAdvice | None:
        """What was asked for a message; of several in the same bytes for the one that something was asked for.

        Raises:
            SenderError: Something was asked for several of them, each with a reference of its own.
        """
        names = [reference_of(self._stores, one) for _, one, _ in each_in(message, reading_of(message))]
        files = [
            self._stores.case_files.get(connection, file_id(PAYMENT_ADVICE, name)) for name in dict.fromkeys(names)
        ]
        asked = [msgspec.json.decode(file.body, type=PaymentAdvice) for file in files if file]
        if len(asked) > 1:
            raise SenderError(
                "The message holds several declarations, and payment was asked for more than one.",
                code="several-declarations",
                found=", ".join(advice.reference for advice in asked),
                hint="Pay each under its own reference.",
            )
        return asked[0] if asked else None

    def _view(self, connection: Connection, consignment: str, advice: PaymentAdvice) -> PaymentView:
        return _shown(self._stores, connection, consignment, advice)


#: A day of the bank may begin so long before ours, which is that of UTC.
_AHEAD: Final = timedelta(days=1)

#: States of payments that count for no advice yet.
_OPEN: Final = ("no-reference", "unknown-reference", "several-references", "other-currency", "possible-repeat")


class _Taking:
    """Entries of one statement on their way into the files."""

    def __init__(self, stores: Stores, connection: Connection, by: tuple[str, str], payee: Payee) -> None:
        self._stores, self._connection, self._by, self._payee = stores, connection, by, payee
        self.records: list[NewRecord] = []
        self._batches: dict[str, list[SealedPayment]] = {}

    def take(self, entry: BankEntry) -> TakenEntry:
        """What becomes of an entry; the advices and payments of the house are locked."""
        if entry.account not in self._payee.accounts:
            return _taken(entry, "other-account")
        if not entry.names:
            return _taken(entry, "unidentified")
        if entry.booked is not None and entry.booked > _now().date() + _AHEAD:
            return _taken(entry, "future")
        if entry.batch not in self._batches:  # as it stood before this statement
            self._batches[entry.batch] = self._known([("batch", entry.batch)]) if entry.batch else []
        known = self._known([("bank", name) for name in entry.names])
        if known:
            return _taken(
                entry, "repeat" if all(_is_same(one, entry) for one in known) else "contradicts", known[0].reference
            )
        if parts := self._batches[entry.batch]:  # a booking is taken in whole, so this one was, under other names
            match = next((one for one in parts if _is_same(one, entry)), None)
            if match is not None:
                parts.remove(match)
            return _taken(entry, "contradicts" if match is None else "repeat")
        if not entry.batch and (parts := self._known([("batch", name) for name in entry.names])):
            whole = sum((one.entry.amount for one in parts), Decimal())
            return _taken(entry, "repeat" if whole == entry.amount else "contradicts")
        for was in self._known([("bank", entry.batch)]) if entry.batch else ():
            if was.outcome == "counted":  # assigned as a whole
                return _taken(entry, "repeat", was.reference)
            if was.outcome in _OPEN:
                self._put(msgspec.structs.replace(was, by=self._by[0], outcome="detailed", statement=self._by[1]))
        return self._keep(entry)

    def _keep(self, entry: BankEntry) -> TakenEntry:
        advices = {
            reference: file
            for reference in entry.references
            if (file := self._stores.case_files.get(self._connection, file_id(PAYMENT_ADVICE, reference))) is not None
        }
        outcome: Outcome = "counted"
        reference = next(iter(advices), next(iter(entry.references), ""))
        advice = msgspec.json.decode(advices[reference].body, type=PaymentAdvice) if len(advices) == 1 else None
        if not entry.references:
            outcome = "no-reference"
        elif not advices:
            outcome = "unknown-reference"
        elif advice is None:
            outcome = "several-references"
        elif advice.currency != entry.currency:
            outcome = "other-currency"
        elif self._may_be_repeat(entry, reference):
            outcome = "possible-repeat"
        is_counted = outcome == "counted"
        body = SealedPayment(
            id=str(file_id(PAYMENT, entry.names[0])),
            by=self._by[0],
            entry=entry,
            outcome=outcome,
            reference=reference,
            consignment=_dossier_of(self._stores, self._connection, advices[reference]) if is_counted else "",
            statement=self._by[1],
        )
        self._put(body)
        state = ""
        if is_counted and advice is not None:
            view = _shown(self._stores, self._connection, "", advice)
            state = view.standing.state if view.standing else ""
        is_early = is_counted and _is_early(entry, advices[reference])
        return _taken(entry, outcome, reference, state, is_early=is_early)

    def _may_be_repeat(self, entry: BankEntry, reference: str) -> bool:
        """Whether a payment that counts is the same but for its names, and neither bears a name that the other could."""
        own = _kinds(entry)
        return any(
            _is_same(one, entry) and one.entry.booked == entry.booked and not own & _kinds(one.entry)
            for one in self._known([("reference", reference)])
        )

    def _put(self, body: SealedPayment) -> None:
        about = parse_id(body.consignment)
        record = self._stores.sealer.record(PAYMENT, self._by[0], body, about=about)
        self._stores.case_files.put(self._connection, _payment_file(body, record.leaf.at), payment_names(body))
        self.records.append(record)

    def _known(self, keys: Sequence[tuple[str, str]]) -> list[SealedPayment]:
        found = self._stores.case_files.found_by(self._connection, PAYMENT, keys)
        files = {file.id: file for several in found.values() for file in several}
        return [msgspec.json.decode(file.body, type=SealedPayment) for file in files.values()]


def _is_same(one: SealedPayment, entry: BankEntry) -> bool:
    was = one.entry
    return (was.amount, was.currency, was.is_taken_back) == (entry.amount, entry.currency, entry.is_taken_back)


def _kinds(entry: BankEntry) -> frozenset[bool]:
    """Of which kinds the names of a payment are: of the bank's own, of the whole world."""
    return frozenset("UETR " in name for name in entry.names)


def file_id(kind: str, name: str) -> UUID:
    """The id of the file of an advice, made of its reference, or of a payment, made of the bank's name of it."""
    return uuid5(_FILES, f"{kind}\0{name}")


def _refund_number(advice: PaymentAdvice, place: int) -> str:
    return f"{advice.reference}-R{place}"


def _now() -> datetime:
    return datetime.now(UTC)


def advice_names(advice: PaymentAdvice) -> tuple[tuple[str, str], ...]:
    """By what names the file of an advice is found."""
    return (("reference", advice.reference),)


def payment_names(body: SealedPayment) -> tuple[tuple[str, str], ...]:
    """By what names the file of a payment is found: the bank's, and the reference that it counts for."""
    names = [("bank", name) for name in body.entry.names]
    names += [("batch", body.entry.batch)] if body.entry.batch else []
    names += [("reference", body.reference)] if body.outcome in ("counted", "refunded") else []
    return tuple(names)


def reference_of(stores: Stores, message: StoredMessage) -> str:
    """The creditor reference of a declaration: the same for all its versions, and not guessed from its number."""
    return make_reference(bytes.fromhex(stores.sealer.subject("payment", ledger_name(message))))


#: Message of a declaration, what was read, the moment that counts, and the declaration of value with it, if there is one.
_Declared = tuple[StoredMessage, Declaration, datetime, ValueDeclaration | None]


def declared_of(stores: Stores, connection: Connection, consignment: UUID) -> _Declared | None:
    """The newest declaration of a dossier, with its declaration of value; None without one."""
    papers = papers_of(stores, connection, [consignment]).get(consignment, ())
    paper = newest_declaration(papers)
    message = stores.messages.get(connection, UUID(paper.message_id)) if paper else None
    if paper is None or message is None or paper.declaration is None:
        return None
    return (
        alone(message, paper.part),
        paper.declaration,
        moment_of(paper.declaration, paper.received),
        value_form_of(papers),
    )


def payment_of(stores: Stores, connection: Connection, consignment: UUID) -> PaymentView:
    """What was asked for the newest declaration of a dossier, and what was paid."""
    found = declared_of(stores, connection, consignment)
    if found is None:
        return PaymentView(consignment=str(consignment))
    message = found[0]
    file = stores.case_files.get(connection, file_id(PAYMENT_ADVICE, reference_of(stores, message)))
    if file is None:
        return PaymentView(consignment=str(consignment))
    advice = msgspec.json.decode(file.body, type=PaymentAdvice)
    calculator = calculator_of(stores.settings)
    is_same = advice.message == str(message.id) and advice.tariff_digest == tariff_digest(stores.settings)
    if not is_same and calculator is not None:
        is_same = advice.answer_digest == _answer_digest(calculator, found)
    shown = _shown(stores, connection, str(consignment), advice)
    return msgspec.structs.replace(shown, is_outdated=not is_same)


def _shown(stores: Stores, connection: Connection, consignment: str, advice: PaymentAdvice) -> PaymentView:
    key = ("reference", advice.reference)
    files = stores.case_files.found_by(connection, PAYMENT, [key]).get(key, [])
    asked = stores.case_files.get(connection, file_id(PAYMENT_ADVICE, advice.reference))
    lines = sorted((_line(file, asked) for file in files), key=lambda one: (one.booked or date.max, one.id))
    received = [Received(amount=one.amount, booked=one.booked) for one in lines]
    return PaymentView(
        consignment=consignment,
        advice=advice,
        standing=stand(advice.total, advice.due, received),
        payments=tuple(lines),
    )


def _of_view(view: PaymentView) -> PaymentAdvice:
    if view.advice is None:
        raise NotFoundError("No payment has been asked for.", hint="Make an advice first.")
    return view.advice


def _bare(advice: PaymentAdvice) -> PaymentAdvice:
    """An advice without its days, so that the same one asked for tomorrow is the same."""
    return msgspec.structs.replace(advice, issued=date.min, due=date.min, consignment="")


def _goods_of(calculator: Calculator, declared: _Declared) -> tuple[Goods, ...]:
    """The items of a declaration as questions to the tariff."""
    _, declaration, moment, form = declared
    by = calculator.tariff.basis
    valued, _ = valued_items(declaration, moment.date(), calculator.rates, by, form)
    return tuple(one.goods for one in valued)


def _answer_digest(calculator: Calculator, declared: _Declared) -> str:
    return sha256(msgspec.json.encode(calculator.declaration(_goods_of(calculator, declared)))).hexdigest()


def _dossier_of(stores: Stores, connection: Connection, file: StoredCaseFile) -> str:
    """The dossier that an advice belongs to today; two that were found to be one have a new one."""
    line = stores.consignments.line(connection, file.consignment) if file.consignment else None
    return str(line.id) if line else ""


def _advice_file(line: Line, advice: PaymentAdvice, at: datetime) -> StoredCaseFile:
    return StoredCaseFile(
        id=file_id(PAYMENT_ADVICE, advice.reference),
        kind=PAYMENT_ADVICE,
        state="asked",
        consignment=line.id,
        office=line.office,
        opened=at,
        changed=at,
        body=msgspec.json.encode(advice),
    )


def _payment_file(body: SealedPayment, at: datetime) -> StoredCaseFile:
    return StoredCaseFile(
        id=UUID(body.id),
        kind=PAYMENT,
        state=body.outcome,
        consignment=parse_id(body.consignment),
        opened=at,
        changed=at,
        body=msgspec.json.encode(body),
    )


def _line(file: StoredCaseFile, asked: StoredCaseFile | None = None) -> PaymentLine:
    body = msgspec.json.decode(file.body, type=SealedPayment)
    entry = body.entry
    is_early = asked is not None and body.outcome == "counted" and not body.reason and _is_early(entry, asked)
    return PaymentLine(
        id=body.id,
        amount=-entry.amount if entry.is_taken_back else entry.amount,
        currency=entry.currency,
        booked=entry.booked,
        outcome=body.outcome,
        says=(EARLY if is_early else OUTCOMES[body.outcome]).format(reference=body.reference or "–"),
        reference=body.reference,
        said=entry.said,
        payer=entry.payer,
        account=entry.account,
        taken=file.changed,
        reason=body.reason,
        is_early=is_early,
    )


def _is_early(entry: BankEntry, asked: StoredCaseFile) -> bool:
    """Whether a payment was booked before its advice was first made, by more than days of banks differ from ours."""
    return not entry.is_taken_back and entry.booked is not None and entry.booked < asked.opened.date() - _AHEAD


def _taken(
    entry: BankEntry, outcome: Outcome, reference: str = "", state: str = "", *, is_early: bool = False
) -> TakenEntry:
    return TakenEntry(
        place=entry.place,
        amount=-entry.amount if entry.is_taken_back else entry.amount,
        currency=entry.currency,
        outcome=outcome,
        says=(EARLY if is_early else OUTCOMES[outcome]).format(reference=reference or "–"),
        reference=reference,
        state=state,
    )

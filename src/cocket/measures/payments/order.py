# SPDX-License-Identifier: Apache-2.0
"""Orders to banks, customer credit transfer initiations (pain.001.001.09): to pay an advice, and to refund what was too much."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import msgspec
from lxml import etree

from cocket.errors import SenderError
from cocket.measures.payments.account import account_problem, bic_problem
from cocket.measures.payments.advice import PaymentAdvice
from cocket.measures.payments.reference import is_iban

NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"

#: The namespace without a prefix; the stubs of lxml know no prefix that is none.
_SPACES: Final[Any] = {None: NAMESPACE}

#: What may not stand in XML, and what has no place in a text of a payment.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")

#: Digits of an amount, and places of it after the point.
_DIGITS, _PLACES = 18, 5


class Payer(msgspec.Struct, frozen=True, kw_only=True):
    """Whose bank is to pay.

    Attributes:
        account: IBAN, or the number of the account where there is none, without blanks.
        bic: Identifier of its bank; empty where the IBAN is enough.
        name: Name of the account's holder; empty for the name in the advice.
        day: Day on which the bank is to pay; None for the last day of the advice.
    """

    account: str
    bic: str = ""
    name: str = ""
    day: date | None = None


def write_order(advice: PaymentAdvice, payer: Payer, made: datetime) -> bytes:
    """A payment advice as a payment order.

    One payment with one transfer: the whole amount, with the creditor reference and, in the remittance information, a
    tax record for each charge: `Tp` is the charge, `Ctgy` its kind, `FrmsCd` the code of revenue, `AddtlInf` its act.

    Args:
        advice: The advice.
        payer: Whose bank is to pay.
        made: When the order is made, UTC.

    Returns:
        XML in UTF-8.

    Raises:
        SenderError: The payer's account or bank cannot be right, his name is not known, the day is past, or an amount
            has more digits than an order can carry.

    Source: ISO 20022, CustomerCreditTransferInitiationV09 (pain.001.001.09); ISO 11649 for `CdtrRefInf`.
    """
    name = _text(payer.name or advice.payer_name, 140)
    _check(name, payer, (advice.total, *(charge.amount for charge in advice.charges)), made.date())
    day = payer.day or max(advice.due, made.date())
    root, payment, debtor = _begun(advice.reference, (advice.total, name), day, made)
    if advice.payer:
        _in(_in(_in(_in(debtor, "Id"), "OrgId"), "Othr"), "Id", _text(advice.payer, 35))
    _account(payment, "DbtrAcct", payer.account)
    _bank(payment, "DbtrAgt", payer.bic)
    _transfer(payment, advice)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def write_refund(advice: PaymentAdvice, number: str, amount: Decimal, payer: Payer, made: datetime) -> bytes:
    """What was paid too much for an advice as an order to the bank of the administration.

    Args:
        advice: The advice.
        number: Number of the refund: the same order written again has the same, so that no bank carries it out twice.
        amount: What is refunded, in the currency of the advice.
        payer: To whom it is paid.
        made: When the order is made, UTC.

    Returns:
        XML in UTF-8.

    Raises:
        SenderError: The account or bank cannot be right, the name is not known, the day is past, or the amount is not
            positive.

    Source: ISO 20022, CustomerCreditTransferInitiationV09 (pain.001.001.09).
    """
    name = _text(payer.name or advice.payer_name, 140)
    _check(name, payer, (amount,), made.date())
    payee = advice.payee
    root, payment, _ = _begun(number, (amount, _text(payee.name, 140)), payer.day or made.date(), made)
    _account(payment, "DbtrAcct", payee.account)
    _bank(payment, "DbtrAgt", payee.bic)
    transfer = _in(payment, "CdtTrfTxInf")
    _in(_in(transfer, "PmtId"), "EndToEndId", number)
    _money(_in(transfer, "Amt"), "InstdAmt", amount, advice.currency)
    if payer.bic:
        _bank(transfer, "CdtrAgt", payer.bic)
    _in(_in(transfer, "Cdtr"), "Nm", name)
    _account(transfer, "CdtrAcct", payer.account)
    _in(_in(transfer, "Purp"), "Cd", "TAXR")
    _in(_in(transfer, "RmtInf"), "Ustrd", f"Refund {advice.reference} {_text(advice.declaration, 60)}".rstrip())
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


#: The payer's day may be so much behind that of UTC.
_BEHIND: Final = timedelta(days=1)


def _check(name: str, payer: Payer, amounts: Iterable[Decimal], today: date) -> None:
    problems = [account_problem(payer.account), bic_problem(payer.bic)]
    problems += [] if name else ["the name of the payer is not known"]
    problems += [_amount_problem(one) for one in amounts]
    if payer.day is not None and payer.day < today - _BEHIND:
        problems.append(f"{payer.day.isoformat()}, the day on which to pay, is past")
    wrong = "; ".join(dict.fromkeys(one for one in problems if one))
    if wrong:
        raise SenderError(f"No payment order can be made: {wrong}.", code="payment-order")


def _begun(
    number: str, of: tuple[Decimal, str], day: date, made: datetime
) -> tuple[etree._Element, etree._Element, etree._Element]:
    """An order of one transfer as far as its debtor: the whole, the payment, and the debtor."""
    total, name = of
    root = etree.Element(etree.QName(NAMESPACE, "Document"), nsmap=_SPACES)
    initiation = _in(root, "CstmrCdtTrfInitn")
    header = _in(initiation, "GrpHdr")
    _in(header, "MsgId", number)
    _in(header, "CreDtTm", made.replace(microsecond=0, tzinfo=None).isoformat() + "Z")
    _in(header, "NbOfTxs", "1")
    _in(header, "CtrlSum", f"{total:f}")
    _in(_in(header, "InitgPty"), "Nm", name)
    payment = _in(initiation, "PmtInf")
    _in(payment, "PmtInfId", number)
    _in(payment, "PmtMtd", "TRF")
    _in(payment, "NbOfTxs", "1")
    _in(payment, "CtrlSum", f"{total:f}")
    _in(_in(_in(payment, "PmtTpInf"), "CtgyPurp"), "Cd", "TAXS")
    _in(_in(payment, "ReqdExctnDt"), "Dt", day.isoformat())
    debtor = _in(payment, "Dbtr")
    _in(debtor, "Nm", name)
    return root, payment, debtor


def _transfer(payment: etree._Element, advice: PaymentAdvice) -> None:
    transfer = _in(payment, "CdtTrfTxInf")
    _in(_in(transfer, "PmtId"), "EndToEndId", advice.reference)
    _money(_in(transfer, "Amt"), "InstdAmt", advice.total, advice.currency)
    if advice.payee.bic:
        _bank(transfer, "CdtrAgt", advice.payee.bic)
    _in(_in(transfer, "Cdtr"), "Nm", _text(advice.payee.name, 140))
    _account(transfer, "CdtrAcct", advice.payee.account)
    _in(_in(transfer, "Purp"), "Cd", "TAXS")
    structured = _in(_in(transfer, "RmtInf"), "Strd")
    reference = _in(structured, "CdtrRefInf")
    kind = _in(reference, "Tp")
    _in(_in(kind, "CdOrPrtry"), "Cd", "SCOR")
    _in(kind, "Issr", "ISO")
    _in(reference, "Ref", advice.reference)
    tax = _in(structured, "TaxRmt")
    if advice.payer:
        _in(_in(tax, "Dbtr"), "TaxId", _text(advice.payer, 35))
    if advice.payee.zone:
        _in(tax, "AdmstnZone", _text(advice.payee.zone, 35))
    _in(tax, "RefNb", _text(advice.declaration or advice.message, 140))
    if advice.payee.method:
        _in(tax, "Mtd", _text(advice.payee.method, 35))
    _money(tax, "TtlTaxAmt", advice.total, advice.currency)
    _in(tax, "Dt", advice.day.isoformat())
    for one in advice.charges:
        record = _in(tax, "Rcrd")
        _in(record, "Tp", _text(one.charge, 35))
        _in(record, "Ctgy", _text(one.kind, 35))
        if one.revenue:
            _in(record, "FrmsCd", _text(one.revenue, 35))
        _money(_in(record, "TaxAmt"), "TtlAmt", one.amount, advice.currency)
        acts = _text("; ".join(one.acts), 140)
        if acts:
            _in(record, "AddtlInf", acts)


def _in(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    child = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    child.text = text
    return child


def _money(parent: etree._Element, name: str, amount: Decimal, currency: str) -> None:
    _in(parent, name, f"{amount:f}").set("Ccy", currency)


def _account(parent: etree._Element, name: str, account: str) -> None:
    number = _in(_in(parent, name), "Id")
    if is_iban(account):
        _in(number, "IBAN", account)
    else:
        _in(_in(number, "Othr"), "Id", account)


def _bank(parent: etree._Element, name: str, bic: str) -> None:
    bank = _in(_in(parent, name), "FinInstnId")
    if bic:
        _in(bank, "BICFI", bic)
    else:
        _in(_in(bank, "Othr"), "Id", "NOTPROVIDED")


def _text(text: str, most: int) -> str:
    """A text as an order may carry it: one line, at most so many signs."""
    return " ".join(_CONTROLS.sub(" ", text).split())[:most].rstrip()


def _amount_problem(amount: Decimal) -> str | None:
    whole, _, part = f"{amount:f}".partition(".")
    is_short = len(part) <= _PLACES and len(whole) + len(part) <= _DIGITS
    return None if is_short and amount > 0 else f"{amount} has more digits than an order can carry, or is not positive"

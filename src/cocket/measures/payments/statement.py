# SPDX-License-Identifier: Apache-2.0
"""What a bank says was paid: its statements and notifications (camt.053, camt.054), and a plain table."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Final

import msgspec
from lxml import etree

from cocket.codes import currency
from cocket.errors import UnreadableError
from cocket.findings import Finding
from cocket.measures.payments.reference import is_reference, references_in
from cocket.standards.xml import Limits, parse_xml

#: Columns of the table, in any order; the first five are needed.
COLUMNS: Final = ("account", "bank_reference", "booked", "amount", "currency", "reference", "payer", "text")

_NAMESPACE: Final = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.05[34]\.001\.[0-9]{2}")
_AMOUNT: Final = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,5})?")
_LIMITS: Final = Limits(size=64 * 1024 * 1024, elements=3_000_000, children=200_000, all_attributes=1_000_000)

#: What a bank writes where a payer gave no reference of his own.
_NOT_GIVEN: Final = "NOTPROVIDED"


class BankEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One payment as a bank booked it.

    Attributes:
        place: Where it stands in the file: `entry 3, transaction 2`, `row 5`.
        account: Account that it was booked on, without blanks.
        amount: Amount, positive.
        currency: ISO 4217.
        booked: Day of booking; None if not stated.
        references: Creditor references with the right check digits (0..n).
        said: What stands in the place of a reference, as written; empty for nothing.
        names: By which the bank tells it from every other (0..n): the same payment on a notification and on a statement
            has one in common.
        batch: Name of the booking that it is part of with others; empty if it is a booking of its own.
        payer: Name of who paid; empty if not stated.
        is_taken_back: Whether the bank takes an earlier payment back.
    """

    place: str
    account: str
    amount: Decimal
    currency: str
    booked: date | None = None
    references: tuple[str, ...] = ()
    said: str = ""
    names: tuple[str, ...] = ()
    batch: str = ""
    payer: str = ""
    is_taken_back: bool = False


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """What a file of a bank has.

    Attributes:
        form: `camt.053.001.08`, `csv`, ….
        entries: Payments booked (0..n), in the order of the file.
        passed_over: Entries that are no payments to us, as (place, why) (0..n): debits, what is not booked yet.
        findings: Entries that cannot be read, each an error (0..n); none of them is among `entries`.
    """

    form: str
    entries: tuple[BankEntry, ...] = ()
    passed_over: tuple[tuple[str, str], ...] = ()
    findings: tuple[Finding, ...] = ()


class _Reading:
    """What has been read so far."""

    def __init__(self) -> None:
        self.entries: list[BankEntry] = []
        self.passed_over: list[tuple[str, str]] = []
        self.findings: list[Finding] = []

    def refuse(self, place: str, why: str) -> None:
        self.findings.append(
            Finding(
                code="bank-entry-unreadable",
                severity="error",
                message="{place}: {why}",
                arguments={"place": place, "why": why[:300]},
            )
        )


def read_statement(content: bytes) -> Statement:
    """Read a statement or notification of a bank.

    Args:
        content: camt.053 or camt.054 of any version, or a CSV with a heading (comma or semicolon): `account`,
            `bank_reference`, `booked` (YYYY-MM-DD), `amount`, `currency`, and as far as there are `reference`, `payer`,
            `text`. An amount below nothing takes an earlier payment back.

    Raises:
        UnreadableError: It is neither.

    Source: ISO 20022, BankToCustomerStatement (camt.053), BankToCustomerDebitCreditNotification (camt.054).
    """
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _read_camt(parse_xml(content, _LIMITS))
    return _read_table(content)


# XML.


def _read_camt(root: etree._Element) -> Statement:
    name = etree.QName(root)
    if name.localname != "Document" or not _NAMESPACE.fullmatch(name.namespace or ""):
        raise UnreadableError(
            "This is not a statement or notification of a bank.",
            code="not-a-statement",
            expected="camt.053 or camt.054",
            found=(name.namespace or name.localname)[:200],
        )
    reading = _Reading()
    number = 0
    for group in (*_every(root, "BkToCstmrStmt", "Stmt"), *_every(root, "BkToCstmrDbtCdtNtfctn", "Ntfctn")):
        account = "".join((_words(group, "Acct", "Id", "IBAN") or _words(group, "Acct", "Id", "Othr", "Id")).split())
        for entry in _every(group, "Ntry"):
            number += 1
            _read_entry(reading, entry, account, f"entry {number}")
    return Statement(
        form=(name.namespace or "").rpartition(":")[2],
        entries=tuple(reading.entries),
        passed_over=tuple(reading.passed_over),
        findings=tuple(reading.findings),
    )


def _read_entry(reading: _Reading, entry: etree._Element, account: str, place: str) -> None:
    """One booking, which may be of several payments; all of them are read, or none."""
    status = _words(entry, "Sts", "Cd") or _words(entry, "Sts")
    is_credit, is_reversal = _words(entry, "CdtDbtInd") == "CRDT", _words(entry, "RvslInd") in ("true", "1")
    if status != "BOOK":
        reading.passed_over.append((place, f"not booked yet ({status or 'no status'})"))
        return
    if is_credit == is_reversal:
        reading.passed_over.append(
            (place, "a debit of ours" if not is_credit else "a debit of ours that is taken back")
        )
        return
    whole = _money(entry, "Amt")
    if whole is None:
        reading.refuse(place, "its amount cannot be read")
        return
    booked = _day(entry, "BookgDt")
    own = _name(account, _words(entry, "AcctSvcrRef"))
    details = [one for group in _every(entry, "NtryDtls") for one in _every(group, "TxDtls")]
    found: list[BankEntry] = []
    for turn, detail in enumerate(details or [entry], start=1):
        is_single = len(details) < 2
        amount = whole if is_single else _amount_of(detail)
        if amount is None or amount[1] != whole[1]:
            reading.refuse(place, f"the amount of its transaction {turn} is not stated in {whole[1]}")
            return
        said = _said(detail)
        found.append(
            BankEntry(
                place=place if is_single else f"{place}, transaction {turn}",
                account=account,
                amount=amount[0],
                currency=amount[1],
                booked=booked,
                references=said.references,
                said=said.text,
                payer=said.payer,
                names=_names(account, detail, own, turn if not is_single else None, is_back=not is_credit),
                batch="" if is_single else own,
                is_taken_back=not is_credit,
            )
        )
    total = sum((one.amount for one in found), Decimal())
    if total != whole[0]:
        reading.refuse(place, f"its transactions come to {total}, and it is {whole[0]}")
        return
    reading.entries.extend(found)


class _Said(msgspec.Struct, frozen=True):
    """The references of a transaction, what was written in their place, and who paid."""

    references: tuple[str, ...]
    text: str
    payer: str


def _said(detail: etree._Element) -> _Said:
    """The references of a transaction, what was written in their place, and who paid."""
    remittance = list(_every(detail, "RmtInf"))
    stated = [
        "".join(_words(one, "CdtrRefInf", "Ref").upper().split()) for part in remittance for one in _every(part, "Strd")
    ]
    free = " ".join(text for part in remittance for text in (one.text or "" for one in _every(part, "Ustrd")))
    end_to_end = "".join(_words(detail, "Refs", "EndToEndId").upper().split())
    found = [one for one in stated if is_reference(one)]
    found += references_in(free)
    if not found and is_reference(end_to_end):
        found = [end_to_end]
    told = " ".join((*filter(None, stated), free.strip(), "" if end_to_end == _NOT_GIVEN else end_to_end)).strip()
    payer = _words(detail, "RltdPties", "Dbtr", "Pty", "Nm") or _words(detail, "RltdPties", "Dbtr", "Nm")
    return _Said(tuple(dict.fromkeys(found)), told[:200], payer[:140])


def _names(account: str, detail: etree._Element, own: str, turn: int | None, *, is_back: bool) -> tuple[str, ...]:
    """By which a bank tells a payment from every other; that of the booking is shared by all of a batch.

    A booking that takes a payment back may bear the payment's own name, and is another booking.
    """
    transaction = _name(account, _words(detail, "Refs", "AcctSvcrRef"))
    unique = _words(detail, "Refs", "UETR").lower()
    names = [one for one in (transaction, f"UETR {unique}" if unique else "") if one]
    if turn is None:
        names = [own, *names] if own else names
    else:
        names = [one for one in names if one != own]
        names = names or ([f"{own} {turn}"] if own else [])
    return tuple(dict.fromkeys(f"back {one}" if is_back else one for one in names))


def _name(account: str, reference: str) -> str:
    return f"{account} {reference}" if reference else ""


def _amount_of(detail: etree._Element) -> tuple[Decimal, str] | None:
    return _money(detail, "Amt") or _money(detail, "AmtDtls", "TxAmt", "Amt")


def _money(parent: etree._Element, *path: str) -> tuple[Decimal, str] | None:
    found = next(_every(parent, *path), None)
    if found is None:
        return None
    return _amount((found.text or "").strip(), found.get("Ccy", ""))


def _amount(text: str, letters: str) -> tuple[Decimal, str] | None:
    """An amount above nothing, with no more places than its currency has."""
    known = currency(letters) if letters.isalpha() else None
    if known is None or known.minor_units is None or not _AMOUNT.fullmatch(text):
        return None
    amount = Decimal(text)
    if len(text.partition(".")[2]) > known.minor_units:  # 1.000 may be a thousand as some write it
        return None
    return (amount.quantize(Decimal(1).scaleb(-known.minor_units)), letters) if amount > 0 else None


def _day(parent: etree._Element, name: str) -> date | None:
    return _as_day(_words(parent, name, "Dt") or _words(parent, name, "DtTm")[:10])


def _as_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None


def _words(parent: etree._Element, *path: str) -> str:
    found = next(_every(parent, *path), None)
    return (found.text or "").strip() if found is not None else ""


def _every(parent: etree._Element, *path: str) -> Iterator[etree._Element]:
    """Elements below an element by their local names, whatever the version of the message."""
    if not path:
        yield parent
        return
    for child in parent:
        if etree.QName(child).localname == path[0]:
            yield from _every(child, *path[1:])


# The table.


def _read_table(content: bytes) -> Statement:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableError("The statement is neither XML nor UTF-8 text.", code="not-a-statement") from error
    heading = text.split("\n", 1)[0]
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if ";" in heading else ",", strict=True)
    reading = _Reading()
    try:
        missing = [one for one in COLUMNS[:5] if one not in (rows.fieldnames or ())]
        if missing:
            raise UnreadableError(
                f"The statement has no columns {', '.join(missing)}.",
                code="not-a-statement",
                expected=",".join(COLUMNS),
                found=heading.strip()[:200],
            )
        heads = list(rows.fieldnames or ())
        if twice := next((one for one in COLUMNS if heads.count(one) > 1), None):
            raise UnreadableError(f"The statement has the column {twice} twice.", code="not-a-statement")
        _read_rows(reading, rows)
    except csv.Error as error:
        raise UnreadableError(f"The statement is not CSV: {error}.", code="not-a-statement") from error
    return Statement(form="csv", entries=tuple(reading.entries), findings=tuple(reading.findings))


def _read_rows(reading: _Reading, rows: Iterable[dict[str, str | None]]) -> None:
    for number, row in enumerate(rows, start=2):
        place = f"row {number}"
        told = {name: (row.get(name) or "").strip() for name in COLUMNS}
        amount = _amount(told["amount"].lstrip("-"), told["currency"].upper())
        if amount is None:
            reading.refuse(place, f"{told['amount'] or 'no amount'} {told['currency']} is not an amount of money")
            continue
        booked = _as_day(told["booked"])
        if booked is None:
            reading.refuse(place, f"{told['booked'] or 'nothing'} is not a day of booking (YYYY-MM-DD)")
            continue
        account = "".join(told["account"].split())
        stated = "".join(told["reference"].upper().split())
        found = ((stated,) if is_reference(stated) else ()) + references_in(told["text"])
        is_back = told["amount"].startswith("-")
        name = _name(account, told["bank_reference"])
        reading.entries.append(
            BankEntry(
                place=place,
                account=account,
                amount=amount[0],
                currency=amount[1],
                booked=booked,
                references=tuple(dict.fromkeys(found)),
                said=" ".join(filter(None, (told["reference"], told["text"])))[:200],
                names=(f"back {name}" if is_back else name,) if name else (),
                payer=told["payer"][:140],
                is_taken_back=is_back,
            )
        )

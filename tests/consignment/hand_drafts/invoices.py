# SPDX-License-Identifier: Apache-2.0
"""Invoices of tests, made up line by line: in UBL, and as a Cross Industry Invoice inside a PDF."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from xml.sax.saxutils import escape

_SPACES = (
    'xmlns="urn:oasis:names:specification:ubl:schema:xsd:{root}-2" '
    'xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" '
    'xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"'
)


def line(number: int, amount: str, **more: str) -> dict[str, str]:
    """A line: what is not given is not stated."""
    return {"id": str(number), "amount": amount, "name": f"Brass fitting no. {number}", **more}


def goods(count: int) -> list[dict[str, str]]:
    """Lines of goods that say everything, each of another amount."""
    return [
        line(
            n,
            f"{Decimal(n) * Decimal('12.35'):.2f}",
            quantity=str(n),
            unit="H87",
            price="12.35",
            code=f"7412{20 + n % 5:02}{n % 90:02}",
            origin="DE" if n % 3 else "PT",
        )
        for n in range(1, count + 1)
    ]


def ubl(
    lines: Sequence[Mapping[str, str]],
    *,
    currency: str = "EUR",
    charges: Iterable[Mapping[str, str]] = (),
    totals: Mapping[str, str] | None = None,
    credit: bool = False,
    number: str = "R/2026-0815",
) -> bytes:
    """An invoice or credit note of UBL.

    Args:
        lines: See `line`; `charge` is a charge in the line.
        currency: Of the document; a line or charge with a `currency` has its own.
        charges: Each `is_charge`, `amount` and, where stated, `reason`, `code`, `currency`.
        totals: Element of the totals → amount; the sum of the lines alone where None.
        credit: Whether it is a credit note.
        number: Its number.
    """
    root = "CreditNote" if credit else "Invoice"
    if totals is None:
        total = sum((Decimal(one["amount"]) for one in lines), Decimal(0))
        totals = {"LineExtensionAmount": f"{total}", "TaxExclusiveAmount": f"{total}", "PayableAmount": f"{total}"}
    sums = "".join(f'<cbc:{name} currencyID="{currency}">{value}</cbc:{name}>' for name, value in totals.items())
    kind = f"<cbc:{root}TypeCode>{381 if credit else 380}</cbc:{root}TypeCode>"
    body = (
        f"<cbc:ID>{escape(number)}</cbc:ID><cbc:IssueDate>2026-10-02</cbc:IssueDate>{kind}"
        f"<cbc:DocumentCurrencyCode>{currency}</cbc:DocumentCurrencyCode>"
        f"<cac:AccountingSupplierParty>{_party('Messing Kowalski GmbH', 'DE')}</cac:AccountingSupplierParty>"
        f"<cac:AccountingCustomerParty>{_party('Kontor Nord', 'XA')}</cac:AccountingCustomerParty>"
        + "".join(_charge(one, currency) for one in charges)
        + f"<cac:LegalMonetaryTotal>{sums}</cac:LegalMonetaryTotal>"
        + "".join(_line(one, currency, root) for one in lines)
    )
    return f"<?xml version='1.0' encoding='UTF-8'?><{root} {_SPACES.format(root=root)}>{body}</{root}>".encode()


def pdf(files: Mapping[str, bytes], *, is_packed: bool = True) -> bytes:
    """A PDF of one empty page with files embedded, packed or as they are."""
    parts = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>"]
    for name, content in files.items():
        data = zlib.compress(content) if is_packed else content
        how = b"/Filter /FlateDecode " if is_packed else b""
        parts.append(
            b"<< /Type /EmbeddedFile /Subtype /text#2Fxml %s/Length %d >>\nstream\n" % (how, len(data))
            + data
            + b"\nendstream"
        )
        parts.append(b"<< /Type /Filespec /F (%s) /EF << /F %d 0 R >> >>" % (name.encode(), len(parts)))
    body = b"%PDF-1.7\n"
    for number, part in enumerate(parts, 1):
        body += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    return body + b"trailer << /Root 1 0 R >>\n%%EOF\n"


def _party(name: str, land: str) -> str:
    return (
        f"<cac:Party><cac:PartyName><cbc:Name>{name}</cbc:Name></cac:PartyName><cac:PostalAddress>"
        f"<cac:Country><cbc:IdentificationCode>{land}</cbc:IdentificationCode></cac:Country></cac:PostalAddress></cac:Party>"
    )


def _charge(one: Mapping[str, str], currency: str) -> str:
    code = f"<cbc:AllowanceChargeReasonCode>{one['code']}</cbc:AllowanceChargeReasonCode>" if "code" in one else ""
    words = f"<cbc:AllowanceChargeReason>{one['reason']}</cbc:AllowanceChargeReason>" if "reason" in one else ""
    return (
        f"<cac:AllowanceCharge><cbc:ChargeIndicator>{one['is_charge']}</cbc:ChargeIndicator>{code}{words}"
        f'<cbc:Amount currencyID="{one.get("currency", currency)}">{one["amount"]}</cbc:Amount></cac:AllowanceCharge>'
    )


def _line(one: Mapping[str, str], currency: str, root: str) -> str:
    own = one.get("currency", currency)
    name = "CreditedQuantity" if root == "CreditNote" else "InvoicedQuantity"
    unit = f' unitCode="{one["unit"]}"' if "unit" in one else ""
    quantity = f"<cbc:{name}{unit}>{one['quantity']}</cbc:{name}>" if "quantity" in one else ""
    inside = f'<cbc:LineExtensionAmount currencyID="{own}">{one["amount"]}</cbc:LineExtensionAmount>'
    if "charge" in one:
        inside += _charge({"is_charge": "true", "amount": one["charge"], "reason": "Deburring"}, own)
    item = f"<cbc:Name>{escape(one['name'])}</cbc:Name>"
    if "origin" in one:
        item += (
            f"<cac:OriginCountry><cbc:IdentificationCode>{one['origin']}</cbc:IdentificationCode></cac:OriginCountry>"
        )
    for code in one.get("code", "").split():
        item += (
            f'<cac:CommodityClassification><cbc:ItemClassificationCode listID="HS">{code}</cbc:ItemClassificationCode>'
            "</cac:CommodityClassification>"
        )
    price = (
        f'<cac:Price><cbc:PriceAmount currencyID="{own}">{one["price"]}</cbc:PriceAmount></cac:Price>'
        if "price" in one
        else ""
    )
    kind = f"{root}Line"
    return f"<cac:{kind}><cbc:ID>{one['id']}</cbc:ID>{quantity}{inside}<cac:Item>{item}</cac:Item>{price}</cac:{kind}>"

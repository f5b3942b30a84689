# SPDX-License-Identifier: Apache-2.0
"""A draft filled from an invoice: every line and charge of it, and beside that what was assumed, left out or differs.

Nothing is computed into a field: what the invoice does not say stays empty. Amounts keep the currency that they are in.
Source: EN 16931-1, BG-20 to BG-25 (allowances, charges, totals, lines); UNCL 1001, 5189 and 7161; WTO Valuation Agreement,
Articles 1 and 8 (a price is what is paid or payable, payments made before included).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, Final

from msgspec import structs

from cocket.consignment.commercial import tariff_codes
from cocket.consignment.hand_drafts.draft import (
    MOST_BESIDE,
    MOST_LINES,
    ChargeKind,
    Draft,
    DraftCharge,
    DraftDocument,
    DraftLine,
    DraftParty,
    DraftSource,
    SourceSum,
    plain,
)
from cocket.findings import Finding, Severity
from cocket.model import Amount, CommercialInvoice, InvoiceLine, Party
from cocket.model.trade import AllowanceCharge

_ZERO, _CENT = Decimal(0), Decimal("0.01")

#: UNCL 7161 code of a charge → what it is.
_BY_CODE: Final[dict[str, ChargeKind]] = {"FC": "freight", "PC": "packing", "ABL": "packing"}

#: Words of a reason → what it is, where no code says it; each use of it is said beside the draft.
_BY_WORDS: Final[tuple[tuple[re.Pattern[str], ChargeKind], ...]] = (
    (re.compile(r"\b(freight|fracht|fret|flete|shipping|carriage)\b", re.IGNORECASE), "freight"),
    (re.compile(r"\b(insurance|versicherung|assurance|seguro)\b", re.IGNORECASE), "insurance"),
    (re.compile(r"\b(packing|packaging|verpackung|emballage|embalaje)\b", re.IGNORECASE), "packing"),
)


def draft_of_invoice(
    draft: Draft, invoice: CommercialInvoice, source: tuple[str, str], found: Iterable[Finding]
) -> Draft:
    """Fill a draft from an invoice. What was filled in before stays; lines, charges and documents are added.

    Args:
        draft: The draft; an empty one for a new declaration.
        invoice: What was read.
        source: Name of the file, and its standard.
        found: What the standard's own rules found in the invoice (0..n); kept among the notes.

    Returns:
        The draft with one source more in `read_from`, whose notes say what was assumed, left out or differs.
    """
    filling = _Filling(draft, invoice, source)
    return filling.filled(tuple(found))


class _Filling:
    """One invoice on its way into a draft."""

    def __init__(self, draft: Draft, invoice: CommercialInvoice, source: tuple[str, str]) -> None:
        self._draft, self._invoice, self._source = draft, invoice, source
        self._notes: list[Finding] = []
        self._sums: list[SourceSum] = []
        self._sign = -1 if invoice.kind == "credit-note" else 1

    def filled(self, found: tuple[Finding, ...]) -> Draft:
        """The draft."""
        invoice, draft = self._invoice, self._draft
        if invoice.kind == "credit-note":
            self._say(
                "draft-credit-note",
                "this is a credit note: it gives money back and is not a sale; its amounts are entered below zero, which cannot be "
                "sent, so take them off the lines that they correct",
                "error",
            )
        lines = self._lines(len(draft.lines))
        charges = self._charges()
        self._totals(lines, charges)
        values = {**self._head(), **self._parties()}
        values["documents"] = (*draft.documents, *self._documents(len(draft.documents)))
        values["charges"] = (*draft.charges, *charges)[:MOST_BESIDE]
        values["lines"] = (*draft.lines, *lines)
        self._lacking(lines, len(draft.lines))
        name, standard = self._source
        source = DraftSource(
            name=name,
            standard=standard,
            number=invoice.number or "",
            notes=(*self._notes, *found),
            sums=tuple(self._sums),
        )
        return structs.replace(draft, **values, read_from=(*draft.read_from, source))

    def _say(
        self, code: str, message: str, severity: Severity = "warning", location: str | None = None, **more: str
    ) -> None:
        found, expected = more.pop("found", None), more.pop("expected", None)
        self._notes.append(
            Finding(
                code=code,
                severity=severity,
                message=message,
                location=location,
                found=found and found[:200],
                expected=expected and expected[:200],
                arguments={name: value[:400] for name, value in more.items()},
            )
        )

    # Lines -------------------------------------------------------------------------------------------------------------

    def _lines(self, before: int) -> list[DraftLine]:
        billed = [(place, line) for place, line in enumerate(self._invoice.lines, 1) if line.is_billed]
        told = [_name(place, line) for place, line in enumerate(self._invoice.lines, 1) if not line.is_billed]
        if told:
            self._say(
                "draft-lines-not-billed",
                "lines {lines} sum up other lines or only inform, and are not entered",
                "info",
                lines=", ".join(told),
            )
        room = MOST_LINES - before
        if len(billed) > room:
            self._say(
                "draft-lines-too-many",
                "a declaration has at most {expected} lines; lines from {found} on are not entered: declare them in another one",
                "error",
                expected=str(MOST_LINES),
                found=_name(*billed[room]),
            )
        return [self._line(place, line, before + n) for n, (place, line) in enumerate(billed[:room], 1)]

    def _line(self, place: int, line: InvoiceLine, number: int) -> DraftLine:
        name, where = _name(place, line), f"lines[{number}]"
        amount, currency = self._money(line.amount)
        if line.amount is not None and not currency:
            self._say(
                "draft-currency-missing", "line {line} states no currency", line=name, location=f"{where}.currency"
            )
        if currency and self._invoice.currency and currency != self._invoice.currency:
            self._say(
                "draft-line-currency",
                "line {line} is in {found}, the invoice in {expected}; it keeps its own",
                line=name,
                found=currency,
                expected=self._invoice.currency,
                location=f"{where}.currency",
            )
        price = line.unit_price
        if price is not None and price.currency and currency and price.currency != currency:
            self._say(
                "draft-price-currency",
                "the unit price of line {line} is in {found}, its amount in {expected}; the amount is entered",
                line=name,
                found=price.currency,
                expected=currency,
                location=f"{where}.currency",
            )
        if line.amount is not None and self._sign > 0 and line.amount.value < 0:
            self._say(
                "draft-line-below-zero",
                "line {line} is below zero ({found}): it corrects or takes back and is not goods of its own; take it off the line "
                "that it belongs to",
                line=name,
                found=f"{amount} {currency}".strip(),
                location=f"{where}.amount",
            )
        self._line_charges(name, line, where)
        codes = tuple(dict.fromkeys(tariff_codes(line)))
        if len(codes) > 1:
            self._say(
                "draft-line-codes",
                "line {line} has several commodity codes ({found}); none is entered",
                line=name,
                found=", ".join(codes),
                location=f"{where}.code",
            )
        return DraftLine(
            description=_joined(line.description or line.name),
            code=codes[0] if len(codes) == 1 else "",
            origin=line.origin_country_code or "",
            amount=amount,
            currency=currency,
            quantity=plain(line.quantity),
            unit=line.quantity_unit or "",
            net_mass=plain(line.net_mass_kg),
            gross_mass=plain(line.gross_mass_kg),
            packages=plain(line.packages),
            source=name,
        )

    def _line_charges(self, name: str, line: InvoiceLine, where: str) -> None:
        for one in line.charges:
            amount, currency = self._money(one.amount)
            self._say(
                "draft-line-charge" if one.is_charge is not False else "draft-line-discount",
                "the amount of line {line} has a charge of {found} in it ({words})"
                if one.is_charge is not False
                else "the amount of line {line} is after a discount of {found} ({words})",
                "info",
                line=name,
                found=f"{amount} {currency}".strip(),
                words=one.reason or one.reason_code or "–",
                location=f"{where}.amount",
            )

    def _money(self, amount: Amount | None) -> tuple[str, str]:
        """An amount and its currency as a draft has them; that of the invoice where it has none of its own."""
        if amount is None:
            return "", ""
        return plain(amount.value * self._sign), amount.currency or self._invoice.currency or ""

    def _lacking(self, lines: list[DraftLine], before: int) -> None:
        """What the invoice does not say of its lines: one note for each field, with the lines."""
        for field, message in (
            ("amount", "lines {lines} state no amount"),
            ("description", "lines {lines} have no description"),
            ("code", "lines {lines} have no single commodity code"),
            ("origin", "lines {lines} name no country of origin"),
            ("quantity", "lines {lines} state no quantity"),
            ("unit", "lines {lines} state no unit"),
            ("net_mass", "lines {lines} state no net mass"),
        ):
            missing = [(n, one) for n, one in enumerate(lines, before + 1) if not getattr(one, field)]
            if missing:
                names = _ranges([one.source for _, one in missing])
                self._say(
                    f"draft-{field.replace('_', '-')}-missing", message, lines=names,
                    location=f"lines[{missing[0][0]}].{field}",
                )  # fmt: skip

    # Charges and totals ------------------------------------------------------------------------------------------------

    def _charges(self) -> list[DraftCharge]:
        return [self._charge(one, n) for n, one in enumerate(self._invoice.charges, len(self._draft.charges) + 1)]

    def _charge(self, one: AllowanceCharge, number: int) -> DraftCharge:
        amount, currency = self._money(one.amount)
        words = _joined(one.reason or one.reason_code or "")
        where = f"charges[{number}]"
        kind = self._kind(one, words, where)
        found, said = f"{amount} {currency}".strip() or "–", words or "–"
        told: dict[str, Any] = {"found": found, "words": said, "location": f"{where}.kind"}
        if one.is_charge is None:
            self._say(
                "draft-charge-direction", "it is not stated whether {found} ({words}) is a charge or a discount", **told
            )
        elif kind == "discount":
            self._say(
                "draft-discount",
                "a discount of {found} on the whole ({words}) is in no line: the lines add up to more than is paid",
                **told,
            )
        elif kind == "other":
            self._say(
                "draft-charge-other",
                "a charge of {found} on the whole ({words}) is not declared until you say what it is",
                **told,
            )
        if currency and self._invoice.currency and currency != self._invoice.currency:
            self._say(
                "draft-charge-currency",
                "the charge {words} is in {found}, the invoice in {expected}; it keeps its own",
                found=currency,
                expected=self._invoice.currency,
                words=words or "–",
                location=f"{where}.currency",
            )
        went = "left-out" if kind in ("discount", "other", "") else "declared"
        self._sums.append(
            SourceSum(what=kind or "other", amount=amount, currency=currency, went=went, words=words)  # type: ignore[arg-type]
        )
        return DraftCharge(kind=kind, amount=amount, currency=currency, words=words)

    def _kind(self, one: AllowanceCharge, words: str, where: str) -> ChargeKind:
        if one.is_charge is None:
            return ""
        if not one.is_charge:
            return "discount"
        named = [kind for known, kind in _BY_WORDS if known.search(words)]
        if len(named) > 1:
            self._say(
                "draft-charge-mixed",
                "the charge {words} is for several things in one sum; say what it is, or part it",
                words=words,
                location=f"{where}.kind",
            )
            return "other"
        if one.reason_code in _BY_CODE:
            return _BY_CODE[one.reason_code]
        if not named:
            return "other"
        kind = named[0]
        self._say(
            "draft-charge-by-words",
            "the charge {words} is taken to be {found} by its words",
            "info",
            words=words,
            found=kind,
            location=f"{where}.kind",
        )
        return kind

    def _totals(self, lines: list[DraftLine], charges: list[DraftCharge]) -> None:
        """Each sum that the invoice states, and what of it does not agree with what was entered."""
        sums = self._invoice.totals
        self._sums[:0] = [self._sum("lines", sums.lines)]
        for what, stated in (
            ("charges", sums.charges),
            ("allowances", sums.allowances),
            ("without-tax", sums.without_tax),
            ("tax", sums.tax),
            ("with-tax", sums.with_tax),
            ("prepaid", sums.prepaid),
            ("rounding", sums.rounding),
            ("payable", sums.payable),
        ):
            if stated is not None:
                self._sums.append(self._sum(what, stated))
        self._aside("draft-tax", "tax of {found} is left out: it is not part of the price for customs", sums.tax)
        self._aside("draft-prepaid", "{found} was paid before; the price is not made less by it", sums.prepaid)
        self._aside("draft-rounding", "a rounding of {found} is left out", sums.rounding)
        self._compared(lines, charges)

    def _sum(self, what: str, stated: Amount | None) -> SourceSum:
        amount, currency = self._money(stated)
        went = "left-out" if what in ("tax", "rounding") else "declared" if what == "without-tax" else "compared"
        return SourceSum(what=what, amount=amount, currency=currency, went=went)  # type: ignore[arg-type]

    def _aside(self, code: str, message: str, stated: Amount | None) -> None:
        if stated is not None and stated.value:
            self._say(code, message, "info", found=" ".join(self._money(stated)).strip())

    def _compared(self, lines: list[DraftLine], charges: list[DraftCharge]) -> None:
        """Whether what was entered comes to the invoice's own totals, currency by currency."""
        currency, invoice = self._invoice.currency or "", self._invoice
        entered: list[DraftLine | DraftCharge] = [*lines, *charges]
        others = sorted({one.currency for one in entered if one.currency and one.currency != currency})
        if others:
            self._say(
                "draft-currencies",
                "amounts are in {found} besides {expected}: they cannot be added up, so the totals are not compared",
                found=", ".join(others),
                expected=currency or "–",
                location="invoice_amount",
            )
            return
        amounts = [Decimal(one.amount) for one in lines if one.amount]
        if len(amounts) < len(lines) or any(not one.amount or not one.kind for one in charges):
            self._say(
                "draft-totals-open",
                "an amount or the kind of a charge is not stated, so the totals are not compared",
                location="invoice_amount",
            )
            return
        total = sum(amounts, _ZERO)
        self._differs(
            "draft-lines-differ", "the lines entered add up to {found}, the invoice says {expected}", total, "lines"
        )
        for one in charges:
            total += Decimal(one.amount) * (-1 if one.kind == "discount" else 1)
        self._differs(
            "draft-total-differs",
            "lines, charges and discounts entered add up to {found}, the invoice says {expected} without tax",
            total,
            "without_tax",
        )
        if invoice.totals.without_tax is None and invoice.totals.with_tax is not None and invoice.totals.tax is None:
            self._say(
                "draft-total-with-tax",
                "the invoice states no total without tax; whether tax is in its amounts is not known",
                location="invoice_amount",
            )

    def _differs(self, code: str, message: str, entered: Decimal, name: str) -> None:
        stated = getattr(self._invoice.totals, name)
        if stated is not None and abs(entered - stated.value * self._sign) > _ZERO:
            self._say(
                code,
                message,
                "warning" if abs(entered - stated.value * self._sign) > _CENT else "info",
                found=plain(entered),
                expected=plain(stated.value * self._sign),
                location="invoice_amount",
            )

    # The whole ---------------------------------------------------------------------------------------------------------

    def _head(self) -> dict[str, str]:
        invoice, draft = self._invoice, self._draft
        amount, currency = self._money(invoice.totals.without_tax)
        is_first = not draft.read_from
        given = {
            "terms": invoice.terms.code if invoice.terms else None,
            "terms_place": invoice.terms.place if invoice.terms else None,
            "containers": " ".join(unit.id for unit in invoice.equipment if unit.id),
            "gross_mass": plain(invoice.gross_mass_kg),
            "packages": plain(invoice.packages),
            "invoice_amount": amount,
            "invoice_currency": currency or invoice.currency,
        }
        if not amount:
            self._say(
                "draft-total-missing",
                "the invoice states no total without tax; enter what is invoiced in all",
                location="invoice_amount",
            )
        values = {}
        for name, value in given.items():
            kept = getattr(draft, name)
            if not value or kept == value:
                continue
            if kept:
                self._say(
                    "draft-field-kept",
                    "{expected} was entered before and stays; the invoice says {found}",
                    expected=kept,
                    found=value,
                    location=name,
                )
            else:
                values[name] = value
        if not is_first and amount and draft.invoice_amount:
            self._say(
                "draft-several-invoices",
                "several invoices are in this draft: the amount invoiced in all has to be their sum",
                location="invoice_amount",
            )
        return values

    def _parties(self) -> dict[str, DraftParty]:
        invoice, draft, values = self._invoice, self._draft, {}
        for name, stated, other in (
            ("exporter", invoice.seller, invoice.consignor),
            ("importer", invoice.buyer, invoice.consignee),
        ):
            party = _party(stated or other)
            kept = getattr(draft, name)
            if party == DraftParty():
                continue
            both = [(field, getattr(kept, field), getattr(party, field)) for field in DraftParty.__struct_fields__]
            differing = [one for one in both if one[1] and one[2] and one[1] != one[2]]
            for field, before, found in differing:
                self._say(
                    "draft-field-kept",
                    "{expected} was entered before and stays; the invoice says {found}",
                    expected=before,
                    found=found,
                    location=f"{name}.{field}",
                )
            if not differing:  # parts of two parties are never put together
                values[name] = DraftParty(**{field: before or found for field, before, found in both})
        if "exporter" in values:
            self._say(
                "draft-seller", "the seller is entered as exporter", "info", location="exporter.name"
            )  # fmt: skip
        if "importer" in values:
            self._say("draft-buyer", "the buyer is entered as importer", "info", location="importer.name")
        if invoice.consignee is not None and invoice.buyer is not None and invoice.consignee.name != invoice.buyer.name:
            self._say(
                "draft-consignee",
                "the goods go to {found}, who is not the buyer; that is not entered",
                found=invoice.consignee.name or invoice.consignee.id or "–",
                location="importer.name",
            )
        return values

    def _documents(self, before: int) -> Iterator[DraftDocument]:
        invoice = self._invoice
        told = [(invoice.type_code or ("381" if self._sign < 0 else "380"), invoice.number)]
        told += [(one.type_code or "", one.id) for one in invoice.documents]
        told += [("", one) for one in (invoice.transport_document, invoice.despatch_advice, invoice.contract)]
        seen: set[str] = set()
        for kind, number in told:
            if not number or number in seen or before + len(seen) >= MOST_BESIDE:
                continue
            seen.add(number)
            if not kind:
                self._say(
                    "draft-document-kind",
                    "the kind of document {found} is not stated",
                    found=number,
                    location=f"documents[{before + len(seen)}].type",
                )
            yield DraftDocument(type=kind, number=number)


def _name(place: int, line: InvoiceLine) -> str:
    return line.id or str(place)


def _ranges(names: list[str]) -> str:
    """Names of lines, those that count on drawn together: `1–4, 7`."""
    runs: list[list[str]] = []
    for name in names:
        last = runs[-1][-1] if runs else ""
        if last.isdecimal() and name.isdecimal() and int(name) == int(last) + 1:
            runs[-1].append(name)
        else:
            runs.append([name])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)


def _joined(text: str | None) -> str:
    """A text in one line."""
    return " ".join((text or "").split())


def _party(party: Party | None) -> DraftParty:
    if party is None:
        return DraftParty()
    return DraftParty(
        id=party.id or "",
        name=_joined(party.name),
        address=_joined(", ".join(party.address)),
        city=party.city or "",
        postcode=party.postcode or "",
        country=party.country_code or "",
    )

# SPDX-License-Identifier: Apache-2.0
"""What stands against lodging a draft, field by field, before any standard judges the message made of it.

An error keeps it from being lodged; a warning is said and left to the trader. Each finding's `location` is the field.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

import msgspec

from cocket.codes import HsCode, country, currency, package_kind, unit
from cocket.consignment.hand_drafts.declared import DECLARED
from cocket.consignment.hand_drafts.draft import MOST_LINES, Draft, DraftCharge, DraftLine, DraftParty, read_number
from cocket.findings import Finding, Severity

#: Shortest commodity code of a declaration (digits): a subheading of the Harmonized System.
_SUBHEADING: Final = 6

#: How many decimals a sum may have so that it is compared exactly.
_CENT: Final = Decimal("0.01")


def check_draft(draft: Draft) -> tuple[Finding, ...]:
    """What is missing, cannot be read, or does not go together.

    Args:
        draft: The draft.

    Returns:
        Findings (0..n), those of the whole first, then line by line.
    """
    return (
        *_whole(draft),
        *(one for name in ("declarant", "importer", "exporter") for one in _party(name, getattr(draft, name))),
        *_charges(draft),
        *_documents(draft),
        *(one for number in range(1, len(draft.lines) + 1) for one in _line(draft, number)),
        *_sums(draft),
        *_sources(draft),
    )


def _whole(draft: Draft) -> Iterator[Finding]:
    if not draft.reference:
        yield _say("draft-missing", "give a reference of your own, one that you have not used before", "reference")
    if not draft.office:
        yield _say("draft-missing", "name the office of declaration", "office")
    if draft.flow == "import" and not (draft.importer.id or draft.importer.name):
        yield _say("draft-missing", "name the importer", "importer.name")
    if draft.flow == "export" and not (draft.exporter.id or draft.exporter.name):
        yield _say("draft-missing", "name the exporter", "exporter.name")
    if draft.flow == "import" and draft.importer.name and not draft.importer.id:
        yield _say("draft-missing", "the number of the importer is not stated", "importer.id", "warning")
    if draft.flow == "export" and draft.exporter.name and not draft.exporter.id:
        yield _say("draft-missing", "the number of the exporter is not stated", "exporter.id", "warning")
    if not (draft.declarant.id or draft.declarant.name):
        yield _say("draft-missing", "the declarant is not named", "declarant.name", "warning")
    if not draft.gross_mass:
        yield _say("draft-missing", "the gross mass is not stated", "gross_mass", "warning")
    if not draft.lines:
        yield _say("draft-missing", "enter at least one goods line", "lines")
    if len(draft.lines) > MOST_LINES:
        yield _say(
            "draft-lines-too-many",
            "a declaration has at most {expected} lines, this has {found}",
            "lines",
            expected=str(MOST_LINES),
            found=str(len(draft.lines)),
        )
    for name in ("export_country", "destination_country", "border_country"):
        yield from _country(getattr(draft, name), name)
    yield from _figure(draft.gross_mass, "gross_mass")
    yield from _whole_number(draft.packages, "packages")
    yield from _figure(draft.invoice_amount, "invoice_amount")
    yield from _currency(draft.invoice_currency, draft.invoice_amount, "invoice_currency")


def _party(name: str, party: DraftParty) -> Iterator[Finding]:
    yield from _country(party.country, f"{name}.country")


def _documents(draft: Draft) -> Iterator[Finding]:
    for number, one in enumerate(draft.documents, 1):
        where = f"documents[{number}]"
        if one.type and not one.number:
            yield _say("draft-missing", "give the number of the document, or clear its kind", f"{where}.number")
        if one.number and not one.type:
            yield _say("draft-missing", "say what kind of document {found} is", f"{where}.type", found=one.number)


def _charges(draft: Draft) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for number, one in enumerate(draft.charges, 1):
        where = f"charges[{number}]"
        yield from _figure(one.amount, f"{where}.amount")
        yield from _currency(one.currency, one.amount, f"{where}.currency")
        if one.amount and not one.kind:
            yield _say("draft-missing", "say what kind of charge {found} is", f"{where}.kind", found=one.amount)
        if one.kind in ("other", "discount") and one.amount:
            yield _say(
                "draft-charge-not-declared",
                "{found} is not in the declaration: a discount belongs in the prices of the lines, another charge needs a kind",
                f"{where}.kind",
                "warning",
                found=f"{one.amount} {one.currency}".strip(),
            )
        if one.kind in DECLARED and one.amount:
            other = seen.setdefault(one.kind, one.currency)
            if other != one.currency:
                yield _say(
                    "draft-charge-currencies",
                    "charges of one kind must be in one currency: there are {expected} and {found}",
                    f"{where}.currency",
                    expected=other or "–",
                    found=one.currency or "–",
                )


def _line(draft: Draft, number: int) -> Iterator[Finding]:
    line, where = draft.lines[number - 1], f"lines[{number}]"
    if not line.description:
        yield _say("draft-missing", "say what the goods are", f"{where}.description")
    if not line.amount:
        yield _say("draft-missing", "give the price of the line", f"{where}.amount")
    code = HsCode.parse(line.code) if line.code else None
    if not line.code:
        yield _say("draft-missing", "give the commodity code", f"{where}.code")
    elif code is None or len(code.digits) < _SUBHEADING:
        yield _say(
            "draft-code", "{found} is not a commodity code of at least 6 digits", f"{where}.code", found=line.code
        )
    if not line.procedure:
        yield _say("draft-missing", "the procedure is not stated", f"{where}.procedure", "warning")
    if not line.origin:
        yield _say("draft-missing", "the country of origin is not stated", f"{where}.origin", "warning")
    yield from _country(line.origin, f"{where}.origin")
    for name in ("amount", "quantity", "net_mass", "gross_mass"):
        yield from _figure(getattr(line, name), f"{where}.{name}")
    yield from _whole_number(line.packages, f"{where}.packages")
    yield from _currency(line.currency, line.amount, f"{where}.currency")
    if line.unit and unit(line.unit) is None:
        yield _say(
            "draft-unit", "{found} is not a unit of Recommendation 20", f"{where}.unit", "warning", found=line.unit
        )
    if line.quantity and not line.unit:
        yield _say("draft-missing", "the unit of the quantity is not stated", f"{where}.unit", "warning")
    if line.package_kind and package_kind(line.package_kind) is None:
        yield _say(
            "draft-package",
            "{found} is not a kind of package of Recommendation 21",
            f"{where}.package_kind",
            "warning",
            found=line.package_kind,
        )


def _sums(draft: Draft) -> Iterator[Finding]:
    """Whether lines, charges and discounts come to what is invoiced, where they can be added up."""
    stated = read_number(draft.invoice_amount)
    amounts = [read_number(line.amount) for line in draft.lines]
    if stated is None or not amounts or None in amounts:
        return
    entered: list[DraftLine | DraftCharge] = [*draft.lines, *draft.charges]
    currencies = {one.currency for one in entered if one.amount} | {draft.invoice_currency}
    if len(currencies) > 1:
        names = ", ".join(sorted(one or "–" for one in currencies))
        message = "amounts are in several currencies ({found}), so their sum is not compared"
        yield _say("draft-sum-open", message, "invoice_amount", "warning", found=names)
        return
    lines = sum((one for one in amounts if one is not None), Decimal(0))
    total = lines
    for one in draft.charges:
        total += (read_number(one.amount) or Decimal(0)) * (-1 if one.kind == "discount" else 1)
    if abs(stated - total) >= _CENT and abs(stated - lines) >= _CENT:
        yield _say(
            "draft-sum",
            "lines come to {lines}, with charges and discounts to {found}; what is invoiced in all is {expected}",
            "invoice_amount",
            "warning",
            found=f"{total:f}",
            expected=f"{stated:f}",
            lines=f"{lines:f}",
        )


def _sources(draft: Draft) -> Iterator[Finding]:
    """What a file holds that did not come into the draft, and files that were read twice."""
    for source in draft.read_from:
        for note in source.notes:
            if note.code == "draft-lines-too-many":
                yield msgspec.structs.replace(note, severity="warning", location="lines")
    for source in {one.digest: one for one in draft.read_from if one.digest}.values():
        times = sum(one.digest == source.digest for one in draft.read_from)
        if times > 1:
            yield _twice(source.name, times)
    files = {(one.standard, one.number, one.digest): one for one in draft.read_from if one.number}
    numbers = Counter((standard, number) for standard, number, _ in files)
    for (_, number), times in numbers.items():
        if times > 1:
            yield _twice(number, times)


def _twice(name: str, times: int) -> Finding:
    message = "{found} was read {times} times; see that its lines are not there twice"
    return _say("draft-read-twice", message, "lines", "warning", found=name, times=str(times))


def _figure(text: str, where: str) -> Iterator[Finding]:
    if not text:
        return
    value = read_number(text)
    if value is None:
        yield _say("draft-number", "{found} is not a number such as 1234.50", where, found=text)
    elif value < 0:
        yield _say("draft-below-zero", "{found} is below zero, which cannot be declared", where, found=text)


def _whole_number(text: str, where: str) -> Iterator[Finding]:
    value = read_number(text) if text else Decimal(0)
    if value is None or value != value.to_integral_value() or value < 0:
        yield _say("draft-count", "{found} is not a whole number", where, found=text)


def _currency(text: str, amount: str, where: str) -> Iterator[Finding]:
    if text and currency(text) is None:
        yield _say("draft-currency", "{found} is not a currency of ISO 4217, such as EUR", where, found=text)
    elif amount and not text:
        yield _say("draft-missing", "name the currency of the amount", where)


def _country(text: str, where: str) -> Iterator[Finding]:
    if text and country(text) is None:
        yield _say("draft-country", "{found} is not a country of ISO 3166 in two letters", where, found=text)


def _say(code: str, message: str, where: str, severity: Severity = "error", **more: str) -> Finding:
    found, expected = more.pop("found", None), more.pop("expected", None)
    return Finding(
        code=code,
        severity=severity,
        message=message,
        location=where,
        found=found and found[:200],
        expected=expected and expected[:200],
        arguments=more,
    )

# SPDX-License-Identifier: Apache-2.0
"""Cross-checks: what the papers of one consignment say against each other.

Each check is a function named after its code. Its first paragraph is the text for the officer; a check says nothing
where one side does not say. None refuses a message: they are findings of the dossier.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cocket.consignment import agreement
from cocket.consignment.comparison import disagrees, other_consignees
from cocket.consignment.references import key_of
from cocket.consignment.sides import Sides, Voice, as_number
from cocket.consignment.statement import Statement
from cocket.findings import Finding, Severity
from cocket.model import Amount

Check = Callable[[Sides], Iterable[Finding]]


def bill_packages_differ(two: Sides) -> Iterable[Finding]:
    """The packages declared so far are not those of the bill of lading.

    With part shipments this holds until the last one is declared; more packages than the bill has is never right.

    Source: Revised Kyoto Convention, General Annex, standards 3.30 and 3.31 (checking the goods declaration); ASYCUDA
    World writes a transport document off by packages and gross mass.
    """
    declared, billed = _both(two)
    if disagrees(two, "packages", "bills"):
        yield _finding(
            "bill-packages-differ",
            "{found} packages are declared, the bill of lading has {expected}",
            expected=str(billed.packages),
            found=str(declared.packages),
        )


def bill_gross_differs(two: Sides) -> Iterable[Finding]:
    """The gross mass declared so far is not that of the bill of lading, by more than 1 % and 1 kg.

    Source: as `bill_packages_differ`; the tolerance is ours, for manifests round.
    """
    declared, billed = _both(two)
    if disagrees(two, "gross_mass_kg", "bills"):
        yield _finding(
            "bill-gross-differs",
            "{found} kg gross are declared, the bill of lading has {expected} kg",
            expected=as_number(billed.gross_mass_kg),
            found=as_number(declared.gross_mass_kg),
        )


def equipment_not_on_bill(two: Sides) -> Iterable[Finding]:
    """A container is declared that the bill of lading does not have.

    Source: WCO Data Model, TransportEquipment 31B, of declaration and cargo report; WCO SAFE Framework, pillar 1,
    standard 6 (advance electronic information).
    """
    declared, billed = _both(two)
    is_other = disagrees(two, "equipment", "bills")
    for number in sorted(set(declared.equipment) - set(billed.equipment)) if is_other else ():
        yield _finding(
            "equipment-not-on-bill",
            "container {found} is declared, but not on the bill of lading",
            expected=", ".join(billed.equipment),
            found=number,
        )


def equipment_not_declared(two: Sides) -> Iterable[Finding]:
    """A container is on the bill of lading that no declaration has so far.

    Source: as `equipment_not_on_bill`.
    """
    declared, billed = _both(two)
    is_other = disagrees(two, "equipment", "bills")
    for number in sorted(set(billed.equipment) - set(declared.equipment)) if is_other else ():
        yield _finding(
            "equipment-not-declared",
            "container {expected} is on the bill of lading, but not declared",
            "info",
            expected=number,
        )


def seal_differs(two: Sides) -> Iterable[Finding]:
    """A container is declared with another seal than the bill of lading has for it.

    Source: WCO SAFE Framework, pillar 1, seal integrity programme (recording and verifying seals).
    """
    declared, billed = _both(two)
    is_other = disagrees(two, "seals", "bills")
    for number, found, expected in agreement.other_seals(declared.seals, billed.seals) if is_other else ():
        yield _finding(
            "seal-differs",
            "container {container} is declared with seal {found}, the bill of lading has {expected}",
            expected=", ".join(sorted(expected)),
            found=", ".join(sorted(found)),
            container=number,
        )


def consignee_differs(two: Sides) -> Iterable[Finding]:
    """The importer declared is not the consignee of the bill of lading.

    A bill "to order" names nobody and is not compared; a sale on the way explains a difference.

    Source: WCO Data Model, Consignee 27A of the cargo report, Importer 74A of the declaration.
    """
    pairs = ((mine.says.consignee, theirs.says.consignee) for mine, theirs in other_consignees(two))
    mine, theirs = next(pairs, (None, None))
    if mine and theirs:
        yield _finding(
            "consignee-differs",
            "{found} is declared as importer, the consignee on the bill of lading is {expected}",
            expected=theirs.name or theirs.id,
            found=mine.name or mine.id,
        )


def goods_differ(two: Sides) -> Iterable[Finding]:
    """The goods declared and the goods on the bill of lading have no word in common.

    Source: WCO SAFE Framework, guidance on acceptable and unacceptable goods descriptions.
    """
    declared, billed = _both(two)
    if disagrees(two, "goods", "bills"):
        yield _finding(
            "goods-differ",
            "{found} is declared, the bill of lading has {expected}",
            "info",
            expected="; ".join(billed.goods),
            found="; ".join(declared.goods),
        )


def hs_not_on_bill(two: Sides) -> Iterable[Finding]:
    """The commodity codes declared are not those that the bill of lading states.

    Source: WCO SAFE Framework, advance cargo data (HS code, 6 digits, where the carrier states it).
    """
    declared, billed = _both(two)
    if disagrees(two, "hs_codes", "bills"):
        yield _finding(
            "hs-not-on-bill",
            "declared under {found}, the bill of lading states {expected}",
            "info",
            expected=", ".join(billed.hs_codes),
            found=", ".join(declared.hs_codes),
        )


def declared_not_manifested(two: Sides) -> Iterable[Finding]:
    """A bill of lading is declared that no manifest has reported so far.

    Before the manifest comes this is nothing; once the ship is in, the goods came by another way or not at all.

    Source: Revised Kyoto Convention, specific annex A, chapter 1 (cargo declaration).
    """
    reported = _bill_numbers(two.bills)
    for number, as_written in _bill_numbers(two.declarations).items():
        if number not in reported:
            yield _finding(
                "declared-not-manifested",
                "bill of lading {found} is declared, but is on no manifest yet",
                "info",
                found=as_written,
            )


def manifested_not_declared(two: Sides) -> Iterable[Finding]:
    """The goods of this bill of lading are not declared so far.

    Source: Revised Kyoto Convention, specific annex A, chapter 2 (temporary storage of goods).
    """
    if two.bills and not two.declarations:
        yield _finding(
            "manifested-not-declared",
            "bill of lading {expected} is on a manifest, but not yet declared",
            "info",
            expected=next(iter(_bill_numbers(two.bills).values()), None),
        )


def invoice_value_differs(two: Sides) -> Iterable[Finding]:
    """The value declared is not what the seller invoiced, by more than 1 %.

    Freight and insurance may be on the invoice or not, as the terms of delivery have it.

    Source: WTO Valuation Agreement, Article 1 (the price actually paid or payable); Article 8 for what is added.
    """
    declared, invoiced = _against(two, two.invoiced)
    if disagrees(two, "value", "invoices"):
        yield _finding(
            "invoice-value-differs",
            "{found} is declared, the invoice has {expected}",
            expected=_money(invoiced.value),
            found=_money(declared.value),
        )


def invoice_currency_differs(two: Sides) -> Iterable[Finding]:
    """The value is declared in another currency than the seller invoiced.

    Source: WTO Valuation Agreement, Article 9 (conversion of currency).
    """
    declared, invoiced = _against(two, two.invoiced)
    if disagrees(two, "currency", "invoices") and declared.value and invoiced.value:
        yield _finding(
            "invoice-currency-differs",
            "the value is declared in {found}, the invoice is in {expected}",
            expected=invoiced.value.currency,
            found=declared.value.currency,
        )


def invoice_quantity_differs(two: Sides) -> Iterable[Finding]:
    """The quantity declared in a unit is not what was invoiced in it.

    Source: Revised Kyoto Convention, General Annex, standards 3.30 and 3.31 (checking the goods declaration).
    """
    declared, invoiced = _against(two, two.invoiced)
    is_other = disagrees(two, "quantities", "invoices")
    for unit, found, expected in (
        agreement.other_quantities(declared.quantities, invoiced.quantities) if is_other else ()
    ):
        yield _finding(
            "invoice-quantity-differs",
            "{found} {unit} are declared, the invoice has {expected}",
            expected=as_number(expected),
            found=as_number(found),
            unit=unit,
        )


def invoice_origin_differs(two: Sides) -> Iterable[Finding]:
    """A country of origin is declared that the invoice does not name.

    Source: Revised Kyoto Convention, specific annex K, chapter 2 (documentary evidence of origin).
    """
    declared, invoiced = _against(two, two.invoiced)
    is_other = disagrees(two, "origins", "invoices")
    for country in sorted(set(declared.origins) - set(invoiced.origins)) if is_other else ():
        yield _finding(
            "invoice-origin-differs",
            "origin {found} is declared, the invoice names {expected}",
            expected=", ".join(invoiced.origins),
            found=country,
        )


def invoice_hs_differs(two: Sides) -> Iterable[Finding]:
    """The commodity codes declared are not those that the seller put on the invoice, as far as six digits.

    Source: Harmonized System Convention, Article 3 (six digits are common to all).
    """
    declared, invoiced = _against(two, two.invoiced)
    if disagrees(two, "hs_codes", "invoices"):
        yield _finding(
            "invoice-hs-differs",
            "declared under {found}, the invoice states {expected}",
            expected=", ".join(invoiced.hs_codes),
            found=", ".join(declared.hs_codes),
        )


def packing_packages_differ(two: Sides) -> Iterable[Finding]:
    """The packages declared so far are not those of the packing list.

    Source: Revised Kyoto Convention, General Annex, standards 3.30 and 3.31 (checking the goods declaration).
    """
    declared, packed = _against(two, two.packed)
    if disagrees(two, "packages", "packing_lists"):
        yield _finding(
            "packing-packages-differ",
            "{found} packages are declared, the packing list has {expected}",
            expected=str(packed.packages),
            found=str(declared.packages),
        )


def packing_gross_differs(two: Sides) -> Iterable[Finding]:
    """The gross mass declared so far is not that of the packing list, by more than 1 % and 1 kg.

    Source: as `packing_packages_differ`.
    """
    declared, packed = _against(two, two.packed)
    if disagrees(two, "gross_mass_kg", "packing_lists"):
        yield _finding(
            "packing-gross-differs",
            "{found} kg gross are declared, the packing list has {expected} kg",
            expected=as_number(packed.gross_mass_kg),
            found=as_number(declared.gross_mass_kg),
        )


#: All cross-checks, in the order in which they are told.
CHECKS: tuple[Check, ...] = (
    bill_packages_differ,
    bill_gross_differs,
    equipment_not_on_bill,
    seal_differs,
    consignee_differs,
    goods_differ,
    hs_not_on_bill,
    equipment_not_declared,
    declared_not_manifested,
    manifested_not_declared,
    invoice_value_differs,
    invoice_currency_differs,
    invoice_quantity_differs,
    invoice_origin_differs,
    invoice_hs_differs,
    packing_packages_differ,
    packing_gross_differs,
)


#: Those that may find something where there are declarations alone; the others compare them with what is not there.
_ALONE: tuple[Check, ...] = (declared_not_manifested,)


def cross_check(two: Sides) -> tuple[Finding, ...]:
    """Run every cross-check.

    Args:
        two: The papers that hold today, by side.

    Returns:
        Findings in the order of `CHECKS` (0..n), none an `error`.
    """
    is_alone = not (two.bills or two.invoices or two.packing_lists)
    return tuple(finding for check in (_ALONE if is_alone else CHECKS) for finding in check(two))


def _both(two: Sides) -> tuple[Statement, Statement]:
    """What each side says in all; nothing where the side is absent."""
    return two.declared or Statement(), two.billed or Statement()


def _against(two: Sides, other: Statement | None) -> tuple[Statement, Statement]:
    """What is declared and what another side says; nothing where either is absent."""
    return (two.declared, other) if two.declared and other else (Statement(), Statement())


def _money(amount: Amount | None) -> str | None:
    return None if amount is None else f"{amount.value:f} {amount.currency or ''}".strip()


def _bill_numbers(voices: Iterable[Voice]) -> dict[str, str]:
    """Transport documents named, key → as written."""
    names = (name for voice in voices for name in voice.paper.names if name.kind in ("BL", "HBL"))
    return {key.value: name.value for name in names if (key := key_of(name, "")) is not None}


def _finding(
    code: str,
    message: str,
    severity: Severity = "warning",
    *,
    expected: str | None = None,
    found: str | None = None,
    **arguments: str,
) -> Finding:
    return Finding(
        code=code,
        severity=severity,
        message=message,
        expected=expected[:200] if expected else None,
        found=found[:200] if found else None,
        arguments=arguments,
    )

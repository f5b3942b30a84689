# SPDX-License-Identifier: Apache-2.0
"""Questions on what a price may leave out: relationship, conditions, and what Article 8 adds.

Nothing here is a finding against a value: a sum that is not stated may simply not be due. What contradicts itself is a
warning, what is only not stated a note.
Source: WTO Valuation Agreement, articles 1 and 8.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Final

import msgspec

from cocket.findings import Finding, Severity
from cocket.model import Amount, Declaration, Party, ValueDeclaration

_COMMISSIONS: Final = ("commissions", "brokerage")
_PACKING: Final = ("containers_and_packing",)
_ASSISTS: Final = ("materials", "tools", "materials_consumed", "engineering")
_CARRIAGE: Final = ("transport", "external_freight", "freight")
_INSURANCE: Final = ("insurance",)

#: Terms under which the price leaves out main carriage, and those under which it leaves out insurance.
_WITHOUT_CARRIAGE: Final = {"EXW", "FCA", "FAS", "FOB"}
_WITHOUT_INSURANCE: Final = _WITHOUT_CARRIAGE | {"CFR", "CPT"}


class Particulars(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a price and what goes with it.

    Attributes:
        terms: Incoterms code; None if not stated.
        sums: Names of sums stated above nothing, of declaration and value declaration together.
        seller: Seller's number or name; None if not stated.
        buyer: Buyer's; None if not stated.
        form: Declaration of value; None if none was presented.
    """

    terms: str | None = None
    sums: frozenset[str] = frozenset()
    seller: str | None = None
    buyer: str | None = None
    form: ValueDeclaration | None = None


def particulars(declaration: Declaration | None, form: ValueDeclaration | None = None) -> Particulars:
    """What declaration and value declaration say of a price.

    Args:
        declaration: The goods declaration; None if there is none.
        form: The declaration of value; None if there is none.
    """
    sums: set[str] = set()
    terms, seller, buyer = None, form.seller if form else None, form.buyer if form else None
    if declaration is not None:
        shipment = declaration.shipment
        for charges in (declaration.valuation.charges, *(item.charges for item in shipment.items)):
            sums |= _stated(charges)
        terms = shipment.trade_terms.code if shipment.trade_terms else None
        seller, buyer = seller or shipment.seller or shipment.exporter, buyer or shipment.buyer or shipment.importer
    for invoice in form.invoices if form else ():
        sums |= _stated({name: one.amount for name, one in invoice.additions.items()})
        terms = terms or (invoice.terms.code if invoice.terms else None)
    return Particulars(
        terms=terms.strip().upper() if terms else None,
        sums=frozenset(sums),
        seller=_name(seller),
        buyer=_name(buyer),
        form=form,
    )


def further_questions(known: Particulars) -> tuple[Finding, ...]:
    """What is left open (0..n): what contradicts itself first, then what is not stated."""
    open_ = [
        Finding(code=rule.__name__.replace("_", "-"), severity=severity, message=_words(rule))
        for rule, severity in RULES
        if rule(known)
    ]
    return tuple(sorted(open_, key=lambda one: one.severity != "warning"))


def relation_not_explained(known: Particulars) -> bool:
    """Buyer and seller are said to be related. How was the price arrived at, and did the relationship influence it?

    Source: Valuation Agreement, articles 1.1(d), 1.2 and 15.4.
    """
    form = known.form
    return bool(form and form.is_related and form.relation_influenced_price is not False)


def relation_not_stated(known: Particulars) -> bool:
    """Buyer and seller bear the same name or number. Are they related?

    Source: Valuation Agreement, article 15.4.
    """
    alike = known.seller is not None and known.seller == known.buyer
    return alike and not (known.form and known.form.is_related)


def restrictions_not_explained(known: Particulars) -> bool:
    """The buyer is said to be restricted in using or selling the goods. What are the restrictions?

    Source: Valuation Agreement, article 1.1(a).
    """
    return bool(known.form and known.form.has_restrictions and not known.form.conditions_details)


def conditions_not_explained(known: Particulars) -> bool:
    """Sale or price are said to depend on a condition. What is it, and what is it worth?

    Source: Valuation Agreement, article 1.1(b).
    """
    return bool(known.form and known.form.has_conditions and not known.form.conditions_details)


def royalties_not_added(known: Particulars) -> bool:
    """Royalties or licence fees are said to be due, and no sum is stated. What is paid, for what, and to whom?

    Source: Valuation Agreement, article 8.1(c).
    """
    return bool(known.form and known.form.has_royalties and "royalties" not in known.sums)


def proceeds_not_added(known: Particulars) -> bool:
    """A part of the resale is said to go to the seller, and no sum is stated. How much is it?

    Source: Valuation Agreement, article 8.1(d).
    """
    return bool(known.form and known.form.has_resale_proceeds and "proceeds" not in known.sums)


def carriage_not_added(known: Particulars) -> bool:
    """The terms of delivery leave out carriage, and no freight is stated. Who carried the goods, and at what cost?

    Source: Valuation Agreement, article 8.2(a); it asks for this only where the national law includes carriage.
    """
    return known.terms in _WITHOUT_CARRIAGE and not known.sums & set(_CARRIAGE)


def insurance_not_added(known: Particulars) -> bool:
    """The terms of delivery leave out insurance, and none is stated. Were the goods insured, and at what cost?

    Source: Valuation Agreement, article 8.2(c); it asks for this only where the national law includes insurance.
    """
    return known.terms in _WITHOUT_INSURANCE and not known.sums & set(_INSURANCE)


def royalties_not_stated(known: Particulars) -> bool:
    """It is not said whether royalties or licence fees are a condition of the sale. Are they?

    Source: Valuation Agreement, article 8.1(c).
    """
    return (known.form is None or known.form.has_royalties is None) and "royalties" not in known.sums


def commissions_not_stated(known: Particulars) -> bool:
    """No commission or brokerage is stated. Was any paid, other than for buying?

    Source: Valuation Agreement, article 8.1(a)(i).
    """
    return not known.sums & set(_COMMISSIONS)


def packing_not_stated(known: Particulars) -> bool:
    """No cost of containers or packing is stated. Does the price include it?

    Source: Valuation Agreement, article 8.1(a)(ii) and (iii).
    """
    return not known.sums & set(_PACKING)


def assists_not_stated(known: Particulars) -> bool:
    """Nothing is stated that the buyer supplied for making the goods. Were materials, tools or designs supplied?

    Source: Valuation Agreement, article 8.1(b).
    """
    return not known.sums & set(_ASSISTS)


#: What contradicts itself, then what is only not stated.
RULES: Final[tuple[tuple[Callable[[Particulars], bool], Severity], ...]] = (
    (relation_not_explained, "warning"),
    (relation_not_stated, "warning"),
    (restrictions_not_explained, "warning"),
    (conditions_not_explained, "warning"),
    (royalties_not_added, "warning"),
    (proceeds_not_added, "warning"),
    (carriage_not_added, "warning"),
    (insurance_not_added, "warning"),
    (royalties_not_stated, "info"),
    (commissions_not_stated, "info"),
    (packing_not_stated, "info"),
    (assists_not_stated, "info"),
)


def _words(rule: Callable[[Particulars], bool]) -> str:
    """The question that a rule puts: the first paragraph of its docstring."""
    return " ".join(inspect.cleandoc(rule.__doc__ or rule.__name__).split("\n\n", 1)[0].split())


def _stated(sums: dict[str, Amount]) -> set[str]:
    return {name for name, amount in sums.items() if amount.value > 0}


def _name(party: Party | None) -> str | None:
    name = (party.id or party.name) if party else None
    return "".join(filter(str.isalnum, name)).upper() or None if name else None

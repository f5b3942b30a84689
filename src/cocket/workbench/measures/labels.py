# SPDX-License-Identifier: Apache-2.0
"""What values, doubts and permits are called on the pages. Every text here is looked up in the catalogue before it is shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cocket.measures.permits import Permit
from cocket.workbench.base.labels import _

#: Steps from a price to a customs value.
VALUE_STEPS: Final[dict[str, str]] = {
    "price": _("Price paid or payable"),
    "inland_export": _("Carriage in the country of export"),
    "export_formalities": _("Export formalities"),
    "loading": _("Loading"),
    "freight": _("Freight"),
    "insurance": _("Insurance"),
    "inland_import": _("Carriage after import"),
    "import_duties": _("Duties and taxes in the price"),
    "commissions": _("Commissions"),
    "brokerage": _("Brokerage"),
    "containers": _("Containers"),
    "packing": _("Packing"),
    "containers_and_packing": _("Containers and packing"),
    "materials": _("Materials supplied by the buyer"),
    "tools": _("Tools supplied by the buyer"),
    "materials_consumed": _("Materials consumed, supplied by the buyer"),
    "engineering": _("Designs and engineering supplied by the buyer"),
    "royalties": _("Royalties and licence fees"),
    "proceeds": _("Proceeds of resale for the seller"),
    "indirect_payments": _("Indirect payments"),
    "assembly_after_import": _("Assembly after import"),
    "transport_after_import": _("Carriage after import"),
    "duties_in_price": _("Duties and taxes in the price"),
    "buying_commission": _("Buying commission"),
    "interest": _("Interest"),
}

#: How an amount of the invoice came to an item.
SPREAD: Final[dict[str, str]] = {"price": _("spread by price"), "gross-mass": _("spread by gross mass")}

OUTCOMES: Final[dict[str, str]] = {
    "nothing-unusual": _("Nothing unusual"),
    "ask": _("Reason to ask"),
    "cannot-say": _("Not known"),
}

STATES: Final[dict[str, str]] = {
    "new": _("New"),
    "asked": _("Asked"),
    "answered": _("Answered"),
    "grounds-told": _("Grounds given"),
    "heard": _("Heard on the grounds"),
    "proposed": _("Waiting for a second person"),
    "accepted": _("Declared value accepted"),
    "not-determinable": _("Not determinable under Article 1"),
    "valued": _("Another method used"),
    "appealed": _("Appealed"),
    "closed": _("Closed"),
}

#: Kind of step → what doing it is called, and what it means.
STEPS: Final[dict[str, tuple[str, str]]] = {
    "asked": (_("Ask"), ""),
    "answered": (_("Record an answer"), _("The importer's answer, and the documents received.")),
    "grounds-told": (
        _("Give the grounds"),
        _("Doubt remains: give the grounds, and an opportunity to respond before a decision."),
    ),
    "decided": (
        _("Decide"),
        _("Accept the declared value, or find it not determinable under Article 1 and give the grounds."),
    ),
    "sent-back": (_("Send the proposal back"), _("The doubt returns to its previous state.")),
    "guaranteed": (
        _("Release against a guarantee"),
        _("Article 13: while the decision is delayed. It is a security, not an assessment."),
    ),
    "guarantee-ended": (_("End the guarantee"), _("Return it, or use it for what became due.")),
    "valued": (
        _("Record the method used"),
        _("In the order of the agreement; give the reason why no earlier method could be used."),
    ),
    "appealed": (_("Record an appeal"), _("Article 11: without penalty.")),
    "appeal-decided": (_("Record the outcome of the appeal"), ""),
    "closed": (_("Close"), _("Nothing more is to be done.")),
}

CAUSES: Final[dict[str, str]] = {
    "no-answer": _("No answer came"),
    "papers-missing": _("Requested documents are missing"),
    "papers-contradict": _("Documents contradict each other or the declaration"),
    "answer-does-not-explain": _("The answer does not explain the price"),
    "price-incomplete": _("The price is not the total paid or payable"),
    "sale-conditions": _("The sale is under conditions or restrictions of Article 1.1"),
}

METHODS: Final[dict[str, str]] = {
    "2": _("2: transaction value of identical goods"),
    "3": _("3: transaction value of similar goods"),
    "4": _("4: deductive method"),
    "5": _("5: computed method"),
    "6": _("6: fall-back, by reasonable means"),
}

DECISIONS: Final[dict[str, tuple[str, str]]] = {
    "accepted": (_("Accept the declared value"), ""),
    "not-determinable": (_("Not determinable under Article 1"), _("only after the grounds were given")),
}

FORMS: Final[dict[str, str]] = {"deposit": _("Deposit"), "surety": _("Surety"), "other": _("Other")}

WRITING: Final[dict[str, str]] = {"true": _("in writing"), "false": _("not in writing")}

ORDERS: Final[dict[str, str]] = {"false": _("as in the agreement"), "true": _("reversed, as the importer asked")}

ENDS: Final[dict[str, tuple[str, str]]] = {"returned": (_("Returned"), ""), "drawn": (_("Used"), "")}

APPEALS: Final[dict[str, tuple[str, str]]] = {
    "confirmed": (_("Our decision is upheld"), ""),
    "set-aside": (_("Our decision is set aside"), ""),
}

DEPTHS: Final[dict[str, str]] = {
    "whole": _("the whole code"),
    "hs6": _("the first six digits"),
}

#: Words of steps that stand in places of sentences; listed here so that they are in the catalogue.
SPOKEN: Final = (
    _("accepted"),
    _("not determinable under Article 1"),
    _("our decision is upheld"),
    _("our decision is set aside"),
    _("returned"),
    _("used"),
)

PERMIT_STATES: Final[dict[str, str]] = {
    "valid": _("Valid"),
    "suspended": _("Suspended"),
    "withdrawn": _("Withdrawn"),
}

#: Status → the act that sets it, what that means, and its button.
PERMIT_ACTS: Final[dict[str, tuple[str, str, str]]] = {
    "suspended": (
        _("Suspend the permit"),
        _(
            "Declarations that present it are refused their write-off until it is valid again. What is written off stays."
        ),
        _("Suspend all its lines"),
    ),
    "withdrawn": (
        _("Withdraw the permit"),
        _("No declaration can be written off it from now on. What is written off stays."),
        _("Withdraw all its lines"),
    ),
    "valid": (
        _("Make the permit valid again"),
        _("Declarations can be written off all its lines again, as far as anything is left."),
        _("Make it valid"),
    ),
}

USES: Final[dict[str, str]] = {
    "reserved": _("reserved"),
    "confirmed": _("written off"),
    "returned": _("given back"),
}

HOLD_WORDS: Final[dict[str, tuple[str, str]]] = {
    "held": (_("Hold"), _("The goods must not be released.")),
    "released": (_("Release"), _("The agency has no objection any more.")),
}


def balances(permit: Permit) -> Iterator[tuple[str, str, str, str, str]]:
    """What a permit limits: its name, how much is allowed, taken and left, and in which unit (0..3)."""
    taken = permit.taken
    if permit.quantity is not None:
        left = permit.quantity - taken.quantity
        yield _("Quantity"), str(permit.quantity), str(taken.quantity), str(left), permit.unit or ""
    if permit.value is not None:
        yield _("Value"), str(permit.value), str(taken.value), str(permit.value - taken.value), permit.currency or ""
    if permit.uses is not None:
        yield _("Declarations"), str(permit.uses), str(taken.uses), str(permit.uses - taken.uses), ""


#: Code of what is wrong with the tariff of the house → of what kind it is.
TARIFF_PROBLEMS: Final[dict[str, str]] = {
    "no-tariff": _("This installation has no tariff."),
    "charges-not-in-order": _("A charge of the tariff is not valid."),
    "charges-unreadable": _("The charges of the tariff cannot be read."),
    "base-not-understood": _("The base of a charge cannot be read."),
    "country-unknown": _("The charges of the country are not known."),
}
TARIFF_PROBLEM: Final = _("The tariff or the exchange rates cannot be read.")

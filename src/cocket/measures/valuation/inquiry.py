# SPDX-License-Identifier: Apache-2.0
"""What is asked of the importer where there is reason to doubt a declared value, and which papers would answer it.

The words to the importer name no figures of others: what they declared is confidential.
Source: WTO Committee on Customs Valuation, Decision 6.1; Valuation Agreement, articles 10 (confidential information) and
17 (rights of customs to be satisfied of the truth or accuracy of particulars).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from cocket.findings import Finding

#: Papers that may be asked for, by name, in words.
PAPERS: Final[dict[str, str]] = {
    "contract": "contract of sale or order, with its terms of price and payment",
    "invoice": "commercial invoice of the seller, and any corrected or pro-forma invoice",
    "payment": "proof of payment, such as the bank's transfer record or letter of credit",
    "price-list": "the seller's price list, offer or catalogue of that time",
    "correspondence": "correspondence on the price with the seller",
    "accounts": "entries of the goods and of the payment in the buyer's accounts",
    "export": "export declaration made in the country of dispatch",
    "carriage": "freight and insurance invoices, and the bill of lading or waybill",
    "licence": "licence, royalty and agency agreements that concern the goods",
    "supplies": "records of what the buyer supplied for making the goods, and at which cost",
    "relation": "documents on the relationship of buyer and seller, and prices to buyers that are not related",
}

_PRICE: Final = ("contract", "invoice", "payment", "price-list", "correspondence", "accounts", "export")

#: Code of a further question → papers that answer it.
_ANSWERED_BY: Final[dict[str, tuple[str, ...]]] = {
    "relation-not-explained": ("relation",),
    "relation-not-stated": ("relation",),
    "restrictions-not-explained": ("contract",),
    "conditions-not-explained": ("contract",),
    "royalties-not-added": ("licence",),
    "royalties-not-stated": ("licence",),
    "proceeds-not-added": ("licence", "contract"),
    "commissions-not-stated": ("licence",),
    "packing-not-stated": ("invoice",),
    "assists-not-stated": ("supplies",),
    "carriage-not-added": ("carriage",),
    "insurance-not-added": ("carriage",),
}


class Inquiry(msgspec.Struct, frozen=True, kw_only=True):
    """What to ask, and which papers to ask for.

    Attributes:
        question: Sentences to the importer (1..n), in order.
        papers: Names in `PAPERS` (0..n).
    """

    question: tuple[Finding, ...]
    papers: tuple[str, ...]


def inquiry(grounds: Iterable[Finding], further: Iterable[Finding] = ()) -> Inquiry:
    """Put the grounds of a doubt, and what else is open, into a question.

    Args:
        grounds: What the comparison said (0..n).
        further: Questions on what Article 8 adds to the price (0..n).

    Returns:
        The question. It asks for an explanation, not for another price.
    """
    told, open_ = tuple(grounds), tuple(further)
    sentences = [_OPENING] if told else []
    papers = list(_PRICE) if told else []
    for one in open_:
        sentences.append(one)
        papers += _ANSWERED_BY.get(one.code, ())
    return Inquiry(question=(*sentences, _CLOSING), papers=tuple(dict.fromkeys(papers)))


_OPENING = Finding(
    code="explain-the-price",
    severity="info",
    message="The declared value differs from what is usually declared for such goods. This is not a finding against it. "
    "Please explain how the price was arrived at, and show that the value declared is the total amount actually "
    "paid or payable for the goods, adjusted as Article 8 of the Valuation Agreement asks.",
)
_CLOSING = Finding(
    code="your-rights",
    severity="info",
    message="If doubt remains, you will be given the grounds, in writing if you ask, and an opportunity to respond "
    "before a decision is taken. You may withdraw the goods against a sufficient guarantee in the meantime.",
)

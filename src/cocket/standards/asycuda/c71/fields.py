# SPDX-License-Identifier: Apache-2.0
"""The value declaration as tables: every element with its box, and where each attribute of the model stands in it.

Source: public schema of the form C71 (element names and their order); boxes as on regional forms of the same
particulars (East African Community C.36); WTO Valuation Agreement, Articles 1 and 8 and note to Article 1.
"""

from __future__ import annotations

from cocket.model import ValueDeclaration, ValuedInvoice
from cocket.standards.asycuda.c71.codecs import ANSWER, CONVERTED, NAMED_PARTY, sums
from cocket.standards.asycuda.codecs import ADDRESSED_PARTY, DATE, TEXT
from cocket.standards.asycuda.mapping import Entry, Record
from cocket.standards.asycuda.outline import Outline

#: What Article 8 adds to the price: name in the model, element, ending of the elements of its currency.
ADDITIONS = (
    ("commissions", "Commissions", "com"),  # 8.1(a)(i), buying commissions excepted
    ("brokerage", "Brokerage", "brg"),
    ("containers_and_packing", "Containers_Packaging", "cap"),  # 8.1(a)(ii), (iii)
    ("materials", "Material_Components", "mcp"),  # 8.1(b)(i)
    ("tools", "Tool_Dies", "tls"),  # 8.1(b)(ii)
    ("materials_consumed", "Materials_Consumed", "mcg"),  # 8.1(b)(iii)
    ("engineering", "Engineering_Development", "eng"),  # 8.1(b)(iv)
    ("royalties", "Royalties_licence_fees", "roy"),  # 8.1(c)
    ("proceeds", "Proceeds", "pro"),  # 8.1(d)
    ("transport", "Transport", "tpt"),  # 8.2(a)
    ("loading", "Loading_handling", "lhc"),  # 8.2(b)
    ("insurance", "Insurance", "ins"),  # 8.2(c)
)

#: What is taken off where the price includes it (note to Article 1, paragraph 3).
DEDUCTIONS = (
    ("transport_after_import", "Transport_after_import", "aim"),
    ("construction", "Construction", "cfc"),
    ("other", "Other_charges", "oth"),
    ("duties", "Customs_duties_taxes", "txs"),
)

PRICE = ("price", "Net_Price", "net")
INDIRECT = ("indirect_payments", "Indirect_Payments", "ind")

#: Every sum of an invoice: the element and the ending of the elements of its currency.
SUMS = tuple((tag, ending) for _, tag, ending in (PRICE, INDIRECT, *ADDITIONS, *DEDUCTIONS))

#: Boxes of the questions.
QUESTIONS = ("7A", "7B", "7C", "8A", "8B", "9A", "9B")


def _currency(ending: str) -> str:
    return f"""
  Currency_code_{ending}    -   text
  Currency_Name_{ending}    -   text
  Currency_Rate_{ending}    -   number"""


def _questions(*boxes: str) -> str:
    return "".join(f"\n  {answer}_{box}    {box}    flag" for box in boxes for answer in ("Yes", "No"))


def _sum(tag: str, ending: str) -> str:
    return f"{_currency(ending)}\n  {tag}    -    number"


C71_OUTLINE = Outline(
    "Value_declaration_form",
    """
Identification_segment              -
  Seller_segment                    1
    Name                            1    text
    Address                         1    text
  Buyer_segment                     2
    Code                            2    text
    Name                            2    text
    Address                         2    text
  Declarant_segment                 2
    Code                            2    text
    Name                            2    text
    Address                         2    text
  Contract_Number                   5    text
  Contract_Date                     5    date
  Customs_Decision_Number           6    text
  Customs_Decision_Date             6    date"""
    + _questions("7A", "7B", "7C")
    + "\n  Box7_Details                     7    text"
    + _questions("8A", "8B")
    + "\n  Box8_Details                     8    text"
    + _questions("9A", "9B")
    + """
  Box9_Details                      9    text
Item                                -    *
  Terms_of_Delivery_Code            3    text
  Terms_of_Delivery_Desc            3    text
  Invoice_Number                    4    text
  Invoice_Date                      4    date"""
    + _currency(INDIRECT[2])
    + f"\n  {PRICE[1]}    11    number"  # the host puts the price between the currencies of both
    + _currency(PRICE[2])
    + f"\n  {INDIRECT[1]}    11    number"
    + "".join(_sum(tag, ending) for _, tag, ending in (*ADDITIONS, *DEDUCTIONS[:3]))
    + "\n  Other_specify    -    text"
    + _sum(*DEDUCTIONS[3][1:]),
)

_HEAD = "Identification_segment/"


def _sum_paths(tag: str, ending: str) -> tuple[str, str, str]:
    return tag, f"Currency_code_{ending}", f"Currency_Rate_{ending}"


def _all_paths(parts: tuple[tuple[str, str, str], ...]) -> tuple[str, ...]:
    return tuple(path for _, tag, ending in parts for path in _sum_paths(tag, ending))


def _answer(attribute: str, box: str) -> Entry:
    return Entry(attribute, ANSWER, (f"{_HEAD}Yes_{box}", f"{_HEAD}No_{box}"))


def _party(attribute: str, segment: str) -> Entry:
    parts = ("Code", "Name", "Address")
    return Entry(attribute, ADDRESSED_PARTY, tuple(f"{_HEAD}{segment}/{part}" for part in parts))


INVOICE = Record(
    ValuedInvoice,
    Entry("number", TEXT, ("Invoice_Number",)),
    Entry("issued", DATE, ("Invoice_Date",)),
    Entry("terms.code", TEXT, ("Terms_of_Delivery_Code",)),
    Entry("terms.place", TEXT, ("Terms_of_Delivery_Desc",)),
    Entry("price", CONVERTED, _sum_paths(*PRICE[1:])),
    Entry("indirect_payments", CONVERTED, _sum_paths(*INDIRECT[1:])),
    Entry("additions", sums(*(name for name, _, _ in ADDITIONS)), _all_paths(ADDITIONS)),
    Entry("deductions", sums(*(name for name, _, _ in DEDUCTIONS)), _all_paths(DEDUCTIONS)),
    Entry("other_charges", TEXT, ("Other_specify",)),
)

VALUE_DECLARATION = Record(
    ValueDeclaration,
    Entry("seller", NAMED_PARTY, (f"{_HEAD}Seller_segment/Name", f"{_HEAD}Seller_segment/Address")),
    _party("buyer", "Buyer_segment"),
    _party("declarant", "Declarant_segment"),
    Entry("contract", TEXT, (f"{_HEAD}Contract_Number",)),
    Entry("contract_signed", DATE, (f"{_HEAD}Contract_Date",)),
    Entry("decision", TEXT, (f"{_HEAD}Customs_Decision_Number",)),
    Entry("decided", DATE, (f"{_HEAD}Customs_Decision_Date",)),
    _answer("is_related", "7A"),
    _answer("relation_influenced_price", "7B"),
    _answer("approximates_test_value", "7C"),
    Entry("relation_details", TEXT, (f"{_HEAD}Box7_Details",)),
    _answer("has_restrictions", "8A"),
    _answer("has_conditions", "8B"),
    Entry("conditions_details", TEXT, (f"{_HEAD}Box8_Details",)),
    _answer("has_royalties", "9A"),
    _answer("has_resale_proceeds", "9B"),
    Entry("fees_details", TEXT, (f"{_HEAD}Box9_Details",)),
    apart=("Item",),
)

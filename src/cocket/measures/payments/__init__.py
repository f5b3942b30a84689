# SPDX-License-Identifier: Apache-2.0
"""Payment of duties and taxes: what is asked for, as an order and a slip, and what the bank says was paid.

In: the duty answer of a declaration, the account of the administration, statements of a bank. Out: a payment advice
with its creditor reference, a payment order, a slip, and how each advice stands.
Source: ISO 20022 (pain.001, camt.053, camt.054); ISO 11649; ISO 13616.
"""

from cocket.measures.payments.account import Payee, read_payee
from cocket.measures.payments.advice import ChargeDue, PaymentAdvice, charges_due
from cocket.measures.payments.order import Payer, write_order, write_refund
from cocket.measures.payments.reference import (
    grouped,
    is_iban,
    is_reference,
    make_reference,
    references_in,
)
from cocket.measures.payments.slip import write_slip
from cocket.measures.payments.standing import Received, Standing, stand
from cocket.measures.payments.statement import BankEntry, Statement, read_statement

__all__ = [
    "BankEntry",
    "ChargeDue",
    "Payee",
    "Payer",
    "PaymentAdvice",
    "Received",
    "Standing",
    "Statement",
    "charges_due",
    "grouped",
    "is_iban",
    "is_reference",
    "make_reference",
    "read_payee",
    "read_statement",
    "references_in",
    "stand",
    "write_order",
    "write_refund",
    "write_slip",
]

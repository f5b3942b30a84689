# SPDX-License-Identifier: Apache-2.0
"""Commercial papers: what was sold for how much, and how it was packed.

In: invoices and credit notes of UBL 2.1–2.4 and of UN/CEFACT (CII D16B, D22B), packing lists and despatch advices of
UBL. Out: `CommercialInvoice` or `PackingList` with findings, and back. `hybrid` gets an invoice out of its PDF.
Source: OASIS UBL 2.1–2.4; UN/CEFACT Cross Industry Invoice; EN 16931-1 for the arithmetic.
"""

from cocket.standards.invoice._plugin import CII, UBL_INVOICE, UBL_PACKING

__all__ = ["CII", "UBL_INVOICE", "UBL_PACKING"]

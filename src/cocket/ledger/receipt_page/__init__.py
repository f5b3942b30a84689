# SPDX-License-Identifier: Apache-2.0
"""A receipt on one page: facts, the proof as codes, and the verifier itself, for a phone that is not connected.

In: an inclusion proof and the log's public key. Out: one HTML file that loads nothing, to keep, print or send.
The same verifier stands alone, without a proof, on a page for whoever is shown a receipt.
Source: RFC 9942, C2SP tlog-proof; ISO/IEC 18004 (QR codes); W3C Content Security Policy Level 3.
"""

from cocket.ledger.receipt_page.page import LANGUAGES, write_receipt_page, write_verifier_page

__all__ = ["LANGUAGES", "write_receipt_page", "write_verifier_page"]

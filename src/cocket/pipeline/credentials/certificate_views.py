# SPDX-License-Identifier: Apache-2.0
"""What leaves the pipeline about certificates."""

from __future__ import annotations

from typing import Literal

import msgspec

from cocket.findings import Finding
from cocket.ledger import Check
from cocket.model import Certificate


class CertificateView(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate of a consignment, as it stands at the moment of looking.

    Attributes:
        message_id: The message that brought it.
        certificate: What it says it is.
        checks: Integrity, issuer and status, in this order.
        findings: What is wrong with what it says, by its kind (0..n).
        is_cited: Whether a declaration names it by its number, rather than it naming the consignment.
    """

    message_id: str
    certificate: Certificate
    checks: tuple[Check, ...]
    findings: tuple[Finding, ...] = ()
    is_cited: bool = False

    @property
    def stands(self) -> Literal["holds", "fails", "open"]:
        """All three questions in a word: `fails` if one was answered badly, `open` if one could not be."""
        outcomes = {check.outcome for check in self.checks}
        return "fails" if "failed" in outcomes else "open" if "not-checked" in outcomes else "holds"

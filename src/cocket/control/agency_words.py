# SPDX-License-Identifier: Apache-2.0
"""What another agency decides and finds on a consignment: its word on permits, and the results of its examinations."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final, Literal

import msgspec

#: Kind of the document, and of its sealed record.
AGENCY_FILE: Final = "agency-file"

PermitWord = Literal["accepted", "refused", "used-up"]
PERMIT_WORDS: Final[tuple[PermitWord, ...]] = ("accepted", "refused", "used-up")

Outcome = Literal["conforms", "does-not-conform", "treated", "sampled", "destroyed"]
OUTCOMES: Final[tuple[Outcome, ...]] = ("conforms", "does-not-conform", "treated", "sampled", "destroyed")


class PermitDecision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An agency's word on a permit or certificate that was presented.

    Attributes:
        agency: The agency.
        type: Kind of paper, as it is presented.
        number: Its number.
        word: Whether it is accepted, refused, or accepted and with that used up.
        quantity: Of what it covers, how much; None where none is stated.
        unit: Unit of `quantity`; empty without one.
        reason: Why, in words; needed where it is refused.
        is_registered: Whether a permit of that agency, type and number is in the register here.
        left: What the register leaves of it after this word, in `unit`; None where it has no such figure.
        by: Who says so.
        at: When, UTC.
    """

    agency: str
    type: str
    number: str
    word: PermitWord
    quantity: Decimal | None = None
    unit: str = ""
    reason: str = ""
    is_registered: bool = False
    left: Decimal | None = None
    by: str
    at: datetime


class AgencyPaper(msgspec.Struct, frozen=True, kw_only=True):
    """A paper of a result: its name, the SHA-256 of its bytes (64 hexadecimal digits), and the record that holds them."""

    name: str
    sha256: str
    record: str


class AgencyResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an agency's examination found.

    Attributes:
        agency: The agency.
        outcome: What came of it.
        words: What was found and done, in words.
        papers: Papers that belong to it (0..n).
        by: Who says so.
        at: When, UTC.
    """

    agency: str
    outcome: Outcome
    words: str
    papers: tuple[AgencyPaper, ...] = ()
    by: str
    at: datetime


class AgencyFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All words of agencies on a consignment; also its sealed record.

    Attributes:
        consignment: The dossier.
        permits: Their words on permits and certificates, oldest first (0..n).
        results: What their examinations found, oldest first (0..n).
    """

    consignment: str
    permits: tuple[PermitDecision, ...] = ()
    results: tuple[AgencyResult, ...] = ()

# SPDX-License-Identifier: Apache-2.0
"""A message's proof as the file its reader asks for: the same bytes from the door of machines and from the workbench."""

from __future__ import annotations

from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from cocket import ledger
from cocket.errors import ProofError, StoreError
from cocket.gate.refusal import RequestError
from cocket.ledger.forms import Form, verify_form, write_form
from cocket.ledger.receipt_page import LANGUAGES, write_receipt_page


class ProofFile(Enum):
    """What a proof can be had as; the value is how the file's name ends."""

    JSON = "proof.json"
    TLOG = "tlog-proof"
    COSE = "cose"
    PAGE = "receipt.html"


#: Media types that a reader may ask for, the one given to whoever does not say first.
MEDIA_TYPES = {
    "application/json": ProofFile.JSON,
    "text/plain": ProofFile.TLOG,
    "application/cose": ProofFile.COSE,
    "application/scitt-receipt+cose": ProofFile.COSE,
    "text/html": ProofFile.PAGE,
}


def proof_file(found: dict[str, Any], kind: ProofFile, log_folder: Path, languages: str = "") -> bytes:
    """A proof as a file.

    Args:
        found: The proof as the house gives it, the JSON of an inclusion proof.
        kind: What it shall be.
        log_folder: The public log, which has the keys that the page is checked with.
        languages: The reader's `Accept-Language`, for the page.

    Returns:
        The file.

    Raises:
        RequestError: Its head was signed before heads were signed in COSE, so that it cannot be had so; 406.
        ProofError: It does not hold.
        StoreError: The log's keys cannot be read.

    Source: C2SP tlog-proof; RFC 9942 (COSE Receipts).
    """
    if kind is ProofFile.JSON:
        return msgspec.json.encode(found)
    proof = msgspec.convert(found, ledger.InclusionProof)
    if kind is ProofFile.PAGE:
        keys = _log_keys(log_folder)
        key = next((one for one in keys if verify_form(proof, one).holds), keys[-1])
        return write_receipt_page(proof, key, preferred(languages, LANGUAGES) or LANGUAGES[0]).encode()
    try:
        return write_form(proof, Form[kind.name])
    except ProofError as error:
        if error.code != "cose-unsigned":
            raise
        raise RequestError(error.message, status=406, code=error.code, hint=error.hint) from error


def preferred(header: str, offered: tuple[str, ...]) -> str | None:
    """What a reader likes best of what there is.

    Args:
        header: `Accept` or `Accept-Language`; empty if the reader does not say.
        offered: Media types, or language tags, the best first.

    Returns:
        One of `offered`; None if the reader wants none of them.

    Source: RFC 9110 §12.4.2, §12.5.1, §12.5.4.
    """
    ranges = [_range(part) for part in header.split(",") if part.strip()]
    if not ranges:
        return offered[0]
    qualities = {}
    for one in offered:
        fitting = [(len(wanted.rstrip("*")), quality) for wanted, quality in ranges if _fits(wanted, one)]
        qualities[one] = max(fitting)[1] if fitting else 0.0
    best = max(offered, key=qualities.__getitem__)
    return best if qualities[best] > 0 else None


def _range(part: str) -> tuple[str, float]:
    """One range of a header, and how much it is wanted (0 to 1)."""
    wanted, *parameters = (word.strip().lower() for word in part.split(";"))
    given = next((word[2:] for word in parameters if word.startswith("q=")), "1")
    try:
        return wanted, min(1.0, max(0.0, float(given)))
    except ValueError:
        return wanted, 0.0


def _fits(wanted: str, offered: str) -> bool:
    if wanted in ("*", "*/*", offered):
        return True
    return wanted.startswith(f"{offered}-") or (wanted.endswith("/*") and offered.startswith(wanted[:-1]))


def _log_keys(folder: Path) -> list[str]:
    """Every key that signs or signed heads of the logs in a folder, as vkey lines (1..n)."""
    keys: list[str] = []
    try:
        for log in (folder, *sorted(folder.iterdir())):
            read = partial(_read, log)
            first = read(ledger.KEY_FILE)
            if first is not None:
                keys += [tenure.vkey for tenure in ledger.read_tenures(first.decode("ascii", "replace").strip(), read)]
    except OSError as error:
        raise StoreError(f"The log's keys cannot be read: {error.strerror}.") from error
    if not keys:
        raise ProofError("The log has published no key.", code="log-key")
    return keys


def _read(log: Path, name: str) -> bytes | None:
    try:
        return (log / name).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None

# SPDX-License-Identifier: Apache-2.0
"""What only a door can judge: whether a message is from whom brought it, meant for us, and leaves to us what is ours."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import msgspec

from cocket.findings import Finding, Severity
from cocket.model import Movement
from cocket.model.message import Reading
from cocket.standards.edifact import parties_of

_SAYS = {
    "edifact-sender-other": "the interchange is from {found}, for whom this key may not send",
    "edifact-recipient-other": "the interchange is addressed to {found}, not to us",
    "epcis-record-time": "the record time is that of receipt; the one that is stated is not used: {found}",
}

#: Extensions of an event that hold its time of recording, in JSON and in XML.
_RECORD_TIME = "recordTime"


def checked_at_endpoint(reading: Reading, senders: Collection[str], addresses: Collection[str]) -> Reading:
    """A reading that is refused where its message names another sender or recipient; one that says when it was recorded is told so.

    Args:
        reading: What was read; a message of a standard that has nothing of these is given back as it is.
        senders: Names that whoever brought it may speak for (1..n).
        addresses: Our own interchange addresses (0..n); with none the recipient is not looked at.

    Source: ISO 9735-1 §7, UNB S002 and S003; EPCIS 2.0 §7.4.1: `recordTime` is ignored at capture, and set by who records.
    """
    standard = reading.standard or ""
    if standard.startswith("edifact-"):
        told = {(one.code, one.found): one for one in _of_interchange(reading, senders, addresses)}
    elif standard in ("epcis", "epcis-xml"):
        told = {(one.code, one.location): one for one in _of_capture(reading)}
    else:
        return reading
    if not told:
        return reading
    outcome = "refused" if any(one.severity == "error" for one in told.values()) else reading.outcome
    return msgspec.structs.replace(reading, outcome=outcome, findings=(*told.values(), *reading.findings))


def _of_interchange(reading: Reading, senders: Collection[str], addresses: Collection[str]) -> Iterator[Finding]:
    for one in reading.readings:
        sender, recipient = parties_of(one.document) if one.document is not None else (None, None)
        if sender is not None and sender not in senders:
            yield _finding("edifact-sender-other", "UNB S002", sender)
        if recipient is not None and addresses and recipient not in addresses:
            yield _finding("edifact-recipient-other", "UNB S003", recipient)


def _of_capture(reading: Reading) -> Iterator[Finding]:
    """Only of a capture: what another repository answers to a query has been recorded there."""
    document = reading.document
    if not isinstance(document, Movement) or "Query" in (document.message_name or ""):
        return
    for number, event in enumerate((document, *document.movements)):
        for kept in event.extensions:
            if kept.path.rpartition("/")[2].partition("[")[0] == _RECORD_TIME:
                yield _finding("epcis-record-time", f"event {number or 1}", (kept.value or "").strip('"'), "info")


def _finding(code: str, location: str, found: str, severity: Severity = "error") -> Finding:
    return Finding(code=code, severity=severity, message=_SAYS[code], location=location, found=found)

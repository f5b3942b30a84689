# SPDX-License-Identifier: Apache-2.0
"""What all messages of air cargo share: numbers of waybills, notes of customs and security, and what is checked of them.

Source: IATA Cargo-IMP 34, code lists 1.100 to 1.103 (OCI) and 1.16 (special handling); ICAO Consignment Security
Declaration; IATA Resolution 600a.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from cocket.codes import AirWaybillNumber
from cocket.errors import SenderError
from cocket.findings import Finding
from cocket.model import BillOfLading, CustomsNote, Manifest

#: Codes of special handling that tell the security status: secured for all, for cargo, for passenger aircraft or high
#: risk, and not secured yet.
SECURITY = ("SPX", "SCO", "SHR", "NSC")

#: Months as messages write them.
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")

#: What a note may be about: subjects of IATA's list.
TRADER = "T"
_AIR = "4"
_SECURED_BY = ("ISS", "OSS", "CSS")
_AGENTS = ("RA", "RC", "AO", "AC", "KC")
_EXPIRY = re.compile(r"(0[1-9]|1[0-2])\d\d", re.ASCII)
_STATED = re.compile(rf"(0[1-9]|[12]\d|3[01])({'|'.join(MONTHS)})\d\d([01]\d|2[0-3])[0-5]\d", re.ASCII)
_AIRPORT = re.compile(r"[A-Z]{3}|[A-Z]{2}[A-Z2-9]{3}", re.ASCII)


def trader_number(notes: Iterable[CustomsNote], subject: str) -> str | None:
    """The number that the notes give to a party; None if they give none.

    Args:
        notes: Lines in order.
        subject: Which party: SHP consignor, CNE consignee, NFY notify party, AGT agent.

    Source: IATA Cargo-IMP, OCI with content code T.
    """
    return next((note.text for note in notes if note.subject_code == subject and note.content_code == TRADER), None)


def require_air(manifest: Manifest, level: Literal["house", "master"] | None = None) -> None:
    """Refuse a manifest that is none of air cargo to be written as one.

    Args:
        manifest: What is to be written.
        level: Whether its bills must be houses, or waybills of airlines; None for either.

    Raises:
        SenderError: Nothing says that the goods go by air, or a bill is of another level or has another number.

    Source: UN/ECE Recommendation 19; IATA Resolution 600a.
    """
    mode = manifest.transport.mode_code if manifest.transport else None
    if mode != _AIR:
        message = "An air cargo message is for goods sent by air, and these goods do not state that."
        raise SenderError(message, code="convert-other-thing", expected=_AIR, found=mode)
    for bill in manifest.bills if level else ():
        if (bill.level == "house") is not (level == "house") and (bill.level or level == "house" or bill.master_id):
            message = f"This message is of {'houses' if level == 'house' else 'waybills of airlines'}."
            raise SenderError(message, code="convert-other-thing", expected=level, found=bill.level)
        if level == "master" and bill.id and AirWaybillNumber.parse(bill.id) is None:
            message = "A waybill of an airline has the airline's three digits and eight more."
            raise SenderError(message, code="convert-other-thing", expected="999-99999999", found=bill.id)


def finding(code: str, severity: str, message: str, location: str, **facts: str | None) -> Finding:
    """A finding on a message of air cargo.

    Args:
        code: Its code.
        severity: `error`, `warning` or `info`.
        message: Words with places for `expected`, `found` and the rest of the facts.
        location: Where.
        facts: `expected`, `found`, and arguments.

    Source: `cocket.findings`.
    """
    expected, found = facts.pop("expected", None), facts.pop("found", None)
    return Finding(
        code=code,
        severity=severity,  # type: ignore[arg-type]  # the callers' are severities
        message=message,
        location=location,
        expected=expected,
        found=None if found is None else found[:200],
        arguments={name: (value or "")[:200] for name, value in facts.items()},
    )


def check_number(standard: str, number: str | None, location: str) -> Iterator[Finding]:
    """What is wrong with the number of a master or direct waybill (0..1).

    Source: IATA Resolution 600a, attachment B.
    """
    if number is None:
        return
    parsed = AirWaybillNumber.parse(number)
    if parsed is None:
        message = "{found} is not an air waybill number: three digits of the airline and eight more"
        yield finding(f"{standard}-waybill-number", "error", message, location, expected="999-99999999", found=number)
    elif not parsed.check_digit_ok:
        yield finding(
            f"{standard}-check-digit",
            "warning",
            "the last digit of the waybill number {found} should be {expected}",
            location,
            expected=str(parsed.expected_check_digit),
            found=number,
        )


def check_place(standard: str, place: str | None, location: str) -> Iterator[Finding]:
    """Whether a place is written as a code of an airport or city, or as a UN/LOCODE (0..1).

    Source: IATA Resolution 763; UNECE Recommendation 16.
    """
    if place is not None and not _AIRPORT.fullmatch(place):
        message = "{found} is not a code of an airport or city, nor a UN/LOCODE"
        yield finding(f"{standard}-place", "error", message, location, expected="AAA or AAAAA", found=place)


def check_security(standard: str, bill: BillOfLading, location: str) -> Iterator[Finding]:
    """What is wrong with security status and notes of a bill, all of it warnings (0..n).

    Source: ICAO Consignment Security Declaration; IATA Cargo-IMP, OCI: one status, a regulated party behind ISS, OSS
    and CSS, expiry as month and year, time of the status as day, month, year and time.
    """
    states = [code for code in dict.fromkeys(bill.handling_codes) if code in SECURITY]
    if len(states) > 1:
        message = "there are several security statuses: {found}"
        yield finding(f"{standard}-security-status", "warning", message, location, found=", ".join(states))
    for note in bill.customs_notes:
        code, text = note.content_code, note.text or ""
        if note.subject_code in _SECURED_BY and code not in _AGENTS:
            message = "{subject} must be followed by the kind of the regulated party"
            yield finding(
                f"{standard}-note",
                "warning",
                message,
                location,
                expected=", ".join(_AGENTS),
                found=code,
                subject=note.subject_code,
            )
        for kind, pattern, expected in (("ED", _EXPIRY, "MMYY"), ("SD", _STATED, "DDMMMYYHHMM")):
            if code == kind and not note.subject_code and not pattern.fullmatch(text.upper()):
                message = "the note {kind} is written as {expected}"
                yield finding(
                    f"{standard}-note", "warning", message, location, expected=expected, found=text, kind=kind
                )
    if any(note.text is None for note in bill.customs_notes):
        yield finding(f"{standard}-note", "warning", "a note of customs information is empty", location)

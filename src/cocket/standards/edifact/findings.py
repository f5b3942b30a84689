# SPDX-License-Identifier: Apache-2.0
"""Findings on EDIFACT: each with its segment, line and column, and the WCO's word for where a fault is, the path.

Source: ISO 9735-4 (CONTRL) for the kinds of syntax errors.
"""

from __future__ import annotations

from cocket.errors import UnreadableError
from cocket.findings import Finding, Severity

#: What the codes say; `{found}` and `{expected}` are filled in where the finding is told.
SENTENCES = {
    "edifact-una": "the service string advice is not usable: {why}",
    "edifact-syntax-unknown": "unknown syntax identifier {found}; expected one of {expected}",
    "edifact-encoding": "the bytes are not {expected}, which the syntax identifier requires",
    "edifact-character": "the character {found} is not in character set {expected}",
    "edifact-control-character": "the segment contains a control character",
    "edifact-line-break": "a line break is inside a segment",
    "edifact-not-terminated": "the segment has no terminator",
    "edifact-release-end": "a release character is at the end, with nothing to release",
    "edifact-segment-empty": "there is a segment without a tag",
    "edifact-tag": "{found} is not a segment tag",
    "edifact-segment-unknown": "{message} has no segment {found}",
    "edifact-segment-place": "the segment {found} is not where {message} has it",
    "edifact-segment-repeated": "the segment {found} appears more than {expected} times",
    "edifact-stated-twice": "{found} contradicts {expected}, which comes first and counts",
    "edifact-segment-missing": "the segment {expected} is missing",
    "edifact-element-missing": "the value {expected} is missing",
    "edifact-element-unexpected": "the segment has no place for this value",
    "edifact-element-length": "the value has {length} characters where {expected} are allowed",
    "edifact-element-format": "the value is not of the form {expected}",
    "edifact-header-missing": "{expected} is missing before this segment",
    "edifact-trailer-missing": "{expected} is missing",
    "edifact-nesting": "{found} is not allowed here",
    "edifact-count": "the count is {found} where {expected} were found",
    "edifact-reference-differs": "the reference at the end is {found}, at the beginning it is {expected}",
    "edifact-reference-repeated": "the reference {found} was used before",
    "edifact-message-unknown": "message {found} is not supported; expected one of {expected}",
    "edifact-release-unknown": "release {found} of this message is not supported",
    "edifact-trailing": "there is data after the end of the interchange",
    "edifact-leading": "there is data before the beginning of the interchange",
    "edifact-test": "the interchange is marked as a test",
    "edifact-decimal-mark": "the decimal mark is not the one that the interchange announces",
    "edifact-date": "{found} is not a date or time in format {expected}",
    "edifact-date-format": "unknown date format {found}",
    "edifact-date-version": "the day {found} has eight digits; syntax version {expected} has six",
    "edifact-quantity": "{found} is not a possible quantity: {expected}",
    "edifact-number": "{found} is not a number",
    "edifact-equipment-number": "{found} does not have the format of a container number",
    "edifact-check-digit": "the check digit of container {found} should be {expected}",
    "edifact-location": "{found} is not a UN/LOCODE",
    "edifact-reference-empty": "a reference of kind {found} has no number",
    "edifact-too-large": "{what}: more than {expected}",
    "edifact-no-message": "the interchange contains no message",
}

_WARNINGS = {
    "edifact-segment-place",
    "edifact-decimal-mark",
    "edifact-leading",
    "edifact-test",
    "edifact-check-digit",
    "edifact-date-version",
    "edifact-stated-twice",
}


def finding(
    code: str,
    at: tuple[int, int] | None,
    where: str = "",
    expected: str | None = None,
    found: str | None = None,
    **more: str,
) -> Finding:
    """One finding.

    Args:
        code: One of `SENTENCES`.
        at: Line and column of the segment (1-based); None if it is about the whole.
        where: The segment and its element, such as `DTM 1.2`.
        expected: What would have been right.
        found: What was there.
        more: Further values of the sentence.

    Source: ISO 9735-4.
    """
    severity: Severity = "warning" if code in _WARNINGS else "error"
    location = None if at is None else f"{where} {at[0]}:{at[1]}".strip()
    return Finding(
        code=code,
        severity=severity,
        message=SENTENCES[code],
        location=location,
        expected=None if expected is None else expected[:200],
        found=None if found is None else found[:200],
        arguments={name: text[:200] for name, text in more.items()},
    )


def unreadable(told: Finding) -> UnreadableError:
    """The error that ends reading, with its finding."""
    return UnreadableError("Not readable as EDIFACT.", code=told.code, findings=(told,))

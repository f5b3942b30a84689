# SPDX-License-Identifier: Apache-2.0
"""The answer to a declaration that was checked: accepted, or rejected with its errors and where they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from cocket.findings import Finding, render
from cocket.model import (
    AdditionalInformation,
    Declaration,
    Reading,
    Reference,
    Response,
    ResponseError,
    ResponsePointer,
    ResponseStatus,
)

ACCEPTED, REJECTED = "01", "03"

#: Goods detained. Source: UN/EDIFACT 7365.
DETAINED = "7"

#: The statement is general information. Source: UN/EDIFACT 4451.
_GENERAL = "AAI"
_STATEMENT_CODE = 17

_CODE_LENGTH = 8
_TEXT_LENGTH = 512
_STEP = re.compile(r"(?P<id>[^\[\]/]+)(?:\[(?P<place>\d{1,5})\])?")
_SECTION = re.compile(r"\d\d[A-Z]")

#: A pointer whose steps a Response can hold; another place is said in words.
_POINTER = re.compile(r"\d\d[A-Z](\[\d{1,5}\])?(/\d\d[A-Z](\[\d{1,5}\])?)*(/[A-Z0-9]{1,4}(\[\d{1,5}\])?)?")


class AgencyHold(msgspec.Struct, frozen=True, kw_only=True):
    """A hold of another agency on the goods, as it is told to their trader.

    Attributes:
        agency: The agency.
        since: Since when, with offset.
        ended: When the agency released them, with offset; None while it holds them.
        item: Item of the declaration (1-based); None for all of it.
        law: Legal basis that it names; empty for none.
    """

    agency: str
    since: datetime
    ended: datetime | None = None
    item: int | None = None
    law: str = ""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer says beside the findings.

    Attributes:
        now: When the answer is made, with offset.
        reference: The answer's own reference (up to 35 characters).
        declaration_id: Number that customs gave the declaration (MRN); None leaves what the declaration says.
        version: Version of the declaration; None if it has none.
        codes: The administration's validation codes by code of finding; up to eight characters each.
        holds: Holds of other agencies on the goods, oldest first (0..n), those that ended too.
    """

    now: datetime
    reference: str
    declaration_id: str | None = None
    version: int | None = None
    codes: Mapping[str, str] = {}
    holds: tuple[AgencyHold, ...] = ()

    @property
    def issued(self) -> datetime:
        """When what it says last changed."""
        return max([self.now, *(one.ended or one.since for one in self.holds)])


def response_to(reading: Reading, decision: Decision) -> Response:
    """The notification that accepts or rejects a declaration.

    Args:
        reading: What checking the declaration gave. Errors become errors of a rejection, in order, each with its
            pointer; what is not an error becomes a statement.
        decision: What else the answer says.

    Returns:
        The response: function 03 if the reading was refused, else 01. An error carries the administration's code for
        it, or the finding's own where that is short enough; its sentence, with the finding's code, is the description.
        A hold of another agency is a status, goods detained, since when and, once it ended, with the date of release; a statement
        names the agency by its code, with its legal basis.

    Source: WCO Data Model 3.6, Response (07B), Error (53A), Pointer (97A), Status (12B), AdditionalInformation (03A);
        UK customs declarations API 3.0.
    """
    document = reading.document if isinstance(reading.document, Declaration) else None
    lrn = document.functional_reference if document else reading.reference
    lrn = printable(lrn) if lrn else lrn
    mrn = decision.declaration_id or (document.id if document else None)
    is_refused = reading.outcome == "refused"
    names = [*([Reference("LRN", lrn)] if lrn else []), *([Reference("MRN", mrn)] if mrn else [])]
    return Response(
        function_code=REJECTED if is_refused else ACCEPTED,
        functional_reference=decision.reference,
        issued=decision.issued,
        declaration_reference=lrn,
        declaration_id=mrn,
        declaration_version=decision.version,
        declaration_accepted=None if is_refused else decision.now,
        declaration_rejected=decision.now if is_refused else None,
        errors=tuple(_error(each, decision.codes) for each in reading.findings if each.severity == "error"),
        information=(
            *(AdditionalInformation(text=_text(each)) for each in reading.findings if each.severity != "error"),
            *map(_statement, decision.holds),
        ),
        statuses=tuple(
            ResponseStatus(code=DETAINED, effective=each.since, released=each.ended) for each in decision.holds
        ),
        references=tuple(names),
    )


def hold_in_words(hold: AgencyHold) -> str:
    """What is said of a hold: by whom, of what, since or until when, and under which law.

    Source: WCO Data Model 3.6, AdditionalInformation (03A), statement description (225).
    """
    goods = f"item {hold.item} of these goods" if hold.item is not None else "these goods"
    law = f" Legal basis: {hold.law}" if hold.law else ""
    if hold.ended is not None:
        return _short(f"{hold.agency} released {goods} on {_moment(hold.ended)}.{law}")
    return _short(f"{hold.agency} holds {goods} since {_moment(hold.since)}.{law}")


def pointers_of(pointer: str | None) -> tuple[ResponsePointer, ...]:
    """The steps of a WCO pointer.

    Args:
        pointer: Such as `42A/67A[1]/68A[2]/23A[1]/65A[1]/128`; None for a finding about the whole.

    Returns:
        One step a section, outermost first, the tag on the last (0..n).

    Source: WCO Data Model 3.6, Pointer (97A): sequence number (006), document section code (375), tag (381).
    """
    steps: list[ResponsePointer] = []
    for step in _STEP.finditer(pointer or ""):
        if _SECTION.fullmatch(step["id"]) or not steps:
            sequence = int(step["place"]) if step["place"] else None
            steps.append(ResponsePointer(section=step["id"], sequence=sequence))
        else:
            steps[-1] = msgspec.structs.replace(steps[-1], tag=step["id"])
    return tuple(steps)


def _error(finding: Finding, codes: Mapping[str, str]) -> ResponseError:
    code = codes.get(finding.code, finding.code)
    is_pointer = _POINTER.fullmatch(finding.pointer or "") is not None
    place = None if is_pointer else finding.pointer or finding.location
    return ResponseError(
        code=code if len(code) <= _CODE_LENGTH else None,
        description=_text(finding, place),
        pointers=pointers_of(finding.pointer) if is_pointer else (),
    )


def _statement(hold: AgencyHold) -> AdditionalInformation:
    code = printable(hold.agency)
    return AdditionalInformation(
        code=code if len(code) <= _STATEMENT_CODE else None, text=hold_in_words(hold), type_code=_GENERAL
    )


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _text(finding: Finding, place: str | None = None) -> str:
    return _short(f"{finding.code}: {render(finding)}" + (f" ({place})" if place else ""))


def _short(text: str) -> str:
    text = printable(text)
    return text if len(text) <= _TEXT_LENGTH else f"{text[: _TEXT_LENGTH - 1]}…"


def printable(text: str) -> str:
    """The text with what no message can hold, such as control characters that were found in a value, as U+FFFD.

    Source: XML 1.0, characters (2.2); ISO 9735-1, character repertoires.
    """
    return "".join(each if each.isprintable() else "\ufffd" for each in text)

# SPDX-License-Identifier: Apache-2.0
"""The answer to a message in a form that its sender's system reads: a WCO Response, or CUSRES in UN/EDIFACT."""

from __future__ import annotations

import re
from typing import Final, Literal

import msgspec

from cocket.model import AdditionalInformation, Extension, Reading, Response, ResponseStatus
from cocket.standards._front import write
from cocket.standards.wco_dm.response import Decision, response_to
from cocket.standards.wco_dm.response.answering import DETAINED, REJECTED, hold_in_words, printable

AnswerForm = Literal["wco-res", "edifact-cusres"]

#: Form of an answer → its media type. Source: RFC 7303; RFC 1767.
FORMS: Final[dict[AnswerForm, str]] = {"wco-res": "application/xml", "edifact-cusres": "application/edifact"}

#: Response type code: accepted, rejected. Source: UN/EDIFACT 4343.
_ACCEPTED, _REJECTED = "AP", "RE"

#: Longest interchange reference, and longest name of a party or message (characters). Source: ISO 9735-1; WCO Data Model, D026.
_REFERENCE, _NAME = 14, 35

#: Longest status in words (characters); statuses and texts of one message (counts). Source: UN/EDIFACT 7364; CUSRES D.21B.
_STATUS_TEXT, _MOST_STATUSES, _MOST_TEXTS = 35, 10, 99

#: The status is of the consignment. Source: UN/EDIFACT 9649.
_OF_CONSIGNMENT: Final = "5"

#: Longest statement (characters). Source: WCO Data Model, 225.
_TEXT: Final = 512

#: The header of an interchange whose syntax is of version 4, and where it stands (bytes). Source: ISO 9735-1:2002.
_IS_LATER: Final = re.compile(rb"UNB\+UNO[A-Z]:4")
_HEADER: Final = 24


def form_for(standard: str | None) -> AnswerForm:
    """The form in which the sender of a message in a standard is answered unless it asks for another.

    Source: UN/EDIFACT CUSRES answers CUSDEC and CUSCAR; WCO Data Model 3.6, Response (07B).
    """
    return "edifact-cusres" if (standard or "").startswith("edifact-") else "wco-res"


def write_answer(message: Reading, decision: Decision, form: AnswerForm, parties: tuple[str, str]) -> bytes:
    """Write the answer to a message.

    Args:
        message: The message as it was judged; its document is not needed.
        decision: When, and under which reference, it is answered.
        form: A key of `FORMS`.
        parties: Who answers, and who is answered: names in the header of an interchange (1–35 characters).

    Returns:
        The answer. Each error stands with its code, its sentence and its place; what is no error is a statement, for which CUSRES
        has no room. A hold of another agency is a status, goods detained, with the agency; in CUSRES one that ended is said in words
        alone.

    Raises:
        SenderError: A text has characters that the form cannot hold.

    Source: WCO Data Model 3.6, Response (07B); UN/EDIFACT CUSRES D.21B.
    """
    response = response_to(message, decision)
    named = response.declaration_reference
    if named and len(named) > _NAME:
        said = AdditionalInformation(text=f"Reference: {named}"[:_TEXT])
        information = (*response.information, said)
        response = msgspec.structs.replace(response, declaration_reference=None, information=information)
    if form == "wco-res":
        return write(response, form)
    content = write(_for_interchange(response, message, decision, parties), form, is_compared=False)
    if _IS_LATER.search(content, 0, _HEADER):  # this syntax writes all four digits of the year
        later = _for_interchange(response, message, decision, parties, day="%Y%m%d")
        content = write(later, form, is_compared=False)
    return content


def _for_interchange(
    response: Response, message: Reading, decision: Decision, parties: tuple[str, str], *, day: str = "%y%m%d"
) -> Response:
    """The same with what a segment has room for: the whole way to a place in words, for a point has one section alone."""
    places = [one.pointer for one in message.findings if one.severity == "error"]
    errors = tuple(
        msgspec.structs.replace(error, description=f"{error.description} ({place})") if error.pointers else error
        for error, place in zip(response.errors, places, strict=True)
    )
    type_code = _REJECTED if response.function_code == REJECTED else _ACCEPTED
    header = {
        "UNB[1]/2.1": parties[0][:_NAME],
        "UNB[1]/3.1": parties[1][:_NAME],
        "UNB[1]/4.1": decision.issued.strftime(day),
        "UNB[1]/4.2": decision.issued.strftime("%H%M"),
        "UNB[1]/5.1": decision.reference[-_REFERENCE:],
        "BGM[1]/4.1": type_code,
    }
    standing = [one for one in decision.holds if one.ended is None][:_MOST_STATUSES]
    for place, _ in enumerate(standing, 1):
        header[f"GEI[{place}]/1.1"] = _OF_CONSIGNMENT
    for place, one in enumerate(decision.holds[:_MOST_TEXTS], 1):
        header[f"FTX[{place}]/1.1"] = "AAI"
        header[f"FTX[{place}]/4.1"] = hold_in_words(one)
    return msgspec.structs.replace(
        response,
        function_code=None,
        statuses=tuple(
            ResponseStatus(code=DETAINED, text=printable(f"held by {one.agency}")[:_STATUS_TEXT]) for one in standing
        ),
        declaration_rejected=None,
        errors=errors,
        information=(),
        extensions=tuple(Extension(path, text) for path, text in header.items()),
    )

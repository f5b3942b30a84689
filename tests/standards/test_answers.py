# SPDX-License-Identifier: Apache-2.0
"""Answers as messages: what they say is read back by the readers of both forms."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from cocket.findings import Finding
from cocket.model import Reading, Response
from cocket.standards import read
from cocket.standards.answers import FORMS, AnswerForm, form_for, write_answer
from cocket.standards.wco_dm.response import AgencyHold, Decision

NOW = datetime(2026, 11, 3, 8, 15, 30, tzinfo=UTC)
DECISION = Decision(now=NOW, reference="0199c0ffee0199c0ffee0199c0ffee01", version=2)
PARTIES = ("customs.example/log", "ACME")
ITEM = Finding(
    code="value-length",
    severity="error",
    message="{found} is too long",
    found="it's + 1?",
    pointer="42A/67A[1]/68A[2]/23A[1]/137",
)
WHOLE = Finding(code="not-well-formed-x", severity="error", message="it ends early")
REMARK = Finding(code="unusual", severity="warning", message="this is unusual")


def answered(form: AnswerForm, *findings: Finding, reference: str | None = "LRN'7+7") -> tuple[bytes, Response]:
    """An answer, and what the reader of its form makes of it."""
    outcome = "refused" if any(one.severity == "error" for one in findings) else "accepted"
    message = Reading(outcome=outcome, reference=reference, findings=findings)  # type: ignore[arg-type]
    content = write_answer(message, DECISION, form, PARTIES)
    reading = read(content)
    assert (reading.standard, reading.outcome, reading.findings) == (form, "accepted", ())
    assert isinstance(reading.document, Response)
    return content, reading.document


@pytest.mark.parametrize("form", FORMS)
def test_a_refusal_names_every_error_with_its_place_and_the_message_it_is_about(form: AnswerForm) -> None:
    content, told = answered(form, ITEM, REMARK, WHOLE)
    assert told.declaration_reference == "LRN'7+7" and told.functional_reference == DECISION.reference
    first, second = told.errors
    assert first.description is not None and first.description.startswith("value-length: it's + 1? is too long")
    assert second.description == "not-well-formed-x: it ends early"
    assert (first.pointers[-1].section, first.pointers[-1].tag) == ("23A", "137")
    assert told.declaration_accepted is None
    if form == "wco-res":
        assert told.function_code == "03" and told.declaration_rejected == NOW
        assert [(one.section, one.sequence) for one in first.pointers] == [
            ("42A", None),
            ("67A", 1),
            ("68A", 2),
            ("23A", 1),
        ]
        assert [one.text for one in told.information] == ["unusual: this is unusual"]
    else:
        assert b"BGM++0199c0ffee0199c0ffee0199c0ffee01++RE'" in content
        assert b"UNB+UNOC:3+customs.example/log+ACME+261103:0815+ee0199c0ffee01'" in content
        assert "(42A/67A[1]/68A[2]/23A[1]/137)" in first.description


@pytest.mark.parametrize("form", FORMS)
def test_an_acceptance_has_no_error_and_says_since_when(form: AnswerForm) -> None:
    content, told = answered(form, REMARK)
    at = NOW if form == "wco-res" else NOW.replace(tzinfo=None)  # EDIFACT states no offset: it is UTC
    assert told.errors == () and told.declaration_accepted == at
    assert told.function_code == "01" if form == "wco-res" else b"++AP'" in content


PLANT = AgencyHold(agency="PLANT", since=NOW + timedelta(hours=1), law="Plant Health Act, s. 12")
VET = AgencyHold(agency="VET", since=NOW, ended=NOW + timedelta(hours=2), item=3)


def held(form: AnswerForm, *holds: AgencyHold) -> tuple[bytes, Response]:
    """An acceptance with holds, and what the reader of its form makes of it."""
    message = Reading(outcome="accepted", reference="LRN1", findings=(REMARK,))
    content = write_answer(message, msgspec.structs.replace(DECISION, holds=holds), form, PARTIES)
    reading = read(content)
    assert (reading.standard, reading.outcome, reading.findings) == (form, "accepted", ())
    assert isinstance(reading.document, Response)
    return content, reading.document


def test_a_response_says_who_holds_the_goods_since_when_and_when_a_hold_ended() -> None:
    _, told = held("wco-res", PLANT, VET)
    assert [(one.code, one.effective, one.released) for one in told.statuses] == [
        ("7", PLANT.since, None),
        ("7", VET.since, VET.ended),
    ]
    unusual, plant, vet = told.information
    assert (plant.code, plant.type_code, vet.code, unusual.code) == ("PLANT", "AAI", "VET", None)
    assert plant.text == "PLANT holds these goods since 2026-11-03 09:15 UTC. Legal basis: Plant Health Act, s. 12"
    assert vet.text == "VET released item 3 of these goods on 2026-11-03 10:15 UTC."
    assert (told.issued, told.declaration_accepted, told.function_code) == (VET.ended, NOW, "01")


def test_cusres_has_a_status_for_each_hold_that_stands_and_words_for_all() -> None:
    content, told = held("edifact-cusres", PLANT, VET)
    assert [(one.code, one.text) for one in told.statuses] == [("7", "held by PLANT")]
    assert content.count(b"GEI+5+7:::held by PLANT'") == 1 and content.count(b"FTX+AAI+++") == 2
    assert b"VET released item 3 of these goods on 2026-11-03 10?:15 UTC.'" in content
    assert b"+261103:1015+" in content and b"DTM+148:20261103081530:204'" in content
    assert held("edifact-cusres")[1].statuses == ()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dirt", ["\x00\x08'+:?\r\n", "أهلا Ω Ж", "x" * 3000, "\U0001f6a2"])
def test_whatever_an_agency_is_called_and_however_many_hold_the_goods_is_said(form: AnswerForm, dirt: str) -> None:
    many = tuple(AgencyHold(agency=f"{number}{dirt}", since=NOW, law=dirt) for number in range(120))
    content, told = held(form, *many)
    assert len(told.statuses) == (120 if form == "wco-res" else 10)
    assert form == "wco-res" or content.count(b"FTX+") == 99


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dirt", ["\x00\x08'+:?\r\n", "أهلا Ω Ж", "x" * 3000, "\ud800", "\U0001f6a2"])
def test_whatever_a_sender_wrote_is_answered(form: AnswerForm, dirt: str) -> None:
    dirty = Finding(code="bad", severity="error", message="found {found}", found=dirt, pointer=dirt)
    _, told = answered(form, dirty, ITEM, reference=f"R{dirt}"[:40])
    assert len(told.errors) == 2


def test_a_message_without_a_reference_and_one_with_a_long_one_are_answered() -> None:
    assert answered("edifact-cusres", WHOLE, reference=None)[1].declaration_reference is None
    _, told = answered("wco-res", WHOLE, reference="L" * 60)
    assert told.declaration_reference is None
    assert told.information[-1].text == f"Reference: {'L' * 60}"


def test_the_same_message_gets_the_same_bytes() -> None:
    assert answered("wco-res", ITEM)[0] == answered("wco-res", ITEM)[0]


def test_edifact_is_answered_in_edifact_and_all_else_by_a_response() -> None:
    assert [form_for(one) for one in ("edifact-cusdec", "wco-dm", "asycuda-sad", None)] == [
        "edifact-cusres",
        "wco-res",
        "wco-res",
        "wco-res",
    ]

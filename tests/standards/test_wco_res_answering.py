# SPDX-License-Identifier: Apache-2.0
"""The answer to a checked declaration: its findings become errors with pointers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cocket.findings import Finding
from cocket.model import Declaration, Reading, Response, ResponsePointer
from cocket.standards.wco_dm import WCO_DM
from cocket.standards.wco_dm.response import WCO_RES, Decision, Lifecycle, advance, pointers_of, response_to
from tests.standards.shape_samples import own, read

NOW = datetime(2026, 3, 5, 9, 45, tzinfo=UTC)


def test_a_sound_declaration_is_accepted() -> None:
    reading = read(WCO_DM, own(WCO_DM, "import"))
    assert isinstance(reading.document, Declaration)
    answer = response_to(reading, Decision(now=NOW, reference="XA-1", declaration_id="26XA1", version=1))
    assert (answer.function_code, answer.declaration_accepted, answer.errors) == ("01", NOW, ())
    assert answer.declaration_reference == reading.document.functional_reference
    assert answer.declaration_id == "26XA1"
    written = read(WCO_RES, WCO_RES.write(answer))
    assert (written.outcome, written.document) == ("accepted", answer)


def test_a_faulty_declaration_is_rejected_with_every_error_where_it_is() -> None:
    data = own(WCO_DM, "import").replace(b"<UNDGID>1365<", b"<UNDGID>13650<").replace(b"20260305093000+02", b"soon", 1)
    reading = read(WCO_DM, data)
    assert reading.outcome == "refused"
    answer = response_to(reading, Decision(now=NOW, reference="XA-2", codes={"wco-value-length": "XA10020"}))
    assert (answer.function_code, answer.declaration_rejected, answer.declaration_accepted) == ("03", NOW, None)
    assert [each.code for each in answer.errors] == [None, "XA10020"]
    assert answer.errors[1].pointers[0] == ResponsePointer(section="42A")
    assert answer.errors[1].pointers[-1].section == "12C"
    assert answer.errors[1].pointers[-1].tag == "506"
    assert (answer.errors[0].description or "").startswith("wco-value-format: ")
    written = read(WCO_RES, WCO_RES.write(answer))
    assert (written.outcome, written.document) == ("accepted", answer)
    assert isinstance(advance(Lifecycle(), answer), Lifecycle)


def test_warnings_of_an_accepted_declaration_are_statements() -> None:
    warning = Finding(
        code="wco-items-total", severity="warning", message="{found} is not {expected}", expected="2", found="3"
    )
    reading = Reading(outcome="accepted", document=Declaration(functional_reference="A"), findings=(warning,))
    answer = response_to(reading, Decision(now=NOW, reference="XA-3"))
    assert answer.errors == ()
    assert [each.text for each in answer.information] == ["wco-items-total: 3 is not 2"]


def test_a_text_too_long_for_the_message_is_cut_and_says_so() -> None:
    long = Finding(code="x", severity="error", message="é" * 600)
    answer = response_to(
        Reading(outcome="refused", findings=(long,), reference="A"), Decision(now=NOW, reference="XA-4")
    )
    assert len(answer.errors[0].description or "") == 512
    assert (answer.errors[0].description or "").endswith("…")
    assert isinstance(read(WCO_RES, WCO_RES.write(answer)).document, Response)


@pytest.mark.parametrize(
    ("pointer", "steps"),
    [
        (None, []),
        ("42A", [("42A", None, None)]),
        ("42A/D026", [("42A", None, "D026")]),
        ("42A/67A[1]/68A[2]", [("42A", None, None), ("67A", 1, None), ("68A", 2, None)]),
        (
            "42A/67A[1]/68A[2]/23A[1]/65A[1]/128",
            [("42A", None, None), ("67A", 1, None), ("68A", 2, None), ("23A", 1, None), ("65A", 1, "128")],
        ),
    ],
)
def test_a_pointer_becomes_steps_with_the_tag_on_the_last(
    pointer: str | None, steps: list[tuple[str, int | None, str | None]]
) -> None:
    assert [(step.section, step.sequence, step.tag) for step in pointers_of(pointer)] == steps

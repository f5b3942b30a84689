# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import msgspec
import pytest

from cocket.errors import SettingsError
from cocket.governance.accountability import Answers, Point, build_kit, read_answers, write_html, write_template
from cocket.governance.accountability.frames import EVIDENCE
from cocket.governance.accountability.points import Document
from tests.governance.accountability.given import facts


def document(name: str, answers: Answers | None = None, *, without: tuple[str, ...] = ()) -> Document:
    return next(one for one in build_kit(facts(without=without), answers or Answers()).documents if one.name == name)


def point(name: str, number: str, answers: Answers | None = None, *, without: tuple[str, ...] = ()) -> Point:
    return next(one for one in document(name, answers, without=without).points if one.id == number)


def test_annex_iv_has_its_points_each_from_facts_from_a_person_or_not_applicable() -> None:
    points = document("ai-act-annex-iv").points
    assert [one.id for one in points] == [
        "1a", "1b", "1c", "1d", "1e", "1f", "1g", "1h", "2a", "2b", "2c", "2d", "2e", "2f", "2g", "2h", "3", "4", "5", "6", "7",
        "8", "9",
    ]  # fmt: skip
    by = {one.id: one.by for one in points}
    assert sum(one in ("facts", "both") for one in by.values()) == 18
    assert [number for number, one in by.items() if one == "person"] == ["4", "5", "7", "8"]
    assert by["1f"] == "not-applicable"


def test_what_only_a_person_knows_stands_open_until_it_is_answered() -> None:
    before = point("ai-act-annex-iv", "4")
    assert (before.is_open, before.answer, before.lines, before.stands) == (True, None, (), "TO BE FILLED BY A PERSON")
    after = point("ai-act-annex-iv", "4", Answers({"annex-iv.4": "Because."}))
    assert (after.is_open, after.answer) == (False, "Because.")
    half = point("dpia", "22", Answers())
    assert half.is_open and half.lines and "COMPLETED BY A PERSON" in half.stands


def test_a_fact_that_is_not_known_is_said_and_never_made_up() -> None:
    known = point("ai-act-annex-iv", "2g")
    assert not known.is_open and [table.title for table in known.tables] == ["Office"]
    unknown = point("ai-act-annex-iv", "2g", without=("fairness",))
    assert unknown.is_open and unknown.tables == () and "not known here" in unknown.stands


def test_every_fact_that_a_point_names_has_evidence_and_the_other_way_round() -> None:
    kit = build_kit(facts(), Answers())
    used = {code for one in kit.documents if one.name != "frames" for each in one.points for code in each.facts}
    assert used <= set(EVIDENCE)
    for one in kit.documents:
        assert [each.id for each in one.points if each.by == "facts" and each.is_open] == []
    ids = next(each for each in document("frames").points if each.id == "ids").tables[0]
    found = {row[0]: row[1] for row in ids.rows}
    assert "fairness" in found["MEASURE 2.11"] and "fairness" in found["A.5.4"]
    assert list(found).index("A.5.4") < list(found).index("A.6.2.3") < list(found).index("MEASURE 2.2")
    assert list(found).index("MEASURE 2.2") < list(found).index("MEASURE 2.10")


def test_a_template_asks_every_question_and_an_empty_answer_is_none() -> None:
    kit = build_kit(facts(), Answers())
    template = write_template(kit.questions)
    assert read_answers(template) == Answers() and len(kit.unanswered) == len(kit.questions) > 40
    answered = read_answers(template.replace(b'"annex-iv.4" = ""', b'"annex-iv.4" = "Because.\\nAnd."'))
    assert answered.of("annex-iv.4") == "Because.\nAnd."
    assert set(kit.unanswered) - set(build_kit(facts(), answered).unanswered) == {"annex-iv.4"}
    assert build_kit(facts(), Answers({"annex-iv.99": "x"})).unused == ("annex-iv.99",)


@pytest.mark.parametrize("data", [b"\xff", b"a = ", b"a = 7", b'[a]\nb = "c"', b'a = "' + b"x" * 100_001 + b'"'])
def test_a_file_that_is_no_file_of_answers_is_refused(data: bytes) -> None:
    with pytest.raises(SettingsError):
        read_answers(data)


def test_the_same_facts_give_the_same_bytes_and_others_another_digest() -> None:
    pages = [write_html(document("dpia"), facts()) for _ in range(2)]
    assert pages[0] == pages[1] and facts().digest == facts().digest
    other = msgspec.structs.replace(facts(), until="2026-12-01")
    assert other.digest != facts().digest and write_html(document("dpia"), other) != pages[0]
    said = pages[0].decode()
    assert facts().digest in said and "over 4,096 entries" in said and f"root {'ab' * 32}" in said


def test_a_page_has_answers_as_text_alone() -> None:
    said = write_html(document("dpia", Answers({"dpia.35(2)": "<script>alert(1)</script>"})), facts()).decode()
    assert "<script" not in said and "&lt;script&gt;" in said

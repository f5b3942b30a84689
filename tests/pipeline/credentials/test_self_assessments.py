# SPDX-License-Identifier: Apache-2.0
"""A trader assesses himself: theme by theme, nothing missing, seen by customs as it was submitted and not before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from cocket.api import build_app
from cocket.control.self_assessment import QUESTIONS, SELF_ASSESSMENT, THEMES, SelfAnswer, SelfAssessment, questions_of
from cocket.errors import PolicyError, SenderError
from cocket.gate import make_key
from cocket.governance.retention import read_schedule
from cocket.pipeline.base.document_files import file_id
from cocket.pipeline.operations.erasure import Erasure
from cocket.pipeline.operations.row_audit import RowAudit
from cocket.stores.operations.retention import HoldTarget, RetentionRows
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.simulators.doors import open_door

ACME, OTHER = trader("ACME"), trader("OTHER")


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path / "home")
    yield made
    made.house.close()


@pytest.fixture
def kept(built: Built) -> Any:
    return built.house.credentials.self_assessments


def every(theme: str, choice: Any = "yes") -> dict[str, SelfAnswer]:
    return {
        one.id: SelfAnswer(choice=choice, words="" if choice == "yes" else "Since 2024.") for one in questions_of(theme)
    }


def differences(built: Built) -> list[Any]:
    audit = RowAudit(built.stores)
    while audit.step() is None:
        pass
    return list(audit.differences())


def answered(kept: Any, who: Any = ACME) -> None:
    for theme in THEMES:
        kept.answer(who, theme, every(theme))


def test_every_theme_has_questions_and_each_id_is_its_own() -> None:
    assert len({one.id for one in QUESTIONS}) == len(QUESTIONS) == sum(len(questions_of(one)) for one in THEMES)


def test_themes_are_answered_one_by_one_and_what_is_missing_is_named(kept: Any) -> None:
    assert len(kept.own_assessment(ACME).missing) == len(QUESTIONS)
    view = kept.answer(ACME, "solvency", every("solvency"))
    assert len(view.missing) == len(QUESTIONS) - len(questions_of("solvency"))
    without = {**every("solvency"), "solvency-debts": SelfAnswer(choice="no")}
    assert "solvency-debts" in kept.answer(ACME, "solvency", without).missing
    assert kept.own_assessment(ACME).assessment.answers["solvency-debts"].choice == "no"


def test_it_is_submitted_only_whole_and_customs_sees_it_then_and_as_it_was(kept: Any) -> None:
    with pytest.raises(SenderError) as refused:
        kept.submit(ACME)
    assert refused.value.code == "assessment-missing"
    answered(kept)
    assert kept.submitted_by(officer("analyst"), "acme") is None
    done = kept.submit(ACME)
    assert done.assessment.submitted is not None and done.assessment.state == "submitted"
    with pytest.raises(SenderError, match="submitted before"):
        kept.submit(ACME)
    kept.answer(ACME, "solvency", every("solvency", "in-part"))
    seen = kept.submitted_by(officer("analyst"), "A-C-M-E")
    assert seen.answers["solvency-debts"].choice == "yes" and seen.submitted == done.assessment.submitted
    assert kept.own_assessment(ACME).assessment.submitted is None
    kept.submit(ACME)
    assert kept.submitted_by(officer("analyst"), "acme").answers["solvency-debts"].choice == "in-part"


def test_what_is_measured_is_of_his_own_messages_alone(built: Built, kept: Any) -> None:
    sent = [envelope(declaration(one)) for one in ("R1", "R2")] + [envelope(b"<broken")]
    built.house.intake.messages.take_many(sent, principal=ACME)
    built.house.intake.messages.take_many([envelope(declaration("S1"), "OTHER")], principal=OTHER)
    facts = kept.own_assessment(ACME).facts
    assert (facts.received, facts.accepted, facts.refused, facts.conflicts) == (3, 2, 1, 0)
    assert kept.own_assessment(OTHER).facts.received == 1


def test_nobody_else_answers_for_him_nor_sees_it(kept: Any) -> None:
    kept.answer(ACME, "solvency", every("solvency"))
    broker = msgspec.structs.replace(trader("BROKER", "ACME"), clients=("ACME",))
    assert kept.own_assessment(broker).assessment.trader == "BROKER"
    for who in (OTHER, broker, officer("supervisor")):
        with pytest.raises(PolicyError):
            kept.own_assessment(who, "ACME")
        with pytest.raises(PolicyError):
            kept.answer(who, "solvency", {}, "ACME")
        with pytest.raises(PolicyError):
            kept.submit(who, "ACME")
    with pytest.raises(PolicyError):
        kept.submitted_by(ACME, "ACME")
    with pytest.raises(SenderError, match="for whom"):
        kept.own_assessment(trader("ACME", "OTHER"))


def test_answers_to_other_questions_are_refused(kept: Any) -> None:
    with pytest.raises(SenderError) as refused:
        kept.answer(ACME, "solvency", {"security-cargo": SelfAnswer(choice="yes")})
    assert refused.value.findings[0].location == "security-cargo"
    with pytest.raises(SenderError):
        kept.answer(ACME, "astrology", {})


def test_each_change_is_sealed_and_rows_agree_with_what_was_sealed(built: Built, kept: Any) -> None:
    answered(kept)
    kept.submit(ACME)
    bodies = [msgspec.json.decode(one, type=SelfAssessment) for one in built.bodies(SELF_ASSESSMENT)]
    assert len(bodies) == len(THEMES) + 1 and bodies[-1].submitted is not None
    built.sign()
    assert differences(built) == []
    with built.stores.database.transaction() as connection:
        connection.execute("update case_file set state = 'open' where kind = 'self-assessment'")
    assert differences(built) != []


def test_it_stands_in_the_answer_to_its_subject(built: Built, kept: Any) -> None:
    built.house.intake.messages.take_many([envelope(declaration("R1"))], principal=ACME)
    kept.answer(ACME, "solvency", every("solvency"))
    export, _ = built.house.governance.subjects.export(officer("supervisor"), "ACME", "on request of ACME")
    assert "Self-assessment" in {one.kind for one in export.records}


def test_it_is_erased_for_good(built: Built, kept: Any) -> None:
    kept.answer(ACME, "solvency", every("solvency"))
    Erasure(built.stores).erase(str(file_id(SELF_ASSESSMENT, "ACME")), who="head", reason="it is over")
    assert built.bodies(SELF_ASSESSMENT) == []
    with built.stores.database.transaction() as connection:
        assert connection.execute("select count(*) from case_file where kind = 'self-assessment'").fetchone() == (0,)


def test_it_is_kept_by_a_class_of_its_own_and_under_a_hold_on_its_sender(built: Built, kept: Any) -> None:
    kept.answer(ACME, "solvency", every("solvency"))
    rule = """[[rule]]\nclass = "self-assessment"\nlaw = "Customs Act, s. 9"\nfrom_event = "changed"\nperiod = "1 year"
on_end = "erase"\n"""
    assert read_schedule(rule.encode()).rules[0].class_ == "self-assessment"
    with built.stores.database.transaction() as connection:
        (row,) = RetentionRows().assessments(connection)
        assert (row.id, row.title) == (file_id(SELF_ASSESSMENT, "ACME"), "ACME") and row.last is not None
        assert RetentionRows().covered(connection, HoldTarget("sender", "ACME")) == {row.id}
        assert RetentionRows().covered(connection, HoldTarget("sender", "OTHER")) == set()


def test_over_http(built: Built) -> None:
    key = make_key("acme")
    built.house.governance.accounts.add_key(key, "ACME", ["trader"], ["ACME"])
    with (
        open_door(build_app(built.house)) as port,
        httpx.Client(trust_env=False, headers={"Authorization": f"Bearer {key}"}) as client,
    ):
        at = f"http://127.0.0.1:{port}/v1/own/assessment"
        questions = client.get(f"{at}/questions").json()["questions"]
        assert len(questions) == len(QUESTIONS) == len(client.get(at).json()["missing"])
        assert client.post(f"{at}/submission").status_code == 422
        for theme in THEMES:
            answers = {one["id"]: {"choice": "yes"} for one in questions if one["theme"] == theme}
            assert client.put(at, json={"theme": theme, "answers": answers}).status_code == 200
        assert client.post(f"{at}/submission").json()["assessment"]["submitted"]
        assert client.put(at, json={"theme": "luck", "answers": {}}).status_code == 422

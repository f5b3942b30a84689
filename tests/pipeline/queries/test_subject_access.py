# SPDX-License-Identifier: Apache-2.0
"""An answer to who asks what is held about them: theirs alone, with who looked, and never a word of what is exempt."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

import msgspec
import pytest

from cocket.consignment.hand_drafts import Draft
from cocket.control.self_assessment import THEMES, SelfAnswer, questions_of
from cocket.errors import PolicyError, ReasonMissingError, SenderError
from cocket.gate import make_key
from cocket.governance import Principal, stating
from cocket.governance.subject_access import EXEMPTIONS, LOOKS_GIVEN, SubjectExport, given_of, write_export_html
from cocket.pipeline import NewResult, QueueFilter
from cocket.pipeline.control.questions import NewQuestion
from cocket.pipeline.queries import subject_access as module
from cocket.pipeline.queries.subject_access import SealedExport
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.pipeline.control.test_questions import PDF
from tests.pipeline.risk.test_intelligence import SECRET
from tests.pipeline.risk.test_intelligence import report as intelligence_report

SIONE = Principal(id="sione", kind="officer", roles=("supervisor",))
REASON = "request of 3 March"

#: Keys as their holders present them.
SECRETS: list[str] = []


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = build(tmp_path_factory.mktemp("subject") / "home", red_per_day=100, random_share=0.5)
    accounts = made.house.governance.accounts
    for name, sender in (("acme", "ACME"), ("beta", "BETA")):
        SECRETS.append(make_key(name))
        accounts.add_key(SECRETS[-1], name, ["trader"], [sender])
    for sender, reference in (("ACME", "MINE1"), ("BETA", "OTHER1")):
        made.house.intake.messages.take_many(
            [envelope(declaration(reference), sender=sender)], principal=trader(sender)
        )
    made.desk()
    yield made
    made.house.close()


def dossier_of(built: Built, reference: str) -> str:
    return built.house.queries.records.find(officer("supervisor"), reference, None)[0].id


def importer_of(built: Built, reference: str) -> str:
    with built.stores.database.transaction() as connection:
        row = connection.execute(
            "select value from consignment_mark where consignment = %s and kind = 'IMPORTER'",
            (dossier_of(built, reference),),
        ).fetchone()
    assert row is not None
    return str(row[0])


def export(built: Built, wanted: str) -> tuple[SubjectExport, dict[str, bytes]]:
    return built.house.governance.subjects.export(SIONE, wanted, REASON)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks are given without waiting, but where a test says otherwise."""
    monkeypatch.setattr(module, "LOOKS_AFTER", 0)


def test_it_holds_what_is_theirs_and_nothing_of_others(built: Built) -> None:
    made, files = export(built, "acme")
    assert (made.subject, made.senders) == ("ACME", ("ACME",))
    assert [one.is_own for one in made.messages] == [True]
    [message] = made.messages
    assert files == {message.file: declaration("MINE1")}
    assert message.sha256 == sha256(declaration("MINE1")).hexdigest()
    assert [one.id for one in made.keys] == ["acme"]
    told = msgspec.json.encode(made).decode()
    assert "OTHER1" not in told and "BETA" not in told
    assert not any(secret in told or secret.rpartition("_")[2] in told for secret in SECRETS)


def test_a_party_gets_its_consignments_their_results_and_who_looked_at_them(built: Built) -> None:
    dossier = dossier_of(built, "MINE1")
    built.house.queries.records.dossier(stating(SIONE, "control"), dossier)
    order = built.house.queries.records.dossier(officer("supervisor"), dossier).summary.order
    if order is not None:
        built.house.control.officer_acts.record_result(
            officer("officer"), str(order.id), NewResult(depth="documents", found=False, note="an officer's words")
        )
    made, files = export(built, importer_of(built, "MINE1"))
    assert dossier in {one.id for one in made.consignments}
    assert files == {}  # the declarant sent the message
    looks = [one for one in made.looks if one.what == "a consignment"]
    assert looks and {one.purpose for one in looks} <= LOOKS_GIVEN
    told = msgspec.json.encode(made).decode()
    assert "an officer's words" not in told and "sione" not in told and "test-supervisor" not in told
    assert (order is None) == (not made.records)


def test_what_is_exempt_leaves_no_trace_and_the_sentence_about_it_is_always_the_same(built: Built) -> None:
    party, dossier = importer_of(built, "MINE1"), dossier_of(built, "MINE1")
    before, _ = export(built, party)
    built.house.risk.intelligence.add_intelligence(SIONE, intelligence_report(links=(("PARTY", party),)))
    for purpose in ("audit", "investigation", "analysis"):
        built.house.queries.records.dossier(stating(SIONE, purpose, "IA-1"), dossier)
    after, _ = export(built, party)
    same = {"made": before.made, "looks": ()}
    assert msgspec.structs.replace(after, **same) == msgspec.structs.replace(before, **same)
    more = set(after.looks) - set(before.looks)
    assert {one.what for one in more} <= {
        "an answer such as this one"
    }  # the answer before it, and nothing of what is exempt
    assert SECRET not in msgspec.json.encode(after).decode()
    nothing, _ = export(built, "No such trader")
    assert nothing.exemptions == before.exemptions == EXEMPTIONS
    assert (nothing.consignments, nothing.messages, nothing.records, nothing.looks) == ((), (), (), ())


def test_looks_are_given_by_day_some_days_later_and_none_that_hangs_on_a_lane(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    party, dossier = importer_of(built, "MINE1"), dossier_of(built, "MINE1")
    records = built.house.queries.records
    for _ in range(3):
        records.dossier(stating(SIONE, "control"), dossier)
    before, _ = export(built, party)
    records.dossier(stating(SIONE, "control"), dossier)
    order = records.dossier(stating(SIONE, "control"), dossier).summary.order
    records.queue(stating(SIONE, "control"), QueueFilter(state="all"))
    if order is not None:
        built.house.queries.order_sheets.sheet(SIONE, dossier)
    after, _ = export(built, party)
    assert after.looks == before.looks
    assert len(after.looks) == len(set(after.looks))
    monkeypatch.setattr(module, "LOOKS_AFTER", 7)
    assert export(built, party)[0].looks == ()


def test_the_answer_is_itself_recorded_without_the_name(built: Built) -> None:
    made, _ = export(built, "ACME")
    told = msgspec.json.decode(built.bodies("subject-export")[-1], type=SealedExport)
    assert (told.who, told.reason, told.counts["messages"]) == ("sione", REASON, 1)
    assert told.sha256 == sha256(msgspec.json.encode(made)).hexdigest()
    assert "ACME" not in built.bodies("subject-export")[-1].decode()
    again, _ = export(built, "ACME")
    assert [one.what for one in again.looks].count("an answer such as this one") >= 1


def test_fields_about_others_and_about_selection_are_left_out_at_any_depth() -> None:
    told = {
        "depth": "full",
        "officer": "anna",
        "items": [{"found": 3, "by": "anna", "lane": "red"}],
        "selected": "score",
    }
    assert given_of(told) == {"depth": "full", "items": [{"found": 3}]}


def test_the_page_escapes_what_it_shows(built: Built) -> None:
    made, _ = export(built, "ACME")
    hostile = msgspec.structs.replace(made, names=("<script>alert(1)</script>",))
    page = write_export_html(hostile).decode()
    assert "<script>" not in page and "&lt;script&gt;" in page
    assert EXEMPTIONS.split(".")[0] in page


@pytest.mark.parametrize(
    "who", [officer("analyst"), officer("officer"), officer("auditor"), officer("supervisor", "XA1"), trader("ACME")]
)
def test_only_a_supervisor_of_no_office_answers(built: Built, who: Principal) -> None:
    with pytest.raises(PolicyError):
        built.house.governance.subjects.export(who, "ACME", REASON)


def test_no_reason_no_answer_and_no_name_none_either(built: Built) -> None:
    with pytest.raises(ReasonMissingError):
        built.house.governance.subjects.export(SIONE, "ACME", " ")
    with pytest.raises(SenderError):
        built.house.governance.subjects.export(SIONE, " . ", REASON)


def test_questions_with_papers_contests_drafts_and_self_assessments_are_in_the_answer(built: Built) -> None:
    who = trader("PAPERS")
    house = built.house
    (answer,) = house.intake.messages.take_many([envelope(declaration("PAPERS1"), sender="PAPERS")], principal=who)
    built.desk()
    asked = house.control.questions.ask(who, NewQuestion(words="May I use code 0406?"))
    house.control.questions.add_own_paper(who, asked.id, "ruling.pdf", PDF)
    draft = house.intake.drafts.begin(who, Draft(flow="import", reference="NOT-SENT-YET"))
    theme = THEMES[0]
    answers = {questions_of(theme)[0].id: SelfAnswer(choice="yes", words="as our manual says")}
    house.credentials.self_assessments.answer(who, theme, answers)
    made, files = export(built, "papers")
    [given] = made.papers
    assert (given.name, files[given.file], given.sha256) == ("ruling.pdf", PDF, sha256(PDF).hexdigest())
    assert [(one.id, one.sender) for one in made.drafts] == [(draft.id, "PAPERS")]
    kinds = {one.kind for one in made.records}
    assert {"Question, and its answer", "Self-assessment"} <= kinds
    told = msgspec.json.encode(made).decode()
    assert "NOT-SENT-YET" not in told  # only the subject sees what stands in a draft
    assert "as our manual says" in told and "May I use code 0406?" in told
    page = write_export_html(made).decode()
    assert "ruling.pdf" in page and draft.id in page
    others, _ = export(built, "BETA")
    assert (others.papers, others.drafts) == ((), ())
    assert answer.outcome == "accepted"


def test_a_party_is_not_given_what_its_declarant_asked(built: Built) -> None:
    with built.stores.database.transaction() as connection:
        row = connection.execute("select id from message where reference = 'MINE1'").fetchone()
    assert row is not None
    words = "Which of my clients is meant?"
    built.house.control.questions.ask(trader("ACME"), NewQuestion(words=words, message=str(row[0])))
    party, _ = export(built, importer_of(built, "MINE1"))
    sender, _ = export(built, "ACME")
    assert words not in msgspec.json.encode(party).decode()
    assert words in msgspec.json.encode(sender).decode()

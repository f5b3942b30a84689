# SPDX-License-Identifier: Apache-2.0
"""A sender that changes its story: the refused version is a question in the assessment, said once; honest senders are asked nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from cocket.pipeline.assessment import refused_stories
from cocket.pipeline.base.sealed_advice import ReasonView, SealedAdvice
from tests.houses import Built, build, envelope, trader
from tests.messages import declaration
from tests.pipeline.consignment.test_manifests import bill, manifest, sad

LESS = (b">4120.5<", b">8241<")


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, red_per_day=9, yellow_per_day=9, random_share=0.0)
    yield made
    made.house.close()


def lodge(built: Built, content: bytes, sender: str = "ACME") -> str:
    (answer,) = built.house.intake.messages.take_many([envelope(content, sender)], principal=trader(sender))
    built.desk()
    return str(answer.outcome)


def advice(built: Built) -> list[SealedAdvice]:
    return [msgspec.json.decode(body, type=SealedAdvice) for body in built.bodies("assessment")]


def asked(built: Built) -> list[ReasonView]:
    return [one for one in advice(built)[-1].reasons if one.code == "version-refused"]


def test_a_changed_version_takes_the_dossier_out_again_and_asks_why_once(built: Built) -> None:
    assert lodge(built, declaration("R1")) == "accepted"
    assert asked(built) == []
    before = len(advice(built))
    assert lodge(built, declaration("R1").replace(*LESS)) == "conflict"
    (reason,) = asked(built)
    assert (reason.arguments, reason.weight) == ({"versions": "ACME, R1: gross kg"}, None)
    assert reason.message.startswith("Why was another version of a paper sent under its reference")
    last = advice(built)[-1]
    assert (len(advice(built)), last.because) == (before + 1, "another version of a paper was refused")
    assert last.lane != "green", "without a model a rule asks for the documents at least"
    assert last.head is not None
    (fact,) = (one for one in last.head.facts if one.code == "version-refused")
    assert (fact.arguments["fields"], len(fact.evidence)) == ("gross kg", 2)
    lodge(built, declaration("R1").replace(*LESS))  # a repeat
    lodge(built, declaration("R1", note="stamped anew").replace(*LESS))  # the same change, in other bytes
    assert [one.arguments for one in asked(built)] == [reason.arguments]
    lodge(built, declaration("R1").replace(LESS[0], b">4000<"))
    assert [one.arguments for one in asked(built)] == [reason.arguments], "the same field again is the same question"


def test_it_stays_when_the_dossier_is_assessed_anew_for_another_reason(built: Built) -> None:
    lodge(built, declaration("R1"))
    lodge(built, declaration("R1").replace(*LESS))
    lodge(built, amendment("R1"))
    (reason,) = asked(built)
    assert reason.arguments["versions"].startswith("ACME, R1: ")


def test_it_counts_where_paper_and_version_come_in_one_turn(built: Built) -> None:
    envelopes = [envelope(one) for one in (declaration("R1"), declaration("R1").replace(*LESS))]
    answers = built.house.intake.messages.take_many(envelopes, principal=trader("ACME"), is_in_order=True)
    assert [one.outcome for one in answers] == ["accepted", "conflict"]
    built.desk()
    assert [one.arguments for one in asked(built)] == [{"versions": "ACME, R1: gross kg"}]


def amendment(reference: str) -> bytes:
    """The declaration corrected as the law has it."""
    return declaration(reference, note="amended").replace(*LESS).replace(b"<FunctionCode>9", b"<FunctionCode>13")


def test_amendments_copies_and_other_senders_are_asked_nothing(built: Built) -> None:
    lodge(built, declaration("R1"))
    assert lodge(built, amendment("R1")) == "accepted"
    assert asked(built) == []
    lodge(built, declaration("R2"))
    assert lodge(built, declaration("R2")) == "accepted"
    assert lodge(built, declaration("R2", note="printed again")) == "conflict"
    assert lodge(built, declaration("R2").replace(*LESS), "OTHER") == "accepted"
    assert all(one.code != "version-refused" for told in advice(built) for one in told.reasons)


def test_of_a_manifest_only_what_was_changed_is_asked_about(built: Built) -> None:
    bills = [bill("TSTB0100001"), bill("TSTB0100002"), bill("TSTB0100003")]
    assert lodge(built, manifest(*bills), "LINE") == "accepted"
    for number, named in enumerate(("TSTB0100001", "TSTB0100002", "TSTB0100003")):
        lodge(built, sad(number, named), "HOST")
    count = len(advice(built))
    changed = [bills[0], bill("TSTB0100002", packages=4), bills[2]]
    assert lodge(built, manifest(*changed), "LINE") == "conflict"
    (again,) = advice(built)[count:]
    (reason,) = asked(built)
    says = reason.arguments["versions"]
    assert says.startswith("LINE, ") and says.endswith(": packages, gross kg")
    assert again.reasons.count(reason) == 1


def test_where_nothing_was_refused_the_database_is_asked_nothing_more(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("dossiers_changed_by", "refused_versions_of"):
        monkeypatch.setattr(refused_stories, name, forbidden)
    lodge(built, manifest(bill("TSTB0100001")), "LINE")
    lodge(built, sad(1, "TSTB0100001"), "HOST")  # joins a dossier of before
    lodge(built, declaration("R1"))
    lodge(built, amendment("R1"))
    assert asked(built) == []


def forbidden(*_: object) -> None:
    raise AssertionError("asked of the database")

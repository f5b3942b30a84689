# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket.errors import PolicyError, SenderError, SettingsError
from cocket.gate import make_key
from cocket.governance import Principal
from cocket.governance.proposals import Proposal
from cocket.pipeline import Instance, NotFoundError
from cocket.pipeline.base.access import AccessRecord
from cocket.pipeline.base.kept import WORTH_KEEPING
from cocket.pipeline.risk import rule_deeds, rules
from cocket.pipeline.risk.rulebooks import KIND, RuleFile, read_file
from cocket.risk.rules import Rule
from tests.houses import build, envelope, officer, trader
from tests.messages import declaration

ACME = trader("ACME")
ANNA = Principal(id="anna", kind="officer", roles=("analyst",))
BORIS = Principal(id="boris", kind="officer", roles=("analyst",))
SOON = datetime.now(UTC).date() + timedelta(days=90)


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Any]:
    made = build(tmp_path, red_per_day=1000, yellow_per_day=1000, random_share=0.0)
    made = dataclasses.replace(made, house=Instance(made.stores))
    for name in ("anna", "boris"):
        made.house.governance.accounts.put_officer(name, name.title(), "analyst", None, "seal and cord and wax")
    yield made
    made.house.close()


def rule(**changes: Any) -> Rule:
    given: dict[str, Any] = {
        "code": "every-import",
        "says": "everything of {importer} is asked for",
        "when": "size(items) > 0",
        "asks": "red",
        "source": "order 1/2026",
        "expires": SOON,
    }
    return Rule(**(given | changes))


def lodged(built: Any, *names: str) -> list[Any]:
    """Lodge declarations, and the advice on each."""
    answers = built.house.intake.messages.take_many([envelope(declaration(name)) for name in names], principal=ACME)
    built.desk()
    found = []
    for answer in answers:
        (consignment,) = built.house.queries.records.message(officer("analyst"), answer.id).consignment_ids
        found.append(built.house.queries.records.dossier(officer("analyst"), consignment).summary.advice)
    return found


def named(advice: Any) -> list[str]:
    """Rules that an advice names."""
    return [reason.code for reason in advice.reasons]


def published(built: Any, monkeypatch: pytest.MonkeyPatch, one: Rule) -> None:
    monkeypatch.setattr(rule_deeds, "SHADOW_DAYS", 0)
    built.house.risk.rules.add_rules(ANNA, [one])
    built.house.risk.rules.test_rule(ANNA, one.code)
    built.house.risk.rules.shadow_rule(ANNA, one.code)
    publish(built.house, one.code)


def propose(house: Instance, code: str, urgent: str | None = None, who: Principal = ANNA) -> Proposal:
    """The open proposal that a rule is published."""
    wanted = house.risk.rules.proposed_publication(who, code, urgent)
    return house.governance.second_person.propose(who, wanted, make_key).proposal


def publish(house: Instance, code: str, urgent: str | None = None) -> Any:
    """A rule that one proposed and another approved."""
    one = propose(house, code, urgent)
    assert house.governance.second_person.vote(BORIS, one.id, one.digest, make_key).is_done
    return house.risk.rules.rule(ANNA, code)


def test_a_rule_goes_from_draft_by_test_and_shadow_to_two_people_and_only_then_counts(
    built: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rule_deeds, "SHADOW_DAYS", 0)
    house = built.house
    (draft,) = house.risk.rules.add_rules(ANNA, [rule()])
    assert draft.state == "draft"
    (before,) = lodged(built, "R1")
    assert "every-import" not in [reason.code for reason in before.reasons]
    with pytest.raises(SenderError, match="draft cannot be published"):
        propose(house, "every-import")
    tested = house.risk.rules.test_rule(ANNA, "every-import")
    assert (tested.state, tested.file.tested.declarations, tested.file.tested.figures.hits) == ("tested", 1, 1)
    assert house.risk.rules.shadow_rule(ANNA, "every-import").state == "shadow"
    (in_shadow,) = lodged(built, "R2")
    assert "every-import" not in [reason.code for reason in in_shadow.reasons]
    assert len(house.risk.rules.rule(ANNA, "every-import").hits) == 1
    one = propose(house, "every-import")
    assert house.risk.rules.rule(ANNA, "every-import").proposal == one.id
    with pytest.raises(PolicyError):
        house.governance.second_person.vote(ANNA, one.id, one.digest, make_key)
    with pytest.raises(SenderError, match="still waits"):
        house.governance.second_person.apply(BORIS, one.id, make_key)
    assert "every-import" not in named(lodged(built, "R2b")[0])
    assert house.governance.second_person.vote(BORIS, one.id, one.digest, make_key).is_done
    file = house.risk.rules.rule(ANNA, "every-import").file
    assert (file.publisher, file.proposal) == ("boris", one.id)
    (after,) = lodged(built, "R3")
    assert after.lane == "red"
    (said,) = [reason for reason in after.reasons if reason.code == "every-import"]
    assert said.message == "everything of {importer} is asked for" and said.arguments["importer"] != "–"
    states = [msgspec.json.decode(body, type=RuleFile).state for body in built.bodies("rule")]
    assert states == ["draft", "tested", "shadow", "published"]


def test_a_rule_waits_in_shadow_unless_it_is_urgent_and_then_it_ends_soon(built: Any) -> None:
    house = built.house
    house.risk.rules.add_rules(ANNA, [rule()])
    house.risk.rules.test_rule(ANNA, "every-import")
    house.risk.rules.shadow_rule(ANNA, "every-import")
    with pytest.raises(SenderError, match="shadow for 7 days"):
        propose(house, "every-import")
    with pytest.raises(SenderError, match="at most 14 days"):
        propose(house, "every-import", "a ship is coming")
    house.risk.rules.add_rules(ANNA, [rule(expires=datetime.now(UTC).date() + timedelta(days=10))])
    with pytest.raises(SenderError, match="draft"):
        propose(house, "every-import", "a ship is coming")
    house.risk.rules.test_rule(ANNA, "every-import")
    view = publish(house, "every-import", "a ship is coming")
    assert (view.state, view.file.version, view.file.urgent) == ("published", 2, "a ship is coming")


def test_a_rule_that_has_expired_or_was_ended_counts_no_more(built: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    published(built, monkeypatch, rule())
    assert lodged(built, "R1")[0].lane == "red"
    with pytest.raises(PolicyError):
        built.house.risk.rules.end_rule(ANNA, "every-import", " ")
    assert built.house.risk.rules.end_rule(ANNA, "every-import", "it finds nothing").file.ended_by == "anna"
    assert "every-import" not in named(lodged(built, "R2")[0])  # its lane may be red by chance
    published(built, monkeypatch, rule(code="until-yesterday"))
    with built.stores.database.transaction() as connection:
        (stored,) = [
            one
            for one in built.stores.case_files.of_kind(connection, "rule", ("published",))
            if b"until-yesterday" in one.body
        ]
        file = msgspec.json.decode(stored.body, type=RuleFile)
        late = msgspec.structs.replace(file.rule, expires=date(2020, 1, 1))
        body = msgspec.json.encode(msgspec.structs.replace(file, rule=late))
        changed = msgspec.structs.replace(stored, body=body, changed=datetime.now(UTC))
        built.stores.case_files.put(connection, changed, [("code", "until-yesterday")])
    assert "until-yesterday" not in named(lodged(built, "R3")[0])
    assert built.house.risk.rules.rule(ANNA, "until-yesterday").state == "expired"


def test_rules_of_every_kind_are_measured_alike_and_the_pack_says_what_to_do(
    built: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(built, monkeypatch, rule())
    lodged(built, "R1", "R2", "R3")
    views = {view.code: view for view in built.house.risk.rules.rules(ANNA)}
    assert views["every-import"].figures.hits == 3
    assert {view.kind for view in views.values()} >= {"cel", "python"}
    pack = built.house.risk.rules.rule_pack(ANNA)
    assert pack.declarations == 3 and set(pack.proposals) == set(views)
    assert pack.caveats


def test_a_rule_in_python_keeps_its_code_and_a_wrong_condition_is_refused_whole(built: Any) -> None:
    with pytest.raises(SettingsError, match="importer-new"):
        built.house.risk.rules.add_rules(ANNA, [rule(code="importer-new")])
    with pytest.raises(SettingsError, match="unknown name colour"):
        built.house.risk.rules.add_rules(ANNA, [rule(code="good"), rule(code="bad", when="colour == 'red'")])
    with pytest.raises(NotFoundError):
        built.house.risk.rules.rule(ANNA, "good")


def test_officers_traders_and_auditors_do_not_write_rules_and_auditors_read_them(built: Any) -> None:
    for one in (officer("officer"), officer("auditor"), ACME):
        with pytest.raises(PolicyError):
            built.house.risk.rules.add_rules(one, [rule()])
    assert built.house.risk.rules.rules(officer("auditor"))
    with pytest.raises(PolicyError):
        built.house.risk.rules.rules(officer("officer"))


def test_a_rule_on_a_share_of_its_hits_is_in_the_propensity(built: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    published(built, monkeypatch, rule(share=0.5))
    lodged(built, "R1", "R2", "R3", "R4", "R5", "R6")
    assert len(built.house.risk.rules.rule(ANNA, "every-import").hits) == 6
    (advice,) = lodged(built, "R7")
    assert advice.propensity == pytest.approx(
        0.08 + 0.92 * 0.5
    )  # without a model chance takes the share of the score too


def test_figures_that_take_long_are_kept_and_measured_again_on_demand_or_for_another_rule(
    built: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    took: list[int] = []
    real = rules.measured_between

    def slow(*asked: Any, **more: Any) -> Any:
        took.append(1)
        time.sleep(1.1 * WORTH_KEEPING)
        return real(*asked, **more)

    monkeypatch.setattr(rules, "measured_between", slow)
    lodged(built, "K1")
    first = built.house.risk.rules.rules(ANNA)
    assert all(one.measured and one.figures for one in first)
    assert built.house.risk.rules.rules(ANNA) == first
    assert len(took) == 1
    assert built.house.risk.rules.rules(ANNA, again=True)[0].measured > first[0].measured
    assert len(took) == 2
    built.house.risk.rules.add_rules(ANNA, [rule()])
    assert built.house.risk.rules.rules(ANNA)[0].code == "every-import"
    assert len(took) == 3
    assert [one.figures for one in built.house.risk.rules.written(ANNA)] == [None]
    assert len(took) == 3


def ready(built: Any, monkeypatch: pytest.MonkeyPatch, *ones: Rule) -> None:
    """Rules of anna that may be published."""
    monkeypatch.setattr(rule_deeds, "SHADOW_DAYS", 0)
    built.house.risk.rules.add_rules(ANNA, ones)
    for one in ones:
        built.house.risk.rules.test_rule(ANNA, one.code)
        built.house.risk.rules.shadow_rule(ANNA, one.code)


def test_an_author_does_not_approve_his_rule_though_another_proposed_it(
    built: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(built, monkeypatch, rule())
    with pytest.raises(SenderError, match="No one else could approve"):
        propose(built.house, "every-import", who=BORIS)
    built.house.governance.accounts.put_officer("cleo", "Cleo", "supervisor", None, "seal and cord and wax")
    one = propose(built.house, "every-import", who=BORIS)
    with pytest.raises(PolicyError, match="You wrote this rule"):
        built.house.governance.second_person.vote(ANNA, one.id, one.digest, make_key)
    cleo = Principal(id="cleo", kind="officer", roles=("supervisor",))
    assert built.house.governance.second_person.vote(cleo, one.id, one.digest, make_key).is_done


def test_an_approval_is_of_no_use_once_the_rule_has_another_wording(
    built: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(built, monkeypatch, rule())
    one = propose(built.house, "every-import")
    ready(built, monkeypatch, rule(when="size(items) > 5"))
    second = built.house.governance.second_person
    with pytest.raises(SenderError, match="has changed"):
        second.vote(BORIS, one.id, one.digest, make_key)
    assert second.proposal(BORIS, one.id).proposal.state == "stale"
    assert built.house.risk.rules.rule(ANNA, "every-import").state == "shadow"


def test_a_rule_is_read_in_full_and_against_the_one_in_force_before_it_is_approved(
    built: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(built, monkeypatch, rule())
    ready(built, monkeypatch, rule(when="size(items) > 5"))
    read = built.house.governance.second_person.proposal(BORIS, propose(built.house, "every-import").id).proposal.text
    assert "  size(items) > 0\n" in read.before and "  size(items) > 5\n" in read.after
    changed = {(one.kind, one.text.strip()) for one in read.changes if one.kind in ("gone", "new")}
    assert changed == {
        ("gone", "version: 1"), ("new", "version: 2"), ("gone", "size(items) > 0"), ("new", "size(items) > 5"),
    }  # fmt: skip
    assert [one.what for one in looks(built) if one.who == "boris"][-1:] == ["proposal"]


def looks(built: Any) -> list[AccessRecord]:
    return [msgspec.json.decode(body, type=AccessRecord) for body in built.bodies("look")]


def test_a_rule_sent_to_a_colleague_before_an_upgrade_is_taken_in_once_and_approved(
    built: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(built, monkeypatch, rule())
    now = datetime.now(UTC)
    with built.stores.database.transaction() as connection:
        (stored,) = built.stores.case_files.of_kind(connection, KIND, ("shadow",))
        file = msgspec.structs.replace(read_file(stored), sent=now, sent_to="boris", sent_by="anna")
        record = built.stores.sealer.record(KIND, "anna", file, about=stored.id, at=now)
        changed = msgspec.structs.replace(stored, body=record.body, changed=now)
        built.stores.case_files.put(connection, changed, [("code", "every-import")])
        built.stores.leaves.append_records(connection, [record])
    second = built.house.governance.second_person
    assert second.resume(make_key) == () and second.resume(make_key) == ()
    (waits,) = second.waiting(BORIS)
    one = waits.proposal
    assert (one.kind, one.proposer, one.needs) == ("rule-publish", "anna", 1)
    with pytest.raises(PolicyError):
        second.vote(ANNA, one.id, one.digest, make_key)
    assert second.vote(BORIS, one.id, one.digest, make_key).is_done
    assert built.house.risk.rules.rule(ANNA, "every-import").state == "published"


def test_one_person_does_not_end_a_rule_that_counts_where_two_answer_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = build(tmp_path, second_person_for="rules")
    for name in ("anna", "boris"):
        made.house.governance.accounts.put_officer(name, name.title(), "analyst", None, "seal and cord and wax")
    published(made, monkeypatch, rule())
    rules_, second = made.house.risk.rules, made.house.governance.second_person
    with pytest.raises(PolicyError):
        rules_.end_rule(ANNA, "every-import", "it finds nothing")
    wanted = rules_.proposed_end(ANNA, "every-import", "it finds nothing")
    one = second.propose(ANNA, wanted, make_key).proposal
    assert rules_.rule(ANNA, "every-import").state == "published"
    assert second.vote(BORIS, one.id, one.digest, make_key).is_done
    assert rules_.rule(ANNA, "every-import").file.ended_by == "anna, boris"
    ready(made, monkeypatch, rule(code="in-shadow"))
    assert rules_.proposed_end(ANNA, "in-shadow", "another idea") is None
    assert rules_.end_rule(ANNA, "in-shadow", "another idea").state == "ended"
    made.house.close()

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
from cocket.governance import Principal
from cocket.pipeline import Instance, NotFoundError
from cocket.pipeline.base.kept import WORTH_KEEPING
from cocket.pipeline.risk import rules
from cocket.pipeline.risk.rulebooks import RuleFile
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
    monkeypatch.setattr(rules, "SHADOW_DAYS", 0)
    built.house.risk.rules.add_rules(ANNA, [one])
    built.house.risk.rules.test_rule(ANNA, one.code)
    built.house.risk.rules.shadow_rule(ANNA, one.code)
    built.house.risk.rules.publish_rule(BORIS, one.code)


def test_a_rule_goes_from_draft_by_test_and_shadow_to_two_people_and_only_then_counts(
    built: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "SHADOW_DAYS", 0)
    house = built.house
    (draft,) = house.risk.rules.add_rules(ANNA, [rule()])
    assert draft.state == "draft"
    (before,) = lodged(built, "R1")
    assert "every-import" not in [reason.code for reason in before.reasons]
    with pytest.raises(SenderError, match="draft cannot be published"):
        house.risk.rules.publish_rule(BORIS, "every-import")
    tested = house.risk.rules.test_rule(ANNA, "every-import")
    assert (tested.state, tested.file.tested.declarations, tested.file.tested.figures.hits) == ("tested", 1, 1)
    assert house.risk.rules.shadow_rule(ANNA, "every-import").state == "shadow"
    (in_shadow,) = lodged(built, "R2")
    assert "every-import" not in [reason.code for reason in in_shadow.reasons]
    assert len(house.risk.rules.rule(ANNA, "every-import").hits) == 1
    with pytest.raises(PolicyError):
        house.risk.rules.publish_rule(ANNA, "every-import")
    assert house.risk.rules.publish_rule(BORIS, "every-import").file.publisher == "boris"
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
        house.risk.rules.publish_rule(BORIS, "every-import")
    with pytest.raises(SenderError, match="at most 14 days"):
        house.risk.rules.publish_rule(BORIS, "every-import", "a ship is coming")
    house.risk.rules.add_rules(ANNA, [rule(expires=datetime.now(UTC).date() + timedelta(days=10))])
    with pytest.raises(SenderError, match="draft"):
        house.risk.rules.publish_rule(BORIS, "every-import", "a ship is coming")
    house.risk.rules.test_rule(ANNA, "every-import")
    view = house.risk.rules.publish_rule(BORIS, "every-import", "a ship is coming")
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

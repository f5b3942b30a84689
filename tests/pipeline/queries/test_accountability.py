# SPDX-License-Identifier: Apache-2.0
"""Facts of an instance for the accountability kit: of what is sealed under one head, and of nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from cocket.cli.commands.register import files_of
from cocket.errors import PolicyError, SettingsError
from cocket.governance.accountability import Answers, build_kit
from cocket.pipeline import NewResult, QueueFilter
from cocket.risk.rules import read_rules
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration

#: Of so many, chance draws two at least, but once in a million (count).
MESSAGES = 24

RULE = f"""
[[rule]]
code = "heavy"
says = "It is heavy."
when = "value > 1.0"
asks = "red"
source = "Experience."
expires = {datetime.now(UTC).date() + timedelta(days=90)}
"""


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, red_per_day=1000, yellow_per_day=1000, random_share=0.5)
    names = [f"R{number}" for number in range(MESSAGES)]
    made.house.intake.messages.take_many([envelope(declaration(name)) for name in names], principal=trader("ACME"))
    made.desk()
    made.sign()
    yield made
    made.house.close()


def test_facts_stand_on_the_newest_head_and_count_what_is_under_it(built: Built) -> None:
    accountability = built.house.queries.accountability
    facts = accountability.facts(officer("supervisor"))
    assert facts.head is not None and facts.head.log.startswith("test.cocket.invalid/log")
    data, overrides = facts.of("data"), facts.of("oversight.overrides")
    assert data is not None and data.records == MESSAGES and data.lines[0].startswith(f"{MESSAGES} messages")
    assert overrides is not None and overrides.records == 0
    assert facts.models == () and [one.code for one in facts.families] == ["built-in", "random"]
    assert msgspec.json.decode(built.bodies("look")[-1])["what"] == "accountability kit"


def test_an_earlier_head_gives_the_same_bytes_whatever_came_since(built: Built) -> None:
    accountability = built.house.queries.accountability
    first = accountability.facts(officer("supervisor"))
    assert first.head is not None
    lines = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines
    red = [one for one in lines if one.order is not None and one.order.lane == "red"]
    assert len(red) > 1
    built.house.control.officer_acts.override(officer(), red[0].id, "green", "Known goods.")
    order = red[1].order
    assert order is not None
    built.house.control.officer_acts.record_result(officer(), order.id, NewResult(depth="full", found=False))
    built.house.risk.rules.add_rules(officer("analyst"), read_rules(RULE.encode()))
    built.sign()
    again = accountability.facts(officer("supervisor"), head=first.head.size)
    assert files_of(build_kit(again, Answers())) == files_of(build_kit(first, Answers()))
    later = accountability.facts(officer("supervisor"))
    assert later.digest != first.digest
    overrides, time, rules, fairness = map(later.of, ("oversight.overrides", "oversight.time", "rules", "fairness"))
    assert overrides is not None and "1 milder, 0 stricter" in overrides.lines[1]
    assert time is not None and "1 results" in time.lines[0] and "red conform 1" in time.lines[1]
    assert rules is not None and rules.tables[0].rows[0][:3] == ("heavy", "1", "draft")
    assert fairness is not None and "1: too few" in fairness.tables[1].rows[0][3]
    assert next(one for one in later.families if one.code == "red").is_tried


def test_models_follow_from_sealed_acts_and_a_card_that_cannot_be_read_is_said(built: Built) -> None:
    from cocket.pipeline.risk.models import KIND
    from cocket.risk.models.registry import ModelAct

    acts = [("registered", "m1"), ("champion", "m1"), ("registered", "m2"), ("champion", "m2")]
    with built.stores.database.transaction() as connection:
        records = [
            built.stores.sealer.record(
                KIND,
                "chief",
                ModelAct(
                    kind=kind, version=version, sha256="a" * 64, data_root="b" * 64, code_version="1",  # type: ignore[arg-type]
                    at=f"2026-0{number + 1}-02T00:00:00+00:00", by="chief", reason="tried",
                ),
            )
            for number, (kind, version) in enumerate(acts)
        ]  # fmt: skip
        built.stores.leaves.append_records(connection, records)
    built.sign()
    facts = built.house.queries.accountability.facts(officer("auditor"))
    told = [(one.version, one.role, one.was_champion, one.begun, one.ended) for one in facts.models]
    assert told == [("m1", None, True, "2026-02", "2026-04"), ("m2", "champion", True, "2026-04", None)]
    data = facts.of("models.data")
    assert data is not None and "m1: its file cannot be read, so its card is not known." in data.lines
    kit = build_kit(facts, Answers())
    assert [one.fields["status"] for one in kit.entries[:2]] == ["Buiten gebruik", "In gebruik"]


def test_who_may_not_see_figures_models_and_rules_of_all_offices_gets_none(built: Built) -> None:
    accountability = built.house.queries.accountability
    for principal in (trader("ACME"), officer("officer")):
        with pytest.raises(PolicyError):
            accountability.facts(principal)
    with pytest.raises(SettingsError, match="all offices"):
        accountability.facts(officer("supervisor", "XA1"))
    with pytest.raises(SettingsError, match="no head over 999,999"):
        accountability.facts(officer("supervisor"), head=999_999)

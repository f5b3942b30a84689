# SPDX-License-Identifier: Apache-2.0
"""Drafts of declarations under retention, in a real house: what is due, what holds them, and what their trader is shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cocket.consignment.hand_drafts import Draft
from cocket.errors import SenderError
from cocket.governance.retention import read_schedule, suggested_rules
from cocket.pipeline import NotFoundError
from cocket.pipeline.operations.erasure import Erasure
from tests.houses import Built, build, trader
from tests.pipeline.operations.test_access_days import audited
from tests.pipeline.operations.test_retention import SIONE, VEA, erased, hold, retention_of, states

ACME, OTHER = trader("ACME"), trader("OTHER")
TODAY = datetime.now(UTC).date()
LAW = "Data Protection Act, Section 4"

SCHEDULE = f"""
[[rule]]
class = "draft"
law = "{LAW}"
from_event = "changed"
period = "90 days"
on_end = "erase"
""".encode()


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path)
    for one in (SIONE, VEA):
        made.house.governance.accounts.put_officer(one.id, one.id, "supervisor", None, "seal and cord and wax")
    made.settings.retention_file.write_bytes(SCHEDULE)
    yield made
    made.house.close()


def drafted(built: Built, days_ago: int, who: object = ACME) -> str:
    """A draft that last changed some days ago."""
    made = built.house.intake.drafts.begin(who, Draft(flow="import", reference="DRAFTED-1"))  # type: ignore[arg-type]
    with built.stores.database.transaction() as connection:
        connection.execute(
            "update declaration_draft set changed = %s where id = %s",
            (datetime.now(UTC) - timedelta(days=days_ago), made.id),
        )
    return made.id


def test_a_draft_that_nobody_changed_is_due_and_goes_by_two_persons(built: Built) -> None:
    old, fresh, others = drafted(built, 100), drafted(built, 10), drafted(built, 20, OTHER)
    assert states(built) == {old: "due"}
    told = erased(built)
    assert [(one.id, one.class_, one.law, one.leaves) for one in told.destroyed] == [(old, "draft", LAW, ())]
    with pytest.raises(NotFoundError):
        built.house.intake.drafts.own_draft(ACME, old)
    assert [one.id for one in built.house.intake.drafts.own_drafts(ACME)] == [fresh]
    assert [one.id for one in built.house.intake.drafts.own_drafts(OTHER)] == [others]
    assert audited(built) == []
    [line] = retention_of(built).report(SIONE, TODAY, TODAY + timedelta(days=1)).lines
    assert (line.kind, line.laws, line.holds) == ("schedule", {LAW: 1}, True)
    assert b"DRAFTED-1" not in b"".join(
        [*built.bodies("destruction"), *built.bodies("erasure"), *built.bodies("proposed-file")]
    )


def test_a_draft_that_came_back_with_an_old_copy_shows_in_the_report(built: Built) -> None:
    old = drafted(built, 100)
    with built.stores.database.transaction() as connection:
        row = connection.execute("select * from declaration_draft where id = %s", (old,)).fetchone()
    erased(built)
    with built.stores.database.transaction() as connection:
        connection.execute("insert into declaration_draft values (%s, %s, %s, %s, %s)", row)
    report = retention_of(built).report(SIONE, TODAY, TODAY + timedelta(days=1))
    assert (report.holds, report.lines[0].back) == (False, 1)


def test_a_draft_that_changed_meanwhile_is_spared(built: Built) -> None:
    old = drafted(built, 100)
    proposed = retention_of(built).propose_erasure(SIONE, "schedule")
    view = built.house.intake.drafts.own_draft(ACME, old)
    built.house.intake.drafts.change(ACME, old, view.version, Draft(flow="import", reference="NEW"))
    retention_of(built).confirm_erasure(VEA, proposed.proposal.id)
    assert [one.id for one in built.house.intake.drafts.own_drafts(ACME)] == [old]


def test_a_hold_on_the_sender_keeps_his_drafts_and_no_order_erases_one(built: Built) -> None:
    old, others = drafted(built, 100), drafted(built, 100, OTHER)
    retention_of(built).place_hold(SIONE, hold(target="sender", value="ACME"))
    assert states(built) == {old: "held", others: "due"}
    with pytest.raises(SenderError, match="legal hold"):
        Erasure(built.stores).erase(old, who="root", reason="order", is_due=True)
    with pytest.raises(SenderError, match="under a retention schedule alone"):
        Erasure(built.stores).erase(others, who="root", reason="order")


def test_a_trader_is_shown_how_long_his_draft_is_kept_and_nothing_where_no_rule_says(built: Built) -> None:
    drafted(built, 10)
    [shown] = built.house.intake.drafts.own_drafts(ACME)
    assert shown.kept_until == TODAY + timedelta(days=80)
    for content in (b"", b"[[rule]]\nclass = 3\n"):
        built.settings.retention_file.write_bytes(content)
        assert built.house.intake.drafts.own_drafts(ACME)[0].kept_until is None


def test_what_is_suggested_is_named_where_there_is_no_rule_and_makes_nothing_due(built: Built) -> None:
    drafted(built, 4_000)
    built.settings.retention_file.unlink()
    plan = retention_of(built).plan(SIONE)
    assert plan.suggested == suggested_rules() and {"draft", "accesses"} <= {one.class_ for one in plan.suggested}
    assert (plan.classes["draft"], states(built)) == ({"no-rule": 1}, {})
    built.settings.retention_file.write_bytes(SCHEDULE)
    assert "draft" not in {one.class_ for one in retention_of(built).plan(SIONE).suggested}
    assert read_schedule(SCHEDULE).rules[0].class_ == "draft"

# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import re
from datetime import UTC, datetime

import msgspec
import pytest

from cocket.errors import PolicyError
from cocket.governance import FIELDS, ROLES, Principal, disclose, disclosed
from cocket.pipeline.base.sealed_advice import ReasonView
from cocket.pipeline.control import audit_views
from cocket.pipeline.control.contests import ContestView
from cocket.pipeline.control.views import AdviceView, ConsignmentView
from cocket.pipeline.credentials.standings import StandingView
from cocket.pipeline.intake.messages import Answer
from cocket.pipeline.measures import doubt_views, duties
from cocket.pipeline.queries.views import DossierView, MessageView
from cocket.pipeline.risk.intelligence import IntelligenceView
from tests.house.source import ROOT


def who(*roles: str) -> Principal:
    return Principal(id="someone", kind="key", roles=roles)


VIEWS = {
    "answer": Answer,
    "message": MessageView,
    "consignment": ConsignmentView,
    "dossier": DossierView,
    "advice": AdviceView,
    "intelligence": IntelligenceView,
    "value": doubt_views.ValueView,
    "doubt": doubt_views.DoubtView,
    "duty-sheet": duties.DutySheet,
    "standing": StandingView,
    "audit-line": audit_views.AuditLineView,
    "audit": audit_views.AuditView,
    "sampled-line": audit_views.SampledLineView,
    "contest": ContestView,
}

NEEDED = {
    "assessment_id": "a",
    "index": 1,
    "made": datetime(2026, 1, 2, tzinfo=UTC),
    "lane": "red",
    "score": 0.7,
    "is_degraded": False,
    "reasons": (ReasonView(code="c", message="m"),),
}
ADVICE = AdviceView(
    **NEEDED, is_random=True, propensity=0.5, features={"value_usual": 1.0}, host_lane="green", override_reason="seen"
)


@pytest.mark.parametrize("view", VIEWS)
def test_the_table_speaks_of_every_field_of_every_view(view: str) -> None:
    assert set(FIELDS[view]) == set(VIEWS[view].__struct_fields__)


def test_every_view_of_the_table_passes_it_before_it_is_given_out() -> None:
    """What stands in the table and is not applied would be a promise that nothing keeps."""
    source = "".join(path.read_text("utf-8") for path in (ROOT / "src" / "cocket" / "pipeline").rglob("*.py"))
    applied = set(re.findall(r'disclose\(\s*principal, "([\w-]+)"', source))
    applied |= {"standing"} if "disclose(principal, KIND, view)" in source else set()
    assert set(FIELDS) == applied


def test_the_table_knows_no_other_role_than_policy_does() -> None:
    assert {role for fields in FIELDS.values() for roles in fields.values() for role in roles} <= set(ROLES)


@pytest.mark.parametrize("role", ["trader", "declarant", "carrier", "forwarder", "feed"])
def test_no_trader_and_no_feed_sees_a_lane_or_a_dossier(role: str) -> None:
    for view in ("intelligence", "standing", "audit-line", "audit", "sampled-line", "consignment", "dossier", "advice"):
        assert disclosed(who(role), view) == frozenset()
    assert "lane" not in disclosed(who(role), "answer")
    assert "consignment_ids" not in disclosed(who(role), "message")
    assert {"outcome", "findings", "receipt"} <= disclosed(who(role), "answer")


def test_an_officer_sees_reasons_but_not_the_machinery() -> None:
    shown = disclosed(who("officer"), "advice")
    assert "reasons" in shown
    assert "features" not in shown
    assert "features" in disclosed(who("analyst"), "advice")


def test_roles_add_up() -> None:
    assert disclosed(who("officer", "analyst"), "advice") == disclosed(who("officer"), "advice") | disclosed(
        who("analyst"), "advice"
    )


def test_an_unknown_view_and_an_unknown_field_are_shown_to_nobody() -> None:
    assert disclosed(who(*ROLES), "diary") == frozenset()
    with pytest.raises(PolicyError):
        disclose(who(*ROLES), "diary", ADVICE)
    with pytest.raises(PolicyError):
        disclose(who("declarant"), "advice", ADVICE)


@pytest.mark.parametrize("view", VIEWS)
def test_a_field_that_some_role_of_the_view_may_not_see_can_say_nothing(view: str) -> None:
    readers = frozenset().union(*FIELDS[view].values())
    for field in msgspec.structs.fields(VIEWS[view]):
        if FIELDS[view][field.name] != readers:
            silent = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
            assert silent in (None, (), {}), field.name


def test_what_is_not_disclosed_is_absent_and_the_rest_unchanged() -> None:
    seen = disclose(who("officer"), "advice", ADVICE)
    assert (seen.features, seen.propensity) == ({}, None)
    assert (seen.is_random, seen.reasons, seen.lane) == (True, ADVICE.reasons, "red")
    told = disclose(who("host"), "advice", ADVICE)
    assert (told.is_random, told.features, told.override_reason) == (None, {}, None)
    assert disclose(who("analyst"), "advice", ADVICE) == ADVICE

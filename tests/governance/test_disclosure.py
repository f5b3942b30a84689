# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from cocket.governance import FIELDS, ROLES, Principal, disclose, disclosed
from cocket.pipeline import views


def who(*roles: str) -> Principal:
    return Principal(id="someone", kind="key", roles=roles)


VIEWS = {
    "answer": views.Answer,
    "message": views.MessageView,
    "consignment": views.ConsignmentView,
    "dossier": views.DossierView,
    "advice": views.AdviceView,
}


@pytest.mark.parametrize("view", VIEWS)
def test_the_table_speaks_of_every_field_of_every_view(view: str) -> None:
    assert set(FIELDS[view]) == set(VIEWS[view].__struct_fields__)


def test_the_table_knows_no_other_role_than_policy_does() -> None:
    assert {role for fields in FIELDS.values() for roles in fields.values() for role in roles} <= set(ROLES)


@pytest.mark.parametrize("role", ["trader", "declarant", "carrier", "forwarder", "feed"])
def test_no_trader_and_no_feed_sees_a_lane_or_a_dossier(role: str) -> None:
    for view in ("consignment", "dossier", "advice"):
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
    assert disclose(who(*ROLES), "answer", {"id": "1", "secret": "2"}) == {"id": "1"}


def test_what_is_not_disclosed_is_left_out() -> None:
    assert disclose(who("declarant"), "answer", {"id": "1", "lane": "red"}) == {"id": "1"}
    assert disclose(who("host"), "answer", {"id": "1", "lane": "red"}) == {"id": "1", "lane": "red"}

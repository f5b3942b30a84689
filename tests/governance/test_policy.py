# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import builtins
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import msgspec
import pytest

from cocket.errors import SettingsError
from cocket.governance import (
    ACTIONS,
    HOUSE_WIDE,
    PURPOSES,
    ROLES,
    Context,
    Decision,
    Policy,
    Principal,
    Resource,
    decide,
    policy_schema,
    shipped_policy,
)
from cocket.governance import policy as module
from cocket.governance.policy_bounds import LONGEST_POLICY

OWN = Resource(sender="ACME", offices=("XA1",))
READ = {"message:read", "receipt:read", "proof:read"}
LOOK_OVER = READ | {
    "dossier:read",
    "dossier:search",
    "lane:read",
    "assessment:read",
    "queue:read",
    "stats:read",
    "audit:read",
    "standing:read",
    "log:read",
    "permit:read",
}
EXAMINE = {"audit:work", "result:record", "lane:override", "order:release", "query:raise", "value:decide"}
EXAMINE |= {"permit:register", "permit:use", "agency:hold", "title:follow", "link:correct"}

#: What each role may do with a thing of its own sender and office, a reason being given.
ALLOWED = {
    "analyst": LOOK_OVER | {"audit:plan", "query:raise", "look:read", "link:correct"},
    "officer": LOOK_OVER | EXAMINE | {"look:read"},
    "supervisor": LOOK_OVER | EXAMINE | {"audit:plan", "standing:set", "title:enter", "look:read", "key:grant"},
    "auditor": LOOK_OVER | {"look:read"},
    "host": READ
    | {
        "message:lodge",
        "look:read",
        "log:read",
        "lane:read",
        "assessment:read",
        "result:record",
        "permit:use",
        "hold:read",
    },
    "agency": {"log:read", "permit:register", "permit:read", "agency:hold"},
    "feed": READ | {"message:lodge", "look:read", "log:read", "result:record"},
    "trader": READ | {"message:lodge", "look:read", "log:read"},
}
ALLOWED["internal-affairs"] = {"log:read", "watch:read", "watch:act"}
ALLOWED |= dict.fromkeys(("declarant", "carrier", "forwarder"), ALLOWED["trader"])
ALLOWED["analyst"] = ALLOWED["analyst"] - {"look:read"}
ALLOWED["officer"] = ALLOWED["officer"] - {"look:read"}
_ANALYSED = {"result:export", "intelligence:read-open", "intelligence:read-restricted"}
ALLOWED["officer"] |= {"intelligence:add", "intelligence:read-open"}
ALLOWED["analyst"] |= _ANALYSED | {"intelligence:add", "intelligence:end"}
ALLOWED["auditor"] |= _ANALYSED | {"intelligence:read-closed"}
ALLOWED["supervisor"] |= ALLOWED["analyst"] | ALLOWED["auditor"] | {"result:export-identities"}

for _role in ("analyst", "supervisor", "auditor"):
    ALLOWED[_role] |= {"threat:read"}
ALLOWED["auditor"] |= {"threat:read-insider"}
for _role in ("analyst", "supervisor", "auditor"):
    ALLOWED[_role] |= {"draw:verify"}
ALLOWED["supervisor"] |= {"duty:set", "model:set", "rows:set-right", "webhook:keep"}
for _role in ("analyst", "officer", "supervisor", "auditor"):
    ALLOWED[_role] |= {"list:read"}
for _role in ("analyst", "supervisor"):
    ALLOWED[_role] |= {"list:import", "match:clear", "rule:write", "rule:publish", "rule:end"}
for _role in ("analyst", "supervisor", "auditor"):
    ALLOWED[_role] |= {"rule:read", "model:read"}
for _role in ("trader", "declarant", "carrier", "forwarder"):
    ALLOWED[_role] = ALLOWED[_role] | {"reasons:own"}
for _role in ("analyst", "officer", "supervisor", "auditor"):
    ALLOWED[_role] |= {"journey:read", "alert:read", "device:read", "place:read", "guarantee:read"}
for _role in ("analyst", "officer", "supervisor"):
    ALLOWED[_role] |= {"alert:handle", "alert:close"}
for _role in ("analyst", "officer", "supervisor"):
    ALLOWED[_role] |= {"comment:add"}
ALLOWED["supervisor"] |= {"order:assign"}
for _role in ("officer", "supervisor"):
    ALLOWED[_role] |= {"journey:activate", "journey:discharge", "device:manage"}
for _role in ("analyst", "supervisor"):
    ALLOWED[_role] |= {"place:put"}
ALLOWED["supervisor"] |= {
    "device:revoke",
    "guarantee:keep",
    "set-aside:act",
    "account:manage",
    "device:register",
    "instance:set",
}
for _role in ("supervisor", "auditor"):
    ALLOWED[_role] |= {"account:read", "settings:read"}
for _role in ("supervisor", "auditor"):
    ALLOWED[_role] |= {"set-aside:read", "retention:read"}
ALLOWED["supervisor"] |= {"retention:hold", "retention:release", "retention:erase"}
for _role in ("supervisor", "auditor"):
    ALLOWED[_role] |= {"agreement:read"}
ALLOWED["supervisor"] |= {
    "continuity:keep",
    "agreement:keep",
    "agreement:end",
    "mirror:give",
    "mirror:run",
    "subject:export",
}
for _role in ("analyst", "supervisor", "auditor"):
    ALLOWED[_role] |= {"mirror:read", "lesson:read"}
for _role in ("analyst", "supervisor"):
    ALLOWED[_role] |= {"lesson:keep", "pilot:plan"}
ALLOWED["supervisor"] |= {"lesson:publish"}
for _role in ("analyst", "officer", "supervisor", "auditor"):
    ALLOWED[_role] |= {"continuity:read"}
for _role in ("host", "feed", "agency"):
    ALLOWED[_role] = ALLOWED[_role] | {"mirror:give"}
for _role in ("analyst", "officer", "supervisor", "auditor"):
    ALLOWED[_role] |= {"source:read"}
for _role in ("analyst", "officer", "supervisor"):
    ALLOWED[_role] |= {"source:ask"}
ALLOWED["supervisor"] |= {"source:keep"}
ALLOWED["agency"] = ALLOWED["agency"] | {
    "efti:ask",
    "guest:read",
    "guest:record",
    "appointment:read",
    "appointment:keep",
}
for _role in ("analyst", "officer", "supervisor", "auditor"):
    ALLOWED[_role] |= {"appointment:read"}
for _role in ("officer", "supervisor"):
    ALLOWED[_role] |= {"appointment:keep", "agency:override"}
for _role in ("trader", "declarant", "carrier", "forwarder"):
    ALLOWED[_role] = ALLOWED[_role] | {"appointment:own"}
for _role in ("host", "feed", "agency", "trader", "declarant", "carrier", "forwarder"):
    ALLOWED[_role] = ALLOWED[_role] | {"agreement:read-own", "efti:register", "event:subscribe"}
for _role in ("officer", "supervisor"):
    ALLOWED[_role] |= {"payment:advise"}
for _role in ("host", "trader", "declarant", "carrier", "forwarder"):
    ALLOWED[_role] = ALLOWED[_role] | {"payment:read-own"}
ALLOWED["host"] |= {"payment:take"}
ALLOWED["supervisor"] |= {"payment:take", "payment:assign"}
ALLOWED["supervisor"] |= {"stats:read-officers", "review:run", "what-if:ask"}
for _role in ("trader", "declarant", "carrier", "forwarder"):
    ALLOWED[_role] = ALLOWED[_role] | {
        "contest:lodge",
        "contest:read-own",
        "mandate:give",
        "self-assessment:keep",
        "webhook:keep-own",
    }
    ALLOWED[_role] |= {"question:ask", "question:read-own"}
for _role in ("analyst", "officer", "supervisor", "auditor"):
    ALLOWED[_role] |= {"contest:read", "question:read"}
for _role in ("officer", "supervisor"):
    ALLOWED[_role] |= {"contest:answer", "question:answer"}
ALLOWED["analyst"] |= {"review:run", "what-if:ask"}
for _role in ("officer", "supervisor"):
    ALLOWED[_role] |= {"emergency:open"}
for _role in ("supervisor", "auditor"):
    ALLOWED[_role] |= {"emergency:read"}
ALLOWED["supervisor"] |= {"emergency:review"}


for _role in ("analyst", "supervisor", "auditor"):
    ALLOWED[_role] |= {"policy:read"}
for _role in ("analyst", "supervisor"):
    ALLOWED[_role] |= {"policy:draft"}


def who(*roles: str, senders: tuple[str, ...] = ("ACME",), office: str | None = "XA1") -> Principal:
    return Principal(id="someone", kind="key", roles=roles, senders=senders, office=office)


def allows(principal: Principal, action: str, resource: Resource = OWN, **context: Any) -> bool:
    return decide(principal, action, resource, Context(**context)).allowed


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("action", ACTIONS)
def test_each_role_may_do_what_the_matrix_says(role: str, action: str) -> None:
    resource = OWN
    assert allows(who(role), action, resource, reason="as ordered") is (action in ALLOWED[role])


@pytest.mark.parametrize("action", sorted(set(ACTIONS) - {"log:read"}))
def test_who_has_no_role_may_read_the_public_log_alone(action: str) -> None:
    assert decide(who(), action, OWN) == Decision(False, _reasons_without_role(action))
    assert allows(who("no-such-role"), "log:read")


def _reasons_without_role(action: str) -> tuple[str, ...]:
    needs_reason = {
        "lane:override": "override-needs-reason",
        "link:correct": "links-need-reason",
        "agency:hold": "hold-needs-reason",
        "alert:close": "alert-is-closed-with-words",
        "watch:read": "nobody-else-watches",
        "watch:act": "nobody-else-watches",
    }
    return (needs_reason.get(action, "nothing-permits"),)


def test_an_unknown_action_is_not_allowed_to_anybody() -> None:
    assert not allows(who(*ROLES), "world:end")


@pytest.mark.parametrize("role", ["trader", "declarant", "host", "feed"])
@pytest.mark.parametrize("action", ["message:lodge", "message:read", "receipt:read", "proof:read", "look:read"])
def test_what_another_sender_sent_is_not_ones_own(role: str, action: str) -> None:
    assert not allows(who(role), action, Resource(sender="OTHER"))
    assert not allows(who(role), action, Resource())
    assert allows(who(role, senders=("OTHER", "ACME")), action, Resource(sender="OTHER"))


@pytest.mark.parametrize("role", ["trader", "declarant", "carrier", "forwarder"])
def test_a_trader_never_sees_a_lane_whatever_else_he_is(role: str) -> None:
    decision = decide(who(role, "officer", "host"), "lane:read", OWN)
    assert decision == Decision(False, ("trader-never-sees-selection",))


_OF_AN_OFFICE = [
    "dossier:read", "lane:read", "result:record", "order:release", "message:read", "receipt:read", "proof:read",
    "queue:read", "stats:read", "audit:read", "journey:read", "alert:read",
]  # fmt: skip


@pytest.mark.parametrize("action", _OF_AN_OFFICE)
def test_an_officer_works_in_his_office(action: str) -> None:
    officer = who("officer", senders=())
    assert allows(officer, action, Resource(offices=("XA1",)))
    assert allows(officer, action, Resource(offices=("XB2", "XA1")))
    assert not allows(officer, action, Resource(offices=("XB2",)))
    assert allows(who("officer", senders=(), office=None), action, Resource(offices=("XB2",)))


@pytest.mark.parametrize("action", _OF_AN_OFFICE)
def test_what_names_no_office_is_in_nobodys_and_what_is_the_houses_says_so(action: str) -> None:
    officer = who("officer", senders=())
    assert not allows(officer, action, Resource())
    assert allows(officer, action, HOUSE_WIDE)
    assert allows(who("officer", senders=(), office=None), action, Resource())


def test_an_insiders_threat_goes_to_auditors_and_to_supervisors_of_another_office() -> None:
    about = Resource(offices=("XA1",), concerns=("officer.a",))
    assert allows(who("auditor"), "threat:read-insider", about)
    assert allows(who("supervisor", office="XB2"), "threat:read-insider", about)
    assert allows(who("supervisor", office=None), "threat:read-insider", about)
    assert not allows(who("supervisor", office="XA1"), "threat:read-insider", about)
    assert not allows(who("analyst", office=None), "threat:read-insider", about)
    assert not allows(who("officer", office=None), "threat:read-insider", about)


@pytest.mark.parametrize("role", ["analyst", "supervisor", "auditor"])
def test_nobody_sees_a_threat_about_himself(role: str) -> None:
    about = Resource(concerns=("someone", "other"))
    for action in ("threat:read", "threat:read-insider"):
        assert decide(who(role, office=None), action, about).reasons == ("nobody-sees-a-threat-about-himself",)


@pytest.mark.parametrize("reason", [None, "", "   "])
def test_an_override_needs_a_reason_in_words(reason: str | None) -> None:
    assert decide(who("officer"), "lane:override", OWN, Context(reason=reason)).reasons == ("override-needs-reason",)
    assert allows(who("officer"), "lane:override", reason="seal broken")


def test_a_second_person_is_another_person() -> None:
    for second, good in ((None, False), ("someone", False), ("colleague", True)):
        assert allows(who("officer"), "lane:override", reason="x", needs_second=True, second=second) is good


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_policy_is_approved_by_a_second_person_who_oversees_every_office(role: str) -> None:
    approving = {"needs_second": True, "second": "colleague"}
    unbound = who(role, office=None)
    assert allows(unbound, "policy:publish", Resource(), **approving) is (role in ("supervisor", "auditor"))
    assert not allows(who(role), "policy:publish", Resource(), **approving)
    assert not allows(unbound, "policy:publish", Resource())
    assert not allows(unbound, "policy:publish", Resource(), needs_second=True, second="someone")


def test_who_decided_does_not_answer_the_contest_of_it() -> None:
    about = Resource(offices=("XA1",), concerns=("someone", "other"))
    assert decide(who("supervisor", "officer"), "contest:answer", about).reasons == ("decider-does-not-answer",)
    assert allows(who("officer"), "contest:answer", Resource(offices=("XA1",), concerns=("other",)))
    assert not allows(who("officer"), "contest:answer", Resource(offices=("XB2",)))


def test_a_trader_contests_what_came_of_his_own_declarations_alone() -> None:
    for action in ("contest:lodge", "contest:read-own"):
        assert not allows(who("trader"), action, Resource(sender="OTHER"))
    assert not allows(who("trader"), "contest:read")
    assert not allows(who("trader", "officer"), "contest:lodge", Resource(sender="OTHER"))


def test_an_agency_speaks_for_itself_alone() -> None:
    agency = who("agency", senders=("wildlife",))
    for action in ("permit:register", "permit:read", "agency:hold"):
        assert allows(agency, action, Resource(sender="wildlife", offices=("XB2",)), reason="as found")
        assert not allows(agency, action, Resource(sender="food", offices=("XB2",)), reason="as found")
    assert not allows(agency, "permit:use", Resource(sender="wildlife"))
    assert not allows(agency, "dossier:read", Resource(sender="wildlife"))


def test_a_hold_needs_a_reason_in_words() -> None:
    assert decide(who("officer"), "agency:hold", OWN, Context(reason=" ")).reasons == ("hold-needs-reason",)
    assert allows(who("officer"), "agency:hold", reason="no certificate")


def test_nobody_else_watches_whatever_other_role_and_no_case_about_oneself_is_seen() -> None:
    for role in ROLES:
        assert allows(who(role), "watch:read", HOUSE_WIDE) == (role == "internal-affairs")
    about = Resource(is_house_wide=True, concerns=(who("internal-affairs").id,))
    assert decide(who("internal-affairs"), "watch:read", about).reasons == ("nobody-sees-a-case-about-himself",)
    assert not decide(who("internal-affairs"), "watch:act", HOUSE_WIDE).allowed  # without a reason


def test_an_auditor_changes_nothing_even_as_an_officer() -> None:
    assert decide(who("auditor", "officer"), "result:record", OWN).reasons == ("auditor-changes-nothing",)


def test_an_unknown_purpose_is_refused() -> None:
    assert decide(who("analyst"), "dossier:read", OWN, Context(purpose="curiosity")) == Decision(
        False, ("purpose-must-be-known",)
    )


@pytest.fixture
def fresh() -> Iterator[None]:
    for one in (module.shipped_policy, policy_schema.cedar):
        one.cache_clear()
    yield
    for one in (module.shipped_policy, policy_schema.cedar):
        one.cache_clear()


@pytest.mark.usefixtures("fresh")
def test_without_cedar_nothing_is_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "cedarpy":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(SettingsError, match=r"cocket\[server\]"):
        decide(who("officer"), "lane:read", OWN)


@pytest.mark.usefixtures("fresh")
def test_a_broken_policy_decides_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    (tmp_path / "policy.cedar").write_text("permit (everyone")
    monkeypatch.setattr(module, "files", lambda _: tmp_path)
    with pytest.raises(SettingsError):
        decide(who("officer"), "lane:read", OWN)


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        ('@id("x") forbid (principal in Role::"tradr", action, resource);', "tradr"),
        ('@id("x") permit (principal, action, resource) when { principal in Role::"oficer" };', "oficer"),
        ('@id("x") permit (principal, action == Action::"lane:raed", resource);', "lane:raed"),
        ('@id("x") forbid (principal, action, resource) when { context.has_resaon };', "has_resaon"),
        ('@id("x") forbid (principal, action, resource) when { context.purpose == Purpose::"audti" };', "audti"),
        ('@id("x") forbid (principal, action, resource) when { context.own == "yes" };', "String"),
        ("permit (principal, action, resource);", "no @id"),
        ('@id("x") permit (principal, action, resource); @id("x") forbid (principal, action, resource);', "the id x"),
        ('@id("x") permit (principal == ?principal, action, resource);', "template"),
        ("// nothing", "no rule"),
    ],
)
def test_a_policy_that_names_what_there_is_not_is_broken(rule: str, named: str) -> None:
    with pytest.raises(SettingsError) as broken:
        Policy(rule)
    assert any(named in problem for problem in broken.value.problems)
    assert len(broken.value.problems) <= 2  # what is wrong once is told once, not for every action


def test_a_policy_longer_than_can_be_read_is_broken() -> None:
    with pytest.raises(SettingsError) as broken:
        Policy(shipped_policy().text + "//" + "x" * LONGEST_POLICY)
    assert "400,000 bytes" in broken.value.problems[0]


def test_a_prohibition_that_cannot_be_worked_out_refuses_and_is_not_passed_over() -> None:
    policy = Policy(
        '@id("all") permit (principal, action, resource);'
        '@id("no") forbid (principal, action, resource) when { context.own && 9223372036854775807 + 1 > 0 };'
    )
    assert decide(who("trader"), "lane:read", Resource(), policy=policy).allowed
    with pytest.raises(SettingsError, match="nothing is allowed"):
        decide(who("trader"), "lane:read", OWN, policy=policy)


def test_a_fact_that_is_missing_refuses_and_a_prohibition_that_reads_it_is_not_passed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = module.request_of

    def without(action: str, facts: Any) -> dict[str, Any]:
        request = real(action, facts)
        del request["context"]["needs_second"]
        return request

    monkeypatch.setattr(module, "request_of", without)
    with pytest.raises(SettingsError, match="nothing is allowed"):
        decide(who("officer"), "dossier:read", OWN, policy=Policy(shipped_policy().text))


@pytest.mark.parametrize(
    ("roles", "action", "purpose"),
    [
        (("officer",), "queue:read", "control"),
        (("officer",), "order:release", "release"),
        (("analyst",), "rule:read", "analysis"),
        (("auditor",), "audit:read", "audit"),
        (("supervisor",), "look:read", "oversight"),
        (("trader",), "message:read", "own-affairs"),
        (("carrier",), "look:read", "own-affairs"),
        (("host",), "lane:read", "host-exchange"),
        (("feed", "trader"), "message:lodge", "host-exchange"),
        (("officer", "trader"), "dossier:read", "control"),
        ((), "log:read", "control"),
    ],
)
def test_a_purpose_nobody_states_is_that_of_the_task(roles: tuple[str, ...], action: str, purpose: str) -> None:
    assert module.facts_of(who(*roles), action, OWN, Context()).purpose == purpose


def test_what_an_actor_states_goes_before_the_task_and_the_task_before_the_action() -> None:
    stating = msgspec.structs.replace(who("analyst"), purpose="audit")
    assert module.facts_of(stating, "rule:read", OWN, Context(purpose="oversight")).purpose == "audit"
    assert module.facts_of(who("analyst"), "rule:read", OWN, Context(purpose="oversight")).purpose == "oversight"


@pytest.mark.parametrize(
    ("role", "action", "purposes"),
    [
        ("officer", "dossier:read", {"control", "release", "audit", "analysis", "oversight"}),
        ("supervisor", "look:read", {"oversight", "audit"}),
        ("supervisor", "account:read", {"oversight", "audit"}),
        ("supervisor", "result:export-identities", {"analysis", "audit", "oversight"}),
        ("trader", "message:read", {"own-affairs"}),
        ("agency", "permit:read", {"own-affairs"}),
        ("agency", "guest:read", {*PURPOSES} - {"investigation"}),
        ("host", "lane:read", {"own-affairs", "host-exchange"}),
    ],
)
def test_purposes_by_class_of_what_is_asked_for(role: str, action: str, purposes: set[str]) -> None:
    asking = [(one, msgspec.structs.replace(who(role), purpose=one)) for one in (*PURPOSES, "curiosity", "unknown")]
    assert {one for one, principal in asking if decide(principal, action, OWN).allowed} == purposes


def test_an_investigation_names_its_case() -> None:
    asking = msgspec.structs.replace(who("analyst"), purpose="investigation")
    assert decide(asking, "dossier:read", OWN).reasons == ("investigation-names-its-case",)
    assert not decide(msgspec.structs.replace(asking, case="  "), "dossier:read", OWN).allowed
    assert decide(msgspec.structs.replace(asking, case="2026/17"), "dossier:read", OWN).allowed


def test_no_case_makes_an_agencys_work_an_investigation() -> None:
    asking = msgspec.structs.replace(who("agency"), purpose="investigation", case="2026/17")
    assert decide(asking, "guest:read", OWN).reasons == ("agencies-work-for-their-agreement",)


def test_every_rule_has_an_id_of_its_own() -> None:
    text = (files("cocket.governance") / "policy.cedar").read_text(encoding="utf-8")
    rules = [line for line in text.splitlines() if line.startswith(("permit", "forbid"))]
    ids = [line for line in text.splitlines() if line.startswith("@id(")]
    assert len(rules) == len(ids) == len(set(ids)) > 0

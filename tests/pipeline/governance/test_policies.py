# SPDX-License-Identifier: Apache-2.0
"""A policy from draft to force and back, over a real house: checked, tried, approved by digest, sealed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from cocket.errors import PolicyError, SenderError, SettingsError
from cocket.gate import make_key
from cocket.governance import Context, Policy, Principal, policy_digest, shipped_policy
from cocket.pipeline import QueueFilter
from cocket.pipeline.base import policies as in_force_module
from cocket.pipeline.base.access import AccessRecord, NotFoundError
from cocket.pipeline.base.policies import POLICY_VERSION, PolicyVersion, in_force_at
from cocket.pipeline.governance.policies import IN_FORCE, PolicyDeed
from cocket.pipeline.operations.health import Check, look
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration

TEXT = shipped_policy().text
ANALYST = Principal(id="ann", kind="officer", roles=("analyst",))
SUPERVISOR = Principal(id="sue", kind="officer", roles=("supervisor",))
OTHER = Principal(id="sid", kind="officer", roles=("supervisor",))
AUDITOR = Principal(id="aud", kind="officer", roles=("auditor",))

SCREENS = 'permit (principal in Role::"customs", action == Action::"list:read", resource);'
NARROW = TEXT.replace(SCREENS, SCREENS.replace("customs", "examiner"))
WIDER = TEXT.replace(
    'permit (principal in Role::"supervisor", action == Action::"stats:read-officers", resource);',
    'permit (principal in Role::"customs", action == Action::"stats:read-officers", resource);',
)
DOSSIERS = """permit (
  principal in Role::"customs",
  action in [Action::"dossier:read", Action::"lane:read", Action::"assessment:read"],
  resource
)
when { context.in_office };"""
NO_ANALYSTS = TEXT.replace(DOSSIERS, DOSSIERS.replace('Role::"customs"', 'Role::"examiner"'))


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Built]:
    monkeypatch.setattr(in_force_module, "KNOWN_FOR", 0.0)
    made = build(tmp_path)
    made.house.intake.messages.take_many([envelope(declaration("R1"))], principal=trader("ACME"))
    made.desk()
    for person in (ANALYST, SUPERVISOR, OTHER, AUDITOR):
        made.house.governance.accounts.put_officer(person.id, person.id, person.roles[0], None, "seal and cord and wax")
    yield made
    made.house.close()


def draft(built: Built, text: str, name: str = "one", by: Principal = ANALYST) -> None:
    built.house.governance.policies.put_draft(by, name, text)
    built.house.governance.policies.try_draft(by, name)


def propose(built: Built, name: str = "one", by: Principal = ANALYST, at: datetime | None = None) -> tuple[str, str]:
    """Id and digest of the proposal."""
    done = built.house.governance.policies.propose(by, name, at or datetime.now(UTC), "as decided", make_key)
    return done.proposal.id, done.proposal.digest


def approve(built: Built, told: tuple[str, str], by: Principal = SUPERVISOR) -> None:
    built.house.governance.second_person.vote(by, *told, make_key)


def may_screen(built: Built, who: Principal) -> bool:
    try:
        built.house.screening.lists.lists(who)
    except PolicyError:
        return False
    return True


def test_a_draft_is_in_force_after_a_second_person_and_comes_back_as_a_new_version(built: Built) -> None:
    policies = built.house.governance.policies
    draft(built, NARROW)
    assert may_screen(built, ANALYST)
    approve(built, propose(built))
    assert not may_screen(built, ANALYST)
    assert may_screen(built, SUPERVISOR)
    view = policies.overview(ANALYST)
    assert view.in_force is not None
    assert (view.in_force.number, view.in_force.proposer, view.in_force.approver) == (1, "ann", "sue")
    assert view.digest == Policy(NARROW).digest
    assert view.drafts == ()
    assert msgspec.json.decode(built.bodies(POLICY_VERSION)[-1], type=PolicyVersion) == view.in_force
    built.house.queries.records.queue(ANALYST, QueueFilter(limit=1))
    assert msgspec.json.decode(built.bodies("look")[-1], type=AccessRecord).policy == view.digest

    draft(built, TEXT.replace("Who may do what.", "Who may do what!"), "two", SUPERVISOR)
    told = propose(built, "two", SUPERVISOR)  # it gives analysts and auditors back what they had
    with pytest.raises(NotFoundError):
        approve(built, told, AUDITOR)
    approve(built, told, OTHER)
    assert may_screen(built, ANALYST)


def test_an_earlier_text_comes_back_as_a_new_version(built: Built) -> None:
    policies = built.house.governance.policies
    draft(built, NARROW)
    approve(built, propose(built))
    draft(built, TEXT.replace(SCREENS, SCREENS.replace("customs", "supervisor")), "two")
    approve(built, propose(built, "two"))
    done = policies.put_back(ANALYST, 1, datetime.now(UTC), "officers screen", make_key)
    approve(built, (done.proposal.id, done.proposal.digest))
    view = policies.overview(ANALYST)
    assert [(one.number, one.again) for one in view.versions] == [(3, 1), (2, None), (1, None)]
    assert view.digest == Policy(NARROW).digest
    with pytest.raises(SenderError, match="in force then already"):
        policies.put_back(ANALYST, 3, datetime.now(UTC), "again", make_key)
    with pytest.raises(NotFoundError):
        policies.put_back(ANALYST, 7, datetime.now(UTC), "again", make_key)


def test_it_is_in_force_from_its_day_and_not_before(built: Built) -> None:
    draft(built, NARROW)
    day = datetime.now(UTC) + timedelta(days=3)
    approve(built, propose(built, at=day))
    assert may_screen(built, ANALYST)
    versions = built.house.governance.policies.overview(ANALYST).versions
    assert in_force_at(versions, day - timedelta(hours=1)) is None
    assert in_force_at(versions, day + timedelta(hours=1)) == versions[0]


def test_the_newest_version_whose_day_has_come_is_in_force() -> None:
    now = datetime(2026, 11, 30, tzinfo=UTC)
    plain = {"text": "", "published": now, "proposer": "a", "approver": "b", "reason": ""}
    days = ((1, -3), (2, 2), (3, -1))
    every = tuple(
        PolicyVersion(number=number, digest=str(number), in_force=now + timedelta(days=day), **plain)  # type: ignore[arg-type]
        for number, day in days
    )
    found = [in_force_at(every, now + timedelta(days=day)) for day in (-4, -2, 0, 3)]
    assert [one and one.number for one in found] == [None, 1, 3, 3]


def test_a_draft_that_frees_its_own_author_or_approver_fails(built: Built) -> None:
    draft(built, WIDER)
    with pytest.raises(PolicyError) as author:
        propose(built)
    assert author.value.reasons == ("frees-its-own-author",)
    draft(built, WIDER, by=SUPERVISOR)
    told = propose(built, by=SUPERVISOR)  # it frees analysts, officers and auditors
    with pytest.raises(NotFoundError):
        approve(built, told, AUDITOR)
    asked = built.house.governance.second_person.proposal(SUPERVISOR, told[0]).proposal
    with pytest.raises(PolicyError) as approver:
        PolicyDeed(built.stores).require(AUDITOR, asked, Context(needs_second=True, second="sue"))
    assert approver.value.reasons == ("frees-its-own-approver",)
    assert not built.house.governance.policies.overview(ANALYST).versions


def test_without_the_second_person_nobody_may_draft_what_does_away_with_him(built: Built) -> None:
    free = TEXT.replace("when { context.needs_second && !context.has_second };", "when { false };")
    draft(built, free)
    with pytest.raises(PolicyError):
        propose(built)
    draft(built, free, by=SUPERVISOR)
    with pytest.raises(PolicyError):
        propose(built, by=SUPERVISOR)


def test_nobody_approves_his_own_nor_an_older_digest(built: Built) -> None:
    draft(built, NARROW, by=SUPERVISOR)
    identity, digest = propose(built, by=SUPERVISOR)
    with pytest.raises(PolicyError):
        approve(built, (identity, digest), SUPERVISOR)
    draft(built, TEXT.replace(SCREENS, SCREENS.replace("customs", "supervisor")), by=SUPERVISOR)
    other, newer = propose(built, by=SUPERVISOR)
    assert other == identity
    with pytest.raises(SenderError):
        approve(built, (identity, digest), AUDITOR)
    approve(built, (identity, newer), AUDITOR)
    assert not may_screen(built, Principal(id="x", kind="officer", roles=("officer",)))


def test_what_was_not_tried_or_is_broken_or_has_no_reason_is_not_proposed(built: Built) -> None:
    policies = built.house.governance.policies
    with pytest.raises(SenderError, match="tradr"):
        policies.put_draft(ANALYST, "one", TEXT.replace('Role::"trader"', 'Role::"tradr"'))
    with pytest.raises(SenderError, match="small letters"):
        policies.put_draft(ANALYST, "One!", TEXT)
    policies.put_draft(ANALYST, "one", NARROW)
    with pytest.raises(SenderError, match="not tried"):
        propose(built)
    policies.try_draft(ANALYST, "one")
    policies.put_draft(ANALYST, "one", NARROW + "\n")  # another text is to be tried again
    with pytest.raises(SenderError, match="not tried"):
        propose(built)
    policies.try_draft(ANALYST, "one")
    with pytest.raises(SenderError, match="reason"):
        policies.propose(ANALYST, "one", datetime.now(UTC), " ", make_key)
    draft(built, TEXT, "same")
    with pytest.raises(SenderError, match="in force then already"):
        propose(built, "same")


@pytest.mark.parametrize("who", ["officer", "auditor"])
def test_who_may_not_draft_does_not(built: Built, who: str) -> None:
    with pytest.raises(PolicyError):
        built.house.governance.policies.put_draft(officer(who), "one", NARROW)
    with pytest.raises(PolicyError):
        built.house.governance.policies.put_draft(officer("supervisor", "PTA1"), "one", NARROW)


def test_a_policy_that_changed_meanwhile_makes_a_proposal_stale(built: Built) -> None:
    draft(built, NARROW)
    first = propose(built)
    draft(built, TEXT.replace(SCREENS, SCREENS.replace("customs", "supervisor")), "two")
    approve(built, propose(built, "two"))
    with pytest.raises(SenderError):
        approve(built, first)
    assert built.house.governance.policies.overview(ANALYST).digest != Policy(NARROW).digest


def test_a_text_that_was_altered_allows_nothing(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    draft(built, NARROW)
    approve(built, propose(built))
    built.stores.policies._ready.clear()
    monkeypatch.setattr(in_force_module, "unpack", lambda content: TEXT.encode())
    with pytest.raises(SettingsError, match="nothing is allowed"):
        built.house.queries.records.queue(SUPERVISOR, QueueFilter(limit=1))


def test_a_trial_over_real_looks_names_whom_it_would_have_refused(built: Built) -> None:
    house = built.house
    dossier = house.queries.records.queue(SUPERVISOR, QueueFilter(limit=1)).lines[0].id
    for who in (ANALYST, ANALYST, SUPERVISOR):
        house.queries.records.dossier(who, dossier)
    trial = house.governance.policies.try_policy(SUPERVISOR, Policy(NO_ANALYSTS))
    assert (trial.looks, trial.refused_whole) == (4, 2)
    refused = {(one.roles, one.action): one for one in trial.lines}
    assert refused["analyst", "dossier:read"].looks == 2
    assert {one.who for one in refused["analyst", "dossier:read"].examples} == {"ann"}
    assert not any(roles == "supervisor" for roles, _ in refused)
    assert msgspec.json.decode(built.bodies("look")[-1], type=AccessRecord).what == "policy trial"
    blind = house.governance.policies.try_policy(ANALYST, Policy(NO_ANALYSTS))
    assert blind.refused_whole == 2
    assert not any(one.examples for one in blind.lines)  # who looked at what is not for analysts
    past = datetime.now(UTC) - timedelta(days=1)
    assert house.governance.policies.try_policy(ANALYST, Policy(NO_ANALYSTS), (None, past)).looks == 0


def test_an_access_is_explained_by_policy_rules_and_facts(built: Built) -> None:
    house, policies = built.house, built.house.governance.policies
    house.queries.records.queue(ANALYST, QueueFilter(limit=1))
    line = policies.looks(SUPERVISOR).lines[0]
    told = policies.explain(SUPERVISOR, line.id)
    assert (told.who, told.what, told.purpose, told.version) == ("ann", "queue", "control", 0)
    assert told.policy == policy_digest()
    first = told.decisions[0]
    assert (first.action, first.is_allowed, first.again, first.today) == ("queue:read", True, True, True)
    assert first.facts == ("in_office",)
    assert first.rules[0].id == "customs-reads-queue-and-figures-of-its-office"
    assert "context.in_office" in first.rules[0].words
    assert policies.explain(SUPERVISOR, str(told.index)).id == told.id


def test_an_access_is_explained_by_the_policy_of_its_time(built: Built) -> None:
    policies = built.house.governance.policies
    dossier = built.house.queries.records.queue(SUPERVISOR, QueueFilter(limit=1)).lines[0].id
    built.house.queries.records.dossier(ANALYST, dossier)
    before = next(one.id for one in policies.looks(SUPERVISOR).lines if one.what == "dossier")
    draft(built, NO_ANALYSTS)
    approve(built, propose(built))
    told = policies.explain(SUPERVISOR, before)
    assert (told.version, told.decisions[0].is_allowed, told.decisions[0].today) == (0, True, False)
    built.house.queries.records.dossier(SUPERVISOR, dossier)
    after = next(one.id for one in policies.looks(SUPERVISOR).lines if one.what == "dossier")
    assert policies.explain(SUPERVISOR, after).version == 1


def test_accesses_are_explained_to_overseers_of_every_office_alone(built: Built) -> None:
    policies = built.house.governance.policies
    for who in (ANALYST, officer("officer"), officer("supervisor", "PTA1"), trader("ACME")):
        with pytest.raises(PolicyError):
            policies.looks(who)
        with pytest.raises(PolicyError):
            policies.explain(who, "0")
    for absent in ("0", "999999", "nonsense", "01a21032-dbd8-7236-9320-ac0953c99041"):
        with pytest.raises(NotFoundError):
            policies.explain(SUPERVISOR, absent)


def test_drafts_and_versions_are_read_by_name(built: Built) -> None:
    policies = built.house.governance.policies
    draft(built, NARROW)
    approve(built, propose(built))
    assert policies.policy(ANALYST, IN_FORCE).text == policies.policy(ANALYST, "1").text == NARROW
    assert policies.policy(ANALYST, "shipped").text == TEXT
    for absent in ("9", "none", "No such"):
        with pytest.raises(NotFoundError):
            policies.policy(ANALYST, absent)
    with pytest.raises(PolicyError):
        policies.policy(officer("officer"), "1")


@pytest.mark.parametrize(
    ("more", "missing"),
    [
        ('@id("x") forbid (principal, action, resource);', {"message:lodge", "policy:draft", "policy:publish"}),
        ('@id("x") forbid (principal, action == Action::"message:lodge", resource);', {"message:lodge"}),
        ('@id("x") forbid (principal, action == Action::"policy:publish", resource);', {"policy:publish"}),
        (
            '@id("x") forbid (principal, action == Action::"policy:draft", resource) when { !context.has_case };',
            set(),
        ),
        (
            (
                '@id("x") forbid (principal, action == Action::"policy:publish", resource)'
                ' when { principal in Role::"supervisor" || principal in Role::"auditor" };'
            ),
            {"policy:publish"},
        ),
    ],
)
def test_a_policy_under_which_nobody_could_lodge_or_change_it_is_not_proposed(
    built: Built, more: str, missing: set[str]
) -> None:
    draft(built, f"{TEXT}\n{more}\n")
    if not missing:
        propose(built)
        return
    with pytest.raises(SenderError) as refused:
        propose(built)
    assert refused.value.code == "policy-locks-out"
    assert set((refused.value.found or "").split(", ")) == missing


def test_a_policy_whose_approvers_lost_their_accounts_is_not_approved(built: Built) -> None:
    only = TEXT + '\n@id("x") forbid (principal in Role::"supervisor", action == Action::"policy:publish", resource);\n'
    draft(built, only)
    told = propose(built)
    built.house.governance.administration.disable(SUPERVISOR, "aud")
    with pytest.raises(SenderError) as refused:
        approve(built, told)
    assert refused.value.code == "policy-locks-out"


def test_acts_that_nobody_could_do_any_more_are_told_to_whoever_approves(built: Built) -> None:
    draft(built, TEXT + '\n@id("x") forbid (principal, action == Action::"emergency:open", resource);\n')
    proposal, _ = propose(built)
    waiting = built.house.governance.second_person.proposal(SUPERVISOR, proposal)
    told = waiting.proposal.after["nobody"]
    assert told == "emergency:open"


def test_a_policy_that_locks_everybody_out_is_named_by_health_and_recovered_at_the_machine(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    policies, operator = built.house.governance.policies, Principal(id="cli:ops", kind="officer", roles=("supervisor",))
    for reason, code in (("", "reason-missing"), ("nothing is wrong", "policy-not-locked")):
        with pytest.raises(SenderError) as refused:
            policies.recover(operator, reason)
        assert refused.value.code == code
    assert "policy" not in checks(built)
    draft(built, TEXT + '\n@id("x") forbid (principal, action, resource);\n')
    monkeypatch.setattr("cocket.pipeline.governance.policies._refuse_lockout", lambda *given: None)  # one of before
    approve(built, propose(built))
    monkeypatch.undo()
    monkeypatch.setattr(in_force_module, "KNOWN_FOR", 0.0)
    assert not may_screen(built, SUPERVISOR)
    assert checks(built)["policy"].state == "degraded" and "message:lodge" in checks(built)["policy"].words
    version = policies.recover(operator, "version 1 forbids everything")
    assert (version.number, version.proposer, version.approver) == (2, "cli:ops", "")
    assert may_screen(built, SUPERVISOR)
    assert "no one approved it" in checks(built)["policy"].words
    draft(built, NARROW, "two")
    approve(built, propose(built, "two"))
    assert checks(built)["policy"].state == "well"


def checks(built: Built) -> dict[str, Check]:
    return {one.name: one for one in look(built.stores).checks}

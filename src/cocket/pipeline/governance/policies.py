# SPDX-License-Identifier: Apache-2.0
"""Policies: drafted, checked, compared, tried on the past, and put in force by a second person who approves the digest.

A draft that would allow more to a role of whoever drafts it or approves it is refused: nobody frees himself. What is in force is
never changed; an earlier text comes back as a new version.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Final, Literal

import msgspec

from cocket.errors import PolicyError, SenderError, SettingsError, StoreError
from cocket.governance import (
    Context,
    Policy,
    PolicyDifference,
    Principal,
    Resource,
    compare_policies,
    decide,
    shipped_policy,
)
from cocket.governance.policy_lockout import ESSENTIAL, nobody_may
from cocket.governance.policy_rules import freed_by, is_freed, words_of
from cocket.governance.policy_trial import PastDecision, PastLook, PolicyTrial, Trial, facts_told
from cocket.governance.principal import PURPOSES
from cocket.governance.proposals import Proposal
from cocket.pipeline.base.access import AccessRecord, NotFoundError, SealedDecision, Service, actions_of
from cocket.pipeline.base.destroyed_accesses import destroyed_accesses
from cocket.pipeline.base.document_files import DocumentFiles
from cocket.pipeline.base.ids import new_id, parse_id
from cocket.pipeline.base.policies import (
    POLICY_DRAFT,
    POLICY_TEXT,
    POLICY_VERSION,
    PolicyVersion,
    in_force_at,
    sealed_text,
)
from cocket.pipeline.base.proposals import MakeKey
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.governance.look_pages import LookFilter, LookPage, check_filter, page_of
from cocket.pipeline.governance.second_person import Given, SecondPerson
from cocket.stores.base.database import Connection
from cocket.stores.ledger.leaves import StoredLeaf

#: Kind of proposal.
PROPOSED: Final = "policy"

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")

#: Leaves of the log that are read at once in a trial.
_AT_ONCE: Final = 5_000

#: Names of texts beside numbers of versions and names of drafts.
SHIPPED, IN_FORCE = "shipped", "in-force"

Tell = Callable[[int, int], object]


class PolicyDraft(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A draft as it is kept and sealed.

    Attributes:
        name: Its name.
        digest: Of its text.
        text: Id of the sealed record of the text.
        author: Who wrote this text.
        written: When, UTC.
        trial: What it would have done to past accesses; None where this text was not tried.
        tried: When it was tried, UTC; None likewise.
        state: `draft`, or `published`.
    """

    name: str
    digest: str
    text: str
    author: str
    written: datetime
    trial: Trial | None = None
    tried: datetime | None = None
    state: Literal["draft", "published"] = "draft"


class PolicyOverview(msgspec.Struct, frozen=True, kw_only=True):
    """Policies of an instance.

    Attributes:
        digest: Of the policy that decides now.
        in_force: The version that decides now; None where it is the policy that Cocket comes with.
        versions: Every version published, the newest first (0..n).
        drafts: Drafts that are not published, last changed first (0..n).
    """

    digest: str
    in_force: PolicyVersion | None
    versions: tuple[PolicyVersion, ...]
    drafts: tuple[PolicyDraft, ...]


class RuleWords(msgspec.Struct, frozen=True):
    """A rule and its words; empty where the text of the policy is not known here."""

    id: str
    words: str


class DecisionExplained(msgspec.Struct, frozen=True, kw_only=True):
    """One decision of an access.

    Attributes:
        action: What was asked for.
        purpose: For what.
        is_allowed: What was decided.
        facts: Facts that were true (0..n).
        rules: Rules that decided (1..n).
        again: What the same policy decides of the same facts now, as a check; None where its text is not known here.
        today: What the policy in force now decides of the same facts.
    """

    action: str
    purpose: str
    is_allowed: bool
    facts: tuple[str, ...]
    rules: tuple[RuleWords, ...]
    again: bool | None
    today: bool


class LookExplained(msgspec.Struct, frozen=True, kw_only=True):
    """One access, and why it was allowed.

    Attributes:
        id: Id of its sealed record.
        index: Index of its leaf.
        at: When, UTC.
        who: Officer or key.
        roles: In which roles.
        what: What was disclosed.
        subjects: Ids of what was disclosed (0..n).
        purpose: For what.
        case: Case that was named; empty without one.
        policy: Digest of the policy that decided; empty in records of before these were sealed.
        version: Number of the version with that digest; 0 for the policy that this program comes with; None where its text is not
            known here, as of an earlier program.
        decisions: The decisions (0..n).
        agreement: Agreement under which a partner was given it; empty where it was under none.
        stated: For which authority it says that it asks, unchecked; empty where it names none.
    """

    id: str
    index: int
    at: datetime
    who: str
    roles: tuple[str, ...]
    what: str
    subjects: tuple[str, ...]
    purpose: str
    case: str
    policy: str
    version: int | None
    decisions: tuple[DecisionExplained, ...]
    agreement: str = ""
    stated: str = ""


class PolicyDeed(Service):
    """Putting a policy in force; a `Deed`."""

    def require(self, principal: Principal, wanted: Proposal, context: Context | None = None) -> None:
        """Refuse unless this principal may draft, or as the second person approve; nobody does where it would free himself."""
        is_second = context is not None and context.needs_second
        self._access.require(principal, "policy:publish" if is_second else "policy:draft", Resource(), context)
        if is_freed(principal.roles, wanted.after.get("freed", "").split()):
            raise PolicyError(
                "This policy would allow more to your own role, so it is for others to draft and approve.",
                reasons=("frees-its-own-approver" if is_second else "frees-its-own-author",),
            )

    def present(self, connection: Connection, wanted: Proposal) -> dict[str, str]:
        """Digest of the policy that would be in force on the day from which the proposal is to be."""
        return {"digest": _before(self._stores, connection, _from_day(wanted)).digest}

    def check(self, connection: Connection, wanted: Proposal) -> None:
        """Refuse a text that is gone, or is broken by the schema of this program."""
        policy = _of_sealed(self._stores, connection, wanted.after["text"], wanted.after["digest"])
        difference = _compared(_before(self._stores, connection, _from_day(wanted)), policy)
        told = wanted.after.get("freed", "").split()
        if set(freed_by(difference)) - set(told):
            raise SenderError("Whom this policy would allow more is not what was proposed.", code="policy-freed")
        _refuse_lockout(self._stores, connection, policy)

    def is_done(self, connection: Connection, wanted: Proposal) -> bool:
        """Whether a version was published under this proposal."""
        return any(one.proposal == wanted.id for one in self._stores.policies.versions(connection))

    def texts(self, connection: Connection, wanted: Proposal, content: bytes | None) -> tuple[str, str]:
        """The policy that would have been in force, and the proposed one, as Cedar."""
        policies, digest = self._stores.policies, wanted.before.get("digest", "")
        after = policies.text_of(connection, wanted.after["text"], wanted.after["digest"])
        if digest == shipped_policy().digest:
            return shipped_policy().text, after
        for version in policies.versions(connection):
            if version.digest == digest:
                return policies.text_of(connection, version.text, version.digest), after
        raise SenderError("The text of the policy before is not known here.", code="policy-before", found=digest)

    def carry_out(self, wanted: Proposal, principal: Principal, content: bytes | None, make_key: MakeKey) -> str | None:
        """Publish it as the next version, once; None, since no secret is made."""
        policies, files = self._stores.policies, DocumentFiles(self._stores)
        with self._stores.database.transaction() as connection:
            known = policies.versions(connection)
            if not any(one.proposal == wanted.id for one in known):
                now = datetime.now(UTC)
                again = wanted.after.get("again")
                version = PolicyVersion(
                    number=1 + max((one.number for one in known), default=0),
                    digest=wanted.after["digest"],
                    text=wanted.after["text"],
                    in_force=max(_from_day(wanted), now),
                    published=now,
                    proposer=wanted.proposer,
                    approver=principal.id,
                    reason=wanted.reason,
                    again=int(again) if again else None,
                    proposal=wanted.id,
                )
                records = [files.write(connection, POLICY_VERSION, version.proposal, (version, principal.id))]
                draft = files.read(connection, POLICY_DRAFT, wanted.subject, PolicyDraft, to_change=True)
                if draft is not None and draft.digest == version.digest:
                    done = msgspec.structs.replace(draft, state="published")
                    records.append(files.write(connection, POLICY_DRAFT, draft.name, (done, principal.id), done.state))
                self._access.seal(connection, *(one for one in records if one is not None))
        policies.forget()
        return None


class Policies(Service):
    """Reading, drafting, comparing, trying and proposing policies, and explaining decisions.

    Args:
        stores: The stores of this process.
        second: Keeps proposals waiting.
    """

    def __init__(self, stores: Stores, second: SecondPerson) -> None:
        super().__init__(stores)
        self._second = second
        self._files = DocumentFiles(stores)

    def in_force(self) -> Policy:
        """The policy in force; it decides anyway, so whoever only asks himself what he may do reads it."""
        return self._access.policy()

    def overview(self, principal: Principal) -> PolicyOverview:
        """What is in force, what was and will be, and what is drafted.

        Raises:
            PolicyError: The principal may not read policies.
        """
        self._access.require(principal, "policy:read")
        with self._stores.database.transaction() as connection:
            versions = self._stores.policies.versions(connection)
            drafts = self._files.every(connection, POLICY_DRAFT, PolicyDraft, ("draft",))
        return PolicyOverview(
            digest=self._access.policy().digest,
            in_force=in_force_at(versions, datetime.now(UTC)),
            versions=versions,
            drafts=drafts,
        )

    def policy(self, principal: Principal, wanted: str) -> Policy:
        """A policy by name: `shipped`, `in-force`, the number of a version, or the name of a draft.

        Raises:
            PolicyError: The principal may not read policies.
            NotFoundError: There is none of this name.
            SettingsError: Its text is gone or broken.
        """
        self._access.require(principal, "policy:read")
        if wanted in (SHIPPED, IN_FORCE):
            return shipped_policy() if wanted == SHIPPED else self._access.policy()
        with self._stores.database.transaction() as connection:
            if wanted.isdecimal():
                return self._stores.policies.policy_of(connection, self._version(connection, wanted))
            draft = self._draft(connection, wanted)
            return _of_sealed(self._stores, connection, draft.text, draft.digest)

    def version(self, principal: Principal, number: str) -> tuple[PolicyVersion, Policy]:
        """One version and its policy.

        Raises:
            PolicyError: The principal may not read policies.
            NotFoundError: There is none of this number.
            SettingsError: Its text is gone or broken.
        """
        self._access.require(principal, "policy:read")
        with self._stores.database.transaction() as connection:
            one = self._version(connection, number)
            return one, self._stores.policies.policy_of(connection, one)

    def draft(self, principal: Principal, name: str) -> PolicyDraft:
        """One draft.

        Raises:
            PolicyError: The principal may not read policies.
            NotFoundError: There is none of this name.
        """
        self._access.require(principal, "policy:read")
        with self._stores.database.transaction() as connection:
            return self._draft(connection, name)

    def put_draft(self, principal: Principal, name: str, text: str) -> PolicyDraft:
        """Keep a draft, new or in other words; what was tried of other words no longer counts.

        Raises:
            PolicyError: The principal may not draft policies.
            SenderError: The name is not one, or the text is broken; the hint says where.
        """
        self._access.require(principal, "policy:draft", Resource())
        if not _NAME.fullmatch(name) or name in (SHIPPED, IN_FORCE) or name.isdecimal():
            raise SenderError(
                "Name a draft with up to 40 small letters, digits and hyphens, beginning with a letter.",
                code="policy-name",
                found=name[:60],
            )
        policy = _as_sender(text)
        with self._stores.database.transaction() as connection:
            sealed = self._stores.sealer.record(POLICY_TEXT, principal.id, sealed_text(policy))
            known = self._files.read(connection, POLICY_DRAFT, name, PolicyDraft, to_change=True)
            if known is not None and known.digest == policy.digest and known.state == "draft":
                return known
            draft = PolicyDraft(
                name=name,
                digest=policy.digest,
                text=str(sealed.leaf.record),
                author=principal.id,
                written=datetime.now(UTC),
            )
            record = self._files.write(connection, POLICY_DRAFT, name, (draft, principal.id), draft.state)
            self._access.seal(connection, sealed, *([record] if record else []))
        return draft

    def difference(
        self, principal: Principal, before: str, after: str, tell: Tell = lambda done, total: None
    ) -> PolicyDifference:
        """How two policies by name differ, exactly; names are those of `policy`."""
        first, second = self.policy(principal, before), self.policy(principal, after)
        return _compared(first, second, principal.roles, tell)

    def try_policy(
        self,
        principal: Principal,
        policy: Policy,
        span: tuple[datetime | None, datetime | None] = (None, None),
        tell: Tell = lambda done, total: None,
    ) -> Trial:
        """What a policy would have done to the accesses of a time.

        Args:
            principal: Who asks.
            policy: The policy.
            span: From when until when, UTC; None for no bound.
            tell: Told how many of how many leaves of the log are read.

        Returns:
            What came of it; without examples for whoever may not see accesses.

        Raises:
            PolicyError: The principal may not draft policies.
        """
        self._access.require(principal, "policy:draft", Resource())
        trial = PolicyTrial(policy)
        for look in self._past(span, tell):
            trial.add(look)
        result = trial.result(*span)
        if not self._access.may(principal, "look:read"):
            lines = tuple(msgspec.structs.replace(one, examples=()) for one in result.lines)
            result = msgspec.structs.replace(result, lines=lines)
        with self._stores.database.transaction() as connection:
            gone = destroyed_accesses(self._stores, connection, span[0])
            result = msgspec.structs.replace(result, sees_from=gone.seen_from if gone is not None else None)
            shown = tuple(one.look for line in result.lines for one in line.examples)
            self._access.seal(connection, self._access.record(principal, "policy trial", shown))
        return result

    def try_draft(
        self,
        principal: Principal,
        name: str,
        span: tuple[datetime | None, datetime | None] = (None, None),
        tell: Tell = lambda done, total: None,
    ) -> PolicyDraft:
        """Try a draft, and keep what came of it with the draft.

        Raises:
            NotFoundError: There is none of this name.
            PolicyError: As for `try_policy`.
        """
        result = self.try_policy(principal, self.policy(principal, name), span, tell)
        with self._stores.database.transaction() as connection:
            draft = self._draft(connection, name)
            if draft.digest == result.digest:
                draft = msgspec.structs.replace(draft, trial=result, tried=datetime.now(UTC))
                self._files.keep(connection, POLICY_DRAFT, name, (draft, principal), draft.state)
        return draft

    def propose(self, principal: Principal, name: str, in_force: datetime, reason: str, make_key: MakeKey) -> Given:
        """Propose a draft that was tried, to be in force from a time; a second person approves its digest.

        Raises:
            NotFoundError: There is none of this name.
            PolicyError: The principal may not, or it would allow more to his own role.
            SenderError: This text was not tried, no reason is given, or it changes nothing.
        """
        with self._stores.database.transaction() as connection:
            draft = self._draft(connection, name)
        if draft.trial is None:
            raise SenderError(
                "This text was not tried on past accesses yet.",
                code="policy-untried",
                hint=f"cocket policy try {name} does so.",
            )
        more = {
            "looks": str(draft.trial.looks),
            "refused": str(draft.trial.refused_whole + draft.trial.refused_in_part),
            "admitted": str(draft.trial.admitted),
        }
        return self._propose(principal, name, (draft.text, draft.digest), (in_force, reason, more), make_key)

    def put_back(self, principal: Principal, number: int, in_force: datetime, reason: str, make_key: MakeKey) -> Given:
        """Propose the text of an earlier version again, as a new one.

        Raises:
            NotFoundError: There is no such version.
            PolicyError: As for `propose`.
            SenderError: It is in force, or no reason is given.
        """
        with self._stores.database.transaction() as connection:
            version = self._version(connection, str(number))
        more = {"again": str(number)}
        name = f"version-{number}"
        return self._propose(principal, name, (version.text, version.digest), (in_force, reason, more), make_key)

    def recover(self, principal: Principal, reason: str) -> PolicyVersion:
        """Put the policy that Cocket comes with in force at once, where the one in force lets nobody put it right.

        No second person is asked, since none could approve; the version says so, and health does until another is published.

        Args:
            principal: Who works at the machine itself.
            reason: Why; it is sealed under his name.

        Raises:
            SenderError: The policy in force can be changed by those who may, or no reason is given.
        """
        if not reason.strip():
            raise SenderError("Give a reason; it is recorded under your name.", code="reason-missing")
        policies, shipped = self._stores.policies, shipped_policy()
        with self._stores.database.transaction() as connection:
            self._stores.case_files.lock(connection, POLICY_VERSION)
            known = policies.versions(connection)
            now = datetime.now(UTC)
            version = in_force_at(known, now)
            if version is None or not lockout_of(self._stores, connection, policies.policy_of(connection, version)):
                raise SenderError(
                    "The policy in force can be changed by those who may; nothing was done.",
                    code="policy-not-locked",
                    hint="cocket policy put-back proposes an earlier text again.",
                )
            sealed = self._stores.sealer.record(POLICY_TEXT, principal.id, sealed_text(shipped))
            recovered = PolicyVersion(
                number=1 + max(one.number for one in known),
                digest=shipped.digest,
                text=str(sealed.leaf.record),
                in_force=now,
                published=now,
                proposer=principal.id,
                approver="",
                reason=reason.strip(),
                proposal=str(new_id()),
            )
            record = self._files.write(connection, POLICY_VERSION, recovered.proposal, (recovered, principal.id))
            self._access.seal(connection, sealed, *([record] if record else []))
        policies.forget()
        return recovered

    def _propose(
        self,
        principal: Principal,
        name: str,
        text: tuple[str, str],
        how: tuple[datetime, str, dict[str, str]],
        make_key: MakeKey,
    ) -> Given:
        in_force, reason, more = how
        self._access.require(principal, "policy:draft", Resource())
        if not reason.strip():
            raise SenderError("Give a reason; it is recorded under your name.", code="reason-missing")
        with self._stores.database.transaction() as connection:
            wanted = _of_sealed(self._stores, connection, *text)
            before = _before(self._stores, connection, in_force)
            if wanted.digest == before.digest:
                raise SenderError("This text is in force then already.", code="policy-unchanged")
            _refuse_lockout(self._stores, connection, wanted)
        difference = _compared(before, wanted, principal.roles)
        after = {
            "digest": text[1],
            "text": text[0],
            "in_force": in_force.astimezone(UTC).isoformat(timespec="minutes"),
            "widened": str(len(difference.widened)),
            "narrowed": str(len(difference.narrowed)),
            "freed": " ".join(freed_by(difference)),
            **more,
        }
        nobody = set(nobody_may(wanted)) - set(nobody_may(before))
        if nobody:
            after["nobody"] = " ".join(sorted(nobody))
        proposal = Proposal(kind=PROPOSED, subject=name, after=after, reason=reason.strip())
        return self._second.propose(principal, proposal, make_key)

    def looks(self, principal: Principal, wanted: LookFilter | None = None, before: int | None = None) -> LookPage:
        """Accesses, the newest first, page by page. The look is sealed.

        Args:
            principal: Who asks.
            wanted: Which; None for all.
            before: Those below this leaf, as the page before said; None for the newest.

        Raises:
            PolicyError: The principal may not see accesses.
            SenderError: There is no such role or purpose, or the last day is before the first.
        """
        wanted = wanted or LookFilter()
        self._require_looks(principal)
        check_filter(wanted)
        with self._stores.database.transaction() as connection:
            page = page_of(self._stores, connection, wanted, before)
            subjects = tuple(one.id for one in page.lines) or ("none",)
            self._access.seal(connection, self._access.record(principal, "looks", subjects))
        return page

    def explain(self, principal: Principal, look_id: str) -> LookExplained:
        """One access: which policy, which rules, which facts.

        Args:
            principal: Who asks.
            look_id: Id of its sealed record, or index of its leaf.

        Raises:
            NotFoundError: There is no such access.
            PolicyError: The principal may not see accesses.
        """
        self._require_looks(principal)
        with self._stores.database.transaction() as connection:
            leaf, body = self._look(connection, look_id)
            look = _READ.decode(body)
            policy, version = self._known(connection, look.policy)
            self._access.seal(connection, self._access.record(principal, "looks", (str(leaf.record),)))
        words = words_of(policy) if policy is not None else {}
        return LookExplained(
            id=str(leaf.record),
            index=leaf.index,
            at=leaf.at,
            who=look.who,
            roles=look.roles,
            what=look.what,
            subjects=look.subjects,
            purpose=look.purpose,
            case=look.case,
            policy=look.policy,
            version=version,
            decisions=tuple(self._explained(look, one, policy, words) for one in look.decisions),
            agreement=look.agreement,
            stated=look.stated,
        )

    def _explained(
        self, look: AccessRecord, one: SealedDecision, policy: Policy | None, words: dict[str, str]
    ) -> DecisionExplained:
        facts = facts_told(one.facts, one.purpose)
        return DecisionExplained(
            action=one.action,
            purpose=one.purpose,
            is_allowed=not one.is_refused,
            facts=one.facts,
            rules=tuple(RuleWords(name, words.get(name, "")) for name in one.rules),
            again=policy.decide(look.roles, one.action, facts).allowed if policy is not None else None,
            today=self._access.policy().decide(look.roles, one.action, facts).allowed,
        )

    def _require_looks(self, principal: Principal) -> None:
        """Refuse unless the principal oversees accesses of the whole instance: what was looked at may be of any office."""
        self._access.require(principal, "look:read")
        self._access.require(principal, "policy:read")
        if principal.office is not None:
            raise PolicyError("Accesses of every office are for whoever is bound to none.", reasons=("looks-office",))

    def _look(self, connection: Connection, look_id: str) -> tuple[StoredLeaf, bytes]:
        identity = parse_id(look_id)
        if identity is not None:
            found = self._stores.leaves.bodies(connection, [identity]).get(identity)
        elif look_id.isdecimal() and len(look_id) < _DIGITS:
            at = int(look_id)
            found = next(iter(self._stores.leaves.records_between(connection, at, at, ("look",))), None)
        else:
            found = None
        if found is None or found[0].kind != "look":
            raise NotFoundError("There is no such access.")
        return found

    def _known(self, connection: Connection, digest: str) -> tuple[Policy | None, int | None]:
        """The policy of a digest, and the number of its version, 0 for that of this program; None where it is not known."""
        if digest == shipped_policy().digest:
            return shipped_policy(), 0
        for version in self._stores.policies.versions(connection):
            if version.digest == digest:
                return self._stores.policies.policy_of(connection, version), version.number
        return None, None

    def _past(self, span: tuple[datetime | None, datetime | None], tell: Tell) -> Iterator[PastLook]:
        """Accesses of a time, oldest first; what can no longer be opened is passed over."""
        first, last = span
        with self._stores.database.transaction() as connection:
            bounds = self._stores.leaves.between(connection, first, last)
        begin, end = bounds if bounds is not None else (0, -1)
        for at in range(begin, end + 1, _AT_ONCE):
            upto = min(at + _AT_ONCE - 1, end)
            with self._stores.database.transaction() as connection:
                found = self._readable(connection, at, upto)
            tell(upto - begin + 1, end - begin + 1)
            for leaf, body in found:
                if (first is None or leaf.at >= first) and (last is None or leaf.at <= last):
                    yield _past_look(leaf, _READ.decode(body))

    def _readable(self, connection: Connection, first: int, last: int) -> list[tuple[StoredLeaf, bytes]]:
        try:
            return self._stores.leaves.records_between(connection, first, last, ("look",))
        except StoreError:
            if first == last:
                return []
        middle = (first + last) // 2
        return [*self._readable(connection, first, middle), *self._readable(connection, middle + 1, last)]

    def _draft(self, connection: Connection, name: str) -> PolicyDraft:
        found = self._files.read(connection, POLICY_DRAFT, name, PolicyDraft) if _NAME.fullmatch(name) else None
        if found is None:
            raise NotFoundError("There is no such draft.")
        return found

    def _version(self, connection: Connection, number: str) -> PolicyVersion:
        for one in self._stores.policies.versions(connection):
            if str(one.number) == number:
                return one
        raise NotFoundError("There is no such version.")


_READ: Final = msgspec.json.Decoder(AccessRecord)

#: An index of a leaf has fewer digits.
_DIGITS: Final = 12


#: Differences that a process keeps: the page of a draft, its proposal and its approval ask for the same one.
_MOST_KEPT: Final = 16

_KEPT: dict[tuple[str, str, tuple[str, ...]], PolicyDifference] = {}


def lockout_of(stores: Stores, connection: Connection, policy: Policy) -> tuple[str, ...]:
    """Acts without which an instance stops, or its policy stays as it is, that nobody could do under a policy (0..n).

    Approving is an act of persons, so there must be an account that could; drafting is done at the machine too.
    """
    missing = nobody_may(policy, ESSENTIAL)
    if "policy:publish" in missing:
        return missing
    people = stores.people.standing_officers(connection)
    context = Context(reason="–", needs_second=True, second="–")
    for one in people:
        who = Principal(id=one.id, kind="officer", roles=(one.role,), office=one.office)
        if any(
            decide(msgspec.structs.replace(who, purpose=purpose), "policy:publish", Resource(), context, policy).allowed
            for purpose in PURPOSES
        ):
            return missing
    return (*missing, "policy:publish")


def _refuse_lockout(stores: Stores, connection: Connection, policy: Policy) -> None:
    missing = lockout_of(stores, connection, policy)
    if missing:
        raise SenderError(
            "Under this policy no one could do what an instance cannot do without, or put the policy right again.",
            code="policy-locks-out",
            found=", ".join(missing),
            hint="Let a role, and an account that has it, do each of these acts.",
        )


def _compared(
    before: Policy, after: Policy, roles: tuple[str, ...] = (), tell: Tell = lambda done, total: None
) -> PolicyDifference:
    """How two policies differ for each role by itself, and for an actor of several; measured once for the same texts."""
    several = tuple(sorted(set(roles))) if len(set(roles)) > 1 else ()
    key = (before.digest, after.digest, several)
    known = _KEPT.get(key)
    if known is None:
        known = compare_policies(before, after, [several] if several else [], tell)
        while len(_KEPT) >= _MOST_KEPT:
            _KEPT.pop(next(iter(_KEPT)), None)
        _KEPT[key] = known
    return known


def _past_look(leaf: StoredLeaf, look: AccessRecord) -> PastLook:
    main = actions_of(look.what) if look.decisions else ()
    return PastLook(
        id=str(leaf.record),
        at=leaf.at,
        who=look.who,
        roles=look.roles,
        what=look.what,
        decisions=tuple(
            PastDecision(one.action, one.purpose, one.facts, not one.is_refused, one.action in main)
            for one in look.decisions
        ),
    )


def _of_sealed(stores: Stores, connection: Connection, record: str, digest: str) -> Policy:
    """The policy of a sealed text, checked by the schema of this program."""
    return Policy(stores.policies.text_of(connection, record, digest))


def _before(stores: Stores, connection: Connection, moment: datetime) -> Policy:
    """The policy that is in force at a moment as things stand."""
    version = in_force_at(stores.policies.versions(connection), max(moment, datetime.now(UTC)))
    return shipped_policy() if version is None else stores.policies.policy_of(connection, version)


def _from_day(wanted: Proposal) -> datetime:
    return datetime.fromisoformat(wanted.after["in_force"])


def _as_sender(text: str) -> Policy:
    """A text as a policy; what is wrong with it is a fault of whoever sent it."""
    try:
        return Policy(text)
    except SettingsError as error:
        raise SenderError(
            f"The policy is broken: {'; '.join(error.problems)}", code="policy-broken", hint=error.hint
        ) from error
